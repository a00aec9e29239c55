"""The sets of messages, read."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
COLUMNS = ["language", "danger", "audience", "topic", "text"]
UNSAID = "-"


@dataclass(frozen=True, slots=True)
class Message:
    """A message, and what a social worker says of it; any of `topics` is right, `audience` None is not told."""

    text: str
    language: str
    danger: bool
    audience: str | None
    topics: tuple[str, ...]


def messages(name: str) -> list[Message]:
    """Return the messages of one of the files beside, by its name: « building »."""
    with (HERE / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert rows[0] == COLUMNS
    return [
        Message(text, language, danger == "yes", None if audience == UNSAID else audience, tuple(topic.split("|")))
        for language, danger, audience, topic, text in rows[1:]
    ]
