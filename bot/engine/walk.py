"""Walk every screen that anybody can reach, in every language, place and moment that matters, and judge each one.

Walking whole trails would be millions of screens. A screen depends only on the page, the answers that pages read, the
area and the commune, so those are what is walked: breadth first, so that the path told for a breach is the shortest.
Moments are instants computed from the content itself: when most services are open, when fewest are, and years later,
when everything has grown old.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.directory.schedule import opening
from bot.engine import wording
from bot.engine.advance import advance, show
from bot.engine.asks import AskLanguage, AskPlace
from bot.engine.message import Key, Pressed
from bot.engine.page import LONGEST
from bot.engine.session import FRANCE, HERE, JUMP
from bot.engine.steps import End
from bot.engine.token import LONGEST as LONGEST_TOKEN
from bot.engine.token import decode, encode
from bot.engine.trail import push, steps_of
from bot.errors import Problem
from bot.text import FSI, PDI

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.directory.places import Place
    from bot.engine.message import Screen
    from bot.engine.script import Script
    from bot.engine.session import Session

ISOLATED = re.compile(f"{FSI}[^{PDI}]*{PDI}")
"""A number, a date or a time, kept in its order (promise P8)."""

INVARIANTS = ("P1", "P6", "P8", "P9", "P10", "P11", "P21", "P23")
EMERGENCY = ("17", "114", "112")
FIRST_NUMBER, DEEPEST = 3, 8
"""Presses to a first useful number, and to any leaf, the commune typed left out (promise P9)."""
SAMPLES = 3
"""Communes tried for each area, besides those of the whole country."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that a screen breaks."""

    promise: str
    step: str
    sentence: str
    path: tuple[str, ...]
    locale: str


@dataclass(frozen=True, slots=True)
class Walked:
    """What the walk found."""

    screens: int
    breaches: tuple[Breach, ...]

    def problems(self, script: Script) -> Iterator[Problem]:
        """Give each breach once, where its step is written, with the shortest way to see it."""
        told = set()
        for breach in self.breaches:
            key = (breach.promise, breach.step, breach.sentence)
            if key not in told:
                told.add(key)
                way = " > ".join(breach.path) or "accueil"
                where = f"[{breach.promise}, {breach.locale}] {breach.sentence} (chemin : {way})"
                yield Problem(script.steps[breach.step].head.at, where)


@dataclass(frozen=True, slots=True)
class _Stand:
    """One place in the walk, and how it was reached."""

    session: Session
    path: tuple[str, ...]
    presses: int


def moments(script: Script, now: datetime) -> tuple[datetime, ...]:
    """Return when most local services are open, when fewest are, and when all has grown old."""
    local = [s for area in script.directory.areas.values() for s in area.services if s.hours is not None]
    monday = (now - timedelta(days=now.weekday())).replace(hour=0, minute=15, second=0, microsecond=0)
    instants = [monday + timedelta(minutes=30 * half) for half in range(7 * 48)]

    def open_at(instant: datetime) -> int:
        return sum(opening(service.hours, service.closures, instant).open is True for service in local)

    counted = {instant: open_at(instant) for instant in instants[::3]}
    busiest, quietest = max(counted, key=counted.__getitem__), min(counted, key=counted.__getitem__)
    return busiest, quietest, quietest.replace(year=now.year + 6, day=min(quietest.day, 28))


def walk(script: Script, now: datetime) -> Walked:
    """Draw and judge every screen; `now` only chooses around which week."""
    breaches: list[Breach] = []
    screens = 0
    times = moments(script, now)
    for area in script.directory.areas:
        stands = list(_stands(script, area, times[0]))
        for stand in stands:
            for locale in script.catalogues:
                session = replace(stand.session, locale=locale)
                for index, moment in enumerate(times):
                    screen = show(script, session, moment)
                    screens += 1
                    found = _judge(script, session, screen, moment, first=index == 0)
                    breaches.extend(Breach(p, screen.step, said, stand.path, locale) for p, said in found)
        breaches.extend(_depths(script, stands, times[0]))
    return Walked(screens, tuple(breaches))


def _stands(script: Script, area: str, now: datetime) -> Iterator[_Stand]:
    """Give every place one can stand in, starting from home in an area, nearest first."""
    samples = _samples(script, area)
    start = _Stand(script.home("fr", area), (), 0)
    pending, seen = deque([start]), {_key(script, start.session, now)}
    while pending:
        stand = pending.popleft()
        yield stand
        for onward in _onward(script, stand, samples, now):
            key = _key(script, onward.session, now)
            if key not in seen:
                seen.add(key)
                pending.append(onward)


