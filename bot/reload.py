"""Replace the content while the bot speaks: all of it, or nothing (promise P12).

Asked by SIGHUP, never by a file that changed: somebody who copies files knows when the last one is there, a clock that
looks at dates may read a folder half copied. The communes are not read again: they change once a year, with a release.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

from bot import content
from bot.engine.check import sound
from bot.errors import ConfigError, ContentError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.app import Bot
    from bot.understand.meaning import Meaning


class Reloader:
    """Reads the content again when asked, and gives it to the bot when it is sound. `learn`: what phrases mean now.

    It is compiled in a thread, so that people go on being answered; a turn that has begun ends with the script it
    began with. Asked again meanwhile, it reads once more afterwards.
    """

    def __init__(
        self,
        bot: Bot,
        read: Callable[[], Mapping[str, str]],
        learn: Callable[[Meaning], Meaning],
        say: Callable[[str], None] | None = None,
    ) -> None:
        self._bot, self._read, self._learn, self._say = bot, read, learn, say or _say
        self._asked = False
        self._task: asyncio.Task[None] | None = None

    def listen(self) -> None:
        """Reload at each SIGHUP received by the running loop, where the system has such a signal."""
        if hasattr(signal, "SIGHUP"):
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self.ask)

    def ask(self) -> None:
        """Reload soon. To be called in the loop."""
        self._asked = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._serve())

    async def reload(self) -> bool:
        """Read, judge and swap; tell whether the content was replaced. Never raises."""
        places, meaning = self._bot.script.directory.places, self._bot.script.ear.meaning
        try:
            script = await asyncio.to_thread(lambda: sound(self._read(), places))
            if meaning is not None:
                meaning = await asyncio.to_thread(self._learn, meaning)
        except ContentError as error:
            return self._refused([str(problem) for problem in error.problems])
        except ConfigError as stale:
            return self._refused([str(stale)])
        except Exception as fault:  # a folder that is gone: whatever it is
            return self._refused([f"{type(fault).__name__}: {fault}"])
        counts = (
            f"{len(script.steps)} étapes, {len(script.directory.areas)} territoires, {len(script.catalogues)} langues"
        )
        script.ear.meaning = meaning or self._bot.script.ear.meaning  # it may have been loaded meanwhile
        self._bot.script = script
        content.replaced()
        self._say(f"Contenus relus : {counts}. Ils servent désormais.")
        return True

    def _refused(self, problems: Sequence[str]) -> bool:
        for problem in problems:
            self._say(problem)
        self._say(f"{len(problems)} problème(s) : les contenus d'avant continuent de servir.")
        return False

    async def _serve(self) -> None:
        while self._asked:
            self._asked = False
            await self.reload()


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()
