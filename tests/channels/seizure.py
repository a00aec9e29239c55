"""What somebody who takes the machine away would look for, in every writing, and where it would be looked for."""

from __future__ import annotations

import base64
import contextlib
import gc
import json
import os
import stat
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = tuple(map(Path, ("/tmp", "/var/tmp", "/dev/shm")))
"""Where anybody may write: what appeared there since the process began, and is ours, is looked at too."""

ROOMS = ("cwd", "home", "tmp")
LARGEST = 50_000_000

PLAIN = ("utf-16-le", "utf-16-be", "utf-32-le")


# What is looked for ---------------------------------------------------------------------------------------------------


def writings(secret: str) -> set[bytes]:
    """Return a secret as it may stand in a file: in every usual encoding, escaped, and as a number if it is one."""
    plain = secret.encode()
    every = {plain, secret.upper().encode(), plain.hex().encode(), plain.hex().upper().encode()}
    every |= {secret.encode(encoding) for encoding in PLAIN}
    every |= {quote(secret).encode(), quote_plus(secret).encode(), json.dumps(secret)[1:-1].encode()}
    for alphabet in (b"+/", b"-_"):
        every |= {_middle(base64.b64encode(b"\0" * shift + plain, alphabet), shift) for shift in range(3)}
    if secret.lstrip("-").isdigit():
        every |= {struct.pack("<q", int(secret)), struct.pack(">q", int(secret)), f"{int(secret):x}".encode()}
    return every


def _middle(coded: bytes, shift: int) -> bytes:
    """Leave out the characters of a base64 that depend on what stands before and after."""
    return coded.rstrip(b"=")[(0, 2, 3)[shift] : -1]


def found(secrets: Iterable[str], places: Mapping[str, bytes]) -> list[str]:
    """Return « place: secret » for each secret that stands somewhere, in any writing."""
    forms = [(secret, form) for secret in set(secrets) for form in writings(secret)]
    hits = {f"{place}: {secret}" for place, data in places.items() for secret, form in forms if form in data}
    return sorted(hits)


def held(words: Collection[str]) -> list[str]:
    """Return those of some words, or numbers, that an object of this very process still holds."""
    gc.unfreeze()
    numbers = {int(word) for word in words if word.isdigit()}
    hits: set[str] = set()
    begun = gc.get_objects()
    seen, todo = {id(words), id(numbers), id(begun)}, begun
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        for other in gc.get_referents(one):
            if isinstance(other, str):
                hits |= {word for word in words if word in other and other is not word}
            elif isinstance(other, bytes):
                hits |= {word for word in words if word.encode() in other}
            elif isinstance(other, int):
                hits |= {str(other)} if other in numbers else set()
            elif not gc.is_tracked(other):
                todo.append(other)
    return sorted(hits)


# Where it is looked for -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class House:
    """Where a process lives: nothing but it writes there, so that all it can write is seen."""

    root: Path
    token: str
    mode: int = 0o400
    began: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        """Build it, token included: the one file that may hold it."""
        for room in ROOMS:
            (self.root / room).mkdir(parents=True)
        self.token_file.write_text(self.token, "ascii")
        self.token_file.chmod(self.mode)

    @property
    def token_file(self) -> Path:
        """Return where the token is read from."""
        return self.root / "token"

    def environment(self, api: str, **more: str) -> dict[str, str]:
        """Return all that the process is told."""
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(self.root / "home"),
            "TMPDIR": str(self.root / "tmp"),
            "REPERE_WEB_PORT": "0",
            "REPERE_TELEGRAM_API": api,
            "REPERE_TELEGRAM_TOKEN_FILE": str(self.token_file),
            **more,
        }

    def files(self) -> dict[str, bytes]:
        """Return what the process wrote in its own rooms."""
        paths = (path for room in ROOMS for path in (self.root / room).rglob("*"))
        return {str(path): path.read_bytes() for path in paths if path.is_file()}

    def elsewhere(self) -> dict[str, bytes]:
        """Return what appeared since where everybody may write, by this user; other programs write there too."""
        return {str(path): path.read_bytes() for place in SHARED for path in self._recent(place)}

    def _recent(self, place: Path) -> Iterator[Path]:
        for folder, _, names in os.walk(place):
            for path in (Path(folder, name) for name in names):
                with contextlib.suppress(OSError):
                    seen = path.lstat()
                    ours = stat.S_ISREG(seen.st_mode) and seen.st_uid == os.getuid()
                    recent = seen.st_mtime >= self.began - 1 and seen.st_size < LARGEST
                    if ours and recent and not path.is_relative_to(self.root):
                        yield path


def written_by(pid: int) -> list[str]:
    """Return the regular files that a process holds open for writing."""
    kept = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            flags = int(Path(f"/proc/{pid}/fdinfo/{link.name}").read_text("ascii").split()[3], 8)
            if flags & (os.O_WRONLY | os.O_RDWR) and stat.S_ISREG(link.stat().st_mode):
                kept.append(str(link.readlink()))
    return kept
