"""How each function of a module is made to fail, with secrets in what it says; and everything that is heard of it."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import io
import logging
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from bot import service
from bot.channels.telegram import Telegram
from tests.botapi import Server
from tests.channels.seizure import found
from tests.channels.telegram_bot import bot_on

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import pytest

    from bot.engine.script import Script

CANARY = "zcanaryz"

LOUD = (None, "repere", "telegram", "httpx", "aiohttp", "asyncio")
"""Those that are told to log everything."""


def functions(name: str) -> Iterator[tuple[str, Any, str]]:
    """Give each function, method and property of a module: what it is called, what holds it, and its key there."""
    module = import_module(name)
    for key, value in list(vars(module).items()):
        if getattr(value, "__module__", None) != name:
            continue
        if inspect.isfunction(value):
            yield key, module, key
        elif inspect.isclass(value) and not issubclass(value, BaseException):
            for attribute, method in list(vars(value).items()):
                usual = not attribute.startswith("__") or attribute == "__call__"
                if usual and (inspect.isfunction(method) or isinstance(method, property | staticmethod)):
                    yield f"{key}.{attribute}", value, attribute


def break_it(patch: pytest.MonkeyPatch, holder: Any, key: str, words: str) -> None:
    """Make a function fail wherever it is held under its name."""
    whole = vars(holder)[key]
    patch.setattr(holder, key, _failing(whole, words))
    for name, module in list(sys.modules.items()):
        if name.startswith("bot.") and inspect.ismodule(holder) and vars(module).get(key) is whole:
            patch.setattr(module, key, _failing(whole, words))


def _failing(whole: Any, words: str) -> Any:
    def fail(*_: object, **__: object) -> Any:
        raise RuntimeError(words)

    async def fail_later(*_: object, **__: object) -> Any:
        raise RuntimeError(words)

    if isinstance(whole, property):
        return property(fail)
    if isinstance(whole, staticmethod):
        return staticmethod(fail)
    return fail_later if inspect.iscoroutinefunction(whole) else fail


class Loud:
    """All that is logged at any level, warned about, raised where nobody looks, printed: kept, to be searched."""

    def __init__(self, capture: pytest.CaptureFixture[str], *, slow: bool = False) -> None:
        self._capture, self._slow = capture, slow
        self._logged = io.StringIO()
        self._handler = logging.StreamHandler(self._logged)
        self._hook = sys.unraisablehook

    def __enter__(self) -> Loud:
        """Listen. `slow`: everything takes too long for asyncio's taste, so that it says all it can, at length."""
        sys.unraisablehook = sys.__unraisablehook__
        logging.getLogger().addHandler(self._handler)
        for logger in map(logging.getLogger, LOUD):
            logger.setLevel(logging.DEBUG)
            logger.propagate = True  # whatever another test left
        if self._slow:
            loop = asyncio.get_running_loop()
            loop.set_debug(True)
            loop.slow_callback_duration = 0
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no more."""
        logging.getLogger().removeHandler(self._handler)
        for logger in map(logging.getLogger, LOUD):
            logger.setLevel(logging.NOTSET if logger.parent else logging.WARNING)
        sys.unraisablehook = self._hook

    def heard(self, secrets: list[str]) -> list[str]:
        """Return the secrets that were let out since it was last asked."""
        said = {"log": self._logged.getvalue(), "printed": "".join(self._capture.readouterr())}
        self._logged.seek(0)
        self._logged.truncate()
        return found(secrets, {place: text.encode() for place, text in said.items()})


@contextlib.asynccontextmanager
async def living(script: Script) -> AsyncIterator[Server]:
    """Give the Telegram of a channel that runs as the command runs it; what it said is printed."""
    async with Server(calm=0.0) as api:
        ready, over = asyncio.Event(), asyncio.Event()

        def say(sentence: str) -> None:
            sys.stdout.write(sentence)
            if "prêt" in sentence:
                ready.set()

        async def end(stop: asyncio.Event) -> None:
            await over.wait()
            stop.set()

        channel = Telegram(bot_on(api, script), api.token, api.url, "", say)
        running = asyncio.create_task(service.run([channel.run, end]))
        try:
            await asyncio.wait_for(ready.wait(), 10)
            yield api
        finally:
            over.set()
            await asyncio.wait_for(running, 10)
