"""The bots that `bench_telegram` measures, each in a process of its own: Repère, and python-telegram-bot by itself.

Each is an async context: inside, the bot answers. Repère gives the message that its people have on their screens (its
home, as they would have got it before); the others give None: theirs have to start.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import threading
import time
import warnings
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aiohttp import web
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)

from bot import content
from bot.app import Bot
from bot.channels.telegram import Telegram
from bot.channels.telegram.draw import draw
from bot.channels.telegram.transport import Transport
from bot.channels.web import Publisher, make_app, serve
from bot.commands import load
from bot.engine.message import Opened
from bot.i18n import SOURCE
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from multiprocessing.connection import Connection

PARIS = ZoneInfo("Europe/Paris")
QUESTIONS = (
    "Que cherchez-vous aujourd'hui ?",
    "Pour qui est-ce ?",
    "Depuis quand ?",
    "Est-ce que cela presse ?",
    "Voulez-vous voir la suite, ou revenir ?",
)
"""A menu of five steps, as a tutorial would write it."""

Seed = dict[str, Any]
"""What a message of the bot shows: the parameters of a `sendMessage`."""


# Repère -------------------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def repere(token: str, url: str, *, webhook: bool) -> AsyncIterator[Seed]:
    """The channel as `repere serve` runs it, with the content that ships; a webhook comes through the web server."""
    with content.loading():
        script = load()
    mind, said, stop = Bot(script, lambda: datetime.now(PARIS)), asyncio.Queue[str](), asyncio.Event()
    port = free_port()
    channel = Telegram(mind, token, url, f"http://127.0.0.1:{port}/telegram" if webhook else "", said.put_nowait)
    tasks = []
    if webhook:
        app = make_app(mind, "Infos pratiques", Publisher(), channel.hooks)
        with contextlib.redirect_stdout(io.StringIO()):  # the server says its address
            tasks.append(asyncio.create_task(serve(app, stop, "127.0.0.1", port)))
            await asyncio.sleep(0.2)
    tasks.append(asyncio.create_task(channel.run(stop)))
    await said.get()
    home = mind.answer("", Opened())
    drawn = draw(home.turn.screen, home.token, mind.script.catalogues[SOURCE].text)
    keyboard = [[{"text": button.label, "callback_data": button.data} for button in row] for row in drawn.rows]
    yield {"text": drawn.text, "parse_mode": "HTML", "reply_markup": {"inline_keyboard": keyboard}}
    stop.set()
    await asyncio.gather(*tasks)


# python-telegram-bot ------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def library(
    token: str, url: str, *, webhook: bool, menu: bool = False, ours: bool = False, at_once: int = 0
) -> AsyncIterator[None]:
    """An echo, or a menu; on our transport or its own (httpx); one update at a time, or `at_once` side by side."""
    warnings.simplefilter("ignore")  # a ConversationHandler of buttons warns about its own defaults
    builder = Application.builder().token(token).base_url(f"{url}/bot")
    if ours:
        builder = builder.request(Transport()).get_updates_request(Transport())
    if at_once:
        builder = builder.concurrent_updates(at_once)
    app = builder.build()
    app.add_handler(_conversation() if menu else MessageHandler(filters.TEXT, _echo))
    async with app:
        await app.start()
        async with _posted(app) if webhook else _polling(app):
            yield
        await app.stop()


async def _echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    del context
    assert update.message
    assert update.message.text
    await update.message.reply_text(update.message.text)


def _conversation() -> ConversationHandler[ContextTypes.DEFAULT_TYPE]:
    steps: dict[object, list[Any]] = {step: [CallbackQueryHandler(_pressed)] for step in range(len(QUESTIONS))}
    return ConversationHandler([CommandHandler("start", _start)], steps, [])


async def _start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    del context
    assert update.message
    await update.message.reply_text(QUESTIONS[0], reply_markup=_keyboard(0))
    return 0


async def _pressed(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    del context
    query = update.callback_query
    assert query
    assert query.data
    step = (int(query.data.partition(":")[0]) + 1) % len(QUESTIONS)
    await query.answer()
    await query.edit_message_text(f"Votre choix : {query.data}.\n{QUESTIONS[step]}", reply_markup=_keyboard(step))
    return step


def _keyboard(step: int) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(f"Choix {n}", callback_data=f"{step}:{n}")] for n in range(5)])


@contextlib.asynccontextmanager
async def _polling(app: Any) -> AsyncIterator[None]:
    await app.updater.start_polling()
    yield
    await app.updater.stop()


@contextlib.asynccontextmanager
async def _posted(app: Any) -> AsyncIterator[None]:
    """A webhook of one's own, as the library's « customwebhookbot » example does: its own server asks for tornado."""

    async def heard(request: web.Request) -> web.Response:
        await app.update_queue.put(Update.de_json(await request.json(), app.bot))
        return web.Response()

    served = web.Application()
    served.router.add_post("/telegram", heard)
    runner = web.AppRunner(served, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", free_port())
    await site.start()
    await app.bot.set_webhook(f"{site.name}/telegram", max_connections=100)
    yield
    await runner.cleanup()


# A process ----------------------------------------------------------------------------------------------------------

BOTS = {
    "repere": repere,
    "echo": library,
    "echo 64": partial(library, at_once=64),
    "echo ours": partial(library, ours=True),
    "echo ours 64": partial(library, ours=True, at_once=64),
    "menu": partial(library, menu=True),
    "menu 256": partial(library, menu=True, at_once=256),
    "menu ours": partial(library, menu=True, ours=True),
}


def run(name: str, pipe: Connection, *, webhook: bool) -> None:
    """Run a bot until told to stop; say on demand how much processor time it took."""
    for quiet in ("telegram", "httpx", "httpcore", "aiohttp"):
        logging.getLogger(quiet).setLevel(logging.CRITICAL)
    asyncio.run(_run(name, pipe, webhook=webhook))


async def _run(name: str, pipe: Connection, *, webhook: bool) -> None:
    token, url = await asyncio.to_thread(pipe.recv)
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def listen() -> None:
        while pipe.recv() == "time":
            pipe.send(time.process_time())
        loop.call_soon_threadsafe(stop.set)

    async with BOTS[name](token, url, webhook=webhook) as seed:
        pipe.send(seed)
        threading.Thread(target=listen, daemon=True).start()
        await stop.wait()
    pipe.send("stopped")
