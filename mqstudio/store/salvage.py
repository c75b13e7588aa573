"""Copies what can be read of a damaged profile into a new one. The damaged one stays as it is."""

from contextlib import closing
from pathlib import Path
from typing import Any, Final

import apsw

from mqstudio.store import lenient, sums
from mqstudio.store.messages import COLUMNS
from mqstudio.store.profile_file import open_for_reading, open_for_writing

ORDERS: Final = {
    "definition": "kind, vhost, name",
    "place": "queue_id, message_id",
    "held": "message_id",
    "bin": "id",
    "binned": "bin_id, message_id",
    "log_end": "queue_id",
    "queue_counters": "queue_id",
    "rate": "kind, scope_id, step_us, at_us",
    "queue": "id",
    "connection": "id",
    "channel": "id",
    "subscription": "id",
    "broker_event": "id",
    "event": "id",
}
"""Tables besides messages, and in which order they are read."""

BATCH: Final = 1_000

_NEEDS_MESSAGE: Final = ("place", "held", "binned")
_LAST: Final = "SELECT coalesce(max({column}), 0) FROM {table}"


def _next(*columns: str) -> str:
    """The SQL of the first id that is in none of these columns."""
    lasts = [_LAST.format(table=each.split(".")[0], column=each.split(".")[1]) for each in columns]
    return " + 1, ".join(f"({each})" for each in lasts).join(("max(0, ", " + 1)"))


_PROGRESS: Final = (
    f"UPDATE progress SET is_clean=0, last_commit=1, "
    f"next_message_id={_next('message.id', 'event.message_id')}, "
    f"next_queue_id={_next('queue.id', 'place.queue_id')}, next_subscription_id={_next('subscription.id')}, "
    f"next_bin_id={_next('bin.id')}, next_id={_next('connection.id', 'channel.id')}"
)
"""Numbers go on behind those that are in use."""


def salvage(path: Path, target: Path, *, key: str | None = None) -> list[str]:
    """Copy to a new file, with the same key; what was left out, in sentences.

    Raises: ProfileError, OSError, FileExistsError.
    """
    if target.exists():
        raise FileExistsError(f"{target} exists. Choose a name that is not taken: nothing is ever replaced.")
    with (
        closing(open_for_reading(path, key=key)) as source,
        closing(open_for_writing(target, key=key)) as copy,
        copy,
    ):
        left_out = _messages(source, copy)
        for table, order in ORDERS.items():
            left_out += _table(source, copy, table, order)
        left_out += _mend(copy)
    return left_out


def _messages(source: apsw.Connection, copy: apsw.Connection) -> list[str]:
    insert = f"INSERT INTO message({COLUMNS.replace('message.', '')}) VALUES ({','.join('?' * 13)})"
    select = f"SELECT {COLUMNS} FROM message WHERE id=?"
    batch: list[tuple[Any, ...]] = []  # Any: what columns hold
    lost = 0
    for message_id, message in lenient.messages(source):
        if message is None:
            lost += 1
            continue
        batch += source.execute(select, (message_id,)).fetchall()
        if len(batch) >= BATCH:
            copy.executemany(insert, batch)
            batch.clear()
    copy.executemany(insert, batch)
    return [f"{lost:,} messages could not be read, or were not what was written."] if lost else []


def _table(source: apsw.Connection, copy: apsw.Connection, table: str, order: str) -> list[str]:
    found, is_whole = lenient.rows(source, table, order)
    says = [] if is_whole else [f"A part of the table {table} could not be read."]
    refused = 0
    names = [str(row[1]) for row in copy.execute(f"PRAGMA table_info({table})").fetchall()]
    for row in found:
        if table == "definition" and _is_damaged(row):
            says.append(f"The {row[0]} {row[2]!r} was not what was written.")
            continue
        try:
            columns = ",".join(names[: len(row)])  # a file of before has fewer; new ones are the last
            copy.execute(f"INSERT OR IGNORE INTO {table}({columns}) VALUES ({','.join('?' * len(row))})", row)
        except apsw.Error:
            refused += 1
    if refused:
        says.append(f"{refused:,} rows of the table {table} had something in them that cannot be.")
    return says


def _is_damaged(row: tuple[Any, ...]) -> bool:
    kind, vhost, name, spec, checksum = row
    try:
        return checksum is not None and checksum != sums.of_definition(kind, vhost, name, spec)
    except (TypeError, AttributeError, ValueError):
        return True


def _mend(copy: apsw.Connection) -> list[str]:
    """Leave out what belongs to a message that is not there, and number on from what is."""
    says = []
    for table in _NEEDS_MESSAGE:
        where = "NOT EXISTS (SELECT 1 FROM message WHERE id=message_id)"
        ((count,),) = copy.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchall()
        copy.execute(f"DELETE FROM {table} WHERE {where}")
        if count:
            says.append(f"{count:,} rows of the table {table} were of messages that are gone.")
    copy.execute("DELETE FROM event WHERE NOT EXISTS (SELECT 1 FROM message WHERE id=message_id)")
    ((doubtful,),) = copy.execute(f"SELECT count(*) FROM place WHERE checksum != {sums.PLACE_SQL}").fetchall()
    if doubtful:
        copy.execute(f"UPDATE place SET checksum = {sums.PLACE_SQL}")
        says.append(f"{doubtful:,} places in queues may have a wrong priority or count of deliveries.")
    copy.execute(_PROGRESS)
    copy.execute("UPDATE progress SET flagged_up_to = next_message_id - 1")
    copy.execute(f"UPDATE progress SET checksum = {sums.PROGRESS_SQL}")
    return says
