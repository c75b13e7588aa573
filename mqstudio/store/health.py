"""What the store process tells of itself once a second."""

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mqstudio.model.disk import DiskHealth
from mqstudio.store.bounds import BackedUp, Bounds, read_setting
from mqstudio.store.disk import Space, measure_sync, size_of, space
from mqstudio.store.ledger import Ledger
from mqstudio.store.spec_text import from_text

EVERY_US: Final = 1_000_000
SYNC_EVERY_US: Final = 60_000_000
COMMITS: Final = 1_000
"""Latest commits whose times are told."""


class Pulse:
    """Keeps the times of commits, and looks at the disk when it is time.

    clock_us: monotonic, in µs; wall_us: since 1970.
    """

    def __init__(
        self,
        path: Path,
        clock_us: Callable[[], int] = lambda: time.monotonic_ns() // 1000,
        wall_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self._path = path
        self._clock_us, self._wall_us = clock_us, wall_us
        self._commits: deque[int] = deque(maxlen=COMMITS)
        self._busy_us = 0
        self._told_at_us = clock_us()
        self._is_first = True
        self._sync_us: int | None = None
        self._synced_at_us: int | None = None
        self.space = Space(0, 0)

    def add_commit(self, took_us: int) -> None:
        """A commit was written."""
        self._commits.append(took_us)
        self._busy_us += took_us

    def is_due(self) -> bool:
        """Whether it is time to tell."""
        return self._is_first or self._clock_us() - self._told_at_us >= EVERY_US

    def measure_sync(self) -> None:
        """Try how long a write takes, if that was not done lately; called when there is time."""
        now_us = self._clock_us()
        if self._synced_at_us is None or now_us - self._synced_at_us >= SYNC_EVERY_US:
            self._synced_at_us = now_us
            self._sync_us = measure_sync(self._path)

    def take(
        self, ledger: Ledger, bounds: Bounds, oldest_kept_us: int | None, spare_bytes: int
    ) -> DiskHealth:
        """Look at the disk. Raises: OSError, apsw.Error."""
        now_us = self._clock_us()
        elapsed_us = max(1, now_us - self._told_at_us)
        busy_us, self._busy_us = self._busy_us, 0
        self._told_at_us, self._is_first = now_us, False
        self.space = space(self._path)
        times = sorted(self._commits)
        text = read_setting(ledger.connection, "backed_up")
        return DiskHealth(
            self._wall_us(),
            self.space.free_bytes,
            self.space.disk_bytes,
            size_of(self._path),
            size_of(self._path.with_name(f"{self._path.name}-wal")),
            spare_bytes,
            self._sync_us,
            times[len(times) // 2] if times else 0,
            times[len(times) * 99 // 100] if times else 0,
            min(1.0, busy_us / elapsed_us),
            oldest_kept_us,
            bounds.keep_us,
            bounds.keep_bytes,
            from_text(text, BackedUp).at_us if text is not None else None,
        )
