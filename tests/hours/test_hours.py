"""The hours before opening_hours.js, the reference evaluator of OpenStreetMap, which is written by others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hours import witness

if TYPE_CHECKING:
    from bot.engine.script import Script

pytestmark = pytest.mark.slow


def test_hours_agree_with_the_reference_evaluator(script: Script) -> None:
    """Two thousand questions; `make prove` asks ten thousand."""
    if why := witness.missing():
        pytest.skip(why)
    differences, left_out = witness.compared(script.directory, 2000)
    assert differences == []
    assert left_out < 20
