"""Comparing what people type with what we wrote, without ever taking it for its contrary."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import FSI, LONGEST, NARROW, PDI, bare, choose, fold, isolate, says

SLEEP = ["Je suis seul", "Je suis avec des enfants", "Je préfère ne pas répondre"]
CONSENT = ["Oui, merci", "Non, merci"]


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Où ?", "ou"),
        ("  ÇA VA\tÊtre  l'Été ! ", "ca va etre l ete"),
        ("cœur œuvre Æ ß", "coeur oeuvre ae ss"),
        ("e\u0301cole", "ecole"),
        ("zéro\u200b\u00adlargeur", "zerolargeur"),
        ("15\u202f17", "15 17"),
        ("①②", "12"),
        ("𝓐𝒊𝒅𝒆", "aide"),
        ("٣", "3"),
        ("۱۵ १५", "15 15"),
        ("İstanbul", "istanbul"),
        ("🙂", ""),
        ("\u2068bonjour\u2069", "bonjour"),
        ("a" * 5000, "a" * LONGEST),
        ("", ""),
    ],
)
def test_fold(written: str, folded: str) -> None:
    assert fold(written) == folded


@pytest.mark.parametrize(
    ("typed", "labels", "chosen"),
    [
        ("Je suis seul", SLEEP, 0),
        ("JE SUIS SEUL !!", SLEEP, 0),
        ("1", SLEEP, 0),
        (" 3. ", SLEEP, 2),
        ("seul", SLEEP, 0),
        ("avec enfants", SLEEP, 1),
        ("je prefere pas repondre", SLEEP, 2),
        ("suis seule", SLEEP, None),
        ("je suis seull", SLEEP, 0),
        ("je ne suis pas seul", SLEEP, None),
        ("je suis pas seul", SLEEP, None),
        ("je suis", SLEEP, None),
        ("non merci", CONSENT, 1),
        ("oui", CONSENT, 0),
        ("merci", CONSENT, None),
        ("nonn merci", CONSENT, None),
        ("nmerci", CONSENT, None),
        ("0", SLEEP, None),
        ("4", SLEEP, None),
        ("9999", SLEEP, None),
        ("003", SLEEP, 2),
        ("0003", SLEEP, None),
        ("merci oui", CONSENT, 0),
        ("٢", CONSENT, 1),
        ("", SLEEP, None),
        ("?", SLEEP, None),
        ("x", [], None),
        ("oui", ["Oui", "Oui"], None),
        ("seul et de tres longues phrases qui parlent d'autre chose", SLEEP, None),
        ("oui madame", ["Oui madame", "Oui monsieur"], 0),
        ("2", ["Deux", "2"], 1),
    ],
)
def test_choose(typed: str, labels: list[str], chosen: int | None) -> None:
    assert choose(typed, labels) == chosen


def test_a_single_label_is_chosen_by_a_near_miss() -> None:
    assert choose("revenir a laccueil", ["Revenir à l'accueil"]) == 0
    assert choose("autre chose", ["Revenir à l'accueil"]) is None


TWENTY = "abcdefghijklmnopqrst"


def test_how_near_a_near_miss_is() -> None:
    """85 of 100 at least, and 10 more than the next: one letter of twenty is five points."""
    assert choose(TWENTY[:17] + "xyz", [TWENTY]) == 0
    assert choose(TWENTY[:16] + "wxyz", [TWENTY]) is None
    typed = TWENTY[:19] + "z"
    assert choose(typed, [TWENTY, "xyz" + TWENTY[3:19] + "z"]) == 0
    assert choose(typed, [TWENTY, "xy" + TWENTY[2:19] + "z"]) is None


def test_two_labels_alike_are_asked_again() -> None:
    assert choose("numero de rue", ["Numéro de rues", "Numéro de ruel"]) is None


@pytest.mark.parametrize("negation", ["pas", "ne", "jamais", "aucun", "sans", "non", "ni", "not", "never", "no"])
def test_a_near_miss_never_adds_nor_drops_a_negation(negation: str) -> None:
    label = "Je peux parler librement maintenant ici"
    typed = f"je peux {negation} parler librement maintenant ici"
    assert choose(typed, [label, "Autre"]) is None
    assert choose("je peux parler librement maintenant ici", [typed, "Autre"]) in (None, 0)


@given(st.text(), st.lists(st.text(min_size=1), max_size=6))
def test_choose_gives_a_place_of_the_list_or_nothing(typed: str, labels: list[str]) -> None:
    chosen = choose(typed, labels)
    assert chosen is None or 0 <= chosen < len(labels)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert once == once.strip()
    assert not any(unicodedata.category(char) in ("Mn", "Cf", "Cc") for char in once)


def test_a_phrase_is_said_as_whole_words_side_by_side() -> None:
    assert says("je suis en danger ici", "en danger")
    assert says("danger", "danger")
    assert not says("endanger", "danger")
    assert not says("en grand danger", "en danger")


def test_digits_are_isolated_and_made_bare_again() -> None:
    number = f"01{NARROW}40"
    assert isolate(number) == f"{FSI}{number}{PDI}"
    assert bare(isolate(number)) == number
    assert bare("\u202bdroite\u202c à \u2067gauche\u2069") == "droite à gauche"


def test_one_character_that_is_a_whole_sentence_costs_no_more_than_a_long_message() -> None:
    assert len(fold("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * LONGEST)) <= 2 * LONGEST
