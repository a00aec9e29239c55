"""What happens to content files: a byte goes wrong, a copy stops half-way, a file is missing, lines change places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.mutations import mistakes, spots, write

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

WAYS = (
    "bytes",
    "bytes",
    "cut",
    "gone",
    "number",
    "line lost",
    "line twice",
    "lines exchanged",
    "nothing left",
    "noise",
)


def corrupt(root: Path, files: dict[str, str], chance: Random) -> str:
    """Damage one file under a folder that holds `files`; return what was done. `repair` undoes it."""
    way, path = chance.choice(WAYS), chance.choice(sorted(files))
    raw = bytearray(files[path].encode())
    lines = files[path].split("\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match way:
        case "bytes":
            for _ in range(chance.randint(1, 4)):
                raw[chance.randrange(len(raw))] = chance.randrange(256)
        case "cut":
            del raw[chance.randrange(len(raw)) :]
        case "gone":
            (root / path).unlink()
            return f"{way}: {path}"
        case "number":
            spot = chance.choice(list(spots(files)))
            path = spot.file
            raw = bytearray(write(files, {spot: chance.choice(list(mistakes(spot.digits)))})[path].encode())
        case "line lost":
            raw = bytearray("\n".join(lines[:one] + lines[one + 1 :]).encode())
        case "line twice":
            raw = bytearray("\n".join([*lines[:one], lines[other], *lines[one:]]).encode())
        case "lines exchanged":
            lines[one], lines[other] = lines[other], lines[one]
            raw = bytearray("\n".join(lines).encode())
        case "nothing left":
            raw = bytearray()
        case "noise":
            raw = bytearray(chance.randbytes(chance.randint(1, 400)))
    (root / path).write_bytes(raw)
    return f"{way}: {path}"


def repair(root: Path, files: dict[str, str]) -> None:
    """Write every file again."""
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_bytes() != text.encode():
            file.write_bytes(text.encode())
