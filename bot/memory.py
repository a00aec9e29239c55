"""What is remembered of a conversation between two messages: in RAM only, and not for long.

The session itself travels in the buttons. A hint only holds what a typed message lacks: the last token, and which
messages are in the chat, so that they can be erased. When it is lost, nothing is misunderstood: the bot opens home.
"""

from __future__ import annotations

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

    `kept` are messages that nobody may erase unasked: a photo, a voice, the chat's own news. `idle` is when the living
    message is erased by itself (seconds), None when there is none. `blind`: the last thing typed does not tell that she
    sees that message. `owed` are those that were to be erased when something else came: they go with whatever is done
    next.
    """

    token: str = ""
    offered: tuple[str, ...] = ()
    shown: Shown[Id] | None = None
    kept: tuple[Id, ...] = ()
    idle: float | None = None
    blind: bool = False
    owed: tuple[Id, ...] = ()


class Memory(Generic[Id]):
    """Hints by contact, each with its end. Time is given, in seconds of any clock that only goes forward."""

    def __init__(self) -> None:
        self._hints: dict[Hashable, tuple[Hint[Id], float]] = {}

    def __len__(self) -> int:
        return len(self._hints)

    def get(self, contact: Hashable, now: float) -> Hint[Id]:
        """Return the hint of a contact; an empty one when nothing is known, or no longer."""
        hint, until = self._hints.get(contact, (None, 0.0))
        return hint if hint is not None and now < until else Hint()

    def put(self, contact: Hashable, hint: Hint[Id], now: float) -> None:
        """Remember a hint, from now on."""
        self._hints[contact] = hint, now + LASTS

    def forget(self, contact: Hashable) -> None:
        """Remember nothing of a contact."""
        self._hints.pop(contact, None)

    def due(self, now: float) -> list[Hashable]:
        """Return the contacts whose living message is to be erased now; drop what has had its time.

        All are looked at, about a millisecond for ten thousand: alarms would outlive what they are about.
        """
        found = []
        for contact, (hint, until) in list(self._hints.items()):
            if until <= now:
                del self._hints[contact]
            elif hint.idle is not None and hint.idle <= now:
                found.append(contact)
        return found
