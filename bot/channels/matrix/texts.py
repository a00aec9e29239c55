"""What only Matrix needs to say: French sentences, which are the msgids that translators meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def _(text: str) -> str:
    return text


NOTICE = _("Ici, rien ne s'efface seul. Le serveur garde quelques jours ce que vous effacez.")
"""Said once a conversation: a screen left alone stays, and the server keeps the original of what is redacted."""

YOURS = _("Ici, je ne peux pas effacer ce que vous écrivez : effacez-le vous-même.")
"""Said beside it where the room does not let the bot redact what the person writes."""

LEFT = _("Des lignes restent ici : je n'ai pas le droit de les effacer. Vous pouvez le faire, ou quitter le salon.")
"""Sent when leaving, only when something could not be erased."""


def every() -> Iterator[str]:
    """Give every msgid of this file, for whoever checks that a language is whole."""
    yield from (NOTICE, YOURS, LEFT)
