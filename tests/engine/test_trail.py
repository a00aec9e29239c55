"""Where one stands and how one came: going back, going round, walking for hours, coming home."""

from __future__ import annotations

import pytest

from bot.engine.advance import advance, start
from bot.engine.compile import compile
from bot.engine.message import Key, Opened, Pressed
from bot.engine.session import Session
from bot.engine.token import LONGEST
from bot.engine.trail import KEPT, MOST_ANSWERS, back, push, size
from tests.engine.content import NOW, PLACES, SOURCES, Talk, everywhere, small


def test_going_back_is_one_answer_less() -> None:
    talk = Talk().press("Aide et écoute", "Pour quelqu'un d'autre", "Oui, maintenant")
    steps = [talk.step]
    while talk.session.trail:
        before = talk.session.trail
        steps.append(talk.press("Retour").step)
        assert talk.session.trail == before[:-1]
    assert steps == ["temoin.fin", "temoin.maintenant", "aide.qui", "accueil.accueil"]


@pytest.mark.parametrize("session", everywhere(), ids=lambda session: f"{session.at}-{session.place}")
def test_answering_going_back_and_answering_again_is_answering(session: Session) -> None:
    script = small()
    for choice in advance(script, session, Pressed("?"), NOW).screen.choices:
        once = advance(script, session, Pressed(choice.id), NOW).session
        assert once is not None
        if session.at == "langue.langue" or once == script.home(once.locale, once.area, once.place):
            continue  # a language leads back, « Revenir à l'accueil » keeps nothing to go back to
        again = advance(script, back(script, once, NOW), Pressed(choice.id), NOW).session
        assert again == once


def test_coming_back_to_a_page_by_a_choice_forgets_what_came_after_it() -> None:
    talk = Talk().press("Trouver un service").type("mouchamps").press("Revenir à l'accueil")
    assert talk.session.trail == ()
    talk.press("Aide et écoute", "C'est pour moi", "Connaître mes droits").type("85191")
    lengths = []
    for _ in range(20):
        talk.press("Autre besoin", "Me soigner").type("85191")
        lengths.append(len(talk.session.trail))
    assert max(lengths) == lengths[0], "going round and round adds nothing"


def test_the_last_answer_to_a_question_is_the_one_that_counts() -> None:
    """Asked again from below, or opened again by a word, a question had kept its first answer: the wrong list."""
    talk = Talk().press("Aide et écoute", "C'est pour moi", "Connaître mes droits").type("85191")
    assert [service.kind for service in talk.screen.services] == ["cidff", "point-justice"]
    talk.press("Autre besoin", "Me soigner").type("85191")
    assert [service.kind for service in talk.screen.services] == ["hopital"]
    talk.type("mari", "1").press("Connaître mes droits").type("85191")
    assert [service.kind for service in talk.screen.services] == ["cidff", "point-justice"]


def test_a_walk_of_hours_fits_a_button_and_goes_back_a_good_way() -> None:
    talk = Talk(opened=Opened("pays-des-herbiers", "de", "85153"))
    lengths = []
    for turn in range(59):
        talk.type("langue" if turn % 2 else "urgence")
        talk.type("menu" if turn % 20 == 19 else "mouchamps" if turn % 7 == 6 else "danger")
        lengths.append(len(talk.token))
        assert size(talk.session.trail) <= MOST_ANSWERS
    assert max(lengths) <= LONGEST
    assert max(lengths) > 30
    undone = 0
    while talk.session.trail:
        talk.press(talk.bar[-2])
        undone += 1
    assert undone >= KEPT // 2
    assert talk.press(talk.bar[-2]).step == "accueil.accueil", "before what was kept there is home"
    assert (talk.session.area, talk.session.locale, talk.session.place) == ("pays-des-herbiers", "de", "85153")


CHAIN = "".join(
    f"  q{number}: {{ask: Question {number} ?, choices: {{mairie: Un, droit: Deux}}, go: q{number + 1}}}\n"
    for number in range(30)
)


def test_twenty_answers_may_all_be_taken_back() -> None:
    flow = "title: Longue\nwords: [longue]\nsteps:\n" + CHAIN + "  q30: {end: Fin.}\n"
    talk = Talk(compile(SOURCES | {"flows/longue.yml": flow}, PLACES)).type("longue", "1")
    for _ in range(20):
        talk.press("Un")
    assert (talk.step, len(talk.session.trail)) == ("longue.q20", 21)
    for _ in range(21):
        talk.press("Retour")
    assert talk.step == "accueil.accueil"


