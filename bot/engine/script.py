"""A `Script`: all the content, compiled, checked and frozen. Nothing of it changes while the bot speaks.

What is computed from it (bars, stops, screens that are the same for everybody) is kept beside it, and goes with it when
other content takes its place.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, cast

from bot.directory.schedule import OVERSEAS
from bot.directory.search import search
from bot.engine.message import Bar, BarButton, Key
from bot.engine.session import FIND, FRANCE, HERE, JUMP, Session
from bot.text import fold
from bot.understand.asked import Lexicon
from bot.understand.spot import Rules, spot
from bot.understand.understand import Ear

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from bot.directory.model import Directory
    from bot.directory.search import Hit, Query
    from bot.engine.always import Always
    from bot.engine.message import Screen
    from bot.engine.step import Step, Waiting
    from bot.errors import At
    from bot.i18n import Catalogue
    from bot.understand.asked import Meant


MOST_FOUND = 64
"""Searches remembered at one instant: a turn makes a handful, a clock that stands still (`--at`) any number."""

MOST_KEPT = 8192
"""Screens kept: all that people see in two languages, and a bound for whoever forges tokens to see every one."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What is known of a flow besides its steps."""

    name: str
    title: str
    audience: str | None
    topic: str | None
    first: str
    at: At


ScreenKey = tuple[str, str, str, bool, str]
"""What a screen that is kept depends on: entry, stop, language, notice said or not, land where it differs (`apart`)."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A screen drawn at `since`, the same until somebody opens, closes, or the day changes; `until` None: for ever."""

    screen: Screen
    since: datetime
    until: datetime | None

    def holds(self, now: datetime) -> bool:
        """Tell whether it is still what would be drawn."""
        return self.until is None or self.since <= now < self.until


@dataclass(frozen=True, slots=True)
class Hashed:
    """Names by their hash, for tokens."""

    locales: Mapping[bytes, str]
    areas: Mapping[bytes, str]
    steps: Mapping[bytes, str]
    codes: Mapping[str, str]


@lru_cache(maxsize=8192)
def short_hash(text: str, size: int) -> bytes:
    """Return `size` bytes that stand for a name inside a token."""
    return blake2b(text.encode(), digest_size=size).digest()


_KEYS = frozenset(Key)


def choice_code(choice: str) -> str:
    """Return what a button carries for a choice: four characters; a commune, a search or a bar button as they are."""
    return choice if choice.startswith((HERE, FIND)) or choice in _KEYS else _code(choice)


@lru_cache(maxsize=8192)
def _code(choice: str) -> str:
    return urlsafe_b64encode(short_hash(choice, 3)).decode()


