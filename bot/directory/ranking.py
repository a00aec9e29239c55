"""The order of the services of a group: fit, then an open door, then distance (R1), each looked at only if it matters.

Inside a tier come the near doors that are open, then those whose hours are not known and the far ones, then the closed
ones, each by distance. Hours are read last, and only of doors that may be open at this half hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.directory.candidates import Tiers
from bot.directory.index import NOWHERE, ROUGH, most_km
from bot.directory.places import distance_km
from bot.directory.schedule import opening, year
from bot.directory.week import bit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.directory.candidates import Ground
    from bot.directory.index import Cell, Door, Shelf
    from bot.directory.kinds import Kind
    from bot.directory.model import Phone, Service
    from bot.directory.places import Place
    from bot.directory.schedule import Opening

FAR = 40
"""Kilometres beyond which an open door is worth no more than a near one whose hours are not known."""
STALE_YEARS = 5
"""A single source older than this gives no number, even to a professional (R9)."""

OPEN, MAYBE, CLOSED = range(3)
"""What a door is worth inside its tier."""
_WORTH = {True: OPEN, None: MAYBE, False: CLOSED}


@dataclass(frozen=True, slots=True)
class Hit:
    """A service to show, the one number of it to show, and how far it is from the place asked (kilometres)."""

    service: Service
    phone: Phone | None
    distance_km: float | None
    opening: Opening


Row = tuple[tuple[object, ...], Hit]
"""A service and its rank inside its group."""


def best(ground: Ground, kinds: Sequence[Kind], now: datetime) -> Iterator[Row]:
    """Give the services of a group with their rank, best first, as long as somebody asks."""
    sight = Sight(ground, now)
    tiers = Tiers(ground, kinds, shared=ground.query.confirmed)
    for tier in tiers:
        yield from _one_a_line(sight.rows(tiers, tier), ground.place)


def phone_to_show(service: Service, confirmed: bool, now: datetime) -> Phone | None:
    """Return the number to show: the first shared one, or the first to confirm where nothing is shared (R9)."""
    if confirmed or service.phone:
        return service.phone if confirmed else None
    read = year(service.seen)
    known = len(service.sources) > 1 or (read is not None and now.year - read <= STALE_YEARS)
    return service.phones[0] if service.phones and known else None


def distance(service: Service, place: Place | None) -> float:
    """Return how far a service is, infinity when one of the two stands nowhere."""
    if place is None or service.location is None:
        return NOWHERE
    return distance_km((service.location.lat, service.location.lon), (place.lat, place.lon))


def to_tell(km: float, place: Place | None) -> float | None:
    """Return a distance that may be told: not from a commune whose place is not known."""
    return round(km, 1) if place and place.located and km != NOWHERE else None


def worth(answers: Opening, km: float) -> int:
    """Return what a door is worth: far, an open one is no better than a near one whose hours are not known."""
    return MAYBE if FAR < km < NOWHERE else _WORTH[answers.open]


def _one_a_line(rows: Iterator[Row], place: Place | None) -> Iterator[Row]:
    """Keep one service for each direct line: the nearest of a commune, else the one whose hours are known."""
    kept: dict[str, Row] = {}
    for row in rows:
        _, hit = row
        line = hit.phone.number if hit.phone and hit.phone.status != "national" else hit.service.id
        if line not in kept:
            kept[line] = row
            if place is not None:
                yield row
        elif kept[line][1].opening.open is None and hit.opening.open is not None:
            kept[line] = kept[line][0], hit
    if place is None:
        yield from kept.values()


class Sight:
    """What one instant shows of the doors of one query: which may be open, which are."""

    def __init__(self, ground: Ground, now: datetime) -> None:
        self._ground, self._now = ground, now
        self._bits: dict[ZoneInfo, int] = {}
        self._openings: dict[int, Opening] = {}

    def rows(self, tiers: Tiers, tier: int) -> Iterator[Row]:
        """Give a tier in order. Each worth is a walk of its own, so that the closed are met only if they matter."""
        place, confirmed = self._ground.place, self._ground.query.confirmed
        near = FAR * (1 + ROUGH)
        for wanted, pick, within in (
            (OPEN, self._may_be_open, near),
            (MAYBE, self._may_be, NOWHERE),
            (CLOSED, _any, near),
        ):
            for one in tiers.nearest(tier, pick, within):
                phone, km = phone_to_show(one.service, confirmed, self._now), distance(one.service, place)
                if phone and self._is(wanted, one.service, km):
                    hit = Hit(one.service, phone, to_tell(km, place), self._opening(one.service))
                    yield (tier, wanted, *one[:3]), hit

    def _is(self, wanted: int, service: Service, km: float) -> bool:
        """Tell what a door is worth, without reading the hours of a far one."""
        return wanted == MAYBE if FAR < km < NOWHERE else _WORTH[self._opening(service).open] == wanted

    def _opening(self, service: Service) -> Opening:
        found = self._openings.get(id(service))
        if found is None:
            clock = self._ground.index.clock(service)
            found = self._openings[id(service)] = opening(service.hours, service.closures, self._now, place_tz=clock)
        return found

    # Which doors of a shelf a walk meets.

    def _may_be_open(self, _: Cell, shelf: Shelf) -> Iterable[Door]:
        half_hour = self._bit(shelf)
        return [door for door in shelf.doors if door.week & half_hour] if shelf.week & half_hour else ()

    def _may_be(self, cell: Cell, shelf: Shelf) -> Iterable[Door]:
        """Leave out the doors that are near and certainly closed, where that is soon seen."""
        place = self._ground.place
        if not shelf.timed or (place and cell.spot and most_km(place.lat, place.lon, cell.spot) > FAR * (1 - ROUGH)):
            return shelf.doors
        return self._may_be_open(cell, shelf)

    def _bit(self, shelf: Shelf) -> int:
        found = self._bits.get(shelf.clock)
        if found is None:
            found = self._bits[shelf.clock] = bit(self._now, shelf.clock)
        return found


def _any(_: Cell, shelf: Shelf) -> Iterable[Door]:
    return shelf.doors
