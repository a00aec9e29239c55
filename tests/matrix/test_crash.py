"""The bot on Matrix killed at any moment, asked to stop, started badly: nothing is lost, nothing stays (P19, P18)."""

from __future__ import annotations

import asyncio
import signal
import time
from functools import partial
from random import Random
from typing import TYPE_CHECKING

import pytest

from bot.channels.matrix.history import MET
from tests.channels.serving import births, kill, page, process
from tests.matrix.house import READY, house
from tests.matrix.matrix_bot import account
from tests.matrix.person import DIRECT, Person, until
from tests.matrix.proxy import MAKES, Fault, Proxy
from tests.matrix.talk import Talk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.matrix import JsClient, Synapse
    from tests.matrix.house import MatrixHouse

pytestmark = [pytest.mark.slow, pytest.mark.together]

LATENCY = 0.04
"""Seconds that what makes an event takes, there and back: turns last, so that a kill falls in the middle of one."""


async def settled(one: Person | Talk, sent: str, *, left: bool) -> str:
    """Tell what is wrong once it should be settled: one notice and nothing typed, or nothing at all after leaving."""
    try:
        if isinstance(one, Talk):
            await one.client.until(lambda: not one.theirs() and (_answered(one, sent) or (left and not one.ours())), 15)
        elif left:
            await one.is_alone(15)
            await asyncio.sleep(0.5)
            await one.is_alone(0.5)
        else:
            await one.sees(within=15)
    except AssertionError as wrong:
        return f"{'after leaving' if left else 'after writing'}: {wrong}"
    return ""


def _answered(one: Talk, sent: str) -> bool:
    """Tell whether one notice is left, which knows of what was sent last: who left too is shown home, if unread."""
    ours = one.ours()
    return len(ours) == 1 and ours[0].content.get(MET) == sent


async def survive(hs: Synapse, client: JsClient, home: MatrixHouse, deaths: int) -> list[str]:
    """Kill what serves again and again, a little after everybody wrote or left; return all that went wrong."""
    chance, wrong = Random(19), []
    async with Proxy(hs) as proxy, births(home, proxy.url) as born:
        serving = await born.bear()
        await born.mother.says(READY, born.began)
        people: list[Person | Talk] = [await (await Person.new(hs, home.user_id)).opens() for _ in range(2)]
        people += [await Talk.opens(client, home.user_id, encrypted=True) for _ in range(2)]
        for death in range(deaths):
            leaves = death % 3 == 2
            proxy.fault(Fault("slow", MAKES, delay=LATENCY / 2))
            sent = []
            for one in people:
                word = "fermer" if leaves else chance.choice(["1", "2", "retour", "quelqu'un crie"])
                sent.append(await (one.says(word) if isinstance(one, Person) else one.client.send(one.room, word)))
            await asyncio.sleep(chance.uniform(0.0, 0.6))
            kill(serving)
            proxy.heal()
            serving = await born.bear()
            await born.mother.says(READY, born.began)
            told = await asyncio.gather(*map(partial(settled, left=leaves), people, sent))
            wrong += [f"death {death}: {words}" for words in told if words]
        assert born.mother.err == b""
    return wrong


async def test_nothing_anybody_did_is_lost_when_it_is_killed_in_the_middle(
    synapse: Synapse, js: Callable[..., Awaitable[JsClient]], tmp_path: Path
) -> None:
    """In plain rooms and encrypted ones: what was typed is gone and answered, who left leaves nothing."""
    on = await account(synapse)
    client = await js(await synapse.user("nora"))
    assert await survive(synapse, client, house(tmp_path / "house", on), 9) == []


async def test_an_invitation_under_way_when_it_is_killed_is_taken_up(synapse: Synapse, tmp_path: Path) -> None:
    """Joined and not greeted yet, or not even joined: she would look at an empty room."""
    on = await account(synapse)
    home = house(tmp_path / "house", on)
    one, other = [await Person.new(synapse, on.user_id) for _ in range(2)]
    async with Proxy(synapse) as proxy, births(home, proxy.url) as born:
        serving = await born.bear()
        await born.mother.says(READY, born.began)
        proxy.fault(Fault("silent", MAKES))
        await one.creates(**DIRECT)
        await until(one.membership, lambda seen: seen == "join")
        kill(serving)
        await other.creates(**DIRECT)
        proxy.heal()
        await born.bear()
        await born.mother.says(READY, born.began)
        await asyncio.gather(one.sees(within=10), other.sees(within=10))


