"""The records of the directory: frozen values, whose shapes pydantic judges when a file is read.

They are plain dataclasses: code builds them freely by their Python names, files only by the words of
docs/architecture.md (« bill trace », « at most »). What joins several fields is held in `rules.py`.
Terms are Open Referral's: service, organization, phone, location, schedule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from bot.directory import numbers
from bot.directory.kinds import KINDS
from bot.directory.kinds import Kind as Sort
from bot.directory.words import (
    INNER,
    Audience,
    Checked,
    Cost,
    Day,
    Departement,
    Filled,
    Id,
    Insee,
    Kind,
    Link,
    Partial,
    Reach,
    Record,
    Source,
    Topic,
    Trace,
    YesNo,
    newest,
)


@dataclass(frozen=True, slots=True)
class Hours(Record):
    """Opening hours of OpenStreetMap, and the date of the page they were seen on: they grow old (R4)."""

    lasting: ClassVar[bool] = False
    osm: Filled
    seen: Partial


@dataclass(frozen=True, slots=True)
class LastingHours(Hours):
    """Hours of a national number: they never expire on screen (R5)."""

    lasting: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Closure(Record):
    """Days of closure, the first and the last included."""

    starts: Annotated[Day, Field(alias="from")]
    ends: Annotated[Day, Field(alias="to")]


@dataclass(frozen=True, slots=True)
class Phone(Record):
    """A number of a local service: `number` is what is dialled, `display` its groups joined by U+202F.

    `to-confirm` is for professionals only, after the others, with its year (R9). `national` is the number of the
    network that stands in for a direct line nobody confirmed.
    """

    number: Filled
    status: Literal["confirmed", "national", "to-confirm"]
    display: str = ""
    cost: Cost = "unknown"
    bill_trace: Annotated[Trace, Field(alias="bill trace")] = "unknown"
    public_line: Annotated[YesNo, Field(alias="public line")] = False
    channel: Literal["voice", "sms"] = "voice"

    @property
    def shared(self) -> bool:
        """Tell whether anybody may see it."""
        return self.status != "to-confirm"


@dataclass(frozen=True, slots=True)
class Location(Record):
    """Where a service is: its commune, and a point in degrees (WGS 84)."""

    insee: Insee
    lat: Annotated[float, Field(ge=-60, le=60)]
    lon: Annotated[float, Field(ge=-180, le=180)]


@dataclass(frozen=True, slots=True)
class Service(Record):
    """A service of a territory. `note` is for coordinators: it may hold numbers that nobody may see (X5).

    `professional_only` means useless to others, never secret: an abuser can press « professionnel » too (R8).
    """

    id: Id
    name: Annotated[str, Field(min_length=1, max_length=90)]
    kind: Kind
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    topics: tuple[Topic, ...] = ()
    audiences: tuple[Audience, ...] = ()
    organization: str = ""
    phones: tuple[Phone, ...] = ()
    address: str | None = None
    location: Location | None = None
    hours: Hours | None = None
    closures: tuple[Closure, ...] = ()
    languages: tuple[str, ...] = ()
    access: str | None = None
    national_number: Annotated[str | None, Field(alias="national number")] = None
    communes: tuple[Insee, ...] = ()
    professional_only: Annotated[YesNo, Field(alias="professional only")] = False
    confidential: YesNo = False
    url: Link | None = None
    checked: Checked | None = None
    note: str = ""
    area: Annotated[str, Field(alias=INNER)] = ""

    @property
    def sort(self) -> Sort:
        """Return what its kind implies: group, rank, audiences."""
        return KINDS[self.kind]

    @property
    def phone(self) -> Phone | None:
        """Return the first number that anybody may see."""
        return next((phone for phone in self.phones if phone.shared), None)

    @property
    def seen(self) -> str:
        """Return the newest date of its sources, « n.d. » when none bears one."""
        return newest(self.sources)

    def seen_by(self, audience: str | None) -> bool:
        """Tell whether this audience may see it: its kind and its record both receive them (R1, R4, P10)."""
        if not self.sort.seen_by(audience):
            return False
        if audience is None:
            return not self.professional_only and (not self.audiences or "victime" in self.audiences)
        return (not self.professional_only or audience == "professionnel") and (
            not self.audiences or audience in self.audiences
        )


@dataclass(frozen=True, slots=True)
class Elsewhere(Record):
    """What differs overseas; `number` "" says that it cannot be reached from there."""

    departements: Annotated[tuple[Departement, ...], Field(min_length=1)]
    number: str = ""
    display: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Number(Record):
    """A national number, each once for the whole country. `number` is "" for a chat or a site."""

    id: Id
    name: Annotated[str, Field(min_length=1, max_length=40)]
    channel: Literal["voice", "sms", "chat", "web"]
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    number: str = ""
    display: str = ""
    spoken: str = ""
    url: Link | None = None
    audiences: tuple[Audience, ...] = ()
    topics: tuple[Topic, ...] = ()
    hours: LastingHours | None = None
    closures: tuple[Closure, ...] = ()
    cost: Cost = "unknown"
    bill_trace: Annotated[Trace, Field(alias="bill trace")] = "unknown"
    dial: YesNo = True
    public_line: Annotated[YesNo, Field(alias="public line")] = False
    elsewhere: tuple[Elsewhere, ...] = ()
    checked: Checked | None = None
    note: str = ""

    @property
    def reachable(self) -> bool:
        """Tell whether there is something to dial or to open, here."""
        return bool(self.number) or self.channel in ("chat", "web")

    @property
    def seen(self) -> str:
        """Return the newest date of its sources."""
        return newest(self.sources)

    def seen_by(self, audience: str | None) -> bool:
        """Tell whether this audience may be given it; no audience listed means everyone."""
        return not self.audiences or audience in self.audiences

    def near(self, departement: str | None) -> Number:
        """Return the number as it is dialled from a département: overseas it may be another, or none."""
        other = next((one for one in self.elsewhere if departement in one.departements), None)
        if other is None or other.number == self.number:
            return self
        cost, trace = numbers.price(other.number) or "unknown", numbers.trace(other.number)
        return replace(self, number=other.number, display=other.display, spoken="", cost=cost, bill_trace=trace)


@dataclass(frozen=True, slots=True)
class Card(Record):
    """A fact of law or of care that grows old. `areas` are the départements where it holds, or « france » (R25).

    `text` may name national numbers (`{3919}`). `review` says whose eyes it still needs.
    """

    title: Filled
    text: Filled
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    topics: tuple[Topic, ...] = ()
    audiences: tuple[Audience, ...] = ()
    areas: tuple[Reach, ...] = ()
    checked: Checked | None = None
    expires: Day | None = None
    review: tuple[Filled, ...] = ()
    id: Annotated[str, Field(alias=INNER)] = ""

    @property
    def seen(self) -> str:
        """Return the newest date of its sources."""
        return newest(self.sources)

    def holds(self, departement: str | None) -> bool:
        """Tell whether it holds in a département; a fact of some regions is not told where nobody knows which."""
        return not self.areas or "france" in self.areas or departement in self.areas

    def expired(self, on: date) -> bool:
        """Tell whether it is past its last day."""
        return self.expires is not None and on > self.expires


@dataclass(frozen=True, slots=True)
class Covers(Record):
    """What an area covers: exactly one of these."""

    france: YesNo = False
    departement: Departement | None = None
    epci: Annotated[str, Field(pattern=r"^\d{9}$")] | None = None
    communes: tuple[Insee, ...] = ()


@dataclass(frozen=True, slots=True)
class AreaFile(Record):
    """A file of knowledge/ as its author writes it; services and numbers are judged one by one, once inherited."""

    name: Filled
    covers: Covers
    by_commune: Annotated[YesNo, Field(alias="by commune")] = False
    hide: tuple[str, ...] = ()
    services: tuple[Any, ...] = ()
    numbers: tuple[Any, ...] = ()
    words: Mapping[Kind, tuple[Filled, ...]] = field(default_factory=dict)
