"""Asking Telegram what happened: what is acknowledged and when, a full queue, two programs for one bot."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.botapi import Fault, Server
from tests.botapi.calling import calling
from tests.channels.telegram_bot import Running, impatient, only, opens, presses, running, sees

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.engine.script import Script
    from tests.botapi import Person

URGENT = "Numéros d'urgence"


@pytest.fixture
async def twice() -> AsyncIterator[Server]:
    """Return a fake that lets a second process answer the press that the first one had answered."""
    async with Server(calm=0.0, answer_twice=True) as api:
        yield api


async def people(api: Server, count: int) -> list[Person]:
    """Return people who have home in front of them."""
    found = [api.person() for _ in range(count)]
    await asyncio.gather(*(opens(person) for person in found))
    return found


async def killed(api: Server, bot: Running) -> None:
    """End a bot in a way that leaves it no word to say, as `kill -9` does."""
    await api.down()
    bot.task.cancel()
    await asyncio.wait([bot.task])
    api.calls.clear()
    await api.up()


# --- what is acknowledged --------------------------------------------------------------------------------------------


async def test_nothing_is_acknowledged_before_it_is_dealt_with(api: Server, bot: Running) -> None:
    """Ann's edit is slow: others are answered meanwhile, and her press stays with Telegram until she is."""
    ann, ben, cam = await people(api, 3)
    before = await ben.press("Langue · Language")
    await ben.settled()
    api.fault(Fault("slow", method="editMessageText", chat_id=ann.chat_id, delay=0.6))
    hers = await ann.press(URGENT)
    his = await ben.press("Retour")
    await cam.press("Aide et écoute")
    await sees(ben, "numéros utiles")
    await sees(cam, "?")
    await asyncio.sleep(0.2)
    assert api.acknowledged(before)
    assert not api.acknowledged(hers)
    assert not api.acknowledged(his), "Telegram forgets in order: what comes after hers waits for hers"
    await ann.settled(2)
    await cam.settled(1)
    assert api.pending == 0
    assert len([call for call in api.calls_of("editMessageText") if call.chat_id == ben.chat_id]) == 2


@pytest.mark.slow
async def test_a_kill_in_the_middle_loses_nothing(twice: Server, script: Script) -> None:
    api = twice
    bot = Running(api, script)
    await bot.ready()
    ann, ben = await people(api, 2)
    api.fault(Fault("silent", method="editMessageText", chat_id=ann.chat_id))
    hers = await ann.press(URGENT)
    await ben.press(URGENT)
    await sees(ben, "114")
    await killed(api, bot)
    assert not api.acknowledged(hers)
    async with running(api, script):
        await ann.settled()
        await ben.settled()
        assert "114" in only(ann).text
        assert "114" in only(ben).text


@pytest.mark.slow
@pytest.mark.parametrize(
    "what", [Fault(status=429, retry_after=30), Fault("silent", count=None)], ids=["429", "silent"]
)
async def test_a_stop_in_the_middle_loses_nothing(twice: Server, script: Script, what: Fault) -> None:
    """SIGTERM while Telegram refuses, or does not answer: what could not be answered is for the next process."""
    api = twice
    async with running(api, script) as bot:
        (ann,) = await people(api, 1)
        what.method, what.chat_id = "editmessagetext", ann.chat_id
        api.fault(what)
        hers = await ann.press(URGENT)
        await asyncio.sleep(0.2)
        await bot.stop()
        assert not api.acknowledged(hers)
    api.heal()
    async with running(api, script):
        await ann.settled()
        assert "114" in only(ann).text


async def test_what_was_dealt_with_is_not_dealt_with_again_after_a_stop(api: Server, script: Script) -> None:
    async with running(api, script):
        ann = api.person()
        await opens(ann)
        await ann.press(URGENT)
        await sees(ann, "114")
    assert api.pending == 0
    api.calls.clear()
    async with running(api, script):
        await asyncio.sleep(0.1)
    assert api.calls_of("editMessageText") == []


# --- a full queue ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("said", ["message", "urgence"])
async def test_a_chat_that_is_refused_does_not_hide_what_comes_after_a_hundred(
    api: Server, script: Script, said: str
) -> None:
    """Telegram gives a hundred updates and no more: hers, held, must not keep the emergency of somebody else out."""
    async with running(api, script):
        ann, ben = await people(api, 2)
        for _ in range(12):  # enough for the refusal to be about her
            await presses(ann, URGENT, "Retour")
        api.fault(Fault(status=429, retry_after=4, chat_id=ann.chat_id))
        for n in range(150):
            await ann.say(said if said == "urgence" else f"{said} {n}")
        await ben.press(URGENT)
        assert await sees(ben, "114") < 3
        assert api.pending > 0
        await ann.settled(10)
        assert api.pending == 0
        assert impatient(api, 4) == []
        assert only(ann)


