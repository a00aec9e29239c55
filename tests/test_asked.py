"""What a few words ask of the directory, and what a professional is shown for them."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from itertools import pairwise
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app import Bot
from bot.directory.placenames import common
from bot.engine.message import Opened, Pressed, Typed
from bot.engine.session import FIND
from bot.text import bare, fold
from bot.understand.asked import Asked, Lexicon
from bot.understand.firstnames import FIRST_NAMES
from tests.journeys import rules
from tests.nasty import Taint, shown
from tests.understanding.sets import messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.app import Answer
    from bot.engine.script import Script
    from tests.journeys.talking import Here

NOW = datetime(2026, 12, 1, 10, tzinfo=ZoneInfo("Europe/Paris"))
TUESDAY, WEDNESDAY = date(2026, 12, 1), date(2026, 12, 2)
PRO = "Je suis professionnel"


@pytest.fixture(scope="module")
def asked(script: Script) -> Callable[..., Asked]:
    return lambda text, near=None: script.lexicon.asked(text, NOW, near)


@pytest.mark.parametrize(
    ("text", "kind", "commune", "day"),
    [
        ("cidff vendôme", "cidff", "Vendôme", None),
        ("CIDFF VENDOME mardi ?", "cidff", "Vendôme", TUESDAY),
        ("cidf vendom", "cidff", "Vendôme", None),
        ("41100 psy", "france-victimes", "Vendôme", None),
        ("psy turc 41100", "france-victimes", "Vendôme", None),
        ("avocat gratuit boulogne mercredi", "point-justice", "Boulogne-Billancourt", WEDNESDAY),
        ("permanence juridique angers demain", "cidff", "Angers", WEDNESDAY),
        ("planning familial 85500", "planning-familial", "Les Herbiers", None),
        ("planing familiale les herbiers", "planning-familial", "Les Herbiers", None),
        ("ou trouver un psy gratuit près de saint lo", "france-victimes", "Saint-Lô", None),
        ("gendarmrie de montoire sur le loir", "gendarmerie", "Montoire-sur-le-Loir", None),
        ("umj angers ce soir", "umj", "Angers", TUESDAY),
        ("udaf st lô", "social", "Saint-Lô", None),
        ("une patiente de Vendôme cherche un psy", "france-victimes", "Vendôme", None),
        ("Mme Martin, avocat à Angers", "point-justice", "Angers", None),
        ("mairie 85640 mouchamps", "mairie", "Mouchamps", None),
        ("maison olympe angers", "centre-sante", "Angers", None),
        ("psy st-denis 93", "france-victimes", "Saint-Denis", None),
        ("cidff sens", "cidff", "Sens", None),
        ("cidff albert", "cidff", "Albert", None),
        ("cidff 41", "cidff", "Blois", None),
        ("cidff loir-et-cher", "cidff", "Blois", None),
        ("lawyer boulogne-billancourt tomorrow", "point-justice", "Boulogne-Billancourt", WEDNESDAY),
        ("assistante sociale le mans jeudi prochain", "social", "Le Mans", date(2026, 12, 3)),
        ("hopital la roche sur yon weekend", "hopital", "La Roche-sur-Yon", date(2026, 12, 5)),
        ("caf mardi prochain vendome", "caf", "Vendôme", date(2026, 12, 8)),
        ("caf vendome après-demain", "caf", "Vendôme", date(2026, 12, 3)),
    ],
)
def test_a_service_a_commune_and_a_day(
    asked: Callable[..., Asked], text: str, kind: str, commune: str, day: date | None
) -> None:
    found = asked(text)
    assert found.service is not None
    assert kind in found.service.kinds
    assert found.places[0].name == commune
    assert found.day == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "ou dormir ce soir avec 2 enfants",
        "Y bien ou aide mardi",
        "le gendarme m'a dit de rentrer chez moi avec les petits",
        "il a tout cassé dans la cuisine hier",
        "mon mari est policier et il me suit partout depuis mardi",
        "je dois 30000 euros à la banque",
        "c'est Lucas qui me frappe",
        "a bien y penser je ne sais plus ou aller",
        "j'ai peur pour Nicole et pour Marie",
        "bonjour " * 40,
    ],
)
def test_nothing_is_seen_where_nothing_is_meant(asked: Callable[..., Asked], text: str) -> None:
    assert not asked(text)


def test_a_first_name_or_an_ordinary_word_beside_a_service_is_no_commune(asked: Callable[..., Asked]) -> None:
    for name in sorted(FIRST_NAMES | {"bien", "ou", "y", "aide", "mardi", "garde", "urgence"}):
        towns = asked(f"avocat pour {name}").places
        assert all(town.population >= 5000 and fold(town.name) == name for town in towns), name


def test_communes_as_good_are_all_given_those_of_the_session_first(asked: Callable[..., Asked]) -> None:
    assert [place.departement for place in asked("avocat boulogne").places] == ["92", "62", "85"]
    assert asked("avocat boulogne", "62").places[0].departement == "62"


def test_any_town_is_found_beside_a_service_even_with_a_mistake(script: Script, asked: Callable[..., Asked]) -> None:
    towns = [place for place in script.directory.places if place.population > 20_000]
    assert len(towns) > 400
    missed = []
    for town in towns:
        name = fold(town.name)
        assert town.insee in [place.insee for place in asked(f"cidff {name} demain").places] or common(name), name
        if len(name) > 7 and " " not in name:
            found = asked(f"cidff {name[:4]}{name[5:]}").places
            missed += [name] if town.insee not in [place.insee for place in found] else []
    assert len(missed) <= 3, missed  # with this mistake, the name of another commune


def test_every_name_of_the_directory_is_understood(script: Script, asked: Callable[..., Asked]) -> None:
    for service in script.directory.index.services:
        if service.seen_by("professionnel"):
            found = asked(service.name.split(",")[0].split("(")[0])
            assert found.service is not None, service.name
            assert service.kind in found.service.kinds or service.id in found.service.ids, service.name


def test_what_victims_write_names_no_service_that_is_not_there(asked: Callable[..., Asked]) -> None:
    """The messages written to judge: a service is seen only by a word of it, a commune only by its name or code.

    « boulogne » is enough for Boulogne-Billancourt. Danger is heard before any search.
    """
    for message in messages("building"):
        if message.danger:
            continue
        found, said = asked(message.text), fold(message.text)
        if found.service is not None:
            assert {"service-local", "signalement"} & {*message.topics}, message.text
        for place in found.places[:1]:
            words = {*said.split()}
            named = fold(place.name) in said.replace("st ", "saint ") or fold(place.name).split()[0] in words
            assert named or {*place.postcodes} & words, message.text


def test_the_questions_of_the_messages_are_understood(asked: Callable[..., Asked]) -> None:
    """Those that are written in French or in English; some name no service, as « somewhere I can talk »."""
    local = [one for one in messages("building") if "service-local" in one.topics and one.language in ("fr", "en")]
    understood = [one.text for one in local if (found := asked(one.text)).service and found.places]
    assert len(understood) >= 0.7 * len(local), [one.text for one in local if one.text not in understood]


def test_the_name_of_any_commune_fits_a_button(script: Script) -> None:
    labels = {place.insee: place.label for place in script.directory.places}
    assert max(map(len, labels.values())) == 28
    assert labels["41269"] == "Vendôme (Loir-et-Cher)"
    assert labels["92012"] == "Boulogne-Billancourt (92)"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read(script: Script, text: str) -> None:
    script.lexicon.asked(text, NOW)


def test_it_is_fast(script: Script) -> None:
    lexicon = Lexicon(script.directory)
    texts = [message.text for message in messages("building")]
    for text in texts:
        lexicon.asked(text, NOW)
    took = []
    for text in texts:
        start = perf_counter()
        lexicon.asked(text, NOW)
        took.append(perf_counter() - start)
    assert median(took) < 0.001  # 0.2 ms, and 0.4 ms for 19 in 20, measured alone


# --- in the conversation ---------------------------------------------------------------------------------------------


def typed(
    talk: Callable[..., Here], area: str | None, text: str, *, path: tuple[str, ...] = (PRO,)
) -> list[dict[str, Any]]:
    """Return the screens of a conversation that walks `path`, then types `text` and leaves it by « Retour »."""
    here = talk(area, "2026-12-01T10:00")
    screens = [json.loads(here.open()), *(json.loads(here.write(line)) for line in path)]
    return [*screens, json.loads(here.write(text)), json.loads(here.write("retour"))]


def test_a_professional_sees_what_was_found_and_comes_back(talk: Callable[..., Here]) -> None:
    *_, before, found, after = typed(talk, "territoires-vendomois", "cidff vendôme")
    assert found["text"].startswith("Vendôme (Loir-et-Cher).")
    assert [one["name"] for one in found["services"]] == ["CIDFF de Loir-et-Cher"]
    assert "à confirmer (page de 2019)" in found["text"]
    assert after["step"] == before["step"]
    assert after["text"] == before["text"]


def test_hours_of_the_day_asked(talk: Callable[..., Here]) -> None:
    *_, found, _ = typed(talk, None, "mairie angers samedi")
    assert "samedi de 9 h 30 à 12 h 30" in bare(found["text"]).replace("\N{NO-BREAK SPACE}", " ")
    *_, found, _ = typed(talk, None, "umj angers dimanche")
    assert "fermé dimanche" in found["text"]


def test_those_who_open_that_day_come_before_those_who_do_not(talk: Callable[..., Here]) -> None:
    *_, found, _ = typed(talk, "manche", "mairie granville samedi")
    assert "fermé samedi" in found["text"]
    *_, found, _ = typed(talk, "manche", "mairie saint lo samedi")
    assert "samedi de" in found["text"]


def test_several_communes_are_offered_and_each_button_carries_the_search(talk: Callable[..., Here]) -> None:
    here = talk(None, "2026-12-01T10:00")
    here.open()
    here.write(PRO)
    offered = json.loads(here.write("avocat gratuit boulogne mercredi"))
    assert offered["choices"][0]["label"] == "Boulogne-Billancourt (92)"
    assert offered["services"] == []
    found = json.loads(here.write("1"))
    assert found["text"].startswith("Boulogne-Billancourt (Hauts-de-Seine), demain.")
    assert found["services"][0]["name"].startswith("Maison du Droit")


def test_the_territory_of_the_session_tells_which_commune(talk: Callable[..., Here]) -> None:
    *_, found, _ = typed(talk, "boulogne-billancourt", "avocat gratuit boulogne mercredi")
    assert found["text"].startswith("Boulogne-Billancourt")
    assert "Boulogne-sur-Mer (62)" in [one["label"] for one in found["choices"]]


def test_without_a_commune_the_territory_or_a_question(talk: Callable[..., Here]) -> None:
    *_, found, _ = typed(talk, "boulogne-billancourt", "cidff")
    assert found["services"]
    for area, text in ((None, "cidff"), ("pays-des-herbiers", "mairie samedi")):
        *_, found, _ = typed(talk, area, text)
        assert "Il manque le lieu" in found["text"]
        assert found["services"] == []


def test_nothing_known_is_said_with_the_lines_that_answer_everywhere(talk: Callable[..., Here]) -> None:
    *_, found, _ = typed(talk, None, "cidff mende")
    assert "Aucun service de ce genre" in found["text"]
    assert {"3919", "116006"} <= {one["id"] for one in found["numbers"]}


@pytest.mark.parametrize("text", ["cidff vendôme", "avocat gratuit boulogne mercredi", "spip angers"])
@pytest.mark.parametrize("path", [(), ("Aide et écoute", "C'est pour moi"), ("Trouver un service",)])
def test_nobody_else_is_shown_it(talk: Callable[..., Here], path: tuple[str, ...], text: str) -> None:
    *_, found, _ = typed(talk, None, text, path=path)
    assert "à confirmer" not in found["text"]
    assert not [one for one in found["services"] if one["kind"] in ("spip", "institution")]


def test_from_every_screen_of_a_professional_the_rules_hold(script: Script) -> None:
    """The same search from each step of these flows, in each language; and the button of a search from anywhere."""
    bot = Bot(script, lambda: NOW)
    texts = [
        "cidff vendôme",
        "psy angers demain",
        "gendarmerie boulogne-billancourt",
        "umj saint lo dimanche",
        "mairie",
    ]
    seen: dict[str, str] = {}
    pending = [bot.answer("", Opened("maine-et-loire"))]
    while pending and len(seen) < 150:
        answer = pending.pop()
        screen = answer.turn.screen
        if screen.step in seen:
            continue
        seen[screen.step] = answer.token
        pending += [bot.answer(answer.token, Pressed(choice.id)) for choice in screen.choices]
    pro = {step: token for step, token in seen.items() if script.steps[step].head.audience == "professionnel"}
    assert len(pro) > 20
    for step, token in pro.items():
        for text in texts:
            judge(script, bot.answer(token, Typed(text)), step)
    others = seen.keys() - pro.keys()
    button = f"{FIND}4100702" + next(code for code, meant in script.meant.items() if meant.phrase == "cidff")
    for step in others:
        assert not bot.answer(seen[step], Pressed(button)).turn.screen.offers


def judge(script: Script, answer: Answer, step: str) -> None:
    screen = answer.turn.screen
    assert len(screen.text) <= 600, (step, screen.text)
    assert len(screen.choices) <= 6
    assert all(len(choice.label) <= 28 for choice in screen.choices)
    assert screen.idle is None
    assert screen.bar.back
    assert not re.search(rules.REVEALING["fr"], fold(screen.text[: rules.GLANCE])), screen.text
    confirmed = [one.phone_status != "to-confirm" for one in screen.services]
    assert all(one >= other for one, other in pairwise(confirmed)), screen.text
    assert len(screen.services) <= 3


def test_nothing_that_is_typed_comes_back(script: Script) -> None:
    bot, taint = Bot(script, lambda: NOW), Taint(script)
    pro = bot.answer(bot.answer("", Opened()).token, Typed(PRO))
    for more in ("<Zxqvwy>", "Zxqvwy", "💥 Zxqvwy", "Zxqvwy Qwxz", "\u202eZxqvwy"):
        for text in (f"cidff vendôme {more}", f"{more} psy angers demain", f"cidff {more}", f"avocat boulogne {more}"):
            answer = bot.answer(pro.token, Typed(text))
            assert answer.turn.screen.offers, text
            assert taint.reflected(text, shown(answer)) is None, text


@pytest.mark.parametrize("wrong", ["?", "?99999", "?4100702zzzz", "?41269xxabcd", "?" * 60])
def test_a_forged_search_leads_nowhere(script: Script, wrong: str) -> None:
    bot = Bot(script, lambda: NOW)
    home = bot.answer("", Opened())
    pro = bot.answer(home.token, Typed(PRO))
    for token in (home.token, pro.token, ""):
        assert bot.answer(token, Pressed(wrong)).turn.screen.services == ()