# Asked to stop --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("network", ["well", "slow", "silent", "down"])
async def test_asked_to_stop_it_ends_within_five_seconds(synapse: Synapse, tmp_path: Path, network: str) -> None:
    """In the middle of turns and of an exit; started again, nothing is missing and nothing is said twice."""
    on = await account(synapse)
    home = house(tmp_path / "house", on)
    async with Proxy(synapse) as proxy:
        people = [await Person.new(synapse, on.user_id) for _ in range(4)]
        async with process(home, proxy.url) as serving:
            await serving.says(READY)
            for one in people:
                await one.opens()
            if network in ("slow", "silent"):
                proxy.fault(Fault(network, "", delay=0.5))
            elif network == "down":
                await proxy.down()
            for one in people:
                await one.says("fermer" if one is people[0] else "1")
            await asyncio.sleep(0.2)
            asked = time.monotonic()
            assert await serving.end(signal.SIGTERM) == 0
            assert time.monotonic() - asked < 5
            assert serving.err == b""
        proxy.heal()
        if network == "down":
            await proxy.up()
        async with process(home, proxy.url) as serving:
            await serving.says(READY)
            told = await asyncio.gather(*(settled(one, "", left=one is people[0]) for one in people))
            assert list(filter(None, told)) == []
            assert await serving.end(signal.SIGTERM) == 0


# Started badly --------------------------------------------------------------------------------------------------------


async def test_a_wrong_password_is_said_in_one_sentence(synapse: Synapse, tmp_path: Path) -> None:
    home = house(tmp_path / "house", await account(synapse), password="not-the-one")
    async with process(home, synapse.url) as serving:
        assert await serving.ended() == 2
    (sentence,) = serving.err.decode().splitlines()
    assert sentence.startswith("Le serveur Matrix refuse ce compte")


async def test_the_site_answers_while_the_server_is_away_and_matrix_comes_up_by_itself(
    own_synapse: Callable[..., Awaitable[Synapse]], tmp_path: Path
) -> None:
    """Said once; the site is there meanwhile; then the server goes and comes back in the middle of a conversation."""
    hs = await own_synapse()
    on = await account(hs)
    await hs.stop()
    async with process(house(tmp_path / "house", on), hs.url) as serving:
        await serving.says("http")
        assert "17" in await page(serving.address)
        await serving.says("Le serveur Matrix ne répond pas encore")
        await hs.start()
        began = time.monotonic()
        await serving.says(READY)
        up = time.monotonic() - began
        assert serving.out.decode().count("ne répond pas") == 1
        one = await (await Person.new(hs, on.user_id)).opens()
        await hs.stop()
        await asyncio.sleep(3)
        assert "17" in await page(serving.address)
        await hs.start()
        began = time.monotonic()
        await one.says("1")
        await one.sees(within=15)
        assert (up < 5, time.monotonic() - began < 6) == (True, True), (up, time.monotonic() - began)
        assert await serving.end(signal.SIGTERM) == 0


async def test_with_a_token_alone_it_makes_no_device_and_stays_where_it_can_read(
    synapse: Synapse, js: Callable[..., Awaitable[JsClient]], tmp_path: Path
) -> None:
    user = await synapse.user("infos")
    path = f"/v2/users/{user.user_id}/devices"
    before = [each["device_id"] for each in (await synapse.admin("GET", path))["devices"]]
    home = house(tmp_path / "house", (await account(synapse)), password=user.access_token)
    home.user_id = user.user_id
    told = {"REPERE_MATRIX_TOKEN_FILE": str(home.token_file), "REPERE_MATRIX_PASSWORD_FILE": ""}
    async with process(home, synapse.url, **told) as serving:
        await serving.says(READY)
        one = await (await Person.new(synapse, user.user_id)).opens()
        await one.asks("1")
        client = await js(await synapse.user("nora"))
        room = await client.create_dm(user.user_id)
        await client.until(lambda: client.members(room).get(user.user_id) == "leave")
        assert [message.sender for message in client.timeline(room)] == []
        await one.says("fermer")
        await one.is_alone()
        assert await serving.end(signal.SIGTERM) == 0
    assert [each["device_id"] for each in (await synapse.admin("GET", path))["devices"]] == before
