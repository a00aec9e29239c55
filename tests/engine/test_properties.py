"""Whatever somebody does, in any order, on the shipped content: always a screen, always a way to help and a way out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot import commands
from bot.engine.advance import advance, show, start
from bot.engine.asks import AskLanguage
from bot.engine.message import Key, Opened, Pressed, Typed, Unreadable
from bot.engine.page import LONGEST
from bot.engine.token import LONGEST as LONGEST_TOKEN
from bot.engine.token import decode, encode
from bot.engine.trail import back

if TYPE_CHECKING:
    from bot.engine.message import Event, Turn
    from bot.engine.session import Session

SCRIPT = commands.load()
"""The shipped content; no fixture, as hypothesis would write all of it beside a falsifying example."""
NOW = datetime(2026, 11, 24, 23, 15, tzinfo=ZoneInfo("Europe/Paris"))
TELEGRAM = 4096
EMERGENCY = {"17", "112", "114"}
CANARY = "zqxjvk"

SAID = st.sampled_from(
    [
        *(
            "1",
            "2",
            "3",
            "6",
            "9",
            "retour",
            "urgence",
            "17",
            "accueil",
            "langue",
            "u",
            "r",
            "english",
            "français",
            "ne",
        ),
        *("angers", "85500", "mouchamps", "saint-denis", "nouméa", "st pierre", "autre commune", "oui", "non"),
        *(
            "il me frappe",
            "je suis enfermée",
            "j'ai peur de frapper mon fils",
            "mon mari",
            "viol",
            "mairie",
            "logement",
        ),
    ]
)
ANYTHING = st.one_of(SAID, st.text(max_size=40), st.text(alphabet="aeiou'- 0123456789éç?!\n", max_size=60))
FORGED = st.sampled_from(["!emergency", "@49007", "@", "!flow:victime", "!now:muet"])
EVENTS = st.one_of(
    st.integers(0, 9),
    ANYTHING.map(Typed),
    st.builds(Pressed, st.one_of(FORGED, st.text(max_size=9))),
    st.just(Unreadable("photo")),
    st.builds(
        Opened,
        st.sampled_from([None, "angers-loire-metropole", "pays-des-herbiers", "vendee", "france", "?"]),
        st.sampled_from([None, "fr", "en", "?"]),
        st.sampled_from([None, "49007", "98818", "2A004", "?"]),
    ),
)
WALKS = st.lists(EVENTS, max_size=16)
FEW = settings(deadline=None, max_examples=60)
"""Enough at each run: every run tries others."""


def walk(events: list[int | Event], now: datetime = NOW) -> Turn:
    """Give the turn a walk ends at; a number presses that button of the screen. What is erased opens again."""
    turn = advance(SCRIPT, start(SCRIPT), Opened(), now)
    for event in events:
        session = turn.session or start(SCRIPT)
        turn = advance(SCRIPT, session, meant(turn, event), now)
    return turn


def meant(turn: Turn, event: int | Event) -> Event:
    screen = turn.screen
    if isinstance(event, Typed) and screen.offers:
        return Typed(event.text, screen.choices)
    if not isinstance(event, int):
        return event
    buttons = [*(choice.id for choice in screen.choices), *(button.id.value for button in screen.bar)]
    return Pressed(buttons[event % len(buttons)])


@given(WALKS)
@FEW
def test_there_is_always_a_screen_that_fits(events: list[int | Event]) -> None:
    screen = walk(events).screen
    assert screen.text.strip()
    assert len(screen.text) <= min(LONGEST, TELEGRAM)
    assert len(screen.choices) <= 6
    assert all(choice.label for choice in screen.choices)
    assert screen.locale in SCRIPT.catalogues


@given(WALKS)
@FEW
def test_the_same_walk_gives_the_same_turn(events: list[int | Event]) -> None:
    assert walk(events) == walk(events)


@given(WALKS)
@FEW
def test_help_is_one_press_away_and_return_brings_the_same_screen_back(events: list[int | Event]) -> None:
    turn = walk(events)
    if turn.session is None:
        assert turn.screen.bar.emergency is not None
        return
    if turn.screen.bar.emergency is None:
        assert {number.id for number in turn.screen.numbers} >= EMERGENCY
        return
    here = show(SCRIPT, turn.session, NOW)
    for event in (Pressed(Key.EMERGENCY), Typed("urgence"), Typed("au secours")):
        there = advance(SCRIPT, turn.session, event, NOW)
        assert {number.id for number in there.screen.numbers} >= EMERGENCY
        assert there.session is not None
        again = advance(SCRIPT, there.session, Pressed(Key.BACK), NOW)
        # What is offered over the emergency screen only uncovers it.
        assert again.screen == here or here.bar.emergency is None


@given(WALKS)
@FEW
def test_exit_always_erases(events: list[int | Event]) -> None:
    session = walk(events).session or start(SCRIPT)
    for event in (Pressed(Key.CLOSE), Typed("fermer"), Typed("STOP"), Typed("x")):
        turn = advance(SCRIPT, session, event, NOW)
        assert turn.session is None
        assert turn.screen.choices == ()
        assert turn.screen.numbers == ()


@given(WALKS)
@FEW
def test_a_token_gives_the_session_back_and_fits(events: list[int | Event]) -> None:
    session = walk(events).session
    if session is not None:
        token = encode(SCRIPT, session)
        assert len(token) <= LONGEST_TOKEN
        assert decode(SCRIPT, token, NOW) == session


@given(WALKS, st.integers(0, 5))
@FEW
def test_answering_going_back_and_answering_again_is_answering(events: list[int | Event], which: int) -> None:
    turn = walk(events)
    session = turn.session
    if session is None or not turn.screen.choices or isinstance(SCRIPT.steps[session.at], AskLanguage):
        return
    press = Pressed(turn.screen.choices[which % len(turn.screen.choices)].id)
    once = advance(SCRIPT, session, press, NOW).session
    assert once is not None
    if len(once.trail) == len(session.trail) + 1:  # else it led back to a page of the trail, or home
        assert advance(SCRIPT, back(SCRIPT, once, NOW), press, NOW).session == once


@given(WALKS, st.one_of(st.just(""), ANYTHING), st.one_of(st.just(""), ANYTHING))
@FEW
def test_nothing_typed_is_ever_said_back(events: list[int | Event], before: str, after: str) -> None:
    session = walk(events).session or start(SCRIPT)
    turn = advance(SCRIPT, session, Typed(f"{before} {CANARY} {after}"), NOW)
    said = [
        turn.screen.text,
        *(choice.label for choice in turn.screen.choices),
        *(one.id for one in turn.screen.choices),
    ]
    assert not any(CANARY in text.lower() for text in said)
    if turn.session is not None:
        assert CANARY not in repr(turn.session)


@given(WALKS, st.integers(-400, 4000))
@FEW
def test_any_moment_gives_a_screen(events: list[int | Event], days: int) -> None:
    now = NOW + timedelta(days=days, hours=days % 24)
    assert len(walk(events, now).screen.text) <= LONGEST


@given(st.text(max_size=4000))
@FEW
def test_any_text_at_home_gives_a_screen(text: str) -> None:
    session: Session | None = advance(SCRIPT, start(SCRIPT), Typed(text), NOW).session
    assert session is None or session.at in SCRIPT.steps
