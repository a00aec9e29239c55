"""What a keyboard, a bad network or somebody unkind may send: for the fuzz tests, at scale for `tests.prove` (P21)."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from bot.engine.message import Key, Opened, Pressed, Typed, Unreadable
from bot.engine.script import choice_code

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from bot.app import Answer
    from bot.engine.message import Event
    from bot.engine.script import Script

STRINGS = (
    "", " ", "\n", "\t\r\n", "\0", "a\0b", "\x1b[31mrouge\x1b[0m", "\x07\x08", "\ufeff", "\ufffd",
    "\ud800", "\udfff\ud800", "\u202e3919\u202c", "\u2066\u2067\u2068\u2069",
    "\u200b\u200c\u200d\u2060", "a\u0301" * 300, "Z͑ͫ̓a̷͕l̖͉g̢̛o̴̦", "ﷺ", "𝓾𝓻𝓰𝓮𝓷𝓬𝓮", "１７", "٣٩١٩",
    "٤١١٠٠", "०१२३", "²³", "½", "Ⅷ", "一二三", "مساعدة", "עזרה", "помощь", "ਮਦਦ", "ช่วยด้วย", "👍",
    "👩‍👩‍👧‍👦" * 50, "🏳️‍🌈", "ß", "œuf", "ǅ", "İ", "ı", "<script>alert(1)</script>", "<b>gras",
    "&lt;&amp;&#x3C;", "\"'`", "](http://example.org)", "[a](tel:0892123456)", "*_~`|",
    "'; DROP TABLE users; --", "1 OR 1=1", "${jndi:ldap://example.org/a}", "{{7*7}}", "{17}",
    "{commune}", "{number}", "%s%n%d", "%00", "../../../etc/passwd", "C:\\Windows", "/start",
    "/start abcdef", "/stop", "@everyone", "@85109", "@99999", "@", "!", "!emergency", "!flow:victime",
    "!flow:", "!now:x", "!home", "emergency", "back", "close", "Key.CLOSE", "None", "null", "NaN",
    "true", "0", "-1", "1", "01", "6", "7", "99", "1e9", "9" * 400, "1.", "1)", "n°1", "u", "r", "f",
    "U", " F ", "fermer!", "FERMER", "je veux que ça stop", "17", "112", "114", "urgence urgence",
    "au secours", "il me frappe", "il ne me frappe pas", "je vais la frapper", "mort de rire",
    "retrouver mon ex", "vendome", "saint-denis", "st denis", "les herbiers 85500", "41100", "75001",
    "2A004", "97400", "paris", "où ?", "je suis à angers", "a" * 5000, "é" * 5000, "mot " * 3000,
    "a b " * 2000, "\n" * 5000, "((((((((" * 200, "\\" * 500, "-" * 999, "'" * 999, "l'ex d'angers",
    "français", "english", "x" * 48,
)  # fmt: skip

HUGE = ("a" * 10_000_000, "saint " * 1_700_000, "\u0301" * 10_000_000, "\ud83d\udc80" * 2_000_000)
"""Ten megabytes each: only what a person reads of a message is ever looked at."""

ALPHABETS = (
    string.printable,
    "abcdefghijklmnopqrstuvwxyzéèêàçùœ' -",
    "0123456789 .-+",
    string.ascii_letters + string.digits + "-_=",
    "".join(map(chr, (*range(0x2000, 0x2070), *range(0x300, 0x330), 0xFEFF, 0xAD, 0x61C))),
    "".join(map(chr, (*range(0x600, 0x6FF), *range(0x5D0, 0x5EA)))),
    "".join(map(chr, (*range(0xD800, 0xD810), *range(0xDC00, 0xDC10), *range(0x1F600, 0x1F640)))),
)


class Fuzz:
    """A stream of tokens and events: honest ones, damaged ones, and noise, drawn from what was answered before."""

    def __init__(self, script: Script, chance: Random) -> None:
        self.chance = chance
        self.tokens = [""]
        self.choices = [
            choice_code(choice.id) for step in script.steps.values() for choice in getattr(step, "choices", ())
        ]
        self.words = [word for text in script.always.texts() for word in text.split()]
        self.areas, self.communes = list(script.directory.areas), [place.name for place in script.directory.places]

    def learn(self, answer: Answer) -> None:
        """Remember where an answer led; a few hundred places are enough."""
        if len(self.tokens) < 400:
            self.tokens.append(answer.token)
        else:
            self.tokens[self.chance.randrange(400)] = answer.token

    def __iter__(self) -> Iterator[tuple[str, Event]]:
        """Give inputs for ever."""
        while True:
            yield self.token(), self.event()

    def token(self) -> str:
        """Return an honest token most of the time, so that every step is stood at."""
        token, chance = self.chance.choice(self.tokens), self.chance
        match chance.randrange(8):
            case 0:
                return self.text()
            case 1 if token:
                place = chance.randrange(len(token))
                return token[:place] + chance.choice(string.ascii_letters) + token[place + 1 :]
            case 2:
                return token[: chance.randrange(len(token) + 1)] + chance.choice(("", "=", "A", "\n"))
        return token

    def event(self) -> Event:
        """Return something pressed, typed, sent or opened."""
        chance = self.chance
        match chance.randrange(10):
            case 0:
                return Unreadable(self.text())
            case 1:
                locale = chance.choice(("fr", "en", None, self.text()))
                place = chance.choice(("85109", "98818", None, self.text()))
                return Opened(chance.choice((*self.areas, None, self.text())), locale, place)
            case 2 | 3 | 4:
                return Pressed(
                    chance.choice((*Key, chance.choice(self.choices), chance.choice(self.choices), self.text()))
                )
        return Typed(self.text())

    def text(self) -> str:
        """Return a nasty string, a commune, words of the content, noise, or several of them end to end."""
        chance = self.chance
        match chance.randrange(7):
            case 0 | 1:
                return chance.choice(STRINGS)
            case 2:
                return chance.choice(self.communes)
            case 3:
                return " ".join(chance.choices(self.words, k=chance.randint(1, 6)))
            case 4:
                return chance.choice(STRINGS) + chance.choice((" ", "", "\n")) + chance.choice(STRINGS)
        return "".join(chance.choices(chance.choice(ALPHABETS), k=chance.randint(0, 60)))


class Taint:
    """Tells what of an input came back: four characters in a row of it that the content never says."""

    def __init__(self, script: Script) -> None:
        said = [text for catalogue in script.catalogues.values() for text in map(catalogue.text, _texts(script))]
        said += [f"{place.name} ({place.departement_name})" for place in script.directory.places]
        said += [text for area in script.directory.areas.values() for one in area.services for text in _of(one)]
        self.known = {text[place : place + 4] for text in said for place in range(len(text) - 3)}
        self.words = {word for text in said for word in text.split()}

    def reflected(self, typed: str, shown: str) -> str | None:
        """Return the first piece of what was typed that is shown and is not the content's own."""
        typed = typed[:3000] if len(typed) < 100_000 else typed[:300] + typed[-300:]
        for place in range(len(typed) - 3):
            piece = typed[place : place + 4]
            if piece in shown and piece not in self.known and not self._ours(typed, place):
                return piece
        return None

    def _ours(self, typed: str, place: int) -> bool:
        """Tell whether a piece only joins words of the content, as sentences with blanks do: « demain à {time} »."""
        start = max(typed.rfind(space, 0, place + 1) for space in " \n\t") + 1
        ends = [end for space in " \n\t" if (end := typed.find(space, place + 3)) >= 0]
        return set(typed[start : min(ends, default=len(typed))].split()) <= self.words


def _texts(script: Script) -> Iterator[str]:
    from bot.engine.compile import texts

    yield from (text for text, _ in texts(script))
    yield from script.always.languages.values()
    yield from script.steps


def _of(service: object) -> Iterator[str]:
    for name in ("id", "name", "kind", "address", "access", "seen"):
        yield str(getattr(service, name) or "")


def said(event: Event) -> str:
    """Return what of an event somebody wrote."""
    match event:
        case Typed(text):
            return text
        case Pressed(choice):
            return choice
        case Unreadable(kind):
            return kind
    return " ".join(str(part) for part in (event.area, event.locale, event.place))


def shown(answer: Answer) -> str:
    """Return all the characters of an answer that a channel may draw."""
    screen = answer.turn.screen
    labels = [choice.label for choice in screen.choices] + [button.label for button in screen.bar]
    return "\x1f".join([*screen.text.split("\n"), screen.step, *labels])
