"""Where flows, knowledge and locales stand: the only place that knows.

In a checkout, and in an editable install, they are folders beside `bot/`. In a wheel they travel inside the package,
in `bot/content/`: a plain folder without `__init__.py`, which Python passes over in favour of this module.
"""

from __future__ import annotations

from pathlib import Path

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
