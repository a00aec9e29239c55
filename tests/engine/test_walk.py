"""The walk of every screen: it goes everywhere, and each promise that a screen breaks is told, with the way to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.engine.advance import show, start
from bot.engine.compile import compile, compile_with
from bot.engine.message import Choice, Key, Line
from bot.engine.walk import INVARIANTS, Breach, Walked, _judge, moments, walk
from bot.text import isolate
from tests.engine.content import NOW, PLACES, SOURCES, Talk, small

if TYPE_CHECKING:
    from bot.engine.message import Screen
    from bot.engine.session import Session


def judged(session: Session, screen: Screen, *, first: bool = False) -> list[tuple[str, str]]:
    return list(_judge(small(), session, screen, NOW, first=first))


def test_the_small_content_breaks_nothing_and_all_of_it_is_seen() -> None:
    walked = walk(small(), NOW)
    assert walked.breaches == ()
    assert walked.screens > 500


def test_moments_are_when_most_is_open_when_least_is_and_years_later() -> None:
    busiest, quietest, later = moments(small(), NOW)
    assert busiest.weekday() < 5
    assert busiest.hour in range(9, 12)
    assert quietest.hour not in range(9, 12) or quietest.weekday() > 4
    assert later.year == NOW.year + 6


def test_every_promise_that_is_judged_has_its_name() -> None:
    home = start(small())
    screen = show(small(), home, NOW)
    assert {promise for promise, _ in judged(home, replace(screen, lines=(Line(("Pourquoi la police ?",)),)))} <= set(
        INVARIANTS
    )


@pytest.mark.parametrize(
    ("said", "promise"),
    [
        ("Racontez.", "P11"),
        ("Vous devez porter plainte.", "P11"),
        ("Une violence.", "P6"),
        ("Le 02 51 47 77 59 répond.", "P8"),
        (isolate("02 51 47 77 59"), "P8"),
        ("mot " * 25 + ".", "P23"),
        ("mot " * 16 + ".", "P23"),
        ("Un. " * 200, "P23"),
    ],
)
def test_what_is_said_is_judged(said: str, promise: str) -> None:
    home = start(small())
    found = judged(home, replace(show(small(), home, NOW), lines=(Line((said,)),)))
    assert promise in {one for one, _ in found}


def test_a_screen_for_minors_is_judged_more_simply() -> None:
    steps = "  a: {end: 'Une écoute : {17}. Par écrit : {114}.'}\n"
    flow = f"title: A\nwords: [essai]\naudience: mineur\nsteps:\n{steps}"
    script = compile(SOURCES | {"flows/essai.yml": flow}, PLACES)
    session = Talk(script).type("essai", "1").session
    screen = show(script, session, NOW)
    longer = replace(screen, lines=(Line(("un deux trois quatre cinq six sept huit neuf dix onze douze treize.",)),))
    assert [one for one, _ in _judge(script, session, longer, NOW, first=False) if one == "P23"] == ["P23", "P23"]
    assert not [one for one, _ in _judge(script, session, screen, NOW, first=False) if one == "P23"]


def test_a_dead_end_is_judged() -> None:
    talk = Talk().press("Aide et écoute")
    assert ("P9", "cul-de-sac : aucun choix") in judged(talk.session, replace(talk.screen, choices=()))
    place = Talk().press("Trouver un service")
    assert judged(place.session, place.screen) == [], "a commune to type is a way on"


def test_numbers_and_services_of_others_are_judged() -> None:
    author = Talk().press("Aide et écoute", "J'ai peur de faire du mal")
    victims = Talk().press("Aide et écoute", "C'est pour moi").screen.numbers
    assert ("P10", "« 3919 » n'est pas pour le public « auteur »") in judged(
        author.session, replace(author.screen, numbers=victims)
    )
    listed = Talk().press("Aide et écoute", "C'est pour moi", "Connaître mes droits").type("85191")
    service = listed.screen.services[0]
    shown = replace(author.screen, services=(service,))
    assert ("P10", "« cidff » n'est pas pour un auteur") in judged(author.session, shown)
    hidden = replace(service, kind="hebergement", phone_status="to-confirm")
    found = judged(listed.session, replace(listed.screen, services=(hidden,)))
    assert ("P10", "« cidff » : un hébergement ne se montre à personne") in found
    assert ("P10", "« cidff » : un numéro à confirmer ne se montre qu'aux professionnels") in found


def test_an_end_without_a_number_is_judged() -> None:
    talk = Talk().press("Je suis professionnel", "Sans commune")
    found = judged(talk.session, replace(talk.screen, numbers=()))
    assert {sentence.split(" :")[0] for _, sentence in found} == {"fin sans voix humaine", "fin sans voie écrite"}


def test_a_screen_whose_emergency_button_helps_nobody_is_told() -> None:
    bad = {
        **SOURCES,
        "flows/always.yml": SOURCES["flows/always.yml"].replace("emergency: urgence\n", "emergency: trouver\n"),
    }
    script = compile_with(bad, PLACES, [])
    told = {breach.sentence for breach in walk(script, NOW).breaches if breach.promise == "P1"}
    assert "« Numéros d'urgence » n'y mène pas à 17, 114 et 112" in told


def test_a_session_no_button_leads_back_to_is_told() -> None:
    talk = Talk().press("Aide et écoute")
    elsewhere = replace(talk.session, at="victime.fin")
    assert ("P21", "son bouton ne ramène pas à cet écran") in judged(elsewhere, talk.screen, first=True)
    endless = replace(talk.session, trail=talk.session.trail * 40)
    assert any(one == "P21" and "48 au plus" in said for one, said in judged(endless, talk.screen, first=True))


def test_return_that_does_not_bring_the_screen_back_is_told() -> None:
    talk = Talk().press("Aide et écoute")
    other = replace(talk.screen, lines=(Line(("Autre chose.",)),))
    assert ("P1", "« Retour » ne ramène pas de l'urgence au même écran") in judged(talk.session, other, first=True)


def test_a_revealing_button_is_told_at_home_and_on_the_notice() -> None:
    for talk in (Talk(), Talk().press("Aide et écoute")):
        shown = replace(talk.screen, choices=(Choice("x", "Violences"),))
        assert any(one == "P6" and "révèle" in said for one, said in judged(talk.session, shown))
    further = Talk().press("Aide et écoute", "C'est pour moi")
    shown = replace(further.screen, choices=(Choice("x", "Violences"),))
    assert not any("révèle" in said for _, said in judged(further.session, shown))


def test_leaves_too_deep_and_numbers_too_far_are_told() -> None:
    chain = "".join(f"  q{n}: {{ask: Q{n} ?, choices: {{x: Onze}}}}\n" for n in range(9))
    flow = f"title: A\nwords: [essai]\nsteps:\n{chain}  fin: {{end: 'Fin : {{17}}. Écrit : {{114}}.'}}\n"
    script = compile(SOURCES | {"flows/essai.yml": flow}, PLACES)
    told = [breach for breach in walk(script, NOW).breaches if breach.step == "essai.fin"]
    assert told[0].sentence == "à 10 appuis : 8 au plus"
    assert told[0].path[0] == "!flow:essai"
    mute = dict(SOURCES)
    for path in [path for path in mute if path.startswith("flows/") and "always" not in path]:
        mute[path] = mute[path].replace("{17}", "A").replace("{112}", "B").replace("{114}", "C").replace("{3919}", "D")
        mute[path] = mute[path].replace("{116006}", "E").replace("{pnav}", "F").replace("{0801901911}", "G")
        mute[path] = mute[path].replace('"3919", "116006"', "")
    silent = walk(compile_with(mute, PLACES, []), NOW)
    assert any(breach.sentence == "aucun numéro utile à moins de trois appuis" for breach in silent.breaches)


def test_a_breach_is_told_once_with_the_shortest_way() -> None:
    breach = Breach("P6", "accueil.accueil", "« x » se lit", ("Un", "Deux"), "fr")
    again = replace(breach, path=("Un", "Deux", "Trois"))
    at_home = replace(breach, path=(), sentence="« y » se lit")
    told = [problem.sentence for problem in Walked(3, (breach, again, at_home)).problems(small())]
    assert told == ["[P6, fr] « x » se lit (chemin : Un > Deux)", "[P6, fr] « y » se lit (chemin : accueil)"]


def test_the_bar_is_drawn_in_its_order() -> None:
    assert [button.id for button in Talk().press("Aide et écoute").screen.bar] == [Key.EMERGENCY, Key.BACK, Key.CLOSE]
