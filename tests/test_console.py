"""The terminal: the same conversation, read by a person or by a program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.app import Bot
from bot.channels.console import talk
from bot.engine.message import Opened
from tests.engine.content import NIGHT, NOW, plain, small

if TYPE_CHECKING:
    from datetime import datetime


def said(*lines: str, opened: Opened | None = None) -> list[str]:
    """Return what a terminal prints, screen by screen, with ordinary spaces."""
    told = talk(Bot(small(), lambda: NOW), opened or Opened(), [f"{line}\n" for line in lines], as_json=False)
    return [plain(screen) for screen in told]


def program(*lines: str, opened: Opened | None = None, now: datetime = NOW) -> list[dict[str, Any]]:
    """Return what a program reads, one object a screen."""
    told = talk(Bot(small(), lambda: now), opened or Opened(), [f"{line}\n" for line in lines], as_json=True)
    return [json.loads(line) for line in told]


def test_a_person_reads_choices_by_number_and_the_bar_by_letter() -> None:
    (screen,) = said()
    assert screen == (
        "Infos pratiques : numéros et services.\n"
        "Touchez un choix, ou écrivez une commune.\n"
        "\n"
        "  1. Aide et écoute\n"
        "  2. Trouver un service\n"
        "  3. Je suis professionnel\n"
        "  4. Langue\n"
        "\n"
        "[u] Numéros d'urgence  [f] Fermer\n"
    )


def test_cards_stand_apart_and_nothing_steers_the_terminal() -> None:
    *_, last = said("1", "1")
    assert "  3919 (trente-neuf dix-neuf), Écoute nationale : jour et nuit, gratuit (vu en 2024).\n" in last
    raw = list(talk(Bot(small(), lambda: NOW), Opened(), ["1\n", "1\n"], as_json=False))[-1]
    assert not any(char in raw for char in "\u2066\u2067\u2068\u2069")


def test_letters_of_the_bar_press_it() -> None:
    assert "Appel : 17 ou 112." in said("1", "u")[-1]
    assert said("1", "u", "r")[-1] == said("1")[-1]


def test_a_screen_without_choices_has_no_list() -> None:
    assert said("2")[-1].endswith(
        "Écrivez son nom, ou son code postal.\n\n[u] Numéros d'urgence  [r] Retour  [f] Fermer\n"
    )


def test_after_an_exit_an_empty_line_or_home_opens_again_and_anything_else_is_an_answer_at_home() -> None:
    home = said()[0]
    closed, again = said("1", "f", "")[-2:]
    assert closed == "C'est fermé.\n"
    assert again == home
    assert said("1", "f", "accueil")[-1] == home
    assert "Appel : 17" in said("1", "f", "urgence")[-1]


def test_what_was_opened_is_opened_again_with_its_place_and_language() -> None:
    opened = Opened("pays-des-herbiers", "de", "85153")
    screens = program("f", "", "2", "1", opened=opened)
    assert screens[0]["text"] == screens[2]["text"]
    assert [service["id"] for service in screens[-1]["services"]] == ["mairie"]
    reopened = program("f", "hilfe", opened=opened)
    assert reopened[-1]["bar"][0]["label"] == "Notruf"


def test_what_is_offered_is_chosen_by_its_number() -> None:
    assert "Voici ce qui est connu autour de Saint-Denis." in said("saint-denis", "2")[-1]
    assert program("mon mari", "1")[-1]["step"] == "victime.besoin"


def test_a_program_reads_one_object_a_screen() -> None:
    home, there = program("urgence")
    assert home["choices"][0] == {"n": 1, "label": "Aide et écoute"}
    assert home["bar"] == [{"key": "u", "label": "Numéros d'urgence"}, {"key": "f", "label": "Fermer"}]
    assert home["erased"] is False
    assert home["token"]
    assert list(there) == ["step", "text", "choices", "bar", "numbers", "services", "token", "erased"]
    assert [number["number"] for number in there["numbers"]] == ["17", "112", "114"]
    assert there["numbers"][0] == {
        "id": "17",
        "number": "17",
        "display": "17",
        "name": "Police",
        "channel": "voice",
        "url": None,
        "hours": "24/7",
        "open": True,
        "next_opening": None,
        "cost": "free",
        "bill_trace": "none",
    }


def test_a_program_reads_services_their_hours_and_their_dates() -> None:
    service = program("1", "1", "2", "la roche sur yon")[-1]["services"][0]
    assert service["id"] == "cidff"
    assert service["open"] is True
    assert service["closes"] == "2026-11-24T12:00"
    assert service["next_opening"] is None
    assert service["confirmed"] is None
    by_night = program("1", "1", "2", "la roche sur yon", now=NIGHT)[-1]["services"]
    assert {one["id"]: one["next_opening"] for one in by_night}["cidff"] == "2026-11-25T09:00"
    hospital = program("1", "1", "3", "la roche sur yon")[-1]["services"][0]
    assert hospital["confirmed"] == "2026-10-01"


def test_an_exit_is_told_to_a_program() -> None:
    closed = program("stop")[-1]
    assert (closed["erased"], closed["token"], closed["step"]) == (True, "", "")
