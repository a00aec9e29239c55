"""Whatever anybody on the server sends, the bot lives on and answers the others."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from bot.channels.matrix.history import ANSWERS
from tests.matrix import Failed
from tests.matrix.person import DIRECT, V3, Person, until
from tests.matrix.synapse import Refused
from tests.matrix.talk import Talk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.matrix import Failed, JsClient, Synapse, User
from tests.matrix.matrix_bot import Running

pytestmark = [pytest.mark.slow, pytest.mark.together]


async def devices_of(synapse: Synapse, bot: Running, eve: User) -> dict[str, Any]:
    """Return the keys of the bot's devices, which anybody on the server may ask for."""
    said = await synapse.api("POST", f"{V3}/keys/query", {"device_keys": {bot.user_id: []}}, as_=eve)
    return dict(said["device_keys"][bot.user_id])


def nested(depth: int) -> Any:
    found: Any = "x"
    for _ in range(depth):
        found = {"a": found}
    return found


TEXT = {"msgtype": "m.text", "body": "1"}

CONTENTS: list[tuple[str, dict[str, Any]]] = [
    *(("m.room.message", content) for content in (
        {},
        {"body": "1"},
        {"msgtype": "m.text"},
        {"msgtype": 5, "body": "1"},
        {"msgtype": "m.text", "body": None},
        {"msgtype": "m.text", "body": ["1"]},
        {"msgtype": "m.text", "body": {"a": 1}},
        {"msgtype": "m.image", "body": "x", "url": 5},
        {"msgtype": "m.video", "body": "x"},
        {"msgtype": "fr.inconnu", "body": "x"},
        {"msgtype": "m.key.verification.request", "body": "x", "methods": [], "from_device": "x", "to": "x"},
        {"msgtype": "m.location", "body": "x", "geo_uri": "geo:0,0"},
        TEXT | {"formatted_body": 5, "format": "org.matrix.custom.html"},
        TEXT | {"m.relates_to": None},
        TEXT | {"m.relates_to": "m.replace"},
        TEXT | {"m.relates_to": {"rel_type": "m.replace"}},
        TEXT | {"m.relates_to": {"m.in_reply_to": None}},
        TEXT | {"m.new_content": [], "m.relates_to": {"rel_type": "m.replace", "event_id": "$x"}},
        TEXT | {"m.mentions": {"room": True, "user_ids": "x"}},
        TEXT | {"body": "\u202e\u0000\u2028" + "\u0301" * 500},
        TEXT | {"body": "1" * 60_000},
        TEXT | {"body": "<script>" * 500, "format": "org.matrix.custom.html", "formatted_body": "<b>" * 2000},
        TEXT | {"a": nested(90)},
    )),
    *(("m.room.encrypted", content) for content in (
        {},
        {"algorithm": "m.megolm.v1.aes-sha2"},
        {"algorithm": 5, "ciphertext": []},
        {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "A", "session_id": "x", "sender_key": "x"},
        {"algorithm": "m.olm.v1.curve25519-aes-sha2", "ciphertext": {}, "sender_key": "x"},
    )),
    ("m.reaction", {"m.relates_to": None}),
    ("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$x", "key": 5}}),
    ("m.sticker", {}),
    ("m.poll.start", {"a": 1}),
    ("m.call.invite", {"call_id": "x", "version": 0, "lifetime": 5, "offer": {"type": "offer", "sdp": "x"}}),
    ("m.room.member", {"membership": "leave"}),
    ("m.room.power_levels", {"users": {}}),
]  # fmt: skip


async def test_no_event_whatever_stops_it_or_keeps_it_from_others(synapse: Synapse, bot: Running) -> None:
    eve, nora = [await (await Person.new(synapse, bot.user_id)).opens() for _ in range(2)]
    refused = 0
    for kind, content in CONTENTS:
        try:
            await eve.sends(content, kind)
        except Refused:
            refused += 1  # the server itself does not take everything
    assert refused < len(CONTENTS) / 2
    await nora.asks("1", "1. C'est pour moi")
    await eve.says("menu")
    await until(eve.living, lambda ours: len(ours) == 1 and "Infos pratiques" in ours[0]["content"]["body"])
    await eve.says("fermer")
    await until(eve.left, lambda left: not any(event["content"] for event in left), 20)


