"""What the extractor, the checker and the engine know of a step: these methods, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.engine.flow import Head
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
