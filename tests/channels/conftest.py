"""A fake that keeps nobody waiting, and the gestures of a person in one line: what the Telegram tests share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.channels import gate
from bot.channels.telegram import channel
from tests.botapi import Server
from tests.channels.telegram_bot import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.channels.telegram.chat import Chats
    from bot.engine.script import Script
    from tests.channels.telegram_bot import Running


@pytest.fixture
async def api() -> AsyncIterator[Server]:
    """Return a fake that never makes a hasty poller wait."""
    async with Server(calm=0.0, webhook_pause=0.001) as api:
        yield api


@pytest.fixture
async def bot(api: Server, script: Script) -> AsyncIterator[Running]:
    """Return a channel that answers on that fake, with the shipped content."""
    async with running(api, script) as bot:
        yield bot


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let new messages follow each other, and idle screens be looked at often: neither pace is what is tested."""
    monkeypatch.setattr(gate, "SECOND", 0.0)
    monkeypatch.setattr(channel, "_idle", _often)


async def _often(chats: Chats) -> None:
    while True:
        await asyncio.sleep(0.01)
        chats.idle()
