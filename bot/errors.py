"""What can go wrong, drawn as a tree.

    BotError
    ├── ContentError    flows, knowledge or catalogues are wrong; carries every Problem
    ├── ConfigError     a setting is missing, misspelt or unsafe
    └── Unreachable     a person blocked the bot, or is gone: forget the conversation

A class exists only where someone catches it differently. What a person types is never an error.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class BotError(Exception):
    """Anything this program raises on purpose."""


class ConfigError(BotError):
    """A setting is missing, misspelt or unsafe: one sentence, said to the operator."""


class Unreachable(BotError):
    """A network says that somebody can no longer be written to: the conversation is forgotten."""


@dataclass(frozen=True, slots=True, order=True)
class At:
    """A place in a content file; line and column start at 1, 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake an author made: where, and a sentence in plain French that says what to do."""

    at: At
    sentence: str

    def __str__(self) -> str:
        return f"{self.at}: {self.sentence}"


class ContentError(BotError):
    """Flows, knowledge or catalogues are wrong: every problem found, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def where(fault: BaseException) -> str:
    """Name a fault nobody foresaw by its types and places, never by its words: they may hold a text, an id, a token."""
    if isinstance(fault, BaseExceptionGroup):
        return "; ".join(map(where, fault.exceptions))
    frames = traceback.extract_tb(fault.__traceback__)[-4:]
    places = " < ".join(f"{'/'.join(PurePath(frame.filename).parts[-2:])}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(fault).__name__} ({places})"


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word this one is a slip for, None when none is close."""
    cutoff = 0.6 if len(word) < 5 else 0.7  # « asq » has two letters of three in common with « ask »
    return next(iter(get_close_matches(word, list(known), n=1, cutoff=cutoff)), None)


def nearest(word: str, known: Iterable[str]) -> str:
    """Say « (vouliez-vous dire « agir » ?) » when a known word is close to this one, else nothing."""
    close = closest(word, known)
    return f" (vouliez-vous dire « {close} » ?)" if close else ""
