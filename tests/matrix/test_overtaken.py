"""Something else is done while a call waits for the server: nothing has its effect twice, is lost, or stays."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from bot import deed
from bot.channels.matrix import chat
from bot.channels.matrix.chat import Rooms
from tests.matrix.matrix_bot import account, behind, running
from tests.matrix.person import DIRECT, Person, until
from tests.matrix.proxy import REDACT, SEND, Fault, Proxy, limited
from tests.matrix.served import served

if TYPE_CHECKING:
    from bot.engine.script import Script
    from tests.matrix import Synapse

pytestmark = [pytest.mark.slow, pytest.mark.together]

NONSENSE = "wolframine zqxjk"


async def made(proxy: Proxy, what: str, count: int = 1) -> None:
    """Wait until calls of a kind were made."""
    async with asyncio.timeout(10):
        while len(proxy.made(what)) < count:  # noqa: ASYNC110  nobody is told
            await asyncio.sleep(0.01)


async def hers(one: Person) -> list[str]:
    """Return the ids of what she sent that is still there."""
    return [event["event_id"] for event in await one.left() if event["sender"] != one.bot]


# She writes meanwhile -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [limited(1.5, REDACT), Fault("says", REDACT)], ids=["limited", "down"])
async def test_a_number_has_its_effect_once_though_it_cannot_be_erased_at_once(
    synapse: Synapse, script: Script, fault: Fault
) -> None:
    """And of two notices one goes."""
    async with behind(synapse, script) as (proxy, bot):
        ann, ben = [await (await Person.new(synapse, bot.user_id)).opens() for _ in range(2)]
        await ann.asks("1")
        expected = await ann.asks(NONSENSE)
        proxy.calls.clear()
        proxy.fault(fault)
        await ben.says("1")
        await made(proxy, REDACT)
        await asyncio.sleep(0.3)
        await ben.says(NONSENSE)
        await asyncio.sleep(1)
        proxy.heal()
        assert await ben.sees("Touchez un choix") == expected


# She sends a photo after she left -------------------------------------------------------------------------------------


async def test_a_photo_sent_after_she_left_stays_though_the_exit_is_not_over(synapse: Synapse, script: Script) -> None:
    """It may be all that she has; one that she sent before goes."""
    async with behind(synapse, script) as (proxy, bot):
        one = await (await Person.new(synapse, bot.user_id)).opens()
        await one.shows()
        await one.sees("seuls les mots")
        proxy.calls.clear()
        proxy.fault(limited(1.5, REDACT))
        await one.says("fermer")
        await made(proxy, REDACT)
        photo = await one.shows()
        await one.sees("seuls les mots")
        assert await hers(one) == [photo]
        await one.says("fermer")
        await one.is_alone()


async def test_a_photo_sent_after_she_left_stays_though_the_exit_is_finished_by_the_next_start(
    synapse: Synapse, script: Script
) -> None:
    on = await account(synapse)
    async with Proxy(synapse) as proxy, served(proxy, on) as process:
        one = await (await Person.new(synapse, on.user_id)).opens()
        proxy.fault(Fault("silent", REDACT))
        proxy.calls.clear()
        await one.says("fermer")
        await made(proxy, REDACT)
        process.kill()
        await process.wait()
    photo = await one.shows()
    async with running(synapse, script, on):
        await one.sees("seuls les mots")
        assert await hers(one) == [photo]


async def test_a_photo_sent_after_she_left_stays_whatever_is_at_fault(
    synapse: Synapse, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError

    async with behind(synapse, script) as (proxy, bot):
        one = await (await Person.new(synapse, bot.user_id)).opens()
        monkeypatch.setattr(Rooms, "_leave", fails)
        proxy.fault(Fault("slow", "/messages", delay=0.4))
        await one.says("fermer")
        photo = await one.shows()
        await one.sees("seuls les mots")
        assert await hers(one) == [photo]


# The server takes a notice in when nobody expects it any more ---------------------------------------------------------


async def _chooses_in_vain(one: Person, proxy: Proxy) -> None:
    """Make a choice whose notice is given up, and comes two seconds later."""
    proxy.calls.clear()
    proxy.fault(Fault("after", SEND, 4, delay=2.5))
    await one.says("1")
    await made(proxy, SEND)
    await asyncio.sleep(0.3)


async def test_a_notice_that_comes_after_she_left_does_not_stay(synapse: Synapse, script: Script) -> None:
    """And once she leaves, not a word of it is sent again: somebody may be looking over her shoulder."""
    async with behind(synapse, script) as (proxy, bot):
        one = await (await Person.new(synapse, bot.user_id)).opens()
        await _chooses_in_vain(one, proxy)
        await one.says("fermer")
        left = time.monotonic()
        await one.is_alone()
        await asyncio.gather(*proxy.late)
        await asyncio.sleep(0.3)
        await one.is_alone(0.5)
        assert [call.body for call in proxy.made(SEND, left) if b"Pour qui" in call.body and call.status == 200] == []


async def test_a_notice_that_comes_after_the_next_one_does_not_stay(synapse: Synapse, script: Script) -> None:
    async with behind(synapse, script) as (proxy, bot):
        one = await (await Person.new(synapse, bot.user_id)).opens()
        await _chooses_in_vain(one, proxy)
        await one.says("urgence")
        await one.sees("114")
        await asyncio.gather(*proxy.late)
        await asyncio.sleep(0.3)
        await one.sees("114", within=0.5)


# It is late meanwhile -------------------------------------------------------------------------------------------------


async def test_what_became_late_while_the_server_failed_is_not_answered(
    synapse: Synapse, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a word after a quarter of an hour, here four seconds: whichever call had to wait, and whatever came of it."""
    for where in (deed, chat):
        monkeypatch.setattr(where, "LATE", 4.0)
    monkeypatch.setattr(deed, "FRESH", 2.0)

    async def late(fault: Fault) -> None:
        async with behind(synapse, script) as (proxy, bot):
            one = await (await Person.new(synapse, bot.user_id)).opens()
            levels = await one.does("GET", "state/m.room.power_levels")
            await one.does("PUT", "state/m.room.power_levels", levels | {"invite": 50})  # rights are asked for again
            await one.asks("menu")
            await one.does("PUT", "state/m.room.power_levels", levels)
            await asyncio.sleep(0.5)
            (before,) = await one.living()
            proxy.fault(fault)
            await one.says("1")
            await asyncio.sleep(6)
            proxy.heal()
            await until(lambda: hers(one), lambda left: not left)
            await asyncio.sleep(1)
            (after,) = await one.living()
            landed = fault.kind == "lost"
            assert (after["event_id"] == before["event_id"]) is not landed
            ours = [event for event in await one.events() if event["sender"] == one.bot]
            since = [event for event in ours if event["origin_server_ts"] > before["origin_server_ts"]]
            assert [event["type"] for event in since].count("m.room.message") == landed

    await asyncio.gather(late(Fault("says", SEND)), late(Fault("lost", SEND)), late(Fault("says", "/state")))


