"""Play a journey on Telegram, against the fake Bot API: buttons are pressed, words are typed, what is seen is read.

What is judged is a line of JSON, as on the terminal. Telegram gives none: it is made from the visible message alone.
Its buttons hold the session; the engine draws the screen of that session; what is visible must be that drawing, to
the letter and to the button. So what is said of the screen is said of the phone.

A press is written in brackets, « [Fermer] »: that is what the `n` of a choice and the `key` of the bar say here, so
`Player` presses a button and never types its number.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from bot.channels import gate
from bot.channels.console import to_json
from bot.channels.telegram.draw import DIALLED, draw, read_data
from bot.engine.advance import show
from bot.engine.message import Dial, Turn
from bot.engine.token import decode
from tests.botapi import Clock, Server
from tests.channels.telegram_bot import PARIS, running
from tests.journeys.judging import Seen
from tests.journeys.play import Played
from tests.journeys.screens import screens
from tests.journeys.talking import Wrong, button, instant, labels, read

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bot.engine.message import Screen
    from bot.engine.script import Script
    from bot.engine.session import Session
    from tests.botapi import Message, Person

CROWD, CROWDS = 40, 4
"""People who talk to one bot at once, and bots at once."""

PATIENCE = 30.0

EMPTY: dict[str, Any] = {"step": "", "text": "", "choices": [], "bar": [], "numbers": [], "services": [], "token": ""}


# --- the screen that a message is ------------------------------------------------------------------------------------


def screen_of(script: Script, message: Message, now: datetime, asked: Collection[str] = ()) -> tuple[Session, Screen]:
    """Return where the buttons of a message stand, and the screen that it shows; refuse one that no session has.

    `asked`: what may have been looked up just before.
    """
    buttons = [button for row in message.buttons for button in row]
    tokens = {read_data(button.data or "")[0] for button in buttons}
    if len(tokens) != 1:
        raise Wrong(f"les boutons n'ont pas un jeton, et un seul : {tokens}\n{message.text}")
    (token,) = tokens
    session = decode(script, token, now)
    if session is None:
        raise Wrong(f"le jeton ne se lit pas : {token}\n{message.text}")
    seen = message.html, tuple(tuple((button.text, button.data) for button in row) for row in message.buttons)
    for screen in screens(script, session, codes(message), asked, now):
        drawn = draw(screen, token, script.catalogues[screen.locale].text)
        if seen == (drawn.text, tuple(tuple((one.label, one.data) for one in row) for row in drawn.rows)):
            return session, screen
    expected = draw(show(script, session, now), token, script.catalogues[session.locale].text)
    raise Wrong(f"ce qu'on voit n'est pas l'écran {session.at} :\n{message.html}\n--- attendu :\n{expected.text}")


def codes(message: Message) -> list[str]:
    """Return what the buttons of a message stand for, the first of each row."""
    return [read_data(row[0].data or "")[1] for row in message.buttons]


def copied(screen: Screen) -> list[str]:
    """Return the digits of each number that a screen lets one dial, in order."""
    spans = (span for line in screen.lines for span in line.spans)
    found = (span for span in spans if isinstance(span, Dial) and (span.href or "").startswith(DIALLED))
    return list(dict.fromkeys(re.sub(r"\D", "", dial.text) for dial in found))


def line_of(script: Script, message: Message, now: datetime, asked: Collection[str] = ()) -> str:
    """Return a visible message as the terminal would print its screen, with what is seen of it beside."""
    session, screen = screen_of(script, message, now, asked)
    alone = re.findall(r"^<code>(\d+)</code>$", message.html, re.MULTILINE)
    if alone != copied(screen) or message.html.count("<code>") != len(alone):
        raise Wrong(f"seuls sur leur ligne : {alone}, à composer : {copied(screen)}\n{message.html}")
    printed = read(to_json(script, Turn(session, screen)))
    printed["choices"] = [{"n": f"[{one['label']}]", "label": one["label"]} for one in printed["choices"]]
    printed["bar"] = [{"key": f"[{one['label']}]", "label": one["label"]} for one in printed["bar"]]
    beside = {"offers": screen.offers, "seen": message.text, "html": message.html, "rows": _labels(message)}
    return json.dumps(printed | beside, ensure_ascii=False)


def _labels(message: Message) -> list[list[str]]:
    return [[button.text for button in row] for row in message.buttons]


def spoken(screen: dict[str, Any]) -> str:
    """Return what a message says, without the choices that its buttons repeat, nor the digits put apart to be copied.

    Empty lines go with them; what Telegram adds of its own (its notice, the emergency numbers once more) stays.
    """
    choices = {f"{n}. {choice['label']}" for n, choice in enumerate(screen["choices"], 1)}
    lines = (line for line in screen["seen"].split("\n") if line and not line.isdigit())
    return "\n".join(line for line in lines if re.sub(r"\s", " ", line) not in choices)


# --- somebody's phone ------------------------------------------------------------------------------------------------


@dataclass
class Phone:
    """One person and her chat with the bot. It is also what opens: « start » again is /start, in the same chat."""

    api: Server
    script: Script
    person: Person
    loop: asyncio.AbstractEventLoop
    area: str | None = None
    locale: str = "fr"
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __call__(self, area: str | None, at: str, locale: str = "fr") -> Phone:
        """Be asked to converse, at the instant where everybody around this bot is."""
        assert instant(at).timestamp() == self.api.clock.now(), "une seule heure pour tous"
        self.area, self.locale = area, locale
        return self

    def open(self) -> str:
        """Press « Start », from the QR code of the territory; in another language than French, choose it."""
        line = self.write(f"/start {self.area or ''}".strip())
        for label in ("LANGUE", "ANGLAIS") if self.locale == "en" else ():
            line = self.write(button(read(line), label, labels())[0])
        return line

    def write(self, line: str) -> str:
        """Press the button named in brackets, or write; return what is then seen."""
        return asyncio.run_coroutine_threadsafe(self.act(line), self.loop).result(2 * PATIENCE)

    async def act(self, line: str) -> str:
        """Do it, wait until the bot has dealt with it, and judge what any screen must be before it is read."""
        self.said.append(line)
        pressed = re.fullmatch(r"\[.+\]", line) is not None
        before = self.person.visible
        self.asked = [line, *(code for message in before for code in codes(message))]
        try:
            await (self.person.press(line[1:-1]) if pressed else self.person.say(line))
            await self.person.settled(PATIENCE)
        except AssertionError as missing:
            raise Wrong(str(missing)) from None
        if pressed and self.person.visible not in ([], before):
            raise Wrong("un appui change le message où il est, et n'en fait pas d'autre")
        return self.seen()

    def seen(self) -> str:
        """Return what is seen; refuse what nobody should ever see."""
        visible = self.person.visible
        if any(not message.from_bot for message in visible):
            raise Wrong(f"ce qui a été écrit reste : {[m.text for m in visible if not m.from_bot]}")
        if len(visible) > 1:
            raise Wrong(f"{len(visible)} messages du bot à la fois : {[m.text for m in visible]}")
        if self.person.toasts or self.person.spinning:
            raise Wrong(f"un appui a laissé une trace : {self.person.toasts}, {self.person.spinning}")
        if not all(notice.silent for notice in self.person.notifications):
            raise Wrong("le téléphone a sonné")
        if not visible:
            return json.dumps(EMPTY | {"erased": True, "seen": "", "html": "", "rows": []})
        return line_of(self.script, visible[0], self._now, self.asked)

    def place(self, screen: dict[str, Any]) -> str | None:
        """Return the official name of the commune that the conversation is about."""
        session = decode(self.script, screen["token"], self._now) if screen["token"] else None
        found = self.script.directory.places.get(session.place) if session and session.place else None
        return found.name if found else None

    def close(self) -> None:
        """Nothing: she may come back."""

    def leave(self) -> None:
        """Press « Fermer », if there is something to close; nothing at all may be left in the chat."""
        if self.person.visible:
            self.write(button(read(self.seen()), "FERMER", labels())[0])
        if self.person.visible:
            raise Wrong(f"« Fermer » laisse : {[message.text for message in self.person.visible]}")

    @property
    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.api.clock.now(), PARIS)


# --- many of them at once --------------------------------------------------------------------------------------------

Way = Callable[["Phone"], Played]
"""How somebody plays something, and what came of it."""


def play_all(script: Script, ways: Mapping[Any, tuple[str, Way]]) -> dict[Any, Played]:
    """Play everything at its instant, each by a person of her own who leaves at the end; the same keys are returned.

    New messages follow each other at once: their pace is not what is tested here.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate, "SECOND", 0.0)
        return asyncio.run(_play_all(script, ways))


