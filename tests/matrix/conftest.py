"""One homeserver for every test of a run, and clients that close with the test that opened them."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from tests.matrix import JsClient, Synapse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from tests.matrix import User


@pytest.fixture(scope="session")
def synapse() -> Iterator[Synapse]:
    """A homeserver without limits, shared: each test registers its own people on it."""
    if missing := Synapse.missing():
        pytest.skip(missing)
    with Synapse() as server:
        yield server


@pytest.fixture
def own_synapse() -> Iterator[Callable[..., Synapse]]:
    """Give what starts a homeserver for one test alone: to limit, to stop, to kill."""
    if missing := Synapse.missing():
        pytest.skip(missing)
    servers: list[Synapse] = []

    def make(*, limits: bool = False) -> Synapse:
        servers.append(Synapse(limits=limits).__enter__())
        return servers[-1]

    yield make
    for server in servers:
        server.__exit__()


@pytest.fixture
async def js(synapse: Synapse) -> AsyncIterator[Callable[..., Awaitable[JsClient]]]:
    """Give what opens somebody's client: `await js(nora)`, on the shared homeserver unless told of another."""
    if missing := JsClient.missing():
        pytest.skip(missing)
    async with AsyncExitStack() as opened:

        async def start(user: User, *, hs: Synapse = synapse, exclude_insecure: bool = False) -> JsClient:
            return await opened.enter_async_context(await JsClient.start(hs, user, exclude_insecure=exclude_insecure))

        yield start
