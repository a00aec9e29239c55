"""A chat from the inside: what is seen there, and how what people do becomes updates."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from tests.botapi.model import Button, Message, Press
from tests.botapi.queue import DAY, PRESS_KEPT
from tests.botapi.text import width

if TYPE_CHECKING:
    from tests.botapi.world import Chat, World

RIGHTS = (
    "manage_chat", "delete_messages", "manage_video_chats", "restrict_members", "promote_members", "change_info",
    "invite_users", "post_stories", "edit_stories", "delete_stories",
)  # fmt: skip
CHANNEL_RIGHTS = ("post_messages", "edit_messages")
GROUP_RIGHTS = ("pin_messages", "manage_topics")

_COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?!\w)")


class Room:
    """What a person's chat, a group and a channel have in common."""

    def __init__(self, world: World, chat: Chat) -> None:
        self.world = world
        self.chat = chat
        self.last_update: int | None = None

    @property
    def chat_id(self) -> int:
        """Return the id of the chat."""
        return self.chat.id

    @property
    def visible(self) -> list[Message]:
        """Return the messages that are seen there, oldest first."""
        return [m for m in self.chat.messages.values() if m.seen]

    @property
    def screen(self) -> Message | None:
        """Return the last message of the bot that is seen."""
        return next((m for m in reversed(self.chat.messages.values()) if m.from_bot and m.seen), None)

    @property
    def presses(self) -> list[Press]:
        """Return every button that was pressed, and what became of the wheel on it."""
        return self.chat.presses

    async def settled(self, timeout: float = 5.0, after: int | None = None) -> None:  # noqa: ASYNC109 — it fails in words
        """Wait until what was done here, up to the update `after`, was acknowledged by the bot."""
        update_id = self.last_update if after is None else after
        try:
            await asyncio.wait_for(self.world.queue.settled(update_id), timeout)
        except TimeoutError:
            raise AssertionError(f"update {update_id} was not acknowledged within {timeout} s") from None

    def _add(
        self,
        kind: str,
        text: str,
        content: dict[str, Any],
        sender: dict[str, Any] | None,
        reply_to: int | None = None,
    ) -> Message:
        message = Message(
            id=self.world.new_id(self.chat),
            chat_id=self.chat_id,
            date=self.world.now(),
            kind=kind,
            sender=sender,
            from_bot=False,
            text=text,
            entities=commands(text),
            content=content,
            reply_to=self.chat.messages.get(reply_to) if reply_to else None,
        )
        return self.world.add(self.chat, message)

    def _press(self, user: dict[str, Any], what: str, on: int | None, gone: bool) -> int | None:
        message, button = self._button(what, on, gone)
        if button.data is None:
            raise AssertionError(f"« {what} » opens {button.url}: a bot hears nothing of that press")
        press = Press(self.world.new_press_id(), message.id, button.data, self.world.clock.now())
        self.chat.presses.append(press)
        self.world.presses[press.query_id] = press
        chat = self.chat.json()
        body = {
            "id": press.query_id,
            "from": user,
            # What the bot deleted reaches it as a message that cannot be read, dated 0.
            "message": {"message_id": message.id, "chat": chat, "date": 0} if message.gone else message.json(chat),
            "chat_instance": str(-self.chat_id * 7919),
            "data": button.data,
        }
        return self._push("callback_query", body, ("press", user["id"]), PRESS_KEPT)

    def _button(self, what: str, on: int | None, gone: bool) -> tuple[Message, Button]:
        messages = [m for m in self.chat.messages.values() if not m.unseen and (gone or not m.gone)]
        for message in reversed(messages):
            if message.from_bot and (on is None or message.id == on):
                for button in (b for row in message.buttons for b in row):
                    if what in (button.text, button.data):
                        return message, button
        shown = [b.text for m in messages for row in m.buttons for b in row]
        raise AssertionError(f"no button « {what} »{f' on message {on}' if on else ''}; there are {shown}")

    def _membership(self, by: dict[str, Any], before: str, after: str) -> int | None:
        body = {
            "chat": self.chat.json(),
            "from": by,
            "date": self.world.now(),
            "old_chat_member": self._member(before),
            "new_chat_member": self._member(after),
        }
        return self._push("my_chat_member", body, ("member", self.chat_id))

    def _member(self, status: str) -> dict[str, Any]:
        member: dict[str, Any] = {"user": self.world.bot, "status": status}
        if status == "kicked":
            member["until_date"] = 0
        if status == "administrator":
            own = CHANNEL_RIGHTS if self.chat.kind == "channel" else GROUP_RIGHTS
            member |= {f"can_{right}": True for right in (*RIGHTS, *own)}
            member |= {"can_be_edited": False, "is_anonymous": False}
        return member

    def _push(self, kind: str, body: dict[str, Any], lane: tuple[str, int], kept: float = DAY) -> int | None:
        update_id = self.world.queue.push(kind, body, lane, kept)
        if update_id is not None:
            self.last_update = update_id
        return update_id


def commands(text: str) -> list[dict[str, Any]]:
    """Return the commands of a text, as the server marks them."""
    if "/" not in text:
        return []
    return [
        {"offset": width(text[: m.start()]), "length": len(m[0]), "type": "bot_command"}
        for m in _COMMAND.finditer(text)
    ]
