"""What a person sees on their client, as values: a room, the messages in it, what a message did to the telephone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Push:
    """What the default push rules, or the person's own, do with an event once it can be read."""

    notify: bool
    sound: str | None
    highlight: bool


@dataclass(frozen=True, slots=True)
class Message:
    """One event as the client shows it.

    `shield` is (colour, reason): NONE, GREY or RED, then why; nothing where the event was not encrypted. `failure` is
    why it could not be decrypted.
    """

    event_id: str
    sender: str
    type: str
    content: dict[str, Any]
    ts: int
    redacted: bool
    edited: bool
    encrypted: bool
    decrypted: bool
    failure: str | None
    shield: tuple[str, str | None] | None
    push: Push | None
    state_key: str | None

    @classmethod
    def read(cls, told: dict[str, Any]) -> Self:
        told["shield"] = tuple(told["shield"]) if told["shield"] else None
        told["push"] = Push(**told["push"]) if told["push"] else None
        return cls(**told)

    def __str__(self) -> str:
        marks = [name for name in ("redacted", "edited", "encrypted") if getattr(self, name)]
        return " ".join(filter(None, (self.sender, self.type, *marks, self.failure, repr(self.body), str(self.shield))))

    @property
    def msgtype(self) -> str | None:
        return self.content.get("msgtype")

    @property
    def body(self) -> str:
        return str(self.content.get("body", ""))

    @property
    def formatted_body(self) -> str | None:
        return self.content.get("formatted_body")

    @property
    def replaces(self) -> str | None:
        """The event that this one edits."""
        relation = self.content.get("m.relates_to", {})
        return relation.get("event_id") if relation.get("rel_type") == "m.replace" else None


@dataclass(frozen=True, slots=True)
class Room:
    """What a person sees of a room: its name, who is in it, what was said. `unread` is the server's own count."""

    name: str
    membership: str
    version: str
    encrypted: bool
    unread: int
    members: dict[str, str]
    typing: list[str]
    timeline: list[Message]

    @classmethod
    def read(cls, told: dict[str, Any]) -> Self:
        timeline = [Message.read(message) for message in told.pop("timeline")]
        return cls(timeline=timeline, **told)
