"""What one screen says: short enough for a phone, digits right in every script, alarm only where it is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.directory.schedule import Opening
from bot.engine.advance import show, start
from bot.engine.compile import compile
from bot.engine.message import Opened
from bot.engine.page import LONGEST
from bot.engine.script import MOST_KEPT, Kept
from bot.engine.when import clock, day, state
from bot.text import FSI, NARROW, PDI, bare
from tests.engine.content import DE, NIGHT, NOW, PLACES, SOURCES, Talk, everywhere, plain, small

LONG = "Une phrase de calme assez longue pour remplir un petit téléphone. " * 2


def listing(services: str, before: str = "", most: int = 4, after: str = "Fin.", place: str = "85191") -> Talk:
    """Stand on a list of these services, under some prose."""
    steps = "  ou: {ask: Où ?, answer: place, if known: skip}\n"
    steps += f"  avant: {{say: {before or 'Voici.'}}}\n  l: {{show: services, near: ou, at most: {most}}}\n"
    steps += f"  noms: {{show: partners, near: ou}}\n  fin: {{end: '{after}'}}\n"
    flow = f"title: Essai\nwords: [essai]\naudience: victime\nsteps:\n{steps}"
    vendee = f'name: Vendée\ncovers: {{departement: "85"}}\nservices:\n{services}'
    lock = SOURCES["knowledge/numbers.lock"].replace("vendee/cidff 0251000001 2026-11-21 page\n", "")
    content = SOURCES | {
        "flows/essai.yml": flow,
        "knowledge/france/85-vendee.yml": vendee,
        "knowledge/numbers.lock": lock,
    }
    return Talk(compile(content, PLACES), Opened(place=place)).type("essai", "1")


def hospital(number: int, *more: str) -> str:
    lines = [f"  - id: h{number}", f"    name: Hôpital numéro {number}", "    kind: hopital"]
    lines += [f'    phones: [{{number: "02 51 00 01 0{number}", status: confirmed}}]']
    lines += ['    hours: {osm: 24/7, seen: "2024"}', '    sources: [{title: page, date: "2024"}]']
    return "\n".join([*lines, *(f"    {line}" for line in more)]) + "\n"


FULL = (
    "address: 12 boulevard de la Très Longue Rue qui ne finit pas",
    "access: Sur rendez-vous, le matin, par la porte de derrière.",
    'location: {insee: "85191", lat: 46.67, lon: -1.42}',
)


def test_every_screen_of_the_small_content_is_short_and_isolates_its_digits() -> None:
    for session in everywhere():
        for now in (NOW, NIGHT):
            screen = show(small(), session, now)
            assert len(screen.text) <= LONGEST
            for line in screen.lines:
                for span in line.spans:
                    if not isinstance(span, str):
                        assert span.text[0] == FSI
                        assert span.text[-1] == PDI
                        assert " " not in span.text


def test_a_screen_too_long_leaves_out_the_least_useful_first() -> None:
    """Addresses, numbers in letters, « vu en », how to come, names, then the last cards: never the prose."""
    services = "".join(hospital(number, *FULL) for number in (1, 2, 3, 4))
    services += (
        '  - id: sos\n    name: SOS Vendée\n    kind: solidarite-femmes\n    sources: [{title: page, date: "2024"}]\n'
    )
    seen = []
    for size in range(5):
        talk = listing(services, LONG * size)
        assert talk.text.startswith((LONG * size).strip() or "Voici."), "prose is never cut"
        assert len(talk.screen.text) <= LONGEST or size == 4
        seen.append(
            (
                len(talk.screen.services),
                "boulevard" in talk.text,
                "vu en 2024" in talk.text,
                talk.text.count("Sur rendez-vous"),
                "SOS Vendée" in talk.text,
            )
        )
    assert seen == sorted(seen, reverse=True), "what is left out stays out of what is longer still"
    assert seen[0][0] == 4
    assert seen[0][4], "names are still there"
    assert seen[-1] == (1, False, False, 0, False)


def test_a_short_list_gives_everything() -> None:
    talk = listing(hospital(1, *FULL), most=1)
    assert talk.text == (
        "Voici.\n"
        "Hôpital numéro 1 : 02 51 00 01 01, jour et nuit. Sur rendez-vous, le matin, par la porte de derrière. "
        "12 boulevard de la Très Longue Rue qui ne finit pas, La Roche-sur-Yon. (vu en 2024)\n"
        "Visible sur la facture : 02 51 00 01 01.\n"
        "Fin."
    )


def test_call_first_is_said_once() -> None:
    unknown = [hospital(number).replace('    hours: {osm: 24/7, seen: "2024"}\n', "") for number in (1, 2, 3)]
    talk = listing("".join(unknown))
    assert talk.text.count("horaires à vérifier") == 3
    assert talk.text.count("appelez avant") == 1


def test_what_a_bill_shows_is_said_once_under_the_cards() -> None:
    one = listing(hospital(1))
    assert "Visible sur la facture : 02 51 00 01 01." in one.text
    several = listing(hospital(1) + hospital(2))
    assert several.text.count("facture") == 1
    assert "Les appels locaux se voient sur la facture." in several.text
    free = listing(hospital(1).replace("status: confirmed", "status: confirmed, bill trace: none"))
    assert "facture" not in free.text
    unsure = listing(hospital(1).replace("02 51 00 01 01", "0 805 12 34 56"))
    assert "Sur la facture, non vérifié : 0 805 12 34 56." in unsure.text


def test_a_number_the_page_names_already_is_not_given_again_as_a_service() -> None:
    stands_in = "  - id: droits\n    name: Point-justice\n    kind: point-justice\n    national number: '3039'\n"
    stands_in += '    sources: [{title: page, date: "2024"}]\n'
    assert "Point-justice : 3039" in listing(stands_in + hospital(1)).text
    assert "Point-justice" not in listing(stands_in + hospital(1), after="Le {3039}.").text
    assert "Point-justice : 3039" in listing(stands_in, after="Le {3039}.").text, "better twice than an empty list"


def test_a_line_may_end_with_a_number() -> None:
    assert listing(hospital(1), after="Le {17} ou le {112}").text.endswith("Le 17 ou le 112")


def test_a_confidential_place_has_no_address_on_any_screen() -> None:
    talk = listing(hospital(1, "confidential: yes"))
    assert (talk.screen.services[0].address, talk.screen.services[0].commune) == (None, None)


def test_a_sentence_that_names_an_unreachable_number_is_left_out() -> None:
    france = SOURCES["knowledge/france.yml"].replace('number: "01 80 52 33 76"', 'number: ""')
    lock = SOURCES["knowledge/numbers.lock"].replace("116006.2 0180523376 2026-11-21 page\n", "")
    flow = "title: A\nwords: [essai]\nsteps:\n  a:\n    end: |\n      Une écoute : {116006}. Le {17} répond. Fin.\n"
    flow += "      Le {116006}.\n"
    content = SOURCES | {"knowledge/france.yml": france, "knowledge/numbers.lock": lock, "flows/essai.yml": flow}
    script = compile(content, PLACES)
    here = Talk(script).type("essai", "1")
    assert here.text.split("\n")[0] == "Une écoute : 116 006. Le 17 répond. Fin."
    away = Talk(script, Opened(place="97411")).type("essai", "1")
    assert away.text == "Le 17 répond. Fin."


def test_a_screen_is_the_same_object_for_all_while_nothing_changes() -> None:
    script = compile(SOURCES, PLACES)
    home = start(script)
    first = show(script, home, NOW)
    assert show(script, home, NIGHT) is first
    hours = Talk(script).press("Aide et écoute", "C'est pour moi").session
    by_day = show(script, hours, NOW)
    assert show(script, hours, NOW + timedelta(hours=1)) is by_day
    assert show(script, hours, NOW - timedelta(hours=9)) is not by_day
    closed = show(script, hours, NIGHT)
    assert "fermé, ouvre demain" in plain(closed.text)
    assert "fermé, ouvre aujourd'hui" in plain(show(script, hours, NIGHT + timedelta(hours=2)).text)
    assert "ouvert jusqu'à 20 h" in plain(show(script, hours, NIGHT + timedelta(hours=12)).text)


def test_what_is_kept_has_a_bound() -> None:
    script = compile(SOURCES, PLACES)
    kept = Kept(show(script, start(script), NOW), NOW, None)
    for number in range(MOST_KEPT + 5):
        script.keep((str(number), "", "fr", False, ""), kept)
    assert len(script.screens) <= MOST_KEPT


def test_how_long_a_screen_lives() -> None:
    assert Talk().screen.idle == 15
    assert Talk().press("Numéros d'urgence").screen.idle == 60
    assert Talk().press("Je suis professionnel", "Sans commune").screen.idle is None


def test_a_note_gives_way_where_there_is_no_room() -> None:
    sentence = "Une phrase assez longue pour remplir un téléphone entier. "
    flow = f"title: A\nwords: [essai]\nsteps:\n  a: {{end: '{(sentence * 10).strip()}'}}\n"
    script = compile(SOURCES | {"flows/essai.yml": flow}, PLACES)
    talk = Talk(script).type("essai", "1")
    whole = talk.text
    assert talk.type("rien de connu").text == whole


def test_the_bar_has_what_this_screen_has_a_use_for() -> None:
    for session in everywhere():
        bar = show(small(), session, NOW).bar
        assert (bar.emergency is None) == (session.at == "urgence.besoin")
        assert (bar.back is None) == (session.at == "accueil.accueil" and not session.offered)
        assert list(bar)[-1] is bar.close


# --- hours, in words


def phrase(name: str) -> str:
    return small().always.phrases[name]


@pytest.mark.parametrize(
    ("opening", "said"),
    [
        (Opening(True, None, None), "ouvert"),
        (Opening(True, NOW.replace(hour=20), None), "ouvert jusqu'à 20 h"),
        (Opening(True, NOW.replace(hour=20, minute=5), None), "ouvert jusqu'à 20 h 05"),
        (Opening(True, NOW + timedelta(days=3), None), "ouvert"),
        (Opening(False, None, None), "fermé"),
        (Opening(False, None, NOW.replace(hour=14)), "fermé, ouvre aujourd'hui à 14 h"),
        (Opening(False, None, NOW + timedelta(days=1)), "fermé, ouvre demain à 10 h"),
        (Opening(False, None, NOW + timedelta(days=6)), "fermé, ouvre lundi à 10 h"),
        (Opening(False, None, NOW + timedelta(days=7)), "fermé, ouvre mardi 1 décembre à 10 h"),
        (Opening(None, None, None), "horaires à vérifier"),
    ],
)
def test_hours_in_words(opening: Opening, said: str) -> None:
    assert plain(state(opening, False, NOW, phrase, "fr")) == said


def test_what_never_closes_is_said_so() -> None:
    assert state(Opening(True, None, None), True, NOW, phrase, "fr") == "jour et nuit"
    assert state(Opening(False, None, None), True, NOW, phrase, "fr") == "fermé"


def test_times_and_dates_are_isolated_from_right_to_left_text() -> None:
    written = clock(datetime(2026, 11, 24, 9, 30, tzinfo=UTC), phrase)
    assert (written[0], written[-1]) == (FSI, PDI)
    far = day(NOW.date() + timedelta(days=30), NOW.date(), phrase, "de")
    assert bare(far) == "Donnerstag 24 Dezember"
    assert far[0] == FSI


def test_numbers_are_grouped_without_a_place_to_break() -> None:
    talk = Talk().press("Trouver un service").type("mouchamps")
    assert f"02{NARROW}51{NARROW}00{NARROW}00{NARROW}04" in talk.screen.text


def test_a_right_to_left_language_keeps_its_digits_in_order() -> None:
    arabic = "locales/ar/LC_MESSAGES/messages.po"
    from tests.engine.content import files

    script = compile({path: text for path, text in files().items() if path != DE} | {arabic: files()[DE]}, PLACES)
    assert script.catalogues["ar"].right_to_left
    assert not script.catalogues["fr"].right_to_left
    screen = Talk(script, Opened(locale="ar")).type("notruf").screen
    assert all(span.text[0] == FSI for line in screen.lines for span in line.spans if not isinstance(span, str))
