"""The rooms and the arrows between them: who may import whom, and what the pure part never touches."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BOT = ROOT / "bot"
FILES = {path.relative_to(ROOT).as_posix(): path for path in sorted(BOT.rglob("*.py"))}
PURE = ("bot/engine/", "bot/directory/", "bot/understand/", "bot/text.py", "bot/source.py", "bot/errors.py")
PURE_FILES = [file for file in FILES if file.startswith(PURE)]
LONGEST = 350
"""Lines of a file: « no file much over 300 »."""

IMPURE = {
    "aiohttp", "asyncio", "concurrent", "ctypes", "fcntl", "getpass", "http", "httpx", "importlib", "logging",
    "multiprocessing", "nio", "os", "platform", "queue", "random", "requests", "secrets", "selectors", "shutil",
    "signal", "socket", "ssl", "subprocess", "sys", "tempfile", "telegram", "threading", "time", "urllib", "uuid",
    "valkey",
}  # fmt: skip
"""What the pure part never imports: clocks, chance, files, the network, other threads."""

CALLS = {"open", "print", "input", "eval", "exec", "compile", "__import__", "breakpoint"}
"""What it never calls by its name; `compile` is ours, defined in bot/engine/compile.py."""

NOW = {"now", "utcnow", "today", "time", "monotonic", "perf_counter", "fromtimestamp"}
"""Methods of dates and clocks that ask the time."""

ROOMS = {
    "bot/engine/": (
        "bot.engine",
        "bot.directory",
        "bot.understand",
        "bot.text",
        "bot.source",
        "bot.errors",
        "bot.i18n",
    ),
    "bot/directory/": ("bot.directory", "bot.text", "bot.source", "bot.errors", "bot.i18n"),
    "bot/understand/": ("bot.understand", "bot.directory", "bot.text", "bot.source", "bot.errors"),
    "bot/text.py": (),
    "bot/errors.py": (),
    "bot/source.py": ("bot.errors",),
    "bot/i18n.py": ("bot.errors", "bot.text"),
    "bot/content.py": ("bot.directory", "bot.errors"),
    "bot/config.py": ("bot.errors",),
    "bot/app.py": ("bot.engine", "bot.i18n", "bot.errors", "bot.text"),
    "bot/extract.py": ("bot.engine", "bot.source", "bot.errors", "bot.channels"),
    "bot/memory.py": (),
    "bot/lanes.py": (),
    "bot/deed.py": ("bot.app", "bot.engine", "bot.lanes", "bot.memory", "bot.text"),
    "bot/service.py": (),
    "bot/encoder.py": ("bot.content", "bot.understand", "bot.errors"),
    "bot/understanding.py": ("bot.engine", "bot.lookup"),
    "bot/lookup.py": ("bot.engine", "bot.directory", "bot.text", "bot.i18n", "bot.channels"),
    "bot/reload.py": ("bot.app", "bot.content", "bot.engine", "bot.understand", "bot.errors"),
    "bot/channels/": (
        "bot.channels",
        "bot.app",
        "bot.engine",
        "bot.directory",
        "bot.text",
        "bot.errors",
        "bot.i18n",
        "bot.deed",
        "bot.lanes",
        "bot.memory",
    ),
}
"""What each room may know of the others. `__main__` and `commands` wire everything, so nothing may import them."""


def imports(path: Path) -> set[str]:
    """Return every module a file imports, inside functions and for types included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            assert node.module is not None
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name for name in names if ROOT.joinpath(*name.split(".")).with_suffix(".py").exists()} or {
                node.module
            }
    return found


def imported(path: Path) -> set[str]:
    """Return every name a file imports, with its module."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)]
    return imports(path) | {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}


def room(file: str) -> str | None:
    return next((room for room in ROOMS if file.startswith(room)), None)


@pytest.mark.parametrize("file", PURE_FILES)
def test_the_pure_part_has_no_clock_no_chance_no_file_no_network(file: str) -> None:
    assert {name.split(".")[0] for name in imports(FILES[file])} & IMPURE == set()


@pytest.mark.parametrize("file", PURE_FILES)
def test_the_pure_part_never_asks_the_time_nor_opens_anything(file: str) -> None:
    for node in ast.walk(ast.parse(FILES[file].read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Name(id=name):
                assert name not in CALLS - {"compile"}, f"{file}:{node.lineno}: {name}()"
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in ("datetime", "date", "time"):
                assert name not in NOW, f"{file}:{node.lineno}: {owner}.{name}()"
            case ast.Attribute(attr=name):
                assert name not in ("read_text", "write_text", "read_bytes", "write_bytes", "glob", "iterdir"), (
                    f"{file}:{node.lineno}: .{name}()"
                )


@pytest.mark.parametrize("file", PURE_FILES)
def test_the_pure_part_knows_paths_but_no_disk(file: str) -> None:
    tree = ast.parse(FILES[file].read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "pathlib":
            assert {alias.name for alias in node.names} <= {"PurePosixPath", "PurePath"}, file
        if isinstance(node, ast.Import):
            assert "pathlib" not in {alias.name for alias in node.names}, file


@pytest.mark.parametrize("file", [file for file in FILES if room(file)])
def test_arrows_go_one_way(file: str) -> None:
    known = ROOMS[room(file) or ""]
    for name in imports(FILES[file]):
        if name == "bot" or name.startswith("bot."):
            assert any(name == one or name.startswith(f"{one}.") for one in known) or file_of(name) == file, (
                f"{file} imports {name}"
            )


def file_of(module: str) -> str:
    return module.replace(".", "/") + ".py"


@pytest.mark.parametrize("file", FILES)
def test_nobody_imports_the_wiring(file: str) -> None:
    if file not in ("bot/__main__.py", "bot/commands.py"):
        assert imports(FILES[file]) & {"bot.commands", "bot.__main__"} == set()


@pytest.mark.parametrize(
    ("library", "home"),
    [
        ("aiohttp", "bot/channels/"),
        ("aiohttp.web", "bot/channels/web/"),
        ("telegram", "bot/channels/telegram/"),
        ("nio", "bot/channels/matrix/"),
    ],
)
def test_a_network_is_known_in_its_channel_only(library: str, home: str) -> None:
    for file, path in FILES.items():
        if any(name == library or name.startswith(f"{library}.") for name in imported(path)):
            assert file.startswith(home), f"{file} imports {library}"


def test_a_channel_does_not_know_another() -> None:
    for file, path in FILES.items():
        if file.startswith("bot/channels/"):
            own = file.removeprefix("bot/channels/").removesuffix(".py").split("/")[0]
            others = {name for name in imports(path) if name.startswith("bot.channels.")}
            assert {name.split(".")[2] for name in others} <= {own, "gate"}, file


@pytest.mark.parametrize("file", FILES)
def test_a_file_can_be_read_in_one_sitting(file: str) -> None:
    assert len(FILES[file].read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("file", PURE_FILES)
def test_the_pure_part_keeps_nothing_between_two_calls(file: str) -> None:
    """Module variables are constants: a list or a dictionary that functions would fill has no place there."""
    tree = ast.parse(FILES[file].read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Global | ast.Nonlocal)]


def test_the_rooms_named_here_exist() -> None:
    missing = [room for room in ROOMS if not any(file.startswith(room) for file in FILES)]
    assert missing == []
    alone = [file for file in FILES if room(file) is None]
    assert set(alone) >= {"bot/__init__.py", "bot/__main__.py", "bot/commands.py"}
