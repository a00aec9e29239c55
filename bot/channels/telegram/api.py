"""The few calls the channel makes, each through the gate, tried again for as long as it makes sense.

An error that is the answer (« message is not modified ») becomes a value; one that is about the network never leaves
this file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.channels.gate import Pass
from bot.channels.telegram.transport import PATIENCE, seconds
from bot.errors import Unreachable

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Collection

    from telegram import Bot

    from bot.channels.gate import Gate
    from bot.channels.telegram.draw import Drawn
    from bot.channels.telegram.transport import Transport

T = TypeVar("T")

KINDS = '["message","callback_query","my_chat_member"]'
"""What the bot is told of; all else is none of its business."""

WAIT = 2
"""Seconds Telegram holds an empty answer to `getUpdates`: short, so that a dead connection is noticed within five."""

LOOK = 2.5
"""Seconds given to the call that goes and sees whether the network is back."""

MOST = 100
"""Messages that one call deletes, and updates that one call brings: Telegram's limits."""

UNSEEN = LinkPreviewOptions(is_disabled=True)


class Edited(Enum):
    """What became of an edit."""

    DONE = "done"
    SAME = "same"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class By:
    """On whose behalf calls are made, how pressing they are, and until when they make sense (the gate's clock)."""

    chat: int | None = None
    urgent: bool = False
    until: float = math.inf
    overtaken: asyncio.Event | None = field(default=None, compare=False)

    def before(self, until: float) -> By:
        """Return the same, for calls that make no sense later."""
        return replace(self, until=until)


class Api:
    """Telegram, as far as this channel uses it."""

    def __init__(self, bot: Bot, transport: Transport, gate: Gate) -> None:
        self.bot, self.gate = bot, gate
        self._transport = transport

    async def updates(self, offset: int, wait: int = WAIT, limit: int = MOST) -> list[dict[str, Any]]:
        """Return what happened from `offset` on, still raw; Telegram forgets all that is before it."""

        async def fetch(patience: float) -> Any:
            lasts = wait if patience == PATIENCE else 0  # a call that goes and sees does not linger
            fields = {"offset": str(offset), "timeout": str(lasts), "limit": str(limit), "allowed_updates": KINDS}
            return await self._transport.fetch(f"{self.bot.base_url}/getUpdates", fields, min(patience, wait + LOOK))

        return list(await self._call(fetch, Pass()))

    async def answer(self, by: By, query: str) -> bool:
        """Stop the button's clock, without a word on the screen; False when the press is too old to be answered."""
        asked = _pass(by)
        try:
            await self._call(lambda s: self.bot.answer_callback_query(query, read_timeout=s), asked)
        except BadRequest:
            return asked.failures > 0  # then it may be our own answer, whose receipt was lost, that made it old
        return True

    async def edit(self, by: By, message: int, drawn: Drawn) -> Edited:
        """Replace what a message of the bot shows."""

        def edit(patience: float) -> Awaitable[object]:
            return self.bot.edit_message_text(
                drawn.text,
                by.chat,
                message,
                parse_mode=ParseMode.HTML,
                link_preview_options=UNSEEN,
                reply_markup=_keyboard(drawn),
                read_timeout=patience,
            )

        try:
            await self._call(edit, _pass(by))
        except BadRequest as refusal:
            return Edited.SAME if "not modified" in refusal.message.lower() else Edited.GONE
        return Edited.DONE

    async def send(self, by: By, drawn: Drawn) -> int:
        """Send a message, without a sound; return its id."""
        assert by.chat is not None
        chat = by.chat

        def send(patience: float) -> Awaitable[Any]:
            return self.bot.send_message(
                chat,
                drawn.text,
                parse_mode=ParseMode.HTML,
                link_preview_options=UNSEEN,
                reply_markup=_keyboard(drawn),
                disable_notification=True,
                read_timeout=patience,
            )

        try:
            sent = await self._call(send, _pass(by, sends=True))
        except BadRequest:
            raise Unreachable from None  # « chat not found »: every screen is known to be well formed
        return int(sent.message_id)

    async def delete(self, by: By, messages: Collection[int]) -> bool:
        """Delete at most 100 messages on both sides; False when one of them cannot be, and then perhaps none is."""
        assert by.chat is not None
        chat, ids = by.chat, list(messages)
        try:
            await self._call(lambda s: self.bot.delete_messages(chat, ids, read_timeout=s), _pass(by))
        except BadRequest:
            return False
        return True

    async def leave(self, chat: int) -> None:
        """Leave a group or a channel."""
        try:
            await self._call(lambda s: self.bot.leave_chat(chat, read_timeout=s), Pass(chat))
        except (BadRequest, Unreachable):
            return

    async def ask(self, make: Callable[[], Awaitable[T]]) -> T:
        """Make any other call, about nobody; its refusals are raised."""
        return await self._call(lambda _: make(), Pass())

    async def _call(self, make: Callable[[float], Awaitable[T]], asked: Pass) -> T:
        """Make a call when it may leave, again and again while the network fails."""
        while True:
            await self.gate.enter(asked)
            try:
                result = await make(LOOK if asked.looking else PATIENCE)
            except RetryAfter as refusal:
                self.gate.refused(asked, seconds(refusal))
            except Forbidden:
                self.gate.passed(asked)
                raise Unreachable from None
            except BadRequest:
                self.gate.passed(asked)
                raise
            except (NetworkError, KeyError):
                if self.gate.failed(asked):
                    await self._transport.renew()
            except TelegramError:
                self.gate.passed(asked)
                raise
            except BaseException:
                self.gate.dropped(asked)
                raise
            else:
                self.gate.passed(asked)
                return result


def _pass(by: By, *, sends: bool = False) -> Pass:
    return Pass(by.chat, by.urgent, sends, by.until, by.overtaken)


def _keyboard(drawn: Drawn) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(button.label, callback_data=button.data) for button in row] for row in drawn.rows]
    )
