"""The web channel: one address, one page, nothing kept.

The answer to a press is the page itself, at the same address: no redirect, no session, no cookie, so nothing to find
afterwards. Whoever presses sends back the token that the page held. Nothing of a request is ever logged, not even on a
fault, and nothing of it comes back in an answer (but to what is not HTTP at all: aiohttp says to its sender what is
wrong with it).
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from aiohttp import web

from bot.channels.web.html import CODE, ICON, PUBLIC_NAME, STYLE, Look, Publisher, draw, neutral, page
from bot.channels.web.texts import PAGES
from bot.engine.asks import MOST_CHOICES
from bot.engine.message import Choice, Key, Opened, Pressed, Typed
from bot.errors import ConfigError
from bot.i18n import SOURCE

if TYPE_CHECKING:
    from bot.app import Answer, Bot
    from bot.engine.message import Event, Screen

log = logging.getLogger("repere")

Hook = Callable[[Mapping[str, str], bytes], Awaitable[int]]
"""What answers another network's posts: headers and body in, a status out."""

LARGEST = 8 * 1024
"""Bytes of a form: 500 characters of any script fit, percent-encoded."""

LARGEST_POST = 256 * 1024
"""Bytes of what another network posts: a message, and the one it answers."""

AGAIN = "2"
"""Seconds after which another network is to post again what could not be dealt with yet."""

PATIENCE = 10.0
"""Seconds given to a client to send its form; the same, threefold, to send its headers or its next request."""

LONGEST_TEXT = 1000
LONGEST_CHOICE = 100
MOST_FIELDS = 8
LONGEST_IDLE = 60
"""Minutes after which no page that erases itself is left (`Screen.idle`)."""

OFF = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read", "clipboard-write",
    "display-capture", "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection",
    "local-fonts", "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "publickey-credentials-get",
    "screen-wake-lock", "serial", "storage-access", "usb", "window-management", "xr-spatial-tracking",
)  # fmt: skip

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in OFF),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Server": "web",
}
NEVER_KEPT = {"Cache-Control": "no-store"}
ALWAYS_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}

_BOT: web.AppKey[Bot] = web.AppKey("bot")
_NAME: web.AppKey[str] = web.AppKey("name")
_HOOKS: web.AppKey[frozenset[str]] = web.AppKey("hooks")
_PUBLISHER: web.AppKey[Publisher] = web.AppKey("publisher")


def make_app(
    bot: Bot,
    public_name: str = PUBLIC_NAME,
    publisher: Publisher | None = None,
    hooks: Mapping[str, Hook] | None = None,
) -> web.Application:
    """Return the site of a bot. It keeps nothing but what it is given.

    `hooks` are paths at which other networks post to their channel, which answers with a status.
    """
    silent = logging.getLogger("repere.web.server")
    silent.addFilter(_nothing)  # aiohttp would log addresses and pieces of requests
    silent.propagate = False
    app = web.Application(
        client_max_size=LARGEST,
        middlewares=[_safely],
        handler_args={
            "access_log": None,
            "logger": silent,
            "keepalive_timeout": PATIENCE * 3,
            "lingering_time": 2.0,
            "max_line_size": 4096,
            "max_field_size": 4096,
        },
    )
    app[_BOT], app[_NAME], app[_PUBLISHER] = bot, public_name, publisher or Publisher()
    app[_HOOKS] = frozenset(hooks or ())
    app.on_response_prepare.append(_protect)
    app.router.add_get("/", _home)
    app.router.add_post("/", _turn)
    app.router.add_get("/a/{area}", _home)
    app.router.add_get("/a/{area}/{insee}", _home)
    app.router.add_get("/infos", _infos)
    for name in PAGES:
        app.router.add_get(f"/{name}", _about)
    for file in (STYLE, CODE, ICON):
        app.router.add_get(file.path, _static)
    app.router.add_get("/favicon.ico", _static)
    app.router.add_get("/robots.txt", _robots)
    app.router.add_get("/sante", _health)
    for path, hook in (hooks or {}).items():
        app.router.add_post(path, partial(_hooked, hook))
    return app


async def serve(app: web.Application, stop: asyncio.Event, host: str = "127.0.0.1", port: int = 0) -> None:
    """Serve until told to stop; says its real address (port 0 takes a free one)."""
    runner = web.AppRunner(app, shutdown_timeout=3.0)
    try:
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise ConfigError(f"{host}:{port} : on ne peut pas écouter là ({error.strerror}).") from None
        for address in runner.addresses:
            shown = f"[{address[0]}]" if ":" in address[0] else address[0]
            sys.stdout.write(f"http://{shown}:{address[1]}\n")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await runner.cleanup()


# Handlers -----------------------------------------------------------------------------------------------------------


