"""A person with a phone: what she does, what she sees, what her phone tells her."""

from __future__ import annotations

from typing import Any

from tests.botapi.model import Notice, Press
from tests.botapi.room import Room, commands


class Person(Room):
    """One private chat, from the other side.

    Whatever she does returns the id of the update that it made, or None when the bot is not told.
    """

    @property
    def user(self) -> dict[str, Any]:
        """Return who she is, as the Bot API writes it."""
        return self.chat.user

    # What she sees.

    @property
    def toasts(self) -> list[str]:
        """Return the words shown over the chat in answer to a press."""
        return [press.text for press in self.chat.presses if press.text]

    @property
    def spinning(self) -> list[Press]:
        """Return the presses whose wheel still turns."""
        now = self.world.clock.now()
        return [p for p in self.chat.presses if not p.answered and now - p.at <= self.world.rules.presses_last]

    @property
    def notifications(self) -> list[Notice]:
        """Return what her phone listed; it buzzed for those that are not silent."""
        return self.chat.notices

    # What she does.

    async def start(self, payload: str = "") -> int | None:
        """Press « Start », perhaps from a link with a payload. It unblocks."""
        if self.chat.blocked:
            await self.unblock()
        return await self.say(f"/start {payload}".strip())

    async def say(self, text: str, reply_to: int | None = None) -> int | None:
        """Write."""
        return self._send("text", text, {}, reply_to)

    async def photo(self, caption: str | None = None) -> int | None:
        """Send a picture."""
        sizes = [{**_file("photo"), "width": 90, "height": 90}, {**_file("picture"), "width": 800, "height": 800}]
        return self._send("photo", caption or "", {"photo": sizes})

    async def voice(self) -> int | None:
        """Send her voice."""
        return self._send("voice", "", {"voice": {**_file("voice"), "duration": 3, "mime_type": "audio/ogg"}})

    async def sticker(self) -> int | None:
        """Send a sticker."""
        sticker = {"width": 512, "height": 512, "type": "regular", "is_animated": False, "is_video": False}
        return self._send("sticker", "", {"sticker": {**_file("sticker"), **sticker, "emoji": "👋"}})

    async def location(self, latitude: float = 48.85, longitude: float = 2.35) -> int | None:
        """Send where she is."""
        return self._send("location", "", {"location": {"latitude": latitude, "longitude": longitude}})

    async def contact(self, phone: str = "+33600000000") -> int | None:
        """Send a contact: her own."""
        contact = {"phone_number": phone, "first_name": self.user["first_name"], "user_id": self.chat_id}
        return self._send("contact", "", {"contact": contact})

    async def document(self, caption: str | None = None, name: str = "note.pdf") -> int | None:
        """Send a file."""
        return self._send("document", caption or "", {"document": {**_file("document"), "file_name": name}})

    async def dice(self) -> int | None:
        """Throw a die: one of the messages that no bot expects."""
        return self._send("dice", "", {"dice": {"emoji": "🎲", "value": 4}})

    async def edit(self, message_id: int, text: str) -> int | None:
        """Write one of her own messages again."""
        message = self.chat.messages[message_id]
        if message.from_bot or not message.seen:
            raise AssertionError(f"message {message_id} is not hers to edit")
        message.text, message.entities = text, commands(text)
        message.edit_date = self.world.now()
        if self.chat.blocked:
            return None
        return self._push("edited_message", message.json(self.chat.json()), ("chat", self.chat_id))

    async def press(self, what: str, on: int | None = None, *, gone: bool = False) -> int | None:
        """Press the button of that label or callback data, on the newest message that has it, or on `on`.

        `gone`: her phone does not know yet that the bot deleted the message.
        """
        if self.chat.blocked:
            raise AssertionError("she blocked the bot: her phone shows nothing to press but « Restart »")
        return self._press(self.user, what, on, gone)

    def delete(self, message_id: int, for_bot: bool = False) -> None:
        """Delete a message: for herself, or for the bot too. The bot is told nothing."""
        message = self.chat.messages[message_id]
        message.unseen = True
        message.gone = message.gone or for_bot

    def clear(self, for_bot: bool = False) -> None:
        """Delete the whole conversation: for herself, or for the bot too."""
        for message in self.visible:
            self.delete(message.id, for_bot)

    async def block(self) -> int | None:
        """Block the bot."""
        if self.chat.blocked:
            return None
        self.chat.blocked = True
        return self._membership(self.user, "member", "kicked")

    async def unblock(self) -> int | None:
        """Let the bot write again."""
        if not self.chat.blocked:
            return None
        self.chat.blocked = False
        return self._membership(self.user, "kicked", "member")

    def delete_account(self) -> None:
        """Leave Telegram for ever."""
        self.chat.deleted = True

    def _send(self, kind: str, text: str, content: dict[str, Any], reply_to: int | None = None) -> int | None:
        self.chat.known = True
        message = self._add(kind, text, content, self.user, reply_to)
        if self.chat.blocked:
            return None
        return self._push("message", message.json(self.chat.json()), ("chat", self.chat_id))


def _file(name: str) -> dict[str, Any]:
    return {"file_id": f"file-{name}", "file_unique_id": f"unique-{name}", "file_size": 1000}
