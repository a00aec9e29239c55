"""Three people, one bot, anything at any time: what always holds once the dust has settled."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

import pytest

from bot.channels import gate
from tests.botapi import Fault
from tests.channels.telegram_bot import Running

if TYPE_CHECKING:
    from bot.engine.script import Script
    from tests.botapi import Message, Person, Server

pytestmark = pytest.mark.usefixtures("hurried")

WORDS = ["1", "2", "7", "retour", "angers", "saint-denis", "il me frappe", "bonjour", "/start", "blabla", "english"]
FAULTS = ["status", "reset", "truncated", "cut", "dribble", "slow", "lost"]
METHODS = ["sendMessage", "editMessageText", "deleteMessages", "answerCallbackQuery", "getUpdates"]


class Life:
    """What three people do, drawn by chance, and what may be expected of it."""

    def __init__(self, api: Server, script: Script, chance: Random, *, restarts: bool) -> None:
        self.api, self.script, self.chance, self.restarts = api, script, chance, restarts
        self.people = [api.person() for _ in range(3)]
        self.photos: dict[int, list[int]] = {person.chat_id: [] for person in self.people}
        self.told: list[str] = []
        self.blurred: set[int] = set()
        """Those for whom the bot may have lost sight of a message: it was killed, or an answer never came."""

    async def live(self, gestures: int) -> None:
        """Do so many things, looking now and then at what they came to."""
        self.bot = Running(self.api, self.script)
        await self.bot.ready()
        try:
            for number in range(gestures):
                await self.something(self.chance.choice(self.people))
                if number % 6 == 5:
                    await self.look()
            for person in self.people:
                await self.leave(person)
        finally:
            self.api.heal()
            await self.bot.stop()

    async def something(self, person: Person) -> None:
        """Let one thing happen."""
        chance = self.chance
        match chance.randrange(12):
            case 0 | 1 | 2:
                self.tell(person, chance.choice(WORDS))
                await person.say(self.told[-1].partition(": ")[2])
            case 3:
                self.tell(person, "photo")
                await person.photo()
                self.photos[person.chat_id].append(list(person.chat.messages)[-1])
            case 4 if self.restarts:
                await self.restart(person)
            case 5:
                self.fault()
            case 6 if chance.random() < 0.5:
                self.told.append("time goes by")
                self.api.clock.advance(chance.choice((30.0, 130.0, 1000.0, 4000.0)))
            case 7 if chance.random() < 0.3:
                self.tell(person, "leaves")
                await self.leave(person)
            case _:
                await self.press(person)

    def tell(self, person: Person, what: str) -> None:
        self.told.append(f"{self.people.index(person)}: {what}")

    async def press(self, person: Person) -> None:
        """Press any button she sees, the old ones too; « Fermer » is for the end."""
        buttons = [
            (message, button.data)
            for message in person.visible
            for row in message.buttons
            for button in row
            if not (button.data or ".close").endswith(".close")
        ]
        if buttons:
            message, data = self.chance.choice(buttons)
            self.tell(person, f"presses {data} on {message.id}")
            await person.press(data or "", message.id)

    async def restart(self, person: Person) -> None:
        """Stop the bot and start another; somebody may write meanwhile."""
        self.told.append("restart")
        await self.bot.stop()
        if self.chance.random() < 0.5:
            self.tell(person, "angers (while it is down)")
            await person.say("angers")
        self.bot = Running(self.api, self.script)
        self.blurred = {person.chat_id for person in self.people}
        await self.bot.ready()

    def fault(self) -> None:
        """Let a call or two go wrong."""
        kind, method = self.chance.choice(FAULTS), self.chance.choice(METHODS)
        self.told.append(f"{kind} on {method}")
        if kind in {"lost", "truncated", "cut"} and method == "sendMessage":
            self.blurred = {person.chat_id for person in self.people}
        self.api.fault(Fault(kind, method=method, count=self.chance.randint(1, 2), delay=0.05))

    async def look(self) -> None:
        """Wait until all is done, and judge what each of them sees."""
        self.api.heal()
        for person in self.people:
            await person.settled(10)
        await asyncio.sleep(0.02)
        for person in self.people:
            screens = [message for message in person.visible if message.from_bot]
            assert self.typed(person) == [], "\n".join(self.told)
            assert self.sent(person) == self.photos[person.chat_id], "\n".join(self.told)
            assert len(screens) <= 1 or person.chat_id in self.blurred, "\n".join(self.told)
            assert all(message.buttons and message.silent for message in screens), "\n".join(self.told)

    async def leave(self, person: Person) -> None:
        """Press « Fermer » on whatever she sees."""
        await self.look()
        if person.screen is None:
            await person.say("/start")
            await person.settled(10)
        screen = person.screen
        assert screen is not None, self.told
        others = {other.chat_id: len(other.visible) for other in self.people if other is not person}
        close = next(button.data for row in screen.buttons for button in row if (button.data or "").endswith(".close"))
        await person.press(close or "", screen.id)
        await person.settled(10)
        assert person.visible == [], "\n".join(self.told)
        self.photos[person.chat_id] = []
        self.blurred.discard(person.chat_id)
        assert {other.chat_id: len(other.visible) for other in self.people if other is not person} == others

    @staticmethod
    def typed(person: Person) -> list[Message]:
        return [message for message in person.visible if not message.from_bot and message.kind == "text"]

    @staticmethod
    def sent(person: Person) -> list[int]:
        return [message.id for message in person.visible if message.kind == "photo"]


def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at a network that is down without waiting."""
    monkeypatch.setattr(gate, "SOONEST", 0.02)
    monkeypatch.setattr(gate, "LATEST", 0.05)


@pytest.mark.parametrize("seed", range(4))
async def test_at_most_one_screen_nothing_typed_and_an_empty_chat_in_the_end(
    api: Server, script: Script, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    quick(monkeypatch)
    await Life(api, script, Random(seed), restarts=seed % 2 == 1).live(40)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 120))
async def test_likewise_at_length(api: Server, script: Script, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    quick(monkeypatch)
    await Life(api, script, Random(seed), restarts=seed % 2 == 1).live(80)
