"""A bad network between the bot and its homeserver (P20): how soon all is well again, and what is asked meanwhile."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.channels.matrix import channel
from tests.channels.road import most_within
from tests.matrix.matrix_bot import Running, account, behind, running
from tests.matrix.person import DIRECT, Person
from tests.matrix.proxy import JOIN, REDACT, SEND, SYNC, Fault, Proxy, limited, says
from tests.matrix.talk import Talk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.engine.script import Script
    from tests.matrix import JsClient, Synapse
    from tests.matrix.proxy import Call

pytestmark = [pytest.mark.slow, pytest.mark.together]

SOON = 5.0
"""Seconds within which all is well again."""

NEARLY = 0.8
"""Of a second in which a network that is down is looked at once: on a busy machine calls arrive as they can."""

FOUND_DOWN = 2.0
"""Seconds after which a network that answers at once, and badly, is known to be down."""

BREAKS = {
    "reset": Fault("reset"),
    "truncated": Fault("truncated"),
    "cut": Fault("cut"),
    "lost": Fault("lost"),
    "page": Fault("says"),
    "500": says(500, {"errcode": "M_UNKNOWN", "error": "…"}),
    "429": limited(2, "", None),
    "late": Fault("slow", delay=4.0),
    "half-open": Fault("silent"),
}


def looks(calls: list[Call]) -> list[float]:
    """Return when the server was looked at: a call that failed is made again at once, by aiohttp itself, then by us."""
    pairs = zip([None, *calls], calls, strict=False)
    return [call.at for last, call in pairs if not last or not _again(last, call)]


def _again(last: Call, call: Call) -> bool:
    return last.path.partition("?")[0] == call.path.partition("?")[0] and call.at - last.until < 0.1


async def storm(hs: Synapse, script: Script, fault: Fault | None, seconds: float) -> tuple[float, int]:
    """Return how long after the end of a fault everybody is answered, and the most calls made in a second of it.

    Without a fault everybody writes at that instant: how long the server takes by itself.
    """
    async with behind(hs, script) as (proxy, bot):
        ann, ben, cam, dee = people = [await (await Person.new(hs, bot.user_id)).opens() for _ in range(4)]
        began = time.monotonic()
        if fault is not None:
            proxy.fault(replace(fault))
            await ann.says("1")
        await asyncio.sleep(seconds / 2)
        if fault is not None:
            await ben.says("1", "2")
            await dee.says("fermer")
        await asyncio.sleep(seconds / 2)
        proxy.heal()
        ended = time.monotonic()
        asked = looks([call for call in proxy.calls if began + FOUND_DOWN < call.at < ended])
        if fault is None:
            await asyncio.gather(ann.says("1"), ben.says("1", "2"), dee.says("fermer"))
        await cam.says("1")
        await asyncio.gather(ann.sees(within=30), ben.sees(within=30), cam.sees(within=30), dee.is_alone(30))
        took = time.monotonic() - ended
        await asyncio.sleep(1.0)
        assert [len(await person.living()) for person in people] == [1, 1, 1, 0]
        return took, most_within(NEARLY, asked)


@pytest.mark.alone
@pytest.mark.parametrize(
    "breaks", [["reset", "cut", "half-open"], ["lost", "page", "429"], ["truncated", "500", "late"]]
)
async def test_whatever_breaks_all_is_well_again_soon_and_nothing_is_lost_or_said_twice(
    synapse: Synapse, script: Script, breaks: list[str]
) -> None:
    """Somebody writes, writes twice, leaves while it lasts, and somebody writes right after."""
    quiet, *figures = await asyncio.gather(*(storm(synapse, script, BREAKS.get(name), 4.0) for name in ["", *breaks]))
    named = dict(zip(breaks, figures, strict=True))
    assert {name: took for name, (took, _) in named.items() if took > quiet[0] + SOON} == {}
    for name in {"429", "late"} & named.keys():
        del named[name]  # a server that says when to come back is not down, nor one that is late until it is given up
    assert {name: asked for name, (_, asked) in named.items() if asked > 1} == {}


# --- one slip -------------------------------------------------------------------------------------------------------

SLIPS = [
    replace(fault, what=what, count=1)
    for what in (SEND, REDACT, SYNC, JOIN, "/state", "/messages", "/account_data/")
    for fault in (Fault("reset"), Fault("lost"), Fault("truncated"), Fault("says"))
]


BOTS = 4
"""Bots that meet slips at once, each its own."""


async def slips(hs: Synapse, script: Script, faults: list[Fault]) -> dict[tuple[str, str], str]:
    """Tell what is wrong for somebody who comes, writes and leaves while one call of a kind fails once each time."""
    async with behind(hs, script) as (proxy, bot):
        return {(fault.kind, fault.what): await slip(hs, proxy, bot.user_id, fault) for fault in faults}


async def slip(hs: Synapse, proxy: Proxy, bot: str, fault: Fault) -> str:
    one = await Person.new(hs, bot)
    try:
        proxy.fault(replace(fault))
        await one.opens()
        proxy.fault(replace(fault))
        await one.asks("1", within=SOON)
        proxy.fault(replace(fault))
        await one.says("fermer")
        await one.is_alone(SOON)
    except AssertionError as wrong:
        return str(wrong)
    finally:
        proxy.heal()
    return ""


async def test_one_slip_is_never_seen(synapse: Synapse, script: Script) -> None:
    """Whichever call it befalls, done or not: she is greeted, answered once, and leaves nothing."""
    told = await asyncio.gather(*(slips(synapse, script, SLIPS[bot::BOTS]) for bot in range(BOTS)))
    assert {fault: words for wrong in told for fault, words in wrong.items() if words} == {}


KEYS = [
    (what, kind)
    for what in ("keys/claim", "keys/query", "keys/upload", "/sendToDevice/")
    for kind in ("reset", "lost", "says", "cut")
]


@pytest.mark.parametrize(("what", "kind"), KEYS)
async def test_one_slip_while_keys_are_given_leaves_nobody_in_silence(
    synapse: Synapse, script: Script, js: Callable[..., Awaitable[JsClient]], what: str, kind: str
) -> None:
    """What matrix-nio passes over would be « unable to decrypt », what it raises a room never answered again."""
    async with behind(synapse, script) as (proxy, bot):
        client = await js(await synapse.user("nora"))
        proxy.fault(Fault(kind, what, 1))
        talk = await Talk.opens(client, bot.user_id, encrypted=True)
        assert (await talk.says("1", "vous")).shield == ("NONE", None)


async def test_keys_refused_for_good_make_nobody_else_wait(synapse: Synapse, script: Script) -> None:
    """What encryption meets is not what was said: in plain rooms everything goes on."""
    async with behind(synapse, script) as (proxy, bot):
        one = await (await Person.new(synapse, bot.user_id)).opens()
        proxy.fault(Fault("says", "keys/(claim|query|upload)"))
        stranger = await Person.new(synapse, bot.user_id)
        await stranger.creates(**DIRECT, initial_state=[ENCRYPTED])
        await asyncio.sleep(2)
        began = time.monotonic()
        await one.asks("1")
        assert time.monotonic() - began < SOON


ENCRYPTED = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


# --- done, and the answer lost --------------------------------------------------------------------------------------


async def test_what_was_sent_and_never_acknowledged_is_sent_once(synapse: Synapse, script: Script) -> None:
    """The same transaction id from one try to the next: the server keeps one event, however often it is told."""
    async with behind(synapse, script) as (proxy, bot):
        one = await (await Person.new(synapse, bot.user_id)).opens()
        before = len(await one.events())
        proxy.calls.clear()
        proxy.fault(Fault("lost", SEND, 3))
        proxy.fault(Fault("lost", REDACT, 3))
        await one.asks("1", within=15)
        events = (await one.events())[before:]
        assert len(proxy.made(SEND)) > 1
        assert len({call.path for call in proxy.made(SEND)}) == 1
        assert len([event for event in events if event["sender"] == bot.user_id and "msgtype" in event["content"]]) == 1
        assert len([event for event in events if event["type"] == "m.room.redaction"]) == 2


async def test_who_writes_again_while_an_answer_is_in_doubt_reads_one_notice(synapse: Synapse, script: Script) -> None:
    """The first answer came through, nobody knows; it is overtaken by the next: it may not stay beside it."""
    async with behind(synapse, script) as (proxy, bot):
        one = await (await Person.new(synapse, bot.user_id)).opens()
        proxy.fault(Fault("lost", SEND))
        await one.says("1")
        await asyncio.sleep(2)
        await one.says("2")
        await asyncio.sleep(1)
        proxy.heal()
        await one.sees(within=10)
        await asyncio.sleep(1)
        assert len(await one.living()) == 1


# --- half-open ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", [SEND, REDACT, SYNC, "/state"])
async def test_a_line_that_died_is_noticed_in_time(synapse: Synapse, script: Script, what: str) -> None:
    """One call is swallowed, for good, and everything else works."""
    async with behind(synapse, script) as (proxy, bot):
        one = await Person.new(synapse, bot.user_id)
        if what != "/state":
            await one.opens()
        fault = proxy.fault(Fault("silent", what, 1))
        await (one.says("1") if one.room else one.creates(**DIRECT))
        async with asyncio.timeout(10):
            while fault.count:  # noqa: ASYNC110  nobody is told
                await asyncio.sleep(0.01)
        began = time.monotonic()
        await one.sees(within=30)
        assert time.monotonic() - began < SOON + 1  # the call itself, then a second for what follows


# --- slow, or for one room only -------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault("slices"), Fault("slow", delay=0.3)], ids=["byte by byte", "late"])
async def test_a_slow_network_is_no_broken_network(
    synapse: Synapse, script: Script, js: Callable[..., Awaitable[JsClient]], fault: Fault
) -> None:
    async with behind(synapse, script) as (proxy, bot):
        proxy.fault(replace(fault))
        talk = await Talk.opens(await js(await synapse.user("nora")), bot.user_id, encrypted=True)
        await talk.says("1", "vous")
        one = await (await Person.new(synapse, bot.user_id)).opens()
        await one.asks("1")
        await one.says("fermer")
        await one.is_alone()
        sent = [call.path for call in proxy.made(SEND)]
        assert len(set(sent)) == len(sent)


async def test_a_room_that_the_server_cannot_serve_makes_nobody_else_wait(synapse: Synapse, script: Script) -> None:
    async with behind(synapse, script) as (proxy, bot):
        sick, well = [await (await Person.new(synapse, bot.user_id)).opens() for _ in range(2)]
        room = sick.room.replace("!", "(!|%21)").replace(":", "(:|%3A)")
        proxy.fault(says(500, {"errcode": "M_UNKNOWN", "error": "…"}, f"(PUT|POST) .*{room}"))
        await sick.says("1")
        await asyncio.sleep(1)
        waits = []
        for word in ("1", "retour", "1", "retour"):
            began = time.monotonic()
            await well.asks(word, within=20)
            waits.append(time.monotonic() - began)
        assert max(waits) < 2, waits
        proxy.heal()
        await sick.sees(within=10)


# --- refused --------------------------------------------------------------------------------------------------------


async def test_its_device_deleted_elsewhere_it_comes_back_by_itself(
    synapse: Synapse, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An administrator, a second program on the account: a bot that nobody restarts would be silent for ever."""
    monkeypatch.setattr(channel, "AGAIN", 1.0)
    async with running(synapse, script) as bot:
        one = await (await Person.new(synapse, bot.user_id)).opens()
        path = f"/v2/users/{bot.user_id}/devices"
        (device,) = [each["device_id"] for each in (await synapse.admin("GET", path))["devices"]]
        await synapse.admin("DELETE", f"{path}/{device}")
        await one.says("1")
        await one.sees()


