"""Listen to a homeserver: what happened becomes facts, each in its room's lane, and nothing waits behind a slow room.

The loop is written by hand: matrix-nio's own awaits each callback before it listens again, and loses the rest of a sync
when one fails. The place in the server's stream is kept in RAM; after a stop, the last events of each room tell what
was never answered, and what should have been redacted.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import nio

from bot.channels.gate import Pass
from bot.channels.matrix.api import SOON
from bot.channels.matrix.client import Refused, ok
from bot.channels.matrix.history import LEAVING, look
from bot.channels.matrix.incoming import Incoming, leaving, read
from bot.engine.message import Opened
from bot.memory import Hint, Shown

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bot.channels.matrix.api import Api
    from bot.channels.matrix.chat import Rooms
    from bot.memory import Memory

log = logging.getLogger("repere")

WAIT, FIRST = 2_500, 60_000
"""Milliseconds the server holds an empty answer, and seconds' worth of it given to the first one, which is long."""

SEEN = 50
"""Events of each room looked at when the program starts."""


def wanted(own: str | None) -> dict[str, Any]:
    """Return what the server is asked to tell; `own`: our own events are left out, which halves the work."""
    timeline: dict[str, Any] = {"limit": SEEN} | ({"not_senders": [own]} if own else {})
    return {
        "presence": {"types": []},
        "account_data": {"types": []},
        "room": {"ephemeral": {"types": []}, "account_data": {"types": [LEAVING]}, "timeline": timeline},
    }


