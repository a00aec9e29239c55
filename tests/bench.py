"""How many turns a second one core gives, beside two others on the same menu, in the same run (promise P13).

Rounds are interleaved: each measures every contender once, for a slice of processor time, so that a busy machine slows
all of them; ratios are taken inside a round, and medians over rounds. Throughput counts processor seconds of this one
thread; latencies are what a clock on the wall shows. `python -m tests.bench --json` prints the same as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from datetime import datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from bot.app import Bot
from bot.commands import load
from bot.engine.advance import advance, start
from bot.engine.compile import compile
from bot.engine.message import Opened, Pressed
from bot.engine.script import choice_code
from tests import small

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bot.engine.script import Script

NOW = datetime(2026, 11, 24, 23, 15, tzinfo=ZoneInfo("Europe/Paris"))
VICTIM = ("aide", "moi", "parler", "ecrire", "traces", "web")
"""A journey through the content that ships: for oneself, to speak, to write, the traces that a browser leaves."""

TURNS_PER_SECOND, P99 = 50_000, 100.0
"""What the engine promises, the screen rendered in its locale, the token left out or not."""


class Contender(NamedTuple):
    """One thing measured: `play` gives a conversation, one answer at a time."""

    name: str
    play: Callable[[], Iterator[object]]
    turns: int


class Figures(NamedTuple):
    """What one round says of a contender."""

    per_second: float
    p50: float
    p99: float


# Contenders ---------------------------------------------------------------------------------------------------------


def engine(name: str, script: Script, choices: Sequence[str]) -> Contender:
    """The pure function: a session and a press in, a session and a screen in the person's language out."""
    home, opened = start(script), Opened()
    presses = [Pressed(choice) for choice in choices]

    def play() -> Iterator[object]:
        turn = advance(script, home, opened, NOW)
        yield turn
        for press in presses:
            turn = advance(script, turn.session or home, press, NOW)
            yield turn

    return _contender(name, play)


def bot(name: str, script: Script, choices: Sequence[str]) -> Contender:
    """What a channel calls: the token is decoded before, and encoded after; presses bear their short codes."""
    mind, opened = Bot(script, lambda: NOW), Opened()
    presses = [Pressed(choice_code(choice)) for choice in choices]

    def play() -> Iterator[object]:
        answer = mind.answer("", opened)
        yield answer
        for press in presses:
            answer = mind.answer(answer.token, press)
            yield answer

    return _contender(name, play)


def rivescript(script: Script) -> Contender:
    """The same menu, words and answers as topics of RiveScript."""
    from rivescript import RiveScript

    screens = list(_screens(script))
    brain = ["! version = 2.0", "", "+ bonjour", f"- {screens[0]}{{topic=step0}}", ""]
    for step, choice in enumerate(small.MENU):
        brain += [f"> topic step{step}", "  + bonjour", f"  - {screens[0]}{{topic=step0}}"]
        brain += [f"  + {choice}", f"  - {screens[step + 1]}{{topic=step{step + 1}}}", "< topic", ""]
    brain += [f"> topic step{len(small.MENU)}", "  + bonjour", f"  - {screens[0]}{{topic=step0}}", "< topic"]
    engine = RiveScript(utf8=True)
    engine.stream("\n".join(brain))
    engine.sort_replies()
    words = ("bonjour", *small.MENU)

    def play() -> Iterator[object]:
        for word in words:
            yield engine.reply("somebody", word)

    said = [str(reply).replace("\\n", "\n") for reply in play()]
    assert [len(one) for one in said] == [len(one) for one in screens], said
    return _contender(f"RiveScript {version('rivescript')}", play)


def transitions(script: Script) -> Contender:
    """The same steps as states: no text at all, only the move. The lower bound of a state machine library."""
    from transitions import Machine

    class Person:
        pass

    states = [f"step{step}" for step in range(len(small.MENU) + 1)]
    moves = [[choice, states[step], states[step + 1]] for step, choice in enumerate(small.MENU)]
    person = Person()
    Machine(person, states=states, transitions=[*moves, ["bonjour", "*", states[0]]], initial=states[0])
    presses = [getattr(person, name) for name in ("bonjour", *small.MENU)]

    def play() -> Iterator[object]:
        for press in presses:
            yield press()

    assert all(play())
    assert person.state == states[-1]
    return _contender(f"transitions {version('transitions')} (no text)", play)


def _screens(script: Script) -> Iterator[str]:
    """Give the texts of the menu as one line each, for those who cannot hold several."""
    turn = advance(script, start(script), Opened(), NOW)
    yield turn.screen.text.replace("\n", " ")
    for choice in small.MENU:
        assert turn.session
        turn = advance(script, turn.session, Pressed(choice), NOW)
        yield turn.screen.text.replace("\n", " ")


