"""A commune, and what looking for one gives. Points are (lat, lon) in degrees, WGS 84."""

from __future__ import annotations

import math
from dataclasses import dataclass

EARTH_KM = 6371.0088
"""Mean radius of the Earth, as the IUGG gives it."""


LONGEST_LABEL = 28
"""Characters of a button."""


@dataclass(frozen=True, slots=True)
class Place:
    """A commune, or an arrondissement of Paris, Lyon or Marseille.

    `departement` is a code (« 2A », « 974 »). `commune` is `insee`, save for an arrondissement: there it is the INSEE
    code of the town, the one to compare with lists of communes. When not `located`, lat and lon are the centre of the
    département (92 communes overseas, up to 1 500 km away): good for an order, never for a distance to show.
    """

    insee: str
    name: str
    departement: str
    departement_name: str
    region: str
    postcodes: tuple[str, ...]
    epci: str
    lat: float
    lon: float
    population: int
    commune: str
    located: bool

    @property
    def full_name(self) -> str:
        """Return its name, and its département so that its namesakes are told apart."""
        return f"{self.name} ({self.departement_name})"

    @property
    def label(self) -> str:
        """Return its full name as a button may bear it, shortened where it is long: « Boulogne-Billancourt (92) »."""
        if len(self.full_name) <= LONGEST_LABEL:
            return self.full_name
        land = f" ({self.departement})"
        room = LONGEST_LABEL - len(land)
        return (self.name if len(self.name) <= room else f"{self.name[: room - 1]}…") + land


@dataclass(frozen=True, slots=True)
class Found:
    """No place: unknown. One: sure. Several: ask which, likeliest first.

    `former` is the official name of a commune that no longer is one, when that is what was typed.
    """

    places: tuple[Place, ...] = ()
    former: str | None = None


def distance_km(a: Place | tuple[float, float], b: Place | tuple[float, float]) -> float:
    """Return the length of the great circle between two communes, or two points (lat, lon)."""
    lat1, lon1 = map(math.radians, (a.lat, a.lon) if isinstance(a, Place) else a)
    lat2, lon2 = map(math.radians, (b.lat, b.lon) if isinstance(b, Place) else b)
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(h)))
