"""Read one flow file: its header, and its steps as blocks. What the steps say is compile.py's business."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from bot.directory.kinds import AUDIENCES, TOPICS
from bot.engine.always import unclear_phrases
from bot.errors import At, Problem, nearest
from bot.source import Block, Items, Text, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
HEADER = ("title", "audience", "topic", "words", "fragment", "steps")
SPECIAL = ("flows/always.yml", "flows/danger.yml")


@dataclass(slots=True)
class Source:
    """One flow file while it is read."""

    name: str
    block: Block
    audience: str | None
    topic: str | None
    title: str
    words: tuple[str, ...]
    fragment: bool
    steps: dict[Text, Block] = field(default_factory=dict)


def read_sources(files: Mapping[str, str], problems: list[Problem]) -> tuple[dict[str, Source], frozenset[str]]:
    """Return the flows by name, and the names of those that could not be read."""
    sources: dict[str, Source] = {}
    unread: set[str] = set()
    for path, text in sorted(files.items()):
        if path.startswith("flows/") and path.endswith(".yml") and path not in SPECIAL:
            source = _read(path, text, problems)
            if source is None:
                unread.add(PurePosixPath(path).stem)
            else:
                sources[source.name] = source
    return sources, frozenset(unread)


def _read(path: str, text: str, problems: list[Problem]) -> Source | None:
    root = parse(text, path, problems)
    if not isinstance(root, Block):
        if root is not None:
            problems.append(Problem(root.at, "un parcours commence par « title: »"))
        return None
    name = PurePosixPath(path).stem

    def word(key: str, known: tuple[str, ...] = ()) -> Text | None:
        value = root.get(key)
        if value is None:
            return None
        if not isinstance(value, Text):
            problems.append(Problem(value.at, f"« {key} » attend un mot"))
            return None
        if known and value not in known:
            problems.append(Problem(value.at, f"« {key}: {value} » n'existe pas{nearest(value, known)}"))
            return None
        return value

    if not NAME.fullmatch(name):
        problems.append(Problem(At(path), "un nom de parcours : lettres sans accent, chiffres et tirets"))
    for key in root:
        if key not in HEADER:
            problems.append(Problem(key.at, f"le mot « {key} » n'a pas de sens ici{nearest(key, HEADER)}"))
    fragment = word("fragment", ("yes", "no")) == "yes"
    title = word("title")
    if not title:
        problems.append(Problem(root.at, "il manque « title: », le nom de ce parcours"))
    words = root.get("words", Items(root.at))
    if not isinstance(words, Items) or not all(isinstance(item, Text) for item in words):
        problems.append(Problem(root.place("words"), "« words » attend une liste entre crochets"))
        words = [""]  # it opens by no word, but by words it was meant to open
    else:
        problems.extend(unclear_phrases(words))
    audience, topic = word("audience", AUDIENCES), word("topic", TOPICS)
    source = Source(name, root, audience, topic, title or "", tuple(map(str, words)), fragment)
    steps = root.get("steps")
    if not isinstance(steps, Block) or not steps:
        problems.append(Problem(root.place("steps"), "il manque « steps: » et au moins une étape"))
        return None
    for step, block in steps.items():
        if not NAME.fullmatch(step):
            problems.append(Problem(step.at, f"« {step} » : lettres sans accent, chiffres et tirets seulement"))
        source.steps[step] = block if isinstance(block, Block) else Block(step.at)
    return source
