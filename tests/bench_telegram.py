"""What the Telegram channel gives beside python-telegram-bot by itself, on the same fake, in the same run (P14 to P16).

Each measure is two processes: a bot, and the fake with its people. Rounds are interleaved: each makes every measure
once; ratios are taken inside a round, and medians over rounds. `python -m tests.bench_telegram P15 --json` does one
part of it, as JSON.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

from tests import bench_telegram_bots as bots
from tests import bench_telegram_crowd as crowd
from tests.bench import heading, machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.bench_telegram_crowd import Figures

LATENCY = 0.05

PEERS = {
    "echo": ("an echo", 2.0),
    "ours": ("an echo on our transport", 0.9),
    "ours 64": ("the same, 64 side by side", 0.9),
}
"""What presses are compared with, and the times an echo that are promised (P14), in calls a second."""

LAST, URGENT = 0.3, 1.0
"""What P15 promises, in seconds."""

SENDS = 30
"""What P16 promises: new messages in any second, as they reach the fake."""


class Measure(NamedTuple):
    """One thing measured: a bot, met by polling or by a webhook, in a scene. `part` is the promise it is about."""

    part: str
    name: str
    bot: str
    webhook: bool
    scene: str
    options: dict[str, Any]
    latency: float = 0.0


class Scale(NamedTuple):
    """How much of everything."""

    people: int = 100
    updates: int = 3000
    rush: int = 200
    queued: int = 2000
    starts: int = 150


QUEUES = {
    "steady": "it has for {seconds:.0f} s",
    "flood": "{queued} of its messages wait at Telegram",
    "few": "{queued} presses of {few} others wait at Telegram",
    "others": "{queued} presses of {queued} others wait at Telegram",
    "start": "{queued} others have pressed « Start »",
}


def measures(scale: Scale) -> dict[str, Measure]:
    """Return everything that is measured, by a key. What is slow does a third of the work: rates are compared."""
    press = {"kind": "press", "people": scale.people, "updates": scale.updates}
    typed, echo = {**press, "kind": "type"}, {**press, "kind": "echo"}
    slow = {"updates": scale.updates // 3}
    library = f"python-telegram-bot {version('python-telegram-bot')}"
    found = {
        key: Measure("P14", name, bot, key.startswith("webhook"), "busy", options)
        for key, name, bot, options in (
            ("polling press", "polling: Repère, presses", "repere", press),
            ("polling type", "polling: Repère, words typed", "repere", typed),
            ("polling echo", f"polling: {library} echo", "echo", echo | slow),
            ("polling echo 64", "… 64 side by side", "echo 64", echo | slow),
            ("polling ours", "… on our transport", "echo ours", echo),
            ("polling ours 64", "… on our transport, 64 side by side", "echo ours 64", echo),
            ("polling menu", "… ConversationHandler, presses", "menu", press | slow),
            ("webhook press", "webhook: Repère, presses", "repere", press),
            ("webhook echo", f"webhook: {library} echo", "echo", echo | slow),
            ("webhook ours", "… on our transport", "echo ours", echo),
            ("webhook ours 64", "… on our transport, 64 side by side", "echo ours 64", echo),
        )
    }
    for key, name, bot in (
        ("rush polling", "Repère, polling", "repere"),
        ("rush webhook", "Repère, webhook", "repere"),
        ("rush menu", "ConversationHandler", "menu"),
        ("rush menu ours", "… on our transport", "menu ours"),
        ("rush menu 256", "… 256 side by side, which it advises against", "menu 256"),
    ):
        found[key] = Measure("P15", name, bot, "webhook" in key, "rush", {"people": scale.rush}, LATENCY)
    for way in ("polling", "webhook"):
        for queue, said in QUEUES.items():
            few, seconds = min(crowd.FEW, scale.queued), scale.queued / crowd.FLOOD
            name = f"{way}: {said.format(queued=scale.queued, few=few, seconds=seconds)}"
            options = {"queue": queue, "queued": scale.queued}
            found[f"{queue} {way}"] = Measure("P15", name, "repere", way == "webhook", "danger", options, LATENCY)
    found["limits"] = Measure("P16", "Repère, polling", "repere", False, "limits", {"people": scale.starts})
    return found


def play(one: Measure) -> Figures:
    """Make a measure: two processes, nothing shared with the one before."""
    start = multiprocessing.get_context("spawn")
    (bot, people), (out, result) = start.Pipe(), start.Pipe()
    both = [
        start.Process(target=crowd.run, args=(one.scene, bot, out, one.latency, one.options), daemon=True),
        start.Process(target=bots.run, args=(one.bot, people), kwargs={"webhook": one.webhook}, daemon=True),
    ]
    for process in both:
        process.start()
    try:
        while not result.poll(0.2):
            if not all(process.is_alive() for process in both) and not result.poll(0.5):
                raise RuntimeError(f"{one.name}: it did not end")
        return dict(result.recv())
    finally:
        for process in both:
            process.join(10)
            process.kill()


def run(wanted: Mapping[str, Measure], rounds: int) -> dict[str, Any]:
    """Make measures, interleaved."""
    rows: list[dict[str, Figures]] = []
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        rows.append({key: play(one) for key, one in wanted.items()})
    results: dict[str, Any] = {}
    for key, one in wanted.items():
        figures = {figure: [row[key][figure] for row in rows] for figure in rows[0][key]}
        results[key] = {"scene": one.scene, "name": one.name, **one.options, "rounds": figures}
        if one.scene == "busy":
            way = key.partition(" ")[0]
            for peer in PEERS:
                times = [row[key]["calls"] / row[f"{way} {peer}"]["calls"] for row in rows]
                results[key][f"times {peer}"] = statistics.median(times)
                spared = [_a_call(row[f"{way} {peer}"]) / _a_call(row[key]) for row in rows]
                results[key][f"times {peer} by processor"] = statistics.median(spared)
    return {"machine": machine(), "rounds": rounds, "results": results}


def _a_call(figures: Figures) -> float:
    """Return the processor time of the bot for one call: what is left to compare when others use the machine."""
    return float(figures["cpu"] / figures["each"])


# Print --------------------------------------------------------------------------------------------------------------


def table(report: dict[str, Any]) -> str:
    """Draw the report for a terminal."""
    results = report["results"]
    busy, rush, danger, limits = (
        [one for one in results.values() if one["scene"] == scene] for scene in ("busy", "rush", "danger", "limits")
    )
    lines = [heading(report["machine"]), f"{report['rounds']} interleaved rounds, two processes each; medians"]
    if busy:
        lines += [
            "",
            f"{busy[0]['people']} people go on as soon as they are answered; calls that answer them: no getUpdates",
            f"{'':<48}{'calls/s':>9}{'(rounds)':>13}{'updates/s':>11}{'CPU ms':>8}{'a call':>8}{'fake busy':>11}"
            f"{'echo ×':>8}{'ours ×':>8}{'ours 64 ×':>11}",
            *map(_busy, busy),
            "",
            *_p14(results),
        ]
    if rush:
        lines += [
            "",
            f"{rush[0]['people']} people press at once, API latency {LATENCY * 1000:.0f} ms",
            f"{'':<48}{'last s':>9}{'(rounds)':>13}{'in order':>11}{'CPU s':>13}{'P15':>11}",
            *map(_rush, rush),
        ]
    if danger:
        lines += [
            "",
            f"« Numéros d'urgence », API latency {LATENCY * 1000:.0f} ms, while one chat sends {crowd.FLOOD}/s and …",
            f"{'':<59}{'p50 s':>9}{'p99 s':>9}{'worst s':>9}{'P15':>11}",
            *map(_danger, danger),
        ]
    lines += [line for one in limits for line in _limits(one["rounds"], one["people"])]
    return "\n".join(lines)


def _busy(one: dict[str, Any]) -> str:
    of = {figure: statistics.median(values) for figure, values in one["rounds"].items()}
    calls = one["rounds"]["calls"]
    return (
        f"{one['name']:<48}{of['calls']:>9.0f}{f'{min(calls):.0f}–{max(calls):.0f}':>13}{of['updates']:>11.0f}"
        f"{of['cpu']:>8.2f}{_a_call(of):>8.2f}{of['fake']:>11.0%}"
        f"{one['times echo']:>8.2f}{one['times ours']:>8.2f}{one['times ours 64']:>11.2f}"
    )


def _p14(results: dict[str, Any]) -> Iterable[str]:
    for way in ("polling", "webhook"):
        for peer, (said, least) in PEERS.items():
            if f"{way} press" in results:
                times, spared = (results[f"{way} press"][f"times {peer}{by}"] for by in ("", " by processor"))
                yield (
                    f"P14 {way}: presses ≥ {least} × {said}: {times:.2f} ({spared:.2f} by the bot's processor time), "
                    f"{_held(times >= least)}"
                )


def _rush(one: dict[str, Any]) -> str:
    of = {figure: statistics.median(values) for figure, values in one["rounds"].items()}
    last = one["rounds"]["last"]
    spread = f"{min(last):.2f}–{max(last):.2f}"
    return (
        f"{one['name']:<48}{of['last']:>9.2f}{spread:>13}{of['ordered']:>11.0%}{of['cpu']:>13.2f}"
        f"{_held(of['last'] <= LAST and of['ordered'] == 1):>11}"
    )


def _danger(one: dict[str, Any]) -> str:
    seconds = sorted(second for round_ in one["rounds"]["seconds"] for second in round_)
    p99 = seconds[min(len(seconds) - 1, len(seconds) * 99 // 100)]
    p50, worst = statistics.median(seconds), seconds[-1]
    return f"{one['name']:<59}{_capped(p50):>9}{_capped(p99):>9}{_capped(worst):>9}{_held(p99 <= URGENT):>11}"


def _capped(seconds: float) -> str:
    return f"{seconds:.2f}" if seconds < crowd.LONGEST else f"> {crowd.LONGEST:.0f}"


def _limits(rounds: dict[str, list[float]], starts: int) -> Iterable[str]:
    of = {figure: statistics.median(values) for figure, values in rounds.items()}
    most, early, place = max(rounds["in_a_second"]), sum(rounds["too_early"]), of["place"]
    yield ""
    yield (
        f"P16 {starts} people start at once: {of['sends']:.1f} sends a second, {most:.0f} in the busiest of any, "
        f"{sum(rounds['refused']):.0f} refused: {_held(most <= SENDS and not any(rounds['refused']))}"
    )
    yield (
        f"P16 edits are refused for 2 s, {crowd.WAITING} people wait: {early:.0f} calls too early, the emergency is "
        f"edit {place:.0f} of {crowd.WAITING + 1}, after {of['seen']:.2f} s, the last after {of['last']:.2f} s: "
        f"{_held(not early and place == 1)}"
    )


def _held(held: bool) -> str:
    return "held" if held else "NOT HELD"


def main(arguments: Sequence[str]) -> int:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench_telegram", description="Measure Telegram.")
    parser.add_argument("parts", nargs="*", default=["P14", "P15", "P16"], help="P14, P15, P16; all of them")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--updates", type=int, default=Scale().updates, help="for P14, per contender and round")
    options = parser.parse_args(arguments)
    everything = measures(Scale(updates=options.updates))
    report = run({key: one for key, one in everything.items() if one.part in options.parts}, options.rounds)
    print(json.dumps(report, ensure_ascii=False, indent=1) if options.json else table(report))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
