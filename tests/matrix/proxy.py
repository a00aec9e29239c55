"""What stands between the bot and its homeserver: a network of which a test decides, and which notes all that passes.

Each call is read whole, then let through, changed, kept or refused; what the server says comes back, or does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import aiohttp

from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.matrix.synapse import Synapse

SEND, REDACT, SYNC, JOIN = "/send/", "/redact/", "/sync", "/join"
MAKES = f"PUT .*({SEND}|{REDACT})"
"""What makes an event in a room."""

BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
PASSED_ON = ("Authorization", "Content-Type")


@dataclass(slots=True, eq=False)
class Fault:
    """What befalls the next calls (`count`, None: all) that match `what`, a pattern over « METHOD /path ».

    `reset`: the line is broken; `silent`: nothing is ever answered, nor passed on; `lost`: it is done, and the answer
    is lost; `after`: the line is broken, and it is done later; `truncated`: the answer ends in its middle; `cut`: a
    whole answer, whose JSON is half; `slices`: one byte at a time; `slow`: the call leaves late, and the answer comes
    late; `says`: another answer than the server's.
    """

    kind: str
    what: str = ""
    count: int | None = None
    delay: float = 0.0
    status: int = 502
    body: bytes = BAD_GATEWAY
    headers: tuple[str, ...] = ("Content-Type: text/html",)

    def meets(self, call: Call) -> bool:
        """Tell whether it befalls a call; a fault that counts has then one left less."""
        if self.count == 0 or not re.search(self.what, f"{call.method} {call.path}"):
            return False
        if self.count is not None:
            self.count -= 1
        return True


def says(status: int, said: object, what: str = "", count: int | None = None) -> Fault:
    """Return a fault that answers some JSON in the server's place."""
    body = json.dumps(said).encode()
    return Fault("says", what, count, status=status, body=body, headers=("Content-Type: application/json",))


def limited(seconds: float, what: str = MAKES, count: int | None = 1) -> Fault:
    """Return a refusal that asks to be left alone for some time."""
    return says(429, {"errcode": "M_LIMIT_EXCEEDED", "error": "…", "retry_after_ms": int(seconds * 1000)}, what, count)


@dataclass(slots=True, eq=False)
class Call:
    """One call of the bot: when it came and was over (monotonic), and with which status it was answered; 0: none."""

    method: str
    path: str
    body: bytes
    at: float
    until: float = 0.0
    status: int = 0
    said: bytes = b""

    @property
    def wait(self) -> float:
        """Return for how long (seconds) the answer asks to be left alone."""
        return float(json.loads(self.said)["retry_after_ms"]) / 1000 if self.status == 429 else 0.0


