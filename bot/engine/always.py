"""Read `flows/always.yml` and `flows/danger.yml`: what is understood and said at any moment.

Their lists of words are comma-separated sentences, so that a translator sees and translates a list at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.directory.kinds import AUDIENCES, TOPICS
from bot.engine.message import Key
from bot.errors import At, Problem, nearest
from bot.source import Block, Items, Text
from bot.understand.spot import unusable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

PHRASES = (
    "closed", "unclear", "lost", "late", "unreadable", "suggest", "which place", "home", "card expired",
    "number card", "service card", "spoken", "to confirm card", "no year", "partners",
    "trace visible", "trace visible many", "trace unknown", "seen", "seen short", "confirmed", "national", "distance",
    "always open", "open until", "open", "closed until", "closed now", "hours unknown", "call first",
    "open day", "closed day", "span",
    "found", "found none", "found where", "found which", "found unsure", "found everywhere",
    "today", "tomorrow", "hour", "minutes", "free", "ordinary", "cost unknown",
)  # fmt: skip
"""The sentences the engine itself needs: all are written in always.yml, none in Python."""

COMMANDS = ("home", "language")
FILE = At("flows/always.yml")

FILLED: Mapping[str, tuple[str, ...]] = {
    "number card": ("number", "spoken", "name", "state", "cost", "seen"),
    "service card": ("number", "name", "state", "extra", "seen"),
    "to confirm card": ("number", "name", "year"),
    "spoken": ("words",),
    "partners": ("names",),
    "trace visible": ("numbers",),
    "trace unknown": ("numbers",),
    "seen": ("year",),
    "seen short": ("year",),
    "confirmed": ("year",),
    "distance": ("km",),
    "open until": ("time",),
    "closed until": ("day", "time"),
    "open day": ("day", "hours"),
    "closed day": ("day",),
    "span": ("from", "to"),
    "found": ("place",),
    "found none": ("place",),
    "hour": ("h",),
    "minutes": ("h", "mm"),
}
"""What the engine fills in each of its sentences; any other `{…}` is a national number."""


@dataclass(frozen=True, slots=True)
class Button:
    """One button of the bar as authors write it, in the source language."""

    label: str
    key: str
    words: str


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Words that open a step at once, wherever somebody stands (danger.yml).

    `calm`: it is no danger. `meaning`: the topic or the audience for which a danger told without these words opens it
    too, or « danger » for any other.
    """

    name: str
    go: str
    phrases: tuple[str, ...]
    unless: tuple[str, ...]
    calm: bool = False
    meaning: str = ""


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
    interrupts: tuple[Interrupt, ...] = ()
    at: At = FILE
    places: Mapping[str, At] = field(default_factory=dict, compare=False, repr=False)
    """Where each of its texts is written."""

    def texts(self) -> Iterator[str]:
        """Give every text that translators meet."""
        for button in self.bar.values():
            yield from (button.label, button.key, button.words)
        yield from self.commands.values()
        yield from self.phrases.values()

    def where(self, text: str) -> At:
        """Return where one of its texts is written."""
        return self.places.get(text, self.at)


def read_always(root: Block, danger: Block | None, resolve: Callable[[Text], str], problems: list[Problem]) -> Always:
    """Read both files; what is missing is a problem, and gets an empty text."""
    places: dict[str, At] = {}
    buttons = _block(root, "bar", problems)
    bar = {key: _button(buttons, key, places, problems) for key in Key}
    _known(buttons, tuple(Key), problems)
    phrases = _texts(_block(root, "phrases", problems), PHRASES, places, problems)
    commands = _texts(_block(root, "commands", problems), COMMANDS, places, problems)
    languages = {str(code): str(name) for code, name in _block(root, "languages", problems).items()}
    targets = {}
    for name in ("home", "emergency", "language", "place"):
        value = root.get(name)
        if not isinstance(value, Text):
            problems.append(Problem(root.place(name), f"il manque « {name}: » et le nom d'un parcours"))
        targets[name] = resolve(value) if isinstance(value, Text) else ""
    _known(root, ("bar", "commands", "phrases", "languages", *targets), problems)
    interrupts = tuple(_interrupts(danger, resolve, problems)) if danger is not None else ()
    return Always(bar, commands, phrases, languages, **targets, interrupts=interrupts, at=root.at, places=places)


