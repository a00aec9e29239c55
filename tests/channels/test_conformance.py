"""The same conversation gives the same screens on every channel: the same step, words, numbers, choices and bar.

How screens are brought to one form is in `tests/channels/conformance.py`; a channel joins in `channels` below.
"""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.app import Bot
from bot.channels import gate
from bot.channels.console import to_json
from bot.channels.telegram.draw import draw as message
from bot.channels.web import Look, make_app
from bot.channels.web import draw as html
from bot.engine.advance import show
from bot.engine.message import Turn
from bot.engine.token import encode
from bot.engine.walk import _stands
from tests.botapi import Clock, Server
from tests.channels.conformance import (
    GONE,
    Console,
    Driver,
    Page,
    Shown,
    Telegram,
    Web,
    of_line,
    of_message,
    of_page,
    told,
    words,
)
from tests.channels.telegram_bot import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.engine.script import Script

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=ZoneInfo("Europe/Paris"))

Move = tuple[str, str | None]

TYPED = {
    "danger": (
        "il me frappe",
        "il a un couteau",
        "g pas le droit de parler il est a coté",
        "je veux mourir",
        "he hit me",
    ),
    "place": ("Saint-Lô", "49000", "saint denis", "angers", "les herbiers", "75015", "vire", "Fort-de-France"),
    "topic": ("porter plainte", "viol", "un avocat", "dormir ce soir", "secrétaire de mairie", "my photos", "cidff"),
    "bar": ("u", "r", "urgence", "retour", "back", "R", "help", "fermer"),
    "command": ("accueil", "menu", "langue", "language"),
    "nothing": ("zqxjk", "7", "?", "42 000", "<b>&amp;", "mort de rire", "stop je veux pas", "🙂"),
}


