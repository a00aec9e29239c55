"""A gate with simulated calls on one side and a network of which a test decides on the other, in a time that leaps."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.channels.gate import Gate, Pass

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


@dataclass
class Road:
    """Calls that leave through a gate for a network of which a test decides, tried again as the channel does."""

    jitter: float = 0.5
    latency: float = 0.05
    left: list[tuple[float, Pass]] = field(default_factory=list)
    answer: Callable[[Pass, float], str | float] = lambda _asked, _now: "passed"
    """What becomes of a call that left then: « passed », « failed », or the seconds of a refusal."""

    def __post_init__(self) -> None:
        self.gate = Gate(self.now, lambda: self.jitter)

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def call(self, chat: Hashable = None, **more: object) -> float:
        """Make one call; return when it was answered."""
        asked = Pass(chat, **more)  # type: ignore[arg-type]  # the fields of a Pass, in one line of test
        while True:
            await self.gate.enter(asked)
            left = self.now()
            self.left.append((left, asked))
            try:
                await asyncio.sleep(self.latency)
            except BaseException:
                self.gate.dropped(asked)
                raise
            match self.answer(asked, left):
                case "passed":
                    self.gate.passed(asked)
                    return self.now()
                case "failed":
                    self.gate.failed(asked)
                case float() | int() as seconds:
                    self.gate.refused(asked, seconds)

    async def at(self, when: float, chat: Hashable = None, **more: object) -> float:
        """Make one call, later."""
        await asyncio.sleep(when - self.now())
        return await self.call(chat, **more)

    def times(self, *chats: Hashable) -> list[float]:
        """Return when calls left, for all chats or for some."""
        return [at for at, asked in self.left if not chats or asked.chat in chats]


def most_within(seconds: float, times: list[float]) -> int:
    """Return the most calls that left within any stretch of time, its end left out."""
    ordered, most, begins = sorted(times), 0, 0
    for end, at in enumerate(ordered):
        while at - ordered[begins] >= seconds:
            begins += 1
        most = max(most, end - begins + 1)
    return most
