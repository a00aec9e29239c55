"""Something else is done while a call waits for Telegram: nothing has its effect twice, is forgotten, or stays."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.botapi import Fault, Server
from tests.channels.telegram_bot import only, opens, presses, running, sees

if TYPE_CHECKING:
    from bot.engine.script import Script

NONSENSE = "wolframine zqxjk"


def refused(chat_id: int, method: str, skip: int = 0) -> Fault:
    """Return a refusal of the next call of a kind, for a second; `skip`: of one that comes after it."""
    return Fault(status=429, method=method, chat_id=chat_id, retry_after=1, skip=skip)


async def test_a_number_has_its_effect_once_though_it_cannot_be_erased_at_once(api: Server, script: Script) -> None:
    async with running(api, script):
        ann, ben = api.person(), api.person()
        for person in (ann, ben):
            await opens(person)
            await presses(person, "Aide et écoute")
        api.fault(refused(ben.chat_id, "deletemessages"))
        for person in (ann, ben):
            await person.say("1")
        await asyncio.sleep(0.3)
        for person in (ann, ben):
            await person.say(NONSENSE)
        for person in (ann, ben):
            await person.settled()
        assert only(ben).text == only(ann).text


async def test_a_screen_that_was_to_go_goes_though_she_writes_meanwhile(api: Server, script: Script) -> None:
    async with running(api, script):
        ann = api.person()
        await opens(ann)
        await presses(ann, "Langue · Language")
        await asyncio.sleep(1.1)  # a second message in a second would wait, and be overtaken itself
        api.fault(refused(ann.chat_id, "deletemessages", skip=1))
        await ann.start()
        await asyncio.sleep(0.3)
        await ann.say("Angers")
        await ann.settled()
        assert "Angers" in only(ann).text


async def test_a_press_on_the_emergency_that_was_answered_is_not_dropped(api: Server, script: Script) -> None:
    """Two presses are found in the queue; Telegram takes the answer to one of them, and is not to be asked twice."""
    ann = api.person()
    async with running(api, script):
        await opens(ann)
    await ann.press("Aide et écoute")
    await ann.press("Numéros d'urgence")
    for skipped in (0, 1):  # the first call, and, once the other press is answered, the one that tries again
        api.fault(Fault("reset", method="answercallbackquery", skip=skipped))
    async with running(api, script):
        await asyncio.sleep(0.3)
        await ann.say(NONSENSE)
        await sees(ann, "114")
        await ann.settled()
