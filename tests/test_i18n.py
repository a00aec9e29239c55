"""Catalogues: French is the source, another language is whole or not there."""

from __future__ import annotations

from bot.errors import At, Problem
from bot.i18n import PLACEHOLDER, Catalogue, read_catalogues, untranslated
from tests.engine.content import catalogue

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'


def read(locale: str, text: str) -> tuple[dict[str, Catalogue], list[Problem]]:
    problems: list[Problem] = []
    return read_catalogues({f"locales/{locale}/LC_MESSAGES/messages.po": text}, problems), problems


def test_french_is_always_there_and_first() -> None:
    problems: list[Problem] = []
    assert list(read_catalogues({}, problems)) == ["fr"]
    assert list(read("de", HEADER)[0]) == ["fr", "de"]
    assert problems == []


def test_a_text_is_translated_or_stays_as_it_is() -> None:
    found, problems = read("de", catalogue({"Retour": "Zurück", "Une ligne.\nUne autre.": "Eins.\nZwei."}))
    german = found["de"]
    assert problems == []
    assert german.text("Retour") == "Zurück"
    assert german.text("Une ligne.\nUne autre.\n") == "Eins.\nZwei.", "a YAML block ends with a line end"
    assert german.text("Fermer") == "Fermer"
    assert german.text("") == "", "an empty text is not the header of the catalogue"
    assert found["fr"].text("Retour") == "Retour"


def test_a_french_catalogue_may_say_plurals_and_changes_no_sentence() -> None:
    found, _ = read("fr", catalogue({"Retour": ""}))
    assert list(found) == ["fr"]
    assert found["fr"].text("Retour") == "Retour"


def test_which_languages_are_written_from_right_to_left() -> None:
    assert [read(locale, HEADER)[0][locale].right_to_left for locale in ("de", "ar", "fa", "he")] == [
        False,
        True,
        True,
        True,
    ]


def test_a_placeholder_lost_or_added_is_told_at_its_line() -> None:
    _, problems = read("de", catalogue({"Appelez {17} à {commune}.": "Rufen Sie {112} an."}))
    assert [(one.at.line, one.sentence) for one in problems] == [
        (4, "la traduction de « Appelez {17} à {commune}. » a perdu {17}, {commune}"),
        (4, "la traduction de « Appelez {17} à {commune}. » ajoute {112}"),
    ]


def test_each_plural_is_compared() -> None:
    plural = '\nmsgid "{n} service"\nmsgid_plural "{n} services"\nmsgstr[0] "ein Dienst"\nmsgstr[1] "{n} Dienste"\n'
    _, problems = read("de", HEADER + plural)
    assert ["a perdu {n}" in one.sentence for one in problems] == [True]


def test_a_doubtful_translation_is_none() -> None:
    fuzzy = HEADER + '\n#, fuzzy\nmsgid "Retour"\nmsgstr "Zurück"\n'
    found, _ = read("de", fuzzy)
    assert found["de"].text("Retour") == "Retour"
    assert list(untranslated(found, {"Retour": At("flows/always.yml", 9)}))


def test_what_a_language_lacks_is_told_where_it_is_written() -> None:
    found, _ = read("de", catalogue({"Retour": "Zurück"}))
    texts = {"Retour": At("flows/a.yml", 1), "Fermer\n": At("flows/a.yml", 2), "": At("flows/a.yml", 3)}
    assert list(map(str, untranslated(found, texts))) == ["flows/a.yml:2: pas encore traduit en « de » : « Fermer\n »"]


def test_what_is_a_placeholder() -> None:
    assert PLACEHOLDER.findall("{3919} {commune} {at most} {Commune} {} {a_b}") == ["3919", "commune", "at most"]
