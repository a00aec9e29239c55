"""What `repere find` prints: services and national numbers, near a commune, and why they come in this order.

They are those that a few words name, or those that fit a kind, a topic and an audience. It is for those who orient
others and for who keeps the directory: a number that nobody confirmed is shown, and said so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.channels.console import number_json, service_json
from bot.directory.candidates import ACROSS_KM
from bot.directory.ranking import distance, to_tell
from bot.directory.schedule import opening
from bot.directory.search import FAR, Hit, Query, find, search
from bot.engine import found
from bot.engine.page import Page
from bot.engine.view import View
from bot.engine.when import on, state
from bot.i18n import SOURCE
from bot.text import bare, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from bot.directory.model import Number
    from bot.directory.place import Place
    from bot.engine.found import Search
    from bot.engine.message import NumberShown, ServiceShown
    from bot.engine.script import Script


Spans: TypeAlias = "tuple[tuple[datetime, datetime], ...] | None"

MOST = 10
"""Services of a list."""
_THEN = f"puis ceux qui sont ouverts à moins de {FAR} km, puis les plus proches."
BY_FIT = f"Les plus adaptés d'abord, {_THEN}"
IN_TURN = f"Un service de chaque sorte à tour de rôle. {BY_FIT}"
BY_DAY = "Les plus adaptés d'abord, puis ceux qui ouvrent ce jour-là, puis les plus proches."
BY_WORDS = f"Ceux qui portent le plus de vos mots. Ceux qui ont un numéro d'abord, {_THEN}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found near a place, and why in this order; the screens' own records, so that both say the same."""

    place: Place
    order: str
    numbers: tuple[NumberShown, ...]
    services: tuple[ServiceShown, ...]
    view: View
    day: date | None = None
    hours: Mapping[str, Spans] = field(default_factory=dict)
    """When each service answers on the day asked, by its id."""
    others: tuple[Place, ...] = ()
    """Communes that may have been meant as well."""

    def __bool__(self) -> bool:
        """Tell whether anything was found."""
        return bool(self.numbers or self.services)


def read(script: Script, text: str, now: datetime) -> Search | None:
    """Return what a whole sentence asks for: « avocat gratuit boulogne mercredi »."""
    return found.read(View(script, script.home(SOURCE), now), text)


def asked(script: Script, search: Search, place: Place, now: datetime, audience: str = "professionnel") -> Answer:
    """Return the services a sentence asks for near a place, those to confirm and those without a number last."""
    view = View(script, script.home(SOURCE, place=place.insee), now)
    hits = found.found(view, search, MOST, audience=audience)
    hits += found.found(view, search, MOST - len(hits), confirmed=False, audience=audience)
    shown = {hit.service.id for hit in hits}
    for one in found.unnumbered(view, search, MOST - len(hits), shown, audience):
        answers = opening(one.hours, one.closures, now, place_tz=script.directory.index.clock(one))
        hits += (Hit(one, None, to_tell(distance(one, place), place), answers),)
    several = len({hit.service.sort.group for hit in hits}) > 1
    others = () if search.sure else tuple(one for one in search.places if one != place)
    answer = replace(_answer(script, place, now, IN_TURN if several else BY_FIT, (), hits), others=others)
    if search.day is None:
        return answer
    hours = {hit.service.id: view.spans(hit.service, search.day) for hit in hits}
    return replace(answer, order=BY_DAY, day=search.day, hours=hours)


def look(script: Script, text: str, place: Place, now: datetime, audience: str = "professionnel") -> Answer:
    """Return what a text names near a place, as an audience may see it: nothing of the other end of the country."""
    holds = {(service.area, service.id) for service in script.directory.area_of(place).services}
    near = [
        hit
        for hit in find(script.directory, text, place, now, MOST, audience)
        if (hit.service.area, hit.service.id) in holds or (hit.distance_km or ACROSS_KM + 1) <= ACROSS_KM
    ]
    numbers = [one for one in script.directory.numbers.values() if _names(text, one) and one.seen_by(audience)]
    return _answer(script, place, now, BY_WORDS, numbers, near)


def around(
    script: Script, place: Place, now: datetime, audience: str, topic: str | None = None, kind: str | None = None
) -> Answer:
    """Return the services that fit, best first; after them, for professionals, those whose number nobody confirmed."""
    query = Query(script.directory.root, place, audience, topic, (kind,) if kind else (), MOST)
    hits = search(script.directory, query, now)
    if audience == "professionnel":
        unsure = replace(query, confirmed=False, limit=MOST - len(hits))
        hits += search(script.directory, unsure, now)
    numbers = [one for one in script.directory.numbers.values() if topic in one.topics and one.seen_by(audience)]
    several = len({hit.service.sort.group for hit in hits}) > 1
    return _answer(script, place, now, IN_TURN if several else BY_FIT, numbers, hits)


