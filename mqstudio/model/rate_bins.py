"""A history cut into bins of equal length, as charts and tables show it.

A step that is longer than a bin, or lies in two of them, counts in each by its share. Between steps nothing
happened, and levels stayed as they were.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from mqstudio.model.histogram import Histogram
from mqstudio.model.rows import RateHistory

RATES: Final = ("published", "delivered", "settled", "redelivered", "unroutable")
LEVELS: Final = ("depth", "in_flight")
TIMES: Final = ("waits", "holds")
"""What a bin has: messages per second, how many there are at its end, how long they took."""


class RateBin:
    """What happened between `from_us` and `until_us`. Levels are None as long as none was seen."""

    __slots__ = ("_told", "from_us", "levels", "one_in", "per_s", "times", "until_us")

    def __init__(self, from_us: int, until_us: int) -> None:
        self.from_us, self.until_us = from_us, until_us
        self.per_s = dict.fromkeys(RATES, 0.0)
        self.levels: dict[str, int | None] = dict.fromkeys(LEVELS)
        self.times = {name: Histogram() for name in TIMES}
        self.one_in = 1
        self._told: dict[tuple[str, float], int | None] = {}

    def percentile(self, name: str, share: float) -> int | None:
        """How long it took at most for this share, in µs; None if nothing was timed."""
        key = (name, share)
        if key not in self._told:  # charts ask for each bin again and again
            self._told[key] = self.times[name].percentile(share)
        return self._told[key]

    def value(self, name: str) -> float | None:
        """A rate or a level by its name."""
        return self.per_s[name] if name in self.per_s else self.levels[name]


def bins_of(history: RateHistory, since_us: int, until_us: int, width_us: int) -> list[RateBin]:
    """The bins that lie between two moments, at multiples of their width; the last may be under way."""
    first, last = since_us // width_us, -(-until_us // width_us)
    bins = [RateBin(place * width_us, (place + 1) * width_us) for place in range(first, last)]
    if not bins:
        return []
    rates = [(name, getattr(history, f"{name}_per_s")) for name in RATES]
    levels = [(name, getattr(history, name)) for name in LEVELS]
    times = [(name, getattr(history, name)) for name in TIMES]
    lengths = history.lengths_us or _distances(history.times_us)
    for step, (at_us, length_us) in enumerate(zip(history.times_us, lengths, strict=True)):
        begin_us = at_us - length_us
        if at_us <= bins[0].from_us or begin_us >= bins[-1].until_us:
            if at_us <= bins[0].from_us:
                _put_levels(bins[0], levels, step)
            continue
        for place in range(
            max(0, begin_us // width_us - first), min(len(bins), -(-at_us // width_us) - first)
        ):
            each = bins[place]
            share = (min(at_us, each.until_us) - max(begin_us, each.from_us)) / width_us
            for name, values in rates:
                if values:
                    each.per_s[name] += values[step] * share
        end = bins[min(len(bins) - 1, max(0, (at_us - 1) // width_us - first))]
        _put_levels(end, levels, step)
        for name, packed in times:
            if packed and packed[step]:
                end.times[name].merge(packed[step])
                end.one_in = max(end.one_in, history.one_in[step])
    _carry_levels(bins)
    return bins


def _put_levels(into: RateBin, levels: Sequence[tuple[str, list[int]]], step: int) -> None:
    for name, values in levels:
        if values:
            into.levels[name] = values[step]


def _carry_levels(bins: list[RateBin]) -> None:
    for before, after in pairwise(bins):
        for name in LEVELS:
            if after.levels[name] is None:
                after.levels[name] = before.levels[name]


def _distances(times_us: list[int]) -> list[int]:
    """Where no lengths were told: each step begins where the one before it ends."""
    befores = [times_us[0] - 1, *times_us] if times_us else []
    return [after - before for before, after in zip(befores, times_us, strict=False)]
