"""A person with a phone: what she does, what she sees, what her phone tells her."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from tests.botapi.model import Button, Message, Notice, Press
from tests.botapi.queue import PRESS_KEPT
from tests.botapi.text import width

if TYPE_CHECKING:
    from tests.botapi.world import Chat, World

_COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?!\w)")


class Person:
    """One private chat, from the other side. Everything that she does returns the id of the update that it made."""

    def __init__(self, world: World, chat: Chat) -> None:
        self.world = world
        self.chat = chat
        self.last_update: int | None = None

    @property
    def chat_id(self) -> int:
        """Return the id of her chat, which is also hers."""
        return self.chat.id

    @property
    def user(self) -> dict[str, Any]:
        """Return who she is, as the Bot API writes it."""
        return self.chat.user

    # What she sees.

    @property
    def visible(self) -> list[Message]:
        """Return the messages that she sees, oldest first."""
        return [m for m in self.chat.messages.values() if not m.gone and not m.unseen]

    @property
    def screen(self) -> Message | None:
        """Return the last message of the bot that she sees."""
        return next((m for m in reversed(self.visible) if m.from_bot), None)

    @property
    def presses(self) -> list[Press]:
        """Return every button that she pressed, and what became of the wheel on it."""
        return self.chat.presses

    @property
    def toasts(self) -> list[str]:
        """Return the words shown over the chat in answer to a press."""
        return [press.text for press in self.chat.presses if press.text]

    @property
    def spinning(self) -> list[Press]:
        """Return the presses whose wheel still turns."""
        now = self.world.clock.now()
        return [p for p in self.chat.presses if not p.answered and now - p.at <= self.world.presses_last]

    @property
    def notifications(self) -> list[Notice]:
        """Return what her phone listed; it buzzed for those that are not silent."""
        return self.chat.notices

    # What she does.

    async def start(self, payload: str = "") -> int | None:
        """Press « Start », perhaps from a link with a payload."""
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
        if message.from_bot or message.gone:
            raise AssertionError(f"message {message_id} is not hers to edit")
        message.text, message.entities = text, commands(text)
        message.edit_date = self.world.now()
        return self._push("edited_message", message.json(self.chat.json()), ("chat", self.chat_id))

    async def press(self, what: str, on: int | None = None, *, gone: bool = False) -> int | None:
        """Press the button of that label or callback data, on the newest message that has it, or on `on`.

        `gone`: her phone does not know yet that the bot deleted the message.
        """
        message, button = self._button(what, on, gone)
        if button.data is None:
            raise AssertionError(f"« {what} » opens {button.url}: a bot hears nothing of that press")
        press = Press(self.world.new_press_id(), message.id, button.data, self.world.clock.now())
        self.chat.presses.append(press)
        self.world.presses[press.query_id] = (self.chat, press)
        if message.gone:
            seen: dict[str, Any] = {"message_id": message.id, "chat": self.chat.json(), "date": 0}
        else:
            seen = message.json(self.chat.json())
        body = {
            "id": press.query_id,
            "from": self.user,
            "message": seen,
            "chat_instance": str(-self.chat_id * 7919),
            "data": button.data,
        }
        return self._push("callback_query", body, ("press", self.chat_id), PRESS_KEPT)

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
        return self._membership(blocked=True)

    async def unblock(self) -> int | None:
        """Let the bot write again."""
        return self._membership(blocked=False)

    def delete_account(self) -> None:
        """Leave Telegram for ever."""
        self.chat.deleted = True

    async def settled(self, timeout: float = 5.0, after: int | None = None) -> None:  # noqa: ASYNC109
        """Wait until what she did, up to `after`, was acknowledged by the bot."""
        update_id = self.last_update if after is None else after
        try:
            await asyncio.wait_for(self.world.queue.settled(update_id), timeout)
        except TimeoutError:
            raise AssertionError(f"update {update_id} was not acknowledged within {timeout} s") from None

    # How.

    def _button(self, what: str, on: int | None, gone: bool) -> tuple[Message, Button]:
        messages = self.visible if not gone else [m for m in self.chat.messages.values() if not m.unseen]
        for message in reversed(messages):
            if message.from_bot and (on is None or message.id == on):
                for button in (b for row in message.buttons for b in row):
                    if what in (button.text, button.data):
                        return message, button
        shown = [b.text for m in messages for row in m.buttons for b in row]
        raise AssertionError(f"no button « {what} »{f' on {on}' if on else ''}; she sees {shown}")

    def _send(self, kind: str, text: str, content: dict[str, Any], reply_to: int | None = None) -> int | None:
        self.chat.known = True
        message = Message(
            id=self.world.new_id(self.chat),
            chat_id=self.chat_id,
            date=self.world.now(),
            kind=kind,
            sender=self.user,
            from_bot=False,
            text=text,
            entities=commands(text),
            content=content,
            reply_to=self.chat.messages.get(reply_to) if reply_to else None,
        )
        self.world.add(self.chat, message)
        if self.chat.blocked:
            return None
        return self._push("message", message.json(self.chat.json()), ("chat", self.chat_id))

    def _membership(self, *, blocked: bool) -> int | None:
        if self.chat.blocked == blocked:
            return None
        self.chat.blocked = blocked
        member = {"user": self.world.bot, "status": "member"}
        kicked = {"user": self.world.bot, "status": "kicked", "until_date": 0}
        body = {
            "chat": self.chat.json(),
            "from": self.user,
            "date": self.world.now(),
            "old_chat_member": member if blocked else kicked,
            "new_chat_member": kicked if blocked else member,
        }
        return self._push("my_chat_member", body, ("member", self.chat_id))

    def _push(self, kind: str, body: dict[str, Any], lane: tuple[str, int], kept: float = 86400) -> int | None:
        update_id = self.world.queue.push(kind, body, lane, kept)
        if update_id is not None:
            self.last_update = update_id
        return update_id


def commands(text: str) -> list[dict[str, Any]]:
    """Return the commands of a text, as the server marks them."""
    return [
        {"offset": width(text[: m.start()]), "length": len(m[0]), "type": "bot_command"}
        for m in _COMMAND.finditer(text)
    ]


def _file(name: str) -> dict[str, Any]:
    return {"file_id": f"file-{name}", "file_unique_id": f"unique-{name}", "file_size": 1000}
