"""Settings: from the environment to frozen values; a misspelt REPERE_* is an error, not a surprise."""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.errors import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "REPERE_"
WEB_PORT = 8080
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator decides. `web_port` 0 means any free port, printed; no Telegram without a token.

    `telegram_api` is the address of the Bot API, `telegram_webhook` where Telegram posts ("": the bot asks by itself).
    """

    web_host: str = "127.0.0.1"
    web_port: int = WEB_PORT
    web_publisher: str = ""
    web_director: str = ""
    web_hosting: str = ""
    web_contact: str = ""
    public_name: str = "Infos pratiques"
    telegram_token: str = field(default="", repr=False)
    telegram_token_file: str = ""
    telegram_api: str = "https://api.telegram.org"
    telegram_webhook: str = ""


NAMES = {f"{PREFIX}{name.upper()}": name for name in Settings.__dataclass_fields__}


def read(environment: Mapping[str, str]) -> Settings:
    """Return the settings, secrets read from their files. Raises ConfigError with one sentence."""
    given: dict[str, str] = {}
    for key, value in environment.items():
        if not key.startswith(PREFIX):
            continue
        if key not in NAMES:
            raise ConfigError(f"{key} n'est pas un réglage{nearest(key, NAMES)}. Connus : {', '.join(NAMES)}.")
        given[NAMES[key]] = value.strip()
    port = _port(given.pop("web_port", str(WEB_PORT)))
    file = given.get("telegram_token_file", "")
    if file and given.get("telegram_token"):
        raise ConfigError(
            "REPERE_TELEGRAM_TOKEN et REPERE_TELEGRAM_TOKEN_FILE disent la même chose : gardez le fichier."
        )
    if file:
        given["telegram_token"] = secret("REPERE_TELEGRAM_TOKEN_FILE", file, environment)
    if not re.fullmatch(r"[^\s/?#@]*", given.get("telegram_token", "")):
        raise ConfigError("Le jeton de Telegram a la forme 123456789:ABC…, sans espace ni barre : recopiez-le entier.")
    if given.get("telegram_api"):
        given["telegram_api"] = _address("REPERE_TELEGRAM_API", given["telegram_api"]).rstrip("/")
    else:
        given.pop("telegram_api", None)
    if (
        given.get("telegram_webhook")
        and len(urlsplit(_address("REPERE_TELEGRAM_WEBHOOK", given["telegram_webhook"])).path) < 2
    ):
        raise ConfigError(
            "REPERE_TELEGRAM_WEBHOOK attend une adresse avec un chemin à elle : https://exemple.fr/telegram."
        )
    return Settings(web_port=port, **given)


def secret(key: str, file: str, environment: Mapping[str, str]) -> str:
    """Return the one line of a file that nobody else can read. What systemd lends (LoadCredential) is trusted to be so.

    Raises ConfigError.
    """
    path = Path(file)
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise ConfigError(f"{key} : {file} ne se lit pas ({type(error).__name__}).") from None
    lent = environment.get("CREDENTIALS_DIRECTORY")
    if mode & 0o077 and not (lent and path.resolve().is_relative_to(Path(lent).resolve())):
        raise ConfigError(f"{key} : d'autres que vous peuvent lire {file} (mode {mode:o}). Faites : chmod 400 {file}")
    if not text:
        raise ConfigError(f"{key} : {file} est vide.")
    return text


def _port(value: str) -> int:
    if not (value.isdecimal() and int(value) <= 65535):
        raise ConfigError("REPERE_WEB_PORT attend un nombre de 0 à 65535 (0 : n'importe quel port libre).")
    return int(value)


def _address(key: str, value: str) -> str:
    """Return an address where a secret may be sent: https, or this very machine."""
    try:
        parts = urlsplit(value)
        sound = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        sound = sound and bool(parts.hostname) and parts.port != 0 and not parts.username
    except ValueError:
        sound = False
    if not sound:
        raise ConfigError(
            f"{key} attend une adresse https://… ; http:// ne convient que sur cette machine (127.0.0.1)."
        )
    return value
