"""The steps that show something of the directory: numbers, services, cards. None of them waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from bot.directory.kinds import GROUPS, TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.engine.flow import Fields, Head
    from bot.engine.page import Page
    from bot.engine.step import Step
    from bot.engine.view import View


@dataclass(frozen=True, slots=True)
class Show:
    """`show: numbers`: the cards of some national numbers."""

    words: ClassVar = ("show", "ids", "go", "kinds", "kinds from", "topic", "near", "at most", "if none", "card")
    head: Head
    ids: tuple[str, ...]
    next: str
    waits: ClassVar = False
    fixed: ClassVar = True

    @classmethod
    def read(cls, fields: Fields) -> Step:
        """Read `show: what`; each kind of thing shown has its class."""
        what = fields.word("show", ("numbers", *SHOWS))
        if what in SHOWS:
            return SHOWS[what].read(fields)
        return cls(fields.head, tuple(map(str, fields.words("ids", fields.known.numbers, required=True))), fields.go())

    def texts(self) -> Iterator[str]:
        yield from ()

    def exits(self) -> Iterator[str]:
        yield self.next

    def reads(self) -> Iterator[str]:
        yield from ()

    def route(self, view: View) -> str | None:
        return self.next

    def draw(self, page: Page) -> None:
        for id in self.ids:
            page.number_card(id)


@dataclass(frozen=True, slots=True)
class _Local:
    """What the three ways of showing local services share: which ones, near what, and what if there are none."""

    head: Head
    groups: tuple[str, ...]
    groups_from: str
    topic: str | None
    near: str
    most: int
    none: str | None
    next: str
    waits: ClassVar = False
    fixed: ClassVar = False
    beside: ClassVar[tuple[str, ...]] = ()
    """Of the words that only some of them heed, those that this one does; the others are refused."""

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read which services, and near which answer."""
        return cls(
            fields.head,
            tuple(map(str, fields.words("kinds", GROUPS))),
            fields.slot("kinds from"),
            (fields.word("topic", TOPICS) or None) if "topic" in cls.beside else None,
            fields.slot("near"),
            fields.count("at most", 2, 4),
            fields.target("if none") if "if none" in cls.beside else None,
            fields.go(),
        )

    def texts(self) -> Iterator[str]:
        yield from ()

    def exits(self) -> Iterator[str]:
        yield self.next
        if self.none:
            yield self.none

    def reads(self) -> Iterator[str]:
        yield from (slot for slot in (self.near, self.groups_from) if slot)

    def asked(self, view: View) -> tuple[str, ...]:
        """Return the groups of kinds wanted; none means any."""
        chosen = view.session.answer(self.groups_from) if self.groups_from else None
        return (chosen,) if chosen else self.groups


class ShowServices(_Local):
    """`show: services`: the cards of local services, best first."""

    __slots__ = ()
    beside: ClassVar = ("topic", "if none")

    def route(self, view: View) -> str | None:
        if self.none and not view.services(self.asked(view), self.topic, self.most, self.head.audience):
            return self.none
        return self.next

    def draw(self, page: Page) -> None:
        most = self.most + len(page.named)
        hits = page.view.services(self.asked(page.view), self.topic, most, self.head.audience)
        fresh = [hit for hit in hits if not page.names(hit.phone)]
        for hit in (fresh or hits)[: self.most]:
            page.service_card(hit)


class ShowToConfirm(_Local):
    """`show: to-confirm`: what nobody has confirmed, for professionals only, each with its year (rule R9)."""

    __slots__ = ()
    beside: ClassVar = ("if none",)

    def route(self, view: View) -> str | None:
        if self.none and not view.unconfirmed(self.asked(view), self.most, self.head.audience):
            return self.none
        return self.next

    def draw(self, page: Page) -> None:
        for hit in page.view.unconfirmed(self.asked(page.view), self.most, self.head.audience):
            page.unconfirmed_card(hit)


class ShowPartners(_Local):
    """`show: partners`: those who help and whose number may not be shown: named, « demandez au 3919 »."""

    __slots__ = ()

    def route(self, view: View) -> str | None:
        return self.next

    def draw(self, page: Page) -> None:
        page.partners(page.view.partners(self.asked(page.view), self.most, self.head.audience))


@dataclass(frozen=True, slots=True)
class ShowCard:
    """`show: card`: one card of law or « how to », where and while it holds."""

    head: Head
    card: str
    none: str | None
    next: str
    waits: ClassVar = False
    fixed: ClassVar = False

    @classmethod
    def read(cls, fields: Fields) -> ShowCard:
        """Read `show: card` with `card: id`."""
        return cls(fields.head, fields.word("card", fields.known.cards), fields.target("if none"), fields.go())

    def texts(self) -> Iterator[str]:
        yield from ()

    def exits(self) -> Iterator[str]:
        yield self.next
        if self.none:
            yield self.none

    def reads(self) -> Iterator[str]:
        yield from ()

    def route(self, view: View) -> str | None:
        return self.none if self.none and view.card(self.card) is None else self.next

    def draw(self, page: Page) -> None:
        card = page.view.card(self.card)
        if card is not None:
            page.card(card)


SHOWS: dict[str, type[ShowServices | ShowToConfirm | ShowPartners | ShowCard]] = {
    "services": ShowServices,
    "to-confirm": ShowToConfirm,
    "partners": ShowPartners,
    "card": ShowCard,
}
