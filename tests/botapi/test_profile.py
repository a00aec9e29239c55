"""What a bot says of itself, and the places where it is put."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.botapi import Server
    from tests.botapi.calling import Bot


async def test_texts_by_language(bot: Bot) -> None:
    assert await bot.ok("getMyName") == {"name": "Faux robot"}
    await bot.ok("setMyName", name="Infos pratiques")
    await bot.ok("setMyName", name="Practical information", language_code="en")
    assert await bot.ok("getMyName", language_code="en") == {"name": "Practical information"}
    assert await bot.ok("getMyName", language_code="fr") == {"name": "Infos pratiques"}
    assert (await bot.ok("getMe"))["first_name"] == "Infos pratiques"
    for method, name, most in (("MyDescription", "description", 512), ("MyShortDescription", "short_description", 120)):
        await bot.ok(f"set{method}", **{name: "a" * most})
        assert await bot.ok(f"get{method}", language_code="de") == {name: "a" * most}
        assert (await bot.no(f"set{method}", **{name: "a" * (most + 1)})).startswith("Bad Request: ")
        await bot.ok(f"set{method}", **{name: ""})
        assert await bot.ok(f"get{method}") == {name: ""}
    assert await bot.no("setMyName", name="a", language_code="fra") == "Bad Request: invalid language code specified"


async def test_commands_by_scope_and_language(api: Server, bot: Bot) -> None:
    ann = api.person()
    await ann.start()
    help_fr = [{"command": "aide", "description": "De l'aide"}]
    await bot.ok("setMyCommands", commands=[{"command": "/aide ", "description": " De l'aide"}])
    hers = {"type": "chat", "chat_id": ann.chat_id}
    await bot.ok("setMyCommands", commands=[{"command": "menu", "description": "Le menu"}], scope=hers)
    await bot.ok("setMyCommands", commands=[], language_code="en")
    assert await bot.ok("getMyCommands") == help_fr
    assert await bot.ok("getMyCommands", scope={"type": "all_private_chats"}) == []
    assert (await bot.ok("getMyCommands", scope=hers))[0]["command"] == "menu"
    await bot.ok("deleteMyCommands", scope=hers)
    assert await bot.ok("getMyCommands", scope=hers) == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ({"command": "Aide", "description": "a"}, "BOT_COMMAND_INVALID"),
        ({"command": "a" * 33, "description": "a"}, "command length must not exceed 32"),
        ({"command": "/", "description": "a"}, "command must be non-empty"),
        ({"command": "a", "description": " "}, "command description must be non-empty"),
        ({"command": "a", "description": "a" * 257}, "command description length must not exceed 256"),
        ({"command": "a"}, "can't parse BotCommand: Can't find field \"description\""),
        ("a", "can't parse BotCommand: expected an Object"),
    ],
)
async def test_a_command_is_refused(bot: Bot, command: Any, said: str) -> None:
    assert await bot.no("setMyCommands", commands=[command]) == f"Bad Request: {said}"


async def test_commands_are_a_hundred_at_most(bot: Bot) -> None:
    many = [{"command": f"c{i}", "description": "a"} for i in range(101)]
    assert await bot.no("setMyCommands", commands=many) == "Bad Request: BOT_COMMANDS_TOO_MUCH"
    assert await bot.ok("setMyCommands", commands=many[1:])


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ({"type": "partout"}, "can't parse BotCommandScope: Unsupported type specified"),
        ({"type": "chat"}, "can't parse BotCommandScope: Can't find field \"chat_id\""),
        ({"type": "chat", "chat_id": 12}, "chat not found"),
        ("{", "can't parse BotCommandScope JSON object"),
    ],
)
async def test_a_scope_is_refused(bot: Bot, scope: Any, said: str) -> None:
    assert await bot.no("getMyCommands", scope=scope) == f"Bad Request: {said}"


async def test_the_menu_button(api: Server, bot: Bot) -> None:
    ann = api.person()
    assert await bot.ok("getChatMenuButton") == {"type": "commands"}
    await bot.ok("setChatMenuButton", chat_id=ann.chat_id, menu_button={"type": "commands"})
    assert await bot.ok("getChatMenuButton", chat_id=ann.chat_id) == {"type": "commands"}
    said = await bot.no("setChatMenuButton", menu_button={"type": "a"})
    assert said == "Bad Request: can't parse menu button: MenuButton has unsupported type"


async def test_a_group(api: Server, bot: Bot) -> None:
    ann, group = api.person(), api.group("Les amis")
    assert await bot.no("sendMessage", chat_id=group.chat_id, text="?") == "Bad Request: chat not found"
    await api.add_bot_to(group, by=ann)
    updates = await bot.updates()
    assert updates[0]["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert updates[1]["message"]["new_chat_members"][0]["id"] == (await bot.ok("getMe"))["id"]
    assert await group.say("Bonjour", by=ann) is None
    assert await group.say("/start@autre_bot", by=ann) is None
    assert await group.say("/start", by=ann)
    assert await group.say("@faux_robot_bot ?", by=ann)
    message = await bot.send(group.chat_id, reply_markup={"inline_keyboard": [[{"text": "a", "callback_data": "b"}]]})
    assert await group.say("D'accord", by=ann, reply_to=message)
    assert await group.press("a", by=ann)
    assert (await bot.updates())[-1]["callback_query"]["message"]["chat"]["type"] == "supergroup"
    hers = group.visible[2].id
    said = await bot.no("deleteMessage", chat_id=group.chat_id, message_id=hers)
    assert said == "Bad Request: message can't be deleted"
    await group.promote_bot(ann)
    assert await bot.ok("deleteMessage", chat_id=group.chat_id, message_id=hers)
    assert await bot.ok("leaveChat", chat_id=group.chat_id)
    assert group.left
    said = await bot.no("sendMessage", chat_id=group.chat_id, text="?")
    assert said == "Forbidden: bot is not a member of the supergroup chat"


async def test_a_channel(api: Server, bot: Bot) -> None:
    channel = api.channel()
    await api.add_bot_to(channel)
    await channel.say("Une nouvelle")
    updates = await bot.updates()
    assert updates[0]["my_chat_member"]["new_chat_member"]["status"] == "administrator"
    assert "from" not in updates[1]["channel_post"]
    await bot.send(channel.chat_id)
    await channel.kick_bot()
    said = await bot.no("sendMessage", chat_id=channel.chat_id, text="?")
    assert said == "Forbidden: bot was kicked from the channel chat"


async def test_a_private_chat_cannot_be_left(api: Server, bot: Bot) -> None:
    ann = api.person(username="ann_b")
    await ann.start()
    said = await bot.no("leaveChat", chat_id=ann.chat_id)
    assert said == "Bad Request: chat member status can't be changed in private chats"
    assert (await bot.ok("getChat", chat_id=ann.chat_id))["active_usernames"] == ["ann_b"]
    assert await bot.ok("sendChatAction", chat_id=ann.chat_id, action="typing")
    said = await bot.no("sendChatAction", chat_id=ann.chat_id, action="dancing")
    assert said == "Bad Request: wrong parameter action in request"


async def test_logging_out_closes_the_door_for_ten_minutes(api: Server, bot: Bot) -> None:
    assert await bot.ok("close")
    assert await bot.ok("logOut")
    assert await bot.no("getMe") == "Logged out"
    api.clock.advance(601)
    assert await bot.ok("getMe")
