"""A screen as one Telegram message, HTML and keyboard: pure, the same characters for the same screen.

Telegram makes no number touchable in a message, but a touch on `<code>` copies it. So the first time a screen names a
number that may be dialled, its bare digits stand alone on a line of code; named again, it stays in its sentence.
One rule says where:

* a card, or a line, that begins with its number is headed by it;
* a sentence that ends with its numbers is cut at each of them, when none is written in groups: nothing is said twice,
  and « ou SMS au » stays right above 114, which nobody should call;
* any other sentence stays whole, as a card does, and the digits follow it.

A number in groups is kept in its sentence too: that is how it is read aloud, or copied by hand on another telephone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import dropwhile, pairwise, takewhile
from typing import TYPE_CHECKING

from bot.channels.telegram.texts import NOTICE
from bot.engine.message import Dial
from bot.engine.script import choice_code
from bot.i18n import SOURCE
from bot.text import bare, unbroken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bot.engine.message import Bar, Line, Screen, Span

LONGEST = 4096
"""UTF-16 units of a message: Telegram refuses a longer one, and nothing would be shown at all."""

DIALLED = ("tel:", "sms:")

_SENTENCE = re.compile(r"(?<=[.!?…؟。])\s+(?![»\"”])")
_ENDED = re.compile(r"[\s.!…]*")
_ONLY_JOINS = re.compile(r"[\s,;/.!…]*(ou|et|or|and)?[\s.!…]*")
_DATA = re.compile(r"([A-Za-z0-9_-]{0,48})\.([A-Za-z0-9_@?-]{1,15})")


@dataclass(frozen=True, slots=True)
class Button:
    """One button; `data` is what comes back when it is pressed, 64 bytes at most."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A message: `text` is Telegram's HTML."""

    text: str
    rows: tuple[tuple[Button, ...], ...]


def draw(screen: Screen, token: str, say: Callable[[str], str]) -> Drawn:
    """Return the message of a screen; `say` translates a sentence of `texts` into its language.

    A question stands right above its choices and a card between empty lines: one sees what goes with what.
    """
    numbers = _Numbers()
    paragraphs: list[list[str]] = [[]]
    *before, last = screen.lines
    for line in before:
        drawn = list(numbers.lines(line))
        if line.card:
            paragraphs += [drawn, []]
        else:
            paragraphs[-1] += drawn
    if screen.notice:
        paragraphs[-1].append(_html(say(NOTICE)))
    asked = [*_again(screen), *numbers.lines(last)]
    choices = [f"{n}. {_html(choice.label)}" for n, choice in enumerate(screen.choices, 1)]
    if last.card:
        paragraphs += [asked, choices]
    elif choices and last.text.rstrip().endswith(("?", "؟")):
        paragraphs += [[*asked, *choices]]
    else:
        paragraphs[-1] += asked
        paragraphs += [choices]
    text = _fitting(paragraphs)
    buttons = [(Button(choice.label, f"{token}.{choice_code(choice.id)}"),) for choice in screen.choices]
    return Drawn(unbroken(text) if screen.locale == SOURCE else text, (*buttons, *_bar(screen.bar, token)))


def read_data(data: str) -> tuple[str, str]:
    """Return the token and the choice code of a press; anything forged gives ("", "")."""
    found = _DATA.fullmatch(data)
    return (found[1], found[2]) if found else ("", "")


def _bar(bar: Bar, token: str) -> Iterator[tuple[Button, ...]]:
    """Give the constant bar: the emergency numbers on the whole width, then back and close."""
    first, *others = [Button(button.label, f"{token}.{button.id}") for button in bar]
    if bar.emergency is None:
        others.insert(0, first)
    else:
        yield (first,)
    yield tuple(others)


def _again(screen: Screen) -> Iterator[str]:
    """Give the numbers that the emergency screen begins with, once more, above its question.

    Telegram shows a message taller than the phone by its end, and that screen is: 17 would be out of sight.
    """
    if screen.bar.emergency is None:
        below = dropwhile(lambda line: not _holds_numbers(line), screen.lines[:-1])
        yield from (_html(line.text) for line in takewhile(_holds_numbers, below))


def _holds_numbers(line: Line) -> bool:
    return any(isinstance(span, Dial) for span in line.spans)


