"""The calls the Matrix channel makes, each through the gate, tried again while the server is down or asks to wait.

A call keeps its transaction id from one try to the next, so that an answer lost on its way doubles nothing. The server
tells transactions of a room apart by that id alone: sends and redactions must never share one.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

import aiohttp
from nio.exceptions import GroupEncryptionError, LocalProtocolError, MembersSyncError, SendRetryError

from bot.channels.gate import Pass, TooLate
from bot.channels.matrix.client import PATIENCE, Down, Refused, Wait, fault, ok
from bot.channels.matrix.history import ANSWERS, MET, PLACE
from bot.errors import Unreachable
from bot.lanes import Overtaken

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from bot.channels.gate import By, Gate
    from bot.channels.matrix.client import Client
    from bot.channels.matrix.history import Raw

T = TypeVar("T")

FAULTS = (Down, aiohttp.ClientError, OSError, TimeoutError, GroupEncryptionError, SendRetryError)

SOON = 4.0
"""Seconds given to a call that may be made again without harm: all is well again within five of a silence."""

LOOK, MORE = 2.0, 0.25
"""Seconds given to such a call when it looks at a server that failed, and added each time: it may only be slow."""

SLOW = 10.0
"""Seconds given to a call that other servers may have a part in: a join, or what fails while the rest passes."""

MOST_NAMED = 300
"""Events that a notice names as those it answers: with more of them it would be too long for a server."""

SPOKEN = {"not_types": ["m.room.redaction"]}

BROKEN = (AttributeError, KeyError, LocalProtocolError, TypeError, ValueError)
"""What matrix-nio raises inside when an answer is not the one it expects."""


class Doubtful(Exception):
    """A notice was given up (`given_up`) after a try that may have had its effect, or may still have it.

    The room is to be looked at. `txn` is its transaction: once something else has taken its place, it can never come.
    """

    def __init__(self, given_up: Overtaken | TooLate, txn: str) -> None:
        super().__init__()
        self.given_up, self.txn = given_up, txn


class Api:
    """A homeserver, as far as this channel uses it."""

    def __init__(self, client: Client, gate: Gate) -> None:
        self.client, self._gate = client, gate

    async def send(self, by: By[str], content: Mapping[str, Any], answers: Sequence[str] = (), met: str = "") -> str:
        """Send a notice, encrypted where the room is; return its id.

        `answers`: the events to be redacted now that it is there; `met`: the last event it knows of. Raises Doubtful
        when it is given up after a try that may have had its effect.
        """
        first, *also = [*answers[-MOST_NAMED:], ""]
        relation = {"rel_type": ANSWERS, "event_id": first, "also": also[:-1]}
        whole = dict(content) | ({"m.relates_to": relation} if first else {}) | ({MET: met} if met else {})
        txn, asked = f"s{secrets.token_hex(8)}", by.asks()
        try:
            return await self._put(asked, by.chat, whole, txn)
        except (Refused, LocalProtocolError, MembersSyncError):
            raise Unreachable from None
        except (Overtaken, TooLate) as given_up:
            if asked.failures:
                raise Doubtful(given_up, txn) from None
            raise

    async def take_place(self, by: By[str], content: Mapping[str, Any], txn: str) -> str:
        """Send something in the place of a notice that may come; return the id of whichever came, "" for none.

        The server makes one event of a transaction, however often, and in whatever words, it is told.
        """
        try:
            return await self._put(by.asks(), by.chat, {**content, PLACE: True}, txn)
        except (Refused, LocalProtocolError, MembersSyncError):
            return ""

    async def _put(self, asked: Pass, room: str, content: Mapping[str, Any], txn: str) -> str:
        async def put() -> str:
            try:
                await self._share(room)
            except BROKEN:
                raise Down from None
            finally:
                sharing = self.client.sharing_session.pop(room, None)  # left by a fault, it would block for ever
                if sharing is not None:
                    sharing.set()
            sent = await self.client.room_send(
                room, "m.room.message", content, tx_id=txn, ignore_unverified_devices=True
            )
            return str(ok(sent).event_id)

        return await self.call(put, asked, SOON)

    async def _share(self, room_id: str) -> None:
        """Give the keys of an encrypted room to every device of the person, and see that they were given.

        matrix-nio passes over a failure: the person would read « unable to decrypt ».
        """
        client, room = self.client, self.client.rooms.get(room_id)
        if client.olm is None or room is None or not room.encrypted:
            return
        if not room.members_synced:
            ok(await client.joined_members(room_id))
        if client.should_query_keys:
            ok(await client.keys_query())
        if not client.olm.should_share_group_session(room_id):
            return
        devices = {
            (user, device.id)
            for user in room.users
            if user != client.user_id
            for device in client.device_store.active_user_devices(user)
        }
        missing = client.get_missing_sessions(room_id)
        if missing:
            ok(await client.keys_claim(missing))
        for _ in range(2):
            ok(await client.share_group_session(room_id, ignore_unverified_devices=True))
            missed = devices - client.olm.outbound_group_sessions[room_id].users_shared_with
            if not missed:
                return
            client.invalidate_outbound_session(room_id)
        if missed == devices:
            raise Down  # some device may be dead for good; all of them are not
        ok(await client.share_group_session(room_id, ignore_unverified_devices=True))

    async def redact(self, by: By[str], event: str) -> bool:
        """Take the words out of an event, for everybody; False when the room does not let us."""

        async def redact() -> None:
            ok(await self.client.room_redact(by.chat, event, tx_id=f"r{event}"))

        try:
            await self.call(redact, by.asks(), SOON)
        except (Refused, TooLate):
            return False
        return True

    async def join(self, room: str) -> bool:
        """Accept an invitation; False when it is withdrawn."""
        return await self._said(room, lambda: self.client.join(room))

    async def leave(self, room: str) -> None:
        """Leave a room, or refuse an invitation, and forget it."""
        if await self._said(room, lambda: self.client.room_leave(room)):
            await self._said(room, lambda: self.client.room_forget(room))
        self.client.rooms.pop(room, None)
        self.client.invited_rooms.pop(room, None)

    async def _said(self, room: str, make: Callable[[], Awaitable[Any]]) -> bool:
        """Make a call about a room as a whole; its refusals are its own: joins have their limits."""

        async def said() -> None:
            ok(await make())

        try:
            await self.call(said, Pass(room, reads=True), SLOW)
        except (Refused, LocalProtocolError):
            return False
        return True

    async def state(self, room: str) -> list[Raw]:
        """Return the whole state of a room."""
        return list(await self._get(room, "state"))

    async def history(
        self,
        room: str,
        most: int,
        start: str = "",
        stop: str = "",
        *,
        only: Mapping[str, Any] = SPOKEN,
        enough: Callable[[list[Raw]], bool] = lambda _: False,
    ) -> list[Raw]:
        """Return the last events of a room, oldest first; redactions are left out, or what `only` leaves out.

        `start` and `stop` are places in the room, the later first. `enough`, told what was found, ends the search.
        """
        events: list[Raw] = []
        while len(events) < most:
            fields = {"dir": "b", "limit": "100", "filter": json.dumps(only), "from": start, "to": stop}
            page = await self._get(room, f"messages?{urlencode({k: v for k, v in fields.items() if v})}")
            events = page.get("chunk", [])[::-1] + events
            start = page.get("end", "")
            if not start or not page.get("chunk") or enough(events):
                break
        return events

    async def whole(self, room: str, most: int) -> list[Raw]:
        """Return all that a room holds, as far back as it goes: what was said, then why others redacted something."""
        reasons = {"types": ["m.room.redaction"], "not_senders": [self.client.user_id]}
        said, erased = await asyncio.gather(self.history(room, most), self.history(room, most, only=reasons))
        return [*erased, *said]

    async def mark(self, by: By[str], kind: str, content: Mapping[str, Any]) -> None:
        """Write the bot's own account data of a room: no message, so no refusal of messages holds it."""
        user = quote(self.client.user_id, safe="")
        await self.call(
            lambda: self.raw("PUT", f"/user/{user}/rooms/{quote(by.chat, safe='')}/account_data/{kind}", content),
            Pass(by.chat, by.urgent, reads=True),
            SOON,
        )

    async def _get(self, room: str, what: str) -> Any:
        """Read something of a room; raises Refused."""
        path = f"/rooms/{quote(room, safe='')}/{what}"
        return await self.call(lambda: self.raw("GET", path), Pass(room, reads=True), SOON)

    async def raw(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> Any:
        """Make one call that matrix-nio does not know. Raises Refused, Wait or Down."""
        headers = {"Authorization": f"Bearer {self.client.access_token}", "Content-Type": "application/json"}
        body = json.dumps(content) if content is not None else None
        answer = await self.client.send(method, f"/_matrix/client/v3{path}", body, headers)
        try:
            said = await answer.json()
        except (ValueError, aiohttp.ContentTypeError):
            raise Down from None
        if answer.status == 401 and "flows" in said:
            raise Refused("M_UNAUTHORIZED", 401)  # it wants the password again
        if answer.status >= 400:
            raise fault(answer.status, said.get("errcode"), said.get("retry_after_ms"))
        return said

    async def call(self, make: Callable[[], Awaitable[T]], asked: Pass, patience: float = PATIENCE) -> T:
        """Make a call when it may leave, again and again while the server is down or asks to wait."""
        while True:
            await self._gate.enter(asked)
            try:
                async with asyncio.timeout(self._patience(asked, patience)):
                    result = await make()
            except Wait as refusal:
                if asked.reads:  # it waits by itself: what only reads does not hold the others
                    self._gate.passed(asked)
                    await asyncio.sleep(refusal.seconds)
                else:
                    self._gate.refused(asked, refusal.seconds)
            except FAULTS:
                self._gate.failed(asked)
            except Exception:
                self._gate.passed(asked)
                raise
            except BaseException:
                self._gate.dropped(asked)
                raise
            else:
                self._gate.passed(asked)
                return result

    def _patience(self, asked: Pass, patience: float) -> float:
        """Return the seconds given to one try of a call."""
        if (self._gate.down or asked.failures == 1) and patience <= SLOW:
            return min(LOOK + MORE * asked.failures, SOON)
        return max(patience, SLOW) if asked.failures else patience
