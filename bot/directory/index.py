"""What search needs ready before anybody asks: which services stand near a point, and the words that name each.

A cell is a quarter of a degree on each side (28 km north to south, 18 to 20 km east to west in France).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, cos, floor, hypot, radians
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from bot.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.directory.model import Area, Service
    from bot.directory.places import Places

T = TypeVar("T")

CELL = 0.25
HALF = radians(0.5)
DEGREE_KM = 111.2
"""Length of a degree of latitude."""


@dataclass(frozen=True, slots=True)
class Index:
    """`held`: what holds in an area, by kind, each with its rank in the area. `cells`: what stands in a cell, by kind.

    `words`: every service once, as the area that changed it last tells it, with the words that name it.
    """

    held: Mapping[str, Mapping[str, tuple[tuple[int, Service], ...]]]
    cells: Mapping[tuple[int, int], Mapping[str, tuple[Service, ...]]]
    words: tuple[tuple[Service, frozenset[str]], ...]

    @classmethod
    def of(cls, areas: Iterable[Area], places: Places) -> Index:
        """Build the index of all areas."""
        areas = tuple(areas)
        held = {area.id: _by_kind((one.kind, (rank, one)) for rank, one in enumerate(area.services)) for area in areas}
        last = {(service.area, service.id): service for area in areas for service in area.services}
        standing: dict[tuple[int, int], list[tuple[str, Service]]] = {}
        for service in last.values():
            if service.location:
                cell = _cell(service.location.lat, service.location.lon)
                standing.setdefault(cell, []).append((service.kind, service))
        return cls(
            held=MappingProxyType(held),
            cells=MappingProxyType({cell: _by_kind(services) for cell, services in standing.items()}),
            words=tuple((service, frozenset(fold(_text(service, places)).split())) for service in last.values()),
        )

    def near(self, lat: float, lon: float, km: float) -> list[tuple[float, Mapping[str, tuple[Service, ...]]]]:
        """Return the cells that a circle touches, nearest first, each with the least distance to what stands there."""
        row, column = _cell(lat, lon)
        high = ceil(km / DEGREE_KM / CELL)
        wide = ceil(km / (DEGREE_KM * max(cos(radians(lat)), 0.1)) / CELL)
        found = []
        for y in range(row - high, row + high + 1):
            for x in range(column - wide, column + wide + 1):
                if (y, x) in self.cells:
                    corner = min(max(lat, y * CELL), (y + 1) * CELL), min(max(lon, x * CELL), (x + 1) * CELL)
                    least = flat_km(lat, lon, *corner)
                    if least <= km:
                        found.append((least, self.cells[y, x]))
        return sorted(found, key=lambda one: one[0])


def flat_km(lat: float, lon: float, lat2: float, lon2: float) -> float:
    """Return a distance as if the Earth were flat here: within 1 % up to 100 km in France, and ten times faster."""
    return DEGREE_KM * hypot(lat2 - lat, (lon2 - lon) * cos((lat + lat2) * HALF))


def _cell(lat: float, lon: float) -> tuple[int, int]:
    return floor(lat / CELL), floor(lon / CELL)


def _by_kind(pairs: Iterable[tuple[str, T]]) -> Mapping[str, tuple[T, ...]]:
    kinds: dict[str, list[T]] = {}
    for kind, one in pairs:
        kinds.setdefault(kind, []).append(one)
    return MappingProxyType({kind: tuple(held) for kind, held in kinds.items()})


def _text(service: Service, places: Places) -> str:
    commune = places.get(service.location.insee) if service.location else None
    parts = (service.name, service.organization, service.kind, service.sort.label, *service.topics)
    return " ".join((*parts, commune.name if commune else ""))
