"""What proves the promises at a larger scale than the tests do: a line each, with its figures (`make prove`).

`python -m tests.prove P7 P21` does only these; `--scale 0.1` does a tenth. The exit code is 1 when one is not held.
Walks, mistakes, corrupt contents, fuzz and searches are those of the tests: see the modules named beside each.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from string import ascii_lowercase
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from bot import content
from bot.app import Bot
from bot.commands import load
from bot.directory.kinds import AUDIENCES, GROUPS, KINDS, TOPICS
from bot.directory.placenames import SHORTEST, bare, expand, refused
from bot.directory.search import Query, search
from bot.engine.asks import MOST_CHOICES
from bot.engine.check import check, sound
from bot.reload import Reloader
from bot.text import fold, says
from tests import bench, mutations, nationwide, test_bidi
from tests.channels import at_scale
from tests.corrupt import corrupt, repair
from tests.directory import reference
from tests.hours import witness
from tests.nasty import Fuzz, Taint, said, shown
from tests.test_reload import Crowd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bot.directory.model import Directory
    from bot.directory.places import Place, Places
    from bot.engine.message import Event

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=ZoneInfo("Europe/Paris"))
ROOT = content.root()


class Proof(NamedTuple):
    """One line of the table."""

    promise: str
    figures: str
    held: bool


class Faults(logging.Handler):
    """Counts what the bot logs: nothing, unless its wide net caught something."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        logging.getLogger("repere").addHandler(self)
        logging.getLogger("repere").propagate = False

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1


def share(part: int, whole: int) -> str:
    """Write « 5 860 of 5 860 (100 %) »."""
    percent = 100 * part / whole if whole else 0
    return f"{part:,} of {whole:,} ({percent:.4g} %)".replace(",", " ")


# The walk -----------------------------------------------------------------------------------------------------------


def walked(scale: float) -> Iterator[Proof]:
    """`repere check`: every screen, in every locale, territory and moment that matters."""
    del scale
    report = check(content.read(ROOT), content.places(ROOT), NOW)
    seen = f"{report.screens} screens, {report.steps} steps, {report.areas} areas, {report.locales} locales"
    for promise, held in report.figures()["invariants"].items():
        if promise == "P8":
            continue  # read through FriBidi, below
        yield Proof(promise, f"walk: {seen}" if held else f"broken: {_first(report.problems, promise)}", held)


def _first(problems: Sequence[object], promise: str) -> str:
    return next((str(problem) for problem in problems if f"[{promise}" in str(problem)), str(next(iter(problems), "")))


# P7: numbers (tests/mutations.py) -----------------------------------------------------------------------------------


def numbers(scale: float) -> Iterator[Proof]:
    """Every mistake in every number that may be shown, each alone; then every number given to every other service."""
    files, places = content.read(ROOT), content.places(ROOT)
    spots = list(mutations.spots(files))
    made = refused = 0
    chance = Random(7)
    for spot in spots:
        least = mutations.needed(files, spot.file)
        assert not mutations.refused(least, places)
        for wrong in mutations.mistakes(spot.digits):
            if chance.random() < scale:
                made += 1
                refused += bool(mutations.refused(mutations.write(least, {spot: wrong}), places))
    yield Proof("P7", f"one mistake in one of {len(spots)} numbers, refused: {share(refused, made)}", made == refused)
    made = seen = 0
    for shift in range(1, len(spots), max(1, round(1 / scale))):
        pairs = zip(spots, spots[shift:] + spots[:shift], strict=True)
        wrong = {one: other.dialled for one, other in pairs if one.dialled != other.dialled}
        told = {(one.at.file, one.at.line) for one in mutations.refused(mutations.write(files, wrong), places)}
        made += len(wrong)
        seen += sum(not told.isdisjoint((text.at.file, text.at.line) for text in spot.writings) for spot in wrong)
    yield Proof("P7", f"the number of another service, refused: {share(seen, made)}", made == seen)


