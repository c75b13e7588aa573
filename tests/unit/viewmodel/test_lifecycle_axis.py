"""The axis of a lifecycle: places of moments and back, evenly and by gaps; zooming; what is written on it."""

import pytest

from mqstudio.viewmodel.lifecycle_axis import NARROWEST, Axis, Window

TIMES = [100, 112, 112, 300, 3_100_000, 3_140_000]


@pytest.mark.parametrize("is_log", [True, False])
def test_moments_are_in_order_and_found_again(is_log: bool) -> None:
    axis = Axis(TIMES, is_log=is_log)
    moments = [*range(100, 400, 7), *range(400, 3_140_000, 9_999)]
    shares = [axis.share(each) for each in moments]
    assert shares == sorted(shares)
    assert (axis.share(100), axis.share(3_140_000), axis.share(0), axis.share(2**50)) == (0, 1, 0, 1)
    assert all(abs(axis.at(axis.share(each)) - each) <= 1 for each in moments)


def test_by_gaps_short_times_can_be_told_from_each_other_and_longer_is_longer() -> None:
    axis = Axis(TIMES, is_log=True)
    widths = [axis.share(b) - axis.share(a) for a, b in ((100, 112), (112, 300), (300, 3_100_000))]
    assert widths[0] > 0.05 and widths == sorted(widths)
    evenly = Axis(TIMES, is_log=False)
    assert evenly.share(112) < 0.00001
    assert evenly.share(1_570_050) == pytest.approx(0.5, abs=0.0001)


@pytest.mark.parametrize("is_log", [True, False])
def test_a_life_of_one_moment_has_a_place(is_log: bool) -> None:
    axis = Axis([7, 7], is_log=is_log)
    assert (axis.share(7), axis.at(0.3), axis.begins_us, axis.ends_us) == (0.5, 7, 7, 7)
    assert axis.ticks(Window(), 5) == [7]
    assert Axis([], is_log=is_log).at(0.5) == 0


def test_zooming_keeps_what_is_under_the_pointer_and_stays_within_the_line() -> None:
    near = Window().zoomed(4, 0.5)
    assert (near.left, near.right) == (0.375, 0.625)
    assert near.zoomed(1 / 4, 0.5) == Window()
    assert near.moved(100) == Window(0.75, 1.0)
    assert near.moved(-100) == Window(0.0, 0.25)
    assert near.showing(0.9).left <= 0.9 <= near.showing(0.9).right
    assert near.showing(0.5) == near
    assert Window().zoomed(1e12, 0.2).width == pytest.approx(NARROWEST)
    assert Window().zoomed(0.1, 0.9) == Window()


def test_events_are_written_where_there_is_room_and_round_numbers_evenly() -> None:
    axis = Axis(range(0, 2_000_000, 10_000), is_log=True)
    ticks = axis.ticks(Window(), 8)
    assert ticks[0] == 0 and 4 <= len(ticks) <= 9
    evenly = Axis([1_000, 11_000], is_log=False).ticks(Window(), 5)
    assert evenly == [1_000, 3_000, 5_000, 7_000, 9_000, 11_000]
