"""The gate: the pace of new messages, refusals, and those who do not wait to the end."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.gate import BUSY, SENDS, Pass, TooLate
from bot.lanes import Overtaken
from tests.botapi.faults import Bucket
from tests.channels.road import Road, most_within
from tests.leaping import leap

# --- the pace --------------------------------------------------------------------------------------------------------


def test_edits_deletions_and_answers_have_no_pace() -> None:
    async def talk() -> None:
        road = Road()
        await asyncio.gather(*(road.call(n % 50) for n in range(1000)))
        assert set(road.times()) == {0.0}

    leap(talk)


def test_two_hundred_people_who_begin_are_sent_thirty_messages_a_second_and_no_fewer() -> None:
    async def talk() -> None:
        road = Road()
        await asyncio.gather(*(road.call(n, sends=True) for n in range(200)))
        assert most_within(1.0, road.times()) == SENDS
        assert max(road.times()) < 200 / SENDS * 1.1

    leap(talk)


def test_one_person_is_sent_one_message_a_second_and_others_do_not_wait_for_hers() -> None:
    async def talk() -> None:
        road = Road()
        await asyncio.gather(*(road.call("Ann", sends=True) for _ in range(5)), road.at(0.5, "Ben", sends=True))
        assert most_within(1.0, road.times("Ann")) == 1
        assert max(road.times("Ann")) < 5
        assert road.times("Ben") == [0.5]

    leap(talk)


@given(st.lists(st.tuples(st.floats(0, 8), st.integers(0, 40), st.booleans(), st.booleans()), max_size=150))
def test_however_they_come_the_pace_of_new_messages_is_kept(calls: list[tuple[float, int, bool, bool]]) -> None:
    async def talk() -> None:
        road = Road(latency=0.0)
        await asyncio.gather(*(road.at(at, chat, urgent=urgent, sends=sends) for at, chat, urgent, sends in calls))
        sent = [(at, asked.chat) for at, asked in road.left if asked.sends]
        assert most_within(1.0, [at for at, _ in sent]) <= SENDS
        for chat in {chat for _, chat in sent}:
            assert most_within(1.0, [at for at, one in sent if one == chat]) <= 1
        others = sorted(at for at, asked in road.left if not asked.sends)
        assert others == pytest.approx(sorted(at for at, _, _, sends in calls if not sends))

    leap(talk)


def test_an_urgent_message_overtakes_a_hundred_that_wait() -> None:
    async def talk() -> None:
        road = Road()
        crowd = [asyncio.create_task(road.call(n, sends=True)) for n in range(130)]
        answered = await road.at(0.2, "Ann", urgent=True, sends=True)
        assert answered < 1.2
        await asyncio.gather(*crowd)

    leap(talk)


# --- refusals --------------------------------------------------------------------------------------------------------


def test_after_a_refusal_nothing_leaves_before_its_end_then_one_then_all_what_presses_first() -> None:
    async def talk() -> None:
        road = Road(answer=lambda _, now: 30 if now < 1 else "passed")
        first = asyncio.create_task(road.call("Ann"))
        waiting = [asyncio.create_task(road.at(1 + n / 10, n)) for n in range(20)]
        waiting += [asyncio.create_task(road.at(25, f"urgent {n}", urgent=True)) for n in range(3)]
        await asyncio.gather(first, *waiting)
        after = [(at, asked.urgent) for at, asked in road.left if at > 0]
        assert min(at for at, _ in after) >= 30.05
        assert [urgent for _, urgent in after[:3]] == [True] * 3
        assert most_within(0.05, [at for at, _ in after][:1]) == 1
        assert after[1][0] - after[0][0] >= 0.05, "the first one comes back before the second leaves"
        assert max(at for at, _ in after) < 30.2

    leap(talk)


@pytest.mark.parametrize("rate", [15, 40, 200])
@pytest.mark.parametrize("allowed", [1.2, 1.45, 1.7, 1.95, 2.2])
def test_a_flood_of_one_chat_holds_only_that_chat(rate: int, allowed: float) -> None:
    """Whenever within its second the refusal comes: an abuser must not be able to silence everybody."""

    async def talk() -> None:
        road = Road(answer=lambda asked, now: 10 if asked.chat == "flood" and allowed < now < 3 else "passed")
        flood = [asyncio.create_task(road.at(n / rate, "flood")) for n in range(3 * rate)]
        others = await asyncio.gather(*(road.at(0.5 + n * 0.1, "Ann") for n in range(50)))
        assert others == pytest.approx([0.5 + n * 0.1 + 0.05 for n in range(50)])
        await asyncio.gather(*flood)
        assert not [at for at in road.times("flood") if allowed + 1 / rate + 0.06 < at < allowed + 10]

    leap(talk)


def test_a_chat_that_floods_again_as_soon_as_it_may_holds_nobody_else() -> None:
    """Its refusals stay its own: the call that goes and sees passes, the second one is refused, and so on."""

    async def talk() -> None:
        allowed, held = Bucket(20, 0.0), 0.0

        def server(asked: Pass, now: float) -> str | float:
            nonlocal held
            if asked.chat != "flood":
                return "passed"
            if allowed.wait(1.0, 20, now) > 0 or now < held:
                held = max(held, now + 2)
                return held - now
            allowed.left -= 1
            return "passed"

        road = Road(answer=server)

        async def flood() -> None:
            while road.now() < 60:  # as a lane does: an edit and an answer, then the next ones
                await asyncio.gather(road.call("flood"), road.call("flood"))

        flooding = asyncio.create_task(flood())
        others = await asyncio.gather(*(road.at(n * 0.1, "Ann") for n in range(600)))
        assert max(end - n * 0.1 for n, end in enumerate(others)) < 0.1
        await flooding

    leap(talk)


def test_a_refusal_met_by_a_quiet_chat_or_by_a_second_one_holds_everybody() -> None:
    async def talk() -> None:
        road = Road(answer=lambda _, now: 20 if now < 2 else "passed")
        busy = [asyncio.create_task(road.call("busy")) for _ in range(BUSY + 1)]
        second = asyncio.create_task(road.at(1, "Ann"))
        third = asyncio.create_task(road.at(1.5, "Ben"))
        await asyncio.sleep(1.9)
        assert road.gate.down
        await asyncio.gather(*busy, second, third)
        assert road.times("Ben")[0] >= 21.05

    leap(talk)


def test_a_shorter_refusal_does_not_shorten_a_longer_one() -> None:
    """Calls that were on their way are refused too, some with less time to wait."""

    async def talk() -> None:
        delays = iter((30, 5, 1))
        road = Road(answer=lambda _, now: next(delays) if now < 1 else "passed")
        await asyncio.gather(*(road.call(n) for n in range(3)))
        assert min(at for at in road.times() if at > 1) >= 30.05

    leap(talk)


def test_a_refusal_again_and_again_is_obeyed_each_time() -> None:
    async def talk() -> None:
        road = Road(answer=lambda _, now: 7 if now < 60 else "passed")
        await asyncio.gather(*(road.call(n) for n in range(10)))
        later = [at for at in road.times() if 0 < at <= 61]
        assert all(b - a > 7.04 for a, b in pairwise(later))

    leap(talk)


# --- those who do not wait to the end --------------------------------------------------------------------------------


def test_a_call_that_makes_no_sense_any_more_does_not_leave() -> None:
    async def talk() -> None:
        road = Road(answer=lambda _, now: 100 if now < 1 else "passed")
        first = asyncio.create_task(road.call("Ann"))
        with pytest.raises(TooLate):
            await road.at(2, "Ben", until=50)
        assert road.now() == pytest.approx(50)
        with pytest.raises(TooLate):
            await road.call("Ben", until=50)
        await first
        assert road.times("Ben") == []
        with pytest.raises(TooLate):
            await road.call("Ben", until=road.now())

    leap(talk)


def test_a_call_that_is_overtaken_does_not_leave() -> None:
    async def talk() -> None:
        road, overtaken = Road(answer=lambda _, now: 100 if now < 1 else "passed"), asyncio.Event()
        first = asyncio.create_task(road.call("Ann"))
        second = asyncio.create_task(road.at(2, "Ann", overtaken=overtaken))
        await asyncio.sleep(40)
        assert road.gate.waits("Ann")
        overtaken.set()
        with pytest.raises(Overtaken):
            await second
        assert road.now() == pytest.approx(40)
        await first
        assert not road.gate.waits("Ann")
        assert len(road.times()) == 2

    leap(talk)


def test_a_call_that_may_leave_is_not_overtaken() -> None:
    """It leaves rather than be asked again: an answer that can be given is given."""

    async def talk() -> None:
        road, overtaken = Road(), asyncio.Event()
        overtaken.set()
        await road.call("Ann", overtaken=overtaken)

    leap(talk)


def test_a_call_that_failed_is_not_made_again_for_somebody_who_has_gone_on() -> None:
    """It may have had its effect, and what she did since is thought through with it."""

    async def talk() -> None:
        road, overtaken = Road(answer=lambda _asked, _now: "failed"), asyncio.Event()
        overtaken.set()
        with pytest.raises(Overtaken):
            await road.call("Ann", overtaken=overtaken)
        assert len(road.times()) == 1

    leap(talk)


def test_one_that_is_given_up_when_its_turn_has_come_leaves_it_to_the_next() -> None:
    """Let through to go and see, and cancelled in the same breath: the others must not wait for what it saw."""

    async def talk() -> None:
        road = Road(answer=lambda _, now: 10 if now < 1 else "passed")
        first = asyncio.create_task(road.call("Zoe"))
        await asyncio.sleep(2)
        asked = Pass("Ann", urgent=True)
        hers = asyncio.create_task(road.gate.enter(asked))
        others = [asyncio.create_task(road.call(n)) for n in range(3)]
        await asyncio.sleep(1)
        assert asked.open is not None
        asked.open.add_done_callback(lambda _: hers.cancel())
        await asyncio.wait_for(asyncio.gather(first, *others), 60)
        assert hers.cancelled()

    leap(talk)