# P8: right-to-left (tests/test_bidi.py) -----------------------------------------------------------------------------


def right_to_left(scale: float) -> Iterator[Proof]:
    """Every line of every screen through FriBidi, inside Hebrew and Arabic and turned into them."""
    del scale
    try:
        visual = test_bidi.fribidi()
    except OSError:
        yield Proof("P8", "not measured: FriBidi is not here (apt-get install libfribidi0)", False)
        return
    seen = test_bidi.gather(load())
    checked = right = isolated = 0
    for line in seen.lines | seen.labels:
        isolated += sum(any(map(str.isdecimal, inside)) for inside in test_bidi.ISOLATED.findall(line))
        for text in test_bidi.paragraphs(line):
            order = visual(text)
            for start, end in test_bidi.spans(text):
                checked += 1
                right += test_bidi.kept(text, start, end, order)
    figures = f"{len(seen.lines)} lines of {seen.screens} screens, {isolated} isolated numbers, dates and times"
    yield Proof("P8", f"{figures}; digits in order: {share(right, checked)}", checked == right)


# P12: corrupt contents (tests/corrupt.py, tests/test_reload.py) -------------------------------------------------------


def reloaded(scale: float) -> Iterator[Proof]:
    """Three hundred corrupt versions of the content that ships, swapped in while fifty people speak."""
    with tempfile.TemporaryDirectory() as folder:
        yield asyncio.run(_reloaded(Path(folder), round(300 * scale)))


async def _reloaded(root: Path, wanted: int) -> Proof:
    files, chance, faults = content.read(ROOT), Random(12), Faults()
    repair(root, files)
    bot = Bot(sound(files, content.places(ROOT)), lambda: NOW)
    bot.script.directory.places.find("vendom")  # builds the index of names, once for all
    reloader = Reloader(bot, lambda: content.read(root), lambda meaning: meaning, lambda sentence: None)
    crowd = Crowd(bot, pause=0.05)
    refused = sane = kept = 0
    async with crowd(50):
        while refused < wanted:
            before = bot.script
            await asyncio.to_thread(corrupt, root, files, chance)
            replaced = await reloader.reload()
            await asyncio.to_thread(repair, root, files)
            if replaced:
                sane += 1
                kept += not await reloader.reload()
            else:
                refused += 1
                kept += bot.script is not before
    bad = len(crowd.wrong) + faults.count + kept
    figures = f"{refused} corrupt contents refused, {sane} that held together served; {crowd.turns} turns meanwhile"
    return Proof("P12", f"{figures}, errors seen: {bad}; slowest answer {crowd.slowest * 1000:.0f} ms", bad == 0)


# P13: speed (tests/bench.py) ------------------------------------------------------------------------------------------


def speed(scale: float) -> Iterator[Proof]:
    """The engine beside its peers, in the same run."""
    report = bench.run(max(3, round(7 * scale)), 0.6)
    for key in ("engine", "bot", "real engine", "real bot"):
        one = report["results"][key]
        held = one["turns_per_second"] >= bench.TURNS_PER_SECOND and one["p99_us"] <= bench.P99
        times = report["results"]["rivescript"]["engine_is_times"]
        beside = f"; {times} × RiveScript in the same run" if key == "engine" else ""
        figures = f"{one['name']}: {one['turns_per_second']} turns/s, p99 {one['p99_us']} µs{beside}"
        yield Proof("P13", figures, held or key != "engine")


# P21: anything at all (tests/nasty.py) --------------------------------------------------------------------------------


