"""The layers of the network for batches and slopes (JAX): those of `bot.understand.network`, of any width.

The large network has the layers of the encoder it begins from, `whole` included; the narrow one has no `whole`.
"""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from bot.directory.kinds import AUDIENCES, TOPICS
from bot.understand.network import FLAT, LOOKS, LOUD, TINY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bot.understand.phrases import Phrase

Weights = dict[str, Any]

LABELS = ("danger ", *(f"topic {name}" for name in TOPICS), *(f"audience {name}" for name in ("", *AUDIENCES)))

BATCH = 64
"""Phrases read at once."""
LONGEST = 96
LENGTHS = (0, 12, 20, 32, LONGEST)
"""Chunks read of a phrase; phrases of about the same length are read together."""

LAST = 0.02
"""Share of the speed that is left at the end."""
DOUBT_DANGER, DOUBT = 0.02, 0.05
"""How far from certain the answers are held to be: whoever wrote them may be wrong."""
WEIGHT_DANGER, WEIGHT_AUDIENCE = 1.5, 0.5
"""Beside the topic."""


def embedded(weights: Weights, table: Any, chunks: Any, places: Any) -> Any:
    """Return the vectors of chunks, each moved as its place among those that move says; beyond the last, none is."""
    count = len(weights["moves"])
    moves = jnp.where((places < count)[..., None], weights["moves"][jnp.minimum(places, count - 1)], 0.0)
    return table[chunks] + moves @ weights["axes"]


def channels(of: Weights, vectors: Any, there: Any) -> Any:
    """Return, of each phrase, the sum of all that was found of its chunks, and how many they are.

    `vectors` of each chunk of each phrase, `there` 0 beyond the end of one.
    """

    def even(rows: Any, name: str) -> Any:
        rows = rows - rows.mean(-1, keepdims=True)
        return rows * jax.lax.rsqrt((rows * rows).mean(-1, keepdims=True) + FLAT) * of[name] + of[f"{name} bias"]

    def windows(rows: Any, size: int, before: int) -> Any:
        beside = jnp.pad(rows, ((0, 0), (before, size - 1 - before), (0, 0)))
        return jnp.concatenate([beside[:, start : start + rows.shape[1]] for start in range(size)], -1)

    inside = there[..., None]
    seen = even(vectors @ of["in"] + of["in bias"], "in even") * inside
    wide, found = seen.shape[-1] // len(LOOKS), [vectors]
    for branch, (size, before) in enumerate(LOOKS):
        own = seen[..., branch * wide : (branch + 1) * wide]
        near, far = f"conv {size} 0", f"conv {size} 1"
        once = (jax.nn.relu(windows(own, size, before) @ of[near] + of[f"{near} bias"]) + own) * inside
        found.append(jax.nn.relu(windows(once, size, before) @ of[far] + of[f"{far} bias"]) + once)
    return (even(jnp.concatenate(found, -1), "all even") * inside).sum(1), there.sum(1)[:, None]


def forward(of: Weights, vectors: Any, there: Any) -> list[Any]:
    """Return the vectors that labels are read from: sense, whole if the network has it, second."""

    def loud(vector: Any) -> Any:
        return LOUD * vector * jax.lax.rsqrt((vector * vector).sum(-1, keepdims=True) + TINY)

    every, count = channels(of, vectors, there)
    sense = (every @ of["all"] + count * of["all bias"]) * jax.lax.rsqrt(count)
    second = jax.nn.relu(sense @ of["past 1"] + jax.nn.relu(sense @ of["dense 0"]) @ of["dense 1"])
    if "dense 3" not in of:
        return [loud(sense), loud(second)]
    whole = jnp.tanh(second @ of["past 3"] + jax.nn.relu(second @ of["dense 2"]) @ of["dense 3"])
    return [loud(sense), loud(whole), loud(second)]


def split(said: Any) -> tuple[Any, Any, Any]:
    """Return what is said of danger, of topics, of audiences."""
    return said[:, 0], said[:, 1 : 1 + len(TOPICS)], said[:, 1 + len(TOPICS) :]


def surprise(said: Any, right: Sequence[Any]) -> Any:
    """Return how wrong what is said of each phrase is; `right`: the chances of danger, of topics, of audiences."""
    found = split(said)
    return (
        WEIGHT_DANGER * optax.sigmoid_binary_cross_entropy(found[0], right[0])
        + optax.softmax_cross_entropy(found[1], right[1])
        + WEIGHT_AUDIENCE * optax.softmax_cross_entropy(found[2], right[2])
    )


