"""A small country to try the rules on: seven communes, a département, a territory, sound services in each file."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from bot.directory.inherit import read
from bot.directory.places import Places
from bot.directory.schedule import PARIS
from bot.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.directory.model import Directory

COMMUNES = """\
49007\tAngers\t49000 49100\t244900015\t47.4766\t-0.5562\t157000
49099\tCholet\t49300\t200071678\t47.0586\t-0.8799\t54000
85109\tLes Herbiers\t85500\t248500621\t46.8701\t-1.0131\t16000
85153\tMouchamps\t85640\t248500621\t46.7812\t-1.0622\t2800
85191\tLa Roche-sur-Yon\t85000\t248500589\t46.6705\t-1.4264\t55000
98818\tNouméa\t98800\t\t\t\t94000
97411\tSaint-Denis\t97400\t249740119\t-20.8789\t55.4481\t153000
"""
DEPARTEMENTS = """\
49\tMaine-et-Loire\tPays de la Loire\t47.39\t-0.56
85\tVendée\tPays de la Loire\t46.67\t-1.30
974\tLa Réunion\tLa Réunion\t-21.11\t55.53
988\tNouvelle-Calédonie\tNouvelle-Calédonie\t-21.3\t165.5
"""

FRANCE = "knowledge/france.yml"
VENDEE = "knowledge/france/85-vendee.yml"
HERBIERS = "knowledge/france/85-vendee/pays-des-herbiers.yml"

FILES = {
    FRANCE: """\
name: France
covers: {france: yes}
numbers:
  - id: "3919"
    number: "3919"
    name: Écoute nationale
    channel: voice
    hours: {osm: "24/7", seen: "2019"}
    cost: free
    bill trace: none
    sources: [{title: service-public.gouv.fr, date: "2024-11-15"}]
  - id: "3039"
    number: "3039"
    name: Accès au droit
    channel: voice
    cost: free
    sources: [{title: justice.fr, date: "2023"}]
    elsewhere:
      - {departements: ["988"], number: "09 70 82 31 90"}
      - {departements: ["974"], number: "", note: injoignable}
  - id: pnav
    name: Tchat avec la police
    channel: chat
    url: https://www.service-public.gouv.fr/cmi
    sources: [{title: service-public.gouv.fr, date: "2025"}]
""",
    VENDEE: """\
name: Vendée
covers: {departement: "85"}
services:
  - id: sos-femmes
    name: SOS Femmes Vendée
    kind: solidarite-femmes
    phones: [{number: "02 51 47 77 59", status: confirmed, bill trace: visible}]
    sources: [{title: sosfemmesvendee.fr, date: "2024"}]
  - id: chd
    name: CHD Vendée, urgences
    kind: hopital
    phones: [{number: "02 51 44 61 61", status: confirmed}]
    address: boulevard Stéphane-Moreau
    location: {insee: "85191", lat: 46.6711, lon: -1.4047}
    hours: {osm: "24/7", seen: "2024"}
    sources: [{title: chd-vendee.fr, date: "2024"}]
""",
    HERBIERS: """\
name: Pays des Herbiers
covers: {epci: "248500621"}
services:
  - id: mairie-mouchamps
    name: Mairie de Mouchamps
    kind: mairie
    phones: [{number: "02 51 66 21 01", status: confirmed}]
    location: {insee: "85153", lat: 46.7812, lon: -1.0622}
    communes: ["85153"]
    hours: {osm: "Mo-Th 09:00-12:30; Fr 09:00-12:30,14:00-16:15", seen: "2025-03"}
    sources: [{title: mouchamps.fr, date: "2025-03"}]
""",
}

LOCK = """\
# id digits date manner
3919 3919 2026-11-21 page
3039 3039 2026-11-21 page
3039.2 0970823190 2026-11-21 page
vendee/sos-femmes 0251477759 2026-11-22 page
"""


def service(id: str, kind: str, phone: str = "", **fields: str) -> str:
    """Write one item of `services:` as an author would; `fields` are YAML already, an underscore being a space."""
    lines = [f"  - id: {id}", f"    name: {fields.pop('name', id)}", f"    kind: {kind}"]
    if phone:
        lines.append(f'    phones: [{{number: "{phone}", status: {fields.pop("status", "confirmed")}}}]')
    fields.setdefault("sources", '[{title: page, date: "2025"}]')
    lines += [f"    {name.replace('_', ' ')}: {value}" for name, value in fields.items()]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="session")
def places() -> Places:
    return Places.read(COMMUNES, DEPARTEMENTS)


@pytest.fixture(scope="session")
def problems_of(places: Places) -> Callable[..., list[Problem]]:
    """Return what is wrong with the small country once some of its files are replaced."""

    def told(files: dict[str, str] | None = None, lock: str = LOCK) -> list[Problem]:
        problems: list[Problem] = []
        read(FILES | (files or {}), places, lock, problems)
        return problems

    return told


@pytest.fixture(scope="session")
def directory_of(places: Places) -> Callable[..., Directory]:
    """Return the small country once some of its files are replaced; it must be sound."""

    def sound(files: dict[str, str] | None = None, lock: str = LOCK) -> Directory:
        problems: list[Problem] = []
        directory = read(FILES | (files or {}), places, lock, problems)
        assert problems == [], "\n".join(map(str, problems))
        return directory

    return sound


def at(day: str, hour: str = "10:00") -> datetime:
    """Return an instant of Paris: « 2026-12-01 », « 10:00 »."""
    return datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=PARIS)
