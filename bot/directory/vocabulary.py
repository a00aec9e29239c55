"""The words that name each service, the other way round: from a word, as people type it, to the services it names."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from bot.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.directory.model import Service
    from bot.directory.places import Places

CLOSE = 84
"""How alike two words must be, out of 100, for one to be the other with a typing mistake."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`named`: for each word, the places in `services` of those it names."""

    services: Sequence[Service]
    named: Mapping[str, Sequence[int]]

    @classmethod
    def of(cls, services: Sequence[Service], places: Places) -> Vocabulary:
        """Gather the words of every service: name, organization, kind, topics, commune."""
        named: dict[str, list[int]] = {}
        for place, service in enumerate(services):
            for word in set(fold(_text(service, places)).split()):
                named.setdefault(word, []).append(place)
        return cls(services, named)

    def matches(self, said: Iterable[str]) -> list[tuple[int, Service]]:
        """Return the services that words name, each with how many of them do."""
        counts: Counter[int] = Counter()
        for word in said:
            counts.update(self._meant(word))
        return [(count, self.services[place]) for place, count in counts.items()]

    def _meant(self, word: str) -> set[int]:
        """Return those that a word names: itself, what begins like it, what it is but for one typing mistake."""
        words = {word} & self.named.keys()
        if len(word) > 3:
            words.update(other for other in self.named if other.startswith(word))
            close = process.extract(word, self.named.keys(), scorer=fuzz.ratio, score_cutoff=CLOSE, limit=None)
            words.update(other for other, *_ in close)
        return {place for one in words for place in self.named[one]}


def _text(service: Service, places: Places) -> str:
    commune = places.get(service.location.insee) if service.location else None
    parts = (service.name, service.organization, service.kind, service.sort.label, *service.topics)
    return " ".join((*parts, commune.name if commune else ""))