@dataclass(eq=False)
class Proxy:
    """The network. `url` is where the bot believes the server to be."""

    hs: Synapse
    calls: list[Call] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    late: list[asyncio.Task[None]] = field(default_factory=list)
    """Calls that nobody waits for any more, and that will be made."""
    _port: int = field(default_factory=free_port)
    _server: asyncio.Server | None = None
    _lines: dict[asyncio.Task[None], asyncio.StreamWriter] = field(default_factory=dict)
    _session: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=60), connector=aiohttp.TCPConnector(limit=0), auto_decompress=False
        )
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.down()
        await asyncio.gather(*self.late)
        assert self._session is not None
        await self._session.close()

    async def up(self) -> None:
        """Be there, at the same address as before."""
        self._server = await asyncio.start_server(self._line, "127.0.0.1", self._port)

    async def down(self) -> None:
        """Be nowhere: lines are broken, and refused."""
        if self._server is not None:
            self._server.close()
        self.hang_up()
        lines = list(self._lines)
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)

    def hang_up(self) -> None:
        """Break every line that is open."""
        for writer in self._lines.values():
            writer.transport.abort()

    def fault(self, fault: Fault) -> Fault:
        """Let a fault befall what comes, and, where it cuts, what is under way."""
        self.faults.append(fault)
        if fault.kind == "reset" and not fault.what:
            self.hang_up()
        return fault

    def heal(self) -> None:
        """End every fault. What was swallowed stays so."""
        self.faults.clear()

    def made(self, what: str, since: float = 0.0) -> list[Call]:
        """Return the calls that match, in order."""
        return [c for c in self.calls if c.at >= since and re.search(what, f"{c.method} {c.path}")]

    def _met(self, call: Call) -> Fault | None:
        return next((fault for fault in self.faults if fault.meets(call)), None)

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what comes on one line, one call after another, until either side ends it."""
        task = asyncio.current_task()
        assert task is not None
        self._lines[task] = writer
        try:
            while call := await _read(reader):
                self.calls.append(call)
                try:
                    await self._serve(call, writer)
                finally:
                    call.until = call.until or time.monotonic()
        except (OSError, EOFError, asyncio.CancelledError, aiohttp.ClientError):
            pass
        finally:
            del self._lines[task]
            writer.transport.abort()

    async def _serve(self, call: Call, writer: asyncio.StreamWriter) -> None:
        fault = self._met(call)
        kind = fault.kind if fault is not None else ""
        if kind == "reset":
            raise ConnectionAbortedError
        if kind == "silent":
            await asyncio.Event().wait()
        if fault is not None and kind == "after":
            self.late.append(asyncio.create_task(self._ask_later(call, fault.delay)))
            raise ConnectionAbortedError
        if fault is not None and kind == "slow":
            await asyncio.sleep(fault.delay)
        if fault is not None and kind == "says":
            answer = fault.status, list(fault.headers), fault.body
        else:
            answer = await self._ask(call)
        if any(held.kind == "silent" and not held.what for held in self.faults):
            await asyncio.Event().wait()  # asked before, and swallowed on its way back
        if kind == "lost":
            raise ConnectionAbortedError
        if fault is not None and kind == "slow":
            await asyncio.sleep(fault.delay)
        call.status, call.until, call.said = answer[0], time.monotonic(), answer[2]
        for piece in _written(*answer, kind):
            writer.write(piece)
            await writer.drain()
            if kind == "slices":
                await asyncio.sleep(0)
        if kind == "truncated":
            raise ConnectionAbortedError

    async def _ask_later(self, call: Call, delay: float) -> None:
        await asyncio.sleep(delay)
        await self._ask(call)

    async def _ask(self, call: Call) -> tuple[int, list[str], bytes]:
        """Ask the server itself; one that is not there is a gateway's 502."""
        assert self._session is not None
        headers = {name: value for name, value in call_headers(call.body).items() if name in PASSED_ON}
        body = call.body.partition(b"\r\n\r\n")[2]
        try:
            async with self._session.request(
                call.method, f"{self.hs.url}{call.path}", data=body, headers=headers, allow_redirects=False
            ) as answer:
                said = await answer.read()
                return answer.status, [f"Content-Type: {answer.headers.get('Content-Type', '')}"], said
        except (aiohttp.ClientError, TimeoutError):
            return 502, ["Content-Type: text/html"], BAD_GATEWAY


def call_headers(head: bytes) -> dict[str, str]:
    """Return the headers of a call, as it was sent."""
    lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return {name.title(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


async def _read(reader: asyncio.StreamReader) -> Call | None:
    """Read one call whole; None when the line is over. What is kept of it is all that was sent."""
    with contextlib.suppress(asyncio.IncompleteReadError):
        head = await reader.readuntil(b"\r\n\r\n")
        method, path, _ = head.split(b"\r\n")[0].decode("latin-1").split(" ")
        length = int(call_headers(head).get("Content-Length", "0"))
        return Call(method, path, head + await reader.readexactly(length), time.monotonic())
    return None


def _written(status: int, headers: list[str], body: bytes, kind: str) -> Iterator[bytes]:
    """Give an answer as it goes over the line."""
    said = body[: len(body) // 2] if kind == "cut" else body
    lines = (f"HTTP/1.1 {status} -", f"Content-Length: {len(said)}", *headers, "", "")
    whole = "\r\n".join(lines).encode() + said
    if kind == "slices":
        yield from (whole[n : n + 1] for n in range(len(whole)))
    else:
        yield whole[: -len(said) // 2] if kind == "truncated" and said else whole
