"""When messages of a replay are due."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.client.replay_schedule import Schedule


def due(times_s: list[float], speed: float | None, longest_gap_s: float = 0.0) -> list[float]:
    schedule = Schedule(speed, longest_gap_s)
    return [schedule.due_s(int(at * 1e6)) for at in times_s]


def test_gaps_are_kept_and_scaled() -> None:
    assert due([5, 5.5, 8], 1.0) == [0, 0.5, 3]
    assert due([5, 5.5, 8], 10.0) == pytest.approx([0, 0.05, 0.3])
    assert due([5, 5.5, 8], 0.1) == pytest.approx([0, 5, 30])


def test_as_fast_as_can_be_all_are_due_at_once() -> None:
    assert due([5, 5.5, 8], None) == [0, 0, 0]


def test_long_gaps_are_cut_and_the_short_ones_are_not() -> None:
    assert due([0, 1, 3_601, 3_602], 1.0, 2.0) == [0, 1, 3, 4]


def test_a_clock_that_went_back_holds_nothing_up() -> None:
    assert due([5, 4, 6], 1.0) == [0, 0, 1]


@given(st.lists(st.integers(0, 2**53), min_size=1), st.sampled_from([0.1, 1.0, 3.7, 100.0]))
def test_what_is_due_is_reckoned_from_the_first_and_never_goes_back(
    times_us: list[int], speed: float
) -> None:
    schedule = Schedule(speed)
    found = [schedule.due_s(at) for at in times_us]
    assert found == sorted(found)
    highest = 0
    for at, is_due in zip(times_us, found, strict=True):
        highest = max(highest, at, times_us[0])
        assert is_due == (highest - times_us[0]) / 1e6 / speed
