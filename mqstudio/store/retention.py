"""Keeps the ledger within bounds of age and size, a slice at a time.

The walk goes along the events, oldest first: a message is forgotten when its last event is passed, if
nothing keeps it. So each message is looked at when it matters, and one that waits for weeks is whole when it
has ended at last. What no event leads to again, because it was held, binned or not recorded when it was
passed, is found by a sweep over all messages, seldom. Each slice is one short transaction; between two of
them commits go on.
"""

from collections.abc import Callable, Iterator
from typing import Final

import apsw

from mqstudio.model import limits
from mqstudio.store.bounds import KeptSince, read_bounds, read_setting, write_setting
from mqstudio.store.forgetting import cut_bodies, expire_bins, forget_clients
from mqstudio.store.ledger import Ledger, unkept
from mqstudio.store.rates import forget_rates
from mqstudio.store.spec_text import from_text

SLICE_MESSAGES: Final = 200
SLICE_EVENTS: Final = 600
SLICE_BYTES: Final = limits.MIB
SLICE_LOOKS: Final = 2_000
"""Most that one slice takes away, passes, or only looks at: a few milliseconds."""

SWEEP_US: Final = 3_600_000_000
PASS_US: Final = 10_000_000
"""After this long, in µs, all messages are swept again; the rest is looked after again after the second."""

_PASSED: Final = (
    "SELECT m, (SELECT length(body) FROM message WHERE id=m) FROM "
    "(SELECT DISTINCT message_id AS m FROM event WHERE id>?1 AND id<=?2) WHERE NOT EXISTS "
    f"(SELECT 1 FROM event WHERE message_id=m AND id>?2) AND {unkept('m')} ORDER BY m"
)
_SWEPT: Final = (
    "SELECT m FROM (SELECT id AS m FROM message WHERE id>?1 AND id<=?2) WHERE NOT EXISTS "
    f"(SELECT 1 FROM event WHERE message_id=m AND id>?3) AND {unkept('m')} ORDER BY m"
)
_LONG_LIVES: Final = (
    "SELECT m, (SELECT id FROM event WHERE message_id=m ORDER BY id DESC LIMIT 1 OFFSET ?3) AS upto FROM "
    "(SELECT DISTINCT message_id AS m FROM event WHERE id>?1 AND id<=?2)"
)
_IS_PAST: Final = (
    f"SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM event WHERE message_id=?1 AND id>?2) AND {unkept('?1')}"
)
_SHORTEN: Final = "DELETE FROM event WHERE message_id=? AND id<=? AND kind NOT IN (1, 15)"
_WEIGH: Final = (
    "SELECT max(message_id), sum(size) FROM (SELECT message_id, max(body_size) + ? AS size FROM place "
    "WHERE message_id>? GROUP BY message_id ORDER BY message_id LIMIT ?)"
)


