"""The acceptance journeys of `tests/journeys/`, played in the order they are given, each turn judged.

What is expected is in the journeys; how it is compared is in `tests/journeys/play.py`; what is true on every screen of
every journey is in `tests/journeys/rules.py`. Everything is played in this process; two journeys also through a pipe.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys import rules
from tests.journeys.judging import Seen, judge
from tests.journeys.play import Played, Player, journeys, play_variant, variants
from tests.journeys.talking import (
    Here,
    Piped,
    Wrong,
    asks_place,
    button,
    first_read,
    labels,
    numbers_of,
    offered,
    read,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.engine.script import Script

JOURNEYS = journeys()
VARIANTS = [(journey, variant) for journey in JOURNEYS for variant in variants(journey)]


def ids(journey: dict[str, Any]) -> str:
    """Name a test after its journey."""
    return str(journey["id"])


@pytest.fixture
def opener(script: Script) -> Callable[[str | None, str, str], Here]:
    """Return what opens a conversation in this process; a language that is not shipped yet skips the test."""

    def opened(area: str | None, at: str, locale: str) -> Here:
        if locale not in script.catalogues:
            pytest.skip(f"la langue « {locale} » n'est pas encore livrée")
        return Here(script, area, at, locale)

    return opened


def said(played: Played) -> str:
    """Return everything a journey lacks, in one text."""
    return "\n\n".join(played.wrong)


@pytest.mark.parametrize("by_label", [False, True], ids=["by-number", "by-label"])
@pytest.mark.parametrize("journey", JOURNEYS, ids=ids)
def test_journey(opener: Callable[..., Here], journey: dict[str, Any], by_label: bool) -> None:
    """A choice is pressed by its number or by its label: the same screens come back, and hold what they should."""
    played = Player(journey, opener, by_label=by_label).play(journey["turns"])
    assert not played.wrong, said(played)


@pytest.mark.parametrize("restart", ["empty", "home"])
@pytest.mark.parametrize("journey", [j for j in JOURNEYS if sum("start" in t for t in j["turns"]) > 1], ids=ids)
def test_journey_opened_again_in_the_same_process(
    opener: Callable[..., Here], journey: dict[str, Any], restart: str
) -> None:
    """After « Fermer », an empty line or « accueil » opens again with the bytes of a first visit."""
    played = Player(journey, opener, restart=restart).play(journey["turns"])
    assert not played.wrong, said(played)


@pytest.mark.parametrize(("journey", "variant"), VARIANTS, ids=[variant.name for _, variant in VARIANTS])
def test_variant(opener: Callable[..., Here], journey: dict[str, Any], variant: Any) -> None:
    """What is `also` true: another hour, another place, other words, from wherever they may be typed."""
    del journey
    played = play_variant(variant, opener)
    assert not played.wrong, said(played)


@pytest.mark.parametrize("journey", JOURNEYS, ids=ids)
def test_rules_hold_on_every_screen_of_it(script: Script, opener: Callable[..., Here], journey: dict[str, Any]) -> None:
    """X3 to X16, for the audience whose screen it is."""
    played = Player(journey, opener).play(journey["turns"], judged=False)
    assert not played.wrong, said(played)
    locale, wrong = journey.get("locale", "fr"), []
    for line in played.seen.lines:
        screen = read(line)
        step = script.steps.get(screen["step"])
        audience = step.head.audience if step else None
        wrong += [f"{screen['step']} : {reason}" for reason in rules.problems(screen, locale, audience)]
    assert not wrong, "\n".join(dict.fromkeys(wrong))


@pytest.mark.parametrize("journey", JOURNEYS, ids=ids)
def test_emergency_and_exit_from_every_screen_of_it(opener: Callable[..., Here], journey: dict[str, Any]) -> None:
    """X1, X2: 17, 114 and 112 one press away and back to the same step; closing erases, and opens as at first."""
    table = labels()
    turns = [{key: value for key, value in turn.items() if key != "expect"} for turn in journey["turns"]]
    for place in range(len(turns)):
        player = Player(journey, opener)
        ahead = Player(journey, opener)
        steps = player.play([*turns[: place + 1]])
        screen = steps.seen.screen
        if screen["erased"]:
            continue
        where = " > ".join(steps.path)
        urgent = {"17", "114", "112"}
        if offered(screen, "URGENCE", table):
            there = ahead.play([*turns[: place + 1], {"press": "URGENCE"}, {"press": "RETOUR"}])
            assert not there.wrong, said(there)
            assert urgent <= set(numbers_of(read(there.seen.lines[-2]))), where
            assert read(there.seen.lines[-1])["step"] == screen["step"], f"Retour, depuis {where}"
        else:
            assert urgent <= set(numbers_of(screen)), where
        closed = Player(journey, opener, restart="empty").play(
            [*turns[: place + 1], {"press": "FERMER"}, {"start": True}]
        )
        assert not closed.wrong, said(closed)
        assert read(closed.seen.lines[-2])["erased"], where
        assert closed.seen.lines[-1] == closed.seen.lines[0], f"après Fermer, depuis {where}"


@pytest.mark.parametrize("journey", JOURNEYS, ids=ids)
def test_played_twice_it_prints_the_same_bytes(opener: Callable[..., Here], journey: dict[str, Any]) -> None:
    """X17."""
    once = Player(journey, opener).play(journey["turns"], judged=False)
    again = Player(journey, opener).play(journey["turns"], judged=False)
    assert once.seen.lines == again.seen.lines


@pytest.mark.slow
@pytest.mark.parametrize("journey", [j for j in JOURNEYS if j["id"][:3] in ("J01", "J03")], ids=ids)
def test_journey_through_a_real_pipe(opener: Callable[..., Here], journey: dict[str, Any]) -> None:
    """`repere chat … --json` in a process of its own: the same bytes, and the journey holds."""
    here = Player(journey, opener, restart="empty").play(journey["turns"])
    piped = Player(journey, Piped, restart="empty").play(journey["turns"])
    assert not piped.wrong, said(piped)
    assert [line.rstrip("\n") for line in piped.seen.lines] == [line.rstrip("\n") for line in here.seen.lines]


# --- the player itself: a judge that lets things through proves nothing ----------------------------------------------


def _screen(**changed: Any) -> str:
    number = {"id": "3919", "number": "3919", "display": "3919", "name": "Écoute", "url": None, "open": True}
    service = {"id": "a", "name": "Mairie de Vendôme", "kind": "mairie", "phone": "02 54 89 42 00", "open": False}
    screen = {
        "step": "a.b",
        "text": "Écoute : 3919.\nMairie : 02 54 89 42 00, page de 2019.",
        "choices": [{"n": 1, "label": "Oui"}],
        "bar": [{"key": "f", "label": "Fermer"}],
        "numbers": [number | {"next_opening": None}],
        "services": [service | {"next_opening": "2026-12-01T14:00", "closes": None}],
        "erased": False,
        "token": "t",
    }
    return json.dumps(screen | changed)


REFUSED: list[dict[str, Any]] = [
    {"numbers_all": ["391"]},
    {"numbers_all": ["116006"]},
    {"numbers_any": ["17", "0254894201"]},
    {"numbers_none": ["02 54 89 42 00"]},
    {"numbers_none": ["3919"]},
    {"numbers_first": "0254894200"},
    {"services_count_max": 0},
    {"services_count_min": 2},
    {"choices_max": 0},
    {"taps_max": 1},
    {"open": {"3919": False}},
    {"open": {"3919": None}},
    {"next_opening": {"02 54 89 42 00": "2026-12-01T14:30"}},
    {"next_opening_any": {"a": ["2026-12-02T14:00"]}},
    {"next_opening_if_shown": {"a": "2026-12-02T14:00"}},
    {"open_none": ["3919"]},
    {"services_all": [{"name": "mairie", "open": True}]},
    {"services_all": [{"name": "mairie", "phone": "02 54 89 42 01"}]},
    {"services_all": [{"name": "mairie", "next_opening": "2026-12-01T14:01"}]},
    {"services_all": [{"name": "gendarmerie"}]},
    {"services_none": ["[Mm]airie"]},
    {"order": ["mairie", "gendarmerie"]},
    {"text_has": ["écoutez"]},
    {"text_lacks": ["ecoute"]},
    {"channels_all": ["masecurite"]},
    {"label_each": "à confirmer"},
    {"year_each": True},
    {"same_screen_as": 0},
    {"same_bytes_as": 0},
    {"place": "Vendôme"},
    {"erased": True},
    {"french_line": True},
]


@pytest.mark.parametrize("expected", REFUSED, ids=str)
def test_the_judge_refuses(expected: dict[str, Any]) -> None:
    """Each word of the format says no when it should."""
    seen = Seen([_screen(step="x.y"), _screen()], taps=2)
    assert judge(seen, expected)


def test_the_judge_does_not_skip_a_word_it_does_not_know() -> None:
    """A misspelt expectation is a fault of the journey, never a success."""
    with pytest.raises(Wrong, match="number_all"):
        judge(Seen([_screen()]), {"number_all": ["17"]})
    with pytest.raises(Wrong, match="n'est pas sur l'écran"):
        judge(Seen([_screen()]), {"open": {"116006": True}})


def test_a_label_absent_or_doubtful_is_a_failure() -> None:
    """`press` never guesses."""
    screen = read(_screen(choices=[{"n": 1, "label": "Je m'en vais"}, {"n": 2, "label": "Quitter la page"}]))
    with pytest.raises(Wrong, match="n'est pas proposé"):
        button(screen, "RETOUR", labels())
    screen = read(_screen(bar=[], choices=[{"n": 1, "label": "Effacer"}, {"n": 2, "label": "Quitter la page"}]))
    with pytest.raises(Wrong, match="peut être"):
        button(screen, "FERMER", labels())


def test_numbers_are_compared_digit_by_digit() -> None:
    """However they are grouped; the first is the first read, not the first of a list."""
    screen = read(_screen())
    assert numbers_of(screen) == ["3919", "0254894200"]
    assert first_read(screen) == "3919"


def test_a_commune_asked_is_seen(script: Script) -> None:
    """What tells the player that a screen asks for the commune agrees with the flows."""
    conversation = Here(script, None, "2026-11-24T15:00")
    assert not asks_place(read(conversation.open()))
    for path in (("2", "1"), ("3", "3", "3"), ("1", "2", "2", "4")):
        conversation = Here(script, None, "2026-11-24T15:00")
        conversation.open()
        line = [conversation.write(one) for one in path][-1]
        assert asks_place(read(line)), read(line)["text"]
        assert not asks_place(read(conversation.write("Angers")))
