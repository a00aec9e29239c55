"""matrix-nio's client, with a device that is signed before anybody sees it, and errors that are raised.

The store is in RAM and the device is new at each start: a store on disk would name everybody the bot ever wrote to, and
an old device without its store is refused by the server. What was written to the bot while it was away cannot be read.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import nio
from nio.store import SqliteMemoryStore

from bot.channels.matrix.history import MET, PLACE

if TYPE_CHECKING:
    from bot.channels.matrix.keys import Identity

T = TypeVar("T")

DEVICE = "Infos"
"""The name of the device, seen by whoever looks at the bot's profile."""

CLEAR = ("msgtype", MET, PLACE)
"""What stays in clear beside the ciphertext; all that the bot sends is a notice."""

PATIENCE = 20
"""Seconds given to an ordinary call: a server that is busy encrypts and federates slowly."""

UNSAID = 5.0
"""Seconds given to a server that asks to be left alone, and does not say for how long."""


class Refused(Exception):
    """The server answered no; `code` is Matrix's (M_FORBIDDEN…), `status` that of HTTP."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.code, self.status = code, status


class Wait(Exception):
    """The server asks to be left alone for some seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


class Down(Exception):
    """The server did not answer, or with a fault of its own."""


class Client(nio.AsyncClient):  # type: ignore[misc]  # nio has types, and does not say so
    """A client whose device bears the signature of our identity from its first upload."""

    client_session: aiohttp.ClientSession | None

    def __init__(self, homeserver: str, user: str, identity: Identity | None) -> None:
        for name in ("nio", "peewee"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # they log ids of people and devices
        config = nio.AsyncClientConfig(
            encryption_enabled=identity is not None,
            store=SqliteMemoryStore,
            store_sync_tokens=False,
            max_limit_exceeded=0,
            max_timeouts=0,
            request_timeout=PATIENCE,
        )
        super().__init__(homeserver, user, config=config)
        self._identity = identity

    async def send(
        self,
        method: str,
        path: str,
        data: Any = None,
        headers: dict[str, str] | None = None,
        trace_context: Any = None,
        timeout: float | None = None,  # noqa: ASYNC109 - nio's own signature
    ) -> aiohttp.ClientResponse:
        """Make a call. A page that sends elsewhere is not followed: words would be told to whoever it names."""
        del trace_context
        if self.client_session is None:
            self.client_session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        total = self.config.request_timeout if timeout is None else timeout
        answer = await self.client_session.request(
            method,
            self.homeserver + path,
            data=data,
            ssl=self.ssl,
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=total or None),
            allow_redirects=False,
        )
        if answer.status == 429:
            raise Wait(await _told_to_wait(answer))
        page = answer.status >= 400 and answer.content_type != "application/json"
        if 300 <= answer.status < 400 or answer.status >= 500 or page:
            raise Down  # nio takes a page of a proxy for success wherever an empty answer is expected
        return answer

    async def keys_upload(self) -> nio.KeysUploadResponse | nio.KeysUploadError:
        """Publish the device's keys, signed by our identity, and at first a key to fall back on.

        Without the latter whoever claims fifty keys makes the bot deaf to everybody new.
        """
        keys = self.olm.share_keys()
        if self._identity is not None and "device_keys" in keys:
            self._identity.sign_device(self.user_id, keys["device_keys"])
            keys["fallback_keys"] = self._fallback()
        return await self._send(nio.KeysUploadResponse, *nio.Api.keys_upload(self.access_token, keys))

    def _fallback(self) -> dict[str, Any]:
        account = self.olm.account._account  # nio has no word for it
        account.generate_fallback_key()
        found = {}
        for id, key in account.fallback_key.items():
            signed: dict[str, Any] = {"key": key.to_base64(), "fallback": True}
            signed["signatures"] = {self.user_id: {f"ed25519:{self.device_id}": self.olm.sign_json(signed)}}
            found[f"signed_curve25519:{id}"] = signed
        return found

    async def duties(self, response: nio.SyncResponse) -> None:
        """Do what encryption asks for after a sync, before anything is answered: else a new device cannot read it."""
        await self.send_to_device_messages()
        if self.olm is None:
            return
        if response.device_key_count.signed_curve25519 == 0:
            self.olm.uploaded_key_count = 0  # nio passes over a zero, and would never upload again
        if self.should_upload_keys:
            ok(await self.keys_upload())
        if self.should_query_keys:
            ok(await self.keys_query())
        if self.should_claim_keys:
            ok(await self.keys_claim(self.get_users_for_key_claiming()))

    def encrypt(self, room_id: str, message_type: str, content: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Encrypt a content, and say in clear what is no secret.

        That it is a notice: the server's push rules then wake nobody. What the program looks for after a stop, when it
        can no longer read what it wrote.
        """
        kind, sealed = super().encrypt(room_id, message_type, content)
        return kind, sealed | {key: content[key] for key in CLEAR if key in content}

    def parse(self, room_id: str, raw: dict[str, Any]) -> nio.Event:
        """Return an event that was asked for, decrypted where it can be, as one that a sync tells."""
        event = nio.Event.parse_event(raw)
        with suppress(Exception):
            if isinstance(event, nio.MegolmEvent) and self.olm is not None:
                event.room_id = room_id
                return self.olm.decrypt_megolm_event(event)
        return event

    def _handle_decrypt_to_device(self, event: Any) -> Any:
        """Pass over what cannot be decrypted: raised here, it would lose everybody's messages of that sync."""
        try:
            return super()._handle_decrypt_to_device(event)
        except Exception:
            return None

    def _handle_timeline_event(self, *args: Any) -> Any:
        """Leave encrypted what cannot be decrypted, for the same reason."""
        try:
            return super()._handle_timeline_event(*args)
        except Exception:
            return None


def ok(response: T) -> T:
    """Return what the server answered; what matrix-nio returns as a value, an error, is raised."""
    if not isinstance(response, nio.ErrorResponse):
        return response
    status = response.transport_response.status if response.transport_response is not None else 0
    raise fault(status, response.status_code, response.retry_after_ms)


def fault(status: int, code: str | None, wait: int | None) -> Exception:
    """Return what an answer that is no success means."""
    if code == "M_LIMIT_EXCEEDED":
        return Wait((wait or 1000 * UNSAID) / 1000)
    if code is None or status >= 500:
        return Down()
    return Refused(code, status)


async def _told_to_wait(answer: aiohttp.ClientResponse) -> float:
    """Return for how long (seconds) a refusal asks to be left alone: its header says so, or its body, as it used to."""
    asked, said = answer.headers.get("Retry-After", ""), 0.0
    with suppress(ValueError):
        said = float(asked) if asked.isdecimal() else parsedate_to_datetime(asked).timestamp() - time.time()
    with suppress(ValueError, KeyError, TypeError):
        said = max(said, (await answer.json(content_type=None))["retry_after_ms"] / 1000)
    return said if said > 0 else UNSAID
