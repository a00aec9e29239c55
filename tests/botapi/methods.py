"""Methods about messages: send, edit, delete, answer a press."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.botapi import content
from tests.botapi.errors import Refused, bad
from tests.botapi.markup import judge, reply_markup
from tests.botapi.model import Message, Notice
from tests.botapi.params import Params, boolean, integer, string, structure
from tests.botapi.text import LONGEST, width

if TYPE_CHECKING:
    from tests.botapi.world import Chat, World

MOST_DELETED = 100
LONGEST_TOAST = 200

ACTIONS = frozenset({
    "cancel", "typing", "record_video", "upload_video", "record_audio", "record_voice", "upload_audio",
    "upload_voice", "upload_photo", "upload_document", "choose_sticker", "pick_up_location", "find_location",
    "record_video_note", "upload_video_note",
})  # fmt: skip


def send_message(world: World, params: Params) -> dict[str, Any]:
    """Put a text in a chat."""
    preview = content.preview(params)
    text, entities = content.text(params)
    kind, markup = reply_markup(params)
    chat = world.find(string(params, "chat_id"), write=True)
    reply = _replied(world, chat, params)
    judge(markup)
    text, entities = content.tidy(text, entities)
    world.reachable(chat)
    if _size(world, text) > LONGEST:
        raise bad("Message is too long")
    message = Message(
        id=world.new_id(chat),
        chat_id=chat.id,
        date=world.now(),
        kind="text",
        sender=None if chat.kind == "channel" else world.bot,
        from_bot=True,
        text=text,
        entities=entities,
        markup=markup,
        silent=boolean(params, "disable_notification"),
        preview_disabled=bool(preview and preview.get("is_disabled")),
        preview=preview,
        protected=boolean(params, "protect_content"),
        reply_to=reply,
        editable=kind != "other",
    )
    world.add(chat, message)
    chat.notices.append(Notice(message.id, text, world.clock.now(), message.silent))
    return message.json(chat.json())


def edit_message_text(world: World, params: Params) -> dict[str, Any] | bool:
    """Write a message again."""
    preview = content.preview(params)
    text, entities = content.text(params)
    _, markup = reply_markup(params)
    chat, message = _editable(world, params)
    if message.kind != "text":
        raise bad("There is no text in the message to edit")
    judge(markup)
    text, entities = content.tidy(text, entities)
    world.reachable(chat)
    if _size(world, text) > LONGEST:
        raise bad("MESSAGE_TOO_LONG")  # an edit has its refusal in capitals, a new message in words
    disabled = bool(preview and preview.get("is_disabled"))
    before = (message.text, message.entities, message.markup, message.preview_disabled)
    if before == (text, entities, markup, disabled):
        raise _unmodified()
    message.text, message.entities, message.markup = text, entities, markup
    message.preview, message.preview_disabled = preview, disabled
    message.edit_date = world.now()
    return message.json(chat.json())


def edit_message_reply_markup(world: World, params: Params) -> dict[str, Any] | bool:
    """Change the keyboard under a message."""
    _, markup = reply_markup(params)
    chat, message = _editable(world, params)
    judge(markup)
    world.reachable(chat)
    if message.markup == markup:
        raise _unmodified()
    message.markup = markup
    message.edit_date = world.now()
    return message.json(chat.json())


def delete_message(world: World, params: Params) -> bool:
    """Delete one message for everybody."""
    chat_id = string(params, "chat_id")
    message_id = integer(params, "message_id")
    if not chat_id:
        raise bad("Chat identifier is not specified")
    if message_id <= 0:
        raise bad("Message identifier is not specified")
    chat = world.find(chat_id, write=True)
    message = world.message(chat, message_id, "message to delete")
    world.deletable(chat, message)
    message.gone = True
    return True


def delete_messages(world: World, params: Params) -> bool:
    """Delete up to a hundred messages: all of those that are known, or none if one of them may not be deleted."""
    ids = _ids(params)
    chat = world.find(string(params, "chat_id"), write=True)
    known = [m for i in ids if (m := chat.messages.get(i)) is not None and not m.gone]
    for message in known:
        world.deletable(chat, message)
    for message in known:
        message.gone = True
    return True


def answer_callback_query(world: World, params: Params) -> bool:
    """Stop the wheel on a button, with or without a word."""
    press = world.presses.get(string(params, "callback_query_id"))
    text = string(params, "text")
    late = press is None or world.clock.now() - press.at > world.rules.presses_last
    if press is None or late or (press.answered and not world.rules.answer_twice):
        raise bad("query is too old and response timeout expired or query ID is invalid")
    if width(text) > LONGEST_TOAST:
        raise bad("MESSAGE_TOO_LONG")
    url = string(params, "url")
    if url and not url.startswith((f"https://t.me/{world.bot['username']}?start=", "tg://")):
        raise bad("URL_INVALID")
    if not press.answered:
        press.answered = True
        press.text = text or None
        press.alert = boolean(params, "show_alert")
        press.url = url or None
    return True


def send_chat_action(world: World, params: Params) -> bool:
    """Show « … is typing »."""
    action = string(params, "action").lower()
    if action not in ACTIONS:
        raise bad("Wrong parameter action in request")
    chat = world.find(string(params, "chat_id"), write=True)
    world.reachable(chat)
    return True


def _size(world: World, text: str) -> int:
    return width(text) if world.rules.wide_counts_twice else len(text)


def _unmodified() -> Refused:
    return bad(
        "message is not modified: specified new message content and reply markup are exactly the same as a current "
        "content and reply markup of the message"
    )


def _editable(world: World, params: Params) -> tuple[Chat, Message]:
    chat_id = string(params, "chat_id")
    message_id = integer(params, "message_id")
    if not chat_id and message_id <= 0:
        if string(params, "inline_message_id"):
            raise bad("MESSAGE_ID_INVALID")
        raise bad("Message identifier is not specified")
    chat = world.find(chat_id, edit=True)
    message = world.message(chat, message_id, "message to edit")
    if not message.from_bot or not message.editable:
        raise bad("Message can't be edited")
    return chat, message


def _replied(world: World, chat: Chat, params: Params) -> Message | None:
    given = structure(params, "reply_parameters", "Can't parse reply parameters JSON object") or {}
    if not isinstance(given, dict):
        raise bad("Object expected as reply parameters")
    message_id = int(given.get("message_id") or integer(params, "reply_to_message_id"))
    if message_id <= 0:
        return None
    message = chat.messages.get(message_id)
    if message is not None and not message.gone:
        return message
    if given.get("allow_sending_without_reply") or boolean(params, "allow_sending_without_reply"):
        return None
    raise bad("message to be replied not found")


def _ids(params: Params) -> list[int]:
    value = structure(params, "message_ids", "Can't parse message_ids JSON object")
    if value is None or value == []:
        raise bad("Message identifiers are not specified")
    if not isinstance(value, list):
        raise bad("Expected an Array of message identifiers")
    if len(value) > MOST_DELETED:
        raise bad("Too many message identifiers specified")
    ids = []
    for item in value:
        if isinstance(item, bool) or not isinstance(item, (int, float, str)):
            raise bad("Message identifier must be a Number")
        if not re.fullmatch(r"-?\d{1,10}", str(item)) or abs(int(item)) >= 1 << 31:
            raise bad("Can't parse message identifier as a Number")
        if int(item) <= 0:
            raise bad("Invalid message identifier specified")
        ids.append(int(item))
    return ids
