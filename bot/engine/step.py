"""What the extractor, the checker and the engine know of a step: these methods.

Some have more, read with `getattr` since others lack it: `choices` (what may be answered), `ids` (the numbers shown),
`near` (a list that follows the commune), `unclear`, `once`, and `skip` (a question passed when its answer is known).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.engine.flow import Fields, Head
    from bot.engine.message import Choice
    from bot.engine.page import Page
    from bot.engine.view import View


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


@runtime_checkable
class Waiting(Step, Protocol):
    """A step that ends a screen and understands an answer."""

    def hear(self, view: View, typed: str) -> str | tuple[Choice, ...] | None:
        """Return the answer meant, several to choose from, or None."""

    def after(self, answer: str) -> str | None:
        """Return the step an answer leads to, None when it is not one of its answers."""


class Word(Protocol):
    """A word of the flow language: the class that reads the steps that bear it."""

    words: ClassVar[Any]  # a tuple of str, of any length: an attribute of a class must match exactly

    @classmethod
    def read(cls, fields: Fields) -> Step:
        """Read one step."""
