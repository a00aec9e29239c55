"""The webhook: who is told, how many at once, what is told again.

Updates of one lane (the messages of a chat; the presses of a person) are told one after the other, in order; those of
different lanes side by side. So a message and a press of the same person may reach a bot at once, as in reality.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp

from tests.botapi.errors import Done, Refused, bad, too_many
from tests.botapi.links import split
from tests.botapi.params import Params, boolean, integer, string
from tests.botapi.polling import OTHER_HOOK

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.botapi.polling import Polling
    from tests.botapi.queue import Queue, Update
    from tests.botapi.rules import Rules

LONGEST_SECRET = 256
LONGEST_PAUSE = 60.0
PORTS = {80, 88, 443, 8443}
LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|\[::1\]")
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
NOT_IN_ANSWERS = ("deletewebhook", "setwebhook", "close", "logout")


@dataclass(frozen=True, slots=True)
class Hook:
    """One address, and how it is told."""

    url: str
    secret: str = ""
    connections: int = 40
    ip: str = ""


class Webhook:
    """Tells the updates to the address that was set, if any."""

    def __init__(self, queue: Queue, polling: Polling, rules: Rules) -> None:
        self.queue, self.polling, self.rules = queue, polling, rules
        self.hook: Hook | None = None
        self.last_error: tuple[int, str] | None = None
        self.answered: Callable[[str, Params], Awaitable[Any]] | None = None
        """What carries out a method that a webhook names in its answer."""
        self._lanes: dict[tuple[str, int], deque[Update]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._places = asyncio.Semaphore(1)
        self._next_set = -1e9
        queue.arrived.append(self._wake)

    async def set(self, params: Params) -> Done:
        """Set or change the address; an empty one deletes it."""
        url = string(params, "url")
        if url:
            now = time.monotonic()
            if now < self._next_set:
                raise too_many(1)
            self._next_set = now + min(1.0, self.rules.calm)
        secret = string(params, "secret_token") if url else ""
        connections = integer(params, "max_connections", 40, 1, 100) if url else 0
        wanted = Hook(url, secret, connections, string(params, "ip_address")) if url else None
        drop = boolean(params, "drop_pending_updates")
        if wanted == self.hook and not drop:
            self.polling.allow(params)
            return Done(True, "Webhook is already set" if url else "Webhook is already deleted")
        if url:
            self.polling.end(OTHER_HOOK)
        was_set = self.hook is not None
        await self.close()
        if drop:
            self.queue.keep_last(0)
        if wanted is None:
            return Done(True, "Webhook was deleted" if was_set else "Webhook is already deleted")
        await self._judge(wanted)
        self.polling.allow(params)
        self.hook = wanted
        self._places = asyncio.Semaphore(wanted.connections)
        connector = aiohttp.TCPConnector(limit=wanted.connections, ssl=False)
        timeout = aiohttp.ClientTimeout(total=self.rules.webhook_patience)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        for update in self.queue.waiting.values():
            self._wake(update)
        return Done(True, "Webhook was set")

    async def delete(self, params: Params) -> Done:
        """Delete the address."""
        return await self.set({**params, "url": ""})

    def info(self) -> dict[str, Any]:
        """Return what getWebhookInfo says."""
        self.queue.expire()
        out: dict[str, Any] = {
            "url": self.hook.url if self.hook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self.queue.waiting),
        }
        if self.last_error:
            out["last_error_date"], out["last_error_message"] = self.last_error
        if self.hook:
            out["max_connections"] = self.hook.connections
            out["ip_address"] = self.hook.ip or urlsplit(self.hook.url).hostname
        if self.queue.allowed != self.queue.DEFAULT:
            out["allowed_updates"] = sorted(self.queue.allowed)
        return out

    async def close(self) -> None:
        """Forget the address and stop telling it."""
        self.hook, self.last_error = None, None
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()
        self._lanes.clear()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _judge(self, hook: Hook) -> None:
        """Refuse an address: as the real one does, but that plain HTTP may go to this machine."""
        try:
            scheme, _, host, port, _ = split(hook.url, "https")
        except ValueError:
            raise bad("invalid webhook URL specified") from None
        if len(hook.secret) > LONGEST_SECRET:
            raise bad("secret token is too long")
        if not re.fullmatch(r"[A-Za-z0-9_-]*", hook.secret):
            raise bad("secret token contains unallowed characters")
        if not LOOPBACK.fullmatch(host):
            if scheme != "https":
                raise bad("bad webhook: An HTTPS URL must be provided for webhook")
            if port and port not in PORTS:
                raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
        try:
            _, writer = await asyncio.open_connection(host.strip("[]"), port or (80 if scheme == "http" else 443))
        except OSError as fault:
            raise bad(f"bad webhook: {_reason(fault)}") from None
        writer.close()

    def _wake(self, update: Update) -> None:
        if self.hook is None:
            return
        lane = self._lanes.setdefault(update.lane, deque())
        lane.append(update)
        if len(lane) == 1:
            task = asyncio.get_running_loop().create_task(self._tell_lane(update.lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _tell_lane(self, name: tuple[str, int]) -> None:
        lane = self._lanes[name]
        while lane:
            await self._tell(lane[0])
            self.queue.forget(lane.popleft().id)
        del self._lanes[name]

    async def _tell(self, update: Update) -> None:
        """Tell one update until it is heard or too old: again at once, then after 2, 4, 8… seconds."""
        pause, failures = 1.0, 0
        while update.id in self.queue.waiting:
            async with self._places:
                error, retry_after = await self._post(update)
            if error is None:
                return
            self.last_error = (int(self.queue.clock.now()), error)
            effective = float(min(retry_after, 3600))
            if not retry_after and failures:
                pause = min(pause * 2, random.uniform(LONGEST_PAUSE, LONGEST_PAUSE * 2))
                effective = pause
            if self.queue.clock.now() + effective > update.expires:
                return
            failures += 1
            await asyncio.sleep(effective * self.rules.webhook_pause)

    async def _post(self, update: Update) -> tuple[str | None, int]:
        assert self.hook is not None
        assert self._session is not None
        body = json.dumps({"update_id": update.id, **update.body}, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json"}
        if self.hook.secret:
            headers[SECRET_HEADER] = self.hook.secret
        try:
            async with self._session.post(self.hook.url, data=body, headers=headers, allow_redirects=False) as answer:
                said = await answer.read()
                if 200 <= answer.status <= 299:
                    await self._follow(answer.content_type, said)
                    return None, 0
                after = answer.headers.get("Retry-After", "")
                error = f"Wrong response from the webhook: {answer.status} {answer.reason}"
                return error, int(after) if after.isdigit() else 0
        except TimeoutError:
            return "Read timeout expired", 0
        except (aiohttp.ClientConnectorError, OSError) as fault:
            return _reason(fault), 0
        except aiohttp.ClientError:
            return "Webhook connection closed", 0

    async def _follow(self, kind: str, said: bytes) -> None:
        """Carry out the method that an answer names, if it names one; nobody hears what became of it."""
        if kind != "application/json" or not said or self.answered is None:
            return
        try:
            params = json.loads(said)
            method = params.pop("method", "").lower()
        except (ValueError, AttributeError):
            return
        if method and method not in NOT_IN_ANSWERS and not method.startswith("get"):
            try:
                await self.answered(method, params)
            except Refused:
                return


def _reason(fault: OSError) -> str:
    return "Connection refused" if isinstance(fault, ConnectionRefusedError) or fault.errno == 111 else str(fault)
