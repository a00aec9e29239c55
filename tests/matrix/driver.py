"""Play conversations on Matrix, many and fast: plain rooms, bare client-server calls, the channel in this process.

Three things are not the shipped channel's, and `Staged` is where they are: what is said is dated by the bot's clock, so
that a journey has its hour (the server dates events by its own); a room may open in a territory (no Matrix link names
one); and what is remembered can be looked at, for the session is not in what is visible.

What is judged is a line of JSON, as on the terminal. It is made from what is visible: the remembered session has a
screen, and the one notice in the room must be its drawing, to the letter, in both of its bodies. So what is said of the
screen is said of what is read.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import quote

import aiohttp
import pytest

from bot.channels.console import to_json
from bot.channels.matrix import channel
from bot.channels.matrix.chat import Rooms
from bot.channels.matrix.draw import draw
from bot.channels.matrix.history import answers, says
from bot.engine.advance import show
from bot.engine.message import Key, Opened, Turn
from bot.engine.token import decode
from tests.journeys.screens import screens
from tests.journeys.talking import Wrong, read
from tests.journeys.telegram import EMPTY
from tests.matrix.matrix_bot import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterator
    from datetime import datetime

    from bot.channels.matrix.incoming import Incoming
    from bot.engine.message import Screen
    from bot.engine.script import Script
    from bot.engine.session import Session
    from bot.memory import Hint
    from tests.matrix import Synapse, User

V3 = "/_matrix/client/v3"
PATIENCE = 20.0
QUIET = json.dumps(
    {"presence": {"types": []}, "account_data": {"types": []}, "room": {"ephemeral": {"types": []}}},
    separators=(",", ":"),
)

Event = dict[str, Any]


class Staged(Rooms):
    """The rooms of the channel, at an hour, in a territory, in sight."""

    areas: ClassVar[dict[str, str | None]] = {}
    """The territory that each person comes from."""
    by_bot: ClassVar[dict[str, Staged]] = {}

    def __init__(self, *told: Any) -> None:
        super().__init__(*told)
        self.by_bot[self._api.client.user] = self

    def put(self, incoming: Incoming) -> asyncio.Future[None]:
        event = incoming.event
        if isinstance(event, Opened) and incoming.room in self._api.client.rooms:
            found = [self.areas[user] for user in self._api.client.rooms[incoming.room].users if user in self.areas]
            event = replace(event, area=next(iter(found), None))
        leaves = self._bot.urgent(event) is Key.CLOSE  # what goes then is told by the server's own dates
        return super().put(replace(incoming, event=event, at=incoming.at if leaves else self.now()))

    async def quiet(self, room: str) -> None:
        """Wait until nothing is under way in a room: an exit ends a moment after its last redaction."""
        while room in self.lanes:  # noqa: ASYNC110 - a lane tells nobody that it ends
            await asyncio.sleep(0.002)

    def hint(self, room: str) -> Hint[str]:
        """Return what is remembered of a room."""
        return self._memory.get(room, self.now())


# --- the screen that a notice is --------------------------------------------------------------------------------------


def screen_of(
    script: Script, hint: Hint[str], content: Event, now: datetime, asked: Collection[str] = ()
) -> tuple[Session, Screen]:
    """Return where a conversation stands, and the screen that its notice shows; refuse one that no session has.

    `asked`: what may have been looked up just before.
    """
    session = decode(script, hint.token, now)
    if session is None:
        raise Wrong(f"le jeton ne se lit pas : {hint.token}\n{content['body']}")
    said = {key: content.get(key) for key in ("msgtype", "body", "format", "formatted_body")}
    for screen in screens(script, session, hint.offered, asked, now):
        if said == draw(screen, script.catalogues[screen.locale].text, erases=True):
            return session, screen
    expected = draw(show(script, session, now), script.catalogues[session.locale].text, erases=True)
    raise Wrong(f"ce qu'on voit n'est pas l'écran {session.at} :\n{content}\n--- attendu :\n{expected}")


def line_of(script: Script, hint: Hint[str], content: Event, now: datetime, asked: Collection[str] = ()) -> str:
    """Return a notice as the terminal would print its screen, with what is read beside."""
    session, screen = screen_of(script, hint, content, now, asked)
    beside = {"offers": screen.offers, "seen": content["body"], "html": content["formatted_body"]}
    return json.dumps(read(to_json(script, Turn(session, screen))) | beside, ensure_ascii=False)


# --- somebody in a plain room -----------------------------------------------------------------------------------------


@dataclass
class Guest:
    """One person and her room with the bot; what she sees is kept up by her own sync."""

    hs: Synapse
    user: User
    stage: Staged
    http: aiohttp.ClientSession
    room: str = ""
    asked: tuple[str, ...] = ()
    """What may have been looked up last: words, or one of the choices that were offered."""
    _since: str = ""
    _timeline: dict[str, Event] = field(default_factory=dict)
    _txn: Iterator[int] = field(default_factory=itertools.count)

    @classmethod
    @contextlib.asynccontextmanager
    async def coming(cls, hs: Synapse, stage: Staged) -> AsyncIterator[Self]:
        """Register somebody, for as long as it is needed."""
        user = await hs.user("nora")
        headers = {"Authorization": f"Bearer {user.access_token}"}
        async with aiohttp.ClientSession(hs.url, headers=headers) as http:
            yield cls(hs, user, stage, http)

    async def opens(self, area: str | None = None) -> None:
        """Invite the bot to a room of her own, from some territory, and wait for its greeting."""
        self._timeline.clear()
        Staged.areas[self.user.user_id] = area
        bot = self.stage._api.client.user_id
        asked = {"invite": [bot], "preset": "trusted_private_chat", "is_direct": True}
        self.room = (await self._ask("POST", "/createRoom", asked))["room_id"]
        await self._until(lambda: bool(self.visible))
        await self.stage.quiet(self.room)

    async def says(self, text: str) -> None:
        """Write, and wait until that is dealt with: answered, redacted, as the notice before; or all is gone."""
        self.asked = text, *self.stage.hint(self.room).offered
        path = f"/rooms/{quote(self.room)}/send/m.room.message/{next(self._txn)}"
        sent = (await self._ask("PUT", path, {"msgtype": "m.text", "body": text}))["event_id"]

        def dealt() -> bool:
            seen = self.visible
            return sent in self._timeline and (not seen or (len(seen) == 1 and sent in answers(seen[0])))

        await self._until(dealt)
        await self.stage.quiet(self.room)

    @property
    def visible(self) -> list[Event]:
        """Return what anybody said that is still there."""
        return [event for event in self._timeline.values() if says(event)]

    def seen(self) -> Event | None:
        """Return the content of what is read; refuse what nobody should ever see."""
        visible = self.visible
        if any(event["sender"] == self.user.user_id for event in visible):
            raise Wrong(f"ce qui a été écrit reste : {visible}")
        if len(visible) > 1:
            raise Wrong(f"{len(visible)} messages du bot à la fois : {visible}")
        return visible[0]["content"] if visible else None

    async def _until(self, condition: Any) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    await self._sync()
        except TimeoutError:
            raise Wrong(f"rien ne vient ; on voit : {self.visible}") from None

    async def _sync(self) -> None:
        fields = {"filter": QUIET, "timeout": "5000"} | ({"since": self._since} if self._since else {})
        said = await self._ask("GET", "/sync", **fields)
        self._since = said["next_batch"]
        for event in said.get("rooms", {}).get("join", {}).get(self.room, {}).get("timeline", {}).get("events", ()):
            self._timeline[event["event_id"]] = event
            if event["type"] == "m.room.redaction":
                gone = self._timeline.get(event["content"].get("redacts", ""))
                if gone is not None:
                    gone["content"] = {}

    async def _ask(self, method: str, path: str, body: Event | None = None, **fields: str) -> Any:
        async with self.http.request(method, V3 + path, json=body, params=fields) as answer:
            said = await answer.json()
            assert answer.status == 200, said
            return said


@contextlib.asynccontextmanager
async def staged(hs: Synapse, script: Script, now: datetime) -> AsyncIterator[Staged]:
    """Give the rooms of a bot that answers, at one instant."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(channel, "Rooms", Staged)
        async with running(hs, script, clock=lambda: now) as bot:
            yield Staged.by_bot[bot.user_id]


