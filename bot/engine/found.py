"""What a professional looks up in a few words: the services found, on a screen that only offers.

Nothing of it enters the session: the screen stands in front of the one where the words were typed, and « Retour » takes
it away. Where several communes are as good, each is a button that carries the whole search, by codes and not by words:

    ? · commune, 5 · day of the month, 2 (00 when no day is asked) · what is looked for, 4 of its hash
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from bot.directory.search import Query, partners
from bot.engine.message import Choice
from bot.engine.page import LEANEST, LONGEST, Page
from bot.engine.script import choice_code
from bot.engine.session import FIND
from bot.engine.view import View
from bot.engine.when import day

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from bot.directory.model import Service
    from bot.directory.places import Place
    from bot.directory.search import Hit
    from bot.engine.message import Screen
    from bot.engine.script import Script
    from bot.engine.session import Session
    from bot.understand.asked import Meant

Hits: TypeAlias = "tuple[Hit, ...]"

AUDIENCE = "professionnel"
"""Whose flows it is for: others are offered what was written for them, never what they did not ask for."""
CARDS = 3
NAMED = 2
"""Services without a number that are named."""
LOOKED = 200
"""Services looked at to find one by its name, or those open on another day."""
CHOICES = 6


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for. `places`: the communes meant, the likeliest first; `sure`: the first needs no question."""

    meant: Meant
    places: tuple[Place, ...]
    sure: bool
    day: date | None

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Return the same search in each of the communes meant."""
        on = f"{self.day.day:02}" if self.day else "00"
        code = choice_code(self.meant.phrase)
        return tuple(Choice(f"{FIND}{place.insee}{on}{code}", place.label) for place in self.places[:CHOICES])


def typed(script: Script, session: Session, text: str, now: datetime) -> Search | None:
    """Return the search that a message is, in a professional's flow."""
    return read(View(script, session, now), text) if script.steps[session.at].head.audience == AUDIENCE else None


def read(view: View, text: str) -> Search | None:
    """Return the search that a message is, None when it names no service."""
    asked = view.script.lexicon.asked(text, view.here, view.departement)
    if asked.service is None:
        return None
    places, sure = _likeliest(view, asked.places)
    return Search(asked.service, places, sure, asked.day)


def pressed(script: Script, session: Session, choice: str, now: datetime) -> Search | None:
    """Return the search that a button carries, None when it is forged or older than the content."""
    insee, on, code = choice[1:6], choice[6:8], choice[8:]
    place, meant = script.directory.places.get(insee), script.meant.get(code)
    if script.steps[session.at].head.audience != AUDIENCE or place is None or meant is None:
        return None
    today = View(script, session, now).here.date()
    days = (today + timedelta(days=ahead) for ahead in range(31))
    return Search(meant, (place,), True, next((one for one in days if f"{one.day:02}" == on), None))


def screen(script: Script, session: Session, search: Search, now: datetime) -> Screen:
    """Return the services found, those whose number nobody confirmed after the others."""
    place = search.places[0] if search.places else None
    view = View(script, replace(session, place=place.insee) if place else session, now)
    hits = found(view, search, CARDS)
    unsure = found(view, search, CARDS - len(hits), confirmed=False)
    named = unnumbered(view, search, NAMED, {hit.service.id for hit in unsure})
    for lean in range(LEANEST + 1):
        page = Page(view, (), lean)
        _draw(page, search, hits, unsure, named)
        if page.length() <= LONGEST:
            break
    choices = (*search.choices[1 : CHOICES - 1], view.go_home())
    bar = script.bar(session.locale, "")
    return replace(page.screen(script.steps[session.at]), choices=choices, bar=bar, offers=True)


def _likeliest(view: View, places: tuple[Place, ...]) -> tuple[tuple[Place, ...], bool]:
    """Put first the commune of the session, or the only one of its département; tell whether it is good enough.

    Communes that share a postcode are neighbours: what is found near the largest is found near the others.
    """
    here = [one for one in places if view.place and one.insee == view.place.insee]
    here = here or [one for one in places if one.departement == view.departement]
    neighbours = bool(places) and bool(frozenset.intersection(*(frozenset(one.postcodes) for one in places)))
    ordered = tuple(dict.fromkeys((*here, *places)))
    return ordered, len(places) < 2 or len(here) == 1 or neighbours


def found(view: View, search: Search, most: int, *, confirmed: bool = True, audience: str = AUDIENCE) -> Hits:
    """Return what an audience may see of a search, best first; those open on the day asked before those closed."""
    query = _query(view, search, most, audience, confirmed=confirmed)
    hits = [hit for hit in view.script.found(query, view.now) if _fits(search, hit.service)]
    if on := search.day:
        hits.sort(key=lambda hit: (hit.service.sort.rank, _worth(view, hit.service, on)))
    return tuple(hits[:most])


def unnumbered(
    view: View, search: Search, most: int, shown: Collection[str], audience: str = AUDIENCE
) -> tuple[Service, ...]:
    """Return those that fit and have no number to share, but what is shown already."""
    fitting = partners(view.script.directory, _query(view, search, most, audience, confirmed=True))
    return tuple(one for one in fitting if one.id not in shown and _fits(search, one))[:most]


def _query(view: View, search: Search, most: int, audience: str, *, confirmed: bool) -> Query:
    limit = LOOKED if search.meant.ids or search.day else most + CARDS
    return Query(view.area, view.place, audience, groups=search.meant.kinds, limit=limit, confirmed=confirmed)


def _fits(search: Search, service: Service) -> bool:
    return not search.meant.ids or service.id in search.meant.ids


def _worth(view: View, service: Service, on: date) -> int:
    open_then = view.spans(service, on)
    return 1 if open_then is None else 0 if open_then else 2


def _draw(page: Page, search: Search, hits: Hits, unsure: Hits, named: tuple[Service, ...]) -> None:
    view = page.view
    where = view.place.full_name if view.place else view.script.directory.areas[view.area].name
    if search.day:
        where = f"{where}, {day(search.day, view.here.date(), view.phrase, view.session.locale)}"
    if not (hits or unsure or named):
        page.tell(view.phrase("found where" if view.needs_place() else "found none").replace("{place}", where))
        return
    page.tell(view.phrase("found").replace("{place}", where))
    for hit in hits:
        page.service_card(hit, search.day, far=True)
    sure = len(page.services)
    for hit in unsure:
        page.unconfirmed_card(hit, search.day, far=True)
    if len(page.services) > sure:
        page.tell(view.phrase("found unsure"))
    page.partners(named)
    if page.lean < 4:
        page.tell(view.phrase("found everywhere"))
