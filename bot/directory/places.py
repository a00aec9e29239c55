"""Every commune of France, found by what a tired person types: a name in any spelling, a postcode, both, a département.

A wrong town is worse than a question. One place is returned only when nothing else could reasonably be meant, else all
that could, and nothing for a sentence that merely shares a word with a name. The looser a reading, the later it is
tried: official name, former name, articles left out, first words of a name, one typing mistake.
Data: knowledge/places.tsv and departements.tsv, written by scripts/make_places.py.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from bot.directory.place import Found, Place, distance_km
from bot.directory.placenames import Names, bare, common, expand, lead_in, refused
from bot.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Keep = Callable[[int], bool]
    Reading = Literal["exact", "bare", "opening"]

__all__ = ["Found", "Place", "Places", "distance_km"]

LONGEST = 120
"""Characters of a typed place that are looked at; the longest official name has 45."""

OVERSHADOWS = 15
"""How many times more people make a town the likelier meaning: « aix » is Aix (Corrèze), or Aix-en-Provence?"""

UNDOUBTED = 10
"""How many times more people make the very words of a town certain: « mans » is Le Mans, and no mistake in Mana."""

LAND_WORDS = 8
"""Words to try as a département: « dans les terres australes et antarctiques françaises »."""


_POSTCODE = re.compile(r"\b(?:\d{5}|2[ab]\d{3})\b|^\d\d \d{3}$")
_LAND_LEAD = re.compile(r"^(?:(?:dans|en|a|au|aux|de|des|d|du|le|la|les|l|dep|dept|dpt|departement) )+")
_DISTRICT = re.compile(r"(paris|lyon|marseille) 0?(\d\d?) ?(er|ere|e|eme|ieme|nd|nde)?(?: arr(?:t|dt|ondissement)?)?")


class _Land(NamedTuple):
    name: str
    region: str
    lat: float
    lon: float


def _any(_: int) -> bool:
    return True


class Places:
    """Look communes up. An *entry* is a name: that of row n for entry n, former names after the last row."""

    def __init__(self, rows: list[str], lands: dict[str, _Land]) -> None:
        self._rows = rows
        self._lands = lands
        self._at: dict[str, int] = {}
        self._former: list[tuple[int, str]] = []
        names: list[str] = []
        for row, line in enumerate(rows):
            insee, name, rest = line.split("\t", 2)
            self._at[insee] = row
            names.append(name)
            if rest.count("\t") == 5:
                self._former += [(row, old) for old in rest[rest.rindex("\t") + 1 :].split(";")]
        self._names = Names([*names, *(old for _, old in self._former)])

    @classmethod
    def read(cls, text: str, departements_text: str) -> Places:
        """Read the two files of knowledge/, already in memory."""
        lands = {}
        for line in _lines(departements_text):
            code, name, region, lat, lon = line.split("\t")
            lands[code] = _Land(name, region, float(lat), float(lon))
        return cls(_lines(text), lands)

    def __iter__(self) -> Iterator[Place]:
        """Give every commune and arrondissement in the order of INSEE codes."""
        return map(self._place, range(len(self._rows)))

    def get(self, insee: str) -> Place | None:
        """Return the commune or arrondissement of this INSEE code."""
        row = self._at.get(insee)
        return None if row is None else self._place(row)

    def known(self, text: str) -> bool:
        """Tell whether a folded text is the name of a commune, present or former, to the letter."""
        return bool(self._names.exact(expand(text)))

    def largest(self, text: str) -> Place | None:
        """Return the largest commune of the département that a folded text names: « 41 », « loir et cher »."""
        lands = self._land_names.get(text, frozenset())
        rows = self._land_rows[next(iter(lands))] if len(lands) == 1 else ()
        return self._place(max(rows, key=self._population)) if rows else None

    def find(self, typed: str, near: frozenset[str] | str | None = None) -> Found:
        """Return what was typed may mean; communes of the départements `near` come first."""
        written = fold(re.sub(r"\bs/", "sur ", typed[: 2 * LONGEST], flags=re.IGNORECASE))
        written = re.sub(r"\d", lambda digit: str(int(digit[0])), written)  # ٤١١٠٠ is a postcode as well
        written = re.sub(r" cedex(?: \d\d?)?\b", "", written)
        text = expand(written)
        if len(text) > LONGEST:
            return Found()
        tiers = self._whole(text)
        if not any(tiers) and (said := lead_in(text)):
            tiers = [self._inside(said)]
        if not any(tiers) and text != written:
            tiers = self._mistyped(written)  # « st » may be a mistake in « et » as well
        entries = _joined(tiers)
        # Backwards: a commune is of the likeliest tier that has it.
        rank = {self._row(entry): at for at, tier in reversed([*enumerate(tiers)]) for entry in tier}
        first = frozenset({near}) if isinstance(near, str) else near or frozenset()

        def likeliest(row: int) -> tuple[bool, int, int, int]:
            return self._land(row) not in first, rank[row], -self._population(row), row

        order = map(self._place, sorted(rank, key=likeliest))
        # With a present name among the meanings, there is nothing to explain.
        old = {self._former[entry - len(self._rows)][1] if entry >= len(self._rows) else None for entry in entries}
        return Found(tuple(order), old.pop() if len(old) == 1 else None)

    # Readings. Each returns the entries that the text may mean.

    def _whole(self, text: str) -> list[list[int]]:
        """Read a text that should be a place and nothing more; then what else it is with one mistake, by likelihood.

        A name to the letter is never doubted: far more people write their village right than a town wrong. A name in
        part may well be a mistake: « fresne » is Le Fresne, 74 inhabitants, or Fresnes.
        """
        if hits := self._coded(text) or self._with_towns(text, self._named(text, loosest="exact")):
            return [hits]
        if (lands := self._land_names.get(_land_key(text))) is not None:
            # « saint-pierre et miquelon » may be asked about; « mayotte » is too large to mean one of its communes.
            rows = [row for land in lands for row in self._land_rows[land]]
            return [rows] if len(rows) <= 3 else []
        if hits := self._named(text, loosest="bare"):
            # « les granges aube » is Les Granges in Aube, or Granges-sur-Aube in another département.
            hits = self._with_towns(text, hits) + self._qualified(text, loosest="bare")
        elif any(tiers := self._in_land(text)):
            # « malancourt sur meuse » is Malancourt, in Meuse, or a mistake in Malaincourt-sur-Meuse.
            return [*tiers, *self._mistyped(text)[:2]]
        hits = hits or self._named(text)
        tiers = [hits, *self._doubted(text, hits, self._mistyped(text))]
        if any(tiers):
            return tiers
        return next((found for name, keep in self._split(text) if any(found := self._mistyped(name, keep))), [])

    def _inside(self, text: str) -> list[int]:
        """Read what a sentence ends with: no ordinary word, no first words of a longer name, no mistake."""
        if hits := self._coded(text):
            return hits
        if common(text) or _land_key(text) in self._land_names:
            return []
        return self._with_towns(text, self._named(text, loosest="bare")) or self._qualified(text)

    def _coded(self, text: str) -> list[int]:
        """Read a postcode, alone or with a name; an INSEE code that is no postcode; an arrondissement."""
        if district := _DISTRICT.fullmatch(text):
            town, number, ordinal = district.groups()
            row = self._districts.get((town, int(number)))
            # « marseille 13 » is the département as well as an arrondissement: the town holds both.
            return [row] if row is not None and (ordinal or self._land(row) != number) else []
        if not (found := _POSTCODE.search(text)):
            return []
        code = found[0].replace(" ", "").upper()
        name = " ".join(f"{text[: found.start()]} {text[found.end() :]}".split())
        posted = self._posts.get(code, [])
        if not posted and not name and code in self._at:
            return [self._at[code]]
        towns = {self._town(row) for row in posted}
        if hits := self._confirmed(name, lambda row: row in towns):
            # The name says Paris, the postcode which part of it.
            named = {self._row(entry) for entry in hits}
            return [row for row in posted if self._town(row) != row and self._town(row) in named] or hits
        # The postcode of a neighbour, or one for mail only (« cedex »): the département at least is right.
        lands = frozenset(map(self._land, posted)) | self._land_names.get(code[: 3 if code > "97" else 2], frozenset())
        return self._confirmed(name, self._among(lands)) or posted + self._named(lead_in(name) or name, loosest="exact")

    def _confirmed(self, name: str, keep: Keep) -> list[int]:
        said = lead_in(name) or name
        return self._named(name, keep) or self._named(said, keep) or _joined(self._mistyped(said, keep))

    def _in_land(self, text: str) -> list[list[int]]:
        """Read a name that a département or region follows or precedes: to the letter, or else with a mistake."""
        for name, keep in self._split(text):
            if hits := self._named(name, keep):
                sure = self._named(name, keep, loosest="exact")
                return [hits] if sure else [hits, *self._doubted(name, hits, self._mistyped(name, keep))]
        return []

    def _qualified(self, text: str, loosest: Reading = "opening") -> list[int]:
        """Read a name that a département or region follows or precedes: « vendôme (41) », « saint-denis réunion »."""
        return next((hits for name, keep in self._split(text) if (hits := self._named(name, keep, loosest))), [])

    def _split(self, text: str) -> Iterator[tuple[str, Keep]]:
        """Cut off each département, region or number of département at an end of the text, the longest first."""
        words = text.split()
        for cut in range(max(1, len(words) - LAND_WORDS), len(words)):
            if lands := self._land_names.get(_land_key(" ".join(words[cut:]))):
                yield " ".join(words[:cut]), self._among(lands)
        if len(words) > 1 and words[0].isdecimal() and (lands := self._land_names.get(words[0])):
            yield " ".join(words[1:]), self._among(lands)

    def _named(self, text: str, keep: Keep = _any, loosest: Reading = "opening") -> list[int]:
        """Read a name, strictly then loosely; at each step an official name wins over a former one."""
        ordinary = common(text)
        readings = [self._names.exact]
        if loosest != "exact" and not (ordinary and len(bare(text).split()) < 2):
            readings.append(self._names.bare)
        if loosest == "opening" and not ordinary:
            readings.append(self._names.opening)
        for reading in readings:
            if entries := [entry for entry in reading(text) if keep(self._row(entry))]:
                return self._presiding(entries)
        return []

    def _presiding(self, entries: list[int]) -> list[int]:
        """Let official names win over former ones, but for a former name nobody bears: Vire is not Viré."""
        today = [entry for entry in entries if entry < len(self._rows)]
        borne = {self._rows[row].split("\t", 2)[1] for row in today}
        former = [entry for entry in entries if entry >= len(self._rows)]
        return today + [entry for entry in former if self._former[entry - len(self._rows)][1] not in borne]

    def _mistyped(self, text: str, keep: Keep = _any) -> list[list[int]]:
        """Read a name with one mistake: present names, former ones, then those whose link words differ as well.

        However small, those who bear it are offered: a town where a hamlet was meant is worse than a question.
        """
        if refused(text):
            return []
        whole, partly = ([e for e in entries if keep(self._row(e))] for entries in self._names.close(text))
        today = [entry for entry in whole if entry < len(self._rows)]
        return [today, [entry for entry in whole if entry >= len(self._rows)], partly]

    def _doubted(self, text: str, hits: list[int], mistaken: list[list[int]]) -> list[list[int]]:
        """Keep the mistakes in whole names, unless the very words of a much larger town were typed."""
        if not hits:
            return mistaken
        most = max((self._weight(entry) for entry in hits if self._names.says(entry, text)), default=0)
        return [[e for e in tier if most < max(5000, UNDOUBTED * self._weight(e))] for tier in mistaken[:2]]

    def _with_towns(self, text: str, hits: list[int]) -> list[int]:
        """Add to the communes found the much larger ones whose name begins like that."""
        if not hits or len(text) <= 2:
            return hits
        # What a former commune had of the population of the present one is not known: « boulogne » is two towns.
        most = max(self._weight(entry) * OVERSHADOWS or self._population(self._row(entry)) for entry in hits)
        rows = {self._row(entry) for entry in hits}
        towns = [entry for entry in self._names.opening(text) if self._row(entry) not in rows]
        return hits + [entry for entry in towns if self._weight(entry) >= max(10_000, most)]

    # Rows

    def _row(self, entry: int) -> int:
        return entry if entry < len(self._rows) else self._former[entry - len(self._rows)][0]

    def _land(self, row: int) -> str:
        return _land_of(self._rows[row])

    def _town(self, row: int) -> int:
        """Return the row of the town of an arrondissement, else the row itself."""
        return self._at.get(self._rows[row].split("\t", 4)[3], row)

    def _among(self, lands: frozenset[str]) -> Keep:
        return lambda row: self._land(row) in lands

    def _population(self, row: int) -> int:
        return int(self._rows[row].split("\t", 7)[6])

    def _weight(self, entry: int) -> int:
        """Population behind a name; that of a former commune is not known, and counts for nothing."""
        return self._population(entry) if entry < len(self._rows) else 0

    def _place(self, row: int) -> Place:
        insee, name, postcodes, _, lat, lon, population = self._rows[row].split("\t")[:7]
        town = self._rows[self._town(row)].split("\t", 4)
        code = _land_of(insee)
        land = self._lands[code]
        point = (float(lat), float(lon)) if lat else (land.lat, land.lon)
        where = (insee, name, code, land.name, land.region, tuple(postcodes.split()), town[3])
        return Place(*where, *point, int(population), commune=town[0], located=bool(lat))

    @cached_property
    def _posts(self) -> dict[str, list[int]]:
        """Rows of each postcode; where arrondissements have it, they stand for their town."""
        posts: dict[str, list[int]] = {}
        for row, line in enumerate(self._rows):
            for code in line.split("\t", 3)[2].split():
                posts.setdefault(code, []).append(row)
        for row in self._districts.values():
            for code in self._rows[row].split("\t", 3)[2].split():
                posts[code] = [other for other in posts[code] if other != self._town(row)]
        return posts

    @cached_property
    def _districts(self) -> dict[tuple[str, int], int]:
        """Rows of arrondissements: their epci is an INSEE code."""
        names = ((row, line.split("\t", 4)[1]) for row, line in enumerate(self._rows) if self._town(row) != row)
        return {(name.split()[0].lower(), int(re.sub(r"\D", "", name))): row for row, name in names}

    @cached_property
    def _land_rows(self) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = {code: [] for code in self._lands}
        for row in range(len(self._rows)):
            rows[self._land(row)].append(row)
        return rows

    @cached_property
    def _land_names(self) -> dict[str, frozenset[str]]:
        """What départements and regions are called, articles apart, and the codes of the départements meant."""
        names: dict[str, frozenset[str]] = {"20": frozenset({"2A", "2B"})}
        for code, land in self._lands.items():
            for name in (
                code.lower(),
                code.lstrip("0").lower(),
                _land_key(fold(land.name)),
                _land_key(fold(land.region)),
            ):
                names[name] = names.get(name, frozenset()) | {code}
        return names


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line and not line.startswith("#")]


def _joined(tiers: list[list[int]]) -> list[int]:
    return [entry for tier in tiers for entry in tier]


def _land_key(text: str) -> str:
    """Drop what leads to the name of a département: « dans le Jura », « dépt 39 »."""
    return _LAND_LEAD.sub("", text)


def _land_of(insee: str) -> str:
    """Code of the département: what an INSEE code (or the row that it opens) begins with."""
    return insee[: 3 if insee.startswith(("97", "98")) else 2]
