"""A bad network, on real sockets (promises P16, P20): how soon it recovers, and how little it asks meanwhile."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.botapi import Fault, Server
from tests.channels.road import most_within
from tests.channels.telegram_bot import Running, only, opens, presses, running, says, sees, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.engine.script import Script
    from tests.botapi import Person

URGENT = "Numéros d'urgence"
HOME = "numéros utiles"
SOON = 5.0
"""Seconds within which all is well again (promise P20)."""

FOUND_DOWN = 2.0
"""Seconds after which a network that answers at once, and badly, is known to be down."""

BREAKS = {
    "reset": Fault("reset", count=None),
    "half-open": Fault("silent", count=None),
    "truncated": Fault("truncated", count=None),
    "cut": Fault("cut", count=None),
    "applied, then lost": Fault("lost", count=None),
    "500": Fault(status=500, count=None),
    "502": Fault(status=502, count=None),
    "8 s late": Fault("slow", delay=8.0, count=None),
}


async def people(api: Server, count: int) -> list[Person]:
    """Return people who have home in front of them."""
    found = [api.person() for _ in range(count)]
    for person in found:
        await opens(person)
    return found


async def storm(script: Script, fault: Fault, seconds: float) -> tuple[float, int]:
    """Return how long after the end of a fault everybody is answered, and the most calls made in a second of it."""
    async with Server(calm=0.0) as api, running(api, script):
        ann, ben, cam, dee = await people(api, 4)
        await asyncio.sleep(0.1)
        began = time.monotonic()
        api.fault(replace(fault))
        await ann.press(URGENT)
        await asyncio.sleep(seconds / 2)
        await ben.say("bonjour")
        await dee.press("Fermer")
        await asyncio.sleep(seconds / 2)
        api.heal()
        ended = time.monotonic()
        asked = [call.at for call in api.calls if began + FOUND_DOWN < call.at < ended]
        await cam.press("Aide et écoute")
        await asyncio.gather(sees(ann, "114", 15), sees(cam, "?", 15), until(lambda: not dee.visible, 15))
        took = time.monotonic() - ended
        await asyncio.gather(*(person.settled() for person in (ann, ben, cam, dee)))
        assert [only(person).from_bot for person in (ann, ben, cam)] == [True] * 3
        assert dee.visible == []
        return took, most_within(1.0, asked)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [3.0, 6.5])
async def test_whatever_breaks_all_is_well_again_soon_and_nothing_is_lost_or_said_twice(
    script: Script, seconds: float
) -> None:
    """Somebody presses, writes, leaves while it lasts, and somebody presses right after. All at once, for the time."""
    figures = await asyncio.gather(*(storm(script, fault, seconds) for fault in BREAKS.values()))
    named = dict(zip(BREAKS, figures, strict=True))
    assert {name: took for name, (took, _) in named.items() if took > SOON} == {}
    assert {name: asked for name, (_, asked) in named.items() if asked > 1} == {}


# --- nobody there, or somebody else ----------------------------------------------------------------------------------


@asynccontextmanager
async def instead(api: Server, said: bytes) -> AsyncIterator[list[float]]:
    """Put something else where the server was, which says the same to all; give when it was asked."""
    asked: list[float] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(time.monotonic())
        if said:
            await reader.read(100)
            writer.write(said)
            await writer.drain()
            writer.close()
        else:
            writer.transport.abort()

    port = int(api.url.rpartition(":")[2])
    await api.down()
    server = await asyncio.start_server(answer, "127.0.0.1", port)
    try:
        yield asked
    finally:
        server.close()
        await server.wait_closed()
        await api.up()


def page(status: str, body: str, *headers: str) -> bytes:
    """Return a whole HTTP answer."""
    kept = (f"HTTP/1.1 {status}", "Connection: close", f"Content-Length: {len(body.encode())}", *headers)
    return "\r\n".join((*kept, "", body)).encode()


ELSEWHERE = {
    "nobody": b"",
    "the page of a hotel": page("200 OK", "<html>Bienvenue</html>", "Content-Type: text/html"),
    "null": page("200 OK", '{"ok":true,"result":null}', "Content-Type: application/json"),
    "not even an object": page("200 OK", "[]", "Content-Type: application/json"),
    "an error without a number": page("400 Bad Request", '{"ok":false}', "Content-Type: application/json"),
    "a 404 that is no Telegram": page("404 Not Found", "<html></html>", "Content-Type: text/html"),
    "not HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
}


async def elsewhere(script: Script, said: bytes) -> tuple[float, int]:
    async with Server(calm=0.0) as api, running(api, script) as bot:
        ann, ben = await people(api, 2)
        async with instead(api, said) as asked:
            await ann.press(URGENT)
            await asyncio.sleep(3.5)
            began = asked[0]
        back = time.monotonic()
        await ben.press(URGENT)
        await asyncio.gather(sees(ann, "114", 40), sees(ben, "114", 40))
        assert not bot.task.done()
        return time.monotonic() - back, most_within(1.0, [at for at in asked if at > began + FOUND_DOWN])


@pytest.mark.slow
async def test_something_else_in_the_place_of_telegram_is_outlived(script: Script) -> None:
    """A server that restarts, a hotel's network: what it says is believed in nothing, and hardly asked for."""
    figures = await asyncio.gather(*(elsewhere(script, said) for said in ELSEWHERE.values()))
    named = dict(zip(ELSEWHERE, figures, strict=True))
    assert {name: took for name, (took, _) in named.items() if took > SOON} == {}
    assert {name: asked for name, (_, asked) in named.items() if asked > 1} == {}


