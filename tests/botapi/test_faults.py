"""What goes wrong when it is asked to: with whom, how often, and what took effect."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.botapi import Clock, Fault, Flood, Server
from tests.botapi.calling import calling

if TYPE_CHECKING:
    from tests.botapi.calling import Bot


async def raw(api: Server, method: str = "getMe", seconds: float = 5.0, **params: Any) -> tuple[int, bytes]:
    """Call on a connection of its own, which may die."""
    timeout = aiohttp.ClientTimeout(total=seconds)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        url = f"{api.url}/bot{api.token}/{method}"
        async with session.post(url, json=params) as answer:
            return answer.status, await answer.read()


async def test_a_page_instead_of_an_answer(api: Server) -> None:
    api.fault(Fault(status=502, count=2))
    for _ in range(2):
        status, body = await raw(api)
        assert status == 502
        assert b"<h1>502 Bad Gateway</h1>" in body
    assert (await raw(api))[0] == 200
    assert [call.status for call in api.calls] == [502, 502, 200]


@pytest.mark.parametrize("kind", ["reset", "cut", "lost"])
async def test_a_connection_that_dies(api: Server, kind: str) -> None:
    ann = api.person()
    await ann.start()
    api.fault(Fault(kind))
    with pytest.raises((aiohttp.ClientError, ConnectionResetError)):
        await raw(api, "sendMessage", chat_id=ann.chat_id, text="Bonjour")
    assert (ann.screen is None) == (kind == "reset")
    assert [call.status for call in api.calls_of("sendMessage")] == [200 if kind == "cut" else 0]
    assert (await raw(api))[0] == 200


async def test_silence(api: Server) -> None:
    api.fault(Fault("silent"))
    with pytest.raises(TimeoutError):
        await raw(api, seconds=0.1)
    assert (await raw(api))[0] == 200


async def test_half_an_answer_and_one_in_crumbs(api: Server) -> None:
    whole = (await raw(api))[1]
    api.fault(Fault("truncated"))
    api.fault(Fault("dribble"))
    assert (await raw(api))[1] == whole[: len(whole) // 2]
    assert (await raw(api))[1] == whole


async def test_a_fault_chooses_whom_it_strikes(api: Server, bot: Bot) -> None:
    ann, ben = api.person(), api.person()
    await ann.start()
    await ben.start()
    api.fault(Fault(status=429, retry_after=7, method="sendMessage", chat_id=ann.chat_id, skip=1))
    assert await bot.send(ann.chat_id)
    refused = await bot("sendMessage", chat_id=ann.chat_id, text="?")
    assert (refused["error_code"], refused["parameters"]) == (429, {"retry_after": 7})
    assert refused["description"] == "Too Many Requests: retry after 7"
    assert await bot.send(ben.chat_id)
    assert api.too_early == 0
    # The chat is held back whatever the method, and what comes too soon is counted.
    assert (await bot.no("deleteMessage", chat_id=ann.chat_id, message_id=1)).startswith("Too Many Requests")
    assert api.too_early == 1
    api.clock.advance(7)
    assert await bot.send(ann.chat_id)


@pytest.mark.parametrize(("scope", "other", "same_method"), [("global", True, True), ("method", False, True)])
async def test_a_429_holds_its_scope_back(api: Server, bot: Bot, scope: str, other: bool, same_method: bool) -> None:
    ann, ben = api.person(), api.person()
    await ann.start()
    await ben.start()
    api.fault(Fault(status=429, retry_after=30, scope=scope))
    await bot.no("sendMessage", chat_id=ann.chat_id, text="?")
    assert (await bot("getMe"))["ok"] is not other
    assert (await bot("sendMessage", chat_id=ben.chat_id, text="?"))["ok"] is not same_method
    api.heal()
    assert await bot.send(ben.chat_id)


async def test_a_fault_ends_with_its_time(api: Server) -> None:
    api.fault(Fault(status=500, count=None, seconds=60))
    assert (await raw(api))[0] == 500
    assert (await raw(api))[0] == 500
    api.clock.advance(60)
    assert (await raw(api))[0] == 200


async def test_latency(api: Server) -> None:
    api.latency = 0.05
    api.fault(Fault("slow", delay=0.1))
    await raw(api)
    assert api.calls[0].took >= 0.05
    loop = asyncio.get_running_loop()
    began = loop.time()
    await raw(api)
    assert 0.05 <= loop.time() - began < 0.1


async def test_nothing_is_noted_when_nothing_is_to_be() -> None:
    async with Server(record=False) as api:
        await raw(api)
        assert (api.calls, api.counts["getMe"]) == ([], 1)


async def test_only_so_much_is_kept_when_it_is_asked() -> None:
    async with Server(keep=3) as api, calling(api) as bot:
        ann = api.person()
        await ann.start()
        for number in range(5):
            await bot.send(ann.chat_id, str(number))
        assert [m.text for m in ann.visible] == ["2", "3", "4"]
        assert len(ann.notifications) <= 4


async def test_a_fault_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="kind"):
        Fault("fire")


async def test_a_person_is_sent_one_message_a_second() -> None:
    async with Server(clock=Clock(1_800_000_000, frozen=True)) as api, calling(api) as bot:
        ann, ben = api.person(), api.person()
        for person in (ann, ben):
            await person.start()
        api.flood = Flood()
        await bot.send(ann.chat_id)
        assert await bot.no("sendMessage", chat_id=ann.chat_id, text="?") == "Too Many Requests: retry after 1"
        assert await bot.send(ben.chat_id)
        message = ann.screen
        assert message is not None
        assert await bot.ok("editMessageText", chat_id=ann.chat_id, message_id=message.id, text="Autre")
        api.clock.advance(0.9)
        await bot.no("sendMessage", chat_id=ann.chat_id, text="?")
        assert api.too_early == 1
        api.clock.advance(0.1)
        assert await bot.send(ann.chat_id)


async def test_everybody_is_sent_thirty_a_second() -> None:
    async with Server(clock=Clock(1_800_000_000, frozen=True)) as api, calling(api) as bot:
        people = [api.person() for _ in range(31)]
        for person in people:
            await person.start()
        api.flood = Flood(burst=3, edits=True)
        for person in people[:30]:
            await bot.send(person.chat_id)
        assert (await bot.no("sendMessage", chat_id=people[30].chat_id, text="?")).startswith("Too Many Requests")
        api.clock.advance(1)
        for text in "abc":
            message = await bot.send(people[30].chat_id, text)
        said = await bot.no("editMessageText", chat_id=people[30].chat_id, message_id=message, text="d")
        assert said == "Too Many Requests: retry after 1"
