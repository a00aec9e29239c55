"""A session is where somebody stands, and the trail of answers that led there.

The answers are a view of the trail, not a second store: going back is `trail[:-1]`, and nothing stale can remain.
It holds no name, no text and no time; the commune is the only thing a person ever types into it.
"""

from __future__ import annotations

from dataclasses import dataclass

FRANCE = "france"

HERE = "@"
"""First character of an answer that is a commune: `@85109`."""

JUMP = "!"
"""First character of an answer that leaves from any step: `!emergency`, `!flow:victime-viol`."""


FIND = "?"
"""First character of an answer that looks something up, in a professional's flow: see `found.py`."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One answer: the step the screen began at, the step that waited, what was chosen."""

    entry: str
    step: str
    answer: str


@dataclass(frozen=True, slots=True)
class Session:
    """Frozen: every turn makes a new one. `root` is where the trail starts, home unless a very long trail was cut."""

    locale: str
    area: str
    root: str
    entry: str
    at: str
    trail: tuple[Visit, ...] = ()
    place: str | None = None
    noticed: bool = False
    offered: bool = False
    """Whether the screen drawn last only offered: « Retour » then brings back the one it stood in front of."""

    def answer(self, step: str) -> str | None:
        """Return what was last answered at `step`."""
        return next((visit.answer for visit in reversed(self.trail) if visit.step == step), None)