def _onward(script: Script, stand: _Stand, samples: Sequence[Place], now: datetime) -> Iterator[_Stand]:
    session, step = stand.session, script.steps[stand.session.at]
    jumps = [Key.EMERGENCY.value]
    if not stand.path:
        jumps += [jump for jump in script.jumps if jump.startswith((JUMP + "now:", JUMP + "flow:", JUMP + "place"))]
    answers = [(choice.id, choice.label) for choice in getattr(step, "choices", ())]
    for answer, label in [*answers, *((jump, jump) for jump in jumps)]:
        moved = push(script, session, JUMP + "emergency" if answer == Key.EMERGENCY else answer, now)
        if moved is not None:
            yield _Stand(moved, (*stand.path, label), stand.presses + 1)
    if isinstance(step, AskPlace):
        for place in samples:
            moved = push(script, session, HERE + place.insee, now)
            if moved is not None:
                yield _Stand(moved, (*stand.path, place.name), stand.presses)


def _key(script: Script, session: Session, now: datetime) -> tuple[object, ...]:
    """Return what the screen of a session depends on, and what the rest of its flow will."""
    steps = list(steps_of(script, session, session.entry, now))
    flow = session.at.split(".", 1)[0]
    answers = tuple(
        (visit.step, visit.answer)
        for visit in session.trail
        if visit.step in script.slots_read and visit.step.startswith(f"{flow}.") and not visit.answer.startswith(HERE)
    )
    departement = script.departement_of(session)
    local = any(getattr(step, "groups", None) is not None or getattr(step, "skip", False) for step in steps)
    if local:
        return session.entry, session.at, answers, session.place, session.area
    if all(step.fixed for step in steps):
        departement = departement if departement in script.apart else None
    return session.entry, session.at, answers, departement


def _samples(script: Script, area: str) -> list[Place]:
    """Return a few communes to try in an area: where its services are; for the country, one of each kind of land."""
    directory = script.directory
    found = [s.location.insee for s in directory.areas[area].services if s.location is not None]
    chosen = [directory.places.get(insee) for insee in dict.fromkeys(found)]
    places = [place for place in chosen if place is not None and directory.area_of(place.insee).id == area][:SAMPLES]
    if area == FRANCE:
        lands: dict[str, Place] = {}
        for place in directory.places:
            if directory.area_of(place.insee).id == area and (place.departement in script.apart or not lands):
                lands.setdefault(place.departement, place)
        places += lands.values()
    return places


def _depths(script: Script, stands: Sequence[_Stand], now: datetime) -> Iterator[Breach]:
    """Check that a first useful number and every leaf are few presses away."""
    useful = [s.presses for s in stands if len(show(script, s.session, now).numbers) > 0]
    if not useful or min(useful) > FIRST_NUMBER:
        yield Breach("P9", script.home("fr").at, "aucun numéro utile à moins de trois appuis", (), "fr")
    for stand in stands:
        if isinstance(script.steps[stand.session.at], End) and stand.presses > DEEPEST:
            yield Breach("P9", stand.session.at, f"à {stand.presses} appuis : {DEEPEST} au plus", stand.path, "fr")


def _judge(
    script: Script, session: Session, screen: Screen, now: datetime, *, first: bool
) -> Iterator[tuple[str, str]]:
    yield from _p1(script, session, screen, now, first=first)
    yield from _p6(script, session, screen)
    yield from _p8(screen)
    yield from _p9(script, session, screen)
    yield from _p10(script, session, screen)
    yield from (("P11", f"« {read} » : {wrong}") for read, wrong in wording.forbidden(screen.text, session.locale))
    yield from _p23(script, session, screen)
    if first:
        token = encode(script, session)
        if len(token) > LONGEST_TOKEN:
            yield "P21", f"un bouton de {len(token)} caractères : {LONGEST_TOKEN} au plus"
        if decode(script, token, now) != session:
            yield "P21", "son bouton ne ramène pas à cet écran"