def _contender(name: str, play: Callable[[], Iterator[object]]) -> Contender:
    return Contender(name, play, sum(1 for _ in play()))


# Measure ------------------------------------------------------------------------------------------------------------


def measure(one: Contender, seconds: float) -> Figures:
    """Play for some seconds of processor time: half for throughput, half with a clock around each turn."""
    play, turns = one.play, 0
    began = time.process_time()
    while (spent := time.process_time() - began) < seconds / 2:
        for _ in range(20):
            for _ in play():
                pass
        turns += 20 * one.turns
    per_second = turns / spent
    clock, laps = time.perf_counter_ns, []
    began = time.process_time()
    while time.process_time() - began < seconds / 2:
        for _ in range(20):
            last = clock()
            for _ in play():
                now = clock()
                laps.append(now - last)
                last = clock()
    laps.sort()
    return Figures(per_second, laps[len(laps) // 2] / 1000, laps[len(laps) * 99 // 100] / 1000)


def contenders() -> dict[str, Contender]:
    """Return what is measured, the reference of the ratios first."""
    menu, real = compile(small.files(), small.places()), load()
    return {
        "engine": engine("Repère, screen rendered", menu, small.MENU),
        "bot": bot("Repère, token decoded and encoded too", menu, small.MENU),
        "rivescript": rivescript(menu),
        "transitions": transitions(menu),
        "real engine": engine("Repère, real content, screen rendered", real, VICTIM),
        "real bot": bot("Repère, real content, token too", real, VICTIM),
    }


def run(rounds: int, seconds: float) -> dict[str, object]:
    """Measure everything, interleaved; return the medians, and of each ratio the median over rounds."""
    all_ = contenders()
    for one in all_.values():
        measure(one, 0.1)  # caches warm
    rows = [{key: measure(one, seconds) for key, one in all_.items()} for _ in range(rounds)]
    results = {}
    for key, one in all_.items():
        mine = [row[key] for row in rows]
        results[key] = {
            "name": one.name,
            "turns_per_second": round(statistics.median(figures.per_second for figures in mine)),
            "slowest_round": round(min(figures.per_second for figures in mine)),
            "fastest_round": round(max(figures.per_second for figures in mine)),
            "p50_us": round(statistics.median(figures.p50 for figures in mine), 1),
            "p99_us": round(statistics.median(figures.p99 for figures in mine), 1),
            "engine_is_times": round(statistics.median(r["engine"].per_second / r[key].per_second for r in rows), 2),
            "bot_is_times": round(statistics.median(r["bot"].per_second / r[key].per_second for r in rows), 2),
        }
    return {"machine": machine(), "rounds": rounds, "seconds_a_round": seconds, "results": results}


def machine() -> dict[str, object]:
    """Say when and on what this was measured."""
    return {
        "date": datetime.now(ZoneInfo("Europe/Paris")).isoformat(timespec="minutes"),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "load": [round(load, 1) for load in os.getloadavg()],
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.release()}",
    }


def heading(on: dict[str, object]) -> str:
    """Return the first line of a table: the day, the machine, the interpreter."""
    return "{date} · {processor}, {cores} cores, load {load} · {python} · {system}".format(**on)


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "")
    except OSError:
        return platform.processor()


def table(report: dict[str, object]) -> str:
    """Draw the report for a terminal."""
    on, results = report["machine"], report["results"]
    lines = [
        heading(on),
        f"{report['rounds']} interleaved rounds, one thread, {report['seconds_a_round']} s each; medians",
        "",
        f"{'':<42}{'turns/s':>10}{'(rounds)':>18}{'p50 µs':>9}{'p99 µs':>9}{'engine ×':>10}{'with token ×':>14}",
    ]
    for one in results.values():
        spread = f"{one['slowest_round']}–{one['fastest_round']}"
        lines.append(
            f"{one['name']:<42}{one['turns_per_second']:>10}{spread:>18}{one['p50_us']:>9}{one['p99_us']:>9}"
            f"{one['engine_is_times']:>10}{one['bot_is_times']:>14}"
        )
    fast, late = results["engine"]["turns_per_second"], results["engine"]["p99_us"]
    held = "held" if fast >= TURNS_PER_SECOND and late <= P99 else "NOT HELD"
    lines += ["", f"P13 ≥ {TURNS_PER_SECOND} turns/s and p99 ≤ {P99:.0f} µs, screen rendered: {held}"]
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the engine against others.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="of processor time, per contender and round")
    options = parser.parse_args(arguments)
    report = run(options.rounds, options.seconds)
    print(json.dumps(report, ensure_ascii=False, indent=1) if options.json else table(report))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
