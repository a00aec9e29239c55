"""Spot what a message is about, by words and never by chance.

A phrase is a few words that must all be in the message, in any order: « frapp* » stands for any ending, « a|b » for
either word, « ne+me+frappe+pas » for words side by side in that order, where « * » is any one word. `unless` phrases
silence their rule: « il ne me frappe pas », « mort de rire ». Recall comes from many phrases, safety from whole words
and from words side by side. This is the first layer; meaning beyond words is not its job.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.text import fold, says

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a phrase: any of these forms, or any word that begins with one of these stems.

    `several` holds what folding cuts in two: « beau-père », « l'ex ».
    """

    forms: frozenset[str]
    stems: tuple[str, ...]
    several: tuple[str, ...] = ()

    def within(self, said: Said) -> bool:
        """Tell whether the message holds it."""
        if not self.forms.isdisjoint(said.words):
            return True
        if self.stems and any(word.startswith(self.stems) for word in said.words):
            return True
        return any(says(said.text, form) for form in self.several)

    def fits(self, word: str) -> bool:
        """Tell whether it is this word."""
        return word in self.forms or word.startswith(self.stems)


Run = tuple[Word, ...]
"""Words side by side; nearly always one."""

Phrase = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A message, folded."""

    text: str
    order: tuple[str, ...]
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """What opens `name`: one of the phrases, and none of the `unless`."""

    name: str
    phrases: tuple[Phrase, ...]
    unless: tuple[Phrase, ...]


def phrase(written: str) -> Phrase:
    """Compile « frapp* enfant|bebe ne+pas » into words."""
    return tuple(tuple(map(_word, token.split("+"))) for token in written.split())


def _word(written: str) -> Word:
    options = written.split("|")
    forms = [fold(option) for option in options if not option.endswith("*")]
    stems = tuple(fold(option) for option in options if option.endswith("*"))
    single = frozenset(form for form in forms if " " not in form)
    return Word(single, stems, tuple(form for form in forms if " " in form))


def unusable(written: str) -> str | None:
    """Return what no message could hold in a phrase, or any message would: nothing, or two words in a row of words."""
    for token in written.split():
        for option in token.replace("+", "|").split("|"):
            row = "+" in token
            stem = option.endswith("*")
            if not (row and option == "*") and (not fold(option) or (" " in fold(option) and (row or stem))):
                return option or token
    return None


def rule(name: str, phrases: Iterable[str], unless: Iterable[str] = ()) -> Rule:
    """Compile one rule."""
    return Rule(name, tuple(map(phrase, phrases)), tuple(map(phrase, unless)))


class Rules:
    """Rules in their order, and where to begin: each phrase is looked at only when its rarest word may be there.

    A message has few words and the rules some hundreds of phrases: going through them all would cost a millisecond.
    """

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._rules = tuple(rules)
        self._forms: dict[str, list[tuple[int, Phrase]]] = {}
        self._stems: dict[str, list[tuple[int, Phrase]]] = {}
        for place, rule in enumerate(self._rules):
            for phrase in filter(None, rule.phrases):
                words = [word for run in phrase for word in run if "" not in word.stems]
                if not words:
                    continue  # only « * »: such a phrase is refused when it is read
                rarest = min(words, key=lambda word: (len(word.stems), len(word.forms) + len(word.several)))
                for form in {*rarest.forms, *(several.split()[0] for several in rarest.several)}:
                    self._forms.setdefault(form, []).append((place, phrase))
                for stem in rarest.stems:
                    self._stems.setdefault(stem, []).append((place, phrase))
        self._lengths = sorted({len(stem) for stem in self._stems})

    def __iter__(self) -> Iterator[Rule]:
        """Give every rule."""
        return iter(self._rules)

    def met(self, said: Said) -> list[Rule]:
        """Return the rules of which a message has a phrase, silenced or not."""
        found: set[int] = set()
        for word in said.words:
            for place, phrase in self._possible(word):
                if place not in found and all(_holds(run, said) for run in phrase):
                    found.add(place)
        return [self._rules[place] for place in sorted(found)]

    def _possible(self, word: str) -> Iterator[tuple[int, Phrase]]:
        yield from self._forms.get(word, ())
        for length in self._lengths:
            if length > len(word):
                return
            yield from self._stems.get(word[:length], ())


def spot(rules: Rules, typed: str) -> list[str]:
    """Return the names of the rules the message meets, in the order of the rules."""
    said = _said(typed)
    return [rule.name for rule in rules.met(said) if not _any(rule.unless, said)]


def silenced(rules: Rules, typed: str) -> bool:
    """Tell whether the message has phrases of rules, and each with what silences it."""
    said = _said(typed)
    met = rules.met(said)
    return bool(met) and all(_any(rule.unless, said) for rule in met)


def _said(typed: str) -> Said:
    text = fold(typed)
    order = tuple(text.split())
    return Said(text, order, frozenset(order))


def _any(phrases: tuple[Phrase, ...], said: Said) -> bool:
    return any(all(_holds(run, said) for run in phrase) for phrase in phrases if phrase)


def _holds(run: Run, said: Said) -> bool:
    if len(run) == 1:
        return run[0].within(said)
    starts = range(len(said.order) - len(run) + 1)
    return any(all(word.fits(said.order[start + place]) for place, word in enumerate(run)) for start in starts)
