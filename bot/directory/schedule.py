"""Whether somebody answers: hours in the language of OpenStreetMap, read with the prudence a closed door calls for.

A local service is closed on public holidays unless a source says otherwise, so `PH off` is added, last: the last rule
that matches wins, and `PH off; Mo-Su 08:00-20:00` is open on 14 July (R3, X13). Hours seen before 2022, or more than
four years ago, never say « ouvert » (R4, X14). National numbers are exempt: their hours never expire on screen (R5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, ParserError, State  # type: ignore[attr-defined]  # its stubs forget one

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.directory.model import Closure, Hours

PARIS = ZoneInfo("Europe/Paris")

_OVERSEAS = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
}

_GOOD_FRIDAY = "easter -2 days"
_ALSACE_MOSELLE = (_GOOD_FRIDAY, "Dec 26")

OWN_HOLIDAYS = {
    "57": _ALSACE_MOSELLE,
    "67": _ALSACE_MOSELLE,
    "68": _ALSACE_MOSELLE,
    "971": (_GOOD_FRIDAY, "May 27", "Jul 21"),
    "972": (_GOOD_FRIDAY, "May 22", "Jul 21"),
    "973": ("Jun 10",),
    "974": ("Dec 20",),
    "976": ("Apr 27",),
    "977": (_GOOD_FRIDAY, "Oct 09"),
    "978": ("May 28",),
    "986": ("Apr 28", "Jun 29", "Jul 29"),
    "987": ("Mar 05", _GOOD_FRIDAY, "Nov 20"),
    "988": ("Sep 24",),
}
"""Public holidays of a territory beside those of France, by law or by custom, as OpenStreetMap writes days."""

OVERSEAS = frozenset(_OVERSEAS)
"""Départements and collectivities whose clock is not that of Paris."""

OLDEST = 2022
"""Hours seen before this year are not believed (R4)."""
YEARS = 4
"""Nor those seen more calendar years ago than this."""
HORIZON = timedelta(days=800)
"""A change further away is not sought: for hours of a past year that takes seconds, up to the year 9999."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether somebody answers at one instant. `open` is None when the hours are not known or too old to be said."""

    open: bool | None
    closes: datetime | None = None
    next_opening: datetime | None = None


UNKNOWN = Opening(None)
CLOSED = Opening(False)


def zone(insee: str | None) -> ZoneInfo:
    """Return the clock of a commune, or of a département, by its code: overseas it is not that of Paris."""
    return ZoneInfo(_OVERSEAS[insee[:3]]) if insee and insee[:3] in _OVERSEAS else PARIS


def opening(
    hours: Hours | None,
    closures: Sequence[Closure],
    now: datetime,
    *,
    place_tz: ZoneInfo | None = None,
) -> Opening:
    """Tell whether somebody answers at `now` (aware), until when, else from when.

    Answers are aware instants of the clock of the place, Europe/Paris unless `place_tz` says otherwise. A closure wins
    over the hours. Hours too old to be believed may say « fermé », never « ouvert » nor when it opens again.
    """
    at = now.astimezone(place_tz or PARIS)
    ends = _end_of_closure(closures, at)
    if hours is None:
        return CLOSED if ends else UNKNOWN
    rules = compiled(hours.osm, place_tz or PARIS)
    state = State.CLOSED if ends else rules.state(at)[0]
    if not (hours.lasting or believed(hours.seen, at.year)):
        return CLOSED if state == State.CLOSED else UNKNOWN
    if state == State.OPEN:
        return Opening(True, closes=_closes(rules, closures, at))
    if state == State.CLOSED:
        return Opening(False, next_opening=_opens(rules, closures, ends or at, landed=ends is not None))
    return UNKNOWN


def spans(
    hours: Hours | None, closures: Sequence[Closure], day: date, *, place_tz: ZoneInfo | None = None
) -> tuple[tuple[datetime, datetime], ...] | None:
    """Return from when to when somebody answers on a day: () when nobody does, None when that may not be said."""
    start = datetime.combine(day, time(), tzinfo=place_tz or PARIS)
    if _end_of_closure(closures, start):
        return ()
    if hours is None:
        return None
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=start.tzinfo)
    pieces = list(compiled(hours.osm, place_tz or PARIS).intervals(start, end))
    if any(state == State.UNKNOWN for _, _, state, _ in pieces):
        return None
    found: list[tuple[datetime, datetime]] = []
    for opens, closes, state, _ in pieces:
        if state != State.OPEN:
            continue
        if found and found[-1][1] == opens:  # only the comment changes
            opens, _ = found.pop()
        found.append((opens, closes))
    return tuple(found) if not found or hours.lasting or believed(hours.seen, day.year) else None


def believed(seen: str, year: int) -> bool:
    """Tell whether hours read at this partial date may still say « ouvert » in this year (R4)."""
    read = seen[:4]
    return read.isdecimal() and int(read) >= OLDEST and year - int(read) <= YEARS


@lru_cache(maxsize=1 << 14)
def compiled(osm: str, clock: ZoneInfo) -> OpeningHours:
    """Parse hours once. `PH` is the calendar of France: `tidy` has written the holidays of one territory as dates."""
    return OpeningHours(osm, timezone=clock, country="FR", max_interval_days=HORIZON.days)


def _end_of_closure(closures: Sequence[Closure], at: datetime) -> datetime | None:
    """Return the midnight at which the closures that hold now are over; `from` and `to` are both closed days."""
    end: datetime | None = None
    day = at.date()
    for closure in sorted(closures, key=lambda closure: closure.starts) if closures else ():
        if closure.starts <= day <= closure.ends:
            day = closure.ends + timedelta(days=1)
            end = datetime.combine(day, time(), tzinfo=at.tzinfo)
    return end


