"""Conversations: what somebody presses and types, what they read. The words are those of `content.py`."""

from __future__ import annotations

import pytest

from bot.engine.advance import advance, lost, start
from bot.engine.compile import compile
from bot.engine.message import Key, Opened, Pressed, Typed
from tests.engine.content import NIGHT, NOW, PLACES, SOURCES, Talk, plain, small

HOME = ["Aide et écoute", "Trouver un service", "Je suis professionnel", "Langue"]
BAR = ["Numéros d'urgence", "Retour", "Fermer"]


def test_a_person_presses_from_home_to_a_number() -> None:
    talk = Talk()
    assert talk.text == "Infos pratiques : numéros et services.\nTouchez un choix, ou écrivez une commune."
    assert talk.labels == HOME
    assert talk.bar == ["Numéros d'urgence", "Fermer"]

    talk.press("Aide et écoute")
    assert "Je suis un programme." in talk.text
    assert talk.labels == ["C'est pour moi", "Pour quelqu'un d'autre", "J'ai peur de faire du mal"]
    assert talk.bar == BAR

    talk.press("C'est pour moi")
    assert "3919 (trente-neuf dix-neuf), Écoute nationale : jour et nuit, gratuit (vu en 2024)." in talk.text
    assert talk.text.endswith("De quoi avez-vous besoin ?")

    talk.press("Parler à quelqu'un")
    assert talk.step == "victime.parler"
    assert talk.labels == ["Revenir à l'accueil"]
    assert [number.id for number in talk.screen.numbers] == ["3919", "116006", "114"]

    talk.press("Revenir à l'accueil")
    assert talk.labels == HOME
    assert talk.session == start(small())


def test_what_is_said_once_is_said_until_its_screen_is_answered() -> None:
    talk = Talk().press("Aide et écoute")
    assert "Je suis un programme." in talk.text
    talk.press("Numéros d'urgence", "Retour")
    assert "Je suis un programme." in talk.text, "going to the emergency screen answers nothing"
    talk.press("C'est pour moi", "Retour")
    assert "Je suis un programme." not in talk.text
    assert talk.text == "Pour qui cherchez-vous ?"


@pytest.mark.parametrize(
    "typed",
    ["1", "aide et écoute", "AIDE ET ECOUTE !", "aide et ecoutes", "écoute", "  1 ", "l'aide et l'écoute"],
)
def test_a_choice_may_be_typed_by_its_number_its_label_or_its_words(typed: str) -> None:
    assert Talk().type(typed).step == "aide.qui"


@pytest.mark.parametrize("typed", ["5", "0", "99", "9999999", "1 2", "non merci", "?!", "", " ", "\0", "🙂", "²²²"])
def test_what_is_not_understood_shows_the_same_screen_and_says_so(typed: str) -> None:
    talk = Talk().type(typed)
    assert talk.text.startswith("Touchez un choix, ou écrivez une commune."), "what the author wrote for this step"
    assert talk.labels == HOME
    elsewhere = Talk().press("Aide et écoute").type(typed)
    assert elsewhere.text.startswith("Touchez un choix, ou écrivez son numéro.")
    assert elsewhere.step == "aide.qui"


def test_a_label_is_never_taken_for_its_contrary() -> None:
    talk = Talk().press("Aide et écoute").type("pas pour moi")
    assert talk.step == "aide.qui"
    talk = Talk().press("Aide et écoute", "Pour quelqu'un d'autre").type("pas maintenant")
    assert talk.step == "temoin.maintenant"


# --- emergency, exit, back: from everywhere, by button and by word


@pytest.mark.parametrize("word", ["urgence", "URGENCE !", "17", "au secours", "u", "numéros d'urgence", "notruf"])
def test_the_emergency_numbers_are_one_word_away(word: str) -> None:
    talk = Talk().press("Aide et écoute", "C'est pour moi")
    before = talk.session
    talk.type(word)
    assert talk.step == "urgence.besoin"
    assert [number.id for number in talk.screen.numbers] == ["17", "112", "114"]
    assert talk.bar == ["Retour", "Fermer"]
    assert talk.press("Retour").session == before


