"""Keyboards under a message: what is read, what is refused, what is kept."""

from __future__ import annotations

from typing import Any

from tests.botapi.errors import bad
from tests.botapi.links import button_link, user_of_link
from tests.botapi.params import Params, field, flag, structure
from tests.botapi.text import clean

MOST_BUTTONS = 100
LONGEST_DATA = 64

STYLES = {"danger", "success", "primary"}
_OTHERS = ("switch_inline_query", "switch_inline_query_current_chat", "switch_inline_query_chosen_chat")


def reply_markup(params: Params) -> tuple[str, dict[str, Any] | None]:
    """Return the kind of keyboard asked for (`""`, `inline` or `other`) and the inline keyboard."""
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
    return parsed


def _button(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise ValueError("InlineKeyboardButton must be an Object")
    kept: dict[str, Any] = {"text": field(button, "text")}
    style = field(button, "style", required=False).lower()
    if style and style != "default":
        if style not in STYLES:
            raise ValueError("invalid button style specified")
        kept["style"] = style
    return kept | _action(button)


def _action(button: dict[str, Any]) -> dict[str, Any]:
    """Return what a press on a button does: the first of what it says, in the order the real server looks."""
    for name in ("url", "callback_data"):
        value = field(button, name, required=False)
        if value:
            return {name: value}
    for name in _OTHERS:
        if name in button:
            return {name: button[name]}
    for name, inside in (("web_app", "url"), ("copy_text", "text")):
        if isinstance(button.get(name), dict):
            return {name: {inside: field(button[name], inside)}}
    raise ValueError("Text buttons are unallowed in the inline keyboard")


def judge(markup: dict[str, Any] | None) -> None:
    """Refuse what parses and may not be shown; give addresses the form that the server keeps.

    The real server looks at this only once it has found the chat, and the message to edit.
    """
    rows = markup["inline_keyboard"] if markup else []
    try:
        for row in rows:
            for button in row:
                _judge_button(button)
    except ValueError as fault:
        raise bad(str(fault)) from None
    if sum(map(len, rows)) > MOST_BUTTONS:
        raise bad("reply markup is too long")


def _judge_button(button: dict[str, Any]) -> None:
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
