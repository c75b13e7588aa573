"""Pages of what waits in a queue, for the engine when it has little left in hand.

Asked of the store process, behind all changes that the broker sent before: so what they say is in the answer.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import apsw
import msgspec

from mqstudio.model.places import PRIORITY_SHIFT, PRIORITY_TOP, PageEntry
from mqstudio.store.messages import COLUMNS, WIDTH, message_of
from mqstudio.store.opened import StoredPage
from mqstudio.store.sums import PLACE_SQL, DamagedError

_ARRIVAL, _PRIORITY, _OFFSET = "arrival", "priority", "offset"
"""How queues are ordered."""

_ANY_OFFSET: Final = "SELECT log_offset FROM place WHERE queue_id=? LIMIT 1"
_JOINED: Final = (
    f"SELECT {COLUMNS}, deliveries, priority, log_offset, place.checksum = {PLACE_SQL} "
    "FROM place JOIN message ON message.id=message_id"
)
_BY_ARRIVAL: Final = f"{_JOINED} WHERE queue_id=? AND message_id>? ORDER BY message_id LIMIT ?"
_BY_OFFSET: Final = f"{_JOINED} WHERE queue_id=? AND log_offset>? ORDER BY log_offset LIMIT ?"
_LAST: Final = f"{_JOINED} WHERE queue_id=? AND log_offset IS NOT NULL ORDER BY log_offset DESC LIMIT ?"
_NEWEST: Final = (
    "SELECT log_offset FROM place WHERE queue_id=? AND log_offset IS NOT NULL ORDER BY log_offset DESC"
)
_NEXT: Final = (
    "SELECT log_offset, published_at_us FROM place JOIN message ON message.id=message_id "
    "WHERE queue_id=? AND log_offset>? ORDER BY log_offset LIMIT 1"
)
_LEVEL: Final = f"{_JOINED} WHERE queue_id=? AND priority=? AND message_id>? ORDER BY message_id LIMIT ?"
_ONE: Final = f"{_JOINED} WHERE queue_id=? AND message_id=?"
_LEVELS: Final = "SELECT DISTINCT priority FROM place WHERE queue_id=? AND priority<=? ORDER BY priority DESC"


def page(  # noqa: PLR0917  # as they are asked, over a pipe
    connection: apsw.Connection,
    queue_id: int,
    has_priorities: bool,
    after: int,
    limit: int,
    max_bytes: int,
    since_us: int | None = None,
    *,
    is_first: bool = False,
) -> StoredPage:
    """Up to `limit` entries behind a position, at least one if there is one, about `max_bytes` of bodies.

    since_us: of a log, those that came then or later. is_first: of a broker that begins, for which only what
    lasts is there. Raises: DamagedError, apsw.Error.
    """
    if has_priorities:
        entries = _by_priority(connection, queue_id, after, limit, max_bytes, is_first=is_first)
    else:
        (offset,) = connection.execute(_ANY_OFFSET, (queue_id,)).fetchone() or (None,)
        sql = _lasting(_BY_ARRIVAL, is_first=is_first) if offset is None else _BY_OFFSET
        order = _ARRIVAL if offset is None else _OFFSET
        if since_us is not None and offset is not None:
            after = _before(connection, queue_id, after, since_us)
        entries = _take(connection, sql, (queue_id, after, limit), order, max_bytes)
    size = sum(len(each.message.body) for each in entries)
    return StoredPage(entries, len(entries) < limit and size < max_bytes)


def _before(connection: apsw.Connection, queue_id: int, after: int, since_us: int) -> int:
    """The last offset of a log, behind `after`, of what came before a time, by halving: it is in order."""
    (high,) = connection.execute(_NEWEST, (queue_id,)).fetchone() or (after,)
    low = after
    while low < high:
        middle = (low + high) // 2
        found = connection.execute(_NEXT, (queue_id, middle)).fetchone()
        if found is None or found[1] >= since_us:
            high = middle
        else:
            low = found[0]
    return low


def end_of_log(connection: apsw.Connection, queue_id: int, limit: int, max_bytes: int) -> list[PageEntry]:
    """The last entries of a log, in order of offset. Raises: DamagedError, apsw.Error."""
    return _take(connection, _LAST, (queue_id, limit), _OFFSET, max_bytes)[::-1]


def _lasting(sql: str, *, is_first: bool) -> str:
    return sql.replace(" ORDER BY", " AND is_durable ORDER BY") if is_first else sql


def _by_priority(
    connection: apsw.Connection, queue_id: int, after: int, limit: int, max_bytes: int, *, is_first: bool
) -> list[PageEntry]:
    sql = _lasting(_LEVEL, is_first=is_first)
    found: list[PageEntry] = []
    top = PRIORITY_TOP - (max(after, 0) >> PRIORITY_SHIFT)
    after_id = max(after, 0) & ((1 << PRIORITY_SHIFT) - 1)
    for (level,) in connection.execute(_LEVELS, (queue_id, top)).fetchall():
        behind = after_id if level == top else 0
        wanted = (queue_id, level, behind, limit - len(found))
        more = _take(connection, sql, wanted, _PRIORITY, max_bytes)
        max_bytes -= sum(len(each.message.body) for each in more)
        found += more
        if len(found) >= limit or max_bytes <= 0:
            break
    return found


def _take(
    connection: apsw.Connection, sql: str, bindings: tuple[Any, ...], order: str, max_bytes: int
) -> list[PageEntry]:
    """Any: the values of a statement."""
    entries = []
    for row in connection.execute(sql, bindings):
        message = message_of(row[:WIDTH])
        deliveries, priority, offset, is_right = row[WIDTH:]
        numbers = (deliveries, priority, 0 if offset is None else offset)
        if not (is_right and all(type(number) is int for number in numbers)):
            raise DamagedError(f"the place of message {message.id} is not what was written")
        position = message.id
        if order == _OFFSET:
            position = offset
        elif order == _PRIORITY:
            position |= (PRIORITY_TOP - priority) << PRIORITY_SHIFT
        entries.append(PageEntry(position, message, deliveries))
        max_bytes -= len(message.body)
        if max_bytes <= 0:
            break
    return entries


def entries(
    connection: apsw.Connection, queue_id: int, has_priorities: bool, ids: Sequence[int], max_bytes: int
) -> StoredPage:
    """What a queue has of these messages, in this order, until there are about `max_bytes` of bodies."""
    order = _PRIORITY if has_priorities else _ARRIVAL
    found: list[PageEntry] = []
    for message_id in ids:
        if max_bytes <= 0:
            return StoredPage(found, False)
        for entry in _take(connection, _ONE, (queue_id, message_id), order, 1):
            found.append(entry)
            max_bytes -= len(entry.message.body)
    return StoredPage(found, True)


def _encoded_entries(connection: apsw.Connection, *asked: Any) -> bytes:  # Any: the arguments of `entries`
    return msgspec.msgpack.encode(entries(connection, *asked))


def _encoded_page(connection: apsw.Connection, *asked: Any) -> bytes:  # Any: the arguments of `page`
    return msgspec.msgpack.encode(page(connection, *asked))


QUESTIONS: Final[dict[str, Callable[..., bytes]]] = {"page": _encoded_page, "entries": _encoded_entries}
"""What can be asked of the store process, by name."""
