"""Keyboards under a message: what is read, what is refused, what is kept."""

from __future__ import annotations

from typing import Any

from tests.botapi.errors import bad
from tests.botapi.links import button_link, user_of_link
from tests.botapi.params import Params, field, flag, structure
from tests.botapi.text import clean

MOST_BUTTONS = 100
LONGEST_DATA = 64

_OTHERS = ("switch_inline_query", "switch_inline_query_current_chat", "switch_inline_query_chosen_chat")


def reply_markup(params: Params) -> tuple[str, dict[str, Any] | None]:
    """Return the kind of keyboard asked for (`""`, `inline` or `other`) and the inline keyboard, cleaned."""
    value = structure(params, "reply_markup", "Can't parse reply keyboard markup JSON object")
    if value is None:
        return "", None
    if not isinstance(value, dict):
        raise bad("Object expected as reply markup")
    try:
        rows = _rows(value)
        others = [flag(value, name) for name in ("remove_keyboard", "force_reply", "selective")]
    except ValueError as fault:
        raise bad(str(fault)) from None
    if value.get("keyboard"):
        return "other", None
    if rows:
        return "inline", {"inline_keyboard": rows}
    return ("other" if others[0] or others[1] else ""), None


def _rows(value: dict[str, Any]) -> list[list[dict[str, Any]]]:
    keyboard = value.get("inline_keyboard") or []
    if not isinstance(keyboard, list):
        raise ValueError('Field "inline_keyboard" must be of type Array')
    parsed: list[list[dict[str, Any]]] = []
    for row in keyboard:
        if not isinstance(row, list):
            raise ValueError('Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
        buttons = []
        for button in row:
            try:
                buttons.append(_button(button))
            except ValueError as fault:
                raise ValueError(f"Can't parse inline keyboard button: {fault}") from None
        if buttons:
            parsed.append(buttons)
    for row in parsed:
        for button in row:
            _judge(button)
    if sum(map(len, parsed)) > MOST_BUTTONS:
        raise ValueError("reply markup is too long")
    return parsed


def _button(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise ValueError("InlineKeyboardButton must be an Object")
    text = field(button, "text")
    url = field(button, "url", required=False)
    if url:
        return {"text": text, "url": url}
    data = field(button, "callback_data", required=False)
    if data:
        return {"text": text, "callback_data": data}
    for name in _OTHERS:
        if name in button:
            return {"text": text, name: button[name]}
    if isinstance(button.get("copy_text"), dict):
        return {"text": text, "copy_text": {"text": field(button["copy_text"], "text")}}
    if isinstance(button.get("web_app"), dict):
        return {"text": text, "web_app": {"url": field(button["web_app"], "url")}}
    raise ValueError("Text buttons are unallowed in the inline keyboard")


def _judge(button: dict[str, Any]) -> None:
    """Refuse what parses and may not be shown; give an address the form that the server keeps."""
    button["text"] = clean(button["text"])
    if not button["text"]:
        raise ValueError("Inline keyboard button text must be non-empty")
    if "url" in button and not user_of_link(button["url"]):
        try:
            button["url"] = button_link(button["url"])
        except ValueError as fault:
            raise ValueError(f"Inline keyboard button {fault}") from None
    if len(button.get("callback_data", "").encode()) > LONGEST_DATA:
        raise ValueError("BUTTON_DATA_INVALID")
