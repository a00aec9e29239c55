"""Where flows, knowledge and locales stand: the only place that knows.

In a checkout, and in an editable install, they are folders beside `bot/`. In a wheel they travel inside the package,
in `bot/content/`: a plain folder without `__init__.py`, which Python passes over in favour of this module.
"""

from __future__ import annotations

import contextlib
import gc
from pathlib import Path
from typing import TYPE_CHECKING

from bot.directory.places import Places
from bot.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOMS = ("flows", "knowledge", "locales")

LEARNT = "knowledge/learnt.npz"
"""What `make learn` writes."""
NETWORK = "knowledge/network.npz"
"""What `make tune` writes."""


def root() -> Path:
    """Return the folder that holds flows/, knowledge/ and locales/: the packaged one, else the checkout's."""
    package = Path(__file__).resolve().parent
    places = (package / "content", package.parent)
    for place in places:
        if all((place / room).is_dir() for room in ROOMS):
            return place
    looked = " ni dans ".join(f"« {place} »" for place in places)
    raise ConfigError(f"Contenus introuvables : {', '.join(ROOMS)} ne sont réunis ni dans {looked}.")


def read(root: Path) -> dict[str, str]:
    """Return the text of every content file, by its path inside the root."""
    patterns = ("flows/*.yml", "knowledge/**/*.yml", "knowledge/numbers.lock", "locales/*/LC_MESSAGES/messages.po")
    found = sorted(path for pattern in patterns for path in root.glob(pattern))
    return {path.relative_to(root).as_posix(): _text(path) for path in found}


def phrases(root: Path) -> dict[str, str]:
    """Return the text of every file of phrases, by its path inside the root."""
    found = sorted(root.glob("knowledge/phrases/*/*.txt"))
    return {path.relative_to(root).as_posix(): _text(path) for path in found}


def _text(path: Path) -> str:
    """Return the text of a file. Raises ConfigError when it was saved by an editor that does not write UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as fault:
        line = fault.object.count(b"\n", 0, fault.start) + 1
        raise ConfigError(f"{path}, ligne {line} : ce fichier n'est pas en UTF-8. Enregistrez-le en UTF-8.") from None


def places(root: Path) -> Places:
    """Return the communes of France."""
    knowledge = root / "knowledge"
    communes = (knowledge / "places.tsv").read_text(encoding="utf-8")
    return Places.read(communes, (knowledge / "departements.tsv").read_text(encoding="utf-8"))


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Keep the garbage collector away while content is read, then out of it for good.

    Content lives as long as the process, in some hundreds of thousands of objects: to go through them all again and
    again would slow the start by a tenth, then stop everybody who is talking for a tenth of a second at a time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def replaced() -> None:
    """Let go of the content that was replaced, if the collector was kept out of it, and keep it out of the new one."""
    if gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()
        gc.freeze()
