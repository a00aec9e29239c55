"""What Telegram shows, rule by rule, on screens made by hand; `test_telegram_screens.py` has all the real ones."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram import texts
from bot.channels.telegram.draw import LONGEST, draw, read_data
from bot.engine.message import Bar, BarButton, Choice, Dial, Key, Line, Screen
from bot.text import isolate

URGENT, BACK, CLOSE = (
    BarButton(Key.EMERGENCY, "u", "Numéros d'urgence"),
    BarButton(Key.BACK, "r", "Retour"),
    BarButton(Key.CLOSE, "f", "Fermer"),
)
POLICE, EUROPE, WRITTEN = (Dial(isolate(n), f"tel:{n}") for n in ("17", "112", "114"))
WRITTEN = replace(WRITTEN, href="sms:114")
HELPLINE = Dial(isolate("3919"), "tel:3919")
LOCAL = Dial(isolate("02 51 47 77 59"), "tel:+33251477759")
CALL_BACK = Dial(isolate("0 800 112 112"), None)
SITE = Dial(isolate("3018.fr"), "https://www.3018.fr")


def screen(*lines: Line, choices: tuple[str, ...] = (), bar: Bar | None = None, **others: bool) -> Screen:
    found = tuple(Choice(f"id-{label}", label) for label in choices)
    return Screen("flow.step", "en", lines, found, bar or Bar(URGENT, BACK, CLOSE), **others)


def prose(*spans: str | Dial) -> Line:
    return Line(spans)


def card(*spans: str | Dial) -> Line:
    return Line(spans, card=True)


def drawn(*lines: Line, **others: bool) -> list[str]:
    return draw(screen(*lines, **others), "token", str).text.split("\n")


# --- the rule of numbers, by hand ------------------------------------------------------------------------------------


def test_a_sentence_that_ends_with_its_numbers_is_cut_at_each() -> None:
    assert drawn(prose("Call: ", POLICE, " or ", EUROPE, ".")) == ["Call:", "<code>17</code>", "<code>112</code>"]
    assert drawn(prose("Someone feels unwell: ", POLICE, ".")) == ["Someone feels unwell:", "<code>17</code>"]


def test_what_says_how_a_number_is_used_stays_above_it() -> None:
    """Nobody should call 114: « or text » may not be dropped as « or » is."""
    told = drawn(prose("Danger now: ", POLICE, ", or text ", WRITTEN, ". The police can help."))
    assert told == ["Danger now:", "<code>17</code>", "or text", "<code>114</code>", "The police can help."]


def test_each_sentence_of_a_line_is_cut_by_itself() -> None:
    told = drawn(prose("Hello. Legal: ", HELPLINE, ". Child: ", EUROPE, "."))
    assert told == ["Hello.", "Legal:", "<code>3919</code>", "Child:", "<code>112</code>"]


def test_any_other_sentence_stays_whole_and_the_digits_follow() -> None:
    told = drawn(prose("Call ", POLICE, " now. Stay with them. Keep the glass."))
    assert told == [f"Call {POLICE.text} now.", "<code>17</code>", "Stay with them. Keep the glass."]
    told = drawn(prose("Listening: ", HELPLINE, ", or ", EUROPE, " for all."))
    assert told == [
        f"Listening: {HELPLINE.text}, or {EUROPE.text} for all.", "<code>3919</code>", "<code>112</code>"
    ]  # fmt: skip


def test_a_number_in_groups_stays_readable() -> None:
    told = drawn(prose("Advice: ", HELPLINE, ", or ", LOCAL, "."))
    assert told == [f"Advice: {HELPLINE.text}, or {LOCAL.text}.", "<code>3919</code>", "<code>0251477759</code>"]


def test_a_card_that_begins_with_its_number_is_headed_by_it() -> None:
    assert drawn(card(HELPLINE, " (in letters), Helpline: open. Free."), prose("Next")) == [
        "<code>3919</code>", "(in letters), Helpline: open. Free.", "", "Next"
    ]  # fmt: skip
    assert drawn(card(LOCAL, ", Helpline: open.")) == ["<code>0251477759</code>", f"{LOCAL.text}, Helpline: open."]
    assert drawn(prose(HELPLINE, ": day and night. Call.")) == ["<code>3919</code>", "day and night.", "Call."]


def test_a_card_stays_whole_between_empty_lines() -> None:
    told = drawn(prose("Near you."), card("SOS: ", LOCAL, ", closed. By appointment."), card("Caf: ", SITE, ", open."))
    assert told == [
        "Near you.", "", f"SOS: {LOCAL.text}, closed. By appointment.", "<code>0251477759</code>", "",
        f"Caf: {SITE.text}, open.",
    ]  # fmt: skip


def test_named_again_a_number_stays_in_its_sentence() -> None:
    told = drawn(prose("Text: ", WRITTEN, "."), prose("To ", WRITTEN, ", write. Do not phone ", WRITTEN, "."))
    assert told == ["Text:", "<code>114</code>", f"To {WRITTEN.text}, write. Do not phone {WRITTEN.text}."]
    told = drawn(prose("Text: ", WRITTEN, "."), prose("Danger: ", POLICE, ", or text ", WRITTEN, "."))
    assert told[2:] == ["Danger:", "<code>17</code>", f"or text {WRITTEN.text}."]
    told = drawn(prose("Text ", WRITTEN, ", only ", WRITTEN, "."))
    assert told == ["Text", "<code>114</code>", f"only {WRITTEN.text}."]


def test_what_may_not_be_called_and_a_site_are_never_code() -> None:
    assert drawn(prose("May show: ", CALL_BACK, "."), prose("In writing: ", SITE, ".")) == [
        f"May show: {CALL_BACK.text}.", f"In writing: {SITE.text}."
    ]  # fmt: skip
    told = drawn(prose("Online: ", HELPLINE, ", or ", SITE, "."))
    assert told == [f"Online: {HELPLINE.text}, or {SITE.text}.", "<code>3919</code>"]


def test_what_is_read_aloud_stays_in_one_piece() -> None:
    told = drawn(prose("« Unwell: ", EUROPE, ". Threat: ", POLICE, ". »"))
    assert told == [f"« Unwell: {EUROPE.text}. Threat: {POLICE.text}. »", "<code>112</code>", "<code>17</code>"]


# --- the rest of a message, by hand ----------------------------------------------------------------------------------


def test_only_what_telegram_wants_is_escaped() -> None:
    assert drawn(prose('A&E <b> "x" > \'y\''), choices=("R&D",)) == [
        "A&amp;E &lt;b&gt; \"x\" &gt; 'y'", "", "1. R&amp;D"
    ]  # fmt: skip
    assert draw(screen(prose("."), choices=("R&D",)), "t", str).rows[0][0].label == "R&D"


def test_a_question_stands_above_its_choices() -> None:
    assert drawn(prose("Take your time."), prose("Who is it for?"), choices=("Me", "You")) == [
        "Take your time.", "", "Who is it for?", "1. Me", "2. You"
    ]  # fmt: skip
    assert drawn(prose("Hello."), prose("Tap a choice."), choices=("Me",)) == ["Hello.", "Tap a choice.", "", "1. Me"]
    assert drawn(prose("Who?"), choices=("Me",)) == ["Who?", "1. Me"]
    assert drawn(prose("Who?")) == ["Who?"]
    assert drawn(card("SOS: ", LOCAL, "."), choices=("Me",))[2:] == ["", "1. Me"]


def test_the_notice_says_what_telegram_keeps_before_the_question() -> None:
    told = draw(screen(prose("Hello."), prose("Who?"), choices=("Me",), notice=True), "t", {texts.NOTICE: "Kept."}.get)  # type: ignore[arg-type]  # asked for nothing else
    assert told.text.split("\n") == ["Hello.", "Kept.", "", "Who?", "1. Me"]


def test_the_emergency_numbers_come_back_above_the_question() -> None:
    """A message taller than the phone is shown by its end."""
    lines = (prose("Back."), prose("Call: ", POLICE, "."), prose("Text: ", WRITTEN, "."), prose("Sound off."))
    told = drawn(*lines, prose("What now?"), choices=("Hide",), bar=Bar(None, BACK, CLOSE))
    assert told[:6] == ["Back.", "Call:", "<code>17</code>", "Text:", "<code>114</code>", "Sound off."]
    assert told[6:] == ["", f"Call: {POLICE.text}.", f"Text: {WRITTEN.text}.", "What now?", "1. Hide"]


def test_the_bar_is_always_drawn_in_the_same_order() -> None:
    def keys(bar: Bar) -> list[list[str]]:
        return [[read_data(b.data)[1] for b in row] for row in draw(screen(prose("."), bar=bar), "t", str).rows]

    assert keys(Bar(URGENT, BACK, CLOSE)) == [["emergency"], ["back", "close"]]
    assert keys(Bar(URGENT, None, CLOSE)) == [["emergency"], ["close"]]
    assert keys(Bar(None, BACK, CLOSE)) == [["back", "close"]]
    assert keys(Bar(None, None, CLOSE)) == [["close"]]


def test_french_signs_never_begin_a_line() -> None:
    told = draw(replace(screen(prose("Où ? « Ici » : 9 h 30 !")), locale="fr"), "t", str).text
    assert told == "Où\u202f? «\u00a0Ici\u00a0»\u00a0: 9\u00a0h\u00a030\u202f!"


def test_a_message_is_never_too_long_to_be_sent() -> None:
    lines = (prose(f"{n} " + "🟣" * 100) for n in range(40))
    told = draw(screen(*lines, prose("Who?"), choices=("Me",)), "t", str).text
    assert len(told.encode("utf-16-le")) // 2 <= LONGEST
    assert told.endswith("\n\nWho?\n1. Me")


# --- what comes back with a press ------------------------------------------------------------------------------------


def test_a_button_gives_back_its_token_and_its_choice() -> None:
    button = draw(screen(prose("."), choices=("Me",)), "t" * 48, str).rows[0][0]
    token, code = read_data(button.data)
    assert token == "t" * 48
    assert re.fullmatch(r"[\w-]{4}", code)
    assert read_data("t.@85109") == ("t", "@85109")
    assert read_data(".close") == ("", "close")


@pytest.mark.parametrize("data", ["", ".", "token", "token.", "é.close", "a.b.c", "a b.close", "t" * 49 + ".close"])
def test_forged_data_is_nothing(data: str) -> None:
    assert read_data(data) == ("", "")


@given(st.one_of(st.text(), st.from_regex(r"[\w-]*\.[\w@-]*")))
def test_data_never_raises_and_never_gives_more_than_it_should(data: str) -> None:
    token, code = read_data(data)
    assert (token + code).isascii()
    assert len(token) <= 48
    assert len(code) <= 15


def test_a_button_may_carry_a_search() -> None:
    """« ?41269 », a day and what is looked for: `bot/engine/found.py`."""
    assert read_data("Cbpr7iPX.?4126924abcd") == ("Cbpr7iPX", "?4126924abcd")
