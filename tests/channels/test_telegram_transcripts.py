"""Golden conversations on Telegram: what she sees at each gesture, buttons included; a social worker can read them.

A transcript is its own script: the lines that begin with « > » are done again, a label in brackets is a button that is
pressed, anything else is typed; the whole file must come back as it is. When the texts changed on purpose,
`pytest tests/channels/test_telegram_transcripts.py --update` writes them again: read the difference first.
"""

from __future__ import annotations

import difflib
import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.text import bare
from tests.journeys.judging import Seen
from tests.journeys.play import Played
from tests.journeys.talking import read
from tests.journeys.telegram import Phone, play_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.engine.script import Script

FOLDER = Path(__file__).parent / "transcripts"
TRANSCRIPTS = sorted(FOLDER.glob("telegram-*.txt"))


def seen(script: Script, at: str, gestures: list[str]) -> list[dict[str, Any]]:
    """Do it all in one chat, and return what is seen after each gesture."""

    def way(phone: Phone) -> Played:
        return Played(Seen([phone(None, at).write(gesture) for gesture in gestures]), gestures, [])

    played = play_all(script, {"one": (at, way)})["one"]
    assert not played.wrong, played.wrong
    return [read(line) for line in played.seen.lines]


def told(script: Script, text: str) -> Iterator[str]:
    """Say again what a transcript says, and give its lines as they come back."""
    lines = text.splitlines()
    yield from (line for line in lines if line.startswith("#"))
    (at,) = (line[1:].strip() for line in lines if line.startswith("@"))
    yield f"@ {at}"
    gestures = [line[1:].strip() for line in lines if line.startswith(">")]
    for gesture, screen in zip(gestures, seen(script, at, gestures), strict=True):
        yield from ("", f"> {gesture}")
        yield from drawn(screen)


def drawn(screen: dict[str, Any]) -> Iterator[str]:
    """Give the lines of a message, and the rows of its buttons."""
    text = unescape(re.sub(r"<code>(\d+)</code>", r"⧉ \1", bare(screen["html"])))
    yield from (f"| {line}".rstrip() for line in text.split("\n")) if text else ["(le fil est vide)"]
    yield from ("  " + " ".join(f"[{label}]" for label in row) for row in screen["rows"])


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=[path.stem for path in TRANSCRIPTS])
def test_transcript(path: Path, script: Script, request: pytest.FixtureRequest) -> None:
    """What is done again is seen again, word for word and button for button."""
    before = path.read_text("utf-8")
    now = "\n".join(told(script, before)) + "\n"
    if request.config.getoption("--update"):
        path.write_text(now, "utf-8")
        return
    difference = difflib.unified_diff(before.splitlines(), now.splitlines(), "lu", "aujourd'hui", lineterm="", n=2)
    assert now == before, "relisez, puis pytest --update :\n" + "\n".join(difference)
