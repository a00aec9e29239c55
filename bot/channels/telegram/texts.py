"""What only Telegram needs to say: French sentences, which are the msgids that translators meet.

`_` only marks them for the extractor; `{17}` is the number of that id in the directory, never digits written here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def _(text: str) -> str:
    return text


NOTICE = _("Telegram, lui, peut lire ce fil et en garder des traces. Vos autres appareils l'affichent aussi.")
"""Said once a conversation, beside « personne ne lit vos réponses »: a chat with a bot is not end-to-end encrypted."""

LEFT = _(
    "Des lignes restent dans ce fil. Après 48 heures, Telegram ne laisse que vous les retirer. "
    "Liste des discussions : appui long sur ce nom, puis « Supprimer »."
)
"""Sent only when something could not be erased: how she can do it, without a promise."""

BLANK = _("Numéros utiles, services et horaires près de chez vous.")
"""What takes the place of a message too old to be deleted: the line of the profile, for whoever reads over it."""

# The public face ----------------------------------------------------------------------------------------------------

ABOUT = BLANK
"""The line of the profile: 120 characters at most."""

DESCRIPTION = (
    ABOUT,
    _("C'est un programme : des choix à toucher, une commune à écrire."),
    _("Urgences : {17} ou {112}. SMS, sans parler : {114}."),
)
"""What an empty chat shows before the first touch: 512 characters at most, emergency numbers within reach already."""

COMMANDS = (
    ("start", "home", _("Accueil")),
    (_("urgence"), "emergency", _("Numéros d'urgence")),
    (_("langue"), "language", _("Langue · Language")),
    (_("fermer"), "close", _("Fermer")),
)
"""The menu: a word of `always.yml` that is understood when it is typed, what it means there, how it is described."""


def every() -> Iterator[str]:
    """Give every msgid of this file, for whoever checks that a language is whole."""
    yield from (NOTICE, LEFT, *DESCRIPTION)
    for name, _key, said in COMMANDS:
        yield from (said,) if name == "start" else (name, said)
