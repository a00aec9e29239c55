"""Ports of this machine, for servers that are told theirs before they listen.

A port that the system chose may be chosen again, for another server or a connection, before its server listens: these
are below those it chooses from.
"""

from __future__ import annotations

import socket
from random import Random

_CHANCE = Random()
_GIVEN: set[int] = set()


def free_port() -> int:
    """Return a port that nobody listens on; this process gives it once, and chance keeps others off it."""
    while True:
        port = _CHANCE.randrange(20_000, 32_000)  # Linux chooses from 32 768 on, macOS and Windows from 49 152 on
        if port not in _GIVEN and _free(port):
            _GIVEN.add(port)
            return port


def _free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
