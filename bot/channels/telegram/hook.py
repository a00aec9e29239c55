"""Updates that Telegram brings by itself, to an address of ours: answered 200 once dealt with, so that none is lost."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.channels.telegram.poll import Taken

HEADER = "X-Telegram-Bot-Api-Secret-Token"

REMEMBERED = 1000
"""Updates dealt with that would be known again: Telegram posts again what it has no answer to."""

PATIENCE = 50.0
"""Seconds after which an update is asked for again rather than waited for: Telegram hangs up after 60."""


def secret(token: str) -> str:
    """Return what only Telegram and this bot know, the same in every process, without a setting of its own."""
    return hmac.new(token.encode(), b"webhook", hashlib.sha256).hexdigest()


class Hook:
    """What answers a post on the address given to Telegram."""

    def __init__(self, token: str, take: Callable[[Mapping[str, Any]], Taken | None]) -> None:
        self._secret, self._take = secret(token), take
        self._pending: dict[int, asyncio.Future[None]] = {}
        self._finished: deque[int] = deque(maxlen=REMEMBERED)

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
        done = self._pending.get(number)
        if done is None:
            taken = self._take(raw)
            if taken is None:
                return 200
            done = self._pending[number] = taken.done
            done.add_done_callback(lambda done: self._end(number, done))
        await asyncio.wait([done], timeout=PATIENCE)
        return 200 if done.done() and not done.cancelled() else 503

    def _end(self, number: int, done: asyncio.Future[None]) -> None:
        self._pending.pop(number, None)
        if not done.cancelled():
            self._finished.append(number)
