"""Where flows, knowledge and locales stand: the only place that knows.

In a checkout, and in an editable install, they are folders beside `bot/`. In a wheel they travel inside the package,
in `bot/content/`: a plain folder without `__init__.py`, which Python passes over in favour of this module.
"""

from __future__ import annotations

from pathlib import Path

from bot.directory.places import Places
from bot.errors import ConfigError

ROOMS = ("flows", "knowledge", "locales")


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
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in found}


def places(root: Path) -> Places:
    """Return the communes of France."""
    knowledge = root / "knowledge"
    communes = (knowledge / "places.tsv").read_text(encoding="utf-8")
    return Places.read(communes, (knowledge / "departements.tsv").read_text(encoding="utf-8"))
