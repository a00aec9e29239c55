"""What the homeserver of the tests is told. Only what a test needs: the rest is as its authors ship it."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

SERVER_NAME = "repere.test"
UNLIMITED = {"per_second": 100_000, "burst_count": 100_000}

# Each limit that two people talking could meet. Left out, Synapse's own apply: 0.2 message a second after ten.
Limits = dict[str, Any]
FREE: Limits = {
    **dict.fromkeys(("rc_message", "rc_registration", "rc_admin_redaction", "rc_joins_per_room"), UNLIMITED),
    **dict.fromkeys(("rc_room_creation", "rc_media_create", "rc_key_requests", "rc_profile"), UNLIMITED),
    "rc_login": dict.fromkeys(("address", "account", "failed_attempts"), UNLIMITED),
    "rc_joins": dict.fromkeys(("local", "remote"), UNLIMITED),
    "rc_invites": dict.fromkeys(("per_room", "per_user", "per_issuer"), UNLIMITED),
}

AS_SHIPPED: Limits = {}
FEW = {"per_second": 2, "burst_count": 4}
QUICK: Limits = {**FREE, "rc_message": FEW, "rc_admin_redaction": FEW, "rc_joins": {"local": FEW, "remote": FEW}}
"""Met as soon as somebody talks, and soon over."""

# A run of tests that is killed must not leave its server behind: when whoever started it goes, the pipe closes.
LAUNCHER = """
import os, shutil, sys, threading
def watch(folder=sys.argv.pop()):
    sys.stdin.read()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)
threading.Thread(target=watch, daemon=True).start()
from synapse.app.homeserver import main
main()
"""


def write(folder: Path, port: int, shared_secret: str, limits: Limits) -> Path:
    """Write the settings (YAML reads JSON), and return their file. It talks to nobody else, and registers by secret."""
    key = folder / "signing.key"
    if not key.exists():
        key.write_text(f"ed25519 a_test {b64encode(os.urandom(32)).decode().rstrip('=')}\n", "ascii")
    settings = {
        "server_name": SERVER_NAME,
        "public_baseurl": f"http://127.0.0.1:{port}/",
        "listeners": [
            {"port": port, "bind_addresses": ["127.0.0.1"], "type": "http", "resources": [{"names": ["client"]}]}
        ],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "media_store_path": str(folder / "media"),
        "pid_file": str(folder / "homeserver.pid"),
        "signing_key_path": str(key),
        "log_config": str(folder / "log.json"),
        "registration_shared_secret": shared_secret,
        "macaroon_secret_key": shared_secret,
        "form_secret": shared_secret,
        "bcrypt_rounds": 4,
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "federation_domain_whitelist": [],
        "report_stats": False,
        "presence": {"enabled": False},
        **limits,
    }
    log = {
        "version": 1,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "handlers": {
            "file": {"class": "logging.FileHandler", "filename": str(folder / "log.txt"), "formatter": "line"}
        },
        "root": {"level": "WARNING", "handlers": ["file"]},
        "disable_existing_loggers": False,
    }
    (folder / "log.json").write_text(json.dumps(log), "utf-8")
    file = folder / "homeserver.yaml"
    file.write_text(json.dumps(settings), "utf-8")
    return file
