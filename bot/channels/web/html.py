"""Screens and pages as HTML: pure, the same characters for the same screen.

Everything that is not written in this file is escaped. Nothing that a person typed comes near it: a screen holds only
what authors wrote. The title of every page is the public name and nothing else, so that each line of a history, each
tab and each list of open windows says the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from bot.channels.web import texts
from bot.engine.dial import number_dial
from bot.engine.script import choice_code
from bot.i18n import PLACEHOLDER, SOURCE
from bot.text import unbroken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.engine.message import Bar, Screen, Span
    from bot.engine.script import Script

PUBLIC_NAME = "Infos pratiques"
MOST_TYPED = 500
"""Characters that the field takes: a commune, a topic, a few words."""

LINKS = ("tel:", "sms:", "https://")


class Static(NamedTuple):
    """A file that never changes under its name: the name holds a hash of its bytes."""

    path: str
    kind: str
    body: bytes


def _static(name: str, kind: str) -> Static:
    body = (files("bot.channels.web") / "static" / name).read_bytes()
    stem, _, ending = name.rpartition(".")
    return Static(f"/s/{stem}-{sha256(body).hexdigest()[:10]}.{ending}", kind, body)


STYLE = _static("page.css", "text/css")
CODE = _static("page.js", "text/javascript")
ICON = _static("icon.svg", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who answers for a site: French law wants these four on its legal page; "" is shown as missing."""

    publisher: str = ""
    director: str = ""
    host: str = ""
    contact: str = ""


@dataclass(frozen=True)
class Look:
    """What pages in one language need besides a screen."""

    script: Script
    locale: str = SOURCE
    name: str = PUBLIC_NAME
    publisher: Publisher = field(default_factory=Publisher)

    def text(self, source: str) -> str:
        """Return a text of these pages in this language, the source itself where it is not translated."""
        return self.script.catalogues[self.locale].text(source)

    def words(self, source: str) -> str:
        """Return a text, escaped."""
        return self.escape(self.text(source))

    def escape(self, text: str) -> str:
        """Return characters as HTML; in French, « ? » and « h » never stand alone at the start of a line."""
        if self.locale == SOURCE:
            text = unbroken(text)
        return escape(text)

    @property
    def direction(self) -> str:
        """Return which way the language is read."""
        return "rtl" if self.script.catalogues[self.locale].right_to_left else "ltr"

    @property
    def bar(self) -> Bar:
        """Return the bar of home: what a page outside the conversation has a use for."""
        return self.script.bar(self.locale, self.script.home(self.locale).at)

    def address(self, path: str) -> str:
        """Return the address of a page in this language."""
        return path if self.locale == SOURCE else f"{path}?langue={self.locale}"

    def numbers(self, source: str) -> str:
        """Return a text in which `{17}` is a number to dial; "" when the directory lacks one of them."""
        parts, position, text = [], 0, self.text(source)
        for match in PLACEHOLDER.finditer(text):
            number = self.script.directory.numbers.get(match.group(1))
            if number is None:
                return ""
            parts += [self.escape(text[position : match.start()]), self.span(number_dial(number))]
            position = match.end()
        return "".join([*parts, self.escape(text[position:])])

    def span(self, span: Span) -> str:
        """Return a piece of a line: characters, or a number that one touches to dial it."""
        if isinstance(span, str):
            return self.escape(span)
        shown = f'<bdi dir="ltr">{escape(span.text)}</bdi>'
        if span.href is None or not span.href.startswith(LINKS):
            return shown
        outside = ' rel="noreferrer noopener"' if span.href.startswith("https:") else ""
        return f'<a class="dial" href="{escape(span.href)}"{outside}>{shown}</a>'


# Screens ------------------------------------------------------------------------------------------------------------


def draw(screen: Screen, token: str, look: Look, minute: int | None = None) -> str:
    """Return the whole page of a screen; `minute` is when it is drawn, for those that do not last."""
    asked = bool(screen.lines) and not screen.lines[-1].card and screen.lines[-1].text.rstrip().endswith(("?", "؟"))
    lines = []
    for position, line in enumerate(screen.lines):
        kind = "card" if line.card else "ask" if asked and line is screen.lines[-1] else ""
        id = ' id="debut"' if position == 0 else ' id="question"' if kind == "ask" else ""
        lines.append(f"<p{id}{_class(kind)}>{''.join(map(look.span, line.spans))}</p>")
    idle = "" if screen.idle is None else f' data-idle="{screen.idle * 60}"'
    hidden = f'<input type="hidden" name="token" value="{escape(token)}">'
    if minute is not None:
        hidden += f'<input type="hidden" name="minute" value="{minute}">'
    if screen.offers:
        offered = " ".join(choice_code(choice.id) for choice in screen.choices)
        hidden += f'<input type="hidden" name="offered" value="{escape(offered)}">'
    question = "question" if asked and len(screen.lines) > 1 else "debut" if asked else ""
    urgent = "" if screen.bar.emergency else ' class="numbers"'
    main = (
        f'<main id="ecran" tabindex="-1" aria-labelledby="debut"{idle}{urgent}>{"".join(lines)}'
        f"{_choices(screen, hidden, question, look)}{_field(hidden, look)}</main>"
    )
    return _page(main, _bar(screen.bar, hidden, look), look)


