"""Entry of the `repere` command."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

from bot.commands import run
from bot.errors import where

if TYPE_CHECKING:
    from types import TracebackType


def main() -> int:
    """Run the command line; what Python itself would print of a fault may hold words, so it only says where (P4)."""
    sys.excepthook = _say
    sys.unraisablehook = lambda given: _say(type(given.exc_value), given.exc_value, None)
    threading.excepthook = lambda given: _say(type(given.exc_value), given.exc_value, None)
    return run(sys.argv[1:])


def _say(kind: object, fault: BaseException | None, trace: TracebackType | None) -> None:
    del kind, trace
    if fault is not None:
        sys.stderr.write(f"Défaut interne : {where(fault)}\n")


if __name__ == "__main__":
    sys.exit(main())
