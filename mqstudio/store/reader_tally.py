"""Counts the messages of a queue over time in a profile's file: what ended how, and what waits there.

It goes down the message ids, a run of rows at a time, for a moment; whoever asks goes on from where it came.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final

import apsw

from mqstudio.model import limits
from mqstudio.model import volume as v
from mqstudio.model.places import PRIORITY_SHIFT, PRIORITY_TOP
from mqstudio.model.volume import Tallied, Tally
from mqstudio.store.kinds import Kind

ROWS: Final = 4_000
"""Rows of one run: about 10 ms."""

REASONS: Final = {"rejected": v.REJECTED, "expired": v.EXPIRED}
"""Outcomes of dropped messages that are told apart, by their reason."""

Within = Callable[[int | None], AbstractContextManager[None]]

_ENDED: Final = (
    "SELECT message_id, event.kind, json_extract(detail, '$.reason'), published_at_us "
    "FROM event INDEXED BY event_by_queue LEFT JOIN message ON message.id = message_id "
    "WHERE queue_id=? AND kind IN (6, 10, 11, 14) AND message_id < ? AND message_id >= ? "
    "ORDER BY message_id DESC, event.id DESC LIMIT ?"
)


class Tallying:
    """Counts in one file. `within` makes read transactions of at most so many µs."""

    def __init__(self, connection: apsw.Connection, within: Within) -> None:
        self._connection = connection
        self._within = within

    def look(self, wanted: Tally, before_id: int | None) -> Tallied:
        """Count on for a while."""
        began_ns = time.monotonic_ns()
        bins: v.Bins = {}
        removed: list[tuple[int, int]] = []
        waiting: list[tuple[int, int]] = []
        upper = 2**62 if before_id is None else before_id
        with self._within(limits.QUESTION_US):
            lowest = self._lowest()
            while True:
                reached = self._run(wanted, upper, bins, removed, waiting)
                if reached is None or reached <= wanted.down_to_id:
                    return Tallied(None, bins, removed, waiting, lowest)
                upper = reached
                if (time.monotonic_ns() - began_ns) // 1_000 > limits.SEARCH_SLICE_US:
                    return Tallied(reached, bins, removed, waiting, lowest)

    def _lowest(self) -> int:
        (first,) = self._connection.execute("SELECT min(id) FROM message").fetchone() or (None,)
        return int(first or 0)

    def _run(
        self,
        wanted: Tally,
        upper: int,
        bins: v.Bins,
        removed: list[tuple[int, int]],
        waiting: list[tuple[int, int]],
    ) -> int | None:
        """Count a run of rows below `upper`; down to which message, None: to the end."""
        found = [self._ended(queue_id, upper, wanted.down_to_id) for queue_id in wanted.queue_ids]
        places = self._places(wanted, upper)
        cut = [rows[-1][0] for rows in (*found, places) if len(rows) >= ROWS]
        # A message may have several rows: the run ends above the last one, unless that is all there is of it.
        reached = max(cut) if cut else None
        if reached is not None and reached + 1 >= upper:
            reached -= 1
        for rows in found:
            self._count(wanted, rows, reached, bins, removed)
        for message_id, at_us in places:
            if reached is None or message_id > reached:
                waiting.append((message_id, at_us // wanted.step_us))
        return None if reached is None else reached + 1

    def _ended(self, queue_id: int, upper: int, down_to: int) -> list[tuple[Any, ...]]:  # as the table has it
        return self._connection.execute(_ENDED, (queue_id, upper, down_to, ROWS)).fetchall()

    def _places(self, wanted: Tally, upper: int) -> list[tuple[Any, ...]]:
        if wanted.queue_id is None:
            return []
        by_priority = f"({PRIORITY_TOP} - priority) << {PRIORITY_SHIFT} | message_id"
        position = f"coalesce(log_offset, {by_priority if wanted.max_priority else 'message_id'})"
        sql = (
            "SELECT message_id, published_at_us FROM place JOIN message ON message.id = message_id "
            f"WHERE queue_id=? AND message_id < ? AND message_id >= ? AND {position} > ? AND {position} < ? "
            "ORDER BY message_id DESC LIMIT ?"
        )
        bound = (wanted.queue_id, upper, wanted.down_to_id, wanted.above, wanted.below, ROWS)
        return self._connection.execute(sql, bound).fetchall()

    def _count(
        self,
        wanted: Tally,
        rows: list[tuple[Any, ...]],
        reached: int | None,
        bins: v.Bins,
        removed: list[tuple[int, int]],
    ) -> None:
        last_id = None
        for message_id, kind, reason, at_us in rows:
            if message_id == last_id or at_us is None or (reached is not None and message_id <= reached):
                continue  # an earlier end of one that was brought back; forgotten; the next run's
            last_id = message_id
            step = at_us // wanted.step_us
            if kind == Kind.PURGED:
                removed.append((message_id, step))
            else:
                v.count(bins, step, _outcome(kind, reason))


def _outcome(kind: int, reason: str | None) -> int:
    if kind == Kind.ACCEPTED:
        return v.DONE
    return v.DEAD if kind == Kind.DEAD_LETTERED else REASONS.get(reason or "", v.DROPPED)
