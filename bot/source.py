"""Strict YAML: every value is a string that knows its file, line and column.

Ordinary YAML loading turns `10:00` into 600, `01000` into 512 and `no` into False, and lets a repeated key win in
silence. Here nothing is converted, and a repeated key, an anchor, a tag or a second document is a problem with its
place. Readers turn text into numbers and dates themselves, where they know what they expect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from bot.errors import At, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 20
"""Blocks inside blocks; authors need six."""

PLAIN = frozenset(("str", "int", "float", "bool", "null", "timestamp", "merge", "value", "seq", "map"))
"""What the library makes of words without a tag; an author's own tag is something else."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C where the wheel has it: ten times faster


class Text(str):
    """A scalar of a content file, with the place it was read at."""

    __slots__ = ("at",)
    at: At

    def __new__(cls, value: str, at: At) -> Text:
        self = super().__new__(cls, value)
        self.at = at
        return self


class Block(dict[Text, Any]):
    """A mapping of a content file: keys are `Text`, values are `Text`, `Block` or `Items`."""

    __slots__ = ("at",)

    def __init__(self, at: At) -> None:
        super().__init__()
        self.at = at

    def place(self, key: str) -> At:
        """Return where `key` was written, or where the block starts if it is absent."""
        return next((known.at for known in self if known == key), self.at)

    if TYPE_CHECKING:  # a Text is looked up like the str it is

        def get(self, key: str, default: Any = None, /) -> Any: ...
        def __getitem__(self, key: str | int, /) -> Any: ...


class Items(list[Any]):
    """A sequence of a content file."""

    __slots__ = ("at",)

    def __init__(self, at: At) -> None:
        super().__init__()
        self.at = at


Node = Text | Block | Items


def parse(text: str, file: str, problems: list[Problem]) -> Node | None:
    """Read one YAML document strictly; what is wrong is added to `problems` and the rest is still read.

    Returns None only when nothing at all could be read.
    """
    try:
        refused = list(_refused(text, file))  # before anything is built: an alias may hold itself
        root = None if refused else _compose(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = At(file, mark.line + 1, mark.column + 1) if mark else At(file)
        problems.append(Problem(at, f"le fichier ne se lit pas : {_french(error.problem or str(error))}"))
        return None
    except yaml.YAMLError as error:
        problems.append(Problem(At(file), f"le fichier ne se lit pas : {error}"))
        return None
    if root is None:
        problems.extend(refused or [Problem(At(file, 1, 1), "le fichier est vide")])
        return None
    return _build(root, file, problems)


def _compose(text: str) -> Any:
    loader = _Loader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _build(node: Any, file: str, problems: list[Problem]) -> Node:
    at = At(file, node.start_mark.line + 1, node.start_mark.column + 1)
    if node.tag.removeprefix("tag:yaml.org,2002:") not in PLAIN:
        problems.append(Problem(at, f"« {node.tag} » n'est pas permis ici : écrivez du texte simple"))
    if isinstance(node, yaml.ScalarNode):
        return Text(node.value, at)
    if isinstance(node, yaml.SequenceNode):
        items = Items(at)
        items.extend(_build(child, file, problems) for child in node.value)
        return items
    block = Block(at)
    for key_node, value_node in node.value:
        key = _build(key_node, file, problems)
        value = _build(value_node, file, problems)
        if not isinstance(key, Text):
            problems.append(Problem(key.at, "une clé doit être un mot simple"))
        elif key in block:
            first = block.place(key).line
            problems.append(Problem(key.at, f"« {key} » est écrit deux fois (déjà ligne {first}) : gardez-en un seul"))
        else:
            block[key] = value
    return block


def _refused(text: str, file: str) -> Iterator[Problem]:
    """Refuse `&name` and `*name`: an author who repeats a block should see it repeated. And blocks in blocks for ever.

    The library builds nodes by recursion in C: « [[[[… » would end the process.
    """
    loader = _Loader(text)
    depth = 0
    try:
        while loader.check_event():
            event = loader.get_event()
            at = At(file, event.start_mark.line + 1, event.start_mark.column + 1)
            if getattr(event, "anchor", None):
                sentence = f"les renvois YAML (« &{event.anchor} », « *{event.anchor} ») ne sont pas permis"
                yield Problem(at, f"{sentence} : recopiez le texte")
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > DEEPEST:
                yield Problem(at, f"plus de {DEEPEST} blocs l'un dans l'autre : un crochet de trop ?")
                return
    finally:
        loader.dispose()


_PHRASES = {
    "mapping values are not allowed": "« : » en trop ; mettez le texte entre guillemets",
    "could not find expected ':'": "il manque « : » après un mot",
    "found character '\\t'": "une tabulation : mettez des espaces",
    "found character that cannot start": "un signe de trop ici (tabulation, @, %) : espaces ou guillemets",
    "did not find expected key": "retrait ou guillemet de travers",
    "did not find expected '-' indicator": "retrait de travers dans une liste",
    "found unexpected end of stream": "un guillemet ou un crochet n'est pas fermé",
    "found another document": "un seul document par fichier : retirez la ligne « --- »",
}


def _french(problem: str) -> str:
    """Translate the few YAML complaints that authors meet; the others stay as the library says them."""
    return next((french for english, french in _PHRASES.items() if english in problem), problem)
