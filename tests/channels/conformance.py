"""One conversation on several channels: a channel joins with a driver, four short methods.

    class Mine:
        name = "mine"
        async def open(self, area: str | None) -> None       # open, or open again after an exit
        async def press(self, label: str) -> None             # touch a choice or a button of the bar, by its label
        async def type(self, text: str) -> None               # write
        def screen(self) -> Shown                             # what is there now, brought to its normal form

Channels lay a screen out each in its own way: Telegram puts the digits of a number alone on a line to be copied and
drops « ou » between two of them, the web makes them links, each spaces its French signs. What must be the same is what
one is told, so the normal form of a text is its words and figures in their order, without accents, capitals, signs,
nor the four words that join (`JOINED`); a number that can be dialled is one figure, however it is grouped, at its place
among the words. What a channel adds of its own (a notice, a choice or a number said once more) its driver leaves out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Protocol

from bot.channels.telegram import texts
from bot.channels.telegram.draw import read_data
from bot.engine.token import decode
from tests.journeys.talking import Here, digits, folded, read

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from aiohttp.test_utils import TestClient

    from bot.engine.script import Script
    from tests.botapi import Person

JOINED = frozenset({"ou", "et", "or", "and"})
BAR = ("emergency", "back", "close")


@dataclass(frozen=True, slots=True)
class Shown:
    """A screen in its normal form. After an exit only `erased` means something: each channel has its own emptiness."""

    step: str = ""
    words: tuple[str, ...] = ()
    numbers: frozenset[str] = frozenset()
    choices: tuple[str, ...] = ()
    bar: tuple[str, ...] = ()
    erased: bool = False


GONE = Shown(erased=True)


class Driver(Protocol):
    """What a channel gives to join."""

    name: str

    async def open(self, area: str | None) -> None: ...

    async def press(self, label: str) -> None: ...

    async def type(self, text: str) -> None: ...

    def screen(self) -> Shown: ...


def words(text: str, numbers: Collection[str]) -> tuple[str, ...]:
    """Return the words and figures of a text, but for joining words; each number is one, however it is grouped."""
    plain = folded(text)
    for number in sorted(numbers, key=len, reverse=True):
        plain = re.sub(r"(?<!\w)" + r"[\s.]?".join(number) + r"(?!\w)", f" {number} ", plain)
    return tuple(word for word in re.findall(r"\w+", plain) if word not in JOINED)


def label(text: str) -> str:
    """Return a label with ordinary spaces."""
    return re.sub(r"\s", " ", text)


# --- the terminal -----------------------------------------------------------------------------------------------------


class Console:
    """`talk`, by a program: what it prints as JSON."""

    name = "console"

    def __init__(self, script: Script, now: datetime) -> None:
        self._script, self._at = script, now.isoformat()
        self._talk: Here | None = None
        self._line = ""

    async def open(self, area: str | None) -> None:
        again = self._talk is not None and read(self._line)["erased"]
        self._talk = self._talk if again else Here(self._script, area, self._at)
        self._line = self._talk.write("") if again else self._talk.open()

    async def press(self, label: str) -> None:
        screen = read(self._line)
        keys = {one["label"]: str(one["n"]) for one in screen["choices"]}
        keys |= {one["label"]: one["key"] for one in screen["bar"]}
        await self.type(keys[label])

    async def type(self, text: str) -> None:
        assert self._talk is not None
        self._line = self._talk.write(text)

    def screen(self) -> Shown:
        return of_line(self._line)


def of_line(line: str) -> Shown:
    """Return the normal form of a line that a program reads."""
    screen = read(line)
    if screen["erased"]:
        return GONE
    numbers = {digits(one["display"]) for one in screen["numbers"] if one["number"]}
    numbers |= {digits(one["phone"]) for one in screen["services"] if one["phone"]}
    choices = tuple(label(one["label"]) for one in screen["choices"])
    bar = tuple(one["label"] for one in screen["bar"])
    return Shown(screen["step"], words(screen["text"], numbers), frozenset(numbers), choices, bar)


# --- the web ----------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What is read of a page: the lines of its screen, its links to dial, its buttons, what its forms hide."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.numbers: list[str] = []
        self.buttons: list[tuple[str, str]] = []
        self.hidden: dict[str, str] = {}
        self.left = False
        self._where: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {key: value or "" for key, value in attrs}
        if tag in ("meta", "link", "input"):
            if held.get("type") == "hidden":
                self.hidden[held["name"]] = held["value"]
            return
        self._where.append((tag, held))
        if self._inside("template"):
            return
        self.left |= tag == "main" and "data-left" in held
        if tag == "p" and self._inside("main"):
            self.lines.append("")
        if tag == "button" and held.get("name") == "choice":
            self.buttons.append((held["value"], ""))
        if held.get("class") == "dial" and self._inside("main") and held["href"].startswith(("tel:", "sms:")):
            self.numbers.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._where.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if self._inside("template") or not self._where:
            return
        if self._inside("p") and self._inside("main"):
            self.lines[-1] += data
            if self._inside("a").get("href", "").startswith(("tel:", "sms:")):
                self.numbers[-1] += digits(data)
        elif self._inside("button").get("name") == "choice" and self._where[-1][1].get("class") != "n":
            value, label = self.buttons[-1]
            self.buttons[-1] = value, (label + data).lstrip()

    def _inside(self, tag: str) -> dict[str, str]:
        return next((held | {"": tag} for name, held in self._where if name == tag), {})


class Web:
    """The page, through aiohttp's test client: forms are sent with what they hide."""

    name = "web"

    def __init__(self, script: Script, now: datetime, site: TestClient) -> None:
        self._script, self._now, self._site = script, now, site
        self._page = Page("")

    async def open(self, area: str | None) -> None:
        async with self._site.get(f"/a/{area}" if area else "/") as answer:
            self._page = Page(await answer.text())

    async def press(self, wanted: str) -> None:
        (value,) = (value for value, said in self._page.buttons if label(said) == label(wanted))
        await self._post({"choice": value})

    async def type(self, text: str) -> None:
        await self._post({"text": text})

    async def _post(self, form: dict[str, str]) -> None:
        async with self._site.post("/", data=self._page.hidden | form) as answer:
            assert answer.status == 200
            self._page = Page(await answer.text())

    def screen(self) -> Shown:
        return of_page(self._page, self._script, self._now)


