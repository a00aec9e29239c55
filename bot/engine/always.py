"""Read `flows/always.yml` and `flows/danger.yml`: what is understood and said at any moment.

Their lists of words are comma-separated sentences, so that a translator sees and translates a list at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.engine.message import Key
from bot.errors import At, Problem, nearest
from bot.source import Block, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PHRASES = (
    "closed", "unclear", "lost", "unreadable", "suggest", "which place", "home", "card expired",
    "number card", "service card", "spoken", "to confirm card", "no year", "partners", "trace visible", "trace visible many",
    "trace unknown", "seen", "confirmed", "national", "distance",
    "always open", "open until", "open", "closed until", "closed now", "hours unknown", "call first", "today", "tomorrow", "hour", "minutes",
    "free", "ordinary", "cost unknown",
)  # fmt: skip
"""The sentences the engine itself needs: all are written in always.yml, none in Python."""

COMMANDS = ("home", "language")


@dataclass(frozen=True, slots=True)
class Button:
    """One button of the bar as authors write it, in the source language."""

    label: str
    key: str
    words: str


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Words that open a step at once, wherever somebody stands (danger.yml)."""

    name: str
    go: str
    phrases: tuple[str, ...]
    unless: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Always:
    """The content of always.yml, checked. Word lists stay in the source language; i18n translates them."""

    bar: Mapping[Key, Button]
    commands: Mapping[str, str]
    phrases: Mapping[str, str]
    languages: Mapping[str, str]
    home: str
    emergency: str
    language: str
    place: str
    interrupts: tuple[Interrupt, ...] = field(default=())

    def texts(self) -> Iterator[str]:
        """Give every text that translators meet."""
        for button in self.bar.values():
            yield from (button.label, button.key, button.words)
        yield from self.commands.values()
        yield from self.phrases.values()


def read_always(
    root: Block, danger: Block | None, resolve: Callable[[Text], str], problems: list[Problem]
) -> Always:
    """Read both files; what is missing is a problem, and gets an empty text."""
    bar = {}
    for key in Key:
        block = _block(root, "bar", problems)
        bar[key] = _button(block, key, problems)
    for key_, block in ((key, root.get(key)) for key in ("commands", "phrases", "languages")):
        if not isinstance(block, Block):
            problems.append(Problem(root.at, f"il manque « {key_} »"))
    phrases = _texts(_block(root, "phrases", problems), PHRASES, problems)
    commands = _texts(_block(root, "commands", problems), COMMANDS, problems)
    languages = {str(k): str(v) for k, v in _block(root, "languages", problems).items()}
    targets = {}
    for name in ("home", "emergency", "language", "place"):
        value = root.get(name)
        if not isinstance(value, Text):
            problems.append(Problem(root.at, f"il manque « {name} : » et le nom d'un parcours"))
        targets[name] = resolve(value) if isinstance(value, Text) else ""
    for key in root:
        known = ("bar", "commands", "phrases", "languages", *targets)
        if key not in known:
            problems.append(Problem(key.at, f"le mot « {key} » n'a pas de sens ici{nearest(key, known)}"))
    interrupts = tuple(_interrupts(danger, resolve, problems)) if danger is not None else ()
    return Always(bar, commands, phrases, languages, **targets, interrupts=interrupts)


def _block(root: Block, key: str, problems: list[Problem]) -> Block:
    value = root.get(key)
    if isinstance(value, Block):
        return value
    problems.append(Problem(root.place(key), f"il manque « {key} »"))
    return Block(At(root.at.file))


def _button(bar: Block, key: Key, problems: list[Problem]) -> Button:
    block = bar.get(key.value)
    if not isinstance(block, Block):
        problems.append(Problem(bar.at, f"il manque le bouton « {key.value} » : label, key, words"))
        return Button("", "", "")
    texts = _texts(block, ("label", "key", "words"), problems)
    return Button(texts["label"], texts["key"], texts["words"])


def _texts(block: Block, wanted: tuple[str, ...], problems: list[Problem]) -> dict[str, str]:
    found = {str(key): str(value) for key, value in block.items() if isinstance(value, Text)}
    for key in block:
        if key not in wanted:
            problems.append(Problem(key.at, f"le mot « {key} » n'a pas de sens ici{nearest(key, wanted)}"))
    missing = [key for key in wanted if not found.get(key, "").strip()]
    if missing and block.at.line:
        problems.append(Problem(block.at, f"il manque : {', '.join(missing)}"))
    return {key: found.get(key, "") for key in wanted}


def _interrupts(root: Block, resolve: Callable[[Text], str], problems: list[Problem]) -> Iterator[Interrupt]:
    for name, block in root.items():
        if not isinstance(block, Block) or not isinstance(block.get("go"), Text):
            problems.append(Problem(name.at, f"« {name} » attend « go » et « phrases »"))
            continue
        lists: dict[str, tuple[str, ...]] = {}
        for key in ("phrases", "unless"):
            value = block.get(key, [])
            if not isinstance(value, list) or not all(isinstance(item, Text) for item in value):
                problems.append(Problem(block.place(key), f"« {key} » attend une liste de mots"))
                value = []
            lists[key] = tuple(map(str, value))
        if not lists["phrases"]:
            problems.append(Problem(name.at, f"« {name} » n'a aucune phrase : il ne s'ouvrirait jamais"))
        yield Interrupt(str(name), resolve(block["go"]), lists["phrases"], lists["unless"])
