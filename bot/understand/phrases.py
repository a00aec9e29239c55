"""The phrases from which Repère learns what people mean: `knowledge/phrases/LANGUAGE/TOPIC.txt`.

A file gives, under each audience, what that audience writes when it speaks of the topic, one phrase a line:

    [victime]
    il me rabaisse devant les enfants
    [victime, danger]
    il a encore cassé la porte, il est là

`[tous]` is for phrases that do not tell who speaks, `danger` for danger now, `#` opens a remark. Nothing else is to be
known to add one: no word is chosen, no rule is written. Plain text and not YAML, since people write « : », « # » and
quotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from bot.directory.kinds import AUDIENCES, TOPICS
from bot.errors import At, Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ANYBODY, DANGER = "tous", "danger"

_HEADING = re.compile(r"\[(?P<who>[^],]*)(?:,(?P<now>[^]]*))?\]")
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ufffd]")


@dataclass(frozen=True, slots=True)
class Phrase:
    """What somebody may write. `audience` None: it does not tell."""

    text: str
    language: str
    topic: str
    audience: str | None
    danger: bool


def read_phrases(files: Mapping[str, str], problems: list[Problem]) -> list[Phrase]:
    """Return the phrases of files, by path; what is wrong is added to `problems`, and the rest is still read."""
    found: dict[tuple[str, str], tuple[Phrase, At]] = {}
    for path, text in sorted(files.items()):
        for phrase, at in _of_file(path, text, problems):
            first = found.setdefault((phrase.language, phrase.text.casefold()), (phrase, at))
            if first[1] != at:
                problems.append(Problem(at, f"« {phrase.text} » est déjà écrite : {first[1]}"))
    return [phrase for phrase, _ in found.values()]


def _of_file(path: str, text: str, problems: list[Problem]) -> Iterator[tuple[Phrase, At]]:
    *_, language, name = PurePosixPath(path).parts
    topic = name.removesuffix(".txt")
    if topic not in TOPICS:
        problems.append(Problem(At(path), f"« {topic} » n'est pas un sujet{nearest(topic, TOPICS)}"))
        return
    heading: tuple[str | None, bool] | None = None
    if "[" not in text:
        problems.append(
            Problem(At(path), "ce fichier n'a aucune phrase : écrivez « [victime] », puis une phrase par ligne")
        )
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        said, at = " ".join(line.split()), At(path, number)
        if not said or said == "#" or said.startswith("# "):
            continue
        if _ODD.search(said):
            problems.append(Problem(at, "cette ligne a un caractère illisible : enregistrez le fichier en UTF-8"))
            continue
        if said.startswith("["):
            heading = _heading(said, at, problems)
        elif heading is not None:
            yield Phrase(said, language, topic, *heading), at
        else:
            problems.append(Problem(at, "cette phrase vient avant tout public : écrivez d'abord « [victime] »"))


def _heading(said: str, at: At, problems: list[Problem]) -> tuple[str | None, bool]:
    found = _HEADING.fullmatch(said)
    who = found["who"].strip() if found else said
    now = found["now"].strip() if found and found["now"] is not None else None
    if who not in (*AUDIENCES, ANYBODY):
        sentence = f"« {who} » n'est pas un public{nearest(who, (*AUDIENCES, ANYBODY))}"
        problems.append(Problem(at, sentence))
    if now not in (None, DANGER):
        problems.append(Problem(at, f"après la virgule, « danger » seulement, et non « {now} »"))
    return (who if who in AUDIENCES else None), now == DANGER
