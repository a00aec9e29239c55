"""One turn for a channel: tokens and codes in, screens and tokens out, and a fault that says nothing of anybody."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pytest

from bot.app import Answer, Bot
from bot.engine.compile import compile
from bot.engine.message import Choice, Key, Opened, Pressed, Typed, Unreadable
from bot.engine.script import choice_code
from bot.engine.steps import STEPS, End
from tests.engine.content import DE, NOW, PLACES, SOURCES, changed, files, plain, small

if TYPE_CHECKING:
    from bot.engine.flow import Fields
    from bot.engine.message import Event
    from bot.engine.page import Page
    from bot.engine.script import Script
    from bot.engine.view import View


def bot(script: Script | None = None) -> Bot:
    return Bot(script or small(), lambda: NOW)


def press(one: Bot, answer: Answer, label: str) -> Answer:
    """Press a button by what is written on it, carrying what a channel would put in it."""
    screen = answer.turn.screen
    codes = {choice.label: choice_code(choice.id) for choice in screen.choices}
    codes |= {button.label: button.id.value for button in screen.bar}
    return one.answer(answer.token, Pressed(codes[label]))


def test_a_conversation_is_tokens_and_codes() -> None:
    one = bot()
    answer = one.answer("", Opened())
    assert answer.turn.screen.step == "accueil.accueil"
    for label in ("Aide et écoute", "C'est pour moi", "Connaître mes droits"):
        answer = press(one, answer, label)
    answer = one.answer(answer.token, Typed("la roche sur yon"))
    assert "CIDFF de Vendée" in answer.turn.screen.text
    assert press(one, answer, "Retour").turn.screen.step == "victime.lieu"
    assert press(one, answer, "Numéros d'urgence").turn.screen.step == "urgence.besoin"


def test_any_process_can_answer_any_press() -> None:
    answer = press(bot(), bot().answer("", Opened()), "Aide et écoute")
    assert press(bot(compile(files(), PLACES)), answer, "C'est pour moi").turn.screen.step == "victime.besoin"


def test_what_is_offered_can_be_pressed_and_typed_by_its_code() -> None:
    one = bot()
    home = one.answer("", Opened())
    offer = one.answer(home.token, Typed("saint-denis"))
    assert offer.turn.screen.choices[0].label == "Saint-Denis (La Réunion)"
    assert press(one, offer, "Saint-Denis (La Réunion)").turn.screen.step == "ici.fin"
    carried = tuple(Choice(choice_code(choice.id), choice.label) for choice in offer.turn.screen.choices)
    assert one.answer(offer.token, Typed("1", carried)).turn.screen.step == "ici.fin"
    topic = one.answer(home.token, Typed("mon mari"))
    assert press(one, topic, "Ce que vous vivez").turn.screen.step == "victime.besoin"


def test_nothing_written_chooses_nothing_of_what_is_offered() -> None:
    """A page carries the codes of what it offers, not the labels: an empty field must not be the first of them."""
    one = bot()
    offer = one.answer(one.answer("", Opened()).token, Typed("mon mari"))
    carried = tuple(Choice(choice_code(choice.id), "") for choice in offer.turn.screen.choices)
    for text in ("", " ", "…", "\N{ZERO WIDTH SPACE}"):
        assert one.answer(offer.token, Typed(text, carried)).turn.screen.step == "accueil.accueil"


def test_a_button_of_a_commune_that_is_no_more_changes_nothing() -> None:
    one = bot()
    asked = one.answer(one.answer("", Opened()).token, Pressed(choice_code("!place")))
    for code in ("@85999", "@", "@x", "@2Z001"):
        again = one.answer(asked.token, Pressed(code))
        assert again.turn == asked.turn
        assert again.token == asked.token


def test_a_language_is_pressed_by_its_code() -> None:
    one = bot()
    answer = press(one, one.answer("", Opened()), "Langue")
    assert press(one, answer, "Deutsch").turn.screen.locale == "de"


def test_after_an_exit_there_is_no_token() -> None:
    one = bot()
    answer = one.answer(one.answer("", Opened()).token, Typed("stop"))
    assert answer.turn.erased
    assert answer.token == ""


@pytest.mark.parametrize("token", ["", "perdu", "AAAAAAA", "é"])
def test_when_the_thread_is_lost_numbers_labels_and_old_buttons_choose_nothing(token: str) -> None:
    """« 1 » meant something on a screen nobody knows any more: it is not the first line of home."""
    one = bot()
    events: list[Event] = [Typed("1"), Typed("aide et écoute"), Typed("blabla"), Pressed(choice_code("aide"))]
    for event in events:
        answer = one.answer(token, event)
        assert answer.turn.screen.step == "accueil.accueil", event
        assert answer.turn.screen.text.startswith("Nous repartons de l'accueil."), event
    assert one.answer(token, Unreadable("photo")).turn.screen.step == "accueil.accueil"


@pytest.mark.parametrize(
    ("event", "step"),
    [
        (Typed("urgence"), "urgence.besoin"),
        (Typed("17"), "urgence.besoin"),
        (Pressed(Key.EMERGENCY), "urgence.besoin"),
        (Typed("il me frappe"), "urgence.besoin"),
        (Typed("mouchamps"), "ici.fin"),
        (Typed("langue"), "langue.langue"),
        (Typed("accueil"), "accueil.accueil"),
        (Pressed(Key.BACK), "accueil.accueil"),
        (Pressed("@85153"), "ici.fin"),
        (Pressed(choice_code("!flow:temoin")), "temoin.maintenant"),
    ],
)
def test_when_the_thread_is_lost_help_places_and_commands_are_still_understood(event: Event, step: str) -> None:
    assert bot().answer("perdu", event).turn.screen.step == step


@pytest.mark.parametrize("event", [Typed("fermer"), Typed("STOP"), Pressed(Key.CLOSE)])
def test_exit_needs_no_thread(event: Event) -> None:
    assert bot().answer("perdu", event).turn.erased


def test_content_replaced_between_two_turns_goes_on_or_opens_home() -> None:
    one = bot()
    answer = press(one, one.answer("", Opened()), "Aide et écoute")
    content = changed("flows/aide.yml", ("Pour qui cherchez-vous ?", "C'est pour qui ?"))
    content.pop(DE)
    one.script = compile(content, PLACES)
    again = press(one, answer, "C'est pour moi")
    assert again.turn.screen.step == "victime.besoin"
    content = changed("flows/aide.yml", ("moi: C'est", "soi: C'est"), ("{moi:", "{soi:"))
    content.pop(DE)
    one.script = compile(content, PLACES)
    lost = press(one, again, "Parler à quelqu'un")
    assert lost.turn.screen.step == "accueil.accueil"
    assert lost.turn.screen.text.startswith("Nous repartons de l'accueil.")


@dataclass(frozen=True, slots=True)
class Broken(End):
    """A word of the language with a fault in its code."""

    words: ClassVar = ("broken",)
    fixed: ClassVar = False

    @classmethod
    def read(cls, fields: Fields) -> Broken:
        return cls(fields.head, fields.text("broken"), fields.known.home)

    def draw(self, page: Page) -> None:
        if "17" in self.text:
            raise RuntimeError(f"{self.text} {page.view.session}")
        page.say(self.text)

    def hear(self, view: View, typed: str) -> str | None:
        raise ValueError(f"{typed} {view.session}")


def test_a_fault_leads_home_with_the_emergency_button_and_logs_no_word(caplog: pytest.LogCaptureFixture) -> None:
    flow = "title: Essai\nwords: [essai]\nsteps: {a: {ask: A ?, choices: {x: Onze, y: Douze}, go: {x: b, y: c}}, "
    flow += 'b: {broken: "Le {17}."}, c: {broken: Bonjour.}}\n'
    script = compile(SOURCES | {"flows/essai.yml": flow}, PLACES, steps=STEPS | {"broken": Broken})
    one = bot(script)
    answer = one.answer(one.answer("", Opened(place="85153")).token, Typed("essai"))
    answer = press(one, answer, "Essai")
    with caplog.at_level(logging.DEBUG):
        drawn = press(one, answer, "Onze")
        heard = one.answer(press(one, answer, "Douze").token, Typed("mon secret"))
    for fault in (drawn, heard):
        assert plain(fault.turn.screen.text).startswith("Nous repartons de l'accueil.")
        assert fault.turn.screen.bar.emergency is not None
    assert [record.getMessage() for record in caplog.records] == [
        "fault at essai.a: RuntimeError",
        "fault at essai.c: ValueError",
    ]
    for word in ("secret", "85153", "Mouchamps", answer.token, "Traceback"):
        assert word not in caplog.text


def test_a_fault_is_told_in_the_language_of_the_person() -> None:
    flow = 'title: Essai\nwords: [essai]\nsteps: {a: {broken: "Le {17}."}}\n'
    script = compile(files() | {"flows/essai.yml": flow}, PLACES, steps=STEPS | {"broken": Broken})
    one = bot(script)
    answer = one.answer(one.answer("", Opened(locale="de")).token, Typed("essai"))
    answer = one.answer(answer.token, Pressed(choice_code("!flow:essai")))
    assert answer.turn.screen.text.startswith("Nous repartons de l'accueil. ~")


def test_two_people_never_meet() -> None:
    one = bot()
    hers = press(one, one.answer("", Opened(place="85153")), "Aide et écoute")
    his = press(one, one.answer("", Opened()), "Trouver un service")
    hers = press(one, hers, "C'est pour moi")
    his = one.answer(his.token, Typed("angers"))
    assert hers.turn.screen.step == "victime.besoin"
    assert "Mouchamps" not in his.turn.screen.text
