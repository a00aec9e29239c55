"""One living message on Telegram: what a person with the shipped content sees of it, press after press."""

from __future__ import annotations

import json
import re
from datetime import datetime
from html import unescape
from random import Random
from typing import TYPE_CHECKING

import pytest

from bot.channels.telegram.draw import read_data
from bot.engine.token import decode
from bot.engine.wording import AT_A_GLANCE, REVEALING, revealing
from tests.channels.telegram_bot import PARIS, only, opens, presses, running, says

if TYPE_CHECKING:
    from bot.engine.script import Script
    from tests.botapi import Person, Server
    from tests.channels.telegram_bot import Running

pytestmark = pytest.mark.usefixtures("hurried")

HOME = "Infos pratiques"
NOW = datetime(2026, 11, 22, 12, tzinfo=PARIS)


def labels(person: Person) -> list[str]:
    return [button.text for row in only(person).buttons for button in row]


# The living message --------------------------------------------------------------------------------------------------


async def test_a_press_changes_the_message_it_came_from_and_stops_its_wheel(api: Server, bot: Running) -> None:
    camille = api.person()
    await opens(camille)
    first = only(camille)
    assert first.text.startswith(HOME)
    await presses(camille, "Aide et écoute", "C'est pour moi", "Numéros d'urgence", "Retour")
    assert only(camille).id == first.id
    assert "De quoi avez-vous besoin d'abord" in first.text
    assert camille.spinning == []


async def test_what_is_typed_goes_at_once_numbers_and_labels_alike(api: Server, bot: Running) -> None:
    camille = api.person()
    await opens(camille)
    first = only(camille).id
    await says(camille, "1")
    assert "Pour qui cherchez-vous" in only(camille).text
    await says(camille, "1")
    assert only(camille).id == first
    await says(camille, "retour")
    await says(camille, "c'est pour moi")
    assert "De quoi avez-vous besoin d'abord" in only(camille).text
    await says(camille, "retour")
    assert "Pour qui cherchez-vous" in only(camille).text


@pytest.mark.parametrize("number", [True, False])
async def test_what_is_only_suggested_is_chosen_by_number_or_name(api: Server, bot: Running, *, number: bool) -> None:
    camille = api.person()
    await opens(camille)
    await says(camille, "secrétaire de mairie")
    offered = labels(camille)[0]
    await says(camille, "1" if number else offered)
    assert offered not in labels(camille), "she is in it"


async def test_another_language_is_one_press_away_and_start_forgets_it(api: Server, bot: Running) -> None:
    camille = api.person()
    await opens(camille)
    await presses(camille, "Langue · Language", "English")
    assert "Close" in labels(camille)
    await says(camille, "français")
    await presses(camille, "Français")
    assert "Fermer" in labels(camille)
    await says(camille, "english", "2")
    assert "Close" in labels(camille)
    await opens(camille)
    assert "Fermer" in labels(camille), "nothing of before"


async def test_after_a_restart_a_press_goes_on_from_the_button_and_what_is_typed_opens_home(
    api: Server, script: Script
) -> None:
    """The session travels in the button: another process shows the next screen in the same message."""
    camille, dominique = api.person(), api.person()
    async with running(api, script):
        for person in (camille, dominique):
            await opens(person)
            await presses(person, "Aide et écoute", "C'est pour moi")
        before = only(camille).id
    async with running(api, script):
        await presses(camille, "Écrire, sans parler")
        assert only(camille).id == before
        assert "Retour" in labels(camille)
        await says(dominique, "1")
        assert dominique.screen is not None
        assert dominique.screen.text.startswith("Nous repartons de l'accueil."), "« 1 » is no longer the first line"
        assert [notice.silent for notice in dominique.notifications] == [True, True]


async def test_a_press_on_an_old_button_shows_there_and_the_other_message_goes(api: Server, script: Script) -> None:
    camille = api.person()
    async with running(api, script):
        await opens(camille)
        await presses(camille, "Aide et écoute")
        old = only(camille).id
    async with running(api, script):
        await says(camille, "je ne sais pas")
        assert len(camille.visible) == 2, "nobody remembers the first one"
        await presses(camille, "C'est pour moi", on=old)
        assert only(camille).id == old
        assert "De quoi avez-vous besoin d'abord" in only(camille).text


