"""A screen as one Matrix notice: pure. The plain body and the formatted one each hold all of it.

There are no buttons: choices are numbered, the bar is a letter and its word, and all can be typed. `m.notice` makes no
sound under the default rules of any client.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bot.channels.matrix.texts import NOTICE, YOURS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.engine.message import Screen


def draw(screen: Screen, say: Callable[[str], str], *, erases: bool) -> Mapping[str, str]:
    """Return the content of the event. `erases`: the bot may redact what the person writes in this room."""
    lines = [(line.text, line.card) for line in screen.lines]
    if screen.notice:
        lines[-1:-1] = [(say(text), False) for text in (NOTICE, YOURS)[: 1 if erases else 2]]
    blocks: list[list[str]] = [[]]
    for text, card in lines:
        blocks += [[text], []] if card else []
        blocks[-1] += [] if card else [text]
    blocks.append([f"{number}. {choice.label}" for number, choice in enumerate(screen.choices, 1)])
    blocks.append(["   ".join(f"[{button.key}] {button.label}" for button in screen.bar)])
    return notice([block for block in blocks if block])


def notice(blocks: list[list[str]]) -> Mapping[str, str]:
    """Return a notice made of blocks of lines."""
    html = "".join(f"<p>{'<br>'.join(escape(line, quote=False) for line in block)}</p>" for block in blocks)
    return {
        "msgtype": "m.notice",
        "body": "\n\n".join("\n".join(block) for block in blocks),
        "format": "org.matrix.custom.html",
        "formatted_body": html,
    }
