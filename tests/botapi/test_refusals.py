"""What is refused, word for word as the real server refuses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.botapi import Server
    from tests.botapi.calling import Bot

HOUR = 3600


def keyboard(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[button]]}


def url(address: str) -> dict[str, Any]:
    return {"reply_markup": keyboard(text="a", url=address)}


def bold(offset: int, length: int) -> dict[str, Any]:
    return {"text": "a", "entities": [{"type": "bold", "offset": offset, "length": length}]}


BUTTON = "Bad Request: can't parse inline keyboard button: "
URL = "Bad Request: inline keyboard button URL "


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"text": ""}, "Bad Request: message text is empty"),
        ({"text": None}, "Bad Request: message text is empty"),
        ({"text": " \n\t"}, "Bad Request: text must be non-empty"),
        ({"text": "<b> </b>", "parse_mode": "HTML"}, "Bad Request: text must be non-empty"),
        ({"text": "\u200b"}, "Bad Request: text must be non-empty"),
        ({"text": "a" * 4097}, "Bad Request: message is too long"),
        ({"text": "😀" * 2049}, "Bad Request: message is too long"),
        ({"text": "a" * 32769}, "Bad Request: text is too long"),
        ({"text": "<b>a", "parse_mode": "HTML"}, "Bad Request: can't parse entities: Can't find end tag corresponding"),
        ({"parse_mode": "MarkdownV2"}, "Bad Request: unsupported parse_mode"),
        ({"entities": [{"type": "bold"}]}, "Bad Request: can't parse MessageEntity: Can't find field \"offset\""),
        (
            {"entities": [{"type": "gras", "offset": 0, "length": 1}]},
            "Bad Request: can't parse MessageEntity: Unsupported type specified",
        ),
        ({"chat_id": None}, "Bad Request: chat_id is empty"),
        ({"chat_id": 1}, "Bad Request: chat not found"),
        ({"chat_id": "@personne"}, "Bad Request: chat not found"),
        ({"reply_markup": "{"}, "Bad Request: can't parse reply keyboard markup JSON object"),
        ({"reply_markup": "[]"}, "Bad Request: object expected as reply markup"),
        ({"reply_markup": keyboard(text="a")}, BUTTON + "Text buttons are unallowed in the inline keyboard"),
        ({"reply_markup": keyboard(callback_data="a")}, BUTTON + 'Can\'t find field "text"'),
        ({"reply_markup": keyboard(text="", callback_data="a")}, "Bad Request: inline keyboard button text must be"),
        ({"reply_markup": keyboard(text="a", callback_data="é" * 33)}, "Bad Request: BUTTON_DATA_INVALID"),
        (
            {"reply_markup": keyboard(text="a", callback_data="b", style="red")},
            BUTTON + "invalid button style specified",
        ),
        (url("tel:112"), URL + "'tel:112' is invalid: Wrong HTTP URL"),
        (url("tel:+33800059595"), URL + "'tel:+33800059595' is invalid: Wrong port number specified in the URL"),
        (url("tel:0800059595"), URL + "'tel:0800059595' is invalid: Wrong port number specified in the URL"),
        (url("tel://112"), URL + "'tel://112' is invalid: Unsupported URL protocol"),
        (url("sms:114"), URL + "'sms:114' is invalid: Wrong HTTP URL"),
        (
            bold(0, 2),
            "Bad Request: entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset",
        ),
        (bold(9, 1), "Bad Request: entity begins after the end of the text at UTF-16 offset 9"),
        (bold(-1, 1), "Bad Request: receive an entity with incorrect offset -1"),
        ({**bold(1, 1), "text": "😀"}, "Bad Request: entity begins in a middle of a UTF-16 symbol at byte offset 4"),
        (url("https://"), URL + "'https://' is invalid: URL host is empty"),
        (url("ftp://example.fr"), URL + "'ftp://example.fr' is invalid: Unsupported URL protocol"),
        ({"reply_parameters": {"message_id": 99}}, "Bad Request: message to be replied not found"),
        ({"link_preview_options": {"is_disabled": 1}}, 'Bad Request: field "is_disabled" must be of type Boolean'),
    ],
)
async def test_a_message(api: Server, bot: Bot, params: dict[str, Any], said: str) -> None:
    ann = api.person()
    await ann.start()
    given = {"chat_id": ann.chat_id, "text": "Bonjour", **params}
    assert (await bot.no("sendMessage", **given)).startswith(said)
    assert ann.screen is None


@pytest.mark.parametrize(
    "params",
    [
        {"text": "a" * 4096},
        {"text": "😀" * 2048},
        {"text": "<b>" * 600 + "a" + "</b>" * 600, "parse_mode": "html"},
        url("https://example.fr/a?b=c#d"),
        url("example.fr"),
        url("mailto:a@example.fr"),
        url("tg://resolve?domain=abc"),
        {"reply_markup": keyboard(text="a", callback_data="é" * 32)},
        {"reply_markup": keyboard(text="a", callback_data="b", style="danger")},
        {"reply_markup": {"inline_keyboard": []}},
        {"entities": [{"type": "url", "offset": 0, "length": 1}]},
        {"parse_mode": "None"},
    ],
)
async def test_a_message_that_just_passes(api: Server, bot: Bot, params: dict[str, Any]) -> None:
    ann = api.person()
    await ann.start()
    await bot.ok("sendMessage", **{"chat_id": ann.chat_id, "text": "Bonjour", **params})


async def test_the_chat_is_looked_for_before_its_buttons_are_judged(bot: Bot) -> None:
    said = await bot.no("sendMessage", chat_id=12, text="?", **url("tel:112"))
    assert said == "Bad Request: chat not found"


async def test_nobody_is_written_to_first(api: Server, bot: Bot) -> None:
    ann = api.person()
    assert await bot.no("sendMessage", chat_id=ann.chat_id, text="?") == "Bad Request: chat not found"
    group = api.group()
    await api.add_bot_to(group, by=ann)
    said = await bot("sendMessage", chat_id=ann.chat_id, text="?")
    assert (said["error_code"], said["description"]) == (403, "Forbidden: bot can't initiate conversation with a user")


async def test_nobody_is_left(api: Server, bot: Bot) -> None:
    ann = api.person()
    await ann.start()
    message = await bot.send(ann.chat_id)
    ann.delete_account()
    for method, more in (("sendMessage", {"text": "?"}), ("editMessageText", {"text": "?", "message_id": message})):
        assert await bot.no(method, chat_id=ann.chat_id, **more) == "Forbidden: user is deactivated"
    assert await bot.no("deleteMessage", chat_id=ann.chat_id, message_id=message) == "Forbidden: user is deactivated"
    assert await bot.ok("getChat", chat_id=ann.chat_id)


async def test_an_edit(api: Server, bot: Bot) -> None:
    ann = api.person()
    await ann.start()
    hers = ann.visible[0].id
    message = await bot.send(
        ann.chat_id, "<b>a</b>", parse_mode="HTML", reply_markup=keyboard(text="b", callback_data="c")
    )
    where = {"chat_id": ann.chat_id, "message_id": message}
    same = {"text": "a", "entities": [{"type": "bold", "offset": 0, "length": 1}]}
    unchanged = "Bad Request: message is not modified: specified new message content and reply markup are exactly the"
    marked = {**same, "reply_markup": keyboard(text="b", callback_data="c")}
    assert (await bot.no("editMessageText", **where, **marked)).startswith(unchanged)
    padded = {"text": " a \n", "entities": [{"type": "bold", "offset": 1, "length": 1}]}
    assert (await bot.no("editMessageText", **where, **{**marked, **padded})).startswith(unchanged)
    assert (await bot.no("editMessageReplyMarkup", **where, reply_markup=marked["reply_markup"])).startswith(unchanged)
    assert "reply_markup" not in await bot.ok("editMessageText", **where, **same)
    assert await bot.ok("editMessageText", **where, **same, link_preview_options={"is_disabled": True})
    assert await bot.no("editMessageText", **where, text="a" * 4097) == "Bad Request: MESSAGE_TOO_LONG"
    assert await bot.no("editMessageText", **where, text="") == "Bad Request: message text is empty"
    for number, said in ((hers, "message can't be edited"), (99, "message to edit not found")):
        assert (
            await bot.no("editMessageText", chat_id=ann.chat_id, message_id=number, text="?") == f"Bad Request: {said}"
        )
    assert await bot.no("editMessageText", text="?") == "Bad Request: message identifier is not specified"
    typed = await bot.send(ann.chat_id, reply_markup={"keyboard": [["a"]]})
    said = await bot.no("editMessageText", chat_id=ann.chat_id, message_id=typed, text="?")
    assert said == "Bad Request: message can't be edited"
    api.clock.advance(1000 * 24 * HOUR)
    assert await bot.ok("editMessageText", **where, text="À tout âge")


async def test_a_deletion(api: Server, bot: Bot) -> None:
    ann = api.person()
    await ann.start()
    hers = ann.visible[0].id
    old = await bot.send(ann.chat_id, "ancien")
    api.clock.advance(47 * HOUR)
    new = await bot.send(ann.chat_id, "nouveau")
    assert await bot.ok("deleteMessage", chat_id=ann.chat_id, message_id=hers)
    api.clock.advance(2 * HOUR)
    for number, said in ((old, "message can't be deleted for everyone"), (hers, "message to delete not found")):
        assert await bot.no("deleteMessage", chat_id=ann.chat_id, message_id=number) == f"Bad Request: {said}"
    # One message too old among several: none is deleted.
    ids = [new, 999, new, old]
    assert await bot.no("deleteMessages", chat_id=ann.chat_id, message_ids=ids) == (
        "Bad Request: message can't be deleted for everyone"
    )
    assert [m.text for m in ann.visible] == ["ancien", "nouveau"]
    assert await bot.ok("deleteMessages", chat_id=ann.chat_id, message_ids=[new, 999, new, hers])
    assert await bot.ok("deleteMessages", chat_id=ann.chat_id, message_ids=[999])
    assert [m.text for m in ann.visible] == ["ancien"]


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ([], "message identifiers are not specified"),
        (None, "message identifiers are not specified"),
        (list(range(1, 102)), "too many message identifiers specified"),
        ([0], "invalid message identifier specified"),
        ([True], "message identifier must be a Number"),
        (["a"], "can't parse message identifier as a Number"),
        ({"a": 1}, "expected an Array of message identifiers"),
        ("[1", "can't parse message_ids JSON object"),
    ],
)
async def test_a_list_of_ids(api: Server, bot: Bot, ids: Any, said: str) -> None:
    ann = api.person()
    await ann.start()
    assert await bot.no("deleteMessages", chat_id=ann.chat_id, message_ids=ids) == f"Bad Request: {said}"


async def test_an_answer_to_a_press(api: Server, bot: Bot) -> None:
    ann = api.person()
    await ann.start()
    await bot.send(ann.chat_id, reply_markup=keyboard(text="a", callback_data="b"))
    for _ in range(3):
        await ann.press("a")
    first, second, third = (press.query_id for press in ann.presses)
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert await bot.no("answerCallbackQuery", callback_query_id="12") == too_old
    assert (
        await bot.no("answerCallbackQuery", callback_query_id=third, text="a" * 201) == "Bad Request: MESSAGE_TOO_LONG"
    )
    assert await bot.ok("answerCallbackQuery", callback_query_id=first)
    assert await bot.no("answerCallbackQuery", callback_query_id=first, text="Encore") == too_old
    api.clock.advance(61)
    assert ann.spinning == []
    assert await bot.no("answerCallbackQuery", callback_query_id=second) == too_old
