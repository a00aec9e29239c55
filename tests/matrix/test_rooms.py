"""In which rooms the bot talks: one person and itself, and nowhere else; nobody waits behind somebody else's room."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from bot.channels.matrix.client import Client
from tests.matrix.matrix_bot import behind, running
from tests.matrix.person import DIRECT, V3, Person, until
from tests.matrix.proxy import JOIN, Fault
from tests.matrix.synapse import Refused, spoken

if TYPE_CHECKING:
    from bot.engine.script import Script
    from tests.matrix.matrix_bot import Running
    from tests.matrix.synapse import Synapse

pytestmark = [pytest.mark.slow, pytest.mark.together]

HOME = "Infos pratiques"


async def rooms_of(synapse: Synapse, bot: Running) -> list[str]:
    """Return where the bot is, as the server knows it."""
    return list((await synapse.admin("GET", f"/v1/users/{quote(bot.user_id)}/joined_rooms"))["joined_rooms"])


# Which it joins ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["12", "11", "10"])
async def test_a_one_to_one_invitation_is_joined_and_greeted_with_home(
    synapse: Synapse, bot: Running, version: str
) -> None:
    nora = await Person.new(synapse, bot.user_id)
    began = time.monotonic()
    await nora.opens(version)
    took = time.monotonic() - began
    (greeting,) = await nora.living()
    assert greeting["type"] == "m.room.message"
    assert greeting["content"]["msgtype"] == "m.notice"
    assert HOME in greeting["content"]["body"]
    assert (":" in nora.room) == (version != "12"), "ids of version 12 name no server"
    await nora.asks("1", "1. C'est pour moi")
    await nora.says("fermer")
    await nora.is_alone()
    assert took < 5


@pytest.mark.parametrize(
    "asked",
    [
        {"preset": "private_chat"},
        {"preset": "trusted_private_chat", "is_direct": False},
        {**DIRECT, "preset": "public_chat"},
        {**DIRECT, "initial_state": [{"type": "m.room.join_rules", "content": {"join_rule": "public"}}]},
        {**DIRECT, "also": True},
        {"preset": "private_chat", "also": True, "name": "Quartier"},
    ],
    ids=["not direct", "said not to be", "public", "open to all", "direct, to two", "a group"],
)
async def test_what_is_not_one_to_one_is_left_without_a_word(
    synapse: Synapse, bot: Running, asked: dict[str, Any]
) -> None:
    nora, sam = await Person.new(synapse, bot.user_id), await synapse.user("sam")
    await nora.creates(**asked | ({"also": [sam.user_id]} if asked.get("also") else {"also": []}))
    await until(nora.membership, lambda found: found == "leave")
    assert await nora.left() == []
    assert await rooms_of(synapse, bot) == []


async def test_it_leaves_without_a_word_when_a_third_person_is_invited(synapse: Synapse, bot: Running) -> None:
    """What one writes to it is not for another to read, and it could not tell who is who."""
    nora, sam = await Person.new(synapse, bot.user_id), await synapse.user("sam")
    await nora.opens()
    before = await nora.living()
    await nora.does("POST", "invite", {"user_id": sam.user_id})
    await nora.says("bonjour")
    await until(nora.membership, lambda found: found == "leave")
    after = [event for event in await nora.left() if event["sender"] == nora.bot]
    assert [event["event_id"] for event in after] == [event["event_id"] for event in before]
    assert await rooms_of(synapse, bot) == []


async def test_it_greets_even_when_the_answer_to_its_joining_comes_late(
    synapse: Synapse, bot: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy server tells of the room in a sync before it answers the call that joined it: no silence then."""
    join = Client.join

    async def slow(self: Client, room: str) -> Any:
        joined = await join(self, room)
        await asyncio.sleep(0.5)
        return joined

    monkeypatch.setattr(Client, "join", slow)
    nora = await Person.new(synapse, bot.user_id)
    await nora.creates(**DIRECT)
    assert HOME in await nora.sees(within=4)


