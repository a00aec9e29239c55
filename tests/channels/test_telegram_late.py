"""Time on Telegram: late messages (promise P5), a network that was down, and screens that erase themselves."""

from __future__ import annotations

import asyncio
import time
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from bot.channels import gate
from bot.channels.telegram import channel
from tests.botapi import Fault
from tests.channels.telegram_bot import only, opens, presses, running, says

if TYPE_CHECKING:
    from bot.engine.script import Script
    from tests.botapi import Message, Server
    from tests.channels.telegram_bot import Running

pytestmark = pytest.mark.usefixtures("hurried")

MINUTE, HOUR = 60.0, 3600.0
LATE = "Votre message arrive en retard."


def labels(message: Message) -> list[str]:
    return [button.text for row in message.buttons for button in row]


async def idled() -> None:
    """Leave the bot the time to look at what stayed alone."""
    await asyncio.sleep(0.1)


# Late messages -------------------------------------------------------------------------------------------------------

TYPED = ["angers", "1", "il me frappe", "urgence", "/start", "bonjour", "blabla"]


@pytest.mark.parametrize("age", [121, 14 * MINUTE])
async def test_what_was_typed_two_to_fifteen_minutes_ago_gets_one_neutral_line_and_is_erased(
    api: Server, script: Script, age: float
) -> None:
    """Danger words too: the emergency screen may not open on a phone that somebody else holds by now."""
    people = [(api.person(), text) for text in TYPED]
    for person, text in people:
        await person.say(text)
    api.clock.advance(age)
    async with running(api, script):
        for person, _ in people:
            await person.settled()
            line = only(person)
            assert line.text.startswith(LATE)
            assert labels(line) == ["Numéros d'urgence", "Retour", "Fermer"]
            assert [notice.silent for notice in person.notifications] == [True]


@pytest.mark.parametrize("age", [16 * MINUTE, 23 * HOUR])
async def test_what_was_typed_longer_ago_is_erased_without_a_word(api: Server, script: Script, age: float) -> None:
    people = [(api.person(), text) for text in TYPED]
    for person, text in people:
        await person.say(text)
    api.clock.advance(age)
    async with running(api, script):
        for person, _ in people:
            await person.settled()
            assert person.visible == []
            assert person.notifications == []


async def test_just_under_two_minutes_is_not_late(api: Server, script: Script) -> None:
    camille = api.person()
    await camille.say("urgence")
    api.clock.advance(110)
    async with running(api, script):
        await camille.settled()
        assert "17" in only(camille).text


async def test_many_late_messages_of_one_chat_get_one_line_and_a_photo_stays(api: Server, script: Script) -> None:
    camille = api.person()
    for text in TYPED * 3:
        await camille.say(text)
        api.clock.advance(20)
    await camille.photo()
    api.clock.advance(150)
    async with running(api, script):
        await camille.settled()
        photo, line = camille.visible
        assert photo.kind == "photo"
        assert line.text.startswith(LATE)
        assert len(camille.notifications) == 1


async def test_from_the_neutral_line_one_goes_on_or_finds_help(api: Server, script: Script) -> None:
    camille = api.person()
    await camille.say("angers")
    api.clock.advance(5 * MINUTE)
    async with running(api, script):
        await camille.settled()
        line = only(camille).id
        await presses(camille, "Numéros d'urgence")
        assert "114" in only(camille).text
        await presses(camille, "Retour")
        assert only(camille).text.startswith("Infos pratiques")
        await says(camille, "1")
        assert "Pour qui cherchez-vous" in only(camille).text
        assert only(camille).id == line


async def test_late_in_the_middle_of_a_conversation_retour_goes_back_to_it(api: Server, bot: Running) -> None:
    """The network was down a moment: what she typed meanwhile is not answered, and nothing is lost."""
    camille = api.person()
    await opens(camille)
    await presses(camille, "Aide et écoute", "C'est pour moi")
    screen = only(camille).id
    await api.down()
    await camille.say("1")
    api.clock.advance(5 * MINUTE)
    await api.up()
    await camille.settled(10)
    assert only(camille).id == screen
    assert only(camille).text.startswith(LATE)
    await presses(camille, "Retour")
    assert "De quoi avez-vous besoin d'abord" in only(camille).text


@pytest.mark.parametrize("age", [121, 14 * MINUTE, 23 * HOUR])
@pytest.mark.parametrize("last", ["fermer", "STOP", "/close@faux_robot_bot", "erase"])
async def test_a_late_exit_is_an_exit(api: Server, script: Script, age: float, last: str) -> None:
    camille = api.person()
    async with running(api, script):
        await opens(camille)
        await presses(camille, "Aide et écoute")
    await camille.photo()
    for text in ("angers", "urgence", last):
        await camille.say(text)
    api.clock.advance(age)
    async with running(api, script):
        await camille.settled()
        assert camille.visible == []
        assert len(camille.notifications) == 1, "the first screen, and nothing since"


# Presses found in a backlog ------------------------------------------------------------------------------------------


async def test_a_press_found_in_a_backlog_is_answered_first_and_drawn_only_if_it_is_fresh(
    api: Server, script: Script
) -> None:
    """A press bears no time: what Telegram says when it is answered is the only clock."""
    fresh, old, leaves = api.person(), api.person(), api.person()
    async with running(api, script):
        for person in (fresh, old, leaves):
            await opens(person)
    api.clock.advance(MINUTE)
    await old.press("Aide et écoute")
    await leaves.press("Fermer")
    api.clock.advance(100)
    await fresh.press("Aide et écoute")
    began = len(api.calls)
    async with running(api, script):
        for person in (fresh, old, leaves):
            await person.settled()
        assert "Pour qui cherchez-vous" in only(fresh).text
        assert only(old).text.startswith("Infos pratiques"), "she may no longer be the one who looks"
        assert leaves.visible == []
    mine = [call for call in api.calls[began:] if call.method in {"answerCallbackQuery", "editMessageText"}]
    assert mine[0].method == "answerCallbackQuery"
    assert sum(call.method == "editMessageText" for call in mine) == 1


