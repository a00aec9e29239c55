"""A conversation on Matrix: one living notice, what is typed redacted, an exit that redacts everything and stays.

Never an edit: what was edited stays readable. A new notice, then the one before it and what the person typed are
redacted. After an exit the bot stays in the room: if it left, she would later write into an empty one.
Nothing is kept here but hints, in RAM (`bot.memory`); after a stop, the server's own events say what is left to do.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.channels.gate import By, TooLate
from bot.channels.matrix import texts
from bot.channels.matrix.api import Doubtful
from bot.channels.matrix.draw import draw, notice
from bot.channels.matrix.history import LEAVING, look, says
from bot.channels.matrix.incoming import may_redact
from bot.deed import think
from bot.engine.message import Key, Opened, Typed
from bot.errors import Unreachable
from bot.i18n import SOURCE
from bot.lanes import Lanes, Overtaken
from bot.memory import Hint, Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Sequence

    from bot.app import Answer, Bot
    from bot.channels.matrix.api import Api
    from bot.channels.matrix.history import Raw
    from bot.channels.matrix.incoming import Incoming
    from bot.deed import Deed
    from bot.memory import Memory

log = logging.getLogger("repere")

RECALLED, MOST_ERASED = 50, 20_000
"""Events looked at in a room nobody remembers, and in one that is left."""

GIVEN_UP = 15 * 60.0
"""Seconds after which a redaction that the server cannot make is left to the next start, or to the exit."""


class Rooms:
    """Every conversation of this channel. `tick` is the gate's clock."""

    def __init__(self, bot: Bot, api: Api, memory: Memory[str], tick: Callable[[], float]) -> None:
        self._bot, self._api, self._memory, self._tick = bot, api, memory, tick
        self._erases: dict[str, bool] = {}
        self._doubted: set[str] = set()
        """Rooms where a notice may have been sent without our knowing."""
        self.lanes: Lanes[Incoming | None] = Lanes(self._work)

    def now(self) -> float:
        """Return the instant (Unix seconds) on the bot's own clock."""
        return self._bot.clock().timestamp()

    def put(self, incoming: Incoming) -> asyncio.Future[None]:
        """Deal with what a person did."""
        wanted = self._bot.urgent(incoming.event)
        return self.lanes.put(incoming.room, incoming, urgent=wanted is not None, ends=wanted is Key.CLOSE)

    def take_up(self, room: str, items: Sequence[Incoming], *, tidy: bool) -> None:
        """Go on in a room where a stop left it: what was never answered is dealt with together."""
        if tidy:
            self.lanes.put(room, None)
        for item in items:
            self.put(item)
        self.lanes.gather(room)

    def forget(self, room: str) -> None:
        """Forget a room that is no longer one."""
        self._memory.forget(room)
        self._erases.pop(room, None)

    def changed(self, room: str) -> None:
        """Ask again what the bot may do in a room."""
        self._erases.pop(room, None)

    async def _work(self, contact: Hashable, items: Sequence[Incoming | None], overtaken: asyncio.Event) -> None:
        assert isinstance(contact, str)
        heard = [item for item in items if item is not None]
        by = By(contact, any(self._bot.urgent(item.event) for item in heard), overtaken=overtaken)
        try:
            await self._deal(by, heard)
        except Unreachable:
            self.forget(contact)
        except (Overtaken, asyncio.CancelledError):
            raise
        except Exception as fault:
            log.error("matrix: %s", type(fault).__name__)
            await self._save(by, heard)

    async def _deal(self, by: By[str], items: Sequence[Incoming]) -> None:
        hint = self._memory.get(by.chat, self.now())
        unsure = not items or hint == Hint() or by.chat in self._doubted
        hint, stale = await self._recall(by, hint) if unsure else (hint, ())
        if not items:
            await self._redact(by, stale)
            return
        while True:
            deed = think(self._bot, hint, items, self.now())
            try:
                if deed.leaves:
                    await self._leave(by, deed, max(item.at for item in items))
                else:
                    await self._do(by, deed, stale)
                return
            except TooLate:
                continue  # thought again, it is late: a neutral line, or nothing
            except Doubtful as doubt:
                self._doubted.add(by.chat)
                raise doubt.given_up from None

    async def _recall(self, by: By[str], hint: Hint[str]) -> tuple[Hint[str], tuple[str, ...]]:
        """Return the living notice of a room, found on the server, and what should have been redacted."""
        found = look(await self._api.history(by.chat, RECALLED), self._api.client.user_id)
        self._doubted.discard(by.chat)
        if found.shown is None:
            return hint, found.stale
        shown = Shown(found.shown["event_id"], found.shown["origin_server_ts"] / 1000)
        self._memory.put(by.chat, replace(hint, shown=shown), self.now())
        return replace(hint, shown=shown), found.stale

    async def _do(self, by: By[str], deed: Deed[str], stale: Collection[str]) -> None:
        if deed.answer is not None:
            await self._show(by, deed, deed.answer)
        await self._redact(by, [*stale, *deed.typed])

    async def _show(self, by: By[str], deed: Deed[str], answer: Answer) -> None:
        """Send the notice of an answer; the one before it is then redacted."""
        screen, now = answer.turn.screen, self.now()
        erases = await self._may_erase(by.chat)
        content = draw(screen, self._say(screen.locale), erases=erases)
        timed = by.before(self._tick() + deed.until - now)
        shown = Shown(await self._api.send(timed, content, answers=[id for id in deed.typed if id]), now)
        self._memory.put(by.chat, replace(deed.hint, shown=shown), now)
        if deed.hint.shown is not None:
            await self._redact(by, [deed.hint.shown.id])

    async def _leave(self, by: By[str], deed: Deed[str], since: float) -> None:
        """Redact everything in the room; say something only if something had to stay."""
        await self._api.mark(by, LEAVING, {"since": int(since * 1000)})
        events = await self._api.history(by.chat, MOST_ERASED)
        left = not await self._redact(by, [event["event_id"] for event in events[::-1] if says(event)])
        self._memory.forget(by.chat)
        if left:
            locale = deed.answer.turn.screen.locale if deed.answer is not None else SOURCE
            line = await self._api.send(by, notice([[(self._say(locale)(texts.LEFT),)]]))
            self._memory.put(by.chat, Hint(shown=Shown(line, self.now())), self.now())
        await self._api.mark(by, LEAVING, {})

    async def _redact(self, by: By[str], events: Collection[str]) -> bool:
        """Redact events, the newest first; tell whether all of them could be."""
        timed = by.before(min(by.until, self._tick() + GIVEN_UP))
        told = await asyncio.gather(
            *(self._api.redact(timed, event) for event in events if event), return_exceptions=True
        )
        for fault in told:
            if isinstance(fault, BaseException):
                raise fault  # only once every call is over: one given up in the middle might still have its effect
        return all(told)

    async def _save(self, by: By[str], items: Sequence[Incoming]) -> None:
        """Do what matters most when something here is at fault: leave if she leaves, else erase and give a way on."""
        try:
            if any(self._bot.urgent(item.event) is Key.CLOSE for item in items):
                events: list[Raw] = await self._api.history(by.chat, MOST_ERASED)
                await self._redact(by, [event["event_id"] for event in events[::-1] if says(event)])
                return
            resort = self._bot.late("")
            await self._api.send(by, draw(resort.turn.screen, self._say(SOURCE), erases=True))
            await self._redact(by, [item.message for item in items if isinstance(item.event, Typed | Opened)])
        except Unreachable:
            self.forget(by.chat)

    async def _may_erase(self, room: str) -> bool:
        """Tell whether the bot may redact what the person writes here: asked once, and again when it changes."""
        known = self._erases.get(room)
        if known is None:
            state = {event["type"]: event for event in await self._api.state(room) if event.get("state_key") == ""}
            known = may_redact(
                self._api.client.user_id, state.get("m.room.create", {}), state.get("m.room.power_levels")
            )
            self._erases[room] = known
        return known

    def _say(self, locale: str) -> Callable[[str], str]:
        return self._bot.script.catalogues[locale].text
