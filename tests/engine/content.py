"""A small bot whose words never change: every kind of step, two territories, one more language.

Tests of the engine stand on it, so that a new word in flows/ breaks none of them. It is sound: `check` finds nothing.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.directory.places import Places
from bot.engine.advance import advance, show, start
from bot.engine.compile import compile, texts
from bot.engine.message import Key, Opened, Pressed, Typed, Unreadable
from bot.engine.token import decode, encode
from bot.text import NARROW, bare

if TYPE_CHECKING:
    from bot.engine.message import Event, Screen, Turn
    from bot.engine.script import Script
    from bot.engine.session import Session

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Europe/Paris"))
"""A Tuesday morning."""
NIGHT = NOW.replace(hour=23, minute=30)

COMMUNES = """\
49007\tAngers\t49000 49100\t244900015\t47.4766\t-0.5562\t157000
85109\tLes Herbiers\t85500\t248500621\t46.8701\t-1.0131\t16000
85153\tMouchamps\t85640\t248500621\t46.7812\t-1.0622\t2800
85191\tLa Roche-sur-Yon\t85000\t248500589\t46.6705\t-1.4264\t55000
97411\tSaint-Denis\t97400\t249740119\t-20.8789\t55.4481\t153000
93066\tSaint-Denis\t93200\t200054781\t48.9294\t2.3590\t113000
"""
DEPARTEMENTS = """\
49\tMaine-et-Loire\tPays de la Loire\t47.39\t-0.56
85\tVendée\tPays de la Loire\t46.67\t-1.30
93\tSeine-Saint-Denis\tÎle-de-France\t48.91\t2.48
974\tLa Réunion\tLa Réunion\t-21.11\t55.53
"""
PLACES = Places.read(COMMUNES, DEPARTEMENTS)

ACCUEIL = """\
title: Accueil
steps:
  accueil:
    ask: |
      Infos pratiques : numéros et services.
      Touchez un choix, ou écrivez une commune.
    choices:
      aide: Aide et écoute
      trouver: Trouver un service
      pro: Je suis professionnel
      langue: Langue
    go: {aide: aide, trouver: trouver, pro: pro, langue: langue}
    if unclear: Touchez un choix, ou écrivez une commune.
"""
AIDE = """\
title: Aide et écoute
steps:
  limites:
    say: |
      Prenez votre temps. Cet écran est court, et chaque choix peut être repris.
      Vous pouvez revenir en arrière à tout moment.
      Je suis un programme. Je ne suis ni la police, ni un service d'urgence.
      Un autre téléphone est plus sûr. Le nom reste dans vos discussions.
    once: yes
  qui:
    ask: Pour qui cherchez-vous ?
    choices:
      moi: C'est pour moi
      autrui: Pour quelqu'un d'autre
      auteur: J'ai peur de faire du mal
    go: {moi: victime, autrui: temoin, auteur: auteur}
"""
VICTIME = """\
title: Ce que vous vivez
audience: victime
topic: couple
words: [mari, couple]
steps:
  croire:
    say: |
      Prenez votre temps. Cet écran est court, et chaque choix peut être repris.
      Vous pouvez revenir en arrière à tout moment.
      Vous n'y êtes pour rien. Voici deux lignes.
  lignes:
    show: numbers
    ids: ["3919", "116006"]
  besoin:
    ask: De quoi avez-vous besoin ?
    choices:
      ecoute: Parler à quelqu'un
      droit: Connaître mes droits
      sante: Me soigner
    go: {ecoute: parler, else: lieu}
  lieu: {use: ou}
  intro:
    say: |
      Voici ce qui est connu près de {commune}. {116006} répond aussi.
  liste: {show: services, kinds from: besoin, near: lieu, at most: 2, if none: rien}
  partenaires: {show: partners, kinds: [ecoute], near: lieu}
  suite:
    ask: Et maintenant ?
    choices: {autre: Autre besoin, carte: Un texte de loi, fin: J'ai ce qu'il me faut}
    go: {autre: besoin, carte: loi, fin: fin}
  rien:
    say: Rien n'est connu ici. Ces lignes répondent partout.
    go: fin
  loi: {show: card, card: constat, if none: fin}
  fin:
    end: |
      Prenez votre temps. Cet écran est court, et chaque choix peut être repris.
      Vous pouvez revenir en arrière à tout moment.
      Une écoute : {3919}, {116006}.
      Par écrit : {pnav}.
  parler:
    end: |
      Prenez votre temps. Cet écran est court, et chaque choix peut être repris.
      Vous pouvez revenir en arrière à tout moment.
      Une écoute : {3919}, {116006}.
      Sans parler : {114}.
