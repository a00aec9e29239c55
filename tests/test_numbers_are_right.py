"""One wrong digit sends somebody who is afraid to the wrong place: any mistake in a shown number is refused (P7).

Mistakes are made in the content that ships. Many at once in most tests, each looked for at its own line, so that all
places of all numbers are tried; `python -m tests.prove` makes each mistake alone.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

import phonenumbers
import pytest
from phonenumbers.shortnumberinfo import ShortNumberCost, expected_cost_for_region, is_emergency_number

from bot import content
from bot.directory import numbers
from bot.directory.inherit import LOCK, read
from bot.engine.compile import compile
from bot.errors import ContentError
from tests.mutations import Spot, changed, dropped, knowledge, mistakes, needed, refused, spots, swapped, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FILES = content.read(content.root())
PLACES = content.places(content.root())
SPOTS = tuple(spots(FILES))
LENT = "national number:"
IDS = [f"{spot.file.rsplit('/', 1)[-1]}:{spot.id}" for spot in SPOTS]


def unseen(wrong: dict[Spot, str]) -> list[str]:
    """Return the mistakes that nothing is said of, where they stand."""
    told = {(problem.at.file, problem.at.line) for problem in refused(write(FILES, wrong), PLACES)}
    return [
        f"{spot.file}: {spot.digits} → {digits}"
        for spot, digits in wrong.items()
        if told.isdisjoint((text.at.file, text.at.line) for text in spot.writings)
    ]


def everywhere(mistake: Callable[[str, int], str], spare: int = 0) -> Iterator[dict[Spot, str]]:
    """Make a mistake at the first digit of all numbers, then at the second, and so on."""
    rows = [[mistake(spot.digits, place) for place in range(len(spot.digits) - spare)] for spot in SPOTS]
    for row in zip_longest(*rows):
        yield {spot: digits for spot, digits in zip(SPOTS, row, strict=True) if digits and digits != spot.digits}


def test_the_content_that_ships_is_accepted_and_every_shown_number_is_known_here() -> None:
    assert refused(FILES, PLACES) == []
    directory = read(knowledge(FILES), PLACES, FILES[LOCK], [])
    national = [number.number for number in directory.numbers.values() if number.number]
    national += [other.number for number in directory.numbers.values() for other in number.elsewhere if other.number]
    local = [
        phone.number
        for area in directory.areas.values()
        for service in area.services
        for phone in service.phones
        if service.area == area.id and phone.status == "confirmed"
    ]
    assert sorted(spot.dialled for spot in SPOTS) == sorted(national + local)
    assert len(SPOTS) >= 60


def test_every_number_that_may_be_shown_has_its_line_in_the_lock() -> None:
    locked = {line.split()[1] for line in FILES[LOCK].split("\n") if line and not line.startswith("#")}
    assert {spot.dialled for spot in SPOTS} - locked == set()


def test_one_digit_changed_anywhere_is_refused() -> None:
    assert [missed for wrong in everywhere(changed) for missed in unseen(wrong)] == []


def test_two_neighbours_exchanged_anywhere_are_refused() -> None:
    assert [missed for wrong in everywhere(swapped, spare=1) for missed in unseen(wrong)] == []


def test_one_digit_dropped_anywhere_is_refused() -> None:
    assert [missed for wrong in everywhere(dropped) for missed in unseen(wrong)] == []


@pytest.mark.parametrize("shift", [1, 17])
def test_the_number_of_another_service_is_refused(shift: int) -> None:
    others = SPOTS[shift:] + SPOTS[:shift]
    wrong = {spot: other.dialled for spot, other in zip(SPOTS, others, strict=True) if spot.dialled != other.dialled}
    assert unseen(wrong) == []


@pytest.mark.parametrize("spot", SPOTS, ids=IDS)
def test_a_single_mistake_is_enough(spot: Spot) -> None:
    all_ = list(mistakes(spot.digits))
    wrong = all_[sum(map(int, spot.digits)) % len(all_)]  # another kind of mistake, another place, for each number
    assert refused(write(needed(FILES, spot.file), {spot: wrong}), PLACES) != [], wrong


def test_two_services_that_exchange_their_numbers_do_not_compile() -> None:
    one, other = next(s for s in SPOTS if s.id.startswith("mairie-vendome")), next(s for s in SPOTS if "chd" in s.id)
    with pytest.raises(ContentError) as error:
        compile(write(FILES, {one: other.dialled, other: one.dialled}), PLACES)
    assert {problem.at.file for problem in error.value.problems} == {one.file, other.file}


def test_a_mistake_in_the_second_copy_is_refused_too() -> None:
    for place in (0, 1, 5, 9):
        rows = []
        for line in FILES[LOCK].split("\n"):
            id, digits, *rest = line.split() if line and not line.startswith("#") else ("", "")
            rows.append(" ".join((id, changed(digits, place), *rest)) if len(digits) > place else line)
        problems = refused(FILES | {LOCK: "\n".join(rows)}, PLACES)
        assert len(problems) >= sum(len(spot.dialled) > place for spot in SPOTS), place


@pytest.mark.parametrize("premium", ["0810123456", "0820123456", "0892123456", "0899123456", "118218", "118712"])
def test_numbers_that_cost_more_are_refused(premium: str) -> None:
    assert "surtaxé" in (numbers.fault(premium) or "")
    for spot in (SPOTS[0], next(spot for spot in SPOTS if "vendee" in spot.file)):
        problems = refused(write(needed(FILES, spot.file), {spot: premium}), PLACES)
        assert any("surtaxé" in problem.sentence and problem.at.file == spot.file for problem in problems)


@pytest.mark.parametrize("free", ["3919", "3977", "3039", "114", "116006"])
def test_short_numbers_of_help_are_accepted(free: str) -> None:
    assert numbers.fault(free, cost="free") is None


def test_a_library_advises_and_does_not_judge() -> None:
    """libphonenumber would have us hide the national line, and not call 114 an emergency number."""
    for line in ("3919", "3977"):
        assert expected_cost_for_region(phonenumbers.parse(line, "FR"), "FR") == ShortNumberCost.PREMIUM_RATE
        assert numbers.price(line) == "free"
    assert not is_emergency_number("114", "FR")
    assert is_emergency_number("112", "FR")
    assert "114" in numbers.EMERGENCY


def test_the_library_finds_no_impossible_number_among_those_shown() -> None:
    long = [spot for spot in SPOTS if len(spot.dialled) == 10]
    assert [spot.id for spot in long if not phonenumbers.is_valid_number(phonenumbers.parse(spot.dialled, "FR"))] == []


@pytest.mark.parametrize("other", ["115", "116000", "116006", "3039", "3919"])
def test_the_network_that_stands_in_for_a_service_cannot_become_another(other: str) -> None:
    lent = [
        (path, n)
        for path, text in knowledge(FILES).items()
        for n, line in enumerate(text.split("\n"), 1)
        if LENT in line
    ]
    wrong, lines = dict(FILES), []
    for path, number in lent:
        rows = wrong[path].split("\n")
        before = rows[number - 1]
        rows[number - 1] = f'{before.partition(LENT)[0]}{LENT} "{other}"'
        wrong[path] = "\n".join(rows)
        lines += [(path, number)] if other not in before else []
    told = {(problem.at.file, problem.at.line) for problem in refused(wrong, PLACES)}
    assert len(lines) > 15
    assert [line for line in lines if line not in told] == []
