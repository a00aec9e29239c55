"""Say an instant or an opening in the person's language: « fermé, ouvre mardi à 9 h »."""

from __future__ import annotations

from datetime import time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from babel.dates import format_date

from bot.text import isolate

UNBROKEN = "\N{NO-BREAK SPACE}"

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from bot.directory.schedule import Opening


@lru_cache(maxsize=4096)
def _date(day: date, pattern: str, locale: str) -> str:
    return format_date(day, pattern, locale=locale)


def clock(instant: datetime, phrase: Callable[[str], str]) -> str:
    """Say the time of day: « 9 h », « 9 h 30 », isolated so that it reads right in every script."""
    pattern = phrase("minutes") if instant.minute else phrase("hour")
    said = pattern.replace("{h}", str(instant.hour)).replace("{mm}", f"{instant.minute:02}")
    return isolate(said.replace(" ", UNBROKEN))


def day(instant: date, today: date, phrase: Callable[[str], str], locale: str) -> str:
    """Say a day: today, tomorrow, its name within a week, its name and date beyond."""
    if instant == today:
        return phrase("today")
    if instant == today + timedelta(days=1):
        return phrase("tomorrow")
    if instant < today + timedelta(days=7):
        return _date(instant, "EEEE", locale)
    return isolate(_date(instant, "EEEE d MMMM", locale))


def on(
    spans: Sequence[tuple[datetime, datetime]] | None,
    asked: date,
    today: date,
    phrase: Callable[[str], str],
    locale: str,
) -> str:
    """Say when somebody answers on the day asked: « mercredi de 9 h à 12 h », « fermé mercredi »."""
    if spans is None:
        return phrase("hours unknown")
    if [(opens.time(), closes.time()) for opens, closes in spans] == [(time(), time())]:
        return phrase("always open")
    named = day(asked, today, phrase, locale)
    if not spans:
        return phrase("closed day").replace("{day}", named)
    said = (
        phrase("span").replace("{from}", clock(opens, phrase)).replace("{to}", clock(closes, phrase))
        for opens, closes in spans
    )
    return phrase("open day").replace("{day}", named).replace("{hours}", ", ".join(said))


def state(opening: Opening, always: bool, now: datetime, phrase: Callable[[str], str], locale: str) -> str:
    """Say whether somebody answers now, and until or from when."""
    if always and opening.open:
        return phrase("always open")
    if opening.open is None:
        return phrase("hours unknown")
    if opening.open:
        if opening.closes is None or opening.closes.date() > now.date() + timedelta(days=1):
            return phrase("open")
        return phrase("open until").replace("{time}", clock(opening.closes, phrase))
    if opening.next_opening is None:
        return phrase("closed now")
    said = phrase("closed until").replace("{time}", clock(opening.next_opening, phrase))
    return said.replace("{day}", day(opening.next_opening.date(), now.date(), phrase, locale))
