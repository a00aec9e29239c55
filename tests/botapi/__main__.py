"""`python -m tests.botapi --port 0`: the fake by itself, for a bot or a benchmark in another process."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from tests.botapi.faults import Flood
from tests.botapi.server import Server


async def serve(port: int, latency: float, people: int, *, flood: bool) -> None:
    """Serve until a signal, for people who have all pressed « Start » already."""
    async with Server(latency=latency, port=port, record=False, keep=100) as api:
        stop = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        everybody = [api.person() for _ in range(people)]
        for person in everybody:
            await person.start()
        api.flood = Flood() if flood else None
        lines = [api.url, api.token, *(str(person.chat_id) for person in everybody)]
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    """Print its address, its token and the ids of its people, a line each; then serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.botapi", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--latency", type=float, default=0.0, metavar="S", help="seconds before each answer")
    parser.add_argument("--people", type=int, default=1, help="how many have pressed « Start »")
    parser.add_argument("--flood", action="store_true", help="keep to Telegram's limits")
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.latency, given.people, flood=given.flood))


if __name__ == "__main__":
    main()
