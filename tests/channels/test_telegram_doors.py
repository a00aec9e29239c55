"""The doors of Telegram: where the bot does not stay, whom it does not answer, what is forged, how it ends."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import ConfigError
from tests.botapi import Fault, Server
from tests.channels.telegram_bot import Running, only, opens, presses, running, says
from tests.nasty import STRINGS, Fuzz

if TYPE_CHECKING:
    from bot.engine.script import Script
    from tests.botapi import Person

pytestmark = pytest.mark.usefixtures("hurried")

WORDS = {"sendMessage", "editMessageText"}


def spoken(api: Server) -> int:
    """Return how many times the bot said something."""
    return sum(api.counts[method] for method in WORDS)


# Where it does not stay, whom it does not answer ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
async def test_a_group_or_a_channel_is_left_at_once_without_a_word(api: Server, bot: Running, kind: str) -> None:
    place, camille = api.group(kind=kind), api.person()
    began = time.monotonic()
    await place.add_bot(camille)
    await place.say("/start@faux_robot_bot", camille)
    while not place.left:  # noqa: ASYNC110 — nothing tells when somebody leaves
        await asyncio.sleep(0.005)
    assert time.monotonic() - began < 1
    await place.settled()
    assert spoken(api) == 0
    assert api.counts["leaveChat"] <= 2


async def test_a_group_where_it_was_put_while_it_was_down_is_left_too(api: Server, script: Script) -> None:
    place = api.group()
    await place.add_bot()
    await place.say("/fermer")
    async with running(api, script):
        await place.settled()
        await asyncio.sleep(0.05)
        assert place.left
    assert spoken(api) == 0


async def test_another_bot_gets_no_answer(api: Server, bot: Running) -> None:
    robot = api.person(is_bot=True)
    await opens(robot)
    await says(robot, "urgence", "fermer")
    assert {call.method for call in api.calls if call.chat_id == robot.chat_id} == set()


async def test_one_who_blocks_the_bot_is_forgotten_and_may_come_back(api: Server, bot: Running) -> None:
    camille = api.person()
    await opens(camille)
    await presses(camille, "Aide et écoute")
    await camille.say("1")
    await camille.block()
    await camille.settled()
    said = spoken(api)
    await camille.unblock()
    await camille.settled()
    assert spoken(api) == said, "nothing is said because she came back"
    await says(camille, "1")
    assert camille.screen is not None
    assert camille.screen.text.startswith("Nous repartons de l'accueil."), "« 1 » means nothing any more"
    await presses(camille, "Fermer")
    assert camille.visible == []


async def test_one_whose_account_is_gone_hinders_nobody(api: Server, bot: Running) -> None:
    gone, camille = api.person(), api.person()
    await opens(gone)
    await gone.press("Aide et écoute")
    gone.delete_account()
    await gone.settled()
    await opens(camille)
    assert only(camille).buttons


# What nobody expects -------------------------------------------------------------------------------------------------


def strange(person: Person, now: int) -> list[tuple[str, Any]]:
    """Return updates of kinds and shapes that are not foreseen."""
    hers = {"message_id": 999, "date": now, "chat": person.chat.json(), "from": person.user}
    query = {"id": "1", "from": person.user, "chat_instance": "1"}
    return [
        ("message", {}), ("message", None), ("message", []), ("message", "x"), ("message", {"message_id": "x"}),
        ("message", hers | {"date": "hier", "text": "a"}), ("message", hers | {"date": 10**15, "text": "a"}),
        ("message", hers | {"chat": {}}), ("message", hers | {"from": None, "text": "a"}),
        ("message", hers | {"pinned_message": hers}), ("message", hers | {"text": {"a": 1}}),
        ("callback_query", {}), ("callback_query", query), ("callback_query", query | {"data": "x"}),
        ("callback_query", query | {"message": hers, "game_short_name": "jeu"}),
        ("my_chat_member", {}), ("my_chat_member", {"chat": person.chat.json()}),
    ]  # fmt: skip


async def test_a_strange_update_is_passed_over_and_the_next_ones_are_answered(api: Server, bot: Running) -> None:
    camille = api.person()
    await opens(camille)
    queue = api.world.queue
    for kind, body in strange(camille, int(api.clock.now())):
        number = queue.push(kind, body, ("strange", 0))
        await asyncio.wait_for(queue.settled(number), 2)
    await presses(camille, "Aide et écoute")
    assert "Pour qui cherchez-vous" in camille.visible[-1].text
    assert not bot.task.done()


async def test_a_message_of_a_kind_to_come_is_answered_and_goes_at_the_exit(api: Server, bot: Running) -> None:
    camille = api.person()
    await opens(camille)
    camille._send("checklist", "", {"checklist": {"title": "a", "tasks": []}})
    await camille.settled()
    for content in ({}, {"brand_new": {"x": 1}}):
        await says(camille, "retour")
        camille._send("nothing known", "", content)
        await camille.settled()
        assert camille.screen is not None
        assert camille.screen.text.startswith("Ici, seuls les mots")
    await presses(camille, "Fermer")
    assert camille.visible == []


async def test_whatever_is_written_there_is_a_way_on_and_nothing_of_it_comes_back(api: Server, bot: Running) -> None:
    """Enormous, right to left, markup, only marks: a screen, or an exit."""
    texts = [text[:4096] for text in STRINGS if (text.strip() and text.isprintable()) or len(text) > 99]
    for text in [*texts, "<b>gras</b> & <code>17", "\N{RIGHT-TO-LEFT OVERRIDE}abc", "😀" * 2048]:
        camille = api.person()
        await opens(camille)
        await says(camille, text.encode("utf-8", "ignore").decode() or "…")
        left = camille.visible
        assert len(left) <= 1
        assert all(message.from_bot and message.buttons for message in left), text[:40]
        assert all(text[:12] not in message.text for message in left if len(text) > 12), text[:40]
    assert {call.status for call in api.calls_of("sendMessage")} == {200}
    assert {call.description for call in api.calls_of("editMessageText")} <= {None, UNMODIFIED}


UNMODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)


async def test_forged_buttons_show_a_screen_that_anybody_can_reach(api: Server, bot: Running, script: Script) -> None:
    camille, fuzz = api.person(), Fuzz(script, Random(64))
    await opens(camille)
    fuzz.tokens += [button.data.partition(".")[0] for row in only(camille).buttons for button in row if button.data]
    for number in range(150):
        data = f"{fuzz.token()}.{fuzz.text()}" if number % 3 else fuzz.text()
        data = data.encode("utf-8", "ignore")[:64].decode("utf-8", "ignore") or "?"
        if camille.screen is None:
            await opens(camille)
        only(camille).markup = {"inline_keyboard": [[{"text": "…", "callback_data": data}]]}
        await presses(camille, data)
        if data.endswith(".close"):
            assert camille.visible == []
        else:
            assert only(camille).buttons, data
    assert camille.spinning == []


# The token, the end --------------------------------------------------------------------------------------------------


async def test_a_wrong_token_is_said_in_one_sentence(api: Server, script: Script) -> None:
    bot = Running(api, script)
    bot.channel._token = api.token[:-1] + "x"
    with pytest.raises(ConfigError, match="refuse le jeton"):
        await bot.task


@pytest.mark.slow
async def test_serve_with_a_wrong_token_ends_with_one_sentence(api: Server) -> None:
    settings = {"REPERE_TELEGRAM_TOKEN": api.token + "x", "REPERE_TELEGRAM_API": api.url, "REPERE_WEB_PORT": "0"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "serve", env=os.environ | settings, stdout=-1, stderr=-1
    )
    _, said = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 2
    assert said.decode().startswith("Telegram refuse le jeton")
    assert said.decode().count("\n") == 1
    assert api.token.encode() not in said


@pytest.mark.parametrize("latency", [0.0, 0.3])
async def test_a_clean_stop_ends_what_is_under_way_and_nothing_comes_again(
    api: Server, script: Script, latency: float
) -> None:
    people = [api.person() for _ in range(5)]
    async with running(api, script) as bot:
        for person in people:
            await opens(person)
        api.latency = latency
        for person in people:
            await person.say("1")
        await asyncio.sleep(0.1 + latency)
        began = time.monotonic()
        await bot.stop()
        assert time.monotonic() - began < 5
    assert api.pending == 0
    for person in people:
        assert "Pour qui cherchez-vous" in only(person).text
    said = spoken(api)
    async with running(api, script):
        await asyncio.sleep(0.1)
    assert spoken(api) == said


async def test_a_stop_that_comes_just_as_an_answer_ends_is_not_lost(api: Server, script: Script) -> None:
    """`asyncio.wait_for` swallows a cancellation that comes as what it waits for ends: SIGTERM did nothing any more."""
    camille = api.person()
    for moments in range(12):
        async with running(api, script):
            deleted = api.counts["deleteMessages"]
            await camille.say("1")
            while api.counts["deleteMessages"] == deleted:  # noqa: ASYNC110 — each turn of the loop counts here
                await asyncio.sleep(0)
            for _ in range(moments):
                await asyncio.sleep(0)


@pytest.mark.slow
async def test_it_stops_within_five_seconds_of_a_network_that_says_nothing(api: Server, script: Script) -> None:
    camille = api.person()
    async with running(api, script) as bot:
        await opens(camille)
        api.fault(Fault("silent", count=None))
        await camille.say("1")
        await asyncio.sleep(0.1)
        began = time.monotonic()
        await bot.stop()
        assert time.monotonic() - began < 5
        api.heal()