@pytest.mark.parametrize("what", ["/login", SYNC, "/keys/upload", "/messages"])
async def test_told_to_wait_it_asks_nothing_of_the_kind_before(synapse: Synapse, script: Script, what: str) -> None:
    """Logins are what a server limits most: five in a row, then one in five minutes."""
    on = await account(synapse)
    async with Proxy(synapse) as proxy:
        proxy.fault(limited(2.0, what))
        bot = Running(proxy, script, on)
        await bot.ready()
        one = await (await Person.new(synapse, bot.user_id)).opens()
        await one.says("fermer")
        await one.is_alone()
        told = next(call for call in proxy.made(what) if call.status == 429)
        asked = [call.at for call in proxy.made(what, told.until)]
        await bot.stop()
    assert min(asked) >= told.until + told.wait - 0.05


async def test_a_page_that_sends_elsewhere_is_not_followed(synapse: Synapse, script: Script) -> None:
    """What is posted holds a password, then words of a conversation: they go where the operator said."""
    on = await account(synapse)
    async with Proxy(synapse) as proxy, Proxy(synapse) as other:
        away = (f"Location: {other.url}/_matrix/client/v3/login", "Content-Type: text/html")
        proxy.fault(Fault("says", "", status=307, headers=away))
        bot = Running(proxy, script, on)
        await asyncio.sleep(1)
        await bot.stop()
    assert proxy.calls
    assert other.calls == []
