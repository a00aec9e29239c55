"""French telephone numbers: how they are written, what they cost, and the second copy that guards them.

No library judges here: libphonenumber calls 3919 and 3977 premium-rate and denies that 114 is an emergency number.
What may be shown is a short list read in the sources, and prefixes whose price is fixed by the numbering plan.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from bot.errors import At, Problem
from bot.text import NARROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Price = Literal["free", "ordinary"]

EMERGENCY = frozenset({"15", "17", "18", "112", "114", "115", "119", "191", "196", "197"})
"""Emergency and rescue services. They are free everywhere in France, and 114 is written to, never called."""

SHORT: Mapping[str, Price | None] = MappingProxyType(
    {
        **dict.fromkeys(EMERGENCY, "free"),
        **dict.fromkeys(("3018", "3039", "3114", "3919", "3928", "3977"), "free"),
        **dict.fromkeys(("116000", "116006", "116111", "116117"), "free"),
        **dict.fromkeys(("3117", "31177", "3230"), None),
    }
)
"""Short numbers that may be shown, and their price, None where no source gives one. 31177 is the 3117 one writes to."""

AUTHORS_LINE = "0801901911"
"""The authors' line, written « 08 019 019 11 ». What it costs is not confirmed, whatever its prefix says."""

_SEPARATORS = re.compile(r"[\s.\-  ]+")


def digits(written: str) -> str:
    """Return the digits to dial: « 02 51 47 77 59 » and « +33 2 51 47 77 59 » give « 0251477759 ».

    Raises ValueError, in French, when something else than digits and separators is written.
    """
    bare = _SEPARATORS.sub("", written)
    if bare.startswith("+33"):
        bare = "0" + bare[3:].removeprefix("(0)")
    if not (bare.isascii() and bare.isdecimal()):
        raise ValueError(f"« {written} » n'est pas un numéro : n'écrivez que des chiffres et des espaces")
    return bare


def display(dialled: str) -> str:
    """Return digits in the groups people read, joined by U+202F so that no line and no script breaks them (P8)."""
    if len(dialled) == 10 and dialled.startswith("08"):
        groups = [dialled[0], dialled[1:4], *_by(dialled[4:], 2)]
    elif len(dialled) == 10:
        groups = _by(dialled, 2)
    elif len(dialled) == 6:  # 116 006; six digits elsewhere are a number of an overseas territory: 05 30 30
        groups = _by(dialled, 3 if dialled.startswith("116") else 2)
    elif len(dialled) == 8:
        groups = _by(dialled, 2)
    else:
        groups = [dialled]
    return NARROW.join(groups)


def regroup(written: str) -> str:
    """Keep the groups an author chose, joined by U+202F."""
    return NARROW.join(written.split())


def _by(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def price(dialled: str) -> Price | None:
    """Return « free » or « ordinary » where the number alone fixes the price, else None."""
    if dialled in SHORT:
        return SHORT[dialled]
    if dialled == AUTHORS_LINE:
        return None
    if len(dialled) == 10 and dialled.startswith("08"):
        return "free" if dialled[3] in "012345" else "ordinary"
    return "ordinary" if len(dialled) == 10 else None


def trace(dialled: str) -> Literal["visible", "unknown"]:
    """Return what a bill shows when nobody checked: ordinary numbers are listed, about the others nothing is said."""
    return "visible" if len(dialled) == 10 and dialled[1] in "12345679" else "unknown"


def fault(dialled: str, *, cost: str = "unknown", public_line: bool = False, overseas: bool = False) -> str | None:
    """Say why a number may not be shown, in French, or return None.

    `overseas` is for the numbers of New Caledonia, Polynesia and others, of six or eight digits.
    """
    if overseas and len(dialled) in (6, 8) and not dialled.startswith("118"):
        return None
    return _shape(dialled, public_line=public_line) or _price_fault(dialled, cost)


def _shape(dialled: str, *, public_line: bool) -> str | None:
    if dialled in SHORT or dialled == AUTHORS_LINE:
        return None
    if dialled.startswith(("118", "081", "082", "089")):
        return f"« {dialled} » est un numéro surtaxé : cherchez le numéro ordinaire du service"
    if len(dialled) == 4 and dialled[0] == "3":
        return f"« {dialled} » est un numéro court inconnu, peut-être surtaxé : seuls {_known()} sont permis"
    if len(dialled) != 10 or dialled[0] != "0" or dialled[1] == "0":
        return f"« {dialled} » n'est pas un numéro français : il en faut dix chiffres, le premier étant 0"
    if dialled[1] == "8" and dialled[2] != "0":
        return f"« {dialled} » : les numéros en {dialled[:3]} ne sont pas permis, leur prix n'est pas sûr"
    if dialled[1] in "67" and not public_line:
        return (
            f"« {dialled} » est un téléphone mobile : retirez-le, ou écrivez « public line: yes » "
            "si une page du service le donne à tout le monde"
        )
    return None


def _price_fault(dialled: str, cost: str) -> str | None:
    fixed = price(dialled)
    if cost == "unknown" or fixed is None or cost == fixed:
        return None
    words = {"free": "gratuit", "ordinary": "au prix d'un appel ordinaire"}
    return f"« {display(dialled)} » est {words[fixed]} : écrivez « cost: {fixed} », ou corrigez le numéro"


def _known() -> str:
    return ", ".join(sorted(number for number in SHORT if len(number) == 4))


@dataclass(frozen=True, slots=True)
class Locked:
    """A line of `knowledge/numbers.lock`: digits a second person read in the sources, when and how."""

    id: str
    digits: str
    date: str
    manner: str
    at: At


def lock(text: str, file: str, problems: list[Problem]) -> dict[str, Locked]:
    """Read the second copy of the digits: one `id digits date manner` a line, `#` for remarks."""
    locked: dict[str, Locked] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        at = At(file, number, line.index(words[0]) + 1)
        if len(words) != 4 or not (words[1].isascii() and words[1].isdecimal()):
            problems.append(Problem(at, "une ligne s'écrit « id chiffres date manière », les chiffres sans espace"))
        elif not re.fullmatch(r"\d{4}-\d\d-\d\d", words[2]):
            problems.append(Problem(at, f"« {words[2]} » n'est pas une date : écrivez année-mois-jour"))
        elif words[0] in locked:
            first = locked[words[0]].at.line
            problems.append(Problem(at, f"« {words[0]} » est écrit deux fois (déjà ligne {first}) : gardez-en un seul"))
        else:
            id, dialled, day, manner = words
            locked[id] = Locked(id, dialled, day, manner, at)
    return locked


def compare(
    locked: Mapping[str, Locked],
    shown: Iterable[tuple[str, str, At, bool]],
    lock_file: str,
    problems: list[Problem],
) -> None:
    """Compare the two copies of the digits; `shown` gives (id, digits, place, whether the lock must hold it).

    The sentences never give the digits: the second person must read the source, not the first copy (P7).
    """
    seen = set()
    for id, dialled, at, required in shown:
        seen.add(id)
        if id not in locked:
            if required:
                sentence = (
                    f"« {id} » manque dans {lock_file} : une autre personne y écrit ses chiffres, lus à la source"
                )
                problems.append(Problem(at, sentence))
        elif locked[id].digits != dialled:
            where = f"{lock_file}:{locked[id].at.line}"
            problems.append(Problem(at, f"les chiffres de « {id} » diffèrent de {where} : relisez la source"))
    for id, line in locked.items():
        if id not in seen:
            problems.append(Problem(line.at, f"« {id} » n'existe plus dans l'annuaire : retirez cette ligne"))
