"""The machine is taken away, or something breaks: nothing on it says who spoke on Matrix, or of what (P3, P4).

Encryption included: matrix-nio's own store would name everybody the bot ever wrote to, its logs name devices.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from bot.channels.matrix import api as api_module
from bot.channels.matrix import chat, sync
from bot.channels.matrix.client import Client
from tests.channels.seizure import found, written_by
from tests.channels.serving import ALARMED, limited, process
from tests.matrix.house import LOUD, READY, converse, house, visitor, word
from tests.matrix.matrix_bot import account, running
from tests.matrix.person import Person, until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from bot.engine.script import Script
    from tests.channels.serving import Process
    from tests.matrix import JsClient, Synapse
    from tests.matrix.house import MatrixHouse

pytestmark = [pytest.mark.slow, pytest.mark.together]


def outside(pid: int) -> dict[str, bytes]:
    """Return what anybody on the machine sees of a process."""
    return {name: Path(f"/proc/{pid}/{name}").read_bytes() for name in ("environ", "cmdline", "comm", "limits")}


def told(serving: Process) -> dict[str, bytes]:
    return {"stdout": bytes(serving.out), "stderr": bytes(serving.err)}


def own(home: MatrixHouse) -> list[str]:
    """Return the account's own secrets: its password, and the seeds of its identity."""
    return [home.token, *seeds(home.keys_file)]


def seeds(keys_file: str) -> list[str]:
    return list(json.loads(Path(keys_file).read_text("ascii")).values())


@pytest.mark.parametrize("loud", [False, True], ids=["as it is", "at DEBUG"])
async def test_a_machine_taken_in_the_middle_of_conversations_names_nobody(
    synapse: Synapse, js: Callable[..., Awaitable[JsClient]], tmp_path: Path, loud: bool
) -> None:
    """Users, devices, display names, rooms, events, words, communes: killed in the middle, and searched."""
    home = house(tmp_path / "house", await account(synapse))
    command = (sys.executable, "-c", LOUD) if loud else ()
    secrets: set[str] = set()
    async with process(home, synapse.url, *command, **(ALARMED if loud else {})) as serving:
        await serving.says(READY)
        for number in range(2):
            chance = Random(number)
            client = await js(await synapse.user(word(chance)))
            secrets |= await visitor(synapse, client, chance)
            for encrypted in (True, False):
                secrets |= await converse(client, home.user_id, chance, encrypted=encrypted)
        writing = written_by(serving.pid)
        seen = outside(serving.pid)
        await client.send(next(iter(client.rooms)), "encore un mot")
        await asyncio.sleep(0.03)
        assert await serving.end(signal.SIGKILL) == -signal.SIGKILL
    assert len(secrets) > 40
    assert found([*secrets, *own(home)], home.files() | seen | told(serving)) == []
    assert list(home.files()) == writing == []
    shared = await asyncio.to_thread(home.elsewhere)
    shared = {
        place: data for place, data in shared.items() if "/synapse" not in place
    }  # what the servers themselves keep
    assert found(Random(0).sample(sorted(secrets), 20), shared) == []


async def test_it_serves_as_well_where_it_may_not_write_one_byte_in_any_file(
    synapse: Synapse, js: Callable[..., Awaitable[JsClient]], tmp_path: Path
) -> None:
    """No database, no temporary file of one: a store in RAM that spills on the disk would fail here."""
    home = house(tmp_path / "house", await account(synapse))
    async with process(home, synapse.url, *limited("-f 0")) as serving:
        await serving.says(READY)
        await converse(await js(await synapse.user("nora")), home.user_id, Random(1), encrypted=True)
        assert await serving.end(signal.SIGTERM) == 0
    assert serving.err == b""


async def test_a_crash_says_nothing_and_leaves_no_core(
    synapse: Synapse, js: Callable[..., Awaitable[JsClient]], tmp_path: Path
) -> None:
    home = house(tmp_path / "house", await account(synapse))
    async with process(home, synapse.url, *limited("-c unlimited")) as serving:
        await serving.says(READY)
        secrets = await converse(await js(await synapse.user("nora")), home.user_id, Random(2), encrypted=True)
        limits = outside(serving.pid)["limits"].decode()
        assert await serving.end(signal.SIGABRT) == -signal.SIGABRT
    assert next(line.split()[4:6] for line in limits.splitlines() if line.startswith("Max core")) == ["1", "1"]
    assert home.files() == {}
    assert found([*secrets, *own(home)], told(serving)) == []