def _closes(rules: OpeningHours, closures: Sequence[Closure], at: datetime) -> datetime | None:
    change = rules.next_change(at)
    while change is not None and rules.state(change)[0] == State.OPEN:  # only the comment changes
        change = rules.next_change(change) if change - at < HORIZON else None
    starts = [datetime.combine(closure.starts, time(), tzinfo=at.tzinfo) for closure in closures]
    return min([start for start in starts if start > at] + ([change] if change else []), default=None)


def _opens(rules: OpeningHours, closures: Sequence[Closure], at: datetime, *, landed: bool) -> datetime | None:
    """Return the first opening after `at`, or `at` itself when a closure ends there and the door is open."""
    moment: datetime | None = at
    while moment is not None and moment - at < HORIZON:
        ends = _end_of_closure(closures, moment)
        if ends is not None:
            moment, landed = ends, True
            continue
        if landed and rules.state(moment)[0] == State.OPEN:
            return moment
        moment, landed = rules.next_change(moment), True
    return None


# --- what a loader accepts -------------------------------------------------------------------------------------------

_RULE = re.compile(r'(; *|, +|^ *)((?:"[^"]*"|(?!; *|, +)[^"])*)')
_BARE_COMMENT = re.compile(r'(?<!open)(?<!unknown)(?<!off)(?<!closed)(?<! ) *("[^"]*")$')
_ON_HOLIDAYS = re.compile(r"(?:[\w\[\]-]+,)*PH(?:,[\w\[\]-]+)*(?= |$)")
_OFF = re.compile(r"\bPH\b.*\b(off|closed)\b")
_ENDS_OFF = re.compile(r'\b(off|closed)\b(\s*"[^"]*")?\s*$')
_QUOTED = re.compile(r'"[^"]*"')
SPAN = re.compile(r"(\d?\d:\d\d) *- *(\d?\d:\d\d)")


def tidy(osm: str, *, local: bool, insee: str | None = None) -> str:
    """Return hours ready to be believed, with `PH off` added last to those of a local service that say nothing of it.

    What the library reads otherwise than OpenStreetMap is written out: a comment alone is `unknown`, and what holds on
    the own holidays of the territory of `insee`, a commune, is said by date. Raises ValueError, in French, for what
    cannot be read and for what would be read as an open door, or a closed one, by mistake.
    """
    bare = _QUOTED.sub("", osm)
    try:
        OpeningHours(osm, country="FR")
    except ParserError:
        raise ValueError(
            f"les horaires « {osm} » ne se lisent pas : écrivez par exemple « Mo-Fr 09:00-12:00,14:00-17:00 »"
        ) from None
    if wrong := _misread(bare):
        raise ValueError(wrong)
    if local and not re.search(r"\bPH\b", bare) and bare.strip() != "24/7":
        osm = f"{osm}; PH off"
    own = OWN_HOLIDAYS.get((insee or "")[:2]) or OWN_HOLIDAYS.get((insee or "")[:3], ())
    return "".join(_written_out(mark, rule, own) for mark, rule in _RULE.findall(osm))


def _misread(bare: str) -> str | None:
    """Tell what would be read otherwise than it is meant, by the library or by the specification itself."""
    if re.search(r"\bSH\b", bare):
        return "« SH » (vacances scolaires) n'est jamais appliqué : retirez-le, écrivez des « closures »"
    if re.search(r"\d\+", bare):
        return "« + » ne dit pas quand cela ferme : écrivez l'heure de fin"
    if re.search(r"\b(sunrise|sunset|dawn|dusk)\b", bare):
        return "le lever et le coucher du soleil ne sont pas calculés : écrivez des heures"
    if "||" in bare:
        return "« || » n'est pas lu heure par heure : écrivez le reste dans « access »"
    rules = [rule.strip() for rule in bare.split(";") if rule.strip()]
    for place, rule in enumerate(rules):
        if _OFF.match(rule) and not all(_ENDS_OFF.search(later) for later in rules[place + 1 :]):
            return "mettez « PH off » à la fin : une règle écrite après lui l'annule"
    if any("PH" in rule and not _ON_HOLIDAYS.match(rule) for _, rule in _RULE.findall(bare)):
        return "« PH » ne se lit pas avec des dates : écrivez-le dans une règle à lui"
    if sum(not _ENDS_OFF.search(rule) for rule in rules) > 1 and any(map(past_midnight, SPAN.findall(bare))):
        return "« ; » coupe à minuit la nuit d'une autre règle : séparez les règles par « , »"
    return None


def past_midnight(span: tuple[str, str]) -> bool:
    """Tell whether a span, its start and its end as they are written, goes on after midnight."""
    start, end = (time.zfill(5) for time in span)
    return end > "24:00" or "00:00" < end <= start


def _written_out(mark: str, rule: str, own: Sequence[str]) -> str:
    """Return a rule with what separates it from the one before, then, if it speaks of holidays, the same of `own`."""
    rule = _BARE_COMMENT.sub(r" unknown \1", rule).strip()
    days = _ON_HOLIDAYS.match(rule)
    again = f"{mark or ', '}{','.join(own)}{rule[days.end() :]}" if days and own else ""
    return mark + rule + again


def year(partial: str) -> int | None:
    """Return the year of a partial date, None for « n.d. »."""
    return int(partial[:4]) if partial[:4].isdecimal() else None


def real(partial: str) -> bool:
    """Tell whether a text is « n.d. » or a year, a month of a year, or a day, that exists."""
    if partial == "n.d.":
        return True
    if not re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", partial):
        return False
    try:
        date.fromisoformat(partial + "-01-01"[len(partial) - 4 :] if len(partial) < 10 else partial)
    except ValueError:
        return False
    return True
