"""A fake that does not make anybody wait, and a bot that is nothing but calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.botapi import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Bot:
    """Calls in one line, with nothing between the test and the wire."""

    def __init__(self, api: Server, session: aiohttp.ClientSession) -> None:
        self.api, self.session = api, session
        self.offset = 0

    async def __call__(self, method: str, **params: Any) -> Any:
        """Return the whole answer."""
        async with self.session.post(f"{self.api.url}/bot{self.api.token}/{method}", json=params) as answer:
            return await answer.json()

    async def ok(self, method: str, **params: Any) -> Any:
        """Return the result of what must be carried out."""
        answer = await self(method, **params)
        assert answer["ok"], answer
        return answer["result"]

    async def no(self, method: str, **params: Any) -> str:
        """Return the description of what must be refused."""
        answer = await self(method, **params)
        assert not answer["ok"], answer
        return answer["description"]

    async def send(self, chat_id: int, text: str = "Bonjour", **params: Any) -> int:
        """Send a text and return the id of the message."""
        return (await self.ok("sendMessage", chat_id=chat_id, text=text, **params))["message_id"]

    async def updates(self, **params: Any) -> list[dict[str, Any]]:
        """Return what is new, and acknowledge it the next time."""
        updates = await self.ok("getUpdates", offset=self.offset, **params)
        if updates:
            self.offset = updates[-1]["update_id"] + 1
        return updates


@pytest.fixture
async def api() -> AsyncIterator[Server]:
    """Return a fake that never makes a hasty poller wait."""
    async with Server(calm=0.0, webhook_pause=0.001) as api:
        yield api


@pytest.fixture
async def bot(api: Server) -> AsyncIterator[Bot]:
    """Return what calls that fake."""
    async with aiohttp.ClientSession() as session:
        yield Bot(api, session)
