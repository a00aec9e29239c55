"""What tests of several folders share: the shipped content, compiled once, and a conversation in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from bot import commands
from tests.journeys.talking import Here

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.engine.script import Script

# A busy machine is not a slow program: tests of speed say so.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --update` writes the golden transcripts again: read the difference before it is committed."""
    parser.addoption("--update", action="store_true", help="récrire tests/transcripts/*.txt")


@pytest.fixture(scope="session")
def script() -> Script:
    """Return the shipped flows, knowledge and catalogues, compiled."""
    return commands.load()


@pytest.fixture(scope="session")
def talk(script: Script) -> Callable[[str | None, str, str], Here]:
    """Return what opens a conversation: `talk(area, "2026-11-24T23:15", "fr")`, then `.open()` and `.write(line)`."""
    return lambda area, at, locale="fr": Here(script, area, at, locale)