async def _play_all(script: Script, ways: Mapping[Any, tuple[str, Way]]) -> dict[Any, Played]:
    at: dict[str, list[Any]] = {}
    for key, (when, _) in ways.items():
        at.setdefault(when, []).append(key)
    crowds = [(when, keys[n : n + CROWD]) for when, keys in at.items() for n in range(0, len(keys), CROWD)]
    found: dict[Any, Played] = {}
    turn = asyncio.Semaphore(CROWDS)
    with ThreadPoolExecutor(CROWDS * CROWD) as threads:

        async def crowd(when: str, keys: list[Any]) -> None:
            async with turn:
                found.update(
                    zip(keys, await _crowd(script, when, [ways[key][1] for key in keys], threads), strict=True)
                )

        await asyncio.gather(*(crowd(when, keys) for when, keys in crowds))
    return found


async def _crowd(script: Script, when: str, ways: list[Way], threads: ThreadPoolExecutor) -> list[Played]:
    loop = asyncio.get_running_loop()
    clock = Clock(instant(when).timestamp(), frozen=True)
    async with Server(clock=clock, record=False) as api, running(api, script):
        phones = [Phone(api, script, api.person(), loop) for _ in ways]
        playing = [loop.run_in_executor(threads, _played, way, phone) for way, phone in zip(ways, phones, strict=True)]
        await asyncio.wait(playing)
        return [future.result() for future in playing]


def _played(way: Way, phone: Phone) -> Played:
    played = Played(Seen(), phone.said, [])
    try:
        played = way(phone)
        phone.leave()
    except Wrong as wrong:
        played.wrong.append(f"[{' > '.join(phone.said)}] {wrong}")
    return played
