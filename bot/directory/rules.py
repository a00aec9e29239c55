"""What a record may not say, beyond the shape of each field: rules that join several of them.

Every check tells its problem where the author wrote the thing to change, and returns the record made ready: digits to
dial, groups to display, price and bill trace that the number implies, `PH off`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from bot.directory import numbers, schedule
from bot.directory.model import Hours, Phone
from bot.directory.places import distance_km
from bot.directory.reading import place
from bot.errors import Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.directory.model import Card, Closure, Number, Service
    from bot.directory.places import Places
    from bot.source import Block

H = TypeVar("H", bound=Hours)

_BRACES = re.compile(r"[{}]")
_NAMED = re.compile(r"\{([^{}]*)\}")

FAR = 40
"""Kilometres between a service and the centre of its commune beyond which one of the two is a mistake."""


class Judge:
    """Tells the problems of one record, at the places of the block it was read from."""

    def __init__(self, block: Block, problems: list[Problem]) -> None:
        self._block = block
        self._problems = problems

    def no(self, sentence: str, *path: str | int) -> None:
        """Tell a problem at the value under `path`, or at the record when it was not written."""
        self._problems.append(Problem(place(self._block, path), sentence))


def service(
    one: Service,
    block: Block,
    nationals: Mapping[str, Number],
    places: Places,
    problems: list[Problem],
) -> Service:
    """Judge a service of a territory, and make it ready."""
    judge = Judge(block, problems)
    _who(one, judge)
    for field in ("name", "access", "address"):
        if _BRACES.search(getattr(one, field) or ""):
            judge.no("les accolades « { } » ne se montrent pas : retirez-les", field)
    _where(one, judge, places)
    _shelter(one, judge)
    _closures(one.closures, judge)
    codes = {number.number: number.id for number in nationals.values() if number.number}
    if one.id in nationals or one.id in codes:
        judge.no(f"« {one.id} » est un numéro national : il n'est écrit que dans le fichier du pays", "id")
    phones = [_phone(phone, rank, judge, codes) for rank, phone in enumerate(one.phones)]
    if one.national_number is not None:
        stands_in = nationals.get(one.national_number)
        if stands_in is None or not stands_in.number:
            judge.no(f"« {one.national_number} » n'est pas un numéro national de l'annuaire", "national number")
        elif one.national_number != one.sort.network:
            right = (
                f"a pour numéro national « {one.sort.network} »" if one.sort.network else "n'a pas de numéro national"
            )
            judge.no(f"un service « {one.kind} » {right}", "national number")
        else:
            phones.append(_lent(stands_in))
    insee = one.location.insee if one.location else None
    return replace(one, phones=tuple(phones), hours=_hours(one.hours, judge, local=True, insee=insee))


def number(one: Number, block: Block, problems: list[Problem]) -> Number:
    """Judge a national number, and make it ready."""
    judge = Judge(block, problems)
    _closures(one.closures, judge)
    ready = one
    if one.number:
        dialled = _dialled(one.number, judge, one.cost, public=one.public_line, path=("number",))
        ready = replace(
            one,
            number=dialled,
            display=_display(one.display, dialled, judge, ("display",)),
            cost=numbers.price(dialled) or one.cost if one.cost == "unknown" else one.cost,
            bill_trace=numbers.trace(dialled) if one.bill_trace == "unknown" else one.bill_trace,
        )
    elif one.channel in ("voice", "sms"):
        judge.no("il manque « number » : écrivez ses chiffres, ou « channel: chat » ou « web »", "channel")
    elif one.url is None:
        judge.no("il manque « url » : sans numéro, il faut une adresse", "channel")
    elsewhere = []
    for rank, other in enumerate(one.elsewhere):
        path = ("elsewhere", rank)
        if other.number:
            overseas = all(code.startswith(("97", "98")) for code in other.departements)
            dialled = _dialled(other.number, judge, "unknown", public=True, overseas=overseas, path=(*path, "number"))
            other = replace(other, number=dialled, display=_display(other.display, dialled, judge, (*path, "display")))
        elsewhere.append(other)
    return replace(ready, elsewhere=tuple(elsewhere), hours=_hours(one.hours, judge, local=False))


def card(one: Card, block: Block, nationals: Mapping[str, Number], problems: list[Problem]) -> Card:
    """Judge a card: a fact that grows old says until when it may be told, and names numbers by their id only."""
    judge = Judge(block, problems)
    if one.expires is None:
        judge.no("il manque « expires » : le dernier jour où cette fiche peut se montrer sans relecture")
    for id in _NAMED.findall(one.text):
        if id not in nationals and id != "commune":
            judge.no(f"« {{{id}}} » n'est pas un numéro national{nearest(id, nationals)}", "text")
    return one


# --- one field after another -----------------------------------------------------------------------------------------


def _who(one: Service, judge: Judge) -> None:
    """A record may receive fewer audiences than its kind, never more (R1, P10, X15)."""
    for rank, audience in enumerate(one.audiences):
        if one.sort.audiences and audience not in one.sort.audiences:
            judge.no(f"« {one.kind} » ne se montre jamais à « {audience} » : retirez-le", "audiences", rank)


def _where(one: Service, judge: Judge, places: Places) -> None:
    if one.confidential and one.kind != "hebergement":
        for field in ("address", "location"):
            if getattr(one, field) is not None:
                judge.no(f"un lieu confidentiel n'a pas de « {field} » : retirez-le", field)
    for rank, code in enumerate(one.communes):
        if places.get(code) is None:
            judge.no(f"« {code} » n'est le code Insee d'aucune commune", "communes", rank)
    if one.location is None:
        return
    commune = places.get(one.location.insee)
    if commune is None:
        judge.no(f"« {one.location.insee} » n'est le code Insee d'aucune commune", "location", "insee")
    elif commune.located:
        far = distance_km((one.location.lat, one.location.lon), (commune.lat, commune.lon))
        if far > FAR:
            judge.no(f"ce point est à {far:.0f} km de {commune.name} : relisez lat, lon et insee", "location", "lat")


def _shelter(one: Service, judge: Judge) -> None:
    """An emergency shelter has no place for anybody, professionals included: he may read this too (R2, R8, X8)."""
    if one.kind != "hebergement":
        return
    if not one.confidential:
        judge.no("un hébergement est toujours « confidential: yes »", "confidential")
    for field in ("address", "location", "communes"):
        if getattr(one, field):
            judge.no(f"un hébergement n'a ni lieu ni adresse, pour personne : retirez « {field} »", field)


def _closures(closures: Sequence[Closure], judge: Judge) -> None:
    for rank, closure in enumerate(closures):
        if closure.ends < closure.starts:
            judge.no("cette fermeture finit avant de commencer : relisez « from » et « to »", "closures", rank, "to")


def _hours(hours: H | None, judge: Judge, *, local: bool, insee: str | None = None) -> H | None:
    if hours is None:
        return None
    try:
        return replace(hours, osm=schedule.tidy(hours.osm, local=local, insee=insee))
    except ValueError as error:
        judge.no(str(error), "hours", "osm")
        return None


def _phone(one: Phone, rank: int, judge: Judge, codes: Mapping[str, str]) -> Phone:
    path = ("phones", rank)
    dialled = _dialled(one.number, judge, one.cost, public=one.public_line, path=(*path, "number"))
    if dialled in codes and one.status != "national":
        sentence = f"ce sont les chiffres du numéro national « {codes[dialled]} » : écrivez « national number »"
        judge.no(sentence, *path, "number")
    return replace(
        one,
        number=dialled,
        display=_display(one.display, dialled, judge, (*path, "display")),
        cost=numbers.price(dialled) or one.cost if one.cost == "unknown" else one.cost,
        bill_trace=numbers.trace(dialled) if one.bill_trace == "unknown" else one.bill_trace,
    )


def _dialled(
    written: str, judge: Judge, cost: str, *, public: bool, path: tuple[str | int, ...], overseas: bool = False
) -> str:
    try:
        dialled = numbers.digits(written)
    except ValueError as error:
        judge.no(str(error), *path)
        return written
    fault = numbers.fault(dialled, cost=cost, public_line=public, overseas=overseas)
    if fault:
        judge.no(fault, *path)
    return dialled


def _display(written: str, dialled: str, judge: Judge, path: tuple[str | int, ...]) -> str:
    if not written:
        return numbers.display(dialled)
    if "".join(written.split()) != dialled:
        judge.no(f"« {written} » n'a pas les chiffres de « number » : recopiez-les, ou retirez « display »", *path)
    return numbers.regroup(written)


def _lent(number: Number) -> Phone:
    return Phone(
        number=number.number,
        status="national",
        display=number.display,
        cost=number.cost,
        bill_trace=number.bill_trace,
    )
