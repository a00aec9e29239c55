"""The conversation: one event in, one turn out. Nothing here reads a clock, a file, the network or chance.

A person is always in one place: a `Session`. An event either moves it or leaves it where it is, and in both cases the
answer is the whole screen of that place, so a repeated, late or forged button can do no harm: it shows a screen.

What somebody types is looked at in an order in which safety comes first:

    1. words of exit, when they are the whole message: « je veux que ça stop » erases nothing
    2. the bar (its letters, its words), when they are the whole message
    3. the exact label or the number of a choice offered
    4. danger, told by words anywhere in the message: the emergency screen at once; one « Retour » undoes it
    5. commands: home, language
    6. an answer as the step understands it: a label nearly typed, a commune where one is asked
    7. danger told by meaning, unless the whole message is the name of a commune
    8. what a professional looks up, « cidff vendôme mardi »; then a commune, where the screen is about a place
    9. a topic, by meaning and by words: offered as at most three suggestions, never entered by itself
    10. nothing known: the same screen, which says so

Unknown words never lead into a sensitive branch, and nothing typed changes the language.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.directory.kinds import AUDIENCES
from bot.engine import found
from bot.engine.asks import AskLanguage, AskPlace
from bot.engine.message import Choice, Key, Line, Opened, Pressed, Screen, Turn, Typed, Unreadable
from bot.engine.page import LEANEST, LONGEST, Page
from bot.engine.script import Kept, Script
from bot.engine.session import FIND, FRANCE, HERE, JUMP
from bot.engine.step import Waiting
from bot.engine.trail import back, push, steps_of, stop, with_place
from bot.engine.view import HOME, View
from bot.i18n import SOURCE
from bot.text import fold
from bot.understand.spot import spot
from bot.understand.understand import AUTHOR, OTHER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.directory.places import Place
    from bot.engine.found import Search
    from bot.engine.message import Event
    from bot.engine.script import Flow
    from bot.engine.session import Session
    from bot.engine.step import Step
    from bot.understand.understand import Heard

SUGGESTIONS = 3

FEW = 2
"""Words of a message that may be the name of several communes before it is anything else."""

LIKELY = 0.15
"""Score from which a topic told by meaning is suggested."""


def advance(script: Script, session: Session, event: Event, now: datetime) -> Turn:
    """Return what `event` leads to from `session` at `now` (an aware instant)."""
    match event:
        case Opened(area, locale, place):
            return _stay(script, start(script, area, locale, place), now)
        case Pressed(choice):
            return _pressed(script, session, choice, now)
        case Typed(text, offered):
            return _typed(script, session, text, offered, now)
        case Unreadable():
            return _stay(script, session, now, note=script.always.phrases["unreadable"])


def astray(script: Script, event: Event, now: datetime) -> Turn:
    """Return what an event leads to when the screen it answers is no longer known: never an answer of home.

    The bar, danger, commands, communes and topics are understood as ever; a number, a label, an old choice open home,
    which says so.
    """
    home = start(script)
    match event:
        case Pressed(choice) if choice not in set(Key) and not choice.startswith((JUMP, HERE)):
            return lost(script, now)
        case Typed(text):
            heard = script.ear.hear(text)
            return (
                _said(script, home, text, heard, now)
                or _alarmed(script, home, text, heard, now)
                or _elsewhere(script, home, text, heard, now)
                or lost(script, now)
            )
        case _:
            return advance(script, home, event, now)


def start(script: Script, area: str | None = None, locale: str | None = None, place: str | None = None) -> Session:
    """Return a session at home; a territory, a language or a commune that does not exist is left out."""
    known = script.directory.places.get(place) if place else None
    return script.home(
        locale if locale and locale in script.catalogues else SOURCE,
        area if area and area in script.directory.areas else FRANCE,
        known.insee if known else None,
    )


def show(script: Script, session: Session, now: datetime, note: str = "") -> Screen:
    """Return the screen of a session; `note` is a text said first, if there is room for it."""
    departement = script.departement_of(session)
    region = departement if departement in script.apart else ""
    key = (session.entry, session.at, session.locale, session.noticed, region)
    kept = None if note else script.screens.get(key)
    if kept is not None and kept.holds(now):
        return kept.screen
    page, steps = _draw(script, session, now, note)
    screen = page.screen(steps[-1])
    if not note and page.fixed and all(step.fixed for step in steps):
        script.keep(key, Kept(screen, now, page.until))
    return screen


def lost(script: Script, now: datetime, locale: str = SOURCE) -> Turn:
    """Return home and say that the thread was lost: what is shown when anything at all goes wrong."""
    return _stay(script, script.home(locale), now, note=script.always.phrases["lost"])


def late(script: Script, session: Session, now: datetime) -> Turn:
    """Return the one neutral line that answers a message found too late (promise P5): « Retour » goes on from there."""
    return _offer(script, session, (), "late", now)


def urgent(script: Script, event: Event) -> Key | None:
    """Return what an event asks for that goes ahead of every queue: leaving, or help now.

    Wider than what it leads to, on purpose: to be served first harms nobody.
    """
    match event:
        case Pressed(Key.CLOSE | Key.EMERGENCY as key):
            return Key(key)
        case Typed(text):
            for key in (Key.CLOSE, Key.EMERGENCY):
                if _says(script, fold(text), key):
                    return key
            return Key.EMERGENCY if spot(script.ear.interrupts, text) else None
    return None


def _says(script: Script, said: str, key: Key) -> bool:
    """Tell whether a message is a word for a button, or the letter of it in any language."""
    letters = (button.key for locale in script.catalogues for button in script.bar(locale, "") if button.id == key)
    return said in script.words(key) or any(said == fold(letter) for letter in letters)


def _draw(script: Script, session: Session, now: datetime, note: str) -> tuple[Page, list[Step]]:
    view = View(script, session, now)
    steps = list(steps_of(script, session, session.entry, now))
    for lean in range(LEANEST + 1):
        page = Page(view, steps, lean, note)
        for step in steps:
            step.draw(page)
        if page.length() <= LONGEST:
            break
    if note and page.length() > LONGEST:
        return _draw(script, session, now, "")
    return page, steps


def _stay(script: Script, session: Session, now: datetime, note: str = "") -> Turn:
    session = replace(session, offered=False) if session.offered else session
    return Turn(session, show(script, session, now, note))


def _close(script: Script, session: Session) -> Turn:
    text = script.catalogues[session.locale].text(script.always.phrases["closed"])
    home = script.home(session.locale)
    bar = script.bar(session.locale, home.at)
    return Turn(None, Screen("", session.locale, (Line((text,)),), (), bar))


def _pressed(script: Script, session: Session, choice: str, now: datetime) -> Turn:
    if choice == Key.CLOSE:
        return _close(script, session)
    if choice == Key.BACK:
        return _stay(script, session if session.offered else back(script, session, now), now)
    if choice == Key.EMERGENCY:
        return _answer(script, session, JUMP + "emergency", now)
    if choice == HOME:
        return _stay(script, script.home(session.locale, session.area, session.place), now)
    return _answer(script, session, choice, now)


def _answer(script: Script, session: Session, answer: str, now: datetime) -> Turn:
    """Move on if it is an answer of this step, else show the same screen again."""
    if isinstance(script.steps[session.at], AskLanguage) and answer in script.catalogues:
        return _stay(script, replace(back(script, session, now), locale=answer), now)
    if answer.startswith(FIND) and (search := found.pressed(script, session, answer, now)):
        return _found(script, session, search, now)
    if answer.startswith(HERE) and not isinstance(script.steps[session.at], AskPlace):
        return _stay(script, _moved(script, session, answer[len(HERE) :], now), now)
    return _stay(script, push(script, session, answer, now) or session, now)


def _typed(script: Script, session: Session, text: str, offered: Sequence[Choice], now: datetime) -> Turn:
    said, heard = fold(text), script.ear.hear(text)
    exact = _exact(offered or show(script, session, now).choices, said)
    turn = _said(script, session, text, heard, now, exact)
    if turn is not None:
        return turn
    step = script.steps[session.at]
    answer = step.hear(View(script, session, now), text) if isinstance(step, Waiting) else None
    if isinstance(answer, str):
        return _pressed(script, session, answer, now)
    if answer and len(said.split()) > FEW:
        turn = _alarmed(script, session, text, heard, now)
    if turn is None and answer:
        turn = _offer(script, session, answer, "which place", now)
    if turn is not None:
        return turn
    note = getattr(step, "unclear", "") or script.always.phrases["unclear"]
    return (
        _alarmed(script, session, text, heard, now)
        or _elsewhere(script, session, text, heard, now)
        or _stay(script, session, now, note)
    )


def _said(
    script: Script, session: Session, text: str, heard: Heard, now: datetime, exact: str | None = None
) -> Turn | None:
    """Look at what means the same from any step, and at `exact`, the choice that was typed to the letter."""
    said = fold(text)
    for button in script.bar(session.locale, ""):
        if said in script.words(button.id) or said == fold(button.key):
            return _pressed(script, session, button.id, now)
    if exact is not None:
        return _pressed(script, session, exact, now)
    if heard.opens is not None:
        return _answer(script, session, f"{JUMP}now:{heard.opens}", now)
    if said in script.words("home"):
        return _pressed(script, session, HOME, now)
    if said in script.words("language"):
        return _answer(script, session, JUMP + "language", now)
    return None


def _alarmed(script: Script, session: Session, text: str, heard: Heard, now: datetime) -> Turn | None:
    """Open what a danger opens that no phrase tells; the name of a commune tells of none."""
    if heard.alarm is None or _is_place(script, text):
        return None
    return _answer(script, session, f"{JUMP}now:{heard.alarm}", now)


def _is_place(script: Script, text: str) -> bool:
    """Tell whether a message is a commune, to the letter, and nothing else."""
    said, places = fold(text), script.directory.places.find(text, None).places
    return any(said in (fold(place.name), *place.postcodes) for place in places)


def _about_place(script: Script, session: Session, now: datetime) -> bool:
    """Tell whether this screen lists what is near: another commune then changes the list."""
    return any(getattr(step, "near", "") for step in steps_of(script, session, session.entry, now))


def _moved(script: Script, session: Session, insee: str, now: datetime) -> Session:
    """Return the session in another commune: the same list there, or what is useful near it."""
    if script.directory.places.get(insee) is None:
        return session
    moved = with_place(session, insee)
    if _about_place(script, moved, now):
        return replace(moved, at=stop(script, moved, moved.entry, now))
    return push(script, moved, JUMP + "place", now) or session


def _exact(choices: Sequence[Choice], said: str) -> str | None:
    """Return the choice whose number or whole label was typed."""
    if said.isdecimal() and len(said) < 3 and 1 <= int(said) <= len(choices):
        return choices[int(said) - 1].id
    return next((choice.id for choice in choices if said and fold(choice.label) == said), None)


def _elsewhere(script: Script, session: Session, text: str, heard: Heard, now: datetime) -> Turn | None:
    """Try what is understood from any step: what a professional looks up, a commune, then a topic."""
    if search := found.typed(script, session, text, now):
        return _found(script, session, search, now)
    view = View(script, session, now)
    names = spot(script.suggestions, text)
    if _about_place(script, session, now) or session.at == script.home(session.locale).at:
        places = [place for place in view.find_place(text) if not names or _named(place, text)]
        if len(places) == 1:
            return _stay(script, _moved(script, session, places[0].insee, now), now)
        if places:
            offered = tuple(Choice(HERE + place.insee, place.full_name) for place in places)
            return _offer(script, session, offered, "which place", now)
    flows = _suggested(script, session, names, heard)
    if flows:
        offered = tuple(Choice(f"{JUMP}flow:{flow.name}", view.translate(flow.title)) for flow in flows[:SUGGESTIONS])
        return _offer(script, session, offered, "suggest", now)
    return None


def _suggested(script: Script, session: Session, names: Sequence[str], heard: Heard) -> list[Flow]:
    """Return the flows about what a message means, then those whose words it has; never another audience's."""
    audience = script.steps[session.at].head.audience
    topics = [topic for topic, score in heard.topics if score >= LIKELY]
    if topics and topics[0] == OTHER:
        topics = []
    speaks = audience or heard.audience
    about = [flow for topic in topics for flow in script.about(topic, speaks)]
    here = session.at.split(".", 1)[0]
    found = dict.fromkeys([*about, *(script.flows[name] for name in names)])
    others = {"professionnel"} if heard.topics and speaks is None else set[str]()
    if speaks == AUTHOR or audience is not None:
        others = {*AUDIENCES} - {speaks}
    return [flow for flow in found if flow.name != here and flow.audience not in others]


