"""The machine is taken away, in the middle of conversations: nothing on it says who spoke, or of what (P3).

What memory holds while the process lives cannot be promised: the texts of the last moments are in it, and what was
freed is not wiped. What is shown is that no object holds them once a conversation is over, and that no core is left.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from base64 import b64encode
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from bot.channels.telegram import channel
from bot.memory import Memory
from tests.botapi import Server
from tests.channels.crowd import Passer
from tests.channels.seizure import House, found, held, written_by
from tests.channels.serving import READY, UNPACED, births, limited, process
from tests.channels.telegram_bot import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.engine.script import Script

WITHOUT_A_CORE = "ulimit -c unlimited; exec \"$0\" -c 'import os; os.abort()'"


@dataclass(slots=True)
class Taken:
    """What was found on a machine: the secrets in it, and the files it held open for writing while it lived."""

    secrets: int
    hits: list[str]
    files: list[str]
    writing: list[str]
    code: int


async def seize(house: House, conversations: int, people: int = 40) -> Taken:
    """Let people converse with a real process, kill it in the middle of what they say, and search the place."""
    crowd: list[Passer] = []
    living: set[asyncio.Task[None]] = set()
    writing: set[str] = set()
    async with Server(record=False) as api, process(house, api.url, sys.executable, "-c", UNPACED) as serving:
        await serving.says(READY)
        while len(crowd) < conversations:
            one = Passer(api, Random(len(crowd)))
            crowd.append(one)
            task = asyncio.create_task(one.visit())
            living.add(task)
            task.add_done_callback(living.discard)
            if len(living) >= people:
                await asyncio.wait(living, return_when=asyncio.FIRST_COMPLETED)
                writing.update(written_by(serving.pid))
        code = await serving.end(signal.SIGKILL)
        for task in living:
            task.cancel()
        await asyncio.gather(*living, return_exceptions=True)
    unique = sorted(set().union(*(one.unique for one in crowd)))
    common = set().union(*(one.common for one in crowd))
    written = house.files() | {"stdout": bytes(serving.out), "stderr": bytes(serving.err)}
    hits = found({*unique, *common, house.token}, written)
    hits += found(Random(0).sample(unique, 200), await asyncio.to_thread(house.elsewhere))
    return Taken(len(unique) + len(common), hits, list(house.files()), sorted(writing), code)


@pytest.mark.slow
async def test_a_machine_taken_in_the_middle_of_conversations_names_nobody(tmp_path: Path) -> None:
    taken = await seize(House(tmp_path / "house", Server().token), 300)
    assert taken.secrets > 1000
    assert taken.code == -signal.SIGKILL
    assert taken.hits == []
    assert taken.files == taken.writing == []


@pytest.mark.slow
async def test_a_crash_leaves_no_core_where_the_system_would_write_one(tmp_path: Path) -> None:
    house = House(tmp_path / "house", Server().token)
    async with process(house, "http://127.0.0.1:1", "/bin/sh", "-c", WITHOUT_A_CORE, sys.executable) as control:
        await control.ended()
    cores = house.files()
    if not cores:
        pytest.skip("this system writes no core in the folder of a program: nothing to be seen")
    for core in cores:
        (tmp_path / core).unlink()
    async with Server() as api, process(house, api.url, *limited("-c unlimited")) as serving:
        await serving.says(READY)
        one = Passer(api, Random(3))
        await one.visit(3)
        assert await serving.end(signal.SIGABRT) == -signal.SIGABRT
    assert house.files() == {}
    assert found(one.unique, {"stderr": bytes(serving.err)}) == []


@pytest.mark.slow
async def test_it_serves_as_well_where_it_may_not_write_one_byte_in_any_file(tmp_path: Path) -> None:
    house = House(tmp_path / "house", Server().token)
    async with Server() as api, process(house, api.url, *limited("-f 0")) as serving:
        await serving.says(READY)
        crowd = [Passer(api, Random(n)) for n in range(10)]
        await asyncio.gather(*(one.visit() for one in crowd))
        assert all(one.person.visible == [] for one in crowd)
        assert await serving.end(signal.SIGTERM) == 0
    assert serving.err == b""


@pytest.mark.slow
async def test_no_object_of_the_process_holds_what_was_said_once_she_has_left(tmp_path: Path) -> None:
    house = House(tmp_path / "house", Server().token)
    async with Server() as api, births(house, api.url) as born:
        serving = await born.bear()
        await born.ready()
        one = Passer(api, Random(5))
        await one.visit(12, leaves=False)
        assert await born.held(serving, house, one.unique) == [str(one.person.chat_id)]  # who to write to, nothing said
        await one.leave()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(20):  # how often she was written to is forgotten within ten seconds
                while await born.held(serving, house, one.unique):  # noqa: ASYNC110  it is asked, it tells nobody
                    await asyncio.sleep(1)
        assert await born.held(serving, house, one.unique) == []


@pytest.fixture
def memories(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Memory[int]]]:
    """Give the memory of each channel that starts."""
    made: list[Memory[int]] = []

    def remember() -> Memory[int]:
        made.append(Memory())
        return made[-1]

    monkeypatch.setattr(channel, "Memory", remember)
    return made


@pytest.mark.slow
async def test_leaving_and_a_screen_left_alone_are_forgotten(script: Script, memories: list[Memory[int]]) -> None:
    """A typed text is in no hint at any moment; « Fermer » leaves no hint, and neither does time."""
    async with Server(calm=0.0) as api, running(api, script):
        (memory,) = memories
        leaving, staying = Passer(api, Random(1)), Passer(api, Random(2))
        for one in (leaving, staying):
            await one.person.start()
            await one.person.say("Roquestéron-Grasse")
            await one.person.say("quelqu'un crie chez xylqwz")
            await one.person.settled()
        assert len(memory) == 2
        assert "xylqwz" not in everything(memory)
        await leaving.leave()
        assert len(memory) == 1
        assert str(leaving.person.chat_id) not in everything(memory)
        api.clock.advance(3601)
        await gone(staying)
        api.clock.advance(48 * 3600)
        async with asyncio.timeout(3):
            while len(memory):  # noqa: ASYNC110  a clock of one second looks
                await asyncio.sleep(0.02)
        assert everything(memory) == everything(Memory())


async def gone(one: Passer) -> None:
    """Wait until a screen has erased itself."""
    async with asyncio.timeout(3):
        while one.person.visible:  # noqa: ASYNC110  nobody is told
            await asyncio.sleep(0.02)


def everything(memory: Memory[Any]) -> str:
    """Return all that a memory holds."""
    return repr({name: value for name, value in vars(memory).items() if name != "_count"})


# What looks for secrets sees them -------------------------------------------------------------------------------------


@pytest.mark.parametrize("shift", range(3))
def test_a_secret_is_seen_in_every_writing(shift: int) -> None:
    secret, before = "Zoë d'Ornolac", "x" * shift
    text = f"{before}{secret} y"
    for written in (
        text.encode(),
        text.encode("utf-16"),
        text.encode("utf-32-le"),
        text.encode().hex().encode(),
        b64encode(text.encode()),
        quote(text).encode(),
        json.dumps(text).encode(),
    ):
        assert found([secret], {"a file": written}) == [f"a file: {secret}"]
    assert found(["7400001009"], {"a core": b"\0" * shift + (7400001009).to_bytes(8, "little")})
    assert found([secret], {"a file": b"Zoe d'Ornolac"}) == []


async def test_an_object_that_holds_a_word_is_seen() -> None:
    kept = [("a tuple", {"of": b"a word like zwyxv"}), 98_765_432_101]
    assert held(["zwyxv", "98765432101", "nowhere at all".replace(" ", "-")]) == ["98765432101", "zwyxv"]
    del kept


def test_a_file_open_for_writing_is_seen(tmp_path: Path) -> None:
    import os

    with (tmp_path / "log").open("w"), (tmp_path / "log").open():
        assert written_by(os.getpid()).count(str(tmp_path / "log")) == 1
