"""Reads what the ledger tells of everything but messages: declared, opened, closed, purged, done by hand."""

from collections.abc import Mapping
from typing import Any, Final

import apsw
import msgspec

from mqstudio.model import events as e
from mqstudio.store import spec_text

KINDS: Final[Mapping[str, type[Any]]] = {  # Any: kinds of events
    str(kind.__struct_config__.tag): kind
    for kind in (
        e.ConnectionClosed,
        e.ChannelClosed,
        e.SubscriptionOpened,
        e.SubscriptionClosed,
        e.SubscriptionActivated,
        e.QueueDeclared,
        e.QueueDeleted,
        e.QueuePurged,
        e.ExchangeDeclared,
        e.ExchangeDeleted,
        e.BindingAdded,
        e.BindingRemoved,
        e.Intervened,
    )
}
"""What is read, by name."""

Row = tuple[str, str]

_change = msgspec.json.Decoder(dict[str, int])


def events(connection: apsw.Connection, since_us: int, until_us: int, limit: int) -> list[Row]:
    """Kind and text of the events of a time, both ends in it; the newest if there are more, oldest first."""
    last = _last_before(connection, until_us)
    kinds = ", ".join(f"'{each}'" for each in KINDS)
    rows: list[Any] = connection.execute(  # Any: as the table has them
        f"SELECT kind, told FROM broker_event WHERE id <= ? AND at_us >= ? AND kind IN ({kinds}) "
        "ORDER BY id DESC LIMIT ?",
        (last, since_us, limit),
    ).fetchall()
    return [(kind, told) for kind, told in reversed(rows)]


def thinned(connection: apsw.Connection, after: int) -> tuple[int, list[tuple[int, int]]]:
    """From which message on of transient ones one in how many is recorded, by what was told behind event
    `after`; and the last event that was looked at. What is damaged is left out."""
    found, last = [], after
    sql = "SELECT id, told FROM broker_event WHERE kind='recording_changed' AND id>? ORDER BY id"
    rows: list[Any] = connection.execute(sql, (after,)).fetchall()  # Any: as the table has them
    for last, told in rows:  # noqa: B007  # the last one
        try:
            change = _change.decode(told)
        except (msgspec.MsgspecError, ValueError):
            continue
        found.append((change["first_id"], change["one_in"]))
    return last, found


def _last_before(connection: apsw.Connection, until_us: int) -> int:
    """The number of the last event that is not later; there is no index by time, but numbers grow with it."""
    low, high = _bounds(connection)
    while low < high:
        middle = (low + high + 1) // 2
        found: Any = connection.execute(
            "SELECT id, at_us FROM broker_event WHERE id >= ? ORDER BY id LIMIT 1", (middle,)
        ).fetchone()
        if found is not None and found[1] <= until_us:
            low = max(middle, found[0])
        else:
            high = middle - 1
    return low


def _bounds(connection: apsw.Connection) -> tuple[int, int]:
    row: Any = connection.execute(
        "SELECT coalesce(min(id), 1) - 1, coalesce(max(id), 0) FROM broker_event"
    ).fetchone()
    return row[0], row[1]


def read(rows: list[Row]) -> list[Any]:  # Any: events
    """The events; what is damaged, or of a kind that is not known here, is left out."""
    found = []
    for kind, told in rows:
        try:
            found.append(spec_text.from_text(told, KINDS[kind]))
        except (KeyError, msgspec.MsgspecError, ValueError):
            continue
    return found
