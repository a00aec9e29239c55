"""The session in a button: short, safe to forge, and under other content the same answers or nothing."""

from __future__ import annotations

import string
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.advance import advance, start
from bot.engine.compile import compile, compile_with
from bot.engine.message import Key, Opened, Pressed
from bot.engine.script import choice_code
from bot.engine.session import Session, Visit
from bot.engine.token import LONGEST, _byte, decode, encode
from tests.engine.content import NOW, PLACES, SOURCES, Talk, everywhere, files, small

SAFE = set(string.ascii_letters + string.digits + "-_")


def same(old: Session, new: Session | None) -> bool:
    """Tell whether a token read under other content is nothing, or means the same answers at the same place."""
    return new is None or (
        [(visit.step, visit.answer) for visit in new.trail] == [(visit.step, visit.answer) for visit in old.trail]
        and (new.at, new.place, new.area, new.locale) == (old.at, old.place, old.area, old.locale)
    )


def test_every_screen_has_a_token_that_leads_back_to_it() -> None:
    sessions = everywhere()
    assert len(sessions) > 60
    for session in sessions:
        token = encode(small(), session)
        assert decode(small(), token, NOW) == session
        assert len(token) <= LONGEST
        assert set(token) <= SAFE


def test_a_token_and_a_choice_fit_a_button_of_telegram() -> None:
    longest = max(len(encode(small(), session)) for session in everywhere())
    codes = [choice_code(choice.id) for step in small().steps.values() for choice in getattr(step, "choices", ())]
    codes += [choice_code(jump) for jump in small().jumps] + [key.value for key in Key] + ["@85109"]
    assert longest + max(map(len, codes)) <= 64
    assert LONGEST == 48, "design.md: at most 48 ASCII bytes"
    assert LONGEST + max(map(len, codes)) <= 64


def test_two_people_on_the_same_way_have_the_same_token() -> None:
    ways = [Talk().press("Aide et écoute", "C'est pour moi"), Talk().type("1", "1"), Talk().type("1", "xyz", "1")]
    assert len({talk.token for talk in ways}) == 1


def test_nothing_typed_is_in_a_token_but_a_commune() -> None:
    by_name = Talk().press("Trouver un service").type("Mouchamps")
    by_code = Talk().press("Trouver un service").type("je cherche vers 85640, merci")
    assert by_name.token == by_code.token


@pytest.mark.parametrize(
    "token",
    ["", "A", "AA", "AAAA", "é", "\0", "=" * 8, "A" * 48, "A" * 49, "----", "____", "💥", "EQ", "f" * 12, " " * 12],
)
def test_a_wrong_token_is_nothing(token: str) -> None:
    assert decode(small(), token, NOW) is None


@given(st.one_of(st.text(max_size=60), st.text(alphabet=sorted(SAFE), max_size=60)))
def test_any_string_is_a_session_or_nothing(token: str) -> None:
    session = decode(small(), token, NOW)
    assert session is None or decode(small(), encode(small(), session), NOW) == session


@given(st.sampled_from(everywhere()), st.data())
def test_a_token_with_a_wrong_byte_is_nothing_or_a_place(session: Session, data: st.DataObject) -> None:
    token = encode(small(), session)
    raw = bytearray(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] = data.draw(st.integers(0, 255))
    found = decode(small(), urlsafe_b64encode(bytes(raw)).decode().rstrip("="), NOW)
    if found is not None:
        assert found.at in small().steps
        assert small().steps[found.at].waits
        advance(small(), found, Pressed(Key.BACK), NOW)


@given(st.sampled_from(everywhere()), st.integers(0, 40))
def test_a_token_cut_short_is_nothing_or_a_place(session: Session, length: int) -> None:
    found = decode(small(), encode(small(), session)[:length], NOW)
    assert found is None or small().steps[found.at].waits


WORDS = st.sampled_from(["mouchamps", "urgence", "retour", "langue"])


