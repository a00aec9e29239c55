"""The commands of `repere`: the only place where things are wired together."""

from __future__ import annotations

import sys


def main() -> None:
    """Run one command."""
    from bot.commands import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
