"""From the files of knowledge/ to a Directory: the folder tree is the inheritance.

`france.yml` -> `france/49-maine-et-loire.yml` -> `france/49-maine-et-loire/angers-loire-metropole.yml`: a file inherits
from the file that bears its folder's name. A child adds a service, changes one field by field by repeating its id, or
hides ids; it cannot touch a national number. Merging happens on nodes, before anything is judged, so each field keeps
the file, line and column it was written at, whoever inherits it. Every problem of every file is told at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot import source
from bot.directory import numbers, reading, rules
from bot.directory.index import Index
from bot.directory.model import Area, AreaFile, Card, Covers, Directory, Number, Service
from bot.errors import At, Problem, nearest
from bot.source import Block, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.directory.places import Places

LOCK = "knowledge/numbers.lock"
CARDS = "cards"
"""The folder of the root's folder that holds cards instead of territories."""


@dataclass(slots=True)
class _Draft:
    """A file being read: what it says, and what holds there once the file above it is inherited."""

    id: str
    path: str
    block: Block
    said: AreaFile
    parent: _Draft | None
    own: dict[str, Block] = field(default_factory=dict)
    services: dict[str, tuple[Block, Service | None]] = field(default_factory=dict)


def read(files: Mapping[str, str], places: Places, lock: str, problems: list[Problem]) -> Directory:
    """Compile the directory from its files, by path (`knowledge/france.yml`, …), and the text of `numbers.lock`.

    Reading goes on after a problem, so that all are told; the directory is fit for use only when there is none.
    """
    root = min(files, key=lambda path: (path.count("/"), path), default="knowledge/france.yml")
    folder = f"{root.removesuffix('.yml')}/{CARDS}/"
    areas: dict[str, Block] = {}
    facts: dict[str, Block] = {}
    for path in sorted(files, key=lambda path: (path.count("/"), path)):
        node = source.parse(files[path], path, problems)
        if isinstance(node, Block):
            (facts if path.startswith(folder) else areas)[path] = node
        elif node is not None:
            problems.append(Problem(node.at, "ce fichier doit être fait de lignes « mot: valeur »"))
    drafts = _drafts(areas, root, problems)
    nationals = _numbers(drafts.get(root), problems)
    for draft in drafts.values():
        _hold(draft, nationals, places, problems)
    cards = _cards(facts, nationals, problems)
    locked = numbers.lock(lock, LOCK, problems)
    numbers.compare(locked, _shown(drafts, nationals), LOCK, problems)
    problems[:] = sorted(set(problems))
    return _directory(drafts, nationals, cards, places)


def area_id(path: str) -> str:
    """Return the id of a territory: its file's name without the leading code of its département."""
    return re.sub(r"^(\d{2,3}|2[ABab])-", "", PurePosixPath(path).stem)


# --- areas -----------------------------------------------------------------------------------------------------------


def _drafts(blocks: Mapping[str, Block], root: str, problems: list[Problem]) -> dict[str, _Draft]:
    """Give a parent to each file, parents first."""
    drafts: dict[str, _Draft] = {}
    ids: dict[str, str] = {}
    for path, block in blocks.items():
        said = reading.read(AreaFile, block, problems) or AreaFile(name=area_id(path), covers=Covers())
        above = f"{PurePosixPath(path).parent}.yml"
        if path != root and above not in blocks:
            problems.append(Problem(At(path), f"ce fichier hérite de « {above} », qui manque : créez-le"))
        id = area_id(path)
        if id in ids:
            problems.append(Problem(At(path), f"« {id} » est déjà le territoire de {ids[id]} : renommez ce fichier"))
            continue
        ids[id] = path
        if path != root and said.numbers:
            sentence = "un territoire n'écrit pas de numéro national : ils sont tous dans le fichier du pays"
            problems.append(Problem(block.place("numbers"), sentence))
        _covers(said.covers, block, problems, is_root=path == root)
        parent = None if path == root else drafts.get(above, drafts.get(root))
        drafts[path] = _Draft(id, path, block, said, parent, own=_listed(block, "services", problems))
    return drafts


def _covers(covers: Covers, block: Block, problems: list[Problem], *, is_root: bool) -> None:
    if "covers" not in block or not isinstance(block["covers"], Block):
        return
    said = [covers.france, bool(covers.departement), bool(covers.epci), bool(covers.communes)]
    if sum(said) != 1 or covers.france != is_root:
        wanted = "france: yes" if is_root else "departement, epci ou communes"
        problems.append(Problem(block.place("covers"), f"« covers » dit une seule chose : {wanted}"))


def _listed(block: Block, key: str, problems: list[Problem]) -> dict[str, Block]:
    """Return the blocks of a list by their id; what has none is told, and left out."""
    listed: dict[str, Block] = {}
    items = block.get(key) or ()
    for item in items if isinstance(items, source.Items) else ():
        if not isinstance(item, Block):
            problems.append(Problem(item.at, "il faut ici un bloc qui commence par « id »"))
            continue
        id = item.get("id")
        if not isinstance(id, Text) or not id:
            problems.append(Problem(item.at, "il manque « id » : ajoutez-le"))
        elif id in listed:
            problems.append(Problem(id.at, f"« {id} » est écrit deux fois dans ce fichier : gardez-en un seul"))
        else:
            listed[str(id)] = item
    return listed


# --- services --------------------------------------------------------------------------------------------------------


