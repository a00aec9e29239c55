"""Every screen that anybody can reach, in every language, as Telegram shows it.

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

from bot.channels.telegram import texts
from bot.channels.telegram.draw import LONGEST, Button, Drawn, draw, read_data
from bot.engine import wording
from bot.engine.advance import show
from bot.engine.message import Dial, Screen
from bot.engine.token import encode
from bot.engine.walk import _stands, moments
from bot.i18n import SOURCE
from bot.text import bare
from tests.journeys.talking import instant
from tests.test_bidi import fribidi, kept, paragraphs, spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.engine.script import Script


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
