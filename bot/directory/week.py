"""When a door cannot be open: the half hours of an ordinary week, one bit each, read from the words of its hours.

Evaluating hours is the dearest part of a search: 4 µs a door, and at night all are closed. A bit that is not set spares
it. Bits may only be too many: rules that change with the date, or that say more than days and times, set all of them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.directory.schedule import compiled

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAY, _WEEK = 48, 7 * 48
HOLIDAY = 1 << _WEEK
"""The bit of public holidays: not set for what is closed on all of them."""
ANY = (HOLIDAY << 1) - 1
"""Every half hour, and holidays."""

_NAMES = "|".join((*_DAYS, "PH"))
_WHICH = rf"(?:{_NAMES})(?:-(?:{_NAMES}))?(?:,(?:{_NAMES})(?:-(?:{_NAMES}))?)*"
_SPAN = r"\d\d:\d\d-\d\d:\d\d"
_RULE = re.compile(rf"(?:({_WHICH}) )?(?:({_SPAN}(?:,{_SPAN})*)|off|closed)|(24/7)")


@lru_cache(maxsize=1 << 14)
def bits(osm: str) -> int:
    """Return the half hours outside which hours are certainly closed, by the clock of the place."""
    found, rests, late = 0, False, False
    for written in osm.split(";"):
        rule = _RULE.fullmatch(written.strip())
        if rule is None or rule[3] or (rule[2] and "PH" in (rule[1] or "")):
            return ANY
        rests |= rule[2] is None and "PH" in (rule[1] or "")
        for span in rule[2].split(",") if rule[2] else ():
            start, end = (int(time[:2]) * 60 + int(time[3:]) for time in span.split("-"))
            end += 24 * 60 if end <= start else 0
            late |= end > 24 * 60
            half_hours = (1 << -(-end // 30) - start // 30) - 1
            for day in _days(rule[1]):
                found |= half_hours << day * _DAY + start // 30
    found = (found | found >> _WEEK) & (HOLIDAY - 1)  # Sunday night goes on on Monday
    return found if rests and not late else found | HOLIDAY


def bit(now: datetime, clock: ZoneInfo) -> int:
    """Return the bit of an instant, on the clock of a place."""
    at = now.astimezone(clock)
    if compiled("PH", clock).is_open(at):
        return HOLIDAY
    return 1 << at.weekday() * _DAY + at.hour * 2 + at.minute // 30


def _days(written: str | None) -> set[int]:
    days: set[int] = set()
    for part in (written or "Mo-Su").split(","):
        first, _, last = part.partition("-")
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        days.update(range(start, end + 1) if start <= end else (*range(start, 7), *range(end + 1)))
    return days
