"""The channel against the fake Bot API, for tests: the shipped content, one bot, and as many people as wanted."""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.app import Bot
from bot.channels.telegram import Telegram

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.engine.script import Script
    from tests.botapi import Call, Message, Person, Server

PARIS = ZoneInfo("Europe/Paris")


def bot_on(api: Server, script: Script) -> Bot:
    """Return a bot whose clock is the fake's: a test moves both."""
    return Bot(script, lambda: datetime.fromtimestamp(api.clock.now(), PARIS))


class Running:
    """A channel that lives in this loop. `stop` ends it as SIGTERM does, `kill` as `kill -9` does, nearly."""

    def __init__(self, api: Server, script: Script, webhook: str = "") -> None:
        self.said: list[str] = []
        self.channel = Telegram(bot_on(api, script), api.token, api.url, webhook, self.said.append)
        self._stop = asyncio.Event()
        self.task = asyncio.create_task(self.channel.run(self._stop))

    async def ready(self) -> None:
        """Wait until the bot says that it is ready."""
        async with asyncio.timeout(10):
            while not any("prêt" in sentence for sentence in self.said):
                if self.task.done():
                    self.task.result()
                await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Ask it to stop, and wait."""
        self._stop.set()
        done, _ = await asyncio.wait({self.task}, timeout=6)
        assert done, "it does not stop"
        self.task.result()


@contextlib.asynccontextmanager
async def running(api: Server, script: Script, webhook: str = "") -> AsyncIterator[Running]:
    """Give a channel that answers, stopped on the way out."""
    bot = Running(api, script, webhook)
    await bot.ready()
    try:
        yield bot
    finally:
        await bot.stop()


# What a person does, until the bot has dealt with it ----------------------------------------------------------------


async def opens(person: Person, payload: str = "") -> None:
    """Press « Start »."""
    await person.start(payload)
    await person.settled()


async def says(person: Person, *texts: str) -> None:
    """Write, one message after another."""
    for text in texts:
        await person.say(text)
        await person.settled()


async def presses(person: Person, *labels: str, on: int | None = None) -> None:
    """Press buttons, one after another; `on` is the message of the first."""
    for label in labels:
        await person.press(label, on)
        on = None
        await person.settled()


def only(person: Person) -> Message:
    """Return the one message that is seen, which is the bot's."""
    (message,) = person.visible
    assert message.from_bot
    return message


async def until(happens: Callable[[], bool], seconds: float = 5.0) -> float:
    """Wait until something is true; return how long it took."""
    began = time.monotonic()
    while not happens():
        assert time.monotonic() - began < seconds, f"nothing within {seconds} s"
        await asyncio.sleep(0.005)
    return time.monotonic() - began


async def sees(person: Person, words: str, seconds: float = 5.0) -> float:
    """Wait until a person sees some words; return how long it took."""
    return await until(lambda: person.screen is not None and words in person.screen.text, seconds)


def impatient(api: Server, retry_after: float) -> list[Call]:
    """Return the calls for a chat that came again before the end of a refusal, but those that were on their way."""
    refused = [call for call in api.calls if call.status == 429]
    return [
        later
        for first in refused
        for later in refused
        if later.chat_id == first.chat_id and first.at + 0.3 < later.at < first.at + retry_after
    ]
