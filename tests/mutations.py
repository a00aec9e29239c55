"""Where every number that may be shown is written in knowledge/, and the mistakes a tired hand makes in one (P7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.directory.inherit import LOCK, read
from bot.directory.numbers import digits
from bot.source import Block, Items, Text, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.directory.places import Places
    from bot.errors import Problem


class Spot(NamedTuple):
    """One number: its digits as written (« +33 1… » too), in `number` and in `display` where there is one."""

    id: str
    digits: str
    writings: tuple[Text, ...]

    @property
    def file(self) -> str:
        """Return the path of the file it is in."""
        return self.writings[0].at.file

    @property
    def dialled(self) -> str:
        """Return the digits as they are dialled in France."""
        return digits(self.writings[0])


def knowledge(files: Mapping[str, str]) -> dict[str, str]:
    """Return the files of the directory among those of a content, cards left out: they hold no number."""
    return {path: text for path, text in files.items() if path.endswith(".yml") and _of_directory(path)}


def _of_directory(path: str) -> bool:
    return path.startswith("knowledge/") and "/cards/" not in path


def spots(files: Mapping[str, str]) -> Iterator[Spot]:
    """Give every number that a screen may show: national ones, their variants overseas, confirmed local ones."""
    for path, text in sorted(knowledge(files).items()):
        root = parse(text, path, [])
        assert isinstance(root, Block)
        for item in _blocks(root, "numbers"):
            yield from _spot(item, str(item["id"]))
            for rank, other in enumerate(_blocks(item, "elsewhere"), 2):
                yield from _spot(other, f"{item['id']}.{rank}")
        for item in _blocks(root, "services"):
            for rank, phone in enumerate(_blocks(item, "phones"), 1):
                if phone.get("status") != "to-confirm":
                    yield from _spot(phone, f"{item['id']}.{rank}")


def _blocks(block: Block, key: str) -> Iterable[Block]:
    items = block.get(key)
    return [item for item in items if isinstance(item, Block)] if isinstance(items, Items) else []


def _spot(block: Block, id: str) -> Iterator[Spot]:
    number = block.get("number")
    if isinstance(number, Text) and number:
        shown = block.get("display")
        writings = (number, shown) if isinstance(shown, Text) and shown else (number,)
        yield Spot(id, "".join(filter(str.isdecimal, number)), writings)


# The mistakes. Each gives other digits, of another length for one that is dropped.


def changed(said: str, place: int, by: int = 1) -> str:
    """One digit read wrong."""
    return f"{said[:place]}{(int(said[place]) + by) % 10}{said[place + 1 :]}"


def swapped(said: str, place: int) -> str:
    """Two neighbours exchanged; the same digits when they are alike."""
    return f"{said[:place]}{said[place + 1]}{said[place]}{said[place + 2 :]}"


def dropped(said: str, place: int) -> str:
    """One digit forgotten."""
    return said[:place] + said[place + 1 :]


def mistakes(said: str) -> Iterator[str]:
    """Give every digit changed into each other, every two neighbours exchanged, every digit dropped."""
    places = range(len(said))
    found = {changed(said, place, by) for place in places for by in range(1, 10)}
    found |= {swapped(said, place) for place in places[:-1]}
    found |= {dropped(said, place) for place in places}
    yield from sorted(found - {said, ""})


def write(files: Mapping[str, str], wrong: Mapping[Spot, str]) -> dict[str, str]:
    """Return the files with other digits at some numbers, everywhere each is written, groups kept as far as they go."""
    changed_files = dict(files)
    lines: dict[str, list[str]] = {}
    edits = [(text.at, text, other) for spot, other in wrong.items() for text in spot.writings]
    for at, text, other in sorted(edits, reverse=True):  # from the end, so that columns stay true
        rows = lines.setdefault(at.file, files[at.file].split("\n"))
        row, column = rows[at.line - 1], at.column - 1
        start = row.index(text, column)
        assert start - column <= 1, f"{at}: more than a quote before the number"
        rows[at.line - 1] = row[:start] + _grouped(text, other) + row[start + len(text) :]
    return changed_files | {path: "\n".join(rows) for path, rows in lines.items()}


def _grouped(model: str, said: str) -> str:
    """Write digits with the separators of a model."""
    rest = iter(said)
    written = "".join(next(rest, "") if char.isdecimal() else char for char in model)
    return (written + "".join(rest)).strip()


def refused(files: Mapping[str, str], places: Places) -> Sequence[Problem]:
    """Return the problems of a directory: none means that it would be served."""
    problems: list[Problem] = []
    read(knowledge(files), places, files[LOCK], problems)
    return problems


def needed(files: Mapping[str, str], path: str) -> dict[str, str]:
    """Return the least that compiles with this file: those it inherits from, and their lines of the lock."""
    chain = {one: text for one, text in knowledge(files).items() if path.startswith(one.removesuffix(".yml"))}
    areas = {one.rsplit("/", 1)[-1].removesuffix(".yml").split("-", 1)[-1] for one in chain}
    areas |= {one.rsplit("/", 1)[-1].removesuffix(".yml") for one in chain}
    lock = (line for line in files[LOCK].split("\n") if "/" not in line or line.split("/")[0] in areas)
    return chain | {LOCK: "\n".join(lock)}
