"""More is said in a room than one sync tells, fifty events: nothing of it is missed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.matrix.matrix_bot import account, behind, running
from tests.matrix.person import Person
from tests.matrix.proxy import SYNC, Fault

if TYPE_CHECKING:
    from bot.engine.script import Script
    from tests.matrix import Synapse

pytestmark = [pytest.mark.slow, pytest.mark.together]

MANY = [f"texte {number}" for number in range(55)]


async def leaves_then_writes(one: Person) -> None:
    """Say a lot, after leaving."""
    await one.shows()
    await one.says("fermer", *MANY)


async def left_then_wrote(one: Person) -> None:
    """See that the exit was honoured, with what had been sent before it, and the rest answered once."""
    await one.sees(within=15)
    assert [event["sender"] for event in await one.left()] == [one.bot], "not her photo"


async def test_who_leaves_then_writes_a_lot_while_the_line_is_cut_has_left(synapse: Synapse, script: Script) -> None:
    async with behind(synapse, script) as (proxy, bot):
        ann, ben = [await (await Person.new(synapse, bot.user_id)).opens() for _ in range(2)]
        proxy.fault(Fault("says", SYNC))
        proxy.hang_up()
        await asyncio.gather(leaves_then_writes(ann), ben.says(*MANY, "urgence"))
        proxy.heal()
        await asyncio.gather(left_then_wrote(ann), ben.sees("114", within=15))


async def test_who_leaves_then_writes_a_lot_while_the_bot_is_down_has_left(synapse: Synapse, script: Script) -> None:
    on = await account(synapse)
    ann, ben = [await Person.new(synapse, on.user_id) for _ in range(2)]
    async with running(synapse, script, on):
        await asyncio.gather(ann.opens(), ben.opens())
    await asyncio.gather(leaves_then_writes(ann), ben.says(*MANY, "urgence"))
    async with running(synapse, script, on):
        await asyncio.gather(left_then_wrote(ann), ben.sees("114", within=15))
        assert [event["sender"] for event in await ben.left()] == [ben.bot]


async def test_what_was_heard_before_is_not_heard_again_with_what_was_missed(synapse: Synapse, script: Script) -> None:
    """In a room where what she writes cannot be erased, nothing but its place tells that it was dealt with."""
    async with behind(synapse, script) as (proxy, bot):
        one = await Person.new(synapse, bot.user_id)
        await one.opens("11", trusted=False)
        for text in ("fermer", "menu"):
            await one.says(text)
            await asyncio.sleep(1)
        photo = await one.shows()
        await asyncio.sleep(0.5)
        proxy.fault(Fault("says", SYNC))
        proxy.hang_up()
        for _ in range(55):
            await one.sends({"msgtype": "m.notice", "body": "…"})
        before = [event["event_id"] for event in await one.living()]
        proxy.heal()
        await asyncio.sleep(2)
        assert [event["event_id"] for event in await one.living()] == before
        assert photo in [event["event_id"] for event in await one.left()]