# Something is at fault ------------------------------------------------------------------------------------------------


def broken(*args: Any, **more: Any) -> Any:
    """Fail, with all that was given in the words of the fault, as libraries do."""
    raise RuntimeError(f"could not deal with {[_whole(one) for one in args]} {more}")


async def abroken(*args: Any, **more: Any) -> Any:
    return broken(*args, **more)


def _whole(one: object) -> str:
    return f"{one!r} {getattr(one, '__dict__', '')!r} {getattr(one, 'source', '')!r}"


STAGES: dict[str, tuple[object, str, Any]] = {
    "what is heard is read": (sync, "read", broken),
    "it is thought of": (chat, "think", broken),
    "it is drawn": (chat, "draw", broken),
    "it is recalled": (chat, "look", broken),
    "the state is asked": (api_module.Api, "state", abroken),
    "it is sent": (api_module.Api, "send", abroken),
    "the library sends": (Client, "room_send", abroken),
    "the library encrypts": (Client, "encrypt", broken),
    "the keys are shared": (api_module.Api, "_share", abroken),
    "it is redacted": (api_module.Api, "redact", abroken),
    "the leaving is marked": (api_module.Api, "mark", abroken),
    "the history is read": (api_module.Api, "history", abroken),
    "encryption has duties": (Client, "duties", abroken),
}

STILL_ANSWERS = set(STAGES) - {
    "what is heard is read",
    "it is sent",
    "the library sends",
    "the library encrypts",
    "the keys are shared",
    "it is drawn",
}
"""Where something can still be shown; elsewhere the very means are what fails."""

STILL_ERASES = set(STAGES) - {"what is heard is read", "it is redacted", "the history is read"}


class Kept(logging.Handler):
    """All that is logged, traces included."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def heard() -> Iterator[Kept]:
    """Give all that is logged, at DEBUG."""
    kept, root = Kept(), logging.getLogger()
    before = root.level
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    yield kept
    root.removeHandler(kept)
    root.setLevel(before)


@pytest.mark.parametrize("stage", STAGES)
async def test_whatever_fails_nothing_leaks_she_is_answered_and_she_can_leave(
    synapse: Synapse,
    script: Script,
    monkeypatch: pytest.MonkeyPatch,
    heard: Kept,
    capsys: pytest.CaptureFixture[str],
    stage: str,
) -> None:
    """Each stage fails with everything it was given in its words, while she writes and while she leaves."""
    asyncio.get_running_loop().set_debug(True)
    on = await account(synapse)
    async with running(synapse, script, on):
        one = await (await Person.new(synapse, on.user_id)).opens()
        secrets = [on.user.password, one.user.user_id, one.room, "xylqwz"]
        where, name, fails = STAGES[stage]
        with monkeypatch.context() as patch:
            patch.setattr(where, name, fails)
            before = [event["event_id"] for event in await one.living()]
            secrets.append(await one.says("quelqu'un crie chez xylqwz"))
            if stage in STILL_ANSWERS:
                await until(one.living, lambda ours: any(event["event_id"] not in before for event in ours), 10)
            else:
                await asyncio.sleep(1.5)
            secrets.append(await one.says("fermer"))
            if stage in STILL_ERASES:
                await one.is_alone()
            else:
                await asyncio.sleep(1.5)
        await one.says("fermer")
        await one.is_alone(15)
        secrets += seeds(on.keys_file)
    said = "\n".join(heard.lines) + "".join(capsys.readouterr())
    assert found(secrets, {"said": said.encode()}) == []


async def test_the_account_is_nowhere_in_what_is_printed_when_it_is_refused(synapse: Synapse, tmp_path: Path) -> None:
    on = await account(synapse)
    home = house(tmp_path / "house", on, password="not-" + on.user.password[::-1])
    async with process(home, synapse.url, sys.executable, "-c", LOUD, **ALARMED) as serving:
        assert await serving.ended() == 2
    assert found(own(home), told(serving)) == []
    assert "Le serveur Matrix refuse ce compte" in serving.err.decode()
