"""Steps of time add up."""

from itertools import pairwise

from mqstudio.model.histogram import Histogram
from mqstudio.model.rates import TIERS, RateStep, joined


def _packed(*values: int) -> bytes:
    made = Histogram()
    for value in values:
        made.add(value)
    return made.pack()


def test_counts_are_summed_and_levels_are_those_of_the_end() -> None:
    one = RateStep(10, 10, 1, 2, 3, 4, 5, 60, 6, _packed(5), b"", 1)
    later = RateStep(20, 7, 10, 20, 30, 40, 50, 7, 1, _packed(5, 6), _packed(9), 7)
    both = joined(one, later)
    assert (both.at_us, both.length_us, both.one_in) == (20, 17, 7)
    assert (both.published, both.delivered, both.settled) == (11, 22, 33)
    assert (both.redelivered, both.unroutable, both.depth, both.in_flight) == (44, 55, 7, 1)
    assert Histogram.of([both.waits]).counts == Histogram.of([_packed(5, 5, 6)]).counts
    assert both.holds == _packed(9)


def test_each_tier_is_of_whole_steps_of_the_one_before() -> None:
    for finer, coarser in pairwise(TIERS):
        assert coarser.step_us % finer.step_us == 0
        assert coarser.keep_us > finer.keep_us
