"""An event loop whose time leaps to the next alarm instead of being waited for: an hour of pacing in a breath.

Nothing outside is waited for, so nothing that is tested with it may open a socket.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class _Leap(selectors.DefaultSelector):
    """Waits for nobody: whatever time there was to wait has passed."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise AssertionError("everybody waits, and nothing will happen any more")
        found = super().select(0)
        if not found:
            self.now += max(0.0, timeout)
        return found


class Leaping(asyncio.SelectorEventLoop):
    """A loop in which nothing takes time but what is meant to."""

    def __init__(self) -> None:
        self._leap = _Leap()
        super().__init__(self._leap)

    def time(self) -> float:
        return self._leap.now


def leap(talk: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run `talk()` to its end in such a loop."""
    with asyncio.Runner(loop_factory=Leaping) as runner:
        return runner.run(talk())
