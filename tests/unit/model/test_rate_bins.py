"""Histories in bins of equal length: by share, with levels that stay, and times where they ended."""

import pytest

from mqstudio.model.histogram import Histogram
from mqstudio.model.rate_bins import bins_of
from mqstudio.model.rows import RateHistory

S = 1_000_000


def _history(*steps: tuple[int, int, float, int]) -> RateHistory:
    """Steps of end and length in s, messages per second, depth."""
    told = Histogram()
    told.add(700)
    none = [0.0] * len(steps)
    return RateHistory(
        [int(end * S) for end, _, _, _ in steps],
        [rate for _, _, rate, _ in steps],
        none,
        none,
        [depth for _, _, _, depth in steps],
        [length * S for _, length, _, _ in steps],
        none,
        none,
        [0 for _ in steps],
        [told.pack() for _ in steps],
        [b"" for _ in steps],
        [3 for _ in steps],
    )


def _published(history: RateHistory, since: int, until: int, width: int) -> list[float]:
    return [each.per_s["published"] for each in bins_of(history, since * S, until * S, width * S)]


def test_steps_fall_into_their_bins() -> None:
    assert _published(_history((11, 1, 5.0, 0), (13, 1, 7.0, 0)), 10, 14, 1) == [5.0, 0.0, 7.0, 0.0]


def test_a_longer_step_counts_in_each_bin_by_its_share() -> None:
    assert _published(_history((20, 10, 4.0, 0)), 8, 22, 2) == [0.0, 4.0, 4.0, 4.0, 4.0, 4.0, 0.0]
    assert _published(_history((15, 10, 4.0, 0)), 0, 20, 10) == [2.0, 2.0]


def test_no_message_is_lost_between_bins() -> None:
    """Whatever the width, what is in the bins is what the steps had."""
    history = _history((11, 1, 5.0, 0), (12, 1, 2.0, 0), (30, 10, 1.5, 0))
    for width in (1, 2, 3, 5, 7, 40):
        assert sum(_published(history, 0, 40, width)) * width == pytest.approx(22.0)


def test_bins_lie_at_multiples_of_their_width() -> None:
    bins = bins_of(_history((11, 1, 1.0, 0)), 9 * S, 21 * S, 5 * S)
    assert [each.from_us // S for each in bins] == [5, 10, 15, 20]
    assert bins[-1].until_us >= 21 * S > bins[-1].from_us
    assert {each.until_us - each.from_us for each in bins} == {5 * S}


def test_levels_stay_as_they_were_until_the_next_step() -> None:
    bins = bins_of(_history((9, 1, 0.0, 4), (13, 1, 0.0, 9)), 10 * S, 15 * S, S)
    assert [each.levels["depth"] for each in bins] == [4, 4, 9, 9, 9]
    assert bins_of(_history((13, 1, 0.0, 9)), 11 * S, 13 * S, S)[0].levels["depth"] is None


def test_times_count_where_a_step_ends_with_how_many_were_timed() -> None:
    bins = bins_of(_history((12, 2, 1.0, 0)), 10 * S, 13 * S, S)
    assert [each.times["waits"].total for each in bins] == [0, 1, 0]
    assert [each.one_in for each in bins] == [1, 3, 1]
    assert bins[1].percentile("waits", 0.5) == pytest.approx(700, rel=1 / 16)
    assert bins[0].percentile("waits", 0.5) is None


def test_of_nothing_there_are_empty_bins() -> None:
    nothing = RateHistory([], [], [], [], [])
    assert [each.per_s["published"] for each in bins_of(nothing, 0, 3 * S, S)] == [0.0, 0.0, 0.0]
    assert bins_of(nothing, 3 * S, 3 * S, S) == []


def test_steps_without_lengths_reach_from_one_to_the_next() -> None:
    """As the history of the last hour has them."""
    short = RateHistory([11 * S, 13 * S], [1.0, 4.0], [], [], [])
    assert _published(short, 10, 14, 1)[1:] == [4.0, 4.0, 0.0]
