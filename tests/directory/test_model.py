"""What an author may write, and what is said, where, when it is something else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.directory.kinds import AUDIENCES, GROUPS, KINDS, TOPICS
from bot.directory.reading import schema
from tests.directory.conftest import FILES, FRANCE, HERBIERS, VENDEE, service

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.directory.model import Directory
    from bot.errors import Problem

REPOSITORY = Path(__file__).resolve().parents[2]
SCHEMA = REPOSITORY / "knowledge" / "schema.json"

LOCK_FRANCE = "3919 3919 2026-11-21 page\n3039 3039 2026-11-21 page\n3039.2 0970823190 2026-11-21 page\n"
HEADER = 'name: H\ncovers: {epci: "248500621"}\nservices:\n'
PHONE = '{number: "02 51 47 77 50", status: confirmed'
HEAD = 'name: Vendée\ncovers: {departement: "85"}\nservices:\n'


def test_every_mistake_of_every_file_is_told_in_one_run_at_its_line(problems_of: Callable[..., list[Problem]]) -> None:
    vendee = HEAD + "".join(
        [
            service("twice", "cidff", name="A\n    name: B"),
            service("topic", "cidff", topics="[copule]"),
            service("hours", "mairie", hours='{osm: "Mo-Fri 9h", seen: "2024"}'),
            service("first", "mairie", hours='{osm: "PH off; Mo-Su 08:00-20:00", seen: "2024"}'),
            service("premium", "cidff", "08 10 02 41 41"),
            service("shelter", "hebergement", confidential="yes", address="3 rue Cachée"),
            service("sourceless", "cidff", sources="[]"),
        ]
    )
    herbiers = 'name: Herbiers\ncovers: {epci: "248500621"}\nhide: [sos-femme]\n'
    told = problems_of({VENDEE: vendee, HERBIERS: herbiers}, lock="3919 3917 2026-11-21 page\n")
    lines = vendee.splitlines()

    def line(text: str) -> int:
        return next(number for number, one in enumerate(lines, 1) if text in one)

    wanted = {
        (VENDEE, line("name: B"), "deux fois"),
        (VENDEE, line("copule"), "vouliez-vous dire « couple »"),
        (VENDEE, line("Mo-Fri"), "ne se lisent pas"),
        (VENDEE, line("PH off;"), "mettez « PH off » à la fin"),
        (VENDEE, line("08 10 02"), "surtaxé"),
        (VENDEE, line("rue Cachée"), "ni lieu ni adresse"),
        (VENDEE, line("sources: []"), "au moins un"),
        (HERBIERS, 3, "n'est pas un service hérité"),
        (FRANCE, 5, "relisez la source"),
        (FRANCE, 13, "manque dans knowledge/numbers.lock"),
        (FRANCE, 19, "manque dans knowledge/numbers.lock"),
    }
    found = {(one.at.file, one.at.line) for one in told}
    assert found == {(file, number) for file, number, _ in wanted}, "\n".join(map(str, told))
    for file, number, sentence in wanted:
        assert any(sentence in one.sentence for one in told if (one.at.file, one.at.line) == (file, number)), sentence


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (service("a", "cidf"), "vouliez-vous dire « cidff »"),
        (service("a", "cidff", adress="1 rue"), "« adress » n'est pas un mot d'ici (vouliez-vous dire « address » ?)"),
        (service("a", "cidff", audiences="[spip]"), "n'est pas un public connu"),
        (service("a", "spip", audiences="[victime]"), "ne se montre jamais à « victime »"),
        (service("a", "cidff", audiences="[auteur]"), "ne se montre jamais à « auteur »"),
        (service("a", "cidff", checked='{on: "2026-13-01", by: x, how: page}'), "n'est pas un jour"),
        (service("a", "cidff", checked='{on: "2026-11-01", by: x, how: mail}'), "page, phone, partner"),
        (service("a", "cidff", sources='[{title: x, date: "24/11/2024"}]'), "n'est pas une date"),
        (service("a", "cidff", sources='[{title: x, date: "2024-13"}]'), "n'est pas une date"),
        (service("a", "cidff", sources="[{title: x}]"), "il manque « date »"),
        (service("a", "cidff", url="www.a.fr"), "https://"),
        (service("a", "cidff", confidential="maybe"), "écrivez yes ou no"),
        (service("a", "cidff", confidential="yes", address="1 rue"), "un lieu confidentiel n'a pas"),
        (service("a", "cidff", location='{insee: "85191", lat: 48.85, lon: 2.35}'), "km de La Roche-sur-Yon"),
        (service("a", "cidff", location='{insee: "85999", lat: 46.7, lon: -1.4}'), "d'aucune commune"),
        (service("a", "cidff", location='{insee: "85191", lat: x, lon: -1.4}'), "n'est pas un nombre"),
        (service("a", "cidff", location='{insee: "85191", lat: 99, lon: -1.4}'), "hors de la Terre"),
        (service("a", "mairie", communes='["85999"]'), "d'aucune commune"),
        (service("a", "mairie", communes="85153"), "il faut ici une liste"),
        (service("a", "mairie", phones="[chat]"), "il faut ici un bloc"),
        (service("a", "cidff", national_number='"3040"'), "n'est pas un numéro national"),
        (service("a", "cidff", phones='[{number: "3919", status: confirmed}]'), "écrivez « national number »"),
        (service("3919", "cidff"), "est un numéro national"),
        (
            service("a", "cidff", phones=f'[{PHONE}, display: "02 51 47 77 51"}}]'),
            "n'a pas",
        ),
        (service("a", "cidff", closures='[{from: "2026-12-24", to: "2026-12-02"}]'), "finit avant de commencer"),
        (
            service("a", "cidff", phones=f"[{PHONE}, bil trace: none}}]"),
            "« bil trace » n'est pas un mot d'ici (vouliez-",
        ),
        (service("a", "cidff", sources='[{title: x, date: "2024", http: x}]'), "mot d'ici : title, date, url"),
        (service("a", "cidff", name="x" * 91), "90 caractères au plus"),
        (service("a", "hebergement"), "toujours « confidential: yes »"),
        (service("a", "hebergement", confidential="yes", communes='["85153"]'), "retirez « communes »"),
        (service("A b", "cidff"), "des minuscules"),
        ("  - name: sans id\n", "il manque « id »"),
        ("  - rien\n", "commence par « id »"),
        (service("a", "cidff") + service("a", "cidff"), "deux fois dans ce fichier"),
        (service("a", "cidff") + "    <area>: x\n", "n'est pas un mot d'ici"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(item: str, said: str, problems_of: Callable[..., list[Problem]]) -> None:
    told = problems_of({VENDEE: HEAD + item, HERBIERS: 'name: H\ncovers: {epci: "248500621"}\n'}, lock=LOCK_FRANCE)
    assert len(told) == 1, "\n".join(map(str, told))
    assert said in told[0].sentence
    assert told[0].at.file == VENDEE
    assert told[0].at.line > 3


def test_no_shelter_has_a_place_or_is_seen_by_anybody(directory_of: Callable[..., Directory]) -> None:
    item = service("refuge", "hebergement", confidential="yes")
    directory = directory_of({VENDEE: HEAD + item}, lock=LOCK_FRANCE)
    (shelter,) = (one for one in directory.services("vendee") if one.id == "refuge")
    assert not any(shelter.seen_by(audience) for audience in (*AUDIENCES, None))


def test_authors_see_only_what_is_for_authors() -> None:
    assert [kind.id for kind in KINDS.values() if kind.seen_by("auteur")] == ["cpca"]


@pytest.mark.parametrize("audience", ["victime", "temoin", "mineur", None])
def test_no_institution_is_shown_to_the_public(audience: str | None) -> None:
    hidden = [
        "institution",
        "spip",
        "mission-locale",
        "intercommunalite",
        "departement",
        "reseau",
        "conseil-conjugal",
        "cpca",
        "hebergement",
    ]
    assert not [id for id in hidden if KINDS[id].seen_by(audience)]


def test_specialised_help_comes_before_the_town_hall() -> None:
    order = ["solidarite-femmes", "ligne-departementale", "hopital", "gendarmerie", "mairie", "caf", "institution"]
    assert sorted(order, key=lambda id: KINDS[id].fit(None)) == order
    assert KINDS["hopital"].fit("viol") < KINDS["solidarite-femmes"].fit("viol")
    assert KINDS["caf"].fit("argent") < KINDS["mairie"].fit("argent")


def test_kinds_speak_of_known_things() -> None:
    for kind in KINDS.values():
        assert kind.group in GROUPS
        assert set(kind.boosts) <= set(TOPICS)
        assert kind.audiences <= set(AUDIENCES)


def test_a_card_holds_in_its_areas_until_it_expires(directory_of: Callable[..., Directory]) -> None:
    card = (
        'title: T\ntext: "Appelez {3919}."\nareas: ["85"]\nexpires: "2027-05-21"\nsources: [{title: t, date: n.d.}]\n'
    )
    directory = directory_of({"knowledge/france/cards/essai.yml": card})
    last = date(2027, 5, 21)
    essai = directory.cards["essai"]
    assert essai.holds("85")
    assert not essai.holds("49")
    assert not essai.holds(None)
    assert not essai.expired(last)
    assert essai.expired(date(2027, 5, 22))
    assert essai.seen == "n.d."


def test_a_card_says_until_when_and_names_known_numbers(problems_of: Callable[..., list[Problem]]) -> None:
    card = 'title: T\ntext: "Appelez {3918}."\nsources: [{title: t, date: "2024"}]\n'
    told = problems_of({"knowledge/france/cards/essai.yml": card})
    assert [one.at.line for one in told] == [1, 2]
    assert "expires" in told[0].sentence
    assert "3919" in told[1].sentence


def test_a_file_without_its_first_lines_or_a_card_without_text_is_told(
    problems_of: Callable[..., list[Problem]],
) -> None:
    told = problems_of({HERBIERS: "hide: []\n", "knowledge/france/cards/essai.yml": "title: T\n"})
    assert {one.sentence.split("»")[0] for one in told} == {
        f"il manque « {word} " for word in ("name", "covers", "text", "sources")
    }


def test_an_author_writes_yes_and_no_and_chooses_the_groups(directory_of: Callable[..., Directory]) -> None:
    phone = PHONE.replace("50", "59") + ', display: "0 25 14 77 759", public line: yes}'
    item = service("a", "cidff", phones=f"[{phone}]")
    (one, *_) = directory_of({HERBIERS: HEADER + item}).services("pays-des-herbiers")
    assert one.phones[0].display == "0\u202f25\u202f14\u202f77\u202f759"
    assert one.phones[0].public_line


def test_a_number_is_given_to_its_audiences_and_tells_its_newest_source(directory_of: Callable[..., Directory]) -> None:
    number = directory_of().numbers["3919"]
    assert number.seen == "2024-11-15"
    assert all(number.seen_by(audience) for audience in AUDIENCES)
    assert not replace(number, audiences=("victime",)).seen_by("auteur")


def test_closures_and_a_place_far_overseas_are_read(directory_of: Callable[..., Directory]) -> None:
    where = '{insee: "98818", lat: -22.27, lon: 166.44}'
    item = service("a", "cidff", closures='[{from: "2026-12-24", to: "2026-12-24"}]', location=where)
    (one, *_) = directory_of({HERBIERS: HEADER + item}).services("pays-des-herbiers")
    assert one.closures[0].starts == one.closures[0].ends == date(2026, 12, 24)
    assert one.location is not None


def test_an_area_tells_its_departement(directory_of: Callable[..., Directory]) -> None:
    areas = directory_of().areas
    assert {id: area.departement for id, area in areas.items()} == {
        "france": None,
        "vendee": "85",
        "pays-des-herbiers": None,
    }


def test_the_words_of_a_kind_are_those_of_all_files(directory_of: Callable[..., Directory]) -> None:
    words = {
        VENDEE: FILES[VENDEE] + "words: {cidff: [droits des femmes], caf: [la caf]}\n",
        HERBIERS: FILES[HERBIERS] + "words: {caf: [cafat]}\n",
    }
    assert directory_of(words).words == {"cidff": ("droits des femmes",), "caf": ("la caf", "cafat")}


def test_words_of_a_kind_that_does_not_exist_are_told_where_they_are(
    problems_of: Callable[..., list[Problem]],
) -> None:
    before = FILES[HERBIERS]
    told = next(one for one in problems_of({HERBIERS: f"{before}words:\n  cidf: [x]\n"}) if "cidf" in one.sentence)
    assert (told.at.file, told.at.line) == (HERBIERS, before.count("\n") + 2)
    assert "vouliez-vous dire « cidff »" in told.sentence


def test_the_schema_that_editors_follow_is_current() -> None:
    assert SCHEMA.read_text("utf-8") == as_file(), "write it again: python -m tests.directory.test_model"


def test_the_schema_names_what_authors_write_and_nothing_else() -> None:
    text = json.dumps(schema())
    assert "<area>" not in text
    assert '"bill trace"' in text
    assert '"professional only"' in text
    assert set(schema()["$defs"]["Service"]["required"]) == {"id"}


def as_file() -> str:
    return json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(as_file(), "utf-8")
