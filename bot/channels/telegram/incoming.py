"""What Telegram says happened, as facts the conversation understands. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from telegram import ChatMember
from telegram.constants import ChatType

from bot.channels.telegram.draw import read_data
from bot.engine.message import Key, Opened, Pressed, Typed, Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telegram import Message, Update

    from bot.engine.message import Event

OPENS = re.compile(r"/start(?:@\w+)?(?:\s+(?P<from>.*))?", re.DOTALL)
"""`/start`, and what a link or a QR code adds. Whatever that is, home opens, with nothing of before."""

FROM = re.compile(r"(?P<area>[\w-]+?)(?:[._](?P<place>\w{5}))?", re.ASCII)
"""`AREA`, `AREA.PLACE`: in the address of a bot only `_` can stand for the dot."""

ADDRESSED = re.compile(r"(?<=^/)(\w+)@\w+")
"""`/close@SomeBot`: clients add the name of the bot."""

ENVELOPE = {"message_id", "date", "chat", "from", "has_protected_content", "edit_date"}
"""What any message bears. One with nothing else is of a kind newer than the server."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """Something a person did in a private chat.

    `event` None: nothing was said, but a message is there (« pinned », « messages now delete themselves »).
    `message` is what was typed or sent, or what was pressed; `at` is when it happened (Unix seconds), or when it was
    received for a press, which bears no time. `query` is to be answered, `token` is the button's, `sent` is when the
    message pressed was sent and `drawn` when it last changed (0 when Telegram no longer says). `known` tells that the
    time is: a press found in a queue that may be old is not known to be fresh. `wants` is what it asks for that goes
    first.
    """

    chat: int
    event: Event | None
    message: int
    at: float
    query: str = ""
    token: str = ""
    sent: float = 0.0
    drawn: float = 0.0
    known: bool = True
    wants: Key | None = None

    @property
    def sure(self) -> bool:
        """Tell whether it is to be dealt with whatever Telegram says of its age: leaving always is."""
        return self.known or self.event == Pressed(Key.CLOSE)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The bot was put in a group or a channel: it leaves without a word."""

    chat: int


@dataclass(frozen=True, slots=True)
class Blocked:
    """A person stopped the bot: nothing of the conversation is kept, and nothing can be erased any more."""

    chat: int


def read(update: Update, raw: Mapping[str, Any]) -> Incoming | Elsewhere | Blocked | None:
    """Return what an update that is no press means, None for what concerns nobody; `raw` is what it was read from."""
    member = update.my_chat_member
    if member is not None:
        status = member.new_chat_member.status
        if member.chat.type == ChatType.PRIVATE:
            return Blocked(member.chat.id) if status == ChatMember.BANNED else None
        return None if status in (ChatMember.LEFT, ChatMember.BANNED) else Elsewhere(member.chat.id)
    chat = update.effective_chat
    if chat is not None and chat.type != ChatType.PRIVATE:
        return Elsewhere(chat.id)
    message = update.message
    if message is None or message.from_user is None or message.from_user.is_bot:
        return None
    return Incoming(message.chat.id, _said(message, raw), message.message_id, message.date.timestamp())


def read_raw(raw: Mapping[str, Any]) -> Incoming | None:
    """Return what a text is at least, when the library cannot read its update: it is erased, and home answers."""
    try:
        message = raw["message"]
        if message["chat"]["type"] == ChatType.PRIVATE and "text" in message:
            return Incoming(int(message["chat"]["id"]), Opened(), int(message["message_id"]), float(message["date"]))
    except (KeyError, TypeError, ValueError):
        pass
    return None


def read_press(query: Mapping[str, Any], now: float, *, fresh: bool) -> Incoming | Elsewhere | None:
    """Return what a press means, from its bare fields; `fresh`: it cannot be old.

    Raises KeyError, TypeError or ValueError for what is no press. The library would build the whole message that was
    pressed, each button included, for six fields: a fifth of a turn.
    """
    if "message" not in query:
        return None
    message = query["message"]
    chat, sent = int(message["chat"]["id"]), float(message["date"])
    if message["chat"]["type"] != ChatType.PRIVATE:
        return Elsewhere(chat)
    drawn = max(sent, float(message.get("edit_date", 0)))
    token, choice = read_data(str(query.get("data", "")))
    id, pressed = int(message["message_id"]), Pressed(choice)
    return Incoming(chat, pressed, id, now, str(query["id"]), token, sent, drawn, known=fresh)


def _said(message: Message, raw: Mapping[str, Any]) -> Event | None:
    """Return what a message says; a kind that the library does not know, or the server, is something she sent."""
    if message.text is None:
        sent = message.effective_attachment or message.story or message.checklist
        unknown = message.api_kwargs or not raw["message"].keys() - ENVELOPE
        return Unreadable("attachment") if sent or unknown else None
    opens = OPENS.fullmatch(message.text)
    if opens is not None:
        at = FROM.fullmatch(opens["from"] or "")
        return Opened(at["area"], None, at["place"]) if at else Opened()
    return Typed(ADDRESSED.sub(r"\1", message.text))
