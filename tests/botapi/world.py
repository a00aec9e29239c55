"""Chats and their messages, as the server keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.botapi.errors import Refused, bad, forbidden
from tests.botapi.model import Message
from tests.botapi.profile import Profile
from tests.botapi.queue import DAY, Queue

if TYPE_CHECKING:
    from tests.botapi.clock import Clock
    from tests.botapi.group import Group
    from tests.botapi.model import Notice, Press
    from tests.botapi.rules import Rules

BOT_ID = 8_123_456_789


@dataclass
class Chat:
    """One chat: a person's, a group or a channel."""

    id: int
    kind: str
    title: str = ""
    user: dict[str, Any] = field(default_factory=dict)
    known: bool = False
    acquainted: bool = False
    blocked: bool = False
    deleted: bool = False
    status: str = "left"
    messages: dict[int, Message] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    presses: list[Press] = field(default_factory=list)
    next_id: int = 1

    def json(self) -> dict[str, Any]:
        """Return it as the Bot API writes it."""
        if self.kind != "private":
            return {"id": self.id, "title": self.title, "type": self.kind}
        names: dict[str, Any] = {n: self.user[n] for n in ("first_name", "last_name", "username") if n in self.user}
        return {"id": self.id, **names, "type": "private"}


class World:
    """Everything but the network: chats, ids, presses, and the updates that they make."""

    def __init__(self, clock: Clock, rules: Rules) -> None:
        self.clock = clock
        self.rules = rules
        self.queue = Queue(clock)
        self.profile = Profile()
        self.chats: dict[int, Chat] = {}
        self.groups: dict[int, Group] = {}
        self.presses: dict[str, Press] = {}
        self.logged_out_until = 0.0
        self._one_sequence = rules.ids == "account"
        self._next_id = 1
        self._next_press = 4_200_000_000_000_000_001
        self.bot: dict[str, Any] = {
            "id": BOT_ID,
            "is_bot": True,
            "first_name": "Faux robot",
            "username": "faux_robot_bot",
        }

    def check_session(self) -> None:
        """Refuse everything once the bot has logged out."""
        if self.logged_out_until and self.clock.now() < self.logged_out_until:
            raise Refused(400, "Logged out")

    def now(self) -> int:
        """Return the date that a message made now bears."""
        return int(self.clock.now())

    def new_id(self, chat: Chat) -> int:
        """Return the id of the next message of a chat.

        Private chats and small groups share one sequence, the account's; a supergroup or a channel counts for itself.
        """
        if self._one_sequence and chat.kind in {"private", "group"}:
            self._next_id += 1
            return self._next_id - 1
        chat.next_id += 1
        return chat.next_id - 1

    def new_press_id(self) -> str:
        """Return an id for a press."""
        self._next_press += 104_729
        return str(self._next_press)

    def add(self, chat: Chat, message: Message) -> Message:
        """Put a message at the end of a chat, and forget the oldest if only so many are kept."""
        chat.messages[message.id] = message
        keep = self.rules.keep
        if keep is not None:
            if len(chat.messages) > keep:
                del chat.messages[next(iter(chat.messages))]
            if len(chat.notices) > keep:
                del chat.notices[0]
            if len(chat.presses) > keep:
                self.presses.pop(chat.presses.pop(0).query_id, None)
        return message

    def find(self, chat_id: str, *, write: bool = False, edit: bool = False) -> Chat:
        """Return the chat that a parameter names, if the bot may do that there."""
        if not chat_id:
            raise bad("chat_id is empty")
        try:
            number = int(chat_id)
        except ValueError:
            # An @name too: no chat of the fake has one.
            number = 0
        chat = self.chats.get(number)
        if chat is None or not (chat.known or chat.acquainted):
            raise bad("chat not found")
        if chat.kind == "private":
            if chat.deleted and (write or edit):
                raise forbidden("user is deactivated")
            return chat
        if chat.status == "kicked":
            raise forbidden(f"bot was kicked from the {chat.kind} chat")
        if chat.status == "left":
            raise forbidden(f"bot is not a member of the {chat.kind} chat")
        return chat

    def reachable(self, chat: Chat) -> None:
        """Refuse to bring anything to a person who does not want it, or never asked."""
        if chat.kind == "private":
            if chat.blocked:
                raise forbidden("bot was blocked by the user")
            if not chat.known:
                raise forbidden("bot can't initiate conversation with a user")

    def message(self, chat: Chat, message_id: int, what: str) -> Message:
        """Return a message that the bot can still see."""
        message = chat.messages.get(message_id)
        if message is None or message.gone:
            raise bad(f"{what} not found")
        return message

    def deletable(self, chat: Chat, message: Message) -> None:
        """Refuse what a bot may not delete: anything after 48 hours, and others' messages in a group."""
        age = self.now() - message.date
        if chat.kind in {"supergroup", "channel"}:
            if age >= 2 * DAY or message.id == 1 or not (message.from_bot or chat.status == "administrator"):
                raise bad("Message can't be deleted")
        elif age > 2 * DAY or (chat.kind == "group" and not (message.from_bot or chat.status == "administrator")):
            raise bad("Message can't be deleted for everyone")