"""
TEMOIN = """\
title: Vous aidez quelqu'un
audience: temoin
topic: aider-un-proche
words: [voisin, collegue]
steps:
  maintenant:
    ask: Est-ce que cela se passe en ce moment ?
    choices: {oui: "Oui, maintenant", non: "Non, plus tôt"}
    go: {oui: agir, non: fin}
  agir:
    say: Restez à distance. Appelez {17} ou {112}.
    go: fin
  fin:
    end: |
      Prenez votre temps. Cet écran est court, et chaque choix peut être repris.
      Vous pouvez revenir en arrière à tout moment.
      Un conseil : {3919}, {116006}.
      Par écrit : {114}.
"""
AUTEUR = """\
title: Ne pas faire de mal
audience: auteur
topic: auteur
steps:
  pause:
    say: Sortez de la pièce. Marchez un peu.
  suite:
    end: |
      Une écoute : {0801901911}.
      Urgence : {17}, {112}. Par écrit : {114}.
"""
PRO = """\
title: Professionnels
audience: professionnel
steps:
  lieu:
    ask: Écrivez une commune.
    answer: place
    choices: {passer: Sans commune}
    go: {passer: fin, else: liste}
    if known: skip
    if unclear: Essayez le code postal.
  liste: {show: services, near: lieu, at most: 1}
  confirmer: {show: to-confirm, kinds: [social], near: lieu, at most: 1, if none: fin}
  noms: {show: partners, near: lieu}
  fin:
    end: |
      Prenez votre temps. Cet écran est court, et chaque choix peut être repris.
      Vous pouvez revenir en arrière à tout moment.
      Un conseil : {3919}.
      Par écrit : {114}.
"""
TROUVER = """\
title: Trouver un service
topic: service-local
words: [mairie, guichet]
steps:
  lieu: {use: ou}
  liste: {show: services, kinds: [mairie], near: lieu}
  fin:
    end: "Urgences : {17}, {112}. Par écrit : {114}."
"""
ICI = """\
title: Près d'ici
steps:
  lieu:
    ask: Écrivez une commune.
    answer: place
    if known: skip
  intro: {say: "Voici ce qui est connu autour de {commune}."}
  liste: {show: services, near: lieu, at most: 2}
  fin:
    ask: "Urgences : {17}, {112}. Par écrit : {114}."
    choices: {aide: Aide et écoute, trouver: Trouver un service}
    go: {aide: aide, trouver: trouver}
"""
OU = """\
title: Où êtes-vous ?
fragment: yes
steps:
  pourquoi: {say: Une commune suffit pour montrer ce qui est proche.}
  lieu:
    ask: Écrivez son nom, ou son code postal.
    answer: place
    if unclear: Essayez le code postal.
"""
LANGUE = """\
title: Langue
steps:
  langue: {ask: Choisissez une langue., answer: language}
"""
URGENCE = """\
title: Numéros d'urgence
steps:
  appeler:
    say: |
      Appel : {17} ou {112}.
      Sans parler, par SMS : {114}. Ne téléphonez pas au {114}.
      Un rappel peut s'afficher : {rappel}.
  besoin:
    ask: Que vous faut-il ?
    choices: {muet: Je ne peux pas parler, abri: Un toit ce soir}
    go: {muet: muet, abri: abri}
  muet:
    end: |
      Écrivez au {114}, l'adresse d'abord.
      Vous pouvez parler ? {17} ou {112}.
  abri:
    end: |
      Prenez votre temps. Cet écran est court, et chaque choix peut être repris.
      Vous pouvez revenir en arrière à tout moment.
      Un toit : {3919}, {116006}.
      Danger : {17}, {112}. Par écrit : {114}.
