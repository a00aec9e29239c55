"""What search needs ready before anybody asks: which services stand near a point, sorted by what decides who sees them.

A cell is a quarter of a degree on each side (28 km north to south, 18 to 20 km east to west in France). No land of
France crosses the 180th meridian or comes near a pole, so cells need no wrapping.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from math import ceil, cos, floor, hypot, radians
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

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
    """What decides who sees a service, how well it fits, and by which clock it opens: few sorts for many services."""

    kind: str
    topics: tuple[str, ...]
    audiences: tuple[str, ...]
    professional_only: bool
    shared: bool
    timed: bool
    clock: ZoneInfo


class Shelf(NamedTuple):
    """The doors of one sort in a cell; `week` holds every half hour when one of them may be open."""

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

    `sorts`: every sort with one service of it, by kind, each with its number. `services`: every service once, as the
    area that changed it last tells it. `clocks`: the clock of an area, for what stands nowhere.
    """

    held: Mapping[str, Mapping[Spot, Shelves]]
    standing: Mapping[Spot, Shelves]
    sorts: Mapping[str, tuple[tuple[int, Sort, Service], ...]]
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
            sorts=MappingProxyType(shelving.by_kind()),
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
        self._known: dict[int, tuple[int, Sort]] = {}

    def cells(self, doors: Iterable[Door]) -> Mapping[Spot, Shelves]:
        """Return the shelves of some doors, by cell and kind."""
        piles: defaultdict[Spot, defaultdict[int, list[Door]]] = defaultdict(lambda: defaultdict(list))
        sorts: dict[int, Sort] = {}
        for door in doors:
            number, sort = self._sort(door)
            sorts[number] = sort
            piles[None if door.lat == NOWHERE else _cell(door.lat, door.lon)][number].append(door)
        cells: dict[Spot, Shelves] = {}
        for spot, pile in piles.items():
            kinds: dict[str, tuple[Shelf, ...]] = {}
            for number, held in pile.items():
                sort, week = sorts[number], 0
                for door in held:
                    week |= door.week
                shelf = Shelf(number, sort.timed, sort.clock, week, tuple(held))
                kinds[sort.kind] = (*kinds.get(sort.kind, ()), shelf)
            cells[spot] = kinds
        return cells

    def by_kind(self) -> dict[str, tuple[tuple[int, Sort, Service], ...]]:
        """Return the sorts met, each with its number and a service of it."""
        kinds: dict[str, tuple[tuple[int, Sort, Service], ...]] = {}
        for sort, (number, service) in self._sorts.items():
            kinds[sort.kind] = (*kinds.get(sort.kind, ()), (number, sort, service))
        return kinds

    def _sort(self, door: Door) -> tuple[int, Sort]:
        known = self._known.get(door.order)
        if known is None:
            one = door.service
            clock = zone(one.location.insee) if one.location else self._clocks[one.area]
            who = (one.kind, one.topics, one.audiences, one.professional_only)
            sort = Sort(*who, one.phone is not None, one.hours is not None, clock)
            number, _ = self._sorts.setdefault(sort, (len(self._sorts), one))
            known = self._known[door.order] = number, sort
        return known
