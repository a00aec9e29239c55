"""The words of the flow language, one by one; then a new one, a new channel and a new territory, written here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import pytest

from bot.engine.compile import compile, texts
from bot.engine.flow import Head, Unread
from bot.engine.message import Choice, Opened, Typed
from bot.engine.steps import STEPS
from bot.engine.view import View
from bot.errors import At, ContentError
from tests.engine.content import NIGHT, NOW, PLACES, SOURCES, Talk, changed, small

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.engine.flow import Fields
    from bot.engine.message import Screen
    from bot.engine.page import Page
    from bot.engine.script import Script


def flow(steps: str, **more: str) -> Script:
    """Compile the small content with one more flow, which the word « essai » opens."""
    header = "title: Essai\nwords: [essai]\n" + "".join(f"{key}: {value}\n" for key, value in more.items())
    return compile(SOURCES | {"flows/essai.yml": f"{header}steps:\n{steps}"}, PLACES)


def opened(steps: str, now: datetime = NOW, place: str | None = None, **more: str) -> Talk:
    """Stand on the first screen of that flow."""
    return Talk(flow(steps, **more), Opened(place=place), now).type("essai", "1")


# --- each word


def test_say_does_not_wait() -> None:
    talk = opened("  a: {say: Un.}\n  b: {say: Deux.}\n  c: {end: Trois.}\n")
    assert talk.text == "Un.\nDeux.\nTrois."


def test_say_may_go_elsewhere() -> None:
    talk = opened("  a: {say: Un., go: c}\n  b: {say: Deux., go: d}\n  c: {say: Trois., go: b}\n  d: {end: Quatre.}\n")
    assert talk.text == "Un.\nTrois.\nDeux.\nQuatre."


def test_ask_routes_each_choice_or_all_of_them() -> None:
    steps = "  a:\n    ask: A ?\n    choices: {un: Un, deux: Deux, trois: Trois}\n    go: {un: fin, else: b}\n"
    steps += "  b: {ask: B ?, choices: {x: Onze, y: Douze}, go: c}\n  c: {end: C.}\n  fin: {end: Fin.}\n"
    assert opened(steps).press("Un").text == "Fin."
    assert opened(steps).press("Trois").text == "B ?"
    assert opened(steps).press("Trois", "Douze").text == "C."


def test_ask_without_go_follows_to_the_step_below() -> None:
    assert opened("  a: {ask: A ?, choices: {x: Onze}}\n  b: {end: B.}\n").press("Onze").text == "B."
    partly = "  a: {ask: A ?, choices: {x: Onze, y: Douze}, go: {x: c}}\n  b: {end: B.}\n  c: {end: C.}\n"
    assert opened(partly).press("Douze").text == "B."


def test_ask_for_a_commune_with_choices_beside_it() -> None:
    steps = "  a: {ask: Où ?, answer: place, choices: {x: Ailleurs, y: Nulle part}, go: {x: c}}\n"
    steps += "  b: {end: Ici.}\n  c: {end: Ailleurs.}\n"
    assert opened(steps).type("mouchamps").text == "Ici."
    assert opened(steps).press("Ailleurs").text == "Ailleurs."
    assert opened(steps).press("Nulle part").text == "Ici."


def test_a_known_commune_passes_the_question_in_silence() -> None:
    steps = "  a: {ask: Où ?, answer: place, if known: skip}\n  b: {end: 'À {commune}.'}\n"
    assert opened(steps).text == "Où ?"
    assert opened(steps, place="85153").text == "À Mouchamps."
    asked = "  a: {ask: Où ?, answer: place}\n  b: {end: 'À {commune}.'}\n"
    assert opened(asked, place="85153").text == "Où ?"


def test_show_numbers_gives_what_is_known_of_each() -> None:
    talk = opened('  a: {show: numbers, ids: ["17", "114", "116006", pnav]}\n  b: {end: B.}\n')
    assert talk.text.split("\n") == [
        "17 (dix-sept), Police : jour et nuit, gratuit (vu en 2024).",
        "114, Urgences par écrit : jour et nuit, gratuit (vu en 2024).",
        "116 006, Aide aux victimes : ouvert jusqu'à 20 h, gratuit (sans date).",
        "service-public.gouv.fr, Police par écrit : jour et nuit, coût non vérifié (vu en 2024).",
        "Sur la facture, non vérifié : 116 006.",
        "B.",
    ]
    assert [line.card for line in talk.screen.lines] == [True, True, True, True, False, False]
    dials = [span.href for line in talk.screen.lines for span in line.spans if not isinstance(span, str)]
    assert dials == ["tel:17", "sms:114", "tel:116006", "https://www.service-public.gouv.fr/cmi"]


def test_a_number_is_dialled_as_where_one_is_or_left_out() -> None:
    steps = '  a: {show: numbers, ids: ["116006"]}\n  b: {end: "B : {116006}."}\n'
    assert "01 80 52 33 76, Aide aux victimes" in opened(steps, place="97411").text
    away = changed("knowledge/france.yml", ('number: "01 80 52 33 76"', 'number: ""'))
    away["knowledge/numbers.lock"] = away["knowledge/numbers.lock"].replace("116006.2 0180523376 2026-11-21 page\n", "")
    away |= {"flows/essai.yml": f"title: Essai\nwords: [essai]\nsteps:\n{steps}  "}
    away.pop("locales/de/LC_MESSAGES/messages.po")
    talk = Talk(compile(away, PLACES), Opened(place="97411")).type("essai", "1")
    assert "116" not in talk.text
    assert talk.screen.numbers == ()


def test_show_services_near_and_of_the_kinds_chosen() -> None:
    steps = "  q: {ask: Quoi ?, choices: {mairie: Mairie, sante: Santé}}\n  ou: {ask: Où ?, answer: place}\n"
    steps += "  l: {show: services, kinds from: q, near: ou, at most: 1, if none: rien}\n"
    steps += "  fin: {ask: Fin ?, choices: {x: Onze}, go: q}\n  rien: {end: Rien.}\n"
    talk = opened(steps, audience="victime").press("Mairie").type("mouchamps")
    assert [service.id for service in talk.screen.services] == ["mairie"]
    talk = opened(steps, audience="victime").press("Santé").type("mouchamps")
    assert "Hôpital de La Roche : 02 51 00 00 02, jour et nuit. (confirmé en 2026)" in talk.text
    assert opened(steps, audience="victime").press("Mairie").type("angers").text == "Rien."


def test_show_to_confirm_is_for_professionals() -> None:
    steps = "  ou: {ask: Où ?, answer: place}\n  l: {show: to-confirm, near: ou, if none: rien}\n"
    steps += "  fin: {end: Fin.}\n  rien: {end: Rien.}\n"
    talk = opened(steps, audience="professionnel").type("85000")
    assert "Assistante sociale : 02 51 00 00 03, à confirmer (page de sans date)." in talk.text
    assert talk.screen.services[0].phone_status == "to-confirm"
    assert talk.screen.idle is None, "a professional's screen never erases itself"
    assert opened(steps, audience="victime").type("85000").text == "Rien."
    assert opened(steps, audience="professionnel").type("angers").text == "Rien."


def test_show_partners_names_those_whose_number_may_not_be_shown() -> None:
    steps = "  ou: {ask: Où ?, answer: place}\n  l: {show: partners, kinds: [ecoute], near: ou}\n  fin: {end: Fin.}\n"
    assert opened(steps, audience="victime").type("85000").text == "Demandez au 3919 : SOS Vendée.\nFin."
    assert opened(steps, audience="victime").type("angers").text == "Fin."


def test_show_card_where_it_holds_and_until_it_expires() -> None:
    steps = "  ou: {ask: Où ?, answer: place}\n  l: {show: card, card: constat, if none: rien}\n"
    steps += "  fin: {end: Fin.}\n  rien: {end: Rien.}\n"
    card = "Un médecin peut constater les blessures.\nUrgence : 17.\nFin."
    assert opened(steps).type("85000").text == card
    assert opened(steps).type("angers").text == "Rien."
    late = datetime(2027, 11, 22, tzinfo=NOW.tzinfo)
    assert opened(steps, now=late).type("85000").text == "Cette fiche est à revérifier.\nFin."
    bare = "  l: {show: card, card: constat}\n  fin: {end: Fin.}\n"
    assert opened(bare).text == "Fin."
    poster = Talk(flow(bare), Opened("pays-des-herbiers")).type("essai", "1")
    assert poster.text == card, "a territory is in a département, even with no commune known"


def test_use_reads_a_fragment_in_place() -> None:
    steps = "  ou: {use: ou}\n  l: {show: services, near: ou}\n  suite: {end: 'À {commune}.'}\n"
    talk = opened(steps)
    assert talk.text == "Une commune suffit pour montrer ce qui est proche.\nÉcrivez son nom, ou son code postal."
    assert talk.step == "essai.ou"
    talk.type("mouchamps")
    assert talk.text.endswith("À Mouchamps.")
    elsewhere = opened("  ou: {use: ou, go: fin}\n  l: {end: L.}\n  fin: {ask: F ?, choices: {x: Onze}, go: l}\n")
    assert elsewhere.type("mouchamps").text == "F ?"


def test_the_steps_of_a_fragment_follow_each_other() -> None:
    fragment = "title: F\nfragment: yes\nsteps:\n  a: {say: A.}\n  b: {say: B.}\n  c: {say: C.}\n"
    fragment += "  d: {ask: D ?, choices: {x: Onze}}\n"
    essai = "title: Essai\nwords: [essai]\nsteps:\n  f: {use: f}\n  fin: {end: Fin.}\n"
    talk = Talk(compile(SOURCES | {"flows/f.yml": fragment, "flows/essai.yml": essai}, PLACES)).type("essai", "1")
    assert talk.text == "A.\nB.\nC.\nD ?"
    assert talk.press("Onze").text == "Fin."


def test_six_choices_and_three_beside_a_commune_are_not_too_many() -> None:
    six = ", ".join(f"c{n}: Choix numero {n}" for n in range(6))
    assert len(opened(f"  a: {{ask: A ?, choices: {{{six}}}, go: a}}\n").labels) == 6
    three = ", ".join(f"c{n}: Choix numero {n}" for n in range(3))
    beside = f"  a: {{ask: Où ?, answer: place, choices: {{{three}}}, go: b}}\n  b: {{end: B.}}\n"
    assert len(opened(beside).labels) == 3


def test_a_fragment_may_lead_to_its_own_steps_and_to_other_flows() -> None:
    fragment = "title: F\nfragment: yes\nsteps:\n  a: {ask: A ?, choices: {x: Onze, y: Douze, z: Treize}, "
    fragment += (
        "go: {x: c, y: b, z: temoin.fin}}\n  b: {say: B., go: c}\n  c: {ask: C ?, choices: {x: Onze, y: Douze}}\n"
    )
    essai = "title: Essai\nwords: [essai]\nsteps:\n  f: {use: f}\n  fin: {end: Fin.}\n"
    script = compile(SOURCES | {"flows/f.yml": fragment, "flows/essai.yml": essai}, PLACES)
    assert Talk(script).type("essai", "1").press("Onze").text == "C ?"
    assert Talk(script).type("essai", "1").press("Douze").text == "B.\nC ?"
    assert Talk(script).type("essai", "1").press("Treize").step == "temoin.fin"
    assert Talk(script).type("essai", "1").press("Douze", "Onze").text == "Fin."


def test_a_fragment_of_one_question_stands_for_it() -> None:
    fragment = "title: F\nfragment: yes\nsteps:\n  a: {ask: A ?, choices: {x: Onze, y: Douze}, go: {x: a}}\n"
    essai = "title: Essai\nwords: [essai]\nsteps:\n  f: {use: f}\n  fin: {end: Fin., }\n"
    script = compile(SOURCES | {"flows/f.yml": fragment, "flows/essai.yml": essai}, PLACES)
    talk = Talk(script).type("essai", "1")
    assert talk.step == "essai.f"
    assert talk.press("Onze").step == "essai.f"
    assert talk.press("Douze").text == "Fin."


def test_a_question_may_be_asked_in_another_flow_by_its_first_step() -> None:
    assert opened("  a: {ask: A ?, choices: {x: Onze}, go: trouver}\n").press("Onze").step == "trouver.lieu"
    assert opened("  a: {ask: A ?, choices: {x: Onze}, go: trouver.fin}\n").press("Onze").step == "trouver.fin"


def test_end_offers_home() -> None:
    talk = opened("  a: {end: Fin.}\n")
    assert talk.labels == ["Revenir à l'accueil"]
    assert talk.type("accueil").step == "accueil.accueil"
    assert opened("  a: {end: Fin.}\n").type("revenir a l'acceuil").step == "accueil.accueil"
    assert opened("  a: {end: Fin.}\n").type("autre chose").step == "essai.a"


def test_a_step_that_could_not_be_read_is_never_shown() -> None:
    unread = Unread(Head("a.b", At("flows/a.yml"), None, ""), ("a.c",))
    assert list(unread.exits()) == ["a.c"]
    assert [*unread.texts(), *unread.reads()] == []
    talk = Talk()
    with pytest.raises(NotImplementedError):
        unread.route(View(small(), talk.session, NOW))
    with pytest.raises(NotImplementedError):
        unread.draw(None)


def test_every_text_of_a_flow_has_its_line() -> None:
    places = {text: at for text, at in texts(small()) if at.file == "flows/aide.yml"}
    assert {places[text].line for text in places} == {1, 4, 11, 13, 14, 15}


# --- a new word of the language: one class, and its line in STEPS


@dataclass(frozen=True, slots=True)
class Pick:
    """`pick: text` with `from:`: a question whose choices are a list of words, each leading to the step below."""

    words: ClassVar = ("pick", "from", "go")
    head: Head
    text: str
    choices: tuple[Choice, ...]
    next: str
    waits: ClassVar = True
    fixed: ClassVar = True

    @classmethod
    def read(cls, fields: Fields) -> Pick:
        words = fields.words("from", required=True)
        choices = tuple(Choice(f"w{index}", str(word)) for index, word in enumerate(words))
        return cls(fields.head, fields.text("pick", required=True), choices, fields.go())

    def texts(self) -> Iterator[str]:
        yield self.text
        yield from (choice.label for choice in self.choices)

    def exits(self) -> Iterator[str]:
        yield self.next

    def reads(self) -> Iterator[str]:
        yield from ()

    def route(self, view: View) -> str | None:
        return None

    def draw(self, page: Page) -> None:
        page.ask(self.text, self.choices)

    def hear(self, view: View, typed: str) -> str | None:
        return next((choice.id for choice in self.choices if choice.label[0] == typed[:1]), None)

    def after(self, answer: str) -> str | None:
        return self.next if answer in {choice.id for choice in self.choices} else None


def with_pick(steps: str) -> Script:
    content = SOURCES | {"flows/essai.yml": f"title: Essai\nwords: [essai]\nsteps:\n{steps}"}
    return compile(content, PLACES, steps=STEPS | {"pick": Pick})


def test_a_word_added_is_read_drawn_heard_walked_and_translated() -> None:
    script = with_pick("  a: {pick: Lequel ?, from: [Pomme, Orange]}\n  b: {end: Merci.}\n")
    talk = Talk(script).type("essai", "1")
    assert talk.text == "Lequel ?"
    assert talk.labels == ["Pomme", "Orange"]
    assert talk.press("Orange").text == "Merci."
    assert talk.press("Retour").type("Pzz").text == "Merci."
    assert {"Lequel ?", "Pomme", "Orange"} <= {text for text, _ in texts(script)}


def test_a_word_added_is_checked_like_the_others() -> None:
    with pytest.raises(ContentError) as told:
        with_pick("  a: {pick: Le 3919 ?, from: [Stop, Un libellé bien trop long pour un bouton], gi: b}\n")
    sentences = "\n".join(map(str, told.value.problems))
    assert "« Stop » est un mot de la barre" in sentences
    assert "28 au plus" in sentences
    assert "« gi » n'a pas de sens ici" in sentences
    assert "rien ne suit" in sentences
    with pytest.raises(ContentError, match="vouliez-vous dire « pick »"):
        with_pick("  a: {pik: Lequel ?, from: [Pomme]}\n  b: {end: B.}\n")


# --- a new channel: it draws screens and gives events, and knows nothing else


class Postcard:
    """A toy channel: one card in, one card out; the reader's last line is « token|word »."""

    def __init__(self, script: Script) -> None:
        self.script = script

    def draw(self, screen: Screen, token: str) -> str:
        said = [*(line.text for line in screen.lines), *(f"* {choice.label}" for choice in screen.choices)]
        said += [f"[{button.label}]" for button in screen.bar]
        return "\n".join([*said, token])

    def answer(self, card: str, now: datetime) -> str:
        from bot.app import Bot

        token, _, word = card.rpartition("\n")[2].partition("|")
        answer = Bot(self.script, lambda: now).answer(token, Typed(word) if token else Opened())
        return self.draw(answer.turn.screen, answer.token)


