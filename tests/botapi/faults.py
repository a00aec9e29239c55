"""What goes wrong between a bot and Telegram: faults that a test asks for, and the limits that Telegram sets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.botapi.errors import Refused, too_many

if TYPE_CHECKING:
    from tests.botapi.clock import Clock

KINDS = frozenset(
    {"status", "reset", "silent", "truncated", "cut", "dribble", "slow", "lost"},
)
SCOPES = frozenset({"global", "chat", "method"})


@dataclass
class Fault:
    """Something that happens to calls, `count` times (None: always) and for `seconds` (None: no end).

    - `status`: answered with that status; 429 holds its `scope` back for `retry_after`, and 5xx has a page of HTML.
    - `reset`: the connection is reset before the call is looked at; `silent`: it is accepted and never answered.
    - `truncated`: half of the JSON in a whole answer; `cut`: the connection dies in the middle of the answer.
    - `dribble`: the answer comes byte by byte; `slow`: it comes `delay` seconds late.
    - `lost`: the call takes effect and its answer never arrives.
    """

    kind: str = "status"
    status: int = 502
    method: str | None = None
    chat_id: int | None = None
    count: int | None = 1
    seconds: float | None = None
    retry_after: int = 1
    scope: str = "chat"
    delay: float = 0.0
    skip: int = 0
    until: float | None = None

    def __post_init__(self) -> None:
        """Refuse a fault that would never happen."""
        if self.kind not in KINDS or self.scope not in SCOPES:
            raise ValueError(f"kind: one of {sorted(KINDS)}; scope: one of {sorted(SCOPES)}")

    def concerns(self, method: str, chat_id: int | None) -> bool:
        """Tell whether a call is one of those it happens to."""
        return self.method in (None, method) and self.chat_id in (None, chat_id)


@dataclass(frozen=True)
class Flood:
    """How much may be sent. Telegram publishes one a second to a person, 20 a minute to a group, 30 a second in all.

    It tolerates more for a while and never says how much: `burst` is one by default, the strictest. Its author says
    that edits and sends share a chat's limit (tdlib/td, issue 3034): `edits` counts them too.
    """

    overall: float = 30.0
    chat: float = 1.0
    burst: int = 1
    group: float = 20 / 60
    group_burst: int = 20
    edits: bool = False
    retry_after: int | None = None

    @property
    def methods(self) -> frozenset[str]:
        """Return the methods that are counted."""
        edits = {"editmessagetext", "editmessagereplymarkup"} if self.edits else set()
        return frozenset({"sendmessage"} | edits)


class Bucket:
    """So many at once, and one more each `1 / rate` seconds."""

    __slots__ = ("at", "left")

    def __init__(self, left: float, at: float) -> None:
        self.left, self.at = left, at

    def wait(self, rate: float, size: float, now: float) -> float:
        """Return how long to wait before one more may be taken: 0 when it may be now."""
        self.left = min(size, self.left + (now - self.at) * rate)
        self.at = now
        return 0.0 if self.left >= 1 else (1 - self.left) / rate


class Guard:
    """Looks at each call before it is carried out."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.faults: list[Fault] = []
        self.flood: Flood | None = None
        self.too_early = 0
        self._held: dict[tuple[str, object], float] = {}
        self._buckets: dict[int | None, Bucket] = {}

    def add(self, fault: Fault) -> Fault:
        """Let something happen from now on."""
        if fault.seconds is not None:
            fault.until = self.clock.now() + fault.seconds
        if fault.method is not None:
            fault.method = fault.method.lower()
        self.faults.append(fault)
        return fault

    def clear(self) -> None:
        """Let nothing happen any more."""
        self.faults.clear()
        self._held.clear()
        self._buckets.clear()

    def fault(self, method: str, chat_id: int | None) -> Fault | None:
        """Return what happens to this call, and count it."""
        now = self.clock.now() if self.faults else 0.0
        for fault in list(self.faults):
            if fault.until is not None and now >= fault.until:
                self.faults.remove(fault)
            elif fault.concerns(method, chat_id):
                if fault.skip:
                    fault.skip -= 1
                    continue
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count <= 0:
                        self.faults.remove(fault)
                return fault
        return None

    def hold(self, fault: Fault, method: str, chat_id: int | None) -> Refused:
        """Return the 429 of a fault, and hold its scope back until its time is over."""
        key: dict[str, tuple[str, object]] = {
            "global": ("global", None),
            "chat": ("chat", chat_id),
            "method": ("method", method),
        }
        self._held[key[fault.scope]] = self.clock.now() + fault.retry_after
        return too_many(fault.retry_after)

    def check(self, method: str, chat_id: int | None, *, group: bool) -> None:
        """Refuse a call that comes too soon, whatever it was told to wait for."""
        if self._held:
            self._early(("global", None), ("chat", chat_id), ("method", method))
        if self.flood is None or chat_id is None or method not in self.flood.methods:
            return
        self._early(("flood", None), ("flood", chat_id))
        flood, now = self.flood, self.clock.now()
        rate, size = (flood.group, flood.group_burst) if group else (flood.chat, flood.burst)
        one = self._buckets.setdefault(chat_id, Bucket(size, now))
        every = self._buckets.setdefault(None, Bucket(flood.overall, now))
        own, whole = one.wait(rate, size, now), every.wait(flood.overall, flood.overall, now)
        if own or whole:
            # From here on, coming back before the time that is told is refused even if there was room again.
            after = flood.retry_after or math.ceil(max(own, whole))
            self._held[("flood", chat_id if own else None)] = now + after
            raise too_many(after)
        one.left -= 1
        every.left -= 1

    def _early(self, *keys: tuple[str, object]) -> None:
        now = self.clock.now()
        for key in keys:
            until = self._held.get(key)
            if until is None:
                continue
            if until > now:
                self.too_early += 1
                raise too_many(math.ceil(until - now))
            del self._held[key]
