"""What the store process does besides commits: tells what ended with the broker before, forgets what is too
old, gives pages back, tells of itself.

It does so when the broker says that there is time, and a little behind each commit when it must not wait.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import apsw

from mqstudio.model.disk import DiskHealth
from mqstudio.store.disk import SpareFile
from mqstudio.store.ending import Endings
from mqstudio.store.health import Pulse
from mqstudio.store.ledger import Ledger
from mqstudio.store.retention import Retention

TEND_US: Final = 200_000
"""Most that is done at a time, in µs, when nothing else is wanted."""

BEHIND_US: Final = 20_000
"""Most that is done behind a commit, in µs, unless that took longer itself."""

FREE_SHARE: Final = 0.2
VACUUM_PAGES: Final = 200
"""Pages are given back, so many at a time, when more than this part of the file is free."""


class Housekeeping:
    """Owned by the store process. is_wanted: whether a frame waits to be worked off."""

    def __init__(
        self,
        ledger: Ledger,
        path: Path,
        is_wanted: Callable[[], bool] = lambda: False,
    ) -> None:
        self._ledger = ledger
        self._is_wanted = is_wanted
        self.pulse = Pulse(path)
        self.spare = SpareFile(path)
        self.retention = Retention(ledger, lambda: time.time_ns() // 1000)
        self.endings = Endings(ledger, lambda: time.time_ns() // 1000)

    def after_commit(self, took_us: int) -> None:
        """A commit is on disk; do what must not wait. Raises: apsw.Error, but for a full disk."""
        self.pulse.add_commit(took_us)
        if self.retention.is_due():
            self._work(max(BEHIND_US, took_us), self.retention.step)

    def tend(self) -> None:
        """There is time. Raises: as `after_commit`."""
        self.pulse.measure_sync()
        self._work(TEND_US, self._step)

    def health(self) -> DiskHealth | None:
        """What there is to tell, if it is time. Raises: apsw.Error."""
        if not self.pulse.is_due():
            return None
        with suppress(OSError):
            oldest_us = self.retention.oldest_kept_us()
            return self.pulse.take(self._ledger, self.retention.bounds, oldest_us, self.spare.size_bytes)
        return None

    def _work(self, most_us: int, step: Callable[[], bool]) -> None:
        until_ns = time.monotonic_ns() + most_us * 1000
        try:
            while step() and time.monotonic_ns() < until_ns and not self._is_wanted():
                pass
        except apsw.FullError:  # it was rolled back; there will be room then
            self.spare.give_up()

    def _step(self) -> bool:
        is_told = not self.endings.step()
        return not is_told or self.retention.step() or self._vacuum() or self.spare.grow(self.pulse.space)

    def _vacuum(self) -> bool:
        """Give some free pages back to the system; whether there were too many."""
        pages, free = (self._ledger.value(f"PRAGMA {name}") for name in ("page_count", "freelist_count"))
        if free <= VACUUM_PAGES or free <= pages * FREE_SHARE:
            return False
        self._ledger.rows(f"PRAGMA incremental_vacuum({VACUUM_PAGES})")
        return True
