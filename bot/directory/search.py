"""Which services to show: fit first, then an open door, then distance (R1, X15).

A candidate holds in the person's territory, or stands within 60 km across its border and helps whoever comes. What this
audience may not see never becomes a candidate (P10). With several groups in play, the best of each comes before the
second of any, so that a list of three is an association, a hospital and a town hall rather than three town halls.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from bot.directory.places import distance_km
from bot.directory.schedule import Opening, opening, year, zone
from bot.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bot.directory.model import Directory, Phone, Service
    from bot.directory.places import Place

ACROSS_KM = 60
"""How far across the border of its territory a service is looked for."""
STALE_YEARS = 5
"""A single source older than this gives no number, even to a professional (R9)."""
OFF_TOPIC = 5
"""Ranks lost by a service whose record is about other topics than the one asked."""
CLOSE = 84
"""How alike two words must be, out of 100, for one to be the other with a typing mistake."""

_FAR = float("inf")
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


@dataclass(frozen=True, slots=True)
class _Candidate:
    service: Service
    tier: int
    km: float
    order: int


def search(directory: Directory, query: Query, now: datetime) -> tuple[Hit, ...]:
    """Return the services to show, best first; `now` is aware.

    Numbers to confirm are for professionals only (X5), on their own, and dropped when old and alone (R9).
    """
    if not query.confirmed and query.audience != "professionnel":
        return ()
    groups: dict[str, list[_Candidate]] = {}
    for candidate in _candidates(directory, query):
        if _phone(candidate.service, query.confirmed, now):
            groups.setdefault(candidate.service.sort.group, []).append(candidate)
    ranked = [_best(found, query, now) for found in groups.values()]
    hits: list[Hit] = []
    for rank in range(query.limit):  # the best of each group, then the second of each, and so on
        row = sorted((found[rank] for found in ranked if rank < len(found)), key=lambda found: found[0])
        hits += [hit for _, hit in row]
    return tuple(hits[: query.limit])


def partners(directory: Directory, query: Query) -> tuple[Service, ...]:
    """Return those that fit but have no number anybody may share: they are named, « demandez au 3919 »."""
    found = [candidate for candidate in _candidates(directory, query) if candidate.service.phone is None]
    found.sort(key=lambda candidate: (candidate.tier, candidate.km, candidate.order))
    return tuple(candidate.service for candidate in found[: query.limit])


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


def fit(service: Service, topic: str | None) -> int:
    """Return how well a service fits a topic, 0 being best (R1)."""
    off = topic is not None and bool(service.topics) and topic not in service.topics
    return service.sort.fit(topic) + (OFF_TOPIC if off else 0)


# --- candidates ------------------------------------------------------------------------------------------------------


def _candidates(directory: Directory, query: Query) -> Iterator[_Candidate]:
    """Give what this audience may see and this place may use, in the order of the territory's file."""
    place = query.place
    area = directory.area_of(place) if place else directory.areas[query.area]
    alone = area.covers.communes[0] if len(area.covers.communes) == 1 else None
    codes = {place.insee, place.commune} if place else {alone}
    order = 0
    for order, service in enumerate(area.services):
        if _wanted(service, query) and (not service.communes or not codes.isdisjoint(service.communes)):
            yield _Candidate(service, fit(service, query.topic), _distance(service, place), order)
    if place is None or not place.located:
        return
    line = set(directory.line(area.id))
    for service in directory.index.near(place.lat, place.lon, ACROSS_KM):
        # What comes from above was inherited already, or hidden on purpose.
        if service.area in line or not service.sort.crosses or not _wanted(service, query):
            continue
        km = _distance(service, place)
        if km <= ACROSS_KM and (not service.communes or not codes.isdisjoint(service.communes)):
            order += 1
            # An association knows its own département best; a hospital or a police station takes whoever comes.
            away = 1 if service.sort.group == "ecoute" else 0
            yield _Candidate(service, fit(service, query.topic) + away, km, order)


def _wanted(service: Service, query: Query) -> bool:
    sort = service.sort
    return service.seen_by(query.audience) and (
        not query.groups or sort.group in query.groups or sort.id in query.groups
    )


def _phone(service: Service, confirmed: bool, now: datetime) -> Phone | None:
    """Return the number to show: the first shared one, or the first to confirm where nothing is shared (R9)."""
    if confirmed or service.phone:
        return service.phone if confirmed else None
    read = year(service.seen)
    known = len(service.sources) > 1 or (read is not None and now.year - read <= STALE_YEARS)
    return service.phones[0] if service.phones and known else None


# --- ranking ---------------------------------------------------------------------------------------------------------


def _best(found: Sequence[_Candidate], query: Query, now: datetime) -> list[tuple[tuple[object, ...], Hit]]:
    """Return the best of a group with their rank, opening only the doors that may matter.

    Inside a tier an open door wins whatever its distance: once `limit` doors are open, the farther ones cannot.
    """

    def nearest(one: _Candidate) -> tuple[int, float, str, int]:
        return (one.tier, one.km, one.service.name, 0) if query.place else (one.tier, 0.0, "", one.order)

    best: list[tuple[tuple[object, ...], Hit]] = []
    for _, tier in groupby(sorted(found, key=nearest), key=lambda one: one.tier):
        rows: list[tuple[tuple[object, ...], Hit]] = []
        opened = 0
        for one in tier:
            phone = _phone(one.service, query.confirmed, now)
            hit = Hit(one.service, phone, _told(one.km, query.place), _opening(one.service, now))
            order, *rest = nearest(one)
            rows.append(((order, _OPEN_ORDER[hit.opening.open], *rest), hit))
            opened += hit.opening.open is True
            if opened == query.limit:
                break
        best += sorted(rows, key=lambda row: row[0])
        if len(best) >= query.limit:
            break
    return best[: query.limit]


def _opening(service: Service, now: datetime) -> Opening:
    clock = zone(service.location.insee) if service.location else None
    return opening(service.hours, service.closures, now, place_tz=clock)


def _distance(service: Service, place: Place | None) -> float:
    if place is None or service.location is None:
        return _FAR
    return distance_km((service.location.lat, service.location.lon), (place.lat, place.lon))


def _told(km: float, place: Place | None) -> float | None:
    """Return a distance that may be told: not from a commune whose place is not known."""
    return round(km, 1) if place and place.located and km != _FAR else None


def _names(word: str, words: frozenset[str]) -> bool:
    return word in words or (
        len(word) > 3 and any(other.startswith(word) or fuzz.ratio(word, other) >= CLOSE for other in words)
    )
