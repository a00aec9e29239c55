"""A small content to try things on: a menu of five steps, a local list, one département. Its words never change.

The engine's own sentences and `danger.yml` are those that ship: nothing else could be found there.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bot.directory.places import Places

REPOSITORY = Path(__file__).resolve().parent.parent

COMMUNES = """\
49007\tAngers\t49000 49100\t244900015\t47.4766\t-0.5562\t157000
85109\tLes Herbiers\t85500\t248500621\t46.8701\t-1.0131\t16000
85153\tMouchamps\t85640\t248500621\t46.7812\t-1.0622\t2800
85191\tLa Roche-sur-Yon\t85000\t248500589\t46.6705\t-1.4264\t55000
98818\tNouméa\t98800\t\t\t\t94000
"""
DEPARTEMENTS = """\
49\tMaine-et-Loire\tPays de la Loire\t47.39\t-0.56
85\tVendée\tPays de la Loire\t46.67\t-1.30
988\tNouvelle-Calédonie\tNouvelle-Calédonie\t-21.3\t165.5
"""

FRANCE = "knowledge/france.yml"
VENDEE = "knowledge/france/85-vendee.yml"
LOCK = "knowledge/numbers.lock"

MENU = ("aide", "moi", "soin", "oui", "plus")
"""What is pressed, from home, to walk the five steps of the menu."""


def _number(id: str, name: str, more: str = "") -> str:
    return f"""\
  - id: "{id}"
    number: "{id}"
    name: {name}
    channel: {"sms" if id == "114" else "voice"}
    hours: {{osm: "24/7", seen: "2025"}}
    cost: free
    bill trace: none
    sources: [{{title: page, date: "2025"}}]
{more}"""


_OVERSEAS = '    elsewhere: [{departements: ["988"], number: "09 70 82 31 90"}]\n'

OWN = {
    "flows/accueil.yml": """\
title: Accueil
steps:
  accueil:
    ask: |
      Infos pratiques : numéros utiles et services.
      Touchez un choix, ou écrivez le nom d'une commune.
    choices: {aide: Aide et écoute, trouver: Trouver un service, langue: "Langue · Language"}
    go: {aide: qui, trouver: trouver-ici, langue: langue}
  qui:
    ask: Pour qui cherchez-vous ?
    choices: {moi: C'est pour moi, autrui: Pour quelqu'un d'autre}
    go: {moi: besoin, autrui: besoin}
  besoin:
    say: Vous pouvez vous arrêter à tout moment.
  besoin-suite:
    ask: De quoi avez-vous besoin ?
    choices: {parler: Parler à quelqu'un, soin: Me soigner, autre: Autre besoin}
    go: {soin: soin, else: fin}
  soin:
    say: |
      Un médecin peut vous recevoir sans rendez-vous.
      De nuit : {17} ou {112}.
  soin-suite:
    ask: Est-ce que c'est récent ?
    choices: {oui: "Oui, quelques jours", non: "Non, plus longtemps"}
    go: {oui: recent, non: fin}
  recent:
    ask: Voulez-vous en savoir plus ?
    choices: {plus: En savoir plus, non: "Non, pas maintenant"}
    go: fin
  fin: {end: "Appel : {3919}. Par écrit : {114}."}
""",
    "flows/trouver-ici.yml": """\
title: Près d'ici
words: [service pres ici]
steps:
  lieu:
    ask: Écrivez le nom d'une commune, ou son code postal.
    answer: place
    if known: skip
  intro: {say: "Voici ce qui est connu autour de {commune}."}
  liste: {show: services, near: lieu, at most: 2}
  suite:
    ask: "Urgences : {17}. Par écrit : {114}."
    choices: {aide: Aide et écoute}
    go: accueil.qui
""",
    "flows/urgence.yml": """\
title: Numéros d'urgence
steps:
  appeler: {say: "Appel : {17} ou {112}. SMS, sans parler : {114}."}
  besoin:
    ask: Que vous faut-il ?
    choices: {aide: Aide et écoute}
    go: accueil.qui
""",
    "flows/langue.yml": """\
title: Langue
steps:
  langue: {ask: "Choisissez une langue. Choose a language.", answer: language}
""",
    "flows/danger.yml": """\
urgence:
  go: urgence
  phrases: [il me frappe]
""",
    FRANCE: "name: France\ncovers: {france: yes}\nnumbers:\n"
    + _number("17", "Police et gendarmerie")
    + _number("112", "Urgences en Europe")
    + _number("114", "Urgences par SMS")
    + _number("116006", "Aide à toute personne")
    + _number("3919", "Écoute nationale", _OVERSEAS),
    VENDEE: """\
name: Vendée
covers: {departement: "85"}
services:
  - id: mairie-roche
    name: Mairie de La Roche
    kind: mairie
    phones: [{number: "02 51 47 47 47", status: confirmed}]
    address: place Napoléon
    location: {insee: "85191", lat: 46.6711, lon: -1.4267}
    hours: {osm: "Mo-Fr 09:00-17:00", seen: "2025"}
    sources: [{title: page, date: "2025"}]
  - id: mairie-mouchamps
    name: Mairie de Mouchamps
    kind: mairie
    phones: [{number: "02 51 66 21 01", status: confirmed}]
    location: {insee: "85153", lat: 46.7812, lon: -1.0622}
    hours: {osm: "Mo-Th 09:00-12:30", seen: "2025"}
    sources: [{title: page, date: "2025"}]
  - id: chd
    name: CHD Vendée, urgences
    kind: hopital
    phones: [{number: "02 51 44 61 61", status: confirmed}]
    address: boulevard Stéphane-Moreau
    location: {insee: "85191", lat: 46.6711, lon: -1.4047}
    hours: {osm: "24/7", seen: "2025"}
    sources: [{title: page, date: "2025"}]
""",
    LOCK: """\
# id digits date manner
17 17 2026-11-21 page
112 112 2026-11-21 page
114 114 2026-11-21 page
116006 116006 2026-11-21 page
3919 3919 2026-11-21 page
3919.2 0970823190 2026-11-21 page
vendee/mairie-roche 0251474747 2026-11-21 page
vendee/mairie-mouchamps 0251662101 2026-11-21 page
vendee/chd 0251446161 2026-11-21 page
""",
}


@cache
def places() -> Places:
    """Return the few communes of this country."""
    return Places.read(COMMUNES, DEPARTEMENTS)


def files() -> dict[str, str]:
    """Return the text of every file of this content, by path."""
    always = REPOSITORY / "flows" / "always.yml"
    return OWN | {"flows/always.yml": always.read_text("utf-8")}
