"""Golden conversations on the shipped content: a social worker can read them, and write one.

A transcript is its own script: the lines that begin with « > » are said again, and the whole file must come back as it
is. When content changed on purpose, `pytest tests/test_transcripts.py --update` writes them again: read the difference
before it is committed. The bar is written once, at the top: it is the same on every screen.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.text import bare
from tests.journeys.talking import Here, Screen, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.engine.script import Script

FOLDER = Path(__file__).parent / "transcripts"
TRANSCRIPTS = sorted(FOLDER.glob("*.txt"))


def told(path: Path, talk: Callable[[str | None, str, str], Here]) -> Iterator[str]:
    """Say again what a transcript says, and give its lines as they come back."""
    lines = path.read_text("utf-8").splitlines()
    yield from (line for line in lines if line.startswith("#"))
    settings = next(line for line in lines if line.startswith("@"))
    area, at, locale = (word.strip() for word in settings[1:].split(","))
    yield settings
    conversation = talk(None if area == "france" else area, at, locale)
    screens = [read(conversation.open())]
    said = [line[1:].strip() for line in lines if line.startswith(">")]
    screens += [read(conversation.write(line)) for line in said]
    bar = {button["label"]: None for screen in reversed(screens) for button in screen["bar"]}
    order = max((screen["bar"] for screen in screens), key=len)
    assert {button["label"] for button in order} == set(bar), "un bouton de la barre ne vient jamais avec les autres"
    yield "= " + buttons(order)
    for line, screen in zip(["", *said], screens, strict=True):
        yield ""
        if screen is not screens[0]:
            yield f"> {line}".rstrip()
        yield from drawn(screen)


def drawn(screen: Screen) -> Iterator[str]:
    """Give the lines of one screen, and its choices."""
    yield from (f"< {line}" for line in bare(screen["text"]).split("\n"))
    if screen["choices"]:
        yield "  " + buttons(screen["choices"])


def buttons(shown: list[dict[str, str]]) -> str:
    """Write buttons side by side."""
    return " ".join(f"[{button['label']}]" for button in shown)


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=[path.stem for path in TRANSCRIPTS])
def test_transcript(path: Path, talk: Callable[[str | None, str, str], Here], request: pytest.FixtureRequest) -> None:
    """What is said again comes back word for word."""
    now = "\n".join(told(path, talk)) + "\n"
    before = path.read_text("utf-8")
    if request.config.getoption("--update"):
        path.write_text(now, "utf-8")
        return
    difference = difflib.unified_diff(
        before.splitlines(), now.splitlines(), "transcript", "aujourd'hui", lineterm="", n=2
    )
    assert now == before, "relisez, puis pytest --update :\n" + "\n".join(difference)


def test_each_territory_and_each_audience_has_one(script: Script) -> None:
    """Whoever it is for, and wherever a contract was signed, somebody can read what happens."""
    texts = [path.read_text("utf-8") for path in TRANSCRIPTS]
    areas = {line[1:].split(",")[0].strip() for text in texts for line in text.splitlines() if line.startswith("@")}
    parents = {area.parent for area in script.directory.areas.values()}
    territories = {id for id in script.directory.areas if id not in parents}
    assert territories <= areas, sorted(territories - areas)
    for door in ("C'est pour moi", "Pour quelqu'un d'autre", "J'ai moins de 18 ans", "J'ai peur de faire du mal"):
        assert any(f"> {door}" in text for text in texts), door
    assert any("> Je suis professionnel" in text for text in texts)