async def test_the_same_button_twice_in_a_breath_shows_its_screen_once(api: Server, bot: Running) -> None:
    """« message is not modified » never reaches anybody."""
    camille = api.person()
    await opens(camille)
    await camille.press("Aide et écoute")
    await camille.press("Aide et écoute")
    await camille.settled()
    assert "Pour qui cherchez-vous" in only(camille).text
    assert camille.spinning == []
    assert len(camille.notifications) == 1


async def test_a_message_that_was_deleted_comes_back_as_a_new_one(api: Server, bot: Running) -> None:
    camille = api.person()
    await opens(camille)
    camille.delete(only(camille).id, for_bot=True)
    await says(camille, "aide et écoute")
    assert "Pour qui cherchez-vous" in only(camille).text
    only(camille).gone = True  # and her phone does not know it yet
    await camille.press("C'est pour moi", gone=True)
    await camille.settled()
    assert "De quoi avez-vous besoin d'abord" in only(camille).text
    assert camille.spinning == []


@pytest.mark.parametrize("texts", [("angers", "nantes"), ("blabla", "blibli"), ("urgence", "il me frappe"), ("salut",)])
async def test_one_who_cleared_the_chat_for_herself_is_not_met_by_silence_twice(
    api: Server, bot: Running, texts: tuple[str, ...]
) -> None:
    """The bot still has a message that it can change, and that nobody sees."""
    camille = api.person()
    await opens(camille)
    camille.clear()
    await says(camille, *texts)
    assert only(camille).buttons


# /start --------------------------------------------------------------------------------------------------------------

PAYLOADS = [
    "", "angers-loire-metropole", "angers-loire-metropole_49007", "angers-loire-metropole.49007", "pays-des-herbiers",
    "nulle-part", "angers-loire-metropole_99999", "_", "__", "-", "a" * 64, "0", "close", "emergency",
    "AbpiiDuM_KRM3", "<b>", "a b c", "é", "a.b.c", "../../etc/passwd", "angers-loire-metropole_49007_49007",
]  # fmt: skip


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_start_shows_home_with_nothing_of_before_whatever_the_link_says(
    api: Server, bot: Running, payload: str
) -> None:
    camille = api.person()
    await opens(camille)
    await presses(camille, "Aide et écoute", "C'est pour moi")
    before = only(camille).id
    await opens(camille, payload)
    assert only(camille).text.startswith(HOME)
    assert only(camille).id > before, "a new message, where she looks"
    assert "Retour" not in labels(camille)


@pytest.mark.parametrize(
    ("payload", "area", "town"),
    [
        ("pays-des-herbiers", "pays-des-herbiers", None),
        ("angers-loire-metropole_49007", "angers-loire-metropole", "Angers"),
        ("angers-loire-metropole.49007", "angers-loire-metropole", "Angers"),
        ("angers-loire-metropole_99999", "angers-loire-metropole", None),
        ("nulle-part_49007", "france", "Angers"),
    ],
)
async def test_a_link_opens_its_territory_and_its_town(
    api: Server, bot: Running, script: Script, payload: str, area: str, town: str | None
) -> None:
    """In the address of a bot only `_` can stand for the dot of a QR code."""
    camille = api.person()
    await opens(camille, payload)
    token, _ = read_data(only(camille).buttons[0][0].data or "")
    session = decode(script, token, NOW)
    assert session is not None
    assert session.area == area
    await presses(camille, "Trouver un service", "Mairie")
    assert (town in labels(camille)) if town else (labels(camille)[1] == "Retour")


