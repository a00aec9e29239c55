"""Who may be shown, best fit first and nearest first, measured only as far as somebody looks.

Ranks of fit make tiers. Inside a tier candidates come by distance, cell after cell around the person, so that a search
among 100 000 services looks at a few dozen. Distances are rough here (1 %): they order, they are not shown.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

from bot.directory.index import NOWHERE, Cell, flat_km, least_km
from bot.directory.kinds import KINDS
from bot.directory.schedule import zone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bot.directory.index import Door, Shelf
    from bot.directory.kinds import Kind
    from bot.directory.model import Directory, Service
    from bot.directory.search import Query

ACROSS_KM = 60
"""How far across the border of its territory a service is looked for."""
AWAY = {"ecoute": 1}
"""Ranks lost across a border, by group: an association knows its own département best, a hospital takes anybody."""
OFF_TOPIC = 5
"""Ranks lost by a service whose record is about other topics than the one asked."""
AFTER = 1 << 32
"""What stands across a border comes after what holds here, all else being equal."""


class Candidate(NamedTuple):
    """A service that may be shown. Candidates of one tier compare by distance, name, then rank in the file."""

    km: float
    name: str
    order: int
    service: Service


def groups(query: Query) -> list[list[Kind]]:
    """Return the kinds this audience may see and asks for, group by group (P10)."""
    found: dict[str, list[Kind]] = {}
    for kind in KINDS.values():
        asked = not query.groups or kind.group in query.groups or kind.id in query.groups
        if asked and kind.seen_by(query.audience):
            found.setdefault(kind.group, []).append(kind)
    return list(found.values())


class Ground:
    """Where one query looks: what holds in the territory, and what stands around the person across its border."""

    def __init__(self, directory: Directory, query: Query) -> None:
        self.query, self.place, self.index = query, query.place, directory.index
        place = query.place
        area = directory.area_of(place) if place else directory.areas[query.area]
        self.line = frozenset(directory.line(area.id))
        self.cells = sorted(self._cells(area.id), key=lambda cell: cell.least)
        self.clock = zone(place.departement) if place else None
        alone = area.covers.communes[0] if len(area.covers.communes) == 1 else ""
        self.codes = frozenset((place.insee, place.commune) if place else (alone,))

    def _cells(self, area: str) -> Iterator[Cell]:
        place = self.place
        for spot, shelves in self.index.held[area].items():
            least = least_km(place.lat, place.lon, spot) if place and spot else NOWHERE
            yield Cell(least, spot, False, shelves)
        if place and place.located:
            yield from self.index.around(place.lat, place.lon, ACROSS_KM)

    def overseas(self, cell: Cell, shelf: Shelf) -> bool:
        """Tell whether an ocean lies between: what the whole country inherits, but has an address elsewhere.

        Every land overseas where people live has a clock of its own, so the clocks tell. From La Réunion nobody is
        sent to Paris.
        """
        return not (cell.across or cell.spot is None or self.clock is None or shelf.clock is self.clock)


def _all(_: Cell, shelf: Shelf) -> Iterable[Door]:
    return shelf.doors


_NONE: frozenset[int] = frozenset()
_Wanted = tuple[str, frozenset[int], bool | None]
"""A kind, the sorts of it that may be shown, and whether only those about the topic asked, or only the others."""


class Tiers:
    """The candidates of some kinds, tier after tier, `shared` telling whether they have a number anybody may see.

    In the person's territory, all that it inherits and does not hide. Across its border, the kinds that help whoever
    comes; not what comes from above, which was inherited already or hidden on purpose.
    """

    def __init__(self, ground: Ground, kinds: Sequence[Kind], *, shared: bool) -> None:
        self._ground = ground
        self._wanted: dict[int, tuple[list[_Wanted], list[_Wanted]]] = {}
        topic = ground.query.topic
        for kind in kinds:
            plain, topical = ground.index.seen.get((kind.id, ground.query.audience, shared), (_NONE, _NONE))
            rank = kind.fit(topic)
            if topic is None:
                self._want(rank, kind, plain | topical)
            else:
                self._want(rank, kind, plain)
                self._want(rank, kind, topical, on_topic=True)
                self._want(rank + OFF_TOPIC, kind, topical, on_topic=False)

    def _want(self, rank: int, kind: Kind, sorts: frozenset[int], *, on_topic: bool | None = None) -> None:
        if sorts:
            self._wanted.setdefault(rank, ([], []))[False].append((kind.id, sorts, on_topic))
            if kind.crosses:
                away = rank + AWAY.get(kind.group, 0)
                self._wanted.setdefault(away, ([], []))[True].append((kind.id, sorts, on_topic))

    def __iter__(self) -> Iterator[int]:
        """Give the ranks of fit there may be, best first."""
        return iter(sorted(self._wanted))

    def nearest(
        self, tier: int, pick: Callable[[Cell, Shelf], Iterable[Door]] = _all, within: float = NOWHERE
    ) -> Iterator[Candidate]:
        """Give the candidates of a tier, nearest first: the doors picked, and nothing of the cells beyond `within`."""
        ground, waiting = self._ground, []  # type: Ground, list[Candidate]
        for cell in ground.cells:
            if within < cell.least < NOWHERE:
                continue
            while waiting and waiting[0].km < cell.least:
                yield heappop(waiting)
            for kind, sorts, on_topic in self._wanted[tier][cell.across]:
                for shelf in cell.shelves.get(kind, ()):
                    if shelf.sort in sorts and not ground.overseas(cell, shelf):
                        doors = pick(cell, shelf)
                        if on_topic is not None:
                            doors = (door for door in doors if (ground.query.topic in door.service.topics) is on_topic)
                        self._meet(cell.across, doors, waiting)
        while waiting:
            yield heappop(waiting)

    def _meet(self, across: bool, doors: Iterable[Door], waiting: list[Candidate]) -> None:
        """Let doors wait, but those that are for other communes, too far across the border, or inherited already."""
        ground, place = self._ground, self._ground.place
        for lat, lon, name, order, _, communes, service in doors:
            if communes and ground.codes.isdisjoint(communes):
                continue
            km = flat_km(place.lat, place.lon, lat, lon) if place and lat != NOWHERE else NOWHERE
            if across:
                if km > ACROSS_KM or service.area in ground.line:
                    continue
                order += AFTER
            heappush(waiting, Candidate(km, name if place else "", order, service))
