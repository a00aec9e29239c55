"""What the Matrix channel thinks without a server: what an event means and what a screen looks like, however odd."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from dataclasses import replace
from datetime import datetime
from html import unescape
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import nio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import Bot
from bot.channels.gate import Gate, Pass
from bot.channels.matrix import client
from bot.channels.matrix.api import Api
from bot.channels.matrix.client import Wait
from bot.channels.matrix.draw import draw
from bot.channels.matrix.history import ANSWERS, MET, PLACE, gone, look, says
from bot.channels.matrix.incoming import may_redact, read
from bot.channels.matrix.texts import NOTICE, YOURS
from bot.engine.message import Choice, Line, Opened, Pressed, Typed, Unreadable
from bot.engine.script import choice_code
from bot.engine.wording import AT_A_GLANCE, revealing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.engine.message import Event, Screen
    from bot.engine.script import Script

ME, NORA, ROOM = "@infos:exemple.fr", "@nora:exemple.fr", "!salon"

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)

# A screen as a notice ------------------------------------------------------------------------------------------------


def screens(script: Script) -> Iterator[Screen]:
    """Give every screen that presses can reach, in every language, each once."""
    bot = Bot(script, lambda: datetime(2026, 11, 24, 15, 0, tzinfo=ZoneInfo("Europe/Paris")))
    for locale in script.catalogues:
        pending, seen = [bot.answer("", Opened(locale=locale))], set()
        for answer in pending:
            yield answer.turn.screen
            for choice in answer.turn.screen.choices:
                there = bot.answer(answer.token, Pressed(choice_code(choice.id)))
                if there.turn.screen.step not in seen:
                    seen.add(there.turn.screen.step)
                    pending.append(there)


def plain(html: str) -> str:
    """Return what a formatted body says once its few tags are read."""
    lines = html.removeprefix("<p>").removesuffix("</p>").replace("</p><p>", "\n\n").replace("<br>", "\n")
    return unescape(re.sub("</?strong>", "", lines))


def bar(body: str) -> list[str]:
    """Return the buttons that a body ends with: what no client breaks into two lines."""
    return [button.replace("\u00a0", " ") for button in re.split(r"\n|   ", body.rpartition("\n\n")[2])]


def test_every_screen_is_whole_in_both_bodies_numbered_and_neutral_at_a_glance(script: Script) -> None:
    count = 0
    for screen in screens(script):
        say = script.catalogues[screen.locale].text
        for erases in (True, False):
            content = draw(screen, say, erases=erases)
            body = content["body"]
            assert content["msgtype"] == "m.notice"
            assert plain(content["formatted_body"]) == body
            assert set(re.findall(r"</?(\w+)", content["formatted_body"])) <= {"p", "br", "strong"}
            for line in screen.lines:
                assert line.text in body
            for number, choice in enumerate(screen.choices, 1):
                assert f"\n{number}. {choice.label}" in body
            assert bar(body) == [f"[{button.key}] {button.label}" for button in screen.bar], "never cut from its letter"
            assert (say(NOTICE) in body) == screen.notice
            assert (say(YOURS) in body) == (screen.notice and not erases), "said beforehand, and only there"
            if screen.bar.emergency is not None:
                assert revealing(body[:AT_A_GLANCE], screen.locale) is None, body
        count += 1
    assert count > 300, "the walk goes everywhere"


def test_what_a_line_or_a_label_holds_is_never_read_as_markup(script: Script) -> None:
    home = next(screens(script))
    odd = '<a href="https://exemple.fr">&amp; « 1 < 2 »</a>'
    content = draw(replace(home, lines=(Line((odd,)),), choices=(Choice("x", odd),)), str, erases=True)
    assert odd in content["body"]
    assert "<a" not in content["formatted_body"]
    assert plain(content["formatted_body"]) == content["body"]


# What an event means -------------------------------------------------------------------------------------------------


def event(content: Any, kind: str = "m.room.message", sender: str = NORA, **more: Any) -> nio.Event:
    """Return an event as matrix-nio makes it from what the server gives."""
    raw = {"event_id": "$e", "sender": sender, "origin_server_ts": 1_795_000_000_000, "type": kind, "content": content}
    return nio.Event.parse_event(raw | more)


def meant(*of: Any, **more: Any) -> Event | None:
    found = read(ROOM, event(*of, **more), ME)
    return found and found.event


def text(body: str, **more: Any) -> Mapping[str, Any]:
    return {"msgtype": "m.text", "body": body, **more}


REPLY = {"m.in_reply_to": {"event_id": "$a"}}
EDIT = {"rel_type": "m.replace", "event_id": "$a"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (text("bonjour"), Typed("bonjour")),
        (text("bonjour") | {"msgtype": "m.emote"}, Typed("bonjour")),
        (text("* deux", **{"m.new_content": text("deux"), "m.relates_to": EDIT}), Typed("deux")),
        (text("* deux", **{"m.new_content": 5, "m.relates_to": EDIT}), Typed("")),
        (text("* deux", **{"m.relates_to": EDIT}), Typed("")),
        (text("> <@x:y> un\n> deux\n\n1", **{"m.relates_to": REPLY}), Typed("1")),
        (text("> cité\n\n1"), Typed("> cité\n\n1")),
        (text("1", **{"m.relates_to": REPLY}), Typed("1")),
        (text("1", **{"m.relates_to": None}), Typed("1")),
        (text("1", **{"m.relates_to": "m.replace"}), Typed("1")),
        (text("1", **{"m.relates_to": {"rel_type": ANSWERS, "event_id": "$a"}}), Typed("1")),
        (text("a\ud800b"), Typed("a?b")),
        (text("x" * 64_000), Typed("x" * 64_000)),
        (text("1") | {"msgtype": "m.notice"}, None),
        (text("1") | {"msgtype": "m.image", "url": "mxc://a/b"}, Unreadable("attachment")),
        (text("1") | {"msgtype": "m.location"}, Unreadable("attachment")),
        ({"msgtype": "m.text"}, Unreadable("attachment")),
        (text("1") | {"formatted_body": 5, "format": "org.matrix.custom.html"}, Unreadable("attachment")),
        ({"body": 5, "msgtype": "m.text"}, Unreadable("attachment")),
        ({"body": "1"}, Unreadable("attachment")),
        ({}, None),
    ],
)
def test_what_is_written_is_understood_and_what_is_odd_is_not_believed(content: Any, expected: Event | None) -> None:
    assert meant(content) == expected


def test_what_is_nobodys_words_is_passed_over() -> None:
    assert meant(text("1"), sender=ME) is None
    assert meant(text("1"), state_key="") is None
    assert meant({}, unsigned={"redacted_because": {}}) is None
    assert meant({"m.relates_to": {"rel_type": "m.annotation", "event_id": "$a", "key": "👍"}}, "m.reaction") is None
    for kind in ("m.call.invite", "m.poll.start", "m.room.redaction", "fr.inconnu"):
        assert meant({"a": 1}, kind) is None
    assert meant({"body": "…", "url": "mxc://a/b", "info": {}}, "m.sticker") == Unreadable("attachment")


def test_what_cannot_be_decrypted_opens_home() -> None:
    sealed = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AAAA", "session_id": "s"}
    assert meant(sealed | {"device_id": "D", "sender_key": "k"}, "m.room.encrypted") == Opened()
    assert meant(sealed | {"msgtype": "m.text", "body": "1"}, "m.room.encrypted") == Opened()


@pytest.mark.parametrize(("ciphertext", "erased"), [("A" * 300, True), ("A" * 600, False), (None, False), ({}, False)])
def test_what_cannot_be_decrypted_and_may_be_a_photo_is_not_erased_unasked(ciphertext: Any, erased: bool) -> None:
    """By its length: it may be all that she has."""
    found = read(ROOM, event({"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": ciphertext}, "m.room.encrypted"), ME)
    assert found is not None
    assert (found.message, found.told) == ("$e" if erased else "", "$e")


def test_an_event_has_its_room_its_id_and_its_time_even_a_mad_one() -> None:
    found = read(ROOM, event(text("1")), ME)
    assert found is not None
    assert (found.room, found.message, found.at) == (ROOM, "$e", 1_795_000_000.0)
    assert found.told == "$e"
    for stamp in (-1, 2**53, 0):
        assert read(ROOM, event(text("1"), origin_server_ts=stamp), ME) is not None


@given(
    st.dictionaries(
        st.sampled_from(
            ["msgtype", "body", "formatted_body", "format", "m.relates_to", "m.new_content", "url", "info"]
        ),
        anything
        | st.sampled_from(["m.text", "m.emote", "m.notice", "m.image", REPLY, EDIT, {"rel_type": "m.replace"}]),
    ),
    st.sampled_from(["m.room.message", "m.room.encrypted", "m.reaction", "m.sticker", "m.room.redaction", "x"]),
)
def test_no_content_whatever_raises_and_what_is_typed_can_always_be_written_down(content: Any, kind: str) -> None:
    found = event(content, kind)
    if isinstance(found, nio.Event):
        said = read(ROOM, found, ME)
        if said is not None and isinstance(said.event, Typed):
            said.event.text.encode()


# What it may erase ---------------------------------------------------------------------------------------------------


def create(version: str = "11", by: str = NORA, **more: Any) -> Mapping[str, Any]:
    return {"sender": by, "content": {"room_version": version, **more}}


def levels(**content: Any) -> Mapping[str, Any]:
    return {"content": content}


@pytest.mark.parametrize(
    ("made", "power", "expected"),
    [
        (create("12", additional_creators=[ME]), levels(users={}), True),
        (create("12"), levels(users={}), False),
        (create("12"), levels(users={ME: 50}), True),
        (create("13", additional_creators=[ME]), levels(users={}), True),
        (create("11", additional_creators=[ME]), levels(users={}), False),
        (create("11", by=ME), levels(users={}), False),
        (create("11", by=ME), None, True),
        (create("11"), None, False),
        (create("11"), levels(users={ME: 100, NORA: 100}), True),
        (create("11"), levels(users={NORA: 100}), False),
        (create("11"), levels(users={ME: 49}), False),
        (create("11"), levels(users={ME: 60}, redact=61), False),
        (create("11"), levels(users_default=50), True),
        (create("11"), levels(users={ME: 50}, events={"m.room.redaction": 51}), False),
        (create("11"), levels(users={ME: 50}, events_default=51), False),
        ({}, levels(), False),
        ({}, None, False),
    ],
)
def test_what_it_may_erase_is_what_the_room_says(made: Any, power: Any, expected: bool) -> None:
    assert may_redact(ME, made, power) is expected


@given(
    st.fixed_dictionaries(
        {},
        optional={"room_version": anything | st.sampled_from(["1", "9", "12", "x"]), "additional_creators": anything},
    ),
    st.none()
    | st.dictionaries(
        st.sampled_from(["users", "users_default", "redact", "events", "events_default"]),
        anything | st.dictionaries(st.sampled_from([ME, NORA, "m.room.redaction"]), anything),
    ),
)
def test_a_room_whose_state_is_nonsense_is_not_a_fault(made: Any, power: Any) -> None:
    """Whoever makes a room writes its state: an exception here would answer every message with « late »."""
    assert may_redact(ME, {"sender": NORA, "content": made}, power and levels(**power)) in (True, False)


# What a room tells after a stop --------------------------------------------------------------------------------------


def raw(id: str, sender: str, content: Any = None, **more: Any) -> dict[str, Any]:
    content = text("…") if content is None else content
    return {"event_id": id, "sender": sender, "type": "m.room.message", "content": content, **more}


def answer(id: str, to: str) -> dict[str, Any]:
    return raw(id, ME, text("…", **{"m.relates_to": {"rel_type": ANSWERS, "event_id": to}}))


def test_after_a_stop_the_last_notice_lives_the_others_and_what_they_answer_go_the_rest_waits() -> None:
    found = look(
        [
            raw("$join", NORA, {"membership": "join"}, state_key=NORA),
            *(raw("$photo", NORA), raw("$old", ME), raw("$gone", NORA, {}), raw("$typed", NORA)),
            *(answer("$new", "$typed"), raw("$fresh", NORA)),
        ],
        ME,
    )
    assert found.shown is not None
    assert found.shown["event_id"] == "$new"
    assert set(found.stale) == {"$old", "$typed"}, "a photo, or what another notice was about, is not touched"
    assert [event["event_id"] for event in found.waiting] == ["$fresh"]


def test_what_she_wrote_while_a_notice_was_on_its_way_waits_though_the_notice_comes_after_it() -> None:
    said = [raw("$photo", NORA), raw("$fermer", NORA), raw("$new", ME, text("…", **{MET: "$photo"})), raw("$1", NORA)]
    assert [event["event_id"] for event in look(said, ME).waiting] == ["$fermer", "$1"]
    assert [event["event_id"] for event in look(said[1:], ME).waiting] == ["$fermer", "$1"], "older than what is seen"
    unsaid = [*said[:2], raw("$new", ME), said[3]]
    assert [event["event_id"] for event in look(unsaid, ME).waiting] == ["$1"], "by an older version of the program"


def test_what_takes_the_place_of_a_notice_is_never_the_living_one() -> None:
    found = look([raw("$new", ME), raw("$place", ME, text("…", **{PLACE: True}))], ME)
    assert found.shown is not None
    assert (found.shown["event_id"], found.stale) == ("$new", ("$place",))


@given(st.integers(0, 2**43))
def test_an_exit_takes_what_she_had_sent_to_the_millisecond_and_all_of_ours(stamp: int) -> None:
    said = [raw(id, NORA, origin_server_ts=at) for id, at in (("$1", stamp - 1), ("$fermer", stamp), ("$2", stamp + 1))]
    assert gone([*said, raw("$ours", ME, origin_server_ts=stamp + 2)], ME, stamp / 1000) == ["$ours", "$fermer", "$1"]


def test_all_that_a_notice_answers_goes_when_several_things_were_typed_at_once() -> None:
    several = answer("$new", "$c")
    several["content"]["m.relates_to"]["also"] = ["$a", 5]
    found = look([raw("$a", NORA), raw("$b", NORA), raw("$c", NORA), several], ME)
    assert set(found.stale) == {"$a", "$c"}


def test_an_empty_room_or_one_where_all_is_erased_leaves_nothing_to_do() -> None:
    redacted = raw("$a", ME, unsigned={"redacted_because": {}})
    for events in ([], [redacted], [raw("$b", NORA, {}), redacted]):
        found = look(events, ME)
        assert (found.shown, found.stale, found.waiting) == (None, (), ())


def test_who_left_is_told_from_who_was_never_greeted() -> None:
    """Nothing is left in either room; one of them must stay silent."""
    joined = raw("$join", ME, {"membership": "join"}, state_key=ME)
    assert not look([joined, raw("$a", NORA, {})], ME).spoke
    assert look([joined, raw("$a", ME, unsigned={"redacted_because": {}})], ME).spoke
    assert look([joined, raw("$r", ME, {"redacts": "$a"}) | {"type": "m.room.redaction"}], ME).spoke


def test_what_she_forges_makes_it_erase_nothing() -> None:
    """Only its own notices say what they answer: hers, pointing at anything, say nothing to it."""
    photo = raw("$photo", NORA)
    forged = raw("$f", NORA, text("…", **{"m.relates_to": {"rel_type": ANSWERS, "event_id": "$photo"}}))
    assert look([photo, forged, raw("$mine", ME)], ME).stale == ()
    for relation in (None, "x", 5, [], {"rel_type": [], "event_id": {}}):
        assert look([photo, raw("$mine", ME, text("…", **{"m.relates_to": relation}))], ME).stale == ()


def test_redactions_and_states_say_nothing() -> None:
    assert says(raw("$a", NORA))
    assert not says(raw("$a", NORA) | {"type": "m.room.redaction"})
    assert not says(raw("$a", NORA, state_key=""))


def test_why_she_erased_something_says_something() -> None:
    assert says(raw("$a", NORA, {"redacts": "$b", "reason": "il lit tout"}) | {"type": "m.room.redaction"})
    assert not says(raw("$a", NORA, {"redacts": "$b"}) | {"type": "m.room.redaction"})


def test_what_was_said_before_an_invitation_does_not_wait() -> None:
    invitation = raw("$i", NORA, {"membership": "invite"}, type="m.room.member", state_key=ME)
    found = look([raw("$0", NORA), raw("$n", ME), raw("$1", NORA), invitation, raw("$2", NORA)], ME)
    assert [event["event_id"] for event in found.waiting] == ["$2"]
    assert not found.spoke, "it has not greeted yet"


# When it is told to wait ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"Retry-After": "12"}, "{}", 12),
        ({"Retry-After": "12"}, '{"retry_after_ms": 20000}', 20),
        ({}, '{"retry_after_ms": 1500}', 1.5),
        ({"Retry-After": "Tue, 01 Jan 2030 00:00:00 GMT"}, "", 60),
        ({"Retry-After": "soon"}, "<html>", 5),
        ({"Retry-After": "-1"}, '{"retry_after_ms": null}', 5),
        ({}, "[]", 5),
    ],
)
async def test_told_to_wait_it_reads_for_how_long(
    monkeypatch: pytest.MonkeyPatch, headers: dict[str, str], body: str, seconds: float
) -> None:
    class Answer:
        def __init__(self) -> None:
            self.headers = headers

        async def json(self, content_type: None) -> Any:
            return json.loads(body) if body else None

    monkeypatch.setattr(time, "time", lambda: datetime(2029, 12, 31, 23, 59, tzinfo=ZoneInfo("UTC")).timestamp())
    assert await client._told_to_wait(Answer()) == seconds  # type: ignore[arg-type]


async def test_told_to_wait_long_it_waits_that_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A join may be refused for minutes."""
    slept, refusals = [], [Wait(75.0)]

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def join() -> str:
        if refusals:
            raise refusals.pop()
        return "joined"

    monkeypatch.setattr(asyncio, "sleep", sleep)
    api = Api(client.Client("http://127.0.0.1:9", ME, None), Gate(time.monotonic, random.random))
    assert await api.call(join, Pass(reads=True)) == "joined"
    assert slept == [75.0]
