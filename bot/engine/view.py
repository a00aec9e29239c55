"""What a step may look at: one session, one instant, and the content, in the person's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.directory.schedule import spans, zone
from bot.directory.search import Query, partners
from bot.engine.message import Choice
from bot.engine.session import JUMP

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.directory.model import Card, Number, Service
    from bot.directory.places import Place
    from bot.directory.search import Hit
    from bot.engine.script import Script
    from bot.engine.session import Session

HOME = JUMP + "home"


class View:
    """A window on the content from where one person stands. Made for one turn, and thrown away."""

    __slots__ = ("catalogue", "here", "now", "place", "script", "session")

    def __init__(self, script: Script, session: Session, now: datetime) -> None:
        self.script, self.session, self.now = script, session, now
        self.catalogue = script.catalogues[session.locale]
        self.here = now.astimezone(zone(script.departement_of(session)))
        """The same instant on the clock of where the person is: a line of Paris opens at another hour overseas."""
        self.place: Place | None = script.directory.places.get(session.place) if session.place else None

    def translate(self, text: str) -> str:
        """Return a text of the content in the person's language."""
        return self.catalogue.text(text)

    def phrase(self, name: str) -> str:
        """Return one of the engine's own sentences (always.yml)."""
        return self.catalogue.text(self.script.always.phrases[name])

    def go_home(self) -> Choice:
        """Return the choice that leads home, offered where nothing else is."""
        return Choice(HOME, self.phrase("home"))

    def languages(self) -> tuple[Choice, ...]:
        """Return the languages shipped, each under its own name."""
        return tuple(Choice(locale, name) for locale, name in self.script.always.languages.items())

    @property
    def area(self) -> str:
        """Return the area whose services hold here: the commune's, else the one opened."""
        if self.place is not None:
            return self.script.directory.area_of(self.place.insee).id
        return self.session.area

    @property
    def departement(self) -> str | None:
        """Return the code of the département, when it is known."""
        return self.script.departement_of(self.session)

    def needs_place(self) -> bool:
        """Tell whether local help must be preceded by the commune: unknown, and the area has no list of its own."""
        if self.place is not None:
            return False
        directory = self.script.directory
        return not directory.territory(self.session.area) or directory.areas[self.session.area].by_commune

    def find_place(self, typed: str) -> tuple[Place, ...]:
        """Return the communes meant by what was typed, those of the person's département first."""
        return self.script.directory.places.find(typed, self.departement).places

    def cost(self, cost: str) -> str:
        """Say what a call costs."""
        return self.phrase({"free": "free", "ordinary": "ordinary"}.get(cost, "cost unknown"))

    def services(self, groups: tuple[str, ...], topic: str | None, most: int, audience: str | None) -> tuple[Hit, ...]:
        """Return the local services that fit and whose number may be shown, best first."""
        return self.script.found(self._query(groups, topic, most, audience, confirmed=True), self.now)

    def unconfirmed(self, groups: tuple[str, ...], most: int, audience: str | None) -> tuple[Hit, ...]:
        """Return those whose number nobody has confirmed: professionals only."""
        if audience != "professionnel":
            return ()
        return self.script.found(self._query(groups, None, most, audience, confirmed=False), self.now)

    def partners(self, groups: tuple[str, ...], most: int, audience: str | None) -> tuple[Service, ...]:
        """Return those who help but whose number may not be shown."""
        return partners(self.script.directory, self._query(groups, None, most, audience, confirmed=True))[:most]

    def spans(self, service: Service, day: date) -> tuple[tuple[datetime, datetime], ...] | None:
        """Return when a service answers on a day, None when that may not be said."""
        clock = self.script.directory.index.clock(service)
        return spans(service.hours, service.closures, day, place_tz=clock)

    def card(self, id: str) -> Card | None:
        """Return a card where it holds, even expired: the screen then says so."""
        card = self.script.directory.cards.get(id)
        return card if card is not None and card.holds(self.departement) else None

    def number(self, id: str) -> Number:
        """Return a national number as it is dialled from here."""
        return self.script.directory.number(id, self.departement)

    def _query(
        self, groups: tuple[str, ...], topic: str | None, most: int, audience: str | None, *, confirmed: bool
    ) -> Query:
        return Query(self.area, self.place, audience, topic, groups, most, confirmed)
