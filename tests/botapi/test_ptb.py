"""The fake before python-telegram-bot: what it did not write must take it for Telegram."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from telegram import Bot as TelegramBot
from telegram import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MenuButtonCommands,
    TelegramObject,
    Update,
)
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)

from tests.botapi import Fault, Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telegram.ext import BaseHandler

    from tests.botapi.calling import Bot

# They warn of what will change in a version to come, and of choices that a test makes on purpose.
pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBUserWarning")

Context = ContextTypes.DEFAULT_TYPE
MENU = InlineKeyboardMarkup([[InlineKeyboardButton("Suite", callback_data="next")]])


@pytest.fixture
async def telegram(api: Server) -> AsyncIterator[TelegramBot]:
    """Return their Bot, before the fake."""
    async with TelegramBot(api.token, base_url=f"{api.url}/bot") as bot:
        yield bot


def application(api: Server, *handlers: BaseHandler[Any, Any, Any]) -> Application[Any, Any, Any, Any, Any, Any]:
    """Return their Application, before the fake."""
    app = Application.builder().token(api.token).base_url(f"{api.url}/bot").build()
    app.add_handlers(handlers)
    return app


async def test_their_bot_says_and_does_everything(api: Server, telegram: TelegramBot) -> None:
    ann = api.person()
    await ann.start()
    assert (telegram.username, telegram.can_join_groups) == ("faux_robot_bot", True)
    no_preview = LinkPreviewOptions(is_disabled=True)
    sent = await telegram.send_message(
        ann.chat_id, "<b>a</b>", "HTML", reply_markup=MENU, disable_notification=True, link_preview_options=no_preview
    )
    assert (sent.text_html, sent.reply_markup) == ("<b>a</b>", MENU)
    assert ann.screen is not None
    assert (ann.screen.silent, ann.screen.preview_disabled) == (True, True)
    await ann.press("Suite")
    update = (await telegram.get_updates())[-1]
    assert update.callback_query is not None
    assert await update.callback_query.answer("Vu")
    edited = await update.callback_query.edit_message_text("b")
    assert (edited.text, ann.toasts) == ("b", ["Vu"])
    assert await telegram.edit_message_reply_markup(ann.chat_id, sent.message_id, reply_markup=MENU)
    assert await telegram.delete_messages(ann.chat_id, [sent.message_id])
    assert await telegram.send_chat_action(ann.chat_id, "typing")
    commands = [BotCommand("aide", "De l'aide")]
    assert await telegram.set_my_commands(commands, BotCommandScopeAllPrivateChats(), "fr")
    assert list(await telegram.get_my_commands(BotCommandScopeAllPrivateChats(), "fr")) == commands
    assert await telegram.delete_my_commands()
    assert await telegram.set_my_name("Infos")
    assert (await telegram.get_my_name()).name == "Infos"
    assert await telegram.set_my_description("a", "fr")
    assert (await telegram.get_my_description("fr")).description == "a"
    assert await telegram.set_my_short_description("b")
    assert (await telegram.get_my_short_description()).short_description == "b"
    assert await telegram.set_chat_menu_button(ann.chat_id, MenuButtonCommands())
    assert await telegram.get_chat_menu_button(ann.chat_id) == MenuButtonCommands()
    chat = await telegram.get_chat(ann.chat_id)
    assert (chat.type, [*chat.api_kwargs]) == ("private", ["can_send_gift"])  # an old name, still sent
    info = await telegram.get_webhook_info()
    assert (info.url, info.api_kwargs) == ("", {})


async def test_their_errors_are_the_right_ones(api: Server, telegram: TelegramBot, bot: Bot) -> None:
    ann = api.person()
    with pytest.raises(BadRequest, match="Chat not found"):
        await telegram.send_message(ann.chat_id, "?")
    await ann.start()
    with pytest.raises(BadRequest, match="Text must be non-empty"):
        await telegram.send_message(ann.chat_id, " ")
    api.fault(Fault(status=429, retry_after=3))
    with pytest.raises(RetryAfter, match=r"Retry in (3 seconds|0:00:03)"):
        await telegram.send_message(ann.chat_id, "?")
    api.heal()
    for fault in (Fault(status=502), Fault("reset"), Fault("truncated"), Fault("cut")):
        api.fault(fault)
        # Half of a JSON is their bare TelegramError, which they log whole; what does not come whole is the network's.
        with pytest.raises(TelegramError if fault.kind == "truncated" else NetworkError):
            await telegram.send_message(ann.chat_id, "?")
    api.fault(Fault("silent"))
    with pytest.raises(TimedOut):
        await telegram.send_message(ann.chat_id, "?", read_timeout=0.05)
    await ann.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await telegram.send_message(ann.chat_id, "?")
    await bot.updates()
    poll = asyncio.create_task(telegram.get_updates(bot.offset, timeout=20))
    await asyncio.sleep(0.05)
    other = asyncio.create_task(bot.updates(timeout=20))
    with pytest.raises(Conflict):
        await poll
    await ann.unblock()
    assert len(await other) == 1
    with pytest.raises(InvalidToken):
        async with TelegramBot("12:abc", base_url=f"{api.url}/bot"):
            pass


async def echo(update: Update, context: Context) -> None:
    """Say the same."""
    assert update.effective_message is not None
    await update.effective_message.reply_text(update.effective_message.text or "?")


async def test_their_echo_bot_polls(api: Server) -> None:
    app = application(api, MessageHandler(filters.TEXT, echo))
    async with app:
        assert app.updater is not None
        await app.start()
        await app.updater.start_polling(poll_interval=0, timeout=5)
        ann, ben = api.person(), api.person()
        for word in ("un", "deux"):
            for person in (ann, ben):
                await person.say(word)
        for person in (ann, ben):
            await person.settled()
        await app.updater.stop()
        await app.stop()
    assert [m.text for m in ann.visible if m.from_bot] == ["un", "deux"]
    assert api.pending == 0


async def test_their_echo_bot_is_told_by_a_webhook(api: Server) -> None:
    app = application(api, MessageHandler(filters.TEXT, echo))

    async def listen(request: web.BaseRequest) -> web.Response:
        assert request.headers["X-Telegram-Bot-Api-Secret-Token"] == "secret"
        await app.update_queue.put(Update.de_json(await request.json(), app.bot))
        return web.Response()

    ear = web.Server(listen, access_log=None)
    listening = await asyncio.get_running_loop().create_server(ear, "127.0.0.1", 0)
    async with app:
        await app.start()
        port = listening.sockets[0].getsockname()[1]
        await app.bot.set_webhook(f"http://127.0.0.1:{port}/", secret_token="secret", max_connections=5)
        ann = api.person()
        await ann.say("un")
        await ann.settled()
        await app.bot.delete_webhook()
        await app.stop()
    listening.close()
    await ear.shutdown(0.01)
    assert [m.text for m in ann.visible] == ["un", "un"]


async def test_their_conversation_handler(api: Server) -> None:
    async def ask(update: Update, context: Context) -> int:
        assert update.message is not None
        await update.message.reply_text("Où ?", reply_markup=MENU)
        return 1

    async def told(update: Update, context: Context) -> int:
        assert update.callback_query is not None
        await update.callback_query.answer()
        await update.callback_query.edit_message_text("Merci")
        return ConversationHandler.END

    conversation = ConversationHandler(
        entry_points=[CommandHandler("start", ask)],
        states={1: [CallbackQueryHandler(told)]},
        fallbacks=[],
        per_message=False,
    )
    app = application(api, conversation, MessageHandler(filters.TEXT, echo))
    async with app:
        assert app.updater is not None
        await app.start()
        await app.updater.start_polling(poll_interval=0, timeout=5)
        ann = api.person()
        await ann.start()
        await ann.settled()
        while ann.screen is None:  # noqa: ASYNC110 — they acknowledge before they answer
            await asyncio.sleep(0.01)
        await ann.press("Suite")
        while ann.screen.text != "Merci":  # noqa: ASYNC110 — the same
            await asyncio.sleep(0.01)
        await app.updater.stop()
        await app.stop()
    assert not ann.spinning


async def test_every_update_is_understood_and_goes_round(api: Server, bot: Bot) -> None:
    ann, group, channel = api.person(last_name="B", username="ann_b"), api.group(), api.channel()
    small = api.group(kind="group")
    await ann.start("abc")
    for does in (ann.voice(), ann.sticker(), ann.location(), ann.contact(), ann.document("b"), ann.dice()):
        await does
    await ann.photo("a")
    await ann.edit(ann.visible[0].id, "https://example.fr")
    where = {"chat_id": ann.chat_id, "message_id": await bot.send(ann.chat_id, reply_markup=MENU.to_dict())}
    await ann.say("Réponse", reply_to=where["message_id"])
    await ann.press("Suite")
    await bot.ok("editMessageText", text="<b>a</b>", parse_mode="HTML", reply_markup=MENU.to_dict(), **where)
    await ann.press("Suite")
    await bot.ok("deleteMessage", **where)
    await ann.press("Suite", gone=True)
    await ann.block()
    await ann.unblock()
    for place in (group, small, channel):
        await api.add_bot_to(place, by=ann)
        await place.say("/aide", by=ann)
        await place.promote_bot(ann)
        await place.kick_bot(ann)
    updates = await bot.updates()
    assert len(updates) == 29
    for update in updates:
        understood = Update.de_json(update, None)
        assert set(strangers(understood)) <= {"new_chat_participant", "new_chat_member"}  # old names, still sent
        assert missing(update, json.loads(understood.to_json())) == []


def missing(ours: Any, theirs: Any, at: str = "") -> list[str]:
    """Return where what we said is not what they say again; what they add is only what is false or empty."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        added = [f"{at}.{name}" for name in theirs if name not in ours and theirs[name]]
        return added + [fault for name in ours for fault in missing(ours[name], theirs.get(name), f"{at}.{name}")]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [fault for a, b in zip(ours, theirs, strict=True) for fault in missing(a, b, f"{at}[]")]
    return [] if ours == theirs else [at]


def strangers(thing: Any) -> list[str]:
    """Return the fields that their objects do not know."""
    if isinstance(thing, (list, tuple)):
        return [name for item in thing for name in strangers(item)]
    if not isinstance(thing, TelegramObject):
        return []
    below = [getattr(thing, name) for name in thing.to_dict() if hasattr(thing, name)]
    return [*thing.api_kwargs, *strangers(below)]
