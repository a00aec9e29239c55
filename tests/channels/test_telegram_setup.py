"""The public face, set through python-telegram-bot on the fake Bot API: once, sparingly, and neutral everywhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import telegram
from telegram.error import InvalidToken
from telegram.request import HTTPXRequest

from bot.channels.telegram import texts
from bot.channels.telegram.setup import setup
from bot.engine import wording
from bot.text import bare, fold
from tests.botapi import Server
from tests.botapi.faults import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.engine.script import Script

NAME = "Infos pratiques"
WRITES = ("setMyName", "setMyShortDescription", "setMyDescription", "setMyCommands", "setChatMenuButton")

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")


@pytest.fixture
async def api() -> AsyncIterator[Server]:
    async with Server() as api:
        yield api


@pytest.fixture
async def bot(api: Server) -> AsyncIterator[telegram.Bot]:
    async with telegram.Bot(api.token, base_url=f"{api.url}/bot") as bot:
        yield bot


def written(api: Server) -> list[tuple[str, str]]:
    """Return every call that changes something: the method and the language."""
    return [(m, str(call.params.get("language_code", ""))) for m in WRITES for call in api.calls_of(m)]


async def test_all_of_it_is_set_once_then_left_alone(api: Server, bot: telegram.Bot, script: Script) -> None:
    told = await setup(bot, script, NAME)
    assert told[0].startswith("Réglé : nom, profil, profil (en), présentation, présentation (en), commandes")
    assert ("setMyName", "") in written(api)
    assert len(api.calls_of("setMyName")) == 1, "Telegram takes a few a day: one name for every language"
    once = written(api)
    again = await setup(bot, script, NAME)
    assert written(api) == once
    assert not [line for line in again if line.startswith("Réglé")]
    assert any(line.startswith("Déjà bon : nom, profil") for line in again)


async def test_people_see_it_in_their_language(bot: telegram.Bot, script: Script) -> None:
    await setup(bot, script, NAME)
    for code, first in (("", "Numéros utiles"), ("fr", "Numéros utiles"), ("en", "Useful numbers"), ("tr", "Numéros")):
        assert (await bot.get_my_name(code)).name == NAME
        assert (await bot.get_my_short_description(code)).short_description.startswith(first)
        assert (await bot.get_my_description(code)).description.startswith(first)
    french = [(c.command, c.description) for c in await bot.get_my_commands()]
    english = [(c.command, c.description) for c in await bot.get_my_commands(language_code="en")]
    assert french == [
        ("start", "Accueil"), ("urgence", "Numéros d'urgence"), ("langue", "Langue · Language"), ("fermer", "Fermer")
    ]  # fmt: skip
    assert [name for name, _ in english] == ["start", "emergency", "language", "close"]
    assert (await bot.get_chat_menu_button()).type == "commands"


async def test_what_somebody_changed_by_hand_is_put_right_alone(api: Server, bot: telegram.Bot, script: Script) -> None:
    await setup(bot, script, NAME)
    await bot.set_my_name("SOS Victimes", "en")
    await bot.set_my_description("Autre chose")
    before = len(written(api))
    told = await setup(bot, script, NAME)
    assert told[0] == "Réglé : nom (en), présentation."
    assert len(written(api)) == before + 2
    assert (await bot.get_my_name("en")).name == NAME


async def test_a_name_refused_for_hours_loses_nothing_else(api: Server, bot: telegram.Bot, script: Script) -> None:
    api.fault(Fault(status=429, method="setmyname", count=1, retry_after=3601, scope="method"))
    told = await setup(bot, script, NAME)
    assert "Pas encore réglé : nom. Telegram fait attendre : relancez dans 61 min." in told
    assert len(api.calls_of("setMyName")) == 1, "the other languages show everybody's: nothing to try there"
    assert (await bot.get_my_description()).description
    assert await bot.get_my_commands()
    assert "nom" not in told[0]
    api.heal()
    assert (await setup(bot, script, NAME))[0] == "Réglé : nom."


async def test_what_telegram_refuses_is_told_and_loses_nothing_else(bot: telegram.Bot, script: Script) -> None:
    told = await setup(bot, script, "N" * 65)
    assert [line for line in told if line.startswith("Refusé : nom.")]
    assert await bot.get_my_commands()


async def test_a_wrong_token_is_an_error_of_the_library(api: Server, script: Script) -> None:
    """Said in one sentence by whoever called."""
    async with HTTPXRequest() as request:
        wrong = telegram.Bot(api.token + "x", base_url=f"{api.url}/bot", request=request)
        with pytest.raises(InvalidToken):
            await setup(wrong, script, NAME)


async def test_what_only_a_person_can_do_is_told(bot: telegram.Bot, script: Script) -> None:
    told = "\n".join(await setup(bot, script, NAME))
    assert "/setjoingroups" in told
    assert "/setuserpic" in told
    assert "/setinline" not in told, "it is off"
    assert "Attention" not in told
    assert "Attention : Le nom public « Aide aux victimes »" in "\n".join(await setup(bot, script, "Aide aux victimes"))


def test_commands_are_words_that_are_understood(script: Script) -> None:
    for catalogue in script.catalogues.values():
        for name, key, _ in texts.COMMANDS:
            word = catalogue.text(name)
            assert re.fullmatch("[a-z0-9_]{1,32}", word)
            assert fold(f"/{word}") in script.words(key), word


async def test_the_public_face_is_short_and_neutral(bot: telegram.Bot, script: Script) -> None:
    """P6: in no language does a word of it tell what the bot is for; the limits are Telegram's."""
    await setup(bot, script, NAME)
    for code in ("", "fr", "en"):
        about = (await bot.get_my_short_description(code)).short_description
        description = (await bot.get_my_description(code)).description
        commands = await bot.get_my_commands(language_code=code)
        assert 0 < len(about) <= 120
        assert 0 < len(description) <= 512
        assert re.findall(r"\d+", description) == ["17", "112", "114"]
        said = [about, description, *(f"{c.command} {c.description}" for c in commands)]
        for locale in script.catalogues:
            assert [text for text in said if wording.revealing(text, locale)] == []
        assert not list(wording.forbidden(bare(description), code or "fr"))
