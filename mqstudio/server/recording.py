"""How much of transient traffic the ledger records: all of it, or one message in n when the disk is too slow.

Pure: it is told four times a second how it goes, and says n. What survives a restart is always recorded; so
as long as much of what is written is of that kind, recording less of the rest would not help.
"""

from typing import Final

from msgspec import Struct

ONE_IN_MAX: Final = 1_024
BUSY: Final = 0.6
IDLE: Final = 0.25
"""Parts of the time that the store process spends on commits, above and below which n changes."""

WAITING: Final = 2
"""Commits that wait behind the one that is being written."""

FASTER_TICKS: Final = 2
SLOWER_TICKS: Final = 8
"""It must go on for so many ticks: half a second to record less, two seconds to record more again."""

STATE_SHARE: Final = 0.05
"""With more of what is written being needed after a restart, that is what keeps the disk busy."""


class Load(Struct, frozen=True):
    """How it went since the last tick: part of the time with a commit on its way, commits that wait now, and
    which part of the rows is more than ledger. is_bare: there is hardly any room on the disk."""

    busy_share: float
    waiting: int
    state_share: float
    is_bare: bool = False


class RecordingRate:
    """Doubles n while the disk does not keep up, and halves it when there is room again."""

    def __init__(self) -> None:
        self.one_in = 1
        self._too_much = 0
        self._room = 0

    def note(self, load: Load) -> int:
        """Take a tick's load; n from now on."""
        if load.is_bare:
            self.one_in, self._too_much, self._room = ONE_IN_MAX, 0, 0
            return self.one_in
        is_too_much = load.waiting >= WAITING or load.busy_share > BUSY
        is_too_much = is_too_much and load.state_share < STATE_SHARE
        has_room = load.waiting == 0 and load.busy_share < IDLE
        self._too_much = self._too_much + 1 if is_too_much else 0
        self._room = self._room + 1 if has_room else 0
        if self._too_much >= FASTER_TICKS and self.one_in < ONE_IN_MAX:
            self.one_in *= 2
            self._too_much = 0
        elif self._room >= SLOWER_TICKS and self.one_in > 1:
            self.one_in //= 2
            self._room = 0
        return self.one_in
