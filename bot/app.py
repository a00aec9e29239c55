"""One turn for any channel: a token and an event in, a screen and its token out; a fault becomes a way on.

The content may be replaced while the bot speaks: a turn keeps the script it began with, and content with problems never
takes the place of content that works.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.engine.advance import advance, astray, label, late, lost, start, urgent
from bot.engine.message import Choice, Key, Opened, Pressed, Typed
from bot.engine.token import decode, encode
from bot.i18n import SOURCE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.engine.message import Event, Turn
    from bot.engine.script import Script
    from bot.engine.session import Session

log = logging.getLogger("repere")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a channel draws. `token` goes into every button; "" when there is nothing left to come back to."""

    turn: Turn
    token: str


class Bot:
    """The conversation over some content; holds nothing about anybody."""

    def __init__(self, script: Script, clock: Callable[[], datetime]) -> None:
        self.script = script
        self.clock = clock
        self._resort = _answer(script, lost(script, clock()))
        self._closed = _answer(script, advance(script, start(script), Pressed(Key.CLOSE), clock()))

    def answer(self, token: str, event: Event) -> Answer:
        """Return what an event leads to from where `token` stands; an unknown token stands at home.

        Never raises: a fault is logged by its type and step, never with a text or a token, and the person gets home
        with the emergency button.
        """
        script, now = self.script, self.clock()
        step, locale = "?", SOURCE
        try:
            if isinstance(event, Opened):
                return _answer(script, advance(script, start(script), event, now))
            session = decode(script, token, now)
            if session is None:
                return _answer(script, astray(script, _meant(script, start(script), event), now))
            step, locale = session.at, session.locale
            return _answer(script, advance(script, session, _meant(script, session, event), now))
        except Exception as fault:
            answer = self._lost(fault, step, locale)
            return self._closed if self.urgent(event) is Key.CLOSE else answer

    def late(self, token: str) -> Answer:
        """Return what answers a message found too late to be answered: one neutral line, and the emergency button."""
        script, now = self.script, self.clock()
        try:
            return _answer(script, late(script, decode(script, token, now) or start(script), now))
        except Exception as fault:
            return self._lost(fault, "late", SOURCE)

    def urgent(self, event: Event) -> Key | None:
        """Return what an event asks for that goes ahead of every queue: leaving, help in danger. Never raises."""
        try:
            return urgent(self.script, event)
        except Exception as fault:
            log.error("fault when sorting: %s", type(fault).__name__)
            return None

    def _lost(self, fault: Exception, step: str, locale: str) -> Answer:
        log.error("fault at %s: %s", step, type(fault).__name__)
        try:
            return _answer(self.script, lost(self.script, self.clock(), locale))
        except Exception as another:
            log.error("fault when lost: %s", type(another).__name__)
            return self._resort


def _answer(script: Script, turn: Turn) -> Answer:
    return Answer(turn, encode(script, turn.session) if turn.session else "")


def _meant(script: Script, session: Session, event: Event) -> Event:
    """Return the event with the ids that its codes stand for: buttons carry codes (`Script.choice`)."""
    match event:
        case Pressed(code):
            return Pressed(script.choice(session, code))
        case Typed(text, offered):
            ids = (script.choice(session, choice.id) for choice in offered)
            return Typed(text, tuple(Choice(id, label(script, session, id)) for id in ids))
    return event