"""
DANGER = """\
muet:
  go: urgence.muet
  phrases: [pas parler]
  unless: [pas parler francais]
maintenant:
  go: urgence
  phrases:
    - il|elle me frapp*
    - danger
  unless: [mort de rire, ne me frappe pas]
"""
ALWAYS = """\
home: accueil
emergency: urgence
language: langue
place: ici
bar:
  emergency: {label: Numéros d'urgence, key: u, words: 'urgence, "17", au secours'}
  back: {label: Retour, key: r, words: retour, }
  close: {label: Fermer, key: f, words: "fermer, stop, quitter"}
commands:
  home: accueil, menu
  language: langue, english
languages: {fr: Français, de: Deutsch}
phrases:
  closed: C'est fermé.
  unclear: Touchez un choix, ou écrivez son numéro.
  lost: Nous repartons de l'accueil.
  late: Votre message arrive en retard.
  unreadable: Ici, seuls les mots sont compris.
  suggest: Voici ce qui s'en rapproche.
  which place: Plusieurs communes portent ce nom.
  home: Revenir à l'accueil
  card expired: Cette fiche est à revérifier.
  number card: "{number}{spoken}, {name} : {state}, {cost} ({seen})."
  spoken: " ({words})"
  service card: "{name} : {number}, {state}.{extra} ({seen})"
  to confirm card: "{name} : {number}, à confirmer (page de {year})."
  no year: sans date
  partners: "Demandez au {3919} : {names}."
  trace visible: "Visible sur la facture : {numbers}."
  trace visible many: Les appels locaux se voient sur la facture.
  trace unknown: "Sur la facture, non vérifié : {numbers}."
  seen: vu en {year}
  seen short: "{year}"
  confirmed: confirmé en {year}
  national: Numéro national
  distance: "à {km} km"
  always open: jour et nuit
  open until: ouvert jusqu'à {time}
  open: ouvert
  closed until: fermé, ouvre {day} à {time}
  closed now: fermé
  hours unknown: horaires à vérifier
  call first: appelez avant
  open day: "{day} {hours}"
  closed day: "fermé {day}"
  span: "de {from} à {to}"
  found: "{place}. Voici ce qui est connu."
  found none: "{place}. Rien n'est connu."
  found where: Il manque le lieu.
  found which: Plusieurs communes ont ce nom.
  found unsure: Appelez d'abord.
  found everywhere: "Partout : {3919}."
  today: aujourd'hui
  tomorrow: demain
  hour: "{h} h"
  minutes: "{h} h {mm}"
  free: gratuit
  ordinary: prix d'un appel simple
  cost unknown: coût non vérifié
"""
FRANCE = """\
name: France
covers: {france: yes}
numbers:
  - {id: "17", number: "17", name: Police, channel: voice, spoken: dix-sept, hours: {osm: 24/7, seen: "2024"},
     cost: free, bill trace: none, sources: [{title: page, date: "2024"}]}
  - {id: "112", number: "112", name: Urgences en Europe, channel: voice, hours: {osm: 24/7, seen: "2024"}, cost: free,
     bill trace: none, sources: [{title: page, date: "2024"}]}
  - {id: "114", number: "114", name: Urgences par écrit, channel: sms, hours: {osm: 24/7, seen: "2024"}, cost: free,
     bill trace: none, sources: [{title: page, date: "2024"}]}
  - {id: "3919", number: "3919", name: Écoute nationale, channel: voice, spoken: trente-neuf dix-neuf,
     hours: {osm: 24/7, seen: "2024"}, cost: free, bill trace: none, audiences: [victime, temoin, professionnel],
     sources: [{title: page, date: "2024-11"}]}
  - {id: "116006", number: "116006", display: "116 006", name: Aide aux victimes, channel: voice, cost: free,
     hours: {osm: "Mo-Su 09:00-20:00", seen: "2024"}, audiences: [victime, temoin, professionnel],
     elsewhere: [{departements: ["974"], number: "01 80 52 33 76"}], sources: [{title: page, date: n.d.}]}
  - {id: "0801901911", number: "08 019 019 11", name: Ne frappez pas, channel: voice, audiences: [auteur],
     sources: [{title: page, date: "2024"}]}
  - {id: "3039", number: "3039", name: Accès au droit, channel: voice, sources: [{title: page, date: n.d.}]}
  - {id: pnav, number: "", display: "service-public.gouv.fr", name: Police par écrit, channel: chat,
     url: "https://www.service-public.gouv.fr/cmi", hours: {osm: 24/7, seen: "2024"}, audiences: [victime, temoin],
     sources: [{title: page, date: "2024"}]}
  - {id: rappel, number: "0800112112", name: Numéro de rappel, channel: voice, dial: no, cost: free,
     sources: [{title: page, date: "2024"}]}
"""
VENDEE = """\
name: Vendée
covers: {departement: "85"}
services:
  - id: cidff
    name: CIDFF de Vendée
    kind: cidff
    phones: [{number: "02 51 00 00 01", status: confirmed}]
    address: 1 rue Haute
    location: {insee: "85191", lat: 46.67, lon: -1.42}
    hours: {osm: "Mo-Fr 09:00-12:00", seen: "2024"}
    access: Sur rendez-vous.
    sources: [{title: page, date: "2024"}]
  - id: hopital
    name: Hôpital de La Roche
    kind: hopital
    phones: [{number: "02 51 00 00 02", status: confirmed}]
    location: {insee: "85191", lat: 46.68, lon: -1.42}
    hours: {osm: 24/7, seen: "2024"}
    checked: {on: "2026-10-01", by: equipe, how: phone}
    sources: [{title: page, date: "2024"}]
  - id: droits
    name: Point-justice
    kind: point-justice
    national number: "3039"
    sources: [{title: page, date: n.d.}]
  - id: social
    name: Assistante sociale
    kind: social
    phones: [{number: "02 51 00 00 03", status: to-confirm}]
    sources: [{title: page, date: n.d.}, {title: autre page, date: n.d.}]
  - id: sos
    name: SOS Vendée
    kind: solidarite-femmes
    sources: [{title: page, date: "2024"}]
"""
HERBIERS = """\
name: Pays des Herbiers
covers: {epci: "248500621"}
by commune: yes
services:
  - id: mairie
    name: Mairie de Mouchamps
    kind: mairie
    communes: ["85153"]
    phones: [{number: "02 51 00 00 04", status: confirmed}]
    location: {insee: "85153", lat: 46.78, lon: -1.06}
    sources: [{title: page, date: "2024"}]
"""
CONSTAT = """\
title: Constat
areas: ["85"]
text: |
  Un médecin peut constater les blessures.
  Urgence : {17}.
expires: "2027-11-21"
sources: [{title: page, date: "2024"}]
"""
LOCK = """\
17 17 2026-11-21 page
112 112 2026-11-21 page
114 114 2026-11-21 page
3919 3919 2026-11-21 page
3039 3039 2026-11-21 page
116006 116006 2026-11-21 page
116006.2 0180523376 2026-11-21 page
0801901911 0801901911 2026-11-21 page
rappel 0800112112 2026-11-21 page
vendee/cidff 0251000001 2026-11-21 page
"""

SOURCES = {
    "flows/accueil.yml": ACCUEIL,
    "flows/aide.yml": AIDE,
    "flows/victime.yml": VICTIME,
    "flows/temoin.yml": TEMOIN,
    "flows/auteur.yml": AUTEUR,
    "flows/pro.yml": PRO,
    "flows/trouver.yml": TROUVER,
    "flows/ici.yml": ICI,
    "flows/ou.yml": OU,
    "flows/langue.yml": LANGUE,
    "flows/urgence.yml": URGENCE,
    "flows/danger.yml": DANGER,
    "flows/always.yml": ALWAYS,
    "knowledge/france.yml": FRANCE,
    "knowledge/france/85-vendee.yml": VENDEE,
    "knowledge/france/85-vendee/pays-des-herbiers.yml": HERBIERS,
    "knowledge/france/cards/constat.yml": CONSTAT,
    "knowledge/numbers.lock": LOCK,
}

GERMAN = {
    "Aide et écoute": "Hilfe",
    "Trouver un service": "Dienste finden",
    "Fermer": "Beenden",
    "fermer, stop, quitter": "beenden, weg",
    "Numéros d'urgence": "Notruf",
    "u": "n",
    "Retour": "Zurück",
}
"""What the German catalogue really says; elsewhere a « ~ » shows that a sentence went through it."""


def catalogue(translated: dict[str, str]) -> str:
    """Write a `.po` file."""

    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
    return header + "".join(f"\nmsgid {quoted(one)}\nmsgstr {quoted(other)}\n" for one, other in translated.items())


DE = "locales/de/LC_MESSAGES/messages.po"


@cache
def files() -> dict[str, str]:
    """Return the whole content, German included."""
    wanted = dict.fromkeys(text.strip() for text, _ in texts(compile(SOURCES, PLACES)) if text.strip())
    return SOURCES | {DE: catalogue({text: GERMAN.get(text, f"{text} ~") for text in wanted})}


@cache
def small() -> Script:
    """Return the small script."""
    return compile(files(), PLACES)


def changed(file: str, *changes: tuple[str, str]) -> dict[str, str]:
    """Return the content with pieces of one file replaced; each piece must be there once."""
    text = files()[file]
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {file}"
        text = text.replace(old, new)
    return files() | {file: text}


def plain(text: str) -> str:
    """Return a text without what steers its direction, its spaces made ordinary."""
    return bare(text).replace(NARROW, " ").replace("\N{NO-BREAK SPACE}", " ")


class Talk:
    """A conversation as a person has it: what they press and type, what they read.

    Nothing but the token goes from one turn to the next, as on a network.
    """

    def __init__(self, script: Script | None = None, opened: Opened | None = None, now: datetime = NOW) -> None:
        self.script, self.now = script or small(), now
        self.session: Session = start(self.script)
        self.turn: Turn
        self.send(opened or Opened())

    def send(self, event: Event) -> Talk:
        """Go on with an event."""
        self.turn = advance(self.script, self.session, event, self.now)
        if self.turn.session is None:
            self.session = start(self.script)
        else:
            back = decode(self.script, self.token, self.now)
            assert back == self.turn.session, f"{back} is not {self.turn.session}"
            self.session = back
        return self

    def press(self, *labels: str) -> Talk:
        """Press buttons by what is written on them, the bar's included."""
        for label in labels:
            offered = {one.label: str(one.id) for one in (*self.screen.choices, *self.screen.bar)}
            assert label in offered, f"« {label} » is not offered: {list(offered)}"
            self.send(Pressed(offered[label]))
        return self

    def type(self, *messages: str) -> Talk:
        """Type messages."""
        for message in messages:
            self.send(Typed(message, self.screen.choices if self.screen.offers else ()))
        return self

    def photo(self) -> Talk:
        """Send a photo."""
        return self.send(Unreadable("photo"))

    @property
    def screen(self) -> Screen:
        """Return what is shown."""
        return self.turn.screen

    @property
    def text(self) -> str:
        """Return what is read, with ordinary spaces."""
        return plain(self.screen.text)

    @property
    def step(self) -> str:
        """Return where one stands."""
        return self.screen.step

    @property
    def labels(self) -> list[str]:
        """Return the choices offered."""
        return [choice.label for choice in self.screen.choices]

    @property
    def bar(self) -> list[str]:
        """Return the labels of the bar."""
        return [button.label for button in self.screen.bar]

    @property
    def token(self) -> str:
        """Return the token of this screen."""
        assert self.turn.session is not None
        return encode(self.script, self.turn.session)


@cache
def everywhere() -> tuple[Session, ...]:
    """Return a session for every screen of the small script, the shortest way to each, with and without a commune."""
    script = small()
    pending = [start(script, place=place) for place in (None, "85191", "85153", "97411")]
    seen: dict[object, Session] = {}
    while pending:
        session = pending.pop(0)
        key = (session.at, session.entry, session.place, session.noticed)
        if key in seen:
            continue
        seen[key] = session
        events = [Pressed(choice.id) for choice in show(script, session, NOW).choices]
        events += [Pressed(Key.EMERGENCY), Typed("langue"), Typed("mouchamps"), Typed("85000"), Typed("mon mari")]
        for event in events:
            turn = advance(script, session, event, NOW)
            if turn.session is not None:
                pending.append(turn.session)
    return tuple(seen.values())