def _fitting(paragraphs: list[list[str]]) -> str:
    """Join it all; content that nobody checked may be too long: lines above the last paragraph go, the last first."""
    *others, asked = [lines for lines in paragraphs if lines] or [[]]
    while True:
        text = "\n\n".join("\n".join(lines) for lines in (*others, asked) if lines)
        if len(text.encode("utf-16-le")) // 2 <= LONGEST or not any(others):
            return text
        next(lines for lines in reversed(others) if lines).pop()


class _Numbers:
    """What stands alone in code on one screen: each number once, the first time it is named."""

    def __init__(self) -> None:
        self._named: set[str] = set()

    def lines(self, line: Line) -> Iterator[str]:
        """Give the lines that one line of a screen becomes."""
        if not _holds_numbers(line):
            yield from _joined(line.spans)
            return
        if line.card or line.text.startswith(("«", "“", '"')):  # what one reads aloud to somebody stays in one piece
            yield from self._sentence(line.spans)
            return
        kept: list[Span] = []
        for sentence in _sentences(line.spans):
            if self._new(sentence):
                yield from _joined(kept)
                yield from self._sentence(sentence)
                kept = []
            else:
                kept += [*([" "] if kept else []), *sentence]
        yield from _joined(kept)

    def _new(self, spans: Sequence[Span]) -> list[Dial]:
        """Return the numbers that have not been named yet, each once."""
        found = {_digits(span): span for span in spans if isinstance(span, Dial) and _dialled(span)}
        return [dial for digits, dial in found.items() if digits not in self._named]

    def _sentence(self, spans: Sequence[Span]) -> Iterator[str]:
        new = self._new(spans)
        self._named.update(map(_digits, new))
        head = next((span for span in spans if not isinstance(span, str) or span.strip()), None)
        if _cut(spans, new):
            yield from _pieces(spans, new)
        elif isinstance(head, Dial) and head in new:
            yield _code(head)
            yield from _joined(spans if _grouped(head) else spans[spans.index(head) + 1 :])
            yield from (_code(dial) for dial in new if dial != head)
        else:
            yield from _joined(spans)
            yield from map(_code, new)


def _sentences(spans: Sequence[Span]) -> Iterator[list[Span]]:
    """Give each sentence of a line, with the numbers it holds."""
    sentence: list[Span] = []
    for span in spans:
        first, *others = _SENTENCE.split(span) if isinstance(span, str) else [span]
        sentence.append(first)
        for other in others:
            yield sentence
            sentence = [other]
    yield sentence


def _cut(spans: Sequence[Span], new: Sequence[Dial]) -> bool:
    """Tell whether a sentence ends with its numbers, none of those that are new being written in groups."""
    last = next((span for span in reversed(spans) if not isinstance(span, str)), None)
    if last is None or not new or not _dialled(last) or any(map(_grouped, new)):
        return False
    tail = spans[-1]
    return not isinstance(tail, str) or _ENDED.fullmatch(tail) is not None


def _pieces(spans: Sequence[Span], new: Sequence[Dial]) -> Iterator[str]:
    """Give a sentence cut at each of its new numbers, without what was only « ou » or the full stop."""
    places = [spans.index(dial) for dial in new]
    for start, end in pairwise((-1, *places, len(spans))):
        yield from (text for text in _joined(spans[start + 1 : end]) if not _ONLY_JOINS.fullmatch(text))
        if end < len(spans):
            yield _code(new[places.index(end)])


def _joined(spans: Sequence[Span]) -> Iterator[str]:
    """Give a piece of a line as a line, if there is anything in it: it never begins with a comma."""
    text = "".join(span if isinstance(span, str) else span.text for span in spans)
    text = text.lstrip(" \u00a0\u202f,;:").rstrip()
    if text:
        yield _html(text)


def _dialled(dial: Dial) -> bool:
    return dial.href is not None and dial.href.startswith(DIALLED)


@lru_cache(maxsize=1024)
def _digits(dial: Dial) -> str:
    return re.sub(r"[^\d+]", "", dial.text)


def _grouped(dial: Dial) -> bool:
    return bare(dial.text) != _digits(dial)


def _code(dial: Dial) -> str:
    return f"<code>{_digits(dial)}</code>"


def _html(text: str) -> str:
    return escape(text, quote=False)