@dataclass(frozen=True)
class Script:
    """The content the engine walks. `steps` holds every step by id, `jumps` what opens from anywhere."""

    steps: Mapping[str, Step]
    flows: Mapping[str, Flow]
    always: Always
    directory: Directory
    catalogues: Mapping[str, Catalogue]
    ear: Ear = field(default_factory=lambda: Ear(Rules()), compare=False)
    suggestions: Rules = field(default_factory=Rules)
    screens: dict[ScreenKey, Kept] = field(default_factory=dict, compare=False, repr=False)
    """Screens that are the same for everybody, kept once drawn."""
    _found: dict[Query, tuple[Hit, ...]] = field(default_factory=dict, compare=False, repr=False)
    """What was found at the instant of `_instant`, and at no other."""
    _instant: list[datetime] = field(default_factory=list, compare=False, repr=False)

    @cached_property
    def jumps(self) -> Mapping[str, str]:
        """Return the step each jump leads to."""
        found = {f"{JUMP}flow:{flow.name}": flow.first for flow in self.flows.values()}
        found |= {f"{JUMP}now:{interrupt.name}": interrupt.go for interrupt in self.always.interrupts}
        always = self.always
        return found | {
            JUMP + "home": always.home,
            JUMP + "emergency": always.emergency,
            JUMP + "language": always.language,
            JUMP + "place": always.place,
        }

    @cached_property
    def _bars(self) -> Mapping[tuple[str, bool, bool], Bar]:
        bars = {}
        for locale, catalogue in self.catalogues.items():
            buttons = {
                key: BarButton(key, catalogue.text(button.key), catalogue.text(button.label))
                for key, button in self.always.bar.items()
            }
            for emergency in (True, False):
                for back in (True, False):
                    bars[locale, emergency, back] = Bar(
                        buttons[Key.EMERGENCY] if emergency else None,
                        buttons[Key.BACK] if back else None,
                        buttons[Key.CLOSE],
                    )
        return bars

    @cached_property
    def ends(self) -> Mapping[str, tuple[str, ...]]:
        """Return where the page that begins at each step may wait; several where a commune or a directory decides."""
        return {id: tuple(self._ends(id)) for id in self.steps}

    def _ends(self, id: str) -> Iterator[str]:
        pending, seen = [id], {id}
        while pending:
            id = pending.pop()
            step = self.steps[id]
            if step.waits:
                yield id
                passed = cast("Waiting", step).after(HERE) if getattr(step, "skip", False) else None
                following = [passed] if passed is not None else []
            else:
                following = list(step.exits())
            pending += [target for target in reversed(following) if target not in seen]
            seen.update(following)

    @cached_property
    def stops(self) -> Mapping[str, str]:
        """Return where the page that begins at each step waits, when that is the same for everybody."""
        return {id: ends[0] for id, ends in self.ends.items() if len(ends) == 1}

    @cached_property
    def _bare(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return the steps where the emergency screen, and home, come to wait."""
        return frozenset({self._stop(self.always.emergency)}), frozenset({self._stop(self.always.home)})

    def _stop(self, id: str) -> str:
        while not self.steps[id].waits:
            id = next(iter(self.steps[id].exits()))
        return id

    def bar(self, locale: str, step: str) -> Bar:
        """Return the bar of the screen that waits at `step`."""
        emergency, home = self._bare
        return self._bars[locale, step not in emergency, step not in home]

    @cached_property
    def slots_read(self) -> frozenset[str]:
        """Return the steps whose answers other steps read."""
        return frozenset(slot for step in self.steps.values() for slot in step.reads())

    @cached_property
    def notices(self) -> frozenset[str]:
        """Return the steps where what is said once a conversation waits for its answer."""
        return frozenset(self._stop(id) for id, step in self.steps.items() if getattr(step, "once", False))

    def found(self, query: Query, now: datetime) -> tuple[Hit, ...]:
        """Return what a search finds; the few searches of one turn ask the same thing several times.

        A turn has one instant and one thread, so nothing found for somebody is ever shown at another moment.
        """
        if self._instant != [now] or len(self._found) >= MOST_FOUND:
            self._instant[:] = [now]
            self._found.clear()
        hits = self._found.get(query)
        if hits is None:
            hits = self._found[query] = search(self.directory, query, now)
        return hits

    def keep(self, key: ScreenKey, kept: Kept) -> None:
        """Keep a screen that is the same for everybody."""
        if len(self.screens) >= MOST_KEPT:
            self.screens.clear()
        self.screens[key] = kept

    def warm(self) -> None:
        """Work out what is kept, before the first person waits for it."""
        _ = (
            self.jumps,
            self.ends,
            self.stops,
            self.hashed,
            self.apart,
            self.slots_read,
            self.notices,
            self._words,
            self._bars,
            self.meant,
        )

    def words(self, key: Key | str) -> frozenset[str]:
        """Return the folded words that mean a button or a command, in every language at once."""
        return self._words[key]

    @cached_property
    def _words(self) -> Mapping[Key | str, frozenset[str]]:
        sources: dict[Key | str, tuple[str, ...]] = {
            key: (button.label, button.words) for key, button in self.always.bar.items()
        }
        sources |= {name: (words,) for name, words in self.always.commands.items()}
        return {
            key: frozenset(
                fold(word)
                for text in texts
                for catalogue in self.catalogues.values()
                for word in (*catalogue.text(text).split(","), *text.split(","))
            )
            - {""}
            for key, texts in sources.items()
        }

    @cached_property
    def hashed(self) -> Hashed:
        """Return what tokens name by hash, the other way round."""
        return Hashed(
            {short_hash(locale, 1): locale for locale in self.catalogues},
            {short_hash(area, 2): area for area in self.directory.areas},
            {short_hash(step, 3): step for step in self.steps},
            {choice_code(name): name for name in (*self.jumps, *self.catalogues)},
        )

    @cached_property
    def apart(self) -> frozenset[str]:
        """Return the départements whose screens differ: some number, or the clock."""
        elsewhere = (other for number in self.directory.numbers.values() for other in number.elsewhere)
        return OVERSEAS.union(code for other in elsewhere for code in other.departements)

    def named(self, text: str) -> tuple[str, ...]:
        """Return the topics whose words a message has, at most three."""
        flows = (self.flows[name] for name in spot(self.suggestions, text))
        return tuple(dict.fromkeys(flow.topic for flow in flows if flow.topic))[:3]

    def about(self, topic: str, audience: str | None) -> Iterator[Flow]:
        """Give the flows about a topic, for everybody and for an audience; a victim's when it is not known."""
        for wanted in (None, audience or "victime"):
            yield from (flow for flow in self.flows.values() if (flow.topic, flow.audience) == (topic, wanted))

    @cached_property
    def lexicon(self) -> Lexicon:
        """Return what services are called."""
        return Lexicon(self.directory)

    @cached_property
    def meant(self) -> Mapping[str, Meant]:
        """Return the services that people name, by the code that a button carries."""
        return {_code(phrase): meant for phrase, meant in self.lexicon.phrases.items()}

    def departement_of(self, session: Session) -> str | None:
        """Return the code of the département somebody asks about, None when it is not known."""
        if session.place is None and session.area == FRANCE:
            return None
        place = self.directory.places.get(session.place) if session.place else None
        if place is not None:
            return place.departement
        area: str | None = session.area
        while area is not None:
            found = self.directory.areas[area]
            if found.departement:
                return found.departement
            area = found.parent
        return None

    def choice(self, session: Session, code: str) -> str:
        """Return the choice a button's code stands for at this step; an unknown code leads nowhere."""
        for choice in getattr(self.steps[session.at], "choices", ()):
            if choice_code(choice.id) == code:
                return str(choice.id)
        return self.hashed.codes.get(code, code)

    def home(self, locale: str, area: str = FRANCE, place: str | None = None) -> Session:
        """Return a fresh session: nothing of before."""
        home = self.always.home
        return Session(locale=locale, area=area, root=home, entry=home, at=self._stop(home), place=place)
