"""A message as words, pairs of words and pieces of words: what tells apart spellings that nobody foresaw.

Each piece is a number below `SIZE`; two pieces may share one, and none is kept: « frappe », « frapé » and « fraper »
share most of theirs, and a word of no language at all still has some.
"""

from __future__ import annotations

import itertools
from zlib import crc32

from bot.text import fold

SIZE = 1 << 15
"""Numbers that pieces share. More would not understand better: a phrase has about a hundred."""

LENGTHS = (3, 4, 5)
"""Letters of a piece of a word, its edges included."""

LONGEST = 600
"""Letters of a message that are looked at: of a longer one, its beginning and its end."""


def pieces(text: str) -> list[int]:
    """Return the number of each piece of a message, in order, once each."""
    words = fold(ends(text)).split()
    found = {f"w{word}" for word in words}
    found.update(f"b{one} {other}" for one, other in itertools.pairwise(words))
    for word in words:
        edged = f"_{word}_"
        for length in LENGTHS:
            found.update(edged[start : start + length] for start in range(len(edged) - length + 1))
    return sorted({crc32(piece.encode()) % SIZE for piece in found})


def ends(text: str) -> str:
    """Return a message, without its middle when it is too long."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} {text[-LONGEST // 2 :]}"
