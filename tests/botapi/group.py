"""Groups and channels: where a bot is put, and what it hears there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.botapi.room import Room

if TYPE_CHECKING:
    from tests.botapi.person import Person
    from tests.botapi.world import Chat, World

STRANGER = {"id": 7_400_123_456, "is_bot": False, "first_name": "Quelqu'un"}


class Group(Room):
    """A group or a channel. Like most bots this one hears only what is said to it: commands, mentions, replies."""

    def __init__(self, world: World, chat: Chat) -> None:
        super().__init__(world, chat)
        self.left = False
        """Whether the bot left by itself."""

    async def add_bot(self, by: Person | None = None) -> int | None:
        """Put the bot in: as an administrator in a channel, as a member elsewhere."""
        before, self.chat.status = self.chat.status, "administrator" if self.chat.kind == "channel" else "member"
        self.chat.known, self.left = True, False
        user = self._meet(by)
        update_id = self._membership(user, before, self.chat.status)
        if self.chat.kind != "channel":
            bot = self.world.bot
            joined = {"new_chat_participant": bot, "new_chat_member": bot, "new_chat_members": [bot]}
            message = self._add("joined", "", joined, user)
            update_id = self._push("message", message.json(self.chat.json()), ("chat", self.chat_id))
        return update_id

    async def promote_bot(self, by: Person | None = None) -> int | None:
        """Make the bot an administrator."""
        before, self.chat.status = self.chat.status, "administrator"
        return self._membership(self._meet(by), before, "administrator")

    async def kick_bot(self, by: Person | None = None) -> int | None:
        """Put the bot out."""
        before, self.chat.status = self.chat.status, "kicked"
        return self._membership(self._meet(by), before, "kicked")

    async def say(self, text: str, by: Person | None = None, reply_to: int | None = None) -> int | None:
        """Let somebody write, or the channel publish."""
        if self.chat.kind == "channel":
            post = self._add("text", text, {}, None, reply_to)
            return self._push("channel_post", post.json(self.chat.json()), ("chat", self.chat_id))
        message = self._add("text", text, {}, self._meet(by), reply_to)
        if not self._concerns_bot(text, message.reply_to is not None and message.reply_to.from_bot):
            return None
        return self._push("message", message.json(self.chat.json()), ("chat", self.chat_id))

    async def press(self, what: str, by: Person | None = None, on: int | None = None) -> int | None:
        """Let somebody press a button under a message of the bot."""
        return self._press(self._meet(by), what, on, False)

    def left_by_bot(self) -> None:
        """Note that the bot left, and tell it so, as Telegram does."""
        before, self.chat.status = self.chat.status, "left"
        self.left = True
        self._membership(self.world.bot, before, "left")

    def _meet(self, by: Person | None) -> dict[str, Any]:
        """Return who acts. A bot that saw somebody in a group knows her, and still may not write to her first."""
        if by is None:
            return STRANGER
        by.chat.acquainted = True
        return by.user

    def _concerns_bot(self, text: str, answers_bot: bool) -> bool:
        if self.chat.status not in {"member", "administrator"}:
            return False
        name = self.world.bot["username"]
        if self.chat.status == "administrator" or answers_bot or re.search(rf"@{name}\b", text, re.I):
            return True
        return re.match(r"/[A-Za-z0-9_]+(?![\w@])", text) is not None
