"""The bot as a process of its own, to be killed as a power cut would."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.matrix.matrix_bot import Account
    from tests.matrix.synapse import Synapse


SERVE = """
import sys
from bot import commands
commands._meaning = lambda root: None
sys.exit(commands.run(["serve"]))
"""
"""Words alone: a process that is born to be killed need not learn what everything means."""


@contextlib.asynccontextmanager
async def served(hs: Synapse, on: Account) -> AsyncIterator[asyncio.subprocess.Process]:
    """Give `repere serve`, ready; killed on the way out."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REPERE_")}
    given = {"HOMESERVER": hs.url, "USER": on.user_id, "PASSWORD": on.user.password, "KEYS_FILE": on.keys_file}
    matrix = {f"REPERE_MATRIX_{name}": value for name, value in given.items()}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SERVE),
        env=clean | matrix | {"REPERE_WEB_PORT": "0"},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            while "Matrix : prêt." not in (line := (await process.stdout.readline()).decode()):
                assert line, "it ended before it was ready"
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
