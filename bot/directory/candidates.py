"""Who may be shown, best fit first and nearest first, measured only as far as somebody looks.

Ranks of fit make tiers. Inside a tier candidates come by distance, cell after cell around the person, so that a search
among 100 000 services looks at a few dozen. Distances are rough here (1 %): they order, they are not shown.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

from bot.directory.index import flat_km
from bot.directory.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bot.directory.kinds import Kind
    from bot.directory.model import Directory, Service
    from bot.directory.search import Query

ACROSS_KM = 60
"""How far across the border of its territory a service is looked for."""
AWAY = {"ecoute": 1}
"""Ranks lost across a border, by group: an association knows its own département best, a hospital takes anybody."""
OFF_TOPIC = 5
"""Ranks lost by a service whose record is about other topics than the one asked."""
LAST = max(kind.rank for kind in KINDS.values()) + OFF_TOPIC + max(AWAY.values())
NOWHERE = float("inf")


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


def fit(service: Service, topic: str | None) -> int:
    """Return how well a service fits a topic, 0 being best (R1)."""
    off = topic is not None and bool(service.topics) and topic not in service.topics
    return service.sort.fit(topic) + (OFF_TOPIC if off else 0)


class Ground:
    """Where one query looks: what holds in the territory, and what stands around the person across its border."""

    def __init__(self, directory: Directory, query: Query) -> None:
        self.query, self.place = query, query.place
        place = query.place
        area = directory.area_of(place) if place else directory.areas[query.area]
        self.held = directory.index.held[area.id]
        self.around = directory.index.near(place.lat, place.lon, ACROSS_KM) if place and place.located else []
        self.line = frozenset(directory.line(area.id))
        self.size = len(area.services)
        alone = area.covers.communes[0] if len(area.covers.communes) == 1 else ""
        self.codes = frozenset((place.insee, place.commune) if place else (alone,))


class Tiers:
    """The candidates of some kinds: iterate to get (rank of fit, candidates nearest first), best rank first.

    In the person's territory, all that it inherits and does not hide. Across its border, the kinds that help whoever
    comes; not what comes from above, which was inherited already or hidden on purpose. `keep` is asked last.
    """

    def __init__(self, ground: Ground, kinds: Sequence[Kind], keep: Callable[[Service], bool]) -> None:
        self._ground, self._kinds, self._keep = ground, kinds, keep
        self._topic, self._audience = ground.query.topic, ground.query.audience
        self._order = ground.size
        self._waiting: list[list[Candidate]] = [[] for _ in range(LAST + 1)]

    def __iter__(self) -> Iterator[tuple[int, Iterator[Candidate]]]:
        """Give every tier; what is left of one when the next is asked for is never looked at."""
        for tier in range(LAST + 1):
            yield tier, self._candidates(tier)

    def _candidates(self, tier: int) -> Iterator[Candidate]:
        waiting = self._waiting[tier]
        kinds = [kind for kind in self._kinds if kind.fit(self._topic) == tier]
        for kind in kinds:
            for order, service in self._ground.held.get(kind.id, ()):
                self._meet(service, order)
        crossing = [kind for kind in kinds if kind.crosses]
        for least, cell in self._ground.around if crossing else ():
            while waiting and waiting[0].km <= least:
                yield heappop(waiting)
            for kind in crossing:
                for service in cell.get(kind.id, ()):
                    if service.area not in self._ground.line:
                        self._order += 1
                        self._meet(service, self._order, AWAY.get(kind.group, 0), ACROSS_KM)
        while waiting:
            yield heappop(waiting)

    def _meet(self, service: Service, order: int, lost: int = 0, within: float = NOWHERE) -> None:
        """Let a service wait in the tier it deserves, if it may be shown to this person at all."""
        if service.communes and self._ground.codes.isdisjoint(service.communes):
            return
        km, name = NOWHERE, ""
        if place := self._ground.place:
            name = service.name
            if service.location:
                km = flat_km(place.lat, place.lon, service.location.lat, service.location.lon)
        if km <= within and service.seen_by(self._audience) and self._keep(service):
            heappush(self._waiting[fit(service, self._topic) + lost], Candidate(km, name, order, service))
