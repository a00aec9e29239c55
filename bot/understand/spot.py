"""Spot what a message is about, by words and never by chance.

A phrase is a few words that must all be in the message, in any order: « frapp* » stands for any ending, « a|b » for
either word. `unless` phrases silence the rule: « il ne me frappe pas », « mort de rire ». Recall comes from many
phrases, safety from whole words. This is the first layer; meaning beyond words is not its job.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a phrase: any of these forms, or any word that begins with one of these stems."""

    forms: frozenset[str]
    stems: tuple[str, ...]

    def within(self, words: frozenset[str]) -> bool:
        """Tell whether the message holds it."""
        if not self.forms.isdisjoint(words):
            return True
        return bool(self.stems) and any(word.startswith(self.stems) for word in words)


Phrase = tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """What opens `name`: one of the phrases, and none of the `unless`."""

    name: str
    phrases: tuple[Phrase, ...]
    unless: tuple[Phrase, ...]


def phrase(written: str) -> Phrase:
    """Compile « frapp* enfant|bebe » into words."""
    compiled: list[Word] = []
    for token in written.split():
        forms: list[str] = []
        stems: list[str] = []
        for option in token.split("|"):
            (stems if option.endswith("*") else forms).append(fold(option))
        # fold() may cut « l'ex » in two: every piece must then be there.
        if any(" " in form for form in forms + stems) and len(forms + stems) == 1:
            compiled.extend(Word(frozenset({piece}), ()) for piece in (forms + stems)[0].split())
        else:
            compiled.append(Word(frozenset(forms), tuple(stems)))
    return tuple(compiled)


def rule(name: str, phrases: Iterable[str], unless: Iterable[str] = ()) -> Rule:
    """Compile one rule."""
    return Rule(name, tuple(map(phrase, phrases)), tuple(map(phrase, unless)))


def spot(rules: Iterable[Rule], typed: str) -> list[str]:
    """Return the names of the rules the message meets, in the order of the rules."""
    words = frozenset(fold(typed).split())
    return [rule.name for rule in rules if _any(rule.phrases, words) and not _any(rule.unless, words)]


def _any(phrases: tuple[Phrase, ...], words: frozenset[str]) -> bool:
    return any(all(word.within(words) for word in phrase) for phrase in phrases if phrase)
