"""A screen drawn for Telegram: small ones by hand, then every screen that anybody can reach, in every language.

What is drawn is read back by a parser that only knows what Telegram documents of its HTML, and compared with the
screen: no word more or less, and each number that may be dialled alone on a line of code, once.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram import texts
from bot.channels.telegram.draw import LONGEST, Button, Drawn, draw, read_data
from bot.engine import wording
from bot.engine.advance import show
from bot.engine.message import Bar, BarButton, Choice, Dial, Key, Line, Screen
from bot.engine.token import encode
from bot.engine.walk import _stands, moments
from bot.i18n import SOURCE
from bot.text import bare, isolate
from tests.journeys.talking import instant
from tests.test_bidi import fribidi, kept, paragraphs, spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.engine.script import Script

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


# --- every screen ----------------------------------------------------------------------------------------------------


class Reader(HTMLParser):
    """What Telegram reads: `<code>` alone, closed, without attributes, never inside another; three entities."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.text, self.code, self._open = "", [], False
        self.feed(text)
        self.close()
        assert not self._open, text
        assert self.rawdata == "", text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert (tag, attrs, self._open) == ("code", [], False)
        assert self.text[-1:] in ("", "\n"), "a number begins its line"
        self._open = True

    def handle_endtag(self, tag: str) -> None:
        assert (tag, self._open) == ("code", True)
        self._open = False
        self.text += "\0"  # replaced by what follows, which must be a line end

    def handle_data(self, data: str) -> None:
        assert "<" not in data
        assert ">" not in data
        if self.text.endswith("\0"):
            assert data.startswith("\n"), "a number ends its line"
            self.text = self.text[:-1]
        if self._open:
            assert re.fullmatch(r"\d+", data), data
            self.code.append(data)
        self.text += data

    def handle_entityref(self, name: str) -> None:
        self.text += {"amp": "&", "lt": "<", "gt": ">"}[name]

    def handle_charref(self, name: str) -> None:
        raise AssertionError(name)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


@dataclass(frozen=True)
class Seen:
    """A screen, its message, and its message read back."""

    screen: Screen
    drawn: Drawn
    text: str
    code: list[str]

    @property
    def body(self) -> str:
        """Return the text above the numbered choices."""
        labels = [f"{n}. {choice.label}" for n, choice in enumerate(self.screen.choices, 1)]
        end = "\n".join(labels).replace("\u202f", " ").replace("\u00a0", " ")
        plain = spaced(self.text)
        assert plain.endswith(end), plain
        return plain[: len(plain) - len(end)].rstrip()


def spaced(text: str) -> str:
    return re.sub("[\u00a0\u202f]", " ", text)


@pytest.fixture(scope="module")
def every(script: Script) -> list[Seen]:
    """Return every screen that differs, as Telegram shows it, in every locale, when doors are open, and closed."""
    found: dict[tuple[object, ...], Seen] = {}
    times = moments(script, instant("2026-11-24T15:00"))[:2]
    for area in script.directory.areas:
        for stand in _stands(script, area, times[0]):
            for locale, catalogue in script.catalogues.items():
                for now in times:
                    session = replace(stand.session, locale=locale)
                    here = show(script, session, now)
                    key = (here.step, locale, here.text)
                    if key not in found:
                        message = draw(here, encode(script, session), catalogue.text)
                        read = Reader(message.text)
                        found[key] = Seen(here, message, read.text.rstrip("\0"), read.code)
    assert len(found) > 3000
    assert {seen.screen.locale for seen in found.values()} == set(script.catalogues)
    return list(found.values())


def dialled(here: Screen) -> list[str]:
    """Return the digits that the telephone would dial, in the order of the screen, from the links of the engine."""
    found = []
    for line in here.lines:
        for span in line.spans:
            if isinstance(span, Dial) and span.href and span.href[:4] in ("tel:", "sms:"):
                found.append(re.sub(r"^\+33", "0", span.href[4:]))
    return list(dict.fromkeys(found))


