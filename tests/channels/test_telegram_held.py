"""Telegram says « later » (429), or does not answer: who waits, who goes first, who is not concerned (P16, P20)."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot import service
from bot.channels.telegram import Telegram
from bot.channels.web import make_app, serve
from tests.botapi import Fault, Flood, Server
from tests.channels.telegram_bot import bot_on, impatient, only, opens, running, sees, until

if TYPE_CHECKING:
    from bot.engine.script import Script
    from tests.botapi import Call, Person

URGENT = "Numéros d'urgence"


async def people(api: Server, count: int) -> list[Person]:
    """Return people who have home in front of them."""
    found = [api.person() for _ in range(count)]
    await asyncio.gather(*(opens(person) for person in found))
    return found


def whose(call: Call, people: list[Person]) -> Person | None:
    """Return the person a call is for: an answer to a press names the press alone."""
    query = call.params.get("callback_query_id")
    mine = (one for one in people if call.chat_id == one.chat_id or query in {press.query_id for press in one.presses})
    return next(mine, None)


# --- a refusal -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_after_a_refusal_nobody_comes_too_early_and_who_leaves_or_is_in_danger_goes_first(
    api: Server, script: Script
) -> None:
    async with running(api, script):
        crowd = await people(api, 22)
        *others, ann, ben = crowd
        for person in crowd:
            await person.say("langue")
            await person.settled()
        api.fault(Fault(status=429, retry_after=3, chat_id=others[0].chat_id))
        await others[0].press("Retour")
        await until(lambda: any(call.status == 429 for call in api.calls))
        refused = api.calls[-1].at
        for person in others[1:]:
            await person.press("Retour")
        await asyncio.sleep(1)
        await ann.press("Fermer")
        await ben.press(URGENT)
        await asyncio.gather(*(person.settled(10) for person in crowd))
        after = [call for call in api.calls if call.at > refused and call.method != "getUpdates"]
        assert min(call.at for call in after) >= refused + 3
        assert api.too_early == 0
        assert whose(after[0], crowd) in (ann, ben)
        ends = {one.chat_id: max(call.at for call in after if whose(call, crowd) is one) for one in crowd}
        assert max(ends[ann.chat_id], ends[ben.chat_id]) < refused + 4
        assert max(ends.values()) < refused + 5, "and then everybody goes"
        assert ann.visible == []
        assert "114" in only(ben).text


@pytest.mark.slow
async def test_when_one_chat_floods_only_that_chat_is_held(api: Server, script: Script) -> None:
    """A server that counts edits too, twenty at once then one a second: others press and are answered at once."""
    async with running(api, script):
        flood, ann = await people(api, 2)
        api.flood = Flood(burst=20, edits=True, retry_after=2)
        flooding = True

        async def floods() -> None:
            while flooding:
                if flood.screen is not None:
                    await flood.press(flood.screen.buttons[0][0].text)
                await asyncio.sleep(0.01)

        task = asyncio.create_task(floods())
        waited = []
        for turn in range(14):
            await asyncio.sleep(0.5)
            await ann.press(URGENT if turn % 2 == 0 else "Retour")
            waited.append(await sees(ann, "114" if turn % 2 == 0 else "numéros utiles", 20))
        flooding = False
        await task
        assert any(call.status == 429 for call in api.calls), "else nothing was proven"
        assert max(waited) < 1.5
        assert impatient(api, 2) == []
        api.flood = None
        await flood.settled(15)


@pytest.mark.slow
async def test_the_published_limits_of_telegram_are_kept_to(api: Server, script: Script) -> None:
    """A hundred and twenty people who begin together: hardly a refusal, though what leaves in time may arrive late."""
    api.flood = Flood()
    async with running(api, script):
        crowd = [api.person() for _ in range(120)]
        began = time.monotonic()
        for person in crowd:
            await person.start()
        await asyncio.gather(*(person.settled(20) for person in crowd))
        assert time.monotonic() - began < 12
        assert len([call for call in api.calls if call.status == 429]) < 10
        assert all(only(person).from_bot for person in crowd)


@pytest.mark.slow
async def test_a_refusal_of_everything_does_not_become_a_storm_of_questions(api: Server, script: Script) -> None:
    """Should Telegram refuse even to be read, it is not asked for what is new before its time either."""
    async with running(api, script):
        (ann,) = await people(api, 1)
        api.fault(Fault(status=429, retry_after=3, scope="global"))
        await ann.press(URGENT)
        await until(lambda: any(call.status == 429 for call in api.calls))
        first = next(call.at for call in api.calls if call.status == 429)
        await ann.settled(10)
        refused = [call for call in api.calls if call.status == 429]
        assert "114" in only(ann).text
        assert len(refused) <= 3
        assert [call.method for call in refused if call.at > first + 0.2] == []


# --- one network down leaves the other unchanged ---------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["down", "silent", "status", "429"])
async def test_the_page_answers_while_telegram_does_not_and_all_stops_in_time(
    script: Script, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both in one process, as `repere serve` runs them."""
    async with Server(calm=0.0) as api:
        bot, said = bot_on(api, script), list[str]()
        telegram = Telegram(bot, api.token, api.url, "", said.append)
        app = make_app(bot)
        both = asyncio.create_task(service.run([telegram.run, lambda stop: serve(app, stop)]))
        await until(lambda: any("prêt" in sentence for sentence in said))
        address = capsys.readouterr().out.strip()
        (ann,) = await people(api, 1)
        if kind == "down":
            await api.down()
        else:
            fault = Fault(status=429, retry_after=30, scope="global") if kind == "429" else Fault(kind, count=None)
            api.fault(fault)
        await ann.press(URGENT)
        waited = []
        async with aiohttp.ClientSession() as browser:
            for _ in range(20):
                await asyncio.sleep(0.1)
                began = time.monotonic()
                async with browser.get(address) as answer:
                    assert answer.status == 200
                    assert "Aide et écoute" in await answer.text()
                waited.append(time.monotonic() - began)
        assert max(waited) < 0.5
        began = time.monotonic()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(both, 6)
        assert time.monotonic() - began < 5
