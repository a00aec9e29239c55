"""What a message means beyond its words: learnt from the phrases of `knowledge/phrases/`, deterministic, on the spot.

A message is looked at in two ways: its pieces (`bot.understand.letters`), which stand spelling of any kind, and a
vector of its meaning, in which « he is banging on the door » lies near « il tape à la porte ». Two judges then add up:

- weights: for each label (a topic, danger, an audience, a language), every piece and every number of the vector weighs
  for or against it;
- the phrases that are nearest to the message, each of which speaks for its own labels.

`scripts/learn.py` found the weights once. They travel in `knowledge/learnt.npz`, with the hash of the phrases.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.directory.kinds import AUDIENCES, TOPICS
from bot.understand.letters import ends, pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

MOST = 3
"""Topics of one message."""

NEAREST = 40
"""Phrases that speak for their labels; `NEARER` is how much the first is heard above the last."""
NEARER = 0.2
ALIKE = 3.5
"""How much pieces in common count beside vectors that are near."""

HEAPS, SHARED = 16, 0.15
"""Where the nearest are looked for: in so many heaps of phrases, those whose middle is nearest, and among the phrases
that share so much with the message. To look at them all would take longer than all the rest."""

SOFT, HEARD, LEAST = 0.35, 0.6, 0.01
"""Between the judges of topics and audiences: how far apart scores of weights are taken to be, how much the nearest
phrases count, and what is granted to a label that none of them bears."""

ALARM, GRAVE = 2.0, 0.2
"""For danger: how much the share of nearest phrases that tell of it counts, and how grave the topics usually are."""


@dataclass(frozen=True, slots=True)
class Sense:
    """What a message is about. `danger` grows with its signs; scores of topics go from 0 to 1."""

    danger: float
    audience: str | None
    topics: tuple[tuple[str, float], ...]
    language: str


SMALL = ("pieces", "steps", "bias", "phrases", "heap", "starts", "holders", "topics", "audiences", "dangers")
HALVED = ("rarity", "grave", "vector", "middle", "axes", "heaps", "lengths")


@dataclass(frozen=True, slots=True)
class Learnt:
    """Weights, a column for each label, and the phrases.

    `labels` are « topic couple », « audience victime », « language fr », « danger »; `digest` is that of the files.
    Weights: `pieces`, a row a piece, small integers to be multiplied by `steps`; `vector`, a row for each number of the
    vector; `bias`. `rarity` weighs a piece by how rare it is, `grave` a topic by how often it comes with danger (log
    odds). Phrases: their vectors, shortened by `middle` and `axes`,
    in 127ths; `heap`, the heap of each, and `heaps`, the middle of each heap; `lengths`, those of their pieces; the
    labels that each bears, as columns. Those that hold a piece are `holders`, from `starts[piece]` on.
    """

    labels: tuple[str, ...]
    digest: str
    rarity: Vector
    grave: Vector
    pieces: NDArray[np.int8]
    steps: Vector
    vector: Vector
    bias: Vector
    middle: Vector
    axes: Vector
    phrases: NDArray[np.int8]
    heap: NDArray[np.uint8]
    heaps: Vector
    lengths: Vector
    topics: NDArray[np.uint8]
    audiences: NDArray[np.uint8]
    dangers: NDArray[np.bool_]
    starts: NDArray[np.int32]
    holders: NDArray[np.uint16]

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
    """The phrases, by piece and by vector: which are nearest to a message, and what labels they bear."""

    def __init__(self, learnt: Learnt) -> None:
        self._learnt = learnt
        self._heaps = [np.flatnonzero(learnt.heap == heap) for heap in range(len(learnt.heaps))]
        self._shares = 1 / learnt.lengths
        self._alarm = learnt.labels.index("danger ")

    def speak(self, vector: Vector, found: Sequence[int], weights: Vector) -> Vector:
        """Return the share of the nearest phrases that bear each label."""
        short = shorten(vector, self._learnt.middle, self._learnt.axes)
        nearest_heaps = np.argpartition(-(self._learnt.heaps @ short), HEAPS)[:HEAPS]
        common = self._in_common(found, weights) if found else np.zeros(len(self._learnt.lengths), np.float32)
        looked = common > SHARED
        for heap in nearest_heaps:
            looked[self._heaps[heap]] = True
        rows = np.flatnonzero(looked)
        near = self._learnt.phrases[rows] @ (short / 127) + ALIKE * common[rows]
        best = np.argpartition(-near, NEAREST)[:NEAREST]
        first, near = rows[best], near[best]
        heard = np.exp((near - near.max()) / NEARER)
        heard /= heard.sum()
        said = np.bincount(self._learnt.topics[first], heard, len(self._learnt.labels))
        said += np.bincount(self._learnt.audiences[first], heard, len(self._learnt.labels))
        said[self._alarm] = heard[self._learnt.dangers[first]].sum()
        return said.astype(np.float32)

    def _in_common(self, found: Sequence[int], weights: Vector) -> Vector:
        """Return how much each phrase shares with a message, from 0 to 1."""
        starts = self._learnt.starts[found]
        counts = self._learnt.starts[np.asarray(found, np.intp) + 1] - starts
        before = np.cumsum(counts) - counts
        places = np.arange(counts.sum()) + np.repeat(starts - before, counts)
        holders = self._learnt.holders[places]
        shared = np.repeat(weights * self._learnt.rarity[found], counts)
        return (np.bincount(holders, shared, len(self._shares)) * self._shares).astype(np.float32)


class Meaning:
    """Tells what messages mean; `encode` turns a text into its vector."""

    def __init__(self, learnt: Learnt, encode: Callable[[str], Vector]) -> None:
        self._learnt, self._encode = learnt, encode
        self._neighbours = Neighbours(learnt)
        place = {label: column for column, label in enumerate(learnt.labels)}
        self._topics = np.array([place[f"topic {name}"] for name in TOPICS])
        self._audiences = np.array([place[f"audience {name}"] for name in ("", *AUDIENCES)])
        self._languages = {label.removeprefix("language "): n for label, n in place.items() if "language" in label}
        self._danger = place["danger "]

    def taught(self, learnt: Learnt) -> Meaning:
        """Return the same, from other phrases."""
        return self if learnt.digest == self._learnt.digest else Meaning(learnt, self._encode)

    def of(self, text: str) -> Sense:
        """Return what a message means. The same text always means the same."""
        learnt, found = self._learnt, pieces(text)
        vector = readable(text, self._encode)
        weights = learnt.rarity[found]
        weights = weights / np.sqrt(weights @ weights + 1e-9)
        scores = vector @ learnt.vector + learnt.bias
        if found:
            scores += weights @ learnt.pieces[found] * learnt.steps
        said = self._neighbours.speak(vector, found, weights)
        topics, audiences = (_judged(scores[of], said[of]) for of in (self._topics, self._audiences))
        ranked = np.argsort(-topics, kind="stable")[:MOST]
        return Sense(
            float(scores[self._danger] + ALARM * said[self._danger] + GRAVE * (topics @ learnt.grave)),
            ("", *AUDIENCES)[int(audiences.argmax())] or None,
            tuple((TOPICS[place], round(float(topics[place]), 3)) for place in ranked),
            max(self._languages, key=lambda name: (scores[self._languages[name]], name)),
        )


def shorten(vectors: Vector, middle: Vector, axes: Vector) -> Vector:
    """Return vectors in fewer numbers, of length 1."""
    short = (vectors - middle) @ axes
    return np.asarray(short / np.sqrt((short * short).sum(-1, keepdims=True) + 1e-9), np.float32)


def _judged(scores: Vector, said: Vector) -> Vector:
    """Return the chances of labels of which one is right, from both judges."""
    logs = (scores - scores.max()) / SOFT + HEARD * np.log(said + LEAST)
    chances = np.exp(logs - logs.max())
    return np.asarray(chances / chances.sum(), np.float32)


def readable(text: str, encode: Callable[[str], Vector]) -> Vector:
    """Return the vector of a message, written as what turns texts into vectors reads them best."""
    whole = ends(text).encode(errors="replace").decode()  # half an emoji, left by a message that was cut
    return encode(whole.lower().replace("’", "'"))


def digest(files: Mapping[str, str]) -> str:
    """Return the hash of phrase files, by path."""
    told = sha256()
    for path, text in sorted(files.items()):
        told.update(f"{path}\0{text}\0".encode())
    return told.hexdigest()
