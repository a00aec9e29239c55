"""What a message is about: phrases first, where a wrong guess costs most, then meaning.

Danger is told by phrases (`flows/danger.yml`) or by meaning. Meaning may also silence a phrase, when it is far from
telling of any danger: « mon ordi me donne envie de le jeter par la fenêtre ».
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from bot.directory.kinds import AUDIENCES
from bot.understand.letters import LONGEST
from bot.understand.spot import silenced, spot

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bot.understand.meaning import Meaning, Sense
    from bot.understand.spot import Rules

SURE, FAR = 0.5, -2.0
"""Above the first, meaning tells of danger by itself; below the second, it may silence a phrase."""

PLAINLY = 3.0
"""Danger told by meaning up to here is not believed when a phrase of danger is there with what denies it, « il ne me
frappe pas », nor when the message is of another world: « elle bat la crème »."""

SHORT = 5
"""Words of a message that says nothing beside a phrase of danger: meaning never silences it."""

OTHER, ELSEWHERE = "hors-sujet", 0.85
"""The topic of what is none of our business, and the score from which a message is of another world."""

PLAIN = 0.5
"""The score of its topic from which somebody is taken for who hits, and sent to the screens of who does."""

ANY, AUTHOR = "danger", "auteur"
"""What `meaning:` says in danger.yml for a danger that is nothing more precise; and the audience of who hits."""


class Ear:
    """Understands what people type. `meaning` is None until it is loaded, and where it is not installed.

    `interrupts` are the phrases of danger.yml, by name; `calm` names those that are no danger, `theirs` those that are
    for who hits; `alarms` names what a danger told by meaning opens, for a topic, an audience, or `ANY`.
    """

    def __init__(
        self,
        interrupts: Rules,
        calm: Collection[str] = (),
        theirs: Collection[str] = (),
        alarms: Mapping[str, str] | None = None,
    ) -> None:
        self.interrupts, self.alarms = interrupts, dict(alarms or {})
        self.calm, self.theirs = frozenset(calm), frozenset(theirs)
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
        try:
            return self._ear.meaning.of(self._text) if self._ear.meaning is not None else None
        except Exception:  # whatever is wrong with meaning, words still open the emergency screen
            return None

    @property
    def _topic(self) -> str:
        return self._sense.topics[0][0] if self._sense is not None else ""

    @cached_property
    def opens(self) -> str | None:
        """Return the interrupt that a phrase opens at once."""
        for name in spot(self._ear.interrupts, self._text):
            if name in self._ear.theirs and AUTHOR not in (self.audience or AUTHOR, self._topic):
                continue  # « infirmière, son fils le frappe devant moi » : she is not the one who hits
            return name if name in self._ear.calm or not self._harmless else None
        return None

    @property
    def _harmless(self) -> bool:
        """Tell whether the message, whole and not too short to say anything, is far from any danger."""
        if self._sense is None or len(self._text) > LONGEST or len(self._text.split()) <= SHORT:
            return False
        return self._sense.danger < FAR

    @property
    def alarm(self) -> str | None:
        """Return the interrupt that meaning opens at once: a danger that no phrase tells."""
        if self._sense is None or self.opens in self._ear.calm:
            return None
        if self._sense.danger <= SURE:
            return None
        if self._sense.danger <= PLAINLY and (self._strange or silenced(self._ear.interrupts, self._text)):
            return None
        # Who hits is told by who speaks, not by the topic; and the topic must not be strange to it.
        first = "" if self._topic in (ANY, *AUDIENCES) else self._topic
        speaks = self.audience if self.audience != AUTHOR or dict(self.topics).get(AUTHOR, 0.0) >= PLAIN else None
        wanted = (first, speaks, ANY)
        return next((self._ear.alarms[one] for one in wanted if one in self._ear.alarms), None)

    @property
    def _strange(self) -> bool:
        topic, score = self.topics[0]
        return topic == OTHER and score >= ELSEWHERE

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
