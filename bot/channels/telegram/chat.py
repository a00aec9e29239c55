"""A conversation on Telegram: one living message, what is typed deleted at once, an exit that leaves nothing.

A press edits the message it came from. What is typed changes the living message; a new one is sent, silently, only when
there is none to change, or when she may not be seeing it: she opens again, greets, or writes twice without effect,
for somebody who cleared the chat on her own side still has, for the bot, a message it can edit and she cannot see.
Nothing is kept here but hints, in RAM (`bot.memory`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

from bot.channels.gate import By, TooLate
from bot.channels.telegram import texts
from bot.channels.telegram.api import Edited
from bot.channels.telegram.draw import Drawn, draw
from bot.channels.telegram.erase import around, calls_for, erase, further
from bot.deed import FRESH, LATE, think
from bot.engine.message import Key, Opened, Pressed, Typed
from bot.errors import Unreachable
from bot.i18n import SOURCE
from bot.lanes import Lanes, Overtaken
from bot.memory import Hint, Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Sequence

    from bot.app import Answer, Bot
    from bot.channels.telegram.api import Api
    from bot.channels.telegram.incoming import Incoming
    from bot.deed import Deed
    from bot.memory import Memory

log = logging.getLogger("repere")

HOUR = 3600.0
REMOVABLE = 48 * HOUR
"""Age up to which Telegram deletes a message."""

IDLE_AT_MOST = 47 * HOUR
"""Age at which a message is erased whatever its screen says: later, it could not be."""

LIVES = 46 * HOUR
"""Age beyond which a message is replaced rather than edited: an hour on a screen must still leave time to erase it."""

TWINS = 20
"""Ids looked at, one after the other, for a message whose receipt was lost; all the bot's chats share them."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An update under way: done once Telegram may forget it; its chat, and whether it is one of those that go first."""

    done: asyncio.Future[None]
    chat: int
    urgent: bool


