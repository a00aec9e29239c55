"""getUpdates: what it returns, what it acknowledges, and who else may call it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.botapi import Server
from tests.botapi.calling import calling

if TYPE_CHECKING:
    from tests.botapi.calling import Bot

CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


async def test_an_offset_acknowledges_what_is_below(api: Server, bot: Bot) -> None:
    ann = api.person()
    ids = [await ann.say(text) for text in "abcde"]
    assert [u["update_id"] for u in await bot.ok("getUpdates", limit=2)] == ids[:2]
    assert api.pending == 5
    assert [u["update_id"] for u in await bot.ok("getUpdates", offset=ids[2])] == ids[2:]
    assert (api.pending, api.acknowledged(ids[1]), api.acknowledged(ids[2])) == (3, True, False)
    # An old offset brings nothing back, and one far in the future forgets nothing.
    assert [u["update_id"] for u in await bot.ok("getUpdates", offset=ids[0])] == ids[2:]
    assert len(await bot.ok("getUpdates", offset=ids[4] + 500)) == 3
    assert await bot.ok("getUpdates", offset=ids[4] + 1) == []
    assert api.pending == 0


async def test_a_negative_offset_forgets_all_but_the_last(api: Server, bot: Bot) -> None:
    ann = api.person()
    ids = [await ann.say(text) for text in "abcde"]
    assert [u["update_id"] for u in await bot.ok("getUpdates", offset=-2)] == ids[-2:]
    assert api.pending == 2
    assert len(await bot.ok("getUpdates", offset=-10)) == 2


@pytest.mark.parametrize(("limit", "given"), [(0, 1), (1, 1), (1000, 100), ("x", 1), ("", 100)])
async def test_a_limit_is_brought_within_bounds(api: Server, bot: Bot, limit: object, given: int) -> None:
    ann = api.person()
    for number in range(120):
        await ann.say(str(number))
    assert len(await bot.ok("getUpdates", limit=limit)) == given


async def test_a_long_poll_answers_as_soon_as_something_comes(api: Server, bot: Bot) -> None:
    ann = api.person()
    poll = asyncio.create_task(bot.ok("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    assert not poll.done()
    said = await ann.say("a")
    assert [u["update_id"] for u in await asyncio.wait_for(poll, 1)] == [said]


async def test_the_last_of_two_pollers_wins(api: Server, bot: Bot) -> None:
    first = asyncio.create_task(bot("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(bot("getUpdates", timeout=30))
    refused = await asyncio.wait_for(first, 1)
    assert (refused["error_code"], refused["description"]) == (409, CONFLICT)
    await api.person().say("a")
    assert len((await asyncio.wait_for(second, 1))["result"]) == 1


async def test_a_hasty_poller_is_made_to_wait() -> None:
    async with Server(calm=0.2) as api, calling(api) as bot:
        loop = asyncio.get_running_loop()
        await bot.ok("getUpdates")
        began = loop.time()
        await bot.ok("getUpdates")
        assert loop.time() - began > 0.15


async def test_updates_are_kept_a_day_and_presses_150_seconds(api: Server, bot: Bot) -> None:
    ann = api.person()
    said = await ann.start()
    await bot.send(ann.chat_id, reply_markup={"inline_keyboard": [[{"text": "a", "callback_data": "b"}]]})
    pressed = await ann.press("a")
    assert api.pending == 2
    api.clock.advance(151)
    assert [u["update_id"] for u in await bot.ok("getUpdates")] == [said]
    assert api.acknowledged(pressed)
    api.clock.advance(86400)
    assert api.pending == 0
    assert await bot.ok("getUpdates") == []


async def test_the_kinds_asked_for_are_remembered(api: Server, bot: Bot) -> None:
    ann = api.person()
    await bot.ok("getUpdates", allowed_updates=["callback_query", "nonsense"])
    assert await ann.start() is None
    await bot.ok("getUpdates")
    assert await ann.start() is None
    assert (await bot.ok("getWebhookInfo"))["allowed_updates"] == ["callback_query"]
    await bot.ok("getUpdates", allowed_updates=[])
    assert await ann.start()
    assert "allowed_updates" not in await bot.ok("getWebhookInfo")


async def test_what_comes_while_nobody_listens_waits(api: Server, bot: Bot) -> None:
    ann = api.person()
    await api.down()
    said = await ann.say("Y a quelqu'un ?")
    with pytest.raises(OSError, match="127"):
        await bot("getMe")
    await api.up()
    assert [u["update_id"] for u in await bot.updates()] == [said]