async def test_what_was_written_before_it_joined_is_answered(synapse: Synapse, script: Script) -> None:
    async with running(synapse, script) as first:
        account = first.account
    nora = await Person.new(synapse, account.user_id)
    await nora.creates(**DIRECT)
    await nora.says("urgence")
    async with running(synapse, script, account):
        assert "17" in await nora.sees()


# Who comes and goes --------------------------------------------------------------------------------------------------


async def test_when_the_person_leaves_the_room_is_forgotten_and_a_new_one_is_welcome(
    synapse: Synapse, bot: Running
) -> None:
    nora = await Person.new(synapse, bot.user_id)
    await nora.opens()
    await nora.asks("1")
    first = nora.room
    await nora.does("POST", "leave", {})
    await until(lambda: rooms_of(synapse, bot), lambda rooms: rooms == [])
    token = (await synapse.admin("POST", f"/v1/users/{quote(bot.user_id)}/login", {}))["access_token"]
    itself, path = replace(bot.account.user, access_token=token), f"{V3}/rooms/{quote(first)}/messages"
    with pytest.raises(Refused, match="M_FORBIDDEN"):  # forgotten: the server itself no longer shows it
        await until(lambda: synapse.api("GET", path, as_=itself, dir="b"), lambda _: False, 3)
    await nora.opens()
    assert nora.room != first
    assert HOME in await nora.sees()


async def again(nora: Person) -> None:
    """Invite the bot once more."""
    await nora.does("PUT", f"state/m.room.member/{nora.bot}", {"membership": "invite", "is_direct": True})


async def test_invited_again_while_it_is_leaving_it_comes_back(synapse: Synapse, script: Script) -> None:
    """A third person came in by mistake: the way back may not depend on how long the server takes to forget."""
    async with behind(synapse, script) as (proxy, bot):
        nora, sam = await Person.new(synapse, bot.user_id), await synapse.user("sam")
        await nora.opens("11", trusted=False)
        proxy.fault(Fault("slow", "/forget", delay=1.0))
        await nora.does("POST", "invite", {"user_id": sam.user_id})
        await until(nora.membership, lambda found: found == "leave")
        await nora.does("POST", "kick", {"user_id": sam.user_id})
        await again(nora)
        await until(nora.membership, lambda found: found == "join")
        await until(nora.living, lambda ours: len(ours) == 1 and HOME in str(ours))


@pytest.mark.parametrize("twice", [False, True])
async def test_invited_again_it_does_not_hear_what_was_said_before(
    synapse: Synapse, script: Script, *, twice: bool
) -> None:
    """What the room does not let it erase is still there; it greets, and says no more, even invited in haste."""
    async with behind(synapse, script) as (proxy, bot):
        nora = await Person.new(synapse, bot.user_id)
        await nora.opens("11", trusted=False)
        for text in ("1", "urgence"):
            await nora.says(text)
            await asyncio.sleep(1)
        before = len(await nora.events())
        if twice:
            proxy.fault(Fault("slow", JOIN, 1, delay=0.5))
            await nora.does("POST", "kick", {"user_id": bot.user_id})
            await again(nora)
            await asyncio.sleep(0.1)
        await nora.does("POST", "kick", {"user_id": bot.user_id})
        await again(nora)
        await until(nora.living, lambda ours: len(ours) == 1 and HOME in str(ours))
        await asyncio.sleep(1.5)
        ours = [event["type"] for event in (await nora.events())[before:] if event["sender"] == bot.user_id]
        assert ours.count("m.room.message") == 1
        assert HOME in str(await nora.living())


