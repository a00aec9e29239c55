"""Channels side by side, until the system asks to stop: who ends whom, and what is said of a fault."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from typing import TYPE_CHECKING

import pytest

from bot import commands, service
from bot.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SECRET = "a text that somebody typed"


class Channels:
    """Channels that write down what happens to them."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def lives(self, name: str, ending: float = 0.0) -> Callable[[asyncio.Event], Awaitable[None]]:
        async def run(stop: asyncio.Event) -> None:
            self.said.append(f"{name} began")
            await stop.wait()
            await asyncio.sleep(ending)
            self.said.append(f"{name} ended")

        return run

    def breaks(self, fault: BaseException, after: float = 0.0) -> Callable[[asyncio.Event], Awaitable[None]]:
        async def run(stop: asyncio.Event) -> None:
            await asyncio.sleep(after)
            raise fault

        return run


async def told(number: signal.Signals, running: asyncio.Task[None]) -> None:
    """Send a signal to this very program, once it listens."""
    await asyncio.sleep(0.01)
    os.kill(os.getpid(), number)
    await asyncio.wait_for(running, 5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_lets_every_channel_end_what_it_does(number: signal.Signals) -> None:
    channels = Channels()
    await told(number, asyncio.create_task(service.run([channels.lives("web"), channels.lives("telegram", 0.05)])))
    assert channels.said == ["web began", "telegram began", "web ended", "telegram ended"]


async def test_a_second_signal_does_not_cut_short_what_the_first_asked_for() -> None:
    channels = Channels()
    running = asyncio.create_task(service.run([channels.lives("telegram", 0.1)]))
    for _ in range(2):
        await asyncio.sleep(0.02)
        os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running, 5)
    assert channels.said == ["telegram began", "telegram ended"]


async def test_a_wrong_setting_of_one_channel_ends_all_and_is_said() -> None:
    channels = Channels()
    with pytest.raises(ConfigError, match="jeton"):
        await service.run([channels.lives("web", 0.02), channels.breaks(ConfigError("le jeton est refusé"))])
    assert channels.said == ["web began", "web ended"]


async def test_a_channel_that_ends_by_itself_leaves_the_others_alone() -> None:
    async def ends(stop: asyncio.Event) -> None:
        del stop

    channels = Channels()
    running = asyncio.create_task(service.run([ends, channels.lives("web")]))
    await asyncio.sleep(0.05)
    assert channels.said == ["web began"]
    await told(signal.SIGTERM, running)
    assert channels.said == ["web began", "web ended"]


async def test_a_fault_while_stopping_is_raised_once_the_others_have_ended() -> None:
    async def falls(stop: asyncio.Event) -> None:
        await stop.wait()
        raise OSError("no more room")

    channels = Channels()
    running = asyncio.create_task(service.run([falls, channels.lives("web", 0.05)]))
    with pytest.raises(OSError, match="room"):
        await told(signal.SIGTERM, running)
    assert channels.said == ["web began", "web ended"]


async def test_the_system_has_its_signals_back() -> None:
    """What does not end is then ended by a second Ctrl-C."""
    await told(signal.SIGTERM, asyncio.create_task(service.run([Channels().lives("web")])))
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


async def test_a_fault_that_nobody_awaits_is_told_by_its_type_alone(caplog: pytest.LogCaptureFixture) -> None:
    """What asyncio writes of itself holds the exception, the task and pieces of what it worked on (promise P4)."""

    async def loses(stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(int, SECRET)
        loop.call_exception_handler({"message": SECRET})
        task = asyncio.create_task(Channels().breaks(RuntimeError(SECRET))(stop))
        await asyncio.sleep(0.01)
        del task
        await stop.wait()

    with caplog.at_level(logging.DEBUG):
        await told(signal.SIGTERM, asyncio.create_task(service.run([loses])))
    said = [record.getMessage() for record in caplog.records if record.name != "asyncio"]
    assert sorted(said) == ["loop: NoneType", "loop: RuntimeError", "loop: ValueError"]
    assert SECRET not in caplog.text


def test_told_to_stop_before_its_content_is_read_it_ends_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alone in an image it is the first process: without an answer of its own, the system would not stop it."""
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(commands.content, "root", lambda: os.kill(os.getpid(), signal.SIGTERM))
    try:
        with pytest.raises(SystemExit) as left:
            commands.run(["serve"])
    finally:
        signal.signal(signal.SIGTERM, before)
    assert left.value.code == 0
