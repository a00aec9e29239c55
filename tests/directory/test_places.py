"""Every commune of France is found by its names and postcodes, and nothing else is taken for one."""

from __future__ import annotations

import functools
import random
import string
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.directory.placenames import bare, common, fold_all
from bot.directory.places import Place, Places, distance_km
from bot.text import fold

KNOWLEDGE = Path(__file__).parents[2] / "knowledge"


@functools.cache
def places() -> Places:
    texts = ((KNOWLEDGE / name).read_text("utf-8") for name in ("places.tsv", "departements.tsv"))
    return Places.read(*texts)


@functools.cache
def communes() -> tuple[Place, ...]:
    return tuple(place for place in places() if place.insee == place.commune)


@functools.cache
def former_names() -> tuple[tuple[str, str], ...]:
    """Former name and INSEE code of the present commune, read apart from the code under test."""
    rows = [line.split("\t") for line in (KNOWLEDGE / "places.tsv").read_text("utf-8").splitlines()]
    return tuple((old, row[0]) for row in rows if len(row) == 8 for old in row[7].split(";"))


def found(typed: str, near: frozenset[str] | str | None = None) -> list[str]:
    """INSEE codes of the communes found."""
    return [place.insee for place in places().find(typed, near).places]


def names(typed: str, near: str | None = None) -> list[str]:
    return [f"{place.name} ({place.departement})" for place in places().find(typed, near).places]


# All of them


def test_the_register_is_whole() -> None:
    assert len(communes()) == 34_969
    assert len(list(places())) == 34_969 + 45
    assert len({place.departement for place in communes()}) == 109
    assert len({postcode for place in communes() for postcode in place.postcodes}) == 6_310
    assert len(former_names()) == 2_501
    present = {place.name for place in communes()}
    assert len({name for name, _ in former_names()} - present) == 2_207
    assert sum(not place.located for place in communes()) == 92
    assert sum(not place.epci for place in communes()) == 98
    assert 68_000_000 < sum(place.population for place in communes()) < 70_000_000


def test_a_former_name_that_nobody_bears_is_not_lost_to_one_that_sounds_alike() -> None:
    assert {place.name for place in places().find("vire").places} == {"Viré", "Vire Normandie"}
    today = {place.name for place in communes()}
    unborne = {(name, insee) for name, insee in former_names() if name not in today}
    assert len({name for name, _ in unborne}) == 2207
    for name, insee in unborne:
        assert insee in [place.commune for place in places().find(name).places], name


def test_a_commune_is_its_code() -> None:
    for place in places():
        assert places().get(place.insee) == place
    assert places().get("99999") is None
    assert places().get("") is None


def test_folding_in_bulk_is_folding() -> None:
    every = [place.name for place in places()] + [name for name, _ in former_names()]
    assert fold_all(every) == [fold(name) for name in every]


def test_every_official_name_is_found() -> None:
    today = {place.name for place in communes()}
    unborne = {name for name, _ in former_names() if name not in today}  # Vire, that nobody bears, beside Viré
    homonyms = Counter(fold(place.name) for place in communes()) + Counter(map(fold, unborne))
    asked = []
    for place in communes():
        result = places().find(place.name)
        assert place in result.places, place
        assert result.former is None
        if len(result.places) > 1 and homonyms[fold(place.name)] == 1:
            # Alone of its name, and yet a question: only because of towns whose name begins so.
            assert all(other.population >= 15 * place.population for other in result.places if other != place), place
            asked.append(place.name)
    assert len(asked) < 60, asked


def test_every_name_is_found_without_accents_hyphens_and_capitals_and_with_st() -> None:
    for place in communes():
        typed = fold(place.name)
        for long, short in (("saintes", "stes"), ("sainte", "ste"), ("saints", "sts"), ("saint", "st")):
            typed = " ".join(short if word == long else word for word in typed.split())
        assert place.insee in found(typed), typed


