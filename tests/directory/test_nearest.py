"""The index gives what looking at every service would: the same list, for anybody, anywhere, at any instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest

from bot import content
from bot.directory.index import NOWHERE, flat_km, least_km, most_km
from bot.directory.kinds import AUDIENCES, GROUPS, KINDS, TOPICS
from bot.directory.schedule import PARIS, compiled, tidy, zone
from bot.directory.search import Query, search
from bot.directory.week import ANY, HOLIDAY, bit, bits
from tests import nationwide
from tests.directory import reference

if TYPE_CHECKING:
    from bot.directory.model import Directory
    from bot.directory.places import Place, Places

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES = 2 * 365 * 24 * 60


@pytest.fixture(scope="module")
def france() -> Places:
    return content.places(content.root())


@pytest.fixture(scope="module")
def country(france: Places) -> Directory:
    return nationwide.build(france, 4000)


def asked(chance: Random, place: Place) -> Query:
    """Draw a question."""
    audience = chance.choice([*AUDIENCES, None])
    return Query(
        "france",
        place,
        audience,
        topic=chance.choice([None, *TOPICS]),
        groups=chance.choice([(), (chance.choice(GROUPS),), (chance.choice(list(KINDS)), chance.choice(GROUPS))]),
        limit=chance.choice([1, 3, 9]),
        confirmed=audience != "professionnel" or chance.random() < 0.7,
    )


def found(directory: Directory, query: Query, now: datetime) -> list[str]:
    return [hit.service.id for hit in search(directory, query, now)]


@pytest.mark.parametrize("seed", range(8))
def test_the_index_gives_what_looking_at_every_service_would(seed: int, country: Directory, france: Places) -> None:
    chance = Random(seed)
    everywhere = list(france)
    for _ in range(12):
        place = chance.choice([*nationwide.communes(france, chance, 1), chance.choice(everywhere)])
        now = START + timedelta(minutes=chance.randrange(MINUTES))
        query = asked(chance, place)
        assert found(country, query, now) == reference.search(country, query, now), (query, now)


@pytest.mark.parametrize(
    "insee",
    [
        "97411",
        "97611",
        "97302",
        "97105",
        "97801",
        "97701",
        "98818",
        "2A004",
        "2B033",
        "17019",
        "56152",
        "29155",
        "59155",
    ],
)
def test_islands_and_lands_overseas_too(insee: str, country: Directory, france: Places) -> None:
    place, chance = france.get(insee), Random(insee)
    assert place is not None
    for _ in range(6):
        now, query = START + timedelta(minutes=chance.randrange(MINUTES)), asked(chance, place)
        assert found(country, query, now) == reference.search(country, query, now), (query, now)


def test_nobody_overseas_is_sent_to_the_mainland_nor_to_another_island(country: Directory, france: Places) -> None:
    lands = {place.departement: place for place in france if place.insee.startswith(("97", "98"))}
    lands = {land: place for land, place in lands.items() if place.population}
    assert len(lands) >= 10
    for place in lands.values():
        hits = search(country, Query("france", place, "professionnel", limit=200), START)
        stands = {hit.service.location.insee[:3] for hit in hits if hit.service.location}
        near = {"977", "978", "971"} if place.departement in ("977", "978") else set()  # in sight of one another
        assert stands <= {place.departement} | near, place.name


def test_from_an_island_of_the_mainland_nothing_is_across_the_sea_but_its_own_departement(
    country: Directory, france: Places
) -> None:
    for insee in ("2A004", "2B033"):
        place = france.get(insee)
        hits = search(country, Query("france", place, "professionnel", limit=200), START)
        stands = {hit.service.location.insee[:2] for hit in hits if hit.service.location and hit.service.id != "loin"}
        assert stands <= {"2A", "2B"}, insee


def test_a_place_that_is_not_located_has_an_order(country: Directory, france: Places) -> None:
    place = next(place for place in france if not place.located)
    chance = Random(5)
    for _ in range(6):
        query = replace(asked(chance, place), limit=9)
        assert found(country, query, START) == reference.search(country, query, START)


def test_an_instant_that_no_clock_shows_is_the_hour_after(country: Directory, france: Places) -> None:
    place = france.get("49007")
    query = Query("france", place, "victime", limit=9)
    skipped, shown = (datetime(2027, 3, 28, hour, 30, tzinfo=PARIS) for hour in (2, 3))
    assert found(country, query, skipped) == found(country, query, shown)
    assert search(country, query, skipped)


def test_a_cell_is_between_its_least_and_its_most() -> None:
    chance = Random(3)
    for _ in range(20_000):
        lat, lon = chance.uniform(-25, 52), chance.uniform(-60, 170)
        spot = round(lat * 4) + chance.randint(-4, 3), round(lon * 4) + chance.randint(-4, 3)
        inside = (spot[0] + chance.random()) / 4, (spot[1] + chance.random()) / 4
        km = flat_km(lat, lon, *inside)
        assert least_km(lat, lon, spot) <= km <= most_km(lat, lon, spot) < NOWHERE


def test_a_half_hour_left_out_is_never_open() -> None:
    """Bits may be too many, never too few: what they leave out is closed."""
    chance = Random(11)
    written = {tidy(nationwide.hours(chance), local=True) for _ in range(400)}
    spared = 0
    for osm in written:
        for clock in (PARIS, zone("974")):
            rules = compiled(osm, clock)
            for _ in range(40):
                now = START + timedelta(minutes=chance.randrange(MINUTES))
                if not bits(osm) & bit(now, clock):
                    spared += 1
                    assert rules.is_closed(now.astimezone(clock)), (osm, now)
    assert spared > 10_000


@pytest.mark.parametrize(
    ("osm", "instant", "open_maybe"),
    [
        ("Mo-Fr 09:00-17:00; PH off", "2026-11-24T08:59", False),
        ("Mo-Fr 09:00-17:00; PH off", "2026-11-24T16:59", True),
        ("Mo-Fr 09:00-17:00; PH off", "2026-12-25T10:00", False),
        ("Mo-Fr 09:00-17:00", "2026-12-25T10:00", True),
        ("Su 22:00-04:00; PH off", "2026-11-23T03:00", True),
        ("Su 22:00-04:00; PH off", "2026-12-25T10:00", True),
        ("10:15-10:45", "2026-11-28T10:59", True),
        ("10:15-10:45", "2026-11-28T11:00", False),
    ],
)
def test_half_hours_are_read_from_words(osm: str, instant: str, open_maybe: bool) -> None:
    now = datetime.fromisoformat(instant).replace(tzinfo=PARIS)
    assert bool(bits(osm) & bit(now, PARIS)) is open_maybe


@pytest.mark.parametrize("osm", ["24/7", "Tu[1] 09:00-11:00", "Jul Mo 09:00-10:00", "PH 10:00-12:00", 'Mo "ici"', "Mo"])
def test_hours_that_say_more_than_days_and_times_are_always_asked(osm: str) -> None:
    assert bits(osm) == ANY
    assert ANY & HOLIDAY


def test_what_stands_nowhere_overseas_opens_by_the_clock_of_its_area(country: Directory) -> None:
    index = country.index
    somewhere = next(one for one in index.services if one.location is None and one.area == "d974")
    assert index.clock(somewhere) is zone("974")
    assert all(index.clock(one) is zone(one.area[1:]) for one in index.services if one.area in ("d971", "d976"))


def test_the_country_is_the_same_for_the_same_seed_and_its_numbers_are_fiction(france: Places) -> None:
    one, other = (nationwide.build(france, 300).areas for _ in range(2))
    assert one == other
    phones = {phone.number for area in one.values() for service in area.services for phone in service.phones}
    assert all(number == "3039" or number[:6] in nationwide.FICTION.values() for number in phones)
