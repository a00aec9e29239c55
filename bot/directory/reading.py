"""From the nodes of a file to records, and from pydantic's complaints to sentences an author understands.

pydantic says where it complains as a path of keys (`loc`); the nodes of `bot.source` know the line and column of each.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from bot.directory.model import AreaFile, Card, Number, Service
from bot.directory.words import INNER, Record, suggest
from bot.errors import At, Problem
from bot.source import Block, Items, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic_core import ErrorDetails

R = TypeVar("R", bound=Record)

_JUDGES: dict[type[Record], TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in (AreaFile, Card, Service, Number)}

ABSENT = ("", "null", "~")
"""A key that bears one of these is as good as not written: a child file takes a field away with `address: null`."""


def read(kind: type[R], block: Block, problems: list[Problem], inner: str = "") -> R | None:
    """Return the record a block describes, or None after telling everything that is wrong with it.

    `inner` is what the loader alone may say of it: the area of a service, the id of a card.
    """
    mistakes = [Problem(block.place(INNER), _unknown(INNER, kind))] if INNER in block else []
    values = plain(block)
    if inner:
        values[INNER] = inner
    try:
        record: R = _JUDGES[kind].validate_python(values)
    except ValidationError as error:
        details = error.errors(include_url=False)
        mistakes += [_problem(kind, block, detail) for detail in details if not _echo(detail, details)]
        problems.extend(mistakes)
        return None
    problems.extend(mistakes)
    return None if mistakes else record


def plain(node: Any) -> Any:
    """Return a node as ordinary dicts, lists and strings, without the keys that say nothing."""
    if isinstance(node, Block):
        return {str(key): plain(value) for key, value in node.items() if not _absent(value)}
    if isinstance(node, Items):
        return [plain(item) for item in node]
    return str(node) if isinstance(node, Text) else node


def _absent(value: Any) -> bool:
    return isinstance(value, Text) and value in ABSENT


def place(node: Any, path: Sequence[str | int]) -> At:
    """Return where the value at the end of a path was written, or the nearest thing that was."""
    for key in path:
        written = isinstance(node, Block) and key in node
        if not written and not (isinstance(node, Items) and isinstance(key, int) and key < len(node)):
            break
        node = node[key]
    at: At = node.at
    return at


def _echo(detail: ErrorDetails, details: Sequence[ErrorDetails]) -> bool:
    """Tell whether « at least one » is said only because the one that is there is wrong, which is told too."""
    path = detail["loc"]
    return detail["type"] == "too_short" and any(
        other["loc"][: len(path)] == path and len(other["loc"]) > len(path) for other in details
    )


def _problem(kind: type[Record], block: Block, detail: ErrorDetails) -> Problem:
    path = [key for key in detail["loc"] if isinstance(key, int) or not key.startswith(("function-", "[key]"))]
    last = next((str(key) for key in reversed(path) if isinstance(key, str)), "")
    said, context = detail["type"], detail.get("ctx", {})
    if said == "unexpected_keyword_argument":
        holder = _node(block, path[:-1])
        at = holder.place(str(path[-1])) if isinstance(holder, Block) else place(block, path)
        return Problem(at, _unknown(str(path[-1]), kind, path[:-1]))
    at = place(block, path)
    if said in ("missing", "missing_argument", "missing_keyword_only_argument"):
        return Problem(at, f"il manque « {path[-1]} » : ajoutez-le")
    return Problem(at, _sentence(last, said, str(detail["input"]), context))


def _sentence(field: str, said: str, value: str, context: dict[str, Any]) -> str:
    if said == "value_error":
        return f"« {field} » : {context['error']}"
    if said == "literal_error":
        known = re.findall(r"'([^']*)'", context["expected"])
        return f"« {field} » : « {value} » n'est pas permis{suggest(value, known)}"
    if said == "string_pattern_mismatch":
        return (
            f"« {field} » : « {value} » n'a pas la bonne forme : {_SHAPES.get(context['pattern'], context['pattern'])}"
        )
    if said in ("too_short", "string_too_short"):
        return f"« {field} » est vide : il en faut au moins un"
    if said == "string_too_long":
        return f"« {field} » est trop long : {context['max_length']} caractères au plus"
    if said.startswith("float"):
        return f"« {field} » : « {value} » n'est pas un nombre : écrivez par exemple 46.66768"
    if said in ("less_than_equal", "greater_than_equal"):
        return f"« {field} » : {value} est hors de la Terre : latitude puis longitude, en degrés"
    wanted = _WANTED.get(said, "autre chose")
    return f"« {field} » : il faut ici {wanted}"


_WANTED = {
    "string_type": "un texte simple",
    "tuple_type": "une liste : [un, deux], ou une ligne « - … » pour chacun",
    "list_type": "une liste",
    "dataclass_type": "un bloc de « mot: valeur »",
}
_SHAPES = {
    r"^(\d{2}|2[AB])\d{3}$": "le code Insee d'une commune a cinq caractères, « 85109 »",
    r"^(\d{2,3}|2[AB])$": "un code de département, « 49 », « 2A » ou « 974 »",
    r"^(france|\d{2,3}|2[AB])$": "« france » ou un code de département",
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "des minuscules sans accent, des chiffres et des tirets",
    r"^\d{9}$": "les neuf chiffres de l'intercommunalité",
}


def _unknown(word: str, kind: type[Record], path: Sequence[str | int] = ()) -> str:
    known = list(words(kind, path))
    return f"« {word} » n'est pas un mot d'ici{suggest(word, known)}"


def words(kind: type[Record], path: Sequence[str | int] = ()) -> Iterator[str]:
    """Give the keys that may be written in a kind of record, or in the record at the end of a path inside it."""
    fields = _fields(kind)
    for key in path:
        if isinstance(key, str):
            inside = fields.get(key)
            fields = _fields(inside) if inside else {}
    return (key for key in fields if key != INNER)


def _fields(kind: type[Record]) -> dict[str, type[Record] | None]:
    """Return the keys of a record, and which record each holds, if it holds one."""
    hints = get_type_hints(kind, include_extras=True)
    slots = (name for name in kind.__dataclass_fields__)  # type: ignore[attr-defined]  # every record is a dataclass
    return {_key(name, hints[name]): next(_records(hints[name]), None) for name in slots}


def _key(name: str, hint: Any) -> str:
    return next(
        (alias for extra in getattr(hint, "__metadata__", ()) if (alias := getattr(extra, "alias", None))), name
    )


def _records(hint: Any) -> Iterator[type[Record]]:
    if isinstance(hint, type) and issubclass(hint, Record):
        yield hint
    for inside in get_args(hint):
        yield from _records(inside)


def _node(node: Any, path: Sequence[str | int]) -> Any:
    for key in path:
        node = node[key]
    return node


def schema() -> dict[str, Any]:
    """Return the JSON Schema that editors follow while somebody writes in knowledge/ (`knowledge/schema.json`).

    A file with a `text` is a card, the others are territories. A child file repeats a service's id to change one
    field, so only the id of a service is required here: the loader judges what is inherited.
    """
    defs: dict[str, Any] = {}
    for kind, judge in _JUDGES.items():
        one = judge.json_schema(ref_template="#/$defs/{model}")
        defs |= one.pop("$defs", {})
        defs[kind.__name__] = one
    for one in defs.values():
        one.get("properties", {}).pop(INNER, None)
    defs["Service"]["required"] = ["id"]
    for name, holds in (("services", "Service"), ("numbers", "Number")):
        defs["AreaFile"]["properties"][name]["items"] = {"$ref": f"#/$defs/{holds}"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Un fichier de knowledge/ : un territoire, ou une fiche",
        "if": {"required": ["text"]},
        "then": {"$ref": "#/$defs/Card"},
        "else": {"$ref": "#/$defs/AreaFile"},
        "$defs": dict(sorted(defs.items())),
    }
