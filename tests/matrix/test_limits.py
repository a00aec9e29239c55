"""A server that limits (P16): nothing before the end of a refusal, a notice before what it erases, who leaves first."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from tests.matrix.matrix_bot import account, behind, running
from tests.matrix.person import DIRECT, Person, until
from tests.matrix.proxy import JOIN, MAKES, REDACT, SEND, Proxy, limited, says

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.engine.script import Script
    from tests.matrix import Synapse
    from tests.matrix.proxy import Call

pytestmark = [pytest.mark.slow, pytest.mark.together]


def hasty(calls: list[Call]) -> list[float]:
    """Return how much too early calls left that left before the end of a refusal they could know of."""
    refused = [call for call in calls if call.status == 429]
    return [
        round(told.until + told.wait - call.at, 2)
        for told in refused
        for call in calls
        if told.until + 0.02 < call.at < told.until + told.wait - 0.05
    ]


async def test_nothing_leaves_before_the_end_of_a_refusal(synapse: Synapse, script: Script) -> None:
    """Two people write, one leaves: the refusal is about all of them."""
    on = await account(synapse)
    async with Proxy(synapse) as proxy, running(proxy, script, on):
        ann, ben, dee = [await (await Person.new(synapse, on.user_id)).opens() for _ in range(3)]
        proxy.calls.clear()
        proxy.fault(limited(3.0))
        await ann.says("1")
        await until(_at(proxy, 429))
        await ben.says("1")
        await ann.says("2")
        await dee.says("fermer")
        await asyncio.gather(ann.sees(within=15), ben.sees(within=15), dee.is_alone(15))
    made = proxy.made(MAKES)
    assert hasty(made) == []
    assert [call.status for call in made].count(429) == 1
    passed = [unquote(call.path) for call in made if call.status == 200]
    assert next(n for n, path in enumerate(passed) if dee.room in path) <= 1, "one call goes and sees, then who leaves"


async def test_the_header_tells_how_long_to_wait_as_well(synapse: Synapse, script: Script) -> None:
    """The specification prefers it: the body need not say so any more."""
    async with behind(synapse, script) as (proxy, bot):
        one = await (await Person.new(synapse, bot.user_id)).opens()
        proxy.calls.clear()
        refusal = says(429, {"errcode": "M_LIMIT_EXCEEDED", "error": "…"}, SEND, 1)
        proxy.fault(replace(refusal, headers=(*refusal.headers, "Retry-After: 7")))
        await one.asks("1", within=15)
        told, passed = proxy.made(SEND)
    assert passed.at - told.until > 6.95


def _at(proxy: Proxy, status: int) -> Callable:
    async def seen() -> list[Call]:
        return [call for call in proxy.calls if call.status == status]

    return seen


async def test_a_joining_that_is_refused_holds_that_joining_only(synapse: Synapse, script: Script) -> None:
    """Joins have a limit of their own: whoever invites the bot again and again may not make it silent for others."""
    on = await account(synapse)
    async with Proxy(synapse) as proxy, running(proxy, script, on):
        one = await (await Person.new(synapse, on.user_id)).opens()
        proxy.fault(limited(4.0, JOIN))
        stranger = await Person.new(synapse, on.user_id)
        await stranger.creates(**DIRECT)
        await until(_at(proxy, 429))
        began = time.monotonic()
        await one.asks("1")
        assert time.monotonic() - began < 3
        await stranger.sees()
    assert hasty(proxy.made(JOIN)) == []


async def test_a_notice_is_there_before_what_it_replaces_is_gone(synapse: Synapse, script: Script) -> None:
    """She is never left with nothing to read while the server makes the bot wait."""
    on = await account(synapse)
    async with Proxy(synapse) as proxy, running(proxy, script, on):
        one = await (await Person.new(synapse, on.user_id)).opens()
        proxy.calls.clear()
        await one.asks("1")
    kinds = [SEND if SEND in call.path else REDACT for call in proxy.made(MAKES)]
    assert kinds == [SEND, REDACT, REDACT]


async def test_twelve_people_at_once_on_a_server_that_limits_all_get_an_answer(
    limited_hs: Synapse, script: Script
) -> None:
    """Four events, joins included, then two a second: slow, and nobody is forgotten."""
    hs = limited_hs
    on = await account(hs)
    people = [await freed(hs, on.user_id) for _ in range(12)]
    async with Proxy(hs) as proxy, running(proxy, script, on):
        began = time.monotonic()
        await asyncio.gather(*(person.creates(**DIRECT) for person in people))
        await asyncio.gather(*(until(person.living, within=40) for person in people))
        answered = time.monotonic() - began
        await people[0].says("fermer")
        began = time.monotonic()
        await people[0].is_alone(20)
        left = time.monotonic() - began
    made = proxy.made(MAKES)
    assert 429 in [call.status for call in made]
    assert hasty(made) == []
    assert answered < 20, answered  # twelve joins and twelve notices: ten seconds at least
    assert left < 8, left


async def freed(hs: Synapse, bot: str) -> Person:
    """Return somebody whom the server does not limit."""
    person = await Person.new(hs, bot)
    await hs.override_ratelimit(person.user)
    return person


async def test_where_the_administrator_lifted_the_limit_nobody_waits(limited_hs: Synapse, script: Script) -> None:
    hs = limited_hs
    on = await account(hs)
    await hs.override_ratelimit(on.user)
    people = [await freed(hs, on.user_id) for _ in range(4)]
    async with Proxy(hs) as proxy, running(proxy, script, on):
        await asyncio.gather(*(person.opens() for person in people))
        for word in ("1", "retour", "1", "retour"):
            await asyncio.gather(*(person.asks(word) for person in people))
        await asyncio.gather(*(person.says("fermer") for person in people))
        await asyncio.gather(*(person.is_alone() for person in people))
    made = proxy.made(MAKES)
    assert {call.status for call in made} == {200}
    assert max(later.at - call.at for call, later in pairwise(made)) < 4
