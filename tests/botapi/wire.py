"""HTTP, both ways: a request read into parameters, an answer written, and the many ways for it not to arrive."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.botapi.errors import Done, Refused

if TYPE_CHECKING:
    from tests.botapi.faults import Fault
    from tests.botapi.params import Params

BEFORE = frozenset({"status", "reset", "silent"})
"""The faults that happen before a call takes effect."""

JSON = {"Content-Type": "application/json"}
PAGE = "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n"
REASONS = {500: "500 Internal Server Error", 502: "502 Bad Gateway", 503: "503 Service Temporarily Unavailable"}
REASONS[504] = "504 Gateway Time-out"


async def read(request: web.BaseRequest) -> Params:
    """Return the parameters of a request: of its address, and of its body whatever it is written in."""
    params: Params = dict(request.query) if request.query_string else {}
    if request.method != "POST":
        if request.method != "GET":
            raise Refused(501, "Not Implemented")
        return params
    kind = request.content_type
    if kind == "multipart/form-data":
        form = await request.post()
        params.update({key: value for key, value in form.items() if isinstance(value, str)})
        return params
    raw = await request.read()
    if not raw:
        return params
    if kind == "application/json":
        try:
            body = json.loads(raw)
        except ValueError as fault:
            raise Refused(400, f"Bad Request: can't parse object: {fault}") from None
        if not isinstance(body, dict):
            raise Refused(400, "Bad Request: JSON object expected")
        params.update((key, value) for key, value in body.items() if value is not None)
    elif kind == "application/x-www-form-urlencoded":
        params.update(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
    return params


def accepted(result: Any) -> bytes:
    """Return the answer to a call that was carried out."""
    if isinstance(result, Done):
        return _json({"ok": True, "result": result.result, "description": result.description})
    return _json({"ok": True, "result": result})


def refused(refusal: Refused) -> bytes:
    """Return the answer to a call that was refused."""
    answer: dict[str, Any] = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.retry_after is not None:
        answer["parameters"] = {"retry_after": refusal.retry_after}
    return _json(answer)


def response(status: int, body: bytes, retry_after: int | None = None) -> web.Response:
    """Return an answer ready to leave."""
    headers = JSON if retry_after is None else {**JSON, "Retry-After": str(retry_after)}
    return web.Response(body=body, status=status, headers=headers)


def page(status: int) -> web.Response:
    """Return the page of a machine that stands before Telegram and finds nobody behind."""
    text = PAGE.format(REASONS.get(status, str(status)))
    return web.Response(text=text, status=status, content_type="text/html")


async def instead(request: web.BaseRequest, fault: Fault) -> web.StreamResponse:
    """Do what a fault says instead of carrying out a call."""
    if fault.kind == "status":
        return page(fault.status)
    return reset(request) if fault.kind == "reset" else await silence(request)


async def spoil(request: web.BaseRequest, fault: Fault, status: int, body: bytes) -> web.StreamResponse:
    """Deliver an answer the way a fault says."""
    if fault.kind == "lost":
        return reset(request)
    if fault.kind == "truncated":
        return response(status, body[: len(body) // 2])
    if fault.kind == "slow":
        await asyncio.sleep(fault.delay)
        return response(status, body)
    stream = web.StreamResponse(status=status, headers={**JSON, "Content-Length": str(len(body))})
    await stream.prepare(request)
    if fault.kind == "cut":
        await stream.write(body[: len(body) // 2])
        return reset(request)
    for i in range(len(body)):
        await stream.write(body[i : i + 1])
        await asyncio.sleep(fault.delay / len(body))
    await stream.write_eof()
    return stream


def reset(request: web.BaseRequest) -> web.Response:
    """Cut the connection short, with a RST, and return what will not be sent."""
    transport = request.transport
    if transport is not None:
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=500)


async def silence(request: web.BaseRequest) -> web.Response:
    """Hold the connection and say nothing, until the other side is gone."""
    while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 — nothing tells
        await asyncio.sleep(0.02)
    return web.Response(status=500)


def _json(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer, separators=(",", ":")).encode()
