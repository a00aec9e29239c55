"""What a method answers when it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Done:
    """A result that comes with a sentence."""

    result: Any
    description: str


class Refused(Exception):
    """A call is refused. `description` is word for word what the real server says."""

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after


def bad(message: str) -> Refused:
    """Return a 400. The real server lowers the first letter of what is not a NAME_IN_CAPITALS, and so does this."""
    if not (message[1:2] == "_" or message[1:2].isupper()):
        message = message[:1].lower() + message[1:]
    return Refused(400, f"Bad Request: {message}")


def forbidden(message: str) -> Refused:
    """Return a 403."""
    return Refused(403, f"Forbidden: {message}")


def too_many(seconds: int) -> Refused:
    """Return a 429."""
    return Refused(429, f"Too Many Requests: retry after {seconds}", seconds)
