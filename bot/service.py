"""Run every channel that is configured, side by side, until the system asks to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

log = logging.getLogger("repere")


async def run(channels: Sequence[Callable[[asyncio.Event], Awaitable[None]]]) -> None:
    """Run channels until SIGTERM or SIGINT: each, told by an event to stop, ends what is under way and returns.

    What stops one of them by itself (a wrong setting) stops all, and is raised.
    """
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.set_exception_handler(_fault)
    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, stop.set)
    tasks = [asyncio.ensure_future(channel(stop)) for channel in channels]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        stop.set()
        for fault in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(fault, BaseException):
                raise fault
    finally:
        for wanted in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(wanted)


def _fault(loop: asyncio.AbstractEventLoop, context: Mapping[str, object]) -> None:
    """Log a fault that nobody awaits by its type: what asyncio would write holds a trace, and pieces of objects."""
    log.error("loop: %s", type(context.get("exception")).__name__)
