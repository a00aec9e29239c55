"""What a few words ask of the directory: « avocat gratuit boulogne mercredi » is a service, a commune and a day.

A service is named by what people call its kind (`words:` in knowledge/), by its own name or by its acronym. It is asked
for only when little else is said: « le gendarme m'a dit de rentrer » asks for nothing. A commune is read to the letter,
and with one mistake only beside a service. Whatever is ordinary French, or somebody's first name, is no commune.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.directory.kinds import KINDS
from bot.directory.placenames import common, expand
from bot.text import fold
from bot.understand.firstnames import FIRST_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    from bot.directory.model import Directory, Service
    from bot.directory.places import Place


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


MOST_WORDS = 24
"""Words of a message that may ask for a service; a longer one tells something."""
SPARE = 2
"""Words that may stand beside a service, a commune and a day and still leave a question: « patiente », « turc »."""
NAME_WORDS = 8
"""Words of the longest names of communes."""
TOWN = 5000
"""Inhabitants of a town whose name is also an ordinary word: « cidff sens » is in Sens."""

_ASKING = _listed(
    """
    a adresse ai alentours an ancienne and any aprem apres are as at au aujourd autour aux avec avez avoir
    besoin bonjour bonsoir ca ce cet cette cherche cherchent chercher cherchons combien comment contact
    contacter coordonnees cote d dame dans de des do dois doit donne donnez dont du en encore environs est et
    etre existe faire faut femme ferme fermee find for free from gratuit gratuite gratuitement gratuites
    gratuits habitante hello heure heures hi horaire horaires hours how i ici il in info infos is j je joindre l
    la le lequel les list local locale looking m madame mail matin me merci midi mme moi mon monsieur mr my n
    near nearest need no nom non nous num numero numeros of on open opening orienter ou ouvert ouverte ouvertes
    ouverts ouverture ouvre par patient patiente permanence permanences personne peut phone please plus possible
    pour pres proche proches proximite qu quand que quel quelle quelles quels qui rdv recherche rencontrer
    rendez s salut se secteur soir sont stp sur svp t tel telephone the there to trouve trouver tu un une urgent
    usager usagere vers vient ville vite voir voudrais vous what when where y
    """
)
"""Words that only ask: they say neither what, nor where, nor when."""

_ARTICLES = frozenset(("la", "le", "les", "l"))
_TOWARDS = _listed("a vers in to sur habite vis near pres proche secteur")
"""What stands before a commune, in a sentence that names no service."""
_NEAR = _listed("habite vis near pres proche secteur")
"""Those of them that stand before little else."""
_BEFORE_CODE = _TOWARDS | _listed("de le code postal cp from dans")
_POSTCODE = re.compile(r"\d{5}|2[ab]\d{3}")
_ACRONYM = re.compile(r"\b[A-ZÉ]{3,}\b")

_WEEK = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
_ENGLISH = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEKDAYS = {f"{name}{s}": rank for week in (_WEEK, _ENGLISH) for rank, name in enumerate(week) for s in ("", "s")}
_WEEKDAYS |= {"wed": 2, "thu": 3, "fri": 4, "sat": 5}
_NEXT = ("prochain", "prochains", "next")
_SATURDAY, _SUNDAY = 5, 6
_AHEAD = {
    "apres demain": 2, "day after tomorrow": 2, "demain": 1, "tomorrow": 1, "aujourd hui": 0, "aujourdhui": 0,
    "ce soir": 0, "ce matin": 0, "cet apres midi": 0, "maintenant": 0, "today": 0, "tonight": 0, "now": 0,
}  # fmt: skip
_WEEKENDS = frozenset(("weekend", "weekends", "week end", "week ends"))


def _by_first(phrases: Iterable[str]) -> dict[str, list[tuple[str, ...]]]:
    """Return phrases as words, by the first word, the longest first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for phrase in sorted(phrases, key=lambda phrase: (-phrase.count(" "), phrase)):
        words = tuple(phrase.split())
        found.setdefault(words[0], []).append(words)
    return found


_DAYS = _by_first([*_AHEAD, *_WEEKENDS])


