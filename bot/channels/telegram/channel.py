"""The Telegram channel, put together: from a token to conversations, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import telegram
from telegram.error import InvalidToken, NetworkError, TelegramError

from bot.channels.gate import Gate
from bot.channels.telegram.api import KINDS, MOST, Api
from bot.channels.telegram.chat import Chats
from bot.channels.telegram.hook import Hook, secret
from bot.channels.telegram.incoming import Blocked, Elsewhere, Incoming, read, read_press, read_raw
from bot.channels.telegram.poll import Poll
from bot.channels.telegram.setup import setup
from bot.channels.telegram.transport import Transport
from bot.errors import ConfigError, Unreachable
from bot.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.app import Bot
    from bot.channels.telegram.chat import Taken
    from bot.engine.script import Script

log = logging.getLogger("repere")

DRAIN = 3.0
"""Seconds given, on stopping, to what is under way: with the rest, less than five."""

PATIENT = 10.0
"""Seconds of silence at the start before saying so."""

APART = 30.0
"""Seconds between two clocks that are worth a word."""

REFUSED = "Telegram refuse le jeton du bot : reprenez-le chez @BotFather (REPERE_TELEGRAM_TOKEN_FILE)."

LIBRARIES = ("telegram", "aiohttp", "httpx", "httpcore", "asyncio")
"""Whose logs would hold the bot's token, chat ids and texts, at one level or another."""


def connect(token: str, address: str, transport: Transport) -> telegram.Bot:
    """Return the library's bot on our transport."""
    quiet()
    return telegram.Bot(token, base_url=f"{address}/bot", request=transport, get_updates_request=transport)


def quiet() -> None:
    """Keep what libraries log to themselves, whatever level somebody sets (promise P4)."""
    for name in LIBRARIES:
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


