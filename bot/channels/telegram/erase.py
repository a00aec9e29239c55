"""Leave nothing in a chat that can be removed from it, and tell honestly what cannot.

Telegram deletes up to 100 messages in one call, on both sides, if none of those it knows is older than 48 hours; ids
that are not in the chat are passed over. So a call that is refused is cut in two until the messages that are too old
stand alone: those of the bot are then blanked by an edit, those of the person stay.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.channels.telegram.api import MOST, Edited

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from bot.channels.gate import By
    from bot.channels.telegram.api import Api
    from bot.channels.telegram.draw import Drawn

SWEPT, FURTHER = 5, 50
"""Calls of 100 that look for messages nobody remembers, below the newest one: at once, and then, one after the other,
once the rest is gone. Ids are shared by all the bot's chats: where many people write, 500 of them are minutes."""


def around(known: Collection[int], later: Collection[int], *, forgotten: bool) -> list[list[int]]:
    """Return the ids to delete for everything to be gone, by calls of at most 100: the known and newest ones first.

    The ids next to the newest known one are always looked at: an answer lost on its way may hide a message. When this
    program is too young to have seen all that is there (`forgotten`), so are those further back, and just above; not
    those that came `later` than the wish to leave: a photo sent since stays.
    """
    newest = max(known)
    first = sorted({*list(known)[-MOST // 2 :], *range(max(1, newest - MOST // 2 + 1), newest + 1)}, reverse=True)
    rest = sorted(set(known) - set(first), reverse=True)
    if forgotten:
        rest += range(newest + 1, min([newest + 1 + MOST, *(id for id in later if id > newest)]))
        rest += (id for id in range(newest, max(0, newest - SWEPT * MOST), -1) if id not in {*first, *rest})
    return [first, *calls_for(rest)]


def further(newest: int) -> list[list[int]]:
    """Return the ids that are further back than those looked at during the exit, the newest first."""
    return calls_for(range(newest - SWEPT * MOST, max(0, newest - FURTHER * MOST), -1))


def calls_for(messages: Collection[int]) -> list[list[int]]:
    """Return ids by calls of at most 100."""
    ids = list(messages)
    return [ids[at : at + MOST] for at in range(0, len(ids), MOST)]


async def erase(api: Api, by: By[int], calls: Iterable[Sequence[int]], blank: Drawn) -> bool:
    """Delete messages, blank those too old for it; tell whether one stays as it is."""
    left = await asyncio.gather(*(_erase(api, by, ids, blank) for ids in calls), return_exceptions=True)
    for fault in left:
        if isinstance(fault, BaseException):
            raise fault  # only once every call is over: one given up in the middle might still have its effect
    return any(left)


async def _erase(api: Api, by: By[int], ids: Sequence[int], blank: Drawn) -> bool:
    if not ids or await api.delete(by, ids):
        return False
    if len(ids) == 1:
        return await api.edit(by, ids[0], blank) is Edited.GONE
    half = len(ids) // 2
    return await erase(api, by, (ids[:half], ids[half:]), blank)
