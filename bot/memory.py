"""What is remembered of a conversation between two messages: in RAM only, and not for long.

The session itself travels in the buttons. A hint only holds what a typed message lacks: the last token, and which
messages are in the chat, so that they can be erased. When it is lost, nothing is misunderstood: the bot opens home.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

Id = TypeVar("Id")

LASTS = 48 * 3600.0
"""Seconds after which a hint goes: no network lets a bot delete what is older."""


@dataclass(frozen=True, slots=True)
class Shown(Generic[Id]):
    """The living message of a chat, and when it was first sent (seconds): editing does not make it younger."""

    id: Id
    sent: float


@dataclass(frozen=True, slots=True)
class Hint(Generic[Id]):
    """What one chat looks like. `offered` holds the codes of a screen that only offers (`Screen.offers`).

    `kept` are messages that nobody may erase unasked: a photo, a voice. `idle` is when the living message is erased by
    itself (seconds), None when there is none.
    """

    token: str = ""
    offered: tuple[str, ...] = ()
    shown: Shown[Id] | None = None
    kept: tuple[Id, ...] = ()
    idle: float | None = None


class Memory(Generic[Id]):
    """Hints by contact, each with its end. Time is given, in seconds of any clock that only goes forward."""

    def __init__(self) -> None:
        self._hints: dict[Hashable, tuple[Hint[Id], float]] = {}
        self._alarms: list[tuple[float, int, Hashable]] = []
        self._woken: dict[Hashable, float] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._hints)

    def get(self, contact: Hashable, now: float) -> Hint[Id]:
        """Return the hint of a contact; an empty one when nothing is known, or no longer."""
        hint, until = self._hints.get(contact, (None, 0.0))
        return hint if hint is not None and now < until else Hint()

    def put(self, contact: Hashable, hint: Hint[Id], now: float) -> None:
        """Remember a hint, from now on."""
        self._hints[contact] = hint, now + LASTS
        wanted = now + LASTS if hint.idle is None else hint.idle
        if wanted < self._woken.get(contact, float("inf")):
            self._set(contact, wanted)

    def forget(self, contact: Hashable) -> None:
        """Remember nothing of a contact."""
        self._hints.pop(contact, None)

    def due(self, now: float) -> list[Hashable]:
        """Return the contacts whose living message is to be erased now; drop what has had its time."""
        found = []
        while self._alarms and self._alarms[0][0] <= now:
            at, _, contact = heapq.heappop(self._alarms)
            if self._woken.get(contact) != at:
                continue  # an earlier alarm took its place
            del self._woken[contact]
            hint, until = self._hints.get(contact, (None, 0.0))
            if hint is None or until <= now:
                self._hints.pop(contact, None)
            elif hint.idle is not None and hint.idle <= now:
                found.append(contact)
                self._set(contact, until)
            else:
                self._set(contact, until if hint.idle is None else hint.idle)
        return found

    def _set(self, contact: Hashable, at: float) -> None:
        """Wake at that moment. A contact has one alarm that counts; it may ring early, never late."""
        self._count += 1
        self._woken[contact] = at
        heapq.heappush(self._alarms, (at, self._count, contact))
