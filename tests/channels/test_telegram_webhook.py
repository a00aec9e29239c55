"""Telegram's updates on a webhook, served by the server of the web page."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from bot.channels import gate
from bot.channels.telegram.chat import Taken
from bot.channels.telegram.hook import HEADER, HELD, Hook, secret
from bot.channels.web import make_app
from bot.errors import ConfigError
from tests.botapi import Fault, Server
from tests.channels.telegram_bot import Running, bot_on, only, opens, presses, says, sees, until
from tests.channels.test_telegram_doors import strange

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from bot.engine.script import Script
    from tests.botapi import Person

pytestmark = pytest.mark.usefixtures("hurried")

STRANGE = [("poll", {"id": "1"}), ("brand_new_kind", {"a": [1]}), ("edited_message", {}), ("channel_post", {})]


class Hooked(Running):
    """A channel to which Telegram posts, and what posts there in its place."""

    def __init__(self, api: Server, script: Script, listening: socket.socket) -> None:
        self.base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        super().__init__(api, script, f"{self.base}/hook")
        self._listening = listening
        self.runner = web.AppRunner(make_app(bot_on(api, script), hooks=self.channel.hooks))
        self.secret = {HEADER: secret(api.token)}

    async def open(self) -> None:
        """Listen, then tell Telegram where."""
        await self.runner.setup()
        await web.SockSite(self.runner, self._listening).start()
        await self.ready()
        self.session = aiohttp.ClientSession()

    async def post(self, body: Any, headers: dict[str, str] | None = None) -> int:
        """Post as anybody may; return the status."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.session.post(f"{self.base}/hook", data=data, headers=self.secret | (headers or {})) as answer:
            await answer.read()
            return answer.status


@contextlib.asynccontextmanager
async def posted(api: Server, script: Script) -> AsyncIterator[Hooked]:
    """Give a channel that is posted to, stopped on the way out."""
    listening = socket.create_server(("127.0.0.1", 0))
    bot = Hooked(api, script, listening)
    await bot.open()
    yield bot
    await bot.stop()
    await bot.session.close()
    await bot.runner.cleanup()


@pytest.fixture
async def hooked(api: Server, script: Script) -> AsyncIterator[Hooked]:
    """Return a channel that is posted to."""
    async with posted(api, script) as bot:
        yield bot


def update(person: Person, number: int, text: str, now: float) -> dict[str, Any]:
    """Return what Telegram would post of a message."""
    message = {"message_id": number, "date": int(now), "chat": person.chat.json(), "from": person.user, "text": text}
    return {"update_id": 900_000_000 + number, "message": message}


async def test_a_conversation_goes_by_the_webhook_as_it_goes_by_asking(api: Server, hooked: Hooked) -> None:
    camille = api.person()
    await opens(camille)
    await presses(camille, "Aide et écoute")
    await says(camille, "1", "urgence", "retour")
    assert "De quoi avez-vous besoin d'abord" in only(camille).text
    await presses(camille, "Fermer")
    assert camille.visible == []
    assert camille.spinning == []
    async with hooked.session.get(hooked.base) as page:
        assert page.status == 200, "the web page is there too"


async def test_the_webhook_opens_to_telegram_only(api: Server, hooked: Hooked) -> None:
    camille = api.person()
    sound = update(camille, 1, "/start", api.clock.now())
    for wrong in ("", "x", hooked.secret[HEADER][:-1], "é"):
        assert await hooked.post(sound, {HEADER: wrong}) == 403
    for body in (b"", b"{", b"[]", b"null", b"1", b'"a"', b"{}", b'{"update_id": "x"}', b"\xff\xfe"):
        assert await hooked.post(body) == 400, body
    assert await hooked.post(b" " * 300_000) == 413
    assert camille.visible == []
    for number, (kind, body) in enumerate([*STRANGE, *strange(camille, int(api.clock.now()))]):
        assert await hooked.post({"update_id": number, kind: body}) == 200, "it would be posted again for a day"


async def test_the_webhook_answers_once_the_update_is_dealt_with_and_a_second_post_of_it_changes_nothing(
    api: Server, hooked: Hooked
) -> None:
    camille = api.person()
    await opens(camille)
    one = update(camille, 900, "1", api.clock.now())
    api.fault(Fault("slow", method="editMessageText", delay=0.3))
    began = time.monotonic()
    assert await asyncio.gather(*(hooked.post(one) for _ in range(3))) == [200, 200, 200]
    assert time.monotonic() - began >= 0.3
    assert api.counts["editMessageText"] == 1
    assert await hooked.post(one) == 200, "its 200 was lost: Telegram posts it again"
    assert "Pour qui cherchez-vous" in only(camille).text


async def test_nobody_in_a_crowd_is_taken_for_answered_before_she_is_and_danger_gets_through(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eighty people come at once: their screens take three seconds, and Telegram holds all that is not dealt with."""
    async with Server(calm=0.0) as api, posted(api, script):
        hurt, crowd = api.person(), [api.person() for _ in range(80)]
        await opens(hurt)
        monkeypatch.setattr(gate, "SECOND", 1.05)
        for person in crowd:
            await person.start()
        await asyncio.sleep(0.3)
        await hurt.press("Numéros d'urgence")
        assert await sees(hurt, "114") < 1
        waiting = 1
        while waiting:
            waiting = sum(person.screen is None for person in crowd)
            assert api.pending >= waiting, "one that Telegram has forgotten has no screen"
            await asyncio.sleep(0.02)
        await until(lambda: not api.pending)
        assert [only(person).text for person in crowd] == [only(crowd[0]).text] * len(crowd)


async def test_a_crowd_that_was_put_off_is_not_heard_twice() -> None:
    """Two thousand wait, are dealt with, and only then brought again."""
    heard: list[Taken] = []

    def take(raw: Mapping[str, Any]) -> Taken:
        heard.append(Taken(asyncio.get_running_loop().create_future(), raw["update_id"], urgent=False))
        return heard[-1]

    hook = Hook("1:a", take, lambda chat: True)
    headers = {HEADER: secret("1:a")}
    posts = [(headers, json.dumps({"update_id": number}).encode()) for number in range(2000)]
    answers = [asyncio.create_task(hook(*post)) for post in posts]
    await until(lambda: sum(answer.done() for answer in answers) == 2000 - HELD)
    for taken in heard:
        taken.done.set_result(None)
    assert (await asyncio.gather(*answers)).count(503) == 2000 - HELD
    assert [await hook(*post) for post in posts] == [200] * 2000
    assert len(heard) == 2000


async def test_a_stop_in_the_middle_of_a_crowd_answers_each_once(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Telegram was told to bring again is left to the next process."""
    async with Server(calm=0.0) as api:
        crowd = [api.person() for _ in range(80)]
        async with posted(api, script):
            monkeypatch.setattr(gate, "SECOND", 1.05)
            for person in crowd:
                await person.start()
            await asyncio.sleep(0.5)
        async with posted(api, script):
            await until(lambda: not api.pending, 10)
            assert [only(person).text for person in crowd] == [only(crowd[0]).text] * len(crowd)


async def test_what_is_posted_after_the_end_is_posted_again_to_the_next_one(api: Server, hooked: Hooked) -> None:
    await hooked.stop()
    assert await hooked.post(update(api.person(), 1, "/start", api.clock.now())) == 503


async def test_an_address_that_telegram_refuses_is_said_in_a_sentence(api: Server, script: Script) -> None:
    with pytest.raises(ConfigError, match="refuse l'adresse"):
        await asyncio.wait_for(Running(api, script, "https://exemple.fr:8080/telegram").task, 20)
