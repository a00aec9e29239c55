"""The acceptance journeys of `tests/journeys/`, played on Telegram through the strict fake of its Bot API.

Buttons are pressed, words are typed, each by somebody of her own, on a clock set to the journey's instant. What is
visible in the chat must be the drawing of the screen that its own buttons stand for (`tests/journeys/telegram.py`):
then it is judged as on the terminal, and so is what stands there to be read. Everybody leaves an empty chat.

Where each rule of every screen (X1 to X18) is tested on Telegram:

    X1   17, 114, 112 one press away, and back   test_emergency_and_back_from_every_screen_of_it
    X2   « Fermer » leaves nothing, opens anew   test_closing_from_every_screen_of_it; `Phone.leave`, after everything
    X3, X4   what is seen at a glance, what fits a phone, the bar in order   test_rules_hold_on_what_is_read
    X5 to X9, X11, X12, X14 to X16               test_rules_hold_on_what_is_read
    X10  nothing typed comes back   `screen_of`, after each gesture: what is seen is drawn from the script's own words;
         words without sense, from every screen, in the test of X1
    X13  holidays                   J35; tests/test_every_screen.py for all the others, drawn here as they are there
    X17  played twice, same bytes   test_emergency_and_back_from_every_screen_of_it
    X18  late messages              tests/channels/test_telegram_late.py

Also after each gesture, in `Phone.seen` and `line_of`: one message of the bot at most and none of hers, no toast, no
wheel left turning, no sound; each number that can be dialled alone on its line, in the characters that a touch copies.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.botapi import Clock, Server
from tests.channels.telegram_bot import only, opens, presses, running
from tests.journeys.drawn import broken, unlike
from tests.journeys.play import Played, Player, Variant, journeys, play_variant, variants
from tests.journeys.talking import Wrong, button, folded, instant, labels, numbers_of, offered, read
from tests.journeys.telegram import Phone, Way, line_of, play_all, spoken

if TYPE_CHECKING:
    from bot.engine.script import Script

JOURNEYS = {journey["id"]: journey for journey in journeys()}
VARIANTS = {variant.name: variant for journey in JOURNEYS.values() for variant in variants(journey)}
FAST = ("J01-piece-a-cote", "J09-infirmiere-nuit", "J38-ecrit-vite")
SOME_FAST = [pytest.param(name, marks=() if name in FAST else pytest.mark.slow) for name in JOURNEYS]

NONSENSE = "wolframine zqxjk"
URGENT = {"17", "114", "112"}


def said(played: Played) -> str:
    """Return everything that went wrong, in one text."""
    return "\n\n".join(played.wrong)


def press(screen: dict[str, Any], label: str) -> str:
    """Return the button of a screen that a name of labels.yml means."""
    return button(screen, label, labels())[0]


# --- what is played ---------------------------------------------------------------------------------------------------


class ThereAndBack(Player):
    """After each turn: words without sense, the emergency screen, and back."""

    def _turn(self, turn: dict[str, Any]) -> None:
        super()._turn(turn)
        here, phone = self.seen.screen, self.conversation
        if here["erased"] or here["offers"]:
            return  # an offer is not a place to come back to
        told = phone.write(NONSENSE)
        if any(word in folded(told) for word in NONSENSE.split()):
            raise Wrong(f"X10 : ce qui a été écrit revient :\n{read(told)['seen']}")
        shown = numbers_of(here)
        if offered(here, "URGENCE", labels()):
            there = read(phone.write(press(read(told), "URGENCE")))
            shown = numbers_of(there)
            back = read(phone.write(press(there, "RETOUR")))
            if back != here:
                raise Wrong(f"X1 : Retour ramène à {back['step']}, d'où {here['step']} :\n{back['seen']}")
        if not URGENT.issubset(shown):
            raise Wrong(f"X1 : sur l'écran d'urgence on lit {shown}")


def closing(journey: dict[str, Any], place: int) -> Way:
    """Close from the screen that a journey reaches at some turn, and open again."""
    turns = [{key: value for key, value in turn.items() if key != "expect"} for turn in journey["turns"]]

    def way(phone: Phone) -> Played:
        played = Player(journey, phone).play(turns[: place + 1])
        if not (played.wrong or played.seen.screen["erased"]):
            if not read(phone.write(press(played.seen.screen, "FERMER")))["erased"]:
                played.wrong.append(f"X2 : « Fermer » laisse quelque chose, depuis {played.path}")
            if phone.open() != played.seen.lines[0]:
                played.wrong.append(f"X2 : rouvert autrement que la première fois, depuis {played.path}")
        return played

    return way


def asked(request: pytest.FixtureRequest) -> list[str]:
    """Return the names of what the tests chosen for this run want of a fixture: nothing else is played."""
    items = [item for item in request.session.items if request.fixturename in getattr(item, "fixturenames", ())]
    return [item.callspec.params["name"] for item in items if isinstance(item, pytest.Function)]


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest, script: Script) -> dict[str, Played]:
    """Return each journey, played by as many people at once."""

    def way(one: dict[str, Any]) -> Way:
        return lambda phone: Player(one, phone).play(one["turns"])

    return play_all(script, {name: (JOURNEYS[name]["at"], way(JOURNEYS[name])) for name in asked(request)})


@pytest.fixture(scope="module")
def played_again(request: pytest.FixtureRequest, script: Script) -> dict[str, Played]:
    """Return each journey, by other people who look at the emergency numbers on each screen."""

    def way(one: dict[str, Any]) -> Way:
        return lambda phone: ThereAndBack(one, phone).play(one["turns"])

    return play_all(script, {name: (JOURNEYS[name]["at"], way(JOURNEYS[name])) for name in asked(request)})


@pytest.fixture(scope="module")
def closed(request: pytest.FixtureRequest, script: Script) -> dict[tuple[str, int], Played]:
    """Return each journey, left from each of its screens."""
    places = [(name, place) for name in asked(request) for place in range(len(JOURNEYS[name]["turns"]))]
    ways = {(name, n): (JOURNEYS[name]["at"], closing(JOURNEYS[name], n)) for name, n in places}
    return play_all(script, ways)


@pytest.fixture(scope="module")
def varied(request: pytest.FixtureRequest, script: Script) -> dict[str, Played]:
    """Return each variant."""

    def way(one: Variant) -> Way:
        return lambda phone: play_variant(one, phone)

    return play_all(script, {name: (VARIANTS[name].journey["at"], way(VARIANTS[name])) for name in asked(request)})


# --- the journeys -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SOME_FAST)
def test_journey(played: dict[str, Played], name: str) -> None:
    """Each turn holds what it should, read in the screen and on the phone; « Fermer » leaves an empty chat."""
    assert not played[name].wrong, said(played[name])
    wrong = unlike(played[name], JOURNEYS[name])
    assert not wrong, wrong


@pytest.mark.parametrize("name", SOME_FAST)
def test_rules_hold_on_what_is_read(script: Script, played: dict[str, Played], name: str) -> None:
    """X3 to X16, on the characters of the message, with all that Telegram adds to the screen."""
    wrong = list(broken(script, played[name], JOURNEYS[name].get("locale", "fr"), spoken))
    assert not wrong, "\n".join(dict.fromkeys(wrong))


@pytest.mark.slow
@pytest.mark.parametrize("name", JOURNEYS)
def test_emergency_and_back_from_every_screen_of_it(
    played: dict[str, Played], played_again: dict[str, Played], name: str
) -> None:
    """X1, X10, X17: the numbers, and back to the same message; played by another, the same bytes all along."""
    assert not played_again[name].wrong, said(played_again[name])
    assert played_again[name].seen.lines == played[name].seen.lines


@pytest.mark.slow
@pytest.mark.parametrize("name", JOURNEYS)
def test_closing_from_every_screen_of_it(closed: dict[tuple[str, int], Played], name: str) -> None:
    """X2: nothing is left, and who opens again sees what a first visit shows, to the byte."""
    wrong = [said(one) for (journey, _), one in closed.items() if journey == name and one.wrong]
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_variant(varied: dict[str, Played], name: str) -> None:
    """What is `also` true: another hour, another place, other words, from wherever they may be typed."""
    assert not varied[name].wrong, said(varied[name])


# --- what only Telegram has -------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_the_screen_of_a_professional_stays_when_others_are_gone(script: Script) -> None:
    """J09 as it goes on: the nurse comes back to her telephone half an hour later, and an hour later."""
    now = instant("2026-11-24T02:40")
    async with Server(clock=Clock(now.timestamp(), frozen=True)) as api, running(api, script):
        nurse, victim, passer = api.person(), api.person(), api.person()
        for person in (nurse, victim, passer):
            await opens(person, "territoires-vendomois")
        await presses(nurse, "Je suis professionnel", "Soins, urgences", "Danger de mort possible")
        await presses(nurse, "Qui joindre maintenant")
        await presses(victim, "Aide et écoute", "C'est pour moi")
        shown = only(nurse).html
        for gone in (passer, victim):
            assert gone.visible
            api.clock.advance(31 * 60)
            for _ in range(200):
                await asyncio.sleep(0.02 if gone.visible else 0)
            assert not gone.visible
            assert only(nurse).html == shown


# --- the player itself: a judge that lets things through proves nothing -----------------------------------------------


async def test_what_is_not_the_screen_of_its_buttons_is_refused(script: Script) -> None:
    """A word, a number, a label or a token changed on its way would be seen."""
    now = instant("2026-11-24T02:40")
    async with Server(clock=Clock(now.timestamp(), frozen=True)) as api, running(api, script):
        person = api.person()
        await opens(person)
        home = only(person).markup
        await presses(person, "Numéros d'urgence")
        message = only(person)
        assert read(line_of(script, message, now))["step"].startswith("urgence.")
        for wrong in (
            replace(message, text=message.text.replace("17", "18")),
            replace(message, text=message.text + " Bonjour"),
            replace(message, entities=message.entities[1:]),
            replace(message, markup=home),
            replace(message, markup={"inline_keyboard": message.markup["inline_keyboard"][:-1]}),
            replace(message, markup=json.loads(json.dumps(message.markup).replace("Fermer", "Ouvrir"))),
            replace(message, markup=json.loads(json.dumps(message.markup).replace(".back", "AAAA.back"))),
            replace(message, markup=None),
        ):
            with pytest.raises(Wrong):
                line_of(script, wrong, now)