def _known(block: Block, words: tuple[str, ...], problems: list[Problem]) -> None:
    """Refuse the words that mean nothing in a block."""
    for key in block:
        if key not in words:
            problems.append(Problem(key.at, f"le mot « {key} » n'a pas de sens ici{nearest(key, words)}"))


def _block(root: Block, key: str, problems: list[Problem]) -> Block:
    value = root.get(key)
    if isinstance(value, Block):
        return value
    problems.append(Problem(root.place(key), f"il manque « {key} »"))
    return Block(At(root.at.file))


def _button(bar: Block, key: Key, places: dict[str, At], problems: list[Problem]) -> Button:
    block = bar.get(key.value)
    if isinstance(block, Block):
        return Button(**_texts(block, ("label", "key", "words"), places, problems))
    if bar.at.line:
        problems.append(Problem(bar.place(key.value), f"il manque le bouton « {key.value} » : label, key, words"))
    return Button("", "", "")


def _texts(block: Block, wanted: tuple[str, ...], places: dict[str, At], problems: list[Problem]) -> dict[str, str]:
    found = {str(key): value for key, value in block.items() if isinstance(value, Text)}
    places.update({str(text): text.at for text in found.values()})
    _known(block, wanted, problems)
    missing = [key for key in wanted if not found.get(key, "").strip()]
    if missing and block.at.line:
        problems.append(Problem(block.at, f"il manque : {', '.join(missing)}"))
    return {key: str(found.get(key, "")) for key in wanted}


def _interrupts(root: Block, resolve: Callable[[Text], str], problems: list[Problem]) -> Iterator[Interrupt]:
    for name, block in root.items():
        if not isinstance(block, Block) or not isinstance(block.get("go"), Text):
            problems.append(Problem(name.at, f"« {name} » attend « go » et « phrases »"))
            continue
        _known(block, ("go", "phrases", "unless", "danger", "meaning"), problems)
        lists = {key: _words(block, key, problems) for key in ("phrases", "unless")}
        if not lists["phrases"] and isinstance(block.get("phrases", Items(name.at)), Items):
            problems.append(Problem(name.at, f"« {name} » n'a aucune phrase : il ne s'ouvrirait jamais"))
        meaning, danger = block.get("meaning", Text("", name.at)), block.get("danger", Text("yes", name.at))
        if danger not in ("yes", "no"):
            problems.append(Problem(block.place("danger"), "« danger » attend « yes » ou « no »"))
        if meaning not in ("", *TOPICS, *AUDIENCES):
            told = nearest(str(meaning), (*TOPICS, *AUDIENCES))
            problems.append(Problem(block.place("meaning"), f"« {meaning} » n'est ni un sujet ni un public{told}"))
        yield Interrupt(str(name), resolve(block["go"]), **lists, calm=danger == "no", meaning=str(meaning))


def _words(block: Block, key: str, problems: list[Problem]) -> tuple[str, ...]:
    value = block.get(key, Items(block.at))
    if not isinstance(value, Items) or not all(isinstance(item, Text) for item in value):
        problems.append(Problem(block.place(key), f"« {key} » attend une liste de mots"))
        return ()
    problems.extend(unclear_phrases(value))
    return tuple(map(str, value))


def unclear_phrases(phrases: Iterable[Text]) -> Iterator[Problem]:
    """Tell what of the phrases could never be met, or would be by any message."""
    for written in phrases:
        option = unusable(written)
        if option is not None:
            sentence = f"« {option} » dans « {written} » : un seul mot, entier, entre les « | » et les « + »"
            yield Problem(written.at, sentence)
