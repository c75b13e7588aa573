"""Values by key, with the tick at which each last changed or went."""

from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

GONE_MAX = 100_000
"""Gone keys remembered; a watcher that slept through more of them keeps seeing the oldest."""


class Tracked(Generic[K, V]):
    """What a sampler saw last, so that a watcher can be told only the difference.

    Each tick: `begin`, then `put` what may have changed and `drop` what is gone. What is not mentioned is
    as before, and costs nothing.
    """

    def __init__(self) -> None:
        self.values: dict[K, V] = {}
        self.changed: list[K] = []
        """Keys that changed at the last update."""
        self._tick = 0
        self._changed_at: dict[K, int] = {}
        self._gone: deque[tuple[int, K]] = deque(maxlen=GONE_MAX)

    def begin(self, tick: int) -> None:
        """Begin an update."""
        self.changed = []
        self._tick = tick

    def put(self, key: K, value: V) -> V | None:
        """Take a key's present value; returns the one before, None if it is new."""
        before = self.values.get(key)
        if before != value:
            self.values[key] = value
            self._changed_at[key] = self._tick
            self.changed.append(key)
        return before

    def drop(self, key: K) -> V:
        """A key is gone; returns its last value."""
        self._gone.append((self._tick, key))
        del self._changed_at[key]
        return self.values.pop(key)

    def changed_since(self, tick: int) -> list[V]:
        """Values that changed after a tick."""
        if tick == self._tick - 1:
            return [self.values[key] for key in self.changed]
        return [self.values[key] for key, at in self._changed_at.items() if at > tick]

    def gone_since(self, tick: int) -> list[K]:
        """Keys that went after a tick and have not come back."""
        if not tick:
            return []
        found: set[K] = set()
        for at, key in reversed(self._gone):
            if at <= tick:
                break
            if key not in self.values:
                found.add(key)
        return list(found)
