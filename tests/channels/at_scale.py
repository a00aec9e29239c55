"""What the promises ask of Telegram, at the scale they name: a line each, with its figures (`python -m tests.prove`).

The conversations, the kills and the storms are those of the tests: see the modules named beside each.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from bot.commands import load
from tests.botapi import Server
from tests.botapi.server import FICTIONAL_TOKEN
from tests.channels.crowd import Passer, drained
from tests.channels.seizure import REPOSITORY, House
from tests.channels.serving import READY, UNPACED, process
from tests.channels.telegram_bot import running
from tests.channels.test_telegram_crash import survive
from tests.channels.test_telegram_network import BREAKS, storm
from tests.channels.test_telegram_seizure import seize

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

Figures = tuple[str, bool]
"""What was measured, and whether the promise holds."""

SIDE_BY_SIDE = 64


@contextlib.contextmanager
def house() -> Iterator[House]:
    """Give a house for a process, gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield House(Path(folder) / "house", FICTIONAL_TOKEN)


async def left(scale: float) -> Figures:
    """P2: people who leave after a few gestures, each call lasting 50 ms."""
    async with Server(latency=0.05, calm=0.0, record=False) as api, running(api, load()):
        took, remains = [], 0
        for at in range(0, max(5, round(500 * scale)), 5):
            people = [Passer(api, Random(at + n)) for n in range(5)]
            await asyncio.gather(*(one.visit(4, leaves=False) for one in people))
            staying = [one for one in people if one.person.screen]
            took += await asyncio.gather(*map(_leaves, staying))
            await asyncio.gather(*(one.person.settled() for one in staying))
            remains += sum(len(one.person.visible) for one in staying)
    p95 = sorted(took)[len(took) * 95 // 100]
    return f"{len(took)} exits: {remains} messages left; p95 {p95:.2f} s with 50 ms a call", remains == 0 and p95 <= 1


async def _leaves(one: Passer) -> float:
    """Press the button that leaves; return the seconds until nothing is seen."""
    screen = one.person.screen
    close = next(
        button.data or "" for row in screen.buttons for button in row if (button.data or "").endswith(".close")
    )
    began = time.monotonic()
    await one.person.press(close, screen.id)
    while one.person.visible:  # noqa: ASYNC110  a person looks at her screen
        await asyncio.sleep(0.002)
    return time.monotonic() - began


async def seized(scale: float) -> Figures:
    """P3: conversations with a real process, killed in the middle (test_telegram_seizure.py)."""
    conversations = max(250, round(10_000 * scale))
    with house() as place:
        taken = await seize(place, conversations)
    figures = f"{len(taken.hits)} of {taken.secrets} secrets found after {conversations} conversations and a kill -9; "
    figures += f"{len(taken.files)} files written, {len(taken.writing)} open for writing"
    return figures, not (taken.hits or taken.files or taken.writing)


async def broken(scale: float) -> Figures:
    """P4: every function made to fail, every answer an echo: the whole of test_telegram_canaries and _echoes."""
    del scale
    files = [f"tests/channels/test_telegram_{name}.py" for name in ("canaries", "echoes")]
    command = [sys.executable, "-m", "pytest", "-q", "--show-capture=no", *files]
    done = await asyncio.to_thread(subprocess.run, command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return f"canaries: {done.stdout.strip().splitlines()[-1]}", done.returncode == 0


async def late(scale: float) -> Figures:
    """P5: a day of messages found at once."""
    count = round(5000 * scale)
    chance, written = Random(5), []
    async with Server(calm=0.0, record=False) as api:
        people = [api.person() for _ in range(max(1, count // 25))]
        for _ in range(count):
            person = chance.choice(people)
            await person.say(chance.choice(("bonjour", "1", "il me frappe", "49000")))
            written.append((person, api.clock.now()))
            api.clock.advance(86_000 / count)
        async with running(api, load()):
            await drained(api, 120)
            now = api.clock.now()
        stay = sum(not message.from_bot for person in people for message in person.visible)
        recent = {person.chat_id for person, at in written if now - at < 16 * 60}
        spoken = sum(bool(person.visible) for person in people if person.chat_id not in recent)
        told = sum(len(person.notifications) > 2 for person in people)
    figures = f"{count} messages of a day: {stay} not erased, {spoken} people answered after 15 min, {told} told twice"
    return figures, not stay + spoken + told


async def weighed(scale: float) -> Figures:
    """P17: what a real process weighs with many live chats, and after many updates."""
    chats, updates = round(10_000 * scale), round(100_000 * scale)
    with house() as place:
        async with (
            Server(calm=0.0, record=False) as api,
            process(place, api.url, sys.executable, "-c", UNPACED) as serving,
        ):
            await serving.says(READY)
            await _act([Passer(api, Random(n), loyal=True) for n in range(300)], 900)
            bare = _rss(serving.pid)
            people = [Passer(api, Random(n), loyal=True) for n in range(chats)]
            await _act(people, 2 * chats)
            full, marks, began = _rss(serving.pid), [], time.monotonic()
            for _ in range(10):
                await _act(people, updates // 10)
                marks.append(_rss(serving.pid))
            rate = updates / (time.monotonic() - began)
    each, growth = (full - bare) / chats, (marks[-1] - marks[0]) / 1e6
    figures = f"{full / 1e6:.0f} MB with {chats} live chats, {each:.0f} bytes each; {updates} updates later "
    figures += f"{marks[-1] / 1e6:.0f} MB ({growth:+.1f} MB since the first tenth); {rate:.0f} updates/s, both sides"
    return figures, each <= 1024 and marks[-1] <= 150e6 and growth <= 2


async def _act(people: list[Passer], times: int) -> None:
    """Let people act in turn, many side by side."""
    turns = iter(range(times))

    async def work() -> None:
        for turn in turns:
            one = people[turn % len(people)]
            await one.person.settled(60, await one.act())

    await asyncio.gather(*(work() for _ in range(SIDE_BY_SIDE)))


def _rss(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("ascii"))
    return int(found[1]) * 1024 if found else 0


async def killed(scale: float) -> Figures:
    """P19: `kill -9` in mid-turn and in mid-erase (test_telegram_crash.py)."""
    deaths = round(200 * scale)
    with house() as place:
        survived = await survive(place, load(), deaths)
    cut = ", ".join(f"{count} {method}" for method, count in survived.cut.most_common(4))
    wrong = sum(map(len, survived.wrong.values()))
    figures = f"{deaths} kill -9 among {survived.updates} updates: {wrong} lost or done twice; cut short: {cut}"
    return f"{figures}; {survived.wheels} clocks of buttons left turning", not wrong


async def stormed(scale: float) -> Figures:
    """P20: bad networks (test_telegram_network.py)."""
    script, seconds = load(), max(3.0, 20 * scale)
    found = await asyncio.gather(*(storm(script, fault, seconds) for fault in BREAKS.values()))
    slowest, most = max(took for took, _ in found), max(asked for _, asked in found)
    figures = f"{len(found)} kinds of bad network for {seconds:.0f} s: all well {slowest:.1f} s after, "
    return f"{figures}at most {most} requests a second meanwhile", slowest <= 5 and most <= 1


MEASURES: dict[str, Callable[[float], Coroutine[None, None, Figures]]] = {
    "P2": left,
    "P3": seized,
    "P4": broken,
    "P5": late,
    "P17": weighed,
    "P19": killed,
    "P20": stormed,
}


def measure(promise: str, scale: float) -> Figures:
    """Return the figures of one promise on Telegram."""
    figures, held = asyncio.run(MEASURES[promise](scale))
    return f"Telegram: {figures}", held