@dataclass(frozen=True, slots=True)
class Meant:
    """A service as people call it: its kinds, and the ids of its services when it is not all of these kinds."""

    phrase: str
    kinds: tuple[str, ...]
    ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for. Several places are as good as one another: the first is the likeliest. False: nothing."""

    service: Meant | None = None
    places: tuple[Place, ...] = ()
    day: date | None = None

    def __bool__(self) -> bool:
        """Tell whether anything is asked for."""
        return self.service is not None or bool(self.places)


class _Run(NamedTuple):
    """Words side by side, from `start` to before `end`."""

    start: int
    end: int


class Lexicon:
    """What services are called, as one directory knows it."""

    def __init__(self, directory: Directory) -> None:
        self._places = directory.places
        called: dict[str, list[str]] = {}
        for kind, words in directory.words.items():
            for word in words if KINDS[kind].audiences else ():
                called.setdefault(expand(fold(word)), []).append(kind)
        named: dict[str, list[Service]] = {}
        for service in directory.index.services:
            for name in _names(service.name, service.organization) if service.sort.audiences else ():
                named.setdefault(name, []).append(service)
        self.phrases = {
            name: Meant(name, tuple(dict.fromkeys(one.kind for one in held)), frozenset(one.id for one in held))
            for name, held in named.items()
        } | {phrase: Meant(phrase, tuple(dict.fromkeys(kinds))) for phrase, kinds in called.items()}
        """Every name, folded; what a kind is called wins over the name of one service."""
        self._known = frozenset(word for phrase in self.phrases for word in phrase.split())
        usual = sorted({word for phrase in called for word in phrase.split() if len(word) > 4})
        lengths = range(max(map(len, usual), default=0) + 2)
        self._usual = {length: [word for word in usual if abs(len(word) - length) <= 1] for length in lengths}
        """Words of kinds, by the length of what may be one of them with a mistake."""

    @cached_property
    def _starts(self) -> dict[str, list[tuple[str, ...]]]:
        return _by_first(self.phrases)

    def asked(self, text: str, now: datetime, near: str | None = None) -> Asked:
        """Return what a message asks for; `now` is on the person's clock, `near` their département."""
        words = _words(text)
        free = [True] * len(words)
        if len(words) > MOST_WORDS:
            return Asked(places=self._told(words, near))
        day = _day(words, free, now.date())
        service = self._service(words, free)
        if service is None:
            return Asked(places=self._told(words, near))
        places = self._beside(words, free, near)
        if service.ids and not places:  # « gendarmerie de montoire » is one name, and says where
            said = service.phrase.split()
            places = next(filter(None, (self._exact(said, gram, near) for gram in _grams(_Run(0, len(said))))), ())
        if sum(alone and word not in _ASKING for word, alone in zip(words, free, strict=True)) > SPARE:
            return Asked(places=self._told(words, near))
        return Asked(service, places, day)

    # The service ----------------------------------------------------------------------------------------------------

    def _service(self, words: Sequence[str], free: list[bool]) -> Meant | None:
        """Return the service named by the most words, the first of them, and take away the words of all."""
        said = [self._spelt(word) for word in words]
        best: Meant | None = None
        at = 0
        while at < len(said):
            phrase = next((one for one in self._starts.get(said[at], ()) if _at(said, at, one)), None)
            if phrase is None or not all(free[at : at + len(phrase)]):
                at += 1
                continue
            _take(free, _Run(at, at + len(phrase)))
            at += len(phrase)
            if best is None or len(phrase) > best.phrase.count(" ") + 1:
                best = self.phrases[" ".join(phrase)]
        return best

    def _spelt(self, word: str) -> str:
        """Return a word as it is usually written, one mistake mended."""
        if len(word) < 4 or word in self._known or word in _ASKING or common(word) or self._places.known(word):
            return word
        found = process.extractOne(word, self._usual.get(len(word), ()), scorer=OSA.distance, score_cutoff=1)
        return found[0] if found else word

    # The commune ----------------------------------------------------------------------------------------------------

    def _beside(self, words: Sequence[str], free: list[bool], near: str | None) -> tuple[Place, ...]:
        """Return the communes named beside a service, and take their words away."""
        runs = [run for run in _runs(words, free) if run.start < run.end]
        for run in runs:
            if towns := self._whole(" ".join(words[run.start : run.end]), near, alone=len(runs) == 1):
                _take(free, run)
                return towns
        for run in runs:
            for gram in _grams(run):
                if towns := self._exact(words, gram, near):
                    _take(free, gram)
                    return towns
        return ()

    def _whole(self, said: str, near: str | None, *, alone: bool) -> tuple[Place, ...]:
        """Return the communes that words side by side name, a mistake forgiven; for a département, its largest."""
        if common(said) or said in FIRST_NAMES:
            towns = self._places.find(said, near).places if alone and self._places.known(said) else ()
            towns = tuple(town for town in towns if town.population >= TOWN)
        else:
            towns = self._places.find(said, near).places
        largest = None if towns else self._places.largest(said)
        return (largest,) if largest else towns

    def _told(self, words: Sequence[str], near: str | None) -> tuple[Place, ...]:
        """Return the communes of a message that asks for no service: a postcode, or a name where one is expected."""
        for at, word in enumerate(words):
            # « je dois 30000 euros » is not in Nîmes.
            if _POSTCODE.fullmatch(word) and (at == 0 or words[at - 1] in _BEFORE_CODE):
                return self._places.find(word, near).places
        if towns := self._exact(words, _Run(0, len(words)), near):
            return towns
        expected = [at for at, before in enumerate(words[:-1], 1) if before in _TOWARDS]
        for size in range(NAME_WORDS, 0, -1):
            for at in [start for start in expected if start + size <= len(words)]:
                least = 0 if words[at - 1] in _NEAR else TOWN
                towns = self._exact(words, _Run(at, at + size), near)
                if towns := tuple(town for town in towns if town.population >= least):
                    return towns
        return ()

    def _exact(self, words: Sequence[str], gram: _Run, near: str | None) -> tuple[Place, ...]:
        said = " ".join(words[gram.start : gram.end])
        if _POSTCODE.fullmatch(said):
            return self._places.find(said, near).places
        if said in _ASKING or said in FIRST_NAMES or not self._places.known(said) or common(said):
            return ()
        return self._places.find(said, near).places


