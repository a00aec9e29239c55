"""Which screens a session may show: the players know by it that what is visible is a drawing, and of what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.engine import found
from bot.engine.advance import _found, _offer, label, show
from bot.engine.message import Choice
from bot.engine.session import FIND, HERE, JUMP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from bot.engine.message import Screen
    from bot.engine.script import Script
    from bot.engine.session import Session

NOTES = ("unclear", "unreadable", "lost")
OFFERS = ("which place", "suggest", "late", "found which")


def screens(
    script: Script, session: Session, offered: Iterable[str], asked: Iterable[str], now: datetime
) -> Iterator[Screen]:
    """Give the screens that a session may show: the place itself, as it is or with a note, or an offer before it.

    `offered`: the codes of the choices seen. `asked`: what may have been looked up just before, which is in no session:
    words typed, or the code of a choice.
    """
    if not session.offered:
        phrases = script.always.phrases
        yield show(script, session, now)
        notes = {getattr(script.steps[session.at], "unclear", ""), *(phrases[note] for note in NOTES)} - {""}
        yield from (show(script, session, now, note) for note in sorted(notes))
        return
    ids = [id for code in offered if (id := script.choice(session, code))[:1] in (HERE, JUMP, FIND)]
    choices = [Choice(id, label(script, session, id)) for id in ids]
    yield from (_offer(script, session, choices, phrase, now).screen for phrase in OFFERS)
    for one in asked:
        search = (found.pressed if one.startswith(FIND) else found.typed)(script, session, one, now)
        if search is not None:
            yield _found(script, session, search, now).screen
