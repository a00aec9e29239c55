"""Better « appelez avant » than a door found closed: hours, holidays, closures, and how long they are believed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.directory import schedule
from bot.directory.model import Closure, Hours, LastingHours
from bot.directory.schedule import PARIS, Opening, opening, spans, tidy
from tests.directory.conftest import at

WEEK = Hours(tidy("Mo-Fr 09:00-12:00,14:00-17:00", local=True), "2025")
CHRISTMAS = Closure(date(2026, 12, 24), date(2027, 1, 2))


@pytest.mark.parametrize(
    ("osm", "kept"),
    [
        ("Mo-Fr 09:00-12:00", "Mo-Fr 09:00-12:00; PH off"),
        ("Mo-Fr 09:00-12:00; PH off", "Mo-Fr 09:00-12:00; PH off"),
        ("Mo-Fr 09:00-12:00; PH 10:00-12:00", "Mo-Fr 09:00-12:00; PH 10:00-12:00"),
        ("Mo-Su,PH 09:00-12:00", "Mo-Su,PH 09:00-12:00"),
        ("Mo-Fr 09:00-12:00; PH off; Dec 24 off", "Mo-Fr 09:00-12:00; PH off; Dec 24 off"),
        ('Mo 09:00-12:00 open "PH sur appel"', 'Mo 09:00-12:00 open "PH sur appel"; PH off'),
        ("24/7", "24/7"),
    ],
)
def test_local_services_are_closed_on_public_holidays_unless_they_say_otherwise(osm: str, kept: str) -> None:
    assert tidy(osm, local=True) == kept
    assert tidy(osm, local=False) == osm


@pytest.mark.parametrize(
    ("osm", "said"),
    [
        ("PH off; Mo-Su 08:00-20:00", "mettez « PH off » à la fin"),
        ("PH closed; Mo-Su 08:00-20:00", "mettez « PH off » à la fin"),
        ("Mo-Fr 09:00-12:00; SH off", "n'est jamais appliqué"),
        ("Mo-Fr 08:00+", "écrivez l'heure de fin"),
        ("sunrise-sunset", "écrivez des heures"),
        ("lundi 9h", "ne se lisent pas"),
        ("Mo-Fr 09:00-12:00;", "ne se lisent pas"),
        ('Mo-Fr 09:00-12:00 || "sur rendez-vous"', "n'est pas lu heure par heure"),
        ("Jul-Aug PH 09:00-12:00", "ne se lit pas avec des dates"),
        ("Mo-Fr 20:00-08:00; Sa,Su 18:00-10:00", "coupe à minuit"),
        ("Mo-Fr 22:00-26:00; Su 14:00-18:00", "coupe à minuit"),
    ],
)
def test_hours_that_would_open_a_closed_door_are_refused(osm: str, said: str) -> None:
    for local in (True, False):
        with pytest.raises(ValueError, match=said):
            tidy(osm, local=local)


@pytest.mark.parametrize(
    "osm",
    [
        "Mo-Fr 20:00-08:00, Sa,Su 18:00-10:00",
        "Mo-Su 20:00-08:00; Su off; PH off",
        "Mo-Fr 18:00-00:00; Sa 20:00-24:00",
        'Mo-Fr 09:00-12:00 "avec || dedans"',
    ],
)
def test_a_night_may_stand_beside_what_does_not_cut_it(osm: str) -> None:
    assert tidy(osm, local=True)


def test_a_remark_alone_makes_hours_unknown_as_in_openstreetmap() -> None:
    assert tidy('Mo 09:00-12:00 "a; b", Tu 10:00-12:00 open "c"; We off "d"', local=False) == (
        'Mo 09:00-12:00 unknown "a; b", Tu 10:00-12:00 open "c"; We off "d"'
    )


@pytest.mark.parametrize(
    ("osm", "there"),
    [
        ("Mo-Fr 09:00-12:00", "Mo-Fr 09:00-12:00; PH off; easter -2 days,Dec 26 off"),
        ("Mo-Su,PH 20:00-08:00", "Mo-Su,PH 20:00-08:00, easter -2 days,Dec 26 20:00-08:00"),
        ("Mo-Fr 09:00-12:00; PH 10:00-12:00", "Mo-Fr 09:00-12:00; PH 10:00-12:00; easter -2 days,Dec 26 10:00-12:00"),
        ("24/7", "24/7"),
    ],
)
def test_a_territory_has_its_own_holidays(osm: str, there: str) -> None:
    assert tidy(osm, local=True, insee="67482") == there
    assert "easter" not in tidy(osm, local=True, insee="75056")
    week = Hours(tidy("Mo-Su 09:00-12:00", local=True, insee="97209"), "2025")
    martinique = schedule.zone("97209")
    assert opening(week, (), datetime(2026, 5, 22, 10, tzinfo=martinique), place_tz=martinique).open is False


def test_what_never_changes_is_not_sought_for_ever() -> None:
    now = at("2026-12-01")
    assert opening(Hours("2020 Mo 10:00-12:00", "2025"), (), now) == Opening(False)
    assert opening(Hours("Mo-Su,PH 23:59-08:00; Mo-Su,PH off", "2025"), (), now) == Opening(False)
    remarks = Hours('Mo-Fr 00:00-24:00 open "a", Sa-Su 00:00-24:00 open "b"', "2025")
    assert opening(remarks, (), now) == Opening(True)


@pytest.mark.parametrize("day", ["2026-12-25", "2027-01-01", "2026-05-01", "2026-07-14", "2026-05-14", "2026-04-06"])
def test_no_local_service_is_open_on_a_public_holiday(day: str) -> None:
    every_day = Hours(tidy("Mo-Su 08:00-20:00", local=True), "2025")
    assert opening(every_day, (), at(day, "15:00")).open is False
    assert opening(Hours("24/7", "2025"), (), at(day, "15:00")) == Opening(True)


def test_an_open_door_says_until_when_and_a_closed_one_from_when() -> None:
    assert opening(WEEK, (), at("2026-12-01", "10:00")) == Opening(True, closes=at("2026-12-01", "12:00"))
    assert opening(WEEK, (), at("2026-12-01", "12:00")) == Opening(False, next_opening=at("2026-12-01", "14:00"))
    assert opening(WEEK, (), at("2026-12-05")) == Opening(False, next_opening=at("2026-12-07", "09:00"))


def test_the_next_opening_may_be_weeks_away() -> None:
    twice_a_month = Hours(tidy("Tu[1],Tu[3] 09:30-11:30", local=True), "2026-09-29")
    assert opening(twice_a_month, (), at("2026-12-01")) == Opening(True, closes=at("2026-12-01", "11:30"))
    assert opening(twice_a_month, (), at("2026-12-08")).next_opening == at("2026-12-15", "09:30")


def test_hours_nobody_knows_say_nothing() -> None:
    assert opening(None, (), at("2026-12-01")) == Opening(None)
    assert opening(None, (CHRISTMAS,), at("2026-12-25")) == Opening(False)
    assert opening(Hours("Mo-Fr unknown", "2025"), (), at("2026-12-01")) == Opening(None)


@pytest.mark.parametrize(("seen", "open"), [("2026", True), ("2022-01", True), ("2021-12-31", None), ("n.d.", None)])
def test_old_hours_never_say_open(seen: str, open: bool | None) -> None:
    assert opening(Hours(WEEK.osm, seen), (), at("2026-12-01", "10:00")).open is open


def test_hours_grow_old_after_four_calendar_years() -> None:
    hours = Hours(WEEK.osm, "2025-03")
    assert opening(hours, (), at("2029-12-03", "10:00")).open is True
    assert opening(hours, (), at("2030-01-07", "10:00")).open is None


def test_old_hours_may_say_closed_but_not_when_it_opens() -> None:
    assert opening(Hours(WEEK.osm, "2019"), (), at("2026-12-05")) == Opening(False)
    assert opening(Hours(WEEK.osm, "2019"), (CHRISTMAS,), at("2026-12-28")) == Opening(False)


def test_national_numbers_never_expire() -> None:
    assert opening(LastingHours("24/7", "2014"), (), at("2026-12-25")) == Opening(True)
    assert opening(LastingHours("Mo-Su 09:00-20:00", "n.d."), (), at("2026-12-25")).open is True


def test_a_closure_wins_over_hours_first_and_last_day_included() -> None:
    assert opening(WEEK, (CHRISTMAS,), at("2026-12-24")) == Opening(False, next_opening=at("2027-01-04", "09:00"))
    assert opening(WEEK, (CHRISTMAS,), at("2027-01-02")).open is False
    assert opening(WEEK, (CHRISTMAS,), at("2026-12-23", "18:00")).next_opening == at("2027-01-04", "09:00")


def test_a_door_open_day_and_night_closes_and_opens_with_the_closure() -> None:
    always = Hours("24/7", "2025")
    assert opening(always, (CHRISTMAS,), at("2026-12-23")) == Opening(True, closes=at("2026-12-24", "00:00"))
    assert opening(always, (CHRISTMAS,), at("2026-12-25")).next_opening == at("2027-01-03", "00:00")
    night = Hours("Mo-Su 20:00-08:00; PH off", "2025")
    assert opening(night, (CHRISTMAS,), at("2026-12-23", "23:00")).closes == at("2026-12-24", "00:00")


def test_closures_that_follow_each_other_are_one() -> None:
    both = (Closure(date(2027, 1, 3), date(2027, 1, 10)), CHRISTMAS)
    assert opening(WEEK, both, at("2026-12-28")).next_opening == at("2027-01-11", "09:00")


def test_a_door_that_never_opens_promises_nothing() -> None:
    assert opening(Hours("off", "2025"), (), at("2026-12-01")) == Opening(False)


def test_a_remark_does_not_close_the_door() -> None:
    hours = Hours('Mo-Fr 09:00-12:00 "sur rendez-vous"; Mo-Fr 12:00-17:00', "2025")
    remark = Hours('Mo-Fr 09:00-12:00 "sur rendez-vous", Mo-Fr 12:00-17:00', "2025")
    assert opening(hours, (), at("2026-12-01")).open is False
    assert opening(remark, (), at("2026-12-01")) == Opening(True, closes=at("2026-12-01", "17:00"))


def test_hours_are_those_of_the_clock_of_the_place() -> None:
    reunion = schedule.zone("97411")
    now = at("2026-12-01", "08:00")  # 11:00 in La Réunion
    assert opening(WEEK, (), now).open is False
    there = opening(WEEK, (), now, place_tz=reunion)
    assert there == Opening(True, closes=datetime(2026, 12, 1, 12, tzinfo=reunion))
    assert schedule.zone("85109") is PARIS
    assert schedule.zone(None) is PARIS
    utc = datetime.fromisoformat("2026-12-01T09:00:00+00:00")
    assert opening(WEEK, (), utc).closes == at("2026-12-01", "12:00")


def test_hours_follow_the_change_of_clocks() -> None:
    sunday = Hours("Su 09:00-12:00; PH off", "2025")
    assert opening(sunday, (), at("2026-03-28", "10:00")).next_opening == at("2026-03-29", "09:00")
    assert opening(sunday, (), at("2026-10-25", "10:00")).closes == at("2026-10-25", "12:00")


@pytest.mark.parametrize(
    ("partial", "real"),
    [
        ("2024", True),
        ("2024-11", True),
        ("2024-02-29", True),
        ("n.d.", True),
        ("2023-02-29", False),
        ("2024-13", False),
        ("0000", False),
        ("24", False),
        ("2024-11-15T10:00", False),
        ("", False),
    ],
)
def test_a_partial_date_exists_or_is_refused(partial: str, real: bool) -> None:
    assert schedule.real(partial) is real


@given(
    day=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    hour=st.times(),
    osm=st.sampled_from(["Mo-Fr 09:00-12:00,14:00-17:00", "Tu[1] 09:30-11:30", "24/7", "Mo-Su 20:00-06:00", "off"]),
    closed=st.lists(st.tuples(st.dates(date(2026, 1, 1), date(2028, 12, 31)), st.integers(0, 40)), max_size=3),
)
def test_what_is_announced_is_what_will_be_seen(
    day: date, hour: time, osm: str, closed: list[tuple[date, int]]
) -> None:
    hours = Hours(tidy(osm, local=True), "2026")
    closures = [Closure(first, first + timedelta(days=days)) for first, days in closed]
    now = datetime.combine(day, hour, tzinfo=PARIS)
    said = opening(hours, closures, now)
    assert (said.closes is None) or said.open
    assert (said.next_opening is None) or said.open is False
    if said.closes:
        assert opening(hours, closures, said.closes).open is False
        assert opening(hours, closures, said.closes - timedelta(minutes=1)).open
    if said.next_opening:
        assert opening(hours, closures, said.next_opening).open
        assert not opening(hours, closures, said.next_opening - timedelta(minutes=1)).open
    if any(closure.starts <= now.date() <= closure.ends for closure in closures):
        assert said.open is False


@pytest.mark.parametrize(
    ("hours", "day", "told"),
    [
        (WEEK, "2026-12-02", ["09:00-12:00", "14:00-17:00"]),
        (WEEK, "2026-12-05", []),
        (WEEK, "2026-12-25", []),
        (WEEK, "2028-12-06", ["09:00-12:00", "14:00-17:00"]),
        (WEEK, "2030-12-04", None),
        (WEEK, "2030-12-07", []),
        (Hours("Th 22:00-03:00", "2025"), "2026-12-03", ["22:00-00:00"]),
        (Hours('Mo 09:00-10:00 open "a", 10:00-12:00 open "b"', "2025"), "2026-12-07", ["09:00-12:00"]),
        (Hours('Mo 09:00-12:00 unknown "sur rendez-vous"', "2025"), "2026-12-07", None),
        (Hours("Mo 09:00-12:00", "2019"), "2026-12-07", None),
        (LastingHours("24/7", "2019"), "2026-12-07", ["00:00-00:00"]),
        (None, "2026-12-07", None),
    ],
)
def test_the_hours_of_a_day(hours: Hours | None, day: str, told: list[str] | None) -> None:
    found = spans(hours, (), date.fromisoformat(day))
    assert (None if found is None else [f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in found]) == told


def test_a_day_of_closure_has_no_hours() -> None:
    for hours in (WEEK, None):
        assert spans(hours, (CHRISTMAS,), date(2026, 12, 28)) == ()


@given(st.integers(0, 2 * 365 * 24 * 12))
def test_the_hours_of_a_day_agree_with_the_open_door(minutes: int) -> None:
    moment = at("2026-01-01") + timedelta(minutes=5 * minutes)
    found = spans(WEEK, (CHRISTMAS,), moment.date())
    assert found is not None
    assert opening(WEEK, (CHRISTMAS,), moment).open == any(opens <= moment < closes for opens, closes in found)
