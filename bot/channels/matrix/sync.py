"""Listen to a homeserver: what happened becomes facts, each in its room's lane, and nothing waits behind a slow room.

The loop is written by hand: matrix-nio's own awaits each callback before it listens again, and loses the rest of a sync
when one fails. The place in the server's stream is kept in RAM; after a stop, the last events of each room tell what
was never answered, and what should have been redacted.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import nio

from bot.channels.gate import Pass
from bot.channels.matrix.api import SOON
from bot.channels.matrix.client import Refused, ok
from bot.channels.matrix.history import LEAVING, invites, look
from bot.channels.matrix.incoming import Incoming, leaving, read
from bot.channels.matrix.turns import Turns
from bot.engine.message import Opened
from bot.memory import Hint, Shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.channels.matrix.api import Api
    from bot.channels.matrix.chat import Rooms
    from bot.channels.matrix.history import Raw
    from bot.memory import Memory

log = logging.getLogger("repere")

WAIT, FIRST = 2_500, 60_000
"""Milliseconds the server holds an empty answer, and seconds' worth of it given to the first one, which is long."""

SEEN = 50
"""Events of each room looked at when the program starts."""

MISSED = 2_000
"""Events asked for, at most, where a sync left out some."""


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
        self._joining, self._telling = Turns(), Turns()
        """Rooms that are joined or left; and those where something was missed, told before what follows."""
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
            since = self._api.client.next_batch
            try:
                self._heard(await self._sync(WAIT, asked, SOON), since)
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
        await self._joining.close()
        await self._telling.close()

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

    def _heard(self, response: nio.SyncResponse, since: str) -> None:
        for room, found in response.rooms.join.items():
            if not self._fits(room):
                self._leave(room)
                continue
            for event in [*found.state, *found.timeline.events]:
                if isinstance(event, nio.PowerLevelsEvent):
                    self._rooms.changed(room)
            here = _since_invited(found.timeline.events, self._own)
            if room in self._greeted or len(here) < len(found.timeline.events):
                self._greeted.discard(room)
                self._greet(room, [*found.state, *found.timeline.events])
                self._tell(room, here)
            elif found.timeline.limited:
                self._telling.start(room, partial(self._tell_missed, room, found.timeline, since))
            elif room in self._telling:
                self._telling.start(room, partial(self._tell_next, room, found.timeline.events))
            else:
                self._tell(room, found.timeline.events)
        for room in response.rooms.leave:
            self._rooms.forget(room)
            self._greeted.discard(room)
            self._api.client.rooms.pop(room, None)
            self._api.client.invited_rooms.pop(room, None)
        self._invited(response)

    def _tell(self, room: str, events: Sequence[nio.Event]) -> None:
        for event in events:
            said = read(room, event, self._own)
            if said is not None:
                self._rooms.put(said)

    async def _tell_next(self, room: str, events: Sequence[nio.Event]) -> None:
        self._tell(room, events)

    async def _tell_missed(self, room: str, timeline: nio.Timeline, since: str) -> None:
        """Tell what a sync left out, as too much for it, then what it holds: she may have left first."""
        missed = await self._ask(room, timeline.prev_batch, since)
        self._tell(room, [*missed, *timeline.events])

    async def _ask(self, room: str, start: str, stop: str = "", timeline: Sequence[Raw] = ()) -> list[nio.Event]:
        """Return what precedes a place in a room, as far back as it was not heard."""

        def enough(found: Sequence[Raw]) -> bool:
            return not stop and look([*found, *timeline], self._own).whole

        try:
            found = await self._api.history(room, MISSED, start, stop, enough=enough)
            return [self._api.client.parse(room, event) for event in found]
        except Exception as fault:  # shown the door meanwhile, an odd page: what the sync holds is heard all the same
            log.error("matrix: %s", type(fault).__name__)
            return []

    def _take_up(self, room: str, found: nio.RoomInfo) -> None:
        if not self._fits(room):
            self._leave(room)
        elif found.timeline.limited and not look(_raw(found.timeline.events), self._own).whole:
            self._telling.start(room, partial(self._take_up_missed, room, found))
        else:
            self._take_up_all(room, found, found.timeline.events)

    async def _take_up_missed(self, room: str, found: nio.RoomInfo) -> None:
        missed = await self._ask(room, found.timeline.prev_batch, timeline=_raw(found.timeline.events))
        self._take_up_all(room, found, [*missed, *found.timeline.events])

    def _take_up_all(self, room: str, found: nio.RoomInfo, events: Sequence[nio.Event]) -> None:
        told = look(_raw(events), self._own)
        if told.shown is not None:
            shown = Shown(told.shown["event_id"], told.shown["origin_server_ts"] / 1000)
            self._memory.put(room, Hint(shown=shown), self._rooms.now())
        waiting = {event["event_id"]: event["origin_server_ts"] for event in told.waiting}
        since = next((data.content.get("since") for data in found.account_data if data.type == LEAVING), None)
        if since is not None:  # what she did next comes after
            before = [event["event_id"] for event in _raw(events) if event["origin_server_ts"] <= since]
            self._rooms.put(leaving(room, since / 1000, before[-1] if before else ""))
            waiting = {id: at for id, at in waiting.items() if at > since}
        elif not told.spoke and not waiting:
            self._greet(room, [*found.state, *events])
        said = (read(room, event, self._own) for event in events if event.event_id in waiting)
        self._rooms.take_up(room, [item for item in said if item is not None], tidy=since is None and bool(told.stale))

    def _greet(self, room: str, events: Sequence[nio.Event]) -> None:
        """Show home to who has just opened a room; what was opened long ago is met as anything late is."""
        made = [event for event in events if _opens(event, self._own)]
        if made:
            last = max(made, key=lambda event: event.server_timestamp)
            self._rooms.put(Incoming(room, Opened(), "", last.server_timestamp / 1000, told=last.event_id))

    def _invited(self, response: nio.SyncResponse) -> None:
        for room, found in response.rooms.invite.items():
            direct = any(
                isinstance(event, nio.InviteMemberEvent)
                and event.state_key == self._own
                and event.membership == "invite"
                and event.content.get("is_direct") is True
                for event in found.invite_state
            )
            self._joining.start(room, partial(self._join if direct else self._api.leave, room))

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
            self._joining.start(room, partial(self._left, room))

    async def _left(self, room: str) -> None:
        await self._api.leave(room)
        self._leaving.discard(room)

    def _fits(self, room: str) -> bool:
        """Tell whether a room holds one person and the bot, and can be read."""
        known = self._api.client.rooms.get(room)
        if known is None:
            return True
        alone = known.joined_count + known.invited_count
        return bool(alone == 2 and known.join_rule != "public" and (self._encrypts or not known.encrypted))


def _raw(events: Sequence[nio.Event]) -> list[Raw]:
    return [event.source for event in events if isinstance(event.source, dict)]


def _opens(event: nio.Event, own: str) -> bool:
    """Tell whether an event made the room, or invited the bot into it: our joining may come long after."""
    return isinstance(event, nio.RoomCreateEvent) or invites(event.source, own)


def _since_invited(events: Sequence[nio.Event], own: str) -> Sequence[nio.Event]:
    """Leave out what precedes an invitation: it was said to nobody, or dealt with before the bot was shown the door."""
    return events[max((n for n, event in enumerate(events, 1) if invites(event.source, own)), default=0) :]
