"""A small neural network that reads a message in its order: « he did not hit me, he hit her » is no heap of words.

Its shape, and the weights it began from, are those of Google's multilingual Universal Sentence Encoder: chunks of words
as vectors, three convolutions side by side, dense layers. `scripts/tune.py` taught it our labels from the phrases of
`knowledge/phrases/`, then `scripts/narrow.py` taught a network half as wide to find what it finds: that one is read
here, from `knowledge/network.npz`. It only reads: it writes nothing, and the same text always gives the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

LOOKS = ((2, 0), (3, 1), (5, 2))
"""What each convolution sees at once: how many chunks, and how many of them before the middle one."""

LOUD = 10.0
"""The length given to each of the two vectors that the labels are read from."""

FLAT, TINY = 1e-12, 1e-6
"""What keeps from dividing by nothing, where the network was taught: rows all alike, a vector of no length."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What was learnt.

    `labels` name the columns of « head ». `weights`, by the names of the layers: « in », « conv 2 0 », … « head », and
    « … bias ». `chunks`, the numbers of the chunks that moved, sorted; `moves`, a row for each, along `axes`.
    """

    labels: tuple[str, ...]
    weights: Mapping[str, Vector]
    chunks: NDArray[np.int32]
    moves: NDArray[np.float16]
    axes: Vector

    @classmethod
    def read(cls, data: bytes) -> Trained:
        """Read `knowledge/network.npz`. Raises KeyError or ValueError for a network of another shape."""
        with np.load(BytesIO(data), allow_pickle=False) as file:
            told = json.loads(bytes(file["told"]).decode())
            weights = {name: file[name].astype(np.float32) for name in told["layers"]}
            chunks, moves, axes = file["chunks"], file["moves"], file["axes"].astype(np.float32)
        read = weights["all"].shape[1] + weights["dense 1"].shape[1]
        if weights["head"].shape != (read, len(told["labels"])) or moves.shape != (len(chunks), len(axes)):
            raise ValueError("a network of another shape")
        return cls(tuple(told["labels"]), weights, chunks, moves, axes)

    def write(self) -> bytes:
        """Return the content of the file: the same for the same weights."""
        told = np.frombuffer(json.dumps({"labels": self.labels, "layers": [*self.weights]}).encode(), np.uint8)
        halved: dict[str, Any] = {name: layer.astype(np.float16) for name, layer in self.weights.items()}
        file = BytesIO()
        np.savez_compressed(
            file, told=told, chunks=self.chunks, moves=self.moves, axes=self.axes.astype(np.float16), **halved
        )
        return file.getvalue()


class Network:
    """Reads messages. `cut` turns a text into the numbers of its chunks, and their vectors (a row of 512 each)."""

    def __init__(self, trained: Trained, cut: Callable[[str], tuple[NDArray[np.int64], Vector]]) -> None:
        self.labels = trained.labels
        self._weights, self._cut = _ready(trained.weights), cut
        self._chunks, self._axes = trained.chunks.astype(np.int64), trained.axes
        still = np.zeros((1, trained.moves.shape[1]), np.float16)
        self._moves = np.concatenate([trained.moves, still])

    def read(self, text: str) -> Vector:
        """Return how much a text speaks for each label: before « danger », log odds; among topics, logs of shares."""
        found = np.concatenate([_loud(vector) for vector in self.found(text)])
        return np.asarray(found @ self._weights["head"] + self._weights["head bias"], np.float32)

    def found(self, text: str) -> tuple[Vector, Vector]:
        """Return what is found of a text, in two vectors; the labels are read from their directions."""
        chunks, vectors = self._cut(text)
        places = np.searchsorted(self._chunks, chunks)
        places[self._chunks[np.minimum(places, len(self._chunks) - 1)] != chunks] = len(self._chunks)
        vectors = vectors + self._moves[places].astype(np.float32) @ self._axes
        of = self._weights
        seen = vectors @ of["in"] + of["in bias"]
        seen *= 1 / np.sqrt(_squares(seen) + np.float32(FLAT))[:, None]
        seen *= of["in even"]
        seen += of["in even bias"]
        count, wide = len(vectors), seen.shape[1] // len(LOOKS)
        every = np.empty((count, vectors.shape[1] + seen.shape[1]), np.float32)
        every[:, : vectors.shape[1]] = vectors
        for branch, (size, before) in enumerate(LOOKS):
            own = seen[:, branch * wide : (branch + 1) * wide]
            once = _looked(own, of[f"conv {size} 0"], of[f"conv {size} 0 bias"], before)
            place = vectors.shape[1] + branch * wide
            every[:, place : place + wide] = _looked(once, of[f"conv {size} 1"], of[f"conv {size} 1 bias"], before)
        mean = every.mean(1)
        shares = 1 / np.sqrt(np.maximum(_squares(every) - mean * mean, 0) + np.float32(FLAT))
        sense = (shares @ every - shares @ mean) @ of["all"] + np.float32(count) * of["all bias"]
        sense /= np.sqrt(np.float32(count))
        return sense, _positive(sense @ of["past 1"] + _positive(sense @ of["dense 0"]) @ of["dense 1"])


def _ready(weights: Mapping[str, Vector]) -> dict[str, Vector]:
    """Return weights, what never changes worked out: « in » gives rows of mean 0, « all even » is within « all »."""
    ready = {name: layer for name, layer in weights.items() if not name.startswith("all even")}
    for name in ("in", "in bias"):
        ready[name] = weights[name] - weights[name].mean(-1, keepdims=True)
    ready["all"] = weights["all even"][:, None] * weights["all"]
    ready["all bias"] = weights["all even bias"] @ weights["all"] + weights["all bias"]
    return ready


def _looked(rows: Vector, weights: Vector, bias: Vector, before: int) -> Vector:
    """Return each row with what it shows beside its neighbours, `before` of them on its left; none beyond the ends."""
    count, wide = rows.shape
    size = len(weights) // wide
    beside = np.zeros((count + size - 1, wide), np.float32)
    beside[before : before + count] = rows
    shown = np.concatenate([beside[start : start + count] for start in range(size)], axis=1) @ weights
    shown += bias
    np.maximum(shown, 0, out=shown)
    shown += rows
    return np.asarray(shown)


def _squares(rows: Vector) -> Vector:
    """Return the mean of the squares of each row."""
    return np.asarray(np.einsum("ij,ij->i", rows, rows) / np.float32(rows.shape[1]))


def _positive(vector: Vector) -> Vector:
    return np.maximum(vector, 0)


def _loud(vector: Vector) -> Vector:
    return vector * np.float32(LOUD / np.sqrt(vector @ vector + TINY))
