"""Updates that Telegram brings by itself, to an address of ours: answered 200 once dealt with, so that none is lost.

Telegram brings a hundred at once, and no more. So that a crowd which waits its turn (the pace of new messages, a
refusal) does not keep an emergency out, what only waits is put off (503): Telegram brings it again in a moment. It is
known then by its number, and answered when its turn has come.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.channels.telegram.chat import Taken

HEADER = "X-Telegram-Bot-Api-Secret-Token"

REMEMBERED = 20_000
"""Updates dealt with that would be known again: Telegram posts again what it has no answer to, a crowd perhaps."""

HELD = 30
"""Posts that may stay open while they only wait their turn. Telegram would open forty to somebody who asks for none."""

GLANCE, LOOK = 0.05, 0.5
"""Seconds between two looks at whether one is to be put off: in a crowd, else."""

PATIENCE = 50.0
"""Seconds after which an update is asked for again rather than waited for: Telegram hangs up after 60."""


def secret(token: str) -> str:
    """Return what only Telegram and this bot know, the same in every process, without a setting of its own."""
    return hmac.new(token.encode(), b"webhook", hashlib.sha256).hexdigest()


class Hook:
    """What answers a post on the address given to Telegram. `waits` tells whether a chat only waits its turn."""

    def __init__(
        self, token: str, take: Callable[[Mapping[str, Any]], Taken | None], waits: Callable[[int], bool]
    ) -> None:
        self._secret, self._take, self._waits = secret(token), take, waits
        self._pending: dict[int, Taken] = {}
        self._finished: dict[int, None] = {}
        self._open: Counter[int] = Counter()
        """The posts that wait for an answer, by update."""

    async def __call__(self, headers: Mapping[str, str], body: bytes) -> int:
        """Return the status of the answer."""
        if not hmac.compare_digest(headers.get(HEADER, "").encode(), self._secret.encode()):
            return 403
        try:
            raw = json.loads(body)
            number = int(raw["update_id"])
        except (ValueError, TypeError, KeyError):
            return 400
        if number in self._finished:
            return 200  # its answer was lost on the way
        taken = self._pending.get(number)
        if taken is None:
            taken = self._take(raw)
            if taken is None:
                return 200
            taken.done.add_done_callback(lambda done: self._end(number, done))
            self._pending[number] = taken
        self._open[number] += 1
        try:
            return await self._answer(taken)
        finally:
            self._open[number] -= 1
            if not self._open[number]:
                del self._open[number]

    @property
    def put_off(self) -> list[int]:
        """Return the chats of what will be posted again whatever becomes of it: nobody waits for its answer now."""
        return [taken.chat for number, taken in self._pending.items() if number not in self._open]

    async def _answer(self, taken: Taken) -> int:
        """Answer once it is dealt with; put it off when it only waits its turn and the connection is wanted."""
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE:
            await asyncio.wait([taken.done], timeout=GLANCE if self._open.total() > HELD else LOOK)
            if taken.done.done():
                return 503 if taken.done.cancelled() else 200
            if self._open.total() > HELD and not taken.urgent and self._waits(taken.chat):
                return 503
        return 503

    def _end(self, number: int, done: asyncio.Future[None]) -> None:
        self._pending.pop(number, None)
        if not done.cancelled():
            self._finished[number] = None
            if len(self._finished) > REMEMBERED:
                del self._finished[next(iter(self._finished))]
