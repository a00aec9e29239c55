"""Read the blocks of `flows/*.yml`: the helper that every step type reads itself with.

A reader never stops at a mistake: it notes the problem, with its place and a remedy, and gives a harmless value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from bot.errors import At, Problem, nearest
from bot.source import Block, Items, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bot.engine.page import Page
    from bot.engine.view import View


@dataclass(frozen=True, slots=True)
class Known:
    """What a step may name: other steps, answers of its flow, national numbers, cards."""

    resolve: Callable[[Text], str]
    """Turns what an author wrote after `go` into the id of a step, noting a problem when there is none."""
    slots: Mapping[str, str]
    """Names of the `ask` and `use` steps of the flow, and their ids."""
    numbers: tuple[str, ...]
    cards: tuple[str, ...]
    home: str


YES, NO = ("yes", "oui"), ("no", "non")


@dataclass(frozen=True, slots=True)
class Head:
    """What every step has: its id (`flow.step`), where it is written, and who its flow is for."""

    id: str
    at: At
    audience: str | None
    below: str
    """The step that follows when no `go` is written; "" when this is the last one."""
    written: Block | None = field(default=None, compare=False, repr=False)

    def place(self, words: str) -> At:
        """Return the line where these words of the step are written, its first line when they are not found."""
        return next((text.at for text in _scalars(self.written) if text.strip() == words), self.at)


def _scalars(node: Any) -> Iterator[Text]:
    if isinstance(node, Text):
        yield node
    for inside in node.values() if isinstance(node, Block) else node if isinstance(node, Items) else ():
        yield from _scalars(inside)


@dataclass(frozen=True, slots=True)
class Unread:
    """What stands for a step that could not be read, so that those around it are still judged. It is never shown."""

    head: Head
    targets: tuple[str, ...]
    waits: ClassVar[bool] = True
    fixed: ClassVar[bool] = False

    def texts(self) -> Iterator[str]:
        yield from ()

    def exits(self) -> Iterator[str]:
        yield from self.targets

    def reads(self) -> Iterator[str]:
        yield from ()

    def route(self, view: View) -> str | None:
        raise NotImplementedError

    def draw(self, page: Page) -> None:
        raise NotImplementedError


class Fields:
    """One step's block while it is read; remembers which words were looked at, so that the others are refused."""

    def __init__(self, name: str, block: Block, head: Head, known: Known, problems: list[Problem]) -> None:
        self.name, self.block, self.head, self.known = name, block, head, known
        self._problems = problems
        self._seen: set[str] = set()

    def problem(self, sentence: str, at: At | None = None) -> None:
        """Note a mistake in this step."""
        self._problems.append(Problem(at or self.head.at, f"étape « {self.name} » : {sentence}"))

    def text(self, key: str, required: bool = False) -> str:
        """Return a sentence to be said; "" when it is absent."""
        value = self._take(key, Text, "un texte")
        if required and not (value and value.strip()):
            self.problem(f"« {key} » est vide : écrivez ce qui est dit", self.block.place(key))
        return value.strip() if value else ""

    def word(self, key: str, known: tuple[str, ...] = ()) -> str:
        """Return one word, out of `known` when it is given; "" when it is absent or wrong."""
        value = self._take(key, Text, "un mot")
        if value is None:
            return ""
        if known and value not in known:
            listed = ", ".join(known) if len(known) < 10 else ""
            hint = nearest(value, known) or (f" ; possibles : {listed}" if listed else "")
            self.problem(f"« {key}: {value} » n'existe pas{hint}", value.at)
            return ""
        return str(value)

    def flag(self, key: str) -> bool:
        """Return whether `key: yes` is written."""
        value = self._take(key, Text, "« yes » ou « no »")
        if value is not None and value not in YES + NO:
            self.problem(f"« {key} » attend « yes » ou « no »", value.at)
        return value in YES

    def count(self, key: str, default: int, most: int) -> int:
        """Return a whole number between 1 and `most`."""
        value = self._take(key, Text, "un nombre")
        if value is None:
            return default
        if not value.isdecimal() or not 1 <= int(value) <= most:
            self.problem(f"« {key} » attend un nombre de 1 à {most}", value.at)
            return default
        return int(value)

    def words(self, key: str, known: tuple[str, ...] = (), required: bool = False) -> tuple[Text, ...]:
        """Return a list of words, out of `known` when it is given."""
        value = self._take(key, Items, "une liste entre crochets")
        if value is None:
            if required:
                self.problem(f"il manque « {key} »")
            return ()
        good = []
        for item in value:
            if not isinstance(item, Text):
                self.problem(f"« {key} » n'attend que des mots", item.at)
            elif known and item not in known:
                self.problem(f"« {item} » n'existe pas dans « {key} »{nearest(item, known)}", item.at)
            else:
                good.append(item)
        return tuple(good)

    def choices(self, most: int) -> dict[Text, Text]:
        """Return the labels offered, by id; a wrong one is kept, so that what it leads to is not said unreachable."""
        value = self._take("choices", Block, "des choix, « nom: Libellé »")
        if value is None:
            return {key: key for key in self.block if key == "choices"}
        if len(value) > most:
            self.problem(f"{len(value)} choix : {most} au plus, regroupez", value.at)
        labels = {}
        for key, label in value.items():
            labels[key] = label if isinstance(label, Text) and label.strip() else key
            if labels[key] is key:
                self.problem(f"le choix « {key} » n'a pas de libellé", key.at)
            elif not key.replace("-", "").replace("_", "").isalnum() or not key.isascii():
                self.problem(f"le choix « {key} » : lettres sans accent, chiffres et tirets seulement", key.at)
        return labels

    def go(self) -> str:
        """Return the one step that follows: what `go` says, else the step below."""
        value = self._take("go", Text, "le nom d'une étape")
        return self.known.resolve(value) if value is not None else self._below()

    def go_by_choice(self, choices: dict[Text, Text]) -> dict[str, str]:
        """Return which step each choice leads to, out of one target or a map with `else`."""
        written = self.block.get("go")
        if not isinstance(written, Block):
            target = self.go()
            return dict.fromkeys(map(str, choices), target) or {"": target}
        self._seen.add("go")
        otherwise = None
        routes = {}
        for key, target in written.items():
            if not isinstance(target, Text):
                self.problem(f"« go » du choix « {key} » attend le nom d'une étape", key.at)
                routes[str(key)] = ""
            elif key == "else":
                otherwise = self.known.resolve(target)
            elif key not in choices:
                self.problem(f"« go » parle du choix « {key} », qui n'existe pas{nearest(key, choices)}", key.at)
            else:
                routes[str(key)] = self.known.resolve(target)
        for choice in choices:
            if choice not in routes:
                routes[str(choice)] = otherwise if otherwise is not None else self._below()
        return routes

    def target(self, key: str) -> str | None:
        """Return the step named by `key` (`if none`), or None when it is absent."""
        value = self._take(key, Text, "le nom d'une étape")
        return self.known.resolve(value) if value is not None else None

    def slot(self, key: str) -> str:
        """Return the id of the step whose answer is named by `key`, "" when it is absent or unknown."""
        value = self._take(key, Text, "le nom d'une question")
        if value is None:
            return ""
        if value not in self.known.slots:
            hint = nearest(value, self.known.slots)
            self.problem(f"« {key}: {value} » : aucune question de ce nom ici{hint}", value.at)
            return ""
        return self.known.slots[value]

    def leftovers(self, known: tuple[str, ...]) -> None:
        """Refuse the words that this step has no use for."""
        for key in self.block:
            if key not in self._seen:
                self.problem(f"le mot « {key} » n'a pas de sens ici{nearest(key, known)}", key.at)

    def _below(self) -> str:
        if not self.head.below:
            self.problem("rien ne suit : écrivez « go », ou finissez par « end »")
        return self.head.below

    def _take(self, key: str, kind: type[Any], wanted: str) -> Any:
        self._seen.add(key)
        value = self.block.get(key)
        if value is not None and not isinstance(value, kind):
            self.problem(f"« {key} » attend {wanted}", value.at)
            return None
        return value
