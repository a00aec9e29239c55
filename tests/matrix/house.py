"""`repere serve` with Matrix, as a process of its own in a house where all that it writes is seen; and its visitors."""

from __future__ import annotations

import asyncio
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.channels.seizure import House
from tests.matrix.talk import Talk

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from tests.matrix import JsClient, Synapse
    from tests.matrix.matrix_bot import Account

READY = "Matrix : prêt."
COMMUNES = ("Niederschaeffolsheim", "Mittelschaeffolsheim", "Ornolac-Ussat-les-Bains", "Roquestéron-Grasse")

LOUD = """
import logging, sys
logging.basicConfig(level=logging.DEBUG)
for name in ("repere", "nio", "peewee", "aiohttp", "aiohttp.client", "asyncio"):
    logging.getLogger(name).setLevel(logging.DEBUG)
from bot.__main__ import main
sys.argv = ["repere", "serve"]
sys.exit(main())
"""
"""`repere serve` by somebody who wants to see everything."""


@dataclass(slots=True)
class MatrixHouse(House):
    """Where such a process lives: its password stands in one file, its keys in another."""

    user_id: str = ""
    keys_file: str = ""

    def environment(self, api: str, **more: str) -> dict[str, str]:
        """Return all that the process is told; `api` is where the homeserver is. Nothing of Telegram."""
        whole = House.environment(self, api)
        kept = {name: value for name, value in whole.items() if not name.startswith("REPERE_TELEGRAM")}
        return kept | {
            "REPERE_MATRIX_HOMESERVER": api,
            "REPERE_MATRIX_USER": self.user_id,
            "REPERE_MATRIX_PASSWORD_FILE": str(self.token_file),
            "REPERE_MATRIX_KEYS_FILE": self.keys_file,
            **more,
        }


def house(folder: Path, on: Account, *, password: str = "") -> MatrixHouse:
    """Build a house for an account."""
    return MatrixHouse(folder, password or on.user.password, user_id=on.user_id, keys_file=on.keys_file)


def word(chance: Random) -> str:
    """Return letters that nothing else would write by chance."""
    return "".join(chance.choices(string.ascii_lowercase, k=12))


async def visitor(hs: Synapse, js: JsClient, chance: Random) -> set[str]:
    """Give somebody's client a display name with secrets in it; return what is hers alone."""
    shown = f"{word(chance).capitalize()} d'{word(chance)}"
    await hs.api(
        "PUT", f"/_matrix/client/v3/profile/{js.user.user_id}/displayname", {"displayname": shown}, as_=js.user
    )
    return {js.user.user_id, js.user.name, shown, js.device_id}


async def converse(js: JsClient, bot: str, chance: Random, *, encrypted: bool) -> set[str]:
    """Say things that name her, and a commune; return them, and what the server calls the room and its events."""
    talk = await Talk.opens(js, bot, encrypted=encrypted)
    secrets = {talk.room}
    for text in (f"il m'a dit {word(chance)} où {word(chance)}", chance.choice(COMMUNES), "1"):
        before = talk.ours()[-1].event_id
        secrets.add(sent := await js.send(talk.room, text))
        secrets |= {text, before} if len(text) > 4 else {before}
        await talk.reads("", but=before)
        await asyncio.sleep(0)
        secrets.add(sent)
    return secrets
