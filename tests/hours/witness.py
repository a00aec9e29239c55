"""What opening_hours.js, the reference evaluator of OpenStreetMap, says of the same questions as we do."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from bot.directory.model import LastingHours
from bot.directory.schedule import HORIZON, SPAN, opening, past_midnight, tidy, zone
from tests.hours.expressions import STATES, Pair, pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.directory.model import Directory

FOLDER = Path(__file__).resolve().parent


class Answer(NamedTuple):
    """Open (None when it is not known), and when that ends or, closed, when it opens."""

    open: bool | None
    next: datetime | None


class Difference(NamedTuple):
    """A question answered in two ways; `theirs` is a sentence when the witness refuses the expression."""

    pair: Pair
    ours: Answer
    theirs: Answer | str


def missing() -> str:
    """Say why it cannot be asked here, or nothing."""
    if shutil.which("node") is None:
        return "node absent : opening_hours.js ne peut pas être interrogé"
    return "" if (FOLDER / "node_modules" / "opening_hours").is_dir() else "opening_hours.js absent : `make prepare`"


def compared(directory: Directory, count: int, seed: int = 22) -> tuple[list[Difference], int]:
    """Ask both sides the same questions; return those answered differently, and how many the witness cannot judge."""
    asked = list(pairs(Random(seed), known(directory), count))
    answers = [Difference(pair, answered(pair), theirs) for pair, theirs in zip(asked, witnessed(asked), strict=True)]
    judged = [one for one in answers if not _after_a_short_day(one)]
    return [one for one in judged if one.ours != one.theirs], len(answers) - len(judged)


def _after_a_short_day(one: Difference) -> bool:
    """Tell whether the Monday after the clocks went forward matters: the witness takes Saturday's night for Sunday's.

    It looks for what passes midnight twenty-four hours before, and that Sunday has only twenty-three.
    """
    if isinstance(one.theirs, str) or not any(map(past_midnight, SPAN.findall(one.pair.osm))):
        return False
    for moment in (one.pair.at, one.ours.next, one.theirs.next):
        today = moment and datetime.combine(moment.date(), time(), tzinfo=moment.tzinfo)
        yesterday = today and today - timedelta(days=1)
        if today and yesterday and today.timestamp() - yesterday.timestamp() < timedelta(days=1).total_seconds():
            return True
    return False


def known(directory: Directory) -> list[str]:
    """Return every expression of the directory."""
    every = [one for area in directory.areas.values() for one in area.services] + list(directory.numbers.values())
    return sorted({one.hours.osm for one in every if one.hours})


def answered(pair: Pair) -> Answer:
    """Return what we say."""
    hours = LastingHours(tidy(pair.osm, local=False, insee=pair.insee), "n.d.")
    said = opening(hours, (), pair.at, place_tz=zone(pair.insee))
    change = said.closes or said.next_opening
    return Answer(said.open, change if change and change.timestamp() <= _until(pair) else None)


def witnessed(asked: Sequence[Pair]) -> list[Answer | str]:
    """Return what the witness says, in one run: it keeps the expressions that it has read."""
    node = shutil.which("node")
    assert node
    lines = "".join(json.dumps(_question(pair)) + "\n" for pair in asked)
    done = subprocess.run([node, FOLDER / "evaluate.mjs"], input=lines, capture_output=True, text=True, check=True)
    return [_read(json.loads(line), pair) for line, pair in zip(done.stdout.splitlines(), asked, strict=True)]


def _question(pair: Pair) -> dict[str, object]:
    return {
        "expression": pair.osm,
        "state": STATES.get(pair.insee, ""),
        "zone": str(pair.at.tzinfo),
        "at": pair.at.timestamp(),
        "until": _until(pair),
    }


def _until(pair: Pair) -> float:
    """Return the end of the horizon, a week before ours: how a limit itself is counted is no matter."""
    return pair.at.timestamp() + (HORIZON - timedelta(days=7)).total_seconds()


def _read(said: dict[str, object], pair: Pair) -> Answer | str:
    if "refused" in said:
        return str(said["refused"])
    state = {"open": True, "close": False, "unknown": None}[str(said["now"])]
    change = said["next"]
    soon = state is not None and isinstance(change, int)
    return Answer(state, datetime.fromtimestamp(change, pair.at.tzinfo) if soon else None)
