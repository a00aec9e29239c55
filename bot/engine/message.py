"""The nouns of a conversation: what comes in (events), what goes out (screens), and a turn that ties them.

All are frozen values. The constant bar is computed by `Screen` itself: no author and no channel can forget it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from bot.directory.schedule import Opening
    from bot.engine.session import Session


class Key(StrEnum):
    """The three buttons of the constant bar, in the order in which every channel draws them."""

    EMERGENCY = "emergency"
    BACK = "back"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class BarButton:
    """One button of the bar: `key` is what may be typed to press it (a letter of the person's language)."""

    id: Key
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer offered; `id` is what a button carries, never shown."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class NumberShown:
    """A national number as one screen shows it. `number` is what is dialled, "" for what is only written to."""

    id: str
    number: str
    display: str
    name: str
    channel: str
    url: str | None
    hours: str | None
    opening: Opening
    cost: str
    bill_trace: str
    seen: str


@dataclass(frozen=True, slots=True)
class ServiceShown:
    """A local service as one screen shows it; what may not be shown to this audience is None."""

    id: str
    name: str
    kind: str
    phone: str | None
    phone_status: str | None
    bill_trace: str
    cost: str
    address: str | None
    commune: str | None
    distance_km: float | None
    opening: Opening
    seen: str
    confirmed: date | None


@dataclass(frozen=True, slots=True)
class Dial:
    """A number inside a line: channels make it easy to dial or copy.

    `href` is `tel:…` for a voice, `sms:…` for 114 (never pre-filled), an address for a site, None for a number that is
    named but must not be called (the call-back number of the emergency services).
    """

    text: str
    href: str | None


Span = str | Dial


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a screen; `card` marks a number or a service, drawn apart from the prose."""

    spans: tuple[Span, ...]
    card: bool = False

    @property
    def text(self) -> str:
        """Return the line as plain characters."""
        return "".join(span if isinstance(span, str) else span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class Bar:
    """The constant bar in one language, and which of its buttons this screen has a use for.

    Emergency is left out only on the screen that shows the emergency numbers, back only at home.
    """

    emergency: BarButton | None
    back: BarButton | None
    close: BarButton

    def __iter__(self) -> Iterator[BarButton]:
        """Give the buttons in their constant order."""
        return iter([button for button in (self.emergency, self.back, self.close) if button])


@dataclass(frozen=True, slots=True)
class Screen:
    """What one turn shows, in one language. Exactly one is alive at a time in a conversation.

    `idle` is after how many minutes without a gesture a channel erases it: None means never (professionals).
    `offers` marks a screen that only offers: its choices are given back with what is typed next (`Typed.offered`).
    `notice` marks the screen that warns once a conversation: a channel adds there what it keeps by itself.
    """

    step: str
    locale: str
    lines: tuple[Line, ...]
    choices: tuple[Choice, ...]
    bar: Bar
    numbers: tuple[NumberShown, ...] = ()
    services: tuple[ServiceShown, ...] = ()
    idle: int | None = 15
    offers: bool = False
    notice: bool = False

    @property
    def text(self) -> str:
        """Return all the lines as plain characters, one under another."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody opens (or reopens) the conversation, perhaps from a QR code that names a territory and a commune."""

    area: str | None = None
    locale: str | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button: the id of a choice of the current screen, of the bar, or of a suggestion; or, forged, anything at all.

    Buttons themselves carry short codes; `bot.app` finds the id again (`Script.choice`).
    """

    choice: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A message, untrusted: any characters, any length.

    `offered` is what the screen drawn last only offered (suggestions, communes of the same name): what is typed is then
    one of its numbers or labels.
    """

    text: str
    offered: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A photo, a voice message, a file: never deleted unasked, it may be somebody's only evidence."""

    kind: str


Event = Opened | Pressed | Typed | Unreadable


@dataclass(frozen=True, slots=True)
class Turn:
    """What an event leads to. `session` None means: forget this person and erase what can be erased."""

    session: Session | None
    screen: Screen

    @property
    def erased(self) -> bool:
        """Tell whether the person asked to leave."""
        return self.session is None
