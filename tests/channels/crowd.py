"""People who come, press, type and leave, with secrets on them; what each should have before her in the end."""

from __future__ import annotations

import asyncio
import string
from typing import TYPE_CHECKING

from bot.channels.telegram.draw import draw, read_data
from bot.engine.message import Pressed

if TYPE_CHECKING:
    from random import Random

    from bot.app import Bot
    from tests.botapi import Message, Server

COMMUNES = (
    "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson", "Ornolac-Ussat-les-Bains", "Mittelschaeffolsheim", "Wittersdorf",
    "Niederschaeffolsheim", "Castillon-de-Saint-Martory", "Roquestéron-Grasse",
)  # fmt: skip
"""Names that nothing else would write here by chance."""

WORDS = ("1", "2", "u", "retour", "49000", "les herbiers", "je ne sais pas")


class Passer:
    """Somebody who acts at random. `loyal`: she presses and never leaves, nor types."""

    def __init__(self, api: Server, chance: Random, *, loyal: bool = False) -> None:
        self.chance, self.loyal = chance, loyal
        first, name = self._word().capitalize() + "é", self._word()
        self.person = api.person(first, username=name)
        chat = self.person.chat
        del api.world.chats[chat.id]
        chat.id = chat.user["id"] = chance.randrange(10**10, 10**11)  # no other program of this machine writes it
        api.world.chats[chat.id] = chat
        self.unique = {first, name, str(chat.id)}
        """What is hers alone."""
        self.common: set[str] = set()
        """What others may say too: communes, and the data of buttons."""
        self.last = ""
        self.left_behind: list[Message] = []

    def _word(self) -> str:
        return "".join(self.chance.choices(string.ascii_lowercase, k=12))

    async def act(self) -> int | None:
        """Do one thing; return its update."""
        screen, draw = self.person.screen, self.chance.random()
        if screen is None or not screen.buttons:
            self.last = "opened"
            return await self.person.start()
        data = [button.data or "" for row in screen.buttons for button in row]
        leave = next(one for one in data if one.endswith(".close"))
        if not self.loyal and draw < 0.1:
            self.last = "left"
            return await (self.person.press(leave, screen.id) if draw < 0.06 else self.person.say("/fermer"))
        if not self.loyal and draw < 0.4:
            self.last = "typed"
            return await self.person.say(self._said())
        self.last = "pressed"
        pressed = self.chance.choice([one for one in data if one != leave])
        self.common.add(pressed)
        return await self.person.press(pressed, screen.id)

    def _said(self) -> str:
        kind = self.chance.random()
        if kind < 0.4:
            return self.chance.choice(WORDS)
        said = self.chance.choice(COMMUNES) if kind < 0.6 else f"{self._word()} 'où' {self._word()}"
        (self.common if kind < 0.6 else self.unique).add(said)
        return said

    async def live(self, stop: asyncio.Event, pause: float) -> None:
        """Act until told to stop, without waiting for any answer; see that what she left is empty."""
        while not stop.is_set():
            before = [message.id for message in self.person.visible]
            update = await self.act()
            if self.last == "left":
                await self.person.settled(30, update)
                self.left_behind += [one for one in self.person.visible if one.id in before]
            await asyncio.sleep(self.chance.uniform(0, 2 * pause))

    async def visit(self, gestures: int = 6, *, leaves: bool = True) -> None:
        """Come, act a few times, each time once what came before is dealt with, and leave."""
        for _ in range(gestures):
            await self.person.settled(30, await self.act())
        if leaves:
            await self.leave()

    async def leave(self) -> None:
        """Leave, and wait until it is done."""
        await self.person.settled(30, await self.person.say("/fermer"))

    def wrongs(self, bot: Bot, *, in_order: bool = True) -> list[str]:
        """Say what was not done of all she did: it is dealt with, and nothing of it may be missing.

        Unless it was dealt with `in_order`, nothing tells whether a press or a text was the last.
        """
        messages = self.person.chat.messages.values()
        wrong = [f"stays: {one.text}" for one in messages if not one.from_bot and not one.gone]
        wrong += [f"left behind: {one.text[:40]}" for one in self.left_behind]
        if self.loyal and len([one for one in messages if one.from_bot]) > 1:
            wrong.append("a press was answered by a new message")
        if not (in_order or self.loyal):
            return wrong
        if self.last == "left":
            wrong += [f"after leaving: {one.text[:40]}" for one in self.person.visible]
        elif self.person.screen is None:
            wrong.append(f"silence after she {self.last}")
        elif self.last == "pressed" and not self._shows(bot):
            wrong.append(f"not drawn: {self.person.presses[-1].data}")
        return wrong

    def _shows(self, bot: Bot) -> bool:
        """Tell whether a message she sees bears the buttons that her last press leads to."""
        token, code = read_data(self.person.presses[-1].data)
        answer = bot.answer(token, Pressed(code))
        drawn = [[button.data for button in row] for row in draw(answer.turn.screen, answer.token, str).rows]
        return any([[button.data for button in row] for row in one.buttons] == drawn for one in self.person.visible)


async def drained(api: Server, seconds: float = 20.0) -> None:
    """Wait until everything that happened has been dealt with."""
    async with asyncio.timeout(seconds):
        while api.pending:  # noqa: ASYNC110  the queue tells of one update, not of all
            await asyncio.sleep(0.02)