def _hold(draft: _Draft, nationals: Mapping[str, Number], places: Places, problems: list[Problem]) -> None:
    """Work out what holds in an area: its own services first, then what it inherits and does not hide."""
    inherited = draft.parent.services if draft.parent else {}
    for rank, id in enumerate(draft.said.hide):
        if id not in inherited:
            sentence = f"« {id} » n'est pas un service hérité{nearest(id, inherited)}"
            problems.append(Problem(reading.place(draft.block, ("hide", rank)), sentence))
    for id, block in draft.own.items():
        merged = block
        if id in inherited:
            merged = Block(block.at)
            merged.update({**inherited[id][0], **block})
        elif not {"name", "kind"} & set(block) and (close := nearest(id, inherited)):
            problems.append(Problem(block.place("id"), f"aucun service hérité ne s'appelle « {id} »{close}"))
            continue
        origin = _origin(draft, id)
        one = reading.read(Service, merged, problems, inner=origin)
        draft.services[id] = (merged, rules.service(one, merged, nationals, places, problems) if one else None)
    for id, held in inherited.items():
        if id not in draft.services and id not in draft.said.hide:
            draft.services[id] = held


def _origin(draft: _Draft, id: str) -> str:
    """Return the area whose file first says that a service exists."""
    origin = draft.id
    while draft.parent and id in draft.parent.services:
        draft = draft.parent
        origin = draft.id if id in draft.own else origin
    return origin


# --- numbers and cards -----------------------------------------------------------------------------------------------


def _numbers(root: _Draft | None, problems: list[Problem]) -> dict[str, Number]:
    nationals: dict[str, Number] = {}
    for id, block in (_listed(root.block, "numbers", problems) if root else {}).items():
        one = reading.read(Number, block, problems)
        if one:
            nationals[id] = rules.number(one, block, problems)
            dialled = nationals[id].number
            twin = next((other for other, held in nationals.items() if other != id and held.number == dialled), None)
            if twin and dialled:
                problems.append(Problem(reading.place(block, ("number",)), f"« {twin} » a déjà ces chiffres"))
    return nationals


def _cards(facts: Mapping[str, Block], nationals: Mapping[str, Number], problems: list[Problem]) -> dict[str, Card]:
    cards: dict[str, Card] = {}
    for path, block in facts.items():
        id = PurePosixPath(path).stem
        one = reading.read(Card, block, problems, inner=id)
        if one:
            cards[id] = rules.card(one, block, nationals, problems)
    return cards


def _shown(drafts: Mapping[str, _Draft], nationals: Mapping[str, Number]) -> Iterator[tuple[str, str, At, bool]]:
    """Give every number with the id it bears in `numbers.lock`; those of the country must be there (P7).

    `3919` is a national number, `116006.2` the first of its variants overseas; `area/service` is the first phone of a
    service, `area/service.2` its second one.
    """
    for draft in drafts.values():
        if draft.parent is None:
            blocks = _listed(draft.block, "numbers", [])
            for number in nationals.values():
                shown = [(number.number, ("number",)), *_variants(number)]
                yield from _ids(number.id, shown, blocks[number.id], required=True)
        for id, block in draft.own.items():
            service = draft.services.get(id, (block, None))[1]
            if service and "phones" in block:
                phones = [(phone.number, ("phones", rank, "number")) for rank, phone in enumerate(service.phones)]
                written = len(reading.plain(block["phones"]))
                yield from _ids(f"{draft.id}/{id}", phones[:written], block, required=False)


def _variants(number: Number) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    for rank, other in enumerate(number.elsewhere):
        yield other.number, ("elsewhere", rank, "number")


def _ids(
    id: str, shown: Sequence[tuple[str, tuple[str | int, ...]]], block: Block, *, required: bool
) -> Iterator[tuple[str, str, At, bool]]:
    for rank, (dialled, path) in enumerate(shown, 1):
        if dialled:
            yield id if rank == 1 else f"{id}.{rank}", dialled, reading.place(block, path), required


# --- the whole -------------------------------------------------------------------------------------------------------


def _directory(
    drafts: Mapping[str, _Draft], nationals: dict[str, Number], cards: dict[str, Card], places: Places
) -> Directory:
    areas: dict[str, Area] = {}
    for draft in drafts.values():
        services = tuple(service for _, service in draft.services.values() if service)
        areas[draft.id] = Area(
            id=draft.id,
            name=draft.said.name,
            parent=draft.parent.id if draft.parent else None,
            covers=draft.said.covers,
            by_commune=draft.said.by_commune,
            services=services,
            file=draft.path,
        )
    if not areas:
        areas["france"] = Area("france", "France", None, Covers(france=True), False, (), "knowledge/france.yml")
    by = {area.id: area.covers for area in areas.values()}
    return Directory(
        areas=MappingProxyType(areas),
        numbers=MappingProxyType(nationals),
        cards=MappingProxyType(cards),
        places=places,
        root=next(iter(areas)),
        by_commune=MappingProxyType({code: id for id, covers in by.items() for code in covers.communes}),
        by_epci=MappingProxyType({covers.epci: id for id, covers in by.items() if covers.epci}),
        by_departement=MappingProxyType({covers.departement: id for id, covers in by.items() if covers.departement}),
        inner=frozenset(area.parent for area in areas.values() if area.parent),
        index=Index.of(areas.values(), places),
        words=MappingProxyType(_words(draft.said for draft in drafts.values())),
    )


def _words(files: Iterable[AreaFile]) -> dict[str, tuple[str, ...]]:
    words: dict[str, tuple[str, ...]] = {}
    for said in files:
        for kind, called in said.words.items():
            words[kind] = (*words.get(kind, ()), *called)
    return words
