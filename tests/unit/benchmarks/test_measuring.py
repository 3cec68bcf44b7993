"""Timing, told by a clock that the test winds itself."""

from __future__ import annotations

import time

import pytest

from benchmarks.measuring import milliseconds, take_turns


class Clock:
    """A clock on which each call of `work` takes as long as it says."""

    def __init__(self):
        self.now = 0.0
        self.order = []

    def work(self, name, *durations):
        left = [*durations]

        def run():
            self.order.append(name)
            self.now += left.pop(0)

        return run


@pytest.fixture(name="clock")
def _clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(time, "perf_counter", lambda: clock.now)
    return clock


def test_medians_are_of_what_each_round_gives(clock):
    timings = take_turns(
        {
            "reference": clock.work("reference", 1, 10, 2),
            "ours": clock.work("ours", 3, 20, 2.5),
        },
        rounds=3,
    )
    assert list(timings) == ["reference", "ours"]
    assert timings["reference"].seconds == 2
    assert timings["reference"].ratio == 1
    assert timings["reference"].extra == 0
    assert timings["ours"].seconds == 3
    # Ratios 3, 2 and 1.25; differences 2, 10 and 0.5.
    assert timings["ours"].ratio == pytest.approx(2)
    assert timings["ours"].extra == pytest.approx(2)


def test_nobody_is_always_first_nor_always_behind_the_same(clock):
    rounds = 6
    take_turns({name: clock.work(name, *[1] * rounds) for name in "abc"}, rounds=rounds)
    turns = ["".join(clock.order[i : i + 3]) for i in range(0, 3 * rounds, 3)]
    assert all(sorted(turn) == ["a", "b", "c"] for turn in turns)
    assert {turn[0] for turn in turns} == {"a", "b", "c"}
    behind_a = {turn[turn.index("a") - 1] for turn in turns if turn[0] != "a"}
    assert behind_a == {"b", "c"}


def test_milliseconds_have_three_digits():
    assert milliseconds(0.27149) == "271 ms"
    assert milliseconds(0.0027894) == "2.79 ms"
    assert milliseconds(0.9996) == "1000 ms"
    assert milliseconds(3.2104) == "3210 ms"
