"""Somebody and the bot in a room, seen from the person's own client, encryption included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.matrix import JsClient, Message


class Talk:
    """Somebody and the bot in a room, seen from the person's own client."""

    def __init__(self, client: JsClient, bot: str, room: str) -> None:
        self.client, self.bot, self.room = client, bot, room

    @classmethod
    async def opens(cls, client: JsClient, bot: str, *, encrypted: bool, **more: Any) -> Talk:
        await client.bootstrap_cross_signing()
        talk = cls(client, bot, await client.create_dm(bot, encrypted=encrypted, **more))
        await talk.reads("Infos pratiques")
        return talk

    def ours(self) -> list[Message]:
        """Return what the bot said that is still to be read."""
        said = self.client.timeline(self.room)
        return [message for message in said if message.sender == self.bot and not message.redacted]

    def theirs(self) -> list[Message]:
        said = self.client.timeline(self.room)
        return [message for message in said if message.sender != self.bot and not message.redacted]

    async def reads(self, words: str, but: str = "") -> Message:
        """Wait until the bot's one notice has these words and nothing typed is left; return it."""

        def alone() -> Message | None:
            ours = self.ours()
            typed = [message for message in self.theirs() if message.msgtype in ("m.text", "m.emote")]
            right = len(ours) == 1 and words in ours[0].body and ours[0].event_id != but and not typed
            return ours[0] if right else None

        return await self.client.until(alone, 15)

    async def says(self, text: str, words: str, **more: Any) -> Message:
        """Write, and read the one notice that answers."""
        before = self.ours()[-1].event_id
        await self.client.send(self.room, text, **more)
        return await self.reads(words, but=before)

    async def leaves(self) -> None:
        """Leave, and see that nothing is left."""
        await self.client.send(self.room, "fermer")
        await self.client.until(lambda: not self.ours() and not self.theirs(), 15)
