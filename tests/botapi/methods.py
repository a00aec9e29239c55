"""Methods about messages: send, edit, delete, answer a press."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.botapi.errors import Refused, bad
from tests.botapi.links import checked_link
from tests.botapi.markup import reply_markup
from tests.botapi.model import Message, Notice
from tests.botapi.params import Params, boolean, field, flag, integer, string, structure
from tests.botapi.text import LONGEST, LONGEST_RAW, clean, ordered, parse_html, width
from tests.botapi.world import World

MOST_ENTITIES = 100
MOST_DELETED = 100
LONGEST_TOAST = 200

ACTIONS = frozenset(
    [
        "cancel",
        "typing",
        "record_video",
        "upload_video",
        "record_audio",
        "record_voice",
        "upload_audio",
        "upload_voice",
        "upload_photo",
        "upload_document",
        "choose_sticker",
        "pick_up_location",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)
WRITTEN = {"bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "text_link", "text_mention"}
WRITTEN |= {"custom_emoji", "blockquote", "expandable_blockquote", "date_time"}
FOUND = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number"}


def send_message(world: World, params: Params) -> dict[str, Any]:
    """Put a text in a chat."""
    preview = _preview(params)
    text, entities = _text(params)
    kind, markup = reply_markup(params)
    chat = world.find(string(params, "chat_id"), write=True)
    reply = _replied(world, chat, params)
    text, entities = _tidy(text, entities)
    world.reachable(chat)
    if width(text) > LONGEST:
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
    preview = _preview(params)
    text, entities = _text(params)
    _, markup = reply_markup(params)
    chat, message = _editable(world, params)
    if message.kind != "text":
        raise bad("There is no text in the message to edit")
    text, entities = _tidy(text, entities)
    world.reachable(chat)
    if width(text) > LONGEST:
        raise bad("MESSAGE_TOO_LONG")
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
    found = world.presses.get(string(params, "callback_query_id"))
    text = string(params, "text")
    expired = found is None or world.clock.now() - found[1].at > world.presses_last
    if found is None or expired or (found[1].answered and not world.answer_twice):
        raise bad("query is too old and response timeout expired or query ID is invalid")
    if width(text) > LONGEST_TOAST:
        raise bad("MESSAGE_TOO_LONG")
    url = string(params, "url")
    if url and not url.startswith((f"https://t.me/{world.bot['username']}?start=", "tg://")):
        raise bad("URL_INVALID")
    press = found[1]
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
    world.actions.append((chat.id, action))
    return True


def _unmodified() -> Refused:
    return bad(
        "message is not modified: specified new message content and reply markup are exactly the same as a current "
        "content and reply markup of the message"
    )


def _editable(world: World, params: Params) -> tuple[Any, Message]:
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


def _replied(world: World, chat: Any, params: Params) -> Message | None:
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


def _preview(params: Params) -> dict[str, Any] | None:
    value = structure(params, "link_preview_options", "Can't parse link preview options JSON object")
    if value is None:
        return {"is_disabled": True} if boolean(params, "disable_web_page_preview") else None
    if not isinstance(value, dict):
        raise bad("Object expected as link preview options")
    names = ("is_disabled", "prefer_small_media", "prefer_large_media", "show_above_text")
    try:
        kept: dict[str, Any] = {name: True for name in names if flag(value, name)}
        url = field(value, "url", required=False)
    except ValueError as fault:
        raise bad(str(fault)) from None
    if url and "is_disabled" not in kept:
        kept["url"] = url
    return kept or None


def _text(params: Params) -> tuple[str, list[dict[str, Any]]]:
    text = string(params, "text")
    if not text:
        raise bad("Message text is empty")
    if len(text.encode()) > LONGEST_RAW:
        raise bad("Text is too long")
    mode = string(params, "parse_mode").lower()
    if mode == "html":
        return parse_html(text)
    if mode not in {"", "none"}:
        raise bad("Unsupported parse_mode")
    return text, _entities(params)


def _entities(params: Params) -> list[dict[str, Any]]:
    value = params.get("entities")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return []
    kept = []
    for entity in value if isinstance(value, list) else []:
        try:
            kept.append(_entity(entity))
        except ValueError as fault:
            raise bad(f"Can't parse MessageEntity: {fault}") from None
    return ordered([entity for entity in kept if entity])


def _entity(entity: Any) -> dict[str, Any] | None:
    if not isinstance(entity, dict):
        raise ValueError("expected an Object")
    for name in ("offset", "length"):
        if not isinstance(entity.get(name), int):
            raise ValueError(f'Can\'t find field "{name}"')
    kind = field(entity, "type")
    if kind in FOUND:
        return None
    if kind not in WRITTEN:
        raise ValueError("Unsupported type specified")
    if kind == "text_link":
        link = checked_link(field(entity, "url"))
        return {**entity, "url": link} if link else None
    return dict(entity)


def _tidy(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Return what is left once the server has cleaned and trimmed; refuse when nothing is."""
    for entity in entities:
        if not 0 <= entity["offset"] <= 1_000_000:
            raise bad(f"Receive an entity with incorrect offset {entity['offset']}")
        if not 0 <= entity["length"] <= 1_000_000:
            raise bad(f"Receive an entity with incorrect length {entity['length']}")
    if not entities:
        text = clean(text).rstrip()
        kept = text.lstrip(" \n")
        if not kept or not re.search(r"[^\s\u200b-\u200f\u2060-\u206f\ufeff]", kept):
            raise bad("Text must be non-empty")
        return kept, []
    return _tidy_with(text, entities)


def _tidy_with(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    units = text.encode("utf-16-le", "surrogatepass")
    size = len(units) // 2

    def cleaned(end: int) -> int:
        return width(clean(units[: end * 2].decode("utf-16-le", "replace")))

    moved = []
    for entity in entities:
        begin = cleaned(min(entity["offset"], size))
        end = cleaned(min(entity["offset"] + entity["length"], size))
        moved.append({**entity, "offset": begin, "length": end - begin})
    body = clean(text).rstrip()
    first = min((e["offset"] for e in moved if e["length"] > 0), default=len(body))
    lead = min(len(body) - len(body.lstrip(" \n")), first)
    last = width(body)
    kept = []
    for entity in moved:
        begin, end = entity["offset"], min(entity["offset"] + entity["length"], last)
        if end > begin:
            kept.append({**entity, "offset": begin - lead, "length": end - begin})
    body = body[lead:]
    if not body.strip():
        raise bad("Text must be non-empty")
    return body, kept[:MOST_ENTITIES]


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
