"""One homeserver for every test of a run, what they are given, and those that are played side by side."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from tests.matrix import JsClient, Synapse, settings, together
from tests.matrix.matrix_bot import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from bot.engine.script import Script
    from tests.matrix.matrix_bot import Running


@pytest.fixture(scope="session")
def synapse() -> Iterator[Synapse]:
    """A homeserver without limits, shared: each test registers its own people on it."""
    if missing := Synapse.missing():
        pytest.skip(missing)
    with Synapse() as server:
        yield server


@pytest.fixture(scope="session")
def limited_hs() -> Iterator[Synapse]:
    """A homeserver whose limits are soon met, and soon over, shared likewise."""
    if missing := Synapse.missing():
        pytest.skip(missing)
    with Synapse(settings.QUICK) as server:
        yield server


@pytest.fixture
async def own_synapse() -> AsyncIterator[Callable[..., Awaitable[Synapse]]]:
    async with AsyncExitStack() as stack:
        yield together.servers(stack)


@pytest.fixture
async def js(synapse: Synapse) -> AsyncIterator[Callable[..., Awaitable[JsClient]]]:
    async with AsyncExitStack() as stack:
        yield together.clients(synapse, stack)


@pytest.fixture
async def bot(synapse: Synapse, script: Script) -> AsyncIterator[Running]:
    """A bot that answers, on an account of its own."""
    async with running(synapse, script) as found:
        yield found


# Side by side: see `tests/matrix/together.py` ------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "together: the tests of this file are played side by side")
    config.addinivalue_line("markers", "alone: all but this one, which measures how long something takes")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if together.takes_part(item):
            assert isinstance(item, pytest.Function)
            item.fixturenames = [name for name in item.fixturenames if name not in together.MADE] + ["ends"]


@pytest.fixture(scope="module")
def ends(request: pytest.FixtureRequest) -> dict[str, BaseException | None]:
    """Play what this run wants of a file side by side; return what ended each test."""
    items = [item for item in request.session.items if item.path == request.path and together.takes_part(item)]
    return together.play(items, request.getfixturevalue)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Tell a test what became of it while it was played with the others."""
    if "ends" not in pyfuncitem.fixturenames:
        return None
    end = pyfuncitem.funcargs["ends"][pyfuncitem.nodeid]
    if end is not None:
        raise end
    return True
