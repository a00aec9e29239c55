"""Take the pictures of docs/pictures/: the main screens, on a phone and on a desk, at one fixed instant.

    python scripts/pictures.py

Needs what the browser tests need (Chromium and its driver). Same content, same instant: the pictures change only when
the screens do.
"""

from __future__ import annotations

import base64
import struct
import sys
import zlib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.web.conftest import DESK, PHONE, Browser, launched, served  # noqa: E402 - the path comes first

LARGEST = 80_000
SIGNATURE = b"\x89PNG\r\n\x1a\n"

SCREENS = {
    "home": (),
    "pour-qui": ("Aide et écoute",),
    "victime": ("Aide et écoute", "C'est pour moi"),
    "urgence": ("Aide et écoute", "C'est pour moi", "Numéros d'urgence"),
    "services": ("Trouver un service", "Mairie", "=Angers"),
    "professionnel": ("Je suis professionnel",),
    "infos": ("/infos",),
}


def main() -> None:
    folder = ROOT / "docs" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    with served() as site, launched(site) as browser:
        for kind, size, density in (("phone", PHONE, 2), ("desk", DESK, 1)):
            browser.size(size, density=density)
            for name, path in SCREENS.items():
                walk(browser, path)
                picture = smaller(base64.b64decode(browser.driver.get_screenshot_as_base64()))
                if len(picture) > LARGEST:
                    raise SystemExit(f"{name}-{kind}.png : {len(picture)} octets, c'est trop")
                (folder / f"{name}-{kind}.png").write_bytes(picture)


def walk(browser: Browser, path: tuple[str, ...]) -> None:
    """Open a screen as a person does."""
    browser.open("/")
    for step in path:
        if step.startswith("/"):
            browser.open(step)
        elif step.startswith("="):
            browser.type(step[1:])
        else:
            browser.press(step)
    browser.js("scrollTo(0, 0); document.activeElement.blur()")


# PNG ----------------------------------------------------------------------------------------------------------------


def smaller(png: bytes) -> bytes:
    """Write a picture again with 256 colours at most: text on plain grounds has few more, and weighs a third."""
    width, height, rows = pixels(png)
    counts = Counter(pixel for row in rows for pixel in row)
    palette = [colour for colour, _ in counts.most_common(256)]
    place = {colour: position for position, colour in enumerate(palette)}
    for colour in counts:
        if colour not in place:
            place[colour] = min(
                range(len(palette)), key=lambda p: sum((a - b) ** 2 for a, b in zip(palette[p], colour, strict=True))
            )
    lines = b"".join(b"\0" + bytes(place[pixel] for pixel in row) for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    plte = b"".join(bytes(colour) for colour in palette)
    parts = ((b"IHDR", header), (b"PLTE", plte), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def pixels(png: bytes) -> tuple[int, int, list[list[tuple[int, int, int]]]]:
    """Return the width, the height and the rows of a PNG of eight bits a channel, not interlaced."""
    data, position, width, height, channels = b"", 8, 0, 0, 0
    while position < len(png):
        (length,) = struct.unpack(">I", png[position : position + 4])
        kind, body = png[position + 4 : position + 8], png[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            channels = {2: 3, 6: 4}[colour]
            if depth != 8 or interlaced:
                raise ValueError("not a plain PNG")
        elif kind == b"IDAT":
            data += body
        position += 12 + length
    raw, stride = zlib.decompress(data), width * channels
    before, rows = bytearray(stride), []
    for row in range(height):
        start = row * (stride + 1)
        before = unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), before, channels)
        rows.append(list(zip(before[0::channels], before[1::channels], before[2::channels], strict=True)))
    return width, height, rows


def unfiltered(kind: int, line: bytearray, above: bytearray, step: int) -> bytearray:
    for at in range(len(line) if kind else 0):
        left = line[at - step] if at >= step else 0
        corner = above[at - step] if at >= step else 0
        if kind == 4:  # Paeth: whichever of the three neighbours is nearest to left + above - corner
            guess = left + above[at] - corner
            nearest = min((abs(guess - left), 0), (abs(guess - above[at]), 1), (abs(guess - corner), 2))[1]
            added = (left, above[at], corner)[nearest]
        else:
            added = (0, left, above[at], (left + above[at]) // 2)[kind]
        line[at] = (line[at] + added) & 255
    return line


if __name__ == "__main__":
    main()