def words(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", text) if word not in ("ou", "et", "or", "and")]


def again(seen: Seen) -> int:
    """Return how many lines the emergency screen repeats above its question."""
    return 2 if seen.screen.bar.emergency is None else 0


@pytest.mark.slow
def test_each_number_stands_alone_in_code_once(every: list[Seen]) -> None:
    assert [seen.drawn.text for seen in every if seen.code != dialled(seen.screen)] == []
    assert sum(bool(seen.code) for seen in every) > 2000


@pytest.mark.slow
def test_no_word_is_lost_and_none_added(script: Script, every: list[Seen]) -> None:
    for seen in every:
        lines = [line.text for line in seen.screen.lines]
        if seen.screen.notice:
            lines.insert(-1, script.catalogues[seen.screen.locale].text(texts.NOTICE))
        if again(seen):
            start = next(i for i, line in enumerate(lines) if "\u206617\u2069" in line)
            lines[-1:-1] = lines[start : start + again(seen)]
        assert words(seen.body) == words("\n".join(lines)), seen.drawn.text


@pytest.mark.slow
def test_no_digit_of_a_number_is_lost(every: list[Seen]) -> None:
    def numbers(text: str) -> Counter[str]:
        return Counter(re.findall(r"\d[\d \u202f]*\d|\d", text))

    for seen in every:
        shown = numbers(seen.text.replace("\u202f", " "))
        for number, times in numbers(seen.screen.text.replace("\u202f", " ")).items():
            assert shown[number] >= times, f"{number} in {seen.drawn.text}"


@pytest.mark.slow
def test_isolates_stay_outside_code_and_are_closed(every: list[Seen]) -> None:
    for seen in every:
        for line in seen.text.split("\n"):
            assert re.sub(r"[^\u2066\u2069]", "", re.sub("\u2066[^\u2066\u2069]*\u2069", "", line)) == "", line


@pytest.mark.slow
def test_nothing_is_revealed_at_a_glance(every: list[Seen]) -> None:
    """P6: what a notification or the list of chats shows of the message as it is drawn."""
    for seen in every:
        if seen.screen.bar.emergency is not None:
            assert wording.revealing(seen.text[: wording.AT_A_GLANCE], seen.screen.locale) is None, seen.text


@pytest.mark.slow
def test_every_message_fits(every: list[Seen]) -> None:
    """P23: 600 characters without the choices and the digits set apart; Telegram's own limits."""
    for seen in every:
        said = "\n".join(line for line in bare(seen.body).split("\n") if line and not line.isdecimal())
        assert len(said) <= 600, f"{len(said)} : {said}"
        assert len(seen.drawn.text.encode("utf-16-le")) // 2 <= LONGEST // 2


@pytest.mark.slow
def test_every_keyboard_has_its_choices_then_the_bar(every: list[Seen]) -> None:
    for seen in every:
        rows = seen.drawn.rows
        choices = [row[0].label for row in rows[: len(seen.screen.choices)]]
        assert choices == [choice.label for choice in seen.screen.choices]
        assert all(len(row) == 1 for row in rows[: len(choices)])
        assert [b.label for row in rows[len(choices) :] for b in row] == [b.label for b in seen.screen.bar]
        for button in (button for row in rows for button in row):
            check(button)


def check(button: Button) -> None:
    assert 0 < len(button.label) <= 28, button
    assert len(button.data.encode()) <= 64, button
    token, code = read_data(button.data)
    assert f"{token}.{code}" == button.data


@pytest.mark.slow
def test_digits_keep_their_order_in_right_to_left_text(every: list[Seen]) -> None:
    try:
        visual = fribidi()
    except OSError:
        pytest.skip("FriBidi is not here: on Debian, apt-get install libfribidi0")
    lines = {line for seen in every for line in seen.text.split("\n") if re.search(r"\d", line)}
    assert len(lines) > 400
    for line in lines:
        for text in paragraphs(line):
            order = visual(text)
            assert all(kept(text, start, end, order) for start, end in spans(text)), line


# --- the sentences ---------------------------------------------------------------------------------------------------


def sentences(script: Script) -> Iterator[tuple[str, str]]:
    for locale, catalogue in script.catalogues.items():
        for text in texts.every():
            yield locale, catalogue.text(text)


def test_every_sentence_is_translated(script: Script) -> None:
    for locale, catalogue in script.catalogues.items():
        if locale != SOURCE:
            assert [text for text in texts.every() if catalogue.text(text) == text] == []


def test_every_sentence_is_short_and_neutral(script: Script) -> None:
    for locale, text in sentences(script):
        assert max(wording.sentences(text)) <= 20, text
        assert wording.revealing(text, locale) is None, text
        assert not list(wording.forbidden(text, locale)), text
