"""Reads from a profile what a broker begins with: definitions, and of each queue its first messages.

Counts come from an index, so that a start costs no reading of bodies, however much waits.
"""

from typing import Final

import apsw
import msgspec

from mqstudio.model import limits
from mqstudio.model.arguments import queue_kind, queue_rules
from mqstudio.model.places import PageEntry
from mqstudio.model.policies import Policy
from mqstudio.model.refs import QueueRef
from mqstudio.model.restored import (
    RestoredBinding,
    RestoredExchange,
    RestoredHeld,
    RestoredQueue,
    RestoredState,
)
from mqstudio.model.rules import QueueKind
from mqstudio.model.samples import QUEUE_FIGURES, Counters
from mqstudio.model.topology import BindingSpec, ExchangeSpec, VhostSpec
from mqstudio.store import paging
from mqstudio.store.messages import COLUMNS, WIDTH, message_of
from mqstudio.store.opened import ACCESS, Opened, QueueDefinition
from mqstudio.store.restore_sent import read_sent
from mqstudio.store.spec_text import from_text
from mqstudio.store.sums import PLACE_SQL, DamagedError, check_progress, of_definition, of_held

CHECKED: Final = frozenset({"vhost", "exchange", "queue", "binding", "policy", *ACCESS})
"""Kinds of definitions that have a checksum, always."""

_COUNTS: Final = "SELECT queue_id, count(*), sum(body_size) FROM place GROUP BY queue_id"
"""One walk through all places, as little of each as will do. Of those that last each page checks its own."""

_TRANSIENT: Final = (
    f"SELECT queue_id, count(*), sum(body_size), sum(checksum IS NOT {PLACE_SQL}) FROM place "
    "WHERE NOT is_durable GROUP BY queue_id"
)
_OFFSETS: Final = (
    "SELECT queue_id, min(log_offset), max(log_offset) FROM place WHERE log_offset IS NOT NULL "
    "GROUP BY queue_id"
)
"""Each by an index that has these places only."""


def read(connection: apsw.Connection, *, is_resumed: bool = False) -> bytes:
    """All that a broker begins with, packed; of one that goes on, only how far it had come.

    Raises: apsw.Error, DamagedError, ValueError.
    """
    if is_resumed:
        (last_commit,) = connection.execute("SELECT last_commit FROM progress").fetchone() or (0,)
        return msgspec.msgpack.encode(Opened(RestoredState(), (), False, last_commit, 1))
    return msgspec.msgpack.encode(opened(connection))


def opened(connection: apsw.Connection) -> Opened:
    """What a profile holds. Raises: as `read`."""
    try:
        return _opened(connection)
    except (AttributeError, LookupError, OverflowError, TypeError) as problem:
        raise DamagedError(f"a row has something else than its table allows: {problem}") from problem


def _opened(connection: apsw.Connection) -> Opened:
    check_progress(connection)
    progress = connection.execute(
        "SELECT last_commit, is_clean, next_message_id, next_queue_id, next_subscription_id, next_bin_id, "
        "next_id, flagged_up_to FROM progress"
    ).fetchone()
    if progress is None:
        raise ValueError("the table progress has no row")
    last_commit, is_clean, message_id, queue_id, subscription_id, bin_id, next_id, flagged = progress
    by_kind: dict[str, list[tuple[str, str]]] = {}
    for kind, vhost, name, text, checksum in connection.execute(
        "SELECT kind, vhost, name, spec, checksum FROM definition ORDER BY kind, vhost, name"
    ):
        if checksum != of_definition(kind, vhost, name, text) and (checksum is not None or kind in CHECKED):
            raise DamagedError(f"the {kind} {name} is not what was written: its checksum does not fit")
        by_kind.setdefault(kind, []).append((vhost, text))
    flagged_up_to = flagged if is_clean else message_id - 1
    state = RestoredState(
        vhosts=tuple(from_text(text, VhostSpec) for _, text in by_kind.get("vhost", [])),
        policies=tuple(from_text(text, Policy) for _, text in by_kind.get("policy", [])),
        exchanges=tuple(
            RestoredExchange(vhost, from_text(text, ExchangeSpec))
            for vhost, text in by_kind.get("exchange", [])
        ),
        queues=_queues(connection, by_kind.get("queue", []), flagged_up_to),
        bindings=tuple(
            RestoredBinding(vhost, from_text(text, BindingSpec)) for vhost, text in by_kind.get("binding", [])
        ),
        held=_held(connection),
        next_message_id=message_id,
        next_queue_id=queue_id,
        next_subscription_id=subscription_id,
        next_bin_id=bin_id,
    )
    access = tuple((kind, text) for kind in ACCESS for _, text in by_kind.get(kind, []))
    return Opened(state, access if last_commit else None, bool(is_clean), last_commit, next_id)


