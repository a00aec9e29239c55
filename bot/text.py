"""Compare what people type with what we wrote, and keep digits readable in every script.

Subset scorers are unsafe for answers: « je ne suis pas seul » scores 100 on « Je suis seul » with rapidfuzz's
`token_set_ratio`. So `choose` accepts in order: the same text once folded; the number; all the person's words in
exactly one label (never the other way round); a plain `ratio` of 85 that is 10 points clear of the second.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 1000
"""Characters of a typed message that are looked at; the rest changes nothing to what it asks."""

UNFOLDED = 2 * LONGEST
"""Characters once accents stand apart; some single characters are whole sentences (U+FDFA)."""

FSI, PDI = "\N{LEFT-TO-RIGHT ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
NARROW, WIDE = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"

_NEGATIONS = frozenset(
    ("pas", "ne", "n", "ni", "non", "jamais", "aucun", "aucune", "sans", "not", "no", "never", "dont")
)


class _Kept(dict[int, str]):
    """What is kept of each character: letters and digits; accents and invisible ones vanish; all else is space."""

    def __missing__(self, code: int) -> str:
        one = chr(code)
        kept = digits(one) if one.isalnum() else "" if unicodedata.category(one) in ("Mn", "Cf") else " "
        if code < REMEMBERED:
            self[code] = kept
        return kept


REMEMBERED = 0x3000
"""Characters before this one are looked at once: those of alphabets; there are a hundred times more."""

_KEPT = _Kept(str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "🆘": " sos ", "🚨": " sos "}))

_DIGIT = re.compile(r"[^\W\D0-9]")
"""A digit of another script than ours."""


def digits(text: str) -> str:
    """Write the digits of every script as ours: « ١٥ » gives « 15 »."""
    return _DIGIT.sub(lambda digit: str(int(digit[0])), text)


def fold(text: str) -> str:
    """Lower-case, without accents, punctuation, invisible or doubled characters: « Où, ١٥ ? » gives « ou 15 »."""
    bare = unicodedata.normalize("NFKD", text[:LONGEST])[:UNFOLDED].lower()
    return " ".join(bare.translate(_KEPT).split())


def choose(typed: str, labels: Sequence[str]) -> int | None:
    """Return the position of the label the person means, or None rather than guess."""
    said = fold(typed)
    if not said:
        return None
    folded = [fold(label) for label in labels]
    if folded.count(said) == 1:
        return folded.index(said)
    if said.isdecimal():
        number = int(said) if len(said) < 4 else 0
        return number - 1 if 1 <= number <= len(labels) else None
    words = set(said.split())
    inside = [place for place, label in enumerate(folded) if words <= set(label.split())]
    if len(inside) == 1:
        return inside[0]
    scores = sorted(((fuzz.ratio(said, label), place) for place, label in enumerate(folded)), reverse=True)
    if not scores or scores[0][0] < 85 or (len(scores) > 1 and scores[0][0] - scores[1][0] < 10):
        return None
    best = scores[0][1]
    same_sense = words & _NEGATIONS == set(folded[best].split()) & _NEGATIONS
    return best if same_sense else None


def says(typed: str, phrase: str) -> bool:
    """Tell whether a folded message holds a folded phrase as whole words, in order and side by side."""
    return f" {phrase} " in f" {typed} "


def isolate(text: str) -> str:
    """Keep digits in their order inside right-to-left text (U+2066 … U+2069)."""
    return f"{FSI}{text}{PDI}"


_HIGH = re.compile(r" (?=[?!;])")
_LOW = re.compile(r" (?=[:»])|(?<=«) |(?<=\d) (?=(?:h|km|min)\b)|(?<=\d h) (?=\d)")


def unbroken(text: str) -> str:
    """Keep « ? » and « h » off the start of a line, in French."""
    return _LOW.sub(WIDE, _HIGH.sub(NARROW, text))


_ISOLATES = re.compile("[\u202a-\u202e\u2066-\u2069]")


def bare(text: str) -> str:
    """Drop what only steers the direction of text: for copying, and for terminals that would show it."""
    return _ISOLATES.sub("", text)
