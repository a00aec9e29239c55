"""What search needs ready before anybody asks: which services stand near a point, sorted by what decides who sees them.

A cell is a quarter of a degree on each side (28 km north to south, 18 to 20 km east to west in France). No land of
France crosses the 180th meridian or comes near a pole, so cells need no wrapping.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce
from math import ceil, cos, floor, hypot, radians
from operator import or_
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from bot.directory.kinds import AUDIENCES
from bot.directory.schedule import zone
from bot.directory.vocabulary import Vocabulary
from bot.directory.week import bits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from zoneinfo import ZoneInfo

    from bot.directory.model import Area, Service
    from bot.directory.places import Places

CELL = 0.25
HALF = radians(0.5)
DEGREE_KM = 111.2
"""Length of a degree of latitude."""
ROUGH = 0.01
"""How wrong a flat distance may be, as a part of it, up to 100 km."""
NOWHERE = float("inf")

Spot = tuple[int, int] | None
"""A cell by its row and column, None for what stands nowhere that is known."""
Shelves: TypeAlias = "Mapping[str, tuple[Shelf, ...]]"
"""The shelves of a cell, by kind."""


class Door(NamedTuple):
    """A service as search compares it. `order` is the last word: that of the files, the most local first."""

    lat: float
    lon: float
    name: str
    order: int
    week: int
    communes: tuple[str, ...]
    service: Service


class Sort(NamedTuple):
    """What decides who sees a service: few sorts for many services. `topical`: its record names topics of its own."""

    kind: str
    audiences: frozenset[str]
    professional_only: bool
    shared: bool
    topical: bool


class Shelf(NamedTuple):
    """The doors of one sort in a cell. `week` holds every half hour when one of them may be open."""

    sort: int
    timed: bool
    clock: ZoneInfo
    week: int
    doors: tuple[Door, ...]


class Cell(NamedTuple):
    """A cell seen from a point: the least distance to what stands there, and its shelves by kind."""

    least: float
    spot: Spot
    across: bool
    shelves: Shelves


@dataclass(frozen=True)
class Index:
    """`held`: what holds in an area, by cell. `standing`: what stands in a cell, whichever area says so.

    `seen`: the sorts of a kind that an audience may see, with a number to share or without: those that name no topic,
    then those that do. `services`: every service once, as the area that changed it last tells it. `clocks`: the clock
    of an area, for what stands nowhere.
    """

    held: Mapping[str, Mapping[Spot, Shelves]]
    standing: Mapping[Spot, Shelves]
    seen: Mapping[tuple[str, str | None, bool], tuple[frozenset[int], frozenset[int]]]
    services: tuple[Service, ...]
    clocks: Mapping[str, ZoneInfo]
    places: Places

    @classmethod
    def of(cls, areas: Iterable[Area], places: Places) -> Index:
        """Build the index of all areas."""
        by_id = {area.id: area for area in areas}
        clocks = {id: _clock(area, by_id) for id, area in by_id.items()}
        shelving, doors = _Shelving(clocks), {}
        for order, service in enumerate(_most_local_first(by_id)):
            place = service.location
            week = bits(service.hours.osm) if service.hours else 0
            lat, lon = (place.lat, place.lon) if place else (NOWHERE, NOWHERE)
            doors[id(service)] = Door(lat, lon, service.name, order, week, service.communes, service)
        last = {(service.area, service.id): service for area in by_id.values() for service in area.services}
        held = {area.id: shelving.cells(doors[id(one)] for one in area.services) for area in by_id.values()}
        return cls(
            held=MappingProxyType(held),
            standing=MappingProxyType(shelving.cells(doors[id(one)] for one in last.values() if one.location)),
            seen=MappingProxyType(shelving.seen()),
            services=tuple(last.values()),
            clocks=MappingProxyType(clocks),
            places=places,
        )

    @cached_property
    def words(self) -> Vocabulary:
        """Return the words that name each service: no conversation asks, so they wait for who does."""
        return Vocabulary.of(self.services, self.places)

    def clock(self, service: Service) -> ZoneInfo:
        """Return the clock a service opens by: that of its commune, else that of its area."""
        return zone(service.location.insee) if service.location else self.clocks[service.area]

    def around(self, lat: float, lon: float, km: float) -> Iterator[Cell]:
        """Give the cells that a circle touches."""
        row, column = _cell(lat, lon)
        high = ceil(km / DEGREE_KM / CELL)
        wide = ceil(km / (DEGREE_KM * max(cos(radians(lat)), 0.1)) / CELL)
        for y in range(row - high, row + high + 1):
            for x in range(column - wide, column + wide + 1):
                if (shelves := self.standing.get((y, x))) and (least := least_km(lat, lon, (y, x))) <= km:
                    yield Cell(least, (y, x), True, shelves)


def flat_km(lat: float, lon: float, lat2: float, lon2: float) -> float:
    """Return a distance as if the Earth were flat here: within 1 % up to 100 km in France, and ten times faster."""
    return DEGREE_KM * hypot(lat2 - lat, (lon2 - lon) * cos((lat + lat2) * HALF))


def least_km(lat: float, lon: float, spot: tuple[int, int]) -> float:
    """Return a distance nothing in a cell is nearer than. Its nearest point may be a little nearer than its side."""
    y, x = spot
    nearest = min(max(lat, y * CELL), (y + 1) * CELL), min(max(lon, x * CELL), (x + 1) * CELL)
    return flat_km(lat, lon, *nearest) * (1 - ROUGH)


def most_km(lat: float, lon: float, spot: tuple[int, int]) -> float:
    """Return a distance nothing in a cell is farther than."""
    y, x = (abs((edge + 0.5) * CELL - at) + CELL / 2 for edge, at in zip(spot, (lat, lon), strict=True))
    return DEGREE_KM * hypot(y, x * cos(radians(max(abs(lat) - y, 0))))


def _cell(lat: float, lon: float) -> tuple[int, int]:
    return floor(lat / CELL), floor(lon / CELL)


def _clock(area: Area, areas: Mapping[str, Area]) -> ZoneInfo:
    """Return the clock of an area, that of the area above where it does not say which département it is in."""
    code = area.covers.departement or next(iter(area.covers.communes), None)
    return _clock(areas[area.parent], areas) if code is None and area.parent else zone(code)


def _most_local_first(areas: Mapping[str, Area]) -> Iterator[Service]:
    """Give every version of every service once, in an order that is that of every area: its own, then those above."""
    for area in reversed(tuple(areas.values())):
        above = areas[area.parent].services if area.parent else ()
        inherited = set(map(id, above))
        yield from (service for service in area.services if id(service) not in inherited)


class _Shelving:
    """Puts doors on shelves, and numbers the sorts it meets."""

    def __init__(self, clocks: Mapping[str, ZoneInfo]) -> None:
        self._clocks = clocks
        self._sorts: dict[Sort, tuple[int, Service]] = {}
        self._places: dict[int, tuple[Spot, str, int, bool, ZoneInfo]] = {}

    def cells(self, doors: Iterable[Door]) -> Mapping[Spot, Shelves]:
        """Return the shelves of some doors, by cell and kind."""
        piles: dict[tuple[Spot, str, int, bool, ZoneInfo], list[Door]] = {}
        for door in doors:
            piles.setdefault(self._place(door), []).append(door)
        cells: dict[Spot, dict[str, tuple[Shelf, ...]]] = {}
        for (spot, kind, sort, timed, clock), held in piles.items():
            week = reduce(or_, (door.week for door in held))
            shelf = Shelf(sort, timed, clock, week, tuple(held))
            shelves = cells.setdefault(spot, {})
            shelves[kind] = (*shelves.get(kind, ()), shelf)
        return cells

    def seen(self) -> dict[tuple[str, str | None, bool], tuple[frozenset[int], frozenset[int]]]:
        """Return which of the sorts met each audience may see."""
        found: dict[tuple[str, str | None, bool], tuple[set[int], set[int]]] = {}
        for sort, (number, service) in self._sorts.items():
            for audience in (*AUDIENCES, None):
                if service.seen_by(audience):
                    found.setdefault((sort.kind, audience, sort.shared), (set(), set()))[sort.topical].add(number)
        return {key: (frozenset(plain), frozenset(topical)) for key, (plain, topical) in found.items()}

    def _place(self, door: Door) -> tuple[Spot, str, int, bool, ZoneInfo]:
        """Return the cell of a door, and what makes two doors share a shelf: their sort, having hours, their clock."""
        known = self._places.get(door.order)
        if known is None:
            one = door.service
            spot = _cell(door.lat, door.lon) if one.location else None
            clock = zone(one.location.insee) if one.location else self._clocks[one.area]
            who = frozenset(one.audiences), one.professional_only, one.phone is not None, bool(one.topics)
            number, _ = self._sorts.setdefault(Sort(one.kind, *who), (len(self._sorts), one))
            known = self._places[door.order] = spot, one.kind, number, one.hours is not None, clock
        return known