async def _home(request: web.Request) -> web.Response:
    area, insee = request.match_info.get("area"), request.match_info.get("insee")
    return _screen(request, request.app[_BOT].answer("", Opened(area, request.query.get("langue"), insee)))


async def _turn(request: web.Request) -> web.Response:
    try:
        async with asyncio.timeout(PATIENCE):
            body = await request.read()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error
    token, event = read_form(body, minutes())
    return _screen(request, request.app[_BOT].answer(token, event), pressed=True)


def minutes() -> int:
    """Return the minute it is, as pages bear it."""
    return int(time.time() // 60)


def read_form(body: bytes, now: int) -> tuple[str, Event]:
    """Return the token and the event of a form; whatever it is, something is understood. Pure.

    A form of a page that should have erased itself by `now` opens home: without JavaScript, the browser's « send
    again » would bring a screen back for as long as its window stays open. Leaving and emergency are always honoured.
    """
    try:
        given = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return "", Opened()
    token, choice, text = given.get("token", ""), given.get("choice"), given.get("text")
    drawn = given.get("minute", "")
    if drawn and not (drawn.isascii() and drawn.isdecimal() and now - int(drawn[:12]) <= LONGEST_IDLE):
        return "", Pressed(choice) if choice in (Key.CLOSE, Key.EMERGENCY) else Opened()
    if choice is not None:
        return token, Pressed(choice if len(choice) <= LONGEST_CHOICE else "")
    if text is not None:
        codes = given.get("offered", "")[: LONGEST_CHOICE * MOST_CHOICES].split()
        return token, Typed(text[:LONGEST_TEXT], tuple(Choice(code, "") for code in codes[:MOST_CHOICES]))
    return "", Opened()


async def _infos(request: web.Request) -> web.Response:
    return _html(neutral(_look(request, request.query.get("langue"))))


async def _about(request: web.Request) -> web.Response:
    return _html(page(request.path.strip("/"), _look(request, request.query.get("langue"))))


async def _static(request: web.Request) -> web.Response:
    file = next((file for file in (STYLE, CODE) if file.path == request.path), ICON)
    return web.Response(body=file.body, content_type=file.kind, charset="utf-8", headers=ALWAYS_KEPT)


async def _robots(request: web.Request) -> web.Response:
    return web.Response(text="User-agent: *\nDisallow: /\n", headers=ALWAYS_KEPT)


async def _hooked(hook: Hook, request: web.Request) -> web.Response:
    body = bytearray()
    async with asyncio.timeout(PATIENCE):
        async for piece in request.content.iter_any():
            body += piece
            if len(body) > LARGEST_POST:
                return web.Response(status=413)
    status = await hook(request.headers, bytes(body))
    return web.Response(status=status, headers={"Retry-After": AGAIN} if status == 503 else None)


async def _health(request: web.Request) -> web.Response:
    return web.Response(text="ok", headers=NEVER_KEPT)


# Answers ------------------------------------------------------------------------------------------------------------


def _look(request: web.Request, locale: str | None) -> Look:
    script = request.app[_BOT].script
    known = locale if locale in script.catalogues else SOURCE
    return Look(script, known or SOURCE, request.app[_NAME], request.app[_PUBLISHER])


def _screen(request: web.Request, answer: Answer, *, pressed: bool = False) -> web.Response:
    screen = answer.turn.screen
    look = _look(request, screen.locale)
    if answer.turn.erased:
        return _html(neutral(look), refresh=f"0; url={look.address('/infos')}")
    minute = None if screen.idle is None else minutes()
    return _html(draw(screen, answer.token, look, minute), refresh=_idle(screen, look) if pressed else None)


def _idle(screen: Screen, look: Look) -> str | None:
    """Return the header that erases an answer left alone, for browsers without JavaScript.

    A page that was only opened (GET) has none: it is home, nothing is on it, and a header cannot be taken back when
    the script of the page replaces the screen, which then counts for itself.
    """
    return None if screen.idle is None else f"{screen.idle * 60}; url={look.address('/infos')}"


def _html(text: str, *, status: int = 200, refresh: str | None = None) -> web.Response:
    headers = NEVER_KEPT | ({"Refresh": refresh} if refresh else {})
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


@web.middleware
async def _safely(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer every refusal and every fault with a page that has a way on and the emergency numbers."""
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        status, allow = refusal.status, refusal.headers.get("Allow")
    except Exception as fault:
        log.error("web: %s", type(fault).__name__)
        status, allow = 500, None
    response = _html(neutral(_look(request, None)), status=status)
    if allow:
        response.headers["Allow"] = allow
    if status in (408, 413):
        response.force_close()
    return response


async def _protect(request: web.Request, response: web.StreamResponse) -> None:
    if request.path not in request.app[_HOOKS]:  # no browser reads what other networks are answered
        response.headers.update(HEADERS)


def _nothing(record: logging.LogRecord) -> bool:
    return False