def test_a_channel_needs_screens_tokens_and_events_only() -> None:
    post = Postcard(small())
    card = post.answer("", NOW)
    assert card.startswith("Infos pratiques")
    card = post.answer(f"{card}|Aide et écoute", NOW)
    assert "* C'est pour moi" in card
    card = post.answer(f"{card}|urgence", NIGHT)
    assert "[Retour]" in card
    assert "[Numéros d'urgence]" not in card
    assert post.answer(f"{card}|retour", NIGHT).startswith("Prenez votre temps.")
    assert post.answer(f"{card}|fermer", NIGHT).startswith("C'est fermé.")


# --- a new territory: one file


def test_a_territory_is_one_file() -> None:
    anjou = """\
name: Angers
covers: {epci: "244900015"}
services:
  - id: mairie-angers
    name: Mairie d'Angers
    kind: mairie
    phones: [{number: "02 41 05 40 00", status: confirmed}]
    location: {insee: "49007", lat: 47.47, lon: -0.55}
    sources: [{title: angers.fr, date: "2025"}]
"""
    land = 'name: Maine-et-Loire\ncovers: {departement: "49"}\n'
    before = Talk().press("Trouver un service").type("angers")
    assert before.screen.services == ()
    content = SOURCES | {
        "knowledge/france/49-maine-et-loire.yml": land,
        "knowledge/france/49-maine-et-loire/angers.yml": anjou,
    }
    script = compile(content, PLACES)
    after = Talk(script).press("Trouver un service").type("angers")
    assert [service.id for service in after.screen.services] == ["mairie-angers"]
    poster = Talk(script, Opened("angers")).press("Je suis professionnel")
    assert poster.step == "pro.fin", "a territory with a list of its own asks nothing before it"
    assert [service.id for service in poster.screen.services] == ["mairie-angers"]
    assert poster.session.place is None
    island = {**content, "knowledge/france/ile.yml": "name: Île\ncovers: {communes: ['97411']}\n"}
    assert Talk(compile(island, PLACES), Opened("ile")).press("Je suis professionnel").step == "pro.fin"
    assert Talk(script, Opened("maine-et-loire")).press("Je suis professionnel").step == "pro.lieu"
    assert Talk(script).press("Trouver un service").type("mouchamps").screen.services[0].id == "mairie"
