"""A directory of the whole country that nobody runs: as many services as asked, the same ones for the same seed.

Names are invented and telephone numbers come from the ranges that the French regulator keeps for fiction. Where people
live, services stand: communes are drawn by population. Kinds, topics, audiences, hours and their dates are drawn so
that every rule of the search has something to decide: old hours, closures, lines that several share, services of one
commune only, others without a known address, territories in a département that hide and change what they inherit.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from random import Random
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.directory import inherit
from bot.directory.index import Index
from bot.directory.kinds import AUDIENCES, KINDS, TOPICS
from bot.directory.model import Area, Closure, Covers, Hours, Location, Phone, Service, Source
from bot.directory.schedule import tidy

if TYPE_CHECKING:
    from bot.directory.model import Directory
    from bot.directory.places import Place, Places

FICTION = {"01": "019900", "02": "026191", "03": "035301", "04": "046571", "05": "053649", "06": "063998"}
"""The first six digits of numbers that no telephone will ever have, by what they begin with."""
_LANDS = {
    "01": "75 77 78 91 92 93 94 95",
    "02": "14 18 22 27 28 29 35 36 37 41 44 45 49 50 53 56 61 72 76 85",
    "03": "02 08 10 21 25 39 51 52 54 55 57 58 59 60 62 67 68 70 71 80 88 89 90",
    "05": "09 12 16 17 19 23 24 31 32 33 40 46 47 64 65 79 81 82 86 87",
}
_PREFIX = {land: prefix for prefix, lands in _LANDS.items() for land in lands.split()}

_KINDS = {"mairie": 14, "social": 8, "gendarmerie": 6, "ccas": 6, "association": 6, "hopital": 5, "point-justice": 5}
"""How many times likelier than the others some kinds are."""
_SHOWN = tuple(kind for kind in KINDS if kind != "hebergement")

_MORNINGS = ("08:00-12:00", "08:30-12:00", "08:30-12:30", "09:00-12:00", "09:00-12:30", "09:00-13:00", "10:00-12:00")
_AFTERNOONS = ("13:00-17:00", "13:30-17:00", "13:30-17:30", "14:00-17:00", "14:00-17:30", "14:00-18:00", "13:45-16:15")
_ODD = (
    "Tu[1],Tu[3] 09:30-11:30", "We[2] 14:00-17:00", "Mo-Fr 09:00-17:00; Aug off", "Jul-Aug Mo-Fr 09:00-12:00",
    "Sep-Jun We 14:00-18:00", "Fr-Sa 22:00-04:00", "Mo-Su 20:00-08:00", "Mo-Fr 09:00-17:00; PH 10:00-12:00",
    "Sa-Mo 10:00-19:00", 'Mo-Fr 09:00-17:00 open "sur rendez-vous"', "week 1-53/2 Tu 09:00-12:00", "Mo-Fr 08:00-26:00",
)  # fmt: skip

_WHAT = ("Maison", "Relais", "Atelier", "Passerelle", "Permanence", "Espace", "Antenne", "Carrefour")
_WHOSE = ("Mimosa", "des Tilleuls", "Aubépine", "du Vieux Moulin", "Capucine", "de la Fontaine", "Églantine", "Mistral")


@cache
def _weighted(places: Places) -> tuple[tuple[Place, ...], tuple[int, ...]]:
    """Return the communes, arrondissements in the place of their town, with their populations."""
    every = tuple(place for place in places if place.located)
    towns = {place.commune for place in every if place.commune != place.insee}
    kept = tuple(place for place in every if place.insee not in towns)
    return kept, tuple(max(place.population, 1) for place in kept)


def communes(places: Places, chance: Random, count: int) -> list[Place]:
    """Draw communes, each as often as people live there."""
    every, people = _weighted(places)
    return chance.choices(every, people, k=count)


def hours(chance: Random) -> str:
    """Draw opening hours such as those of OpenStreetMap: a few very common ones, many that only one door has."""
    draw = chance.random()
    if draw < 0.08:
        return "24/7"
    if draw < 0.14:
        return chance.choice(_ODD)
    morning, afternoon = (chance.choices(these, range(7, 0, -1))[0] for these in (_MORNINGS, _AFTERNOONS))
    if draw < 0.6:
        return f"Mo-Fr {morning},{afternoon}"
    if draw < 0.7:
        return f"Mo-Fr {morning[:5]}-{afternoon[6:]}"
    days = chance.sample(("Mo", "Tu", "We", "Th", "Fr", "Sa"), chance.randint(1, 5))
    spans = (morning, afternoon, f"{morning},{afternoon}")
    return "; ".join(f"{day} {chance.choice(spans)}" for day in sorted(days, key="MoTuWeThFrSa".index))


def build(places: Places, count: int, seed: int = 22) -> Directory:
    """Return a directory of so many services: the country, its départements, and some territories inside them."""
    chance, maker = Random(seed), _Maker(Random(seed + 1))
    of: dict[str, list[Service]] = {}
    towns = communes(places, chance, count)
    epcis: dict[str, str] = {}
    for place in towns:
        land = f"d{place.departement}".lower()
        if place.epci.isdecimal() and (place.epci in epcis or (len(epcis) < count // 500 and chance.random() < 0.2)):
            epcis.setdefault(place.epci, land)
        area = f"e{place.epci}" if epcis.get(place.epci) == land and chance.random() < 0.3 else land
        of.setdefault(area, []).append(maker.service(place, area))
    root = Area("france", "France", None, Covers(france=True), False, (maker.far_away(),), "")
    areas = {root.id: root}
    for id in sorted(id for id in of if id.startswith("d")):
        held = (*of[id], *root.services)
        areas[id] = Area(id, id, "france", Covers(departement=id[1:].upper()), False, held, "")
    for epci, land in epcis.items():
        id = f"e{epci}"
        if land in areas:
            above = areas[land].services
            changed = {one.id: replace(one, name=f"{one.name} bis") for one in above[:: max(1, len(above) // 3)]}
            hidden = {one.id for one in above[1 :: max(1, len(above) // 3)]}
            inherited = (one for one in above if one.id not in changed and one.id not in hidden)
            held = (*of.get(id, ()), *changed.values(), *inherited)
            areas[id] = Area(id, id, land, Covers(epci=epci), False, held, "")
    return replace(
        inherit.read({}, places, "", []),
        areas=MappingProxyType(areas),
        by_epci=MappingProxyType({area.covers.epci: id for id, area in areas.items() if area.covers.epci}),
        by_departement=MappingProxyType({id[1:].upper(): id for id in areas if id.startswith("d")}),
        inner=frozenset(area.parent for area in areas.values() if area.parent),
        index=Index.of(areas.values(), places),
        words=MappingProxyType({}),
    )


class _Maker:
    """Draws services, and gives out the numbers of fiction in turn: past ten thousand, two services share a line."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._given = dict.fromkeys(FICTION, 0)
        self._made = 0
        self._kinds = [_KINDS.get(kind, 2) for kind in _SHOWN]
        self._sources = tuple((Source("page", year),) for year in ("2019", "2023", "2025", "2026-03", "n.d."))

    def service(self, place: Place, area: str) -> Service:
        chance = self._chance
        self._made += 1
        kind = chance.choices(_SHOWN, self._kinds)[0]
        draw = chance.random
        point = Location(place.insee, place.lat + chance.uniform(-0.03, 0.03), place.lon + chance.uniform(-0.04, 0.04))
        return Service(
            id=f"s{self._made}",
            name=f"{chance.choice(_WHAT)} {chance.choice(_WHOSE)} {self._made}",
            kind=kind,
            sources=chance.choice(self._sources),
            topics=tuple(chance.sample(TOPICS, chance.randint(1, 3))) if draw() < 0.08 else (),
            audiences=tuple(chance.sample(AUDIENCES, 2)) if draw() < 0.03 else (),
            phones=self._phones(place) if draw() < 0.9 else (),
            location=point if draw() < 0.92 else None,
            hours=Hours(tidy(hours(chance), local=True), chance.choice(("2020", "2023", "2024-11", "2025", "2026-10")))
            if draw() < 0.75
            else None,
            closures=(Closure(date(2026, 7, 20), date(2026, 8, 20)),) if draw() < 0.03 else (),
            communes=(place.commune,) if kind == "mairie" or draw() < 0.02 else (),
            professional_only=draw() < 0.05,
            area=area,
        )

    def far_away(self) -> Service:
        """Return a service of the whole country that has an address in Paris: nobody overseas is sent there."""
        point = Location("75104", 48.8543, 2.3576)
        phones = (Phone(FICTION["01"] + "9999", "confirmed"),)
        return Service(
            "loin", "Siège Mimosa", "hopital", self._sources[2], phones=phones, location=point, area="france"
        )

    def _phones(self, place: Place) -> tuple[Phone, ...]:
        status = self._chance.choices(("confirmed", "national", "to-confirm"), (60, 15, 25))[0]
        if status == "national":
            return (Phone("3039", status),)
        prefix = "06" if place.departement.startswith("9") and len(place.departement) == 3 else ""
        prefix = prefix or _PREFIX.get(place.departement, "04")
        self._given[prefix] += 1
        return (Phone(f"{FICTION[prefix]}{self._given[prefix] % 10_000:04}", status),)
