"""Build one screen: the lines, numbers and services that the steps of a page add, and the constant bar.

A page is the steps from the one somebody was led to until the first that waits. When cards would make it too long for
a phone, it is drawn again with less, step by step: see `Page`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.directory.schedule import year
from bot.engine.dial import number_dial, phone_dial
from bot.engine.message import Choice, Dial, Line, Screen
from bot.engine.shown import never_closes, show_number, show_service, traces
from bot.engine.when import on, state
from bot.i18n import PLACEHOLDER
from bot.text import isolate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    from bot.directory.model import Card, Hours, Number, Phone, Service
    from bot.directory.schedule import Opening
    from bot.directory.search import Hit
    from bot.engine.message import NumberShown, ServiceShown, Span
    from bot.engine.step import Step
    from bot.engine.view import View

SENTENCE = re.compile(r"(?<=[.!?»]) +(?=[A-ZÀ-Ý«{])")

LONGEST = 600
"""Characters of a screen, cards included: what a phone shows without scrolling much (promise P23)."""

LEANEST = 8
"""How many times a screen that is too long is drawn again with less: see `Page`."""


class Page:
    """A screen being built. `lean` says what a screen that was too long leaves out; each number adds to the one before.

    0 nothing · 1 addresses · 2 numbers in letters · 3 « info de » before a year · 4 how to come, but to the first ·
    5 names of partners · 6 how to come to the first · 7 the cards after the second · 8 the second
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
        self.notice = False
        """Whether what is said once a conversation is on it."""
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

    def say_once(self, text: str) -> None:
        """Add what is said once a conversation, if it is still to be said."""
        if not self.view.session.noticed:
            self.notice = True
            self.say(text)

    def say(self, text: str) -> None:
        """Add prose, one line a line."""
        self.tell(self.view.translate(text))

    def tell(self, said: str) -> None:
        """Add prose that is already in the person's language."""
        self.lines.extend(self._lines(said))

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
            return  # not from this part of the country
        shown = self._shown(number)
        letters = self.view.translate(number.spoken) if self.lean < 2 else ""
        said = {
            "name": self.view.translate(number.name),
            "spoken": " " + self.view.phrase("spoken").replace("{words}", letters) if letters else "",
            "state": self._state(shown.opening, number.hours),
            "cost": self.view.cost(shown.cost),
            "seen": self._seen(shown.seen),
        }
        self._card("number card", said, number_dial(number))

    def service_card(self, hit: Hit, asked: date | None = None, *, far: bool = False) -> None:
        """Add the card of a local service: whether it is open now, or on the day asked; how far it is."""
        if self.lean > 6 and len(self.services) >= 9 - self.lean:
            return
        shown = show_service(self.view, hit)
        self.services.append(shown)
        answers = self._on(hit.service, asked) if asked else self._state(hit.opening, hit.service.hours)
        if answers == self.view.phrase("hours unknown") and not self._warned:
            self._warned = True
            answers = f"{answers}, {self.view.phrase('call first')}"
        on = shown.confirmed
        said = {
            "name": shown.name,
            "state": answers,
            "extra": "".join(f" {part}." for part in self._extra(hit.service, shown, far=far)),
            "seen": self.view.phrase("confirmed").replace("{year}", str(on.year)) if on else self._seen(shown.seen),
        }
        self._card("service card", said, phone_dial(hit.phone))

    def unconfirmed_card(self, hit: Hit, asked: date | None = None, *, far: bool = False) -> None:
        """Add a number nobody has confirmed, with « à confirmer » and the year of the page (rule R9)."""
        if hit.phone is None or (self.lean > 6 and len(self.services) >= 9 - self.lean):
            return
        shown = show_service(self.view, hit)
        self.services.append(shown)
        read = year(shown.seen)
        said = {"name": shown.name, "year": str(read) if read else self.view.phrase("no year")}
        more = [self._on(hit.service, asked)] if asked else []
        more += self._distance(shown) if far else []
        self._card("to confirm card", said, phone_dial(hit.phone), "".join(f" {_sentence(part)}" for part in more))

    def partners(self, services: Iterable[Service]) -> None:
        """Name those whose number may not be shown."""
        names = [service.name for service in services]
        if names and self.lean < 5:
            self.lines.extend(self._lines(self.view.phrase("partners").replace("{names}", " ; ".join(names))))

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
            notice=self.notice,
        )

    def _all(self) -> list[Line]:
        return [*self.lines, *self._asked[:-1], *self._traces(), *self._asked[-1:]]

    def _traces(self) -> list[Line]:
        said = traces(self.view, self.numbers.values(), self.services)
        return [Line((said,))] if said else []

    def _extra(self, service: Service, shown: ServiceShown, *, far: bool) -> Iterator[str]:
        """Give what a card adds where there is room: whose number it is, how far, how to come, where."""
        if shown.phone_status == "national":
            yield self.view.phrase("national")
        if far:
            yield from map(_capital, self._distance(shown))
        if service.access and self.lean < (6 if len(self.services) == 1 else 4):
            yield self.view.translate(service.access).rstrip(".")
        if shown.address and self.lean < 1:
            address = _capital(shown.address)
            yield f"{address}, {shown.commune}" if shown.commune else address

    def _distance(self, shown: ServiceShown) -> list[str]:
        if shown.distance_km is None:
            return []
        return [self.view.phrase("distance").replace("{km}", isolate(str(max(1, round(shown.distance_km)))))]

    def _on(self, service: Service, asked: date) -> str:
        """Say when a service answers on the day asked."""
        view = self.view
        return on(view.spans(service, asked), asked, view.here.date(), view.phrase, view.session.locale)

    def _card(self, name: str, said: dict[str, str], dial: Dial | None, more: str = "") -> None:
        text = self.view.phrase(name)
        for key, value in said.items():
            text = text.replace(f"{{{key}}}", value)
        before, _, after = (text + more).partition("{number}")
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
            shown = self.numbers[number.id] = show_number(self.view, number)
            if number.closures or not (number.hours is None or never_closes(number.hours)):
                self._lasts(shown.opening)
        return shown

    def _lasts(self, answers: Opening) -> None:
        change = answers.closes or answers.next_opening
        midnight = (self.view.here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        instants = [instant for instant in (self.until, change, midnight) if instant is not None]
        self.until = min(instants)

    def _state(self, answers: Opening, hours: Hours | None) -> str:
        return state(answers, never_closes(hours), self.view.here, self.view.phrase, self.view.session.locale)

    def _seen(self, seen: str) -> str:
        read = year(seen)
        if read is None:
            return self.view.phrase("no year")
        return self.view.phrase("seen" if self.lean < 3 else "seen short").replace("{year}", str(read))


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]


def _sentence(said: str) -> str:
    return f"{_capital(said)}."


def _named(step: Step) -> Iterable[str]:
    """Give the national numbers a step shows."""
    yield from getattr(step, "ids", ())
    yield from (name for text in step.texts() for name in PLACEHOLDER.findall(text) if name != "commune")
