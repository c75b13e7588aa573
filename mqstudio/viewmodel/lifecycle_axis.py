"""The time axis of a lifecycle: from moments to places on a line and back, evenly or by gaps.

Evenly, a minute of waiting leaves no room for the microseconds before it. By gaps, the stretch between two
events that follow each other is as long as the logarithm of the time between them: everything can be told
apart, order stays, and longer is still longer. Zoom is a part of the line, in shares of it.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

NARROWEST: Final = 1e-6
"""The smallest part of the line that is zoomed into."""

ZOOM_STEP: Final = 1.6


class Window(Struct, frozen=True):
    """The part of the line that is seen, in shares of the whole."""

    left: float = 0.0
    right: float = 1.0

    @property
    def width(self) -> float:
        """How much is seen."""
        return self.right - self.left

    def zoomed(self, factor: float, around: float) -> "Window":
        """Closer (factor > 1) or farther; what is at the place `around` of the window stays there."""
        width = min(1.0, max(NARROWEST, self.width / factor))
        fixed = self.left + around * self.width
        return _within(fixed - around * width, width)

    def moved(self, by: float) -> "Window":
        """Along the line, by a share of the window."""
        return _within(self.left + by * self.width, self.width)

    def showing(self, share: float) -> "Window":
        """Just so that a place of the line is in it."""
        if self.left <= share <= self.right:
            return self
        return _within(share - self.width / 2, self.width)


def _within(left: float, width: float) -> Window:
    left = min(max(0.0, left), 1.0 - width)
    return Window(left, left + width)


class Axis:
    """Places of moments on a line from 0 to 1. times_us: all that have to be told apart."""

    def __init__(self, times_us: Iterable[int], *, is_log: bool) -> None:
        self.times = sorted(set(times_us)) or [0]
        self.is_log = is_log
        self._places = [0.0]
        for one, other in zip(self.times, self.times[1:], strict=False):
            gap = other - one
            self._places.append(self._places[-1] + (math.log2(1 + gap) if is_log else float(gap)))
        self._length = self._places[-1]

    @property
    def begins_us(self) -> int:
        """The first moment."""
        return self.times[0]

    @property
    def ends_us(self) -> int:
        """The last moment."""
        return self.times[-1]

    def share(self, at_us: float) -> float:
        """Where a moment is, from 0 to 1."""
        if not self._length:
            return 0.5
        place = bisect_right(self.times, at_us) - 1
        if place < 0:
            return 0.0
        if place >= len(self.times) - 1:
            return 1.0
        gone = at_us - self.times[place]
        stretch = self._places[place + 1] - self._places[place]
        gap = self.times[place + 1] - self.times[place]
        part = math.log2(1 + gone) / math.log2(1 + gap) if self.is_log else gone / gap
        return (self._places[place] + part * stretch) / self._length

    def at(self, share: float) -> int:
        """Which moment is there: the opposite of `share`."""
        if not self._length:
            return self.times[0]
        wanted = min(1.0, max(0.0, share)) * self._length
        place = min(bisect_right(self._places, wanted) - 1, len(self.times) - 2)
        gap = self.times[place + 1] - self.times[place]
        part = (wanted - self._places[place]) / (self._places[place + 1] - self._places[place])
        gone = (1 + gap) ** part - 1 if self.is_log else part * gap
        return self.times[place] + round(gone)

    def ticks(self, window: Window, most: int) -> list[int]:
        """Moments to write on the axis, `most` of them: events by gaps, round numbers evenly."""
        return self._event_ticks(window, most) if self.is_log else self._even_ticks(window, most)

    def _event_ticks(self, window: Window, most: int) -> list[int]:
        apart = window.width / max(1, most)
        found: list[int] = []
        reached = -math.inf
        for at_us in self.times:
            share = self.share(at_us)
            if window.left - 1e-9 <= share <= window.right + 1e-9 and share - reached >= apart:
                found.append(at_us)
                reached = share
        return found

    def _even_ticks(self, window: Window, most: int) -> list[int]:
        first, last = self.at(window.left), self.at(window.right)
        step = _round_step(max(1, (last - first) / max(1, most)))
        start = -(-(first - self.begins_us) // step) * step + self.begins_us
        return list(range(start, last + 1, step))


def _round_step(least_us: float) -> int:
    """The next of 1, 2, 5, 10 … microseconds."""
    power = 10 ** math.floor(math.log10(least_us))
    return int(next(power * each for each in (1, 2, 5, 10) if power * each >= least_us))
