"""What a screen shows of the directory: a number or a service as one person sees it, and what a bill shows of calls."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.directory.schedule import opening
from bot.engine.dial import grouped
from bot.engine.message import NumberShown, ServiceShown
from bot.text import isolate

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.directory.model import Hours, Number
    from bot.directory.search import Hit
    from bot.engine.view import View


def never_closes(hours: Hours | None) -> bool:
    """Tell whether somebody answers night and day."""
    return hours is not None and hours.osm == "24/7"


def show_number(view: View, number: Number) -> NumberShown:
    """Return a national number, its hours told on the clock of where the person is."""
    answers, clock = opening(number.hours, number.closures, view.now), view.here.tzinfo
    closes, opens = answers.closes, answers.next_opening
    return NumberShown(
        id=number.id,
        number=number.number,
        display=grouped(number.display),
        name=view.translate(number.name),
        channel=number.channel,
        url=number.url,
        hours=number.hours.osm if number.hours else None,
        opening=replace(
            answers,
            closes=closes.astimezone(clock) if closes else None,
            next_opening=opens.astimezone(clock) if opens else None,
        ),
        cost=number.cost,
        bill_trace=number.bill_trace,
        seen=number.seen,
    )


def show_service(view: View, hit: Hit) -> ServiceShown:
    """Return a local service, without the place of what is confidential."""
    service, phone = hit.service, hit.phone
    located = view.script.directory.places.get(service.location.insee) if service.location else None
    checked = service.checked
    return ServiceShown(
        id=service.id,
        name=service.name,
        kind=service.kind,
        phone=grouped(phone.display) if phone else None,
        phone_status=phone.status if phone else None,
        bill_trace=phone.bill_trace if phone else "none",
        cost=phone.cost if phone else "unknown",
        address=None if service.confidential else service.address,
        commune=None if service.confidential or located is None else located.name,
        distance_km=hit.distance_km,
        opening=hit.opening,
        seen=service.seen,
        confirmed=checked.on if checked and checked.how == "phone" else None,
    )


def traces(view: View, numbers: Collection[NumberShown], services: Collection[ServiceShown]) -> str:
    """Say which calls show on a bill, "" when none does (rule R15: no alarm where it is only unknown)."""
    visible = [number.display for number in numbers if number.bill_trace == "visible"]
    visible += sorted({service.phone for service in services if service.phone and service.bill_trace == "visible"})
    unknown = [number.display for number in numbers if number.bill_trace == "unknown" and number.number]
    unknown += [service.phone for service in services if service.phone and service.bill_trace == "unknown"]
    said = []
    if len(visible) == 1:
        said.append(view.phrase("trace visible").replace("{numbers}", isolate(visible[0])))
    elif visible:
        said.append(view.phrase("trace visible many"))
    if unknown:
        listed = ", ".join(isolate(display) for display in dict.fromkeys(unknown))
        said.append(view.phrase("trace unknown").replace("{numbers}", listed))
    return " ".join(said)