# --- a conversation, as the journeys have it --------------------------------------------------------------------------


@dataclass
class Pen:
    """Somebody who writes on Matrix what a journey says, from a thread of its own: see `tests.journeys.play.Player`."""

    guest: Guest
    script: Script
    loop: asyncio.AbstractEventLoop
    area: str | None = None
    locale: str = "fr"
    said: list[str] = field(default_factory=list)

    def __call__(self, area: str | None, at: str, locale: str = "fr") -> Pen:
        """Be asked to converse; the instant is the bot's."""
        del at
        self.area, self.locale = area, locale
        return self

    def open(self) -> str:
        """Invite the bot; in another language than French, choose it by its name."""
        self._wait(self.guest.opens(self.area))
        line = self.seen()
        for label in ("Langue · Language", "English") if self.locale == "en" else ():
            line = self.write(label)
        return line

    def write(self, line: str) -> str:
        """Write; return what is then seen."""
        self.said.append(line)
        self._wait(self.guest.says(line))
        return self.seen()

    def seen(self) -> str:
        """Return what is seen, as the terminal would print it."""
        content = self.guest.seen()
        if content is None:
            return json.dumps(EMPTY | {"erased": True, "offers": False, "seen": "", "html": ""})
        return line_of(self.script, self.guest.stage.hint(self.guest.room), content, self._now, self.guest.asked)

    def place(self, screen: Event) -> str | None:
        """Return the official name of the commune that the conversation is about."""
        session = decode(self.script, screen["token"], self._now) if screen["token"] else None
        found = self.script.directory.places.get(session.place) if session and session.place else None
        return found.name if found else None

    def close(self) -> None:
        """Nothing: she may come back."""

    @property
    def _now(self) -> datetime:
        return self.guest.stage._bot.clock()

    def _wait(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(3 * PATIENCE)
