"""A webhook: how it is set, what it is told, and what happens when it does not listen."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from tests.botapi.webhook import SECRET_HEADER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.botapi import Server
    from tests.botapi.calling import Bot


class Ear:
    """Something that listens, and answers what it is told to answer."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.headers: list[Any] = []
        self.answers: list[web.Response] = []
        self.busy = 0
        self.busiest = 0
        self.hold = 0.0
        self.url = ""

    async def listen(self, request: web.BaseRequest) -> web.Response:
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        self.headers.append(request.headers)
        update = json.loads(await request.read())
        await asyncio.sleep(self.hold)
        self.heard.append(update)
        self.busy -= 1
        return self.answers.pop(0) if self.answers else web.Response()

    @property
    def texts(self) -> list[str]:
        return [u["message"]["text"] if "message" in u else "press" for u in self.heard]


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    ear = Ear()
    server = web.Server(ear.listen, access_log=None)
    listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    ear.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/hook"
    yield ear
    listening.close()
    await server.shutdown(0.01)


async def test_is_told_what_people_do(api: Server, bot: Bot, ear: Ear) -> None:
    ann = api.person()
    before = await ann.say("avant")
    answer = await bot("setWebhook", url=ear.url, secret_token="Abc-1_")
    assert answer == {"ok": True, "result": True, "description": "Webhook was set"}
    await ann.say("après")
    await ann.settled()
    assert ear.texts == ["avant", "après"]
    assert ear.headers[0][SECRET_HEADER] == "Abc-1_"
    assert api.acknowledged(before)
    info = await bot.ok("getWebhookInfo")
    assert (info["url"], info["pending_update_count"], info["max_connections"]) == (ear.url, 0, 40)
    assert (await bot("setWebhook", url=ear.url, secret_token="Abc-1_"))["description"] == "Webhook is already set"


async def test_a_poller_is_sent_away(api: Server, bot: Bot, ear: Ear) -> None:
    poll = asyncio.create_task(bot.no("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    await bot.ok("setWebhook", url=ear.url)
    assert await poll == "Conflict: terminated by setWebhook request"
    assert (await bot.no("getUpdates")).startswith("Conflict: can't use getUpdates method while webhook is active;")
    assert (await bot("deleteWebhook"))["description"] == "Webhook was deleted"
    assert (await bot("deleteWebhook"))["description"] == "Webhook is already deleted"
    assert await bot.ok("getUpdates") == []


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"url": "http://example.fr/"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "https://example.fr:8080/"}, "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"),
        ({"url": "ftp://example.fr"}, "invalid webhook URL specified"),
        ({"url": "https://127.0.0.1/", "secret_token": "é"}, "secret token contains unallowed characters"),
        ({"url": "https://127.0.0.1/", "secret_token": "a" * 257}, "secret token is too long"),
        ({"url": "http://127.0.0.1:9/"}, "bad webhook: Connection refused"),
    ],
)
async def test_an_address_is_refused(bot: Bot, params: dict[str, str], said: str) -> None:
    assert await bot.no("setWebhook", **params) == f"Bad Request: {said}"
    assert (await bot.ok("getWebhookInfo"))["url"] == ""


async def test_is_told_again_until_it_listens(api: Server, bot: Bot, ear: Ear) -> None:
    await bot.ok("setWebhook", url=ear.url)
    ear.answers = [web.Response(status=status) for status in (500, 404, 302)]
    ann = api.person()
    await ann.say("a")
    await ann.say("b")
    await ann.settled()
    assert ear.texts == ["a", "a", "a", "a", "b"]
    info = await bot.ok("getWebhookInfo")
    assert info["last_error_message"] == "Wrong response from the webhook: 302 Found"


async def test_one_chat_is_told_in_order_and_several_side_by_side(api: Server, bot: Bot, ear: Ear) -> None:
    await bot.ok("setWebhook", url=ear.url, max_connections=3)
    ear.hold = 0.02
    people = [api.person() for _ in range(5)]
    for text in "abc":
        for person in people:
            await person.say(text)
    for person in people:
        await person.settled()
    assert ear.busiest == 3
    for person in people:
        assert [u["message"]["text"] for u in ear.heard if u["message"]["chat"]["id"] == person.chat_id] == [*"abc"]


async def test_a_message_and_a_press_of_one_person_come_at_once(api: Server, bot: Bot, ear: Ear) -> None:
    ann = api.person()
    await ann.start()
    await bot.send(ann.chat_id, reply_markup={"inline_keyboard": [[{"text": "a", "callback_data": "b"}]]})
    await bot.ok("setWebhook", url=ear.url, drop_pending_updates=True)
    ear.hold = 0.05
    await ann.say("a")
    await ann.press("a")
    await ann.settled()
    assert ear.busiest == 2
    assert sorted(ear.texts) == ["a", "press"]


async def test_may_answer_with_a_method(api: Server, bot: Bot, ear: Ear) -> None:
    await bot.ok("setWebhook", url=ear.url)
    ann = api.person()
    ear.answers = [web.json_response({"method": "sendMessage", "chat_id": ann.chat_id, "text": "Bonjour"})]
    await ann.start()
    await ann.settled()
    assert ann.screen is not None
    assert ann.screen.text == "Bonjour"


async def test_what_waits_may_be_dropped(api: Server, bot: Bot, ear: Ear) -> None:
    ann = api.person()
    await ann.say("a")
    await bot.ok("setWebhook", url=ear.url, drop_pending_updates="true")
    assert api.pending == 0
    ear.answers = [web.Response(status=500)] * 1000
    await ann.say("b")
    assert await bot.ok("deleteWebhook", drop_pending_updates=True)
    assert api.pending == 0
    assert await bot.ok("getUpdates") == []
