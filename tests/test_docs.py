"""What the code can do is written where people look: commands and settings in the README, the language in docs/."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from bot import config
from bot.commands import _parser
from bot.directory.kinds import AUDIENCES
from bot.directory.model import AreaFile, Number, Service
from bot.directory.reading import words
from bot.engine.shows import SHOWS
from bot.engine.steps import STEPS
from bot.engine.walk import INVARIANTS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
PAGES = [README, *(page.read_text("utf-8") for page in sorted((ROOT / "docs").glob("*.md")))]
STEP_WORDS = sorted({*STEPS, "use"})


def commands() -> dict[str, list[str]]:
    """Return the options of each command."""
    (chosen,) = (one for one in _parser()._actions if isinstance(one, argparse._SubParsersAction))
    return {
        name: [option for action in parser._actions for option in action.option_strings if option.startswith("--")]
        for name, parser in chosen.choices.items()
    }


@pytest.mark.parametrize("word", STEP_WORDS)
def test_every_step_word_is_in_the_readme_and_in_the_architecture(word: str) -> None:
    assert f"`{word}`" in README
    assert re.search(rf"\| `{word}: ", ARCHITECTURE), f"no row of the table for « {word} »"


@pytest.mark.parametrize("word", sorted({word for step in STEPS.values() for word in step.words} | {*SHOWS, "numbers"}))
def test_every_word_of_a_step_is_in_the_architecture(word: str) -> None:
    assert re.search(rf"[`:] ?{re.escape(word)}\b", ARCHITECTURE)


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_and_its_options_are_in_the_readme(command: str) -> None:
    (row,) = re.findall(rf"^\| `repere {command}\b.*$", README, re.MULTILINE) or [""]
    assert row, f"no row for `repere {command}`"
    assert [option for option in commands()[command] if option != "--help" and option not in row] == []


def test_no_command_is_promised_that_does_not_exist() -> None:
    promised = {name for page in PAGES for name in re.findall(r"\brepere ([a-z-]+)", page)}
    assert promised - set(commands()) == set()


@pytest.mark.parametrize("name", sorted(config.NAMES))
def test_every_setting_is_in_the_readme(name: str) -> None:
    assert f"`{name}`" in README


def test_no_setting_is_promised_that_does_not_exist() -> None:
    promised = {name for page in PAGES for name in re.findall(r"\bREPERE_[A-Z_]+", page)}
    assert promised - set(config.NAMES) == set()


def test_the_default_of_every_setting_is_the_one_told() -> None:
    for name, field in config.NAMES.items():
        default = getattr(config.Settings(), field)
        (row,) = [line for line in README.split("\n") if line.startswith("|") and f"`{name}`" in line]
        assert default == "" or f"`{default}`" in row, name


@pytest.mark.parametrize("target", re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
def test_what_make_does_is_said_somewhere(target: str) -> None:
    pages = [*PAGES, (ROOT / "CONTRIBUTING.md").read_text("utf-8"), (ROOT / "Makefile").read_text("utf-8")]
    assert any(f"make {target}" in page or re.search(rf"^{target}:.*## \w", page, re.MULTILINE) for page in pages)


@pytest.mark.parametrize("promise", INVARIANTS)
def test_every_promise_that_check_proves_is_told(promise: str) -> None:
    assert re.search(rf"^\| {promise} \|", README, re.MULTILINE)


@pytest.mark.parametrize("record", [Service, Number, AreaFile], ids=lambda record: record.__name__)
def test_every_word_of_the_directory_is_in_the_architecture(record: type) -> None:
    missing = [word for word in words(record) if not re.search(rf"(?<![\w-]){re.escape(word)}:", ARCHITECTURE)]
    assert missing == []


def test_every_audience_is_in_the_architecture() -> None:
    assert [audience for audience in AUDIENCES if audience not in ARCHITECTURE] == []


@pytest.mark.parametrize("page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]), ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    text = page.read_text("utf-8")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert [link for link in links if link and not page.parent.joinpath(link).exists()] == []