@pytest.mark.usefixtures("hurried")
async def test_five_hundred_that_wait_at_the_start_are_all_answered(api: Server, script: Script) -> None:
    crowd = [api.person() for _ in range(500)]
    for person in crowd:
        await person.start()
    async with running(api, script):
        await asyncio.gather(*(person.settled(20) for person in crowd))
        for person in crowd:
            assert only(person).text


@pytest.mark.usefixtures("hurried")
async def test_a_crowd_of_presses_is_dealt_with_once_each(api: Server, script: Script) -> None:
    """An update is given again and again until it is acknowledged: it must not be done again."""
    async with running(api, script):
        crowd = await people(api, 150)
        api.latency = 0.02
        api.calls.clear()
        for person in crowd:
            await person.press(URGENT)
        await asyncio.gather(*(person.settled() for person in crowd))
        await asyncio.sleep(0.1)
        assert len(api.calls_of("editMessageText")) == len(api.calls_of("answerCallbackQuery")) == 150
        assert all("114" in only(person).text for person in crowd)


async def test_numbers_that_begin_again_lower_after_a_quiet_week(api: Server, bot: Running) -> None:
    ann = api.person()
    await opens(ann)
    for lower in (500, 499_000_000, 12):
        await asyncio.sleep(0.01)
        api.world.queue.next_id = lower
        await presses(ann, URGENT)
        assert "114" in only(ann).text
        await presses(ann, "Retour")
        assert api.pending == 0


# --- the manners of the real server ----------------------------------------------------------------------------------


async def test_a_conversation_is_quick_on_a_server_that_slows_hasty_pollers(script: Script) -> None:
    async with Server(calm=3.0) as api, running(api, script):
        ann = api.person()
        await opens(ann)
        for _ in range(10):
            began = time.monotonic()
            await ann.press(URGENT)
            await sees(ann, "114")
            await presses(ann, "Retour")
            assert time.monotonic() - began < 1.5
        asked = [call for call in api.calls_of("getUpdates") if "offset" in call.params]
        hasty = [
            (a, b)
            for a, b in pairwise(asked)
            if a.params["offset"] == b.params["offset"] and b.at - a.at < 3 and b.params["timeout"] == "0"
        ]
        assert hasty == []


@pytest.mark.slow
async def test_a_chat_that_is_held_does_not_make_a_hasty_poller(script: Script) -> None:
    """While one update is not finished the same place is asked for again and again; others come at once."""
    async with Server(calm=3.0) as api, running(api, script):
        ann, ben = await people(api, 2)
        api.fault(Fault("slow", method="editMessageText", chat_id=ann.chat_id, delay=3))
        await ann.press(URGENT)
        for _ in range(4):
            await asyncio.sleep(0.15)
            await ben.press(URGENT)
            assert await sees(ben, "114") < 1.5
            await ben.press("Retour")
            assert await sees(ben, "numéros utiles") < 1.5
        asked = [call.params["offset"] for call in api.calls_of("getUpdates")]
        assert len(asked) < 60
        await ann.settled(4)


async def test_another_program_for_the_same_bot_is_said_once_and_outlived(
    api: Server, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram.poll.SOON", 0.05)
    async with running(api, script) as bot, calling(api) as other:
        ann = api.person()
        await opens(ann)
        for _ in range(5):
            await other("getUpdates", timeout=1, offset=-100)
            await asyncio.sleep(0.06)
        assert len([sentence for sentence in bot.said if "autre programme" in sentence]) == 1
        assert not bot.task.done()
        await presses(ann, URGENT)
        assert "114" in only(ann).text
        await other("getUpdates", timeout=1)
        await asyncio.sleep(0.1)
        await presses(ann, "Retour")


async def test_a_webhook_set_behind_our_back_is_said_and_nothing_breaks(
    api: Server, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram.poll.SOON", 0.05)
    async with Server() as elsewhere, running(api, script) as bot, calling(api) as other:
        ann = api.person()
        await opens(ann)
        await other.ok("setWebhook", url=f"{elsewhere.url}/hook")
        await asyncio.sleep(0.2)
        assert len([sentence for sentence in bot.said if "autre programme" in sentence]) == 1
        await other.ok("deleteWebhook")
        await presses(ann, URGENT)
        assert "114" in only(ann).text
