"""« Fermer » on Telegram leaves nothing (promise P2): by button, by word, by command, from anywhere, after anything."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

import pytest

from bot.channels import gate
from bot.channels.telegram.texts import BLANK, LEFT
from bot.engine.message import Key, Opened, Pressed
from bot.engine.script import choice_code
from tests.botapi import Fault
from tests.channels.telegram_bot import bot_on, only, opens, presses, running, says, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.engine.script import Script
    from tests.botapi import Person, Server
    from tests.channels.telegram_bot import Running

pytestmark = pytest.mark.usefixtures("hurried")

HOUR = 3600


async def photos(person: Person, count: int) -> list[int]:
    """Send pictures; return their ids."""
    before = len(person.chat.messages)
    for _ in range(count):
        await person.photo()
    await person.settled(30)
    return list(person.chat.messages)[before : before + count]


def erased(api: Server, person: Person) -> list[list[int]]:
    """Return the ids of each call that deleted messages of a chat."""
    calls = (call for call in api.calls_of("deleteMessages") if call.chat_id == person.chat_id)
    return [json.loads(call.params["message_ids"]) for call in calls]


def ways(api: Server, script: Script) -> Iterator[str]:
    """Give the buttons that lead to every screen the script can reach by pressing, each screen once, nearest first."""
    bot = bot_on(api, script)
    pending, seen = [bot.answer("", Opened())], set()
    for answer in pending:
        for choice in answer.turn.screen.choices:
            code = choice_code(choice.id)
            there = bot.answer(answer.token, Pressed(code))
            step = there.turn.screen.step, there.turn.screen.locale
            if step not in seen:
                seen.add(step)
                pending.append(there)
                yield f"{answer.token}.{code}"


async def goes(person: Person, button: str) -> None:
    """Press a button of an older screen."""
    only(person).markup = {"inline_keyboard": [[{"text": "…", "callback_data": button}]]}
    await presses(person, button)


# From anywhere -------------------------------------------------------------------------------------------------------


async def test_from_every_kind_of_screen_by_button_word_or_command_nothing_is_left(
    api: Server, bot: Running, script: Script
) -> None:
    words = [*sorted(script.words(Key.CLOSE)), "/fermer", "/stop", "/close@faux_robot_bot", "Fermer.", "FERMER !"]
    buttons = list(ways(api, script))
    assert len(buttons) > 300, "the walk goes everywhere"
    for number, button in enumerate(buttons[::5]):
        camille = api.person()
        await opens(camille)
        await goes(camille, button)
        shown = only(camille)
        if number % 2:
            await presses(camille, shown.buttons[-1][-1].data or "")
        else:
            await says(camille, words[number // 2 % len(words)])
        assert camille.visible == [], (shown.text, number)
        assert camille.spinning == []


async def test_what_she_sent_goes_too_when_she_leaves_and_only_then(api: Server, bot: Running) -> None:
    camille = api.person()
    await opens(camille)
    kept = await photos(camille, 3)
    await camille.voice()
    await says(camille, "angers", "urgence", "retour")
    assert [message.id for message in camille.visible][:3] == kept
    await presses(camille, "Fermer")
    assert camille.visible == []


async def test_what_was_typed_while_the_bot_was_down_goes_with_the_exit(api: Server, script: Script) -> None:
    camille, dominique = api.person(), api.person()
    async with running(api, script):
        for person in (camille, dominique):
            await opens(person)
    for person in (camille, dominique):
        await person.say("il m'a frappée hier")
        await person.photo()
    await camille.say("fermer")
    await dominique.press("Fermer")
    async with running(api, script):
        for person in (camille, dominique):
            await person.settled()
            assert person.visible == []


async def test_leaving_twice_or_from_a_message_that_is_gone_harms_nothing(api: Server, bot: Running) -> None:
    camille = api.person()
    await opens(camille)
    await presses(camille, "Aide et écoute", "Fermer")
    await camille.press("Fermer", gone=True)
    await camille.settled()
    await says(camille, "fermer", "stop")
    assert camille.visible == []
    assert camille.spinning == []
    await opens(camille)
    assert only(camille).text.startswith("Infos pratiques")


# A lost hint ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 150, 350])
@pytest.mark.parametrize("restarted", [False, True])
async def test_many_messages_go_by_calls_of_a_hundred(
    api: Server, script: Script, count: int, *, restarted: bool
) -> None:
    camille = api.person()
    async with running(api, script) as bot:
        await opens(camille)
        await photos(camille, count)
        if restarted:
            await bot.stop()
            async with running(api, script):
                await presses(camille, "Fermer")
        else:
            await presses(camille, "Fermer")
    assert camille.visible == []
    assert max(map(len, erased(api, camille))) <= 100


async def test_after_a_restart_the_button_alone_is_enough_and_nobody_else_loses_anything(
    api: Server, script: Script
) -> None:
    """All the chats of a bot share one sequence of message ids: hers and theirs follow each other."""
    people = [api.person() for _ in range(4)]
    camille, *others = people
    async with running(api, script):
        for person in people:
            await opens(person)
        for _ in range(20):
            for person in people:
                await photos(person, 1)
    before = [[message.id for message in other.visible] for other in others]
    async with running(api, script):
        await presses(camille, "Fermer")
        assert camille.visible == []
        assert [[message.id for message in other.visible] for other in others] == before


async def test_after_a_restart_what_was_sent_long_before_the_button_goes_too(api: Server, script: Script) -> None:
    """Others have written two thousand messages since her photo: nothing tells where it is, and nobody waits for it."""
    camille, other = api.person(), api.person()
    async with running(api, script):
        await opens(camille)
        await photos(camille, 1)
        await opens(other)
    api.world._next_id += 2_000
    async with running(api, script):
        await presses(other, "Numéros d'urgence")
        await camille.say("/start")
        await camille.settled()
        await presses(camille, "Fermer")
        await until(lambda: camille.visible == [], 10)
        assert len(other.visible) == 1


@pytest.mark.parametrize("leaves", [False, True], ids=["stays", "leaves meanwhile"])
async def test_an_answer_lost_on_its_way_hides_no_message(api: Server, bot: Running, leaves: bool) -> None:
    """The bot sends again, and there are two, of which it knows the second: the first goes, and no photo with it."""
    camille, other = api.person(), api.person()
    lost = api.fault(Fault("lost", method="sendMessage", chat_id=camille.chat_id))
    await camille.start()
    await until(lambda: not lost.count)
    await opens(other)
    (photo,) = await photos(camille, 1)
    if leaves:
        await says(camille, "fermer")
        assert camille.visible == []
    else:
        await camille.settled()
        assert [message.id for message in camille.visible if not message.from_bot] == [photo]
        assert len(camille.visible) == 2
    assert len(other.visible) == 1


@pytest.mark.parametrize("label", ["Fermer", "Aide et écoute"])
async def test_a_message_in_doubt_is_not_forgotten_by_what_she_does_next(api: Server, bot: Running, label: str) -> None:
    """Its receipt is lost, and the network fails; she presses on the screen she has, which is above it."""
    api.clock.advance(49 * HOUR)
    camille = api.person()
    await opens(camille)
    living = only(camille).id
    faults = [Fault("lost", method="sendMessage"), Fault("reset", method="sendMessage", count=3)]
    for fault in faults:
        api.fault(fault)
    await camille.start()
    await until(lambda: faults[-1].count < 3)
    await presses(camille, label, on=living)
    assert len(camille.visible) == (label != "Fermer")


async def test_a_photo_sent_after_a_late_exit_stays(api: Server, script: Script) -> None:
    """Leaving waited for a refusal to end; the program is too young to know all that is there."""
    camille = api.person()
    async with running(api, script):
        await opens(camille)
        await photos(camille, 1)
    async with running(api, script):
        api.fault(Fault(status=429, method="deletemessages", retry_after=1))
        await camille.press("Fermer")
        await asyncio.sleep(0.3)
        later = await photos(camille, 1)
        await until(lambda: not any(message.text for message in camille.visible[:-1]))
        assert [message.id for message in camille.visible if not message.from_bot] == later


async def test_what_the_chat_itself_tells_goes_too_and_is_not_answered(api: Server, bot: Running) -> None:
    """A bot that has run for two days knows all that is there, and looks nowhere else."""
    api.clock.advance(49 * HOUR)
    camille = api.person()
    await opens(camille)
    camille._send("timer", "", {"message_auto_delete_timer_changed": {"message_auto_delete_time": 86_400}})
    await camille.settled()
    assert len(camille.visible) == 2
    assert api.counts["editMessageText"] == 0
    await presses(camille, "Fermer")
    assert camille.visible == []


# Older than 48 hours -------------------------------------------------------------------------------------------------


async def test_what_telegram_no_longer_lets_go_is_blanked_and_said_once(api: Server, script: Script) -> None:
    camille = api.person()
    async with running(api, script):
        await opens(camille)
        hers = await photos(camille, 2)
    old = camille.screen
    assert old is not None
    api.clock.advance(49 * HOUR)
    async with running(api, script):
        await camille.photo()
        await camille.settled()
        await presses(camille, "Fermer", on=old.id)
        left = camille.visible
        assert [message.id for message in left[:2]] == hers
        assert [message.text.replace("\N{NO-BREAK SPACE}", " ") for message in left[2:]] == [BLANK, LEFT]
        assert not any(message.buttons for message in left)
        api.clock.advance(16 * 60)
        await asyncio.sleep(0.1)
        assert camille.visible == left[:3], "and that line goes by itself"


async def test_when_all_that_is_old_can_be_blanked_nothing_is_said(api: Server, script: Script) -> None:
    camille = api.person()
    async with running(api, script):
        await opens(camille)
        await presses(camille, "Aide et écoute", "C'est pour moi")
    api.clock.advance(50 * HOUR)
    async with running(api, script):
        await presses(camille, "Fermer")
        assert only(camille).text == BLANK
        assert only(camille).buttons == []
        assert len(camille.notifications) == 1


# Ahead of everything -------------------------------------------------------------------------------------------------


async def test_leaving_overtakes_what_was_typed_and_nothing_is_drawn_after_it(api: Server, bot: Running) -> None:
    camille = api.person()
    await opens(camille)
    for number in range(50):
        await camille.say(f"angers {number}")
    await camille.press("Fermer")
    await camille.settled()
    assert camille.visible == []
    assert api.counts["editMessageText"] <= 1, "fifty screens were not drawn for somebody who wants to leave"
    assert [call.method for call in api.calls if call.chat_id == camille.chat_id][-1] == "deleteMessages"


async def test_leaving_waits_for_a_refusal_to_end_and_then_goes_first(api: Server, bot: Running) -> None:
    """Nothing leaves before the end of a 429; then she leaves first, and what waited with her is never drawn."""
    camille, dominique = api.person(), api.person()
    await opens(camille)
    await opens(dominique)
    began = len(api.calls)
    api.fault(Fault(status=429, retry_after=1, scope="global", chat_id=dominique.chat_id))
    for person in (dominique, camille):
        for text in ("angers", "nantes", "paris"):
            await person.say(text)
    await camille.press("Fermer")
    for person in (camille, dominique):
        await person.settled()
    assert camille.visible == []
    assert only(dominique).buttons
    done = [call for call in api.calls[began:] if call.chat_id is not None and call.status == 200]
    assert (done[0].method, done[0].chat_id) == ("deleteMessages", camille.chat_id)
    assert {call.method for call in done if call.chat_id == camille.chat_id} == {"deleteMessages"}
    assert done[0].clock - api.calls[began].clock >= 1


async def test_an_exit_is_done_however_long_the_network_was_down(
    api: Server, bot: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is late is not drawn; leaving is never late."""
    monkeypatch.setattr(gate, "SOONEST", 0.05)
    monkeypatch.setattr(gate, "LATEST", 0.1)
    camille = api.person()
    await opens(camille)
    await photos(camille, 1)
    api.fault(Fault("reset", method="deleteMessages", count=None))
    await camille.press("Fermer")
    await asyncio.sleep(0.1)
    await api.down()
    api.clock.advance(HOUR)
    await asyncio.sleep(0.2)
    api.heal()
    await api.up()
    await camille.settled()
    assert camille.visible == []


@pytest.mark.slow
async def test_leaving_takes_less_than_a_second(api: Server, bot: Running) -> None:
    """From the press to the empty chat, 100 times, with 50 ms for each call (promise P2: p95 ≤ 1 s)."""
    people = [api.person() for _ in range(100)]
    for person in people:
        await opens(person)
        await photos(person, 1)
    api.latency = 0.05
    took = [seconds for at in range(0, 100, 5) for seconds in await asyncio.gather(*map(leaves, people[at : at + 5]))]
    assert sorted(took)[95] <= 1.0, sorted(took)[90:]


async def leaves(person: Person) -> float:
    """Press « Fermer »; return the seconds until nothing is seen."""
    began = time.monotonic()
    await person.press("Fermer")
    while person.visible:  # noqa: ASYNC110 — a person looks at her screen
        await asyncio.sleep(0.002)
    return time.monotonic() - began
