"""The words of the flow language: one class each, written once and read by everybody.

Each class says how it is read (`read`), which texts it holds (`texts`, for translators and the linter), where it may
lead (`exits`, for the checker), which answers it needs (`reads`), where it leads now (`route`), what it adds to a
screen (`draw`) and, if it waits, what it makes of typed words (`hear`). The extractor, the checker and the engine
call only those; a new word of the language is a new class here and its line in `STEPS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from bot.directory.kinds import GROUPS, TOPICS
from bot.engine.flow import Fields, Head
from bot.engine.message import Choice
from bot.engine.session import HERE
from bot.text import choose

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.engine.page import Page
    from bot.engine.view import View

MOST_CHOICES = 6
BESIDE_A_PLACE = 3
"""Choices that may stand beside a commune to type: homonyms need the other three."""


class Step(Protocol):
    """What the rest of the engine knows of a step."""

    @property
    def head(self) -> Head:
        """Return its id, its place and its audience."""

    @property
    def waits(self) -> bool:
        """Tell whether a screen ends here."""

    @property
    def fixed(self) -> bool:
        """Tell whether it draws the same for everybody: screens made of such steps are kept."""

    def texts(self) -> Iterator[str]:
        """Give every sentence an author wrote in it."""

    def exits(self) -> Iterator[str]:
        """Give the id of every step that may follow."""

    def reads(self) -> Iterator[str]:
        """Give the names of the answers that it needs."""

    def route(self, view: View) -> str | None:
        """Return the step that follows without waiting, None when this one waits."""

    def draw(self, page: Page) -> None:
        """Add to the screen."""


class Waiting(Step, Protocol):
    """A step that ends a screen and understands an answer."""

    def hear(self, view: View, typed: str) -> str | tuple[Choice, ...] | None:
        """Return the answer meant, several to choose from, or None."""

    def after(self, answer: str) -> str | None:
        """Return the step an answer leads to, None when it is not one of its answers."""


@dataclass(frozen=True, slots=True)
class Say:
    """`say`: says something and goes on. With `once`, only until its screen has been answered once."""

    words: ClassVar = ("say", "once", "go")
    head: Head
    text: str
    once: bool
    next: str
    waits: ClassVar = False
    fixed: ClassVar = True

    @classmethod
    def read(cls, fields: Fields) -> Say:
        """Read `say: text`."""
        return cls(fields.head, fields.text("say", required=True), fields.flag("once"), fields.go())

    def texts(self) -> Iterator[str]:
        yield self.text

    def exits(self) -> Iterator[str]:
        yield self.next

    def reads(self) -> Iterator[str]:
        yield from ()

    def route(self, view: View) -> str | None:  # noqa: ARG002 - the same for everybody
        return self.next

    def draw(self, page: Page) -> None:
        if not self.once or page.first_time():
            page.say(self.text)


@dataclass(frozen=True, slots=True)
class Ask:
    """`ask` with `choices`: waits for one of them."""

    words: ClassVar = ("ask", "choices", "go", "if unclear", "answer", "if known")
    head: Head
    text: str
    choices: tuple[Choice, ...]
    routes: Mapping[str, str]
    unclear: str
    waits: ClassVar = True
    fixed: ClassVar = True

    @classmethod
    def read(cls, fields: Fields) -> Step:
        """Read `ask: text`; `answer:` makes it one of the two asks that need no `choices`."""
        kind = fields.word("answer", ("place", "language"))
        if kind == "place":
            return AskPlace.read(fields)
        if kind == "language":
            return AskLanguage(fields.head, fields.text("ask", required=True))
        labels = fields.choices(MOST_CHOICES)
        if not labels:
            fields.problem("« ask » attend des « choices », ou « answer: place »")
        routes = fields.go_by_choice(labels)
        return cls(
            fields.head,
            fields.text("ask", required=True),
            tuple(Choice(str(id), str(label)) for id, label in labels.items()),
            routes,
            fields.text("if unclear"),
        )

    def texts(self) -> Iterator[str]:
        yield from (text for text in (self.text, self.unclear) if text)
        yield from (choice.label for choice in self.choices)

    def exits(self) -> Iterator[str]:
        yield from dict.fromkeys(self.routes.values())

    def reads(self) -> Iterator[str]:
        yield from ()

    def route(self, view: View) -> str | None:  # noqa: ARG002 - always waits
        return None

    def draw(self, page: Page) -> None:
        page.ask(self.text, self.choices, self.unclear)

    def hear(self, view: View, typed: str) -> str | None:
        place = choose(typed, [view.translate(choice.label) for choice in self.choices])
        return None if place is None else self.choices[place].id

    def after(self, answer: str) -> str | None:
        return self.routes.get(answer)


@dataclass(frozen=True, slots=True)
class AskPlace:
    """`ask` with `answer: place`: waits for a commune, the only thing a person is ever asked to type.

    `if known: skip` passes it in silence when the commune is known, or when the territory shows its own list first.
    """

    head: Head
    text: str
    choices: tuple[Choice, ...]
    routes: Mapping[str, str]
    unclear: str
    next: str
    skip: bool
    waits: ClassVar = True
    fixed: ClassVar = False

    @classmethod
    def read(cls, fields: Fields) -> AskPlace:
        """Read `ask: text` with `answer: place`."""
        labels = fields.choices(BESIDE_A_PLACE)
        routes = fields.go_by_choice(labels) if labels else {}
        written = fields.block.get("go")
        next_step = fields.head.below if isinstance(written, dict) else fields.go()
        return cls(
            fields.head,
            fields.text("ask", required=True),
            tuple(Choice(str(id), str(label)) for id, label in labels.items()),
            routes,
            fields.text("if unclear"),
            next_step,
            fields.word("if known", ("skip",)) == "skip",
        )

    def texts(self) -> Iterator[str]:
        yield from (text for text in (self.text, self.unclear) if text)
        yield from (choice.label for choice in self.choices)

    def exits(self) -> Iterator[str]:
        yield from dict.fromkeys([self.next, *self.routes.values()])

    def reads(self) -> Iterator[str]:
        yield from ()

    def route(self, view: View) -> str | None:
        return self.next if self.skip and not view.needs_place() else None

    def draw(self, page: Page) -> None:
        known = page.view.place
        again = (Choice(HERE + known.insee, known.name),) if known else ()
        page.ask(self.text, self.choices, self.unclear, again)

    def hear(self, view: View, typed: str) -> str | tuple[Choice, ...] | None:
        labels = [view.translate(choice.label) for choice in self.choices]
        found = view.find_place(typed)
        if len(found) == 1:
            return HERE + found[0].insee
        if found:
            return tuple(Choice(HERE + place.insee, view.name_of(place)) for place in found[:MOST_CHOICES])
        known = view.place
        here = [known.name] if known else []
        place = choose(typed, here + labels)
        if place is None:
            return None
        return HERE + known.insee if known and place == 0 else self.choices[place - len(here)].id

    def after(self, answer: str) -> str | None:
        return self.next if answer.startswith(HERE) else self.routes.get(answer)


@dataclass(frozen=True, slots=True)
class AskLanguage:
    """`ask` with `answer: language`: the screen before comes back in the language chosen."""

    head: Head
    text: str
    waits: ClassVar = True
    fixed: ClassVar = True

    def texts(self) -> Iterator[str]:
        yield self.text

    def exits(self) -> Iterator[str]:
        yield from ()

    def reads(self) -> Iterator[str]:
        yield from ()

    def route(self, view: View) -> str | None:  # noqa: ARG002 - always waits
        return None

    def draw(self, page: Page) -> None:
        page.ask(self.text, (), "", page.view.languages())

    def hear(self, view: View, typed: str) -> str | None:
        languages = view.languages()
        place = choose(typed, [choice.label for choice in languages])
        return None if place is None else languages[place].id

    def after(self, answer: str) -> str | None:  # noqa: ARG002 - leads back, never on
        return None


@dataclass(frozen=True, slots=True)
class End:
    """`end`: says something and stops there; the screen offers home beside its bar."""

    words: ClassVar = ("end",)
    head: Head
    text: str
    home: str
    waits: ClassVar = True
    fixed: ClassVar = True

    @classmethod
    def read(cls, fields: Fields) -> End:
        """Read `end: text`."""
        return cls(fields.head, fields.text("end", required=True), fields.known.home)

    def texts(self) -> Iterator[str]:
        yield self.text

    def exits(self) -> Iterator[str]:
        yield self.home

    def reads(self) -> Iterator[str]:
        yield from ()

    def route(self, view: View) -> str | None:  # noqa: ARG002 - always waits
        return None

    def draw(self, page: Page) -> None:
        page.ask(self.text, (), "", (page.view.go_home(),))

    def hear(self, view: View, typed: str) -> str | None:
        home = view.go_home()
        return home.id if choose(typed, [home.label]) == 0 else None

    def after(self, answer: str) -> str | None:  # noqa: ARG002 - home is a jump
        return None


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

    def route(self, view: View) -> str | None:  # noqa: ARG002 - the same for everybody
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

    @classmethod
    def read(cls, fields: Fields) -> _Local:
        """Read which services, and near which answer."""
        return cls(
            fields.head,
            tuple(map(str, fields.words("kinds", GROUPS))),
            fields.slot("kinds from"),
            fields.word("topic", TOPICS) or None,
            fields.slot("near"),
            fields.count("at most", 2, 4),
            fields.target("if none"),
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

    def route(self, view: View) -> str | None:
        if self.none and not view.services(self.asked(view), self.topic, self.most, self.head.audience):
            return self.none
        return self.next

    def draw(self, page: Page) -> None:
        most = self.most + len(page.named)
        hits = page.view.services(self.asked(page.view), self.topic, most, self.head.audience)
        for hit in [hit for hit in hits if not page.names(hit.phone)][: self.most]:
            page.service_card(hit)


class ShowToConfirm(_Local):
    """`show: to-confirm`: what nobody has confirmed, for professionals only, each with its year (rule R9)."""

    __slots__ = ()

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

    def route(self, view: View) -> str | None:  # noqa: ARG002 - the same for everybody
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


SHOWS: dict[str, type[_Local] | type[ShowCard]] = {
    "services": ShowServices,
    "to-confirm": ShowToConfirm,
    "partners": ShowPartners,
    "card": ShowCard,
}

STEPS: dict[str, type[Say] | type[Ask] | type[Show] | type[End]] = {"say": Say, "ask": Ask, "show": Show, "end": End}
"""The words of the language; `use` is expanded before steps are read (compile.py)."""