def test_every_name_is_found_without_its_article() -> None:
    taken = {fold(place.name) for place in communes()} | {fold(name) for name, _ in former_names()}
    taken |= {bare(fold(place.departement_name)) for place in communes()}
    refused = 0
    for place in communes():
        typed = bare(fold(place.name))
        if typed in taken:
            continue
        if common(typed):
            refused += place.insee not in found(typed)
        else:
            assert place.insee in found(typed), typed
    assert refused < 100  # « rivière », « garde »: ordinary words want the article, or the postcode


def test_every_name_with_its_postcode_is_found() -> None:
    same = Counter((fold(place.name), postcode) for place in communes() for postcode in place.postcodes)
    for place in communes():
        for postcode in place.postcodes:
            result = places().find(f"{postcode} {place.name}").places
            assert place.insee in [one.commune for one in result], (postcode, place)
            assert len(result) <= same[fold(place.name), postcode], (postcode, place)


def test_every_name_with_its_departement_is_found() -> None:
    same = Counter((fold(place.name), place.departement) for place in communes())
    for at, place in enumerate(communes()):
        # By number and by name in turn, for the time it takes: each way alone finds them all as well.
        typed = f"{place.name} {place.departement_name}" if at % 2 else f"{place.name} ({place.departement})"
        result = found(typed)
        assert place.insee in result, typed
        assert len(result) <= same[fold(place.name), place.departement] + 1, typed


def test_every_postcode_is_found() -> None:
    posted: dict[str, set[str]] = {}
    for place in communes():
        for postcode in place.postcodes:
            posted.setdefault(postcode, set()).add(place.insee)
    for postcode, codes in posted.items():
        assert {place.commune for place in places().find(postcode).places} == codes, postcode


def test_every_former_name_leads_to_the_present_commune() -> None:
    present = {fold(place.name) for place in communes()}
    there = {(fold(place.name), place.departement) for place in communes()}
    for name, insee in former_names():
        departement = insee[:3] if insee.startswith("97") else insee[:2]
        if fold(name) not in present:
            result = places().find(name)
            assert insee in [place.insee for place in result.places], name
            assert result.former in (name, None) or fold(result.former) == fold(name)
        # Where another commune bears the name today, the département tells which is meant.
        elif (fold(name), departement) not in there:
            assert insee in found(f"{name} {departement}"), name


def test_a_former_name_is_told() -> None:
    assert places().find("bellegarde sur valserine").former == "Bellegarde-sur-Valserine"
    assert names("bellegarde sur valserine") == ["Valserhône (01)"]
    assert places().find("Culoz").former == "Culoz"
    assert places().find("vendome").former is None


def mistaken(name: str, dice: random.Random) -> str:
    """Make one mistake in the letters of a name."""
    at = dice.choice([place for place, letter in enumerate(name) if letter != " "])
    letter = dice.choice(string.ascii_lowercase)
    swapped = name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :]
    wrong = [name[:at] + name[at + 1 :], name[:at] + letter + name[at:], name[:at] + letter + name[at + 1 :]]
    return dice.choice([*wrong, swapped] if name[at + 1 : at + 2].strip() else wrong)


def test_one_mistake_in_a_name_of_four_letters_is_forgiven() -> None:
    dice = random.Random(41100)
    long = [place for place in communes() if len(fold(place.name).replace(" ", "")) >= 4]
    known = {fold(place.name) for place in communes()} | {fold(name) for name, _ in former_names()}
    known |= {bare(name) for name in known}
    missed, sure = [], 0
    for place in dice.sample(long, 2_000):
        typed = mistaken(fold(place.name), dice)
        codes = found(typed)
        sure += codes == [place.insee]
        if place.insee not in codes and not {typed, bare(typed)} & known:
            missed.append((typed, place.name, codes[:3]))
    assert sure > 1_500
    # An ordinary word is not corrected, nor the very words of a town: see `make prove`.
    assert len(missed) < 12, missed


