"""One living notice, encrypted or not: what replaces it, what goes with it, and what a telephone shows of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.channels.matrix.texts import NOTICE, YOURS
from bot.engine.wording import AT_A_GLANCE, revealing
from tests.matrix import Push
from tests.matrix.talk import Talk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.matrix import JsClient, Synapse
    from tests.matrix.matrix_bot import Running

pytestmark = [pytest.mark.slow, pytest.mark.together]

both = pytest.mark.parametrize("encrypted", [True, False], ids=["encrypted", "plain"])


JOURNEY = [
    ("1", "1. C'est pour moi"),
    ("Quelqu'un d'autre", "1. "),
    ("R", "1. C'est pour moi"),
    ("pour moi", "1. Parler à quelqu'un"),
    ("u", "17"),
    ("Retour", "1. Parler à quelqu'un"),
    ("6", "1. "),
    ("menu", "Infos pratiques"),
    ("il me frappe", "17"),
    ("accueil", "Infos pratiques"),
]
"""Numbers, labels and parts of them, letters of the bar, words, danger: what is typed, then what is read."""


@both
async def test_a_conversation_leaves_one_notice_at_a_time_silent_whole_and_trusted(
    synapse: Synapse, bot: Running, js: Callable[..., Awaitable[JsClient]], encrypted: bool
) -> None:
    client = await js(await synapse.user("nora"))
    talk = await Talk.opens(client, bot.user_id, encrypted=encrypted)
    notices = talk.ours()
    for text, words in JOURNEY:
        notices.append(await talk.says(text, words))
    assert len({notice.event_id for notice in notices}) == len(JOURNEY) + 1
    for notice in notices:
        assert (notice.type, notice.msgtype, notice.replaces) == ("m.room.message", "m.notice", None)
        assert (notice.encrypted, notice.decrypted) == (encrypted, encrypted)
        assert notice.shield == (("NONE", None) if encrypted else None), "no client warns of it"
        assert notice.push == Push(notify=False, sound=None, highlight=False)
        assert "[f]\u00a0Fermer" in notice.body
        assert "[f]\u00a0Fermer" in (notice.formatted_body or "")
        if "17" not in notice.body:
            assert revealing(notice.body[:AT_A_GLANCE], "fr") is None, notice.body
    assert client.rooms[talk.room].unread == 0, "the server itself woke no telephone"
    everything = [message for message in client.rooms[talk.room].timeline if message.sender == bot.user_id]
    kinds = {message.type for message in everything if not message.redacted and message.state_key is None}
    assert kinds <= {"m.room.message", "m.room.redaction"}
    assert len([message for message in everything if message.redacted]) == len(JOURNEY)
    if encrypted:
        raw = [event for event in await synapse.events(talk.room, as_=client.user) if event["sender"] == bot.user_id]
        assert "Infos" not in str([event["content"] for event in raw if "state_key" not in event])
        assert {event["type"] for event in raw} == {"m.room.member", "m.room.encrypted", "m.room.redaction"}
        assert (await client.trust(bot.user_id))["devices"].popitem()[1] is True


@both
async def test_what_she_typed_goes_whatever_its_form_and_what_may_be_evidence_stays(
    synapse: Synapse, bot: Running, js: Callable[..., Awaitable[JsClient]], encrypted: bool
) -> None:
    client = await js(await synapse.user("nora"))
    talk = await Talk.opens(client, bot.user_id, encrypted=encrypted)
    kept = [await client.send_image(talk.room, msgtype=kind) for kind in ("m.image", "m.file", "m.audio", "m.video")]
    await client.until(lambda: len(talk.ours()) == 1 and "Ici, seuls les mots" in talk.ours()[0].body)

    text = await client.send(talk.room, "je ne sais pas quoi dire")
    await client.edit(talk.room, text, "menu")
    home = await talk.reads("Infos pratiques")
    assert [message.event_id for message in talk.theirs()] == kept, "an edit goes with the text that it edits"

    answer = {"m.relates_to": {"m.in_reply_to": {"event_id": home.event_id}}}
    quoted = await talk.says(
        f"> <{bot.user_id}> Infos pratiques :\n> numéros utiles\n\n1", "1. C'est pour moi", **answer
    )
    await talk.says("1", "1. Parler à quelqu'un", **answer)
    await client.send(talk.room, "menu", msgtype="m.emote")
    await talk.reads("Infos pratiques", but=quoted.event_id)
    await client.react(talk.room, talk.ours()[0].event_id, "👍")
    await talk.says("1", "1. C'est pour moi")
    assert [m.event_id for m in talk.theirs() if m.type == "m.room.message"] == kept
    assert all(message.push == Push(notify=False, sound=None, highlight=False) for message in talk.ours())


async def test_a_client_that_excludes_insecure_devices_reads_it_and_is_read(
    synapse: Synapse, bot: Running, js: Callable[..., Awaitable[JsClient]]
) -> None:
    client = await js(await synapse.user("nora"), exclude_insecure=True)
    talk = await Talk.opens(client, bot.user_id, encrypted=True)
    for text, words in JOURNEY[:4]:
        notice = await talk.says(text, words)
        assert (notice.shield, notice.failure) == (("NONE", None), None)


async def test_a_second_device_of_hers_reads_what_comes_after_it(
    synapse: Synapse, bot: Running, js: Callable[..., Awaitable[JsClient]]
) -> None:
    nora = await synapse.user("nora")
    talk = await Talk.opens(await js(nora), bot.user_id, encrypted=True)
    other = await js(nora)
    await talk.says("1", "1. C'est pour moi")
    seen = await other.wait_for(talk.room, lambda message: "1. C'est pour moi" in message.body)
    assert seen.decrypted


async def test_a_room_that_becomes_encrypted_goes_on_encrypted(
    synapse: Synapse, bot: Running, js: Callable[..., Awaitable[JsClient]]
) -> None:
    client = await js(await synapse.user("nora"))
    talk = await Talk.opens(client, bot.user_id, encrypted=False)
    path = f"/_matrix/client/v3/rooms/{talk.room}/state/m.room.encryption"
    await synapse.api("PUT", path, {"algorithm": "m.megolm.v1.aes-sha2"}, as_=client.user)
    await client.until(lambda: client.rooms[talk.room].encrypted)
    notice = await talk.says("1", "1. C'est pour moi")
    assert (notice.encrypted, notice.shield) == (True, ("NONE", None))


@both
async def test_it_says_what_is_not_hidden_and_only_once(
    synapse: Synapse, bot: Running, js: Callable[..., Awaitable[JsClient]], encrypted: bool
) -> None:
    """What it may not erase is said beforehand, where the person has not yet told anything."""
    client = await js(await synapse.user("nora"))
    talk = await Talk.opens(client, bot.user_id, encrypted=encrypted, trusted=False)
    typed = await client.send(talk.room, "1")
    notice = await client.wait_for(talk.room, lambda message: "C'est pour moi" in message.body)
    assert NOTICE in notice.body
    assert YOURS in notice.body
    assert notice.body.index(YOURS) < notice.body.index("1. C'est pour moi")
    await client.send(talk.room, "1")
    after = await client.wait_for(talk.room, lambda message: "1. Parler à quelqu'un" in message.body)
    await client.until(lambda: [message.event_id for message in talk.ours()] == [after.event_id])
    assert YOURS not in after.body
    await asyncio.sleep(0.3)
    assert typed in [message.event_id for message in talk.theirs()]
