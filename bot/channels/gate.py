"""When a call to a network may leave: what presses first, at the network's pace, and hardly at all while it is down.

Three things keep a call waiting. The pace of new messages (edits, deletions, answers have none until the network says
so). A refusal with a delay (« 429, retry after »): nothing leaves before its end. A network that is down: one call at a
time goes and sees, at growing distances, and its success lets the others go. After a refusal too, one call goes first.

A refusal does not say whom it is about. When it meets a chat that makes more calls than a hand can ask for, it is taken
to be about that chat; else about everybody: waiting for nothing costs less than being refused for longer.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from bot.lanes import Overtaken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Chat = TypeVar("Chat", bound=Hashable)

SENDS, SECOND = 25, 1.05
"""New messages in a second, to everybody (thirty are allowed, and they arrive closer together than they leave); one to
each chat. A little more than a second, for clocks that differ."""

BUSY = 16
"""Calls for one chat within two seconds beyond which a refusal is about that chat."""

SOONEST, LATEST, GROWTH = 1.1, 2.2, 1.4
"""Seconds between two looks at a network that is down: never two in a second, and never long after it is back."""

FLOODS, REMEMBERED = 4, 60.0
"""Chats that may be held apart at once, and for how many seconds a refusal that was about one makes the next be so."""

SWEEP = 10.0
"""Seconds between two forgettings of what chats did."""


class TooLate(Exception):
    """The moment until which a call made sense has passed while it waited."""


@dataclass(eq=False, slots=True)
class _Shut:
    """Nothing passes before `until`; then one call does (`looking`), and what becomes of it decides.

    `refusal`: the network answers, and refuses; it does not refuse to be read.
    """

    until: float
    refusal: bool = False
    looks: int = 0
    looking: bool = False


@dataclass(eq=False, slots=True)
class Pass:
    """One call that wants to leave. `chat` None: about nobody. `until`: seconds of the gate's clock.

    `sends`: it makes a new message, which has a pace. `reads`: it makes none, and no refusal of messages holds it.
    """

    chat: Hashable = None
    urgent: bool = False
    sends: bool = False
    reads: bool = False
    until: float = math.inf
    overtaken: asyncio.Event | None = None
    failures: int = 0
    left: float = 0.0
    looking: list[_Shut] = field(default_factory=list)
    open: asyncio.Future[None] | None = None


@dataclass(frozen=True, slots=True)
class By(Generic[Chat]):
    """On whose behalf calls are made, how pressing they are, and until when they make sense (the gate's clock)."""

    chat: Chat
    urgent: bool = False
    until: float = math.inf
    overtaken: asyncio.Event | None = field(default=None, compare=False)

    def before(self, until: float) -> By[Chat]:
        """Return the same, for calls that make no sense later."""
        return replace(self, until=until)

    def asks(self, *, sends: bool = False) -> Pass:
        """Return a call that wants to leave on this behalf."""
        return Pass(self.chat, self.urgent, sends, until=self.until, overtaken=self.overtaken)


class Gate:
    """The one way out to a network, for every chat. `jitter` gives a number from 0 to 1.

    `apart`: a refusal may be about one chat; else the network limits the bot as a whole.
    """

    def __init__(self, clock: Callable[[], float], jitter: Callable[[], float], *, apart: bool = True) -> None:
        self._clock, self._jitter, self._apart = clock, jitter, apart
        self._shut: _Shut | None = None
        self._chats: dict[Hashable, _Shut] = {}
        self._failed: set[Pass] = set()
        """The calls that failed since one last passed: the fault may be that of the only one."""
        self._sent: deque[float] = deque(maxlen=SENDS)
        self._last: dict[Hashable, float] = {}
        self._calls: dict[Hashable, tuple[float, int, int]] = {}
        """For each chat, when its second began, the calls made in it, and in the one before."""
        self._flooded: dict[Hashable, float] = {}
        self._swept = 0.0
        self._waiting: list[Pass] = []
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = math.inf

    @property
    def down(self) -> bool:
        """Tell whether calls are kept from leaving, whomever they are for."""
        return self._shut is not None

    def waits(self, chat: Hashable) -> bool:
        """Tell whether something for this chat waits its turn, and nothing else: it is not under way."""
        return any(one.chat == chat for one in self._waiting)

    async def enter(self, asked: Pass) -> None:
        """Return when the call may leave. Raises Overtaken, or TooLate.

        What failed is not tried again for somebody who has done something else: it may have had its effect.
        """
        now = self._clock()
        if now >= asked.until:
            raise TooLate
        if asked.failures and asked.overtaken is not None and asked.overtaken.is_set():
            raise Overtaken
        free = self._shut is None and asked.chat not in self._chats and not asked.sends
        if free or (not self._waiting and self._delay(asked, now) <= 0):
            self._let(asked, now)
            return
        asked.open = asyncio.get_running_loop().create_future()
        self._waiting.append(asked)
        delay = self._delay(asked, now)
        if delay <= 0:
            self._serve()
        elif delay < math.inf:
            self._wake(now + delay)
        try:
            await self._opened(asked)
        finally:
            if asked in self._waiting:
                self._waiting.remove(asked)

    async def _opened(self, asked: Pass) -> None:
        assert asked.open is not None
        if asked.open.done():
            return
        waited: set[asyncio.Future[None]] = {asked.open}
        overtaken = asyncio.ensure_future(_set(asked.overtaken)) if asked.overtaken is not None else None
        if overtaken is not None:
            waited.add(overtaken)
        left = None if asked.until == math.inf else asked.until - self._clock()
        try:
            await asyncio.wait(waited, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self.dropped(asked)
            raise
        finally:
            if overtaken is not None:
                overtaken.cancel()
        if not asked.open.done():
            asked.open.cancel()
            raise Overtaken if overtaken is not None and overtaken.done() else TooLate

    # What became of a call -------------------------------------------------------------------------------------------

    def passed(self, done: Pass) -> None:
        """The network answered, whatever it said."""
        self._failed.clear()
        if self._shut in done.looking:
            self._shut = None
            self._serve()
        if self._chats.get(done.chat) in done.looking:
            del self._chats[done.chat]
            self._serve()

    def refused(self, done: Pass, seconds: float) -> None:
        """The network refused the call, and said for how long."""
        now = self._clock()
        until = now + seconds
        self._back(done)
        shut = self._chats.get(done.chat)
        if done.chat is not None and (
            (shut is not None and shut.refusal) or (self._floods(done.chat, now) and len(self._chats) < FLOODS)
        ):
            self._chats[done.chat] = _Shut(max(until, shut.until if shut else 0.0), refusal=True)
            self._flooded[done.chat] = until
        else:
            self._shut = _Shut(max(until, self._shut.until if self._shut else 0.0), refusal=not done.reads)
        self._serve()

    def dropped(self, done: Pass) -> None:
        """The call was given up before its end."""
        self._back(done)
        self._serve()

    def failed(self, done: Pass) -> bool:
        """The network did not answer, or with a fault of its own; tell whether it is found down, just now or still.

        One slip is nothing; two in a row, of two calls, and it is down. One call alone that fails again and again holds
        its chat only. A silence has already been waited for: the distance to the next look counts from its beginning.
        """
        done.failures += 1
        self._failed.add(done)
        shut = self._shut
        if shut is not None and shut in done.looking:
            self._shut = _Shut(done.left + self._distance(shut.looks + 1), looks=shut.looks + 1)
        elif shut is None and (len(self._failed) > 1 or (done.chat is None and done.failures > 1)):
            self._shut = _Shut(done.left + self._distance(0))
        elif shut is None and done.failures > 1:
            self._chats[done.chat] = _Shut(done.left + self._distance(done.failures - 2))
        self._back(done)
        self._serve()
        return self._shut is not shut

    def _distance(self, looks: int) -> float:
        return min(LATEST, SOONEST * GROWTH**looks) * (1 + self._jitter() / 8)

    def _back(self, done: Pass) -> None:
        """A call that was let through to see is over without an answer: another may go."""
        for shut in done.looking:
            shut.looking = False
        done.looking.clear()

    # Whose turn it is ------------------------------------------------------------------------------------------------

    def _shuts(self, asked: Pass) -> Iterator[_Shut]:
        """Give what keeps a call from leaving, besides the pace."""
        for shut in (self._shut, self._chats.get(asked.chat)):
            if shut is not None and not (asked.reads and shut.refusal):
                yield shut

    def _delay(self, asked: Pass, now: float) -> float:
        """Return the seconds before a call may leave, infinite while another goes and sees."""
        delay = 0.0
        for shut in self._shuts(asked):
            delay = max(delay, math.inf if shut.looking else shut.until - now)
        if asked.sends:
            if len(self._sent) == SENDS:
                delay = max(delay, self._sent[0] + SECOND - now)
            delay = max(delay, self._last.get(asked.chat, -SECOND) + SECOND - now)
        return delay

    def _let(self, asked: Pass, now: float) -> None:
        asked.left = now
        asked.looking.clear()
        for shut in self._shuts(asked):
            shut.looking = True
            asked.looking.append(shut)
        if asked.sends:
            self._sent.append(now)
            self._last[asked.chat] = now
        if asked.chat is not None:
            began, count, before = self._calls.get(asked.chat, (now, 0, 0))
            if now - began >= SECOND:
                began, count, before = now, 0, count if now - began < 2 * SECOND else 0
            self._calls[asked.chat] = began, count + 1, before
        if now - self._swept > SWEEP:
            self._swept = now
            self._last = {chat: at for chat, at in self._last.items() if now - at < SECOND}
            self._calls = {chat: made for chat, made in self._calls.items() if now - made[0] < 2 * SECOND}
            self._flooded = {chat: at for chat, at in self._flooded.items() if now - at < REMEMBERED}
            self._chats = {chat: shut for chat, shut in self._chats.items() if shut.looking or now - shut.until < SWEEP}

    def _floods(self, chat: Hashable, now: float) -> bool:
        """Tell whether a chat makes more calls than a hand can ask for, or was refused for it a moment ago."""
        if not self._apart:
            return False
        _, count, before = self._calls.get(chat, (0.0, 0, 0))
        return count + before > BUSY or now - self._flooded.get(chat, -math.inf) < REMEMBERED

    def _serve(self) -> None:
        """Let go what may go, what presses first; wake up when the next one may."""
        self._alarm_at = math.inf
        now, soonest = self._clock(), math.inf
        kept = []
        for asked in sorted(self._waiting, key=_rank):
            if asked.open is None or asked.open.done():
                continue  # overtaken, or too late
            delay = self._delay(asked, now)
            if delay > 0:
                soonest = min(soonest, delay)
                kept.append(asked)
                continue
            self._let(asked, now)
            asked.open.set_result(None)
        self._waiting = kept
        if soonest < math.inf:
            self._wake(now + soonest)

    def _wake(self, at: float) -> None:
        if at >= self._alarm_at:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at = at
        self._alarm = asyncio.get_running_loop().call_later(max(at - self._clock(), 0.001), self._serve)


def _rank(asked: Pass) -> bool:
    return not asked.urgent


async def _set(event: asyncio.Event) -> None:
    await event.wait()
