"""A bot that is nothing but calls: what the tests of the fake speak with."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.botapi import Server


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
        return str(answer["description"])

    async def send(self, chat_id: int, text: str = "Bonjour", **params: Any) -> int:
        """Send a text and return the id of the message."""
        return int((await self.ok("sendMessage", chat_id=chat_id, text=text, **params))["message_id"])

    async def updates(self, **params: Any) -> list[dict[str, Any]]:
        """Return what is new, and acknowledge it the next time."""
        updates: list[dict[str, Any]] = await self.ok("getUpdates", offset=self.offset, **params)
        if updates:
            self.offset = updates[-1]["update_id"] + 1
        return updates


@asynccontextmanager
async def calling(api: Server) -> AsyncIterator[Bot]:
    """Open what calls a fake."""
    async with aiohttp.ClientSession() as session:
        yield Bot(api, session)
