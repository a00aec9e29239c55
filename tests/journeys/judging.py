"""Judge one screen against what a journey expects of it: one function for each word of the format.

Each gives a sentence for each thing that is wrong, and nothing when all is as expected. A word that is not known is
refused: a misspelt expectation would otherwise pass for ever.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.journeys.talking import Screen, Wrong, digits, first_read, folded, has, named, numbers_of, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@dataclass
class Seen:
    """What a journey has seen: every printed line since it began, and the presses since the last start."""

    lines: list[str] = field(default_factory=list)
    taps: int = 0
    place: str | None = None

    @property
    def screen(self) -> Screen:
        """Return the last screen."""
        return read(self.lines[-1])


def _ends(expected: dict[str, Any], found: Screen) -> Iterator[str]:
    """Compare what is said of one service or number; `None` expected must be None."""
    for key, value in expected.items():
        if key == "name":
            continue
        said = found.get(key)
        same = digits(str(said or "")) == digits(value) if key == "phone" else said == value
        if not same:
            yield f"{found['name']} : {key} vaut {said!r}, attendu {value!r}"


def _service(screen: Screen, expected: dict[str, Any]) -> Iterator[str]:
    found = [one for one in screen["services"] if has(expected["name"], one["name"])]
    if not found:
        yield f"aucun service « {expected['name']} » (on lit : {', '.join(s['name'] for s in screen['services'])})"
        return
    reasons = [list(_ends(expected, one)) for one in found]
    if all(reasons):
        yield from min(reasons, key=len)


def _about(screen: Screen, key: str, *, must: bool = True) -> Screen:
    found = named(screen, key)
    if found is None and must:
        raise Wrong(f"« {key} » n'est pas sur l'écran : {', '.join(numbers_of(screen))}\n{screen['text']}")
    return found or {}


def _pages(screen: Screen) -> str:
    """Return all that cites a way to write."""
    return "\n".join([screen["text"], *(str(number["url"]) for number in screen["numbers"])])


def _lines_of(screen: Screen) -> Iterator[tuple[str, str]]:
    """Give each number shown with the line of the text that holds it."""
    written = [n["display"] for n in screen["numbers"] if n["number"]]
    for display in [*written, *(s["phone"] for s in screen["services"] if s["phone"])]:
        lines = [line for line in screen["text"].split("\n") if folded(display) in folded(line)]
        yield display, lines[0] if lines else ""


def _texts(wanted: bool) -> Callable[[Seen, Any], Iterator[str]]:
    def check(seen: Seen, patterns: Any) -> Iterator[str]:
        for pattern in [patterns] if isinstance(patterns, str) else patterns:
            if has(pattern, seen.screen["text"]) is not wanted:
                yield f"le texte {'n’a pas' if wanted else 'a'} « {pattern} »"

    return check


def _numbers_all(seen: Seen, wanted: Any) -> Iterator[str]:
    there = numbers_of(seen.screen)
    yield from (f"le {number} manque (on lit : {', '.join(there)})" for number in wanted if digits(number) not in there)


def _numbers_any(seen: Seen, wanted: Any) -> Iterator[str]:
    if not {digits(number) for number in wanted} & set(numbers_of(seen.screen)):
        yield f"aucun de {', '.join(wanted)} (on lit : {', '.join(numbers_of(seen.screen))})"


def _numbers_none(seen: Seen, unwanted: Any) -> Iterator[str]:
    written = re.sub(r"\D", "", seen.screen["text"])
    for number in unwanted:
        if digits(number) in numbers_of(seen.screen):
            yield f"le {number} est montré"
        elif len(digits(number)) > 5 and digits(number) in written:
            yield f"le {number} est écrit dans le texte"


def _numbers_first(seen: Seen, number: Any) -> Iterator[str]:
    there = numbers_of(seen.screen)
    if not there or there[0] != digits(number):
        yield f"le premier numéro de la liste est {there[:1]}, attendu {number}"
    if first_read(seen.screen) != digits(number):
        yield f"le premier numéro lu est {first_read(seen.screen)}, attendu {number}"


def _most(count: Callable[[Seen], int], what: str) -> Callable[[Seen, Any], Iterator[str]]:
    def check(seen: Seen, most: Any) -> Iterator[str]:
        if count(seen) > most:
            yield f"{count(seen)} {what}, {most} au plus"

    return check


def _services_min(seen: Seen, least: Any) -> Iterator[str]:
    if len(seen.screen["services"]) < least:
        yield f"{len(seen.screen['services'])} services, {least} au moins"


def _open(seen: Seen, wanted: Any) -> Iterator[str]:
    for key, value in wanted.items():
        said = _about(seen.screen, key)["open"]
        if said is not value:
            yield f"{key} : open vaut {said!r}, attendu {value!r}"


def _next_opening(seen: Seen, wanted: Any, *, must: bool = True) -> Iterator[str]:
    for key, value in wanted.items():
        said = _about(seen.screen, key, must=must).get("next_opening")
        if said != value and (must or said is not None):
            yield f"{key} ouvre {said}, attendu {value}"


def _next_opening_any(seen: Seen, wanted: Any) -> Iterator[str]:
    for key, values in wanted.items():
        said = _about(seen.screen, key).get("next_opening")
        if said not in values:
            yield f"{key} ouvre {said}, attendu l'un de {', '.join(values)}"


def _next_opening_if_shown(seen: Seen, wanted: Any) -> Iterator[str]:
    yield from _next_opening(seen, wanted, must=False)


def _open_none(seen: Seen, unwanted: Any) -> Iterator[str]:
    for key in unwanted:
        if (_about(seen.screen, key, must=False)).get("open") is True:
            yield f"{key} est dit ouvert"
        for service in seen.screen["services"]:
            if has(key, service["name"]) and service["open"] is True:
                yield f"{service['name']} est dit ouvert"


def _open_local_none(seen: Seen, unwanted: Any) -> Iterator[str]:
    for service in seen.screen["services"]:
        named_ = unwanted is True or any(has(pattern, service["name"]) for pattern in unwanted)
        if named_ and service["open"] is True:
            yield f"{service['name']} est dit ouvert"


def _services_all(seen: Seen, wanted: Any) -> Iterator[str]:
    for expected in wanted:
        yield from _service(seen.screen, expected)


def _services_none(seen: Seen, unwanted: Any) -> Iterator[str]:
    for service in seen.screen["services"]:
        for pattern in unwanted:
            if has(pattern, f"{service['name']} {service['kind']}"):
                yield f"« {service['name']} » est montré"


def _order(seen: Seen, patterns: Any) -> Iterator[str]:
    names = [service["name"] for service in seen.screen["services"]]
    places = [next((i for i, name in enumerate(names) if has(pattern, name)), None) for pattern in patterns]
    if None in places or places != sorted(place for place in places if place is not None):
        yield f"l'ordre voulu est {' puis '.join(patterns)} (on lit : {', '.join(names)})"


def _channels(seen: Seen, patterns: Any) -> Iterator[str]:
    for pattern in patterns:
        if not has(pattern, _pages(seen.screen)):
            yield f"aucune voie écrite « {pattern} »"


def _each(what: str) -> Callable[[Seen, Any], Iterator[str]]:
    def check(seen: Seen, pattern: Any) -> Iterator[str]:
        wanted = r"\b(19|20)\d\d\b" if pattern is True else pattern
        if not seen.screen["services"]:
            yield "aucun numéro local sur cet écran"
        for display, line in _lines_of(seen.screen):
            if not has(wanted, line):
                yield f"la ligne du {display} ne dit pas {what} : « {line} »"

    return check


def _same(whole: bool) -> Callable[[Seen, Any], Iterator[str]]:
    def check(seen: Seen, turn: Any) -> Iterator[str]:
        before, after = seen.lines[turn], seen.lines[-1]
        if not whole:
            ignored = {"token": ""}
            before, after = json.dumps(read(before) | ignored), json.dumps(read(after) | ignored)
        if before != after:
            yield f"l'écran n'est pas celui du tour {turn} : {read(before)['step']}, {read(after)['step']}"

    return check


def _erased(seen: Seen, wanted: Any) -> Iterator[str]:
    if seen.screen["erased"] is not wanted:
        yield f"erased vaut {seen.screen['erased']}, attendu {wanted}"


def _french_line(seen: Seen, wanted: Any) -> Iterator[str]:
    french = r"j.ai besoin (d.aide|de la police)|je ne parle pas francais|venez vite"
    if wanted and not has(french, seen.screen["text"]):
        yield "aucune phrase en français à lire à voix haute ou à montrer"


def _place(seen: Seen, name: Any) -> Iterator[str]:
    if seen.place != name:
        yield f"la commune comprise est {seen.place}, attendu {name}"


def _told(seen: Seen, told: Any) -> Iterator[str]:
    """Say nothing: a note for readers, or what other tests prove."""
    del seen, told
    return iter(())


EXPECTATIONS: dict[str, Callable[[Seen, Any], Iterable[str]]] = {
    "text_has": _texts(True),
    "text_lacks": _texts(False),
    "numbers_all": _numbers_all,
    "numbers_any": _numbers_any,
    "numbers_none": _numbers_none,
    "numbers_first": _numbers_first,
    "services_count_max": _most(lambda seen: len(seen.screen["services"]), "services"),
    "services_count_min": _services_min,
    "choices_max": _most(lambda seen: len(seen.screen["choices"]), "choix"),
    "taps_max": _most(lambda seen: seen.taps, "appuis"),
    "open": _open,
    "next_opening": _next_opening,
    "next_opening_any": _next_opening_any,
    "next_opening_if_shown": _next_opening_if_shown,
    "open_none": _open_none,
    "open_not_true": _open_none,
    "open_local_none": _open_local_none,
    "services_all": _services_all,
    "services_none": _services_none,
    "order": _order,
    "channels_all": _channels,
    "label_each": _each("« à confirmer »"),
    "year_each": _each("l'année"),
    "same_screen_as": _same(False),
    "same_bytes_as": _same(True),
    "erased": _erased,
    "french_line": _french_line,
    "fact_to_add": _told,
    "typed_text_deleted": _told,
    "place": _place,
}


def judge(seen: Seen, expected: dict[str, Any]) -> list[str]:
    """Return everything that a screen lacks; a word of the format that is not known is refused."""
    unknown = expected.keys() - EXPECTATIONS.keys()
    if unknown:
        raise Wrong(f"attente inconnue : {', '.join(sorted(unknown))}")
    return [reason for key, value in expected.items() for reason in EXPECTATIONS[key](seen, value)]
