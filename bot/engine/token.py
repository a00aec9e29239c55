"""The session in a button: at most 48 ASCII characters, untrusted on the way in.

    flags 1 byte · locale 1 · [area 2] · [root 3] · [commune 3] · answers, 1 each (a jump 2) · check 3        base64url

An answer is one byte of the hash of its choice's id, so inserting, moving or removing other choices changes nothing.
Two ids of one step may share a byte: decoding then tries both, and the check decides. The check is 24 bits of the hash
of every step walked and every answer given: under newer content a token means the same answers or nothing (home). A
page walked is read wherever it may wait, for the commune may have been given, changed or forgotten since.
No secret is in it and none protects it: whoever forges one only opens a screen that anybody can reach by pressing.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from bot.engine.script import short_hash
from bot.engine.session import FRANCE, HERE, JUMP, Session, Visit
from bot.engine.trail import step_after, stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bot.engine.script import Script

LONGEST = 48
"""ASCII characters: with a choice it fits Telegram's 64."""


Trail = tuple[Visit, ...]

VERSION = 1
VERSIONS = 0x07
OFFERED, NOTICED, AREA, ROOT, PLACE = 0x08, 0x10, 0x20, 0x40, 0x80
CHECK = 3
"""Bytes of the check, at the end of a token."""

JUMPED, PLACED = 0, 1
"""Two answer bytes with a meaning of their own; choices hash into the other 254."""

TRIES = 2048
"""Steps that the readings of one token may walk, all together: enough for honest ones, and a bound for forged ones."""


@lru_cache(maxsize=8192)
def _byte(choice: str) -> int:
    return 2 + int.from_bytes(short_hash(choice, 2)) % 254


def _check(root: str, trail: Sequence[Visit], at: str) -> bytes:
    said = [f"{visit.step}\1{HERE if visit.answer[:1] == HERE else visit.answer}" for visit in trail]
    return blake2b("\0".join([root, *said, at]).encode(), digest_size=CHECK).digest()


def encode(script: Script, session: Session) -> str:
    """Return the token of a session made by this script."""
    flags = VERSION
    parts = bytearray(short_hash(session.locale, 1))
    if session.area != FRANCE:
        flags |= AREA
        parts += short_hash(session.area, 2)
    if session.root != script.always.home:
        flags |= ROOT
        parts += short_hash(session.root, 3)
    if session.place is not None:
        flags |= PLACE
        parts += _insee_number(session.place).to_bytes(3)
    flags |= NOTICED * session.noticed | OFFERED * session.offered
    for visit in session.trail:
        if visit.answer.startswith(HERE):
            parts.append(PLACED)
        elif visit.answer.startswith(JUMP):
            parts += bytes((JUMPED, _byte(visit.answer)))
        else:
            parts.append(_byte(visit.answer))
    raw = bytes((flags,)) + bytes(parts) + _check(session.root, session.trail, session.at)
    return urlsafe_b64encode(raw).decode().rstrip("=")


def decode(script: Script, token: str, now: datetime) -> Session | None:
    """Return the session a token meant, or None: then open home. Any string at all is safe to give."""
    if not token or len(token) > LONGEST or not token.isascii():
        return None
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    if len(raw) < 5 or raw[0] & VERSIONS != VERSION:
        return None
    start = _start(script, raw)
    if start is None:
        return None
    session, rest = start
    if len(rest) < CHECK:
        return None
    answers, check = rest[:-CHECK], rest[-CHECK:]
    for read in _readings(script, session, answers):
        if _check(read.root, read.trail, read.at) == check:
            return read if stop(script, read, read.entry, now) == read.at else None
    return None


def _start(script: Script, raw: bytes) -> tuple[Session, bytes] | None:
    flags, position = raw[0], 2
    hashed = script.hashed
    locale = hashed.locales.get(raw[1:2])
    area, root, place = FRANCE, script.always.home, None
    if flags & AREA:
        area, position = hashed.areas.get(raw[position : position + 2], ""), position + 2
    if flags & ROOT:
        root, position = hashed.steps.get(raw[position : position + 3], ""), position + 3
    if flags & PLACE:
        place, position = _insee_code(int.from_bytes(raw[position : position + 3])), position + 3
        if script.directory.places.get(place) is None:
            return None
    if not (locale and area and root):
        return None
    return Session(locale, area, root, root, root, (), place, bool(flags & NOTICED), bool(flags & OFFERED)), raw[
        position:
    ]


def _readings(script: Script, start: Session, answers: bytes) -> Iterator[Session]:
    """Give every session that these bytes may mean; nearly always one.

    A page is read wherever it may wait (`Script.ends`); the check knows where it did.
    """
    pending: list[tuple[int, str, str, Trail]] = [(0, start.root, at, ()) for at in reversed(script.ends[start.root])]
    for _ in range(TRIES):
        if not pending:
            return
        position, entry, at, trail = pending.pop()
        if position == len(answers):
            yield Session(
                start.locale, start.area, start.root, entry, at, trail, start.place, start.noticed, start.offered
            )
            continue
        byte = answers[position]
        position += 1
        if byte == JUMPED:
            meant = [jump for jump in script.jumps if _byte(jump) in answers[position : position + 1]]
            position += 1
        elif byte == PLACED:
            meant = [HERE + start.place] if start.place else []
        else:
            meant = [choice.id for choice in getattr(script.steps[at], "choices", ()) if _byte(choice.id) == byte]
        for answer in meant:
            following = step_after(script, at, answer)
            if following is not None:
                onward = (*trail, Visit(entry, at, answer))
                pending += [(position, following, end, onward) for end in reversed(script.ends[following])]


def _insee_number(insee: str) -> int:
    """Turn a commune's code into a number below 2^24: 2A004 and 2B033 follow the numeric codes."""
    if insee[1] in "AB":
        return 100_000 + 1_000 * "AB".index(insee[1]) + int(insee[2:])
    return int(insee)


def _insee_code(number: int) -> str:
    if number >= 100_000:
        letter = "AB"[min(1, (number - 100_000) // 1_000)]
        return f"2{letter}{number % 1_000:03}"
    return f"{number:05}"
