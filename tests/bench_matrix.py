"""How long a person waits on Matrix, beside the smallest bot that matrix-nio makes, on one homeserver, in the same run.

She writes from matrix-js-sdk; what counts is the time from her gesture to the moment her client shows the answer, which
no network can shorten. Both bots have a process of their own. Exchanges alternate between them, in rooms of the same
age, each begun when all is quiet: a person reads before she writes. Ratios are taken inside a round, and medians over
rounds. Ours then redacts what was typed and the notice before: that comes after, and its end is measured beside.
`python -m tests.bench_matrix --json` prints the same as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bot.commands import load
from tests.bench import machine
from tests.matrix import JsClient, Synapse
from tests.matrix.matrix_bot import Account, account, running
from tests.matrix.plain import Echo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from multiprocessing.connection import Connection

    from tests.matrix import Message

TIMES = 1.2
"""Our answer is seen within so many times the time of an echo: what is promised."""

SAID = ("1", "r")
"""What is written, in turn: to go on, and to come back."""

WARM = 4
"""Exchanges in a new room that do not count: keys are shared, caches fill."""

PAUSE = 0.15
"""Seconds of quiet before an exchange."""

ENOUGH = 30
"""Exchanges below which a median says nothing."""


class Exchange(NamedTuple):
    """One: until the answer is seen, and until all that it replaces is gone (0 for an echo, which leaves it)."""

    seen: float
    gone: float


# The bots ------------------------------------------------------------------------------------------------------------


def serve(url: str, who: Account, ours: bool, pipe: Connection) -> None:
    """Run one bot in this process, until told to stop."""
    asyncio.run(_serve(url, who, ours, pipe))


async def _serve(url: str, who: Account, ours: bool, pipe: Connection) -> None:
    hs = Synapse()
    hs.port = int(url.rpartition(":")[2])
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    async with running(hs, load(), who) if ours else Echo(hs, who.user):
        pipe.send("ready")
        threading.Thread(target=lambda: (pipe.recv(), loop.call_soon_threadsafe(stop.set)), daemon=True).start()
        await stop.wait()
    pipe.send("stopped")


@contextlib.asynccontextmanager
async def beside(url: str, who: Account, *, ours: bool) -> AsyncIterator[str]:
    """Give the id of a bot that answers, in a process beside this one."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=serve, args=(url, who, ours, there))
    process.start()
    await asyncio.to_thread(here.recv)
    yield who.user_id
    here.send("stop")
    await asyncio.to_thread(here.recv)
    process.join(5)


# Measure -------------------------------------------------------------------------------------------------------------


class Talk:
    """One person's room with one bot."""

    def __init__(self, client: JsClient, room: str, bot: str, *, erases: bool) -> None:
        self._client, self._room, self._bot, self._erases = client, room, bot, erases

    @classmethod
    async def begin(cls, client: JsClient, bot: str, *, encrypted: bool, erases: bool) -> Talk:
        """Invite the bot, and write until nothing is new for either."""
        talk = cls(client, await client.create_dm(bot, encrypted=encrypted), bot, erases=erases)
        await client.until(lambda: client.members(talk._room).get(bot) == "join")
        if erases:
            await client.wait_for(talk._room, talk._answers)
        for number in range(WARM):
            await talk.exchange(SAID[number % len(SAID)])
        return talk

    async def exchange(self, text: str) -> Exchange:
        """Write, and wait for the answer; then for what it replaces to be gone."""
        await asyncio.sleep(PAUSE)
        left = [message.event_id for message in self._client.timeline(self._room) if self._answers(message)]
        began = time.perf_counter()
        sent = await self._client.send(self._room, text)
        await self._client.wait_for(self._room, self._answers, 20, after=sent)
        seen = time.perf_counter() - began
        if not self._erases:
            return Exchange(seen * 1000, 0.0)
        old = {sent, *left}
        await self._client.until(lambda: old <= self._redacted())
        return Exchange(seen * 1000, (time.perf_counter() - began) * 1000)

    def _answers(self, message: Message) -> bool:
        return message.sender == self._bot and bool(message.body)

    def _redacted(self) -> set[str]:
        return {message.event_id for message in self._client.timeline(self._room) if message.redacted}