def test_a_mistake_is_offered_below_what_the_words_say() -> None:
    assert names("fresne")[:2] == ["Le Fresne (51)", "Fresnes (94)"]
    assert "Aumur (39)" in names("iaumur")
    assert "Saumur (49)" in names("iaumur")
    assert "Albi (81)" in names("labi")
    assert "Malaincourt-sur-Meuse (52)" in names("malancourt sur meuse")
    assert "Marcy (02)" in names("arcy 02")
    assert "Toulis-et-Attencourt (02)" in names("toulis st attencourt")


def test_a_name_to_the_letter_is_never_doubted() -> None:
    assert names("ingolsheim") == ["Ingolsheim (67)"]  # and not Lingolsheim, sixty times larger
    assert names("vijon") == ["Vijon (36)"]


# What people write

SURE = """
85109 les herbiers|herbiers|Les Herbier|lesherbiers|aux herbiers|vers les herbiers; 72181 le mans|mans|la mans
41269 VENDÔME|vendome 41|41 vendome|vendôme (41)|41100 vendome|vendome, 41100|vendomme 41100|vendomme
41269 vendome 41106 cedex|vendôme loir et cher|vendome france|j'habite à vendôme|J’habite Vendôme; 38289 oz; 80829 y
92012 boulogne-billancourt|boulogne bilancourt|boulogne 92100|92100; 94038 l'hay les roses|lhaÿ les roses
49007 angers|angers cedex 02|bonjour, je vis à Angers, merci; 49099 ٤٩٣٠٠|du côté de cholet svp|j'habite au 49300
71076 chalon s/ saone|chalon s/Saône|chalon saone; 41199 st amand longpre|Saint-Amand-Longpré; 85191 la roche vendée
97411 saint-denis réunion|saint denis de la réunion|st-denis 974|je suis à Saint-Denis à la Réunion; 93066 st denis 93
97502 saint-pierre 97500; 97611 mamoudzou; 98818 nouméa; 98735 papeete; 97801 saint martin 978; 97209 fort france
75056 paris|paris 75|75056|PARIS CEDEX 08; 69123 lyon 69; 13055 marseille 13; 2A004 2A004|20000; 44109 nantess
75111 75011|paris 11|paris 11e|paris 75011|Paris 11ème arrondissement|je suis à Paris 11; 75116 75116; 69383 lyon 3
13213 Marseille 13e arrondissement|marseille 13013; 39476 saint aubin jura|saint aubin dans le jura
"""


@pytest.mark.parametrize("entry", [entry.strip() for line in SURE.split("\n") for entry in line.split(";") if entry])
def test_sure(entry: str) -> None:
    insee, _, texts = entry.partition(" ")
    assert {typed: found(typed) for typed in texts.split("|")} == {typed: [insee] for typed in texts.split("|")}


NOWHERE = """
je suis perdue|oui|non|aide|merci|17|115|3919|06 12 34 56 78|danger|argent|vendée|loire-atlantique|mayotte|temoins|deux
je suis à l'hôpital|je suis à la rue|je suis à y|je ne suis pas seule|pas seul|mon ex|ne pas|j'ai peur|au secours|à bout
je suis en danger|je suis enceinte et j'ai peur|il est là|je suis à la maison|sur la route|au travail|en couple|dans la
haute savoie|slt|bjr|mdr|stp|quoi|hein|rdv|tel|ouais|help|pute|mec|tkt|code|flic|sac|peau|vide|taxi|papa|test
haute savoie|je ne sais pas|n'importe où|loin de lui|mon mari me frappe|paris 21|📍|, ; !|le la les|????|a|st|d'
"""


@pytest.mark.parametrize("typed", NOWHERE.replace("\n", "|").strip("|").split("|"))
def test_nowhere(typed: str) -> None:
    assert names(typed) == []


