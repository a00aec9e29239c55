"""The updates that the bot has not taken yet: kept a day, or 150 seconds for a press, forgotten once acknowledged."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.botapi.clock import Clock

DAY = 86400
PRESS_KEPT = 150
FIRST_ID = 700_000_001

DEFAULT_TYPES = frozenset({
    "message", "edited_message", "channel_post", "edited_channel_post", "inline_query", "chosen_inline_result",
    "callback_query", "shipping_query", "pre_checkout_query", "poll", "poll_answer", "my_chat_member",
    "chat_join_request", "chat_boost", "removed_chat_boost", "business_connection", "business_message",
    "edited_business_message", "deleted_business_messages", "purchased_paid_media", "managed_bot", "guest_message",
})  # fmt: skip
ALL_TYPES = DEFAULT_TYPES | {"chat_member", "message_reaction", "message_reaction_count"}


@dataclass(frozen=True, slots=True)
class Update:
    """One update. Those of one `lane` reach a webhook one after the other; those of two lanes, side by side."""

    id: int
    body: dict[str, Any]
    expires: float
    lane: tuple[str, int]


class Queue:
    """Updates in order, and who waits for them."""

    DEFAULT = DEFAULT_TYPES

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.allowed = DEFAULT_TYPES
        self.waiting: dict[int, Update] = {}
        self.next_id = FIRST_ID
        self.arrived: list[Callable[[Update], None]] = []
        self._soonest = float("inf")
        self._settling: list[tuple[int, asyncio.Future[None]]] = []

    def push(self, kind: str, body: dict[str, Any], lane: tuple[str, int], kept: float = DAY) -> int | None:
        """Add an update and return its id, or None when the bot did not ask for this kind."""
        if kind not in self.allowed:
            return None
        update = Update(self.next_id, {kind: body}, self.clock.now() + kept, lane)
        self.waiting[update.id] = update
        self.next_id += 1
        self._soonest = min(self._soonest, update.expires)
        for told in self.arrived:
            told(update)
        return update.id

    def expire(self) -> None:
        """Forget what is too old."""
        now = self.clock.now()
        if now <= self._soonest:
            return
        for update_id in [u.id for u in self.waiting.values() if u.expires < now]:
            self.forget(update_id)
        self._soonest = min((u.expires for u in self.waiting.values()), default=float("inf"))

    def head(self) -> int:
        """Return the id of the oldest update, or of the one to come."""
        return next(iter(self.waiting), self.next_id)

    def forget(self, update_id: int) -> None:
        """Forget one update: it was acknowledged, or is too old."""
        if self.waiting.pop(update_id, None) is not None:
            self._settle()

    def forget_before(self, update_id: int) -> None:
        """Forget every update below an id."""
        for waiting in list(itertools.takewhile(lambda i: i < update_id, self.waiting)):
            del self.waiting[waiting]
        self._settle()

    def keep_last(self, count: int) -> None:
        """Forget all but the last ones."""
        for waiting in list(self.waiting)[: max(0, len(self.waiting) - count)]:
            del self.waiting[waiting]
        self._settle()

    def take(self, offset: int, limit: int) -> list[Update]:
        """Return updates from an offset on, and forget those below it.

        An offset far in the future or in the past is taken for « from the oldest », as the real server takes it.
        """
        self.expire()
        if offset < 0:
            self.keep_last(-offset)
        head = self.head()
        if offset <= 0 or offset > self.next_id + 10 or offset < head - 1_000_000:
            offset = head
        if offset > head:
            self.forget_before(offset)
        return list(itertools.islice(self.waiting.values(), limit))

    def acknowledged(self, update_id: int | None) -> bool:
        """Tell whether an update is dealt with. What was never queued is."""
        return update_id is None or (update_id < self.next_id and update_id not in self.waiting)

    async def settled(self, update_id: int | None) -> None:
        """Wait until an update is dealt with."""
        if update_id is None or self.acknowledged(update_id):
            return
        future = asyncio.get_running_loop().create_future()
        self._settling.append((update_id, future))
        await future

    def _settle(self) -> None:
        if not self._settling:
            return
        for update_id, future in self._settling:
            if update_id not in self.waiting and not future.done():
                future.set_result(None)
        self._settling = [(u, f) for u, f in self._settling if not f.done()]
