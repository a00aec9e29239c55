"""The smallest pieces of the records: kinds of field, what every record shares, where a fact comes from.

Files hold only text; each kind of field turns it into a value, or says in French what to write instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema

from bot.directory.kinds import AUDIENCES, KINDS, TOPICS
from bot.directory.schedule import real
from bot.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence


def suggest(word: str, known: Sequence[str]) -> str:
    """Say the known word that is close to this one, else all of them."""
    return nearest(word, known) or f" : {', '.join(known)}"


def _yes_or_no(value: Any) -> bool:
    if value in ("yes", "true"):
        return True
    if value in ("no", "false"):
        return False
    raise ValueError(f"« {value} » : écrivez yes ou no")


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"« {value} » n'est pas un jour : écrivez année-mois-jour, « 2026-12-24 »") from None


def _partial(value: str) -> str:
    if not real(value):
        raise ValueError(f"« {value} » n'est pas une date : écrivez « 2024 », « 2024-11 », « 2024-11-15 » ou « n.d. »")
    return value


def _link(value: str) -> str:
    if not value.startswith(("https://", "http://")) or " " in value:
        raise ValueError(f"« {value} » n'est pas une adresse : elle commence par « https:// »")
    return value


def _among(what: str, known: Sequence[str]) -> AfterValidator:
    def check(value: str) -> str:
        if value not in known:
            raise ValueError(f"« {value} » n'est pas {what} connu{suggest(value, known)}")
        return value

    return AfterValidator(check)


def _listed(known: Sequence[str]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": list(known)})


YesNo = Annotated[bool, BeforeValidator(_yes_or_no), WithJsonSchema({"enum": ["yes", "no", True, False]})]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Partial = Annotated[
    str, AfterValidator(_partial), WithJsonSchema({"type": "string", "pattern": r"^(\d{4}(-\d\d(-\d\d)?)?|n\.d\.)$"})
]
"""A date as precise as its source: « 2024 », « 2024-11 », « 2024-11-15 », or « n.d. »."""
Link = Annotated[str, AfterValidator(_link)]
Insee = Annotated[str, Field(pattern=r"^(\d{2}|2[AB])\d{3}$")]
Departement = Annotated[str, Field(pattern=r"^(\d{2,3}|2[AB])$")]
Reach = Annotated[str, Field(pattern=r"^(france|\d{2,3}|2[AB])$")]
Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Filled = Annotated[str, Field(min_length=1)]
Topic = Annotated[str, _among("un sujet", TOPICS), _listed(TOPICS)]
Audience = Annotated[str, _among("un public", AUDIENCES), _listed(AUDIENCES)]
Kind = Annotated[str, _among("un genre de service", tuple(KINDS)), _listed(tuple(KINDS))]
Cost = Literal["free", "ordinary", "unknown"]
Trace = Literal["none", "visible", "unknown"]
"""What a telephone bill shows of a call."""

INNER = "<area>"
"""The key under which the loader says where a service comes from; no author writes it."""


class Record:
    """What every record of a file has in common: a word that is not known is refused."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Source(Record):
    """A page that says so, and the date it bears."""

    title: Filled
    date: Partial
    url: Link | None = None


@dataclass(frozen=True, slots=True)
class Checked(Record):
    """Who made sure, when, how. A page that was read is not a number that was called (R5)."""

    on: Day
    by: Filled
    how: Literal["page", "phone", "partner"]


def newest(sources: tuple[Source, ...]) -> str:
    """Return the newest partial date, « n.d. » when there is none."""
    return max((source.date for source in sources if source.date != "n.d."), default="n.d.")
