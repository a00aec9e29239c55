"""A small neural network that reads a message in its order: « he did not hit me, he hit her » is no heap of words.

Its shape, and the weights it began from, are those of Google's multilingual Universal Sentence Encoder: chunks of words
as vectors, three convolutions side by side, dense layers. `scripts/tune.py` then taught it our labels from the phrases
of `knowledge/phrases/`: every weight moved a little, and so did the vectors of the chunks that phrases hold. What it
learnt travels in `knowledge/network.npz`. It only reads: it writes nothing, and the same text always gives the same.
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
WIDE = 256
"""Numbers of each convolution."""

LOUD = 10.0
"""The length given to each of the three vectors that the labels are read from."""

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
        """Read `knowledge/network.npz`."""
        with np.load(BytesIO(data), allow_pickle=False) as file:
            told = json.loads(bytes(file["told"]).decode())
            weights = {name: file[name].astype(np.float32) for name in told["layers"]}
            return cls(tuple(told["labels"]), weights, file["chunks"], file["moves"], file["axes"].astype(np.float32))

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
        self._weights, self._cut = trained.weights, cut
        self._chunks, self._axes = trained.chunks, trained.axes
        still = np.zeros((1, trained.moves.shape[1]), np.float16)
        self._moves = np.concatenate([trained.moves, still])

    def read(self, text: str) -> Vector:
        """Return how much a text speaks for each label: before « danger », log odds; among topics, logs of shares."""
        chunks, vectors = self._cut(text)
        places = np.searchsorted(self._chunks, chunks)
        places[self._chunks[np.minimum(places, len(self._chunks) - 1)] != chunks] = len(self._chunks)
        return self._labels(vectors + self._moves[places].astype(np.float32) @ self._axes)

    def _labels(self, vectors: Vector) -> Vector:
        of = self._weights
        seen = _even(vectors @ of["in"] + of["in bias"], of["in even"], of["in even bias"])
        found = [vectors]
        for branch, (size, before) in enumerate(LOOKS):
            own = seen[:, branch * WIDE : (branch + 1) * WIDE]
            once = _positive(_windows(own, size, before) @ of[f"conv {size} 0"] + of[f"conv {size} 0 bias"]) + own
            twice = _positive(_windows(once, size, before) @ of[f"conv {size} 1"] + of[f"conv {size} 1 bias"])
            found.append(twice + once)
        every = _even(np.concatenate(found, axis=1), of["all even"], of["all even bias"]).sum(0)
        count = np.float32(len(vectors))
        sense = (every @ of["all"] + count * of["all bias"]) / np.sqrt(count)
        first = _positive(sense @ of["dense 0"])
        second = _positive(sense @ of["past 1"] + first @ of["dense 1"])
        third = _positive(second @ of["dense 2"])
        whole = np.tanh(second @ of["past 3"] + third @ of["dense 3"])
        read = np.concatenate([_loud(sense), _loud(whole), _loud(second)])
        return np.asarray(read @ of["head"] + of["head bias"], np.float32)


def _positive(vector: Vector) -> Vector:
    return np.maximum(vector, 0)


def _even(rows: Vector, gains: Vector, bias: Vector) -> Vector:
    """Give every row the same mean and the same spread, then those that were learnt."""
    rows = rows - rows.mean(1, keepdims=True)
    spread = np.einsum("ij,ij->i", rows, rows)[:, None] / np.float32(rows.shape[1])
    return np.asarray(rows / np.sqrt(spread + np.float32(FLAT)) * gains + bias)


def _windows(rows: Vector, size: int, before: int) -> Vector:
    """Return each row beside its neighbours, `before` of them on its left; there is nothing beyond the ends."""
    count, width = rows.shape
    wide = np.zeros((count + size - 1, width), np.float32)
    wide[before : before + count] = rows
    return np.concatenate([wide[start : start + count] for start in range(size)], axis=1)


def _loud(vector: Vector) -> Vector:
    return vector * np.float32(LOUD / np.sqrt(vector @ vector + TINY))