def anything(scale: float) -> Iterator[Proof]:
    """A hundred thousand inputs: no exception, nothing of them comes back, never too long, always a way to help."""
    script, faults = load(), Faults()
    bot, taint, fuzz = Bot(script, lambda: NOW), Taint(script), Fuzz(script, Random(21))
    made = back = long = bare = longest = 0
    for token, event in islice(fuzz, round(100_000 * scale)):
        answer = bot.answer(token, event)
        fuzz.learn(answer)
        text, screen = shown(answer), answer.turn.screen
        made += 1
        longest = max(longest, len(text))
        long += len(text) > 4096
        back += _reflected(taint, token, event, text)
        bare += not (
            answer.turn.erased or screen.bar.emergency or {n.id for n in screen.numbers} >= {"17", "112", "114"}
        )
    figures = (
        f"{made} inputs: {faults.count} exceptions, {back} reflected, {long} over 4096 characters (longest {longest})"
    )
    yield Proof("P21", f"{figures}, {bare} without a way to help", not (faults.count + back + long + bare))


def _reflected(taint: Taint, token: str, event: Event, text: str) -> bool:
    return taint.reflected(said(event), text) is not None or taint.reflected(token, text) is not None


# P22: places and the nearest ------------------------------------------------------------------------------------------


def nearest(scale: float) -> Iterator[Proof]:
    """Every commune by every way it is written, then the nearest open service among a hundred thousand."""
    places = content.places(ROOT)
    every = [place for place in places if place.insee == place.commune]
    step = max(1, round(1 / scale))
    ways: dict[str, Callable[[Place], str]] = {
        "name": lambda place: place.name,
        "without accents": lambda place: fold(place.name),
        "name and postcode": lambda place: f"{place.postcodes[0]} {place.name}" if place.postcodes else place.name,
        "name and département": lambda place: f"{place.name} ({place.departement})",
        "postcode": lambda place: place.postcodes[0] if place.postcodes else place.name,
    }
    for way, write in ways.items():
        found = sum(_leads(places, write(place), place.insee) for place in every[::step])
        yield Proof("P22", f"communes found by {way}: {share(found, len(every[::step]))}", found == len(every[::step]))
    former = [(old, row[0]) for row in _rows() if len(row) == 8 for old in row[7].split(";")]
    present = {place.name for place in every}
    alone = [(old, insee) for old, insee in former if old not in present][::step]
    found = sum(_leads(places, old, insee) for old, insee in alone)
    yield Proof("P22", f"communes found by a former name: {share(found, len(alone))}", found == len(alone))
    chance = Random(22)
    names = [(fold(place.name), place.insee) for place in every] + [(fold(old), insee) for old, insee in former]
    yield from _mistakes(places, names, step, chance)
    yield from _nearest_service(places, chance, scale)
    yield _weight()
    yield _hours(round(10_000 * scale))


def _hours(asked: int) -> Proof:
    """Compare our hours with those of opening_hours.js (tests/hours)."""
    if why := witness.missing():
        return Proof("P22", f"hours: not measured: {why}", False)
    differences, left_out = witness.compared(load().directory, asked)
    same = share(asked - left_out - len(differences), asked - left_out)
    first = f"; first: {differences[0]}" if differences else ""
    figures = f"hours as opening_hours.js says them, and their next change: {same}; left out: {left_out}{first}"
    return Proof("P22", figures, not differences)


def _rows() -> list[list[str]]:
    return [line.split("\t") for line in (ROOT / "knowledge" / "places.tsv").read_text("utf-8").splitlines()]


def _leads(places: Places, typed: str, insee: str) -> bool:
    return any(insee in (place.insee, place.commune) for place in places.find(typed).places)


