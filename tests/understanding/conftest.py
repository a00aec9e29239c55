"""What is heard by meaning: loaded once, in a script of its own, so that other tests go on by words alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot import commands, content, encoder
from bot.app import Bot
from tests.engine.content import NOW

if TYPE_CHECKING:
    from bot.engine.script import Script
    from bot.understand.meaning import Meaning


@pytest.fixture(scope="session")
def meaning() -> Meaning:
    """Return what tells meaning, as it is shipped."""
    return encoder.load(content.root())


@pytest.fixture(scope="session")
def hearing(meaning: Meaning) -> Script:
    """Return the shipped content, with an ear that hears meaning."""
    script = commands.load()
    script.ear.meaning = meaning
    return script


@pytest.fixture(scope="session")
def bot(hearing: Script) -> Bot:
    """Return the conversation, on a Tuesday."""
    return Bot(hearing, lambda: NOW)
