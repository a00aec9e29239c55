"""Order within a conversation, conversations side by side; leaving and help in danger go first.

Each contact has a lane: what it sent is dealt with in order, one thing at a time, by a task that ends with its queue.
So nobody waits behind another. What goes faster than one by one:

- what is urgent takes with it all that came before it in its lane: the last gesture is the one that counts, and what
  was typed before leaving is to be erased, not answered;
- what waits its turn on the network is overtaken by whatever comes next in its lane (`Overtaken`): it is put back, and
  thought again with what has come since;
- a crowd, when somebody sends faster than the network answers, is dealt with together.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Sequence

log = logging.getLogger("repere")

Item = TypeVar("Item")

CROWD = 8
"""Things waiting in one lane beyond which they are dealt with together: no hand is as fast."""


class Overtaken(Exception):
    """Raised by work that waits for the network when something else has come in its lane."""


@dataclass(slots=True)
class _Job(Generic[Item]):
    item: Item
    urgent: bool
    ends: bool
    done: asyncio.Future[None]


@dataclass(slots=True)
class _Lane(Generic[Item]):
    jobs: deque[_Job[Item]] = field(default_factory=deque)
    overtaken: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    together: bool = False

    def take(self, *, whole: bool = False) -> list[_Job[Item]]:
        """Remove what is to be dealt with now: up to what ends all before it, or is urgent, else a crowd, else one."""
        self.overtaken.clear()
        ends = max((n for n, job in enumerate(self.jobs, 1) if job.ends), default=0)
        urgent = max((n for n, job in enumerate(self.jobs, 1) if job.urgent), default=0)
        together = whole or self.together or len(self.jobs) > CROWD
        self.together = False
        count = ends or urgent or (len(self.jobs) if together else 1)
        return [self.jobs.popleft() for _ in range(count)]


class Lanes(Generic[Item]):
    """Deals with items by `work(contact, items, overtaken)`, which is awaited for one batch of a contact at a time."""

    def __init__(self, work: Callable[[Hashable, Sequence[Item], asyncio.Event], Awaitable[None]]) -> None:
        self._work = work
        self._lanes: dict[Hashable, _Lane[Item]] = {}
        self._whole = False

    def __len__(self) -> int:
        return len(self._lanes)

    def __contains__(self, contact: Hashable) -> bool:
        return contact in self._lanes

    def put(self, contact: Hashable, item: Item, *, urgent: bool = False, ends: bool = False) -> asyncio.Future[None]:
        """Queue an item; one that `ends` (leaving) is urgent, and the last of those it is dealt with.

        The future is done once it is dealt with, even badly; cancelled if the program stops first.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        lane = self._lanes.get(contact)
        if lane is None:
            lane = self._lanes[contact] = _Lane()
        lane.jobs.append(_Job(item, urgent or ends, ends, done))
        if lane.task is None:
            lane.task = asyncio.create_task(self._run(contact, lane))
        else:
            lane.overtaken.set()
        return done

    def gather(self, contact: Hashable) -> None:
        """Deal together with what one contact has waiting now."""
        if contact in self._lanes:
            self._lanes[contact].together = True

    def drop(self, contact: Hashable) -> None:
        """Give up what one contact has under way and waiting."""
        lane = self._lanes.get(contact)
        if lane is not None and lane.task is not None:
            lane.task.cancel()

    def waiting(self, contact: Hashable) -> list[Item]:
        """Return what one contact has waiting behind what is under way."""
        return [job.item for job in self._lanes[contact].jobs] if contact in self._lanes else []

    def hurry(self, whole: bool) -> None:
        """Deal with all that each lane has at once, or again one by one: when more waits than can be seen."""
        self._whole = whole

    async def drain(self, seconds: float) -> None:
        """Give what is under way some time to end, then stop it. What waits in a lane is dealt with together."""
        self._whole = True
        tasks = [lane.task for lane in self._lanes.values() if lane.task is not None]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, contact: Hashable, lane: _Lane[Item]) -> None:
        jobs: list[_Job[Item]] = []
        try:
            while lane.jobs:
                jobs = lane.take(whole=self._whole)
                try:
                    await self._work(contact, [job.item for job in jobs], lane.overtaken)
                except Overtaken:
                    lane.jobs.extendleft(reversed(jobs))
                    lane.together = True
                    continue
                except Exception as fault:
                    log.error("fault in a lane: %s", type(fault).__name__)
                for job in jobs:
                    if not job.done.done():
                        job.done.set_result(None)
        finally:
            del self._lanes[contact]
            for job in (*jobs, *lane.jobs):
                job.done.cancel()
