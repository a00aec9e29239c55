"""A real Matrix homeserver for a test: a free port, a folder in memory, ready in two seconds, gone with its parent.

Nothing here belongs to an event loop, so that one server serves every test of a run: the process is waited for in a
thread, and each request opens its own connection.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import aiohttp

from tests.matrix import settings
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Mapping

PYTHON = Path(sys.prefix) / "synapse" / "bin" / "python"
MEMORY = Path("/dev/shm")


class Refused(Exception):
    """The homeserver answered with an error: its status, then its own words."""

    def __init__(self, status: int, said: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {said.get('errcode')}: {said.get('error')}")
        self.status, self.said, self.code = status, said, said.get("errcode")


@dataclass(frozen=True, slots=True)
class User:
    """Somebody registered. Its token serves to ask the server; whoever talks logs in and has a device of their own."""

    user_id: str
    password: str
    access_token: str
    admin: bool = False

    @property
    def name(self) -> str:
        return self.user_id[1:].partition(":")[0]


class Synapse:
    """The homeserver, started on entry and thrown away with all it knows on exit.

    With other `limits` it refuses a talkative bot, as a server that somebody else runs would.
    """

    def __init__(self, limits: settings.Limits = settings.FREE) -> None:
        self.limits = limits
        self.server_name = settings.SERVER_NAME
        self.port = 0
        self._secret = secrets.token_hex(16)
        self._names: dict[str, int] = {}
        self._root: User | None = None
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def missing() -> str:
        """Say why it cannot be started here, or nothing."""
        return "" if PYTHON.exists() else "Synapse is not installed: make prepare"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def folder(self) -> Path:
        """Where the server keeps what it knows."""
        assert self._folder is not None, "never started"
        return self._folder

    @property
    def log(self) -> str:
        """What it complained of."""
        return "".join(f.read_text("utf-8", "replace") for f in sorted(self.folder.glob("*.txt")))

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end(kill=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.__exit__)

    async def start(self) -> None:
        """Start again after `stop` or `kill`: same address, same data."""
        await asyncio.to_thread(self._start)

    async def stop(self) -> None:
        await asyncio.to_thread(self._end)

    async def kill(self) -> None:
        """Stop as a power cut would."""
        await asyncio.to_thread(self._end, kill=True)

    def _start(self) -> None:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="synapse", dir=MEMORY if MEMORY.is_dir() else None))
        first = not self.port
        for last in (False, False, True):
            if first:
                self.port = free_port()
            file = settings.write(self._folder, self.port, self._secret, self.limits)
            with (self._folder / "output.txt").open("wb") as output:
                self._process = subprocess.Popen(
                    [PYTHON, "-c", settings.LAUNCHER, "-c", file, self._folder],
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=self._folder,
                    env={**os.environ, "PYTHONWARNINGS": "ignore", "SYNAPSE_CACHE_FACTOR": "0.5"},
                )
            if self._answers(60):
                return
            self._end(kill=True)
            if last or not first:
                raise RuntimeError(f"Synapse does not start:\n{self.log[-4000:]}")

    def _answers(self, seconds: float) -> bool:
        """Wait until it answers; false once it is dead, or too late."""
        assert self._process is not None
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(f"{self.url}/health", timeout=5):
                return True
            time.sleep(0.05)
        return False

    def _end(self, *, kill: bool = False) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        if kill:
            process.kill()
        else:
            process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with suppress(BrokenPipeError):
            process.stdin.close()

    async def api(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, as_: User | None = None, **query: Any
    ) -> Any:
        """Ask the server, with somebody's rights; `path` begins with `/_matrix`."""
        headers = {"Authorization": f"Bearer {as_.access_token}"} if as_ else {}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, self.url + path, json=body, params=query) as response,
        ):
            said = await response.json(content_type=None)
            if response.status >= 400:
                raise Refused(response.status, said)
            return said

    async def user(self, name: str, *, admin: bool = False) -> User:
        """Register somebody nobody knows yet: the name gets a number where it is taken."""
        count = self._names[name] = self._names.get(name, 0) + 1
        name, password = f"{name}{count}" if count > 1 else name, secrets.token_hex(8)
        path = "/_synapse/admin/v1/register"
        nonce = (await self.api("GET", path))["nonce"]
        words = (nonce, name, password, "admin" if admin else "notadmin")
        mac = hmac.new(self._secret.encode(), "\0".join(words).encode(), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": password, "admin": admin, "mac": mac}
        said = await self.api("POST", path, body)
        return User(said["user_id"], password, said["access_token"], admin)

    async def admin(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask what only the server's administrator may: `path` is what follows `/_synapse/admin`."""
        if self._root is None:
            self._root = await self.user("root", admin=True)
        return await self.api(method, f"/_synapse/admin{path}", body, as_=self._root)

    async def override_ratelimit(self, user: User) -> None:
        """Let somebody talk without limit, as a server's administrator may for a bot of the house."""
        nothing = {"messages_per_second": 0, "burst_count": 0}
        await self.admin("POST", f"/v1/users/{quote(user.user_id)}/override_ratelimit", nothing)

    async def events(self, room_id: str, *, as_: User) -> list[dict[str, Any]]:
        """Return every event of a room, oldest first, as the server gives them: redacted, they have no content."""
        path, events, place = f"/_matrix/client/v3/rooms/{quote(room_id)}/messages", [], {}
        while True:
            said = await self.api("GET", path, as_=as_, dir="f", limit=200, **place)
            events += said["chunk"]
            if not said.get("end") or not said["chunk"]:
                return events
            place = {"from": said["end"]}


def spoken(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep what somebody said that is still there: neither a state of the room, nor redacted, nor a redaction."""
    return [
        event
        for event in events
        if "state_key" not in event
        and event["type"] != "m.room.redaction"
        and "redacted_because" not in event.get("unsigned", {})
    ]