def _words(text: str) -> tuple[str, ...]:
    return tuple(expand(fold(text)).split())


@lru_cache(maxsize=1 << 12)
def _names(*named: str) -> tuple[str, ...]:
    """Return what a service is called: its name and its organization up to the first comma, and their acronyms."""
    return tuple(dict.fromkeys(name for written in named for name in _called(written)))


def _called(written: str) -> Iterator[str]:
    name = re.split("[,(]", written)[0]
    words = [word for word in expand(fold(name)).split() if not word.isdecimal()]
    acronyms = {fold(word) for word in _ACRONYM.findall(written)}
    for one in (words, words[1:] if words[:1] and words[0] in _ARTICLES else []):
        phrase = " ".join(one)
        if len(one) > 1 or phrase in acronyms or (len(phrase) > 3 and not common(phrase)):
            yield phrase
    yield from (word for word in acronyms if len(word) > 3 and not common(word))


def _at(said: Sequence[str], at: int, phrase: tuple[str, ...]) -> bool:
    return tuple(said[at : at + len(phrase)]) == phrase


def _take(free: list[bool], run: _Run) -> None:
    free[run.start : run.end] = [False] * (run.end - run.start)


def _runs(words: Sequence[str], free: Sequence[bool]) -> Iterator[_Run]:
    """Give the words left side by side, without the asking words around them; an article may open a name."""
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and free[end]:
            end += 1
        start, last = at, end
        while start < last and words[start] in _ASKING:
            start += 1
        while last > start and words[last - 1] in _ASKING:
            last -= 1
        if at < start < last and words[start - 1] in _ARTICLES:
            start -= 1
        yield _Run(start, last)
        at = end + 1


def _grams(run: _Run) -> Iterator[_Run]:
    """Give the words side by side of a run, the longest first."""
    for size in range(min(NAME_WORDS, run.end - run.start), 0, -1):
        yield from (_Run(start, start + size) for start in range(run.start, run.end - size + 1))


def _day(words: Sequence[str], free: list[bool], today: date) -> date | None:
    """Return the day named, today included, and take its words away."""
    found: date | None = None
    for at, word in enumerate(words):
        if not free[at]:
            continue
        length, ahead = _offset(words, at, today)
        if (rank := _WEEKDAYS.get(word)) is not None:
            length, ahead = 1, (rank - today.weekday()) % 7
            if {*words[max(0, at - 1) : at], *words[at + 1 : at + 2]} & {*_NEXT} and not ahead:
                ahead = 7
        if length:
            _take(free, _Run(at, at + length))
            found = found or today + timedelta(days=ahead)
    return found


def _offset(words: Sequence[str], at: int, today: date) -> tuple[int, int]:
    """Return how many words name a day, not of the week, from here on, 0 for none, and how far ahead it is."""
    said = next((phrase for phrase in _DAYS.get(words[at], ()) if _at(words, at, phrase)), ())
    if (phrase := " ".join(said)) in _WEEKENDS:
        return len(said), 0 if today.weekday() == _SUNDAY else _SATURDAY - today.weekday()
    return len(said), _AHEAD.get(phrase, 0)
