"""Ask Telegram what happened, and let it forget only what has been dealt with.

Telegram keeps updates until a later one is asked for, so the offset asked for is that of the oldest update that is not
finished: a `kill -9` loses none. What is asked for again meanwhile is known by its number and left alone.

A server takes two calls in a row with the same offset for a program gone mad, and slows it down: from then on it asks
from the head of the queue (0), which is the same place.

Telegram gives a hundred updates from the offset on, and no more. So that a chat which waits its turn (the pace of new
messages, a refusal of its own) does not hide what comes after those hundred, emergencies included, it is let go when
they are all taken: a crash right then would cost an answer that has not been given.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from telegram.error import Conflict, InvalidToken, TelegramError

from bot.channels.telegram.api import MOST, WAIT
from bot.errors import Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.channels.telegram.api import Api
    from bot.channels.telegram.chat import Taken

log = logging.getLogger("repere")

TICK, TICKS = 0.025, 8
"""Seconds before looking for what is new behind what is under way, and how many times that in a crowd."""

ABREAST = 8
"""Updates begun before what they ask for is given the time to leave."""

FEW = 10
"""How many may be under way when Telegram, which has more than it shows at once, is soon asked for the rest."""

CROWD, MOMENT = 20, 5.0 + WAIT
"""Updates found at once that make a crowd, and seconds since the queue was empty that make it a new one."""

STUCK = 0.1
"""Seconds after which what only waits its turn may be let go."""

SOON, LATER = 5.0, 30.0
"""Seconds before asking again when another program asks for the same bot, or when Telegram refuses."""

SAID: Mapping[type[Exception], str] = {
    Conflict: "Telegram : un autre programme reçoit déjà les messages de ce bot. Arrêtez-le, ou changez de bot.",
    InvalidToken: "Telegram : le jeton est refusé. Prenez le nouveau chez @BotFather, puis relancez.",
}


class Poll:
    """The loop of updates. `take` begins to deal with one, None when there is nothing to do about it.

    It is also told whether a press, which bears no time, is known to be fresh. It is when a crowd has just come: the
    queue, which is in order, was seen to its end a moment ago. Then nobody need wait for Telegram to say so.
    `hurry` is told whether more waits than Telegram shows at once: what a chat has sent is then dealt with together.
    """

    def __init__(
        self,
        api: Api,
        take: Callable[[Mapping[str, Any], bool], Taken | None],
        tick: Callable[[], float],
        say: Callable[[str], None],
        hurry: Callable[[bool], None],
    ) -> None:
        self._api, self._take, self._tick, self._say, self._hurry = api, take, tick, say, hurry
        self._pending: dict[int, tuple[Taken | None, float]] = {}
        self._finished: set[int] = set()
        """Those that Telegram may still give again: it has not been told to forget them."""
        self._next = self._asked = 0
        self._under_way: set[int] = set()
        self._enough = 0
        """How many may be under way for `_progress` to be told."""
        self._seen_to_the_end = -math.inf
        self._progress = asyncio.Event()

    @property
    def offset(self) -> int:
        """Return the number of the oldest update that is not finished."""
        while self._pending:
            number, (taken, _) = next(iter(self._pending.items()))
            if taken is not None and (not taken.done.done() or taken.done.cancelled()):
                return number
            self._end(number)
        return self._next

    async def run(self) -> None:
        """Ask until cancelled."""
        said: type[Exception] | None = None
        while True:
            try:
                await self._ask()
                said = None
            except (TelegramError, Unreachable) as refusal:
                if said is not type(refusal):
                    said = type(refusal)
                    self._say(SAID.get(said, f"Telegram ne dit plus rien ({said.__name__}) : nous réessayons."))
                await asyncio.sleep(SOON if said is Conflict else LATER)
            except Exception as fault:
                log.error("telegram: %s", type(fault).__name__)
                await asyncio.sleep(1.0)

    async def finish(self) -> None:
        """Let Telegram forget what was dealt with last."""
        if self._asked != self.offset:
            await self._api.updates(self.offset, wait=0, limit=1)

    async def _ask(self) -> None:
        offset, began = self.offset, self._tick()
        self._asked = 0 if self._asked == offset else offset
        found = await self._api.updates(self._asked, 0 if self._pending else WAIT)
        if self._asked:
            self._finished = {number for number in self._finished if number >= self._asked}
        fresh = len(found) >= CROWD and self._tick() - self._seen_to_the_end < MOMENT
        full = len(found) >= MOST
        if not full:
            self._seen_to_the_end = began
        self._hurry(False)
        taken = 0
        for raw in found:
            taken += self._begin(raw, fresh=fresh)
            if fresh and taken % ABREAST == 0:
                await asyncio.sleep(0)  # the first leave while the next are thought through
        self._hurry(len(self._under_way) >= MOST - FEW)
        if full:
            await self._make_room(FEW if taken else 0)
        elif self._pending and self.offset == offset:  # each look brings back what is under way as well
            await self._rest(TICK if taken else 4 * TICK, len(self._pending) // 2)

    async def _make_room(self, few: int) -> None:
        """Wait until nearly all that Telegram shows is dealt with, or can be let go: it would show the same again."""
        for _ in range(TICKS):
            self._let_go()
            if len(self._pending) < MOST // 2:
                return
            if len(self._under_way) <= few or await self._rest(TICK, few):
                if self._under_way:
                    await self._rest(TICK, 0)
                return

    async def _rest(self, seconds: float, enough: int) -> bool:
        """Wait, at most some seconds, until one more is dealt with and no more than `enough` are under way; tell it."""
        self._progress.clear()
        self._enough = enough
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self._progress.wait()
        return False

    def _begin(self, raw: Mapping[str, Any], *, fresh: bool) -> bool:
        number = int(raw["update_id"])
        if number in self._pending or number in self._finished:
            return False
        self._next = number + 1  # Telegram begins anywhere again after a quiet week
        taken = self._take(raw, fresh)
        self._pending[number] = taken, self._tick()
        if taken is not None:
            self._under_way.add(number)
            taken.done.add_done_callback(lambda _: self._done(number))
        return True

    def _done(self, number: int) -> None:
        self._under_way.discard(number)
        if len(self._under_way) <= self._enough:
            self._progress.set()

    def _let_go(self) -> None:
        """Stop waiting, at the head, for what only waits its turn, and for a flood, whose last gesture alone counts."""
        now = self._tick()
        crowds = Counter(taken.chat for taken, _ in self._pending.values() if taken is not None)
        last = {
            taken.chat: number for number, (taken, _) in self._pending.items() if taken is not None and taken.urgent
        }
        while self._pending:
            number, (taken, since) = next(iter(self._pending.items()))
            if taken is None or taken.done.done():
                self._end(number)
                continue
            waits = now - since >= STUCK and self._api.gate.waits(taken.chat)
            urgent = taken.urgent and number == last[taken.chat]  # one that comes later takes those before with it
            if urgent or not (waits or crowds[taken.chat] > CROWD):
                return
            self._end(number)

    def _end(self, number: int) -> None:
        del self._pending[number]
        self._under_way.discard(number)
        self._finished.add(number)
