"""Matrix joins the channels on which the same conversation gives the same screens: see `tests/channels/conformance.py`.

A choice is pressed by its number and the bar by its letter, as they are read in the notice; what the notice says is
taken from what is visible. The numbers that can be dialled are those of the screen of which it is the exact drawing: on
Matrix nothing marks them.
"""

from __future__ import annotations

import asyncio
import random
import re
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.channels import gate
from bot.channels.console import to_json
from bot.channels.matrix import texts
from bot.channels.matrix.draw import draw
from bot.engine.advance import show
from bot.engine.message import Turn
from bot.engine.walk import _stands
from tests.channels.conformance import GONE, Shown, _not_again, label, of_line, told, words
from tests.channels.test_conformance import CONVERSATIONS, NOW, channels, moved, next_move
from tests.journeys.telegram import copied
from tests.matrix.driver import Guest, screen_of, staged

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Sequence

    from bot.engine.message import Screen
    from bot.engine.script import Script
    from bot.engine.session import Session
    from tests.channels.test_conformance import Move
    from tests.matrix import Synapse

pytestmark = pytest.mark.slow

MOVES, WALKS = 30, 1
"""Moves of a walk, and walks in each language."""


CHOICE = re.compile(r"^(\d)\. (.+)$", re.MULTILINE)
KEY = re.compile(r"\[(\w)\]\s(.+?)(?=\s*·|\s{2,}|\n|$)")
"""A choice by its number, and a button of the bar by its letter, as they are read."""


class Matrix:
    """One person's plain room on the homeserver."""

    name = "matrix"

    def __init__(self, script: Script, guest: Guest) -> None:
        self._script, self._guest = script, guest

    async def open(self, area: str | None) -> None:
        """Invite the bot; after an exit, write in the room that is left, unless a territory is to be named."""
        if self._guest.room and area is None and not self._guest.visible:
            await self._guest.says("accueil")
        else:
            await self._guest.opens(area)

    async def press(self, wanted: str) -> None:
        body = str(self._guest.visible[0]["content"]["body"])
        keys = {label(said): key for key, said in CHOICE.findall(body) + KEY.findall(body.rpartition("\n\n")[2])}
        await self._guest.says(keys[label(wanted)])

    async def type(self, text: str) -> None:
        await self._guest.says(text)

    def screen(self) -> Shown:
        content = self._guest.seen()
        if content is None:
            return GONE
        hint = self._guest.stage.hint(self._guest.room)
        session, screen = screen_of(self._script, hint, content, NOW, self._guest.asked)
        return of_notice(self._script, session, screen, content["body"])


def of_notice(script: Script, session: Session, screen: Screen, body: str) -> Shown:
    """Return the normal form of a notice, where its conversation stands and the screen that it draws being known."""
    *above, bar = body.split("\n\n")
    keys = [label(said) for _, said in KEY.findall(bar)]
    choices = [label(said) for _, said in CHOICE.findall(above[-1])]
    assert [number for number, _ in CHOICE.findall(body)] == [str(n) for n, _ in enumerate(choices, 1)]
    added = {label(script.catalogues[screen.locale].text(text)) for text in texts.every()}
    paragraphs = [
        [line for line in part.split("\n") if label(line) not in added and not CHOICE.fullmatch(line)] for part in above
    ]
    paragraphs = [lines for lines in paragraphs if lines]
    numbers = frozenset(copied(screen))
    if screen.bar.emergency is None:
        _not_again(paragraphs, numbers)
    said = words("\n".join(line for part in paragraphs for line in part), numbers)
    assert numbers <= {*said}, f"{numbers}, {paragraphs}"
    return Shown(session.at, said, numbers, tuple(choices), tuple(keys))


@asynccontextmanager
async def guests(script: Script, hs: Synapse, count: int) -> AsyncIterator[list[Guest]]:
    """Give people of one bot on Matrix, at the instant of the other channels."""
    async with staged(hs, script, NOW) as stage, AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Guest.coming(hs, stage)) for _ in range(count)]


@pytest.fixture(autouse=True)
def _unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let new messages follow each other at once: their pace is not what is tested."""
    monkeypatch.setattr(gate, "SECOND", 0.0)


async def together(ways: Sequence[Awaitable[None]]) -> None:
    """Walk all ways at once, each to its end, then say what went wrong."""
    ends = await asyncio.gather(*ways, return_exceptions=True)
    wrong = [end for end in ends if isinstance(end, BaseException)]
    assert not wrong, "\n\n".join(f"{type(one).__name__}: {one}" for one in wrong)


async def test_the_same_conversation_gives_the_same_screens_on_four_channels(script: Script, synapse: Synapse) -> None:
    """Whatever one does it with: a number, a letter, a word."""

    async def play(moves: list[Move], guest: Guest) -> None:
        async with channels(script) as three:
            way: list[Move] = []
            for move in moves:
                shown = await moved([*three, Matrix(script, guest)], move, way)
            assert shown == GONE or shown.step

    async with guests(script, synapse, len(CONVERSATIONS)) as people:
        await together([play(moves, guest) for moves, guest in zip(CONVERSATIONS.values(), people, strict=True)])


async def test_wherever_one_wanders_the_screens_are_the_same_on_four_channels(script: Script, synapse: Synapse) -> None:
    """Moves by chance, the same each time; others than those of the three channels by themselves."""

    async def wander(seed: int, locale: str, guest: Guest) -> None:
        chance = random.Random(f"matrix {seed} {locale}")
        area = chance.choice([None, *script.directory.areas])
        way: list[Move] = []
        async with channels(script) as three:
            drivers = [*three, Matrix(script, guest)]
            shown = await moved(drivers, ("open", area), way)
            for name in ("Langue · Language", "English") if locale == "en" else ():
                shown = await moved(drivers, ("press", name), way)
            for _ in range(MOVES):
                move = next_move(chance, shown, area)
                shown = await moved(drivers, move, way)

    chosen = [(seed, locale) for seed in range(WALKS) for locale in script.catalogues]
    async with guests(script, synapse, len(chosen)) as people:
        await together([wander(*one, guest) for one, guest in zip(chosen, people, strict=True)])


@pytest.mark.parametrize("area", ["territoires-vendomois"])
def test_every_screen_is_drawn_the_same_on_matrix(script: Script, area: str) -> None:
    """Wherever anybody can stand, in every language."""
    seen, wrong = set(), []
    for stand in _stands(script, area, NOW):
        for locale, catalogue in script.catalogues.items():
            session = replace(stand.session, locale=locale)
            turn = Turn(session, show(script, session, NOW))
            first = of_line(to_json(script, turn))
            if first in seen:
                continue
            seen.add(first)
            body = draw(turn.screen, catalogue.text, erases=False)["body"]
            shown = of_notice(script, session, turn.screen, body)
            if shown != first:
                wrong.append(f"{stand.path}\n{told(shown)}\n{told(first)}")
    assert len(seen) > 300
    assert not wrong, f"{len(wrong)}\n" + "\n\n".join(wrong[:3])
