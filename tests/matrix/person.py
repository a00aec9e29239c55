"""Somebody who writes to the bot with bare client-server calls, in rooms that are not encrypted: cheap, in numbers."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import quote

from tests.matrix.synapse import spoken

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from tests.matrix.synapse import Synapse, User

T = TypeVar("T")
V3 = "/_matrix/client/v3"
SOONEST, LATEST = 0.05, 0.4
"""Seconds between two looks: they are the server's work too."""

DIRECT = {"preset": "trusted_private_chat", "is_direct": True}


async def until(look: Callable[[], Awaitable[T]], accept: Callable[[T], object] = bool, within: float = 10.0) -> T:
    """Look again and again, less and less often, until what is seen is accepted, and return it."""
    pause = SOONEST
    try:
        async with asyncio.timeout(within):
            while True:
                seen = await look()
                if accept(seen):
                    return seen
                await asyncio.sleep(pause)
                pause = min(pause * 1.3, LATEST)
    except TimeoutError:
        raise AssertionError(f"waited {within} s in vain; last seen: {seen}") from None


@dataclass
class Person:
    """A person and the room where they talk to the bot, once there is one."""

    hs: Synapse
    user: User
    bot: str
    room: str = ""
    _txn: Iterator[int] = field(default_factory=itertools.count)

    @classmethod
    async def new(cls, hs: Synapse, bot: str, name: str = "nora") -> Self:
        return cls(hs, await hs.user(name), bot)

    async def opens(self, version: str | None = None, *, trusted: bool = True) -> Self:
        """Invite the bot to talk alone, and wait for its greeting."""
        await self.creates(
            **DIRECT | ({} if trusted else {"preset": "private_chat"}) | ({"room_version": version} if version else {})
        )
        await self.sees()
        return self

    async def creates(self, **asked: Any) -> str:
        """Make a room and invite the bot to it, however that is asked for."""
        invited = [self.bot, *asked.pop("also", ())]
        made = await self.hs.api("POST", f"{V3}/createRoom", {"invite": invited, **asked}, as_=self.user)
        self.room = str(made["room_id"])
        return self.room

    async def does(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask something about the room."""
        return await self.hs.api(method, f"{V3}/rooms/{quote(self.room)}/{path}", body, as_=self.user)

    async def sends(self, content: dict[str, Any], kind: str = "m.room.message") -> str:
        return str((await self.does("PUT", f"send/{kind}/{next(self._txn)}", content))["event_id"])

    async def says(self, *texts: str, **more: Any) -> str:
        """Write texts one after the other, not waiting; return the id of the last."""
        for text in texts:
            last = await self.sends({"msgtype": "m.text", "body": text, **more})
        return last

    async def shows(self, msgtype: str = "m.image") -> str:
        """Send a picture (or a file, a voice) of which nothing was put on the server."""
        return await self.sends({"msgtype": msgtype, "body": "IMG_2041.jpg", "url": "mxc://repere.test/nothing"})

    async def events(self) -> list[dict[str, Any]]:
        return await self.hs.events(self.room, as_=self.user)

    async def left(self) -> list[dict[str, Any]]:
        """Return what anybody said that is still there."""
        return spoken(await self.events())

    async def living(self) -> list[dict[str, Any]]:
        """Return what the bot said that is still there."""
        return [event for event in await self.left() if event["sender"] == self.bot]

    async def sees(self, words: str = "", within: float = 10.0) -> str:
        """Wait until one notice of the bot is left, with these words, and everything typed is gone; return its body."""

        def only(events: list[dict[str, Any]]) -> bool:
            ours = [event["content"]["body"] for event in events if event["sender"] == self.bot]
            typed = [e for e in events if e["sender"] != self.bot and e["content"].get("msgtype") == "m.text"]
            return len(ours) == 1 and words in ours[0] and not typed

        events = await until(self.left, only, within)
        return str(next(event["content"]["body"] for event in events if event["sender"] == self.bot))

    async def asks(self, text: str, words: str = "", within: float = 10.0) -> str:
        """Write, and return the notice that answers, once it is alone."""
        before = {event["event_id"] for event in await self.living()}
        await self.says(text)
        await until(self.living, lambda ours: ours and not before & {event["event_id"] for event in ours}, within)
        return await self.sees(words, within)

    async def is_alone(self, within: float = 10.0) -> None:
        """Wait until nothing that anybody said is left in the room."""
        await until(self.left, lambda events: not events, within)

    async def membership(self, who: str = "") -> str:
        members = await self.does("GET", "members")
        found = {event["state_key"]: event["content"]["membership"] for event in members["chunk"]}
        return str(found.get(who or self.bot, ""))