def _found(script: Script, session: Session, search: Search, now: datetime) -> Turn:
    """Return what was looked up, or which commune is meant; the session stays where it is."""
    if not search.sure:
        return _offer(script, session, search.choices, "found which", now)
    return Turn(replace(session, offered=True), found.screen(script, session, search, now))


def _named(place: Place, text: str) -> bool:
    """Tell whether a commune is there to the letter, by its name or its postcode, not by tolerance."""
    said = set(fold(text).split())
    return set(fold(place.name).split()) <= said or not said.isdisjoint(place.postcodes)


def label(script: Script, session: Session, id: str) -> str:
    """Return how a choice that a screen only offered is named; "" for anything else."""
    if id.startswith((HERE, FIND)):
        place = script.directory.places.get(id[1:6])
        return "" if place is None else place.label if id.startswith(FIND) else place.full_name
    flow = script.flows.get(id.removeprefix(f"{JUMP}flow:"))
    return script.catalogues[session.locale].text(flow.title) if flow else ""


def _offer(script: Script, session: Session, choices: Sequence[Choice], phrase: str, now: datetime) -> Turn:
    """Return a screen that only offers: it is not a place one can come back to, its choices work from anywhere."""
    here = show(script, session, now)
    text = script.catalogues[session.locale].text(script.always.phrases[phrase])
    lines = tuple(Line((line,)) for line in text.split("\n"))
    bar = script.bar(session.locale, "")
    offering = replace(
        here, lines=lines, choices=tuple(choices[:6]), bar=bar, numbers=(), services=(), offers=True, notice=False
    )
    return Turn(replace(session, offered=True), offering)
