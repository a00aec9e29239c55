"""Tests of a file side by side, in one event loop: each of them waits for a server most of its time.

A file asks for it with `pytestmark = pytest.mark.together`. All the tests of it that this run wants are played when the
first one is set up, and each is then told what became of it. What they are given is made here, so only those that ask
for nothing else (`MADE`) take part: what changes the whole process, as `monkeypatch` does, is for one at a time.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.matrix import settings
from tests.matrix.jsclient import JsClient
from tests.matrix.matrix_bot import running
from tests.matrix.synapse import Synapse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.matrix.synapse import User

AT_ONCE = 4
"""Tests under way at once: with more of them a machine of two cores is what is waited for."""

SHARED = {"synapse", "limited_hs", "script"}
MADE = SHARED | {"own_synapse", "js", "bot", "tmp_path"}
"""What a test may ask for: what all of them share, then what is its own."""


def takes_part(item: pytest.Item) -> bool:
    """Tell whether a test is one of those that are played side by side."""
    return (
        isinstance(item, pytest.Function)
        and item.get_closest_marker("together") is not None
        and item.get_closest_marker("alone") is None
        and _asked(item) <= MADE | _chosen(item).keys()
    )


def play(items: Sequence[pytest.Function], fixture: Callable[[str], Any]) -> dict[str, BaseException | None]:
    """Play tests side by side; return what ended each, by its id: nothing where it held."""
    names = {"tmp_path_factory", "synapse", "script", *(name for item in items for name in _asked(item) & SHARED)}
    shared = {name: fixture(name) for name in names}

    async def play_all() -> list[BaseException | None]:
        turn = asyncio.Semaphore(AT_ONCE)
        return await asyncio.gather(*(_end(item, shared, turn) for item in items))

    return dict(zip((item.nodeid for item in items), asyncio.run(play_all()), strict=True))


async def _end(item: pytest.Function, shared: Mapping[str, Any], turn: asyncio.Semaphore) -> BaseException | None:
    try:
        async with turn, AsyncExitStack() as stack:
            told = _chosen(item) | {name: await _make(name, shared, stack) for name in _asked(item) & MADE}
            await getattr(item.module, item.originalname)(**told)
    except (Exception, pytest.skip.Exception, pytest.fail.Exception) as end:
        return end
    return None


def _asked(item: pytest.Function) -> set[str]:
    return set(item._fixtureinfo.argnames)


def _chosen(item: pytest.Function) -> dict[str, Any]:
    """Return what parametrize gave."""
    return dict(item.callspec.params) if hasattr(item, "callspec") else {}


async def _make(name: str, shared: Mapping[str, Any], stack: AsyncExitStack) -> Any:
    """Make what a test asks for, for as long as it lasts."""
    if name in shared:
        return shared[name]
    if name == "bot":
        return await stack.enter_async_context(running(shared["synapse"], shared["script"]))
    if name == "tmp_path":
        return shared["tmp_path_factory"].mktemp("together")
    return clients(shared["synapse"], stack) if name == "js" else servers(stack)


def clients(synapse: Synapse, stack: AsyncExitStack) -> Any:
    """Return what opens somebody's client: `await js(nora)`, on the shared homeserver unless told of another."""
    if missing := JsClient.missing():
        pytest.skip(missing)

    async def start(user: User, *, hs: Synapse = synapse, exclude_insecure: bool = False) -> JsClient:
        return await stack.enter_async_context(await JsClient.start(hs, user, exclude_insecure=exclude_insecure))

    return start


def servers(stack: AsyncExitStack) -> Any:
    """Return what starts a homeserver for one test alone: `await own_synapse()`, to limit, to stop, to kill."""
    if missing := Synapse.missing():
        pytest.skip(missing)

    async def start(limits: settings.Limits = settings.FREE) -> Synapse:
        return await stack.enter_async_context(Synapse(limits))

    return start
