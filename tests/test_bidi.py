"""Numbers, dates and times keep their order when a screen is read in a right-to-left script (promise P8).

FriBidi, the library of many telephones and terminals, puts each line of every screen in display order: as it is, inside
a Hebrew and an Arabic paragraph, then with all its words turned into Hebrew or Arabic ones, as a translator will do.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from bot.engine.advance import show
from bot.engine.walk import _stands, moments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.engine.script import Script

FSI, PDI, NARROW = "\u2066", "\u2069", "\u202f"
ISOLATED = re.compile(f"{FSI}([^{FSI}{PDI}]*){PDI}")
LETTERS = re.compile(r"[^\W\d_]")
NOW = datetime(2026, 11, 24, 15, tzinfo=ZoneInfo("Europe/Paris"))

pytestmark = pytest.mark.slow

HEBREW, ARABIC = "\u05d0", "\u0628"

MONTHS = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre "
    "january february march april may june july august september october november december"
).replace(" ", "|")
TIME = re.compile(r"(?<![\w,-])\d{1,2}([  ]h([  ]\d\d)?|:\d\d( ?[ap]\.?m\.?)?)(?!\w)")
DATE = re.compile(rf"(?<!\w)\d{{1,2}}(er|st|nd|rd|th)? ({MONTHS})( \d{{4}})?(?!\w)", re.IGNORECASE)


class Seen(NamedTuple):
    """The lines and labels of every screen, and the phone numbers that the screens list."""

    lines: frozenset[str]
    labels: frozenset[str]
    numbers: frozenset[str]
    screens: int


def gather(script: Script) -> Seen:
    """Return what the screens of the walk show when most doors are closed; in one territory, when most are open too."""
    busiest, quietest, _ = moments(script, NOW)
    lines: set[str] = set()
    labels: set[str] = set()
    numbers: set[str] = set()
    screens = 0
    for rank, area in enumerate(script.directory.areas):
        for stand in _stands(script, area, busiest):
            for locale in script.catalogues:
                for now in (busiest, quietest) if rank == 1 else (quietest,):
                    screen = show(script, replace(stand.session, locale=locale), now)
                    lines.update(line.text for line in screen.lines)
                    labels.update(choice.label for choice in screen.choices)
                    numbers.update(number.display for number in screen.numbers if number.number)
                    numbers.update(service.phone for service in screen.services if service.phone)
                    screens += 1
    return Seen(frozenset(lines), frozenset(labels), frozenset(numbers), screens)


def fribidi() -> Callable[[str], list[int]]:
    """Return what gives the place on screen of each character of a right-to-left paragraph, from the left.

    Raises OSError where FriBidi is not installed.
    """
    library = ctypes.CDLL(ctypes.util.find_library("fribidi") or "libfribidi.so.0")
    right_to_left = 0x00000111  # FRIBIDI_PAR_RTL

    def places(text: str) -> list[int]:
        size = len(text)
        logical = (ctypes.c_uint32 * size)(*map(ord, text))
        shown, order = (ctypes.c_uint32 * size)(), (ctypes.c_int * size)()
        base = ctypes.c_uint32(right_to_left)
        assert library.fribidi_log2vis(logical, size, ctypes.byref(base), shown, order, None, None)
        return list(order)

    return places


@pytest.fixture(scope="module")
def seen(script: Script) -> Seen:
    return gather(script)


@pytest.fixture(scope="module")
def visual() -> Callable[[str], list[int]]:
    try:
        return fribidi()
    except OSError:
        pytest.skip("FriBidi is not here: on Debian, apt-get install libfribidi0")


def kept(text: str, start: int, end: int, order: list[int]) -> bool:
    """Tell whether the digits between two positions are read from left to right."""
    digits = [order[place] for place in range(start, end) if text[place].isdecimal()]
    return digits == sorted(digits)


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Give where digits must keep their order: inside an isolate, in a row, in a date."""
    for found in (*ISOLATED.finditer(text), *re.finditer(r"\d+", text), *DATE.finditer(text)):
        if re.search(r"\d", found.group()):
            yield found.span()


