"""The disk alarm: below a mark publishers wait, far below it the ledger passes over what is transient."""

from typing import TYPE_CHECKING, Final

from mqstudio.model import limits
from mqstudio.server import blocking, log
from mqstudio.server.kept import journal_of

if TYPE_CHECKING:
    from mqstudio.server.broker import Broker
    from mqstudio.server.journal import Journal

RESUME_SHARE: Final = 1.1
"""Publishers go on when so much of the mark is free: not to stop and go at each message."""


def low_mark(memory_limit_bytes: int) -> int:
    """With less free than this publishers wait, unless told otherwise: what memory holds must fit twice."""
    return max(limits.DISK_LOW_BYTES, 2 * memory_limit_bytes)


class DiskAlarm:
    """Whether there is too little room. is_bare: so little that the ledger must not grow by itself."""

    def __init__(self, low_bytes: int) -> None:
        self.low_bytes = low_bytes
        self.bare_bytes = min(limits.DISK_BARE_BYTES, low_bytes // 4)
        self.is_low = False
        self.is_bare = False
        self.recorded_since_us = 0
        """Since when the ledger records as much as it does; 0: from the beginning."""

    def note(self, free_bytes: int) -> None:
        """So much is free now."""
        self.is_low = _is_below(free_bytes, self.low_bytes, was=self.is_low)
        self.is_bare = _is_below(free_bytes, self.bare_bytes, was=self.is_bare)


def _is_below(free_bytes: int, mark_bytes: int, *, was: bool) -> bool:
    return free_bytes < (mark_bytes * RESUME_SHARE if was else mark_bytes)


def watch(broker: "Broker") -> None:
    """Look at the disk and the store, as of their latest word."""
    store, alarm = journal_of(broker.store), broker.disk_alarm
    if store is None:
        return
    store.backups.look()
    is_full = store.problem is not None and store.problem.kind == "full"
    if store.health is not None:
        alarm.note(store.health.free_bytes)
    if is_full and store.is_writing() and not alarm.is_low:
        store.go_on()  # there is room again: nothing that a person had to see
        is_full = False
    if store.is_writing():
        load = store.take_load(is_bare=broker.disk_alarm.is_bare)
        _set_rate(broker, store, broker.recording.note(load))
    broker.blocking.set(blocking.DISK, is_on=is_full or alarm.is_low, limit_bytes=alarm.low_bytes)
    has_failed = store.problem is not None and not is_full
    broker.blocking.set(blocking.STORE, is_on=has_failed)
    broker.sampler.store_problem = store.problem.says if store.problem is not None else ""


def on_crowded(broker: "Broker", store: "Journal") -> None:
    """So much waits for the disk that the next tick would be late."""
    load = store.peek_load(is_bare=broker.disk_alarm.is_bare)
    _set_rate(broker, store, broker.recording.note_crowded(load))


def _set_rate(broker: "Broker", store: "Journal", one_in: int) -> None:
    """Have the ledger record as much as the disk can take."""
    if one_in != store.projection.one_in:
        log.info("recording", one_in=one_in)
        now_us = broker.disk_alarm.recorded_since_us = broker.clock.now_us()
        store.projection.record_one_in(one_in, broker.engine.next_message_id, now_us)
        broker.sampler.recorded_one_in = one_in
