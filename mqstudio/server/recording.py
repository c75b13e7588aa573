"""How much of transient traffic the ledger records: all of it, or one message in n when the disk is too slow.

Pure: it is told four times a second how it goes, and at once when much waits for the disk, and says n. What
survives a restart is always recorded; so as long as much of what is written is of that kind, recording less
of the rest would not help.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from mqstudio.model import limits
from mqstudio.store import spec_text
from mqstudio.store.changes import Row

ONE_IN_MAX: Final = 1_024
BUSY: Final = 0.3
IDLE: Final = 0.1
"""Parts of the time that the store process spends on commits, above and below which n changes. With two
cores, one for the broker and one for its clients, what the store takes is theirs."""

SATED: Final = 0.9
LEAP: Final = 8
"""From so busy on nobody knows how much too much it is: n grows at once, and by this factor."""

WAITING: Final = 2
"""Commits that wait behind the one that is being written."""

FASTER_TICKS: Final = 2
SLOWER_TICKS: Final = 8
"""It must go on for so many ticks: half a second to record half as much, two seconds to record twice as much
again."""

HELPFUL_SHARE: Final = 0.2
"""With less than this of what is written being transient, the rest keeps the disk busy."""


ROW_US: Final = 3.0
"""What a row costs the store process, all in all: 16 µs for the five of a message, in commits of 1,000."""


class Load(Struct, frozen=True):
    """How it went since the last tick: part of the time with a commit on its way, commits that wait now, and
    which part of the messages written is transient. is_bare: there is hardly any room on the disk.
    rows_share: part of the time that the rows of the transient ones have cost. The rest of `busy_share` is
    waiting for the disk, once a commit, however few rows are in it: recording less would not change that.
    """

    busy_share: float
    waiting: int
    transient_share: float
    is_bare: bool = False
    rows_share: float = 1.0


MESSAGES_LOOKED_AT: Final = 64
"""Messages of each commit that tell how much of the traffic is transient."""


class LoadMeter:
    """What commits took, and how many of some of their messages are transient, since `take`."""

    def __init__(self) -> None:
        self.busy_us = self.rows = 0
        self._looked_at = self._transient = 0

    def note_messages(self, rows: Sequence[Row]) -> None:
        """Look at some messages of a commit."""
        looked_at = rows[:MESSAGES_LOOKED_AT]
        self._looked_at += len(looked_at)
        self._transient += sum(spec_text.is_transient(row[7]) for row in looked_at)

    def take(self, waiting: int, *, is_bare: bool) -> Load:
        """The load of the tick that ends now; the next begins."""
        load = self.peek(waiting, is_bare=is_bare)
        self.busy_us = self.rows = self._looked_at = self._transient = 0
        return load

    def peek(self, waiting: int, *, is_bare: bool) -> Load:
        """The load of this tick so far."""
        share = self._transient / self._looked_at if self._looked_at else 0.0
        rows_share = self.rows * share * ROW_US / limits.SAMPLE_INTERVAL_US
        return Load(self.busy_us / limits.SAMPLE_INTERVAL_US, waiting, share, is_bare, rows_share)


class RecordingRate:
    """Raises n while the disk does not keep up, and halves it when there is room again."""

    def __init__(self) -> None:
        self.one_in = 1
        self._too_much = 0
        self._room = 0
        self._has_leapt = False

    def note_crowded(self, load: Load) -> int:
        """Much waits for the disk before the tick is over: n from now on.

        Once a tick: commits that wait were collected before n grew, and say nothing of what it is now.
        """
        if not self._has_leapt and _would_help(load) and load.waiting >= WAITING:
            self._has_leapt = True
            self._leap()
        return self.one_in

    def _leap(self) -> None:
        self.one_in = min(ONE_IN_MAX, self.one_in * LEAP)
        self._too_much = 0

    def note(self, load: Load) -> int:
        """Take a tick's load; n from now on. Where n grew meanwhile, most of the load is of before."""
        has_leapt, self._has_leapt = self._has_leapt, False
        if load.is_bare:
            self.one_in, self._too_much, self._room = ONE_IN_MAX, 0, 0
            return self.one_in
        if has_leapt:
            self._too_much = self._room = 0
            return self.one_in
        would_help = _would_help(load)
        is_heavy = would_help and load.rows_share >= IDLE
        is_far_too_much = (would_help and load.waiting >= WAITING) or (is_heavy and load.busy_share > SATED)
        is_too_much = is_heavy and load.busy_share > BUSY
        has_room = load.waiting == 0 and min(load.busy_share, load.rows_share * self.one_in) < IDLE
        self._too_much = self._too_much + 1 if is_too_much else 0
        self._room = self._room + 1 if has_room else 0
        if is_far_too_much:
            self._leap()
        elif self._too_much >= FASTER_TICKS and self.one_in < ONE_IN_MAX:
            self.one_in *= 2
            self._too_much = 0
        elif self._room >= SLOWER_TICKS and self.one_in > 1:
            self.one_in //= 2
            self._room = 0
        return self.one_in


def _would_help(load: Load) -> bool:
    """Whether enough of what is written is transient."""
    return load.transient_share >= HELPFUL_SHARE
