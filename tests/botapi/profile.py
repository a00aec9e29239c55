"""What the bot says of itself: its name, its descriptions, its commands, its menu button."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.botapi.errors import bad
from tests.botapi.params import Params, integer, string, structure
from tests.botapi.params import field as text_field

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.botapi.world import World

MOST_COMMANDS = 100
LONGEST_COMMAND = 32
LONGEST_COMMAND_TEXT = 256

TEXTS = {"name": (64, "BOT_TITLE_INVALID"), "description": (512, "DESCRIPTION_TOO_LONG")}
TEXTS["short_description"] = (120, "ABOUT_TOO_LONG")
"""How long each text may be. The limits are published; the words of the refusal are not, and these are a guess."""

PLAIN_SCOPES = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}
CHAT_SCOPES = {"chat", "chat_administrators", "chat_member"}

Scope = tuple[str, int, int]


@dataclass
class Profile:
    """The bot's own texts, by language; its commands, by scope and language; its menu buttons, by chat."""

    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    commands: dict[tuple[Scope, str], list[dict[str, str]]] = field(default_factory=dict)
    menus: dict[int, dict[str, Any]] = field(default_factory=dict)


def setter(what: str) -> Callable[[World, Params], bool]:
    """Return the method that writes a text."""

    def set_text(world: World, params: Params) -> bool:
        language = _language(params)
        text = string(params, what)
        most, complaint = TEXTS[what]
        if len(text) > most:
            raise bad(complaint)
        if text:
            world.profile.texts[what, language] = text
        else:
            world.profile.texts.pop((what, language), None)
        if what == "name" and not language and text:
            world.bot["first_name"] = text
        return True

    return set_text


def getter(what: str) -> Callable[[World, Params], dict[str, str]]:
    """Return the method that reads a text: in that language or, without one, in none."""

    def get_text(world: World, params: Params) -> dict[str, str]:
        texts = world.profile.texts
        default = world.bot["first_name"] if what == "name" else ""
        return {what: texts.get((what, _language(params)), texts.get((what, ""), default))}

    return get_text


def set_my_commands(world: World, params: Params) -> bool:
    """Replace the commands of a scope and a language."""
    commands = _commands(params)
    scope, language = _scope(world, params), _language(params)
    cleaned = [_command(command["command"], command["description"]) for command in commands]
    if len(cleaned) > MOST_COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    if any(not re.fullmatch(r"[a-z0-9_]+", command["command"]) for command in cleaned):
        raise bad("BOT_COMMAND_INVALID")
    world.profile.commands[scope, language] = cleaned
    return True


def get_my_commands(world: World, params: Params) -> list[dict[str, str]]:
    """Return the commands of exactly that scope and language."""
    return world.profile.commands.get((_scope(world, params), _language(params)), [])


def delete_my_commands(world: World, params: Params) -> bool:
    """Forget the commands of a scope and a language."""
    world.profile.commands.pop((_scope(world, params), _language(params)), None)
    return True


def set_chat_menu_button(world: World, params: Params) -> bool:
    """Choose the button beside the field where people write."""
    button = structure(params, "menu_button", "Can't parse menu button JSON object") or {"type": "default"}
    try:
        button = _menu(button)
    except ValueError as fault:
        raise bad(f"Can't parse menu button: {fault}") from None
    world.profile.menus[_menu_chat(world, params)] = button
    return True


def get_chat_menu_button(world: World, params: Params) -> dict[str, Any]:
    """Return that button."""
    menus = world.profile.menus
    button = menus.get(_menu_chat(world, params), {"type": "default"})
    # A bot that chose nothing shows its commands, and says so.
    return menus.get(0, {"type": "commands"}) if button == {"type": "default"} else button


def _menu_chat(world: World, params: Params) -> int:
    if not string(params, "chat_id"):
        return 0
    number = integer(params, "chat_id", 0, 0, 1 << 53)
    if number == 0:
        raise bad("Invalid chat_id specified")
    chat = world.chats.get(number)
    if chat is None or chat.kind != "private":
        raise bad("user not found")
    return number


def _menu(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise ValueError("MenuButton must be an Object")
    kind = text_field(button, "type")
    if kind in {"default", "commands"}:
        return {"type": kind}
    if kind == "web_app" and isinstance(button.get("web_app"), dict):
        url = text_field(button["web_app"], "url")
        return {"type": kind, "text": text_field(button, "text"), "web_app": {"url": url}}
    raise ValueError("MenuButton has unsupported type")


def _language(params: Params) -> str:
    code = string(params, "language_code")
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad("Invalid language code specified")
    return code


def _commands(params: Params) -> list[dict[str, str]]:
    value = structure(params, "commands", "Can't parse commands JSON object")
    if value is None:
        return []
    if not isinstance(value, list):
        raise bad("Expected an Array of BotCommand")
    commands = []
    for item in value:
        try:
            if not isinstance(item, dict):
                raise ValueError("expected an Object")
            commands.append({name: text_field(item, name) for name in ("command", "description")})
        except ValueError as fault:
            raise bad(f"Can't parse BotCommand: {fault}") from None
    return commands


def _command(name: str, description: str) -> dict[str, str]:
    name, description = name.strip().removeprefix("/"), description.strip()
    if not name:
        raise bad("Command must be non-empty")
    if len(name) > LONGEST_COMMAND:
        raise bad(f"Command length must not exceed {LONGEST_COMMAND}")
    if not description:
        raise bad("Command description must be non-empty")
    if len(description) > LONGEST_COMMAND_TEXT:
        raise bad(f"Command description length must not exceed {LONGEST_COMMAND_TEXT}")
    return {"command": name, "description": description}


def _scope(world: World, params: Params) -> Scope:
    value = structure(params, "scope", "Can't parse BotCommandScope JSON object")
    if value is None:
        return "default", 0, 0
    try:
        if not isinstance(value, dict):
            raise ValueError("BotCommandScope must be an Object")
        kind = text_field(value, "type")
        if kind in PLAIN_SCOPES:
            return kind, 0, 0
        if kind not in CHAT_SCOPES:
            raise ValueError("Unsupported type specified")
        chat_id = text_field(value, "chat_id")
        if not chat_id:
            raise ValueError("Empty chat_id specified")
        user_id = int(text_field(value, "user_id")) if kind == "chat_member" else 0
    except ValueError as fault:
        raise bad(f"Can't parse BotCommandScope: {fault}") from None
    chat = world.find(chat_id)
    if chat.kind == "private" and kind != "chat":
        raise bad("Can't use specified scope in private chats")
    if chat.kind == "channel":
        raise bad("Can't change commands in channel chats")
    return kind, chat.id, user_id
