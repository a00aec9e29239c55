"""The benchmark of Telegram, at a tiny scale: it counts what it says that it counts. How fast is not judged here."""

from __future__ import annotations

import pytest

from tests.bench_telegram import PEERS, Scale, measures, run, table

TINY = measures(Scale(people=4, updates=12, rush=20, queued=10, starts=3))


@pytest.mark.slow
def test_an_update_is_answered_by_two_calls_of_ours_and_by_one_of_an_echo() -> None:
    """Else the ratios of P14, which are in calls, would flatter one or the other."""
    report = run({key: TINY[key] for key in ("polling press", *(f"polling {peer}" for peer in PEERS))}, rounds=1)

    each = {key: one["rounds"]["each"] for key, one in report["results"].items()}
    assert each == {"polling press": [2.0], "polling echo": [1.0], "polling ours": [1.0], "polling ours 64": [1.0]}
    assert "P14 polling: presses ≥ 2.0 × an echo: " in table(report)


@pytest.mark.slow
def test_a_crowd_is_answered_whole_and_in_order() -> None:
    """Whoever is given up weighs on a median: at a scale that any machine bears, nobody is."""
    report = run({key: TINY[key] for key in ("rush webhook", "others polling", "limits")}, rounds=1)

    of = {key: one["rounds"] for key, one in report["results"].items()}
    assert of["rush webhook"]["ordered"] == [1.0]
    assert max(of["others polling"]["seconds"][0]) < 60
    assert of["limits"]["refused"] == of["limits"]["too_early"] == [0]
    assert "P16" in table(report)
