"""How long things took: counts in fixed buckets whose width grows with the value.

Each power of two is cut into eight buckets, so that what is told of a value is within a sixteenth of it,
from a microsecond to twelve days, in a few hundred buckets at most; a second of traffic fills a dozen.
Histograms of parts add up to the histogram of the whole, which percentiles do not.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

CUT: Final = 3
"""Each power of two has 2 ** CUT buckets."""

VALUE_MAX: Final = 2**40 - 1
"""Longer times, in µs, count as this one: twelve days."""

_FINE: Final = 1 << CUT


def bucket_of(value_us: int) -> int:
    """The bucket that counts a value; what is below 0 counts as 0."""
    value = min(max(value_us, 0), VALUE_MAX)
    shift = value.bit_length() - CUT - 1
    return value if shift <= 0 else (shift << CUT) + (value >> shift)


BUCKETS: Final = bucket_of(VALUE_MAX) + 1
"""How many there are."""


def bounds_of(bucket: int) -> tuple[int, int]:
    """The least value of a bucket, and the least one of the next."""
    shift = max(0, (bucket >> CUT) - 1)
    least = (bucket - (shift << CUT)) << shift
    return least, least + (1 << shift)


def middle_of(bucket: int) -> int:
    """The value that stands for all in a bucket."""
    least, following = bounds_of(bucket)
    return (least + following - 1) // 2


class Histogram:
    """Counts by bucket; only buckets that have any take room."""

    __slots__ = ("counts",)

    def __init__(self, counts: dict[int, int] | None = None) -> None:
        self.counts = counts or {}

    @classmethod
    def of(cls, packed: Iterable[bytes]) -> "Histogram":
        """The sum of packed ones."""
        made = cls()
        for each in packed:
            made.merge(each)
        return made

    def add(self, value_us: int) -> None:
        """Count one value."""
        bucket = bucket_of(value_us)
        self.counts[bucket] = self.counts.get(bucket, 0) + 1

    def merge(self, packed: bytes) -> None:
        """Add what another one has counted. What is no histogram adds nothing."""
        counts = self.counts
        for bucket, count in unpack(packed):
            counts[bucket] = counts.get(bucket, 0) + count

    @property
    def total(self) -> int:
        """How many values were counted."""
        return sum(self.counts.values())

    def percentile(self, share: float) -> int | None:
        """The value that this share of all is at or below, within a sixteenth; None of nothing."""
        left = max(1, -int(-share * self.total // 1))
        for bucket in sorted(self.counts):
            left -= self.counts[bucket]
            if left <= 0:
                return middle_of(bucket)
        return None

    def pack(self) -> bytes:
        """As bytes: bucket, count, bucket, count …; b"" of nothing."""
        if not self.counts:
            return b""
        return msgspec.msgpack.encode([number for item in sorted(self.counts.items()) for number in item])


_numbers = msgspec.msgpack.Decoder(list[int])


def unpack(packed: bytes) -> Iterator[tuple[int, int]]:
    """Buckets and counts of a packed histogram; nothing if it is none."""
    if not packed:
        return
    try:
        numbers = _numbers.decode(packed)
    except msgspec.MsgspecError:  # a damaged file
        return
    for bucket, count in zip(numbers[::2], numbers[1::2], strict=False):
        if 0 <= bucket < BUCKETS and count > 0:
            yield bucket, count
