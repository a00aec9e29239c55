"""« Fermer » on Matrix leaves nothing (promise P2): by word or letter, after anything, whatever stops the bot."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from bot.channels.matrix.history import LEAVING
from bot.channels.matrix.texts import LEFT, YOURS
from bot.engine.message import Key
from tests.matrix import spoken
from tests.matrix.matrix_bot import PARIS, account, running
from tests.matrix.person import V3, Person, until
from tests.matrix.served import served
from tests.matrix.talk import Talk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.engine.script import Script
    from tests.matrix import JsClient, Synapse
    from tests.matrix.matrix_bot import Running

pytestmark = [pytest.mark.slow, pytest.mark.together]

both = pytest.mark.parametrize("encrypted", [True, False], ids=["encrypted", "plain"])


async def opened(hs: Synapse, bot: Running, count: int, *, trusted: bool = True) -> list[Person]:
    people = [await Person.new(hs, bot.user_id) for _ in range(count)]
    await asyncio.gather(*(person.opens(trusted=trusted) for person in people))
    return people


# From anywhere -------------------------------------------------------------------------------------------------------


async def test_every_word_that_leaves_in_every_language_leaves_nothing(
    synapse: Synapse, bot: Running, script: Script
) -> None:
    words = [*sorted(script.words(Key.CLOSE))[::2], "fermer", "F", "/stop", "/close", " FERMER ! ", "[f]"]
    people = await opened(synapse, bot, 8)

    async def leaves(person: Person, mine: list[str]) -> None:
        for word in mine:
            await person.asks("1", "1. C'est pour moi")
            await person.says(word)
            try:
                await person.is_alone(10)
            except AssertionError:
                raise AssertionError(f"« {word} » left: {await person.left()}") from None
            assert await person.membership() == "join"
            await person.asks("bonjour", "Infos pratiques")

    await asyncio.gather(*(leaves(person, words[number::8]) for number, person in enumerate(people)))


async def test_in_english_the_english_words_leave(synapse: Synapse, bot: Running) -> None:
    (nora,) = await opened(synapse, bot, 1)
    for word in ("c", "Close", "clear", "log out"):
        await nora.asks("english", "2. English")
        await nora.asks("2", "[c]\u00a0Close")
        await nora.says(word)
        await nora.is_alone()


@both
async def test_a_whole_conversation_goes_with_all_that_she_sent_and_she_may_come_back(
    synapse: Synapse, bot: Running, js: Callable[..., Awaitable[JsClient]], encrypted: bool
) -> None:
    client = await js(await synapse.user("nora"))
    talk = await Talk.opens(client, bot.user_id, encrypted=encrypted)
    await client.send_image(talk.room)
    await client.send_image(talk.room, msgtype="m.audio")
    await client.send_event(talk.room, "m.sticker", {"body": "…", "url": "mxc://repere.test/nothing", "info": {}})
    await client.until(lambda: len(talk.ours()) == 1 and "seuls les mots" in talk.ours()[0].body)
    await talk.says("menu", "Infos pratiques")
    await talk.says("1", "1. C'est pour moi")
    await client.react(talk.room, talk.ours()[0].event_id, "👍")
    await client.send_event(talk.room, "org.matrix.msc3381.poll.start", {"question": {"body": "?"}})
    text = await client.send(talk.room, "il m'a fait peur")
    await client.edit(talk.room, text, "rien")
    await client.send(talk.room, "Fermer")

    await client.until(lambda: not talk.ours() and not talk.theirs(), 15)
    assert spoken(await synapse.events(talk.room, as_=client.user)) == [], "photos, stickers and reactions included"
    assert client.members(talk.room)[bot.user_id] == "join", "else she would later write into an empty room"
    await client.send(talk.room, "bonjour")
    home = await talk.reads("Infos pratiques")
    assert home.shield == (("NONE", None) if encrypted else None)
    assert client.rooms[talk.room].unread == 0


async def test_why_she_erased_something_goes_too(synapse: Synapse, bot: Running) -> None:
    """Some clients ask for a reason, which stays readable in the event that erases."""
    (nora,) = await opened(synapse, bot, 1)
    sent = await nora.sends({"msgtype": "m.notice", "body": "…"})
    await nora.does("PUT", f"redact/{sent}/r{sent}", {"reason": "il lit tout"})
    await nora.says("fermer")
    await nora.is_alone()
    assert "il lit tout" not in str(await nora.events())


async def test_leaving_twice_or_with_nothing_said_stays_silent(synapse: Synapse, bot: Running) -> None:
    (nora,) = await opened(synapse, bot, 1)
    for _ in range(3):
        await nora.says("fermer")
        await nora.is_alone()
    kinds = [event["type"] for event in await nora.events() if event["sender"] == nora.bot]
    assert kinds.count("m.room.message") == 1, "it has said nothing since its greeting"


@pytest.mark.parametrize("version", ["12", "11"])
async def test_where_it_may_not_erase_what_she_wrote_it_says_so_in_one_line(
    synapse: Synapse, bot: Running, version: str
) -> None:
    nora = await Person.new(synapse, bot.user_id)
    await nora.opens(version, trusted=False)
    for text in ("1", "1", "urgence", "fermer"):
        await nora.says(text)
        await asyncio.sleep(0.3)
    (line,) = await until(nora.living, lambda ours: len(ours) == 1 and ours[0]["content"]["body"] == LEFT)
    assert line["content"]["msgtype"] == "m.notice"
    assert "quitter le salon" in line["content"]["body"], "it says what she can do"
    typed = [event["content"]["body"] for event in await nora.left() if event["sender"] != nora.bot]
    assert typed == ["1", "1", "urgence", "fermer"], "the room does not let it"
    await nora.says("menu")
    await until(nora.living, lambda ours: len(ours) == 1 and "Infos pratiques" in ours[0]["content"]["body"])


async def test_once_she_lets_it_erase_it_does(synapse: Synapse, bot: Running) -> None:
    nora = await Person.new(synapse, bot.user_id)
    await nora.opens("11", trusted=False)
    await nora.says("1")
    await until(nora.living, lambda ours: YOURS in str(ours))
    levels = await nora.does("GET", "state/m.room.power_levels")
    levels["users"][bot.user_id] = 50
    await nora.does("PUT", "state/m.room.power_levels", levels)
    await nora.says("menu")
    await nora.says("fermer")
    await nora.is_alone()


# However much there is -----------------------------------------------------------------------------------------------


async def test_sixty_messages_go(synapse: Synapse, bot: Running) -> None:
    (nora,) = await opened(synapse, bot, 1)
    for _ in range(58):
        await nora.sends({"msgtype": "m.notice", "body": "…"})
    await nora.says("fermer")
    began = time.monotonic()
    await nora.is_alone(20)
    took = time.monotonic() - began
    assert took < 10, took


async def test_what_is_at_the_far_end_of_a_long_conversation_goes_too(synapse: Synapse, bot: Running) -> None:
    """A photo sent at the beginning is no less revealing: pages of what is already erased lie above it."""
    (nora,) = await opened(synapse, bot, 1)
    await nora.shows()
    await nora.sees("seuls les mots")
    for _ in range(3):
        sent = [await nora.sends({"msgtype": "m.notice", "body": "…"}) for _ in range(40)]
        await asyncio.gather(*(nora.does("PUT", f"redact/{event}/r{event}", {}) for event in sent))
    await nora.says("fermer")
    await nora.is_alone()


async def test_what_waits_in_the_queue_is_erased_not_answered(synapse: Synapse, bot: Running) -> None:
    (nora,) = await opened(synapse, bot, 1)
    await nora.says(*(["1", "retour"] * 8), "angers", "urgence", "fermer")
    await nora.is_alone(20)
    await asyncio.sleep(0.5)
    await nora.is_alone(1)


# Whatever stops the bot ----------------------------------------------------------------------------------------------


@both
async def test_after_a_restart_the_word_alone_is_enough(
    synapse: Synapse, script: Script, js: Callable[..., Awaitable[JsClient]], encrypted: bool
) -> None:
    on = await account(synapse)
    client = await js(await synapse.user("nora"))
    async with running(synapse, script, on):
        talk = await Talk.opens(client, on.user_id, encrypted=encrypted)
        await client.send_image(talk.room)
        await client.until(lambda: len(talk.ours()) == 1 and "seuls les mots" in talk.ours()[0].body)
        await talk.says("1", "1. C'est pour moi")
    async with running(synapse, script, on):
        await client.send(talk.room, "fermer")
        await client.until(lambda: not talk.ours() and not talk.theirs(), 15)
    assert spoken(await synapse.events(talk.room, as_=client.user)) == []


async def test_started_again_soon_after_she_left_it_stays_silent(synapse: Synapse, script: Script) -> None:
    """Her room is still a new one, and empty: nobody is to be greeted in it."""
    on = await account(synapse)
    async with running(synapse, script, on) as bot:
        people = await opened(synapse, bot, 2)
        for _ in range(60):
            await people[1].sends({"msgtype": "m.notice", "body": "…"})
        await asyncio.gather(*(person.says("fermer") for person in people))
        await asyncio.gather(*(person.is_alone(20) for person in people))
    async with running(synapse, script, on):
        await asyncio.sleep(1.5)
        assert [await person.left() for person in people] == [[], []]


async def test_the_word_written_while_it_was_down_is_honoured_at_any_age(synapse: Synapse, script: Script) -> None:
    on = await account(synapse)
    nora = await Person.new(synapse, on.user_id)
    async with running(synapse, script, on):
        await nora.opens()
        await nora.shows()
    await nora.says("il m'a fait peur", "fermer")
    async with running(synapse, script, on):
        await nora.is_alone()


@pytest.mark.parametrize("minutes", [0, 30], ids=["fresh", "late"])
async def test_back_after_an_exit_that_was_cut_she_is_answered_unless_it_is_late(
    synapse: Synapse, script: Script, minutes: int
) -> None:
    """What the server holds after a kill between « fermer » and the end: the mark of an exit, then her next words."""
    on = await account(synapse)
    nora = await Person.new(synapse, on.user_id)
    async with running(synapse, script, on):
        await nora.opens()
    await nora.says("fermer")
    events = await nora.left()
    token = (await synapse.admin("POST", f"/v1/users/{on.user_id}/login", {}))["access_token"]
    path = f"{V3}/user/{on.user_id}/rooms/{quote(nora.room)}/account_data/{LEAVING}"
    mark = {"since": events[-1]["origin_server_ts"] + 1}
    await synapse.api("PUT", path, mark, as_=replace(on.user, access_token=token))
    await asyncio.sleep(0.01)
    await nora.says("bonjour")
    async with running(synapse, script, on, lambda: datetime.now(PARIS) + timedelta(minutes=minutes)):
        if minutes:
            await nora.is_alone()
            await asyncio.sleep(0.5)
            assert await nora.left() == [], "it does not speak late"
        else:
            await nora.sees("Infos pratiques")


async def test_an_exit_cut_by_a_kill_is_finished_at_the_next_start(limited_hs: Synapse, script: Script) -> None:
    """A server that limits the bot makes an exit last: a kill falls in the middle, for sure."""
    hs = limited_hs
    on = await account(hs)
    nora = await Person.new(hs, on.user_id)
    await hs.override_ratelimit(nora.user)
    async with served(hs, on) as process:
        await nora.opens()
        for _ in range(25):
            await nora.sends({"msgtype": "m.notice", "body": "…"})
        await nora.says("fermer")
        before = len(await nora.left())
        await until(nora.left, lambda left: 0 < len(left) < before, 30)
        process.kill()
        await process.wait()
    assert await nora.left() != []
    await hs.override_ratelimit(on.user)
    async with running(hs, script, on):
        await nora.is_alone(15)
        assert await nora.membership() == "join"
    async with running(hs, script, on):
        await nora.asks("bonjour", "Infos pratiques")
