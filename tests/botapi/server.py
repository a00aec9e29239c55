"""The HTTP face of the fake: one bot, one port, every call noted."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.botapi import methods
from tests.botapi.clock import Clock
from tests.botapi.errors import Refused, bad
from tests.botapi.model import Call
from tests.botapi.person import Person
from tests.botapi.polling import Polling
from tests.botapi.world import BOT_ID, Chat, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.botapi.params import Params

FICTIONAL_TOKEN = f"{BOT_ID}:" + "AA" + "fictional-" * 3 + "tok"


class Server:
    """A Bot API for one bot. `async with Server() as api:` listens on a free port of 127.0.0.1."""

    def __init__(
        self,
        token: str | None = None,
        clock: Clock | None = None,
        latency: float = 0.0,
        *,
        port: int = 0,
        ids: str = "account",
        presses_last: float = 60.0,
        calm: float = 3.0,
    ) -> None:
        self.token = token or FICTIONAL_TOKEN
        self.clock = clock or Clock()
        self.latency = latency
        self.recording = True
        self.calls: list[Call] = []
        self.world = World(self.clock, ids=ids, presses_last=presses_last)
        self.world.bot["id"] = int(self.token.partition(":")[0])
        self.polling = Polling(self.world.queue, calm=calm)
        self._port = port
        self._web: web.Server | None = None
        self._listening: asyncio.Server | None = None
        self._methods: dict[str, Callable[[World, Params], Any]] = {
            "getme": _get_me,
            "sendmessage": methods.send_message,
            "editmessagetext": methods.edit_message_text,
            "editmessagereplymarkup": methods.edit_message_reply_markup,
            "deletemessage": methods.delete_message,
            "deletemessages": methods.delete_messages,
            "answercallbackquery": methods.answer_callback_query,
            "sendchataction": methods.send_chat_action,
        }

    async def __aenter__(self) -> Server:
        self._web = web.Server(self._handle, access_log=None)
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.down()

    async def up(self) -> None:
        """Listen, on the same port as before."""
        if self._listening is None:
            loop = asyncio.get_running_loop()
            self._web = web.Server(self._handle, access_log=None)
            self._listening = await loop.create_server(self._web, "127.0.0.1", self._port)
            self._port = self._listening.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Refuse connections, and cut those that are open."""
        if self._listening is not None and self._web is not None:
            self._listening.close()
            await self._web.shutdown(0)
            self._listening = None

    @property
    def url(self) -> str:
        """Return the base that stands before `/bot{token}/{method}`."""
        return f"http://127.0.0.1:{self._port}"

    def person(self, first_name: str = "Camille", language_code: str | None = "fr", **more: Any) -> Person:
        """Return somebody new, with a phone. The bot cannot write to her before she writes to it."""
        number = len(self.world.chats) + 1
        # Half of the ids do not fit in 32 bits: the real ones stopped fitting in 2021.
        user_id = (410_000_000 if number % 2 == 0 else 7_400_000_000) + number * 1_009
        user = {"id": user_id, "is_bot": False, "first_name": first_name, **more}
        if language_code:
            user["language_code"] = language_code
        chat = Chat(user_id, "private", user=user)
        self.world.chats[user_id] = chat
        return Person(self.world, chat)

    @property
    def pending(self) -> int:
        """Return how many updates were not acknowledged."""
        self.world.queue.expire()
        return len(self.world.queue.waiting)

    def acknowledged(self, update_id: int | None) -> bool:
        """Tell whether an update was acknowledged."""
        return self.world.queue.acknowledged(update_id)

    def calls_of(self, method: str) -> list[Call]:
        """Return the calls of a method, in order."""
        return [call for call in self.calls if call.method.lower() == method.lower()]

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        began = time.monotonic()
        params: Params = {}
        name = ""
        try:
            name = self._route(request.path)
            params = await _read(request)
            result = await self._call(name.lower(), params)
            status, description, answer = 200, None, {"ok": True, "result": result}
        except Refused as refusal:
            status, description = refusal.code, refusal.description
            answer = {"ok": False, "error_code": status, "description": description}
            if refusal.retry_after is not None:
                answer["parameters"] = {"retry_after": refusal.retry_after}
        if self.latency:
            await asyncio.sleep(self.latency)
        if self.recording:
            now = time.monotonic()
            chat_id = params.get("chat_id")
            number = int(chat_id) if isinstance(chat_id, int) or str(chat_id).lstrip("-").isdigit() else None
            self.calls.append(Call(name, params, began, self.clock.now(), status, description, number, now - began))
        return _response(status, answer)

    def _route(self, path: str) -> str:
        if not path.startswith("/bot"):
            raise Refused(404, "Not Found")
        token, slash, method = path[4:].partition("/")
        if not slash or ":" not in token or not token.partition(":")[0].isdigit():
            raise Refused(404, "Not Found")
        if token != self.token:
            raise Refused(401, "Unauthorized")
        return method

    async def _call(self, name: str, params: Params) -> Any:
        if name == "getupdates":
            return await self.polling.get_updates(params)
        method = self._methods.get(name)
        if method is None:
            raise Refused(404, "Not Found: method not found")
        return method(self.world, params)


def _get_me(world: World, _: Params) -> dict[str, Any]:
    return {
        **world.bot,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "supports_guest_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
    }


async def _read(request: web.BaseRequest) -> Params:
    params: Params = dict(request.query) if request.query_string else {}
    if request.method not in {"GET", "POST"}:
        raise Refused(501, "Not Implemented")
    if not request.can_read_body:
        return params
    kind = request.content_type
    if kind == "application/json":
        raw = await request.read()
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            raise bad("can't parse object") from None
        if not isinstance(body, dict):
            raise bad("JSON object expected")
        params.update((key, value) for key, value in body.items() if value is not None)
    elif kind == "multipart/form-data":
        params.update({key: value for key, value in (await request.post()).items() if isinstance(value, str)})
    else:
        params.update(parse_qsl((await request.read()).decode("utf-8", "replace"), keep_blank_values=True))
    return params


def _response(status: int, answer: dict[str, Any]) -> web.Response:
    headers = {"Content-Type": "application/json"}
    retry_after = answer.get("parameters", {}).get("retry_after")
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return web.Response(body=json.dumps(answer, separators=(",", ":")).encode(), status=status, headers=headers)
