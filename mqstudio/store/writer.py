"""Writes changes into a profile: one transaction each, with as few statements as rows allow.

Rows go in by statements of a few fixed sizes: one step of SQLite then writes up to 512 of them, and no
statement is compiled twice. A commit also writes its number: after a crash of either side the journal learns
from it what to send again.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import apsw

from mqstudio.model.places import PRIORITY_SHIFT, PRIORITY_TOP
from mqstudio.model.samples import QUEUE_FIGURES
from mqstudio.store import sums
from mqstudio.store.changes import FIELDS, Key, Progress, Row
from mqstudio.store.kinds import Kind

SIZES: Final = (512, 64, 8, 1)
"""Rows that a statement takes. SQLite allows 32,766 values in one."""

INSERTS: Final = {
    "messages": ("INSERT INTO message", 13),
    "late_messages": ("INSERT OR REPLACE INTO message", 13),
    "new_places": ("INSERT INTO place", 8),
    "put_places": ("INSERT OR REPLACE INTO place", 8),
    "events": (
        "INSERT INTO event"
        "(message_id, at_us, kind, queue_id, channel_id, subscription_id, delivery_tag, detail)",
        8,
    ),
    "held": ("INSERT INTO held", 5),
    "binned": ("INSERT INTO binned", 3),
    "bins": ("INSERT INTO bin", 5),
    "definitions": ("INSERT OR REPLACE INTO definition", 5),
    "queues": ("INSERT INTO queue", 4),
    "connections": ("INSERT INTO connection", 4),
    "channels": ("INSERT INTO channel", 3),
    "subscriptions": ("INSERT INTO subscription", 5),
    "broker_events": ("INSERT INTO broker_event(at_us, kind, told, checksum)", 4),
    "queue_counters": ("INSERT OR REPLACE INTO queue_counters", 1 + len(QUEUE_FIGURES)),
    "log_ends": ("INSERT OR REPLACE INTO log_end", 2),
    "rates": ("INSERT OR REPLACE INTO rate", 15),
}
"""Rows → the statement that takes them, and how many values each has."""

PLAIN: Final = (
    "bins",
    "binned",
    "queues",
    "connections",
    "channels",
    "subscriptions",
    "rates",
)
"""Rows that go in as they are."""

_FLAGGED: Final = sums.PROGRESS["flagged_up_to"]


def checksum(exchange: str, routing_key: str, format: str, properties: bytes, body: bytes) -> int:
    """CRC-32 of what must not change in a message."""
    head = f"{exchange}\0{routing_key}\0{format}\0".encode()
    return zlib.crc32(body, zlib.crc32(properties, zlib.crc32(head)))


def statement(name: str, rows: int) -> str:
    """The SQL that takes so many rows at once."""
    begin, width = INSERTS[name]
    one = f"({','.join('?' * width)})"
    return f"{begin} VALUES {','.join([one] * rows)}"


class Writer:
    """The one who writes to a profile. `last_commit` is the number of the last commit that is in it."""

    def __init__(self, connection: apsw.Connection) -> None:
        """Raises: DamagedError, apsw.Error."""
        sums.check_progress(connection)
        self.connection = connection
        self._cursor = connection.cursor()
        self._statements = {(name, size): statement(name, size) for name in INSERTS for size in SIZES}
        self.last_commit: int = connection.execute("SELECT last_commit FROM progress").get

    def commit(self, number: int, sections: Sequence[Row], progress: Progress, *, is_clean: bool) -> None:
        """Write one commit wholly, or not at all. Raises: apsw.Error; then this connection is not to be used.

        A commit that is in the file already is passed over: it was sent twice.
        """
        if number <= self.last_commit:
            return
        if number != self.last_commit + 1:
            raise ValueError(f"commit {number} cannot follow {self.last_commit}: one is missing")
        execute = self._cursor.execute
        execute("BEGIN IMMEDIATE")
        try:
            for section in sections:
                self._write(section)
            execute(
                "UPDATE progress SET last_commit=?, is_clean=?, next_message_id=?, next_queue_id=?, "
                "next_subscription_id=?, next_bin_id=?, next_id=?, checksum=? + flagged_up_to * ?",
                (number, is_clean, *progress, sums.of_progress(number, is_clean, progress), _FLAGGED),
            )
            execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                execute("ROLLBACK")
            raise
        self.last_commit = number

    def _write(self, section: Row) -> None:
        of: dict[str, Any] = dict(zip(FIELDS, section, strict=True))  # Any: lists and dicts of rows
        for name, needs in of["deeds"]:
            DEEDS[name](self._cursor, *needs)
        self._insert("messages", (_with_checksum(row) for row in of["messages"]), len(of["messages"]))
        late = of["late_messages"]
        self._insert("late_messages", (_with_checksum(row) for row in late.values()), len(late))
        execute_many = self._cursor.executemany
        if of["gone_places"]:
            execute_many("DELETE FROM place WHERE queue_id=? AND message_id=?", of["gone_places"])
        for name in ("put_places", "new_places"):
            places = of[name]
            self._insert(name, map(_place, places.items()), len(places))
        if of["changed_places"]:
            execute_many(
                "UPDATE place SET deliveries = deliveries + ?, checksum = checksum + ? "
                "WHERE queue_id=? AND message_id=?",
                [(more, more * sums.DELIVERY, *key) for key, more in of["changed_places"].items()],
            )
        self._insert("events", of["events"], len(of["events"]))
        held = of["held"]
        self._insert("held", ((key, *row, sums.of_held(key, *row)) for key, row in held.items()), len(held))
        if of["gone_held"]:
            execute_many("DELETE FROM held WHERE message_id=?", [(each,) for each in of["gone_held"]])
        self._define(of["definitions"])
        for name in PLAIN:
            self._insert(name, of[name], len(of[name]))
        told = of["broker_events"]
        self._insert("broker_events", ((*row, sums.of_broker_event(*row)) for row in told), len(told))
        ends = of["log_ends"]
        self._insert("log_ends", ends.items(), len(ends))
        counters = of["queue_counters"]
        self._insert("queue_counters", ((key, *row) for key, row in counters.items()), len(counters))

    def _define(self, definitions: dict[tuple[str, str, str], str | None]) -> None:
        gone = [key for key, text in definitions.items() if text is None]
        if gone:
            self._cursor.executemany("DELETE FROM definition WHERE kind=? AND vhost=? AND name=?", gone)
        kept = [
            (*key, text, sums.of_definition(*key, text))
            for key, text in definitions.items()
            if text is not None
        ]
        self._insert("definitions", kept, len(kept))

    def _insert(self, name: str, rows: Iterable[Row], count: int) -> None:
        if not count:
            return
        rest = list(rows)
        start = 0
        for size in SIZES:
            sql = self._statements[name, size]
            while len(rest) - start >= size:
                values = [value for row in rest[start : start + size] for value in row]
                self._cursor.execute(sql, values)
                start += size


def _with_checksum(row: Row) -> Row:
    message_id, at_us, publisher_id, exchange, key, format, properties, traits, past, body, size = row
    return (
        *row,
        checksum(exchange, key, format, properties, body),  # type: ignore[arg-type]  # a message's row
        sums.of_facts(message_id, at_us, publisher_id, traits, past, size),  # type: ignore[arg-type]
    )


def _place(place: tuple[Key, Row]) -> Row:
    key, row = place
    return (*key, *row, sums.of_place(*key, row))  # type: ignore[arg-type]  # a place's row


# ---- what is done to many rows at once


def _forget_queue(cursor: apsw.Cursor, queue_id: int, at_us: int) -> None:
    """What the engine had in hand has its own events; here is what only we have."""
    cursor.execute(
        "INSERT INTO event(message_id, at_us, kind, queue_id, detail) SELECT message_id, ?, ?, queue_id, ? "
        "FROM place WHERE queue_id=?",
        (at_us, Kind.DROPPED, '{"reason":"queue_deleted"}', queue_id),
    )
    cursor.execute("DELETE FROM place WHERE queue_id=?", (queue_id,))
    cursor.execute("DELETE FROM queue_counters WHERE queue_id=?", (queue_id,))
    cursor.execute("DELETE FROM log_end WHERE queue_id=?", (queue_id,))


def _forget_bin(cursor: apsw.Cursor, bin_id: int) -> None:
    cursor.execute("DELETE FROM binned WHERE bin_id=?", (bin_id,))
    cursor.execute("DELETE FROM bin WHERE id=?", (bin_id,))


def _forget_vhost(cursor: apsw.Cursor, vhost: str) -> None:
    cursor.execute("DELETE FROM definition WHERE vhost=?", (vhost,))
    cursor.execute("DELETE FROM held WHERE vhost=?", (vhost,))


def _begin(cursor: apsw.Cursor) -> None:
    """A broker begins: what was on disk for want of memory only has ended with the one before.

    If that did not end as it should, what it has handed over last is not written; nor will a clean end tell.
    The new one records everything, whatever the one before did at last.
    """
    cursor.execute("UPDATE progress SET flagged_up_to = next_message_id - 1 WHERE NOT is_clean")
    cursor.execute("DELETE FROM place WHERE NOT is_durable")
    sql = "SELECT at_us, told FROM broker_event WHERE kind='recording_changed' ORDER BY id DESC LIMIT 1"
    latest: list[Any] = cursor.execute(sql).fetchall()  # Any: as the table has them
    for at_us, told in latest:
        if json.loads(told)["one_in"] != 1:
            next_id = cursor.execute("SELECT next_message_id FROM progress").get
            row = (at_us, "recording_changed", f'{{"one_in":1,"first_id":{next_id}}}')
            sql = "INSERT INTO broker_event(at_us, kind, told, checksum) VALUES (?, ?, ?, ?)"
            cursor.execute(sql, (*row, sums.of_broker_event(*row)))


_POSITION: Final = f"(({PRIORITY_TOP} - priority) << {PRIORITY_SHIFT} | message_id)"


def _purge_beyond(  # noqa: PLR0917  # as the event has them
    cursor: apsw.Cursor,
    queue_id: int,
    has_priorities: bool,  # a value of a row
    beyond: int,
    spared: tuple[int, ...],
    bin_id: int,
    at_us: int,
) -> None:
    """Take away what waits behind a position, for want of memory unknown to the engine; not what is held."""
    position = _POSITION if has_priorities else "message_id"
    held = "SELECT value FROM json_each(?)"  # any number of them
    which = f"FROM place WHERE queue_id=? AND {position}>? AND message_id NOT IN ({held})"
    bound = (queue_id, beyond, str(list(spared)))
    if bin_id:
        cursor.execute(f"INSERT INTO binned SELECT ?, message_id, deliveries {which}", (bin_id, *bound))
    cursor.execute(
        "INSERT INTO event(message_id, at_us, kind, queue_id, detail) "
        f"SELECT message_id, ?, ?, queue_id, ? {which}",
        (at_us, Kind.PURGED, f'{{"bin_id":{bin_id}}}', *bound),
    )
    cursor.execute(f"DELETE {which}", bound)


def _restore_bin(  # noqa: PLR0917  # as the event has them
    cursor: apsw.Cursor,
    bin_id: int,
    queue_id: int,
    is_durable: bool,  # values of a row
    keeps_all: bool,
    max_priority: int,
    at_us: int,
) -> None:
    """Put a bin's messages back to their queue without anybody having to hold them all."""
    of_bin = "FROM binned JOIN message ON message.id=message_id WHERE bin_id=?"
    cursor.execute(
        "INSERT INTO place SELECT ?, message_id, min(coalesce(json_extract(traits, '$.priority'), 0), ?), "
        "NULL, deliveries, body_size, ? AND (? OR coalesce(json_extract(traits, '$.is_persistent'), 0)), 0 "
        + of_bin,
        (queue_id, max_priority, is_durable, keeps_all, bin_id),
    )
    cursor.execute(
        f"UPDATE place SET checksum = {sums.PLACE_SQL} "
        "WHERE queue_id=? AND message_id IN (SELECT message_id FROM binned WHERE bin_id=?)",
        (queue_id, bin_id),
    )
    cursor.execute(
        "INSERT INTO event(message_id, at_us, kind, queue_id, detail) SELECT message_id, ?, ?, ?, ? "
        "FROM binned WHERE bin_id=?",
        (at_us, Kind.RESTORED, queue_id, f'{{"bin_id":{bin_id}}}', bin_id),
    )
    _forget_bin(cursor, bin_id)


def _forget_transient(cursor: apsw.Cursor, queue_id: int) -> None:
    cursor.execute("DELETE FROM place WHERE queue_id=? AND NOT is_durable", (queue_id,))


DEEDS: Final[dict[str, Callable[..., None]]] = {
    "forget_queue": _forget_queue,
    "forget_bin": _forget_bin,
    "forget_vhost": _forget_vhost,
    "begin": _begin,
    "forget_transient": _forget_transient,
    "purge_beyond": _purge_beyond,
    "restore_bin": _restore_bin,
}
