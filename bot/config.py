"""Settings: from the environment to frozen values; a misspelt REPERE_* is an error, not a surprise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "REPERE_"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator decides. `web_port` 0 means any free port, printed."""

    web_host: str = "127.0.0.1"
    web_port: int = 8080
    web_publisher: str = ""
    web_director: str = ""
    web_hosting: str = ""
    web_contact: str = ""
    public_name: str = "Infos pratiques"


NAMES = {f"{PREFIX}{name.upper()}": name for name in Settings.__dataclass_fields__}


def read(environment: Mapping[str, str]) -> Settings:
    """Return the settings. Raises ConfigError with one sentence."""
    given: dict[str, str | int] = {}
    for key, value in environment.items():
        if not key.startswith(PREFIX):
            continue
        if key not in NAMES:
            raise ConfigError(f"{key} n'est pas un réglage{nearest(key, NAMES)}. Connus : {', '.join(NAMES)}.")
        given[NAMES[key]] = _port(key, value) if NAMES[key] == "web_port" else value.strip()
    return Settings(**given)  # type: ignore[arg-type]  # each name was looked up in NAMES


def _port(key: str, value: str) -> int:
    if not (value.strip().isdecimal() and int(value) <= 65535):
        raise ConfigError(f"{key} attend un nombre de 0 à 65535 (0 : n'importe quel port libre).")
    return int(value)