def test_the_call_back_number_is_named_and_never_dialled() -> None:
    talk = Talk().press("Numéros d'urgence")
    assert "Un rappel peut s'afficher : 0 800 11 21 12." in talk.text
    dials = {
        plain(span.text): span.href for line in talk.screen.lines for span in line.spans if not isinstance(span, str)
    }
    assert dials == {"17": "tel:17", "112": "tel:112", "114": "sms:114", "0 800 11 21 12": None}
    assert "rappel" not in {number.id for number in talk.screen.numbers}


@pytest.mark.parametrize(
    "message", ["il me frappe", "Elle me FRAPPAIT hier, en danger", "je suis en danger", "danger ici, venez vite"]
)
def test_danger_is_heard_anywhere_and_one_return_undoes_it(message: str) -> None:
    talk = Talk().press("Aide et écoute", "Pour quelqu'un d'autre")
    before = talk.session
    assert talk.type(message).step == "urgence.besoin"
    assert talk.type("retour").session == before
    assert Talk().type("je ne peux pas parler").step == "urgence.muet"


@pytest.mark.parametrize("message", ["mort de rire ce danger", "je ne parle pas", "pas parler francais"])
def test_danger_is_not_heard_where_a_phrase_says_otherwise(message: str) -> None:
    assert Talk().type(message).step == "accueil.accueil"


def test_the_emergency_screen_may_be_opened_twice_and_left_twice() -> None:
    talk = Talk().press("Aide et écoute").type("urgence").press("Je ne peux pas parler").type("urgence")
    assert talk.step == "urgence.besoin"
    assert talk.press("Retour").step == "urgence.muet"
    assert talk.press("Retour").step == "urgence.besoin"
    assert talk.press("Retour").step == "aide.qui"
    talk.type("urgence", "urgence", "danger")
    assert talk.press("Retour").step == "aide.qui", "asking again for the screen one reads adds nothing to leave"


@pytest.mark.parametrize("word", ["fermer", "STOP", "quitter", "f", "Fermer.", "beenden", "weg"])
def test_exit_words_erase_when_they_are_the_whole_message(word: str) -> None:
    turn = Talk().press("Aide et écoute").type(word).turn
    assert turn.session is None
    assert turn.erased
    assert turn.screen.text == "C'est fermé."
    assert turn.screen.choices == ()


@pytest.mark.parametrize("message", ["je veux que ça stop", "stop danger", "fermer la porte à clé", "stopp"])
def test_exit_words_inside_a_sentence_erase_nothing(message: str) -> None:
    assert not Talk().press("Aide et écoute").type(message).turn.erased


def test_after_an_exit_nothing_is_left_of_before() -> None:
    talk = Talk().type("mouchamps").press("Fermer")
    assert talk.send(Opened()).session == start(small())


def test_home_is_a_word_away_and_keeps_the_language_and_the_commune() -> None:
    talk = Talk(opened=Opened(locale="de", place="85153")).type("hilfe", "menu")
    assert talk.step == "accueil.accueil"
    assert (talk.session.locale, talk.session.place, talk.session.trail) == ("de", "85153", ())


def test_going_back_at_home_stays_there() -> None:
    assert Talk().type("retour").session == start(small())
    assert Talk().press("Aide et écoute").type("r").step == "accueil.accueil"


# --- places


def test_a_commune_is_asked_then_shows_what_is_near() -> None:
    talk = Talk().press("Aide et écoute", "C'est pour moi", "Connaître mes droits")
    assert talk.step == "victime.lieu"
    assert talk.text.endswith("Écrivez son nom, ou son code postal.")
    talk.type("la roche sur yon")
    assert talk.text == (
        "Voici ce qui est connu près de La Roche-sur-Yon. 116 006 répond aussi.\n"
        "CIDFF de Vendée : 02 51 00 00 01, ouvert jusqu'à 12 h. Sur rendez-vous. 1 rue Haute, La Roche-sur-Yon. "
        "(vu en 2024)\n"
        "Point-justice : 3039, horaires à vérifier, appelez avant. Numéro national. (sans date)\n"
        "Demandez au 3919 : SOS Vendée.\n"
        "Visible sur la facture : 02 51 00 00 01. Sur la facture, non vérifié : 116 006, 3039.\n"
        "Et maintenant ?"
    )
    assert [service.id for service in talk.screen.services] == ["cidff", "droits"]
    assert talk.screen.services[0].distance_km == 0.5


