"""Which services to show: fit first, then an open door, then distance (R1, X15).

A candidate holds in the person's territory, or stands within 60 km across its border and helps whoever comes. What this
audience may not see never becomes a candidate (P10). With several groups in play, the best of each comes before the
second of any, so that a list of three is an association, a hospital and a town hall rather than three town halls.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from itertools import islice
from typing import TYPE_CHECKING

from bot.directory.candidates import ACROSS_KM, Ground, Tiers, groups
from bot.directory.ranking import FAR, Hit, best, distance, phone_to_show, to_tell, worth
from bot.directory.schedule import opening, zone
from bot.text import fold

if TYPE_CHECKING:
    from datetime import datetime

    from bot.directory.model import Directory, Service
    from bot.directory.places import Place

__all__ = ["FAR", "Hit", "Query", "find", "partners", "search"]

_SMALL = frozenset(
    ("a", "au", "aux", "de", "des", "du", "en", "et", "la", "le", "les", "pour", "pres", "sur", "un", "une")
)


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. `groups` holds groups or kinds; `confirmed` False asks for numbers nobody confirmed.

    `audience` None is somebody who did not say why they come: town hall, CCAS, Caf, point-justice (R18).
    """

    area: str
    place: Place | None
    audience: str | None
    topic: str | None = None
    groups: tuple[str, ...] = ()
    limit: int = 3
    confirmed: bool = True


def search(directory: Directory, query: Query, now: datetime) -> tuple[Hit, ...]:
    """Return the services to show, best first; `now` is aware.

    Numbers to confirm are for professionals only (X5), on their own, and dropped when old and alone (R9).
    """
    if not query.confirmed and query.audience != "professionnel":
        return ()
    ground, now = Ground(directory, query), _real(now)
    ranked = [best(ground, kinds, now) for kinds in groups(query)]
    hits: list[Hit] = []
    while ranked and len(hits) < query.limit:  # the best of each group, then the second of each, and so on
        row = [(found, next(found, None)) for found in ranked]
        ranked = [found for found, first in row if first]
        hits += [hit for _, hit in sorted((first for _, first in row if first), key=lambda first: first[0])]
    return tuple(hits[: query.limit])


def partners(directory: Directory, query: Query) -> tuple[Service, ...]:
    """Return those that fit but have no number anybody may share: they are named, « demandez au 3919 »."""
    tiers = Tiers(Ground(directory, query), [kind for kinds in groups(query) for kind in kinds], shared=False)
    candidates = (candidate for tier in tiers for candidate in tiers.nearest(tier))
    return tuple(candidate.service for candidate in islice(candidates, query.limit))


def find(
    directory: Directory,
    text: str,
    place: Place | None,
    now: datetime,
    limit: int = 10,
    audience: str | None = "professionnel",
) -> tuple[Hit, ...]:
    """Return the services that a text names (« cidff vendome »), by name, kind, organization, topic or commune.

    Every word counts, one typing mistake forgiven. Those with the most words are kept, and of these the near ones if
    there are any. Then as everywhere: what may be called, what is open, what is near. A suggestion, not an answer:
    tolerance is harmless here. A number to confirm is given to professionals only, unless old and alone (R9).
    """
    said, now = fold(text).split(), _real(now)
    if place is None:
        said, place = _cut(directory, said)
    words = {word for word in said if word not in _SMALL}
    matches = [(count, one) for count, one in directory.index.words.matches(words) if one.seen_by(audience)]
    most = max((count for count, _ in matches), default=0)
    named = [(distance(one, place), one) for count, one in matches if count == most]
    held = _held(directory, place) if place else frozenset()
    near = [(km, one) for km, one in named if km <= ACROSS_KM or (one.area, one.id) in held]
    rows = []
    for km, one in near or named:
        answers = opening(one.hours, one.closures, now, place_tz=directory.index.clock(one))
        phone = phone_to_show(one, True, now)
        if phone is None and audience == "professionnel":
            phone = phone_to_show(one, False, now)
        rows.append(((not one.phones, worth(answers, km), km, one.name), Hit(one, phone, to_tell(km, place), answers)))
    rows.sort(key=lambda row: row[0])
    return tuple(hit for _, hit in rows[:limit])


def _real(now: datetime) -> datetime:
    """Return the same instant as clocks show it: at two in the morning, one day of March, they show three."""
    return now.astimezone(UTC).astimezone(now.tzinfo)


def _held(directory: Directory, place: Place) -> frozenset[tuple[str, str]]:
    """Return what holds at a place, but what stands on the other side of an ocean: another clock tells."""
    clock, held = zone(place.departement), directory.area_of(place).services
    return frozenset((one.area, one.id) for one in held if one.location is None or zone(one.location.insee) is clock)


def _cut(directory: Directory, said: list[str]) -> tuple[list[str], Place | None]:
    """Take the commune off the end of what is looked for, when it names one and only one."""
    for start in range(1, len(said)):
        towns = directory.places.find(" ".join(said[start:])).places
        if len(towns) == 1:
            return said[:start], towns[0]
    return said, None
