"""Reads what can be read of a damaged file: row by row, from both ends, past what cannot."""

from collections.abc import Iterator
from typing import Any, Final

import apsw

from mqstudio.model.message import Message
from mqstudio.store.messages import COLUMNS, message_of
from mqstudio.store.sums import DamagedError

IDS: Final = 500
"""Ids that are looked up at a time."""

ID_MAX: Final = 2**62
UNREADABLE: Final = (apsw.Error, UnicodeDecodeError)


def messages(connection: apsw.Connection) -> Iterator[tuple[int, Message | None]]:
    """All messages by id; None for one that is there and cannot be read, or is not what was written."""
    sql = f"SELECT {COLUMNS} FROM message WHERE id=?"
    for message_id in _ids(connection):
        try:
            row = connection.execute(sql, (message_id,)).fetchone()
            yield message_id, None if row is None else message_of(row)
        except (*UNREADABLE, DamagedError):
            yield message_id, None


def _ids(connection: apsw.Connection) -> Iterator[int]:
    """The ids that are there; where a part of the table cannot be read, from behind it on."""
    after, step = 0, 1
    sql = "SELECT id FROM message WHERE id>? ORDER BY id LIMIT ?"
    while after < ID_MAX:
        found: list[Any] = []  # Any: rows
        try:
            found.extend(connection.execute(sql, (after, IDS)))
            if not found:
                return
            step = 1
        except UNREADABLE:
            if not found:
                after, step = after + step, step * 2
        for row in found:
            after = int(row[0])
            yield after


def rows(connection: apsw.Connection, table: str, order: str) -> tuple[list[tuple[Any, ...]], bool]:
    """The rows of a table, from both its ends as far as they can be read; whether that is all of them.

    Any: what columns hold.
    """
    found: dict[tuple[Any, ...], None] = {}
    for direction in ("", " DESC"):
        by = ", ".join(f"{column}{direction}" for column in order.split(", "))
        try:
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY {by}"):
                found[row] = None
        except UNREADABLE:
            continue
        return list(found), direction == ""
    return list(found), False
