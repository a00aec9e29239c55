"""Whole conversations on Matrix, from a client that nobody here wrote: read, answered, left; nothing of them stays."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from tests.matrix import Push, spoken
from tests.matrix.matrix_bot import account, running
from tests.matrix.talk import Talk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.engine.script import Script
    from tests.matrix import JsClient, Message, Synapse

pytestmark = [pytest.mark.slow, pytest.mark.together]

WITNESS = (
    ("1", "Pour qui cherchez-vous ?"),
    ("Pour quelqu'un d'autre", "Est-ce en train de se passer ?"),
    ("non, pas maintenant", "Qui voulez-vous aider ?"),
    ("u", "SMS, sans parler :"),
    ("1", "Modèle à recopier"),
    ("R", "SMS, sans parler :"),
    ("retour", "Qui voulez-vous aider ?"),
    ("2", "Vous n'avez pas besoin de certitude."),
    ("r", "Qui voulez-vous aider ?"),
    ("services près d'ici", "Écrivez le nom d'une commune"),
    ("Saint-Lô", "Que voulez-vous voir ?"),
    ("j'entends des cris à travers le mur", "Restez à distance"),
    ("r", "Que voulez-vous voir ?"),
)
"""What somebody writes, by number, by word, by letter, and some words of what answers."""


def choices(notice: Message) -> dict[str, str]:
    """Return the numbers that a notice offers, and its letters, each with its label."""
    numbered = dict(re.findall(r"^(\d)\. (.+)$", notice.body, re.MULTILINE))
    return numbered | dict(re.findall(r"\[(\w)\]\s(.+?)(?=\s*·|\s{2,}|\n|$)", notice.body.rpartition("\n\n")[2]))


def trusted(notice: Message) -> None:
    """What is read was encrypted, by a device that its owner signed; it woke nobody; both of its bodies say all."""
    assert (notice.encrypted, notice.decrypted, notice.failure) == (True, True, None)
    assert notice.shield == ("NONE", None)
    assert notice.msgtype == "m.notice"
    assert notice.push == Push(notify=False, sound=None, highlight=False)
    whole(notice)


def whole(notice: Message) -> None:
    """A notice has its bar, and the formatted body says the plain one."""
    assert {"Fermer", "Close"} & set(choices(notice).values())
    shown = unescape(re.sub(r"</?(?:p|br)>", "\n", notice.formatted_body or ""))
    assert re.sub(r"</?strong>", "", shown).split() == notice.body.split()


async def closes(talk: Talk, hs: Synapse, by: str = "Fermer") -> None:
    """Leave: every event is seen to go, and the server gives none to the person any more."""
    said = [message.event_id for message in talk.client.timeline(talk.room)]
    said.append(await talk.client.send(talk.room, by))
    await talk.client.until(lambda: talk.client.timeline(talk.room) and not (talk.ours() or talk.theirs()), 15)
    gone = [message.event_id for message in talk.client.timeline(talk.room) if message.redacted]
    assert gone == said, "every event that was ever said, the last words included"
    events = await hs.events(talk.room, as_=talk.client.user)
    assert spoken(events) == []
    kept = [event["content"] for event in events if event["event_id"] in said]
    assert len(kept) == len(said)
    assert not any(kept), "redacted, nothing is left of what was said"
    assert talk.client.members(talk.room)[talk.bot] == "join", "it stays: she would later write into an empty room"


async def test_a_witness_from_the_first_word_to_fermer(
    script: Script, synapse: Synapse, js: Callable[..., Awaitable[JsClient]]
) -> None:
    """Encrypted all along, trusted all along; one notice at a time, none of her words; at the end, nothing."""
    nora = await synapse.user("nora")
    async with running(synapse, script) as bot:
        client = await js(nora, exclude_insecure=True)
        talk = await Talk.opens(client, bot.user_id, encrypted=True)
        notice = talk.ours()[-1]
        screens = [notice.body]
        for text, words in WITNESS:
            trusted(notice)
            notice = await talk.says(text, words)
            screens.append(notice.body)
        trusted(notice)
        assert client.rooms[talk.room].unread == 0
        assert screens[4] == screens[6], "« R » uncovers the emergency screen"
        assert screens[3] == screens[7], "and then the one that it covered"
        assert screens[11] == screens[13], "danger, read in what she writes, is undone by one step back"
        await closes(talk, synapse)

        await client.send(talk.room, "bonjour")
        trusted(await talk.reads("Infos pratiques"))
        await closes(talk, synapse, by="f")
        assert client.timeline(talk.room), "what is erased shows that something was: the bot says so beforehand"
    events = await synapse.events(talk.room, as_=nora)
    assert not any(event["type"] == "m.room.message" and event["content"] for event in events), "never in clear"


@pytest.mark.parametrize(
    ("who", "way"),
    {
        "victim": (
            ("Aide et écoute", "Pour qui cherchez-vous ?"),
            ("1", "De quoi avez-vous besoin d'abord ?"),
            ("Parler à quelqu'un", "Une autre façon d'en parler ?"),
            ("r", "De quoi avez-vous besoin d'abord ?"),
            ("2", "répondent par écrit"),
            ("il a un couteau", "Coupez d'abord le son"),
            ("1", "Modèle à recopier"),
        ),
        "professional": (
            ("3", "Fiche réflexe"),
            ("SOINS URGENCES", "Recevez la personne seule"),
            ("1", "Restez avec elle"),
            ("urgence", "Coupez d'abord le son"),
            ("r", "Restez avec elle"),
            ("language", "Choose a language"),
            ("english", "Stay with"),
        ),
    }.items(),
)
async def test_others_in_a_plain_room(
    script: Script,
    synapse: Synapse,
    js: Callable[..., Awaitable[JsClient]],
    who: str,
    way: tuple[tuple[str, str], ...],
) -> None:
    person = await synapse.user(who)
    async with running(synapse, script) as bot:
        client = await js(person)
        talk = await Talk.opens(client, bot.user_id, encrypted=False)
        for text, words in way:
            notice = await talk.says(text, words)
            whole(notice)
        await closes(talk, synapse)


async def test_a_restart_in_the_middle_is_never_silent(
    script: Script, synapse: Synapse, js: Callable[..., Awaitable[JsClient]]
) -> None:
    """What it knew is gone with it, and so are its keys: it goes on at home, trusted, and leaves nothing of before."""
    nora, infos = await synapse.user("nora"), await account(synapse)
    client = await js(nora, exclude_insecure=True)
    async with running(synapse, script, infos):
        talk = await Talk.opens(client, infos.user_id, encrypted=True)
        for text, words in WITNESS[:3]:
            before = await talk.says(text, words)

    async with running(synapse, script, infos):
        assert talk.ours() == [before], "it does not speak first"
        home = await talk.says("2", "Infos pratiques")
        trusted(home)
        assert set(choices(home)) >= {"1", "2", "3", "u", "f"}
        await talk.says(*WITNESS[0])
        last = await talk.says(*WITNESS[1])

    await client.send(talk.room, "non, pas maintenant")  # while it is down: for keys that nobody has any more
    async with running(synapse, script, infos):
        home = await talk.reads("Infos pratiques", but=last.event_id)
        trusted(home)
        await talk.says(*WITNESS[0])
        await closes(talk, synapse)
