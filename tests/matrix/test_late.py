"""It never speaks late (promise P5), and a stop of the program leaves nobody in silence, encrypted or not."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from bot.channels.matrix.history import ANSWERS
from tests.matrix import spoken
from tests.matrix.matrix_bot import PARIS, account, running
from tests.matrix.person import DIRECT, V3, Person, until
from tests.matrix.talk import Talk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.engine.script import Script
    from tests.matrix import JsClient, Synapse

pytestmark = [pytest.mark.slow, pytest.mark.together]

both = pytest.mark.parametrize("encrypted", [True, False], ids=["encrypted", "plain"])

LATE, HOME = "Votre message arrive en retard", "Infos pratiques"


def ahead(minutes: float) -> Callable[[], datetime]:
    """Return a clock that makes what is written now as old as that."""
    return lambda: datetime.now(PARIS) + timedelta(minutes=minutes)


async def said(hs: Synapse, talk: Talk) -> int:
    """Count what the bot ever said in a room, redacted or not."""
    events = await hs.events(talk.room, as_=talk.client.user)
    kinds = [event["type"] for event in events if event["sender"] == talk.bot]
    return kinds.count("m.room.message") + kinds.count("m.room.encrypted")


# Late ----------------------------------------------------------------------------------------------------------------


@both
async def test_two_minutes_late_one_neutral_line_fifteen_nothing_and_what_was_typed_goes(
    synapse: Synapse, script: Script, js: Callable[..., Awaitable[JsClient]], encrypted: bool
) -> None:
    on = await account(synapse)
    client = await js(await synapse.user("nora"))
    async with running(synapse, script, on):
        talk = await Talk.opens(client, on.user_id, encrypted=encrypted)
        home = talk.ours()[0]
    before = await said(synapse, talk)
    for text in ("1", "il m'a fait peur", "bonjour"):
        await client.send(talk.room, text)
    async with running(synapse, script, on, ahead(20)):
        assert (await talk.reads("")).event_id == home.event_id
        await asyncio.sleep(0.3)
        assert await said(synapse, talk) == before, "too late: not a word"
    for text in ("1", "il m'a fait peur", "bonjour"):
        await client.send(talk.room, text)
    async with running(synapse, script, on, ahead(5)):
        line = await talk.reads(LATE)
        assert "[u] Numéros d'urgence" in line.body.replace("\u00a0", " ")
        await asyncio.sleep(0.3)
        assert [message.event_id for message in talk.ours()] == [line.event_id]
        assert await said(synapse, talk) == before + 1, "one line, at most"
        await talk.leaves()


async def test_an_exit_is_honoured_at_any_age(synapse: Synapse, script: Script) -> None:
    on = await account(synapse)
    people = [await Person.new(synapse, on.user_id) for _ in range(2)]
    async with running(synapse, script, on):
        for person in people:
            await person.opens()
            await person.shows()
    for person in people:
        await person.says("il m'a fait peur", "fermer")
    await people[1].says("bonjour")
    async with running(synapse, script, on, ahead(60 * 24)):
        await people[0].is_alone()
        await people[1].is_alone()


@pytest.mark.parametrize("late", [False, True])
async def test_an_invitation_found_at_the_start_is_greeted_unless_it_is_old(
    synapse: Synapse, script: Script, *, late: bool
) -> None:
    """Whoever made an old one may no longer be alone with the telephone; a fresh one must not be met by silence."""
    on = await account(synapse)
    nora = await Person.new(synapse, on.user_id)
    await nora.creates(**DIRECT)
    async with running(synapse, script, on, ahead(30) if late else None):
        await until(nora.membership, lambda found: found == "join")
        await asyncio.sleep(1.0)
        assert bool(await nora.left()) is not late


# A stop in the middle ------------------------------------------------------------------------------------------------


@both
async def test_a_restart_in_the_middle_goes_on_at_home_on_a_new_signed_device(
    synapse: Synapse, script: Script, js: Callable[..., Awaitable[JsClient]], encrypted: bool
) -> None:
    on = await account(synapse)
    client = await js(await synapse.user("nora"), exclude_insecure=encrypted)
    async with running(synapse, script, on):
        talk = await Talk.opens(client, on.user_id, encrypted=encrypted)
        photo = await client.send_image(talk.room)
        await client.until(lambda: len(talk.ours()) == 1 and "seuls les mots" in talk.ours()[0].body)
        await talk.says("menu", HOME)
        await talk.says("1", "1. C'est pour moi")
        living = await talk.says("1", "1. Parler à quelqu'un")
        liked = await client.react(talk.room, living.event_id, "👍")
        devices = set((await client.trust(on.user_id))["devices"])
    for _ in range(2):
        async with running(synapse, script, on):
            await asyncio.sleep(0.3)
            assert [message.event_id for message in talk.ours()] == [living.event_id], "it does not speak first"
            living = await talk.says("2", "Nous repartons de l'accueil")
            assert living.shield == (("NONE", None) if encrypted else None)
            assert [message.event_id for message in talk.theirs()] == [photo, liked], "nothing of hers is touched"
            await talk.says("1", "1. C'est pour moi")
            living = talk.ours()[0]
    if encrypted:
        trust = await client.trust(on.user_id)
        assert list(trust["devices"].values()) == [True], "one device, signed; the old ones are deleted"
        assert not devices & set(trust["devices"])
        assert not trust["needs_approval"]


@both
async def test_what_was_typed_while_it_was_down_is_answered_and_goes(
    synapse: Synapse, script: Script, js: Callable[..., Awaitable[JsClient]], encrypted: bool
) -> None:
    """Encrypted for a device that is no more, it cannot be read: home is better than silence.

    What may be a photo, by its length, is never erased unless she leaves.
    """
    on = await account(synapse)
    client = await js(await synapse.user("nora"))
    async with running(synapse, script, on):
        talk = await Talk.opens(client, on.user_id, encrypted=encrypted)
    photo = await client.send_image(talk.room, sealed=encrypted)
    await client.send(talk.room, "urgence")
    async with running(synapse, script, on):
        notice = await talk.reads(HOME if encrypted else "17", but=talk.ours()[0].event_id)
        assert notice.failure is None
        await talk.says("menu", HOME)
        assert photo in [message.event_id for message in talk.theirs()]
        await talk.leaves()


async def test_what_a_stop_left_to_erase_is_erased_at_the_next_start(synapse: Synapse, script: Script) -> None:
    """Stopped just after a notice was sent: the one before it and what it answers are still to be read."""
    on = await account(synapse)
    nora, sam = await Person.new(synapse, on.user_id), await Person.new(synapse, on.user_id)
    async with running(synapse, script, on):
        await nora.opens()
        await sam.opens()
    untouched = await sam.left()
    photo, typed = await nora.shows(), await nora.says("il m'a fait peur")
    token = (await synapse.admin("POST", f"/v1/users/{quote(on.user_id)}/login", {}))["access_token"]
    answer: dict[str, Any] = {"msgtype": "m.notice", "body": HOME}
    answer["m.relates_to"] = {"rel_type": ANSWERS, "event_id": typed}
    path = f"{V3}/rooms/{quote(nora.room)}/send/m.room.message/cut"
    await synapse.api("PUT", path, answer, as_=type(on.user)(on.user_id, "", token))
    async with running(synapse, script, on):
        await nora.sees(HOME)
        await asyncio.sleep(0.3)
        left = await nora.left()
        assert [event["event_id"] for event in left if event["sender"] == nora.user.user_id] == [photo]
        assert [event["event_id"] for event in await sam.left()] == [event["event_id"] for event in untouched]


async def test_the_living_notice_is_found_again_however_much_came_after_it(synapse: Synapse, script: Script) -> None:
    on = await account(synapse)
    nora = await Person.new(synapse, on.user_id)
    async with running(synapse, script, on):
        await nora.opens()
    for _ in range(60):
        await nora.sends({"msgtype": "m.notice", "body": "…"})
    async with running(synapse, script, on):
        await nora.asks("1", "Nous repartons de l'accueil")


async def test_who_left_or_came_while_it_was_down_is_seen_at_the_start(synapse: Synapse, script: Script) -> None:
    on = await account(synapse)
    alone, crowd = await Person.new(synapse, on.user_id), await Person.new(synapse, on.user_id)
    sam = await synapse.user("sam")
    async with running(synapse, script, on):
        await alone.opens()
        await crowd.opens()
    before = len(spoken(await crowd.events()))
    await alone.does("POST", "leave", {})
    await crowd.does("POST", "invite", {"user_id": sam.user_id})
    await crowd.says("urgence")
    async with running(synapse, script, on):
        path = f"/v1/users/{quote(on.user_id)}/joined_rooms"
        await until(lambda: synapse.admin("GET", path), lambda found: found["joined_rooms"] == [])
    assert len(spoken(await crowd.events())) == before + 1
