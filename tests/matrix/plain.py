"""The smallest bot that matrix-nio makes: it joins, and repeats. What is measured of ours is measured beside it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from nio import AsyncClient, AsyncClientConfig, InviteMemberEvent, RoomMessageText
from nio.store import SqliteMemoryStore

if TYPE_CHECKING:
    from nio import MatrixRoom

    from tests.matrix.synapse import Synapse, User


class Echo:
    """A bot without cross-signing, its keys in memory: a new device each time that it starts."""

    def __init__(self, hs: Synapse, user: User) -> None:
        config = AsyncClientConfig(store=SqliteMemoryStore, encryption_enabled=True)
        self.client = AsyncClient(hs.url, user.user_id, config=config)
        self._user = user
        self._loop: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.client.login(self._user.password)
        self.client.add_event_callback(self._joined, InviteMemberEvent)
        await self.client.sync()
        self.client.add_event_callback(self._said, RoomMessageText)
        self._loop = asyncio.create_task(self.client.sync_forever(timeout=30_000))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._loop is not None:
            self._loop.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop
        await self.client.close()

    async def _joined(self, room: MatrixRoom, event: InviteMemberEvent) -> None:
        if event.state_key == self._user.user_id and event.membership == "invite":
            await self.client.join(room.room_id)

    async def _said(self, room: MatrixRoom, event: RoomMessageText) -> None:
        if event.sender != self._user.user_id:
            content = {"msgtype": "m.notice", "body": f"echo {event.body}"}
            await self.client.room_send(room.room_id, "m.room.message", content, ignore_unverified_devices=True)