def of_page(page: Page, script: Script, now: datetime) -> Shown:
    """Return the normal form of a page."""
    if page.left:
        return GONE
    session = decode(script, page.hidden["token"], now)
    assert session is not None
    numbers = frozenset(page.numbers)
    choices = tuple(label(said) for value, said in page.buttons if value not in BAR)
    bar = tuple(said for value, said in page.buttons if value in BAR)
    return Shown(session.at, words("\n".join(page.lines), numbers), numbers, choices, bar)


# --- Telegram ---------------------------------------------------------------------------------------------------------


class Telegram:
    """One person's chat on the fake Bot API."""

    name = "telegram"

    def __init__(self, script: Script, now: datetime, person: Person) -> None:
        self._script, self._now, self._person = script, now, person

    async def open(self, area: str | None) -> None:
        await self._person.start(area or "")
        await self._person.settled()

    async def press(self, wanted: str) -> None:
        await self._person.press(wanted)
        await self._person.settled()

    async def type(self, text: str) -> None:
        await self._person.say(text)
        await self._person.settled()

    def screen(self) -> Shown:
        if not self._person.visible:
            return GONE
        (message,) = self._person.visible
        buttons = [(button.data or "", button.text) for row in message.buttons for button in row]
        return of_message(message.html, buttons, self._script, self._now)


def of_message(html: str, buttons: Sequence[tuple[str, str]], script: Script, now: datetime) -> Shown:
    """Return the normal form of a message and of its buttons, each with its data."""
    (token,) = {read_data(data)[0] for data, _ in buttons}
    session = decode(script, token, now)
    assert session is not None
    choices = [label(said) for data, said in buttons if read_data(data)[1] not in BAR]
    bar = {read_data(data)[1]: said for data, said in buttons[len(choices) :]}
    numbers = frozenset(re.findall(r"^<code>(\d+)</code>$", html, re.MULTILINE))
    paragraphs = [_lines(part.split("\n"), numbers) for part in html.split("\n\n")]
    repeated = [f"{place}. {said}" for place, said in enumerate(choices, 1)]
    assert [label(line) for line in paragraphs[-1][-len(choices) :] if choices] == repeated
    del paragraphs[-1][len(paragraphs[-1]) - len(choices) :]
    if "emergency" not in bar:
        _not_again(paragraphs, numbers)
    notice = label(script.catalogues[session.locale].text(texts.NOTICE))
    said = "\n".join(line for part in paragraphs for line in part if label(line) != notice)
    return Shown(session.at, words(said, numbers), numbers, tuple(choices), tuple(bar.values()))


def _lines(shown: Sequence[str], numbers: Collection[str]) -> list[str]:
    """Return the lines of a paragraph, without the digits put apart of a number that the line beside says in groups."""
    kept: list[str] = []
    sentence = ""
    for line, following in zip(shown, [*shown[1:], ""], strict=True):
        alone = re.fullmatch(r"<code>(\d+)</code>", line)
        if alone is None:
            sentence = unescape(line)
            kept.append(sentence)
        elif alone[1] not in (*words(sentence, numbers), *words(following, numbers)[:1]):
            kept.append(alone[1])
    return kept


def _not_again(paragraphs: list[list[str]], numbers: Collection[str]) -> None:
    """Leave out the emergency numbers that Telegram says once more above the last question of their screen."""
    first = words("\n".join(line for part in paragraphs[:-1] for line in part), numbers)
    while paragraphs[-1] and (again := words(paragraphs[-1][0], numbers)) and _within(again, first):
        del paragraphs[-1][0]


def _within(some: Sequence[str], all: Sequence[str]) -> bool:
    return any(tuple(all[at : at + len(some)]) == tuple(some) for at in range(len(all)))


def told(shown: Shown) -> str:
    """Return a screen in a few lines, for whoever reads a difference."""
    return "\n".join((f"{shown.step} {shown.erased}", " ".join(shown.words), " ".join(sorted(shown.numbers))))
