"""The process killed at any moment, or asked to stop: nothing that people did is lost (P19, P18)."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.app import Bot
from tests.botapi import Fault, Server
from tests.botapi.server import FICTIONAL_TOKEN
from tests.channels.crowd import Passer, drained
from tests.channels.seizure import House
from tests.channels.serving import READY, births, kill, page, process
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.engine.script import Script
    from tests.botapi import Person

LATENCY = 0.03
"""Seconds that each call lasts: turns last, so that a kill falls in the middle of one."""


PROMPT = 5 + 1
"""Seconds to stop in, and one more for a machine that is busy."""

TWICE = {"answer_twice": True}
"""What is open about Telegram (docs/decisions.md): whether it takes a second answer to a press. Here it does."""


def bot_of(script: Script) -> Bot:
    return Bot(script, lambda: datetime.now(ZoneInfo("Europe/Paris")))


@dataclass(slots=True)
class Survived:
    """What many deaths left: by chat, what is wrong; the calls that were under way at each death."""

    updates: int
    wrong: dict[int, list[str]]
    cut: Counter[str]
    wheels: int
    said: bytes


async def survive(
    house: House, script: Script, deaths: int, *, told: bool = False, twice: bool = True, seed: int = 19
) -> Survived:
    """Kill what serves again and again while people press, type and leave; then let it deal with what remains.

    `told`: Telegram posts what happens to a webhook, rather than being asked: presses and texts in no order then.
    `twice`: it takes a second answer to a press.
    """
    chance, moments = Random(seed), []
    port = free_port()
    posted = {"REPERE_WEB_PORT": str(port), "REPERE_TELEGRAM_WEBHOOK": f"http://127.0.0.1:{port}/telegram"}
    async with (
        Server(latency=LATENCY, calm=0.0, webhook_pause=0.1, answer_twice=twice) as api,
        births(house, api.url, **(posted if told else {})) as born,
    ):
        serving = await born.bear()
        await born.ready()
        crowd = [Passer(api, Random(seed * 1000 + n), loyal=n % 4 == 0) for n in range(12)]
        await asyncio.gather(*(one.visit(1, leaves=False) for one in crowd))
        stop = asyncio.Event()
        living = [asyncio.create_task(one.live(stop, 0.3)) for one in crowd]
        for _ in range(deaths):
            await asyncio.sleep(chance.uniform(0.05, 1.0))
            kill(serving)
            moments.append(time.monotonic())
            await born.died(serving)
            serving = await born.bear()
            if chance.random() < 0.8:  # else it dies before it is ready, perhaps
                await born.ready()
        stop.set()
        await asyncio.gather(*living)
        await drained(api)
        await asyncio.sleep(5 * LATENCY)
        cut = Counter(call.method for call in api.calls for at in moments if call.at < at < call.at + call.took)
        wrong = {one.person.chat_id: one.wrongs(bot_of(script), in_order=not told) for one in crowd}
        wheels = sum(not press.answered for one in crowd for press in one.person.presses)
        updates = api.world.queue.next_id - 700_000_001
        return Survived(
            updates, {who: what for who, what in wrong.items() if what}, cut, wheels, bytes(born.mother.err)
        )


@pytest.mark.slow
@pytest.mark.parametrize("twice", [True, False], ids=["answers twice", "answers once"])
@pytest.mark.parametrize("told", [False, True], ids=["polling", "webhook"])
async def test_nothing_anybody_did_is_lost_when_it_is_killed_in_the_middle(
    tmp_path: Path, script: Script, told: bool, twice: bool
) -> None:
    """What was typed is gone, each last press is drawn by an edit, who left has an empty chat, nobody meets silence."""
    survived = await survive(House(tmp_path / "house", FICTIONAL_TOKEN), script, 15, told=told, twice=twice)
    assert survived.wrong == {}
    assert survived.said == b""
    assert survived.wheels <= 15  # the clock of a button may turn on: its answer leaves beside what it asked for
    assert survived.cut.total() >= 5


UNDER_WAY = [
    ("press", "editMessageText"),
    ("press", "answerCallbackQuery"),
    ("write", "editMessageText"),
    ("write", "deleteMessages"),
    ("come back", "sendMessage"),
    ("leave by button", "deleteMessages"),
    ("leave by word", "deleteMessages"),
]
"""What she does, and the call during which the process dies."""


async def do(what: str, person: Person) -> bool:
    """Do something; tell whether she leaves."""
    match what:
        case "press":
            await person.press("Aide et écoute")
        case "write":
            await person.say("1")
        case "come back":
            await person.start()
        case "leave by button":
            await person.press("Fermer")
        case _:
            await person.say("fermer")
    return what.startswith("leave")


async def happened(fault: Fault) -> None:
    """Wait until a fault has met its call."""
    async with asyncio.timeout(5):
        while fault.count:  # noqa: ASYNC110  nobody is told of it
            await asyncio.sleep(0.002)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["silent", "lost"])
async def test_what_was_under_way_when_it_died_is_done_by_the_next_one(tmp_path: Path, kind: str) -> None:
    """Before the call takes effect, or after, its answer lost: with what went before it already done."""
    async with Server(calm=0.0, **TWICE) as api, births(House(tmp_path / "house", api.token), api.url) as born:
        serving = await born.bear()
        await born.ready()
        for what, method in UNDER_WAY:
            person = api.person()
            await person.start()
            await person.settled()
            home = person.screen.text
            fault = api.fault(Fault(kind, method=method))
            leaves = await do(what, person)
            await happened(fault)
            kill(serving)
            serving = await born.bear()
            await person.settled(15)
            seen = [message.text for message in person.visible]
            assert bool(seen) is not leaves, (what, method)
            assert not {"1", "/start", "fermer"} & set(seen), (what, method)
            if what == "press":
                assert len(seen) == 1, (what, method)
                assert seen != [home], (what, method)
        assert born.mother.err == b""


@pytest.mark.slow
async def test_a_death_costs_no_press_though_telegram_takes_no_second_answer(tmp_path: Path) -> None:
    """What was pressed had been drawn lately: its refusal is that of the answer given before the death."""
    async with Server(calm=0.0) as api, births(House(tmp_path / "house", api.token), api.url) as born:
        serving = await born.bear()
        person, other = api.person(), api.person()
        await asyncio.gather(person.start(), other.start())
        await asyncio.gather(person.settled(15), other.settled(15))
        fault = api.fault(Fault("silent", method="editMessageText"))
        await person.press("Aide et écoute")
        await happened(fault)
        await other.press("Numéros d'urgence")
        kill(serving)
        await born.bear()
        await other.settled(15)
        assert "114" in other.screen.text
        await person.settled(15)
        assert "C'est pour moi" in [button.text for row in person.screen.buttons for button in row]


# Asked to stop --------------------------------------------------------------------------------------------------------


def undone(api: Server, crowd: list[Passer]) -> Iterator[bool]:
    """Tell, of each update that Telegram will bring again, whether nothing was done about it."""
    people = {one.person.chat_id: one.person for one in crowd}
    for update in api.world.queue.waiting.values():
        press, message = update.body.get("callback_query"), update.body.get("message")
        if press:
            yield not api.world.presses[press["id"]].answered
        elif message:
            yield not people[message["chat"]["id"]].chat.messages[message["message_id"]].gone


@pytest.mark.slow
async def test_asked_to_stop_it_ends_what_is_under_way_and_nothing_is_done_again(
    tmp_path: Path, script: Script
) -> None:
    """SIGTERM, then SIGINT, under load: code 0 within five seconds, and what comes again had not been touched."""
    house = House(tmp_path / "house", FICTIONAL_TOKEN)
    async with Server(latency=LATENCY, calm=0.0) as api:
        crowd = [Passer(api, Random(n)) for n in range(20)]
        stop = asyncio.Event()
        living = [asyncio.create_task(one.live(stop, 0.6)) for one in crowd]
        for how in (signal.SIGTERM, signal.SIGINT):
            async with process(house, api.url) as serving:
                await serving.says(READY)
                await asyncio.sleep(1.5)
                asked = time.monotonic()
                assert await serving.end(how) == 0
                assert time.monotonic() - asked < PROMPT
                assert all(undone(api, crowd))
                assert serving.err == b""
        async with process(house, api.url) as serving:
            await serving.says(READY)
            stop.set()
            await asyncio.gather(*living)
            await drained(api)
            assert await serving.end(signal.SIGTERM) == 0
        assert [wrong for one in crowd for wrong in one.wrongs(bot_of(script))] == []
        answers = api.calls_of("answerCallbackQuery")
        assert len({call.params["callback_query_id"] for call in answers}) == len(answers)


@pytest.mark.slow
@pytest.mark.parametrize("network", ["down", "silent"])
async def test_it_stops_in_time_when_telegram_does_not_answer(tmp_path: Path, network: str) -> None:
    async with Server() as api, process(House(tmp_path / "house", FICTIONAL_TOKEN), api.url) as serving:
        await serving.says(READY)
        crowd = [Passer(api, Random(n)) for n in range(5)]
        await asyncio.gather(*(one.visit(1, leaves=False) for one in crowd))
        if network == "down":
            await api.down()
        else:
            api.fault(Fault("silent", count=None))
        for one in crowd:
            await one.act()
        await asyncio.sleep(1)
        asked = time.monotonic()
        assert await serving.end(signal.SIGTERM) == 0
        assert time.monotonic() - asked < PROMPT
        assert serving.err == b""


# Started badly --------------------------------------------------------------------------------------------------------


async def refused(house: House, api: Server) -> str:
    """Return the one sentence of a process that refuses to start."""
    async with process(house, api.url) as serving:
        assert await serving.ended() == 2
    assert house.token not in serving.err.decode() + serving.out.decode()
    (sentence,) = serving.err.decode().splitlines()
    return sentence


@pytest.mark.slow
async def test_a_wrong_token_is_said_in_one_sentence(tmp_path: Path) -> None:
    async with Server() as api:
        sentence = await refused(House(tmp_path / "house", api.token[:-1] + "x"), api)
        assert sentence.startswith("Telegram refuse le jeton du bot")


async def test_a_token_that_others_can_read_is_refused(tmp_path: Path) -> None:
    async with Server() as api:
        house = House(tmp_path / "house", api.token, mode=0o644)
        assert "chmod 400" in await refused(house, api)
        assert api.calls == []


@pytest.mark.slow
async def test_the_site_answers_while_telegram_cannot_be_reached_and_telegram_comes_up_by_itself(
    tmp_path: Path,
) -> None:
    api = Server()
    async with api:
        await api.down()
        async with process(House(tmp_path / "house", api.token), api.url) as serving:
            await serving.says("http")
            assert "17" in await page(serving.address)
            await asyncio.sleep(3)
            assert READY.encode() not in serving.out
            await api.up()
            await serving.says(READY, seconds=5)
            one = Passer(api, Random(1))
            await one.visit()
            assert one.person.visible == []
            assert await serving.end(signal.SIGTERM) == 0
    assert serving.err == b""