def held(danger: Any, topic: Any, audience: Any) -> tuple[Any, Any, Any]:
    """Return what phrases are labelled, as chances: nothing is held certain."""

    def doubted(right: Any, count: int) -> Any:
        return optax.smooth_labels(jax.nn.one_hot(right, count), DOUBT)

    return (
        danger * (1 - 2 * DOUBT_DANGER) + DOUBT_DANGER,
        doubted(topic, len(TOPICS)),
        doubted(audience, len(AUDIENCES) + 1),
    )


def labelled(phrases: Sequence[Phrase]) -> tuple[Any, Any, Any]:
    """Return danger, topic and audience of each phrase, as numbers."""
    return (
        np.array([phrase.danger for phrase in phrases], np.float32),
        np.array([TOPICS.index(phrase.topic) for phrase in phrases]),
        np.array([["", *AUDIENCES].index(phrase.audience or "") for phrase in phrases]),
    )


def batches(chunks: Sequence[Any], order: Any) -> list[tuple[int, list[int]]]:
    """Return the phrases of each batch, and the chunks that the longest of them may have; what fills none is left."""
    full, open_ = [], dict[int, list[int]]()
    for phrase in order:
        most = next(most for least, most in pairwise(LENGTHS) if least < len(chunks[phrase]) <= most)
        open_.setdefault(most, []).append(phrase)
        if len(open_[most]) == BATCH:
            full.append((most, open_.pop(most)))
    return full


def side_by_side(chunks: Sequence[Any], most: int) -> tuple[Any, Any]:
    """Return chunks of phrases as rows of one length, and where there are any."""
    rows, there = np.zeros((len(chunks), most), np.int32), np.zeros((len(chunks), most), np.float32)
    for row, own in enumerate(chunks):
        rows[row, : len(own)], there[row, : len(own)] = own, 1
    return rows, there


def ways(speeds: Mapping[str, float], *, steps: int, warm: float, most: float) -> Any:
    """Return how each kind of weights follows its slope, faster and faster for a share of the steps, then slower."""
    speed = optax.warmup_cosine_decay_schedule(0, 1, int(warm * steps), steps, LAST)
    kinds = {
        name: optax.chain(optax.clip_by_global_norm(most), optax.adam(lambda step, own=own: own * speed(step), b2=0.99))
        for name, own in speeds.items()
    }
    return optax.multi_transform(kinds, {name: name for name in speeds})


def follow(
    weights: Weights,
    table: Any,
    way: Any,
    loss: Callable[..., Any],
    rounds: int,
    drawn: Callable[[Any], Iterator[tuple[Any, ...]]],
) -> Weights:
    """Return the weights after every round of `drawn` batches; `loss` is that of weights, `table`, a batch, a key.

    The weights given are used up.
    """
    random, key, state = np.random.default_rng(0), jax.random.PRNGKey(0), way.init(weights)

    def step(weights: Weights, state: Any, table: Any, batch: tuple[Any, ...], key: Any) -> Any:
        wrong, slope = jax.value_and_grad(loss)(weights, table, batch, key)
        change, state = way.update(slope, state, weights)
        return optax.apply_updates(weights, change), state, wrong

    fast, since = jax.jit(step, donate_argnums=(0, 1)), time.perf_counter()
    for turn in range(rounds):
        wrongs = []
        for batch in drawn(random):
            key, own = jax.random.split(key)
            weights, state, wrong = fast(weights, state, table, batch, own)
            wrongs.append(wrong)
        mean = float(np.mean(jax.device_get(wrongs)))
        print(f"{turn + 1}/{rounds} : écart {mean:.2f}, {time.perf_counter() - since:.0f} s", flush=True)
    return dict(jax.device_get(weights))


def keep(path: Path, weights: Weights, known: Any) -> None:
    """Write weights, and the numbers of the chunks that moved, for the next step."""
    path.parent.mkdir(exist_ok=True)
    layers = {f"layer {name}": layer for name, layer in weights["layers"].items()}
    rest = {name: weights[name] for name in ("head", "head bias", "moves", "axes")}
    np.savez(path, allow_pickle=False, labels=np.array(LABELS), known=known, **layers, **rest)


def kept(path: Path) -> tuple[Weights, Any]:
    """Return what was written. Raises ValueError for other labels than ours."""
    with np.load(path, allow_pickle=False) as file:
        if [*file["labels"]] != [*LABELS]:
            raise ValueError(f"{path} : d'autres sujets, ou dans un autre ordre ; relancez scripts.tune")
        layers = {name.removeprefix("layer "): file[name] for name in file.files if name.startswith("layer ")}
        return {"layers": layers} | {name: file[name] for name in ("head", "head bias", "moves", "axes")}, file["known"]
