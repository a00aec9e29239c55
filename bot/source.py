"""Strict YAML: every value is a string that knows its file, line and column.

Ordinary YAML loading turns `10:00` into 600, `01000` into 512 and `no` into False, and lets a repeated key win in
silence. Here nothing is converted, and a repeated key, an anchor, a tag or a second document is a problem with its
place. Readers turn text into numbers and dates themselves, where they know what they expect.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import yaml

from bot.errors import At, Problem

DEEPEST = 20
"""Blocks inside blocks; authors need six."""

_KINDS = ("str", "int", "float", "bool", "null", "timestamp", "merge", "value", "seq", "map")
PLAIN = frozenset((None, "!", *(f"tag:yaml.org,2002:{name}" for name in _KINDS)))
"""Tags that change nothing here: none, and those of ordinary YAML; an author's own tag is something else."""

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
        loader = _Loader(text)
        try:
            return _Document(loader, file).read(problems)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = At(file, mark.line + 1, mark.column + 1) if mark else At(file)
        problems.append(Problem(at, f"le fichier ne se lit pas : {_french(error.problem or str(error))}"))
    except yaml.YAMLError as error:
        problems.append(Problem(At(file), f"le fichier ne se lit pas : {error}"))
    return None


class _TooDeepError(Exception):
    """Stops the reading: what reads blocks in blocks calls itself, and « [[[[… » would end the process."""


class _Document:
    """Reads one document, event by event.

    `wrong` leaves the rest readable. `refused` does not: `&name` and `*name`, as an author who repeats a block should
    see it repeated, a second document, and too many blocks in one another.
    """

    def __init__(self, loader: Any, file: str) -> None:
        self._loader, self._file = loader, file
        self._wrong: list[Problem] = []
        self._refused: list[Problem] = []

    def read(self, problems: list[Problem]) -> Node | None:
        """Return what the document holds, if it can be read. Raises what the library does."""
        root = None
        self._loader.get_event()  # the stream starts
        if self._loader.check_event(yaml.StreamEndEvent):
            self._refuse(At(self._file, 1, 1), "le fichier est vide")
        else:
            with contextlib.suppress(_TooDeepError):
                self._loader.get_event()  # the document starts
                root = self._node(self._loader.get_event(), 0)
                self._loader.get_event()  # the document ends
                if not self._loader.check_event(yaml.StreamEndEvent):
                    self._refuse(self._at(self._loader.peek_event()), f"le fichier ne se lit pas : {ONE_DOCUMENT}")
        problems.extend(self._refused or self._wrong)
        return None if self._refused else root

    def _at(self, event: Any) -> At:
        return At(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _refuse(self, at: At, sentence: str) -> None:
        self._refused.append(Problem(at, sentence))

    def _node(self, event: Any, depth: int) -> Node:
        """Read what begins with `event`, inside as many blocks as `depth` says."""
        at = self._at(event)
        if event.anchor:
            sentence = f"les renvois YAML (« &{event.anchor} », « *{event.anchor} ») ne sont pas permis"
            self._refuse(at, f"{sentence} : recopiez le texte")
        if isinstance(event, yaml.AliasEvent):
            return Text("", at)  # for nobody: the file is refused
        if event.tag not in PLAIN:
            self._wrong.append(Problem(at, f"« {event.tag} » n'est pas permis ici : écrivez du texte simple"))
        if isinstance(event, yaml.ScalarEvent):
            return Text(event.value, at)
        if depth == DEEPEST:
            self._refuse(at, f"plus de {DEEPEST} blocs l'un dans l'autre : un crochet de trop ?")
            raise _TooDeepError
        if isinstance(event, yaml.SequenceStartEvent):
            items = Items(at)
            while not isinstance(child := self._loader.get_event(), yaml.SequenceEndEvent):
                items.append(self._node(child, depth + 1))
            return items
        block = Block(at)
        while not isinstance(child := self._loader.get_event(), yaml.MappingEndEvent):
            key = self._node(child, depth + 1)
            value = self._node(self._loader.get_event(), depth + 1)
            if not isinstance(key, Text):
                self._wrong.append(Problem(key.at, "une clé doit être un mot simple"))
            elif key in block:
                first = block.place(key).line
                sentence = f"« {key} » est écrit deux fois (déjà ligne {first}) : gardez-en un seul"
                self._wrong.append(Problem(key.at, sentence))
            else:
                block[key] = value
        return block


ONE_DOCUMENT = "un seul document par fichier : retirez la ligne « --- »"

_PHRASES = {
    "mapping values are not allowed": "« : » en trop ; mettez le texte entre guillemets",
    "could not find expected ':'": "il manque « : » après un mot",
    "found character '\\t'": "une tabulation : mettez des espaces",
    "found character that cannot start": "un signe de trop ici (tabulation, @, %) : espaces ou guillemets",
    "did not find expected key": "retrait ou guillemet de travers",
    "did not find expected '-' indicator": "retrait de travers dans une liste",
    "found unexpected end of stream": "un guillemet ou un crochet n'est pas fermé",
}


def _french(problem: str) -> str:
    """Translate the few YAML complaints that authors meet; the others stay as the library says them."""
    return next((french for english, french in _PHRASES.items() if english in problem), problem)
