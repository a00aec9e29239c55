"""Order within a conversation, conversations side by side: what overtakes, what is taken along, and that all ends."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.lanes import CROWD, Lanes, Overtaken
from tests.leaping import leap

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence


class Desk:
    """Work that writes down what it dealt with, each batch in `seconds`, patient only if nothing urgent comes."""

    def __init__(self, seconds: float = 0.01, *, yields: bool = True) -> None:
        self.done: list[tuple[Hashable, list[object]]] = []
        self.busy: dict[Hashable, int] = {}
        self.most_busy = 0
        self.seconds, self.yields = seconds, yields
        self.lanes: Lanes[object] = Lanes(self._work)

    async def _work(self, contact: Hashable, items: Sequence[object], overtaken: asyncio.Event) -> None:
        self.busy[contact] = self.busy.get(contact, 0) + 1
        assert self.busy[contact] == 1, "two things of one contact at once"
        self.most_busy = max(self.most_busy, sum(self.busy.values()))
        try:
            await self._wait(overtaken)
        finally:
            self.busy[contact] -= 1
        self.done.append((contact, list(items)))
        if "fault" in items:
            raise RuntimeError("something of hers")

    async def _wait(self, overtaken: asyncio.Event) -> None:
        if not self.yields:
            await asyncio.sleep(self.seconds)
            return
        try:
            await asyncio.wait_for(overtaken.wait(), self.seconds)
        except TimeoutError:
            return
        raise Overtaken

    def batches(self, contact: Hashable) -> list[list[object]]:
        return [items for one, items in self.done if one == contact]


async def test_one_contact_is_answered_in_order_one_thing_at_a_time() -> None:
    desk = Desk()
    await asyncio.gather(*(desk.lanes.put("Ann", n) for n in range(CROWD)))
    assert desk.batches("Ann") == [[n] for n in range(CROWD)]


def test_two_hundred_contacts_do_not_wait_behind_one_another() -> None:
    async def talk() -> tuple[float, int]:
        desk, began = Desk(1.0), asyncio.get_running_loop().time()
        await asyncio.gather(*(desk.lanes.put(contact, "hello") for contact in range(200)))
        return asyncio.get_running_loop().time() - began, desk.most_busy

    took, together = leap(talk)
    assert took == pytest.approx(1.0)
    assert together == 200


async def test_what_is_urgent_takes_with_it_what_was_typed_before() -> None:
    """Typed, then « Fermer » at once: the words are erased by the exit, they do not get an answer of their own."""
    desk = Desk(yields=False)
    put = desk.lanes.put
    await asyncio.gather(put("Ann", "a"), put("Ann", "b"), put("Ann", "close", urgent=True), put("Ann", "c"))
    assert desk.batches("Ann") == [["a", "b", "close"], ["c"]]


async def test_what_waits_its_turn_is_overtaken_and_taken_along() -> None:
    desk = Desk(seconds=30)
    typed = desk.lanes.put("Ann", "a")
    await asyncio.sleep(0)
    assert desk.busy == {"Ann": 1}
    also, close = desk.lanes.put("Ann", "b"), desk.lanes.put("Ann", "close", urgent=True)
    desk.seconds = 0.01
    await asyncio.wait_for(asyncio.gather(typed, also, close), 1)
    assert desk.batches("Ann") == [["a", "b", "close"]]


async def test_what_is_already_on_its_way_is_not_done_twice() -> None:
    desk = Desk(yields=False)
    typed = desk.lanes.put("Ann", "a")
    await asyncio.sleep(0)
    await desk.lanes.put("Ann", "close", urgent=True)
    assert typed.done()
    assert desk.batches("Ann") == [["a"], ["close"]]


async def test_urgent_things_of_others_overtake_nobody() -> None:
    desk = Desk(0.03)
    ann = desk.lanes.put("Ann", "a")
    await asyncio.sleep(0)
    await asyncio.gather(ann, desk.lanes.put("Ben", "close", urgent=True))
    assert desk.batches("Ann") == [["a"]]


async def test_a_hand_that_shakes_is_answered_once() -> None:
    """Urgent presses again and again, then « Fermer », while the network is held: one batch."""
    desk = Desk(seconds=30)
    waiting = [desk.lanes.put("Ann", "a")]
    for number in range(5):
        await asyncio.sleep(0.001)
        waiting.append(desk.lanes.put("Ann", f"urgent {number}", urgent=True))
    desk.seconds = 0.01
    waiting.append(desk.lanes.put("Ann", "leaves", ends=True))
    await asyncio.wait_for(asyncio.gather(*waiting), 1)
    assert desk.batches("Ann") == [["a", *(f"urgent {number}" for number in range(5)), "leaves"]]


async def test_what_follows_leaving_is_dealt_with_after_it() -> None:
    """She closes, then opens again at once: everything of before is erased, and home is there."""
    desk = Desk(yields=False)
    put = desk.lanes.put
    await asyncio.gather(put("Ann", "a"), put("Ann", "leaves", ends=True), put("Ann", "/start"), put("Ann", "b"))
    assert desk.batches("Ann") == [["a", "leaves"], ["/start"], ["b"]]


async def test_a_crowd_is_dealt_with_together_and_a_few_are_not() -> None:
    desk = Desk()
    await asyncio.gather(*(desk.lanes.put("Ann", n) for n in range(CROWD + 1)))
    assert desk.batches("Ann") == [list(range(CROWD + 1))]


async def test_two_hundred_a_second_do_not_pile_up() -> None:
    desk = Desk(0.05)
    for n in range(100):
        last = desk.lanes.put("Ann", n)
        await asyncio.sleep(0.002)
    await asyncio.wait_for(last, 0.5)
    assert [n for batch in desk.batches("Ann") for n in batch] == list(range(100))
    assert len(desk.batches("Ann")) < 30


async def test_a_fault_does_not_stop_a_lane_and_says_nothing_of_anybody(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()
    with caplog.at_level(logging.DEBUG):
        fault, next_one = desk.lanes.put("Ann", "fault"), desk.lanes.put("Ann", "next")
        await asyncio.gather(fault, next_one)
    assert desk.batches("Ann") == [["fault"], ["next"]]
    assert [record.getMessage() for record in caplog.records] == ["fault in a lane: RuntimeError"]
    assert all(record.exc_info is None for record in caplog.records)


async def test_no_lane_is_left_behind() -> None:
    desk = Desk(0.0)
    for hundred in range(20):
        await asyncio.gather(*(desk.lanes.put((hundred, n), "fault" if n % 7 == 0 else n) for n in range(100)))
        await asyncio.sleep(0)
        assert len(desk.lanes) == 0


async def test_draining_lets_what_is_under_way_end() -> None:
    desk = Desk(0.02)
    futures = [desk.lanes.put(contact, "a") for contact in ("Ann", "Ben")]
    await desk.lanes.drain(5)
    assert all(future.done() and not future.cancelled() for future in futures)
    assert len(desk.lanes) == 0


async def test_draining_stops_what_does_not_end() -> None:
    desk = Desk(seconds=30)
    first, second = desk.lanes.put("Ann", "a"), desk.lanes.put("Ann", "b")
    await asyncio.wait_for(desk.lanes.drain(0.01), 1)
    assert first.cancelled()
    assert second.cancelled()
    assert len(desk.lanes) == 0
    await desk.lanes.drain(0.01)  # nothing left to drain: at once


async def test_stopping_in_the_same_breath_leaves_nobody_waiting() -> None:
    desk = Desk(seconds=30)
    future = desk.lanes.put("Ann", "a")
    await desk.lanes.drain(0)
    await asyncio.wait_for(asyncio.wait([future]), 1)
    assert len(desk.lanes) == 0


async def test_a_future_that_nobody_waits_for_any_more_stops_nothing() -> None:
    """A webhook's post hung up: what it asked for is dealt with all the same, and so is what follows."""
    desk = Desk(0.01)
    gone, next_one = desk.lanes.put("Ann", "a"), desk.lanes.put("Ann", "b")
    gone.cancel()
    await next_one
    assert desk.batches("Ann") == [["a"], ["b"]]


