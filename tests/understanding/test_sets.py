"""The messages that judge: frozen, whole, and apart from one another."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from itertools import combinations

import pytest

from bot import content
from bot.text import fold
from bot.understand.phrases import read_phrases
from tests.understanding.sets import HERE, messages

FROZEN = {
    "reporting": "d74e927050e69d409623e7daa988ff3e1dda3c2d835df085ff63cf8dd2e45797",
    "reporting-2": "9dc78cb709058da86a0499906c30961decf9b627a0938baf6740ac33625736a8",
    "reporting-3": "bbc1dc9363efe23ebe8af11e07bc8d33ec406fbc5ee36423a5c8c26f11faaa9d",
    "reporting-4": "c22df2a4e3020be794fc3bd698ab97a6325673a870477ae68fd35663b85b89ca",
}
LEAST = {
    "reporting": {"fr": 6, "en": 3},
    "reporting-2": {"fr": 3, "en": 2},
    "reporting-3": {"fr": 3, "en": 1},
    "reporting-4": {"fr": 2, "en": 1},
}
"""Messages of each topic."""

LEARNT = {"'; DROP TABLE users; --", "🍕🍕🍕", "Mon mari me tape depuis des années."}
"""The three that are phrases too, but for capitals, accents and signs: it was seen once they were frozen."""

AUDIENCES = {"victime", "temoin", "professionnel", "auteur", "mineur", None}


@pytest.mark.parametrize("name", FROZEN)
def test_what_is_reported_on_never_changes(name: str) -> None:
    """A figure means something as long as nobody fits the messages to the program."""
    assert sha256((HERE / f"{name}.tsv").read_bytes()).hexdigest() == FROZEN[name]
    assert FROZEN[name] in (HERE / "README.md").read_text(encoding="utf-8")


def test_no_message_is_in_two_sets() -> None:
    """What was looked at while building judges nothing."""
    for one, other in combinations(("building", "unforeseen", *FROZEN), 2):
        assert not {message.text for message in messages(one)} & {message.text for message in messages(other)}


@pytest.mark.parametrize("name", ["unforeseen", *FROZEN])
def test_no_message_that_judges_was_learnt(name: str) -> None:
    """Whatever its capitals, accents and signs."""
    learnt = {fold(phrase.text) for phrase in read_phrases(content.phrases(content.root()), [])}
    assert {message.text for message in messages(name) if fold(message.text) in learnt} <= LEARNT


@pytest.mark.parametrize("name", FROZEN)
def test_every_topic_and_language_is_judged(name: str) -> None:
    """Each topic in French and in English, several messages of each; every language."""
    found = messages(name)
    assert {one.audience for one in found} == AUDIENCES
    assert {one.language for one in found} == {"fr", "en", "es", "pt", "ar", "uk", "tr"}
    for language, least in LEAST[name].items():
        topics = Counter(one.topics[0] for one in found if one.language == language)
        assert len(topics) == 28
        assert min(topics.values()) >= least
