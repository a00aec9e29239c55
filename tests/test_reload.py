"""A bad directory never starts the bot and never replaces a good one, whoever is speaking to it meanwhile (P12)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import sys
import time
import urllib.request
from datetime import datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from bot import content
from bot.app import Bot
from bot.engine.check import sound
from bot.engine.message import Key, Opened, Pressed, Typed
from bot.engine.script import choice_code
from bot.errors import ConfigError, ContentError
from bot.reload import Reloader
from tests import small
from tests.corrupt import corrupt, repair

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.engine.message import Event

NOW = datetime(2026, 11, 24, 23, 15, tzinfo=ZoneInfo("Europe/Paris"))
WORDS = ("1", "2", "u", "retour", "les herbiers", "85000", "il me frappe", "service pres ici", "n'importe quoi", "")


class Site:
    """A bot on a folder of content that may be damaged, and what its reloader said."""

    def __init__(self, root: Path, files: dict[str, str]) -> None:
        self.root, self.files = root, files
        self.said: list[str] = []
        repair(root, files)
        self.bot = Bot(sound(content.read(root), small.places()), lambda: NOW)
        self.learnt: Any = None
        self.reloader = Reloader(self.bot, lambda: content.read(root), self.learn, self.said.append)

    def learn(self, meaning: Any) -> Any:
        """Return what was learnt since."""
        if self.learnt == "stale":
            raise ConfigError("lancez « make learn »")
        return self.learnt or meaning


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path, small.files())


class Crowd:
    """People who speak to a bot all the while, each from where they stand."""

    def __init__(self, bot: Bot, pause: float = 0.002) -> None:
        self.bot, self.chance, self.pause = bot, Random(0), pause
        self.turns, self.slowest = 0, 0.0
        self.wrong: list[str] = []

    async def person(self) -> None:
        answer = self.bot.answer("", Opened())
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(self.pause)
            answer = self.bot.answer(answer.token, self._event(answer.turn.screen.choices))
            self.slowest = max(self.slowest, time.perf_counter() - asked - self.pause)
            screen = answer.turn.screen
            self.turns += 1
            if not answer.turn.erased and not (screen.bar.emergency or {n.id for n in screen.numbers} >= {"17", "114"}):
                self.wrong.append(f"{screen.step}: {screen.text}")

    def _event(self, choices: tuple[object, ...]) -> Event:
        kind = self.chance.random()
        if kind < 0.6 and choices:
            return Pressed(choice_code(self.chance.choice(choices).id))
        if kind < 0.8:
            return Typed(self.chance.choice(WORDS))
        return self.chance.choice([Opened(), Opened(place="85109"), *map(Pressed, Key)])

    @contextlib.asynccontextmanager
    async def __call__(self, people: int) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self.person()) for _ in range(people)]
        try:
            yield
        finally:
            assert not [task for task in tasks if task.done()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("wanted", [30, pytest.param(300, marks=pytest.mark.slow)])
async def test_corrupt_contents_are_refused_while_people_go_on_being_answered(
    site: Site, caplog: pytest.LogCaptureFixture, wanted: int
) -> None:
    chance, crowd = Random(wanted), Crowd(site.bot)
    refused = replaced = 0
    async with crowd(20):
        while refused < wanted:
            good = site.bot.script
            what = corrupt(site.root, site.files, chance)
            if await site.reloader.reload():
                assert not what.startswith(("number", "nothing left"))
                replaced += 1  # it still holds together: a choice less, a word changed
                repair(site.root, site.files)
                assert await site.reloader.reload()
            else:
                refused += 1
                assert site.bot.script is good, what
                assert site.said[-1].endswith("les contenus d'avant continuent de servir.")
                repair(site.root, site.files)
    assert crowd.wrong == []
    assert [record.getMessage() for record in caplog.records] == []
    assert crowd.turns > refused + replaced
    assert replaced < refused


async def test_good_content_replaces_the_old_one_and_conversations_go_on(site: Site) -> None:
    before = site.bot.script
    answer = site.bot.answer("", Opened())
    answer = site.bot.answer(answer.token, Pressed(choice_code("aide")))
    path = site.root / "flows" / "accueil.yml"
    path.write_text(path.read_text("utf-8").replace("De quoi avez-vous besoin ?", "Que vous faut-il ?"), "utf-8")
    assert await site.reloader.reload()
    assert site.bot.script is not before
    answer = site.bot.answer(answer.token, Pressed(choice_code("moi")))
    assert "Que vous faut-il ?" in answer.turn.screen.text
    assert site.said[-1].startswith("Contenus relus : ")


async def test_every_problem_is_said_and_a_folder_that_is_gone_is_one(site: Site) -> None:
    (site.root / small.LOCK).unlink()
    (site.root / "flows" / "langue.yml").write_text("title: Langue\nsteps: {a: {dire: b}}\n", "utf-8")
    assert not await site.reloader.reload()
    assert any(line.startswith("knowledge/france.yml:") and "manque dans" in line for line in site.said)
    assert any(line.startswith("flows/langue.yml:2") for line in site.said)
    shutil.rmtree(site.root)
    assert not await site.reloader.reload()
    (site.root).mkdir()
    (site.root / "flows").mkdir()
    (site.root / "flows" / "accueil.yml").write_bytes(b"\xff\xfe\x00")
    assert not await site.reloader.reload()
    assert any("accueil.yml, ligne 1 : ce fichier n'est pas en UTF-8" in line for line in site.said)


async def test_what_phrases_mean_is_read_again_or_nothing_is(site: Site) -> None:
    ear: Any = site.bot.script.ear
    ear.meaning, site.learnt = "old", "new"
    assert await site.reloader.reload()
    assert site.bot.script.ear is not ear
    assert site.bot.script.ear.meaning == "new"
    ear, site.learnt = site.bot.script.ear, "stale"
    assert not await site.reloader.reload()
    assert site.bot.script.ear is ear
    assert "make learn" in site.said[-2]


async def test_what_is_not_loaded_yet_is_not_learnt_again(site: Site) -> None:
    """A reload in the first seconds: the loading goes on, and what it gives is kept."""
    site.learnt = "stale"
    assert await site.reloader.reload()
    assert site.bot.script.ear.meaning is None


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no SIGHUP on this system")
async def test_a_signal_reloads_and_those_that_come_meanwhile_reload_once_more(site: Site) -> None:
    reads = 0

    def read() -> dict[str, str]:
        nonlocal reads
        reads += 1
        return content.read(site.root)

    reloader = Reloader(site.bot, read, site.learn, site.said.append)
    reloader.listen()
    try:
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: reads == 1)
        for _ in range(5):
            reloader.ask()
        await until(lambda: len(site.said) == 2)
        await asyncio.sleep(0.05)
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
    assert reads == len(site.said) == 2


async def until(holds: object, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110  nothing of a signal can be awaited
            await asyncio.sleep(0.005)


def test_a_bad_directory_never_starts(site: Site) -> None:
    corrupted = site.files | {small.LOCK: site.files[small.LOCK].replace("0251446161", "0251446162")}
    with pytest.raises(ContentError, match="chd"):
        sound(corrupted, small.places())


# The real command ---------------------------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the code and of the content that ships, to damage."""
    for room in ("bot", *content.ROOMS):
        shutil.copytree(small.REPOSITORY / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no SIGHUP on this system")
async def test_served_pages_outlive_a_bad_directory_and_take_a_good_one(checkout: Path) -> None:
    async with serving(checkout) as (process, address):
        assert "Touchez un choix" in await page(address)
        france = checkout / "knowledge" / "france.yml"
        right = france.read_text("utf-8")
        france.write_text(re.sub(r'number: "3919"', 'number: "3918"', right), "utf-8")
        process.send_signal(signal.SIGHUP)
        assert b"les contenus d'avant continuent de servir" in await told(process)
        assert "Touchez un choix" in await page(address)

        france.write_text(right, "utf-8")
        rename(checkout, "Trouver un service", "Chercher un service")
        process.send_signal(signal.SIGHUP)
        assert b"Contenus relus" in await told(process)
        assert "Chercher un service" in await page(address)


@pytest.mark.slow
async def test_a_bad_directory_is_not_served_at_all(checkout: Path) -> None:
    (checkout / "knowledge" / "numbers.lock").write_text("17 18 2026-11-21 page\n", "utf-8")
    process = await started(checkout)
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1
    assert out == b""
    assert err.splitlines()[-1].decode().endswith("rien n'a démarré.")


def rename(root: Path, label: str, other: str) -> None:
    """Write another label in all flows and catalogues."""
    for file in (*root.glob("flows/*.yml"), *root.glob("locales/*/LC_MESSAGES/*.po")):
        file.write_text(file.read_text("utf-8").replace(label, other), "utf-8")


async def started(root: Path) -> asyncio.subprocess.Process:
    env = {key: value for key, value in os.environ.items() if not key.startswith(("REPERE_", "COV_"))}
    env |= {"PYTHONPATH": str(root), "PYTHONUTF8": "1", "REPERE_WEB_PORT": "0"}
    command = (sys.executable, "-P", "-m", "bot", "serve")
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, cwd=root, env=env, stdout=pipe, stderr=pipe)


@contextlib.asynccontextmanager
async def serving(root: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    process = await started(root)
    assert process.stdout
    try:
        address = await asyncio.wait_for(process.stdout.readline(), 30)
        assert address, (await process.communicate())[1].decode()
        yield process, address.decode().strip()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await asyncio.wait_for(process.communicate(), 10)


async def told(process: asyncio.subprocess.Process) -> bytes:
    """Return the last sentence of a reload."""
    assert process.stderr
    while line := await asyncio.wait_for(process.stderr.readline(), 30):
        if b"servir" in line or b"servent" in line:
            return line
    raise AssertionError("it stopped")


async def page(address: str) -> str:
    def get() -> str:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(address, timeout=10) as response:
            return response.read().decode()

    return await asyncio.to_thread(get)