arrivals = st.lists(
    st.tuples(
        st.integers(0, 2),  # whose
        st.sampled_from(["", "", "", "urgent", "leaves", "fault"]),
        st.sampled_from([0.0, 0.0, 0.1, 0.5, 2.0]),  # seconds before the next one
    ),
    max_size=40,
)


@given(arrivals, st.booleans())
def test_whatever_comes_each_thing_is_dealt_with_once_in_order(
    what: list[tuple[int, str, float]], yields: bool
) -> None:
    async def talk() -> None:
        desk, futures = Desk(0.3, yields=yields), []
        kind: dict[int, str] = {}
        for number, (whose, how, pause) in enumerate(what):
            kind[number] = how
            item = "fault" if how == "fault" else number
            futures.append(desk.lanes.put(whose, item, urgent=how == "urgent", ends=how == "leaves"))
            await asyncio.sleep(pause)
        if futures:
            await asyncio.wait_for(asyncio.gather(*futures), 3600)
        for whose in range(3):
            numbers = [number for number, (one, how, _) in enumerate(what) if one == whose and how != "fault"]
            batches = desk.batches(whose)
            assert [item for batch in batches for item in batch if item != "fault"] == numbers
            for batch in batches:
                left = [kind[n] == "leaves" for n in batch if isinstance(n, int)]
                assert left[-1:] == [True] or not any(left), "what leaves is the last of its batch"
        await asyncio.sleep(0)
        assert len(desk.lanes) == 0

    logging.getLogger("repere").disabled = True
    try:
        leap(talk)
    finally:
        logging.getLogger("repere").disabled = False
