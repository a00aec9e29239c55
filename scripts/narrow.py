"""Teach a narrow network to find what the large one finds: the second half of `make tune`, twenty minutes.

Its half of the channels is the half that tells most. It reads the phrases, and as many made of the halves of two with
some chunks changed for any other: thus it follows the large network where no phrase is too, which labels alone do not
teach. It reads build/large.npz (`scripts.tune`) and writes knowledge/network.npz, which the bot reads three times as
fast as the large one; the form of the bot is compared with the one taught before anything is written.
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
from bot.understand.network import LOOKS, LOUD, Network, Trained
from bot.understand.phrases import read_phrases
from scripts.layers import (
    BATCH,
    LABELS,
    LONGEST,
    Weights,
    batches,
    channels,
    embedded,
    follow,
    forward,
    held,
    kept,
    labelled,
    side_by_side,
    split,
    surprise,
    ways,
)
from scripts.tune import LARGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDE = 128
"""Channels left of each convolution, of 256."""

WEIGHED = 1000
"""Phrases by which channels are told apart."""

ROUNDS = 5
"""Times that everything is read."""
SPEEDS = {"layers": 1e-3, "head": 1e-3, "head bias": 1e-3, "moves": 1e-3, "axes": 1e-3}
WARM, MOST = 0.03, 2.0
HIDDEN, DROPPED = 0.05, 0.1
"""As in `scripts.tune`, which hides more."""

ALIKE = 4.0
"""How much it counts to find the same vectors, beside the same labels."""
LABELLED = 0.5
"""Of the labels, the share that is those of the phrase; the rest is what the large network says."""

MADE, CHANGED = 40, 0.08
"""Most chunks of a phrase made of two, and share of them that is changed."""
CLOSE = 1e-2
"""Most that the two forms of the network may differ by, halved weights included."""

GONE = ("dense 2", "dense 3", "past 3")
"""The layers of `whole`, which only the large network has."""


def narrowed(layers: dict[str, Any], found: Any) -> dict[str, Any]:
    """Return the layers with the channels that tell most alone: those whose part in « all », `found`, varies most."""
    outside = layers["all"].shape[0] - layers["in"].shape[1]
    wide = layers["in"].shape[1] // len(LOOKS)
    tells = (np.asarray(found).std(0) * np.linalg.norm(layers["all"], axis=1))[outside:].reshape(len(LOOKS), wide)
    best = np.sort(np.argsort(-tells, axis=1)[:, :WIDE], axis=1)
    left = np.concatenate([branch * wide + own for branch, own in enumerate(best)])
    every = np.concatenate([np.arange(outside), outside + left])
    narrow = {name: layer for name, layer in layers.items() if name not in GONE}
    narrow |= {name: layers[name][..., left] for name in ("in", "in bias", "in even", "in even bias")}
    narrow |= {name: layers[name][every] for name in ("all even", "all even bias", "all")}
    for (size, _), own in zip(LOOKS, best, strict=True):
        beside = np.concatenate([place * wide + own for place in range(size)])
        for turn in (0, 1):
            name = f"conv {size} {turn}"
            narrow |= {name: layers[name][beside][:, own], f"{name} bias": layers[f"{name} bias"][own]}
    return narrow


def mixed(random: Any, chunks: Sequence[Any], count: int) -> Any:
    """Return the chunks of a phrase made of the beginning of one and the end of another, some changed for any other."""
    one, other = (chunks[random.integers(len(chunks))] for _ in range(2))
    begins, ends = one[: random.integers(1, len(one))], other[random.integers(1, len(other)) :]
    made = np.concatenate([begins, ends])[:MADE]
    changed = random.random(len(made)) < CHANGED
    changed[0] = changed[-1] = False  # the marks of where a message begins and, where it was not cut, ends
    return np.where(changed, random.integers(0, count, len(made)), made)


def read(large: Weights, table: Any, places: Any, chunks: Sequence[Any]) -> tuple[Any, Any]:
    """Return what the large network finds of phrases, a row each: the two vectors to find again, and what it says."""

    @jax.jit
    def some(large: Weights, table: Any, rows: Any, places: Any, there: Any) -> tuple[Any, Any]:
        parts = forward(large["layers"], embedded(large, table, rows, places), there)
        said = jnp.concatenate(parts, -1) @ large["head"] + large["head bias"]
        return jnp.concatenate([parts[0], parts[-1]], -1), said

    order = np.argsort([len(own) for own in chunks], kind="stable")
    told = []
    for start in range(0, len(order), BATCH):
        batch = [chunks[one] for one in order[start : start + BATCH]]
        rows, there = side_by_side(batch, -(-max(map(len, batch)) // 8) * 8)
        told.append([np.asarray(part, np.float16) for part in some(large, table, rows, places[rows], there)])
    back = np.argsort(order)
    vectors, said = (np.concatenate(parts)[back] for parts in zip(*told, strict=True))
    return vectors, said


def loss(weights: Weights, table: Any, batch: tuple[Any, ...], key: Any) -> Any:
    """Return how far the narrow network is from the large one and from the labels, with a part of it hidden."""
    chunks, places, there, vectors, said, share, *answers = batch
    hide, drop = jax.random.split(key)
    seen = embedded(weights, table, chunks, places)
    seen *= (jax.random.uniform(hide, chunks.shape) > HIDDEN)[..., None]
    ours = jnp.concatenate(forward(weights["layers"], seen, there), -1)
    left = ours * (jax.random.uniform(drop, ours.shape) > DROPPED) / (1 - DROPPED)
    ours_said = left @ weights["head"] + weights["head bias"]
    danger, topic, audience = split(said.astype(jnp.float32))
    theirs = jax.nn.sigmoid(danger), jax.nn.softmax(topic), jax.nn.softmax(audience)
    wrong = share * surprise(ours_said, held(*answers)) + (1 - share) * surprise(ours_said, theirs)
    return (wrong + ALIKE * ((ours - vectors.astype(jnp.float32)) ** 2).sum(-1) / LOUD**2).mean()


def differ(weights: Weights, table: Any, places: Any, phrases: Sequence[str], network: Network, cut: Chunks) -> float:
    """Return by how much the two forms of the network differ at most, on some phrases; NaN where one of them is."""
    some = phrases[:: max(1, len(phrases) // 50)]
    chunks = [cut.cut(text)[0] for text in some]
    rows, there = side_by_side(chunks, max(map(len, chunks)))
    ours = forward(weights["layers"], embedded(weights, table, rows, places[rows]), there)
    said = jnp.concatenate(ours, -1) @ weights["head"] + weights["head bias"]
    return float(np.max(np.abs(np.stack([network.read(text) for text in some]) - said)))


def main() -> int:
    """Teach, compare, write."""
    root, cut, random = content.root(), Chunks(), np.random.default_rng(0)
    large, taught = kept(LARGE)
    phrases = read_phrases(content.phrases(root), [])
    texts = [readable(phrase.text) for phrase in phrases]
    chunks = [cut.cut(text)[0][:LONGEST].astype(np.int32) for text in texts]
    known = np.union1d(taught, np.concatenate(chunks))
    moves = np.zeros((len(known), len(large["axes"])), np.float32)
    moves[np.searchsorted(known, taught)] = large["moves"]
    large = jax.tree_util.tree_map(jnp.asarray, large | {"moves": moves})
    places = np.full(len(cut), len(known), np.int32)
    places[known] = np.arange(len(known))
    table = jnp.asarray(cut.vectors(np.arange(len(cut))))

    everything = chunks + [mixed(random, chunks, len(cut)) for _ in chunks]
    vectors, said = read(large, table, places, everything)
    rows, there = side_by_side([chunks[one] for one in random.permutation(len(chunks))[:WEIGHED]], LONGEST)
    every, count = channels(large["layers"], embedded(large, table, rows, places[rows]), there)
    share = np.repeat(np.float32([LABELLED, 0]), len(chunks))
    answers = [np.concatenate([of, np.zeros_like(of)]) for of in labelled(phrases)]

    def drawn(order: Any) -> Iterator[tuple[Any, ...]]:
        full = batches(everything, order.permutation(len(everything)))
        order.shuffle(full)
        for most, some in full:
            rows, there = side_by_side([everything[one] for one in some], most)
            yield rows, places[rows], there, vectors[some], said[some], share[some], *(of[some] for of in answers)

    sense, second = large["layers"]["dense 0"].shape[0], large["layers"]["dense 1"].shape[1]
    begun = large | {
        "layers": narrowed(large["layers"], every / jnp.sqrt(count)),
        "head": np.concatenate([large["head"][:sense], large["head"][-second:]]),
    }
    way = ways(SPEEDS, steps=ROUNDS * (len(everything) // BATCH), warm=WARM, most=MOST)
    weights = follow(begun, table, way, loss, ROUNDS, drawn)
    layers = weights["layers"] | {"head": weights["head"], "head bias": weights["head bias"]}
    data = Trained(LABELS, layers, known.astype(np.int32), weights["moves"].astype(np.float16), weights["axes"]).write()
    apart = differ(weights, table, places, texts, Network(Trained.read(data), cut.cut), cut)
    if not apart <= CLOSE:
        print(f"Le réseau appris et celui du robot diffèrent ({apart:.3f}) : rien n'est écrit.")
        return 1
    Path(root, content.NETWORK).write_bytes(data)
    print(f"{len(phrases)} phrases, {len(known)} morceaux de mots : {len(data) >> 10} Ko. Lancez « make learn ».")
    return 0


if __name__ == "__main__":
    sys.exit(main())
