"""Pages of what waits in a queue, for the engine when it has little left in hand.

Asked of the store process, behind all changes that the broker sent before: so what they say is in the answer.
"""

from collections.abc import Callable
from typing import Final

import apsw
import msgspec

from mqstudio.model.places import PRIORITY_SHIFT, PRIORITY_TOP
from mqstudio.model.restored import PageEntry
from mqstudio.store.messages import COLUMNS, WIDTH, message_of

_JOINED: Final = (
    f"SELECT {COLUMNS}, deliveries, priority, log_offset FROM place JOIN message ON message.id=message_id"
)
_BY_ARRIVAL: Final = f"{_JOINED} WHERE queue_id=? AND message_id>? ORDER BY message_id LIMIT ?"
_BY_OFFSET: Final = f"{_JOINED} WHERE queue_id=? AND log_offset>? ORDER BY log_offset LIMIT ?"
_LEVEL: Final = f"{_JOINED} WHERE queue_id=? AND priority=? AND message_id>? ORDER BY message_id LIMIT ?"
_LEVELS: Final = "SELECT DISTINCT priority FROM place WHERE queue_id=? AND priority<=? ORDER BY priority DESC"

Kind = str
"""How a queue is ordered: "arrival", "priority" or "offset"."""


def page(
    connection: apsw.Connection, queue_id: int, order: Kind, after: int, limit: int, max_bytes: int
) -> list[PageEntry]:
    """Up to `limit` entries behind a position, at least one if there is one, about `max_bytes` of bodies.

    Raises: DamagedError, apsw.Error.
    """
    if order == "offset":
        return _take(connection, _BY_OFFSET, (queue_id, after, limit), order, max_bytes)
    if order == "arrival":
        return _take(connection, _BY_ARRIVAL, (queue_id, after, limit), order, max_bytes)
    found: list[PageEntry] = []
    top = PRIORITY_TOP - (max(after, 0) >> PRIORITY_SHIFT)
    after_id = max(after, 0) & ((1 << PRIORITY_SHIFT) - 1)
    for (level,) in connection.execute(_LEVELS, (queue_id, top)).fetchall():
        behind = after_id if level == top else 0
        left = (queue_id, level, behind, limit - len(found))
        found += _take(connection, _LEVEL, left, order, max_bytes)
        max_bytes -= sum(len(each.message.body) for each in found)
        if len(found) >= limit or max_bytes <= 0:
            break
    return found


def _take(
    connection: apsw.Connection, sql: str, bindings: tuple[int, ...], order: Kind, max_bytes: int
) -> list[PageEntry]:
    entries = []
    for row in connection.execute(sql, bindings):
        message = message_of(row[:WIDTH])
        deliveries, priority, offset = row[WIDTH:]
        position = message.id
        if order == "offset":
            position = offset
        elif order == "priority":
            position |= (PRIORITY_TOP - priority) << PRIORITY_SHIFT
        entries.append(PageEntry(position, message, deliveries))
        max_bytes -= len(message.body)
        if max_bytes <= 0:
            break
    return entries


def _encoded_page(connection: apsw.Connection, *asked: int | str) -> bytes:
    return msgspec.msgpack.encode(page(connection, *asked))  # type: ignore[arg-type]  # as they were sent


QUESTIONS: Final[dict[str, Callable[..., bytes]]] = {"page": _encoded_page}
"""What can be asked of the store process, by name."""
