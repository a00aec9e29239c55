"""The wheel alone gives a bot that speaks: built, installed in a clean environment, run from an empty folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from bot import content

REPOSITORY = Path(__file__).resolve().parent.parent
SCREEN = {"step", "text", "choices", "bar", "numbers", "services", "token", "erased"}

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command without any setting of the bot, and without what would let it see this checkout."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("REPERE_", "PYTHON", "COV_"))}
    env["PYTHONUTF8"] = "1"
    return subprocess.run(list(map(str, command)), cwd=cwd, input=stdin, env=env, capture_output=True, text=True)


def succeed(*command: str | Path, cwd: Path) -> None:
    done = run(*command, cwd=cwd)
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source archive, then the wheel from that archive alone: whatever the archive lacks is found here."""
    folder = tmp_path_factory.mktemp("dist")
    succeed(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, REPOSITORY, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Return the folder of the scripts of a clean environment: pinned dependencies, then the wheel."""
    home = tmp_path_factory.mktemp("clean")
    venv.create(home, with_pip=True)
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    pip = (scripts / "python", "-m", "pip", "--disable-pip-version-check", "--no-input", "-q", "install")
    pins = REPOSITORY / "requirements" / "run.txt"
    fetched = run(*pip, "--retries", "1", "--timeout", "20", "--require-hashes", "-r", pins, cwd=home)
    if fetched.returncode:
        # Without a network, lend the dependencies of the environment that runs the tests; the bot itself stays out.
        terminal = request.config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None:
            terminal.write_line("\ntest_package: no network; the dependencies are those of the tests, not fetched anew")
        lent = sysconfig.get_paths()["purelib"]
        own = next(home.glob("lib/python*/site-packages"), home / "Lib" / "site-packages")
        (own / "zz_lent.pth").write_text(f"{lent}\n", "utf-8")
    succeed(*pip, "--no-deps", "--no-index", "--ignore-installed", wheel, cwd=home)
    return scripts


def test_wheel_carries_every_content_file_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for room in content.ROOMS:
        here = {f"bot/content/{path.relative_to(REPOSITORY).as_posix()}" for path in files(REPOSITORY / room)}
        there = {name for name in names if name.startswith(f"bot/content/{room}/")}
        assert there == here
    assert {name.split("/")[0] for name in names} == {"bot", wheel_info(names)}


def test_source_archive_carries_what_the_tests_need(built: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    needed = {"Makefile", "pyproject.toml", "LICENSE", "LICENSE-CONTENT.md", "requirements/dev.txt"}
    needed |= {"tests/test_package.py", "tests/web/package-lock.json", ".ci/run"}
    assert needed <= names
    assert not {name for name in names if name.startswith((".venv", "tests/web/node_modules"))}


def test_installed_bot_holds_a_conversation_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "repere", "chat", "--json", cwd=tmp_path, stdin="1\nfermer\n")
    assert done.returncode == 0, done.stderr
    screens = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(screens) >= 3
    assert set(screens[0]) == SCREEN
    assert screens[-1]["erased"]
    assert list(tmp_path.iterdir()) == []


def test_installed_bot_reads_its_own_content(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "python", "-c", "import bot.content as c; print(c.root())", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).parts[-2:] == ("bot", "content")
    assert installed.parent.resolve() in Path(done.stdout.strip()).parents


def test_checkout_reads_the_folders_beside_the_code() -> None:
    assert content.root() == REPOSITORY


def files(folder: Path) -> list[Path]:
    """Return the files of a room that belong to it: no editor's leftovers, no caches."""
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def wheel_info(names: set[str]) -> str:
    (folder,) = {name.split("/")[0] for name in names if ".dist-info/" in name}
    return folder
