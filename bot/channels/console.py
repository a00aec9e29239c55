"""The terminal: readable by a person, by a pipe, and by a program (`--json`).

It holds one conversation, in this process's memory only. A line that is a number or a word chooses, a letter of the bar
presses it, an empty line after an exit opens again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.directory.schedule import PARIS
from bot.engine.message import Opened, Typed
from bot.engine.token import encode
from bot.text import bare, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from bot.app import Bot
    from bot.directory.schedule import Opening
    from bot.engine.message import NumberShown, ServiceShown, Turn
    from bot.engine.script import Script


def talk(bot: Bot, opened: Opened, lines: Iterable[str], *, as_json: bool) -> Iterator[str]:
    """Give what is printed: the first screen, then one answer per line read."""
    draw = to_json if as_json else to_text
    first = answer = bot.answer("", opened)
    yield draw(bot.script, answer.turn)
    for line in lines:
        screen = answer.turn.screen
        offered = screen.choices if screen.offers else ()
        event = opened if not answer.token and opens(bot.script, line) else Typed(line.rstrip("\n"), offered)
        answer = bot.answer(answer.token or first.token, event)
        yield draw(bot.script, answer.turn)


def opens(script: Script, line: str) -> bool:
    """Tell whether a line after an exit only opens again: nothing, or a word for home."""
    return not line.strip() or fold(line) in script.words("home")


def to_text(script: Script, turn: Turn) -> str:
    """Draw a screen for a terminal."""
    del script
    screen = turn.screen
    lines = [f"  {line.text}" if line.card else line.text for line in screen.lines]
    if not turn.erased:
        lines += [""] if screen.choices else []
        lines += [f"  {number}. {choice.label}" for number, choice in enumerate(screen.choices, 1)]
        lines += ["", "  ".join(f"[{button.key}] {button.label}" for button in screen.bar)]
    return bare("\n".join(lines)) + "\n"


def to_json(script: Script, turn: Turn) -> str:
    """Draw a turn as one line of JSON; its shape is fixed, programs rely on it."""
    screen = turn.screen
    return json.dumps(
        {
            "step": screen.step,
            "text": screen.text,
            "choices": [{"n": n, "label": choice.label} for n, choice in enumerate(screen.choices, 1)],
            "bar": [{"key": button.key, "label": button.label} for button in screen.bar],
            "numbers": [number_json(number) for number in screen.numbers],
            "services": [service_json(service) for service in screen.services],
            "token": encode(script, turn.session) if turn.session else "",
            "erased": turn.erased,
        },
        ensure_ascii=False,
    )


def number_json(number: NumberShown) -> dict[str, Any]:
    """Return a national number as programs read it."""
    plain = {key: getattr(number, key) for key in ("id", "number", "display", "name", "channel", "url", "hours")}
    return plain | _opening(number.opening) | {"cost": number.cost, "bill_trace": number.bill_trace}


def service_json(service: ServiceShown) -> dict[str, Any]:
    """Return a local service as programs read it."""
    keys = ("id", "name", "kind", "phone", "phone_status", "address", "commune", "distance_km")
    return {
        **{key: getattr(service, key) for key in keys},
        **_opening(service.opening, closes=True),
        "cost": service.cost,
        "bill_trace": service.bill_trace,
        "seen": service.seen,
        "confirmed": service.confirmed.isoformat() if service.confirmed else None,
    }


def _opening(opening: Opening, *, closes: bool = False) -> dict[str, Any]:
    said: dict[str, Any] = {"open": opening.open}
    if closes:
        said["closes"] = _instant(opening.closes)
    return said | {"next_opening": _instant(opening.next_opening)}


def _instant(instant: datetime | None) -> str | None:
    """Write an instant as ISO 8601, to the minute, on the clock of Paris: that of `--at`."""
    return instant.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M") if instant else None
