"""What the ledger forgets besides messages: bins, the rest of large bodies, who was there.

Each is a walk that yields after each short transaction.
"""

import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, Final

import apsw

from mqstudio.model import limits
from mqstudio.store.bounds import Bounds
from mqstudio.store.ledger import Ledger, unkept
from mqstudio.store.writer import checksum

ROWS: Final = 200
LOOKS: Final = 2_000
"""Rows that one transaction takes away, or looks at."""

CHUNK_BYTES: Final = 4 * limits.MIB
"""What is read of a large body at a time."""

_LARGE: Final = (
    "SELECT m FROM (SELECT id AS m, length(body) AS size FROM message WHERE body_size>1048576 AND id>?1) "
    f"WHERE size>?2 AND {unkept('m')} ORDER BY m LIMIT 1"
)
_HEAD: Final = "SELECT exchange, routing_key, format, properties, checksum FROM message WHERE id=?"
_CUT: Final = f"UPDATE message SET body=?1, checksum=?2 WHERE id=?3 AND {unkept('?3')}"


# ---- bins


def expire_bins(
    ledger: Ledger, bounds: Bounds, now_us: int, is_past: Callable[[list[int]], list[int]]
) -> Iterator[bool]:
    """Empty the bins that are too old, and the oldest of too much; the newest can be undone for as long.

    is_past: which of these messages nothing else keeps.
    """
    too_old_us, most_bytes = now_us - bounds.keep_us, bounds.keep_bytes * limits.BIN_DISK_SHARE
    yield from _empty_lost(ledger, is_past)
    size = 0
    bins = ledger.rows("SELECT id, made_at_us, count, size_bytes FROM bin ORDER BY id DESC")
    for place, (bin_id, made_at_us, count, size_bytes) in enumerate(bins):
        size += size_bytes + count * limits.MESSAGE_OVERHEAD_BYTES
        if made_at_us < too_old_us or (place and size > most_bytes):
            with ledger.connection:  # first: what is half emptied must not be brought back
                ledger.delete("DELETE FROM bin WHERE id=?", [(bin_id,)])
            yield from _empty(ledger, bin_id, is_past)


def _empty_lost(ledger: Ledger, is_past: Callable[[list[int]], list[int]]) -> Iterator[bool]:
    """Go on with bins that another process had begun to empty."""
    bin_id = 0
    sql = "SELECT min(bin_id) FROM binned WHERE bin_id>?"
    while (bin_id := ledger.value(sql, bin_id) or 0) > 0:
        if not ledger.rows("SELECT 1 FROM bin WHERE id=?", bin_id):
            yield from _empty(ledger, bin_id, is_past)


def _empty(ledger: Ledger, bin_id: int, is_past: Callable[[list[int]], list[int]]) -> Iterator[bool]:
    sql = "SELECT message_id FROM binned WHERE bin_id=? ORDER BY message_id LIMIT ?"
    while rows := ledger.rows(sql, bin_id, ROWS):
        messages = [row[0] for row in rows]
        with ledger.connection:
            keys = [(bin_id, each) for each in messages]
            ledger.delete("DELETE FROM binned WHERE bin_id=? AND message_id=?", keys)
            ledger.forget(is_past(messages))
        yield True


# ---- large bodies


def cut_bodies(ledger: Ledger) -> Iterator[bool]:
    """Keep only the head of a large body whose message has ended."""
    message_id = 0
    while (message_id := ledger.value(_LARGE, message_id, limits.LEDGER_BODY_BYTES) or 0) > 0:
        if ledger.has_ended(message_id):
            yield from _cut(ledger, message_id)


def _cut(ledger: Ledger, message_id: int) -> Iterator[bool]:
    """Cut one body, if it is still what was written; if not it stays, and whoever reads it is told."""
    exchange, key, format, properties, written = ledger.row(_HEAD, message_id)
    found, head, position = checksum(exchange, key, format, properties, b""), b"", 0
    while chunk := _piece(ledger.connection, message_id, position):
        head = head or chunk[: limits.LEDGER_BODY_BYTES]
        found = zlib.crc32(chunk, found)
        position += len(chunk)
        yield True
    if found == written:
        with ledger.connection:
            ledger.rows(_CUT, head, checksum(exchange, key, format, properties, head), message_id)
        yield True


def _piece(connection: apsw.Connection, message_id: int, position: int) -> bytes:
    """A part of a body, b"" behind its end."""
    try:
        blob = connection.blob_open("main", "message", "body", message_id, False)
    except apsw.SQLError:  # it was forgotten meanwhile
        return b""
    with closing(blob):
        if position >= blob.length():
            return b""
        blob.seek(position)
        return blob.read(CHUNK_BYTES)


# ---- connections, channels, subscriptions, queues

_ENDED: Final = {
    "connection_closed": "DELETE FROM connection WHERE id=json_extract(?, '$.connection_id')",
    "channel_closed": "DELETE FROM channel WHERE id=json_extract(?, '$.channel.id')",
    "subscription_closed": "DELETE FROM subscription WHERE id=json_extract(?, '$.subscription.id')",
    "queue_deleted": (
        "DELETE FROM queue WHERE id=json_extract(?1, '$.queue.id') "
        "AND NOT EXISTS (SELECT 1 FROM bin WHERE queue_id=json_extract(?1, '$.queue.id'))"
    ),
}
"""Kinds of events with which something ended, and how what was told of that is forgotten."""

_LOST_QUEUES: Final = (
    "DELETE FROM queue WHERE id<? AND id NOT IN (SELECT json_extract(spec, '$.id') FROM definition "
    "WHERE kind='queue') AND id NOT IN (SELECT queue_id FROM bin)"
)


def forget_clients(ledger: Ledger, before_us: int, *, nobody_is_left: bool) -> Iterator[bool]:
    """Forget what was told of those that ended before all that is kept.

    nobody_is_left: all that is kept is this broker's, so that who was there before counts no more.
    """
    sql = "SELECT id, kind, told FROM broker_event WHERE at_us<? ORDER BY id LIMIT ?"
    while rows := ledger.rows(sql, before_us, ROWS):
        with ledger.connection:
            _forget_ended(ledger, rows)
        yield True
    if nobody_is_left:
        with ledger.connection:
            ledger.rows("DELETE FROM connection WHERE id<?", ledger.first_client_id)
            ledger.rows(_LOST_QUEUES, ledger.first_queue_id)
        yield True
    for table in ("channel", "subscription"):
        yield from _forget_lost(ledger, table)


def _forget_ended(ledger: Ledger, rows: list[Any]) -> None:  # Any: rows of the table
    for _, kind, told in rows:
        if kind in _ENDED:
            ledger.rows(_ENDED[kind], told)
    ledger.delete("DELETE FROM broker_event WHERE id=?", [(row[0],) for row in rows])


def _forget_lost(ledger: Ledger, table: str) -> Iterator[bool]:
    """Forget channels or subscriptions whose connection is forgotten."""
    after = 0
    which = f"SELECT max(id) FROM (SELECT id FROM {table} WHERE id>? ORDER BY id LIMIT ?)"
    lost = (
        f"DELETE FROM {table} WHERE id>? AND id<=? AND NOT EXISTS "
        f"(SELECT 1 FROM connection WHERE connection.id={table}.connection_id)"
    )
    while (last := ledger.value(which, after, LOOKS)) is not None:
        with ledger.connection:
            ledger.rows(lost, after, last)
        after = last
        yield True
