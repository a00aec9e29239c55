"""What a batch of things heard in one chat comes to, thought through before anything is done about it.

Every network thinks alike: the last gesture counts, what is found late gets one neutral line at most (promise P5), what
was typed is to be erased. How that is done is the channel's affair.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from bot.engine.message import Choice, Opened, Pressed, Typed, Unreadable
from bot.lanes import CROWD
from bot.memory import Shown
from bot.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.app import Answer, Bot
    from bot.engine.message import Event
    from bot.memory import Hint

Id = TypeVar("Id")
Id_co = TypeVar("Id_co", covariant=True)

FRESH, LATE = 120.0, 15 * 60.0
"""Seconds: what is older than the first gets one neutral line at most, than the second nothing."""

MOST_KEPT = 1000

HASTE = 3
"""Things of one batch from which it is a flood: its words do not tell that she sees nothing."""


class Heard(Protocol[Id_co]):
    """Something a person did. `message` is what was typed or sent, or what was pressed; `at` is when (Unix seconds).

    `event` None: nothing was said, but a message is there, which is to go when she leaves.
    `token` is that of the button pressed, `sent` is when the message pressed was sent.
    """

    @property
    def event(self) -> Event | None: ...
    @property
    def message(self) -> Id_co: ...
    @property
    def at(self) -> float: ...
    @property
    def token(self) -> str: ...
    @property
    def sent(self) -> float: ...


@dataclass(slots=True)
class Deed(Generic[Id]):
    """What is to be done. `answer` None: nothing is to be shown; `until`: after that instant, no longer.

    `on` is the message that was pressed, `anew` asks for a new message rather than a change of the living one, `typed`
    are the messages to erase at once, `touched` all that this batch is about. `late`: the answer is the neutral line.
    """

    hint: Hint[Id]
    answer: Answer | None = None
    until: float = 0.0
    on: Shown[Id] | None = None
    anew: bool = False
    typed: list[Id] = field(default_factory=list)
    touched: set[Id] = field(default_factory=set)
    late: bool = False
    leaves: bool = False
    idles: bool = False


def think(
    bot: Bot,
    hint: Hint[Id],
    items: Sequence[Heard[Id] | None],
    now: float,
    shown: Collection[Heard[Id]] = (),
) -> Deed[Id]:
    """Return what a batch comes to; an item that is None only says that the living message may have had its time.

    Of a crowd only the last is thought through: no hand is as fast, and each button bears all that it needs. Of those
    `shown`, whose answer is on the screen already, only what was typed is still to be erased.
    """
    deed = Deed(hint)
    heard = []
    for item in items:
        if item is not None and item in shown:
            _owe(deed, item)
        elif item is not None:
            heard.append(item)
    deed.idles = not any(items) and hint.idle is not None and hint.idle <= now
    first = max((n for n, item in enumerate(heard) if item.event is not None), default=0) if len(heard) > CROWD else 0
    for item in heard[:first]:
        _note(deed, item)
    for item in heard[first:]:
        _hear(bot, deed, item, now)
    if len(items) >= HASTE:
        deed.anew = any(isinstance(item.event, Opened | Unreadable) for item in heard)
    return deed


def _owe(deed: Deed[Id], item: Heard[Id]) -> None:
    """Remember that what was typed is still there, or may be."""
    deed.touched.add(item.message)
    if isinstance(item.event, Typed | Opened) and item.message not in deed.hint.owed:
        deed.hint = replace(deed.hint, owed=(*deed.hint.owed, item.message))


def _note(deed: Deed[Id], item: Heard[Id]) -> None:
    """Remember what is to be erased, and what the answer changes."""
    deed.touched.add(item.message)
    match item.event:
        case Pressed():
            deed.on = Shown(item.message, item.sent)
        case Unreadable() | None:
            deed.hint = replace(deed.hint, kept=(*deed.hint.kept, item.message)[-MOST_KEPT:])
        case _:
            deed.typed.append(item.message)


def _hear(bot: Bot, deed: Deed[Id], item: Heard[Id], now: float) -> None:
    event = item.event
    _note(deed, item)
    if event is None:
        return
    deed.late = False
    if isinstance(event, Typed):
        event = Typed(event.text, tuple(Choice(code, "") for code in deed.hint.offered))
    token = item.token if isinstance(event, Pressed) else deed.hint.token
    answer, until = bot.answer(token, event), item.at + FRESH
    deed.leaves = answer.turn.erased
    if not deed.leaves and now >= until:
        if isinstance(event, Pressed) or now >= item.at + LATE:
            return
        answer, until, deed.late = bot.late(token), item.at + LATE, True
    screen = answer.turn.screen
    offered = tuple(choice.id for choice in screen.choices) if screen.offers else ()
    deed.answer, deed.until = answer, until
    deed.anew |= not deed.late and _may_not_see(bot, deed.hint, event)
    blind = not deed.anew and isinstance(event, Typed) and not _number(event.text)
    deed.hint = replace(deed.hint, token=answer.token, offered=offered, blind=blind)


def _may_not_see(bot: Bot, hint: Hint[Id], event: Event) -> bool:
    """Tell whether a living message may be out of her sight: cleared by herself, or above what she just sent.

    Only a press, or the number of a choice, tells that she sees it: a second text in a row does not.
    """
    if isinstance(event, Typed):
        return fold(event.text) in bot.script.words("home") or (hint.blind and not _number(event.text))
    return isinstance(event, Opened | Unreadable)


def _number(text: str) -> bool:
    said = fold(text)
    return said.isdecimal() and len(said) < 3
