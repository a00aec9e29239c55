"""The fake itself: one bot, one port of this machine, every call noted."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.botapi import chats, methods, profile, wire
from tests.botapi.clock import Clock
from tests.botapi.errors import Refused
from tests.botapi.faults import Fault, Flood, Guard
from tests.botapi.group import Group
from tests.botapi.model import Call, Heard
from tests.botapi.person import Person
from tests.botapi.polling import HOOKED, Polling
from tests.botapi.rules import Rules
from tests.botapi.webhook import Webhook
from tests.botapi.world import BOT_ID, Chat, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.botapi.params import Params

# Put together here, so that nothing that looks for secrets takes it for one.
FICTIONAL_TOKEN = ":".join((str(BOT_ID), "AA" + "fictional-" * 3 + "tok"))

METHODS: dict[str, Callable[[World, Params], Any]] = {
    "getme": chats.get_me,
    "getchat": chats.get_chat,
    "leavechat": chats.leave_chat,
    "logout": chats.log_out,
    "close": chats.close,
    "sendmessage": methods.send_message,
    "editmessagetext": methods.edit_message_text,
    "editmessagereplymarkup": methods.edit_message_reply_markup,
    "deletemessage": methods.delete_message,
    "deletemessages": methods.delete_messages,
    "answercallbackquery": methods.answer_callback_query,
    "sendchataction": methods.send_chat_action,
    "setmycommands": profile.set_my_commands,
    "getmycommands": profile.get_my_commands,
    "deletemycommands": profile.delete_my_commands,
    "setchatmenubutton": profile.set_chat_menu_button,
    "getchatmenubutton": profile.get_chat_menu_button,
    "setmyname": profile.setter("name"),
    "getmyname": profile.getter("name"),
    "setmydescription": profile.setter("description"),
    "getmydescription": profile.getter("description"),
    "setmyshortdescription": profile.setter("short_description"),
    "getmyshortdescription": profile.getter("short_description"),
}


class Server:
    """A Bot API for one bot. `async with Server() as api:` listens on a free port of 127.0.0.1."""

    def __init__(
        self,
        token: str | None = None,
        clock: Clock | None = None,
        latency: float = 0.0,
        *,
        port: int = 0,
        record: bool = True,
        **rules: Any,
    ) -> None:
        self.token = token or FICTIONAL_TOKEN
        self.clock = clock or Clock()
        self.latency = latency
        self.recording = record
        self.calls: list[Call] = []
        self.counts: Counter[str] = Counter()
        self.rules = Rules(**rules)
        self.world = World(self.clock, self.rules)
        self.world.bot["id"] = int(self.token.partition(":")[0])
        self.polling = Polling(self.world.queue, self.rules)
        self.webhook = Webhook(self.world.queue, self.polling, self.rules)
        self.webhook.answered = self._carry_out
        self.guard = Guard(self.clock)
        self._port = port
        self._web: web.Server | None = None
        self._listening: asyncio.Server | None = None

    async def __aenter__(self) -> Server:
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.webhook.close()
        await self.down()

    # The network.

    @property
    def url(self) -> str:
        """Return the base that stands before `/bot{token}/{method}`."""
        return f"http://127.0.0.1:{self._port}"

    async def up(self) -> None:
        """Listen, on the same port as before."""
        if self._listening is None:
            self._web = web.Server(self._handle, access_log=None)
            loop = asyncio.get_running_loop()
            self._listening = await loop.create_server(self._web, "127.0.0.1", self._port, backlog=1024)
            self._port = self._listening.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Refuse connections, and cut those that are open."""
        if self._listening is not None and self._web is not None:
            self._listening.close()
            await self._web.shutdown(0.001)
            self._listening = None

    # The people.

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

    def group(self, title: str = "Un groupe", kind: str = "supergroup") -> Group:
        """Return a new group, without the bot."""
        number = len(self.world.chats) + 1
        chat_id = -(number * 1_013) if kind == "group" else -1_002_000_000_000 - number * 1_013
        chat = Chat(chat_id, kind, title=title)
        self.world.chats[chat_id] = chat
        self.world.groups[chat_id] = group = Group(self.world, chat)
        return group

    def channel(self, title: str = "Une chaîne") -> Group:
        """Return a new channel, without the bot."""
        return self.group(title, "channel")

    async def add_bot_to(self, group: Group, by: Person | None = None) -> int | None:
        """Put the bot in a group or a channel."""
        return await group.add_bot(by)

    # What was heard, and what is to go wrong.

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

    def fault(self, fault: Fault) -> Fault:
        """Let something go wrong from now on."""
        return self.guard.add(fault)

    def heal(self) -> None:
        """Let nothing go wrong any more: faults, and whom they made wait."""
        self.guard.clear()

    @property
    def flood(self) -> Flood | None:
        """Return how much may be sent; None: as much as one likes."""
        return self.guard.flood

    @flood.setter
    def flood(self, flood: Flood | None) -> None:
        self.guard.flood = flood

    @property
    def too_early(self) -> int:
        """Return how many calls came before the time that a 429 had told."""
        return self.guard.too_early

    # One call.

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        heard = Heard(time.monotonic(), self.clock.now())
        fault: Fault | None = None
        try:
            heard.method = self._route(request.path)
            heard.params = params = await wire.read(request)
            heard.method = heard.method or str(params.get("method", ""))
            heard.chat_id = _chat_id(params)
            name = heard.method.lower()
            fault = self.guard.fault(name, heard.chat_id)
            if fault is not None and fault.kind in wire.BEFORE:
                if fault.kind == "status" and fault.status == 429:
                    raise self.guard.hold(fault, name, heard.chat_id)
                self._note(heard, fault.status if fault.kind == "status" else 0)
                return await wire.instead(request, fault)
            result = await self._carry_out(name, params, heard.chat_id)
            status, description, after, body = 200, None, None, wire.accepted(result)
        except Refused as refusal:
            status, description, after = refusal.code, refusal.description, refusal.retry_after
            body = wire.refused(refusal)
        if self.latency:
            await asyncio.sleep(self.latency)
        if fault is not None and fault.kind not in wire.BEFORE:
            self._note(heard, 0 if fault.kind == "lost" else status, description)
            return await wire.spoil(request, fault, status, body)
        self._note(heard, status, description)
        return wire.response(status, body, after)

    def _note(self, heard: Heard, status: int, description: str | None = None) -> None:
        self.counts[heard.method] += 1
        if self.recording:
            took = time.monotonic() - heard.at
            call = Call(heard.method, heard.params, heard.at, heard.clock, status, description, heard.chat_id, took)
            self.calls.append(call)

    def _route(self, path: str) -> str:
        if not path.startswith("/bot"):
            raise Refused(404, "Not Found")
        token, slash, method = path[4:].partition("/")
        if not slash or ":" not in token or not token.partition(":")[0].isdigit():
            raise Refused(404, "Not Found")
        if token != self.token:
            raise Refused(401, "Unauthorized")
        return method

    async def _carry_out(self, name: str, params: Params, chat_id: int | None = None) -> Any:
        chat = self.world.chats.get(chat_id) if chat_id is not None else None
        self.guard.check(name, chat_id, group=chat is not None and chat.kind != "private")
        self.world.check_session()
        method = METHODS.get(name)
        if method is not None:
            return method(self.world, params)
        if name == "getupdates":
            if self.webhook.hook is not None:
                raise await self.polling.conflict(HOOKED)
            return await self.polling.get_updates(params)
        if name == "setwebhook":
            return await self.webhook.set(params)
        if name == "deletewebhook":
            return await self.webhook.delete(params)
        if name == "getwebhookinfo":
            return self.webhook.info()
        raise Refused(404, "Not Found: method not found")


def _chat_id(params: Params) -> int | None:
    value = params.get("chat_id")
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.lstrip("-").isdigit() else None
