"""Reads messages in bulk: a slice of the ledger by id, with bodies, lives and places, in three questions.

Page by page each message would cost as many questions of its own. What is damaged is read once more alone, by
`reader_rows`, which knows how to.
"""

from collections.abc import Sequence
from typing import Any, Final

import apsw
from msgspec import Struct

from mqstudio.model import export_limits, limits
from mqstudio.model.message import Message
from mqstudio.store import reader_rows
from mqstudio.store.messages import COLUMNS, message_of
from mqstudio.store.sums import DamagedError
from mqstudio.store.told import Place, Refs, Step

WINDOW_ROWS: Final = 20_000
"""Rows that one question walks over at most, wanted or not."""

_FEW: Final = 64
"""Messages that are read one by one at once."""

_WHOLE: Final = f"CASE WHEN length(body) <= {export_limits.EXPORT_BODY_BYTES} THEN body END"
_COLUMNS: Final = COLUMNS.replace(" body,", f" {_WHOLE},")
_STEPS: Final = (
    "SELECT message_id, at_us, kind, queue_id, channel_id, subscription_id, delivery_tag, "
    "coalesce(detail, '') FROM event WHERE "
)
_PLACES: Final = "SELECT message_id, queue_id, log_offset, deliveries FROM place WHERE "
_ANY: Final = "(message_id >= ? AND message_id <= ?)"
_SOME: Final = "message_id IN (SELECT value FROM json_each(?))"


class Told(Struct, frozen=True, gc=False):
    """A message with its life. body_size, kept_bytes, problem: as `reader_rows.message` says."""

    message: Message
    body_size: int
    kept_bytes: int
    problem: str
    steps: Sequence[Step]
    places: Sequence[Place]


class Slice(Struct, frozen=True):
    """Messages by id, from the first to `reached`; None: there are no more behind.

    alone: the message at `reached`, if it is too large to be read with others.
    """

    told: list[Told]
    reached: int | None
    first_id: int
    last_id: int
    looked_at: int
    alone: int = 0


class Bounds(Struct, frozen=True):
    """Which messages: behind one, up to another (0: all), published in a time, in some queues, of ids."""

    after_id: int
    up_to_id: int = 0
    since_us: int = 0
    until_us: int | None = None
    queue_ids: Sequence[int] | None = None
    ids: Sequence[int] = ()


def read(connection: apsw.Connection, bounds: Bounds) -> Slice:
    """The next slice: about EXPORT_SLICE_BYTES of bodies. Raises: apsw.Error."""
    first_id, last_id = _ends(connection)
    end, is_last = _window_end(connection, bounds)
    found, stopped_at, alone = _messages(connection, bounds, end)
    told = _with_lives(connection, found)
    reached = stopped_at if stopped_at is not None else None if is_last else end
    stop = reached if reached is not None else last_id
    return Slice(told, reached, first_id, last_id, max(0, stop - max(bounds.after_id, first_id - 1)), alone)


