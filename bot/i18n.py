"""Catalogues: French is the source language, each other locale is whole or not there at all.

French has a catalogue too: without it gettext's own plural rule says « 0 services ». A `.po` file is compiled in memory
when it is read, so a stale `.mo` cannot exist.
"""

from __future__ import annotations

import gettext
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from bot.errors import At, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from babel.messages.catalog import Catalog

SOURCE = "fr"

PLACEHOLDER = re.compile(r"\{([a-z0-9 -]+)\}")
"""`{3919}`, `{commune}`: what a translator must keep."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One locale's texts. `right_to_left` steers how channels draw."""

    locale: str
    texts: gettext.NullTranslations
    right_to_left: bool = False

    def text(self, source: str) -> str:
        """Return the translation, the source itself when there is none."""
        source = source.strip()  # a YAML block ends with a line end that no translator sees
        return self.texts.gettext(source) if source else ""


def read_catalogues(files: Mapping[str, str], problems: list[Problem]) -> dict[str, Catalogue]:
    """Read `locales/<locale>/LC_MESSAGES/messages.po` files; French is always there, first."""
    catalogues = {SOURCE: Catalogue(SOURCE, gettext.NullTranslations())}
    for path, content in sorted(files.items()):
        locale = path.split("/")[1]
        try:
            right_to_left = Locale.parse(locale).character_order == "right-to-left"
            catalog = read_po(io.StringIO(content), locale=locale, abort_invalid=True)
            compiled = io.BytesIO()
            write_mo(compiled, catalog)
            compiled.seek(0)
            texts = gettext.GNUTranslations(compiled)
        except (ValueError, LookupError, UnknownLocaleError, PoFileError) as error:
            line = getattr(error, "lineno", -1) + 1  # Babel counts lines from 0
            problems.append(Problem(At(path, line), f"ce catalogue ne se lit pas : {error}"))
            continue
        catalogues[locale] = Catalogue(locale, texts, right_to_left)
        problems.extend(_check(path, catalog))
        problems.extend(_unclosed(path, content))
    return catalogues


def _unclosed(path: str, content: str) -> Iterable[Problem]:
    """Find strings without their last quote: Babel takes their last letter for it."""
    for number, line in enumerate(content.split("\n"), 1):
        if not line.startswith("#") and '"' in line and not line.rstrip().endswith('"'):
            yield Problem(At(path, number), "il manque le guillemet de la fin")


def _check(path: str, catalog: Catalog) -> Iterable[Problem]:
    """Compare placeholders: Babel itself checks `%s` only, so a dropped `{commune}` would go unseen."""
    for message in catalog:
        if not message.id or not message.string:
            continue
        sources = (message.id,) if isinstance(message.id, str) else message.id
        strings = (message.string,) if isinstance(message.string, str) else message.string
        wanted = set(PLACEHOLDER.findall(sources[-1]))
        for string in strings:
            found = set(PLACEHOLDER.findall(string))
            at = At(path, message.lineno or 0)
            if wanted - found:
                lost = ", ".join(f"{{{name}}}" for name in sorted(wanted - found))
                yield Problem(at, f"la traduction de « {sources[0][:40]} » a perdu {lost}")
            if found - wanted:
                extra = ", ".join(f"{{{name}}}" for name in sorted(found - wanted))
                yield Problem(at, f"la traduction de « {sources[0][:40]} » ajoute {extra}")


def untranslated(catalogues: Mapping[str, Catalogue], texts: Mapping[str, At]) -> Iterable[Problem]:
    """Give every text that a locale lacks: it ships whole or not at all."""
    for locale, catalogue in catalogues.items():
        if locale == SOURCE:
            continue
        known = getattr(catalogue.texts, "_catalog", {})
        for text, at in texts.items():
            if text.strip() and not known.get(text.strip()):
                yield Problem(at, f"pas encore traduit en « {locale} » : « {text[:60]} »")
