"""Play an acceptance journey the way a stranger's program would: by labels, reading JSON, comparing digit by digit.

The format is told in `tests/journeys/README.md`. Nothing here looks inside the bot: a conversation is lines in, one
JSON object out, whether in this process (`Here`) or through the pipe of a real one (`Piped`).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import yaml

from bot.channels.console import talk
from bot.engine.message import Opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bot.engine.script import Script

FOLDER = Path(__file__).parent
PARIS = ZoneInfo("Europe/Paris")
Screen = dict[str, Any]


class Wrong(AssertionError):
    """What a journey expected and did not get, with the screen it got."""


# --- two ways of talking ---------------------------------------------------------------------------------------------


def instant(at: str) -> datetime:
    """Read « 2026-11-24T23:15 », an instant of Paris unless it says otherwise."""
    moment = datetime.fromisoformat(at)
    return moment if moment.tzinfo else moment.replace(tzinfo=PARIS)


class Here:
    """A conversation in this process, on a script already compiled."""

    def __init__(self, script: Script, area: str | None, at: str, locale: str = "fr") -> None:
        now = instant(at)
        self._lines: deque[str] = deque()
        opened = Opened(area=area, locale=locale)
        self._screens = talk(script, opened, lambda: now, self._typed(), as_json=True)

    def _typed(self) -> Iterator[str]:
        while self._lines:
            yield self._lines.popleft()

    def open(self) -> str:
        """Return the first screen, as it is printed."""
        return next(self._screens)

    def write(self, line: str) -> str:
        """Return what answers one line."""
        self._lines.append(line + "\n")
        return next(self._screens)

    def close(self) -> None:
        """Nothing holds anything."""


class Piped:
    """The same through the pipes of a real process, one line at a time."""

    def __init__(self, area: str | None, at: str, locale: str = "fr") -> None:
        command = [sys.executable, "-m", "bot", "chat", "--at", at, "--locale", locale, "--json"]
        self._process = subprocess.Popen(
            [*command, "--area", area] if area else command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
            cwd=FOLDER.parent.parent,
        )

    def open(self) -> str:
        """Return the first screen, as it is printed."""
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def write(self, line: str) -> str:
        """Return what answers one line."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self.open()

    def close(self) -> None:
        """Close the pipe and see that the process ends well by itself."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        left = self._process.stdout.read()
        self._process.stdout.close()
        code = self._process.wait(timeout=60)
        if code or left:
            raise Wrong(f"le programme finit par {code}, après {left!r}")


Conversation = Here | Piped


# --- reading ---------------------------------------------------------------------------------------------------------


def folded(text: str) -> str:
    """Return a text without accents, capitals, nor marks of direction: what patterns are searched in."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(char for char in plain if unicodedata.category(char) not in ("Mn", "Cf")).casefold()


def has(pattern: str, text: str) -> bool:
    """Tell whether a pattern of a journey is somewhere in a text."""
    return re.search(pattern, folded(text), re.IGNORECASE) is not None


def digits(written: str) -> str:
    """Return the digits alone; an international French number counts as it is dialled in France."""
    only = re.sub(r"\D", "", written)
    return f"0{only[2:]}" if written.strip().startswith("+33") else only


def numbers_of(screen: Screen) -> list[str]:
    """Return the digits of every number a screen shows, national ones first."""
    local = [service["phone"] for service in screen["services"] if service["phone"]]
    return [digits(number["number"]) for number in screen["numbers"] if number["number"]] + [digits(n) for n in local]


def first_read(screen: Screen) -> str | None:
    """Return the digits of the number that comes first in the text."""
    text = folded(screen["text"])
    written = [n["display"] for n in screen["numbers"] if n["number"]]
    written += [s["phone"] for s in screen["services"] if s["phone"]]
    places = []
    for display in written:
        found = re.search(rf"(?<![\d]){re.escape(folded(display))}(?!\d)", text)
        if found:
            places.append((found.start(), digits(display)))
    return min(places)[1] if places else None