def test_answers_still_needed_are_never_cut() -> None:
    """The kind chosen first is what the last screen lists: home, rather than a screen that has lost it."""
    flow = "title: Longue\nwords: [longue]\nsteps:\n" + CHAIN
    flow += "  q30: {ask: Où ?, answer: place}\n  liste: {show: services, kinds from: q0, near: q30}\n"
    flow += "  fin: {ask: Fin ?, choices: {fin: Fin}, go: q30}\n"
    talk = Talk(compile(SOURCES | {"flows/longue.yml": flow}, PLACES)).type("longue", "1")
    for _ in range(30):
        talk.type("1")
        if talk.step == "accueil.accueil":
            break
    assert talk.step == "longue.q30", "nothing on the way reads the first answer: what came before is cut"
    talk.type("mouchamps")
    assert talk.step == "accueil.accueil" or "Mairie de Mouchamps" in talk.text


def test_when_all_that_is_kept_still_needs_the_first_answer_the_walk_begins_again_at_home() -> None:
    """Every page of this flow reads its first answer: none of it can be cut."""
    flow = "title: Longue\nwords: [longue]\nsteps:\n  q: {ask: Quoi ?, choices: {mairie: Un, droit: Deux}}\n"
    flow += "  ou: {ask: Où ?, answer: place}\n"
    for number in range(30):
        flow += f"  l{number}: {{show: services, kinds from: q, near: ou}}\n"
        flow += f"  q{number}: {{ask: Question {number} ?, choices: {{oui: Oui}}}}\n"
    flow += "  fin: {end: Fin.}\n"
    talk = Talk(compile(SOURCES | {"flows/longue.yml": flow}, PLACES)).type("longue", "1", "1", "mouchamps")
    for _ in range(40):
        talk.press(talk.labels[0])
        if talk.step == "accueil.accueil":
            break
    assert talk.step == "accueil.accueil"
    assert talk.session == small().home("fr", place="85153")


def test_an_answer_that_is_none_of_this_step_moves_nobody() -> None:
    session = start(small())
    assert push(small(), session, "moi", NOW) is None
    assert push(small(), session, "!flow:rien", NOW) is None
    assert push(small(), session, "@85109", NOW) is None


def test_a_jump_never_cuts_the_trail() -> None:
    talk = Talk().press("Aide et écoute", "C'est pour moi", "Numéros d'urgence", "Un toit ce soir")
    talk.type("mari", "1")
    assert [visit.step for visit in talk.session.trail] == [
        "accueil.accueil",
        "aide.qui",
        "victime.besoin",
        "urgence.besoin",
        "urgence.abri",
    ]
    assert talk.step == "victime.besoin"
    assert talk.press("Retour").step == "urgence.abri"


def test_a_commune_given_goes_back_with_its_answer() -> None:
    talk = Talk().press("Trouver un service").type("mouchamps")
    assert talk.session.place == "85153"
    talk.press("Retour")
    assert talk.session.place is None
    assert talk.labels == []
    assert talk.type("85500").session.place == "85109"


def test_a_second_commune_takes_the_place_of_the_first_everywhere() -> None:
    talk = Talk().press("Aide et écoute", "C'est pour moi", "Connaître mes droits").type("la roche sur yon")
    talk.press("Autre besoin", "Me soigner").type("mouchamps")
    assert {visit.answer for visit in talk.session.trail if visit.answer.startswith("@")} <= {"@85153"}
    assert talk.session.place == "85153"


def test_home_is_where_a_trail_begins() -> None:
    home = start(small())
    assert back(small(), home, NOW) == home
    assert advance(small(), home, Pressed(Key.BACK), NOW).session == home
    assert home.answer("aide.qui") is None
    there = Talk().press("Aide et écoute", "C'est pour moi").session
    assert there.answer("aide.qui") == "moi"


def test_a_commune_known_before_it_was_given_again_keeps_the_thread() -> None:
    """`Talk` reads each session back from its token: « Retour » had left one that no token could say."""
    talk = Talk().type("mouchamps").press("Trouver un service", "Mouchamps").press("Retour")
    assert talk.step == "trouver.lieu"
    assert talk.press("Retour").step == "ici.fin"


def test_another_commune_keeps_the_thread() -> None:
    """A commune typed later changes where older pages stop: the next press opened home, « lost »."""
    steps = "  ou: {ask: Où ?, answer: place, if known: skip}\n"
    steps += "  l: {show: services, kinds: [mairie], near: ou, if none: rien}\n"
    steps += "  fin: {ask: Fin ?, choices: {x: Onze}, go: m}\n  rien: {ask: Rien ?, choices: {x: Onze}, go: m}\n"
    steps += "  m: {show: services, near: ou}\n  n: {ask: Encore ?, choices: {x: Onze}, go: m}\n"
    flow = f"title: A\nwords: [essai]\naudience: victime\nsteps:\n{steps}"
    talk = Talk(compile(SOURCES | {"flows/essai.yml": flow}, PLACES), Opened(place="85191")).type("essai", "1")
    assert talk.step == "essai.rien"
    talk.press("Onze").type("mouchamps")
    assert talk.step == "essai.n"
    assert talk.session.place == "85153"
    assert talk.press("Retour").step in ("essai.rien", "essai.fin", "accueil.accueil")
