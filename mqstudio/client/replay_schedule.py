"""When each message of a replay is due: seconds from its first, never the sum of what waits took."""


class Schedule:
    """Offsets of messages that come in the order in which they were published.

    speed: None, at once. longest_gap_s: gaps that were longer are cut to this; 0: none is.
    """

    def __init__(self, speed: float | None, longest_gap_s: float = 0.0) -> None:
        self._speed, self._longest_us = speed, longest_gap_s * 1e6
        self._first_us: int | None = None
        self._last_us = 0
        self._cut_us = 0.0

    def due_s(self, at_us: int) -> float:
        """When a message is due that was published at a time. One from before its predecessor: with it."""
        if self._first_us is None:
            self._first_us = self._last_us = at_us
        gap_us = at_us - self._last_us
        if gap_us > 0:
            self._last_us = at_us
            if 0 < self._longest_us < gap_us:
                self._cut_us += gap_us - self._longest_us
        if self._speed is None:
            return 0.0
        return (self._last_us - self._first_us - self._cut_us) / 1e6 / self._speed
