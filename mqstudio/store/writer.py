"""Writes changes into a profile: one transaction each, with as few statements as rows allow.

Rows go in by statements of a few fixed sizes: one step of SQLite then writes up to 512 of them, and no
statement is compiled twice. A commit also writes its number: after a crash of either side the journal learns
from it what to send again.
"""

import marshal
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import apsw

from mqstudio.store.changes import FIELDS, Row

SIZES: Final = (512, 64, 8, 1)
"""Rows that a statement takes. SQLite allows 32,766 values in one."""

INSERTS: Final = {
    "messages": ("INSERT INTO message", 12),
    "late_messages": ("INSERT OR IGNORE INTO message", 12),
    "new_places": ("INSERT INTO place", 7),
    "events": (
        "INSERT INTO event(message_id, at_us, kind, queue_id, channel_id, subscription_id, delivery_tag, detail)",
        8,
    ),
    "held": ("INSERT INTO held", 4),
    "binned": ("INSERT INTO binned", 3),
    "bins": ("INSERT INTO bin", 5),
    "definitions": ("INSERT OR REPLACE INTO definition", 4),
    "queues": ("INSERT INTO queue", 4),
    "connections": ("INSERT INTO connection", 4),
    "channels": ("INSERT INTO channel", 3),
    "subscriptions": ("INSERT INTO subscription", 5),
    "broker_events": ("INSERT INTO broker_event(at_us, kind, told)", 3),
    "queue_counters": ("INSERT OR REPLACE INTO queue_counters", 7),
}
"""Rows → the statement that takes them, and how many values each has."""

Progress = tuple[int, int, int, int, int]
"""Next ids: of messages, queues, subscriptions, bins; and of connections and channels."""


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
        self.connection = connection
        self._cursor = connection.cursor()
        self._statements = {(name, size): statement(name, size) for name in INSERTS for size in SIZES}
        (self.last_commit,) = self._cursor.execute("SELECT last_commit FROM progress").fetchone()

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
                "next_subscription_id=?, next_bin_id=?, next_id=?",
                (number, is_clean, *progress),
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
        if of["changed_places"]:
            execute_many(
                "UPDATE place SET deliveries = deliveries + ? WHERE queue_id=? AND message_id=?",
                [(more, *key) for key, more in of["changed_places"].items()],
            )
        places = of["new_places"]
        self._insert("new_places", ((*key, *row) for key, row in places.items()), len(places))
        self._insert("events", of["events"], len(of["events"]))
        held = of["held"]
        self._insert("held", ((message_id, *row) for message_id, row in held.items()), len(held))
        if of["gone_held"]:
            execute_many("DELETE FROM held WHERE message_id=?", [(each,) for each in of["gone_held"]])
        self._define(of["definitions"])
        for name in ("bins", "binned", "queues", "connections", "channels", "subscriptions", "broker_events"):
            self._insert(name, of[name], len(of[name]))
        counters = of["queue_counters"]
        self._insert("queue_counters", ((key, *row) for key, row in counters.items()), len(counters))

    def _define(self, definitions: dict[tuple[str, str, str], str | None]) -> None:
        gone = [key for key, text in definitions.items() if text is None]
        if gone:
            self._cursor.executemany("DELETE FROM definition WHERE kind=? AND vhost=? AND name=?", gone)
        kept = [(*key, text) for key, text in definitions.items() if text is not None]
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
    _, _, _, exchange, key, format, properties, _, _, body, _ = row
    return (*row, checksum(exchange, key, format, properties, body))  # type: ignore[arg-type]  # a message's row


# ---- what is done to many rows at once


def _forget_queue(cursor: apsw.Cursor, queue_id: int) -> None:
    cursor.execute("DELETE FROM place WHERE queue_id=?", (queue_id,))
    cursor.execute("DELETE FROM queue_counters WHERE queue_id=?", (queue_id,))


def _forget_bin(cursor: apsw.Cursor, bin_id: int) -> None:
    cursor.execute("DELETE FROM binned WHERE bin_id=?", (bin_id,))
    cursor.execute("DELETE FROM bin WHERE id=?", (bin_id,))


def _forget_vhost(cursor: apsw.Cursor, vhost: str) -> None:
    cursor.execute("DELETE FROM definition WHERE vhost=?", (vhost,))
    cursor.execute("DELETE FROM held WHERE vhost=?", (vhost,))


def _forget_transient(cursor: apsw.Cursor) -> None:
    """What was on disk for want of memory only has ended with the broker."""
    cursor.execute("DELETE FROM place WHERE NOT is_durable")


DEEDS: Final[dict[str, Callable[..., None]]] = {
    "forget_queue": _forget_queue,
    "forget_bin": _forget_bin,
    "forget_vhost": _forget_vhost,
    "forget_transient": _forget_transient,
}


def unpack(data: bytes) -> tuple[int, list[Row], Progress, bool]:
    """A commit as the journal packed it: number, sections, progress, whether the broker ends with it.

    marshal is safe here: it comes from our own parent, never from a client or a file.
    """
    number, sections, progress, is_clean = marshal.loads(data)
    return number, sections, progress, is_clean


def pack(number: int, sections: Sequence[Row], progress: Progress, *, is_clean: bool) -> bytes:
    """The opposite of `unpack`."""
    return marshal.dumps((number, list(sections), progress, is_clean))
