"""The nouns: messages, buttons, presses, and what is noted of every call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.botapi.text import to_html


@dataclass(frozen=True, slots=True)
class Button:
    """One button of an inline keyboard, as a person sees it."""

    text: str
    data: str | None = None
    url: str | None = None
    style: str | None = None


@dataclass(slots=True)
class Message:
    """One message of one chat. A person and the bot may each have lost sight of it."""

    id: int
    chat_id: int
    date: int
    kind: str
    sender: dict[str, Any] | None
    from_bot: bool
    text: str = ""
    entities: list[dict[str, Any]] = field(default_factory=list)
    markup: dict[str, Any] | None = None
    edit_date: int | None = None
    silent: bool = False
    preview_disabled: bool = False
    protected: bool = False
    reply_to: Message | None = None
    preview: dict[str, Any] | None = None
    content: dict[str, Any] = field(default_factory=dict)
    editable: bool = True
    gone: bool = False
    unseen: bool = False

    @property
    def seen(self) -> bool:
        """Tell whether a person still sees it."""
        return not (self.gone or self.unseen)

    @property
    def buttons(self) -> list[list[Button]]:
        """Return the rows of its inline keyboard."""
        rows = self.markup["inline_keyboard"] if self.markup else []
        return [[Button(b["text"], b.get("callback_data"), b.get("url"), b.get("style")) for b in row] for row in rows]

    @property
    def html(self) -> str:
        """Return its text with its entities as HTML."""
        return to_html(self.text, self.entities)

    def json(self, chat: dict[str, Any], *, reply: bool = True) -> dict[str, Any]:
        """Return it as the Bot API writes it."""
        out: dict[str, Any] = {"message_id": self.id}
        if self.sender is not None:
            out["from"] = self.sender
        else:
            out["sender_chat"] = chat
        out["chat"] = chat
        out["date"] = self.date
        if self.edit_date:
            out["edit_date"] = self.edit_date
        if reply and self.reply_to is not None and not self.reply_to.gone:
            out["reply_to_message"] = self.reply_to.json(chat, reply=False)
        if self.kind == "text":
            out["text"] = self.text
            if self.entities:
                out["entities"] = self.entities
            if self.preview:
                out["link_preview_options"] = self.preview
        else:
            out.update(self.content)
            if self.text:
                out["caption"] = self.text
                if self.entities:
                    out["caption_entities"] = self.entities
        if self.protected:
            out["has_protected_content"] = True
        if self.markup:
            out["reply_markup"] = self.markup
        return out


@dataclass(slots=True)
class Press:
    """A button that was pressed: the phone shows a wheel on it until the bot answers."""

    query_id: str
    message_id: int
    data: str
    at: float
    answered: bool = False
    text: str | None = None
    alert: bool = False
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What a phone put in its list of notifications; it buzzed unless `silent`."""

    message_id: int
    text: str
    at: float
    silent: bool


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the bot. `status` is 0 when its answer never left."""

    method: str
    params: dict[str, Any]
    at: float
    clock: float
    status: int
    description: str | None
    chat_id: int | None
    took: float


@dataclass(slots=True)
class Heard:
    """A call while it is dealt with."""

    at: float
    clock: float
    method: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    chat_id: int | None = None