def test_homonyms_are_asked_the_nearest_and_largest_first() -> None:
    assert names("saint-denis")[:2] == ["Saint-Denis (974)", "Saint-Denis (93)"]
    assert names("saint-denis", "93")[:2] == ["Saint-Denis (93)", "Saint-Denis (974)"]
    assert names("st aubin", "91")[:2] == ["Saint-Aubin (91)", "Saint-Aubin (39)"]
    assert len(names("st aubin")) == 10
    assert found("saint-denis", frozenset({"11", "30"}))[:2] == ["11339", "30247"]
    assert names("saint-pierre")[:3] == ["Saint-Pierre (974)", "Saint-Pierre (975)", "Saint-Pierre (972)"]
    assert names("bors") == ["Bors (Canton de Tude-et-Lavalette) (16)", "Bors (Canton de Charente-Sud) (16)"]
    assert names("saint pierre et miquelon") == ["Saint-Pierre (975)", "Miquelon-Langlade (975)"]


def test_a_mistake_in_a_name_of_many_is_a_question_still() -> None:
    assert names("fresies") == names("fresnes")[:1] + names("fresies")[1:]
    assert names("montzreuil")[0] == "Montreuil (93)"
    assert len(names("montzreuil")) > 1


def test_a_village_does_not_hide_a_town() -> None:
    assert names("aix") == ["Aix-en-Provence (13)", "Aix-les-Bains (73)", "Aix (19)"]
    assert names("évry") == ["Évry-Courcouronnes (91)", "Évry (89)"]
    assert names("boulogne") == ["Boulogne-Billancourt (92)", "Boulogne-sur-Mer (62)", "Essarts-en-Bocage (85)"]
    assert names("le puy") == ["Le Puy-en-Velay (43)", "Le Puy (33)", "Le Puy (25)"]
    assert names("bourg")[0] == "Bourg-en-Bresse (01)"
    assert names("la baule") == ["La Baule-Escoublac (44)", "Baule (45)"]


def test_a_postcode_of_several_communes_is_a_question() -> None:
    assert names("41100")[0] == "Vendôme (41)"
    assert len(names("41 100")) == len(names("41100")) == 26
    # A wrong postcode: what either may mean.
    assert names("49300 vendôme") == ["Cholet (49)", "Vendôme (41)"]


def test_an_arrondissement_belongs_to_its_town() -> None:
    (place,) = places().find("marseille 13e").places
    assert (place.name, place.commune, place.epci) == ("Marseille 13e Arrondissement", "13055", "200054807")
    assert place.postcodes == ("13013",)


# Points


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [("Les Herbiers", "Cholet", 24), ("Les Herbiers", "La Roche-sur-Yon", 37), ("Paris", "Marseille", 662)],
)
def test_distance(one: str, other: str, km: float) -> None:
    (a,), (b,) = places().find(one).places, places().find(other).places
    assert distance_km(a, b) == pytest.approx(km, abs=1.5)
    assert distance_km(a, b) == pytest.approx(distance_km((b.lat, b.lon), (a.lat, a.lon)))
    assert distance_km(a, a) == 0


def test_points_lie_in_france() -> None:
    for place in places():
        if place.departement < "96":
            assert 41.3 < place.lat < 51.1, place
            assert -5.2 < place.lon < 9.6, place
    assert distance_km((0, 0), (0, 180)) == pytest.approx(20_015, abs=1)


# Anything


@given(st.text(max_size=400) | st.text(alphabet="saint dle-'0123456789(/)éœ", max_size=150))
def test_anything_typed_has_an_answer(typed: str) -> None:
    result = places().find(typed, near="41")
    assert len(set(result.places)) == len(result.places)
    assert all(place == places().get(place.insee) for place in result.places)


@pytest.mark.parametrize(
    "typed", ["", " ", "\x00", "a" * 10**6, "saint " * 10**5, "41 " * 40, "\u202e41100\u202c x" * 9]
)
def test_long_or_odd_texts(typed: str) -> None:
    places().find(typed)
