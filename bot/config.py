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
    No Matrix without a homeserver; with a password there is encryption, with a token there is none.
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
    matrix_homeserver: str = ""
    matrix_user: str = ""
    matrix_password: str = field(default="", repr=False)
    matrix_password_file: str = ""
    matrix_token: str = field(default="", repr=False)
    matrix_token_file: str = ""
    matrix_keys_file: str = ""


SECRETS = ("telegram_token", "matrix_password", "matrix_token")
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
    for name in SECRETS:
        _take(given, name, environment)
    if not re.fullmatch(r"(\d+:[\w-]+)?", given.get("telegram_token", ""), re.ASCII):
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
    _matrix(given)
    return Settings(web_port=port, **given)


def _take(given: dict[str, str], name: str, environment: Mapping[str, str]) -> None:
    """Replace the file of a secret by what it holds."""
    key, file = f"{PREFIX}{name.upper()}", given.get(f"{name}_file", "")
    if file and given.get(name):
        raise ConfigError(f"{key} et {key}_FILE disent la même chose : gardez le fichier.")
    if file:
        given[name] = secret(f"{key}_FILE", file, environment)


def _matrix(given: dict[str, str]) -> None:
    """See that an account is whole, and where its keys are: beside its password, when nothing is said."""
    if not any(name.startswith("matrix_") and value for name, value in given.items()):
        return
    for name, sample in (("matrix_homeserver", "https://matrix.exemple.fr"), ("matrix_user", "@infos:exemple.fr")):
        if not given.get(name):
            raise ConfigError(f"Il manque {PREFIX}{name.upper()} (par exemple {sample}).")
    given["matrix_homeserver"] = _address("REPERE_MATRIX_HOMESERVER", given["matrix_homeserver"]).rstrip("/")
    if not re.fullmatch(r"@[^:\s]+:\S+", given["matrix_user"]):
        raise ConfigError("REPERE_MATRIX_USER attend un nom entier : @infos:exemple.fr")
    if bool(given.get("matrix_password")) == bool(given.get("matrix_token")):
        raise ConfigError("Il faut REPERE_MATRIX_PASSWORD_FILE, ou REPERE_MATRIX_TOKEN_FILE : l'un des deux.")
    if given.get("matrix_password") and not given.get("matrix_keys_file"):
        if not given.get("matrix_password_file"):
            raise ConfigError("Il manque REPERE_MATRIX_KEYS_FILE : où garder les clés du bot.")
        given["matrix_keys_file"] = f"{given['matrix_password_file']}.keys"


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
