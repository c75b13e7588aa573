"""Histograms against the values themselves: sorted, and counted one by one."""

import math
from bisect import bisect_right
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.model.histogram import BUCKETS, VALUE_MAX, Histogram, bounds_of, bucket_of, middle_of, unpack

VALUES = st.integers(0, VALUE_MAX) | st.integers(0, 100_000) | st.integers(0, 20)
SHARES = st.sampled_from([0.0, 0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0]) | st.floats(0, 1)


def _of(values: list[int]) -> Histogram:
    made = Histogram()
    for value in values:
        made.add(value)
    return made


def _naive(values: list[int], share: float) -> int:
    """The nearest rank: the least value that this share of all is at or below."""
    return sorted(values)[max(1, math.ceil(share * len(values))) - 1]


@given(VALUES)
def test_a_value_is_within_its_bucket_and_near_its_middle(value: int) -> None:
    bucket = bucket_of(value)
    least, following = bounds_of(bucket)
    assert least <= value < following
    assert abs(middle_of(bucket) - value) <= value / 16
    assert bucket < BUCKETS


def test_buckets_lie_side_by_side() -> None:
    bounds = [bounds_of(bucket) for bucket in range(BUCKETS)]
    assert bounds[0][0] == 0
    assert [following for _, following in bounds[:-1]] == [least for least, _ in bounds[1:]]
    starts = [least for least, _ in bounds]
    for value in (0, 1, 7, 8, 15, 16, 17, 1_000, 10**6, 10**9, VALUE_MAX):
        assert bucket_of(value) == bisect_right(starts, value) - 1


@given(st.lists(VALUES, min_size=1, max_size=300), SHARES)
def test_percentiles_are_near_those_of_the_values(values: list[int], share: float) -> None:
    told, exact = _of(values).percentile(share), _naive(values, share)
    assert told is not None
    assert abs(told - exact) <= exact / 16


@given(st.lists(VALUES, max_size=100), st.lists(VALUES, max_size=100))
def test_packed_parts_add_up_to_the_whole(some: list[int], others: list[int]) -> None:
    together = Histogram.of([_of(some).pack(), _of(others).pack()])
    assert together.counts == _of(some + others).counts
    assert together.total == len(some) + len(others)


@given(st.binary(max_size=60) | st.lists(st.integers(-5, 2**63), max_size=9).map(msgspec.msgpack.encode))
def test_what_is_no_histogram_adds_nothing_impossible(packed: bytes) -> None:
    """A damaged file may have anything there."""
    found: list[Any] = list(unpack(packed))
    assert all(0 <= bucket < BUCKETS and count > 0 for bucket, count in found)


def test_of_nothing_there_is_nothing() -> None:
    assert Histogram().percentile(0.5) is None
    assert Histogram().pack() == b""
    assert _of([-5, VALUE_MAX + 5]).counts == {0: 1, BUCKETS - 1: 1}


def test_a_second_of_traffic_takes_little_room() -> None:
    """Ten thousand values over four powers of ten: some hundred bytes."""
    assert len(_of([(n * 7919) % 100_000 for n in range(10_000)]).pack()) < 500
