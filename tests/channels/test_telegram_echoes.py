"""A real process, told to log everything, on a Telegram that sends back all it hears: nothing of it is printed (P4)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from bot.channels.telegram.hook import HEADER, secret
from tests.botapi import Fault, Server
from tests.botapi.server import FICTIONAL_TOKEN
from tests.channels.crowd import Passer
from tests.channels.seizure import House, found
from tests.channels.serving import ALARMED, LOUD, READY, births, kill, page, process
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

WHO = {"id": 98_765_432_101, "is_bot": False, "first_name": "Zcanaryfirst", "username": "zcanaryuser"}
CHAT = {"id": WHO["id"], "type": "private", "first_name": WHO["first_name"], "username": WHO["username"]}
TEXT, DATA, QUERY = "zcanarytext", "zcanarydata.KRM3", "4242424242424242"
SECRETS = [
    FICTIONAL_TOKEN,
    *FICTIONAL_TOKEN.split(":"),
    str(WHO["id"]),
    "Zcanaryfirst",
    "zcanaryuser",
    TEXT,
    DATA,
    QUERY,
]
ALL = " ".join(SECRETS)

Spoil = "Callable[[str, str], tuple[int, Any] | None]"
"""What becomes of a call, from its method and all that was heard: a status and an answer, or None for the usual one."""

ACTS = ("sendMessage", "editMessageText", "deleteMessages", "answerCallbackQuery")


def refuses(status: int, *methods: str, **more: Any) -> Spoil:
    def spoil(method: str, heard: str) -> tuple[int, Any] | None:
        answer = {"ok": False, "error_code": status, "description": heard, **more}
        return (status, answer) if not methods or method in methods else None

    return spoil


def gives(method: str, shape: Callable[[str], Any]) -> Spoil:
    return lambda asked, heard: (200, {"ok": True, "result": shape(heard)}) if asked == method else None


def says(method: str, status: int, text: Callable[[str], str]) -> Spoil:
    return lambda asked, heard: (status, text(heard)) if asked == method else None


def malformed(heard: str) -> list[dict[str, Any]]:
    """Return updates that are not what they should be."""
    message = {"message_id": 7, "date": 0, "chat": CHAT, "from": WHO, "text": heard}
    return [
        {"update_id": 1, "message": {**message, "date": heard}},
        {"update_id": 2, "message": {**message, "chat": heard}},
        {"update_id": 3, "message": {**message, "message_id": heard, "entities": heard}},
        {"update_id": 4, "callback_query": {"id": heard, "from": WHO, "data": heard, "message": heard}},
        {"update_id": 5, "my_chat_member": {"chat": CHAT, "from": heard}},
        {"update_id": 6, heard: heard},
        {"update_id": 7, "message": {**message, "photo": heard}},
    ]


ENDING = {f"{status} at once": refuses(status) for status in (400, 401, 403, 404, 409)}
"""Refusals to say who the bot is: said in a sentence, exit code 2."""

LASTING = {
    **{f"{status} at once": refuses(status) for status in (429, 500)},
    **{f"{status} to updates": refuses(status, "getUpdates") for status in (400, 401, 403, 409, 500)},
    **{f"{status} to acts": refuses(status, *ACTS) for status in (400, 401, 403, 409, 500)},
    "moved": refuses(400, *ACTS, parameters={"migrate_to_chat_id": WHO["id"]}),
    "a text to wait for": refuses(429, *ACTS, parameters={"retry_after": ALL}),
    "parameters that are a text": refuses(400, *ACTS, parameters=ALL),
    "a text for updates": gives("getUpdates", str),
    "updates that are texts": gives("getUpdates", lambda heard: [heard]),
    "updates without a number": gives("getUpdates", lambda heard: [{"message": heard}]),
    "a text for a number": gives("getUpdates", lambda heard: [{"update_id": heard}]),
    "malformed updates": gives("getUpdates", malformed),
    "a text for itself": gives("getMe", str),
    "half of itself": gives("getMe", lambda heard: {"id": heard}),
    "a text for a message": gives("sendMessage", str),
    "a page": says("sendMessage", 502, lambda heard: f"<html><body>{heard}"),
    "a page for updates": says("getUpdates", 200, lambda heard: f"<html><body>{heard}"),
    "half an answer": says("getUpdates", 200, lambda heard: json.dumps({"ok": True, "result": [heard]})[:-20]),
}


class Echo:
    """A Telegram that answers as it should, but for what a test spoils: then with all that it heard, and knows."""

    def __init__(self, spoil: Spoil) -> None:
        self.spoil = spoil
        self.url = ""
        self._updates = 0

    async def handle(self, request: web.BaseRequest) -> web.Response:
        method = request.path.rpartition("/")[2]
        heard = f"{request.path} {await request.text()} {dict(request.headers)} {ALL}"
        status, answer = self.spoil(method, heard) or (200, {"ok": True, "result": self._usual(method)})
        return web.Response(text=answer if isinstance(answer, str) else json.dumps(answer), status=status)

    def _usual(self, method: str) -> Any:
        if method == "getMe":
            return {"id": 1, "is_bot": True, "first_name": "x", "username": "x_bot"}
        if method == "sendMessage":
            return {"message_id": 9, "date": int(time.time()), "chat": CHAT}
        if method != "getUpdates":
            return True
        self._updates += 1
        number = {"update_id": self._updates}
        message = {"message_id": self._updates, "date": int(time.time()), "chat": CHAT, "from": WHO, "text": TEXT}
        press = {"id": QUERY, "from": WHO, "chat_instance": "1", "data": DATA, "message": message}
        return {1: [{**number, "message": message}], 2: [{**number, "callback_query": press}]}.get(self._updates, [])


@contextlib.asynccontextmanager
async def echoing(spoil: Spoil) -> AsyncIterator[Echo]:
    echo = Echo(spoil)
    server = web.Server(echo.handle, access_log=None)
    listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    echo.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield echo
    finally:
        listening.close()
        await server.shutdown(0.01)


@pytest.mark.slow
async def test_nothing_that_telegram_sends_back_is_ever_printed(tmp_path: Path) -> None:
    """Refused its name, the process ends with a sentence; whatever else it is answered, the site lives on."""
    house = House(tmp_path / "house", FICTIONAL_TOKEN)
    async with contextlib.AsyncExitStack() as stack:
        born = await stack.enter_async_context(births(house, "http://127.0.0.1:1", **ALARMED))
        born_of: dict[str, tuple[int, int]] = {}
        for name, spoil in (ENDING | LASTING).items():
            echo, port = await stack.enter_async_context(echoing(spoil)), free_port()
            settings = {"REPERE_TELEGRAM_API": echo.url, "REPERE_WEB_PORT": str(port)}
            born_of[name] = await born.bear(**settings), port
        for name in ENDING:
            assert await born.died(born_of[name][0], 30) == 2, name
        await asyncio.sleep(2)
        for name in LASTING:
            serving, port = born_of[name]
            assert await page(f"http://127.0.0.1:{port}/sante") == "ok", name
            kill(serving, signal.SIGTERM)
        for name in LASTING:
            assert await born.died(born_of[name][0]) == 0, name
    said = {"stdout": bytes(born.mother.out), "stderr": bytes(born.mother.err)}
    assert found(SECRETS, {**said, **house.files()}) == []
    assert said["stderr"].count(b"Telegram refuse ") == len(ENDING)
    assert b"Traceback" not in said["stderr"]


def shown_of(pid: int) -> dict[str, bytes]:
    """Return what the system shows of a process."""
    return {name: Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ")}


@pytest.mark.slow
async def test_a_process_that_logs_everything_on_a_bad_network_says_nothing_of_anybody(tmp_path: Path) -> None:
    """And neither the list of processes nor its environment, where others may look, holds the token."""
    house = House(tmp_path / "house", FICTIONAL_TOKEN)
    async with Server(latency=0.01) as api, process(house, api.url, sys.executable, "-c", LOUD, **ALARMED) as serving:
        await serving.says(READY)
        shown = shown_of(serving.pid)
        crowd = [Passer(api, Random(n)) for n in range(6)]
        visits = [asyncio.create_task(one.visit(4)) for one in crowd]
        for kind in ("reset", "truncated", "cut", "lost", "slow", "status"):
            for status in (502, 429) if kind == "status" else (502,):
                api.fault(Fault(kind, status=status, count=None, seconds=0.3, scope="global", delay=0.2))
                await asyncio.sleep(0.6)
        await asyncio.gather(*visits)
        assert all(one.person.visible == [] for one in crowd)
        assert await serving.end(signal.SIGTERM) == 0
    secrets = {FICTIONAL_TOKEN, *FICTIONAL_TOKEN.split(":")}.union(*(one.unique | one.common for one in crowd))
    said = {"stdout": bytes(serving.out), "stderr": bytes(serving.err)}
    assert found(secrets, {**said, **shown, **house.files()}) == []
    assert b"DEBUG" in serving.err  # it did log all it could


@pytest.mark.slow
async def test_whatever_is_posted_to_the_webhook_is_said_nowhere(tmp_path: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}/telegram-zcanarypath"
    house = House(tmp_path / "house", FICTIONAL_TOKEN)
    told = {HEADER: secret(FICTIONAL_TOKEN)}
    settings = {"REPERE_WEB_PORT": str(port), "REPERE_TELEGRAM_WEBHOOK": address}
    statuses = []
    async with (
        Server() as api,
        process(house, api.url, sys.executable, "-c", LOUD, **ALARMED, **settings) as serving,
        aiohttp.ClientSession() as telegram,
    ):
        await serving.says(READY)
        one = Passer(api, Random(1))
        await one.visit()
        bodies = [
            ALL,
            "",
            "[]",
            f'"{ALL}"',
            json.dumps({"update_id": ALL}),
            json.dumps({ALL: ALL}),
            "{" * 5000,
            ALL * 3000,
        ]
        bodies += [json.dumps(update) for update in malformed(ALL)]
        for headers in (told, {HEADER: ALL}, {}):
            for body in bodies:
                async with telegram.post(address, data=body.encode(), headers=headers) as answer:
                    statuses.append(answer.status)
        assert await serving.end(signal.SIGTERM) == 0
    secrets = [*SECRETS, secret(FICTIONAL_TOKEN), "zcanarypath", *one.unique, *one.common]
    assert found(secrets, {"stdout": bytes(serving.out), "stderr": bytes(serving.err), **house.files()}) == []
    assert 500 not in statuses