def _mistakes(places: Places, names: list[tuple[str, str]], step: int, chance: Random) -> Iterator[Proof]:
    """Make each of four mistakes in every name of four letters or more, present or former, and tell where it leads."""
    every = frozenset(name for name, _ in names) | {fold(place.name.partition("(")[0]) for place in places}
    typed = [
        (text, insee)
        for name, insee in names[::step]
        if len(name.replace(" ", "")) >= SHORTEST
        for mistake in (_added, _missing, _changed, _swapped)
        if (text := fold(mistake(name, chance))) != name
    ]
    led: Counter[str] = Counter()
    laps = []
    for text, insee in typed:
        began = time.thread_time()
        found = places.find(text).places
        laps.append(time.thread_time() - began)
        led[_led(places, text, insee, found, every)] += 1
    lost = led.pop("lost", 0)
    told = "; ".join(f"{way}: {share(led[way], len(typed))}" for way in LED)
    figures = f"one letter added, missing, changed or swapped in a name: {told}; lost: {lost}"
    yield Proof("P22", figures, lost == 0)
    p99 = 1000 * statistics.quantiles(laps, n=100)[98]
    figures = f"to read such a mistake: median {1000 * statistics.median(laps):.2f} ms, p99 {p99:.2f} ms"
    yield Proof("P22", figures, p99 <= 1)


LED = (
    "led straight to the commune",
    f"among the {MOST_CHOICES} that a screen offers",
    "more names as near, and offered once the département is added",
    "not decidable, the name of another commune to the letter",
    "not decidable, the very words of a town",
    "not decidable, ordinary words or a département",
)


def _led(places: Places, typed: str, insee: str, found: Sequence[Place], names: frozenset[str]) -> str:
    """Tell which of LED a name with a mistake led to; « lost » is another commune, or none, for no good reason."""
    codes = [place.commune for place in found]
    if codes == [insee]:
        return LED[0]
    if insee in codes[:MOST_CHOICES]:
        return LED[1]
    if {typed, expand(typed)} & names:
        return LED[3]
    if insee in codes:
        place = places.get(insee)
        again = places.find(f"{typed} {place.departement}").places if place else ()
        return LED[2] if insee in [one.commune for one in again[:MOST_CHOICES]] else "lost"
    if any(place.population >= 5000 and says(fold(place.name), typed) for place in found):
        return LED[4]
    lands = {bare(fold(name)) for place in places for name in (place.departement_name, place.region)}
    return LED[5] if refused(expand(typed)) or bare(typed) in lands else "lost"


def _letter(name: str, chance: Random) -> int:
    return chance.choice([at for at, letter in enumerate(name) if letter != " "])


def _added(name: str, chance: Random) -> str:
    at = _letter(name, chance) + chance.randrange(2)
    return name[:at] + chance.choice(ascii_lowercase) + name[at:]


def _missing(name: str, chance: Random) -> str:
    at = _letter(name, chance)
    return name[:at] + name[at + 1 :]


def _changed(name: str, chance: Random) -> str:
    at = _letter(name, chance)
    return name[:at] + chance.choice(ascii_lowercase) + name[at + 1 :]


def _swapped(name: str, chance: Random) -> str:
    pairs = [at for at in range(len(name) - 1) if " " not in name[at : at + 2]]
    if not pairs:
        return name
    at = chance.choice(pairs)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _nearest_service(places: Places, chance: Random, scale: float) -> Iterator[Proof]:
    """Ask for anybody, anywhere, at any minute of two years; compare a few answers with looking at every service.

    Times are of the processor: on a busy machine the clock on the wall, printed too, mostly measures the others.
    """
    began = time.process_time()
    directory = nationwide.build(places, 100_000)
    built, everywhere = time.process_time() - began, [place for place in places if place.located]
    gc.collect()
    gc.freeze()  # as a server does once its content is read

    def ask(limit: int, groups: tuple[str, ...]) -> tuple[Query, datetime]:
        where = chance.choice([chance.choice(everywhere), *nationwide.communes(places, chance, 1)])
        audience, topic = chance.choice(AUDIENCES), chance.choice([None, *TOPICS])
        minute = timedelta(minutes=chance.randrange(2 * 365 * 24 * 60))
        return Query("france", where, audience, topic, groups, limit), NOW.astimezone(UTC) + minute

    wanted = (*GROUPS, *KINDS)
    one = [ask(1, (chance.choice(wanted),)) for _ in range(round(4000 * scale))]
    lists = [ask(3, ()) for _ in range(round(2000 * scale))]
    compared = [*one[: round(60 * scale)], *lists[: round(60 * scale)]]
    wrong = sum(
        [hit.service.id for hit in search(directory, *question)] != reference.search(directory, *question)
        for question in compared
    )
    total = f"{len(directory.index.services):,}".replace(",", " ")
    figures = f"nearest open fitting service among {total}: {len(compared)} answers compared with all of them"
    yield Proof("P22", f"{figures}, {wrong} wrong; drawn and indexed in {built:.1f} s", wrong == 0)
    for name, questions in (("one kind or group", one), ("the three best of all groups", lists)):
        p50, p99, wall = _timed(directory, questions)
        figures = (
            f"{name}, {len(questions)} questions: median {p50:.2f} ms, p99 {p99:.2f} ms (on the wall {wall:.2f} ms)"
        )
        yield Proof("P22", figures, (p99 if questions is one else p50) <= 1)
    gc.unfreeze()


