"""The steps that wait for an answer: one of some choices, a commune, a language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from bot.engine.message import Choice
from bot.engine.session import HERE
from bot.text import choose

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.engine.flow import Fields, Head
    from bot.engine.page import Page
    from bot.engine.step import Step
    from bot.engine.view import View

MOST_CHOICES = 6
BESIDE_A_PLACE = 3
"""Choices that may stand beside a commune to type: homonyms need the other three."""


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

    def route(self, view: View) -> str | None:
        return None

    def draw(self, page: Page) -> None:
        page.ask(self.text, self.choices)

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
        page.ask(self.text, self.choices, again)

    def hear(self, view: View, typed: str) -> str | tuple[Choice, ...] | None:
        labels = [view.translate(choice.label) for choice in self.choices]
        found = view.find_place(typed)
        if len(found) == 1:
            return HERE + found[0].insee
        if found:
            return tuple(Choice(HERE + place.insee, place.full_name) for place in found[:MOST_CHOICES])
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

    def route(self, view: View) -> str | None:
        return None

    def draw(self, page: Page) -> None:
        page.ask(self.text, (), page.view.languages())

    def hear(self, view: View, typed: str) -> str | None:
        languages = view.languages()
        place = choose(typed, [choice.label for choice in languages])
        return None if place is None else languages[place].id

    def after(self, answer: str) -> str | None:
        return None
