"""What exists in a profile's file, for looking only: also from a file that a broker could not go on with.

All messages stay where they are; queues tell how many they have. What cannot be read is left out, and said.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, TypeVar

import apsw
import msgspec

from mqstudio.model.arguments import queue_kind, queue_rules
from mqstudio.model.policies import Policy
from mqstudio.model.refs import QueueRef
from mqstudio.model.restored import RestoredBinding, RestoredExchange, RestoredQueue, RestoredState
from mqstudio.model.rules import QueueKind
from mqstudio.model.samples import QUEUE_FIGURES, Counters
from mqstudio.model.topology import BindingSpec, ExchangeSpec, VhostSpec
from mqstudio.store.opened import QueueDefinition
from mqstudio.store.problems import ProfileError
from mqstudio.store.profile_file import open_for_reading, problem_of
from mqstudio.store.spec_text import from_text

T = TypeVar("T")

_NOTHING: Final = (0, 0, None, None)

_UNREADABLE = (msgspec.MsgspecError, ValueError, TypeError, LookupError, AttributeError)


class Definitions:
    """The table of definitions, each read alone. `left_out`: a sentence for each that cannot be."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self.left_out: list[str] = []

    def read(self, kind: str, make: Callable[[str, str], T]) -> tuple[T, ...]:
        """All of a kind. `make`: from virtual host and specification."""
        sql = (
            "SELECT CAST(vhost AS BLOB), CAST(name AS BLOB), CAST(spec AS BLOB) FROM definition "
            "WHERE kind=? ORDER BY vhost, name"
        )
        found = []
        rows: Iterable[Any] = self._connection.execute(sql, (kind,))  # Any: bytes, as they are cast
        for vhost, name, spec in rows:
            try:
                found.append(make(bytes(vhost).decode(), bytes(spec).decode()))
            except _UNREADABLE as problem:
                shown = bytes(name).decode("utf-8", "replace")
                self.left_out.append(f"The {kind} {shown} cannot be read: {problem}")
        return tuple(found)


def look(path: Path, *, key: str | None = None) -> tuple[RestoredState, list[str]]:
    """What exists in a file, and what of it cannot be read. Raises: ProfileError."""
    connection = open_for_reading(path, key=key)
    try:
        return state(connection)
    except apsw.Error as error:
        raise ProfileError(problem_of(error, path, has_key=key is not None)) from error
    finally:
        connection.close()


def state(connection: apsw.Connection) -> tuple[RestoredState, list[str]]:
    """The same, of an open file. Raises: apsw.Error."""
    definitions = Definitions(connection)
    counts = {
        row[0]: row[1:]
        for row in connection.execute(
            "SELECT queue_id, count(*), coalesce(sum(body_size), 0), min(log_offset), max(log_offset) "
            "FROM place GROUP BY queue_id"
        )
    }
    counters = {row[0]: row[1:] for row in connection.execute("SELECT * FROM queue_counters")}
    (last_id,) = connection.execute("SELECT coalesce(max(id), 0) FROM message").fetchone() or (0,)

    def queue(vhost: str, spec: str) -> RestoredQueue:
        definition = from_text(spec, QueueDefinition)
        found: Any = counts.get(definition.id, _NOTHING)  # Any: as the table has them
        return _queue(vhost, definition, found, counters.get(definition.id, ()))

    found = RestoredState(
        vhosts=definitions.read("vhost", lambda _, spec: from_text(spec, VhostSpec)),
        policies=definitions.read("policy", lambda _, spec: from_text(spec, Policy)),
        exchanges=definitions.read(
            "exchange", lambda vhost, spec: RestoredExchange(vhost, from_text(spec, ExchangeSpec))
        ),
        queues=definitions.read("queue", queue),
        bindings=definitions.read(
            "binding", lambda vhost, spec: RestoredBinding(vhost, from_text(spec, BindingSpec))
        ),
        next_message_id=int(last_id) + 1,
    )
    return found, definitions.left_out


def _queue(
    vhost: str,
    definition: QueueDefinition,
    found: tuple[int, int, int | None, int | None],
    counters: tuple[Any, ...],  # Any: as the table has them
) -> RestoredQueue:
    """A queue with everything that it has on disk."""
    count, size, first, last = found
    arguments = definition.spec.arguments
    keeps_all = queue_kind(arguments) in {QueueKind.QUORUM, QueueKind.LOG}
    ref = QueueRef(
        vhost, definition.spec.name, definition.id, True, keeps_all, queue_rules(arguments).max_priority
    )
    return RestoredQueue(
        ref,
        definition.spec,
        on_disk=count,
        on_disk_bytes=size,
        first_offset=first or 0,
        next_offset=0 if last is None else last + 1,
        counters=_counters(counters),
    )


def _counters(row: tuple[Any, ...]) -> Counters:  # Any: as the table has them
    """A file from before has fewer of them."""
    if not all(isinstance(value, int) for value in row):
        return Counters()
    return Counters(**dict(zip(QUEUE_FIGURES, row, strict=False)))