@given(st.lists(st.one_of(st.integers(0, 8), WORDS), max_size=30))
def test_a_walk_at_random_keeps_its_thread(steps: list[int | str]) -> None:
    """`Talk` checks after each turn that the token alone gives the session back."""
    talk = Talk()
    for step in steps:
        if isinstance(step, str):
            talk.type(step)
        else:
            buttons = [*talk.labels, *talk.bar]
            talk.press(buttons[step % len(buttons)])
        if talk.turn.session is not None:
            assert len(talk.token) <= LONGEST


@pytest.mark.parametrize("insee", ["01001", "2A004", "2B033", "2A999", "97411", "98818", "95680"])
def test_every_kind_of_insee_code_fits(insee: str) -> None:
    from bot.engine.token import _insee_code, _insee_number

    assert _insee_code(_insee_number(insee)) == insee
    assert _insee_number(insee) < 1 << 24


def test_every_commune_of_the_country_fits() -> None:
    from bot import content
    from bot.engine.token import _insee_code, _insee_number

    codes = [place.insee for place in content.places(content.root())]
    assert [_insee_code(_insee_number(insee)) for insee in codes] == codes


def test_a_commune_that_exists_no_more_loses_its_thread() -> None:
    token = Talk(opened=Opened(place="85153")).token
    from bot.directory.places import Places
    from tests.engine.content import COMMUNES, DEPARTEMENTS

    fewer = Places.read(COMMUNES.replace("85153", "85154"), DEPARTEMENTS)
    lighter = {path: text for path, text in files().items() if "herbiers" not in path}
    assert decode(compile(lighter, fewer), token, NOW) is None


# --- other content


