"""Which services to show: fit first, then an open door, then distance (R1, X15).

A candidate holds in the person's territory, or stands within 60 km across its border and helps whoever comes. What this
audience may not see never becomes a candidate (P10). With several groups in play, the best of each comes before the
second of any, so that a list of three is an association, a hospital and a town hall rather than three town halls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from bot.directory.candidates import ACROSS_KM, NOWHERE, Candidate, Ground, Tiers, groups
from bot.directory.places import distance_km
from bot.directory.schedule import Opening, opening, year, zone
from bot.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bot.directory.kinds import Kind
    from bot.directory.model import Directory, Phone, Service
    from bot.directory.places import Place

STALE_YEARS = 5
"""A single source older than this gives no number, even to a professional (R9)."""
CLOSE = 84
"""How alike two words must be, out of 100, for one to be the other with a typing mistake."""

FAR = 40
"""Kilometres beyond which an open door is worth no more than a near one whose hours are not known."""

_OPEN_ORDER = {True: 0, None: 1, False: 2}
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


@dataclass(frozen=True, slots=True)
class Hit:
    """A service to show, the one number of it to show, and how far it is from the place asked (kilometres)."""

    service: Service
    phone: Phone | None
    distance_km: float | None
    opening: Opening


Row = tuple[tuple[object, ...], Hit]
"""A service and its rank inside its group."""


def search(directory: Directory, query: Query, now: datetime) -> tuple[Hit, ...]:
    """Return the services to show, best first; `now` is aware.

    Numbers to confirm are for professionals only (X5), on their own, and dropped when old and alone (R9).
    """
    if not query.confirmed and query.audience != "professionnel":
        return ()
    ground = Ground(directory, query)
    ranked = [_best(ground, kinds, now) for kinds in groups(query)]
    hits: list[Hit] = []
    while ranked and len(hits) < query.limit:  # the best of each group, then the second of each, and so on
        row = [(found, next(found, None)) for found in ranked]
        ranked = [found for found, first in row if first]
        hits += [hit for _, hit in sorted((first for _, first in row if first), key=lambda first: first[0])]
    return tuple(hits[: query.limit])


def partners(directory: Directory, query: Query) -> tuple[Service, ...]:
    """Return those that fit but have no number anybody may share: they are named, « demandez au 3919 »."""
    ground = Ground(directory, query)
    found: list[tuple[int, Candidate]] = []
    for kinds in groups(query):
        for tier, candidates in Tiers(ground, kinds, lambda service: service.phone is None):
            found += [(tier, candidate) for candidate in candidates]
    found.sort(key=lambda row: (row[0], row[1][:3]))
    return tuple(candidate.service for _, candidate in found[: query.limit])


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
    there are any; what may be called comes first. A suggestion, not an answer: tolerance is harmless here. A number to
    confirm is given to professionals only, unless old and alone (R9).
    """
    said = fold(text).split()
    if place is None:
        said, place = _cut(directory, said)
    said = [word for word in said if word not in _SMALL]
    here = {(one.area, one.id) for one in directory.area_of(place).services} if place else set()
    found = []
    for service, words in directory.index.words if said else ():
        score = sum(_names(word, words) for word in said) if service.seen_by(audience) else 0
        if score:
            km = _distance(service, place)
            near = (service.area, service.id) in here or km <= ACROSS_KM
            found.append((-score, not near, not service.phones, km, service.name, service))
    found.sort(key=lambda row: row[:5])
    best = [row for row in found if row[:2] == found[0][:2]]
    return tuple(
        Hit(
            service,
            _phone(service, True, now) or (_phone(service, False, now) if audience == "professionnel" else None),
            _told(km, place),
            _opening(service, now),
        )
        for *_, km, _, service in best[:limit]
    )


def _cut(directory: Directory, said: list[str]) -> tuple[list[str], Place | None]:
    """Take the commune off the end of what is looked for, when it names one and only one."""
    for start in range(1, len(said)):
        towns = directory.places.find(" ".join(said[start:])).places
        if len(towns) == 1:
            return said[:start], towns[0]
    return said, None


def _phone(service: Service, confirmed: bool, now: datetime) -> Phone | None:
    """Return the number to show: the first shared one, or the first to confirm where nothing is shared (R9)."""
    if confirmed or service.phone:
        return service.phone if confirmed else None
    read = year(service.seen)
    known = len(service.sources) > 1 or (read is not None and now.year - read <= STALE_YEARS)
    return service.phones[0] if service.phones and known else None


# --- ranking ---------------------------------------------------------------------------------------------------------


def _best(ground: Ground, kinds: Sequence[Kind], now: datetime) -> Iterator[Row]:
    """Give the services of a group with their rank, best first, opening only the doors that may matter.

    Inside a tier an open door wins unless it is far: once `limit` near doors are open, the farther ones cannot.
    """

    query = ground.query

    def keep(service: Service) -> bool:
        return _phone(service, query.confirmed, now) is not None

    for tier, candidates in Tiers(ground, kinds, keep):
        rows: list[Row] = []
        opened = 0
        for one in candidates:
            phone = _phone(one.service, query.confirmed, now)
            km = _distance(one.service, query.place)
            hit = Hit(one.service, phone, _told(km, query.place), _opening(one.service, now))
            far = query.place is not None and FAR < km < NOWHERE
            rows.append(((tier, 1 if far else _OPEN_ORDER[hit.opening.open], *one[:3]), hit))
            opened += hit.opening.open is True and not far
            if opened == query.limit:
                break
        yield from _one_a_line(sorted(rows, key=lambda row: row[0]), query.place)


def _one_a_line(rows: list[Row], place: Place | None) -> list[Row]:
    """Keep one service for each direct line: the nearest of a commune, else the one whose hours are known."""
    kept: dict[str, int] = {}
    lines: list[Row] = []
    for key, hit in rows:
        number = hit.phone.number if hit.phone and hit.phone.status != "national" else hit.service.id
        if number not in kept:
            kept[number] = len(lines)
            lines.append((key, hit))
        elif place is None and lines[kept[number]][1].opening.open is None and hit.opening.open is not None:
            lines[kept[number]] = (lines[kept[number]][0], hit)
    return lines


def _opening(service: Service, now: datetime) -> Opening:
    clock = zone(service.location.insee) if service.location else None
    return opening(service.hours, service.closures, now, place_tz=clock)


def _distance(service: Service, place: Place | None) -> float:
    if place is None or service.location is None:
        return NOWHERE
    return distance_km((service.location.lat, service.location.lon), (place.lat, place.lon))


def _told(km: float, place: Place | None) -> float | None:
    """Return a distance that may be told: not from a commune whose place is not known."""
    return round(km, 1) if place and place.located and km != NOWHERE else None


def _names(word: str, words: frozenset[str]) -> bool:
    return word in words or (
        len(word) > 3 and any(other.startswith(word) or fuzz.ratio(word, other) >= CLOSE for other in words)
    )
