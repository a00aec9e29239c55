"""The gate while a network is down, and whatever happens: nobody waits for ever."""

from __future__ import annotations

import asyncio
import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.gate import LATEST, Pass, TooLate
from bot.lanes import Overtaken
from tests.channels.road import Road, most_within
from tests.leaping import leap

SLOWEST = LATEST * 9 / 8
"""The longest time between two looks, its jitter included."""


def test_one_slip_is_nothing() -> None:
    async def talk() -> None:
        slips = iter(["failed"])
        road = Road(answer=lambda _asked, _now: next(slips, "passed"))
        assert await road.call("Ann") == pytest.approx(0.1)
        assert not road.gate.down

    leap(talk)


@pytest.mark.parametrize("jitter", [0.0, 1.0])
@pytest.mark.parametrize("minutes", [0.2, 10])
def test_a_network_that_is_down_is_looked_at_once_a_second_at_most_and_found_back_soon(
    jitter: float, minutes: float
) -> None:
    async def talk() -> None:
        back = 60 * minutes
        road = Road(jitter, answer=lambda _, now: "failed" if now < back else "passed")
        people = [asyncio.create_task(road.at(n * 0.3, n, urgent=n % 9 == 0)) for n in range(300)]
        ends = await asyncio.gather(*people)
        down = [at for at in road.times() if 1 < at < back]
        assert most_within(1.0, down) == 1
        first = min(at for at in road.times() if at >= back)
        assert first - back <= SLOWEST + 0.05
        waited = [end for n, end in enumerate(ends) if n * 0.3 < back - 5]
        assert max(waited) < first + 0.2, "and then everybody goes at once"

    leap(talk)


def test_only_one_call_at_a_time_goes_and_sees_however_long_it_takes() -> None:
    async def talk() -> None:
        road = Road(latency=2.5, answer=lambda _, now: "failed" if now < 60 else "passed")
        await asyncio.gather(*(road.at(3 + n * 0.1, n) for n in range(100)), road.call("a"), road.call("b"))
        looks = [at for at in road.times() if 6 < at < 60]
        assert min(b - a for a, b in pairwise(looks)) >= 2.5
        assert max(b - a for a, b in pairwise(looks)) <= 2.5 + 0.1, "a silence has been waited for already"

    leap(talk)


def test_what_is_urgent_goes_first_when_the_network_is_back() -> None:
    async def talk() -> None:
        road = Road(answer=lambda _, now: "failed" if now < 30 else "passed")
        crowd = [asyncio.create_task(road.at(n * 0.1, n)) for n in range(100)]
        await road.at(29, "Ann", urgent=True)
        assert not any(task.done() for task in crowd)
        await asyncio.gather(*crowd)

    leap(talk)


def test_a_call_that_always_fails_backs_off_alone() -> None:
    """One message that Telegram chokes on (500) must not stop what it does for others."""

    async def talk() -> None:
        road = Road(answer=lambda asked, now: "failed" if asked.chat == "Ann" and now < 60 else "passed")
        hers = asyncio.create_task(road.call("Ann"))
        others = await asyncio.gather(*(road.at(n * 0.02, "Ben") for n in range(2000)))
        assert max(end - n * 0.02 for n, end in enumerate(others)) < 2 * SLOWEST
        assert len([end for n, end in enumerate(others) if end - n * 0.02 > 0.06]) < 100
        assert most_within(1.0, road.times("Ann")) <= 3
        await hers

    leap(talk)


# --- whatever happens ------------------------------------------------------------------------------------------------

callers = st.lists(
    st.tuples(
        st.floats(0, 40),
        st.sampled_from(["Ann", "Ben", "Cam", None]),
        st.booleans(),
        st.booleans(),
        st.sampled_from([math.inf, math.inf, math.inf, 0.0, 1.0, 20.0]),
        st.sampled_from([math.inf, math.inf, math.inf, 0.0, 0.7, 11.0]),
    ),
    min_size=1,
    max_size=40,
)
weathers = st.lists(
    st.tuples(
        st.floats(0.1, 15),
        st.sampled_from(["passed", "failed", "mixed", 1, 5, 30]),
        st.sampled_from([None, None, "Ann", "Ben"]),
    ),
    max_size=6,
)


@settings(max_examples=300, deadline=None)
@given(callers, weathers, st.sampled_from([0.0, 0.05, 2.5]), st.randoms(use_true_random=False))
def test_nobody_waits_for_ever_and_no_refusal_is_disobeyed(calls, weather, latency, chance) -> None:  # type: ignore[no-untyped-def]
    """Any arrivals, any weather, some too late, some overtaken or given up: once it clears, everybody leaves."""

    def answer(asked: Pass, now: float) -> str | float:
        until = 0.0
        for seconds, what, whose in weather:
            until += seconds
            if now < until:
                if whose not in (None, asked.chat):
                    return "passed"
                return chance.choice(("passed", "failed")) if what == "mixed" else what
        return "passed"

    async def talk() -> None:
        road = Road(latency=latency)
        refusals: list[tuple[float, float, object]] = []

        def noted(asked: Pass, left: float) -> str | float:
            said = answer(asked, left)
            if not isinstance(said, str):
                refusals.append((road.now(), road.now() + said, asked.chat))
            return said

        road.answer = noted

        async def one(at, chat, urgent, sends, sense, gives_up) -> None:  # type: ignore[no-untyped-def]
            overtaken = asyncio.Event()
            if gives_up == 11.0:
                asyncio.get_running_loop().call_later(at + gives_up, overtaken.set)
            try:
                async with asyncio.timeout(at + gives_up if gives_up < 11 else None):
                    await road.at(at, chat, urgent=urgent, sends=sends, until=at + sense, overtaken=overtaken)
            except (TooLate, Overtaken, TimeoutError):
                return

        over = 40 + sum(seconds for seconds, *_ in weather) + 30
        await asyncio.wait_for(asyncio.gather(*(one(*call) for call in calls)), over + 60)
        for began, ended, chat in refusals:
            assert not [at for at, asked in road.left if asked.chat == chat and began < at < ended - 1e-6]
        assert road.gate._waiting == []

    leap(talk)


def test_what_chats_did_is_forgotten() -> None:
    async def talk() -> None:
        road = Road(latency=0.0)
        heaviest = 0
        for minute in range(60):
            road.answer = lambda asked, _now: 2 if asked.failures == 0 and str(asked.chat).endswith("77") else "passed"
            for n in range(300):
                chat = f"{minute} {n}"
                asyncio.get_running_loop().create_task(road.call(chat, until=road.now() + 9, sends=n % 5 == 0))
            await asyncio.sleep(60)
            road.answer = lambda _asked, _now: "passed"
            await asyncio.sleep(30)
            held = vars(road.gate).values()
            heaviest = max(heaviest, sum(len(one) for one in held if hasattr(one, "__len__")))
        assert heaviest < 400

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio.BaseEventLoop, "call_exception_handler", lambda *_: None)
        leap(talk)
