"""How calls travel: python-telegram-bot's `BaseRequest` over aiohttp.

Its own transport (httpx) writes the whole address, bot token included, to its log, and falls behind with many calls
in flight. Here nothing is logged, and no error holds an address, a text or a token.
"""

from __future__ import annotations

import asyncio
import json
import time
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import aiohttp
from telegram.error import NetworkError, RetryAfter, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE = 4.0
"""Seconds given to an ordinary call, from its start to the last byte of its answer."""

AT_ONCE = 256
"""Connections at most. Two hundred people who press together are answered together."""

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class _Fields:
    """The form of a call made without python-telegram-bot: what `do_request` reads of a `RequestData`."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def url_encoded_parameters(self) -> str:
        return URL.build(query=self._fields).raw_query_string  # seven times as fast as urllib's, for every call


class Transport(BaseRequest):
    """One pool of connections. `renew` leaves those that no longer answer to their fate."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._dated = "", 0.0
        self._closed = False
        self._left: set[asyncio.Task[None]] = set()

    @property
    def read_timeout(self) -> float:
        """Return the seconds given to an ordinary call."""
        return PATIENCE

    @property
    def ahead(self) -> float:
        """Return by how many seconds this machine's clock is ahead of the server's; 0 when it did not say."""
        try:
            return self._dated[1] - parsedate_to_datetime(self._dated[0]).timestamp()
        except ValueError:
            return 0.0

    async def initialize(self) -> None:
        """Open the pool."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=AT_ONCE, keepalive_timeout=60.0),
                timeout=aiohttp.ClientTimeout(total=PATIENCE),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "bot"},
            )

    async def shutdown(self) -> None:
        """Close every connection, for good."""
        self._closed = True
        for task in self._left:
            task.cancel()
        await asyncio.gather(*self._left, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def renew(self) -> None:
        """Open a new pool; the old one is closed once no call can still be waiting for an answer in it."""
        if self._closed:
            return
        old, self._session = self._session, None
        await self.initialize()
        if old is not None:
            task = asyncio.create_task(_close_later(old))
            self._left.add(task)
            task.add_done_callback(self._left.discard)

    async def fetch(self, url: str, fields: Mapping[str, str], patience: float) -> Any:
        """Return the bare result of a call; errors are those of any other call."""
        return await self.post(url, cast("RequestData", _Fields(fields)), read_timeout=patience)

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Make one call. Raises NetworkError or TimedOut, which hold nothing of it."""
        del write_timeout, connect_timeout, pool_timeout
        if self._session is None:
            raise NetworkError("closed")
        body = request_data.url_encoded_parameters() if request_data else None
        patience = read_timeout if isinstance(read_timeout, int | float) else PATIENCE
        try:
            async with self._session.request(
                method, _parsed(url), data=body, headers=FORM, timeout=_timeout(patience), allow_redirects=False
            ) as response:
                self._dated = response.headers.get("Date", ""), time.time()
                status, answer = response.status, await response.read()
        except TimeoutError:
            raise TimedOut from None
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            raise NetworkError(type(fault).__name__) from None
        if status >= 300 and not _refusal(self.parse_json_payload(answer)):
            raise NetworkError("not a refusal")  # somebody else's: a proxy, while the server restarts
        return status, answer

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Return an answer as a dictionary. One that is cut short is a fault of the network, and is never logged."""
        try:
            answer = json.loads(payload)
        except ValueError:
            raise NetworkError("not JSON") from None
        if not isinstance(answer, dict) or (answer.get("ok") is not False and "result" not in answer):
            raise NetworkError("not an answer")
        return answer


@lru_cache(maxsize=64)
def _parsed(url: str) -> URL:
    return URL(url, encoded=True)


@lru_cache(maxsize=8)
def _timeout(patience: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=patience)


def _refusal(answer: Mapping[str, Any]) -> bool:
    """Tell whether an answer is Telegram's way of saying no."""
    return isinstance(answer.get("error_code"), int) and isinstance(answer.get("description"), str)


def seconds(refusal: RetryAfter) -> float:
    """Return how long Telegram wants to be left alone."""
    wait = refusal.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


async def _close_later(session: aiohttp.ClientSession) -> None:
    try:
        await asyncio.sleep(2 * PATIENCE)
    finally:
        await session.close()
