"""The one clock: µs since 1970 that never go back."""

import time


class Clock:
    """The wall clock read once, and the monotonic clock since.

    So a wall clock that is set back, or jumps, changes neither the order of events nor timeouts.
    """

    def __init__(self) -> None:
        self._offset_us = time.time_ns() // 1000 - time.monotonic_ns() // 1000

    def now_us(self) -> int:
        """Now, in µs since 1970 by the wall clock at start."""
        return time.monotonic_ns() // 1000 + self._offset_us


class ManualClock:
    """A clock for tests: stands still until it is moved."""

    def __init__(self, now_us: int = 1_000_000_000_000_000) -> None:
        self._now_us = now_us

    def now_us(self) -> int:
        """The time it was set to."""
        return self._now_us

    def advance(self, by_us: int) -> None:
        """Let time pass."""
        self._now_us += by_us
