"""`repere find`: what a professional looks up in the directory, by words and near a commune."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot import commands, lookup
from bot.directory.candidates import ACROSS_KM
from bot.directory.kinds import AUDIENCES, KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.engine.script import Script

NOW = datetime(2026, 12, 1, 10, tzinfo=ZoneInfo("Europe/Paris"))
AT = ("--at", "2026-12-01T10:00")
SERVICE = {
    "id", "name", "kind", "phone", "phone_status", "address", "commune", "distance_km", "open", "closes",
    "next_opening", "cost", "bill_trace", "seen", "confirmed",
}  # fmt: skip


@pytest.fixture
def find(
    script: Script, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """Return what runs the command; the content is compiled once for all."""
    monkeypatch.setattr(commands, "load", lambda: script)

    def found(text: str | None, near: str, *options: str) -> tuple[int, str]:
        words = [] if text is None else [text]
        code = commands.run(["find", *words, "--near", near, *AT, *options])
        out, err = capsys.readouterr()
        assert err == ""
        return code, out

    return found


def seen(script: Script, words: str, near: str) -> lookup.Answer:
    (place,) = script.directory.places.find(near).places
    return lookup.look(script, words, place, NOW)


def test_a_number_to_confirm_says_so_with_its_year(find: Callable[..., tuple[int, str]]) -> None:
    code, out = find("cidff", "vendome")
    assert code == 0
    assert out.startswith(f"Vendôme (Loir-et-Cher) :\n{lookup.BY_WORDS}\n")
    line, below = next(
        (one, two) for one, two in zip(out.split("\n"), out.split("\n")[1:], strict=False) if "CIDFF de" in one
    )
    assert line.endswith("02\u202f54\u202f42\u202f17\u202f39, à confirmer (page de 2019)")
    assert below == "  horaires à vérifier · à 31 km · 10 allée Jean-Amrouche, Blois"


def test_a_confirmed_number_comes_with_its_hours_distance_and_address(find: Callable[..., tuple[int, str]]) -> None:
    code, out = find("mairie mouchamps", "85640 mouchamps")
    assert code == 0
    assert "Mairie de Mouchamps : 02\u202f51\u202f66\u202f21\u202f01\n  ouvert jusqu'à" in out
    assert "à confirmer" not in out
    assert "\u2066" not in out


def test_national_numbers_are_found_by_digits_and_by_name(script: Script, find: Callable[..., tuple[int, str]]) -> None:
    code, out = find("3919", "granville")
    assert (code, out) == (0, "Granville (Manche) :\n\nÉcoute nationale : 3919\n  jour et nuit, gratuit\n")
    for words, number in (("116 006", "116006"), ("écoute nationale", "3919"), ("115", "115")):
        assert number in [one.number for one in seen(script, words, "granville").numbers], words


def test_json_has_the_shape_of_the_services_of_a_conversation(find: Callable[..., tuple[int, str]]) -> None:
    code, out = find("mairie", "les herbiers", "--json")
    answer = json.loads(out)
    assert code == 0
    assert out.count("\n") == 1
    assert answer["place"] == {
        "insee": "85109",
        "name": "Les Herbiers",
        "departement": "85",
        "departement_name": "Vendée",
        "postcodes": ["85500"],
    }
    assert len(answer["services"]) > 3
    assert all(set(service) == SERVICE for service in answer["services"])
    assert answer["order"] == lookup.BY_WORDS
    state = {True: 0, None: 1, False: 2}
    order = [(state[service["open"]], service["distance_km"]) for service in answer["services"]]
    assert order == sorted(order)
    assert max(km for _, km in order) <= ACROSS_KM


def test_an_ambiguous_commune_lists_those_it_may_be(find: Callable[..., tuple[int, str]]) -> None:
    code, out = find("cidff", "saint-denis")
    assert code == 2
    assert "  Saint-Denis (La Réunion), 97400" in out
    assert "  Saint-Denis (Seine-Saint-Denis), 93200" in out
    code, out = find("cidff", "saint-denis", "--json")
    assert code == 2
    assert {place["departement"] for place in json.loads(out)["places"]} >= {"974", "93"}


def test_an_unknown_commune_is_said(find: Callable[..., tuple[int, str]]) -> None:
    code, out = find("cidff", "qwertyuiop")
    assert code == 2
    assert "n'est pas reconnue" in out
    assert find("cidff", "qwertyuiop", "--json") == (2, '{"places": []}\n')


def test_nothing_found_is_said(find: Callable[..., tuple[int, str]]) -> None:
    code, out = find("xylophone", "angers")
    assert (code, out) == (1, "Angers (Maine-et-Loire) : rien de tel n'est connu autour.\n")
    assert find("", "angers")[0] == 1


def test_what_stands_at_the_other_end_of_the_country_is_not_listed(script: Script) -> None:
    for words in ("hébergement", "maison", "écoute", "mairie", "université"):
        for near in ("Nouméa", "Vendôme", "Granville"):
            services = seen(script, words, near).services
            assert [one.name for one in services if (one.distance_km or 0) > 100] == [], (words, near)
            assert near != "Nouméa" or services == ()


def test_a_shelter_is_never_listed(script: Script) -> None:
    for words in ("hébergement", "logement-refuge", "foyer", "refuge", "abri"):
        for near in ("Les Herbiers", "Vendôme", "Boulogne-Billancourt", "Angers", "Granville"):
            assert [one.name for one in seen(script, words, near).services if one.kind == "hebergement"] == []


def test_an_instant_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.run(["find", "cidff", "--near", "angers", "--at", "demain"]) == 2
    assert "un instant s'écrit" in capsys.readouterr().err


def test_what_fits_a_kind_a_topic_and_an_audience_says_why_it_comes_in_this_order(
    find: Callable[..., tuple[int, str]], script: Script
) -> None:
    code, out = find(None, "cholet", "--kind", "hopital", "--audience", "victime")
    assert code == 0
    assert out.startswith(f"Cholet (Maine-et-Loire) :\n{lookup.BY_FIT}\n")
    assert " · à " in out
    code, out = find(None, "les herbiers", "--topic", "plainte", "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["order"] == lookup.IN_TURN
    assert all(set(service) == SERVICE for service in answer["services"])
    assert {number["id"] for number in answer["numbers"]} <= {
        one.id for one in script.directory.numbers.values() if "plainte" in one.topics
    }


def test_each_audience_is_given_what_it_may_see(script: Script, find: Callable[..., tuple[int, str]]) -> None:
    (place,) = script.directory.places.find("angers").places
    for audience in AUDIENCES:
        for topic in ("plainte", "auteur", "viol"):
            answer = lookup.around(script, place, NOW, audience, topic)
            for service in answer.services:
                assert KINDS[service.kind].seen_by(audience), (audience, service.name)
                assert audience == "professionnel" or service.phone_status != "to-confirm"
    (place,) = script.directory.places.find("les herbiers").places
    institutions = lookup.around(script, place, NOW, "professionnel", kind="institution").services
    assert institutions
    assert lookup.around(script, place, NOW, "victime", kind="institution").services == ()
    assert "à confirmer" not in find("cidff", "vendome", "--audience", "victime")[1]


@pytest.mark.parametrize(
    "wrong", [[], ["cidff", "--kind", "cidff"], ["--kind", "hopitale"], ["--topic", "x"], ["cidff", "--audience", "x"]]
)
def test_a_question_that_is_not_one_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.run(["find", *wrong, "--near", "angers"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.fixture
def sentence(
    script: Script, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """Return what runs the command with a whole sentence, without `--near`."""
    monkeypatch.setattr(commands, "load", lambda: script)

    def found(text: str, *options: str) -> tuple[int, str]:
        code = commands.run(["find", text, *AT, *options])
        return code, capsys.readouterr().out

    return found


def test_a_whole_sentence_says_what_where_and_when(sentence: Callable[..., tuple[int, str]]) -> None:
    code, out = sentence("mairie angers samedi")
    assert code == 0
    assert out.startswith("Angers (Maine-et-Loire) :\n")
    assert "samedi de 9\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}30 à 12\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}30" in out
    code, out = sentence("umj angers demain", "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["day"] == "2026-12-02"
    assert answer["hours"] == {"umj-angers": [["2026-12-02T08:00:00+01:00", "2026-12-02T17:30:00+01:00"]]}
    assert set(answer["services"][0]) == SERVICE


def test_a_sentence_that_may_mean_several_communes_answers_for_the_likeliest_and_names_the_others(
    sentence: Callable[..., tuple[int, str]],
) -> None:
    code, out = sentence("avocat gratuit boulogne mercredi")
    assert code == 0
    assert out.startswith(f"Boulogne-Billancourt (Hauts-de-Seine) :\n{lookup.BY_DAY}\n")
    assert "\nMaison du Droit de Boulogne-Billancourt : 3039, numéro national\n" in out
    assert out.endswith("  Boulogne-sur-Mer (Pas-de-Calais), 62200\n  Essarts-en-Bocage (Vendée), 85140\n")
    answer = json.loads(sentence("avocat gratuit boulogne mercredi", "--json")[1])
    assert [place["departement"] for place in answer["others"]] == ["62", "85"]


def test_a_sentence_gives_what_has_no_number_last(sentence: Callable[..., tuple[int, str]]) -> None:
    code, out = sentence("cidff vendôme")
    assert code == 0
    assert out.index("à confirmer (page de 2019)") < out.index("pas de numéro connu")
    code, out = sentence("cidff vendôme", "--audience", "victime")
    assert "à confirmer" not in out


def test_a_day_beside_a_commune_given_apart(find: Callable[..., tuple[int, str]]) -> None:
    assert "fermé dimanche" in find("umj dimanche", "angers")[1]
    assert "Maison du Droit" in find("avocat gratuit", "92100")[1]


def test_a_sentence_that_lacks_a_place_or_a_service_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in ("cidff", "xylophone vendome", "vendome"):
        assert commands.run(["find", wrong]) == 2
        assert "--near" in capsys.readouterr().err
