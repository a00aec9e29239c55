"""`repere understand`: what programs read of a message, one line of JSON for each line, whatever comes in."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import commands
from bot.directory.kinds import AUDIENCES, TOPICS
from bot.understanding import to_json, to_text, understand
from tests.engine.content import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.engine.script import Script

KEYS = ["danger", "audience", "topics", "place", "service", "language"]
COMMAND = [sys.executable, "-m", "bot", "understand"]
REPOSITORY = Path(__file__).resolve().parent.parent.parent
LONGEST = 1_000_000

Told = dict[str, Any]


def judge(line: str) -> Told:
    """Read one printed line as a stranger's program would, and look at every key of it."""
    told: Told = json.loads(line)
    assert list(told) == KEYS
    assert type(told["danger"]) is bool
    assert told["audience"] in (None, *AUDIENCES)
    assert type(told["topics"]) is list
    assert len(told["topics"]) <= 3
    for topic in told["topics"]:
        assert list(topic) == ["id", "score"]
        assert topic["id"] in TOPICS
        assert type(topic["score"]) is float
        assert 0 <= topic["score"] <= 1
    if told["place"] is not None:
        assert list(told["place"]) == ["insee", "name", "departement", "departement_name", "postcodes"]
    assert told["service"] is None or type(told["service"]) is str
    assert told["language"] is None or type(told["language"]) is str
    return told


@pytest.fixture
def ran(
    hearing: Script, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Return what runs the command in this process, on content already loaded: `ran(*arguments, stdin=b"")`."""
    monkeypatch.setattr(commands, "load", lambda: hearing)
    monkeypatch.setattr(commands, "_meaning", lambda _: hearing.ear.meaning)

    def run(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="latin-1"))
        code = commands.run(["understand", *arguments])
        return code, *capfd.readouterr()

    return run


def test_an_argument_is_one_message(ran: Callable[..., tuple[int, str, str]]) -> None:
    code, printed, errors = ran("il me serr le cou", "--json")
    assert (code, errors) == (0, "")
    told = judge(printed)
    assert printed.count("\n") == 1
    assert (told["danger"], told["audience"], told["language"]) == (True, "victime", "fr")
    assert told["topics"][0]["id"] == "danger"
    assert (told["place"], told["service"]) == (None, None)


def test_a_place_and_a_service_are_told(ran: Callable[..., tuple[int, str, str]]) -> None:
    told = judge(ran("cidff vendôme mardi", "--json")[1])
    assert told["place"] == {
        "insee": "41269",
        "name": "Vendôme",
        "departement": "41",
        "departement_name": "Loir-et-Cher",
        "postcodes": ["41100"],
    }
    assert told["service"] == "cidff"
    assert told["topics"][0]["id"] == "service-local"
    assert told["danger"] is False


@pytest.mark.parametrize("arguments", [("-", "--json"), ("--json",)])
def test_each_line_received_is_a_message(ran: Callable[..., tuple[int, str, str]], arguments: tuple[str, ...]) -> None:
    lines = ["il me serr le cou", "", "   ", "bonjour", "\tcidff vendôme", "<b>a</b>\0"]
    code, printed, errors = ran(*arguments, stdin="\n".join(lines).encode())
    assert (code, errors) == (0, "")
    told = [judge(line) for line in printed.splitlines()]
    assert [one["danger"] for one in told] == [True, *[False] * 5]
    assert told[4]["service"] == "cidff"


def test_lines_of_windows_and_a_last_line_left_open(ran: Callable[..., tuple[int, str, str]]) -> None:
    windows, left_open = b"bonjour\r\nil me serr le cou\r\n", b"bonjour\nil me serr le cou"
    crlf, lf = (ran("--json", stdin=text)[1] for text in (windows, left_open))
    assert crlf == lf
    assert crlf.count("\n") == 2


def test_nothing_received_nothing_printed(ran: Callable[..., tuple[int, str, str]]) -> None:
    assert ran("--json") == (0, "", "")
    assert ran("-") == (0, "", "")


def test_an_empty_argument_is_a_message(ran: Callable[..., tuple[int, str, str]]) -> None:
    assert judge(ran("", "--json")[1])["danger"] is False


def test_bytes_that_are_no_text(ran: Callable[..., tuple[int, str, str]]) -> None:
    """A danger is heard among them."""
    code, printed, errors = ran("--json", stdin=b"caf\xe9 \xff\xfe\n\xc3\nil me serr le cou \xf0\x9f\n\xed\xa0\x80\n")
    assert (code, errors) == (0, "")
    assert [judge(line)["danger"] for line in printed.splitlines()] == [False, False, True, False]


def test_very_long_lines(ran: Callable[..., tuple[int, str, str]]) -> None:
    lines = [b"x" * LONGEST, b"il me serr le cou " * (LONGEST // 18), b"\0" * LONGEST, "é".encode() * LONGEST]
    code, printed, errors = ran("--json", stdin=b"\n".join(lines))
    assert (code, errors) == (0, "")
    assert [judge(line)["danger"] for line in printed.splitlines()] == [False, True, False, False]


def test_a_person_reads_one_line_too(ran: Callable[..., tuple[int, str, str]]) -> None:
    code, printed, _ = ran("il me serr le cou")
    assert code == 0
    assert printed.startswith("DANGER · public : victime · sujets : danger ")
    assert ran("cidff vendôme")[1].startswith("pas de danger dit · public : ")
    assert "lieu : Vendôme · service : cidff" in ran("cidff vendôme")[1]
    assert ran("a\x1b[31mb")[1].count("\n") == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=200))
def test_any_message_is_one_line(hearing: Script, text: str) -> None:
    told = understand(hearing, text, NOW)
    line = to_json(told)
    assert len(line.splitlines()) == 1
    assert judge(line) == told
    assert len(to_text(told).splitlines()) == 1


def test_without_meaning_topics_are_those_of_the_words(script: Script) -> None:
    told = judge(to_json(understand(script, "mon mari me rabaisse et il me frappe", NOW)))
    assert (told["danger"], told["audience"], told["language"]) == (True, None, None)
    assert all(topic["score"] == 1 for topic in told["topics"])


# --- the program itself


@pytest.mark.slow
def test_the_program_prints_a_line_for_each_line() -> None:
    lines = ["il me serr le cou", "", "bonjour", "cidff vendôme"]
    typed = "\n".join(lines).encode()
    done = subprocess.run(
        [*COMMAND, "-", "--json"], input=typed, capture_output=True, timeout=120, check=True, cwd=REPOSITORY
    )
    told = [judge(line) for line in done.stdout.decode().splitlines()]
    assert [one["danger"] for one in told] == [True, False, False, False]
    assert done.stderr == b""


@pytest.mark.slow
def test_whoever_reads_may_leave() -> None:
    """`repere understand - | head -1` ends without a word."""
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [*COMMAND, "--json"],
        stdin=subprocess.PIPE,
        stdout=writer,
        stderr=subprocess.PIPE,
        bufsize=0,
        cwd=REPOSITORY,
    )
    os.close(writer)
    assert process.stdin is not None
    process.stdin.write(b"bonjour\n" * 100)
    with os.fdopen(reader, encoding="utf-8") as printed:
        judge(printed.readline())
    _, errors = process.communicate(timeout=120)
    assert errors == b""
    assert process.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full here")
def test_a_full_disk_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def fills(options: object) -> int:
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            full.write("il me frappe")
        return 0

    monkeypatch.setattr(commands, "_understand", fills)
    assert commands.run(["understand"]) == 2
    said = capfd.readouterr().err
    assert said.startswith("Le système refuse : No space left on device")
    assert "frappe" not in said