@pytest.mark.slow
async def test_a_day_of_five_thousand_messages_is_dealt_with_in_seconds(api: Server, script: Script) -> None:
    """Two hundred people wrote while nobody answered: all that was typed goes, few are told, nobody is told twice."""
    chance, people = Random(18), [api.person() for _ in range(200)]
    photos, left, last = dict.fromkeys(people, 0), set(), dict.fromkeys(people, 0.0)
    for number in range(5000):
        person = chance.choice(people)
        if number % 50 == 0:
            await person.photo()
            photos[person] += 1
        else:
            gone = number % 70 == 0
            await person.say("fermer" if gone else chance.choice(TYPED))
            last[person] = 0.0 if gone else api.clock.now()
            left = left | {person} if gone else left
        api.clock.advance(86_000 / 5000)
    began, worked = time.monotonic(), time.process_time()
    async with running(api, script):
        for person in people:
            await person.settled(120)
    took, worked = time.monotonic() - began, time.process_time() - worked
    assert worked < 30, f"{took:.0f} s, {worked:.0f} of them of work, the fake's included"
    now = api.clock.now()
    for person in people:
        assert not [message for message in person.visible if not message.from_bot and message.kind == "text"]
        assert len(person.notifications) <= 2, "a line, and a screen for what was written just now"
        if now - last[person] > 15 * MINUTE + took:
            assert person.screen is None or photos[person]
        if person not in left:
            assert sum(message.kind == "photo" for message in person.visible) == photos[person]


# A network that was down ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [False, True])
async def test_an_outage_in_the_middle_of_a_turn_ends_without_content(
    api: Server, script: Script, monkeypatch: pytest.MonkeyPatch, *, typed: bool
) -> None:
    """Three minutes later somebody else may hold the phone."""
    monkeypatch.setattr(gate, "SOONEST", 0.05)
    monkeypatch.setattr(gate, "LATEST", 0.1)
    monkeypatch.setattr(channel, "time", SimpleNamespace(monotonic=api.clock.now))
    camille = api.person()
    async with running(api, script):
        await opens(camille)
        home = only(camille)
        for method in ("editMessageText", "answerCallbackQuery", "deleteMessages"):
            api.fault(Fault("reset", method=method, count=None))
        await (camille.say("il me frappe") if typed else camille.press("Aide et écoute"))
        await asyncio.sleep(0.1)
        await api.down()
        api.clock.advance(3 * MINUTE)
        await asyncio.sleep(0.3)
        api.heal()
        await api.up()
        await camille.settled()
        assert only(camille).id == home.id
        assert only(camille).text.startswith(LATE if typed else "Infos pratiques")
        assert len(camille.notifications) == 1


# Screens left alone --------------------------------------------------------------------------------------------------


async def test_a_screen_left_alone_erases_itself_without_a_word(api: Server, bot: Running) -> None:
    """After 15 minutes, 60 where there are numbers to note, never for a professional, but no later than 47 hours."""
    home, numbers, office, photo = (api.person() for _ in range(4))
    for person in (home, numbers, office, photo):
        await opens(person)
    await presses(numbers, "Aide et écoute", "C'est pour moi")
    await presses(office, "Je suis professionnel")
    await photo.photo()
    await photo.settled()
    shown = len(api.calls_of("sendMessage"))
    for minutes, seen in ((14.9, [1, 1, 1, 2]), (0.2, [0, 1, 1, 1]), (44.7, [0, 1, 1, 1]), (0.3, [0, 0, 1, 1])):
        api.clock.advance(minutes * MINUTE)
        await idled()
        assert [len(person.visible) for person in (home, numbers, office, photo)] == seen
    api.clock.advance(45.9 * HOUR)
    await idled()
    assert only(office).buttons
    api.clock.advance(0.1 * HOUR)
    await idled()
    assert office.visible == []
    assert [message.kind for message in photo.visible] == ["photo"]
    assert len(api.calls_of("sendMessage")) == shown, "nothing is ever said by itself"


async def test_a_gesture_gives_the_screen_its_time_again(api: Server, bot: Running) -> None:
    camille = api.person()
    await opens(camille)
    for _ in range(4):
        api.clock.advance(14 * MINUTE)
        await presses(camille, "Aide et écoute", "Retour")
    api.clock.advance(16 * MINUTE)
    await idled()
    assert camille.visible == []


async def test_after_it_erased_itself_a_number_typed_chooses_nothing(api: Server, bot: Running) -> None:
    camille = api.person()
    await opens(camille)
    await presses(camille, "Aide et écoute")
    api.clock.advance(16 * MINUTE)
    await idled()
    await says(camille, "1")
    assert only(camille).text.startswith("Nous repartons de l'accueil.")


async def test_a_message_of_nearly_two_days_is_replaced_while_it_can_still_be_erased(api: Server, bot: Running) -> None:
    """Changing a message does not make it younger: an hour on its screen must still leave time to erase it."""
    camille = api.person()
    await opens(camille)
    await presses(camille, "Je suis professionnel")
    first = only(camille).id
    api.clock.advance(45.9 * HOUR)
    await presses(camille, "Retour")
    assert only(camille).id == first
    await presses(camille, "Je suis professionnel")
    api.clock.advance(0.2 * HOUR)
    await presses(camille, "Retour")
    assert only(camille).id > first
    assert len(camille.notifications) == 2
