"""Extract every text people read, for translators, with the code that reads it for the bot.

Babel calls `extract` for each file named in pyproject.toml. A step's texts come from the step's own class, so a new
word of the flow language is translated as soon as it is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.engine.flow import Fields, Head, Known
from bot.engine.steps import STEPS
from bot.errors import At
from bot.source import Block, Text, parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

Message = tuple[int, None, str, list[str]]

ALWAYS = {"bar": True, "commands": False, "phrases": False}
"""The blocks of always.yml whose texts are translated, and whether they hold blocks themselves."""

LISTS = "Des mots séparés par des virgules : mettez tous ceux que l'on tape dans votre langue."
LETTER = "La lettre qui appuie sur ce bouton : une seule, différente des deux autres."


def extract(fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Message]:
    """Give (line, None, text, comments) for each text of one YAML file."""
    del keywords, comment_tags, options
    root = parse(fileobj.read().decode("utf-8"), getattr(fileobj, "name", "?"), [])
    if not isinstance(root, Block):
        return
    if isinstance(root.get("steps"), Block):
        yield from _flow(root)
    elif isinstance(root.get("phrases"), Block):
        yield from _always(root)
    elif isinstance(root.get("text"), Text):
        yield _message(root["text"])
    else:
        yield from _area(root)


def _message(text: Text, *comments: str) -> Message:
    return text.at.line, None, text.strip(), list(comments)


def _flow(root: Block) -> Iterator[Message]:
    if isinstance(root.get("title"), Text):
        yield _message(root["title"])
    known = Known(lambda target: str(target), _Any(), (), (), "")
    for name, block in root["steps"].items():
        word = next((word for word in STEPS if isinstance(block, Block) and word in block), None)
        if word is not None:
            head = Head(str(name), At(block.at.file, block.at.line), None, "")
            step = STEPS[word].read(Fields(name, block, head, known, []))
            yield from ((block.at.line, None, text, []) for text in step.texts() if text)


class _Any(dict[str, str]):
    """Every answer is known here: the compiler is the judge, the extractor only reads."""

    def __contains__(self, key: object) -> bool:
        return True

    def __getitem__(self, key: str) -> str:
        return key


def _always(root: Block) -> Iterator[Message]:
    for name, nested in ALWAYS.items():
        for block in root[name].values() if nested else (root[name],):
            for key, text in block.items():
                hint = LISTS if key == "words" or name == "commands" else LETTER if key == "key" else ""
                yield _message(text, *([hint] if hint else []))


def _area(root: Block) -> Iterator[Message]:
    for number in root.get("numbers", []):
        yield from (_message(number[key]) for key in ("name", "spoken") if isinstance(number.get(key), Text))
    for service in root.get("services", []):
        if isinstance(service.get("access"), Text):
            yield _message(service["access"])
