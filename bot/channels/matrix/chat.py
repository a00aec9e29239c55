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
from bot.channels.matrix.history import LEAVING, gone, look
from bot.channels.matrix.incoming import may_redact
from bot.deed import LATE, think
from bot.engine.message import Key, Opened, Typed
from bot.errors import Unreachable
from bot.i18n import SOURCE
from bot.lanes import Lanes, Overtaken
from bot.memory import Hint, Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Sequence

    from bot.app import Bot
    from bot.channels.matrix.api import Api
    from bot.channels.matrix.incoming import Incoming
    from bot.deed import Deed
    from bot.engine.message import Screen
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
        self._doubted: dict[str, tuple[str, ...]] = {}
        """For each room, the transactions of notices that may be there, or come, without our knowing."""
        self._shown: set[Incoming] = set()
        """What is under way whose answer is on the screen: overtaken while it erases, it has its effect once."""
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
        self._doubted.pop(room, None)

    def changed(self, room: str) -> None:
        """Ask again what the bot may do in a room."""
        self._erases.pop(room, None)

    async def _work(self, contact: Hashable, items: Sequence[Incoming | None], overtaken: asyncio.Event) -> None:
        assert isinstance(contact, str)
        heard = [item for item in items if item is not None]
        by = By(contact, any(self._bot.urgent(item.event) for item in heard), overtaken=overtaken)
        try:
            await self._deal(by, heard, tidy=len(heard) < len(items))
        except Unreachable:
            self.forget(contact)
        except (Overtaken, asyncio.CancelledError):
            raise
        except Exception as fault:
            log.error("matrix: %s", type(fault).__name__)
            await self._save(by, heard)
        self._shown.difference_update(heard)

    async def _deal(self, by: By[str], items: Sequence[Incoming], *, tidy: bool) -> None:
        """Do what items come to. `tidy`: something may be left to erase that only the server knows of."""
        hint = self._memory.get(by.chat, self.now())
        unsure = tidy or hint == Hint() or by.chat in self._doubted
        while True:
            deed = think(self._bot, hint, items, self.now(), self._shown)
            try:
                if deed.leaves:
                    await self._leave(by, deed, items[-1])
                    return
                if unsure:
                    await self._take_places(by)
                    hint, unsure = await self._recall(by, hint), False
                    continue
                await self._do(by, deed, items)
                return
            except TooLate:
                continue  # thought again, it is late: a neutral line, or nothing
            except Doubtful as doubt:
                self._doubt(by.chat, doubt)
                known, hint = hint.shown, await self._recall(by, hint)
                if hint.shown is not None and (known is None or known.id != hint.shown.id):  # it did come
                    hint = replace(deed.hint, shown=hint.shown, owed=hint.owed)
                    self._shown.update(items)

    def _doubt(self, room: str, doubt: Doubtful) -> None:
        """Remember a notice that may be there, or come; go on only if it was given up as too late."""
        self._doubted[room] = (*self._doubted.get(room, ()), doubt.txn)
        if not isinstance(doubt.given_up, TooLate):
            raise doubt.given_up from None

    async def _take_places(self, by: By[str]) -> list[str]:
        """Make sure that no notice in doubt comes any more; return what is now in its place, which is to go."""
        found = [await self._api.take_place(by, notice([[("…",)]]), txn) for txn in self._doubted.get(by.chat, ())]
        self._doubted.pop(by.chat, None)
        return found

    async def _recall(self, by: By[str], hint: Hint[str]) -> Hint[str]:
        """Return what is known of a room, with what the server tells: the living notice, and what is to go."""
        found = look(await self._api.history(by.chat, RECALLED), self._api.client.user_id)
        if found.shown is not None:
            hint = replace(hint, shown=Shown(found.shown["event_id"], found.shown["origin_server_ts"] / 1000))
        hint = _owing(hint, found.stale)
        self._memory.put(by.chat, hint, self.now())
        return hint

    async def _do(self, by: By[str], deed: Deed[str], items: Sequence[Incoming]) -> None:
        hint = _owing(deed.hint, deed.typed)
        if deed.answer is not None:
            hint = await self._show(by, deed, hint, deed.answer.turn.screen, items)
        await self._settle(by, hint)

    async def _show(
        self, by: By[str], deed: Deed[str], hint: Hint[str], screen: Screen, items: Sequence[Incoming]
    ) -> Hint[str]:
        """Send the notice that answers; return the hint, which then owes the notice before it."""
        erases = await self._may_erase(by.chat)
        now = self.now()  # not before: what the server made us wait has its place in the time that is left
        content = draw(screen, self._say(screen.locale), erases=erases)
        timed = by.before(self._tick() + deed.until - now)
        shown = Shown(await self._api.send(timed, content, answers=hint.owed, met=items[-1].told), now)
        self._shown.update(items)
        before = [hint.shown.id] if hint.shown is not None else []
        return _owing(replace(hint, shown=shown), before)

    async def _settle(self, by: By[str], hint: Hint[str]) -> None:
        """Remember a hint, and redact what it owes: what overtakes this finds it there."""
        self._memory.put(by.chat, hint, self.now())
        if hint.owed:
            await self._redact(by, hint.owed)
            self._memory.put(by.chat, replace(hint, owed=()), self.now())

    async def _leave(self, by: By[str], deed: Deed[str], last: Incoming) -> None:
        """Redact everything there was when she left (`last`); say something only if something had to stay."""
        await self._api.mark(by, LEAVING, {"since": round(last.at * 1000)})
        left = not await self._erase(by, last.at)
        left |= not await self._redact(by, await self._take_places(by))
        self._memory.forget(by.chat)
        if left:
            locale = deed.answer.turn.screen.locale if deed.answer is not None else SOURCE
            line = await self._api.send(by, notice([[(self._say(locale)(texts.LEFT),)]]), met=last.told)
            self._memory.put(by.chat, Hint(shown=Shown(line, self.now())), self.now())
        await self._api.mark(by, LEAVING, {})

    async def _erase(self, by: By[str], since: float) -> bool:
        """Redact all that a room holds, as far back as it goes; tell whether it could be."""
        events = await self._api.whole(by.chat, MOST_ERASED)
        return await self._redact(by, gone(events, self._api.client.user_id, since))

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
                await self._erase(by, items[-1].at)
                return
            typed = [item.message for item in items if isinstance(item.event, Typed | Opened)]
            try:
                await self._resort(by, items, typed)
            except TooLate:
                pass
            except Doubtful as doubt:
                self._doubt(by.chat, doubt)
            await self._redact(by, typed)
        except Unreachable:
            self.forget(by.chat)

    async def _resort(self, by: By[str], items: Sequence[Incoming], typed: Sequence[str]) -> None:
        """Give a way on that needs nothing of what may be at fault, unless it is too late for a word."""
        newest = max((item.at for item in items), default=0.0)
        timed = by.before(self._tick() + newest + LATE - self.now())
        resort = draw(self._bot.late("").turn.screen, self._say(SOURCE), erases=True)
        await self._api.send(timed, resort, answers=[id for id in typed if id], met=items[-1].told if items else "")

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


def _owing(hint: Hint[str], more: Iterable[str]) -> Hint[str]:
    """Return a hint that owes more; what has no id is not there."""
    return replace(hint, owed=tuple(dict.fromkeys(id for id in (*hint.owed, *more) if id)))