def _windows(definitions: list[tuple[str, str]]) -> dict[int, int]:
    """For how long queues know repeats, by id; those that do."""
    found = {}
    for _, text in definitions:
        definition = from_text(text, QueueDefinition)
        once_us = queue_rules(definition.spec.arguments).once_us
        if once_us:
            found[definition.id] = once_us
    return found


def _queues(
    connection: apsw.Connection, definitions: list[tuple[str, str]], flagged_up_to: int
) -> tuple[RestoredQueue, ...]:
    counts = _counts(connection)
    ends: dict[int, int] = dict(connection.execute("SELECT queue_id, next_offset FROM log_end"))
    counters = {
        row[0]: Counters(**dict(zip(QUEUE_FIGURES, row[1:], strict=True)))
        for row in connection.execute("SELECT * FROM queue_counters")
    }
    queues = []
    left = limits.RESTORE_BYTES
    sent = read_sent(connection, _windows(definitions))
    for vhost, text in definitions:
        definition = from_text(text, QueueDefinition)
        ref = _ref(vhost, definition)
        count, size, first, last = counts.get(ref.id, (0, 0, None, None))
        is_log = queue_kind(definition.spec.arguments) is QueueKind.LOG
        if count and is_log == (last is None):
            raise DamagedError(f"messages of queue {ref.name} have offsets, or lack them, unlike its kind")
        entries = _first_page(connection, ref, count, last, left)
        in_hand = sum(len(each.message.body) for each in entries)
        left -= sum(each.message.held_bytes for each in entries)
        queues.append(
            RestoredQueue(
                ref,
                definition.spec,
                tuple(entries),
                count - len(entries),
                size - in_hand,
                flagged_up_to,
                ends.get(ref.id, 0) if first is None else first,
                ends.get(ref.id, 0) if last is None else last + 1,
                counters.get(ref.id, Counters()),
                tuple(sent.get(ref.id, ())),
            )
        )
    strays = counts.keys() - {queue.ref.id for queue in queues}
    if strays:
        raise DamagedError(f"messages wait in queue {min(strays)}, which does not exist")
    return tuple(queues)


def _counts(connection: apsw.Connection) -> dict[int, tuple[int, int, int | None, int | None]]:
    """What lasts in each queue: how many, how large, first and last offset. Raises: DamagedError."""
    passing: dict[int, tuple[int, int]] = {}
    for queue_id, count, size, wrong in connection.execute(_TRANSIENT):
        if wrong:
            raise DamagedError(f"what does not last in queue {queue_id} may be what does")
        passing[queue_id] = count, size
    offsets = {row[0]: row[1:] for row in connection.execute(_OFFSETS)}
    counts = {}
    for queue_id, count, size in connection.execute(_COUNTS):
        passing_count, passing_size = passing.get(queue_id, (0, 0))
        if count > passing_count:
            first, last = offsets.get(queue_id, (None, None))
            counts[queue_id] = count - passing_count, size - passing_size, first, last
    return counts


def _first_page(
    connection: apsw.Connection, ref: QueueRef, count: int, last_offset: int | None, left: int
) -> list[PageEntry]:
    """Raises: DamagedError if it is not as long as it should be, apsw.Error."""
    if left <= 0 or not count:
        return []
    has_priorities = bool(ref.max_priority)
    window = limits.WINDOW_MESSAGES
    if last_offset is not None:
        return paging.end_of_log(connection, ref.id, window, left)
    page = paging.page(connection, ref.id, has_priorities, -1, window, left, is_first=True)
    found = len(page.entries)
    if found > count or (page.is_last and found < count):
        raise DamagedError(f"{count} messages should wait in queue {ref.name}, {found} were found")
    return page.entries


def _ref(vhost: str, definition: QueueDefinition) -> QueueRef:
    arguments = definition.spec.arguments
    keeps_all = queue_kind(arguments) in (QueueKind.QUORUM, QueueKind.LOG)
    rules = queue_rules(arguments)
    return QueueRef(vhost, definition.spec.name, definition.id, True, keeps_all, rules.max_priority)


def _held(connection: apsw.Connection) -> tuple[RestoredHeld, ...]:
    sql = (
        f"SELECT {COLUMNS}, vhost, held.exchange, until_us, message_id, held.checksum "
        "FROM held LEFT JOIN message ON message.id=message_id"
    )
    held = []
    for row in connection.execute(sql):
        vhost, exchange, until_us, message_id, checksum = row[WIDTH:]
        if checksum != of_held(message_id, vhost, exchange, until_us):
            raise DamagedError(f"until when message {message_id} is held is not what was written")
        held.append(RestoredHeld(vhost, exchange, message_of(row[:WIDTH]), until_us))
    return tuple(held)