def _answer(
    script: Script, place: Place, now: datetime, order: str, numbers: Iterable[Number], hits: Iterable[Hit]
) -> Answer:
    view = View(script, script.home(SOURCE, place=place.insee), now)
    page = Page(view, ())
    for hit in hits:
        page.service_card(hit)
    for number in numbers:
        page.number_card(number.id)
    return Answer(place, order, tuple(page.numbers.values()), tuple(page.services), view)


def _names(text: str, number: Number) -> bool:
    """Tell whether a text is a number, or words of its name."""
    said = fold(text)
    return bool(said) and (
        said.replace(" ", "") in (number.id, number.number) or set(said.split()) <= set(fold(number.name).split())
    )


def to_text(answer: Answer) -> str:
    """Write what was found for a terminal, one paragraph each."""
    phrase, lines = answer.view.phrase, [f"{answer.place.full_name} :"]
    if len(answer.services) > 1:
        lines.append(answer.order)
    for number in answer.numbers:
        what = number.display or number.url or ""
        cost = answer.view.cost(number.cost)
        lines += ["", f"{number.name} : {what}", f"  {_opening(answer.view, number)}, {cost}"]
    for service in answer.services:
        how = service.phone or "pas de numéro connu"
        if service.phone_status == "to-confirm":
            year = service.seen[:4]
            how += f", à confirmer (page {f'de {year}' if year.isdecimal() else phrase('no year')})"
        elif service.phone_status == "national":
            how += f", {phrase('national').lower()}"
        lines += ["", f"{service.name} : {how}"]
        far = "" if service.distance_km is None else phrase("distance").replace("{km}", _km(service.distance_km))
        where = ", ".join(part for part in (service.address, service.commune) if part)
        when = _on(answer, service, answer.day) if answer.day else _opening(answer.view, service)
        lines.append("  " + " · ".join(part for part in (when, far, where) if part))
    if not answer:
        lines = [f"{answer.place.full_name} : rien de tel n'est connu autour."]
    if answer.others:
        lines += ["", "Peut-être aussi, avec le code postal :"]
        lines += [f"  {place.full_name}, {' '.join(place.postcodes)}" for place in answer.others]
    return bare("\n".join(lines))


def to_json(answer: Answer) -> str:
    """Write what was found as one line of JSON; numbers and services as in `repere chat --json`."""
    said = {
        "place": place_json(answer.place),
        "order": answer.order,
        "numbers": [number_json(number) for number in answer.numbers],
        "services": [service_json(service) for service in answer.services],
    }
    if answer.others:
        said["others"] = [place_json(place) for place in answer.others]
    if answer.day:
        said["day"] = answer.day.isoformat()
        said["hours"] = {
            id: None if spans is None else [[opens.isoformat(), closes.isoformat()] for opens, closes in spans]
            for id, spans in answer.hours.items()
        }
    return json.dumps(said, ensure_ascii=False)


def places_to_text(typed: str, places: Sequence[Place]) -> str:
    """Say which communes a name may mean."""
    if not places:
        return f"« {typed} » : cette commune n'est pas reconnue. Essayez son code postal."
    lines = [f"« {typed} » peut être {len(places)} communes. Précisez, par exemple avec le code postal :"]
    return "\n".join([*lines, *(f"  {place.full_name}, {' '.join(place.postcodes)}" for place in places)])


def places_to_json(places: Sequence[Place]) -> str:
    """Write the communes a name may mean as one line of JSON."""
    return json.dumps({"places": [place_json(place) for place in places]}, ensure_ascii=False)


def place_json(place: Place) -> dict[str, Any]:
    """Return a commune as programs read it."""
    departement = {"departement": place.departement, "departement_name": place.departement_name}
    return {"insee": place.insee, "name": place.name, **departement, "postcodes": list(place.postcodes)}


def _on(answer: Answer, service: ServiceShown, day: date) -> str:
    return on(answer.hours[service.id], day, answer.view.here.date(), answer.view.phrase, SOURCE)


def _opening(view: View, shown: ServiceShown | NumberShown) -> str:
    always = shown.opening.open is True and shown.opening.closes is None
    return state(shown.opening, always, view.here, view.phrase, SOURCE)


def _km(km: float) -> str:
    return f"{km:.0f}" if km >= 10 else f"{km:.1f}".replace(".", ",")
