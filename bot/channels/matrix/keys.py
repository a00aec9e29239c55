"""The bot's own cross-signing keys: what makes clients trust each new device of the bot without a shield.

matrix-nio knows nothing of cross-signing, and clients stop talking to devices that no identity has signed. Two Ed25519
keys do: the master key is the identity, the self-signing key, signed by it, signs devices. Both seeds live in one file,
the only thing of this channel that outlives the process; nothing in it is about anybody.
Signatures and keys: https://spec.matrix.org/latest/client-server-api/#cross-signing
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa
from nio import Api

SEED = 32


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One Ed25519 key, kept as its seed."""

    seed: bytes

    @property
    def public(self) -> str:
        """Return the public half as Matrix writes it: base64 without padding."""
        return _base64(_key(self.seed).public_key().export_key(format="raw"))

    def sign(self, signed: dict[str, Any]) -> str:
        """Return the signature of an object, its own signatures left out."""
        bare = {key: value for key, value in signed.items() if key not in ("signatures", "unsigned")}
        return _base64(eddsa.new(_key(self.seed), "rfc8032").sign(Api.to_canonical_json(bare).encode()))


@dataclass(frozen=True, slots=True)
class Identity:
    """Both keys of a bot."""

    master: SigningKey
    devices: SigningKey

    def upload(self, user: str) -> dict[str, Any]:
        """Return what tells a server of this identity. The same again changes nothing."""
        master = _public(user, "master", self.master)
        devices = _public(user, "self_signing", self.devices)
        devices["signatures"] = {user: {f"ed25519:{self.master.public}": self.master.sign(devices)}}
        return {"master_key": master, "self_signing_key": devices}

    def sign_device(self, user: str, device: dict[str, Any]) -> None:
        """Add our signature to the keys of a device, before anybody sees it unsigned."""
        device["signatures"][user][f"ed25519:{self.devices.public}"] = self.devices.sign(device)


def create() -> Identity:
    """Return a new identity."""
    return Identity(SigningKey(os.urandom(SEED)), SigningKey(os.urandom(SEED)))


def read(text: str) -> Identity:
    """Return the identity that a file holds. Raises ValueError when it does not."""
    held = json.loads(text)
    seeds = [base64.b64decode(held[name], validate=True) for name in ("master", "devices")]
    if any(len(seed) != SEED for seed in seeds):
        raise ValueError("a seed has 32 bytes")
    return Identity(*map(SigningKey, seeds))


def write(path: Path, identity: Identity) -> None:
    """Write an identity to a new file that only its owner reads. Raises OSError, also when the file exists."""
    seeds = {"master": identity.master.seed, "devices": identity.devices.seed}
    text = json.dumps({name: base64.b64encode(seed).decode() for name, seed in seeds.items()})
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as file:
        file.write(text + "\n")


def _key(seed: bytes) -> ECC.EccKey:
    return ECC.construct(curve="Ed25519", seed=seed)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


def _public(user: str, usage: str, key: SigningKey) -> dict[str, Any]:
    return {"user_id": user, "usage": [usage], "keys": {f"ed25519:{key.public}": key.public}}
