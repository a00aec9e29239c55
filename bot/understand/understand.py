"""What a message is about: words first, where a wrong guess costs most, then meaning.

Danger is told by phrases (`flows/danger.yml`) or by meaning. Meaning may also silence a phrase, when it is far from
telling of any danger: « mon ordi me donne envie de le jeter par la fenêtre ».
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.understand.spot import spot

if TYPE_CHECKING:
    from bot.understand.meaning import Meaning
    from bot.understand.spot import Rules

SURE, FAR = -0.25, -0.9
"""Danger is told above the first even without a phrase; a phrase is silenced below the second."""


@dataclass(frozen=True, slots=True)
class Understood:
    """`opens` names what is to be opened at once (danger.yml), if anything; topics come best first, with scores."""

    danger: bool
    opens: str | None = None
    audience: str | None = None
    topics: tuple[tuple[str, float], ...] = ()
    language: str | None = None


def understand(text: str, interrupts: Rules, calm: frozenset[str], meaning: Meaning | None) -> Understood:
    """Return what a message is about; `calm` names the interrupts that are no danger. Without meaning, words alone."""
    opens = next(iter(spot(interrupts, text)), None)
    if meaning is None:
        return Understood(opens is not None and opens not in calm, opens)
    meant = meaning.of(text)
    if opens in calm:
        return Understood(False, opens, meant.audience, meant.topics, meant.language)
    if opens is not None and meant.danger < FAR:
        opens = None
    danger = opens is not None or meant.danger > SURE
    return Understood(danger, opens, meant.audience, meant.topics, meant.language)