@pytest.mark.parametrize("typed", ["saint-denis", "Saint Denis", "st denis"])
def test_communes_of_the_same_name_are_offered(typed: str) -> None:
    talk = Talk().press("Trouver un service").type(typed)
    assert talk.text == "Plusieurs communes portent ce nom."
    assert talk.labels == ["Saint-Denis (La Réunion)", "Saint-Denis (Seine-Saint-Denis)"]
    assert talk.screen.offers
    assert talk.step == "trouver.lieu", "an offer is no place one can come back to"
    by_number = Talk().press("Trouver un service").type(typed, "2")
    talk.press("Saint-Denis (Seine-Saint-Denis)")
    assert talk.session.place == "93066"
    assert by_number.session == talk.session


def test_an_unknown_commune_is_asked_again_with_the_words_of_the_author() -> None:
    talk = Talk().press("Trouver un service").type("brobdingnag")
    assert talk.text.startswith("Essayez le code postal.")
    assert talk.step == "trouver.lieu"


def test_choices_beside_a_commune_may_be_typed_too() -> None:
    assert Talk().press("Je suis professionnel").type("sans commune").step == "pro.fin"
    assert Talk().press("Je suis professionnel").type("1").step == "pro.fin"
    assert Talk().press("Je suis professionnel").type("sans comune").step == "pro.fin"


def test_a_commune_already_known_is_offered_by_name() -> None:
    talk = Talk(opened=Opened(place="85191")).press("Aide et écoute", "C'est pour moi", "Connaître mes droits")
    assert talk.labels == ["La Roche-sur-Yon"]
    there = Talk(opened=Opened(place="85191")).press("Aide et écoute", "C'est pour moi", "Connaître mes droits")
    assert talk.press("La Roche-sur-Yon").text == there.type("1").text
    nearly = Talk(opened=Opened(place="85191")).press("Aide et écoute", "C'est pour moi", "Connaître mes droits")
    assert nearly.type("la roche sur yom").session.place == "85191"


def test_a_commune_typed_at_home_opens_what_is_near() -> None:
    talk = Talk().type("85500")
    assert talk.step == "ici.fin"
    assert talk.text.startswith("Voici ce qui est connu autour de Les Herbiers.")
    assert talk.press("Retour").step == "accueil.accueil"
    offered = Talk().type("saint-denis")
    assert offered.labels[0] == "Saint-Denis (La Réunion)"
    assert offered.press("Saint-Denis (La Réunion)").text.startswith("Voici ce qui est connu autour de Saint-Denis.")


def test_another_commune_typed_on_a_list_shows_the_same_list_there() -> None:
    talk = Talk().press("Trouver un service").type("85191")
    assert "Mouchamps" not in talk.text
    talk.type("mouchamps")
    assert talk.step == "trouver.fin"
    assert "Mairie de Mouchamps : 02 51 00 00 04" in talk.text
    assert talk.press("Retour").step == "trouver.lieu"


def test_a_commune_named_to_the_letter_wins_over_a_topic_and_a_likeness_does_not() -> None:
    assert Talk().type("mairie de mouchamps").step == "ici.fin"
    assert Talk().type("85640 mairie").step == "ici.fin"
    assert Talk().type("mairie").labels == ["Trouver un service"]
    flow = {"flows/essai.yml": "title: Essai\nwords: [angers]\nsteps: {a: {end: A.}}"}
    assert Talk(compile(SOURCES | flow, PLACES)).type("angers").step == "ici.fin"


def test_a_commune_typed_elsewhere_is_not_one() -> None:
    assert Talk().press("Aide et écoute").type("angers").step == "aide.qui"


def test_a_poster_may_name_a_territory_a_commune_and_a_language() -> None:
    opened = Talk(opened=Opened("pays-des-herbiers", "de", "85109")).session
    assert (opened.area, opened.locale, opened.place) == ("pays-des-herbiers", "de", "85109")
    wrong = Talk(opened=Opened("atlantide", "xx", "99999")).session
    assert wrong == start(small())


