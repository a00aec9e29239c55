"""The time that the fake lives in: real time, plus what a test asked to skip."""

from __future__ import annotations

import time


class Clock:
    """Seconds since 1970. It runs with real time unless it was started at an instant of its own and `frozen`."""

    def __init__(self, start: float | None = None, *, frozen: bool = False) -> None:
        self._frozen = frozen
        self._ahead = 0.0 if start is None else start - (0.0 if frozen else time.time())
        if frozen and start is None:
            self._ahead = time.time()

    def now(self) -> float:
        """Return the current instant."""
        return self._ahead if self._frozen else time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass at once. It never goes back."""
        if seconds < 0:
            raise ValueError("time does not go back")
        self._ahead += seconds
