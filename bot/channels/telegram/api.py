"""The few calls the channel makes, each through the gate, tried again for as long as it makes sense.

An error that is the answer (« message is not modified ») becomes a value; one that is about the network never leaves
this file.
"""

from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.channels.gate import Pass
from bot.channels.telegram.transport import PATIENCE, seconds
from bot.errors import Unreachable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from telegram import Bot

    from bot.channels.gate import By, Gate
    from bot.channels.telegram.draw import Drawn
    from bot.channels.telegram.transport import Transport

T = TypeVar("T")

KINDS = '["message","callback_query","my_chat_member"]'
"""What the bot is told of; all else is none of its business."""

WAIT = 2
"""Seconds Telegram holds an empty answer to `getUpdates`: short, so that a dead connection is noticed within five."""

LOOK = 2.5
"""Seconds given to a call that is tried again, or that goes and sees whether the network is back."""

MOST = 100
"""Messages that one call deletes, and updates that one call brings: Telegram's limits."""

UNSEEN = '{"is_disabled":true}'


class Edited(Enum):
    """What became of an edit."""

    DONE = "done"
    SAME = "same"
    GONE = "gone"


class Api:
    """Telegram, as far as this channel uses it.

    What it calls at each turn goes straight to the transport: the library's own methods build a Message of each answer,
    which nobody reads, and cost as much as all the rest of a turn.
    """

    def __init__(self, bot: Bot, transport: Transport, gate: Gate) -> None:
        self.bot, self.gate = bot, gate
        self.doubted: set[int] = set()
        """Chats where a message may be there without our knowing: the receipt of a new one was lost."""
        self._transport = transport

    async def updates(self, offset: int, wait: int = WAIT, limit: int = MOST) -> list[dict[str, Any]]:
        """Return what happened from `offset` on, still raw; Telegram forgets all that is before it."""

        async def fetch(patience: float) -> list[dict[str, Any]]:
            lasts = wait if patience == PATIENCE else 0  # a call that goes and sees does not linger
            fields = {"offset": str(offset), "timeout": str(lasts), "limit": str(limit), "allowed_updates": KINDS}
            found = await self._fetch("getUpdates", fields, min(patience, wait + LOOK))
            if not all(isinstance(raw["update_id"], int) for raw in found):
                raise NetworkError("not updates")
            return list(found)

        return await self._call(fetch, Pass(reads=True))

    async def answer(self, by: By[int], query: str) -> bool:
        """Stop the button's clock, without a word on the screen; False when the press is too old to be answered."""
        asked = by.asks()
        try:
            await self._post(asked, "answerCallbackQuery", {"callback_query_id": query})
        except BadRequest:
            return asked.failures > 0  # then it may be our own answer, whose receipt was lost, that made it old
        return True

    async def edit(self, by: By[int], message: int, drawn: Drawn) -> Edited:
        """Replace what a message of the bot shows."""
        try:
            await self._post(by.asks(), "editMessageText", _message(by, drawn) | {"message_id": str(message)})
        except BadRequest as refusal:
            return Edited.SAME if "not modified" in refusal.message.lower() else Edited.GONE
        return Edited.DONE

    async def send(self, by: By[int], drawn: Drawn) -> int:
        """Send a message, without a sound; return its id."""
        fields = _message(by, drawn) | {"disable_notification": "true"}

        async def send(patience: float) -> int:
            return int((await self._fetch("sendMessage", fields, patience))["message_id"])

        asked = by.asks(sends=True)
        try:
            return await self._call(send, asked)
        except BadRequest:
            raise Unreachable from None  # « chat not found »: every screen is known to be well formed
        finally:
            if asked.failures:
                self.doubted.add(by.chat)

    async def delete(self, by: By[int], messages: Collection[int]) -> bool:
        """Delete at most 100 messages on both sides; False when one of them cannot be: then none is."""
        fields = {"chat_id": str(by.chat), "message_ids": json.dumps(list(messages))}
        try:
            await self._post(by.asks(), "deleteMessages", fields)
        except BadRequest:
            return False
        return True

    async def leave(self, chat: int) -> None:
        """Leave a group or a channel."""
        try:
            await self._post(Pass(chat), "leaveChat", {"chat_id": str(chat)})
        except (BadRequest, Unreachable):
            return

    async def ask(self, make: Callable[[], Awaitable[T]]) -> T:
        """Make any other call, about nobody; its refusals are raised."""
        return await self._call(lambda _: make(), Pass())

    async def _post(self, asked: Pass, method: str, fields: Mapping[str, str]) -> None:
        await self._call(lambda patience: self._fetch(method, fields, patience), asked)

    async def _fetch(self, method: str, fields: Mapping[str, str], patience: float) -> Any:
        return await self._transport.fetch(f"{self.bot.base_url}/{method}", fields, patience)

    async def _call(self, make: Callable[[float], Awaitable[T]], asked: Pass) -> T:
        """Make a call when it may leave, again and again while the network fails."""
        while True:
            await self.gate.enter(asked)
            try:
                result = await make(LOOK if asked.looking or asked.failures else PATIENCE)
            except RetryAfter as refusal:
                self.gate.refused(asked, seconds(refusal))
            except Forbidden:
                self.gate.passed(asked)
                raise Unreachable from None
            except BadRequest:
                self.gate.passed(asked)
                raise
            except (NetworkError, KeyError, TypeError, ValueError):  # or an answer that is none
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


def _message(by: By[int], drawn: Drawn) -> dict[str, str]:
    """Return the fields of a message to send or to edit: no preview of any link, whatever the text."""
    rows = [[{"text": button.label, "callback_data": button.data} for button in row] for row in drawn.rows]
    return {
        "chat_id": str(by.chat),
        "text": drawn.text,
        "parse_mode": ParseMode.HTML,
        "link_preview_options": UNSEEN,
        "reply_markup": json.dumps({"inline_keyboard": rows}, ensure_ascii=False),
    }