def _p1(script: Script, session: Session, screen: Screen, now: datetime, *, first: bool) -> Iterator[tuple[str, str]]:
    shown = {number.id for number in screen.numbers}
    if screen.bar.emergency is None:
        if not shown.issuperset(EMERGENCY):
            yield "P1", "l'écran d'urgence n'a pas 17, 114 et 112"
    elif first:
        turn = advance(script, session, Pressed(Key.EMERGENCY), now)
        if turn.session is None or not {n.id for n in turn.screen.numbers}.issuperset(EMERGENCY):
            yield "P1", "« Numéros d'urgence » n'y mène pas à 17, 114 et 112"
        elif advance(script, turn.session, Pressed(Key.BACK), now).screen.text != screen.text:
            yield "P1", "« Retour » ne ramène pas de l'urgence au même écran"


def _p6(script: Script, session: Session, screen: Screen) -> Iterator[tuple[str, str]]:
    if screen.bar.emergency is not None:
        word = wording.revealing(screen.text[: wording.AT_A_GLANCE], session.locale)
        if word:
            yield "P6", f"« {word} » se lit dans les {wording.AT_A_GLANCE} premiers caractères"
    home = script.home(session.locale).at
    if session.at == home or session.at in script.notices:
        for label in (*screen.choices, *screen.bar):
            word = wording.revealing(label.label, session.locale)
            if word:
                yield "P6", f"le bouton « {label.label} » révèle « {word} »"


def _p8(screen: Screen) -> Iterator[tuple[str, str]]:
    left = wording.typed_digits(ISOLATED.sub("", screen.text))
    if left and len(left) > 2:  # « 17 » may be the number of a street
        yield "P8", f"« {left} » n'est pas isolé : ses chiffres se liraient à l'envers dans une autre écriture"
    for held in ISOLATED.findall(screen.text):
        if " " in held:
            yield "P8", f"« {held[1:-1]} » peut se couper : il faut une espace insécable entre ses groupes"


def _p9(script: Script, session: Session, screen: Screen) -> Iterator[tuple[str, str]]:
    step = script.steps[session.at]
    if not isinstance(step, End | AskLanguage) and not screen.choices and not isinstance(step, AskPlace):
        yield "P9", "cul-de-sac : aucun choix"
    if isinstance(step, End):
        voices = {number.channel for number in screen.numbers} | {"voice" for s in screen.services if s.phone}
        if "voice" not in voices:
            yield "P9", "fin sans voix humaine : ajoutez un numéro que l'on appelle"
        if voices.isdisjoint({"sms", "chat", "web"}):
            yield "P9", "fin sans voie écrite : ajoutez {114} ou {pnav}"
    if step.head.audience == "victime" and any(number.id == "3919" for number in screen.numbers):
        others = {number.id for number in screen.numbers} & {"116006", "pnav"}
        if not others:
            yield "P9", "le 3919 sans voie ouverte aux hommes : ajoutez 116006 ou pnav"


def _p10(script: Script, session: Session, screen: Screen) -> Iterator[tuple[str, str]]:
    audience = script.steps[session.at].head.audience
    numbers = script.directory.numbers
    if audience is not None:
        for number in screen.numbers:
            if not numbers[number.id].seen_by(audience):
                yield "P10", f"« {number.id} » n'est pas pour le public « {audience} »"
    for service in screen.services:
        if service.phone_status == "to-confirm" and audience != "professionnel":
            yield "P10", f"« {service.id} » : un numéro à confirmer ne se montre qu'aux professionnels"
        if service.kind == "hebergement":
            yield "P10", f"« {service.id} » : un hébergement ne se montre à personne"
        if audience == "auteur" and service.kind != "cpca":
            yield "P10", f"« {service.id} » n'est pas pour un auteur"


def _p23(script: Script, session: Session, screen: Screen) -> Iterator[tuple[str, str]]:
    if len(screen.text) > LONGEST:
        yield "P23", f"{len(screen.text)} caractères : {LONGEST} au plus, raccourcissez"
    prose = "\n".join(line.text for line in screen.lines if not line.card)
    counts = wording.sentences(prose)
    minor = script.steps[session.at].head.audience == "mineur"
    longest = wording.LONGEST_SENTENCE_MINOR if minor else wording.LONGEST_SENTENCE
    mean = wording.MEAN_SENTENCE_MINOR if minor else wording.MEAN_SENTENCE
    if counts and max(counts) > longest:
        yield "P23", f"une phrase de {max(counts)} mots : {longest} au plus"
    if counts and sum(counts) / len(counts) > mean:
        yield "P23", f"{sum(counts) / len(counts):.1f} mots par phrase : {mean} au plus en moyenne"
