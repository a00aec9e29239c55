"""What a Matrix room says happened, as facts the conversation understands. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import nio

from bot.channels.matrix.history import says
from bot.engine.message import Key, Opened, Pressed, Typed, Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.engine.message import Event

MADE_BY = 12
"""Room version from which those who made a room may do anything in it, and its power levels do not say so."""


A_FILE = 500
"""Characters of ciphertext that a file takes at least. What opens it (`EncryptedFile` in the Client-Server API: an
address, a key, a hash) makes 600; 500 hold a text of 170 letters."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """Something a person did in a room; `message` is the id of its event, "" when there is none to erase.

    `at` is in Unix seconds. `token` and `sent` are what other networks know of a button: here there is none.
    `told` is the id of the event that tells of it, which may be no message.
    """

    room: str
    event: Event
    message: str
    at: float
    token: str = ""
    sent: float = 0.0
    told: str = ""


def leaving(room: str, at: float, told: str) -> Incoming:
    """Return the end of an exit that a stop of the program cut short: when she left, and the last event before."""
    return Incoming(room, Pressed(Key.CLOSE), "", at, told=told)


def read(room: str, event: nio.Event, own: str) -> Incoming | None:
    """Return what an event of a timeline means, None for what is nobody's words: another bot, the room's news, ours."""
    source = event.source if isinstance(event.source, dict) else {}
    if event.sender == own or "state_key" in source or not says(source):
        return None
    said = _said(event, source)
    if said is None:
        return None
    at = source.get("origin_server_ts", 0)
    message = "" if isinstance(said, Opened) and _may_be_a_file(source) else event.event_id
    return Incoming(room, said, message, at / 1000 if isinstance(at, int) else 0.0, told=event.event_id)


def _may_be_a_file(sealed: Mapping[str, Any]) -> bool:
    """Tell whether what cannot be read is long enough for a photo, a voice: those are not erased unasked."""
    content = sealed.get("content")
    ciphertext = content.get("ciphertext") if isinstance(content, dict) else None
    return not isinstance(ciphertext, str) or len(ciphertext) >= A_FILE


def _said(event: nio.Event, source: Mapping[str, Any]) -> Event | None:
    match event:
        case nio.MegolmEvent():
            return Opened()  # written while this device did not exist: it can be answered, not read
        case nio.RoomMessageText() | nio.RoomMessageEmote():
            return Typed(_text(source["content"], event.body))
        case nio.RoomMessageNotice() | nio.ReactionEvent():
            return None
    if source.get("type") == "m.room.encrypted":
        return Opened()
    return Unreadable("attachment") if source.get("type") in ("m.room.message", "m.sticker") else None


def _text(content: Mapping[str, Any], body: str) -> str:
    """Return what was written: what an edit now says, and an answer without what it quotes. Anything may be in it."""
    relation = content.get("m.relates_to")
    if isinstance(relation, dict) and relation.get("rel_type") == "m.replace":
        now = content.get("m.new_content")
        body = str(now.get("body", "")) if isinstance(now, dict) else ""
    elif isinstance(relation, dict) and "m.in_reply_to" in relation and body.startswith("> "):
        body = body.partition("\n\n")[2]
    return body.encode("utf-8", "replace").decode()


def may_redact(own: str, create: Mapping[str, Any], levels: Mapping[str, Any] | None) -> bool:
    """Tell whether `own` may redact what others write, from two state events of a room as the server gives them.

    matrix-nio says no in rooms of version 12, where those who made the room may do all.
    """
    content = _table(create.get("content"))
    version = str(content.get("room_version", "1"))
    also = content.get("additional_creators")
    makers = [create.get("sender")]
    if version.isdecimal() and int(version) >= MADE_BY:
        makers += also if isinstance(also, list) else []
        if own in makers:
            return True
    elif levels is None:
        return own in makers
    said = _table(_table(levels).get("content"))
    level = _level(_table(said.get("users")).get(own), _level(said.get("users_default"), 0))
    to_redact = _level(_table(said.get("events")).get("m.room.redaction"), _level(said.get("events_default"), 0))
    return level >= max(_level(said.get("redact"), 50), to_redact)


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _level(value: object, default: int) -> int:
    """Return a power level; rooms before version 10 may write it as a string."""
    if isinstance(value, str) and value.lstrip("-").isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else default
