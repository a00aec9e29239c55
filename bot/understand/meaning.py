"""What a message means beyond its words: learnt from the phrases of `knowledge/phrases/`, deterministic, on the spot.

A message is looked at in two ways: its pieces (`bot.understand.letters`), which stand spelling of any kind, and as a
network reads it (`bot.understand.network`), in its order, in any of the languages. Three judges add up:

- weights: for each label (a topic, danger, an audience, a language), every piece weighs for or against it;
- the phrases that share most with the message, each of which speaks for its own labels;
- the network.

`scripts/learn.py` found the weights once, `scripts/tune.py` and `scripts/narrow.py` the network. They travel in
`knowledge/learnt.npz`, with the hash of the phrases, and in `knowledge/network.npz`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.directory.kinds import AUDIENCES, TOPICS
from bot.text import digits
from bot.understand.letters import ends, pieces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bot.understand.network import Network

    Vector = NDArray[np.float32]

MOST = 3
"""Topics of one message."""

NEAREST, NEARER = 40, 0.05
"""Most phrases that speak for their labels, and how much the first is heard above the last."""
AS_MUCH = 0.4
"""Of what the first shares with the message, the least that the others share."""

SOFT, LEAST = 0.35, 0.01
"""Between the judges of topics and audiences: how far apart scores of weights are taken to be, and what is granted to a
label that none of the nearest phrases bears."""

WEIGH, ALARM = 2.0, 5.0
"""For danger, beside the network: how much weights count, and the share of nearest phrases that tell of it."""


SAMPLE = "Où ça ? D'ŒUVRE, e\u0301té ١٥, 🆘 kızım; жінка"
"""A text whose pieces change when texts are folded or cut in another way: what was learnt is then of no use."""


@dataclass(frozen=True, slots=True)
class Sense:
    """What a message is about. `danger` grows with its signs; scores of topics go from 0 to 1."""

    danger: float
    audience: str | None
    topics: tuple[tuple[str, float], ...]
    language: str


SMALL = ("pieces", "steps", "bias", "topics", "audiences", "dangers", "starts", "holders")
HALVED = ("rarity", "lengths")


@dataclass(frozen=True, slots=True)
class Learnt:
    """Weights, a column for each label, and the phrases.

    `labels` are « topic couple », « audience victime », « language fr », « danger »; `digest` is that of the files.
    Weights: `pieces`, a row a piece, small integers to be multiplied by `steps`; `bias`. `rarity` weighs a piece by how
    rare it is. Phrases: `lengths`, those of their pieces; the labels that each bears, as columns. Those that hold a
    piece are `holders`, from `starts[piece]` on.
    """

    labels: tuple[str, ...]
    digest: str
    rarity: Vector
    pieces: NDArray[np.int8]
    steps: Vector
    bias: Vector
    lengths: Vector
    topics: NDArray[np.uint8]
    audiences: NDArray[np.uint8]
    dangers: NDArray[np.bool_]
    starts: NDArray[np.int32]
    holders: NDArray[np.unsignedinteger]

    @classmethod
    def read(cls, data: bytes) -> Learnt:
        """Read `knowledge/learnt.npz`."""
        with np.load(BytesIO(data), allow_pickle=False) as file:
            told = json.loads(bytes(file["told"]).decode())
            small: dict[str, Any] = {name: file[name] for name in SMALL}
            halved = {name: file[name].astype(np.float32) for name in HALVED}
        return cls(tuple(told["labels"]), told["digest"], **small, **halved)

    def write(self) -> bytes:
        """Return the content of the file: the same for the same weights."""
        told = np.frombuffer(json.dumps({"labels": self.labels, "digest": self.digest}).encode(), np.uint8)
        small = {name: getattr(self, name) for name in SMALL}
        halved = {name: getattr(self, name).astype(np.float16) for name in HALVED}
        file = BytesIO()
        np.savez_compressed(file, told=told, **small, **halved)
        return file.getvalue()


class Neighbours:
    """The phrases, by piece: which share most with a message, and what labels they bear."""

    def __init__(self, learnt: Learnt) -> None:
        self._learnt = learnt
        self._shares = 1 / learnt.lengths
        self._alarm = learnt.labels.index("danger ")

    def speak(self, found: Sequence[int], weights: Vector) -> Vector:
        """Return the share of the nearest phrases that bear each label; none speaks where no piece is shared."""
        said = np.zeros(len(self._learnt.labels), np.float32)
        if not found:
            return said
        common = self._in_common(found, weights)
        most = common.max()
        best = np.flatnonzero(common > AS_MUCH * most)
        if len(best) > NEAREST:
            best = best[np.argpartition(-common[best], NEAREST)[:NEAREST]]
        heard = np.exp((common[best] - most) / NEARER)
        heard /= heard.sum() or 1
        for of in (self._learnt.topics, self._learnt.audiences):
            said += np.bincount(of[best], heard, len(said)).astype(np.float32)
        said[self._alarm] = heard[self._learnt.dangers[best]].sum()
        return said

    def _in_common(self, found: Sequence[int], weights: Vector) -> NDArray[np.float64]:
        """Return how much each phrase shares with a message, from 0 to 1."""
        starts = self._learnt.starts[found]
        counts = self._learnt.starts[np.asarray(found, np.intp) + 1] - starts
        before = np.cumsum(counts) - counts
        places = np.arange(counts.sum()) + np.repeat(starts - before, counts)
        holders = self._learnt.holders[places]
        shared = np.repeat(weights * self._learnt.rarity[found], counts)
        return np.bincount(holders, shared, len(self._shares)) * self._shares


class Meaning:
    """Tells what messages mean."""

    def __init__(self, learnt: Learnt, network: Network) -> None:
        self._learnt, self._network = learnt, network
        self._neighbours = Neighbours(learnt)
        topics, audiences = [f"topic {name}" for name in TOPICS], [f"audience {name}" for name in ("", *AUDIENCES)]
        self._topics, self._audiences, (self._danger,) = (
            np.array([learnt.labels.index(label) for label in labels]) for labels in (topics, audiences, ["danger "])
        )
        self._read_topics, self._read_audiences, (self._read_danger,) = (
            np.array([network.labels.index(label) for label in labels]) for labels in (topics, audiences, ["danger "])
        )
        columns = enumerate(learnt.labels)
        self._languages = {label.removeprefix("language "): n for n, label in columns if "language" in label}

    def taught(self, learnt: Learnt) -> Meaning:
        """Return the same, from other phrases."""
        return self if learnt.digest == self._learnt.digest else Meaning(learnt, self._network)

    def of(self, text: str) -> Sense:
        """Return what a message means. The same text always means the same."""
        learnt, found = self._learnt, pieces(text)
        read = self._network.read(readable(text))
        weights = learnt.rarity[found]
        weights = weights / np.sqrt(weights @ weights + 1e-9)
        scores = learnt.bias + (weights @ learnt.pieces[found] * learnt.steps if found else 0)
        said = self._neighbours.speak(found, weights)
        topics = _judged(scores[self._topics], said[self._topics], read[self._read_topics])
        audiences = _judged(scores[self._audiences], said[self._audiences], read[self._read_audiences])
        ranked = np.argsort(-topics, kind="stable")[:MOST]
        return Sense(
            float(read[self._read_danger] + WEIGH * scores[self._danger] + ALARM * said[self._danger]),
            ("", *AUDIENCES)[int(audiences.argmax())] or None,
            tuple((TOPICS[place], round(float(topics[place]), 3)) for place in ranked),
            max(self._languages, key=lambda name: (scores[self._languages[name]], name)),
        )


def _judged(scores: Vector, said: Vector, read: Vector) -> Vector:
    """Return the chances of labels of which one is right, from the three judges."""
    logs = (scores - scores.max()) / SOFT + np.log(said + LEAST) + read - read.max()
    chances = np.exp(logs - logs.max())
    return np.asarray(chances / chances.sum(), np.float32)


def readable(text: str) -> str:
    """Return a message as the network was taught to read: without capitals, its ends only where it is very long."""
    whole = ends(text).encode(errors="replace").decode()  # half an emoji, left by a message that was cut
    return digits(whole.lower().replace("’", "'"))


def digest(files: Mapping[str, str]) -> str:
    """Return the hash of phrase files, by path, and of the way they are cut into pieces."""
    told = sha256(repr(pieces(SAMPLE)).encode())
    for path, text in sorted(files.items()):
        told.update(f"{path}\0{text}\0".encode())
    return told.hexdigest()
