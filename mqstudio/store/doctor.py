"""Looks through a profile's file and says what it found, in sentences. It changes nothing."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import apsw
import msgspec
from msgspec import Struct

from mqstudio.model.access import Permission, TopicPermission, User, UserLimits, VhostLimits
from mqstudio.model.policies import Policy
from mqstudio.model.topology import BindingSpec, ExchangeSpec, VhostSpec
from mqstudio.store import lenient, sums
from mqstudio.store.disk import measure_sync, size_of, space
from mqstudio.store.opened import QueueDefinition
from mqstudio.store.profile_file import open_for_reading, schema_versions
from mqstudio.store.spec_text import from_text

NAMED: Final = 10
"""Damaged messages that are told one by one."""

PROGRESS_EVERY: Final = 1_000

_SPECS: Final[dict[str, type]] = {
    "vhost": VhostSpec,
    "exchange": ExchangeSpec,
    "queue": QueueDefinition,
    "binding": BindingSpec,
    "policy": Policy,
    "user": User,
    "permission": Permission,
    "topic_permission": TopicPermission,
    "user_limits": UserLimits,
    "vhost_limits": VhostLimits,
}
_LOST: Final = (
    (
        "SELECT count(*) FROM place WHERE NOT EXISTS (SELECT 1 FROM message WHERE id=message_id)",
        "places in queues are left of messages that are gone",
    ),
    (
        "SELECT count(*) FROM place WHERE is_durable AND queue_id NOT IN "
        "(SELECT json_extract(spec, '$.id') FROM definition WHERE kind='queue')",
        "messages wait in queues that are not defined",
    ),
    (
        f"SELECT count(*) FROM place WHERE checksum != {sums.PLACE_SQL}",
        "places in queues are not what was written",
    ),
    (
        "SELECT count(DISTINCT message_id) FROM event WHERE NOT EXISTS "
        "(SELECT 1 FROM message WHERE id=message_id)",
        "messages are gone of which events tell",
    ),
    (
        "SELECT count(*) FROM held WHERE NOT EXISTS (SELECT 1 FROM message WHERE id=message_id)",
        "delayed messages are gone",
    ),
    (
        "SELECT count(*) FROM binned WHERE bin_id IN (SELECT id FROM bin) AND NOT EXISTS "
        "(SELECT 1 FROM message WHERE id=message_id)",
        "messages in bins are gone",
    ),
)

Told = Callable[[int, int], None]
"""Is told how many of how many messages were looked at."""


class Report(Struct, frozen=True):
    """What was found. facts: what the file is. damage: what is wrong with it; nothing if it is sound."""

    facts: tuple[str, ...]
    damage: tuple[str, ...]


def examine(path: Path, *, key: str | None = None, told: Told = lambda *_: None) -> Report:
    """Look through a file. Raises: ProfileError if it is none of ours, or cannot be opened at all."""
    connection = open_for_reading(path, key=key)
    try:
        damage = [*_structure(connection), *_definitions(connection), *_lost(connection)]
        damage += _broker_events(connection)
        damage += _messages(connection, told)
        return Report(tuple(_facts(connection, path)), tuple(damage))
    finally:
        connection.close()


def _facts(connection: apsw.Connection, path: Path) -> Iterable[str]:
    log = size_of(path.with_name(f"{path.name}-wal"))
    yield f"{path} has {size_of(path):,} bytes, and {log:,} in its log."
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchall()[0]
        newest, sqlite = schema_versions()[-1][0], apsw.sqlite_lib_version()
        yield f"Its format is {version} of {newest}; this is SQLite {sqlite}."
        for table, what in (("message", "messages"), ("place", "places in queues"), ("event", "events")):
            (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0]
            yield f"It has {count:,} {what}."
        ((is_clean,),) = connection.execute("SELECT is_clean FROM progress").fetchall()
        yield "The broker before ended as it should." if is_clean else "A broker runs on it, or was killed."
    except lenient.UNREADABLE as error:
        yield f"More cannot be told: {error}."
    try:
        room = space(path)
        yield f"Its disk has {room.free_bytes:,} of {room.disk_bytes:,} bytes free."
    except OSError as error:
        yield f"Its disk cannot be looked at: {error}."
    sync_us = measure_sync(path)
    if sync_us is not None:
        yield f"A write to that disk takes {sync_us / 1000:.1f} ms."


def _structure(connection: apsw.Connection) -> Iterable[str]:
    """What SQLite itself finds."""
    try:
        for (says,) in connection.execute("PRAGMA integrity_check(10)"):
            if says != "ok":
                yield f"The file is damaged: {says}."
    except lenient.UNREADABLE as error:
        yield f"The file is damaged: {error}."
    try:
        sums.check_progress(connection)
    except (*lenient.UNREADABLE, sums.DamagedError) as error:
        yield f"What tells how far it has come is damaged: {error}."


def _definitions(connection: apsw.Connection) -> Iterable[str]:
    found, is_whole = lenient.rows(connection, "definition", "kind, vhost, name")
    if not is_whole:
        yield "Some definitions cannot be read."
    for kind, vhost, name, spec, checksum in found:
        try:
            if kind in _SPECS:
                from_text(spec, _SPECS[kind])
            is_damaged = checksum is not None and checksum != sums.of_definition(kind, vhost, name, spec)
        except (msgspec.MsgspecError, ValueError, TypeError, AttributeError):
            is_damaged = True
        if is_damaged:
            yield f"The {kind} {name!r} of virtual host {vhost!r} is not what was written."


def _lost(connection: apsw.Connection) -> Iterable[str]:
    for sql, what in _LOST:
        try:
            ((count,),) = connection.execute(sql).fetchall()
        except lenient.UNREADABLE as error:
            yield f"It cannot be told whether {what}: {error}."
            continue
        if count:
            yield f"{count:,} {what}."


def _broker_events(connection: apsw.Connection) -> Iterable[str]:
    """What was told of everything but messages; files of before, and rows of before, have no checksums."""
    found, is_whole = lenient.rows(connection, "broker_event", "id")
    if not is_whole:
        yield "Some of what happened beside messages cannot be read."
    damaged = 0
    for row in found:
        _, at_us, kind, told, *rest = row
        damaged += bool(rest and rest[0] is not None and rest[0] != sums.of_broker_event(at_us, kind, told))
    if damaged:
        yield f"{damaged:,} events beside those of messages are not what was written."


def _messages(connection: apsw.Connection, told: Told) -> list[str]:
    try:
        count = int(connection.execute("SELECT count(*) FROM message").fetchall()[0][0] or 0)
    except lenient.UNREADABLE:
        count = 0
    damaged = []
    for number, (message_id, message) in enumerate(lenient.messages(connection), 1):
        if message is None:
            damaged.append(message_id)
        if number % PROGRESS_EVERY == 0:
            told(number, max(count, number))
    told(count, count)
    says = [f"Message {each} is not what was written." for each in damaged[:NAMED]]
    if len(damaged) > NAMED:
        says.append(f"So are {len(damaged) - NAMED:,} more messages.")
    return says
