"""What a person does reaches the bot; what the bot does reaches her."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.botapi import Button, Server

if TYPE_CHECKING:
    from tests.botapi.calling import Bot

YES = {"inline_keyboard": [[{"text": "Oui", "callback_data": "y"}, {"text": "Site", "url": "https://example.fr/"}]]}


async def test_a_conversation(api: Server, bot: Bot) -> None:
    ann = api.person("Ann")
    first = await ann.start("abc")
    assert first is not None
    (update,) = await bot.updates()
    assert update["update_id"] == first
    assert update["message"]["text"] == "/start abc"
    assert update["message"]["entities"] == [{"offset": 0, "length": 6, "type": "bot_command"}]
    sent = await bot.ok("sendMessage", chat_id=ann.chat_id, text="<b>Allô</b> ?", parse_mode="HTML", reply_markup=YES)
    assert sent["from"]["is_bot"]
    assert sent["reply_markup"] == YES
    screen = ann.screen
    assert screen is not None
    assert (screen.text, screen.html) == ("Allô ?", "<b>Allô</b> ?")
    assert screen.buttons == [[Button("Oui", "y"), Button("Site", url="https://example.fr/")]]
    pressed = await ann.press("Oui")
    assert ann.spinning
    assert not api.acknowledged(first)
    (update,) = await bot.updates()
    assert (api.acknowledged(first), api.acknowledged(pressed), api.pending) == (True, False, 1)
    query = update["callback_query"]
    assert (query["data"], query["message"]["message_id"], query["from"]) == ("y", screen.id, ann.user)
    assert await bot.ok("answerCallbackQuery", callback_query_id=query["id"], text="Vu", show_alert=True)
    assert (ann.toasts, ann.spinning, ann.presses[0].alert) == (["Vu"], [], True)
    api.clock.advance(60)
    edited = await bot.ok("editMessageText", chat_id=ann.chat_id, message_id=screen.id, text="Merci")
    assert edited["edit_date"] >= edited["date"] + 60
    assert "reply_markup" not in edited
    assert screen.buttons == []
    assert await bot.ok("deleteMessage", chat_id=ann.chat_id, message_id=screen.id)
    assert ann.screen is None
    assert [m.text for m in ann.visible] == ["/start abc"]
    assert [call.status for call in api.calls] == [200] * 6


async def test_a_press_fails_loudly_when_there_is_no_such_button(api: Server, bot: Bot) -> None:
    ann = api.person()
    await ann.start()
    old = await bot.send(ann.chat_id, reply_markup=YES)
    new = await bot.send(ann.chat_id, "Autre")
    with pytest.raises(AssertionError, match="no button « Non »"):
        await ann.press("Non")
    with pytest.raises(AssertionError, match=f"on message {new}"):
        await ann.press("Oui", on=new)
    with pytest.raises(AssertionError, match=r"opens https://example\.fr/"):
        await ann.press("Site")
    assert await ann.press("y", on=old)


async def test_a_press_may_be_older_than_what_the_phone_knows(api: Server, bot: Bot) -> None:
    ann = api.person()
    await ann.start()
    message = await bot.send(ann.chat_id, reply_markup=YES)
    await bot.ok("deleteMessage", chat_id=ann.chat_id, message_id=message)
    with pytest.raises(AssertionError, match="no button"):
        await ann.press("Oui")
    await ann.press("Oui", gone=True)
    query = (await bot.updates())[-1]["callback_query"]
    assert query["message"] == {"message_id": message, "chat": ann.chat.json(), "date": 0}


async def test_her_phone_buzzes_unless_the_message_is_silent(api: Server, bot: Bot) -> None:
    ann = api.person()
    await ann.start()
    loud = await bot.send(ann.chat_id)
    quiet = await bot.send(ann.chat_id, disable_notification=True, link_preview_options={"is_disabled": True})
    await bot.ok("editMessageText", chat_id=ann.chat_id, message_id=loud, text="Une autre chose")
    assert [(n.message_id, n.text, n.silent) for n in ann.notifications] == [
        (loud, "Bonjour", False),
        (quiet, "Bonjour", True),
    ]
    assert [(m.silent, m.preview_disabled) for m in ann.visible[1:]] == [(False, False), (True, True)]


async def test_what_she_deletes_for_herself_the_bot_still_has(api: Server, bot: Bot) -> None:
    ann = api.person()
    await ann.start()
    message = await bot.send(ann.chat_id)
    ann.clear()
    assert ann.visible == []
    await bot.ok("editMessageText", chat_id=ann.chat_id, message_id=message, text="Toujours là ?")
    assert ann.visible == []
    assert ann.chat.messages[message].text == "Toujours là ?"


async def test_what_she_deletes_for_both_the_bot_has_no_more(api: Server, bot: Bot) -> None:
    ann = api.person()
    await ann.start()
    message = await bot.send(ann.chat_id)
    ann.delete(message, for_bot=True)
    gone = {"chat_id": ann.chat_id, "message_id": message}
    assert await bot.no("editMessageText", text="Toujours là ?", **gone) == "Bad Request: message to edit not found"
    assert await bot.no("deleteMessage", **gone) == "Bad Request: message to delete not found"


async def test_everything_she_may_send(api: Server, bot: Bot) -> None:
    ann = api.person(last_name="B", username="ann_b")
    sent = [await ann.say("/aide 😀"), await ann.photo("Ici"), await ann.voice(), await ann.sticker()]
    sent += [await ann.location(), await ann.contact(), await ann.document("Lis"), await ann.dice()]
    said = [update["message"] for update in await bot.updates()]
    assert [update_id for update_id in sent if update_id] == sorted(sent)
    kinds = ("text", "photo", "voice", "sticker", "location", "contact", "document", "dice")
    assert [next(kind for kind in kinds if kind in m) for m in said] == list(kinds)
    assert [m.get("caption") for m in said if "caption" in m] == ["Ici", "Lis"]
    hers = said[0]["message_id"]
    await ann.edit(hers, "Autre chose")
    (update,) = await bot.updates()
    assert (update["edited_message"]["text"], update["edited_message"]["message_id"]) == ("Autre chose", hers)


async def test_message_ids_are_one_sequence_for_all_her_neighbours_too(api: Server, bot: Bot) -> None:
    ann, ben = api.person(), api.person()
    await ann.start()
    await ben.start()
    ids = [await bot.send(person.chat_id) for person in (ann, ben, ann)]
    assert ids == [3, 4, 5]
    assert max(ann.chat_id, ben.chat_id) > 1 << 32


async def test_message_ids_may_be_counted_by_chat() -> None:
    async with Server(ids="chat") as api:
        ann, ben = api.person(), api.person()
        await ann.start()
        await ben.start()
        assert [m.id for p in (ann, ben) for m in p.visible] == [1, 1]


async def test_the_bot_is_told_when_it_is_blocked(api: Server, bot: Bot) -> None:
    ann = api.person()
    await ann.start()
    await ann.block()
    assert await ann.say("?") is None
    changes = [u["my_chat_member"] for u in await bot.updates() if "my_chat_member" in u]
    assert [(c["old_chat_member"]["status"], c["new_chat_member"]["status"]) for c in changes] == [("member", "kicked")]
    assert await bot.no("sendMessage", chat_id=ann.chat_id, text="?") == "Forbidden: bot was blocked by the user"
    await ann.start()
    updates = await bot.updates()
    assert [next(k for k in u if k != "update_id") for u in updates] == ["my_chat_member", "message"]
    assert await bot.send(ann.chat_id)


async def test_she_waits_until_the_bot_has_dealt_with_it(api: Server, bot: Bot) -> None:
    ann = api.person()
    first = await ann.start()
    await bot.updates()
    with pytest.raises(AssertionError, match=f"update {first} was not acknowledged"):
        await ann.settled(timeout=0.01)
    await bot.updates()
    await ann.settled(after=first)
