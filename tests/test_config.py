"""Settings: what is accepted, what is refused and what to do then, and a token that is never shown."""

from __future__ import annotations

import os
import traceback
from typing import TYPE_CHECKING

import pytest

from bot.config import NAMES, WEB_PORT, Settings, read
from bot.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = ":".join(("123456789", "AA" + "made-up-" * 4))
"""Put together here, so that nothing that looks for secrets takes it for one."""


def refused(**environment: str) -> str:
    """Return the sentence that refuses an environment; the token is never in it, nor in what led there."""
    with pytest.raises(ConfigError) as caught:
        read({f"REPERE_{key}": value for key, value in environment.items()})
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__cause__ is None
    return str(caught.value)


def kept(folder: Path, mode: int, text: str = TOKEN + "\n") -> str:
    """Return the path of a file of that mode which holds the token."""
    path = folder / "token"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return str(path)


def test_without_anything_the_web_alone_is_served_on_this_machine() -> None:
    assert read({"PATH": "/bin", "HOME": "/"}) == Settings()
    assert (Settings().web_host, Settings().web_port, Settings().telegram_token) == ("127.0.0.1", WEB_PORT, "")


def test_every_setting_is_read_and_blanks_around_it_are_nothing() -> None:
    settings = read({"REPERE_PUBLIC_NAME": " Infos \n", "REPERE_WEB_PORT": " 0 ", "REPERE_WEB_HOST": "::"})
    assert (settings.public_name, settings.web_port, settings.web_host) == ("Infos", 0, "::")


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("TELEGRAM_TOKEN_FIL", "REPERE_TELEGRAM_TOKEN_FILE"),
        ("TELEGRAM_TOKN", "REPERE_TELEGRAM_TOKEN"),
        ("WEBPORT", "REPERE_WEB_PORT"),
        ("telegram_token", "REPERE_TELEGRAM_TOKEN"),
    ],
)
def test_a_misspelt_setting_is_an_error_that_names_the_right_one(misspelt: str, meant: str) -> None:
    sentence = refused(**{misspelt: TOKEN})
    assert f"REPERE_{misspelt} n'est pas un réglage" in sentence
    assert meant in sentence.partition("Connus")[0] or misspelt == "telegram_token"
    assert all(name in sentence for name in NAMES)


@pytest.mark.parametrize("port", ["-1", "65536", "http", "80.5", "", "1" * 40])
def test_a_port_that_is_none(port: str) -> None:
    assert "0 à 65535" in refused(WEB_PORT=port)


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_a_token_that_only_its_owner_reads(tmp_path: Path, mode: int) -> None:
    settings = read({"REPERE_TELEGRAM_TOKEN_FILE": kept(tmp_path, mode)})
    assert settings.telegram_token == TOKEN


@pytest.mark.parametrize("mode", [0o440, 0o444, 0o644, 0o604, 0o660, 0o666, 0o620, 0o601])
def test_a_token_that_others_may_read_is_refused_with_what_to_type(tmp_path: Path, mode: int) -> None:
    file = kept(tmp_path, mode)
    sentence = refused(TELEGRAM_TOKEN_FILE=file)
    assert f"mode {mode:o}" in sentence
    assert f"chmod 400 {file}" in sentence
    os.chmod(file, 0o400)
    assert read({"REPERE_TELEGRAM_TOKEN_FILE": file}).telegram_token == TOKEN, "what it says to type works"


def test_what_systemd_lends_is_trusted_and_nothing_beside_it(tmp_path: Path) -> None:
    """LoadCredential gives 0440 in a folder that only the service may enter."""
    lent, beside = tmp_path / "lent", tmp_path / "lent-too"
    lent.mkdir()
    beside.mkdir()
    inside = {"REPERE_TELEGRAM_TOKEN_FILE": kept(lent, 0o440), "CREDENTIALS_DIRECTORY": str(lent)}
    assert read(inside).telegram_token == TOKEN
    for folder, lends in ((beside, str(lent)), (lent, ""), (lent, str(beside))):
        with pytest.raises(ConfigError, match="d'autres que vous"):
            read({"REPERE_TELEGRAM_TOKEN_FILE": kept(folder, 0o440), "CREDENTIALS_DIRECTORY": lends})


