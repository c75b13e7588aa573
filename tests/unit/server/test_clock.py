"""Clocks."""

import time

from mqstudio.server.clock import Clock, ManualClock


def test_the_clock_tells_the_time_of_day_and_never_goes_back() -> None:
    clock = Clock()
    times = [clock.now_us() for _ in range(1_000)]
    assert times == sorted(times)
    assert abs(times[0] - time.time_ns() // 1000) < 60_000_000


def test_a_manual_clock_stands_still_until_moved() -> None:
    clock = ManualClock(5)
    assert (clock.now_us(), clock.now_us()) == (5, 5)
    clock.advance(7)
    assert clock.now_us() == 12
