"""Whatever breaks, in whatever way, nothing that is printed or logged holds a token, an id, a name or a text (P4).

Each function of the channel is made to fail in turn, with all that must stay unsaid in its exception; then a real
process, told to log everything, talks to a Telegram that sends back what it hears. And while it fails she still has a
way on, what she typed still goes, and leaving still leaves nothing.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import time
from typing import TYPE_CHECKING

import pytest

from bot.channels import gate
from tests.botapi.server import FICTIONAL_TOKEN
from tests.channels.breaking import CANARY, Loud, break_it, functions, living

if TYPE_CHECKING:
    from bot.engine.script import Script
    from tests.botapi import Person, Server

CHANNEL = "bot.channels.telegram."
THINKING = ("bot.app", "bot.deed", "bot.engine.advance", "bot.memory", f"{CHANNEL}chat", f"{CHANNEL}draw")
CALLING = (
    "bot.lanes",
    "bot.channels.gate",
    *(CHANNEL + name for name in ("api", "channel", "erase", "incoming", "poll", "transport")),
)

SLOW = {f"{CHANNEL}chat", f"{CHANNEL}poll"}
"""Where asyncio is made to say all it can as well."""

NETS = {"Bot.answer", "Bot.late", "Bot.urgent", "Chats.now", "Chats.put", "_bare", "read_data"}
"""What catches the others, and what leaving itself is made of: nothing is behind them."""

QUEUE = {"_Lane.take", "Lanes._run"}
"""What is broken with them is never told to be done: Telegram would bring it again for ever."""


@pytest.fixture
def unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let any number of new messages leave at once."""
    monkeypatch.setattr(gate, "SENDS", 1_000_000)
    monkeypatch.setattr(gate, "SECOND", 0.0)


def way_on(person: Person) -> bool:
    """Tell whether she sees the emergency numbers, or the button that leads there."""
    screen = person.screen
    buttons = [button.data or "" for row in screen.buttons for button in row] if screen else []
    return screen is not None and ("17" in screen.text or any(data.endswith(".emergency") for data in buttons))


async def quiet(api: Server, seconds: float) -> None:
    """Wait until all is dealt with, or until it is plain that it will not be."""
    until = time.monotonic() + seconds
    while api.pending and time.monotonic() < until:  # noqa: ASYNC110  some of it may never be dealt with
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.01)


async def comers(api: Server) -> list[Person]:
    """Return two people who have just come, and see home."""
    people = [api.person(f"{CANARY}-first", username=f"{CANARY}_user", last_name=f"{CANARY}-last") for _ in range(2)]
    for person in people:
        await person.start()
    await asyncio.gather(*(person.settled() for person in people))
    return people


async def meet(api: Server, one: Person, other: Person, patience: float) -> list[str]:
    """Let two people press, type, come again and leave; return what they lacked."""
    await one.press("Aide et écoute")
    await other.start()
    await quiet(api, patience)
    lacked = [f"{what}: no way on" for what, person in (("press", one), ("start", other)) if not way_on(person)]
    await one.say(f"{CANARY} typed")
    await other.say("fermer")
    await quiet(api, patience)
    lacked += ["typed: no way on"] if not way_on(one) else []
    lacked += ["typed: stays"] if any(CANARY in message.text for message in one.visible) else []
    lacked += [f"left: {message.text[:20]}" for message in other.visible]
    return lacked


@pytest.mark.slow
@pytest.mark.usefixtures("unpaced")
@pytest.mark.parametrize("module", [*THINKING, *CALLING])
async def test_nothing_leaks_and_life_goes_on_whatever_function_fails(
    module: str, script: Script, capfd: pytest.CaptureFixture[str]
) -> None:
    leaks: dict[str, list[str]] = {}
    lacks: dict[str, list[str]] = {}
    with Loud(capfd, slow=module in SLOW) as loud:
        async with living(script) as api:
            one, other = await comers(api)
            for name, holder, key in functions(module):
                if name in QUEUE:
                    continue
                with pytest.MonkeyPatch.context() as patch:
                    break_it(patch, holder, key, f"{CANARY} {FICTIONAL_TOKEN} {one.chat_id}")
                    lacked = await meet(api, one, other, 5.0 if module in THINKING else 0.4)
                if module in THINKING and lacked and name not in NETS:
                    lacks[name] = lacked
                leaks[name] = loud.heard([CANARY, FICTIONAL_TOKEN, str(one.chat_id), str(other.chat_id)])
                one, other = await comers(api)
                assert way_on(one), name
                assert way_on(other), name
        leaks["stopping"] = loud.heard([CANARY, FICTIONAL_TOKEN])
    assert {name: heard for name, heard in leaks.items() if heard} == {}
    assert lacks == {}


async def test_what_listens_hears(capfd: pytest.CaptureFixture[str]) -> None:
    """A log at the lowest level, a task nobody awaits, an exception nobody can raise, a word printed."""

    class Falling:
        def __del__(self) -> None:
            raise RuntimeError(CANARY)

    async def forgotten() -> None:
        raise RuntimeError(CANARY)

    def fall() -> None:
        Falling()

    with Loud(capfd) as loud:
        logging.getLogger("httpx").debug("POST %s", CANARY)
        assert loud.heard([CANARY]) == [f"log: {CANARY}"]
        sys.stderr.write(CANARY.encode().hex())
        assert loud.heard([CANARY]) == [f"printed: {CANARY}"]
        fall()
        assert loud.heard([CANARY]) == [f"printed: {CANARY}"]
        task = asyncio.create_task(forgotten())
        await asyncio.wait([task])
        del task
        gc.collect()
        assert loud.heard([CANARY]) == [f"log: {CANARY}"]
        assert loud.heard([CANARY]) == []