def named(screen: Screen, key: str) -> Screen | None:
    """Return the number or service that a key of `open:` means: an id, or digits."""
    for one in screen["numbers"]:
        if key == one["id"] or (one["number"] and digits(key) == digits(one["number"])):
            return dict(one)
    for one in screen["services"]:
        if key == one["id"] or (one["phone"] and digits(key) == digits(one["phone"])):
            return dict(one)
    return None


def asks_place(screen: Screen) -> bool:
    """Tell whether a screen waits for a commune, as a reader would: it says so, and shows nothing local."""
    asked = has(r"^.*(ecrivez|write|type).*(commune|code postal|postcode|town)", screen["text"].split("\n")[-1])
    return asked and not screen["services"] and not any(has("service|find", c["label"]) for c in screen["choices"][:2])


# --- labels ----------------------------------------------------------------------------------------------------------


def labels() -> dict[str, dict[str, str]]:
    """Return the table of labels, which is the only place to change when a button is renamed."""
    table: dict[str, dict[str, str]] = yaml.safe_load((FOLDER / "labels.yml").read_text("utf-8"))
    return table


def offered(screen: Screen, label: str, table: dict[str, dict[str, str]]) -> list[tuple[str, str]]:
    """Return the (what to type, label) that a name of the table may mean on a screen: one, none, or too many."""
    entry = table[label]
    buttons = [(str(choice["n"]), choice["label"]) for choice in screen["choices"]]
    buttons += [(button["key"], button["label"]) for button in screen["bar"]]
    exact = [button for button in buttons if folded(button[1]) == folded(entry["label"])]
    return exact or [button for button in buttons if has(entry["accepts"], button[1])]


def button(screen: Screen, label: str, table: dict[str, dict[str, str]]) -> tuple[str, str]:
    """Return what to type to press a label, and the label as it is written; refuse an absent or doubtful one."""
    found = offered(screen, label, table)
    written = ", ".join(choice["label"] for choice in (*screen["choices"], *screen["bar"]))
    if not found:
        raise Wrong(f"« {table[label]['label']} » n'est pas proposé (on lit : {written})")
    if len(found) > 1:
        raise Wrong(f"« {table[label]['label']} » peut être {' ou '.join(one for _, one in found)}")
    return found[0]


# --- judging one screen ----------------------------------------------------------------------------------------------


@dataclass
class Seen:
    """What a journey has seen: every printed line since it began, and the presses since the last start."""

    lines: list[str] = field(default_factory=list)
    taps: int = 0

    @property
    def screen(self) -> Screen:
        """Return the last screen."""
        return read(self.lines[-1])


def read(line: str) -> Screen:
    """Read one printed line."""
    screen: Screen = json.loads(line)
    return screen


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


Check = "Callable[[Seen, Any], Iterable[str]]"


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
    french = r"j.ai besoin|a l.aide|aidez|je ne parle pas|mon adresse|adresse :|police"
    if wanted and not any(has(french, line) and has(r"\b(je|j|il|elle|mon|ma|ne)\b", line) for line in _split(seen)):
        yield "aucune phrase en français à lire ou à montrer"


def _split(seen: Seen) -> list[str]:
    return list(seen.screen["text"].split("\n"))


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
}


def judge(seen: Seen, expected: dict[str, Any]) -> list[str]:
    """Return everything that a screen lacks; a word of the format that is not known is refused."""
    unknown = expected.keys() - EXPECTATIONS.keys() - {"place"}
    if unknown:
        raise Wrong(f"attente inconnue : {', '.join(sorted(unknown))}")
    return [reason for key, value in expected.items() if key != "place" for reason in EXPECTATIONS[key](seen, value)]


# --- playing ---------------------------------------------------------------------------------------------------------

NEAR = {
    "victime": ["AIDE", "MOI", "ECRIRE", "PRES"],
    "temoin": ["AIDE", "AUTRUI", "NON_PAS_MAINTENANT", "PRES"],
    "professionnel": ["PRO", "P_MAIRIE", "P_PERM"],
    "auteur": ["AIDE", "AUTEUR", "SUIVI"],
}
"""How each audience reaches what is near: for variants that only change the audience."""

