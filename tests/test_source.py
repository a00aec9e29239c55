"""Strict YAML: nothing is converted, nothing wins in silence, and each value knows where it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import At, Problem
from bot.source import Block, Items, Text, parse

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", params=[yaml.CSafeLoader, yaml.SafeLoader], autouse=True)
def loader(request: pytest.FixtureRequest) -> Iterator[None]:
    """Everything is played by both of the library's readers: the one in C is not in every wheel."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.source._Loader", request.param)
        yield


def read(text: str) -> tuple[object, list[Problem]]:
    problems: list[Problem] = []
    return parse(text, "flows/a.yml", problems), problems


@pytest.mark.parametrize(
    "value",
    ["10:00", "01000", "no", "yes", "null", "~", "1e3", "0x1F", "2024-11-15", "3919", "1_000", "on", ".inf", ""],
)
def test_nothing_is_converted(value: str) -> None:
    root, problems = read(f"a: {value}")
    assert isinstance(root, Block)
    assert root["a"] == value
    assert type(root["a"]) is Text
    assert problems == []


def test_each_value_knows_its_line_and_column() -> None:
    root, _ = read("a: un\nb:\n  - deux\n  - c: trois\n")
    assert isinstance(root, Block)
    assert root["a"].at == At("flows/a.yml", 1, 4)
    assert isinstance(root["b"], Items)
    assert root["b"].at == At("flows/a.yml", 3, 3)
    assert root["b"][1]["c"].at == At("flows/a.yml", 4, 8)
    assert root.place("b") == At("flows/a.yml", 2, 1)
    assert root.place("z") == root.at


def test_blocks_of_text_keep_their_lines() -> None:
    root, _ = read("a: |\n  Un.\n  Deux.\nb: >\n  Un\n  deux.\n")
    assert isinstance(root, Block)
    assert root["a"] == "Un.\nDeux.\n"
    assert root["b"] == "Un deux.\n"


def test_a_repeated_key_is_told_and_the_first_one_stays() -> None:
    root, problems = read("a: un\nb: deux\na: trois\n")
    assert isinstance(root, Block)
    assert root["a"] == "un"
    assert list(map(str, problems)) == ["flows/a.yml:3: « a » est écrit deux fois (déjà ligne 1) : gardez-en un seul"]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: b: c", 1, "mettez le texte entre guillemets"),
        ("a: 1\nb\nc: 2", 3, "il manque « : »"),
        ("a: 'un", 1, "un guillemet ou un crochet n'est pas fermé"),
        ("a: [un", 1, "le fichier ne se lit pas"),
        ("a:\n\t- b", 2, "tabulation"),
        ("a: un\n b: deux", 2, "mettez le texte entre guillemets"),
        ("a:\n  - un\n b", 3, "le fichier ne se lit pas"),
        ("a: un\n---\nb: deux", 2, "un seul document par fichier"),
        ("a: \x07", 0, "le fichier ne se lit pas"),
        ("a: \0", 0, "le fichier ne se lit pas"),
        ("a: &x\n  b: un", 1, "ne sont pas permis"),
        ("", 1, "le fichier est vide"),
        ("# rien\n", 1, "le fichier est vide"),
        ("a: &x un\nb: *x", 1, "les renvois YAML (« &x », « *x ») ne sont pas permis"),
        ("a: &x [*x]", 1, "ne sont pas permis"),
        ("a: *x", 1, "ne sont pas permis"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_line(text: str, line: int, said: str) -> None:
    root, problems = read(text)
    assert root is None
    assert said in problems[0].sentence, problems
    assert problems[0].at.line in (line, line + 1), problems


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: !!python/object:os.system x", "n'est pas permis ici"),
        ("a: !secret x", "« !secret » n'est pas permis ici"),
        ("[un, deux]: x", "une clé doit être un mot simple"),
        ("{a: b}: x", "une clé doit être un mot simple"),
    ],
)
def test_what_an_author_never_needs_is_refused_and_the_rest_is_read(text: str, said: str) -> None:
    root, problems = read(f"{text}\nz: fin\n")
    assert isinstance(root, Block)
    assert root["z"] == "fin"
    assert [said in one.sentence for one in problems] == [True]


def test_what_is_refused_is_all_told_at_once() -> None:
    root, problems = read("a: *x\nb: &y un\n---\nc: deux")
    assert root is None
    assert [one.at.line for one in problems] == [1, 2, 3]


@pytest.mark.parametrize(
    "text", ["\ufeffa: un", "%YAML 1.1\n---\na: un", "a: ! un", "a: !!str un", "---\na: un\n...\n", "? a\n: un"]
)
def test_what_means_the_same_is_read_the_same(text: str) -> None:
    assert read(text) == ({"a": "un"}, [])


def test_a_list_or_a_word_may_be_all_there_is() -> None:
    assert read("- un\n- deux")[0] == ["un", "deux"]
    assert read("un")[0] == "un"


def test_twenty_blocks_one_in_another_and_no_more() -> None:
    assert read("[" * 20 + "]" * 20)[1] == []
    (problem,) = read("[" * 21 + "]" * 21)[1]
    assert (problem.at.line, problem.at.column) == (1, 21)
    assert "plus de 20 blocs" in problem.sentence
    side_by_side = "[" + ",".join(["[[a], {b: c}]"] * 60) + "]"
    assert read(side_by_side)[1] == []


def test_a_mistake_has_its_column() -> None:
    assert read("a: un\nb: *x")[1][0].at == At("flows/a.yml", 2, 4)
    assert read("a: un\n  b: deux")[1][0].at == At("flows/a.yml", 2, 4)
    assert read("")[1][0].at == At("flows/a.yml", 1, 1)


def test_a_file_nested_without_end_is_a_problem_and_no_crash() -> None:
    root, problems = read("[" * 100_000)
    assert root is None
    assert problems
    deep, told = read("[" * 2000 + "]" * 2000)
    assert deep is None
    assert "plus de 20 blocs" in told[0].sentence


@given(st.text())
def test_any_text_is_read_or_told(text: str) -> None:
    root, problems = read(text)
    assert root is not None or problems


@given(st.text(alphabet="ab:-[]{}'\"|>&*!#,\n \t?%@`1", max_size=60))
def test_any_mess_of_signs_is_read_or_told(text: str) -> None:
    root, problems = read(text)
    assert root is not None or problems
