"""The folder tree is the inheritance: add, change field by field, hide; and the place of each field is never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.directory.inherit import area_id, read
from bot.directory.places import Places
from tests.directory.conftest import COMMUNES, DEPARTEMENTS, FILES, FRANCE, HERBIERS, LOCK, VENDEE, service

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.directory.model import Directory
    from bot.errors import Problem

HEAD = 'name: Pays des Herbiers\ncovers: {epci: "248500621"}\n'
PLACES = Places.read(COMMUNES, DEPARTEMENTS)


def ids(directory: Directory, area: str) -> list[str]:
    return [one.id for one in directory.services(area)]


def test_a_child_has_its_own_services_first_then_those_it_inherits(directory_of: Callable[..., Directory]) -> None:
    directory = directory_of()
    assert ids(directory, "pays-des-herbiers") == ["mairie-mouchamps", "sos-femmes", "chd"]
    assert ids(directory, "vendee") == ["sos-femmes", "chd"]
    assert ids(directory, "france") == []
    assert directory.line("pays-des-herbiers") == ("pays-des-herbiers", "vendee", "france")


def test_a_child_changes_one_field_and_keeps_the_others(directory_of: Callable[..., Directory]) -> None:
    directory = directory_of({HERBIERS: f"{HEAD}services:\n  - {{id: chd, access: Entrée B., address: null}}\n"})
    above, here = directory.services("vendee")[1], directory.services("pays-des-herbiers")[0]
    assert (here.access, here.address, here.phones, here.area) == ("Entrée B.", None, above.phones, "vendee")
    assert (above.access, above.address) == (None, "boulevard Stéphane-Moreau")


def test_a_child_hides_what_does_not_hold_there(directory_of: Callable[..., Directory]) -> None:
    directory = directory_of({HERBIERS: f"{HEAD}hide: [chd]\n"})
    assert ids(directory, "pays-des-herbiers") == ["sos-femmes"]
    assert ids(directory, "vendee") == ["sos-femmes", "chd"]


def test_a_wrong_field_that_is_inherited_is_told_once_where_it_was_written(
    problems_of: Callable[..., list[Problem]],
) -> None:
    wrong = FILES[VENDEE].replace("kind: hopital", "kind: hospital")
    changed = f"{HEAD}services:\n  - {{id: chd, access: Entrée B.}}\n"
    (told,) = problems_of({VENDEE: wrong, HERBIERS: changed})
    assert (told.at.file, told.at.line) == (VENDEE, 11)


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        ("hide: [sos-femme]\n", 3, "vouliez-vous dire « sos-femmes »"),
        ("services:\n  - {id: sos-feme, access: Porte B.}\n", 4, "vouliez-vous dire « sos-femmes »"),
        ('numbers:\n  - {id: "3919", number: "3918"}\n', 3, "tous dans le fichier du pays"),
        ("services:\n" + service("3919", "cidff", "02 51 47 77 50"), 4, "est un numéro national"),
        ("services: [1]\n", 3, "il faut ici un bloc"),
        ("regio: x\n", 3, "n'est pas un mot d'ici"),
        ("services:\n  - {id: chd, kind: hebergement}\n", 4, "confidential"),
    ],
)
def test_a_territory_is_told_its_mistakes(
    body: str, line: int, said: str, problems_of: Callable[..., list[Problem]]
) -> None:
    told = [one for one in problems_of({HERBIERS: HEAD + body}) if one.at.file == HERBIERS]
    assert any(one.at.line == line and said in one.sentence for one in told), "\n".join(map(str, told))


@pytest.mark.parametrize(
    ("covers", "file"),
    [
        ('{epci: "248500621", departement: "85"}', HERBIERS),
        ("{france: yes}", HERBIERS),
        ("{}", HERBIERS),
        ('{departement: "85"}', FRANCE),
    ],
)
def test_an_area_covers_one_thing(covers: str, file: str, problems_of: Callable[..., list[Problem]]) -> None:
    body = FILES[FRANCE].replace("{france: yes}", covers) if file == FRANCE else f"name: H\ncovers: {covers}\n"
    (told,) = problems_of({file: body})
    assert (told.at.file, told.at.line) == (file, 2)


def test_a_file_needs_the_one_above_it_and_a_name_of_its_own(problems_of: Callable[..., list[Problem]]) -> None:
    orphan = "knowledge/france/49-maine-et-loire/angers.yml"
    twin = "knowledge/france/49-vendee.yml"
    told = problems_of(
        {orphan: 'name: A\ncovers: {epci: "244900015"}\n', twin: 'name: V\ncovers: {departement: "49"}\n'}
    )
    said = {one.at.file: one.sentence for one in told}
    assert "qui manque" in said[orphan]
    # Whichever is read second is told.
    assert "déjà le territoire" in (said.get(twin) or said[VENDEE])


def test_a_file_that_cannot_be_read_is_told_with_the_others(problems_of: Callable[..., list[Problem]]) -> None:
    told = problems_of({HERBIERS: "- a\n", "knowledge/france/50-manche.yml": 'name: "M\n', VENDEE: ""})
    assert {one.at.file for one in told} >= {HERBIERS, VENDEE, "knowledge/france/50-manche.yml"}


def test_nothing_at_all_is_still_an_answer() -> None:
    problems: list[Problem] = []
    directory = read({}, PLACES, "", problems)
    assert problems == []
    assert directory.area_of("85153").id == "france"


def test_any_commune_has_its_territory_else_its_departement_else_the_country(
    directory_of: Callable[..., Directory],
) -> None:
    alone = 'name: Les Herbiers\ncovers: {communes: ["85109"]}\n'
    directory = directory_of({"knowledge/france/85-vendee/les-herbiers.yml": alone})
    found = {
        code: directory.area_of(code).id for code in ("85109", "85153", "85191", "49007", "97411", "85999", "98818")
    }
    assert found == {
        "85109": "les-herbiers",
        "85153": "pays-des-herbiers",
        "85191": "vendee",
        "49007": "france",
        "97411": "france",
        "85999": "vendee",
        "98818": "france",
    }
    mouchamps = PLACES.get("85153")
    assert mouchamps is not None
    assert directory.area_of(mouchamps).id == "pays-des-herbiers"


def test_a_territory_is_an_area_with_none_inside(directory_of: Callable[..., Directory]) -> None:
    directory = directory_of({"knowledge/france/50-manche.yml": 'name: Manche\ncovers: {departement: "50"}\n'})
    assert {id for id in directory.areas if directory.territory(id)} == {"pays-des-herbiers", "manche"}
    assert not directory.territory("atlantide")


def test_national_numbers_differ_overseas(directory_of: Callable[..., Directory]) -> None:
    directory = directory_of()
    assert directory.number("3039", "85") is directory.numbers["3039"]
    assert directory.number("3039") is directory.numbers["3039"]
    there = directory.number("3039", "988")
    assert (there.number, there.cost, there.bill_trace) == ("0970823190", "ordinary", "visible")
    assert there.display == "09\u202f70\u202f82\u202f31\u202f90"
    assert not directory.number("3039", "974").reachable
    assert directory.number("pnav", "974").reachable


def test_a_network_lends_its_number(directory_of: Callable[..., Directory]) -> None:
    item = service("droit", "point-justice", "02 51 08 84 84", status="to-confirm", national_number='"3039"')
    (one, *_) = directory_of({HERBIERS: f"{HEAD}services:\n{item}"}).services("pays-des-herbiers")
    assert one.phone is not None
    assert (one.phone.number, one.phone.status, one.phone.cost) == ("3039", "national", "free")


@pytest.mark.parametrize(
    ("path", "id"),
    [
        ("knowledge/france/49-maine-et-loire.yml", "maine-et-loire"),
        ("knowledge/france/2A-corse-du-sud.yml", "corse-du-sud"),
        ("knowledge/france/974-la-reunion.yml", "la-reunion"),
        ("knowledge/france/49-maine-et-loire/angers-loire-metropole.yml", "angers-loire-metropole"),
    ],
)
def test_an_area_is_named_by_its_file(path: str, id: str) -> None:
    assert area_id(path) == id


names = st.sampled_from(["a", "b", "c", "d", "e"])


@given(
    above=st.sets(names), added=st.sets(names), hidden=st.sets(names), access=st.sampled_from(["Porte B.", "Sonnez."])
)
def test_what_holds_is_what_is_inherited_less_what_is_hidden_plus_what_is_added(
    above: set[str], added: set[str], hidden: set[str], access: str
) -> None:
    def services(of: set[str], **fields: str) -> str:
        return "services:\n" + "".join(service(id, "association", **fields) for id in sorted(of)) if of else ""

    vendee = 'name: V\ncovers: {departement: "85"}\n' + services(above, address="1 rue")
    herbiers = f"{HEAD}hide: [{', '.join(sorted(hidden))}]\n" + services(added, access=access)
    problems: list[Problem] = []
    directory = read(
        {FRANCE: FILES[FRANCE], VENDEE: vendee, HERBIERS: herbiers}, PLACES, LOCK.rpartition("vendee/")[0], problems
    )
    assert {one.sentence.split("»")[0] for one in problems} == {f"« {id} " for id in hidden - above}
    held = {one.id: one for one in directory.services("pays-des-herbiers")}
    assert set(held) == (above - hidden) | added
    for id, one in held.items():
        assert one.access == (access if id in added else None)
        assert one.address == ("1 rue" if id in above else None)
        assert one.area == ("vendee" if id in above else "pays-des-herbiers")
    assert {one.id for one in directory.services("vendee")} == above
