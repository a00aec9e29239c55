"""`repere serve` as a process of its own, and what forks it: `python -m tests.channels.serving`.

That one compiles the shipped content once, then forks for each line it reads: two hundred processes can be killed in
the time that ten would take to start. A line is the JSON of settings that only this child has.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from tests.channels.seizure import held

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from tests.channels.seizure import House

READY, BORN, DIED, HELD = "Telegram : prêt.", "born: ", "died: ", "held: "

LOUD = """
import logging, sys
logging.basicConfig(level=logging.DEBUG)
for name in ("repere", "telegram", "httpx", "aiohttp", "asyncio"):
    logging.getLogger(name).setLevel(logging.DEBUG)
from bot.commands import run
sys.exit(run(["serve"]))
"""
"""`repere serve` by somebody who wants to see everything."""

UNPACED = """
import sys
from bot.channels import gate
from bot.commands import run
gate.SENDS, gate.SECOND = 1_000_000, 0.0
sys.exit(run(["serve"]))
"""
"""`repere serve` to a network that takes any number of new messages: ten thousand conversations in minutes."""

ALARMED = {"PYTHONASYNCIODEBUG": "1", "PYTHONWARNINGS": "always"}


class Process:
    """One process. All that it says is kept here, and nowhere on the disk."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self.child = child
        self.out, self.err = bytearray(), bytearray()
        self._news = asyncio.Condition()
        streams = (child.stdout, self.out), (child.stderr, self.err)
        self._reading = [asyncio.create_task(self._read(stream, into)) for stream, into in streams]

    @property
    def pid(self) -> int:
        """Return its number."""
        return self.child.pid

    @property
    def address(self) -> str:
        """Return where its site is."""
        return next(line for line in self.out.decode().splitlines() if line.startswith("http"))

    async def _read(self, stream: asyncio.StreamReader | None, into: bytearray) -> None:
        assert stream is not None
        while piece := await stream.read(65536):
            into += piece
            async with self._news:
                self._news.notify_all()

    async def says(self, words: str, after: int = 0, seconds: float = 40.0) -> str:
        """Wait until it has said something, from that place on; return the rest of that line."""
        wanted = words.encode()
        async with asyncio.timeout(seconds), self._news:
            while b"\n" not in self.out[after:].partition(wanted)[2]:
                if self.child.returncode is not None:
                    raise AssertionError(f"it ended ({self.child.returncode}): {self.err.decode()}")
                await self._news.wait()
        return self.out[after:].partition(wanted)[2].split(b"\n")[0].decode()

    async def end(self, how: signal.Signals = signal.SIGKILL, seconds: float = 10.0) -> int:
        """Send it a signal and return its exit code."""
        with contextlib.suppress(ProcessLookupError):
            self.child.send_signal(how)
        return await self.ended(seconds)

    async def ended(self, seconds: float = 40.0) -> int:
        """Return its exit code, once all that it said is read."""
        async with asyncio.timeout(seconds):
            code = await self.child.wait()
            await asyncio.gather(*self._reading)
        return code


@contextlib.asynccontextmanager
async def process(house: House, api: str, *command: str, **environment: str) -> AsyncIterator[Process]:
    """Give `repere serve`, or another command, in a house; killed on the way out."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        *(command or (sys.executable, "-m", "bot", "serve")),
        cwd=house.root / "cwd",
        env=house.environment(api, **environment),
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
    )
    running = Process(child)
    try:
        yield running
    finally:
        await running.end()


def limited(limit: str) -> tuple[str, ...]:
    """Return the command that serves under a limit of the shell's."""
    return "/bin/sh", "-c", f'ulimit {limit}; exec "$0" "$@"', sys.executable, "-m", "bot", "serve"


class Births:
    """Serves again and again, each time in a new process forked from one that has read the content."""

    def __init__(self, mother: Process) -> None:
        self.mother = mother
        self.began = 0

    async def bear(self, **settings: str) -> int:
        """Return the number of a process that has begun to serve; it may not be ready yet."""
        self.began = len(self.mother.out)
        self._tell(settings)
        return int(await self.mother.says(BORN, self.began))

    async def ready(self) -> None:
        """Wait until the last one answers."""
        await self.mother.says(READY, self.began)

    async def died(self, pid: int, seconds: float = 10.0) -> int:
        """Wait until a process is dead; return its exit code."""
        return int(await self.mother.says(f"{DIED}{pid} ", seconds=seconds))

    async def held(self, pid: int, house: House, words: Iterable[str]) -> list[str]:
        """Return those of some words that a living object of a process holds."""
        wanted = house.root / "wanted"
        wanted.write_text(json.dumps([word.encode().hex() for word in words]), "ascii")
        after = len(self.mother.out)
        os.kill(pid, signal.SIGUSR2)
        return [bytes.fromhex(word).decode() for word in json.loads(await self.mother.says(HELD, after))]

    def _tell(self, settings: dict[str, str]) -> None:
        assert self.mother.child.stdin is not None
        self.mother.child.stdin.write(json.dumps(settings).encode() + b"\n")


@contextlib.asynccontextmanager
async def births(house: House, api: str, **environment: str) -> AsyncIterator[Births]:
    """Give what forks; whatever it bore ends with it."""
    async with process(house, api, sys.executable, "-m", "tests.channels.serving", **environment) as mother:
        yield Births(mother)


def kill(pid: int, how: signal.Signals = signal.SIGKILL) -> None:
    """End a process: as a power cut would, unless said otherwise."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, how)


def lives(pid: int) -> bool:
    """Tell whether a process is still there."""
    return Path(f"/proc/{pid}").exists()


async def page(address: str) -> str:
    """Return a page of the site, by hand."""
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        return await answer.text()


# What forks -----------------------------------------------------------------------------------------------------------


def main() -> None:
    """Fork `repere serve` for each line of the standard input."""
    import gc

    import bot.channels.telegram
    import bot.channels.web
    import bot.reload
    from bot import commands, content, encoder
    from bot.engine import check

    del bot
    root = content.root()
    script = check.sound(content.read(root), content.places(root))
    meaning = encoder.load(root)
    content.read, content.places, check.sound = (lambda _: {}), (lambda _: None), (lambda *_: script)
    encoder.load = lambda _: meaning
    gc.freeze()
    signal.signal(signal.SIGCHLD, _bury)
    if "PYTHONASYNCIODEBUG" in os.environ:
        logging.basicConfig(level=logging.DEBUG)
    mother = os.getpid()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGUSR2, _report)
            _die_with(mother)
            os.environ.update(json.loads(line))
            os._exit(commands.run(["serve"]))
        _say(f"{BORN}{child}")


def _bury(*_: object) -> None:
    """Say who died, and how."""
    with contextlib.suppress(ChildProcessError):
        while (dead := os.waitpid(-1, os.WNOHANG))[0]:
            _say(f"{DIED}{dead[0]} {os.waitstatus_to_exitcode(dead[1])}")


def _die_with(mother: int) -> None:
    """Let nobody survive what bore them."""
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != mother:
        os._exit(1)


def _report(*_: object) -> None:
    """Say which of the words wanted are still held here."""
    wanted = Path(os.environ["TMPDIR"]).parent / "wanted"
    words = [bytes.fromhex(word).decode() for word in json.loads(wanted.read_text("ascii"))]
    _say(f"{HELD}{json.dumps([word.encode().hex() for word in held(words)])}")


def _say(sentence: str) -> None:
    os.write(1, f"{sentence}\n".encode())  # in one piece, whoever else writes there


if __name__ == "__main__":
    main()
