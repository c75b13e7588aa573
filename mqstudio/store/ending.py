"""Tells how messages ended that a broker took with it: when it stopped nobody was left to tell of them.

What would not survive a restart waited in that broker's memory only. Its messages are in the ledger, without
an end; they get one here, a slice at a time, so that whoever looks at what has ended finds them, too.
"""

from collections.abc import Callable, Iterator
from typing import Final

import apsw
from msgspec import Struct

from mqstudio.model.delivery import DropReason
from mqstudio.store.bounds import read_setting, write_setting
from mqstudio.store.kinds import Kind
from mqstudio.store.ledger import ENTRIES, Ledger
from mqstudio.store.spec_text import from_text, to_text

LOOKS: Final = 2_000
"""Messages looked at by one slice: some ten milliseconds."""

SETTING: Final = "told_of_up_to"

_DETAIL: Final = to_text({"reason": DropReason.BROKER_STOPPED.value})

_LEFT: Final = (
    "SELECT message_id, queue_id FROM event WHERE message_id>?1 AND message_id<=?2 AND queue_id IS NOT NULL "
    f"GROUP BY message_id, queue_id HAVING {ENTRIES} > 0 AND max(id) <= ?3 AND NOT EXISTS "
    "(SELECT 1 FROM place WHERE place.queue_id=event.queue_id AND place.message_id=event.message_id) "
    "ORDER BY message_id, queue_id"
)
"""Queues that messages came into and never left, as far as anybody has told, and are not in any more."""


class ToldOf(Struct, frozen=True):
    """Of all messages up to this one it is told how they ended, or they are there."""

    message_id: int = 0


class Endings:
    """Works a `step` at a time. What this broker has made, or had a hand in, is left to it."""

    def __init__(self, ledger: Ledger, now_us: Callable[[], int]) -> None:
        self._ledger = ledger
        self._now_us = now_us
        self._last_event = ledger.value("SELECT max(id) FROM event") or 0
        self._steps = self._work()

    def step(self) -> bool:
        """Do one slice; False if there are no more. Raises: apsw.Error; the next goes on from there."""
        try:
            return next(self._steps, False)
        except apsw.Error:
            self._steps = self._work()
            raise

    def _work(self) -> Iterator[bool]:
        ledger = self._ledger
        text = read_setting(ledger.connection, SETTING)
        after = from_text(text, ToldOf).message_id if text is not None else 0
        sql = "SELECT max(id) FROM (SELECT id FROM message WHERE id>? AND id<? ORDER BY id LIMIT ?)"
        while (last := ledger.value(sql, after, ledger.first_message_id, LOOKS)) is not None:
            with ledger.connection:
                self._tell(ledger.rows(_LEFT, after, last, self._last_event))
                write_setting(ledger.connection, SETTING, ToldOf(last))
            after = last
            yield True

    def _tell(self, left: list[tuple[int, int]]) -> None:
        now_us = self._now_us()
        rows = [(message_id, now_us, Kind.DROPPED, queue_id, _DETAIL) for message_id, queue_id in left]
        sql = "INSERT INTO event(message_id, at_us, kind, queue_id, detail) VALUES(?, ?, ?, ?, ?)"
        self._ledger.each(sql, rows)
