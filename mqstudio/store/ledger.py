"""The ledger as its keeper sees it: what has ended, what may be forgotten, how much there is.

Kept in any case: what is in place, held or binned. What a broker may have in memory only, because it would
not survive a restart, is kept as long as its events say that it has not ended.
"""

from collections.abc import Iterable
from typing import Any, Final

import apsw

from mqstudio.model import limits
from mqstudio.store.changes import Value

_ENDS: Final = "(6, 10, 11, 14)"
"""Kinds of events after which a message is no longer in that queue. (4 and 5 are followed by a 6.)"""

ENTRIES: Final = (
    f"sum(CASE WHEN kind IN (1, 15) THEN 1 WHEN kind IN {_ENDS} AND detail IS NOT "
    "'{\"stays\":true}' THEN -1 ELSE 0 END)"
)
"""How often a message came into a queue and did not leave it, of its events there."""

_BALANCE: Final = (
    f"SELECT count(*) FROM (SELECT 1 FROM event WHERE message_id=? GROUP BY queue_id HAVING {ENTRIES} > 0)"
)
"""In how many queues it may be, each by itself: one may have refused it, or ended it as a cycle."""


def unkept(message: str) -> str:
    """The condition that nothing keeps a message, given how SQL calls its id."""
    tables = ("place", "held", "binned")
    return " AND ".join(f"NOT EXISTS (SELECT 1 FROM {t} WHERE {t}.message_id={message})" for t in tables)


class Ledger:
    """What the keeper asks and does, on the store's own connection.

    is_resumed: the broker has been running, so that it may have in memory whatever is in the file.
    """

    def __init__(self, connection: apsw.Connection, *, is_resumed: bool = False) -> None:
        self.connection = connection
        self._cursor = connection.cursor()
        sql = "SELECT next_message_id, next_queue_id, next_id FROM progress"
        ids: tuple[int, int, int] = (0, 0, 0) if is_resumed else self.row(sql)
        self.first_message_id, self.first_queue_id, self.first_client_id = ids
        """What this broker makes has at least these ids: what is older is in nobody's memory."""

    def rows(self, sql: str, *bindings: Any) -> list[Any]:  # Any: what columns hold
        """All rows: a statement that is not read to its end would keep its view of the file open."""
        return self._cursor.execute(sql, bindings).fetchall()

    def row(self, sql: str, *bindings: Any) -> Any:  # Any: as above
        """The one row."""
        return self.rows(sql, *bindings)[0]

    def value(self, sql: str, *bindings: Any) -> Any:  # Any: what a column holds
        """The first value of the first row; None if there is none."""
        rows = self.rows(sql, *bindings)
        return rows[0][0] if rows else None

    def has_ended(self, message_id: int) -> bool:
        """Whether a message that nothing keeps is in nobody's memory either."""
        return bool(message_id < self.first_message_id or self.value(_BALANCE, message_id) <= 0)

    def forget(self, messages: Iterable[int]) -> None:
        """Take messages away, and all that is told of them."""
        gone = [(each,) for each in messages]
        if gone:
            self._cursor.executemany("DELETE FROM event WHERE message_id=?", gone)
            self._cursor.executemany("DELETE FROM message WHERE id=?", gone)

    def delete(self, sql: str, keys: Iterable[tuple[int, ...]]) -> None:
        """Do a statement for each of these keys."""
        self.each(sql, keys)

    def each(self, sql: str, rows: Iterable[tuple[Value, ...]]) -> None:
        """Do a statement for each of these rows."""
        wanted = list(rows)
        if wanted:
            self._cursor.executemany(sql, wanted)

    def used_bytes(self) -> int:
        """What the file has in it."""
        pages, free = self.value("PRAGMA page_count"), self.value("PRAGMA freelist_count")
        return int((pages - free) * limits.PAGE_BYTES)

    def last_event_before(self, at_us: int) -> int:
        """The last event before a moment, 0 if there is none, by halving: they are in order of time."""
        return self._last_before("event", "at_us", at_us)

    def last_message_before(self, at_us: int) -> int:
        """The last message published before a moment, likewise."""
        return self._last_before("message", "published_at_us", at_us)

    def _last_before(self, table: str, column: str, at_us: int) -> int:
        low = (self.value(f"SELECT min(id) FROM {table}") or 1) - 1
        high = self.value(f"SELECT max(id) FROM {table}") or 0  # each by itself takes one step only
        last = 0
        sql = f"SELECT id, {column} FROM {table} WHERE id>? ORDER BY id LIMIT 1"
        while low < high:
            middle = (low + high) // 2
            found_id, found_at_us = self.row(sql, middle)
            if found_at_us >= at_us:
                high = middle
            else:
                low = last = found_id
        return int(last)
