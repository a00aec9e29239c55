"""Judge what a network draws of a journey: what stands there to be read, with all that the network adds to a screen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.journeys import rules
from tests.journeys.judging import Seen, judge
from tests.journeys.talking import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.engine.script import Script
    from tests.journeys.play import Played
    from tests.journeys.talking import Screen

READ = ("text_has", "text_lacks", "numbers_first", "channels_all")
"""What is expected of a text: it must be true of the one that is read."""


def unlike(played: Played, journey: dict[str, Any]) -> list[str]:
    """Return what each turn should hold, and does not where it is read."""
    everywhere = journey.get("journey_none", {}).get("text", [])
    wrong = []
    for turn, line in zip(journey["turns"], played.seen.lines, strict=True):
        expected = {key: value for key, value in (turn.get("expect") or {}).items() if key in READ}
        shown = Seen([json.dumps(read(line) | {"text": read(line)["seen"]})])
        wrong += judge(shown, expected) + judge(shown, {"text_lacks": everywhere})
    return wrong


def broken(script: Script, played: Played, locale: str, spoken: Callable[[Screen], str]) -> Iterator[str]:
    """Give every rule that what is read of a journey breaks; `spoken` is what a message says, choices and bar apart."""
    for screen in map(read, played.seen.lines):
        if screen["erased"]:
            continue
        step = script.steps[screen["step"]]
        texts = screen["text"], spoken(screen)
        if screen["offers"]:
            screen["step"], screen["choices"] = "", []  # communes by their whole names, and what she asked for herself
        for text in texts:
            yield from rules.problems(screen | {"text": text}, locale, step.head.audience)
        yield from rules.glance(screen | {"text": screen["seen"]}, locale)