def _ends(connection: apsw.Connection) -> tuple[int, int]:
    row = connection.execute(
        "SELECT (SELECT coalesce(min(id), 0) FROM message), (SELECT coalesce(max(id), 0) FROM message)"
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _window_end(connection: apsw.Connection, bounds: Bounds) -> tuple[int, bool]:
    """Up to which id we look now, and whether there is nothing behind."""
    upper = bounds.up_to_id or 2**62
    is_any = bounds.queue_ids is None and not bounds.since_us and bounds.until_us is None
    if is_any or bounds.ids:
        return upper, True  # each is wanted, so that there are soon enough, or they are found at once
    row = connection.execute(
        "SELECT id FROM message WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?", (bounds.after_id, WINDOW_ROWS)
    ).fetchone()
    return (upper, True) if row is None or row[0] >= upper else (int(row[0]), False)


Found = tuple[list[tuple[Message, int, int, str]], int | None, int]
"""Messages as `reader_rows.message` tells of them, where we stopped, and the one that is to be read alone."""


def _messages(connection: apsw.Connection, bounds: Bounds, end: int) -> Found:
    """The messages up to `end`, and where we stopped before it, if we did."""
    where, bound = _condition(bounds)
    sql = f"SELECT {_COLUMNS}, length(body) FROM message WHERE id > ? AND id <= ?{where} ORDER BY id"
    found: list[tuple[Message, int, int, str]] = []
    size = 0
    cursor = connection.execute(sql, (bounds.after_id, end, *bound))
    while True:
        try:
            row = next(cursor, None)
        except UnicodeDecodeError:
            return _one_by_one(connection, bounds, end)
        if row is None:
            return found, None, 0
        if row[-1] > export_limits.EXPORT_ALONE_BYTES or _has_more(connection, row):
            message_id = int(row[0])
            return (found, message_id - 1, 0) if found else ([], message_id, message_id)
        found.append(_message(connection, row))
        size += len(found[-1][0].body) + limits.MESSAGE_OVERHEAD_BYTES
        if size >= export_limits.EXPORT_SLICE_BYTES:
            return found, int(row[0]), 0


def _has_more(connection: apsw.Connection, row: tuple[Any, ...]) -> bool:
    """Whether the ledger has the head of a body only, and the broker, where the message is, the rest."""
    if row[-1] >= row[10]:
        return False
    found = connection.execute(
        "SELECT count(*) FILTER (WHERE kind = 1), count(*) FILTER (WHERE kind IN (6, 10, 11, 14)) FROM event "
        "WHERE message_id = ?",
        (row[0],),
    ).fetchone()
    return found is not None and found[0] > 0 and not found[1]


def _condition(bounds: Bounds) -> tuple[str, list[Any]]:  # Any: what SQL binds
    where = ""
    bound: list[Any] = []  # Any: what SQL binds
    if bounds.since_us:
        where += " AND published_at_us >= ?"
        bound.append(bounds.since_us)
    if bounds.until_us is not None:
        where += " AND published_at_us <= ?"
        bound.append(bounds.until_us)
    if bounds.ids:
        where += " AND id IN (SELECT value FROM json_each(?))"
        bound.append(str(list(bounds.ids)))
    if bounds.queue_ids is not None:
        marks = ",".join(map(str, map(int, bounds.queue_ids))) or "-1"
        where += (
            f" AND (EXISTS (SELECT 1 FROM event INDEXED BY event_by_message WHERE message_id=message.id"
            f" AND queue_id IN ({marks})) OR EXISTS (SELECT 1 FROM place INDEXED BY place_by_message"
            f" WHERE message_id=message.id AND queue_id IN ({marks})))"
        )
    return where, bound


def _message(connection: apsw.Connection, row: tuple[Any, ...]) -> tuple[Message, int, int, str]:
    """A message of its row; with the first of its body, where that is too long to be had at once."""
    *values, kept = row
    if values[9] is not None:
        try:
            return message_of(tuple(values)), values[10], kept, ""
        except (DamagedError, TypeError, AttributeError):
            pass  # it is looked at more closely
    found = reader_rows.message(connection, values[0], is_whole=True)
    assert found is not None, "it was there a moment ago, in the same transaction"
    return found


def _one_by_one(connection: apsw.Connection, bounds: Bounds, end: int) -> Found:
    """Texts among them are damaged, so that SQLite cannot hand them over as such."""
    where, bound = _condition(bounds)
    ids: list[tuple[int]] = connection.execute(  # type: ignore[assignment]  # a column of integers
        f"SELECT id FROM message WHERE id > ? AND id <= ?{where} ORDER BY id LIMIT {_FEW}",
        (bounds.after_id, end, *bound),
    ).fetchall()
    found = [reader_rows.message(connection, each, is_alone=True) for (each,) in ids]
    return [each for each in found if each is not None], ids[-1][0] if len(ids) == _FEW else None, 0


def _with_lives(connection: apsw.Connection, found: list[tuple[Message, int, int, str]]) -> list[Told]:
    if not found:
        return []
    ids = [each[0].id for each in found]
    is_dense = ids[-1] - ids[0] < 4 * len(ids)
    which, bound = (_ANY, (ids[0], ids[-1])) if is_dense else (_SOME, (str(ids),))
    steps: dict[int, list[Step]] = {each: [] for each in ids}
    try:
        _read_steps(connection, f"{_STEPS}{which} ORDER BY message_id, id", bound, steps)
    except UnicodeDecodeError:  # a damaged one among them
        steps = {each: list(_alone(connection, each)) for each in ids}
    places: dict[int, list[Place]] = {}
    for message_id, *rest in connection.execute(f"{_PLACES}{which}", bound):
        places.setdefault(message_id, []).append(Place(*rest))
    return [
        Told(*each, steps[each[0].id][-limits.LIFE_MAX_EVENTS :], places.get(each[0].id, ()))
        for each in found
    ]


def _read_steps(
    connection: apsw.Connection, sql: str, bound: tuple[Any, ...], steps: dict[int, list[Step]]
) -> None:
    """Any: what SQL binds. Raises: UnicodeDecodeError."""
    for row in connection.execute(sql, bound):
        life = steps.get(row[0])
        if life is not None:
            life.append(Step(*row[1:]))
            if len(life) > 2 * limits.LIFE_MAX_EVENTS:
                del life[: -limits.LIFE_MAX_EVENTS]


def _alone(connection: apsw.Connection, message_id: int) -> Sequence[Step]:
    found = reader_rows.told(connection, message_id)
    return found.steps if found is not None else ()


class Names:
    """What numbers stand for, looked up when first asked, and remembered as long as it is not too much."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self.queues: dict[int, tuple[str, str]] = {}
        self.channels: dict[int, tuple[int, int]] = {}
        self.subscriptions: dict[int, tuple[int, int, str]] = {}
        self.connections: dict[int, str] = {}

    def refs(self, step: Step) -> Refs:
        """What the numbers in a step stand for."""
        queue_id, channel_id, subscription_id = step.queue_id, step.channel_id, step.subscription_id
        missing = (
            {queue_id} - self.queues.keys() - {None},
            {channel_id} - self.channels.keys() - {None},
            {subscription_id} - self.subscriptions.keys() - {None},
        )
        if any(missing):
            self._make_room()
            found = reader_rows.refs_of(self._connection, *missing)  # type: ignore[arg-type]  # None is left out
            self.queues.update(found.queues)
            self.channels.update(found.channels)
            self.subscriptions.update(found.subscriptions)
        return Refs(self.queues, self.channels, self.subscriptions)

    def queue(self, queue_id: int) -> tuple[str, str]:
        """A queue's virtual host and name."""
        found = self.queues.get(queue_id)
        if found is None:
            self._make_room()
            refs = reader_rows.refs_of(self._connection, {queue_id}, set(), set())
            found = refs.queues.get(queue_id, ("", f"(queue {queue_id})"))
            self.queues[queue_id] = found
        return found

    def name_of(self, connection_id: int) -> str:
        """What a connection is called; "" if nobody knows."""
        name = self.connections.get(connection_id)
        if name is None:
            self._make_room()
            name = reader_rows.names(self._connection, [connection_id]).get(connection_id, "")
            self.connections[connection_id] = name
        return name

    def _make_room(self) -> None:
        known = len(self.queues) + len(self.channels) + len(self.subscriptions) + len(self.connections)
        if known > export_limits.EXPORT_NAMES:
            self.queues, self.channels, self.subscriptions, self.connections = {}, {}, {}, {}
