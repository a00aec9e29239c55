"""Hours as people of the field write them, and instants at which they are easily read wrong; a seed decides of all."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from bot.directory.schedule import OWN_HOLIDAYS, tidy, zone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

YEARS = range(2024, 2032)
DAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

STATES = {
    "57463": "Moselle",
    "67482": "Bas-Rhin",
    "68066": "Haut-Rhin",
    "97105": "Guadeloupe",
    "97209": "Martinique",
    "97302": "Guyane",
    "97411": "La Réunion",
    "97502": "Saint-Pierre-et-Miquelon",
    "97608": "Mayotte",
    "97701": "Saint-Barthélemy",
    "98613": "Wallis-et-Futuna",
    "98735": "Polynésie française",
    "98818": "Nouvelle-Calédonie",
}
"""Communes whose holidays or clock are their own, and the name under which opening_hours.js knows their territory.

Saint-Martin is left out: its holiday is on 28 May since 2019, and the witness still says 27 May.
"""


class Pair(NamedTuple):
    """One question: is it open, by these hours, in this commune, at this instant?"""

    osm: str
    insee: str
    at: datetime


def pairs(chance: Random, known: Sequence[str], count: int) -> Iterator[Pair]:
    """Give as many questions as asked; the expressions of the directory come first, each at twenty instants."""
    for osm in [one for one in known for _ in range(20)][:count]:
        yield _asked(chance, osm)
    for _ in range(count - 20 * len(known)):
        yield _asked(chance, _accepted(chance))


def _accepted(chance: Random) -> str:
    while True:
        osm = expression(chance)
        try:
            tidy(osm, local=True)
        except ValueError:
            continue
        return osm


def _asked(chance: Random, osm: str) -> Pair:
    insee = chance.choice(["75056", "85109", *STATES])
    return Pair(osm, insee, _instant(chance, osm, insee))


# --- expressions ------------------------------------------------------------------------------------------------------


def expression(chance: Random) -> str:
    """Return hours of one to five rules, some of which the directory refuses.

    Left out, since opening_hours.js does not read them as the specification says:
    times without any day after another rule: they hold every day and replace it, the witness adds them;
    `Jul Tu[1,3]`: it refuses several weeks of a month after the name of the month;
    `2031 off`: it then says « open » on the first night of 2032, and yet does not see this night as the next change.
    And a door that closes between 02:00 and 03:00, which do not exist one night a year: both readings can be defended.
    """
    if chance.random() < 0.02:
        return "24/7"
    separator = chance.choice(["; ", "; ", ", "])
    text = chance.choice([*[_rule(chance)] * 9, _times(chance)])
    for _ in range(chance.choice([0, 0, 1, 1, 2])):
        text += separator + _rule(chance)
    for _ in range(chance.choice([0, 0, 1])):
        text += "; " + chance.choice(
            [f"{_dates(chance)} off", f"{_days(chance)} off", f'{_dates(chance)} off "congés"']
        )
    return text + chance.choice(
        ["", "", "; PH off", "; PH off", "; PH closed", f"; PH {_times(chance)}", "; PH,Su off"]
    )


def _rule(chance: Random) -> str:
    days = _days(chance)
    dates = "" if "[" in days else chance.choice([""] * 6 + [_dates(chance), _weeks(chance), _years(chance)])
    if not dates:
        days = chance.choice([days] * 8 + ["Mo-Su,PH", f"{days},PH"])
    state = chance.choice([""] * 12 + ['open "sans rendez-vous"', '"sur rendez-vous"', "unknown"])
    return " ".join(word for word in (dates, days, _times(chance), state) if word)


def _days(chance: Random) -> str:
    one, two, three = chance.sample(DAYS, 3)
    first, last = sorted(chance.sample(range(7), 2))
    return chance.choice([
        "Mo-Fr", "Mo-Fr", "Mo-Sa", "Mo-Su", "Sa-Su", "Mo,Tu,Th,Fr", one, f"{one},{two}", f"{one},{two},{three}",
        f"{DAYS[first]}-{DAYS[last]}", f"{DAYS[last]}-{DAYS[first]}", "Mo-We,Fr", f"{one}[1]", f"{one}[1,3]",
        f"{one}[-1]", f"{one}[1],{one}[3]", f"{one}[2],{two}[4]", f"{one}[1-3]",
    ])  # fmt: skip


def _times(chance: Random) -> str:
    morning = f"{_clock(chance, 7, 10)}-{_clock(chance, 11, 12)}"
    afternoon = f"{_clock(chance, 13, 14)}-{_clock(chance, 15, 19)}"
    return chance.choice([
        morning, afternoon, f"{morning},{afternoon}", f"{morning},{afternoon}", f"{_clock(chance, 7, 12)}-18:00",
        f"{_clock(chance, 18, 23)}-{_clock(chance, 1, 8)}", "00:00-24:00", f"{_clock(chance, 18, 23)}-24:00",
        f"00:00-{_clock(chance, 1, 8)}", f"{_clock(chance, 18, 23)}-00:00", f"{_clock(chance, 18, 23)}-26:00",
        "10:00-00:30",
    ])  # fmt: skip


def _clock(chance: Random, first: int, last: int) -> str:
    hour = chance.choice([hour for hour in range(first, last + 1) if hour != 2])
    return f"{hour:02}:{chance.choice([0, 0, 0, 15, 30, 45, 59]):02}"


def _dates(chance: Random) -> str:
    one, two = chance.sample(MONTHS, 2)
    year = chance.choice(YEARS)
    return chance.choice([
        one, f"{one}-{two}", f"{one},{two}", "Jul-Aug", "Sep-Jun", f"{one} {chance.randint(1, 28):02}",
        f"{one} {chance.randint(1, 28):02}-{two} {chance.randint(1, 28):02}", "Dec 24,Dec 31", "Dec 24-Jan 02",
        f"{year} Dec 20-{year + 1} Jan 04", f"{year} {one} 15",
        f"{one} 01-{one} 20", "easter", "easter -2 days",
    ])  # fmt: skip


def _years(chance: Random) -> str:
    year = chance.choice(YEARS)
    return chance.choice([f"{year}", f"{year}-{year + 2}"])


def _weeks(chance: Random) -> str:
    first, last = sorted(chance.sample(range(1, 54), 2))
    return chance.choice(["week 01-53/2", "week 02-53/2", f"week {first:02}-{last:02}", f"week {first:02}"])


# --- instants ---------------------------------------------------------------------------------------------------------


def _instant(chance: Random, osm: str, insee: str) -> datetime:
    """Return any minute, or one beside a border: of these hours, of a day; often on a day that differs from others."""
    clock = zone(insee)
    day = chance.choice([_any_day, _any_day, _holiday, _change_of_clocks])(chance, insee)
    borders = [time(int(hour) % 24, int(minute)) for hour, minute in re.findall(r"(\d\d):(\d\d)", osm)]
    hour = chance.choice([time(chance.randrange(24), chance.randrange(60)), time(), *borders])
    beside = timedelta(minutes=chance.choice([-1, 0, 0, 1]))
    return (datetime.combine(day, hour, tzinfo=clock).astimezone(UTC) + beside).astimezone(clock)


def _any_day(chance: Random, insee: str) -> date:
    del insee
    return date(YEARS[0], 1, 1) + timedelta(days=chance.randrange(365 * len(YEARS)))


def _holiday(chance: Random, insee: str) -> date:
    """Return a public holiday of France or of the territory, or the day before or after."""
    year = chance.choice(YEARS)
    days = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]
    fixed = [date(year, month, day) for month, day in days]
    moving = [easter(year) + timedelta(days=days) for days in (1, 39, 50)]
    own = [_day(text, year) for text in _own(insee)]
    return chance.choice([*fixed, *moving, *own * 3]) + timedelta(days=chance.choice([-1, 0, 0, 0, 1]))


def _own(insee: str) -> Sequence[str]:
    return OWN_HOLIDAYS.get(insee[:2], OWN_HOLIDAYS.get(insee[:3], ()))


def _day(text: str, year: int) -> date:
    if text == "easter -2 days":
        return easter(year) - timedelta(days=2)
    month, day = text.split()
    return date(year, MONTHS.index(month) + 1, int(day))


def easter(year: int) -> date:
    """Return Easter Sunday (the method of Oudin)."""
    golden, century = year % 19, year // 100
    moon = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    moon -= moon // 28 * (1 - 29 // (moon + 1) * ((21 - golden) // 11))
    days = moon - (year + year // 4 + moon + 2 - century + century // 4) % 7
    return date(year, 3, 28) + timedelta(days=days)


def _change_of_clocks(chance: Random, insee: str) -> date:
    """Return the last Sunday of March or of October, or the day before: Paris changes its clocks that night."""
    del insee
    end = date(chance.choice(YEARS), chance.choice([3, 10]), 31)
    return end - timedelta(days=(end.weekday() + 1) % 7 + chance.choice([0, 0, 1]))
