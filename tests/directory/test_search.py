"""Who is shown, to whom, in which order: fit, then an open door, then distance."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.directory.kinds import AUDIENCES, KINDS
from bot.directory.search import Query, find, partners, search
from tests.directory.conftest import FILES, HERBIERS, VENDEE, at, service

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.directory.model import Directory
    from bot.directory.places import Place, Places
    from bot.directory.search import Hit

NOW = at("2026-12-03")  # a Thursday
ANGERS = "knowledge/france/49-maine-et-loire.yml"
LOCATED = {
    "85109": '{insee: "85109", lat: 46.8701, lon: -1.0131}',
    "85191": '{insee: "85191", lat: 46.6705, lon: -1.4264}',
    "49099": '{insee: "49099", lat: 47.0586, lon: -0.8799}',
    "49007": '{insee: "49007", lat: 47.4766, lon: -0.5562}',
}
OPEN, CLOSED = '{osm: "24/7", seen: "2025"}', '{osm: "off", seen: "2025"}'


def town(places: Places, code: str) -> Place:
    found = places.get(code)
    assert found is not None
    return found


def names(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.service.id for hit in hits]


@pytest.fixture
def look(directory_of: Callable[..., Directory], places: Places) -> Callable[..., list[str]]:
    """Search in Vendée with these services beside the usual ones, from Mouchamps unless said otherwise."""

    def found(extra: str = "", *, only: bool = True, code: str | None = "85153", **query: object) -> list[str]:
        head = 'name: Vendée\ncovers: {departement: "85"}\nservices:\n' if only else FILES[VENDEE]
        herbiers = 'name: Herbiers\ncovers: {epci: "248500621"}\n' if only else FILES[HERBIERS]
        lock = "3919 3919 2026-11-21 page\n3039 3039 2026-11-21 page\n3039.2 0970823190 2026-11-21 page\n"
        directory = directory_of({VENDEE: head + extra, HERBIERS: herbiers}, lock)
        place = town(places, code) if code else None
        asked = {"area": "vendee", "place": place, "audience": "victime", "limit": 9} | query
        return names(search(directory, Query(**asked), NOW))

    return found


@pytest.mark.parametrize("audience", ["professionnel", "victime"])
def test_an_association_then_a_hospital_then_the_town_hall(audience: str, look: Callable[..., list[str]]) -> None:
    assert look(only=False, audience=audience, limit=3) == ["sos-femmes", "chd", "mairie-mouchamps"]


def test_fit_wins_over_an_open_door_and_an_open_door_over_distance(look: Callable[..., list[str]]) -> None:
    extra = (
        service("caf", "caf", "02 51 00 00 01", hours=OPEN, location=LOCATED["85109"])
        + service("near", "social", "02 51 00 00 02", hours=CLOSED, location=LOCATED["85109"])
        + service("maybe", "social", "02 51 00 00 03", location=LOCATED["85109"])
        + service("far", "social", "02 51 00 00 04", hours=OPEN, location=LOCATED["85191"])
        + service("nearer", "social", "02 51 00 00 05", hours=OPEN, location=LOCATED["85109"])
    )
    assert look(extra, groups=("social",), limit=2) == ["nearer", "far"]
    assert look(extra, groups=("social",)) == ["nearer", "far", "maybe", "near", "caf"]


def test_the_best_of_each_group_comes_before_the_second_of_any(look: Callable[..., list[str]]) -> None:
    extra = "".join(
        service(id, kind, f"02 51 00 00 0{rank}")
        for rank, (id, kind) in enumerate(
            [("a1", "association"), ("a2", "association"), ("h", "hopital"), ("m1", "mairie"), ("m2", "mairie")]
        )
    )
    assert look(extra) == ["a1", "h", "m1", "a2", "m2"]
    assert look(extra, limit=2) == ["a1", "h"]
    assert look(extra, limit=0) == []


def test_a_topic_changes_the_order(look: Callable[..., list[str]]) -> None:
    extra = (
        service("couple", "association", "02 51 00 00 01", topics="[couple]")
        + service("hopital", "hopital", "02 51 00 00 02")
        + service("caf", "caf", "02 51 00 00 03")
        + service("mairie", "mairie", "02 51 00 00 04")
    )
    assert look(extra, topic="couple") == ["couple", "hopital", "mairie", "caf"]
    assert look(extra, topic="viol") == ["hopital", "couple", "mairie", "caf"]
    assert look(extra, topic="argent")[0] == "caf"


def test_without_a_place_the_file_gives_the_order(look: Callable[..., list[str]]) -> None:
    extra = (
        service("z", "point-justice", "02 51 00 00 01", location=LOCATED["85191"])
        + service("a", "point-justice", "02 51 00 00 02", location=LOCATED["85109"])
        + service("open", "point-justice", "02 51 00 00 03", hours=OPEN)
        + service("town", "point-justice", "02 51 00 00 04", communes='["85109"]')
    )
    assert look(extra, code=None) == ["open", "z", "a"]
    assert look(extra, code="85109") == ["open", "a", "z", "town"]


def test_of_several_on_one_line_the_one_whose_hours_are_known_is_shown_unless_one_is_nearer(
    look: Callable[..., list[str]],
) -> None:
    extra = (
        service("z", "point-justice", "02 51 00 00 01", location=LOCATED["85109"])
        + service("a", "point-justice", "02 51 00 00 01", location=LOCATED["85191"], hours=CLOSED)
        + service("other", "point-justice", "02 51 00 00 02", location=LOCATED["85191"])
    )
    assert look(extra, code=None) == ["a", "other"]
    assert look(extra, code="85109") == ["z", "other"]


def test_what_is_for_one_commune_shows_only_there(
    directory_of: Callable[..., Directory], places: Places, look: Callable[..., list[str]]
) -> None:
    assert "mairie-mouchamps" in look(only=False)
    assert "mairie-mouchamps" not in look(only=False, code="85109")
    alone = 'name: Mouchamps\ncovers: {communes: ["85153"]}\nservices:\n'
    alone += service("ici", "mairie", "02 51 00 00 01", communes='["85153"]')
    directory = directory_of({"knowledge/france/85-vendee/mouchamps.yml": alone})
    assert "ici" in names(search(directory, Query("mouchamps", None, "victime"), NOW))


@pytest.mark.parametrize("audience", [*AUDIENCES, None])
def test_nobody_sees_a_kind_that_does_not_receive_them(audience: str | None, look: Callable[..., list[str]]) -> None:
    extra = "".join(
        service(kind, kind, f"02 51 00 00 {rank:02}", **({"confidential": "yes"} if kind == "hebergement" else {}))
        for rank, kind in enumerate(KINDS)
    )
    seen = set(look(extra, audience=audience, limit=99))
    assert seen == {id for id, kind in KINDS.items() if kind.seen_by(audience)}
    assert "hebergement" not in seen
    if audience == "auteur":
        assert seen == {"cpca"}
    if audience is None:
        assert seen == {"mairie", "ccas", "caf", "point-justice"}


def test_a_record_receives_fewer_than_its_kind(look: Callable[..., list[str]]) -> None:
    extra = service("umj", "umj", "02 51 00 00 01", professional_only="yes")
    extra += service("jeunes", "jeunes", "02 51 00 00 02", audiences="[mineur]")
    extra += service("mairie", "mairie", "02 51 00 00 03", audiences="[temoin]")
    assert look(extra, audience="professionnel") == ["umj"]
    assert look(extra, audience="victime") == []
    assert look(extra, audience="mineur") == ["jeunes"]
    assert look(extra, audience=None) == []


TWO = '[{title: a, date: "2014"}, {title: b, date: "2015"}]'
UNSURE = (
    service("two", "cidff", "02 51 00 00 01", status="to-confirm", sources=TWO)
    + service("recent", "gendarmerie", "02 51 00 00 02", status="to-confirm", sources='[{title: a, date: "2021"}]')
    + service("old", "social", "02 51 00 00 03", status="to-confirm", sources='[{title: a, date: "2020-12"}]')
    + service("undated", "social", "02 51 00 00 04", status="to-confirm", sources="[{title: a, date: n.d.}]")
    + service("sure", "hopital", "02 51 00 00 05")
    + service("mute", "association", note='"02 51 00 00 06"')
)


def test_numbers_to_confirm_are_for_professionals_on_their_own_and_not_when_old_and_alone(
    look: Callable[..., list[str]],
) -> None:
    assert look(UNSURE, audience="professionnel", confirmed=False) == ["two", "recent"]
    assert look(UNSURE, audience="professionnel") == ["sure"]
    for audience in (*AUDIENCES, None):
        if audience != "professionnel":
            assert look(UNSURE, audience=audience, confirmed=False) == []


def test_the_number_shown_is_the_first_that_anybody_may_see(directory_of: Callable[..., Directory]) -> None:
    phones = '[{number: "02 51 00 00 01", status: to-confirm}, {number: "02 51 00 00 02", status: confirmed}]'
    extra = service("a", "association", phones=phones)
    directory = directory_of({VENDEE: FILES[VENDEE] + extra})
    (hit,) = search(directory, Query("vendee", None, "victime", groups=("association",)), NOW)
    assert hit.phone is not None
    assert hit.phone.number == "0251000002"
    assert hit.distance_km is None


def test_those_whose_number_may_not_be_shown_are_named(directory_of: Callable[..., Directory], places: Places) -> None:
    directory = directory_of({VENDEE: FILES[VENDEE] + UNSURE})
    query = Query("vendee", town(places, "85153"), "victime", limit=9)
    assert [one.id for one in partners(directory, query)] == ["mute", "two", "old", "recent", "undated"]
    assert partners(directory, replace(query, limit=1))[0].id == "mute"
    assert partners(directory, replace(query, audience="auteur")) == ()


ACROSS = (
    'name: Maine-et-Loire\ncovers: {departement: "49"}\nservices:\n'
    + service("cholet", "hopital", "02 41 00 00 01", location=LOCATED["49099"])
    + service("angers", "hopital", "02 41 00 00 02", location=LOCATED["49007"])
    + service("asso", "association", "02 41 00 00 03", location=LOCATED["49099"], hours=OPEN)
    + service("mairie-cholet", "mairie", "02 41 00 00 04", location=LOCATED["49099"])
    + service("reserve", "hopital", "02 41 00 00 05", location=LOCATED["49099"], communes='["49099"]')
)


def test_the_nearest_hospital_may_be_across_the_border(directory_of: Callable[..., Directory], places: Places) -> None:
    directory = directory_of(
        {ANGERS: ACROSS, VENDEE: FILES[VENDEE].replace('    hours: {osm: "24/7", seen: "2024"}\n', "")}
    )
    query = Query("pays-des-herbiers", town(places, "85109"), "victime", limit=9)
    found = {hit.service.id: hit for hit in search(directory, query, NOW)}
    order = list(found)
    assert order.index("cholet") < order.index("chd")
    assert found["cholet"].distance_km == pytest.approx(23, abs=1)
    # Too far, for its own inhabitants only, or reserved to a commune.
    assert not {"angers", "mairie-cholet", "reserve"} & set(order)
    # An association knows its own département best, even when the other one is open.
    assert order.index("sos-femmes") < order.index("asso")


def test_what_stands_farther_than_sixty_kilometres_is_not_looked_for(
    directory_of: Callable[..., Directory], places: Places
) -> None:
    far = service("herbiers", "hopital", "02 51 00 00 01", location=LOCATED["85109"])
    directory = directory_of({ANGERS: ACROSS, VENDEE: FILES[VENDEE] + far})
    found = names(search(directory, Query("vendee", town(places, "49007"), "victime", limit=9), NOW))
    assert found == ["asso", "angers", "mairie-cholet", "cholet"]


def test_what_a_territory_hides_does_not_come_back_across_a_border(
    directory_of: Callable[..., Directory], places: Places
) -> None:
    directory = directory_of({HERBIERS: 'name: H\ncovers: {epci: "248500621"}\nhide: [chd]\n'})
    assert "chd" not in names(search(directory, Query("vendee", town(places, "85109"), "victime"), NOW))
    assert "chd" in names(search(directory, Query("vendee", town(places, "85191"), "victime"), NOW))


def test_no_distance_is_told_from_a_place_that_is_not_located(
    directory_of: Callable[..., Directory], places: Places
) -> None:
    somewhere = replace(town(places, "85153"), located=False)
    hits = search(directory_of(), Query("vendee", somewhere, "victime"), NOW)
    assert [hit.distance_km for hit in hits] == [None, None, None]


def test_the_same_question_has_the_same_answer(directory_of: Callable[..., Directory], places: Places) -> None:
    directory = directory_of({ANGERS: ACROSS})
    query = Query("vendee", town(places, "85109"), "professionnel", limit=9)
    assert search(directory, query, NOW) == search(directory, query, NOW)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("chd", "chd"),
        ("hopital cholet", "cholet"),
        ("hopital angers", "angers"),
        ("solidarité femmes", "sos-femmes"),
        ("mairie de mouchamps", "mairie-mouchamps"),
        ("mairrie mouchamps", "mairie-mouchamps"),
    ],
)
def test_a_service_is_found_by_what_people_call_it(
    typed: str, first: str, directory_of: Callable[..., Directory]
) -> None:
    directory = directory_of({ANGERS: ACROSS})
    assert names(find(directory, typed, None, NOW))[0] == first


def test_free_search_gives_each_audience_only_what_it_may_see(
    directory_of: Callable[..., Directory], places: Places
) -> None:
    directory = directory_of({VENDEE: FILES[VENDEE] + UNSURE})
    (hit,) = find(directory, "cidff", None, NOW)
    assert hit.phone is not None
    assert hit.phone.status == "to-confirm"
    (same,) = find(directory, "cidff", town(places, "85153"), NOW, audience="victime")
    assert same.phone is None
    assert find(directory, "cidff", None, NOW, audience="auteur") == ()
    assert find(directory, "le la de", None, NOW) == ()
    assert find(directory, "", None, NOW) == ()
    assert find(directory, "zzzz", None, NOW) == ()
