"""`repere check`: everything that can be proven of the content before the bot says a word of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.engine import wording
from bot.engine.advance import show
from bot.engine.compile import compile_with, texts
from bot.engine.trail import push
from bot.engine.walk import INVARIANTS, walk
from bot.errors import At, ContentError, Problem
from bot.i18n import untranslated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from bot.directory.places import Places
    from bot.engine.script import Script

DIGITS_ALLOWED = ("flows/always.yml", "knowledge/france.yml")
"""In the first, « 17 » is a word that people type; the second is where digits stand."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked, and every problem found."""

    problems: tuple[Problem, ...]
    steps: int = 0
    screens: int = 0
    areas: int = 0
    locales: int = 0
    broken: frozenset[str] = frozenset(INVARIANTS)

    def figures(self) -> dict[str, object]:
        """Return the counts and the promises, as `--json` gives them."""
        counts = {"steps": self.steps, "screens": self.screens, "areas": self.areas, "locales": self.locales}
        return counts | {"invariants": {name: name not in self.broken for name in INVARIANTS}}

    def summary(self, seconds: float) -> str:
        """Say in one line what was seen."""
        held = ", ".join(name for name in INVARIANTS if name not in self.broken) or "aucune"
        return (
            f"{self.steps} étapes, {self.screens} écrans, {self.areas} territoires, {self.locales} langues "
            f"en {seconds} s. Promesses tenues : {held}. {len(self.problems)} problème(s)."
        )


def check(files: Mapping[str, str], places: Places, now: datetime, also: Iterable[str] = ()) -> Report:
    """Check all of it; `also` gives the texts that channels add around screens.

    The walk only starts when the flows hold together: there is nothing to draw before.
    """
    problems: list[Problem] = []
    script = compile_with(files, places, problems)
    problems += _texts(script)
    problems += untranslated(script.catalogues, dict.fromkeys(also, At("bot/channels")))
    steps, areas, locales = len(script.steps), len(script.directory.areas), len(script.catalogues)
    if problems:
        return Report(tuple(sorted(set(problems))), steps=steps, areas=areas, locales=locales)
    problems += _notice(script, now)
    walked = walk(script, now)
    broken = {breach.promise for breach in walked.breaches} | ({"P11"} if problems else set())
    problems += walked.problems(script)
    return Report(tuple(sorted(set(problems))), steps, walked.screens, areas, locales, frozenset(broken))


def sound(files: Mapping[str, str], places: Places) -> Script:
    """Return a script fit to be served without walking it: it holds together and each locale is whole.

    Raises ContentError with every problem found.
    """
    problems: list[Problem] = []
    script = compile_with(files, places, problems)
    problems += _texts(script)
    if problems:
        raise ContentError(problems)
    script.warm()
    return script


def _texts(script: Script) -> Iterator[Problem]:
    known: dict[str, At] = {}
    labels = {choice.label for step in script.steps.values() for choice in getattr(step, "choices", ())}
    labels |= {flow.title for flow in script.flows.values()}
    for text, at in texts(script):
        known.setdefault(text, at)
        digits = None if at.file in DIGITS_ALLOWED or text in labels else wording.typed_digits(text)
        if digits:
            sentence = f"« {digits} » écrit en chiffres : mettez {{{digits}}}, pour qu'il ne change qu'à un endroit"
            yield Problem(at, sentence)
    yield from untranslated(script.catalogues, known)


def _notice(script: Script, now: datetime) -> Iterator[Problem]:
    """Check that the notice says, in each language, what people must know before they go on."""
    for locale in script.catalogues:
        session = script.home(locale)
        for notice in script.notices:
            moved = push(script, session, f"!flow:{notice.split('.')[0]}", now)
            text = show(script, moved, now).text if moved else ""
            at = script.steps[notice].head.at
            for said in wording.missing(text, locale):
                yield Problem(at, f"[P11, {locale}] l'avertissement ne dit pas {said}")
        if not script.notices:
            yield Problem(At("flows"), "aucun avertissement : il manque un « say » avec « once: yes »")
