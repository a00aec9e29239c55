"""How calls travel: what an error holds (nothing), what is kept open (little), what a clock says."""

from __future__ import annotations

import asyncio
import gc
import traceback
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.channels.telegram import transport as travelling
from bot.channels.telegram.channel import connect
from bot.channels.telegram.transport import Transport
from tests.botapi import Fault, Server
from tests.channels.telegram_bot import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telegram import Bot

WORDS = "des mots que quelqu'un a écrits"


@asynccontextmanager
async def calls(api: Server, token: str = "") -> AsyncIterator[tuple[Bot, Transport]]:
    """Give the library's bot on our transport."""
    transport = Transport()
    await transport.initialize()
    try:
        yield connect(token or api.token, api.url, transport), transport
    finally:
        await transport.shutdown()


BROKEN = {
    "reset": (Fault("reset"), NetworkError),
    "silent": (Fault("silent"), TimedOut),
    "truncated": (Fault("truncated"), NetworkError),
    "cut": (Fault("cut"), NetworkError),
    "lost": (Fault("lost"), NetworkError),
    "502": (Fault(status=502), NetworkError),
    "429": (Fault(status=429, retry_after=7), RetryAfter),
}


@pytest.mark.parametrize("how", BROKEN)
async def test_an_error_holds_neither_the_token_nor_a_word(api: Server, how: str) -> None:
    """Not in its text, nor in what caused it: whoever prints one says nothing of anybody (promise P4)."""
    fault, kind = BROKEN[how]
    ann = api.person()
    await ann.start()
    async with calls(api) as (bot, _):
        api.fault(fault)
        with pytest.raises(kind) as caught:
            await bot.send_message(ann.chat_id, WORDS, read_timeout=0.3)
    told = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    for secret in (api.token, api.token.partition(":")[2], WORDS, str(ann.chat_id), "127.0.0.1"):
        assert secret not in told


async def test_nobody_there_and_a_wrong_token_are_told_apart(api: Server) -> None:
    async with calls(api, token=f"{api.token[:-3]}xyz") as (bot, _):
        with pytest.raises(InvalidToken):
            await bot.get_me()
    async with calls(api) as (bot, _):
        with pytest.raises(BadRequest, match=r"(?i)chat not found"):
            await bot.send_message(1, WORDS)
        await api.down()
        with pytest.raises(NetworkError) as caught:
            await bot.get_me()
        assert api.token not in str(caught.value)


async def test_once_closed_it_stays_closed(api: Server) -> None:
    async with calls(api) as (bot, transport):
        await bot.get_me()
    await transport.renew()
    with pytest.raises(TelegramError):
        await bot.get_me()


async def test_a_new_pool_does_not_cut_what_the_old_one_waits_for(api: Server) -> None:
    async with calls(api) as (bot, transport):
        api.fault(Fault("slow", delay=0.2))
        slow = asyncio.create_task(bot.get_me())
        await until(lambda: not api.guard.faults)
        await transport.renew()
        assert (await bot.get_me()).is_bot
        assert (await slow).is_bot


async def test_pools_are_not_kept_for_ever(api: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that is down for days: one pool for each look, and each is closed in its time."""

    def open_ones() -> int:
        gc.collect()
        return sum(isinstance(one, aiohttp.ClientSession) and not one.closed for one in gc.get_objects())

    before = open_ones()
    async with calls(api) as (bot, transport):
        with monkeypatch.context() as patched:
            patched.setattr(travelling, "PATIENCE", 0.01)
            for _ in range(50):
                await transport.renew()
            await asyncio.sleep(0.1)
        assert open_ones() - before == 1
        assert (await bot.get_me()).is_bot
    assert open_ones() == before


async def test_two_hundred_calls_leave_together(api: Server) -> None:
    """None waits for a connection that another one holds."""
    async with calls(api) as (bot, _):
        api.latency = 0.3
        api.calls.clear()
        await asyncio.gather(*(bot.get_me() for _ in range(200)))
        began = [call.at for call in api.calls]
        assert max(began) - min(began) < 0.3


async def test_a_connection_is_used_again(api: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each new one costs two round trips and a handshake, with Telegram."""
    made = []
    connect = aiohttp.TCPConnector._create_connection

    async def counted(*args: Any, **more: Any) -> Any:
        made.append(1)
        return await connect(*args, **more)

    monkeypatch.setattr(aiohttp.TCPConnector, "_create_connection", counted)
    async with calls(api) as (bot, _):
        for _ in range(10):
            await bot.get_me()
    assert len(made) == 1


@pytest.mark.parametrize(("said", "ahead"), [(-120, 120), (0, 0), (3600, -3600), (None, 0)])
def test_how_far_this_clock_is_from_theirs(said: int | None, ahead: int) -> None:
    transport = Transport()
    now = datetime.now(UTC)
    dated = "" if said is None else format_datetime(now + timedelta(seconds=said), usegmt=True)
    transport._dated = dated, now.timestamp()
    assert transport.ahead == pytest.approx(ahead, abs=1)
    transport._dated = "hier", now.timestamp()
    assert transport.ahead == 0