class Retention:
    """Does its work a `step` at a time; `kept_since` tells from when on all that happened is there.

    has_late: messages without events may have been written, since the ledger has passed over some.
    """

    def __init__(self, ledger: Ledger, now_us: Callable[[], int]) -> None:
        self.bounds = read_bounds(ledger.connection)
        self._ledger = ledger
        self._now_us = now_us
        self._began_at_us = now_us()
        text = read_setting(ledger.connection, "kept_since")
        self.kept_since = from_text(text, KeptSince) if text is not None else KeptSince()
        self._kept_bytes = 0
        """What may not be forgotten takes about so much."""
        self._weighed_at_us: int | None = None
        self._swept_at_us: int | None = None
        passed_over = "SELECT 1 FROM broker_event WHERE kind='recording_changed' LIMIT 1"
        self.has_late = self._ledger.value(passed_over) is not None
        self._steps = self._work()

    def step(self) -> bool:
        """Do one slice; False if there is nothing to do for now. Raises: apsw.Error; the next begins anew."""
        try:
            return next(self._steps)
        except apsw.Error:
            self._steps = self._work()
            raise

    def is_due(self) -> bool:
        """Whether more has to go than can wait for an idle moment."""
        return self._is_too_large() or self._is_too_old()

    def oldest_kept_us(self) -> int | None:
        """From when on all that happened is there; None if nothing has happened."""
        if self.kept_since.event_id:
            return self.kept_since.at_us
        at_us: int | None = self._ledger.value("SELECT at_us FROM event ORDER BY id LIMIT 1")
        return at_us

    def _work(self) -> Iterator[bool]:
        while True:
            began_at_us = self._now_us()
            self.bounds = read_bounds(self._ledger.connection)
            yield from expire_bins(self._ledger, self.bounds, began_at_us, self._is_past)
            yield from self._trim()
            yield from cut_bodies(self._ledger)
            yield from forget_rates(self._ledger, began_at_us)
            before_us = max(self.kept_since.at_us, began_at_us - self.bounds.keep_us)
            is_new = before_us > self._began_at_us
            yield from forget_clients(self._ledger, before_us, nobody_is_left=is_new)
            if self._swept_at_us is None or began_at_us - self._swept_at_us > SWEEP_US:
                yield from self._sweep()
            yield False
            while self._now_us() - began_at_us < PASS_US and not self.is_due():
                yield False

    # ---- along the events

    def _trim(self) -> Iterator[bool]:
        """Walk until what is left is young and small enough."""
        while True:
            newest = self._ledger.value("SELECT max(id) FROM event") or 0
            until = self._ledger.last_event_before(self._now_us() - self.bounds.keep_us)
            if until <= self.kept_since.event_id and self._is_too_large():
                yield from self._weigh()
                until = newest if self._is_too_large() else until
            until = min(until, newest - 1)  # the last one stays: new ones are numbered from it
            if until <= self.kept_since.event_id:
                return
            self._pass_events(until)
            yield True

    def _pass_events(self, until: int) -> None:
        """Go past some events, and forget what has ended with them."""
        ledger, after = self._ledger, self.kept_since.event_id
        sql = "SELECT max(id) FROM (SELECT id FROM event WHERE id>? AND id<=? ORDER BY id LIMIT ?)"
        most = SLICE_EVENTS
        while True:
            last = ledger.value(sql, after, until, most) or until
            found = ledger.rows(_PASSED, after, last)
            size = sum(size or 0 for _, size in found)
            if most == 1 or (len(found) <= SLICE_MESSAGES and size <= SLICE_BYTES):
                break
            most = max(1, most // 3)
        at_us = ledger.value("SELECT at_us FROM event WHERE id>? ORDER BY id LIMIT 1", last)
        with ledger.connection:
            ledger.forget([each for each, _ in found if ledger.has_ended(each)])
            self._shorten(after, last)
            kept_since = KeptSince(last, at_us or self._now_us())
            write_setting(ledger.connection, "kept_since", kept_since)
        self.kept_since = kept_since

    def _shorten(self, after: int, last: int) -> None:
        """Of a life that goes on for ever, as of a message that always comes back, keep the latest part."""
        long = self._ledger.rows(_LONG_LIVES, after, last, limits.LIFE_KEPT_EVENTS)
        self._ledger.delete(_SHORTEN, [(each, min(upto, last)) for each, upto in long if upto is not None])

    def _is_past(self, messages: list[int]) -> list[int]:
        """Those of these messages whose events have all been passed, and that nothing keeps any more."""
        passed = [each for each in messages if self._ledger.rows(_IS_PAST, each, self.kept_since.event_id)]
        return [each for each in passed if self._ledger.has_ended(each)]

    # ---- over all messages

    def _sweep(self) -> Iterator[bool]:
        """Look for messages that no event will lead to again."""
        ledger, after, began_at_us = self._ledger, 0, self._now_us()
        had_late, self.has_late = self.has_late, False
        until = ledger.last_message_before(self.kept_since.at_us)
        if had_late:
            until = ledger.value("SELECT max(id) FROM message") or 0
        sql = "SELECT max(id) FROM (SELECT id FROM message WHERE id>? AND id<=? ORDER BY id LIMIT ?)"
        while (last := ledger.value(sql, after, until, SLICE_LOOKS)) is not None:
            found = [row[0] for row in ledger.rows(_SWEPT, after, last, self.kept_since.event_id)]
            if len(found) > SLICE_MESSAGES:
                del found[SLICE_MESSAGES:]
                last = found[-1]
            with ledger.connection:
                ledger.forget([each for each in found if ledger.has_ended(each)])
            after = last
            yield True
        self._swept_at_us = began_at_us

    # ---- how much there is

    def _is_too_large(self) -> bool:
        return self._ledger.used_bytes() - self._kept_bytes > self.bounds.keep_bytes

    def _is_too_old(self) -> bool:
        sql = "SELECT at_us FROM event WHERE id>? AND id<(SELECT max(id) FROM event) ORDER BY id LIMIT 1"
        at_us = self._ledger.value(sql, self.kept_since.event_id)
        too_old_us = self._now_us() - self.bounds.keep_us - limits.LEDGER_LATE_US
        return at_us is not None and at_us < too_old_us

    def _weigh(self) -> Iterator[bool]:
        """Sum up what may not be forgotten, if that was not done lately."""
        now_us = self._now_us()
        if self._weighed_at_us is not None and now_us - self._weighed_at_us < limits.LEDGER_WEIGH_US:
            return
        size = after = 0
        while True:
            last, part = self._ledger.row(_WEIGH, limits.MESSAGE_OVERHEAD_BYTES, after, SLICE_LOOKS)
            if last is None:
                break
            after, size = last, size + part
            yield True
        binned = self._ledger.value("SELECT sum(size_bytes) FROM bin") or 0
        self._kept_bytes, self._weighed_at_us = size + binned, now_us