@pytest.mark.slow
async def test_a_page_that_sends_elsewhere_is_not_followed(api: Server, script: Script) -> None:
    """What is posted holds words of a conversation: it goes where the operator said, and nowhere else."""
    async with Server(calm=0.0) as other, running(api, script) as bot:
        del bot
        (ann,) = await people(api, 1)
        away = page("307 Temporary Redirect", "", f"Location: {other.url}/bot{other.token}/getMe")
        async with instead(api, away) as asked:
            await ann.press(URGENT)
            await until(lambda: len(asked) > 1)
        assert other.calls == []
        await sees(ann, "114")


@pytest.mark.slow
async def test_nobody_there_at_the_start_is_said_and_then_all_is_well(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram.channel.PATIENT", 1.0)
    async with Server(calm=0.0) as api:
        ann = api.person()
        await ann.start()
        await api.down()
        bot = Running(api, script)
        await asyncio.sleep(2.5)
        assert bot.said == ["Telegram ne répond pas encore : nous réessayons."]
        await api.up()
        assert await sees(ann, HOME) < SOON
        assert len(bot.said) == 2
        await bot.stop()


# --- a dead connection -----------------------------------------------------------------------------------------------

DEAD = [(method, count) for method in ("getUpdates", "editMessageText", "answerCallbackQuery") for count in (1, 2)]


async def dead(script: Script, method: str, count: int) -> float:
    """Return how long after the network is well again somebody is answered, calls in it having been swallowed."""
    async with Server(calm=0.0) as api, running(api, script):
        (ann,) = await people(api, 1)
        await asyncio.sleep(0.1)
        fault = api.fault(Fault("silent", method=method, count=count))
        if method != "getUpdates":
            await ann.press(URGENT)
        await until(lambda: fault not in api.guard.faults, 15)
        if method == "getUpdates":
            await ann.press(URGENT)
        return await sees(ann, "114", 15)


@pytest.mark.slow
async def test_a_connection_that_died_is_noticed_in_time(script: Script) -> None:
    """One call is swallowed, or two, and the network is well again as soon as the last one has left."""
    figures = await asyncio.gather(*(dead(script, method, count) for method, count in DEAD))
    assert {each: took for each, took in zip(DEAD, figures, strict=True) if took > SOON} == {}


# --- slow, but there -------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault", [Fault("dribble", count=None), Fault("slow", delay=0.3, count=None)], ids=lambda f: f.kind
)
async def test_a_slow_network_is_no_broken_network(api: Server, script: Script, fault: Fault) -> None:
    """Answers that come byte by byte, or late: everything works, once each."""
    async with running(api, script):
        (ann,) = await people(api, 1)
        api.calls.clear()
        api.fault(replace(fault))
        await presses(ann, URGENT)
        await says(ann, "bonjour")
        assert only(ann).from_bot
        api.heal()
        assert len(api.calls_of("answerCallbackQuery")) == 1


async def test_one_slip_is_not_even_noticed(api: Server, script: Script) -> None:
    async with running(api, script):
        (ann,) = await people(api, 1)
        for kind in ("reset", "cut", "lost", "truncated", "status"):
            for method in ("getUpdates", "editMessageText", "answerCallbackQuery"):
                api.fault(Fault(kind, method=method))
                began = time.monotonic()
                await ann.press(URGENT)
                await sees(ann, "114")
                assert time.monotonic() - began < 1
                await presses(ann, "Retour")
                api.heal()


@pytest.mark.usefixtures("hurried")
async def test_an_edit_that_was_applied_and_lost_is_not_seen_twice(api: Server, script: Script) -> None:
    async with running(api, script):
        (ann,) = await people(api, 1)
        api.fault(Fault("lost", method="editMessageText"))
        await presses(ann, URGENT)
        assert "114" in only(ann).text
        api.fault(Fault("lost", method="editMessageText"))
        await says(ann, "langue")
        assert "Choose" in only(ann).text


@pytest.mark.usefixtures("hurried")
async def test_a_new_message_that_was_applied_and_lost_is_not_there_twice(api: Server, script: Script) -> None:
    """Telegram has no name for what it was asked to send: the bot looks for it."""
    async with running(api, script):
        ann = api.person()
        api.fault(Fault("lost", method="sendMessage"))
        await opens(ann)
        assert only(ann).buttons
        await presses(ann, "Fermer")
        assert ann.visible == []
