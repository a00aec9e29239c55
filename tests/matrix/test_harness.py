"""What the tests of the Matrix channel stand on is tried first, with a bot that only repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.matrix import Push, Refused, settings, spoken
from tests.matrix.plain import Echo

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.matrix import JsClient, Synapse, User

pytestmark = [pytest.mark.slow, pytest.mark.together]


@pytest.mark.parametrize("encrypted", [True, False], ids=["encrypted", "plain"])
async def test_a_person_reads_a_bot(synapse: Synapse, js: Callable[..., Awaitable[JsClient]], encrypted: bool) -> None:
    nora, echo = await synapse.user("nora"), await synapse.user("echo")
    async with Echo(synapse, echo):
        client = await js(nora)
        await client.bootstrap_cross_signing()
        room = await client.create_dm(echo.user_id, encrypted=encrypted)
        await client.until(lambda: client.members(room).get(echo.user_id) == "join")
        sent = await client.send(room, "bonjour")
        reply = await client.wait_for(room, lambda message: message.body == "echo bonjour", after=sent)

    assert (reply.sender, reply.msgtype) == (echo.user_id, "m.notice")
    assert (reply.encrypted, reply.decrypted) == (encrypted, encrypted)
    assert reply.shield == (("RED", "UNSIGNED_DEVICE") if encrypted else None)
    assert reply.push == Push(notify=False, sound=None, highlight=False)
    assert client.rooms[room].version == "12"
    said = spoken(await synapse.events(room, as_=nora))
    assert {event["type"] for event in said} == {"m.room.encrypted" if encrypted else "m.room.message"}
    assert ("bonjour" in str(said)) is not encrypted


async def test_a_client_that_excludes_insecure_devices_is_not_read_by_an_unsigned_bot(
    synapse: Synapse, js: Callable[..., Awaitable[JsClient]]
) -> None:
    nora, echo = await synapse.user("nora"), await synapse.user("echo")
    async with Echo(synapse, echo) as bot:
        client = await js(nora, exclude_insecure=True)
        await client.bootstrap_cross_signing()
        room = await client.create_dm(echo.user_id)
        await client.until(lambda: client.members(room).get(echo.user_id) == "join")
        await client.send(room, "bonjour")
        with pytest.raises(AssertionError, match="in vain"):
            await client.wait_for(room, lambda message: message.sender == echo.user_id, timeout=1)
        assert (await client.trust(echo.user_id))["devices"] == {bot.client.device_id: False}


async def test_what_is_redacted_is_seen_to_go(synapse: Synapse, js: Callable[..., Awaitable[JsClient]]) -> None:
    nora, sam = await synapse.user("nora"), await synapse.user("sam")
    client, other = await js(nora), await js(sam)
    room = await client.create_dm(sam.user_id)
    await other.until(lambda: room in other.rooms)
    await other.join(room)
    text, picture = await client.send(room, "à effacer"), await client.send_image(room)
    seen = await other.wait_for(room, lambda message: message.body == "à effacer")
    assert seen.push == Push(notify=True, sound="default", highlight=False)
    assert (await other.wait_for(room, lambda message: message.msgtype == "m.image")).event_id == picture
    await client.edit(room, text, "corrigé")
    await other.wait_for(room, lambda message: message.edited)
    await other.redact(room, text)  # a trusted room: both may

    gone = await client.wait_for(room, lambda message: message.redacted)
    assert (gone.event_id, gone.body) == (text, "")
    assert [message.replaces for message in client.timeline(room)] == [None, None, text], "an edit outlives its text"
    assert len(spoken(await synapse.events(room, as_=nora))) == 2


async def test_in_a_private_room_only_the_person_may_erase(
    synapse: Synapse, js: Callable[..., Awaitable[JsClient]]
) -> None:
    nora, sam = await synapse.user("nora"), await synapse.user("sam")
    client = await js(nora)
    room = await client.create_dm(sam.user_id, encrypted=False, trusted=False)
    path = f"/_matrix/client/v3/rooms/{room}"
    await synapse.api("POST", f"{path}/join", {}, as_=sam)
    text = await client.send(room, "à moi")
    with pytest.raises(Refused, match="M_FORBIDDEN"):
        await synapse.api("PUT", f"{path}/redact/{text}/1", {}, as_=sam)


async def test_the_server_comes_back_with_what_it_knew_and_limits_as_others_do(
    own_synapse: Callable[..., Awaitable[Synapse]],
) -> None:
    server = await own_synapse(settings.AS_SHIPPED)
    nora, bot = await server.user("nora"), await server.user("bot")
    await server.override_ratelimit(bot)

    async def talk(user: User, times: int) -> str:
        room = (await server.api("POST", "/_matrix/client/v3/createRoom", {}, as_=user))["room_id"]
        for number in range(times):
            path = f"/_matrix/client/v3/rooms/{room}/send/m.room.message/{number}"
            await server.api("PUT", path, {"msgtype": "m.text", "body": "…"}, as_=user)
        return str(room)

    room = await talk(bot, 30)
    with pytest.raises(Refused, match="M_LIMIT_EXCEEDED"):
        await talk(nora, 30)

    await server.kill()
    await server.start()
    assert len(spoken(await server.events(room, as_=bot))) == 30