async def measure(rounds: int, exchanges: int) -> dict[str, object]:
    """Measure both bots, in plain rooms and in encrypted ones."""
    with tempfile.TemporaryDirectory() as folder:
        async with Synapse() as hs:
            repere, nora, sam = await account(hs, Path(folder)), await hs.user("nora"), await hs.user("echo")
            echo = Account(sam, "")
            async with (
                beside(hs.url, repere, ours=True) as ours,
                beside(hs.url, echo, ours=False) as theirs,
                await JsClient.start(hs, nora) as client,
            ):
                await client.bootstrap_cross_signing()
                return {
                    kind: await _rounds(client, ours, theirs, rounds, exchanges, encrypted=kind == "encrypted")
                    for kind in ("plain", "encrypted")
                }


async def _rounds(
    client: JsClient, ours: str, theirs: str, rounds: int, exchanges: int, *, encrypted: bool
) -> dict[str, object]:
    mine: list[list[Exchange]] = []
    echo: list[list[Exchange]] = []
    for _ in range(rounds):
        talks = [
            (mine, await Talk.begin(client, ours, encrypted=encrypted, erases=True)),
            (echo, await Talk.begin(client, theirs, encrypted=encrypted, erases=False)),
        ]
        for found, _talk in talks:
            found.append([])
        for number in range(exchanges):
            for found, talk in talks[:: 1 if number % 2 else -1]:
                found[-1].append(await talk.exchange(SAID[number % len(SAID)]))
    ratios = [_median(a) / _median(b) for a, b in zip(mine, echo, strict=True)]
    return {
        "repere": _figures(mine) | {"gone_ms": round(statistics.median(one.gone for some in mine for one in some))},
        "echo": _figures(echo),
        "times": round(statistics.median(ratios), 2),
        "round_by_round": [round(ratio, 2) for ratio in ratios],
    }


def _median(some: list[Exchange]) -> float:
    return statistics.median(one.seen for one in some)


def _figures(rounds: list[list[Exchange]]) -> dict[str, float]:
    all_ = sorted(one.seen for some in rounds for one in some)
    return {
        "exchanges": len(all_),
        "p50_ms": round(statistics.median(all_), 1),
        "p90_ms": round(all_[len(all_) * 9 // 10], 1),
    }


# Report --------------------------------------------------------------------------------------------------------------


def table(report: dict[str, object]) -> str:
    """Draw the report for a terminal."""
    lines = [
        "{date} · {processor}, {cores} cores, load {load} · {python} · {system}".format(**report["machine"]),
        f"{report['rounds']} rounds, exchanges alternate; from her gesture to what matrix-js-sdk shows; medians",
        "",
        f"{'':<42}{'exchanges':>10}{'p50 ms':>9}{'p90 ms':>9}{'all gone ms':>13}{'echo ×':>9}",
    ]
    held = True
    for kind, found in report["results"].items():
        for name, who in (("Repère", found["repere"]), ("echo, matrix-nio alone", found["echo"])):
            times = found["times"] if name == "Repère" else ""
            lines.append(
                f"{f'{name}, {kind}':<42}{who['exchanges']:>10}{who['p50_ms']:>9}{who['p90_ms']:>9}"
                f"{who.get('gone_ms', ''):>13}{times:>9}"
            )
        held = held and found["times"] <= TIMES and found["repere"]["exchanges"] >= ENOUGH
    return "\n".join([*lines, "", f"round trip ≤ {TIMES} × a bare echo: {'held' if held else 'NOT HELD'}"])


def main(arguments: Sequence[str]) -> int:
    """Print the table, or JSON; say why nothing is measured where there is no homeserver."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench_matrix", description="Measure a round trip on Matrix.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--exchanges", type=int, default=6, help="of each bot, in a round")
    options = parser.parse_args(arguments)
    if missing := Synapse.missing() or JsClient.missing():
        print(f"Matrix: not measured, {missing}")
        return 0
    on = machine()
    results = asyncio.run(measure(options.rounds, options.exchanges))
    report: dict[str, object] = {"machine": on, "rounds": options.rounds, "results": results}
    print(json.dumps(report, ensure_ascii=False, indent=1) if options.json else table(report))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