Opener = "Callable[[str | None, str, str], Conversation]"


@dataclass
class Played:
    """One way through a journey: where it went, and all that was wrong."""

    seen: Seen
    path: list[str]
    wrong: list[str]


class Player:
    """Play one journey. `restart` says how « start » opens again: a new process, an empty line, or « accueil »."""

    def __init__(
        self,
        journey: dict[str, Any],
        opener: Callable[[str | None, str, str], Conversation],
        *,
        restart: str = "process",
        by_label: bool = False,
    ) -> None:
        self.journey, self.opener, self.restart, self.by_label = journey, opener, restart, by_label
        self.table = labels()
        self.conversation: Conversation | None = None
        self.seen, self.path, self.wrong = Seen(), [], []

    def play(self, turns: list[dict[str, Any]], *, judged: bool = True) -> Played:
        """Play the turns, and judge each screen where the journey says what it expects."""
        try:
            for turn in turns:
                self._turn(turn)
                if judged:
                    self._judge(turn.get("expect") or {})
        except Wrong as missing:
            self.wrong.append(self._where(str(missing)))
        finally:
            self.close()
        return Played(self.seen, self.path, self.wrong)

    def close(self) -> None:
        """End the conversation, if one is open."""
        if self.conversation is not None:
            self.conversation.close()
            self.conversation = None

    def _judge(self, expected: dict[str, Any]) -> None:
        none = self.journey.get("journey_none", {})
        everywhere = {
            key: none[name]
            for key, name in (("numbers_none", "numbers"), ("services_none", "services"), ("text_lacks", "text"))
            if name in none
        }
        for wanted in (expected, everywhere):
            for reason in judge(self.seen, wanted):
                self.wrong.append(self._where(f"{reason}\n{self.seen.screen['text']}"))

    def _where(self, reason: str) -> str:
        return f"[{' > '.join(self.path) or 'début'}] {reason}"

    def _turn(self, turn: dict[str, Any]) -> None:
        word = next((key for key in turn if key in ACTIONS), None)
        if word is None:
            raise Wrong(f"tour inconnu : {turn}")
        ACTIONS[word](self, turn[word])

    def _start(self, told: Any) -> None:
        del told
        self.path.append("start")
        self.seen.taps = 0
        if self.conversation is None or self.restart == "process":
            self.close()
            journey = self.journey
            self.conversation = self.opener(journey.get("area"), journey["at"], journey.get("locale", "fr"))
            self.seen.lines.append(self.conversation.open())
        else:
            closed = self.seen.screen["erased"]
            self._say("" if self.restart == "empty" and closed else "accueil")

    def _press(self, label: str) -> None:
        self.path.append(label)
        typed, written = button(self.seen.screen, label, self.table)
        self.seen.taps += 1
        self._say(written if self.by_label else typed)

    def _press_if_offered(self, label: str) -> None:
        if offered(self.seen.screen, label, self.table):
            self._press(label)
        else:
            self._stay()

    def _if_asked(self, what: str) -> None:
        if asks_place(self.seen.screen):
            self._type(self.journey[what])
        else:
            self._stay()

    def _type(self, text: str) -> None:
        self.path.append(f"« {text} »")
        self._say(text)

    def _stay(self) -> None:
        self.seen.lines.append(self.seen.lines[-1])

    def _say(self, line: str) -> None:
        if self.conversation is None:
            raise Wrong("un parcours commence par « start: true »")
        self.seen.lines.append(self.conversation.write(line))


ACTIONS: dict[str, Callable[[Player, Any], None]] = {
    "start": Player._start,
    "press": Player._press,
    "press_if_offered": Player._press_if_offered,
    "if_asked": Player._if_asked,
    "type": Player._type,
}


def journeys() -> list[dict[str, Any]]:
    """Return every journey of this folder, in order."""
    found = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(FOLDER.glob("J*.yml"))]
    return [dict(journey) for journey in found]


@dataclass
class Variant:
    """An `also` of a journey, made into turns. `anywhere`: its expectation may hold on any screen, else on the last."""

    name: str
    journey: dict[str, Any]
    turns: list[dict[str, Any]]
    expect: dict[str, Any]
    anywhere: bool = False


