"""The acceptance journeys of `tests/journeys/`, played on Matrix: plain rooms of a real homeserver, each at its hour.

Every other one is played by numbers and letters, the others by labels. What is visible must be the drawing of the
screen where its conversation stands (`tests/matrix/driver.py`); then it is judged as on the terminal, and so is what
stands there to be read. Everybody leaves, and nothing is left. All at once: the server is what takes time.

Rules of every screen that are looked at here: X2 (after each journey), X3 to X9, X11, X12, X14 to X16 on what is read,
X10 after each gesture (what is seen is drawn from the script's own words). X1, X13, X17 and X18 are held by what
Matrix shares with the other channels: `tests/matrix/test_conformance_matrix.py` says that it does share it.
"""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.drawn import broken, unlike
from tests.journeys.play import Played, Player, journeys
from tests.journeys.talking import Wrong, instant, read
from tests.matrix.driver import Guest, Pen, line_of, staged

if TYPE_CHECKING:
    from bot.engine.script import Script
    from tests.matrix import Synapse

pytestmark = pytest.mark.slow

FIRST = 6
EVERY = {one["id"]: one for one in journeys()}
JOURNEYS = {name: EVERY[name] for name in (*list(EVERY)[:FIRST], *list(EVERY)[FIRST:-2:2], *list(EVERY)[-2:])}
"""Those of the first kind, one in two of the others, and both searches: a real server takes ten turns a second."""

BOTS = 3
"""Bots that answer at once, each at an instant of its own."""


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest, script: Script, synapse: Synapse) -> dict[str, Played]:
    """Return each journey that this run wants, played by somebody of her own."""
    items = [item for item in request.session.items if request.fixturename in getattr(item, "fixturenames", ())]
    items = [item for item in items if item.path == request.path]  # other files have a fixture of this name
    names = {item.callspec.params["name"] for item in items if isinstance(item, pytest.Function)}
    return asyncio.run(_play_all(script, synapse, sorted(names)))


async def _play_all(script: Script, hs: Synapse, names: list[str]) -> dict[str, Played]:
    found: dict[str, Played] = {}
    turn = asyncio.Semaphore(BOTS)
    with ThreadPoolExecutor(len(names)) as threads:

        async def at(when: str, some: list[str]) -> None:
            async with turn, staged(hs, script, instant(when)) as stage:
                await asyncio.gather(*(play(stage, name) for name in some))

        async def play(stage: Any, name: str) -> None:
            loop = asyncio.get_running_loop()
            async with Guest.coming(hs, stage) as guest:
                pen = Pen(guest, script, loop)
                found[name] = await loop.run_in_executor(threads, _played, JOURNEYS[name], pen)

        instants: dict[str, list[str]] = {}
        for name in names:
            instants.setdefault(JOURNEYS[name]["at"], []).append(name)
        await asyncio.gather(*(at(when, some) for when, some in instants.items()))
    return found


def _played(journey: dict[str, Any], pen: Pen) -> Played:
    """Play a journey, then leave: nothing that anybody said is left."""
    by_label = [*JOURNEYS].index(journey["id"]) % 2 == 1
    played = Player(journey, pen, by_label=by_label).play(journey["turns"])
    if not played.wrong:
        try:
            if not read(pen.write("f"))["erased"]:
                played.wrong.append(f"« Fermer » laisse : {pen.guest.visible}")
        except Wrong as wrong:
            played.wrong.append(str(wrong))
    return played


@pytest.mark.parametrize("name", JOURNEYS)
def test_journey(played: dict[str, Played], name: str) -> None:
    """Each turn holds what it should, in the screen and in what is read; « Fermer » leaves nothing."""
    assert not played[name].wrong, "\n\n".join(played[name].wrong)
    wrong = unlike(played[name], JOURNEYS[name])
    assert not wrong, wrong


@pytest.mark.parametrize("name", JOURNEYS)
def test_rules_hold_on_what_is_read(script: Script, played: dict[str, Played], name: str) -> None:
    """X3 to X16, on the characters of the notice, with all that Matrix adds to the screen."""
    wrong = list(broken(script, played[name], JOURNEYS[name].get("locale", "fr"), said))
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def said(screen: dict[str, Any]) -> str:
    """Return what a notice says, without its choices and its bar; what Matrix adds of its own stays."""
    lines = screen["seen"].rpartition("\n\n")[0].split("\n")
    return "\n".join(line for line in lines if line and not re.match(r"\d\. ", line))


async def test_what_is_not_the_screen_of_its_conversation_is_refused(script: Script, synapse: Synapse) -> None:
    """The player itself: a word, a number or a body changed on its way would be seen."""
    now = instant("2026-11-24T02:40")
    async with staged(synapse, script, now) as stage, Guest.coming(synapse, stage) as guest:
        await guest.opens()
        await guest.says("u")
        hint, content = stage.hint(guest.room), guest.seen()
        assert content is not None
        assert read(line_of(script, hint, content, now))["step"].startswith("urgence.")
        for key in ("body", "formatted_body"):
            for wrong in (content[key].replace("17", "18"), content[key] + " Bonjour", ""):
                with pytest.raises(Wrong):
                    line_of(script, hint, content | {key: wrong}, now)
        with pytest.raises(Wrong):
            line_of(script, hint, content | {"msgtype": "m.text"}, now)
