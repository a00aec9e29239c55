"""A bot and a person, through the fake."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.botapi import Server


class Bot:
    """Calls in one line, nothing between the test and the wire."""

    def __init__(self, api: Server, session: aiohttp.ClientSession) -> None:
        self.api, self.session = api, session

    async def __call__(self, method: str, **params: Any) -> Any:
        async with self.session.post(f"{self.api.url}/bot{self.api.token}/{method}", json=params) as answer:
            return await answer.json()


@pytest.fixture
async def api() -> AsyncIterator[Server]:
    async with Server(calm=0.0) as api:
        yield api


@pytest.fixture
async def bot(api: Server) -> AsyncIterator[Bot]:
    async with aiohttp.ClientSession() as session:
        yield Bot(api, session)


async def test_a_conversation(api: Server, bot: Bot) -> None:
    ann = api.person("Ann")
    first = await ann.start("abc")
    updates = (await bot("getUpdates"))["result"]
    assert [u["update_id"] for u in updates] == [first]
    assert updates[0]["message"]["text"] == "/start abc"
    keyboard = {"inline_keyboard": [[{"text": "Oui", "callback_data": "y"}]]}
    sent = await bot("sendMessage", chat_id=ann.chat_id, text="<b>Allô</b> ?", parse_mode="HTML", reply_markup=keyboard)
    assert sent["result"]["entities"] == [{"offset": 0, "length": 4, "type": "bold"}]
    assert ann.screen is not None
    assert (ann.screen.text, ann.screen.html) == ("Allô ?", "<b>Allô</b> ?")
    pressed = await ann.press("Oui")
    assert not api.acknowledged(first)
    updates = (await bot("getUpdates", offset=first + 1))["result"]
    assert api.acknowledged(first)
    assert updates[0]["update_id"] == pressed
    query = updates[0]["callback_query"]
    assert (await bot("answerCallbackQuery", callback_query_id=query["id"], text="Vu"))["result"] is True
    assert ann.toasts == ["Vu"]
    edited = await bot("editMessageText", chat_id=ann.chat_id, message_id=ann.screen.id, text="Merci")
    assert edited["result"]["edit_date"] >= edited["result"]["date"]
    again = await bot("editMessageText", chat_id=ann.chat_id, message_id=ann.screen.id, text="Merci")
    assert again["description"].startswith("Bad Request: message is not modified: ")
    await bot("deleteMessage", chat_id=ann.chat_id, message_id=ann.screen.id)
    assert ann.screen is None
    assert api.calls_of("editMessageText")[1].status == 400