class Chats:
    """Every conversation of this channel. `tick` is the gate's clock."""

    def __init__(self, bot: Bot, api: Api, memory: Memory[int], tick: Callable[[], float]) -> None:
        self._bot, self._api, self._memory = bot, api, memory
        self._tick = tick
        self._since = self.now()
        """When this process began to see what happens: it remembers nothing that is older."""
        self.lanes: Lanes[Incoming | None] = Lanes(self._work)
        self._taken: dict[str, bool] = {}
        """Whether Telegram took the answer to the presses under way: it is asked once, even when they are overtaken."""
        self._shown: set[Incoming] = set()
        """Those under way whose answer is on the screen: overtaken while it erases, none has its effect twice."""
        self._newest = 0
        """The newest message known of, in any chat: all share one sequence."""
        self._doubts: dict[int, int] = {}
        """For chats in doubt (`Api.doubted`), the newest message known of before the one whose receipt was lost."""
        self._answering: set[asyncio.Task[bool]] = set()
        self._sweeping: set[asyncio.Task[None]] = set()
        resort = bot.late("")
        self._resort = draw(resort.turn.screen, resort.token, self._say(SOURCE))
        """A way on that is ready: the emergency button, home, the exit."""

    def now(self) -> float:
        """Return the instant (Unix seconds) on the bot's own clock."""
        return self._bot.clock().timestamp()

    def put(self, incoming: Incoming) -> Taken:
        """Deal with what a person did."""
        wants = self._bot.urgent(incoming.event) if incoming.event is not None else None
        urgent, ends = wants is not None, wants is Key.CLOSE
        self._newest = max(self._newest, incoming.message)
        done = self.lanes.put(incoming.chat, replace(incoming, wants=wants), urgent=urgent, ends=ends)
        return Taken(done, incoming.chat, urgent)

    async def drain(self, seconds: float) -> None:
        """Give what is under way some time to end, then stop it."""
        try:
            async with asyncio.timeout(seconds):
                await self.lanes.drain(seconds)
                await asyncio.gather(*self._answering, return_exceptions=True)
        except TimeoutError:
            await self.lanes.drain(0)
        for task in self._sweeping:
            task.cancel()

    def forget(self, chat: int) -> None:
        """Forget a person who left, or who blocked the bot."""
        self._memory.forget(chat)
        self._certain(chat)

    def idle(self) -> None:
        """Erase the screens that have stayed alone for their time."""
        for chat in self._memory.due(self.now()):
            if chat not in self.lanes:  # else it is looked at again when the lane is free
                self.lanes.put(chat, None)

    async def _work(self, contact: Hashable, items: Sequence[Incoming | None], overtaken: asyncio.Event) -> None:
        assert isinstance(contact, int)
        urgent = any(item is not None and item.wants is not None for item in items)
        by = By(contact, urgent, overtaken=overtaken)
        try:
            await self._deal(by, items)
        except Unreachable:
            self.forget(contact)
        except (Overtaken, asyncio.CancelledError):
            raise
        except Exception as fault:
            log.error("telegram: %s", type(fault).__name__)
            await self._save(by, [item for item in items if item is not None])
        for item in items:
            if item is not None:
                self._taken.pop(item.query, None)
                self._shown.discard(item)

    async def _deal(self, by: By[int], items: Sequence[Incoming | None]) -> None:
        items = await self._in_time(by, items)
        self._answer(by, [item.query for item in items if item is not None and item.sure])
        while True:
            deed = think(self._bot, self._memory.get(by.chat, self.now()), items, self.now(), self._shown)
            try:
                await self._do(by, deed, items)
            except TooLate:
                continue  # thought again, it is late: a neutral line, or nothing
            self._shown.difference_update(items)
            return

    async def _save(self, by: By[int], items: Sequence[Incoming]) -> None:
        """Do what matters most when something here is at fault: leave if she leaves, else erase and give a way on."""
        known = {item.message for item in items}
        try:
            if any(item.wants is Key.CLOSE for item in items):
                await erase(self._api, by, around(known, (), forgotten=True), _bare(texts.BLANK))
                return
            typed = [item.message for item in items if isinstance(item.event, Typed | Opened)]
            await erase(self._api, by, calls_for(typed), _bare(texts.BLANK))
            pressed = [item for item in items if isinstance(item.event, Pressed)]
            if not pressed or await self._api.edit(by, pressed[-1].message, self._resort) is Edited.GONE:
                await self._api.send(by, self._resort)
        except Unreachable:
            self._memory.forget(by.chat)

    async def _in_time(self, by: By[int], items: Sequence[Incoming | None]) -> list[Incoming | None]:
        """Leave out the presses too old for Telegram: of those whose age is not known, only answering tells.

        A refusal may also be due to an answer of our own, given just before a crash.
        """
        asked = [item.query for item in items if item is not None and not item.sure and item.query not in self._taken]
        told = await asyncio.gather(*(self._api.answer(by, query) for query in asked), return_exceptions=True)
        self._taken |= {query: one for query, one in zip(asked, told, strict=True) if isinstance(one, bool)}
        for fault in told:
            if isinstance(fault, BaseException):
                raise fault  # only now: a press that was answered is not to be asked about again, and dropped
        return [
            one if one is None or one.sure or self._taken[one.query] else replace(one, at=one.drawn)
            for one in items
            if one is None or one.sure or self._taken[one.query] or self._cut_short(one)
        ]

    def _cut_short(self, press: Incoming) -> bool:
        """Tell whether what was pressed was drawn before this process began, too lately for the press to be late.

        Telegram's dates are whole seconds: what this process drew in its first one counts too. The press is then taken
        to be as old as it may be.
        """
        return self.now() - FRESH < press.drawn <= self._since

    async def _do(self, by: By[int], deed: Deed[int], items: Sequence[Incoming | None]) -> None:
        if deed.leaves:
            await self._leave(by, deed)
            return
        if deed.idles:
            await self._fade(by, deed)
            return
        if deed.answer is None:
            await self._settle(by, replace(deed.hint, owed=(*deed.hint.owed, *deed.typed)))
        elif not deed.typed:
            await self._show(by, deed, deed.answer, items)
        else:
            both = self._show(by, deed, deed.answer, items), self._erase(by, deed.typed)
            for fault in await asyncio.gather(*both, return_exceptions=True):
                if isinstance(fault, BaseException):
                    raise fault

    async def _show(self, by: By[int], deed: Deed[int], answer: Answer, items: Sequence[Incoming | None]) -> None:
        """Make the living message show an answer, and be the only one."""
        hint, screen, now = deed.hint, answer.turn.screen, self.now()
        drawn = draw(screen, answer.token, self._say(screen.locale))
        timed = by.before(self._tick() + deed.until - now)
        on = deed.on or hint.shown
        shown = None
        if on is not None and not deed.anew and now - on.sent < LIVES:
            edited = await self._api.edit(timed, on.id, drawn)
            if edited is Edited.DONE or (edited is Edited.SAME and (deed.late or not deed.typed)):
                shown = on if hint.shown is None or hint.shown.id != on.id else hint.shown
        if shown is None:
            shown = Shown(await self._send(timed, drawn), now)
        last = shown.sent + IDLE_AT_MOST
        idle = last if screen.idle is None else min(last, now + 60 * screen.idle)
        self._shown.update(item for item in items if item is not None)
        others = {one.id for one in (on, hint.shown) if one is not None} - {shown.id}
        owed = tuple({*hint.owed, *others})
        await self._settle(by, replace(hint, shown=shown, idle=idle, owed=owed), screen.locale)
        if by.chat in self._doubts:
            await self._seek(by, shown.id, drawn)

    async def _send(self, by: By[int], drawn: Drawn) -> int:
        newest = self._newest
        try:
            id = await self._api.send(by, drawn)
        finally:
            if by.chat in self._api.doubted:
                self._doubts.setdefault(by.chat, newest)
        self._newest = max(self._newest, id)
        return id

    async def _seek(self, by: By[int], shown: int, drawn: Drawn) -> None:
        """Erase the message whose receipt was lost, if it is there: nothing but an edit tells the bot's from hers."""
        since = self._doubts[by.chat]
        for id in range(since + 1, since + 1 + TWINS):
            if id != shown and await self._api.edit(by, id, drawn) is not Edited.GONE:
                await self._erase(by, [id])
        self._certain(by.chat)

    def _certain(self, chat: int) -> None:
        """Have no doubt any more about what a chat holds."""
        self._doubts.pop(chat, None)
        self._api.doubted.discard(chat)

    async def _settle(self, by: By[int], hint: Hint[int], locale: str = SOURCE) -> None:
        """Remember a hint, and erase what it owes: what overtakes this finds it there."""
        self._memory.put(by.chat, hint, self.now())
        if hint.owed:
            await self._erase(by, hint.owed, locale)
            self._memory.put(by.chat, replace(hint, owed=()), self.now())

    async def _fade(self, by: By[int], deed: Deed[int]) -> None:
        """Erase a screen that was left alone, and where it stood; a photo stays until she asks."""
        if deed.hint.shown is not None:
            await self._erase(by, [deed.hint.shown.id, *deed.hint.owed])
        self._memory.put(by.chat, Hint(kept=deed.hint.kept), self.now())

    async def _leave(self, by: By[int], deed: Deed[int]) -> None:
        """Erase everything, the person's own messages included; say something only if something had to stay."""
        known = deed.touched | {*deed.hint.kept, *deed.hint.owed}
        known |= {deed.hint.shown.id} if deed.hint.shown is not None else set()
        locale = deed.answer.turn.screen.locale if deed.answer is not None else SOURCE
        say, now = self._say(locale), self.now()
        young, doubt = now - self._since < REMOVABLE, self._doubts.get(by.chat)
        known |= {doubt} if doubt is not None else set()
        forgotten = young or doubt is not None
        left = await erase(self._api, by, around(known, self._later(by), forgotten=forgotten), _bare(say(texts.BLANK)))
        if young:
            self._sweep(by, max(known), _bare(say(texts.BLANK)))
        self.forget(by.chat)
        if left:
            line = Shown(await self._send(by, _bare(say(texts.LEFT))), now)
            self._memory.put(by.chat, Hint(shown=line, idle=now + LATE), now)

    def _later(self, by: By[int]) -> list[int]:
        """Return the messages that came after the wish to leave, which waited for the network."""
        return [item.message for item in self.lanes.waiting(by.chat) if item is not None and not item.query]

    def _sweep(self, by: By[int], newest: int, blank: Drawn) -> None:
        """Look further back for what was said before this program started: nobody waits for it."""

        async def sweep() -> None:
            with contextlib.suppress(Exception):  # blocked meanwhile, or refused: the exit itself is done
                for ids in further(newest):
                    await erase(self._api, replace(by, urgent=False, overtaken=None), [ids], blank)

        task = asyncio.create_task(sweep())
        self._sweeping.add(task)
        task.add_done_callback(self._sweeping.discard)

    def _answer(self, by: By[int], queries: Sequence[str]) -> None:
        """Stop the clocks of buttons, beside what they asked for: whoever pressed one is not to wait for both in turn.

        A task begins when what called it waits, so what was asked for leaves first.
        """
        for query in queries:
            if not query or query in self._taken:
                continue
            self._taken[query] = True
            task = asyncio.create_task(self._api.answer(replace(by, overtaken=None), query))
            self._answering.add(task)
            task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[bool]) -> None:
        self._answering.discard(task)
        if not task.cancelled():
            task.exception()  # she blocked the bot meanwhile: nothing to do, and nothing to log

    async def _erase(self, by: By[int], messages: Collection[int], locale: str = SOURCE) -> None:
        await erase(self._api, by, calls_for(messages), _bare(self._say(locale)(texts.BLANK)))

    def _say(self, locale: str) -> Callable[[str], str]:
        return self._bot.script.catalogues[locale].text


def _bare(text: str) -> Drawn:
    return Drawn(escape(text, quote=False), ())
