"""Methods about the bot itself and about chats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.botapi.errors import bad
from tests.botapi.params import Params, string

if TYPE_CHECKING:
    from tests.botapi.world import World

GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
PERMISSIONS = ("messages", "audios", "documents", "photos", "videos", "video_notes", "voice_notes", "polls")


def get_me(world: World, _: Params) -> dict[str, Any]:
    """Return who the bot is."""
    return {
        **world.bot,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "supports_guest_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
    }


def get_chat(world: World, params: Params) -> dict[str, Any]:
    """Return what is known of a chat."""
    chat = world.find(string(params, "chat_id"))
    private = chat.kind == "private"
    full = chat.json()
    if chat.user.get("username"):
        full["active_usernames"] = [chat.user["username"]]
    if private and not chat.deleted:
        full["can_send_gift"] = True
    if chat.kind in {"group", "supergroup"}:
        full["permissions"] = {f"can_send_{kind}": True for kind in PERMISSIONS}
    gifts = dict.fromkeys(GIFTS, private)
    return {**full, "accepted_gift_types": gifts, "max_reaction_count": 11, "accent_color_id": chat.id % 7}


def leave_chat(world: World, params: Params) -> bool:
    """Leave a group or a channel."""
    chat = world.find(string(params, "chat_id"))
    if chat.kind == "private":
        raise bad("Chat member status can't be changed in private chats")
    world.groups[chat.id].left_by_bot()
    return True


def log_out(world: World, _: Params) -> bool:
    """Leave this server for another: nothing is answered here any more, for ten minutes."""
    world.logged_out_until = world.clock.now() + 600
    return True


def close(_: World, __: Params) -> bool:
    """Let the server forget the bot, until it calls again."""
    return True
