"""A wrong number is worse than none: what may be shown, what it costs, and the second copy that guards it (P7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.directory import numbers
from bot.directory.inherit import read
from bot.directory.places import Places
from bot.errors import At, Problem
from tests.directory.conftest import COMMUNES, DEPARTEMENTS, FILES, FRANCE, LOCK, VENDEE, service

if TYPE_CHECKING:
    from collections.abc import Callable

PLACES = Places.read(COMMUNES, DEPARTEMENTS)
LOCK_FILE = "knowledge/numbers.lock"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("0140054270", "01 40 05 42 70"),
        ("+33 1 40 05 42 70", "01 40 05 42 70"),
        ("+33 (0)1 40 05 42 70", "01 40 05 42 70"),
        ("0800.05.95.95", "0 800 05 95 95"),
        ("0 806 23 10 63", "0 806 23 10 63"),
        ("116 006", "116 006"),
        ("3919", "3919"),
        ("17", "17"),
        ("05 30 30", "05 30 30"),
        ("40 54 00 00", "40 54 00 00"),
    ],
)
def test_digits_are_shown_in_the_groups_people_read(written: str, shown: str) -> None:
    assert numbers.display(numbers.digits(written)) == shown.replace(" ", "\u202f")


def test_an_author_may_choose_the_groups() -> None:
    assert numbers.regroup("08 019 019 11") == "08\u202f019\u202f019\u202f11"


@given(st.from_regex(r"0[1-9][0-9]{8}", fullmatch=True))
def test_groups_never_change_the_digits(dialled: str) -> None:
    assert numbers.digits(numbers.display(dialled)) == dialled
    assert numbers.digits("+33" + dialled[1:]) == dialled


@given(st.text())
def test_what_is_not_a_number_is_refused_in_a_sentence(written: str) -> None:
    try:
        dialled = numbers.digits(written)
    except ValueError as error:
        assert "n'écrivez que des chiffres" in str(error)  # noqa: PT017  what is refused is drawn at random
    else:
        assert dialled.isascii()
        assert dialled.isdecimal()


@pytest.mark.parametrize(
    ("dialled", "said"),
    [
        ("0810024141", "surtaxé"),
        ("0820102030", "surtaxé"),
        ("0890102030", "surtaxé"),
        ("118218", "surtaxé"),
        ("3600", "numéro court inconnu"),
        ("3939", "numéro court inconnu"),
        ("0830102030", "leur prix n'est pas sûr"),
        ("0612345678", "public line: yes"),
        ("0744410333", "public line: yes"),
        ("025147775", "dix chiffres"),
        ("02514777599", "dix chiffres"),
        ("0051477759", "dix chiffres"),
        ("1251477759", "dix chiffres"),
        ("13", "dix chiffres"),
        ("053030", "dix chiffres"),
    ],
)
def test_a_number_that_costs_or_leads_nowhere_is_refused(dialled: str, said: str) -> None:
    assert said in (numbers.fault(dialled) or "")


@pytest.mark.parametrize(
    "dialled",
    ["17", "112", "114", "119", "3919", "3977", "3018", "3230", "116006", "0801901911", "0251477759", "0969390000"],
)
def test_a_number_read_in_the_sources_is_accepted(dialled: str) -> None:
    assert numbers.fault(dialled) is None


def test_a_mobile_given_to_everybody_and_a_number_overseas_are_accepted() -> None:
    assert numbers.fault("0631596950", public_line=True) is None
    assert numbers.fault("053030", overseas=True) is None
    assert numbers.fault("40540000", overseas=True) is None


@pytest.mark.parametrize(
    ("dialled", "cost", "trace"),
    [
        ("0800059595", "free", "unknown"),
        ("0805802804", "free", "unknown"),
        ("0806231063", "ordinary", "unknown"),
        ("0801901911", None, "unknown"),
        ("0140054270", "ordinary", "visible"),
        ("0969390000", "ordinary", "visible"),
        ("3919", "free", "unknown"),
        ("3230", None, "unknown"),
        ("116006", "free", "unknown"),
    ],
)
def test_the_prefix_tells_the_price(dialled: str, cost: str | None, trace: str) -> None:
    assert numbers.price(dialled) == cost
    assert numbers.trace(dialled) == trace
    for declared in ("free", "ordinary"):
        assert (numbers.fault(dialled, cost=declared) is None) == (cost in (None, declared))


@pytest.mark.parametrize("dialled", ["3919", "3977"])
def test_libphonenumber_advises_and_does_not_judge(dialled: str) -> None:
    known = phonenumbers.parse(dialled, "FR")
    assert phonenumbers.expected_cost(known) != phonenumbers.ShortNumberCost.TOLL_FREE
    assert numbers.price(dialled) == "free"
    assert not phonenumbers.is_emergency_number("114", "FR")
    assert "114" in numbers.EMERGENCY


@given(st.from_regex(r"0[1-59][0-9]{8}", fullmatch=True))
def test_what_libphonenumber_finds_possible_is_not_refused_for_its_shape(dialled: str) -> None:
    assert phonenumbers.is_possible_number(phonenumbers.parse(dialled, "FR"))
    assert numbers.fault(dialled) is None


# --- the lock --------------------------------------------------------------------------------------------------------


def refused(files: dict[str, str], lock: str = LOCK) -> list[Problem]:
    problems: list[Problem] = []
    read(files, PLACES, lock, problems)
    return problems


def mutations(dialled: str) -> set[str]:
    """One digit changed, two neighbours swapped, one dropped, one doubled."""
    changed = {dialled[:i] + d + dialled[i + 1 :] for i in range(len(dialled)) for d in "0123456789"}
    swapped = {dialled[:i] + dialled[i + 1] + dialled[i] + dialled[i + 2 :] for i in range(len(dialled) - 1)}
    dropped = {dialled[:i] + dialled[i + 1 :] for i in range(len(dialled))}
    doubled = {dialled[: i + 1] + dialled[i:] for i in range(len(dialled))}
    return (changed | swapped | dropped | doubled) - {dialled}


@pytest.mark.parametrize(
    ("file", "written"),
    [(FRANCE, 'number: "3919"'), (FRANCE, 'number: "09 70 82 31 90"'), (VENDEE, 'number: "02 51 47 77 59"')],
)
def test_every_slip_in_a_locked_number_is_refused(file: str, written: str) -> None:
    dialled = numbers.digits(written.split('"')[1])
    for slip in sorted(mutations(dialled)):
        broken = FILES | {file: FILES[file].replace(written, f'number: "{slip}"', 1)}
        assert refused(broken), f"{slip} was accepted for {dialled}"


def test_two_services_exchanged_are_refused() -> None:
    swapped = (
        FILES[FRANCE]
        .replace('"3919"\n    name', '"3039" \n    name', 1)
        .replace('"3039"\n    name', '"3919"\n    name', 1)
    )
    told = refused(FILES | {FRANCE: swapped})
    assert sum("relisez la source" in one.sentence for one in told) == 2


def test_a_difference_never_says_the_digits() -> None:
    told = refused(FILES, LOCK.replace("0251477759", "0251477795"))
    (one,) = told
    assert (one.at.file, one.at.line) == (VENDEE, 7)
    assert "0251477" not in one.sentence
    assert f"{LOCK_FILE}:5" in one.sentence


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("vendee/parti 0251477759 2026-11-22 page", "n'existe plus"),
        ("3919 3919 2026-11-22 page", "écrit deux fois (déjà ligne 2)"),
        ("chd 02 51 44 61 61 2026-11-22 page", "id chiffres date manière"),
        ("vendee/chd 0251446161 22/11/2026 page", "n'est pas une date"),
        ("vendee/chd.2 0251446161 2026-11-22 page", "n'existe plus"),
    ],
)
def test_a_line_of_the_lock_is_told_its_mistake(line: str, said: str) -> None:
    (one,) = refused(FILES, LOCK + line + "\n")
    assert one.at.file == LOCK_FILE
    assert one.at.line == 6
    assert said in one.sentence


def test_the_second_phone_of_a_service_has_its_own_line() -> None:
    item = '  - {id: a, name: A, kind: cidff, sources: [{title: t, date: "2025"}], phones: [{number: "02 51 00 00 01", '
    item += 'status: confirmed}, {number: "02 51 00 00 02", status: confirmed}]}\n'
    files = FILES | {VENDEE: FILES[VENDEE] + item}
    assert refused(files, LOCK + "vendee/a 0251000001 2026-11-22 page\nvendee/a.2 0251000002 2026-11-22 page\n") == []
    assert refused(files, LOCK + "vendee/a.2 0251000001 2026-11-22 page\n")


def test_every_national_number_must_be_locked() -> None:
    for line in LOCK.splitlines()[1:4]:
        (one,) = refused(FILES, LOCK.replace(line + "\n", ""))
        assert one.at.file == FRANCE
        assert f"« {line.split()[0]} » manque" in one.sentence


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("cost: free\n    bill trace: none", "cost: ordinary"), "est gratuit"),
        (("channel: voice\n    cost", 'display: "30 40"\n    channel: voice\n    cost'), "n'a pas les chiffres"),
        (("channel: chat", "channel: tchat"), "vouliez-vous dire « chat »"),
        (("channel: chat", "channel: voice"), "il manque « number »"),
        (("    url: https://www.service-public.gouv.fr/cmi\n", ""), "il manque « url »"),
        (("id: pnav\n", 'id: copie\n    number: "3919"\n'), "« 3919 » a déjà ces chiffres"),
        (('number: "3919"\n', 'number: "trente-neuf"\n'), "n'écrivez que des chiffres"),
    ],
)
def test_a_national_number_is_told_its_mistakes(change: tuple[str, str], said: str) -> None:
    france = FILES[FRANCE].replace(*change, 1)
    assert france != FILES[FRANCE]
    told = refused(FILES | {FRANCE: france})
    assert any(said in one.sentence and one.at.file == FRANCE for one in told), "\n".join(map(str, told))


def test_local_numbers_get_the_price_and_the_trace_of_their_prefix(problems_of: Callable[..., list[Problem]]) -> None:
    files = FILES | {VENDEE: FILES[VENDEE] + service("a", "cidff", "0 806 00 00 92")}
    directory = read(files, PLACES, LOCK, [])
    phones = {one.id: one.phones[0] for one in directory.services("vendee")}
    assert (phones["a"].cost, phones["a"].bill_trace) == ("ordinary", "unknown")
    assert (phones["chd"].cost, phones["chd"].bill_trace) == ("ordinary", "visible")
    assert phones["chd"].display == "02\u202f51\u202f44\u202f61\u202f61"
    told = problems_of({VENDEE: FILES[VENDEE].replace("bill trace: visible", "cost: free")})
    assert ["au prix d'un appel ordinaire" in one.sentence for one in told] == [True]


def test_a_lock_may_be_read_alone() -> None:
    problems: list[Problem] = []
    locked = numbers.lock("\n# rien\n  3919 3919 2026-11-21 phone # relu\n", LOCK_FILE, problems)
    assert problems == []
    assert locked == {"3919": numbers.Locked("3919", "3919", "2026-11-21", "phone", At(LOCK_FILE, 3, 3))}
