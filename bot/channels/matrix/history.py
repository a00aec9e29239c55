"""What a room tells about itself after a stop: nothing is kept on a disk, the server's own events say it all. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

ANSWERS = "org.repere.answers"
"""How a notice, even encrypted, names the event it answers: one that is to be redacted. Clients pass over it."""

LEAVING = "org.repere.leaving"
"""The account data of a room where an exit is under way."""

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """What is left in a room. `shown` is the last notice, `stale` is to be redacted, `waiting` was never answered.

    `spoke`: the bot did something here, even if nothing of it is left. Who left is not greeted again.
    """

    shown: Raw | None
    stale: tuple[str, ...]
    waiting: tuple[Raw, ...]
    spoke: bool


def says(event: Raw) -> bool:
    """Tell whether an event, as the server gives it, still says something: it is no state, and nobody redacted it."""
    gone = not event.get("content") or "redacted_because" in event.get("unsigned", {})
    return not gone and "state_key" not in event and event.get("type") != "m.room.redaction"


def look(events: Sequence[Raw], own: str) -> Found:
    """Return what events of a room, oldest first, leave to do."""
    spoken = [event for event in events if says(event)]
    ours = [event for event in spoken if event["sender"] == own]
    shown = ours[-1] if ours else None
    stale = [event["event_id"] for event in ours[:-1]]
    answered = {id for event in ours for id in answers(event)}
    stale += [event["event_id"] for event in spoken if event["event_id"] in answered]
    since = spoken.index(shown) + 1 if shown is not None else 0
    waiting = tuple(event for event in spoken[since:] if event["sender"] != own)
    spoke = any(event["sender"] == own and "state_key" not in event for event in events)
    return Found(shown, tuple(stale), waiting, spoke)


def answers(event: Raw) -> list[str]:
    """Return the ids of the events that a notice answers."""
    relation = event.get("content", {}).get("m.relates_to")
    if not isinstance(relation, dict) or relation.get("rel_type") != ANSWERS:
        return []
    also = relation.get("also")
    return [str(id) for id in (relation.get("event_id"), *(also if isinstance(also, list) else ()))]
