"""Addresses, bodies and tokens, before any method is looked at."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.botapi import Fault

if TYPE_CHECKING:
    from tests.botapi import Server

ROOT = Path(__file__).resolve().parents[2]
MARKUP = {"inline_keyboard": [[{"text": "é", "callback_data": "b"}]]}


def form(params: dict[str, str]) -> aiohttp.FormData:
    data = aiohttp.FormData(params)
    data.add_field("extra", b"file", filename="a.txt")
    return data


@pytest.mark.parametrize(
    "how",
    [
        lambda params: {"params": params},
        lambda params: {"data": params},
        lambda params: {"data": form(params)},
        lambda params: {"json": params},
        lambda params: {"json": {**params, "reply_markup": MARKUP, "chat_id": int(params["chat_id"]), "a": None}},
        lambda params: {"params": {"chat_id": params["chat_id"]}, "json": {"text": params["text"]}},
    ],
)
@pytest.mark.parametrize("method", ["sendMessage", "SENDMESSAGE", ""])
async def test_a_call_may_be_written_in_many_ways(api: Server, how: Any, method: str) -> None:
    ann = api.person()
    await ann.start()
    params = {"chat_id": str(ann.chat_id), "text": "à & b", "reply_markup": json.dumps(MARKUP)}
    given = how(params)
    url = f"{api.url}/bot{api.token}/{method}"
    if not method:
        given.setdefault("params", {})
        given["params"] = {**given["params"], "method": "sendMessage"}
    async with aiohttp.ClientSession() as session, session.post(url, **given) as answer:
        result = (await answer.json())["result"]
    assert (result["text"], answer.content_type) == ("à & b", "application/json")
    assert api.calls[0].params["text"] == "à & b"
    assert api.calls[0].chat_id == ann.chat_id


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/", 404, "Not Found"),
        ("/bot{token}", 404, "Not Found"),
        ("/{token}/getMe", 404, "Not Found"),
        ("/botabc/getMe", 404, "Not Found"),
        ("/bot12:abc/getMe", 401, "Unauthorized"),
        ("/bot{token}x/getMe", 401, "Unauthorized"),
        ("/bot{token}/sendEverything", 404, "Not Found: method not found"),
    ],
)
async def test_an_address_that_leads_nowhere(api: Server, path: str, status: int, said: str) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(api.url + path.replace("{token}", api.token)) as answer,
    ):
        assert (answer.status, await answer.json()) == (
            status,
            {"ok": False, "error_code": status, "description": said},
        )


@pytest.mark.parametrize(("body", "said"), [("[]", "JSON object expected"), ("{", "can't parse object")])
async def test_a_body_that_is_no_json(api: Server, body: str, said: str) -> None:
    headers = {"Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{api.url}/bot{api.token}/getMe", data=body, headers=headers) as answer,
    ):
        assert (await answer.json())["description"].startswith(f"Bad Request: {said}")


async def test_a_429_says_when_to_come_back_in_a_header_too(api: Server) -> None:
    api.fault(Fault(status=429, retry_after=12))
    async with aiohttp.ClientSession() as session, session.get(f"{api.url}/bot{api.token}/getMe") as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "12")


async def test_runs_by_itself() -> None:
    fake = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.botapi", "--people", "2", stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert fake.stdout is not None
    url, token, ann, _ = [(await fake.stdout.readline()).decode().strip() for _ in range(4)]
    async with aiohttp.ClientSession() as session:
        params = {"chat_id": ann, "text": "Bonjour"}
        async with session.get(f"{url}/bot{token}/sendMessage", params=params) as answer:
            assert (await answer.json())["ok"]
    fake.terminate()
    assert await fake.wait() == 0
