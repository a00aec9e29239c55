"""Anything may be typed, pressed or sent back: a screen of the content is the answer, always (promise P21)."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.app import Answer, Bot
from bot.engine.message import Key, Opened, Pressed, Typed, Unreadable
from bot.engine.token import LONGEST
from tests.nasty import HUGE, STRINGS, Fuzz, Taint, said, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.engine.message import Event
    from bot.engine.script import Script

NOW = datetime(2026, 11, 24, 23, 15, tzinfo=ZoneInfo("Europe/Paris"))
MOST = 4096
ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=200)


@pytest.fixture(scope="module")
def bot(script: Script) -> Bot:
    return Bot(script, lambda: NOW)


@pytest.fixture(scope="module")
def taint(script: Script) -> Taint:
    return Taint(script)


@pytest.fixture(autouse=True)
def no_fault(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test in which anything at all was logged: the wide net of `Bot.answer` caught something."""
    yield
    assert [record.getMessage() for record in caplog.records] == []


def judge(bot: Bot, taint: Taint, token: str, event: Event) -> Answer:
    """Return an answer after looking at it as a channel would draw it."""
    answer = bot.answer(token, event)
    screen, seen = answer.turn.screen, shown(answer)
    assert screen.text.strip()
    assert len(seen) <= MOST
    assert len(answer.token) <= LONGEST
    assert answer.token.isascii()
    assert answer.turn.erased == (answer.token == "")
    assert len(screen.choices) <= 6
    assert answer.turn.erased or screen.bar.emergency or {n.id for n in screen.numbers} >= {"17", "112", "114"}
    seen.encode()  # no lone surrogate
    assert taint.reflected(said(event), seen) is None
    assert taint.reflected(token, seen) is None
    return answer


@pytest.mark.parametrize("seed", range(4))
def test_a_thousand_inputs_at_random_places(bot: Bot, taint: Taint, seed: int) -> None:
    fuzz = Fuzz(bot.script, Random(seed))
    for token, event in islice(fuzz, 1000):
        fuzz.learn(judge(bot, taint, token, event))


@pytest.mark.parametrize("text", STRINGS, ids=lambda text: ascii(text)[:30])
def test_nasty_strings_everywhere(bot: Bot, taint: Taint, text: str) -> None:
    home = bot.answer("", Opened())
    asking = bot.answer("", Typed("service pres ici"))
    for token in ("", home.token, asking.token, text):
        for event in (Typed(text), Pressed(text), Unreadable(text), Opened(text, text, text)):
            judge(bot, taint, token, event)


@pytest.mark.parametrize("text", HUGE, ids=["letters", "words", "accents", "surrogates"])
def test_ten_megabytes_are_an_ordinary_message(bot: Bot, taint: Taint, text: str) -> None:
    token = bot.answer("", Opened()).token
    for event in (Typed(text), Pressed(text), Opened(text, text, text)):
        judge(bot, taint, token, event)
        judge(bot, taint, text, event)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=ANYTHING, token=ANYTHING)
def test_any_text_and_any_token(bot: Bot, taint: Taint, text: str, token: str) -> None:
    for event in (Typed(text), Pressed(text), Unreadable(text), Opened(text, text, text)):
        judge(bot, taint, token, event)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["press", "type", "bar"]), st.integers(0, 5), ANYTHING), max_size=12))
def test_any_conversation(bot: Bot, taint: Taint, moves: list[tuple[str, int, str]]) -> None:
    answer = bot.answer("", Opened())
    for kind, rank, text in moves:
        choices = answer.turn.screen.choices
        match kind:
            case "press" if choices:
                event: Event = Pressed(choices[rank % len(choices)].id)
            case "bar":
                event = Pressed(list(Key)[rank % 3])
            case _:
                event = Typed(text)
        answer = judge(bot, taint, answer.token, event)


def test_what_is_typed_would_be_seen_if_it_came_back(bot: Bot, taint: Taint) -> None:
    """Otherwise the tests above prove nothing."""
    assert taint.reflected("mon nom est Zxqv", "Bonjour Zxqv, infos pratiques") == " Zxq"
    answer = bot.answer("", Typed("angers"))
    assert "Angers" in shown(answer)
    assert taint.reflected("Angers", shown(answer)) is None
