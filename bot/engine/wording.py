"""What may never be read on a screen, and what must: one list of patterns per language.

Three lists. REVEALING: words that would give the bot away at a glance (first characters, home, buttons of the notice).
FORBIDDEN: what harms: asking for the story, blaming, promising, confronting, mediation, a text message to 112, calling
114. REQUIRED: what the notice must say. Patterns are read on folded text: lower-case, without accents.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from bot.i18n import PLACEHOLDER
from bot.text import bare

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

AT_A_GLANCE = 100
"""Characters of a screen that a notification or a glance over a shoulder shows (promise P6)."""

LONGEST_SENTENCE, MEAN_SENTENCE = 20, 14
"""Words (promise P23)."""
LONGEST_SENTENCE_MINOR, MEAN_SENTENCE_MINOR = 12, 10

REVEALING: Mapping[str, str] = {
    "fr": r"violen|viol\b|viole|victim|abus|frapp|battu|battre|agress|plainte|police|gendarm|danger|femme|3919",
    "en": r"violen|\brape|victim|abus|\bhit\b|hitting|beat(en|ing)?\b|assault|complaint|police|danger|wom[ae]n|3919",
}

FORBIDDEN: Mapping[str, tuple[tuple[str, str], ...]] = {
    "fr": (
        (r"\bpourquoi\b", "demande une raison (R : jamais « pourquoi »)"),
        (r"\bracontez|\bexpliquez|\bprouvez|\bdecrivez", "demande le récit"),
        (r"\bquel est votre (nom|age|telephone)|\bvotre (nom|age) ?\?", "demande qui est la personne"),
        (r"\bvous devez\b|\btu dois\b|\bil faut que vous\b", "ordonne : « vous pouvez »"),
        (r"\bvous serez\b|\bgaranti|\bnous appelons\b|\bnous vous rappel|\bsous \d+ (jours|heures)", "promet"),
        (r"\bconfronte|\ballez (lui|le|la) parler", "conseille d'affronter"),
        (r"(?<!pas une )(?<!pas de )\bmediation", "parle de médiation"),
        (r"\btherapie de couple\b", "conseille une thérapie de couple"),
        (r"\bdispute|\bcrime passionnel|\bpretend(ez|ue)?\b", "juge"),
        (r"\bsms (au|vers le|a) 112\b|\b112 par sms\b", "fait écrire au 112, qui ne lit pas"),
        (
            r"(?<!n')\bappelez le 114\b|\btelephonez au 114\b(?<!pas au 114)",
            "fait appeler le 114, qui ne répond qu'à l'écrit",
        ),
    ),
    "en": (
        (r"\bwhy\b", "asks for a reason"),
        (r"\btell us\b|\bprove\b|\bdescribe what", "asks for the story"),
        (r"\bwhat is your (name|age|phone)", "asks who the person is"),
        (r"\byou must\b|\byou have to\b", "orders"),
        (
            r"\byou will be (safe|protected|housed)\b|\bguarantee|\bwe (will )?call\b|\bwithin \d+ (days|hours)",
            "promises",
        ),
        (r"\bconfront|\btalk to (him|her) about", "advises confronting"),
        (r"(?<!not a )(?<!not )\bmediation|\bcouples? (therapy|counsell?ing)", "speaks of mediation"),
        (r"\b(quarrel|argument|alleged)\b", "judges"),
        (r"\b(sms|text) (to )?112\b", "has people text 112, which does not read"),
        (r"(?<!not )\bcall 114\b", "has people call 114, which only reads"),
    ),
}

REQUIRED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "fr": (
        (r"je suis un programme", "que c'est un programme"),
        (r"ni la police", "que ce n'est pas la police"),
        (r"service d'urgence", "que ce n'est pas un service d'urgence"),
        (r"reste (dans|dans vos)", "ce que « Fermer » ne peut pas effacer"),
        (r"un autre telephone", "qu'un autre téléphone est plus sûr"),
    ),
    "en": (
        (r"i am a program", "that it is a program"),
        (r"not the police", "that it is not the police"),
        (r"emergency service", "that it is not an emergency service"),
        (r"stays? in", "what closing cannot erase"),
        (r"another phone", "that another phone is safer"),
    ),
}

_DIGITS = re.compile(
    r"(?<![\d-])(0[1-9]([ .\u202f]?\d\d){4}|39\d\d|3018|3039|3114|3230|116[ \u202f]?00\d|112|114|115|119|1[578])"
    r"(?!\d|-|[ \u00a0\u202f]?(ans|years|h|heures|jours|mois|minutes)\b)"
)


def folded(text: str) -> str:
    """Lower-case without accents nor direction marks; spaces and line ends as they are."""
    plain = unicodedata.normalize("NFKD", bare(text).lower().replace("\u2019", "'"))
    return "".join(char for char in plain if unicodedata.category(char) != "Mn")


def revealing(text: str, locale: str) -> str | None:
    """Return the first revealing word, None when there is none."""
    found = re.search(REVEALING.get(locale, REVEALING["fr"]), folded(text))
    return found.group() if found else None


def forbidden(text: str, locale: str) -> Iterator[tuple[str, str]]:
    """Give (what was read, what is wrong with it) for each forbidden pattern found."""
    plain = folded(text)
    for pattern, wrong in FORBIDDEN.get(locale, ()):
        found = re.search(pattern, plain)
        if found:
            yield found.group(), wrong


def missing(text: str, locale: str) -> Iterator[str]:
    """Give what the notice should say and does not."""
    plain = folded(text)
    return (said for pattern, said in REQUIRED.get(locale, ()) if not re.search(pattern, plain))


def typed_digits(text: str) -> str | None:
    """Return a phone number written with digits where `{id}` should stand."""
    found = _DIGITS.search(PLACEHOLDER.sub("", text))
    return found.group() if found else None


def sentences(text: str) -> list[int]:
    """Return the length in words of each sentence."""
    pieces = re.split(
        r"[.!?…]+(?=[\s»\u2069)]|$)|\n|(?<=\s): (?=«)", bare(text).replace("\u202f", "").replace("\u00a0", " ")
    )
    counts = [len(re.findall(r"[\w'’-]+", piece)) for piece in pieces]
    return [count for count in counts if count]
