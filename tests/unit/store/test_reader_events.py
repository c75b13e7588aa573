"""What a profile tells of everything but messages, found by time."""

import apsw

from mqstudio.model import events as e
from mqstudio.model.refs import QueueRef
from mqstudio.store import spec_text
from mqstudio.store.reader_events import KINDS, events, read

QUEUE = QueueRef("/", "orders", 1)


def _file(*told: tuple[int, str, str]) -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    connection.execute(
        "CREATE TABLE broker_event (id INTEGER PRIMARY KEY, at_us INTEGER, kind TEXT, told TEXT)"
    )
    connection.executemany("INSERT INTO broker_event (at_us, kind, told) VALUES (?, ?, ?)", told)
    return connection


def _deleted(at_us: int) -> tuple[int, str, str]:
    return at_us, "queue_deleted", spec_text.to_text(e.QueueDeleted(at_us, QUEUE, f"reason {at_us}"))


def _times(connection: apsw.Connection, since_us: int, until_us: int, limit: int = 100) -> list[int]:
    return [each.at_us for each in read(events(connection, since_us, until_us, limit))]


def test_events_are_found_by_time() -> None:
    """Both ends of it count; several may have happened at once."""
    connection = _file(*(_deleted(at_us) for at_us in (10, 20, 20, 30, 40)))
    assert _times(connection, 0, 100) == [10, 20, 20, 30, 40]
    assert _times(connection, 20, 30) == [20, 20, 30]
    assert _times(connection, 0, 20) == [10, 20, 20]
    assert _times(connection, 0, 9) == []
    assert _times(connection, 41, 100) == []
    assert _times(connection, 0, 35, limit=2) == [20, 30]


def test_numbers_may_begin_anywhere_and_have_holes() -> None:
    """What is old was forgotten."""
    connection = _file(*(_deleted(at_us) for at_us in range(1, 101)))
    connection.execute("DELETE FROM broker_event WHERE id < 40 OR id % 7 = 0")
    kept = [at_us for at_us in range(40, 101) if at_us % 7]
    for until_us in range(120):
        assert _times(connection, 0, until_us) == [each for each in kept if each <= until_us]
    assert _times(_file(), 0, 100) == []


def test_what_is_damaged_or_of_no_use_is_left_out() -> None:
    """The rest is told."""
    connection = _file(
        (1, "queue_deleted", "{"), (2, "queue_deleted", "[]"), (3, "recording_changed", "{}"), _deleted(4)
    )  # fmt: skip
    assert _times(connection, 0, 100) == [4]


def test_each_kind_is_read_as_it_was_written() -> None:
    """A queue's end, with why."""
    (found,) = read([_deleted(7)[1:]])
    assert found == e.QueueDeleted(7, QUEUE, "reason 7")
    assert "connection_closed" in KINDS
