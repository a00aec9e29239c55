"""Work that is about a room as a whole, each piece of it after the one before; rooms do not wait for each other."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = logging.getLogger("repere")


class Turns:
    """Pieces of work by room, under way or waiting for their turn."""

    def __init__(self) -> None:
        self._last: dict[str, asyncio.Task[None]] = {}
        self._all: set[asyncio.Task[None]] = set()

    def __contains__(self, room: str) -> bool:
        return room in self._last

    def start(self, room: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do some work once what was started before it for a room is over, however that ended."""
        task = asyncio.create_task(_after(self._last.get(room), work))
        self._last[room] = task
        self._all.add(task)
        task.add_done_callback(lambda task: self._ended(room, task))

    async def close(self) -> None:
        """Stop what is under way."""
        tasks = list(self._all)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, room: str, task: asyncio.Task[None]) -> None:
        self._all.discard(task)
        if self._last.get(room) is task:
            del self._last[room]
        if not task.cancelled() and task.exception() is not None:
            log.error("matrix: %s", type(task.exception()).__name__)


async def _after(before: asyncio.Task[None] | None, work: Callable[[], Awaitable[None]]) -> None:
    if before is not None:
        await asyncio.wait([before])
    await work()
