"""A fake that does not make anybody wait, and what calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.botapi import Server
from tests.botapi.calling import Bot, calling

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def api() -> AsyncIterator[Server]:
    """Return a fake that never makes a hasty poller wait."""
    async with Server(calm=0.0, webhook_pause=0.001) as api:
        yield api


@pytest.fixture
async def bot(api: Server) -> AsyncIterator[Bot]:
    """Return what calls that fake."""
    async with calling(api) as bot:
        yield bot
