"""What the public sees of the bot before a first touch: its name, its profile, its commands, in each language.

Everything is read first and written only where it differs: Telegram takes a few changes of name a day, and refuses the
others for hours. One refusal never loses the rest. What no program may set is said, for a person to do.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from telegram import BotCommand, MenuButton, MenuButtonCommands
from telegram.error import BadRequest, RetryAfter

from bot.channels.telegram import texts
from bot.channels.telegram.transport import seconds
from bot.engine import wording
from bot.engine.dial import number_dial
from bot.i18n import PLACEHOLDER, SOURCE
from bot.text import bare

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from telegram import Bot, User

    from bot.engine.script import Script
    from bot.i18n import Catalogue

Value = TypeVar("Value", str, tuple[BotCommand, ...])

EVERYBODY = ""
"""The language code of what is shown to those for whose language nothing was set: French."""

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
"""What Telegram takes for a command: a language in other letters keeps the French word, which is understood too."""


async def setup(bot: Bot, script: Script, public_name: str) -> list[str]:
    """Set all of it; return what was set, what was already right, what waits, and what only a person can do."""
    # Telegram knows languages by two letters, without a country.
    own = {code: found for code, found in script.catalogues.items() if re.fullmatch("[a-z]{2}", code)}
    said = {EVERYBODY: script.catalogues[SOURCE]} | own

    async def name(code: str) -> str:
        return (await bot.get_my_name(code)).name

    async def about(code: str) -> str:
        return (await bot.get_my_short_description(code)).short_description

    async def description(code: str) -> str:
        return (await bot.get_my_description(code)).description

    async def commands(code: str) -> tuple[BotCommand, ...]:
        return await bot.get_my_commands(language_code=code) or await bot.get_my_commands()

    async def menu() -> bool:
        return (await bot.get_chat_menu_button()).type == MenuButton.COMMANDS

    async def set_commands(value: tuple[BotCommand, ...], code: str) -> bool:
        return await bot.set_my_commands(value, language_code=code)

    done = _Done()
    await done.texts("nom", dict.fromkeys(said, public_name), name, bot.set_my_name)
    await done.texts("profil", {c: s.text(texts.ABOUT) for c, s in said.items()}, about, bot.set_my_short_description)
    descriptions = {code: _description(script, catalogue) for code, catalogue in said.items()}
    await done.texts("présentation", descriptions, description, bot.set_my_description)
    await done.texts("commandes", {c: _commands(s) for c, s in said.items()}, commands, set_commands)
    await done.one("bouton du menu", menu, lambda: bot.set_chat_menu_button(menu_button=MenuButtonCommands()))
    return [*done.told(), *_by_hand(await bot.get_me(), public_name)]


@dataclass
class _Done:
    """What became of each thing to set."""

    written: list[str] = field(default_factory=list)
    right: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    async def texts(
        self,
        what: str,
        wanted: Mapping[str, Value],
        read: Callable[[str], Awaitable[Value]],
        write: Callable[[Value, str], Awaitable[bool]],
    ) -> None:
        """Set one thing in each language; a language that has none of its own reads, and shows, everybody's."""
        for code, value in wanted.items():
            await self._text(f"{what} ({code})" if code else what, code, value, value == wanted[EVERYBODY], read, write)

    async def _text(
        self,
        what: str,
        code: str,
        value: Value,
        common: bool,
        read: Callable[[str], Awaitable[Value]],
        write: Callable[[Value, str], Awaitable[bool]],
    ) -> None:
        async def right() -> bool | None:
            found = await read(code)
            if common and code != EVERYBODY and found == await read(EVERYBODY):
                return None
            return _same(found, value)

        await self.one(what, right, lambda: write(value, code))

    async def one(
        self, what: str, right: Callable[[], Awaitable[bool | None]], write: Callable[[], Awaitable[bool]]
    ) -> None:
        """Write one thing, unless it is already as it should be (True), or goes with another (None)."""
        try:
            found = await right()
            if found is False:
                await write()
            if found is not None:
                (self.right if found else self.written).append(what)
        except RetryAfter as refusal:
            wait = math.ceil(seconds(refusal) / 60)
            self.refused.append(f"Pas encore réglé : {what}. Telegram fait attendre : relancez dans {wait} min.")
        except BadRequest as refusal:
            self.refused.append(f"Refusé : {what}. Telegram répond « {refusal.message} ».")

    def told(self) -> Iterator[str]:
        """Say it, in sentences."""
        if self.written:
            yield f"Réglé : {', '.join(self.written)}."
        if self.right:
            yield f"Déjà bon : {', '.join(self.right)}."
        yield from self.refused


def _commands(catalogue: Catalogue) -> tuple[BotCommand, ...]:
    names = ((source, catalogue.text(source), catalogue.text(said)) for source, _key, said in texts.COMMANDS)
    return tuple(BotCommand(word if COMMAND.fullmatch(word) else source, said) for source, word, said in names)


def _description(script: Script, catalogue: Catalogue) -> str:
    """Return the text of an empty chat; a line whose number the directory lacks is left out."""
    numbers = script.directory.numbers
    lines = [catalogue.text(line) for line in texts.DESCRIPTION]
    known = [line for line in lines if all(name in numbers for name in PLACEHOLDER.findall(line))]
    return PLACEHOLDER.sub(lambda found: number_dial(numbers[found[1]]).text, "\n".join(known))


def _by_hand(me: User, public_name: str) -> Iterator[str]:
    """Say what only a person can do, in a talk with BotFather, and what may be understood at a glance."""
    yield "À faire par une personne, dans Telegram, avec @BotFather :"
    if me.can_join_groups:
        yield "- /setjoingroups, puis « Disable » : ce bot parle à une personne à la fois, il quitte les groupes."
    if me.can_read_all_group_messages:
        yield "- /setprivacy, puis « Enable » : il n'a rien à lire dans un groupe."
    if me.supports_inline_queries:
        yield "- /setinline, puis « /empty » : pas de mode en ligne."
    yield "- /setuserpic : une image neutre, sans visage, sans slogan, sans le logo d'une association."
    yield "- /mybots, « Edit Bot », « Edit Privacy Policy » : l'adresse de la page « À propos » du site."
    for what, said in (("Le nom public", public_name), ("L'adresse", me.username or "")):
        word = next(filter(None, (wording.revealing(said, locale) for locale in wording.REVEALING)), None)
        if word:
            yield f"Attention : {what} « {said} » se comprend d'un coup d'œil (« {word} »). Prenez-en un autre, neutre."


def _same(found: Value, wanted: Value) -> bool:
    """Compare values as people read them: Telegram trims spaces, and may drop what is invisible."""
    return bare(str(found)).split() == bare(str(wanted)).split()