async def test_what_she_typed_goes_though_the_last_resort_itself_is_in_doubt(
    synapse: Synapse, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError

    async with behind(synapse, script) as (proxy, bot):
        one = await (await Person.new(synapse, bot.user_id)).opens()
        proxy.calls.clear()
        proxy.fault(Fault("says", SEND))
        with monkeypatch.context() as patch:
            patch.setattr(Rooms, "_do", fails)
            await one.says("quelqu'un crie")
            await made(proxy, SEND, 2)
        await one.says("1")
        await asyncio.sleep(0.5)
        proxy.heal()
        await one.sees()


# It is killed meanwhile -----------------------------------------------------------------------------------------------


async def test_what_she_does_before_an_answer_has_come_is_not_lost_by_a_kill(synapse: Synapse, script: Script) -> None:
    """She types again, leaves; before her number is answered, or her photo, or before she is greeted."""
    on = await account(synapse)
    async with Proxy(synapse) as proxy, served(proxy, on) as process:
        typing, leaving, showing = [await (await Person.new(synapse, on.user_id)).opens() for _ in range(3)]
        coming = await Person.new(synapse, on.user_id)
        people = (typing, leaving, showing, coming)
        seen = {event["event_id"] for one in people[:3] for event in await one.living()}
        proxy.fault(Fault("slow", SEND, delay=1.0))
        proxy.fault(Fault("silent", REDACT))
        proxy.calls.clear()
        await asyncio.gather(typing.says("1"), leaving.says("1"), showing.shows(), coming.creates(**DIRECT))
        await made(proxy, SEND, 4)
        await asyncio.gather(typing.says("urgence"), leaving.says("fermer"))
        await asyncio.gather(showing.says("urgence"), coming.says("urgence"))
        for one in people:
            await until(one.living, lambda ours: {event["event_id"] for event in ours} - seen)
        process.kill()
        await process.wait()
    async with running(synapse, script, on):
        await asyncio.gather(*(one.sees("114") for one in (typing, showing, coming)), leaving.is_alone())
        assert len(await hers(showing)) == 1, "her photo"


async def test_what_a_kill_left_to_erase_goes_though_she_writes_before_the_start_or_just_after(
    synapse: Synapse, script: Script
) -> None:
    on = await account(synapse)
    async with Proxy(synapse) as proxy:
        async with served(proxy, on) as process:
            ann, ben = [await (await Person.new(synapse, on.user_id)).opens() for _ in range(2)]
            proxy.fault(Fault("silent", REDACT))
            for one in (ann, ben):
                await one.says("il m'a fait peur")
                await until(one.living, lambda ours: len(ours) == 2)
            process.kill()
            await process.wait()
        proxy.heal()
        await ann.says("1")
        proxy.fault(limited(2.0, REDACT))
        proxy.calls.clear()
        async with running(proxy, script, on):
            await made(proxy, REDACT)
            await ben.says("1")
            await asyncio.gather(ann.sees(), ben.sees())