MUTATIONS = {
    "a choice inserted": ("aide", "      moi:", "      ami: Un ami\n      moi:", "{moi:", "{ami: temoin, moi:"),
    "choices the other way round": (
        "aide",
        "      moi: C'est pour moi\n      autrui: Pour quelqu'un d'autre\n",
        "      autrui: Pour quelqu'un d'autre\n      moi: C'est pour moi\n",
    ),
    "a choice renamed": ("aide", "moi: C'est pour moi", "soi: C'est pour moi", "{moi:", "{soi:"),
    "a choice removed": ("aide", "      moi: C'est pour moi\n", "", "{moi: victime, ", "{"),
    "a label changed": ("aide", "C'est pour moi", "Pour moi"),
    "two choices exchanged": ("aide", "{moi: victime, autrui: temoin", "{moi: temoin, autrui: victime"),
    "two ids exchanged": (
        "aide",
        "      moi: C'est pour moi\n      autrui: Pour quelqu'un d'autre\n",
        "      autrui: C'est pour moi\n      moi: Pour quelqu'un d'autre\n",
        "{moi: victime, autrui: temoin",
        "{autrui: victime, moi: temoin",
    ),
    "a sentence inserted": ("victime", "  besoin:\n", "  phrase: {say: Une phrase.}\n  besoin:\n"),
    "a question inserted": (
        "victime",
        "  croire:\n",
        "  avant:\n    ask: Avant ?\n    choices: {moi: Moi, droit: Droit}\n    go: croire\n  croire:\n",
    ),
    "a question that takes a place": (
        "accueil",
        "go: {aide: aide",
        "go: {aide: temoin",
    ),
    "a step renamed": ("victime", "  besoin:\n", "  b:\n", "autre: besoin", "autre: b", "from: besoin", "from: b"),
    "a step removed": ("victime", "  loi: {show: card, card: constat, if none: fin}\n", "", "carte: loi", "carte: fin"),
    "a place no longer asked": ("victime", "  lieu: {use: ou}\n", "  lieu: {ask: Où ?, choices: {moi: A, droit: B}}\n"),
    "home renamed": ("accueil", "  accueil:\n", "  debut:\n"),
    "the emergency screen moved": ("always", "emergency: urgence", "emergency: aide"),
    "another first screen of a flow": ("temoin", "  maintenant:\n", "  oui:\n    say: Oui.\n  maintenant:\n"),
    "a place that is skipped": ("trouver", "  lieu: {use: ou}", "  lieu: {ask: Où ?, answer: place, if known: skip}"),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_under_other_content_a_token_means_the_same_answers_or_nothing(name: str) -> None:
    file, *pieces = MUTATIONS[name]
    text = SOURCES[f"flows/{file}.yml"]
    for old, new in zip(pieces[::2], pieces[1::2], strict=True):
        assert old in text
        text = text.replace(old, new, 1)
    script = compile_with(files() | {f"flows/{file}.yml": text}, PLACES, [])
    for session in everywhere():
        found = decode(script, encode(small(), session), NOW)
        assert same(session, found), f"{session} became {found}"


def test_what_an_edit_does_not_touch_goes_on() -> None:
    """Inserting, moving and renaming labels keep every thread; a renamed choice loses those that went through it."""
    for name in ("a choice inserted", "choices the other way round", "a label changed", "a sentence inserted"):
        file, *pieces = MUTATIONS[name]
        text = SOURCES[f"flows/{file}.yml"]
        for old, new in zip(pieces[::2], pieces[1::2], strict=True):
            text = text.replace(old, new, 1)
        script = compile_with(files() | {f"flows/{file}.yml": text}, PLACES, [])
        for session in everywhere():
            assert decode(script, encode(small(), session), NOW) is not None, name


# --- bytes that two names share


def twins(first: str) -> str:
    """Return a name that has the same byte in a token as another."""
    return next(name for name in (f"c{number}" for number in range(5000)) if _byte(name) == _byte(first))


def test_two_choices_of_one_question_may_share_a_byte() -> None:
    twin = twins("moi")
    text = (
        SOURCES["flows/aide.yml"]
        .replace("      autrui:", f"      {twin}:")
        .replace("autrui: temoin", f"{twin}: temoin")
    )
    script = compile_with(SOURCES | {"flows/aide.yml": text}, PLACES, [])
    for label, step in (("C'est pour moi", "victime.besoin"), ("Pour quelqu'un d'autre", "temoin.maintenant")):
        assert Talk(script).press("Aide et écoute", label).step == step


def test_two_ways_in_may_share_a_byte() -> None:
    names = (f"f{number}" for number in range(5000))
    twin = next(name for name in names if _byte(f"!flow:{name}") == _byte("!flow:volcan"))
    flow = "title: {name}\nwords: [{name}]\nsteps: {{a: {{end: A.}}}}"
    flows = {f"flows/{name}.yml": flow.format(name=name) for name in ("volcan", twin)}
    script = compile_with(SOURCES | flows, PLACES, [])
    assert Talk(script).type("volcan", "1").step == "volcan.a"
    assert Talk(script).type(twin, "1").step == f"{twin}.a"


def test_a_token_with_a_thousand_meanings_is_given_up() -> None:
    """A forged token in which each byte may be read several ways is dropped after a bounded number of readings."""
    names = ["a"]
    while len(names) < 6:
        names.append(next(n for n in (f"c{i}" for i in range(9000)) if _byte(n) == _byte("a") and n not in names))
    choices = ", ".join(f"{name}: Choix {index + 1}" for index, name in enumerate(names))
    flow = f"title: A\nwords: [a]\nsteps:\n  a: {{ask: A ?, choices: {{{choices}}}, go: b}}\n"
    flow += f"  b: {{ask: B ?, choices: {{{choices}}}, go: a}}\n"
    script = compile_with(SOURCES | {"flows/a.yml": flow}, PLACES, [])
    visits = [Visit("a.a", "a.a", "a"), Visit("a.b", "a.b", "a")]
    forged = Session("fr", "france", "a.a", "a.a", "a.b", tuple(visits * 10))
    assert decode(script, encode(script, forged), NOW) is None


def test_a_jump_without_its_byte_is_nothing() -> None:
    home = urlsafe_b64decode(encode(small(), start(small())) + "=")
    forged = home[:2] + b"\0" + home[2:]
    assert decode(small(), urlsafe_b64encode(forged).decode().rstrip("="), NOW) is None
    placed = home[:2] + b"\1" + home[2:]
    assert decode(small(), urlsafe_b64encode(placed).decode().rstrip("="), NOW) is None


def test_home_needs_no_thread() -> None:
    assert len(encode(small(), start(small()))) == 7