async def test_shown_the_door_then_invited_again_it_comes_back(synapse: Synapse, bot: Running) -> None:
    nora = await Person.new(synapse, bot.user_id)
    await nora.opens(trusted=False)
    (greeting,) = await nora.living()
    await nora.does("POST", "kick", {"user_id": bot.user_id})
    await until(lambda: rooms_of(synapse, bot), lambda rooms: rooms == [])
    await nora.does("PUT", f"state/m.room.member/{bot.user_id}", {"membership": "invite", "is_direct": True})
    await until(nora.living, lambda ours: len(ours) == 1 and ours[0]["event_id"] != greeting["event_id"])
    await nora.does("POST", "kick", {"user_id": bot.user_id})
    await until(lambda: rooms_of(synapse, bot), lambda rooms: rooms == [])
    other = await (await Person.new(synapse, bot.user_id)).opens()
    assert HOME in await other.asks("menu")


async def test_an_invitation_withdrawn_at_once_harms_nobody(synapse: Synapse, bot: Running) -> None:
    nora = await Person.new(synapse, bot.user_id)
    for _ in range(3):
        await nora.creates(**DIRECT | {"preset": "private_chat"})
        await nora.does("POST", "kick", {"user_id": bot.user_id})
    await until(lambda: rooms_of(synapse, bot), lambda rooms: rooms == [])
    await nora.opens()


# What is nobody's words ----------------------------------------------------------------------------------------------


async def test_notices_of_other_bots_and_its_own_words_are_not_answered(synapse: Synapse, bot: Running) -> None:
    """Two bots that answer each other never end."""
    nora = await (await Person.new(synapse, bot.user_id)).opens()
    (greeting,) = await nora.living()
    await nora.sends({"msgtype": "m.notice", "body": "urgence"})
    liked = {"rel_type": "m.annotation", "event_id": greeting["event_id"], "key": "👍"}
    await nora.sends({"m.relates_to": liked}, "m.reaction")
    await nora.does("PUT", f"typing/{nora.user.user_id}", {"typing": True, "timeout": 3000})
    await asyncio.sleep(0.7)
    left = await nora.left()
    assert [event["type"] for event in left] == ["m.room.message", "m.room.message", "m.reaction"], (
        "it has said nothing"
    )
    assert left[0]["event_id"] == greeting["event_id"]


# Side by side --------------------------------------------------------------------------------------------------------


async def test_many_rooms_are_answered_each_in_its_own_order(synapse: Synapse, bot: Running) -> None:
    people = [await Person.new(synapse, bot.user_id) for _ in range(8)]
    await asyncio.gather(*(person.opens() for person in people))

    async def talks(person: Person, number: int) -> str:
        await person.says("1", "1", *(["retour"] * (number % 2)))
        return await person.sees("1. C'est pour moi" if number % 2 else "1. Parler à quelqu'un")

    seen = await asyncio.gather(*(talks(person, number) for number, person in enumerate(people)))
    assert len(set(seen[::2])) == 1
    assert len(set(seen[1::2])) == 1


async def test_a_room_that_never_answers_holds_no_other(
    synapse: Synapse, bot: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Encrypting for somebody far away, or slow, takes seconds: of that room only."""
    nora, sam = [await (await Person.new(synapse, bot.user_id)).opens() for _ in range(2)]
    send, held = Client.room_send, asyncio.Event()

    async def hold(self: Client, room: str, *args: Any, **more: Any) -> Any:
        if room == nora.room:
            await held.wait()
        return await send(self, room, *args, **more)

    monkeypatch.setattr(Client, "room_send", hold)
    await nora.says("1")
    for answer in ("1. C'est pour moi", "1. Parler à quelqu'un"):
        await sam.asks("1", answer)
    held.set()
    await nora.sees("1. C'est pour moi")


async def test_while_somebody_erases_a_long_conversation_another_is_answered(synapse: Synapse, bot: Running) -> None:
    nora, sam = [await (await Person.new(synapse, bot.user_id)).opens() for _ in range(2)]
    for _ in range(60):
        await nora.sends({"msgtype": "m.notice", "body": "…"})
    await nora.says("fermer")
    began = time.monotonic()
    await sam.asks("1", "1. C'est pour moi")
    took = time.monotonic() - began
    await nora.is_alone(20)
    assert spoken(await sam.events()) != []
    assert took < 4, took
