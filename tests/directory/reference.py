"""The rule of the order, as plainly as it can be said: look at every service of the country, sort, take the first.

It shares with the search what a service says of itself (who sees it, its number, its hours) and how distances are
measured, but nothing of how services are found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.directory.candidates import ACROSS_KM, AWAY, OFF_TOPIC
from bot.directory.index import NOWHERE, flat_km
from bot.directory.ranking import FAR, distance, phone_to_show
from bot.directory.schedule import opening, zone

if TYPE_CHECKING:
    from datetime import datetime

    from bot.directory.model import Directory, Service
    from bot.directory.search import Query

Key = tuple[object, ...]
Found = tuple[Key, "Service", str]


def search(directory: Directory, query: Query, now: datetime) -> list[str]:
    """Return the ids of the services to show, best first."""
    if not query.confirmed and query.audience != "professionnel":
        return []
    lists = {}
    for key, service, line in sorted(_found(directory, query, now), key=lambda one: one[0]):
        kept = lists.setdefault(service.sort.group, {})
        kept.setdefault((key[0], line), (key, service))  # one service a line, in each tier
    ranks = [list(kept.values()) for kept in lists.values()]
    order = []
    for turn in range(max(map(len, ranks), default=0)):
        order += sorted((rank[turn] for rank in ranks if turn < len(rank)), key=lambda one: one[0])
    return [service.id for _, service in order[: query.limit]]


def _found(directory: Directory, query: Query, now: datetime) -> list[Found]:
    place = query.place
    assert place is not None
    area = directory.area_of(place)
    held = {id(service) for service in area.services}
    line = directory.line(area.id)
    last = {(one.area, one.id): one for any_area in directory.areas.values() for one in any_area.services}
    found = []
    every = {id(one): one for one in (*area.services, *last.values())}
    for order, service in enumerate(every.values()):
        here = id(service) in held
        if not (here or (place.located and service.location and service.sort.crosses and service.area not in line)):
            continue
        if service.communes and not {place.insee, place.commune} & set(service.communes):
            continue
        asked = not query.groups or service.sort.group in query.groups or service.kind in query.groups
        phone = phone_to_show(service, query.confirmed, now)
        if not asked or not service.seen_by(query.audience) or phone is None:
            continue
        km, rough = distance(service, place), NOWHERE
        if service.location:
            rough = flat_km(place.lat, place.lon, service.location.lat, service.location.lon)
            if not here and rough > ACROSS_KM:
                continue
            if here and zone(service.location.insee) is not zone(place.departement):
                continue
        off = query.topic and service.topics and query.topic not in service.topics
        tier = service.sort.fit(query.topic) + (OFF_TOPIC if off else 0)
        tier += 0 if here else AWAY.get(service.sort.group, 0)
        clock = directory.index.clock(service)
        state = opening(service.hours, service.closures, now, place_tz=clock).open
        worth = 1 if FAR < km < NOWHERE else {True: 0, None: 1, False: 2}[state]
        line_ = service.id if phone.status == "national" else phone.number
        found.append(((tier, worth, rough, service.name, order), service, line_))
    return found