@pytest.fixture(autouse=True)
def _unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let new messages follow each other at once: their pace is not what is tested."""
    monkeypatch.setattr(gate, "SECOND", 0.0)


@asynccontextmanager
async def channels(script: Script) -> AsyncIterator[list[Driver]]:
    """Open every channel, at the same instant."""
    site = TestClient(TestServer(make_app(Bot(script, lambda: NOW))))
    async with site, Server(clock=Clock(NOW.timestamp(), frozen=True)) as api, running(api, script):
        yield [Console(script, NOW), Web(script, NOW, site), Telegram(script, NOW, api.person())]


async def moved(drivers: list[Driver], move: Move, way: list[Move]) -> Shown:
    """Make one move on every channel, and return the screen that they all show."""
    way.append(move)
    does, what = move
    for driver in drivers:
        if does == "open":
            await driver.open(what)
        else:
            assert what is not None
            await (driver.press if does == "press" else driver.type)(what)
    first, *others = [driver.screen() for driver in drivers]
    for driver, shown in zip(drivers[1:], others, strict=True):
        assert shown == first, f"{driver.name}, {way}\n\n{told(shown)}\n\n{drivers[0].name} :\n{told(first)}"
    return first


# --- conversations that somebody might have ---------------------------------------------------------------------------

CONVERSATIONS: dict[str, list[Move]] = {
    "presses": [
        ("open", "boulogne-billancourt"), ("press", "Numéros d'urgence"), ("press", "Je ne peux pas parler"),
        ("press", "Retour"), ("press", "Retour"), ("press", "Aide et écoute"), ("press", "C'est pour moi"),
        ("press", "Écrire, sans parler"), ("press", "Retour"), ("press", "Parler à quelqu'un"), ("press", "Fermer"),
    ],
    "numbers, labels and letters typed": [
        ("open", "manche"), ("type", "1"), ("type", "1"), ("type", "Me soigner"), ("type", "u"), ("type", "r"),
        ("type", "retour"), ("type", "9"), ("type", "0"), ("type", "6"), ("type", "accueil"), ("type", "f"),
    ],
    "communes": [
        ("open", None), ("type", "Angers"), ("press", "Retour"), ("type", "saint denis"), ("type", "2"),
        ("press", "Autre commune"), ("type", "49000"), ("type", "accueil"), ("press", "Trouver un service"),
        ("type", "1"), ("type", "les herbiers"), ("type", "saint-denis"), ("press", "Retour"), ("type", "zqxjk"),
    ],
    "homonyms by their names": [("open", None), ("type", "saint denis"), ("type", "Saint-Denis (Gard)")],
    "danger, from anywhere, undone by one step back": [
        ("open", "pays-des-herbiers"), ("type", "il me frappe"), ("press", "Retour"), ("press", "Aide et écoute"),
        ("type", "il ma etrangler"), ("press", "Retour"), ("press", "C'est pour moi"), ("type", "je veux mourir"),
        ("press", "Retour"), ("type", "g pas le droit de parler il est dans la piece a coté"), ("press", "Retour"),
    ],
    "topics, suggested and never entered": [
        ("open", None), ("type", "porter plainte"), ("press", "Retour"), ("type", "porter plainte"), ("type", "1"),
        ("type", "secrétaire de mairie"), ("press", "Retour"), ("type", "accueil"), ("type", "secrétaire de mairie"),
        ("type", "Mairie, guichet, social"), ("type", "viol"), ("type", "zqxjk"),
    ],
    "another language, and back": [
        ("open", "angers-loire-metropole"), ("press", "Aide et écoute"), ("type", "langue"), ("press", "English"),
        ("press", "It is for me"), ("type", "he hit me and locked me in"), ("press", "Back"), ("type", "language"),
        ("type", "Français"), ("type", "langue"), ("type", "2"), ("press", "Talk to someone"), ("type", "close"),
    ],
    "closed, and opened again as new": [
        ("open", "manche"), ("press", "Aide et écoute"), ("press", "C'est pour moi"), ("type", "stop"),
        ("open", "manche"), ("press", "Aide et écoute"), ("press", "Fermer"), ("open", "manche"), ("type", "quitter"),
        ("open", "manche"), ("press", "Je suis professionnel"), ("type", "je veux que ça stop"), ("type", "X"),
    ],
    "a professional": [
        ("open", "territoires-vendomois"), ("press", "Je suis professionnel"), ("press", "Mairie, guichet, social"),
        ("press", "Trouver une permanence"), ("press", "Numéros à confirmer"), ("press", "Autre lieu"),
        ("type", "Mondoubleau"), ("type", "Vendôme"), ("type", "zqxjk"), ("press", "Numéros d'urgence"),
    ],
    "overseas": [
        ("open", None), ("type", "Nouméa"), ("press", "Aide et écoute"), ("press", "C'est pour moi"),
        ("type", "1"), ("press", "Numéros d'urgence"), ("press", "Retour"), ("type", "1"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_the_same_conversation_gives_the_same_screens(script: Script, name: str) -> None:
    """Whatever one does it with: a press, a number, a word."""
    async with channels(script) as drivers:
        way: list[Move] = []
        for move in CONVERSATIONS[name]:
            shown = await moved(drivers, move, way)
        assert shown == GONE or shown.step


# --- conversations that nobody thought of -----------------------------------------------------------------------------


def next_move(chance: random.Random, shown: Shown, area: str | None) -> Move:
    """Return what a hand might do on this screen."""
    if shown.erased:
        return "open", area
    if chance.random() < 0.7:
        return "press", chance.choice([*shown.choices * 5, *shown.bar])
    if shown.choices and chance.random() < 0.4:
        place = chance.randrange(len(shown.choices))
        return "type", chance.choice([str(place + 1), shown.choices[place], shown.choices[place].upper()])
    return "type", chance.choice(TYPED[chance.choice(list(TYPED))])


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 20))])
async def test_wherever_one_wanders_the_screens_are_the_same(script: Script, seed: int, locale: str) -> None:
    """Forty moves by chance, the same each time for one seed."""
    chance = random.Random(f"{seed} {locale}")
    area = chance.choice([None, *script.directory.areas])
    way: list[Move] = []
    async with channels(script) as drivers:
        shown = await moved(drivers, ("open", area), way)
        for label in ("Langue · Language", "English") if locale == "en" else ():
            shown = await moved(drivers, ("press", label), way)
        for _ in range(40):
            shown = await moved(drivers, next_move(chance, shown, area), way)


# --- every screen, one by one -----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("area", ["france", "pays-des-herbiers", "territoires-vendomois"])
def test_every_screen_is_drawn_the_same(script: Script, area: str) -> None:
    """Wherever anybody can stand, in every language; a screen that differs only by its bar is seen too."""
    seen, wrong = set(), []
    for stand in _stands(script, area, NOW):
        for locale in script.catalogues:
            session = replace(stand.session, locale=locale)
            turn = Turn(session, show(script, session, NOW))
            line, token = to_json(script, turn), encode(script, session)
            first = of_line(line)
            if first in seen:
                continue
            seen.add(first)
            drawn = message(turn.screen, token, script.catalogues[locale].text)
            buttons = [(button.data, button.label) for row in drawn.rows for button in row]
            page = Page(html(turn.screen, token, Look(script, locale)))
            for shown in (of_page(page, script, NOW), of_message(drawn.text, buttons, script, NOW)):
                if shown != first:
                    wrong.append(f"{stand.path}\n{told(shown)}\n{told(first)}")
    assert len(seen) > 300
    assert not wrong, f"{len(wrong)}\n" + "\n\n".join(wrong[:3])


# --- the normal form itself: one that forgets too much proves nothing -------------------------------------------------


def test_the_normal_form_keeps_what_is_told() -> None:
    """Layout goes; words, hours, years and their order stay."""
    numbers = {"17", "0233776000"}
    written = words("Danger : 17, ou SMS. Mairie : 02 33 77 60 00, ouvert jusqu'à 12 h 30 (2026).", numbers)
    assert written == ("danger", "17", "sms", "mairie", "0233776000", "ouvert", "jusqu", "a", "12", "h", "30", "2026")
    apart = "Danger\u00a0:\n17\nou SMS.\n\nMairie\u00a0: \u206602\u202f33\u202f77\u202f60\u202f00\u2069,\n"
    apart += "ouvert jusqu'à 12\u00a0h\u00a030 (2026)."
    assert words(apart, numbers) == written
    for wrong in (
        "Danger : 17. Mairie.",
        apart.replace("12", "13"),
        apart.replace("SMS", ""),
        apart.replace("17", "18"),
    ):
        assert words(wrong, numbers) != written