# What is not text ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker", "location", "contact", "document", "dice"])
async def test_what_may_be_her_only_evidence_stays_and_is_answered_below(api: Server, bot: Running, kind: str) -> None:
    camille = api.person()
    await opens(camille)
    await presses(camille, "Aide et écoute")
    await getattr(camille, kind)()
    await camille.settled()
    kept, answer = camille.visible
    assert kept.kind == kind
    assert answer.from_bot
    assert answer.text.startswith("Ici, seuls les mots et les choix sont compris.")
    assert "Pour qui cherchez-vous" in answer.text, "she is where she was"


async def test_numbers_can_be_copied_by_a_touch(api: Server, bot: Running) -> None:
    camille = api.person()
    await opens(camille)
    await presses(camille, "Numéros d'urgence")
    assert {"17", "112", "114"} <= {
        only(camille).text[entity["offset"] : entity["offset"] + entity["length"]]
        for entity in only(camille).entities
        if entity["type"] == "code"
    }


# How it travels ------------------------------------------------------------------------------------------------------


async def test_in_a_journey_of_twenty_presses_nine_calls_in_ten_are_edits(api: Server, bot: Running) -> None:
    camille = api.person()
    await opens(camille)
    for step in range(20):
        choices = [button for row in only(camille).buttons for button in row if len(row) == 1]
        await presses(camille, choices[step % 3].text if "Retour" in labels(camille) else "Aide et écoute")
    edits, sends = api.counts["editMessageText"], api.counts["sendMessage"]
    assert edits / (edits + sends) >= 0.9
    assert sends == 1


async def test_nobody_is_asked_where_she_is_nor_who(api: Server, bot: Running) -> None:
    camille = api.person()
    await opens(camille)
    await presses(camille, "Trouver un service")
    await says(camille, "angers", "où suis-je", "urgence", "fermer")
    for call in api.calls:
        keyboard = json.loads(call.params.get("reply_markup", "{}"))
        assert set(keyboard) <= {"inline_keyboard"}
        for row in keyboard.get("inline_keyboard", ()):
            assert all(set(button) == {"text", "callback_data"} for button in row)


# Safe at a glance (promise P6) ---------------------------------------------------------------------------------------

WORDS = ["1", "3", "retour", "angers", "saint-denis", "mon mari", "il me frappe", "je veux mourir", "english", "blabla"]


async def wander(person: Person, chance: Random, gestures: int) -> None:
    """Press, type and send at random, from whatever is shown; the choices more than the bar."""
    await opens(person, "angers-loire-metropole_49007")
    for _ in range(gestures):
        rows = person.screen.buttons if person.screen else []
        match chance.randrange(9):
            case 0:
                await says(person, chance.choice(WORDS))
            case 1 if chance.random() < 0.3:
                await person.photo()
                await person.settled()
            case _ if rows:
                await presses(person, chance.choice(chance.choice(rows)).data or "")
            case _:
                await opens(person)


async def test_whatever_is_done_all_is_silent_and_nothing_reveals_at_a_glance(api: Server, bot: Running) -> None:
    """Every call of a long walk; the emergency screen may be seen for what it is."""
    chance = Random(6)
    for _ in range(6):
        await wander(api.person(), chance, 25)
    shown = api.calls_of("sendMessage") + api.calls_of("editMessageText")
    assert len({call.params["text"] for call in shown}) > 35, "the walk goes far"
    for call in shown:
        assert json.loads(call.params["link_preview_options"])["is_disabled"] is True
        urgent = '"inline_keyboard"' in call.params["reply_markup"] and ".emergency" not in call.params["reply_markup"]
        glance = unescape(re.sub("<[^>]+>", "", call.params["text"]))[:AT_A_GLANCE]
        for locale in () if urgent else REVEALING:
            assert revealing(glance, locale) is None, glance
    assert {call.params["disable_notification"] for call in api.calls_of("sendMessage")} == {"true"}
    assert all(set(call.params) == {"callback_query_id"} for call in api.calls_of("answerCallbackQuery"))
    assert {call.method for call in api.calls} == {
        "getMe", "deleteWebhook", "getUpdates", "sendMessage", "editMessageText", "deleteMessages",
        "answerCallbackQuery",
    }  # fmt: skip
