"""Learn from the phrases: `make learn` reads knowledge/phrases/ and writes knowledge/learnt.npz.

One linear support vector machine for each label, over the pieces of a phrase. The network has its own weights: `make
tune`. What else was tried, and how it scored, stands in docs/understanding.md. scikit-learn serves here only, never in
the bot.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix, diags
from sklearn.svm import LinearSVC

from bot import content
from bot.directory.kinds import AUDIENCES, TOPICS
from bot.understand.letters import SIZE, pieces
from bot.understand.meaning import Learnt, digest
from bot.understand.phrases import Phrase, read_phrases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.errors import Problem

LENGTH = 2.0
"""Of the pieces of a phrase, taken together."""

COMMON = 0.005
"""Share of the phrases beyond which a piece brings none nearer: it would bring them all."""

TOPIC, DANGER, AUDIENCE, LANGUAGE = 0.2, 0.1, 0.1, 0.2
"""How closely each kind of label follows the phrases (C)."""


def matrix(texts: Sequence[str]) -> tuple[csr_matrix, np.ndarray]:
    """Return the pieces of texts, a row each, and the rarity of each piece."""
    found = [pieces(text) for text in texts]
    rows = np.repeat(np.arange(len(found)), [len(one) for one in found])
    columns = np.concatenate([np.asarray(one, int) for one in found])
    bare = csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), (len(texts), SIZE))
    held = np.asarray((bare > 0).sum(0)).ravel()
    rarity = np.log((1 + len(texts)) / (1 + held)).astype(np.float32)
    weighed = bare @ diags(rarity)
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(1)).ravel() + 1e-9)
    return (diags(1 / lengths) @ weighed).tocsr().astype(np.float32), rarity


def learn(phrases: Sequence[Phrase], told: str) -> Learnt:
    """Return the weights of every label."""
    letters, rarity = matrix([phrase.text for phrase in phrases])
    languages = sorted({phrase.language for phrase in phrases})
    tasks = (
        ("topic", list(TOPICS), [TOPICS.index(one.topic) for one in phrases], TOPIC),
        ("audience", ["", *AUDIENCES], [["", *AUDIENCES].index(one.audience or "") for one in phrases], AUDIENCE),
        ("danger", [""], [one.danger for one in phrases], DANGER),
        ("language", languages, [languages.index(one.language) for one in phrases], LANGUAGE),
    )
    labels, weights, biases = [], [], []
    for group, names, answers, closely in tasks:
        machine = LinearSVC(C=closely, random_state=0).fit(LENGTH * letters, answers)
        labels += [f"{group} {name}" for name in names]
        weights.append(machine.coef_)
        biases.append(machine.intercept_)
    found, bias = np.vstack(weights).T.astype(np.float32), np.concatenate(biases).astype(np.float32)
    found *= LENGTH
    steps = np.abs(found).max(0) / 127
    starts, holders, lengths = held(phrases, rarity)
    return Learnt(
        labels=tuple(labels),
        digest=told,
        rarity=rarity,
        pieces=np.round(found / steps).astype(np.int8),
        steps=steps,
        bias=bias,
        lengths=lengths,
        topics=np.array([labels.index(f"topic {phrase.topic}") for phrase in phrases], np.uint8),
        audiences=np.array([labels.index(f"audience {phrase.audience or ''}") for phrase in phrases], np.uint8),
        dangers=np.array([phrase.danger for phrase in phrases]),
        starts=starts,
        holders=holders,
    )


def held(phrases: Sequence[Phrase], rarity: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where the holders of each piece begin, the holders, and the length of the pieces of each phrase."""
    found = [np.array(pieces(phrase.text), np.intp) for phrase in phrases]
    lengths = np.array([np.sqrt((rarity[one] ** 2).sum() + 1e-9) for one in found], np.float32)
    columns = np.concatenate(found)
    rows = np.repeat(np.arange(len(found)), [len(one) for one in found])
    counts = np.bincount(columns, minlength=SIZE)
    counts[counts > COMMON * len(found)] = 0
    kept = counts[columns] > 0
    order = np.argsort(columns[kept], kind="stable")
    starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    return starts, rows[kept][order].astype(np.min_scalar_type(len(found))), lengths


def main() -> int:
    """Learn, and say how long it took."""
    began, root, problems = time.perf_counter(), content.root(), list["Problem"]()
    files = content.phrases(root)
    phrases = read_phrases(files, problems)
    for problem in problems:
        print(problem)
    if problems:
        return 1
    path = Path(root, content.LEARNT)
    path.write_bytes(learn(phrases, digest(files)).write())
    print(f"{len(phrases)} phrases apprises en {time.perf_counter() - began:.0f} s : {path.stat().st_size >> 10} Ko")
    return 0


if __name__ == "__main__":
    sys.exit(main())
