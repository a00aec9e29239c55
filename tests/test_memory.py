"""What is remembered between two messages: for how long, when a screen is due, and how little it weighs."""

from __future__ import annotations

import gc
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.memory import LASTS, Hint, Memory, Shown

MINUTE = 60.0
HOUR = 3600.0


def test_a_hint_is_kept_two_days_and_no_more() -> None:
    memory: Memory[int] = Memory()
    hint = Hint("token", ("a",), Shown(7, 0.0), (3,))
    memory.put("Ann", hint, 0.0)
    assert memory.get("Ann", LASTS - 1) == hint
    assert memory.get("Ann", LASTS) == Hint()
    memory.due(LASTS)
    assert len(memory) == 0


def test_a_hint_put_again_lasts_from_then_on() -> None:
    memory: Memory[int] = Memory()
    memory.put("Ann", Hint("old"), 0.0)
    memory.put("Ann", Hint("new"), 40 * HOUR)
    assert memory.due(LASTS) == []
    assert memory.get("Ann", LASTS + HOUR).token == "new"
    memory.due(40 * HOUR + LASTS)
    assert len(memory) == 0


def test_nothing_is_known_of_somebody_new_or_forgotten() -> None:
    memory: Memory[int] = Memory()
    assert memory.get("Ann", 0.0) == Hint()
    memory.forget("Ann")
    memory.put("Ann", Hint("token", idle=1.0), 0.0)
    memory.put("Ben", Hint("his", idle=1.0), 0.0)
    memory.forget("Ann")
    assert memory.get("Ann", 0.0) == Hint()
    assert memory.due(2.0) == ["Ben"]
    assert len(memory) == 1


def test_a_screen_left_alone_is_due_until_it_is_dealt_with() -> None:
    """A lane that was busy at that moment must not make it stay for ever."""
    memory: Memory[int] = Memory()
    memory.put("Ann", Hint("token", idle=15 * MINUTE), 0.0)
    assert memory.due(15 * MINUTE - 1) == []
    assert memory.due(15 * MINUTE) == ["Ann"]
    assert memory.due(16 * MINUTE) == ["Ann"]
    memory.put("Ann", Hint(kept=(3,)), 17 * MINUTE)
    assert memory.due(40 * MINUTE) == []
    assert memory.get("Ann", 41 * MINUTE) == Hint(kept=(3,))


def test_a_press_puts_off_the_end_of_a_screen() -> None:
    memory: Memory[int] = Memory()
    memory.put("Ann", Hint(idle=15 * MINUTE), 0.0)
    memory.put("Ann", Hint(idle=24 * MINUTE), 9 * MINUTE)
    assert memory.due(15 * MINUTE) == []
    assert memory.due(24 * MINUTE) == ["Ann"]


def test_a_screen_with_numbers_then_an_ordinary_one_leaves_at_the_sooner_time() -> None:
    memory: Memory[int] = Memory()
    memory.put("Ann", Hint(idle=60 * MINUTE), 0.0)
    memory.put("Ann", Hint(idle=16 * MINUTE), MINUTE)
    assert memory.due(16 * MINUTE - 1) == []
    assert memory.due(16 * MINUTE) == ["Ann"]


def test_somebody_who_left_and_came_back_is_not_woken_for_the_screen_of_before() -> None:
    memory: Memory[int] = Memory()
    memory.put("Ann", Hint(idle=15 * MINUTE), 0.0)
    memory.forget("Ann")
    memory.put("Ann", Hint(idle=25 * MINUTE), 10 * MINUTE)
    assert memory.due(15 * MINUTE) == []
    assert memory.due(25 * MINUTE) == ["Ann"]


def test_nobody_is_woken_late_when_nobody_looked_for_hours() -> None:
    """A laptop that slept: everything that is due comes at once, each contact once."""
    memory: Memory[int] = Memory()
    for number in range(50):
        memory.put(number, Hint(idle=float(number)), 0.0)
    assert sorted(memory.due(5 * HOUR)) == list(range(50))


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "put", "forget", "look"]),
        st.integers(0, 4),
        st.sampled_from([None, MINUTE, 15 * MINUTE, HOUR, 47 * HOUR]),
        st.sampled_from([0.0, 1.0, MINUTE, 14 * MINUTE, 20 * MINUTE, 10 * HOUR, 50 * HOUR]),
    ),
    max_size=60,
)


@given(ACTS)
def test_whatever_happens_each_is_woken_in_time_and_only_then(acts: list[tuple[str, int, float | None, float]]) -> None:
    """Compared at each step with what was last put, contact by contact."""
    memory: Memory[int] = Memory()
    last: dict[int, tuple[Hint[int], float]] = {}
    now = 0.0
    for act, contact, idle, pause in acts:
        now += pause
        if act == "put":
            hint: Hint[int] = Hint(f"{now}", idle=None if idle is None else now + idle)
            memory.put(contact, hint, now)
            last[contact] = hint, now + LASTS
        elif act == "forget":
            memory.forget(contact)
            last.pop(contact, None)
        else:
            found = memory.due(now)
            last = {one: held for one, held in last.items() if held[1] > now}
            assert sorted(found) == [
                one for one, (hint, _) in sorted(last.items()) if hint.idle is not None and hint.idle <= now
            ]
            assert len(memory) == len(last)
        for one in range(5):
            hint, until = last.get(one, (Hint(), 0.0))
            assert memory.get(one, now) == (hint if now < until else Hint())


def weight(memory: Memory[int]) -> int:
    """Return how many things the memory holds in all, whatever they are for."""
    return sum(len(held) for held in vars(memory).values() if hasattr(held, "__len__"))


@pytest.mark.slow
def test_a_million_updates_weigh_what_the_people_weigh() -> None:
    """Ten thousand people for two days: what is kept is bounded by who is there, not by what they did (P17)."""
    memory, now, weights = Memory[int](), 0.0, []
    stays: list[Hint[int]] = [Hint("token", idle=minutes * MINUTE) for minutes in (15, 60, 47 * 60)]
    for step in range(1_000_000):
        now += 0.2
        contact = step * 7919 % 10_000
        if step % 17 == 0:
            memory.forget(contact)
        else:
            memory.put(contact, stays[step % 3], now)
        if step % 5000 == 0:
            for idle in memory.due(now):
                memory.put(idle, Hint(), now)
            weights.append(weight(memory))
    assert max(weights) <= 10_000
    memory.due(now + LASTS)
    assert weight(memory) == 0


def test_looking_at_ten_thousand_people_takes_a_breath() -> None:
    """It is done each second, in the one thread that answers."""
    memory: Memory[int] = Memory()
    for n in range(10_000):
        memory.put(n, Hint("token", idle=HOUR), 0.0)
    took = []
    for second in range(5):
        began = time.perf_counter()
        assert memory.due(float(second)) == []
        took.append(time.perf_counter() - began)
    assert min(took) < 0.02


def test_a_live_chat_weighs_less_than_a_kilobyte() -> None:
    """Promise P17, with what a hint really holds: a token, what a screen offers, one message, a photo."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        memory: Memory[int] = Memory()
        for n in range(10_000):
            offered = tuple(f"{n:06}{i}" for i in range(3)) if n % 10 == 0 else ()
            hint = Hint(f"{n:032}", offered, Shown(1_000_000 + n, float(n)), (2_000_000 + n,), n + 900.0)
            memory.put(7_400_000_000 + n, hint, float(n))
        each = (tracemalloc.get_traced_memory()[0] - before) / 10_000
    finally:
        tracemalloc.stop()
    assert each <= 1024