def test_a_way_out_of_what_systemd_lends_is_not_trusted(tmp_path: Path) -> None:
    lent = tmp_path / "lent"
    lent.mkdir()
    kept(tmp_path, 0o644)
    file = f"{lent}/../token"
    with pytest.raises(ConfigError, match="d'autres que vous"):
        read({"REPERE_TELEGRAM_TOKEN_FILE": file, "CREDENTIALS_DIRECTORY": str(lent)})


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert "ne se lit pas (FileNotFoundError)" in refused(TELEGRAM_TOKEN_FILE=str(tmp_path / "none"))
    assert "ne se lit pas (IsADirectoryError)" in refused(TELEGRAM_TOKEN_FILE=str(tmp_path))
    assert "est vide" in refused(TELEGRAM_TOKEN_FILE=kept(tmp_path, 0o600, " \n"))
    (tmp_path / "token").write_bytes(b"\xff\xfe" + TOKEN.encode())
    assert "ne se lit pas (UnicodeDecodeError)" in refused(TELEGRAM_TOKEN_FILE=str(tmp_path / "token"))


def test_the_same_thing_said_twice_is_refused(tmp_path: Path) -> None:
    sentence = refused(TELEGRAM_TOKEN=TOKEN, TELEGRAM_TOKEN_FILE=kept(tmp_path, 0o600))
    assert "gardez le fichier" in sentence
    file = kept(tmp_path, 0o600)
    assert read({"REPERE_TELEGRAM_TOKEN": "", "REPERE_TELEGRAM_TOKEN_FILE": file}).telegram_token == TOKEN


@pytest.mark.parametrize(
    "token", [f"{TOKEN} x", f"{TOKEN}\n{TOKEN}", f"bot/{TOKEN}", f"{TOKEN}?", f"{TOKEN}#", f"a@{TOKEN}"]
)
def test_what_cannot_be_a_token_is_refused_without_being_repeated(tmp_path: Path, token: str) -> None:
    """It becomes part of an address: a space or a bar would send the rest of it elsewhere."""
    for given in ({"TELEGRAM_TOKEN": token}, {"TELEGRAM_TOKEN_FILE": kept(tmp_path, 0o600, token)}):
        sentence = refused(**given)
        assert "recopiez-le entier" in sentence
        assert "made-up" not in sentence


def test_the_token_is_not_in_what_a_programmer_prints() -> None:
    settings = read({"REPERE_TELEGRAM_TOKEN": TOKEN})
    assert settings.telegram_token == TOKEN
    assert "made-up" not in f"{settings!r} {settings}"


@pytest.mark.parametrize(
    "address",
    [
        "https://api.telegram.org",
        "https://bots.exemple.fr:8443/tg/",
        "http://127.0.0.1:8081",
        "http://[::1]:8081",
        "http://localhost:1",
    ],
)
def test_an_address_where_a_token_may_be_sent(address: str) -> None:
    assert read({"REPERE_TELEGRAM_API": address}).telegram_api == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    [
        "http://api.telegram.org", "http://10.0.0.2:8081", "http://127.0.0.1.exemple.fr", "http://localhost.exemple.fr",
        "api.telegram.org", "ftp://127.0.0.1", "https://", "https:///bot", "https://exemple.fr:0", "https://exemple.fr:99999",
        "https://[::1", "http://127.0.0.1@exemple.fr", "https://someone@exemple.fr",
    ],
)  # fmt: skip
def test_an_address_where_a_token_would_be_read_on_the_way(address: str) -> None:
    assert "https://" in refused(TELEGRAM_API=address)


def test_no_address_is_the_usual_one() -> None:
    assert read({"REPERE_TELEGRAM_API": " "}).telegram_api == Settings().telegram_api


def test_a_webhook_needs_a_path_of_its_own() -> None:
    """At « / » stands the page: posts there are people's."""
    for address in ("https://exemple.fr", "https://exemple.fr/", "https://exemple.fr?a=b"):
        assert "un chemin à elle" in refused(TELEGRAM_WEBHOOK=address)
    assert "https://" in refused(TELEGRAM_WEBHOOK="http://exemple.fr/telegram")
    assert read({"REPERE_TELEGRAM_WEBHOOK": "https://exemple.fr/telegram"}).telegram_webhook.endswith("/telegram")


@pytest.mark.parametrize(
    "token", ["\ufeff123456:AA", "« 123456:AA »", "123456:A A", "bot123456:AA", "123456:AA/x", "AA"]
)
def test_what_cannot_be_a_token_is_refused_before_telegram_is_asked(token: str) -> None:
    assert "123456789:ABC" in refused(TELEGRAM_TOKEN=token)