class Telegram:
    """One bot on Telegram. `webhook` is the address Telegram posts to; "" means that the bot asks by itself."""

    def __init__(self, bot: Bot, token: str, address: str, webhook: str, say: Callable[[str], None]) -> None:
        self._bot, self._token, self._address, self._webhook, self._say = bot, token, address, webhook, say
        self._hook: Hook | None = None
        self._leaving: dict[int, asyncio.Task[None]] = {}

    @property
    def hooks(self) -> Mapping[str, Callable[[Mapping[str, str], bytes], Any]]:
        """Return what the web server is to serve for this channel, by path."""
        return {urlsplit(self._webhook).path: self._post} if self._webhook else {}

    async def _post(self, headers: Mapping[str, str], body: bytes) -> int:
        return await self._hook(headers, body) if self._hook is not None else 503

    async def run(self, stop: asyncio.Event) -> None:
        """Converse until told to stop, then end what is under way. Raises ConfigError for a token that is refused."""
        transport = Transport()
        await transport.initialize()
        bot = connect(self._token, self._address, transport)
        api = Api(bot, transport, Gate(time.monotonic, random.random))
        chats = Chats(self._bot, api, Memory(), time.monotonic)
        poll = Poll(
            api, lambda raw, fresh: self._take(chats, api, raw, fresh), time.monotonic, self._say, chats.lanes.hurry
        )
        living = asyncio.create_task(self._live(api, chats, poll, transport))
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({living, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if living.done():
                living.result()
        finally:
            if self._hook is not None:
                for chat in self._hook.put_off:
                    if api.gate.waits(chat):  # the next process is asked for it again
                        chats.lanes.drop(chat)
            self._hook = None  # what Telegram posts from now on, it posts again later
            for task in (living, stopped, *self._leaving.values()):
                task.cancel()
            await asyncio.gather(living, stopped, *self._leaving.values(), return_exceptions=True)
            await chats.drain(DRAIN)
            if not self._webhook:
                with contextlib.suppress(TimeoutError, TelegramError):
                    async with asyncio.timeout(1.0):
                        await poll.finish()
            await transport.shutdown()

    async def _greet(self, api: Api, transport: Transport) -> None:
        """See that the token is right, and that both clocks agree: lateness is measured by comparing them."""
        try:
            try:
                async with asyncio.timeout(PATIENT):
                    await api.ask(api.bot.get_me)
            except TimeoutError:
                self._say("Telegram ne répond pas encore : nous réessayons.")
                await api.ask(api.bot.get_me)
        except InvalidToken:
            raise ConfigError(REFUSED) from None
        except (TelegramError, Unreachable) as refusal:
            raise ConfigError(f"Telegram refuse de répondre à ce bot ({type(refusal).__name__}).") from None
        if abs(transport.ahead) > APART:
            self._say(
                f"L'horloge de cette machine est à {abs(transport.ahead):.0f} s de celle de Telegram : "
                "réglez-la (timedatectl set-ntp true), sinon des messages seront crus en retard."
            )

    async def _live(self, api: Api, chats: Chats, poll: Poll, transport: Transport) -> None:
        await self._greet(api, transport)
        if self._webhook:
            self._hook = Hook(self._token, lambda raw: self._take(chats, api, raw), api.gate.waits)
            await self._ask_to_post(api)
        else:
            await self._ask_to_be_asked(api)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_idle(chats))
            if not self._webhook:
                tasks.create_task(poll.run())
            self._say("Telegram : prêt.")

    async def _ask_to_be_asked(self, api: Api) -> None:
        try:
            await api.ask(api.bot.delete_webhook)
        except TelegramError as refusal:
            raise ConfigError(f"Telegram refuse d'oublier l'ancien webhook ({type(refusal).__name__}).") from None

    async def _ask_to_post(self, api: Api) -> None:
        try:
            await api.ask(
                lambda: api.bot.set_webhook(
                    self._webhook,
                    secret_token=secret(self._token),
                    allowed_updates=KINDS,
                    max_connections=MOST,
                )
            )
        except TelegramError as refusal:
            raise ConfigError(
                f"Telegram refuse l'adresse de REPERE_TELEGRAM_WEBHOOK ({type(refusal).__name__}) : "
                "il la faut en https, joignable, sur le port 443, 80, 88 ou 8443."
            ) from None

    def _take(self, chats: Chats, api: Api, raw: Mapping[str, Any], fresh: bool = False) -> Taken | None:
        """Begin to deal with an update; whatever is wrong with it, the next ones are dealt with."""
        try:
            meant: Incoming | Elsewhere | Blocked | None
            if "callback_query" in raw:
                meant = read_press(raw["callback_query"], chats.now(), fresh=fresh)
            else:
                meant = read(telegram.Update.de_json(dict(raw), api.bot), raw)
            if isinstance(meant, Incoming):
                return chats.put(meant)
        except Exception as fault:
            log.error("telegram: an update that cannot be read: %s", type(fault).__name__)
            unread = read_raw(raw)
            return chats.put(unread) if unread is not None else None
        match meant:
            case Elsewhere(chat):
                if chat not in self._leaving:
                    self._leaving[chat] = asyncio.create_task(api.leave(chat))
                    self._leaving[chat].add_done_callback(lambda _: self._leaving.pop(chat, None))
            case Blocked(chat):
                chats.forget(chat)
        return None


async def set_up(script: Script, token: str, address: str, public_name: str) -> list[str]:
    """Set what the public sees of the bot; return what was done, and what only a person can do."""
    transport = Transport()
    await transport.initialize()
    try:
        return await setup(connect(token, address, transport), script, public_name)
    except InvalidToken:
        raise ConfigError(REFUSED) from None
    except NetworkError as fault:
        raise ConfigError(f"Telegram ne répond pas ({type(fault).__name__}) : réessayez plus tard.") from None
    finally:
        await transport.shutdown()


async def _idle(chats: Chats) -> None:
    while True:
        await asyncio.sleep(1.0)
        try:
            chats.idle()
        except Exception as fault:  # looked at again a second later
            log.error("telegram: %s", type(fault).__name__)