async def test_nor_when_it_is_encrypted_and_the_server_sees_nothing_of_it(
    synapse: Synapse, bot: Running, js: Callable[..., Awaitable[JsClient]]
) -> None:
    client = await js(await synapse.user("eve"))
    talk = await Talk.opens(client, bot.user_id, encrypted=True)
    sent = 0
    for kind, content in CONTENTS:
        if kind != "m.room.encrypted":
            with suppress(Failed):  # what the client itself, or the server, does not take
                await client.send_event(talk.room, kind, content)
                sent += 1
    assert sent > 20
    await client.send(talk.room, "menu")
    await client.until(lambda: len(talk.ours()) == 1 and "Infos pratiques" in talk.ours()[0].body, 20)
    await client.send(talk.room, "fermer")
    await client.until(lambda: not talk.ours() and not talk.theirs(), 20)
    await client.send(talk.room, "menu")
    await talk.reads("Infos pratiques")


async def test_a_lone_surrogate_typed_encrypted_is_answered(
    synapse: Synapse, bot: Running, js: Callable[..., Awaitable[JsClient]]
) -> None:
    client = await js(await synapse.user("nora"))
    talk = await Talk.opens(client, bot.user_id, encrypted=True)
    await talk.says("\ud800\udfff \ud800", "")
    deep = {"msgtype": "m.text", "body": "menu", "a": nested(700)}
    await client.send_event(talk.room, "m.room.message", deep)
    await asyncio.sleep(0.5)
    await talk.says("menu", "Infos pratiques")


async def test_a_poisoned_message_to_its_device_loses_nobody_s_words(
    synapse: Synapse, bot: Running, js: Callable[..., Awaitable[JsClient]]
) -> None:
    """Undecryptable on purpose: matrix-nio alone would drop everything that the same sync holds."""
    eve, nora = await synapse.user("eve"), await Person.new(synapse, bot.user_id)
    await nora.opens()
    sealed = await Talk.opens(await js(await synapse.user("sam")), bot.user_id, encrypted=True)
    ((device, keys),) = (await devices_of(synapse, bot, eve)).items()
    curve = keys["keys"][f"curve25519:{device}"]
    bodies: list[Any] = ["AAAA", "", "é", 5, None, "A" * 10_000, nested(80)]
    for number in range(40):
        letter = {"type": number % 3, "body": bodies[number % len(bodies)]}
        poison = {"algorithm": "m.olm.v1.curve25519-aes-sha2", "sender_key": "A" * 43, "ciphertext": {curve: letter}}
        await synapse.api(
            "PUT", f"{V3}/sendToDevice/m.room.encrypted/{number}", {"messages": {bot.user_id: {"*": poison}}}, as_=eve
        )
        if number % 10 == 0:
            await nora.asks("1" if number % 20 else "menu")
    await sealed.says("1", "1. C'est pour moi")


async def test_whoever_takes_all_its_one_time_keys_does_not_make_it_deaf(
    synapse: Synapse, bot: Running, js: Callable[..., Awaitable[JsClient]]
) -> None:
    eve = await synapse.user("eve")
    (device,) = await devices_of(synapse, bot, eve)
    wanted = {"one_time_keys": {bot.user_id: {device: "signed_curve25519"}}}
    said = await asyncio.gather(*(synapse.api("POST", f"{V3}/keys/claim", wanted, as_=eve) for _ in range(120)))
    assert len({str(answer["one_time_keys"]) for answer in said}) > 50, "they are all gone"
    talk = await Talk.opens(await js(await synapse.user("nora")), bot.user_id, encrypted=True)
    assert (await talk.says("1", "1. C'est pour moi")).failure is None


async def test_a_room_made_of_nonsense_has_its_conversation(synapse: Synapse, bot: Running) -> None:
    for odd in (5, [{}], None):
        nora = await Person.new(synapse, bot.user_id)
        await nora.creates(**DIRECT, room_version="11", creation_content={"additional_creators": odd})
        await nora.sees("Infos pratiques")
        await nora.asks("1", "1. C'est pour moi")


async def test_what_she_forges_erases_nothing_it_would_not(synapse: Synapse, bot: Running) -> None:
    nora = await (await Person.new(synapse, bot.user_id)).opens()
    photo = await nora.shows()
    await nora.sees("seuls les mots")
    await nora.says("menu", **{"m.relates_to": {"rel_type": ANSWERS, "event_id": photo}})
    await nora.sees("Infos pratiques")
    assert photo in {event["event_id"] for event in await nora.left()}


async def test_a_crowd_of_invitations_to_nothing_leaves_it_answering(synapse: Synapse, bot: Running) -> None:
    nora, eve = await (await Person.new(synapse, bot.user_id)).opens(), await Person.new(synapse, bot.user_id)
    await asyncio.gather(*(eve.creates(preset="public_chat") for _ in range(15)))
    await nora.asks("1", "1. C'est pour moi")
    path = f"/v1/users/{quote(bot.user_id)}/joined_rooms"
    assert (await synapse.admin("GET", path))["joined_rooms"] == [nora.room]