def variants(journey: dict[str, Any]) -> Iterator[Variant]:
    """Give the variants that can be played through lines; notes are for readers."""
    for number, also in enumerate(journey.get("also", ())):
        expect = also.get("expect")
        if expect is None:
            continue
        turns = [{key: value for key, value in turn.items() if key != "expect"} for turn in journey["turns"]]
        changed = journey | {key: also[key] for key in ("at", "place", "audience", "area", "locale") if key in also}
        name = f"{journey['id']}-also{number}"
        if "turns" in also:
            yield Variant(name, changed, also["turns"], expect)
        elif "press_instead" in also:
            yield from _instead(name, changed, turns, also["press_instead"], expect)
        elif "type" in also:
            yield from _typed(name, changed, turns, also, expect)
        elif "audience" in also:
            path = [{"start": True}, *({"press": label} for label in NEAR[also["audience"]]), {"if_asked": "place"}]
            yield Variant(name, changed, path, expect)
        elif "place" in also and not any("if_asked" in turn for turn in turns):
            yield Variant(name, changed, _asked(turns, also["place"]), expect, anywhere=True)
        else:
            yield Variant(name, changed, turns, expect, anywhere=True)


def _instead(
    name: str, journey: dict[str, Any], turns: list[dict[str, Any]], label: str, expect: dict[str, Any]
) -> Iterator[Variant]:
    """Press another label at the last step; and, as it may be meant so, wherever else on the way it is offered."""
    yield Variant(name, journey, [*turns[:-1], {"press": label}], expect)
    for place in range(1, len(turns) - 1):
        yield Variant(f"{name}-at{place}", journey, [*turns[:place], {"press_if_offered": label}], expect)


def _typed(
    name: str, journey: dict[str, Any], turns: list[dict[str, Any]], also: dict[str, Any], expect: dict[str, Any]
) -> Iterator[Variant]:
    """Type it on the first screen, and on each of the others: what interrupts everything does so from everywhere."""
    told = {"type": also["type"]}
    if "when" in also:
        for audience in ("victime", "temoin"):
            path = [{"start": True}, *({"press": label} for label in NEAR[audience]), told]
            for area in (journey["area"], None):
                yield Variant(f"{name}-{audience}-{area}", journey | {"area": area}, path, expect)
        return
    open_screens = [turns[: place + 1] for place in range(len(turns)) if turns[place].get("press") != "FERMER"]
    for place, way in enumerate(open_screens):
        yield Variant(f"{name}-from{place}", journey, [*way, told], expect)


def _asked(turns: list[dict[str, Any]], place: str) -> list[dict[str, Any]]:
    """Type a commune after each press that may show what is local, once the first screens are passed."""
    return [*turns[:-1], {"type": place}] if turns[-1].get("press") == "P_ACONF" else [*turns, {"type": place}]


def play_variant(variant: Variant, opener: Callable[[str | None, str, str], Conversation]) -> Played:
    """Play a variant and judge what it expects."""
    player = Player(variant.journey, opener)
    played = player.play(variant.turns, judged=any("expect" in turn for turn in variant.turns))
    if played.wrong:
        return played
    if variant.turns[-1].get("press_if_offered") and variant.turns[-1]["press_if_offered"] != played.path[-1]:
        return played  # not offered there: nothing to judge
    screens = [Seen(played.seen.lines[: n + 1], played.seen.taps) for n in range(len(played.seen.lines))]
    reasons = [judge_or_say(seen, variant.expect) for seen in (screens if variant.anywhere else screens[-1:])]
    if all(reasons):
        best = min(reasons, key=len)
        played.wrong.extend(f"[{' > '.join(played.path)}] {reason}" for reason in best)
        played.wrong.append(played.seen.screen["text"])
    return played


def judge_or_say(seen: Seen, expected: dict[str, Any]) -> list[str]:
    """Judge, and take what cannot be judged as one more reason."""
    try:
        return judge(seen, expected)
    except Wrong as missing:
        return [str(missing)]
