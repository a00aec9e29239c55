"""Build one screen: the lines, numbers and services that the steps of a page add, and the constant bar.

A page is the steps from the one somebody was led to until the first that waits. When cards would make it too long for
a phone, the least useful parts of the cards go first (address, how to come), then the last cards.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.directory.schedule import opening
from bot.engine.dial import grouped, number_dial, phone_dial
from bot.engine.message import Bar, BarButton, Choice, Dial, Key, Line, NumberShown, Screen, ServiceShown
from bot.engine.when import state
from bot.i18n import PLACEHOLDER
from bot.text import isolate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.directory.model import Card, Number, Phone, Service
    from bot.directory.schedule import Opening
    from bot.directory.search import Hit
    from bot.engine.message import Span
    from bot.engine.step import Step
    from bot.engine.view import View

SENTENCE = re.compile(r"(?<=[.!?»]) +(?=[A-ZÀ-Ý«{])")

LONGEST = 600
"""Characters of a screen, cards included: what a phone shows without scrolling much (promise P23)."""

LEANEST = 8
"""How many times a screen that is too long is drawn again with less: see `Page`."""


class Page:
    """A screen being built. `lean` says what a screen that was too long leaves out; each number adds to the one before.

    0 nothing · 1 addresses · 2 numbers in letters · 3 « page de » before a year · 4 how to come, but to the first ·
    5 names of partners · 6 how to come to the first · 7 and 8 the last cards
    """

    def __init__(self, view: View, steps: Sequence[Step], lean: int = 0, note: str = "") -> None:
        self.view, self.lean = view, lean
        self.named = frozenset(name for step in steps for name in _named(step))
        """National numbers that the page gives anyway: a service that only has one of them adds nothing."""
        self.lines: list[Line] = []
        self.choices: tuple[Choice, ...] = ()
        self.numbers: dict[str, NumberShown] = {}
        self.services: list[ServiceShown] = []
        self.fixed = True
        """Whether it is the same for everybody: with steps that are too, the screen is kept."""
        self.until: datetime | None = None
        """Until when it stays the same, None for ever: somebody opens or closes, « demain » becomes « aujourd'hui »."""
        self._asked: list[Line] = []
        self._warned = False
        if note:
            self.say(note)

    # What steps call ------------------------------------------------------------------------------------------------

    def names(self, phone: Phone | None) -> bool:
        """Tell whether a service's number is a national one that the page gives anyway."""
        if phone is None or phone.status != "national":
            return False
        return any(self.view.number(name).number == phone.number for name in self.named)

    def first_time(self) -> bool:
        """Tell whether what is said once a conversation is still to be said."""
        return not self.view.session.noticed

    def say(self, text: str) -> None:
        """Add prose, one line a line."""
        self.lines.extend(self._lines(self.view.translate(text)))

    def ask(self, text: str, choices: Sequence[Choice], given: Sequence[Choice] = ()) -> None:
        """End the screen with a question and its choices; `given` ones are already in the person's language."""
        self._asked = self._lines(self.view.translate(text))
        translated = (Choice(choice.id, self.view.translate(choice.label)) for choice in choices)
        self.choices = (*given, *translated)
        self.fixed &= not given or given == (self.view.go_home(),)

    def number_card(self, id: str) -> None:
        """Add the card of a national number: what it is, whether it answers now, what it costs."""
        number = self.view.number(id)
        if not number.reachable:
            return  # not reachable from this part of the country
        shown = self._shown(number)
        letters = self.view.translate(number.spoken) if self.lean < 2 else ""
        spoken = " " + self.view.phrase("spoken").replace("{words}", letters) if letters else ""
        said = {
            "name": self.view.translate(number.name),
            "spoken": spoken,
            "state": self._state(number, shown),
            "cost": self._cost(shown.cost),
            "seen": self._seen(shown.seen),
        }
        self._card("number card", said, number_dial(number))

    def service_card(self, hit: Hit) -> None:
        """Add the card of a local service."""
        if self.lean > 6 and len(self.services) >= 9 - self.lean:
            return
        service, phone = hit.service, hit.phone
        shown = self._service(hit)
        self.services.append(shown)
        confirmed = shown.confirmed
        seen = (
            self.view.phrase("confirmed").replace("{year}", str(confirmed.year))
            if confirmed
            else self._seen(service.seen)
        )
        national = phone is not None and phone.status == "national"
        extra = [self.view.phrase("national")] if national else []
        if service.access and self.lean < (6 if len(self.services) == 1 else 4):
            extra.append(self.view.translate(service.access).rstrip("."))
        if service.address and not service.confidential and self.lean < 1:
            address = service.address[:1].upper() + service.address[1:]
            extra.append(f"{address}, {shown.commune}" if shown.commune else address)
        always = service.hours is not None and service.hours.osm == "24/7"
        answers = state(hit.opening, always, self.view.here, self.view.phrase, self.view.session.locale)
        if hit.opening.open is None and not self._warned:
            self._warned = True
            answers = f"{answers}, {self.view.phrase('call first')}"
        said = {
            "name": service.name,
            "state": answers,
            "extra": "".join(f" {part}." for part in extra),
            "seen": seen,
        }
        self._card("service card", said, phone_dial(phone))

    def unconfirmed_card(self, hit: Hit) -> None:
        """Add a number nobody has confirmed, with « à confirmer » and the year of the page (rule R9)."""
        if hit.phone is None:
            return
        self.services.append(self._service(hit))
        year = hit.service.seen[:4] if hit.service.seen[:4].isdecimal() else self.view.phrase("no year")
        self._card("to confirm card", {"name": hit.service.name, "year": year}, phone_dial(hit.phone))

    def partners(self, services: Iterable[Service]) -> None:
        """Name those whose number may not be shown."""
        names = [service.name for service in services]
        if names and self.lean < 5:
            self.lines.extend(self._lines(self.view.phrase("partners").replace("{names}", ", ".join(names))))

    def card(self, card: Card) -> None:
        """Add a card of law or « how to », or say that it must be checked again once it has expired."""
        text = (
            self.view.phrase("card expired") if card.expired(self.view.now.date()) else self.view.translate(card.text)
        )
        self.lines.extend(self._lines(text))

    # What ends it ---------------------------------------------------------------------------------------------------

    def length(self) -> int:
        """Return how many characters the screen would show."""
        return len("\n".join(line.text for line in self._all()))

    def screen(self, last: Step) -> Screen:
        """Freeze it."""
        script, locale = self.view.script, self.view.session.locale
        audience = last.head.audience
        idle = None if audience == "professionnel" else 60 if self.numbers or self.services else 15
        return Screen(
            step=last.head.id,
            locale=locale,
            lines=tuple(self._all()),
            choices=self.choices,
            bar=script.bar(locale, last.head.id),
            numbers=tuple(self.numbers.values()),
            services=tuple(self.services),
            idle=idle,
        )

    def _all(self) -> list[Line]:
        return [*self.lines, *self._asked[:-1], *self._traces(), *self._asked[-1:]]

    def _traces(self) -> list[Line]:
        """Say once, under the cards, which calls show on a bill (rule R15: no alarm where it is only unknown)."""
        visible = [number.display for number in self.numbers.values() if number.bill_trace == "visible"]
        local = {service.phone for service in self.services if service.phone and service.bill_trace == "visible"}
        unknown = [
            number.display for number in self.numbers.values() if number.bill_trace == "unknown" and number.number
        ]
        unknown += [service.phone for service in self.services if service.phone and service.bill_trace == "unknown"]
        said = []
        visible += sorted(local)
        if len(visible) == 1:
            said.append(self.view.phrase("trace visible").replace("{numbers}", isolate(visible[0])))
        elif visible:
            said.append(self.view.phrase("trace visible many"))
        if unknown:
            listed = ", ".join(isolate(display) for display in dict.fromkeys(unknown))
            said.append(self.view.phrase("trace unknown").replace("{numbers}", listed))
        return [Line((" ".join(said),))] if said else []

    def _service(self, hit: Hit) -> ServiceShown:
        service, phone = hit.service, hit.phone
        located = self.view.script.directory.places.get(service.location.insee) if service.location else None
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

    def _card(self, name: str, said: dict[str, str], dial: Dial | None) -> None:
        text = self.view.phrase(name)
        for key, value in said.items():
            text = text.replace(f"{{{key}}}", value)
        before, _, after = text.partition("{number}")
        self.lines.append(Line((before, dial, after) if dial else (before + after,), card=True))

    def _lines(self, text: str) -> list[Line]:
        lines = (self._reachable(line) for line in text.split("\n"))
        return [Line(tuple(self._spans(line))) for line in lines if line.strip()]

    def _reachable(self, line: str) -> str:
        """Leave out the sentences that name a number which cannot be reached from this part of the country."""
        names = [name for name in PLACEHOLDER.findall(line) if name != "commune"]
        if all(self.view.number(name).reachable for name in names):
            return line
        kept = (
            sentence
            for sentence in SENTENCE.split(line)
            if all(name == "commune" or self.view.number(name).reachable for name in PLACEHOLDER.findall(sentence))
        )
        return " ".join(kept)

    def _spans(self, line: str) -> Iterable[Span]:
        position = 0
        for match in PLACEHOLDER.finditer(line):
            if match.start() > position:
                yield line[position : match.start()]
            yield self._fill(match.group(1))
            position = match.end()
        if position < len(line):
            yield line[position:]

    def _fill(self, name: str) -> Span:
        if name == "commune":
            self.fixed = False  # a name of this person's answer
            return self.view.place.name if self.view.place else ""
        number = self.view.number(name)
        if number.dial:
            self._shown(number)
        return number_dial(number)

    def _shown(self, number: Number) -> NumberShown:
        shown = self.numbers.get(number.id)
        if shown is None:
            answers = self._local(opening(number.hours, number.closures, self.view.now))
            if number.closures or (number.hours is not None and number.hours.osm != "24/7"):
                self._lasts(answers)
            shown = NumberShown(
                id=number.id,
                number=number.number,
                display=grouped(number.display),
                name=self.view.translate(number.name),
                channel=number.channel,
                url=number.url,
                hours=number.hours.osm if number.hours else None,
                opening=answers,
                cost=number.cost,
                bill_trace=number.bill_trace,
                seen=number.seen,
            )
            self.numbers[number.id] = shown
        return shown

    def _local(self, answers: Opening) -> Opening:
        """Tell the hours of a national line on the clock of where the person is."""
        clock = self.view.here.tzinfo
        closes, opens = answers.closes, answers.next_opening
        return replace(
            answers,
            closes=closes.astimezone(clock) if closes else None,
            next_opening=opens.astimezone(clock) if opens else None,
        )

    def _lasts(self, answers: Opening) -> None:
        change = answers.closes or answers.next_opening
        midnight = (self.view.here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        instants = [instant for instant in (self.until, change, midnight) if instant is not None]
        self.until = min(instants)

    def _state(self, number: Number, shown: NumberShown) -> str:
        always = number.hours is not None and number.hours.osm == "24/7"
        return state(shown.opening, always, self.view.here, self.view.phrase, self.view.session.locale)

    def _cost(self, cost: str) -> str:
        return self.view.phrase({"free": "free", "ordinary": "ordinary"}.get(cost, "cost unknown"))

    def _seen(self, seen: str) -> str:
        year = seen[:4]
        said = self.view.phrase("seen" if self.lean < 3 else "seen short")
        return said.replace("{year}", year) if year.isdecimal() else self.view.phrase("no year")


def _named(step: Step) -> Iterable[str]:
    """Give the national numbers a step shows."""
    yield from getattr(step, "ids", ())
    yield from (name for text in step.texts() for name in PLACEHOLDER.findall(text) if name != "commune")


def make_bar(buttons: dict[Key, BarButton], *, emergency: bool, back: bool) -> Bar:
    """Return the bar of a screen: emergency unless the screen is the emergency one, back unless it is home."""
    return Bar(
        buttons[Key.EMERGENCY] if emergency else None,
        buttons[Key.BACK] if back else None,
        buttons[Key.CLOSE],
    )
