"""What no file of the repository may hold: a package registry, a secret, a path of somebody's machine.

The forbidden words are put together here, so that this file does not hold them either.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("python" + "hosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("anaconda", "org"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("ports", "ubuntu", "com"),
        ("proxy", "golang", "org"),
        ("static", "crates", "io"),
        ("jsdelivr", "net"),
        ("unpkg", "com"),
        ("cdnjs", "cloudflare", "com"),
    )
]

SECRETS = {
    "Telegram bot token": r"(?<!\d)\d{8,10}:[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])",
    "Matrix access token": r"\bsyt_[A-Za-z0-9+/=_-]{8,}_[A-Za-z0-9]{20}_[A-Za-z0-9]{6}",
    "private key": "-----BEGIN [A-Z ]*PRIVATE" + " KEY-----",
    "forge token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{40,}|glpat-[\w-]{20})",
    "cloud key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "password in an address": r"\b[a-z][a-z0-9+.-]*://[^/\s:@\"'<>{}]+:[^/\s:@\"'<>{}]+@\w",
}

MACHINE_PATHS = r"(?<![\w.~*-])/(?:" + "|".join(("home", "Users", "root", "work")) + r")/[\w.-]+"


@cache
def tracked() -> dict[str, str]:
    """Return the text of every tracked file, by its path."""
    git = shutil.which("git")
    if git is None or not (REPOSITORY / ".git").exists():
        pytest.skip("not a git checkout: nothing says which files are tracked")
    names = subprocess.run([git, "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    texts = {}
    for name in filter(None, names.split("\0")):
        path = REPOSITORY / name
        if path.is_file():
            data = path.read_bytes()
            if b"\0" not in data[:8192]:
                texts[name] = data.decode("utf-8", "replace")
    return texts


def found(pattern: str) -> list[str]:
    """Return `file:line` wherever the pattern stands, without showing what it matched."""
    wanted = re.compile(pattern)
    return [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}"
        for name, text in tracked().items()
        for match in wanted.finditer(text)
    ]


@pytest.mark.parametrize("host", REGISTRIES)
def test_names_no_package_registry(host: str) -> None:
    assert found(r"(?i)(?<![\w-])(?:[\w-]+\.)*" + re.escape(host) + r"\b") == []


@pytest.mark.parametrize("kind", SECRETS)
def test_holds_no_secret(kind: str) -> None:
    assert found(SECRETS[kind]) == []


def test_names_no_path_of_a_machine() -> None:
    assert found(MACHINE_PATHS) == []


def test_would_see_what_it_looks_for() -> None:
    bot_token = "1234567890" + ":" + "A" * 35
    assert re.search(SECRETS["Telegram bot token"], f"token={bot_token}")
    assert re.search(MACHINE_PATHS, "see " + "/".join(("", "home", "ann", "bot")))
    assert not re.search(MACHINE_PATHS, "https://example.fr" + "/".join(("", "home", "ann")))


def test_every_pinned_dependency_has_a_hash() -> None:
    for lock in sorted((REPOSITORY / "requirements").glob("*.txt")):
        lines = [line for line in lock.read_text("utf-8").splitlines() if line and not line.startswith("#")]
        for pin, after in zip(lines, [*lines[1:], ""], strict=True):
            if not pin.startswith(" "):
                assert "==" in pin, f"{lock.name}: {pin}"
                assert after.startswith("    --hash=sha256:"), f"{lock.name}: {pin}"
