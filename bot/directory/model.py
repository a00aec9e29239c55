"""The directory as a whole: territories, what holds in each, and the records of `records.py` under one roof.

Build one with `inherit.read`; everything here only looks things up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.directory.records import (
    AreaFile,
    Card,
    Closure,
    Covers,
    Elsewhere,
    Hours,
    LastingHours,
    Location,
    Number,
    Phone,
    Service,
)
from bot.directory.words import Checked, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.directory.index import Index
    from bot.directory.places import Place, Places

__all__ = [
    "Area",
    "AreaFile",
    "Card",
    "Checked",
    "Closure",
    "Covers",
    "Directory",
    "Elsewhere",
    "Hours",
    "LastingHours",
    "Location",
    "Number",
    "Phone",
    "Service",
    "Source",
]


@dataclass(frozen=True, slots=True)
class Area:
    """A territory and all that holds there: its own services in the order of its file, then those it inherits."""

    id: str
    name: str
    parent: str | None
    covers: Covers
    by_commune: bool
    services: tuple[Service, ...]
    file: str

    @property
    def departement(self) -> str | None:
        """Return the code of the département it is, or None."""
        return self.covers.departement


@dataclass(frozen=True, slots=True)
class Directory:
    """Who helps, where, when: compiled from knowledge/, never changed afterwards."""

    areas: Mapping[str, Area]
    numbers: Mapping[str, Number]
    cards: Mapping[str, Card]
    places: Places
    root: str
    by_commune: Mapping[str, str]
    by_epci: Mapping[str, str]
    by_departement: Mapping[str, str]
    inner: frozenset[str]
    index: Index
    words: Mapping[str, tuple[str, ...]]
    """What people call each kind of service, in the words of all files together."""

    def area_of(self, place: str | Place) -> Area:
        """Return the most specific area that covers a commune (its code or itself): nobody gets a blank."""
        found = self.places.get(place) if isinstance(place, str) else place
        if found is None:
            code = str(place)
            land = code[: 3 if code.startswith(("97", "98")) else 2]
            return self.areas[self.by_commune.get(code) or self.by_departement.get(land, self.root)]
        id = (
            self.by_commune.get(found.insee)
            or self.by_commune.get(found.commune)
            or self.by_epci.get(found.epci)
            or self.by_departement.get(found.departement, self.root)
        )
        return self.areas[id]

    def services(self, area: str) -> tuple[Service, ...]:
        """Return all that holds in an area, its own services first."""
        return self.areas[area].services

    def number(self, id: str, departement: str | None = None) -> Number:
        """Return a national number as dialled from a département; see `Number.reachable`."""
        return self.numbers[id].near(departement)

    def line(self, area: str) -> tuple[str, ...]:
        """Return the ids of an area and of those it inherits from, up to the country."""
        ids = []
        above: str | None = area
        while above is not None:
            ids.append(above)
            above = self.areas[above].parent
        return tuple(ids)

    def territory(self, area: str) -> bool:
        """Tell whether an area is a territory one can start from: not the country, and with no area inside it."""
        return area in self.areas and area != self.root and area not in self.inner