class Listener:
    """The loop. `encrypts`: rooms that are encrypted can be read; else the bot does not stay in them."""

    def __init__(self, api: Api, rooms: Rooms, memory: Memory[str], *, encrypts: bool) -> None:
        self._api, self._rooms, self._memory, self._encrypts = api, rooms, memory, encrypts
        self._own = api.client.user_id
        self._joining: dict[str, asyncio.Task[None]] = {}
        self._greeted: set[str] = set()
        self._leaving: set[str] = set()

    async def first(self) -> None:
        """Listen once: take up every room where a stop of the program left it."""
        response = await self._sync(0, wanted(None), FIRST / 1000)
        for room, found in response.rooms.join.items():
            self._take_up(room, found)
        self._invited(response)

    async def listen(self) -> None:
        """Listen until cancelled, or until the session is closed from outside."""
        asked = wanted(self._own)
        while True:
            try:
                self._heard(await self._sync(WAIT, asked, SOON))
            except Refused as refusal:
                log.error("matrix: refused, %s", refusal.code)
                if refusal.status == 401:
                    return
                await asyncio.sleep(5.0)
            except Exception as fault:
                log.error("matrix: %s", type(fault).__name__)
                await asyncio.sleep(1.0)

    async def close(self) -> None:
        """Stop what is under way."""
        for task in self._joining.values():
            task.cancel()
        await asyncio.gather(*self._joining.values(), return_exceptions=True)

    async def _sync(self, wait: int, asked: dict[str, Any], patience: float) -> nio.SyncResponse:
        passing = Pass(reads=True)

        async def sync() -> nio.SyncResponse:
            held = 0 if passing.failures else wait  # one that goes and sees is answered at once
            return ok(await self._api.client.sync(timeout=held, sync_filter=asked))

        response = await self._api.call(sync, passing, patience)
        try:
            async with asyncio.timeout(SOON):
                await self._api.client.duties(response)
        except Exception as fault:  # whatever encryption meets, what was said is heard: it is not told twice
            log.error("matrix: %s", type(fault).__name__)
        return response

    def _heard(self, response: nio.SyncResponse) -> None:
        for room, found in response.rooms.join.items():
            if not self._fits(room):
                self._leave(room)
                continue
            if room in self._greeted:
                self._greeted.discard(room)
                self._greet(room, found)
            for event in [*found.state, *found.timeline.events]:
                if isinstance(event, nio.PowerLevelsEvent):
                    self._rooms.changed(room)
            for event in found.timeline.events:
                said = read(room, event, self._own)
                if said is not None:
                    self._rooms.put(said)
        for room in response.rooms.leave:
            self._rooms.forget(room)
            self._greeted.discard(room)
            self._api.client.rooms.pop(room, None)
            self._api.client.invited_rooms.pop(room, None)
        self._invited(response)

    def _take_up(self, room: str, found: nio.RoomInfo) -> None:
        if not self._fits(room):
            self._leave(room)
            return
        told = look([event.source for event in found.timeline.events if isinstance(event.source, dict)], self._own)
        if told.shown is not None:
            shown = Shown(told.shown["event_id"], told.shown["origin_server_ts"] / 1000)
            self._memory.put(room, Hint(shown=shown), self._rooms.now())
        waiting = {event["event_id"]: event["origin_server_ts"] for event in told.waiting}
        since = next((data.content.get("since") for data in found.account_data if data.type == LEAVING), None)
        if since is not None:  # what she did next comes after
            before = [event.event_id for event in found.timeline.events if event.server_timestamp <= since]
            self._rooms.put(leaving(room, since / 1000, before[-1] if before else ""))
            waiting = {id: at for id, at in waiting.items() if at > since}
        elif not told.spoke and not waiting:
            self._greet(room, found)
        said = (read(room, event, self._own) for event in found.timeline.events if event.event_id in waiting)
        self._rooms.take_up(room, [item for item in said if item is not None], tidy=since is None and bool(told.stale))

    def _greet(self, room: str, found: nio.RoomInfo) -> None:
        """Show home to who has just opened a room; what was opened long ago is met as anything late is."""
        made = [event for event in (*found.state, *found.timeline.events) if _opens(event, self._own)]
        if made:
            last = max(made, key=lambda event: event.server_timestamp)
            self._rooms.put(Incoming(room, Opened(), "", last.server_timestamp / 1000, told=last.event_id))

    def _invited(self, response: nio.SyncResponse) -> None:
        for room, found in response.rooms.invite.items():
            if room in self._joining:
                continue
            direct = any(
                isinstance(event, nio.InviteMemberEvent)
                and event.state_key == self._own
                and event.membership == "invite"
                and event.content.get("is_direct") is True
                for event in found.invite_state
            )
            self._start(room, self._join(room) if direct else self._api.leave(room))

    async def _join(self, room: str) -> None:
        """Accept an invitation; the room may be heard of before the answer is."""
        self._greeted.add(room)
        if not await self._api.join(room):
            self._greeted.discard(room)

    def _leave(self, room: str) -> None:
        """Leave what is not one person and the bot, without a word."""
        self._rooms.forget(room)
        self._greeted.discard(room)
        if room not in self._leaving:
            self._leaving.add(room)
            self._start(room, self._left(room, self._joining.get(room)))

    async def _left(self, room: str, joining: asyncio.Task[None] | None) -> None:
        if joining is not None:
            await asyncio.wait([joining])
        await self._api.leave(room)
        self._leaving.discard(room)

    def _start(self, room: str, work: Coroutine[None, None, None]) -> None:
        task = self._joining[room] = asyncio.create_task(work)
        task.add_done_callback(lambda task: self._ended(room, task))

    def _ended(self, room: str, task: asyncio.Task[None]) -> None:
        if self._joining.get(room) is task:
            del self._joining[room]
        if not task.cancelled() and task.exception() is not None:
            log.error("matrix: %s", type(task.exception()).__name__)

    def _fits(self, room: str) -> bool:
        """Tell whether a room holds one person and the bot, and can be read."""
        known = self._api.client.rooms.get(room)
        if known is None:
            return True
        alone = known.joined_count + known.invited_count
        return bool(alone == 2 and known.join_rule != "public" and (self._encrypts or not known.encrypted))


def _opens(event: nio.Event, own: str) -> bool:
    """Tell whether an event made the room, or invited the bot into it: our joining may come long after."""
    invited = isinstance(event, nio.RoomMemberEvent) and event.state_key == own and event.membership == "invite"
    return invited or isinstance(event, nio.RoomCreateEvent)
