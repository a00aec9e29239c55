"""The keys that make clients trust the bot: a file for its owner alone, signatures that anybody can check."""

from __future__ import annotations

import json
import stat
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest
from Crypto.Signature import eddsa

from bot.channels.matrix import keys

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ME = "@infos:exemple.fr"


def test_keys_are_written_once_for_their_owner_alone_and_read_again(tmp_path: Path) -> None:
    identity, file = keys.create(), tmp_path / "keys"
    keys.write(file, identity)
    assert stat.S_IMODE(file.stat().st_mode) == 0o400
    assert keys.read(file.read_text()) == identity
    with pytest.raises(OSError, match="exists"):
        keys.write(file, keys.create())
    assert keys.create() != identity
    assert ME not in file.read_text()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        "5",
        '{"master": "AAAA", "devices": "AAAA"}',
        '{"master": 5, "devices": []}',
        "é",
        "[" * 9,
    ],
)
def test_what_is_not_keys_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        keys.read(text)


def verifies(signed: Mapping[str, Any], by: str) -> None:
    """Check that an object bears a sound signature by a public key, in the way of the specification."""

    def raw_bytes(unpadded: str) -> bytes:
        return b64decode(unpadded + "=" * (-len(unpadded) % 4))

    bare = {key: value for key, value in signed.items() if key not in ("signatures", "unsigned")}
    message = json.dumps(bare, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    public = eddsa.import_public_key(raw_bytes(by))
    eddsa.new(public, "rfc8032").verify(message, raw_bytes(signed["signatures"][ME][f"ed25519:{by}"]))


def test_the_identity_signs_its_second_key_and_each_device_beside_the_devices_own_signature() -> None:
    identity = keys.create()
    upload = identity.upload(ME)
    verifies(upload["self_signing_key"], identity.master.public)
    assert upload == identity.upload(ME), "the same again changes nothing on the server"
    assert upload["master_key"]["usage"] == ["master"]
    own = {"ed25519:D": "…"}
    device = {
        "user_id": ME,
        "device_id": "D",
        "keys": {"ed25519:D": "é"},
        "signatures": {ME: own},
        "unsigned": {"a": 1},
    }
    identity.sign_device(ME, device)
    verifies(device, identity.devices.public)
    assert device["signatures"][ME]["ed25519:D"] == "…"
    assert "=" not in device["signatures"][ME][f"ed25519:{identity.devices.public}"]
    with pytest.raises(ValueError, match="signature"):
        verifies(device | {"device_id": "E"}, identity.devices.public)
