"""What was sent to queues that know repeats: read back from the ledger, which has it all.

Only what is not older than a queue's window, seen from the newest message; what is, the engine forgets.
"""

from collections.abc import Iterator, Mapping

import apsw

from mqstudio.model import lending_limits as limits
from mqstudio.model.restored import RestoredSent
from mqstudio.store.spec_text import read_traits


def read_sent(connection: apsw.Connection, windows_us: Mapping[int, int]) -> dict[int, list[RestoredSent]]:
    """What each of these queues (id → window) was sent, the oldest first."""
    found: dict[int, list[RestoredSent]] = {}
    if not windows_us:
        return found
    for message_id, at_us, newest_us, properties, once_key in _newest(connection, max(windows_us.values())):
        queue_id = _queue_of(connection, message_id)
        if queue_id is not None and queue_id in windows_us and at_us > newest_us - windows_us[queue_id]:
            mine = found.setdefault(queue_id, [])
            if len(mine) < limits.ONCE_KEYS_MAX:
                mine.append(RestoredSent(once_key, message_id, at_us, properties))
    for mine in found.values():
        mine.reverse()
    return found


def _newest(connection: apsw.Connection, window_us: int) -> Iterator[tuple[int, int, int, bytes, str]]:
    """Messages with such a key, the newest first: id, time, the newest message's time, properties, key."""
    newest_us = 0
    rows = connection.execute(
        "SELECT id, published_at_us, traits, past IS NULL, properties FROM message ORDER BY id DESC LIMIT ?",
        (limits.ONCE_LOOK_MAX,),
    )
    for message_id, at_us, text, is_first, properties in rows:
        newest_us = newest_us or at_us
        if at_us < newest_us - window_us:
            return
        if is_first and text is not None and '"once_key":"' in text:
            once_key = read_traits(text).once_key
            if once_key is not None:
                yield message_id, at_us, newest_us, properties, once_key


def _queue_of(connection: apsw.Connection, message_id: int) -> int | None:
    """The queue that a message came to first, or will come to when it is held back no longer."""
    row = connection.execute(
        "SELECT queue_id FROM event WHERE message_id = ? AND kind = 1 ORDER BY id LIMIT 1", (message_id,)
    ).fetchone()
    if row is None:
        row = connection.execute(
            "SELECT queue.id FROM held JOIN message ON message.id = held.message_id JOIN queue "
            "ON queue.vhost = held.vhost AND queue.name = message.routing_key "
            "WHERE held.message_id = ? ORDER BY queue.id DESC LIMIT 1",
            (message_id,),
        ).fetchone()
    return row[0] if row is not None else None
