"""Talk to the bot from outside, line by line, and read what is printed as a stranger's program would.

A conversation is lines in, one JSON object out, whether in this process (`Here`) or through the pipe of a real one
(`Piped`). Patterns are searched in folded text, numbers are compared digit by digit.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
from collections import deque
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import yaml

from bot.app import Bot
from bot.channels.console import talk
from bot.engine.message import Opened
from bot.engine.token import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        self._script, self._now = script, now
        self._screens = talk(Bot(script, lambda: now), opened, self._typed(), as_json=True)

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

    def place(self, screen: Screen) -> str | None:
        """Return the official name of the commune that the conversation is about."""
        session = decode(self._script, screen["token"], self._now) if screen["token"] else None
        found = self._script.directory.places.get(session.place) if session and session.place else None
        return found.name if found else None

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

    def place(self, screen: Screen) -> str | None:
        """Tell nothing: only the bot reads its buttons."""
        del screen

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


def read(line: str) -> Screen:
    """Read one printed line."""
    screen: Screen = json.loads(line)
    return screen


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


# --- files and labels -------------------------------------------------------------------------------------------------


class _Strict(yaml.SafeLoader):
    """YAML in which a key written twice is a fault: otherwise the second wins, and the first is never judged."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise Wrong(f"« {key} » est écrit deux fois : {node.start_mark}")
        return dict(super().construct_mapping(node, deep))


def load(path: Path) -> Any:
    """Read a file of this folder."""
    return yaml.load(path.read_text("utf-8"), Loader=_Strict)


@cache
def labels() -> dict[str, dict[str, str]]:
    """Return the table of labels, which is the only place to change when a button is renamed."""
    table: dict[str, dict[str, str]] = load(FOLDER / "labels.yml")
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
