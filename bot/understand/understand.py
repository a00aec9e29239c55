"""What a message is about: phrases first, where a wrong guess costs most, then meaning.

Danger is told by phrases (`flows/danger.yml`) or by meaning. Meaning may also silence a phrase, when it is far from
telling of any danger: « mon ordi me donne envie de le jeter par la fenêtre ».
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from bot.understand.spot import spot

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bot.understand.meaning import Meaning, Sense
    from bot.understand.spot import Rules

SURE, FAR = 0.5, -0.3
"""Above the first, meaning tells of danger by itself; below the second, it silences a phrase."""

OTHER = "hors-sujet"
"""The topic of what is none of our business."""

ANY = "danger"
"""What `meaning:` says in danger.yml for a danger that is nothing more precise."""


class Ear:
    """Understands what people type. `meaning` is None until it is loaded, and where it is not installed.

    `interrupts` are the phrases of danger.yml, by name; `calm` names those that are no danger; `alarms` names what a
    danger told by meaning opens, for a topic, an audience, or `ANY`.
    """

    def __init__(self, interrupts: Rules, calm: Collection[str] = (), alarms: Mapping[str, str] | None = None) -> None:
        self.interrupts, self.calm, self.alarms = interrupts, frozenset(calm), dict(alarms or {})
        self.meaning: Meaning | None = None

    def hear(self, text: str) -> Heard:
        """Return what a message is about; nothing of it is kept."""
        return Heard(self, text)


class Heard:
    """One message, understood as far as is asked: most are a number or a label, and nobody asks."""

    def __init__(self, ear: Ear, text: str) -> None:
        self._ear, self._text = ear, text

    @cached_property
    def _sense(self) -> Sense | None:
        return self._ear.meaning.of(self._text) if self._ear.meaning is not None else None

    @cached_property
    def opens(self) -> str | None:
        """Return the interrupt that a phrase opens at once."""
        for name in spot(self._ear.interrupts, self._text):
            if name in self._ear.calm or self._sense is None or self._sense.danger > FAR:
                return name
        return None

    @property
    def alarm(self) -> str | None:
        """Return the interrupt that meaning opens at once: a danger that no phrase tells."""
        if self._sense is None or self._sense.danger <= SURE or self.opens in self._ear.calm:
            return None
        wanted = (self._sense.topics[0][0], self._sense.audience, ANY)
        return next((self._ear.alarms[one] for one in wanted if one in self._ear.alarms), None)

    @property
    def danger(self) -> bool:
        """Tell whether it tells of danger now."""
        return (self.opens is not None and self.opens not in self._ear.calm) or self.alarm is not None

    @property
    def audience(self) -> str | None:
        """Return who speaks, if it tells."""
        return self._sense.audience if self._sense is not None else None

    @property
    def language(self) -> str | None:
        """Return the language it is written in, when that is known."""
        return self._sense.language if self._sense is not None else None

    @property
    def topics(self) -> tuple[tuple[str, float], ...]:
        """Return at most three topics by meaning, the likeliest first, with scores from 0 to 1."""
        return self._sense.topics if self._sense is not None else ()
