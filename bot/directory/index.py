"""What search needs ready before anybody asks: which services stand near a point, and the words that name each.

A cell is half a degree on each side (55 km north to south, 35 to 40 km east to west in France).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, cos, floor, radians
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.directory.model import Area, Service
    from bot.directory.places import Places

CELL = 0.5
DEGREE_KM = 111.2
"""Length of a degree of latitude."""


@dataclass(frozen=True, slots=True)
class Index:
    """Every service once (as the area that changed it last tells it), by cell, and by the words that name it."""

    cells: Mapping[tuple[int, int], tuple[Service, ...]]
    words: tuple[tuple[Service, frozenset[str]], ...]

    @classmethod
    def of(cls, areas: Iterable[Area], places: Places) -> Index:
        """Build the index of all areas."""
        last = {(service.area, service.id): service for area in areas for service in area.services}
        cells: dict[tuple[int, int], list[Service]] = {}
        for service in last.values():
            if service.location:
                cells.setdefault(_cell(service.location.lat, service.location.lon), []).append(service)
        words = tuple((service, frozenset(fold(_text(service, places)).split())) for service in last.values())
        return cls(MappingProxyType({cell: tuple(held) for cell, held in cells.items()}), words)

    def near(self, lat: float, lon: float, km: float) -> Iterator[Service]:
        """Give the services of the cells that a circle touches; some are a little farther than `km`."""
        row, column = _cell(lat, lon)
        high = ceil(km / DEGREE_KM / CELL)
        wide = ceil(km / (DEGREE_KM * max(cos(radians(lat)), 0.1)) / CELL)
        for y in range(row - high, row + high + 1):
            for x in range(column - wide, column + wide + 1):
                yield from self.cells.get((y, x), ())


def _cell(lat: float, lon: float) -> tuple[int, int]:
    return floor(lat / CELL), floor(lon / CELL)


def _text(service: Service, places: Places) -> str:
    commune = places.get(service.location.insee) if service.location else None
    parts = (service.name, service.organization, service.kind, service.sort.label, *service.topics)
    return " ".join((*parts, commune.name if commune else ""))
