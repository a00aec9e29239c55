"""What a room tells about itself after a stop: nothing is kept on a disk, the server's own events say it all. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

ANSWERS = "org.repere.answers"
"""How a notice, even encrypted, names the event it answers: one that is to be redacted. Clients pass over it."""

MET = "org.repere.met"
"""How a notice, even encrypted, names the last event that it knew of: what follows that one was never answered."""

PLACE = "org.repere.place"
"""What marks a message that says nothing, sent where a notice may have been: never the living one."""

LEAVING = "org.repere.leaving"
"""The account data of a room where an exit is under way."""

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """What is left in a room. `shown` is the last notice, `stale` is to be redacted, `waiting` was never answered.

    `spoke`: the bot did something here since it was invited, even if nothing of it is left. Who left is not greeted
    again. `whole`: what is older than these events was dealt with, as far as they tell.
    """

    shown: Raw | None
    stale: tuple[str, ...]
    waiting: tuple[Raw, ...]
    spoke: bool
    whole: bool


def says(event: Raw) -> bool:
    """Tell whether an event, as the server gives it, still says something: it is no state, and nobody redacted it.

    A redaction says something when somebody wrote why.
    """
    content = event.get("content")
    if not content or "state_key" in event or "redacted_because" in event.get("unsigned", {}):
        return False
    return event.get("type") != "m.room.redaction" or (isinstance(content, dict) and bool(content.get("reason")))


def look(events: Sequence[Raw], own: str) -> Found:
    """Return what events of a room, oldest first, leave to do.

    What was never answered is not all that follows the last notice: she may have written while it was on its way. What
    precedes an invitation was said when the bot was not there, or to it before it was shown the door.
    """
    spoken = [event for event in events if says(event)]
    ours = [event for event in spoken if event["sender"] == own]
    shown = next((event for event in reversed(ours) if PLACE not in event["content"]), None)
    answered = {id for event in ours for id in answers(event)}
    stale = [event["event_id"] for event in ours if event is not shown]
    stale += [event["event_id"] for event in spoken if event["event_id"] in answered]
    met = _met(events, shown) if shown is not None else 0
    here = max((n for n, event in enumerate(events, 1) if invites(event, own)), default=0)
    theirs = [event for event in events[max(met, here) :] if says(event) and event["sender"] != own]
    waiting = tuple(event for event in theirs if event["event_id"] not in answered)
    spoke = any(event["sender"] == own and "state_key" not in event for event in events[here:])
    whole = bool(met or here) if shown is not None else spoke or bool(here)
    return Found(shown, tuple(stale), waiting, spoke, whole)


def invites(event: Raw, own: str) -> bool:
    """Tell whether an event invited the bot into its room."""
    content = event.get("content")
    about = event.get("type") == "m.room.member" and event.get("state_key") == own
    return about and isinstance(content, dict) and content.get("membership") == "invite"


def _met(events: Sequence[Raw], shown: Raw) -> int:
    """Return how many of the events had been met when a notice was sent; none, when the last of those is older still.

    A notice that names none was sent by a version of this program that did not: it is taken to have met all before it.
    """
    last = shown["content"].get(MET, shown["event_id"])
    return next((n for n, event in enumerate(events, 1) if event["event_id"] == last), 0)


def gone(events: Sequence[Raw], own: str, since: float) -> list[str]:
    """Return what of a room an exit redacts, the newest first: all of ours, and what she had sent when she left.

    `since`: when that was (Unix seconds). What she sends later, a photo above all, is not hers to lose.
    """
    until = round(since * 1000)
    going = (event for event in events if event["sender"] == own or event["origin_server_ts"] <= until)
    return [event["event_id"] for event in going if says(event)][::-1]


def answers(event: Raw) -> list[str]:
    """Return the ids of the events that a notice answers."""
    relation = event.get("content", {}).get("m.relates_to")
    if not isinstance(relation, dict) or relation.get("rel_type") != ANSWERS:
        return []
    also = relation.get("also")
    return [str(id) for id in (relation.get("event_id"), *(also if isinstance(also, list) else ()))]
