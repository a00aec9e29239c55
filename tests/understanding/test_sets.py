"""The messages that judge: frozen, whole, and apart from one another."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256

from tests.understanding.sets import HERE, messages

FROZEN = "d74e927050e69d409623e7daa988ff3e1dda3c2d835df085ff63cf8dd2e45797"
AUDIENCES = {"victime", "temoin", "professionnel", "auteur", "mineur", None}


def test_what_is_reported_on_never_changes() -> None:
    """A figure means something as long as nobody fits the messages to the program."""
    assert sha256((HERE / "reporting.tsv").read_bytes()).hexdigest() == FROZEN
    assert FROZEN in (HERE / "README.md").read_text(encoding="utf-8")


def test_no_message_is_in_both() -> None:
    """What was looked at while building judges nothing."""
    building, reporting = ({one.text for one in messages(name)} for name in ("building", "reporting"))
    assert not building & reporting
    assert len(building) + len(reporting) >= 400


def test_every_topic_and_language_is_judged() -> None:
    """Each topic in French and in English, several messages of each; every language."""
    found = messages("reporting")
    assert {one.audience for one in found} == AUDIENCES
    assert {one.language for one in found} == {"fr", "en", "es", "pt", "ar", "uk", "tr"}
    for language, least in (("fr", 6), ("en", 3)):
        topics = Counter(one.topics[0] for one in found if one.language == language)
        assert len(topics) == 28
        assert min(topics.values()) >= least