def _choices(screen: Screen, hidden: str, question: str, look: Look) -> str:
    if not screen.choices:
        return ""
    named = f'aria-labelledby="{question}"' if question else f'aria-label="{look.words(texts.CHOICES)}"'
    buttons = "".join(
        f'<li><button name="choice" value="{escape(choice_code(choice.id))}"><span class="n">{place}.</span> '
        f"<span>{look.escape(choice.label)}</span></button></li>"
        for place, choice in enumerate(screen.choices, 1)
    )
    return f'{_form("choices")}{hidden}<ul role="list" {named}>{buttons}</ul></form>'


def _field(hidden: str, look: Look) -> str:
    return (
        f'{_form("write")}{hidden}<label for="texte">{look.words(texts.WRITE)}</label>'
        f'<input id="texte" name="text" type="text" inputmode="text" maxlength="{MOST_TYPED}" autocomplete="off" '
        'autocapitalize="none" autocorrect="off" spellcheck="false" enterkeyhint="send">'
        f"<button>{look.words(texts.SEND)}</button></form>"
    )


def _bar(bar: Bar, hidden: str, look: Look) -> str:
    buttons = "".join(
        f'<button name="choice" value="{button.id}" class="{button.id}">{look.escape(button.label)}</button>'
        for button in bar
    )
    return (
        f'<nav id="barre" tabindex="-1" aria-label="{look.words(texts.BAR)}">{_form("")}{hidden}{buttons}</form>'
        f'<p class="hint">{look.words(texts.SHORTCUT)}</p></nav>'
    )


def _form(kind: str) -> str:
    return f'<form method="post" action="/" autocomplete="off"{_class(kind)}>'


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


# Other pages --------------------------------------------------------------------------------------------------------


def neutral(look: Look) -> str:
    """Return the page shown after leaving: nothing in it comes from the conversation."""
    return _page(_neutral(look), "", look)


def _neutral(look: Look) -> str:
    lines = "".join(f"<p>{line}</p>" for line in map(look.numbers, texts.NEUTRAL) if line)
    return (
        f'<main id="ecran" tabindex="-1" data-left>{lines}'
        f'<p><a class="go" href="{escape(look.address("/"))}">{look.words(texts.HOME)}</a></p></main>'
    )


def page(name: str, look: Look) -> str:
    """Return one of the pages about the site itself."""
    title, sections = texts.PAGES[name]
    missing = look.text(texts.NOT_SAID)
    said = {"name": look.name}
    for key in ("publisher", "director", "host", "contact"):
        said[key] = getattr(look.publisher, key) or missing
    parts = [f'<h2 id="debut">{look.words(title)}</h2>']
    for heading, lines in sections:
        if heading and heading != title:
            parts.append(f"<h3>{look.words(heading)}</h3>")
        parts.extend(f"<p>{look.escape(_filled(look.text(line), said))}</p>" for line in lines)
    others = [locale for locale in look.script.catalogues if locale != look.locale]
    names = look.script.always.languages
    parts.extend(
        f'<p><a lang="{locale}" hreflang="{locale}" href="/{name}?langue={locale}">{escape(names[locale])}</a></p>'
        for locale in others
        if locale in names
    )
    parts.append(f'<p><a class="go" href="{escape(look.address("/"))}">{look.words(texts.HOME)}</a></p>')
    main = f'<main id="ecran" tabindex="-1" aria-labelledby="debut" class="about">{"".join(parts)}</main>'
    return _page(main, _bar(look.bar, '<input type="hidden" name="token" value="">', look), look)


def _filled(text: str, said: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda match: said.get(match.group(1), match.group(0)), text)


# What every page has ------------------------------------------------------------------------------------------------


def _page(main: str, bar: str, look: Look) -> str:
    name = escape(look.name)
    left = "" if not bar else f'<template id="ailleurs">{_header(name)}{_neutral(look)}{_footer(look)}</template>'
    return (
        f'<!doctype html><html lang="{look.locale}" dir="{look.direction}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex,nofollow">'
        f'<meta name="format-detection" content="telephone=no"><title>{name}</title>'
        f'<link rel="icon" href="{ICON.path}"><link rel="stylesheet" href="{STYLE.path}">'
        f'<script src="{CODE.path}" defer></script></head><body>'
        f'<div id="page" {_said(look)}>{"".join(_skips(bool(bar), look))}{_header(name)}'
        f"{main}{_footer(look)}{bar}</div>"
        f'<p id="etat" role="status"></p>{left}</body></html>'
    )


def _said(look: Look) -> str:
    """Return the few words that the script of the page says, in its language, and where leaving leads."""
    words = {"two": texts.TWO_MORE, "one": texts.ONE_MORE, "wait": texts.WAIT, "offline": texts.OFFLINE}
    said = " ".join(f'data-{key}="{look.words(text)}"' for key, text in words.items())
    return f'{said} data-exit="{escape(look.address("/infos"))}"'


def _skips(bar: bool, look: Look) -> Iterator[str]:
    yield f'<a class="skip" href="#ecran">{look.words(texts.SKIP)}</a>'
    if bar:
        yield f'<a class="skip" href="#barre">{look.words(texts.SKIP_TO_BAR)}</a>'


def _header(name: str) -> str:
    return f"<header><h1>{name}</h1></header>"


def _footer(look: Look) -> str:
    about = "".join(
        f'<li><a href="{escape(look.address(f"/{path}"))}">{look.words(title)}</a></li>'
        for path, (title, _) in texts.PAGES.items()
    )
    return (
        f'<footer><p class="urgent" tabindex="-1">{look.numbers(texts.EMERGENCY)}</p>'
        f'<ul role="list" class="about">{about}</ul></footer>'
    )
