"""Walk the script: which screen an answer leads to, and what remains of the trail.

A page begins at an entry step and ends at the first step that waits: its stop. Choosing a way back to a page of the
trail cuts what came after it, and so does answering again what a list reads; a jump (emergency, a topic typed) never
cuts. A trail never holds more than a token can carry: then its oldest part is dropped, as far as the answers still
needed allow.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.engine.session import HERE, JUMP, Session, Visit
from bot.engine.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bot.engine.script import Script
    from bot.engine.step import Step

MOST_ANSWERS = 22
"""Answer bytes that a token carries (token.py); a jump takes two."""

KEPT = 10
"""Answer bytes kept when a trail is cut: as far back as anybody remembers."""


def steps_of(script: Script, session: Session, entry: str, now: datetime) -> Iterator[Step]:
    """Give the steps of the page that begins at `entry`, the waiting one last."""
    view = View(script, session, now)
    step: Step | None = script.steps[entry]
    while step is not None:
        yield step
        following = step.route(view)
        step = script.steps[following] if following is not None else None


def stop(script: Script, session: Session, entry: str, now: datetime) -> str:
    """Return the step at which the page that begins at `entry` waits."""
    known = script.stops.get(entry)
    if known is not None:
        return known
    step = script.steps[entry]
    view = View(script, session, now)
    while True:
        following = step.route(view)
        if following is None:
            return step.head.id
        step = script.steps[following]


def step_after(script: Script, at: str, answer: str) -> str | None:
    """Return the entry an answer given at `at` leads to, None when it is no answer of that step."""
    if answer.startswith(JUMP):
        return script.jumps.get(answer)
    after = getattr(script.steps[at], "after", None)
    return after(answer) if after is not None else None


def push(script: Script, session: Session, answer: str, now: datetime) -> Session | None:
    """Return the session after an answer, None when it is no answer of this step."""
    entry = step_after(script, session.at, answer)
    if entry is None:
        return None
    if answer.startswith(HERE):
        if script.directory.places.get(answer[len(HERE) :]) is None:
            return None  # forged, or a commune that was merged into another since
        session = with_place(session, answer[len(HERE) :])
    trail = _answered(script, session, answer)
    if answer.startswith(JUMP):  # « Retour » must lead back from the emergency screen, however often it was opened
        if entry == session.entry:
            return session
    else:
        for length, visit in enumerate(trail):
            if visit.entry == entry:
                trail = trail[:length]
                break
    noticed = session.noticed or (session.at in script.notices and not answer.startswith(JUMP))
    at = script.stops.get(entry, entry)
    onward = Session(session.locale, session.area, session.root, entry, at, trail, session.place, noticed)
    if entry not in script.stops:
        onward = replace(onward, at=stop(script, onward, entry, now))
    return onward if 2 * len(trail) <= MOST_ANSWERS or size(trail) <= MOST_ANSWERS else _shorten(script, onward, now)


def _answered(script: Script, session: Session, answer: str) -> tuple[Visit, ...]:
    """Return the trail with one more answer; an answer that screens read takes the place of the older one."""
    if session.at in script.slots_read and not answer.startswith(JUMP):
        for length, visit in enumerate(session.trail):
            if visit.step == session.at:
                return (*session.trail[:length], replace(visit, answer=answer))
    return (*session.trail, Visit(session.entry, session.at, answer))


def back(script: Script, session: Session, now: datetime) -> Session:
    """Return the session one answer earlier; home when there is none."""
    if not session.trail:
        return (
            script.home(session.locale, session.area, session.place) if session.root != script.always.home else session
        )
    last, trail = session.trail[-1], session.trail[:-1]
    earlier = replace(session, trail=trail, entry=last.entry)
    if last.answer.startswith(HERE) and not any(visit.answer.startswith(HERE) for visit in trail):
        # Else the question would be passed again, in silence; unless an earlier page already stood on a commune.
        nowhere = replace(earlier, place=None)
        if all(stop(script, nowhere, visit.entry, now) == visit.step for visit in trail):
            earlier = nowhere
    return replace(earlier, at=stop(script, earlier, last.entry, now))


def with_place(session: Session, insee: str) -> Session:
    """Return the session in another commune: a session has one, and earlier answers follow it."""
    answer = HERE + insee
    trail = tuple(replace(visit, answer=answer) if visit.answer.startswith(HERE) else visit for visit in session.trail)
    return replace(session, place=insee, trail=trail)


def size(trail: Sequence[Visit]) -> int:
    """Return how many bytes of a token the answers take."""
    return sum(2 if visit.answer.startswith(JUMP) else 1 for visit in trail)


def _shorten(script: Script, session: Session, now: datetime) -> Session:
    """Drop the oldest answers that no page left in the trail needs; home when all are needed.

    Rather more than `KEPT` than no trail at all: « Retour » must lead back from the emergency screen.
    """
    pages = [*((visit.entry, visit.step) for visit in session.trail), (session.entry, session.at)]
    sizes = [size(session.trail[first:]) for first in range(len(session.trail))]
    few = [first for first, bytes_left in enumerate(sizes) if bytes_left <= KEPT]
    more = [first for first, bytes_left in enumerate(sizes) if KEPT < bytes_left <= MOST_ANSWERS]
    for first in (*few, *reversed(more), len(session.trail)):
        rest = session.trail[first:]
        answered: set[str] = set()
        for entry, waits in pages[first:]:
            needed = {slot for step in steps_of(script, session, entry, now) for slot in step.reads()}
            if needed - answered - {slot for slot in needed if _is_place(script, slot)}:
                break
            answered.add(waits)
        else:
            return replace(session, root=pages[first][0], trail=rest)
    return script.home(session.locale, session.area, session.place)


def _is_place(script: Script, slot: str) -> bool:
    """Tell whether an answer is the commune, which a session always keeps."""
    return hasattr(script.steps[slot], "skip")
