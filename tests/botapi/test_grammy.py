"""The fake before grammY, which is written by others in another language."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.botapi import Person, Server

NODE = Path(__file__).resolve().parent / "node"

pytestmark = pytest.mark.slow


@pytest.fixture
async def grammy(api: Server) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a bot written with grammY before the fake, and see that it stops by itself."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node absent : grammY ne peut pas parler au faux serveur")
    if not (NODE / "node_modules" / "grammy").is_dir():
        pytest.skip("grammY n'est pas installé : `make prepare`")
    pipe = asyncio.subprocess.PIPE
    bot = await asyncio.create_subprocess_exec(node, NODE / "bot.mjs", api.url, api.token, stdout=pipe, stderr=pipe)
    assert await said(bot) == "faux_robot_bot"
    yield bot
    bot.terminate()
    out, err = await asyncio.wait_for(bot.communicate(), 20)
    assert (out.decode().strip().splitlines()[-1], err.decode()) == ("bye", "")


async def said(bot: asyncio.subprocess.Process) -> str:
    """Return the next line that it prints."""
    assert bot.stdout is not None
    return (await asyncio.wait_for(bot.stdout.readline(), 20)).decode().strip()


async def reads(person: Person, text: str) -> None:
    """Wait until the last thing that the bot says to her is that."""
    for _ in range(500):
        if person.screen is not None and person.screen.text == text:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"she reads {person.screen and person.screen.text!r}, not {text!r}")


async def test_a_whole_conversation(api: Server, grammy: asyncio.subprocess.Process) -> None:
    ann = api.person()
    await ann.start("abc")
    await reads(ann, "Menu abc")
    assert ann.screen is not None
    assert ann.screen.html == "<b>Menu</b> abc"
    await ann.press("Suite")
    await reads(ann, "La suite")
    await ann.say("😀 à & b")
    await reads(ann, "😀 à & b")
    assert ann.screen.reply_to is not None
    await ann.edit(ann.screen.reply_to.id, "autre")
    await reads(ann, "Corrigé")
    await ann.say("/refuse")
    await reads(ann, "Bad Request: inline keyboard button URL 'tel:112' is invalid: Wrong HTTP URL")
    await ann.press("Effacer")
    for _ in range(500):
        if len(ann.visible) < 8 and not ann.spinning:
            break
        await asyncio.sleep(0.01)
    # What was after the menu stays, what was before it and the menu itself are gone.
    assert [m.text for m in ann.visible][:2] == ["autre", "😀 à & b"]
    assert ann.toasts == ["Vu"]
    await ann.block()
    assert await said(grammy) == "kicked"
    assert {call.status for call in api.calls if call.method != "getUpdates"} == {200, 400}
