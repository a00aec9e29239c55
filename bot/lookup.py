"""What `repere find` prints: the services and the national numbers that a few words name, near a commune.

It is for those who orient others and for who keeps the directory: a number that nobody confirmed is shown, and said so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.channels.console import number_json, service_json
from bot.directory.candidates import ACROSS_KM
from bot.directory.search import find
from bot.engine.page import Page
from bot.engine.view import View
from bot.engine.when import state
from bot.i18n import SOURCE
from bot.text import bare, fold

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.directory.model import Number
    from bot.directory.place import Place
    from bot.engine.message import NumberShown, ServiceShown
    from bot.engine.script import Script


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found near a place; the screens' own records, so that both say the same."""

    place: Place
    numbers: tuple[NumberShown, ...]
    services: tuple[ServiceShown, ...]
    view: View

    def __bool__(self) -> bool:
        """Tell whether anything was found."""
        return bool(self.numbers or self.services)


def look(script: Script, text: str, place: Place, now: datetime) -> Answer:
    """Return what a text names near a place, as a professional may see it: nothing of the other end of the country."""
    view = View(script, script.home(SOURCE, place=place.insee), now)
    page = Page(view, ())
    holds = {(service.area, service.id) for service in script.directory.area_of(place).services}
    for hit in find(script.directory, text, place, now):
        if (hit.service.area, hit.service.id) in holds or (hit.distance_km or ACROSS_KM + 1) <= ACROSS_KM:
            page.service_card(hit)
    for number in script.directory.numbers.values():
        if _names(text, number):
            page.number_card(number.id)
    return Answer(place, tuple(page.numbers.values()), tuple(page.services), view)


def _names(text: str, number: Number) -> bool:
    """Tell whether a text is a number, or words of its name."""
    said = fold(text)
    return bool(said) and (
        said.replace(" ", "") in (number.id, number.number) or set(said.split()) <= set(fold(number.name).split())
    )


def to_text(answer: Answer) -> str:
    """Write what was found for a terminal, one paragraph each."""
    phrase, lines = answer.view.phrase, [f"{answer.place.full_name} :"]
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
        lines.append("  " + " · ".join(part for part in (_opening(answer.view, service), far, where) if part))
    return bare("\n".join(lines if answer else [f"{answer.place.full_name} : rien de ce nom n'est connu autour."]))


def to_json(answer: Answer) -> str:
    """Write what was found as one line of JSON; numbers and services as in `repere chat --json`."""
    return json.dumps(
        {
            "place": place_json(answer.place),
            "numbers": [number_json(number) for number in answer.numbers],
            "services": [service_json(service) for service in answer.services],
        },
        ensure_ascii=False,
    )


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


def _opening(view: View, shown: ServiceShown | NumberShown) -> str:
    always = shown.opening.open is True and shown.opening.closes is None
    return state(shown.opening, always, view.here, view.phrase, SOURCE)


def _km(km: float) -> str:
    return f"{km:.0f}" if km >= 10 else f"{km:.1f}".replace(".", ",")
