"""One hour of rates at decreasing resolution.

Points hold counters, not rates: leaving points out loses detail in time, never in number. Nothing
is added while nothing changes, so things at rest cost nothing.
"""

from collections import deque
from itertools import pairwise

from msgspec import Struct

from mqstudio.model.limits import SAMPLE_INTERVAL_US
from mqstudio.model.rows import RateHistory

SECOND_US = 1_000_000
TIERS = ((60 * SECOND_US, 0), (600 * SECOND_US, 2 * SECOND_US), (3_600 * SECOND_US, 10 * SECOND_US))
"""(age up to which a tier keeps points, least distance between them), µs."""


class Point(Struct, frozen=True, gc=False):
    """Counters and depth at a moment."""

    at_us: int
    published: int
    delivered: int
    settled: int
    depth: int


class History:
    """Points of one thing: every sample of the last minute, fewer of older times."""

    __slots__ = ("_is_resting", "_last", "_tiers")

    def __init__(self) -> None:
        self._tiers: list[deque[Point]] = [deque() for _ in TIERS]
        self._last: Point | None = None
        self._is_resting = False

    def add(self, point: Point) -> None:
        """Take the newest counters."""
        newest = self._tiers[0]
        last, self._last = self._last, point
        is_same = last is not None and _values(last) == _values(point)
        if is_same and self._is_resting:
            return
        if last is not None and self._is_resting and newest and newest[-1].at_us < last.at_us:
            newest.append(last)  # where the rest ended: without it the change would spread over the rest
        self._is_resting = is_same
        newest.append(point)
        self._age(point.at_us)

    def _age(self, now_us: int) -> None:
        for tier, (keep_us, _) in enumerate(TIERS):
            points = self._tiers[tier]
            while points and points[0].at_us < now_us - keep_us:
                old = points.popleft()
                if tier + 1 < len(TIERS):
                    older, distance = self._tiers[tier + 1], TIERS[tier + 1][1]
                    if not older or old.at_us - older[-1].at_us >= distance:
                        older.append(old)

    def rates(self) -> RateHistory:
        """Differences between neighbours, per second; the newest sample ends the series."""
        points = [point for tier in reversed(self._tiers) for point in tier]
        if self._last is not None and points and points[-1].at_us < self._last.at_us:
            points.append(self._last)
        history = RateHistory([], [], [], [], [])
        for before, after in pairwise(points):
            seconds = max(after.at_us - before.at_us, SAMPLE_INTERVAL_US // 4) / SECOND_US
            history.times_us.append(after.at_us)
            history.published_per_s.append((after.published - before.published) / seconds)
            history.delivered_per_s.append((after.delivered - before.delivered) / seconds)
            history.settled_per_s.append((after.settled - before.settled) / seconds)
            history.depth.append(after.depth)
        return history


def _values(point: Point) -> tuple[int, int, int, int]:
    return point.published, point.delivered, point.settled, point.depth
