"""Where the messages are that a filter sifts: in a queue, or among those that ended in it.

Both are walked in strides: `measure` says where the next so many end, `rows` has those of them that may be
meant, in order.
"""

from collections.abc import Iterator
from typing import Any, Final, Protocol

import apsw

from mqstudio.model.places import PRIORITY_SHIFT, PRIORITY_TOP
from mqstudio.model.refs import QueueRef
from mqstudio.store.base import Sift
from mqstudio.store.prefilter import Condition

ENDINGS: Final = "(6, 10, 11, 14)"
"""The kinds of the index `event_by_queue`."""

Row = tuple[Any, ...]
"""Any: as the tables have it. The message's id, its offset in a log, its deliveries, what was asked for."""


class Source(Protocol):
    """A way along messages, from `after` (None: the beginning) to `end` (None: the end), both by id."""

    def measure(self, after: int | None, stride: int) -> tuple[int, int | None]:
        """How many of the next `stride` there are, and the last of them; None if there are no more behind."""
        ...

    def count(self, after: int | None, end: int) -> int:
        """How many messages there are up to `end`."""
        ...

    def rows(self, columns: str, condition: Condition, after: int | None, end: int | None) -> Iterator[Row]:
        """The messages up to `end` for which the condition holds."""
        ...


def source_of(connection: apsw.Connection, wanted: Sift) -> Source:
    """The messages that are to be sifted."""
    way = _Way(is_oldest_first=wanted.is_oldest_first)
    if wanted.queue is not None:
        return _Waiting(connection, way, wanted.queue, wanted.above, wanted.below)
    return _Ended(connection, way, wanted.queue_ids)


class _Way:
    """Upwards by id, or downwards, in SQL."""

    def __init__(self, *, is_oldest_first: bool) -> None:
        self.order, self._more, self._up_to = ("ASC", ">", "<=") if is_oldest_first else ("DESC", "<", ">=")
        self.is_oldest_first = is_oldest_first

    def between(self, after: int | None, end: int | None) -> str:
        """A condition, to be put behind others."""
        behind = "" if after is None else f" AND message_id {self._more} {int(after)}"
        return behind if end is None else f"{behind} AND message_id {self._up_to} {int(end)}"


class _Waiting:
    """The messages in a queue between two positions."""

    def __init__(
        self, connection: apsw.Connection, way: _Way, queue: QueueRef, above: int, below: int
    ) -> None:
        by_priority = f"({PRIORITY_TOP} - priority) << {PRIORITY_SHIFT} | message_id"
        position = f"coalesce(log_offset, {by_priority if queue.max_priority else 'message_id'})"
        self._connection, self._way = connection, way
        self._where = f"queue_id=? AND {position} > ? AND {position} < ?"
        self._bound = (queue.id, above, below)

    def measure(self, after: int | None, stride: int) -> tuple[int, int | None]:
        return _measured(self._connection, self._way, self._ids(after, None), self._bound, stride)

    def count(self, after: int | None, end: int) -> int:
        return _counted(self._connection, self._ids(after, end), self._bound)

    def _ids(self, after: int | None, end: int | None) -> str:
        return f"SELECT message_id FROM place WHERE {self._where}{self._way.between(after, end)}"

    def rows(self, columns: str, condition: Condition, after: int | None, end: int | None) -> Iterator[Row]:
        where = f"{self._where}{self._way.between(after, end)}".replace("message_id", "place.message_id")
        sql = (
            f"SELECT place.message_id, log_offset, deliveries, {_of_message(columns)} "
            f"FROM place CROSS JOIN message ON message.id = place.message_id "
            f"WHERE {where} AND ({_of_message(condition.sql)}) ORDER BY place.message_id {self._way.order}"
        )
        return self._connection.execute(sql, (*self._bound, *condition.values))


class _Ended:
    """The messages that ended in some queues, each once."""

    def __init__(self, connection: apsw.Connection, way: _Way, queue_ids: list[int]) -> None:
        self._connection, self._way = connection, way
        self._queue_ids = queue_ids

    def measure(self, after: int | None, stride: int) -> tuple[int, int | None]:
        """The nearest end of the queues' strides: none of them has gone further."""
        ends = []
        for queue_id in self._queue_ids:
            _, end = _measured(self._connection, self._way, self._ids(after, None, 1), (queue_id,), stride)
            if end is not None:
                ends.append(end)
        end = (min if self._way.is_oldest_first else max)(ends, default=None)
        return _counted(self._connection, self._all(after, end), tuple(self._queue_ids)), end

    def count(self, after: int | None, end: int) -> int:
        return _counted(self._connection, self._all(after, end), tuple(self._queue_ids))

    def _all(self, after: int | None, end: int | None) -> str:
        return self._ids(after, end, len(self._queue_ids))

    def _ids(self, after: int | None, end: int | None, queues: int) -> str:
        which = "=?" if queues == 1 else f" IN ({','.join('?' * queues)})"
        return (
            f"SELECT DISTINCT message_id FROM event INDEXED BY event_by_queue WHERE queue_id{which} "
            f"AND kind IN {ENDINGS}{self._way.between(after, end)}"
        )

    def rows(self, columns: str, condition: Condition, after: int | None, end: int | None) -> Iterator[Row]:
        order = f"ORDER BY message_id {self._way.order}"
        sql = (
            f"SELECT ended.message_id, NULL, 0, {columns} FROM ({self._all(after, end)} {order}) AS ended "
            f"CROSS JOIN message ON message.id = ended.message_id WHERE {condition.sql} "
            f"ORDER BY ended.message_id {self._way.order}"
        )
        return self._connection.execute(sql, (*self._queue_ids, *condition.values))


def _of_message(sql: str) -> str:
    """Both tables have a body_size."""
    return sql.replace("body_size", "message.body_size")


def _measured(
    connection: apsw.Connection, way: _Way, ids: str, bound: tuple[int, ...], stride: int
) -> tuple[int, int | None]:
    last = "max" if way.is_oldest_first else "min"
    some = f"{ids} ORDER BY message_id {way.order} LIMIT {int(stride)}"
    count, end = next(iter(connection.execute(f"SELECT count(*), {last}(message_id) FROM ({some})", bound)))
    return count, end if count == stride else None


def _counted(connection: apsw.Connection, ids: str, bound: tuple[int, ...]) -> int:
    (count,) = next(iter(connection.execute(f"SELECT count(*) FROM ({ids})", bound)))
    return int(count)
