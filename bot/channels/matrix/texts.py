"""What only Matrix needs to say: French sentences, which are the msgids that translators meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def _(text: str) -> str:
    return text


NOTICE = _("Effacer laisse une place vide, que quitter ce salon ôte. Le serveur garde un temps les originaux.")
"""Said once a conversation: a redaction leaves a tombstone that shows, and the original in the server's base."""

HOW = _("Écrivez le chiffre, ou la lettre.")
"""Said at home, where somebody may not know yet that nothing here can be touched."""

YOURS = _("Ce que vous écrivez ici, effacez-le vous-même : je ne le peux pas.")
"""Said beside it where the room does not let the bot redact what the person writes."""

LEFT = _("Des lignes restent ici : je n'ai pas le droit de les effacer. Vous pouvez le faire, ou quitter le salon.")
"""Sent when leaving, only when something could not be erased."""


def every() -> Iterator[str]:
    """Give every msgid of this file, for whoever checks that a language is whole."""
    yield from (NOTICE, HOW, YOURS, LEFT)
