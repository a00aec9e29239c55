"""What is true on every screen of every journey (X1 to X17), on every screen that the walk can reach, in every locale.

`repere check` proves the promises with the project's own reading of them. Here the rules are read again, by other code,
from the printed JSON: two readings of one sentence find what one of them missed.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from bot import commands
from bot.channels.console import to_json
from bot.engine.advance import advance, show, start
from bot.engine.message import Key, Opened, Pressed, Turn, Typed
from bot.engine.session import HERE
from bot.engine.walk import _stands, moments
from bot.i18n import SOURCE
from tests.journeys import rules
from tests.journeys.talking import digits, folded, instant, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from bot.engine.script import Script
    from bot.engine.session import Session

HOLIDAYS = tuple(instant(f"{day}T15:00") for day in ("2026-12-25", "2027-01-01", "2027-05-01", "2027-07-14"))
TUESDAY = instant("2026-11-24T15:00")
NEUTRAL = ("accueil", "trouver", "trouver-ici", "langue")
"""Flows of somebody who has not said why they come: no 3919 there, so nothing to balance."""

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Shown:
    """One screen as it is printed, where it stands and how it was reached."""

    printed: dict[str, Any]
    locale: str
    audience: str | None
    way: str
    at: datetime


@pytest.fixture(scope="module")
def stands(script: Script) -> list[tuple[Session, str]]:
    """Return every place one can stand in, of every area, with the shortest way there."""
    now = moments(script, TUESDAY)[0]
    return [
        (stand.session, f"{area} : {' > '.join(stand.path) or 'accueil'}")
        for area in script.directory.areas
        for stand in _stands(script, area, now)
    ]


@pytest.fixture(scope="module")
def screens(script: Script, stands: list[tuple[Session, str]]) -> list[Shown]:
    """Return every screen that differs, in every locale, when doors are open, when they are closed, and years later."""
    found: dict[tuple[object, ...], Shown] = {}
    times = moments(script, TUESDAY)
    for locale in script.catalogues:
        for session, way in stands:
            for now in times if locale == SOURCE else times[:2]:
                here = replace(session, locale=locale)
                screen = show(script, here, now)
                key = (screen.step, locale, screen.text, screen.services)
                if key not in found:
                    printed = json.loads(to_json(script, Turn(here, screen)))
                    found[key] = Shown(printed, locale, script.steps[here.at].head.audience, way, now)
    return list(found.values())


def told(wrong: list[str]) -> str:
    """Return the first things wrong, one a step, and how many there are."""
    first = {line.split(" [")[0] + line.split("] ")[-1].split(" (")[0]: line for line in reversed(wrong)}
    return f"{len(wrong)} fois :\n" + "\n".join(list(reversed(first.values()))[:15])


def broken(screens: list[Shown], rule: Callable[[Shown], Iterator[str]]) -> list[str]:
    """Return what a rule finds wrong, each with where to see it."""
    return [
        f"{shown.printed['step']} [{shown.locale}, {shown.at:%Y-%m-%d %H:%M}] {reason} ({shown.way})"
        for shown in screens
        for reason in rule(shown)
    ]


# --- one screen at a time --------------------------------------------------------------------------------------------


def test_the_walk_sees_the_whole_of_it(script: Script, screens: list[Shown]) -> None:
    """A rule that holds on no screen proves nothing."""
    drawn = {shown.printed["step"] for shown in screens}
    waiting = {id for id, step in script.steps.items() if step.waits}
    assert len(drawn) > 300
    assert {shown.locale for shown in screens} == set(script.catalogues)
    assert len(drawn) > 0.95 * len(waiting), sorted(waiting - drawn)


@pytest.mark.parametrize("rule", rules.EVERYBODY, ids=lambda rule: rule.__name__)
def test_rules_of_one_screen(screens: list[Shown], rule: Callable[..., Iterator[str]]) -> None:
    """X3, X4, X6, X7, X8, X9, X11, X12, X14: read from one screen alone."""
    wrong = broken(screens, lambda shown: rule(shown.printed, shown.locale))
    assert not wrong, told(wrong)


def test_numbers_go_to_those_they_are_for(screens: list[Shown]) -> None:
    """X5: numbers to confirm to professionals only, last, with their year; those of the notes to nobody."""
    wrong = broken(screens, lambda shown: rules.allowed(shown.printed, shown.audience))
    assert not wrong, told(wrong)


def test_who_comes_first_for_a_victim(screens: list[Shown]) -> None:
    """X15, X16: associations and hospitals before town halls, no institution, a way for men beside 3919."""
    wrong = broken(screens, lambda shown: rules.for_victims(shown.printed, shown.audience))
    assert not wrong, told(wrong)


def test_authors_get_nothing_that_finds_a_victim(script: Script, screens: list[Shown]) -> None:
    """P10: neither a service for victims, nor their numbers, nor a way to them."""
    victims = {number.id for number in script.directory.numbers.values() if not number.seen_by("auteur")}

    def rule(shown: Shown) -> Iterator[str]:
        if shown.audience == "auteur":
            yield from (f"le {n['id']} n'est pas pour lui" for n in shown.printed["numbers"] if n["id"] in victims)
            yield from (f"« {s['name']} »" for s in shown.printed["services"] if s["kind"] != "cpca")

    wrong = broken(screens, rule)
    assert not wrong, told(wrong)


def test_minors_are_not_sent_to_adults_services(screens: list[Shown]) -> None:
    """R20, R22: no commune is asked of a minor, and 119 is never given without saying that it may alert."""

    def rule(shown: Shown) -> Iterator[str]:
        if shown.audience != "mineur" or shown.locale != "fr":
            return
        yield from (f"« {s['name']} »" for s in shown.printed["services"])
        text = folded(shown.printed["text"])
        if "119" in rules.listed(shown.printed) and not any(
            word in text for word in ("alerter", "prevenir", "proteger")
        ):
            yield "le 119 sans dire qu'il peut alerter pour protéger"

    wrong = broken(screens, rule)
    assert not wrong, told(wrong)


def test_holidays_close_every_local_door(script: Script, stands: list[tuple[Session, str]]) -> None:
    """X13: on 25 December, 1 January, 1 May and 14 July at 15 h nobody local is open who is not open day and night."""
    always = {
        s.id for area in script.directory.areas.values() for s in area.services if s.hours and s.hours.osm == "24/7"
    }
    wrong, local = [], 0
    for session, way in stands:
        if not show(script, session, TUESDAY).services:
            continue
        for now in HOLIDAYS:
            for service in show(script, session, now).services:
                local += 1
                if service.opening.open is True and service.id not in always:
                    wrong.append(f"{session.at} : « {service.name} » est dit ouvert le {now:%d/%m} à 15 h ({way})")
    assert local > 100
    assert not wrong, told(wrong)


def test_no_door_is_open_on_old_hours(script: Script, screens: list[Shown]) -> None:
    """X14: never « ouvert » without hours, nor on hours seen before 2022."""
    seen: dict[str, set[int]] = {}
    for area in script.directory.areas.values():
        for service in area.services:
            if service.hours is not None and service.hours.seen[:4].isdecimal():
                seen.setdefault(service.id, set()).add(int(service.hours.seen[:4]))

    def rule(shown: Shown) -> Iterator[str]:
        for service in shown.printed["services"]:
            if service["open"] is True and not any(year >= 2022 for year in seen.get(service["id"], ())):
                yield f"« {service['name']} » est dit ouvert sans horaires, ou sur des horaires trop vieux"
            if service["open"] is True and service["id"] not in seen:
                yield f"« {service['name']} » est dit ouvert, et n'a pas d'horaires"
        for number in shown.printed["numbers"]:
            if number["open"] is True and not number["hours"]:
                yield f"le {number['id']} est dit ouvert, et n'a pas d'horaires"

    wrong = broken(screens, rule)
    assert not wrong, told(wrong)


# --- what one gesture leads to ---------------------------------------------------------------------------------------


def test_emergency_is_one_press_away_and_back_returns(script: Script, stands: list[tuple[Session, str]]) -> None:
    """X1, P1: 17, 114 and 112 are there or one press away, and « Retour » brings the same screen back."""
    wrong = []
    for session, way in stands:
        here = show(script, session, TUESDAY)
        urgent = advance(script, session, Pressed(Key.EMERGENCY), TUESDAY)
        assert urgent.session is not None
        if here.bar.emergency is None:
            urgent = Turn(session, here)
        if not {"17", "114", "112"} <= {number.id for number in urgent.screen.numbers}:
            wrong.append(f"{session.at} : « Numéros d'urgence » n'y mène pas à 17, 114 et 112 ({way})")
        if urgent.screen.services:
            wrong.append(f"{session.at} : l'écran d'urgence montre des services ({way})")
        if here.bar.emergency is not None:
            returned = advance(script, urgent.session, Pressed(Key.BACK), TUESDAY).screen
            if (returned.step, returned.text) != (here.step, here.text):
                wrong.append(f"{session.at} : « Retour » mène à {returned.step} ({way})")
    assert not wrong, told(wrong)


@pytest.mark.parametrize("word", ["f", "Fermer", "stop", "/stop", "quitter", "X"])
def test_closing_erases_from_everywhere(script: Script, stands: list[tuple[Session, str]], word: str) -> None:
    """X2, P2: closing erases, and what opens next has the bytes of a first visit."""
    first = to_json(script, advance(script, start(script), Opened("manche"), TUESDAY))
    steps: set[str] = set()
    for session, way in stands:
        if session.at in steps:
            continue
        steps.add(session.at)
        turn = advance(script, session, Typed(word), TUESDAY)
        assert turn.erased, f"« {word} » n'efface pas depuis {session.at} ({way})"
        assert turn.screen.text == script.always.phrases["closed"], way
        assert not turn.screen.numbers, way
        assert not turn.screen.services, way
    assert to_json(script, advance(script, start(script), Opened("manche"), TUESDAY)) == first


JUNK = (
    "Zxqv Kéwurx 06 12 34 56 78 <b>bLoUpZ</b>",
    "je m appelle Wolframine Duquesnoy-Zzyzx et j habite au 47 impasse des Quenouilles",
    "mot de passe : H0rt3ns1a!{3919}{commune}",
    "\u202e9193\u202c \u2066xkcdvw\u2069 🟣🟣🟣",
)
WORDS = ("zxqv", "kewurx", "bloupz", "wolframine", "duquesnoy", "zzyzx", "quenouilles", "h0rt3ns1a", "xkcdvw")
DIGITS = ("0612345678",)


def test_nothing_typed_comes_back(script: Script, stands: list[tuple[Session, str]]) -> None:
    """X10, P21: on no screen, whatever is typed there."""
    steps: set[str] = set()
    wrong = []
    for session, way in stands:
        if session.at in steps:
            continue
        steps.add(session.at)
        for junk in JUNK:
            printed = to_json(script, advance(script, session, Typed(junk), TUESDAY))
            screen = read(printed)
            back = folded(printed)
            wrong += [f"{session.at} : « {word} » revient ({way})" for word in WORDS if word in back]
            wrong += [f"{session.at} : {one} revient ({way})" for one in DIGITS if one in digits(screen["text"])]
            if "🟣" in printed or "\u202e" in printed:
                wrong.append(f"{session.at} : un caractère tapé revient ({way})")
    assert not wrong, told(wrong)


@pytest.mark.parametrize(
    ("typed", "official"), [("bOuLoGnE bIlLaNcOuRt", "Boulogne-Billancourt"), ("st lo", "Saint-Lô")]
)
def test_only_the_official_name_of_a_commune_comes_back(script: Script, typed: str, official: str) -> None:
    """X10: the name it has in the official list, never the way it was typed."""
    turn = advance(script, start(script, "manche"), Typed(typed), TUESDAY)
    assert turn.session is not None
    assert turn.session.place is not None
    assert typed not in to_json(script, turn)
    assert official in to_json(script, turn)


# --- the same for everybody ------------------------------------------------------------------------------------------


def test_the_same_bytes_twice(script: Script, screens: list[Shown]) -> None:
    """X17: screens are kept to be fast; a script that has kept nothing, asked in another order, prints the same."""
    fresh = commands.load()
    chance = random.Random(17)
    some = chance.sample(screens, min(400, len(screens)))
    for shown in some:
        session = _decoded(fresh, shown)
        if session is None:
            continue
        again = json.loads(to_json(fresh, Turn(session, show(fresh, session, shown.at))))
        assert again == shown.printed, shown.way


def _decoded(script: Script, shown: Shown) -> Session | None:
    from bot.engine.token import decode

    return decode(script, shown.printed["token"], shown.at)


def test_every_screen_comes_back_from_its_button(script: Script, screens: list[Shown]) -> None:
    """The token printed beside a screen is enough to see it again: no store, no loss (design §2)."""
    wrong = []
    for shown in screens:
        session = _decoded(script, shown)
        if session is None or show(script, session, shown.at).text != shown.printed["text"]:
            wrong.append(f"{shown.printed['step']} [{shown.locale}] ({shown.way})")
    assert not wrong, told(wrong)


PASTS = (
    (),
    ("je veux la frapper", "r"),
    ("je suis attiré par les enfants", "r"),
    ("il me frappe", "r"),
    ("3", "r"),
    ("1", "4", "r"),
)
"""What different people did before; each ends at home, or where the notice has been answered."""
AFTER = (("3", "3", "3"), ("1", "1", "2"), ("1", "2", "2", "2"), ("1", "3", "1"), ("1", "4", "1"), ("u", "1"))


@pytest.mark.parametrize("after", AFTER, ids="-".join)
def test_different_pasts_see_the_same(script: Script, after: tuple[str, ...]) -> None:
    """P10: two people with different pasts get the same screen, down to the byte, once the notice is behind them."""
    seen = set()
    for past in PASTS:
        session = start(script, "pays-des-herbiers")
        for line in (*past, "accueil", *after):
            turn = advance(script, session, Typed(line), TUESDAY)
            assert turn.session is not None
            session = turn.session
        printed = read(to_json(script, turn)) | {"token": ""}
        seen.add(json.dumps(printed, ensure_ascii=False))
    assert len(seen) == 1, "\n\n".join(json.loads(one)["text"] for one in seen)


def test_a_visit_leaves_nothing_for_the_next(script: Script, talk: Callable[..., Any]) -> None:
    """X2, X17: after a hundred conversations the first screen, and the ones after, have the bytes they had at first."""

    def visit() -> list[str]:
        conversation = talk("angers-loire-metropole", "2026-11-24T15:00")
        return [
            conversation.open(),
            *(conversation.write(line) for line in ("1", "1", "2", "3", "Angers", "u", "r", "f", "")),
        ]

    first = visit()
    for number in range(20):
        other = talk("manche", f"2026-12-{number + 1:02}T03:00")
        other.open()
        for line in ("1", "4", "3", "Saint-Lô", "je veux mourir", "accueil", "3", "3", "3", "Cherbourg", "f"):
            other.write(line)
    assert visit() == first


def test_a_place_typed_changes_only_what_is_near(script: Script) -> None:
    """P10, X8: a commune shows who is near, and is forgotten with « Fermer »."""
    turn = advance(script, start(script, "france"), Typed("Mende"), TUESDAY)
    assert turn.session is not None
    assert turn.session.place is not None
    closed = advance(script, turn.session, Typed("fermer"), TUESDAY)
    assert closed.erased
    assert HERE not in to_json(script, closed)
