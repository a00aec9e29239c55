"""The words of the flow language, written once and read by everybody.

Each class says how it is read (`read`), which texts it holds (`texts`, for translators and the linter), where it may
lead (`exits`, for the checker), which answers it needs (`reads`), where it leads now (`route`), what it adds to a
screen (`draw`) and, if it waits, what it makes of typed words (`hear`) and where an answer leads (`after`). A new word
of the language is a new class and its line in `STEPS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from bot.engine.asks import Ask
from bot.engine.shows import Show
from bot.text import choose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.engine.flow import Fields, Head
    from bot.engine.page import Page
    from bot.engine.step import Word
    from bot.engine.view import View


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

    def route(self, view: View) -> str | None:
        return self.next

    def draw(self, page: Page) -> None:
        if self.once:
            page.say_once(self.text)
        else:
            page.say(self.text)


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

    def route(self, view: View) -> str | None:
        return None

    def draw(self, page: Page) -> None:
        page.ask(self.text, (), (page.view.go_home(),))

    def hear(self, view: View, typed: str) -> str | None:
        home = view.go_home()
        return home.id if choose(typed, [home.label]) == 0 else None

    def after(self, answer: str) -> str | None:
        return None


STEPS: dict[str, type[Word]] = {"say": Say, "ask": Ask, "show": Show, "end": End}
"""The words of the language; `use` is expanded before steps are read (compile.py)."""