def test_a_territory_that_lists_by_commune_asks_it_and_one_with_its_own_list_does_not() -> None:
    asked = Talk(opened=Opened("pays-des-herbiers")).press("Je suis professionnel")
    assert asked.step == "pro.lieu"
    known = Talk(opened=Opened(place="85109")).press("Je suis professionnel")
    assert known.step == "pro.fin", "« if known: skip »"


# --- topics


def test_a_topic_is_offered_and_never_entered() -> None:
    talk = Talk().type("mon mari crie sur le voisin")
    assert talk.text == "Voici ce qui s'en rapproche."
    assert talk.labels == ["Vous aidez quelqu'un", "Ce que vous vivez"]
    assert talk.step == "accueil.accueil"
    assert talk.screen.numbers == ()
    assert talk.press("Ce que vous vivez").step == "victime.besoin"
    assert Talk().type("mon mari", "1").step == "victime.besoin"
    assert Talk().type("mon mari", "ce que vous vivez").step == "victime.besoin"


def test_topics_of_another_audience_are_not_offered() -> None:
    talk = Talk().press("Aide et écoute", "Pour quelqu'un d'autre").type("mon mari, la mairie, le voisin")
    assert talk.labels == ["Trouver un service"], "neither the victims' nor the one where one is already"


# --- languages


def test_the_language_is_chosen_never_guessed() -> None:
    talk = Talk().press("Aide et écoute").type("english")
    assert talk.step == "langue.langue"
    assert talk.labels == ["Français", "Deutsch"]
    talk.press("Deutsch")
    assert talk.step == "aide.qui", "the screen before comes back"
    assert talk.screen.locale == "de"
    assert talk.text.endswith("Pour qui cherchez-vous ? ~")
    assert talk.bar == ["Notruf", "Zurück", "Beenden"]
    assert talk.type("n").step == "urgence.besoin"
    assert talk.type("zurück").step == "aide.qui"
    assert talk.type("langue", "français").screen.locale == "fr"
    assert talk.type("langue", "2").screen.locale == "de"
    assert talk.type("langue", "autre chose").step == "langue.langue"


def test_words_of_every_language_are_understood_in_all_of_them() -> None:
    assert Talk().type("notruf").step == "urgence.besoin"
    assert Talk(opened=Opened(locale="de")).type("urgence").step == "urgence.besoin"
    assert Talk(opened=Opened(locale="de")).type("fermer").turn.erased


# --- what people cannot do


def test_a_photo_changes_nothing_and_is_answered() -> None:
    talk = Talk().press("Aide et écoute")
    before = talk.session
    talk.photo()
    assert talk.text.startswith("Ici, seuls les mots sont compris.")
    assert talk.session == before


@pytest.mark.parametrize(
    "choice", ["moi", "", "@", "@00000", "@85109x", "!flow:rien", "!now:rien", "\0", "é", "x" * 99]
)
def test_a_forged_button_shows_a_screen(choice: str) -> None:
    turn = advance(small(), start(small()), Pressed(choice), NOW)
    assert turn.session == start(small())
    assert turn.screen.text.startswith("Infos pratiques")


def test_a_forged_commune_shows_what_is_near_it() -> None:
    assert advance(small(), start(small()), Pressed("@85109"), NOW).screen.step == "ici.fin"


def test_a_fault_leads_home_and_says_so() -> None:
    turn = lost(small(), NOW, "de")
    assert turn.screen.text.startswith("Nous repartons de l'accueil. ~")
    assert turn.screen.bar.emergency is not None


def test_hours_are_said_at_the_moment() -> None:
    script = small()
    by_day, by_night = Talk(now=NOW), Talk(now=NIGHT)
    for talk in (by_day, by_night):
        talk.press("Aide et écoute", "C'est pour moi")
    assert "116 006, Aide aux victimes : ouvert jusqu'à 20 h" in by_day.text
    assert "116 006, Aide aux victimes : fermé, ouvre demain à 9 h" in by_night.text
    assert by_day.session == by_night.session
    assert Talk(script, now=NOW).press("Aide et écoute", "C'est pour moi").text == by_day.text


def test_the_same_event_twice_gives_the_same_turn() -> None:
    script, session = small(), start(small())
    for event in (Pressed("aide"), Typed("mouchamps"), Typed("n'importe quoi"), Pressed(Key.EMERGENCY), Opened("x")):
        assert advance(script, session, event, NOW) == advance(script, session, event, NOW)