def _timed(directory: Directory, questions: Sequence[tuple[Query, datetime]]) -> tuple[float, float, float]:
    """Return the median and the p99 of searches in milliseconds of processor, then the p99 on the wall."""
    laps, walls = [], []
    for question in questions:
        began, wall = time.thread_time(), time.perf_counter()
        search(directory, *question)
        laps.append(1000 * (time.thread_time() - began))
        walls.append(1000 * (time.perf_counter() - wall))
    p99 = len(laps) * 99 // 100
    return statistics.median(laps), sorted(laps)[p99], sorted(walls)[p99]


_WEIGH = """
from pathlib import Path
from bot.commands import load
from tests import nationwide
script = load()
kept = nationwide.build(script.directory.places, 20_000)
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


def _weight() -> Proof:
    """Return what a process weighs at most with the content that ships and 20 000 more services."""
    done = subprocess.run([sys.executable, "-c", _WEIGH], cwd=ROOT, capture_output=True, text=True, check=True)
    megabytes = int(done.stdout) / 1024
    return Proof("P17", f"content and a directory of 20 000 services more: {megabytes:.0f} MB", megabytes <= 150)


# Telegram (tests/channels/at_scale.py) --------------------------------------------------------------------------------


def on_telegram(promise: str) -> Callable[[float], Iterator[Proof]]:
    """Return what measures a promise on a real process and a stand-in for Telegram."""

    def prove(scale: float) -> Iterator[Proof]:
        yield Proof(promise, *at_scale.measure(promise, scale))

    return prove


# The table ------------------------------------------------------------------------------------------------------------

PROOFS: dict[str, Callable[[float], Iterator[Proof]]] = {
    "walk": walked,
    "P7": numbers,
    "P8": right_to_left,
    "P12": reloaded,
    "P13": speed,
    "P21": anything,
    "P22": nearest,
    **{promise: on_telegram(promise) for promise in at_scale.MEASURES},
}


def main(arguments: Sequence[str]) -> int:
    """Print a line a promise as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description="Measure the promises at scale.")
    parser.add_argument(
        "promises", nargs="*", help=f"only these: {', '.join(PROOFS)} (walk: P1, P6, P9, P10, P11, P23)"
    )
    parser.add_argument("--scale", type=float, default=1.0)
    options = parser.parse_args(arguments)
    unknown = set(options.promises) - set(PROOFS)
    if unknown:
        parser.error(f"not measured here: {', '.join(sorted(unknown))}; known: {', '.join(PROOFS)}")
    print(" · ".join(f"{key} {value}" for key, value in bench.machine().items()), flush=True)
    all_held = True
    for name, prove in PROOFS.items():
        if options.promises and name not in options.promises:
            continue
        began = time.perf_counter()
        for proof in prove(options.scale):
            all_held &= proof.held
            mark = "held    " if proof.held else "NOT HELD"
            print(f"{proof.promise:<4}{mark} {proof.figures}", flush=True)
        print(f"            ({time.perf_counter() - began:.0f} s)", flush=True)
    return 0 if all_held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
