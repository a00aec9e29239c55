"""The channel against a real homeserver, for tests: an account made ready once, and a bot that can be started again."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.app import Bot
from bot.channels.matrix import Matrix, set_up
from tests.matrix.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bot.engine.script import Script
    from tests.matrix.synapse import Synapse, User

PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class Account:
    """The bot's account: who it is on the server, and its keys, which outlive each start."""

    user: User
    keys_file: str

    @property
    def user_id(self) -> str:
        return self.user.user_id


async def account(hs: Synapse, folder: Path | None = None, *, name: str = "infos") -> Account:
    """Register a bot and set it up, as an operator does with `repere matrix setup`."""
    user = await hs.user(name)
    keys_file = (folder or hs.folder) / f"{user.name}.keys"
    await set_up(hs.url, user.user_id, "Infos pratiques", password=user.password, keys_file=str(keys_file))
    return Account(user, str(keys_file))


class Running:
    """A channel that lives in this loop; a new one on the same account is a restart."""

    def __init__(
        self, hs: Synapse, script: Script, on: Account, clock: Callable[[], datetime] | None = None, *, token: str = ""
    ) -> None:
        self.said: list[str] = []
        self.account, self.user_id = on, on.user_id
        self.bot = Bot(script, clock or (lambda: datetime.now(PARIS)))
        password = "" if token else on.user.password
        self.channel = Matrix(
            self.bot, hs.url, on.user_id, self.said.append, password=password, token=token, keys_file=on.keys_file
        )
        self._stop = asyncio.Event()
        self.task = asyncio.create_task(self.channel.run(self._stop))

    async def ready(self) -> None:
        """Wait until the bot says that it is ready."""
        async with asyncio.timeout(30):
            while not any("prêt" in sentence for sentence in self.said):
                if self.task.done():
                    self.task.result()
                await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Ask it to stop, and wait."""
        self._stop.set()
        await asyncio.wait_for(self.task, 6)


@contextlib.asynccontextmanager
async def running(
    hs: Synapse,
    script: Script,
    on: Account | None = None,
    clock: Callable[[], datetime] | None = None,
    *,
    token: str = "",
) -> AsyncIterator[Running]:
    """Give a channel that answers, stopped on the way out; on an account of its own unless told of one."""
    bot = Running(hs, script, on or await account(hs), clock, token=token)
    try:
        await bot.ready()
        yield bot
    finally:
        await bot.stop()


@contextlib.asynccontextmanager
async def behind(hs: Synapse, script: Script) -> AsyncIterator[tuple[Proxy, Running]]:
    """Give a bot behind a network of which the test decides."""
    on = await account(hs)
    async with Proxy(hs) as proxy, running(proxy, script, on) as bot:
        yield proxy, bot
        proxy.heal()
