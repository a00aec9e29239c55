"""getUpdates: the long poll, who may hold it, and what it acknowledges."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from tests.botapi.errors import Refused
from tests.botapi.params import Params, integer
from tests.botapi.queue import ALL_TYPES, DEFAULT_TYPES

if TYPE_CHECKING:
    from tests.botapi.queue import Queue, Update
    from tests.botapi.rules import Rules

LONGEST_POLL = 50
OTHER_POLL = "terminated by other getUpdates request; make sure that only one bot instance is running"
OTHER_HOOK = "terminated by setWebhook request"
HOOKED = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


class Polling:
    """The one poll that may wait. Whoever comes next ends it."""

    def __init__(self, queue: Queue, rules: Rules) -> None:
        self.queue = queue
        self.calm = rules.calm
        self._waiting: asyncio.Future[str] | None = None
        self._last_offset: int | None = None
        self._last_start = -1e9
        self._next_conflict = -1e9
        queue.arrived.append(self._wake)

    def _wake(self, _: Update) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result("")

    def end(self, why: str) -> None:
        """End the poll that waits, with a conflict."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(why)
        self._waiting = None

    async def conflict(self, why: str) -> Refused:
        """Return the 409, at once the first time and after a while when it is met again."""
        now = time.monotonic()
        if now < self._next_conflict:
            await asyncio.sleep(self.calm)
        else:
            self._next_conflict = now + self.calm
        return Refused(409, f"Conflict: {why}")

    def allow(self, params: Params) -> None:
        """Remember the kinds of update asked for. What cannot be read changes nothing; an empty list is the default."""
        kinds = params.get("allowed_updates")
        if isinstance(kinds, str):
            try:
                kinds = json.loads(kinds) if kinds else None
            except ValueError:
                kinds = None
        if isinstance(kinds, list) and all(isinstance(kind, str) for kind in kinds):
            self.queue.allowed = frozenset(kind.lower() for kind in kinds) & ALL_TYPES or DEFAULT_TYPES

    async def get_updates(self, params: Params) -> list[dict[str, Any]]:
        """Return the next updates, waiting for one if there is none."""
        offset = integer(params, "offset")
        limit = integer(params, "limit", 100, 1, 100)
        timeout: float = integer(params, "timeout", 0, 0, LONGEST_POLL)
        self.allow(params)
        now = time.monotonic()
        if offset == self._last_offset and now < self._last_start + self.calm:
            timeout = max(timeout, self.calm)
            if now < self._last_start + self.calm / 6:
                limit = 1
        self._last_offset, self._last_start = offset, now
        taken = self.queue.take(offset, limit)
        if not taken and timeout:
            self.end(OTHER_POLL)
            waiting = self._waiting = asyncio.get_running_loop().create_future()
            try:
                why = await asyncio.wait_for(waiting, timeout)
            except TimeoutError:
                why = ""
            finally:
                if self._waiting is waiting:
                    self._waiting = None
            if why:
                raise await self.conflict(why)
            await asyncio.sleep(0)  # what arrives in the same breath goes in the same answer
            taken = self.queue.take(offset, limit)
        return [{"update_id": update.id, **update.body} for update in taken]