def paragraphs(line: str) -> list[str]:
    """Return a line inside right-to-left text, as it is and with words of right-to-left scripts."""
    found = []
    for letter in (HEBREW, ARABIC):
        around = letter * 3
        found.append(f"{around} {line} {around}")
        pieces = re.split(f"({ISOLATED.pattern.replace('(', '(?:')})", line)
        turned = (piece if piece.startswith(FSI) else LETTERS.sub(letter, piece) for piece in pieces)
        found.append(f"{around} {''.join(turned)}")
    return found


def test_fribidi_reverses_a_number_that_is_not_isolated(visual: Callable[[str], list[int]]) -> None:
    """Otherwise the tests below prove nothing."""
    for letter in (HEBREW, ARABIC):
        text = f"{letter * 3} 01 40 05 42 70 {letter * 3}"
        order = visual(text)
        by_place = sorted((order[place], char) for place, char in enumerate(text))
        shown = "".join(char for _, char in by_place)
        assert "70 42 05 40 01" in shown
        safe = text.replace("01 40 05 42 70", f"{FSI}01{NARROW}40{NARROW}05{NARROW}42{NARROW}70{PDI}")
        assert kept(safe, 0, len(safe), visual(safe))


def test_every_phone_number_is_isolated_and_holds_together(seen: Seen) -> None:
    times = 0
    wrong = []
    for number in seen.numbers:
        assert " " not in number, number
        written = re.compile(rf"(?<![\d{NARROW}-]){re.escape(number)}(?![\d{NARROW}-])")
        loose = re.compile(rf"(?<!\d){'[  .]?'.join(filter(str.isdecimal, number))}(?!\d)")
        for line in seen.lines:
            outside = ISOLATED.sub(lambda found: "_" * len(found.group()), line)
            if len(number) > 4 and loose.search(outside):
                wrong.append(line)
            times += sum(bool(written.fullmatch(inside)) for inside in ISOLATED.findall(line))
    assert wrong == []
    assert times > 300
    assert len(seen.numbers) > 40


def test_every_short_number_of_a_card_or_a_sentence_is_isolated(seen: Seen) -> None:
    """3919, 114, 17 outside an isolate would be digits that an author typed instead of `{3919}`."""
    short = {number for number in seen.numbers if len(number) == 4 or number in ("112", "114", "115", "119")}
    wrong = [line for line in seen.lines if set(re.findall(r"(?<![\d-])\d+(?![\d-])", ISOLATED.sub("", line))) & short]
    assert wrong == []


def test_every_time_is_isolated(seen: Seen) -> None:
    inside = [time for line in seen.lines for time in ISOLATED.findall(line) if TIME.fullmatch(time)]
    outside = [line for line in seen.lines if TIME.search(ISOLATED.sub("", line))]
    assert outside == []
    assert len(inside) > 20


def test_every_date_that_the_engine_writes_is_isolated(seen: Seen) -> None:
    dates = [date for line in seen.lines for date in ISOLATED.findall(line) if DATE.search(date)]
    assert len(dates) > 1
    assert [date for date in dates if not re.fullmatch(r"[^\W\d]+ \d{1,2} [^\W\d]+", date)] == []


def test_digits_keep_their_order_on_every_screen(seen: Seen, visual: Callable[[str], list[int]]) -> None:
    checked = 0
    wrong = []
    for line in seen.lines | seen.labels:
        for text in paragraphs(line) if re.search(r"\d", line) else ():
            order = visual(text)
            for start, end in spans(text):
                checked += 1
                if not kept(text, start, end, order):
                    wrong.append(f"{text[start:end]} in {text}")
    assert wrong == []
    assert checked > 4000
    assert seen.screens > 10000


def test_isolates_are_closed_on_the_line_they_open_on(seen: Seen) -> None:
    for line in seen.lines:
        assert re.sub(f"[^{FSI}{PDI}]", "", ISOLATED.sub("", line)) == ""
        assert re.search("[\u202a-\u202e\u2067\u2068\u200e\u200f]", line) is None
