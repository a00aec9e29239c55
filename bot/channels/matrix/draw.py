"""A screen as one Matrix notice: pure. The plain body and the formatted one each hold all of it.

There are no buttons: choices are numbered, the bar is a letter and its word, and all can be typed. `m.notice` makes no
sound under the default rules of any client. Who types has a keyboard open and sees the end of a notice: the question
stands with its choices, and the emergency numbers come back just above theirs.
"""

from __future__ import annotations

from html import escape
from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING

from bot.channels.matrix.texts import HOW, NOTICE, YOURS
from bot.engine.message import Dial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bot.engine.message import Line, Screen, Span

FIXED = "\N{NO-BREAK SPACE}"

Block = list[tuple["Span", ...]]
"""Lines that stand together."""


def draw(screen: Screen, say: Callable[[str], str], *, erases: bool) -> Mapping[str, str]:
    """Return the content of the event. `erases`: the bot may redact what the person writes in this room."""
    *lines, last = screen.lines
    blocks: list[Block] = [[]]
    for line in lines:
        blocks += [[line.spans], []] if line.card else []
        blocks[-1] += [] if line.card else [line.spans]
    if screen.notice:
        blocks[-1] += [(say(text),) for text in (NOTICE, YOURS)[: 1 if erases else 2]]
    blocks += [[last.spans], []] if last.card else [[*_again(screen), last.spans]]
    blocks[-1] += [(f"{number}. {choice.label}",) for number, choice in enumerate(screen.choices, 1)]
    if screen.choices and screen.bar.back is None:
        blocks[-1].append((say(HOW),))
    blocks.append(list(_bar(screen)))
    return notice([block for block in blocks if block])


def notice(blocks: Sequence[Block]) -> Mapping[str, str]:
    """Return a notice made of blocks of lines."""
    html = "".join(f"<p>{'<br>'.join(map(_html, block))}</p>" for block in blocks)
    return {
        "msgtype": "m.notice",
        "body": "\n\n".join("\n".join(map(_plain, block)) for block in blocks),
        "format": "org.matrix.custom.html",
        "formatted_body": html,
    }


def _bar(screen: Screen) -> Iterator[tuple[Span, ...]]:
    """Give the bar: a button is never cut from its letter, and the emergency has its own line."""
    buttons = [f"[{button.key}]{FIXED}{button.label.replace(' ', FIXED)}" for button in screen.bar]
    if screen.bar.emergency is not None:
        yield (buttons.pop(0),)
    yield ("   ".join(buttons),)


def _again(screen: Screen) -> Iterator[tuple[Span, ...]]:
    """Give the numbers that the emergency screen begins with, once more, above its question."""
    if screen.bar.emergency is None:
        below = dropwhile(lambda line: not _holds_numbers(line), screen.lines[:-1])
        yield from (line.spans for line in takewhile(_holds_numbers, below))


def _holds_numbers(line: Line) -> bool:
    return any(isinstance(span, Dial) for span in line.spans)


def _plain(spans: tuple[Span, ...]) -> str:
    return "".join(span if isinstance(span, str) else span.text for span in spans)


def _html(spans: tuple[Span, ...]) -> str:
    """Return a line as HTML; what can be dialled is bold: clients write notices in grey."""
    return "".join(
        escape(span, quote=False)
        if isinstance(span, str)
        else f"<strong>{escape(span.text, quote=False)}</strong>"
        if span.href
        else escape(span.text, quote=False)
        for span in spans
    )
