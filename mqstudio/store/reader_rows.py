"""Reads messages and what happened to them, also where the file is damaged: then it says so.

Text is read as bytes: a flipped bit in it would else be an exception in the middle of a page. Of a large body
only the head is read; its checksum is looked at when the message is looked at alone.
"""

import zlib
from collections.abc import Iterable
from typing import Any, Final, TypeVar

import apsw
import msgspec

from mqstudio.model import limits
from mqstudio.model.message import PLAIN, Message, Past, Traits
from mqstudio.store.changes import Value
from mqstudio.store.sums import of_facts
from mqstudio.store.told import Place, Refs, Step, Told

SMALL_BYTES: Final = 4_096
"""Bodies up to this size are read whole, and so checked, wherever they are shown."""

CHUNK_BYTES: Final = limits.MIB

GONE: Final = "its row is gone: the file is damaged"
NOT_WRITTEN: Final = "its checksum does not fit: it is not what was written"

T = TypeVar("T")

_MESSAGE: Final = (
    "SELECT id, published_at_us, publisher_id, CAST(exchange AS BLOB), CAST(routing_key AS BLOB), "
    "CAST(format AS BLOB), properties, CAST(traits AS BLOB), CAST(past AS BLOB), "
    f"CASE WHEN length(body) <= {SMALL_BYTES} THEN body END, body_size, length(body), checksum, "
    "facts_checksum, typeof(body), typeof(properties) FROM message WHERE id=?"
)
_STEPS: Final = (
    "SELECT at_us, kind, queue_id, channel_id, subscription_id, delivery_tag, CAST(detail AS BLOB) FROM "
    "(SELECT * FROM event WHERE message_id=? ORDER BY id DESC LIMIT ?) ORDER BY id"
)
_PLACES: Final = "SELECT queue_id, log_offset, deliveries FROM place WHERE message_id=?"


def told(connection: apsw.Connection, message_id: int, *, is_alone: bool = False) -> Told | None:
    """A message with its life; None if the file has none of this id. `is_alone`: to be looked at closely.

    Raises: apsw.Error where not even the pages of the file make sense.
    """
    found = message(connection, message_id, is_alone=is_alone)
    if found is None:
        return None
    value, body_size, kept_bytes, problem = found
    try:
        return Told(
            value,
            body_size,
            kept_bytes,
            problem,
            _steps(connection, message_id),
            _places(connection, message_id),
        )
    except (UnicodeDecodeError, msgspec.MsgspecError, TypeError, ValueError) as error:
        return Told(value, body_size, kept_bytes, problem or f"its life cannot be read: {error}", [], [])


def told_of(connection: apsw.Connection, message_id: int) -> Told:
    """A message that events tell of; should it be gone, what they tell, and that the file is damaged."""
    found = told(connection, message_id)
    if found is not None:
        return found
    gone = Message(message_id, b"", b"", "", "", 0, "", 0)
    try:
        return Told(gone, 0, 0, GONE, _steps(connection, message_id), _places(connection, message_id))
    except (UnicodeDecodeError, msgspec.MsgspecError, TypeError, ValueError):
        return Told(gone, 0, 0, GONE, [], [])


def message(
    connection: apsw.Connection, message_id: int, *, is_alone: bool = False, is_whole: bool = False
) -> tuple[Message, int, int, str] | None:
    """A message, the size of its body, how much of that is kept, and what is wrong with it.

    Looked at alone it has its properties and the head of its body; with others the beginning of the body
    only; whole, everything.
    """
    try:
        row = connection.execute(_MESSAGE, (message_id,)).fetchone()
    except UnicodeDecodeError as error:
        return Message(message_id, b"", b"", "", "", 0, "", 0), 0, 0, f"its row cannot be read: {error}"
    if row is None:
        return None
    _, at_us, publisher, exchange, key, format, properties, traits, past, small, size, kept = row[:12]
    written, facts, *types = row[12:]
    problems = [] if types == ["blob", "blob"] else [NOT_WRITTEN]
    asked, before = (None if each is None else _lenient(each) for each in (traits, past))
    if facts != of_facts(message_id, at_us, publisher, asked, before, size):
        problems.append(NOT_WRITTEN)
    properties = properties if isinstance(properties, bytes) else b""
    head, kept_bytes = small, _int(kept)
    crc = zlib.crc32(properties, zlib.crc32(b"%b\0%b\0%b\0" % (_raw(exchange), _raw(key), _raw(format))))
    if isinstance(small, bytes):
        crc = zlib.crc32(small, crc)
    elif is_alone or is_whole:
        head, crc = _large(connection, message_id, crc, limits.MESSAGE_MAX_BYTES if is_whole else 0)
    else:
        head, crc = _head(connection, message_id), _int(written)
    if crc != written:
        problems.append(NOT_WRITTEN)
    body = head if is_alone or is_whole else head[: limits.PREVIEW_BYTES]
    value = Message(
        message_id,
        body,
        properties if is_alone or is_whole else b"",
        _text(exchange, problems),
        _text(key, problems),
        _int(at_us),
        _text(format, problems),
        _int(publisher),
        kept_bytes + len(properties) + limits.MESSAGE_OVERHEAD_BYTES,
        _json(traits, Traits, problems) or PLAIN,
        _json(past, Past, problems),
    )
    return value, _int(size), kept_bytes, "; ".join(dict.fromkeys(problems))


def body(connection: apsw.Connection, message_id: int, start: int, length: int) -> bytes:
    """A part of a body as it is in the file."""
    try:
        blob = connection.blob_open("main", "message", "body", message_id, False)
    except apsw.SQLError:  # no such row, or no bytes in it
        return b""
    try:
        size = blob.length()
        start = min(max(0, start), size)
        blob.seek(start)
        return blob.read(max(0, min(length, size - start)))
    finally:
        blob.close()


def _head(connection: apsw.Connection, message_id: int) -> bytes:
    return body(connection, message_id, 0, limits.PREVIEW_BYTES)


def _large(connection: apsw.Connection, message_id: int, crc: int, most_bytes: int) -> tuple[bytes, int]:
    """The head of a large body and the checksum of it all, without holding it all."""
    try:
        blob = connection.blob_open("main", "message", "body", message_id, False)
    except apsw.SQLError:
        return b"", crc
    most_bytes = most_bytes or limits.BODY_HEAD_BYTES
    kept = bytearray()
    try:
        while chunk := blob.read(CHUNK_BYTES):
            crc = zlib.crc32(chunk, crc)
            kept += chunk[: max(0, most_bytes - len(kept))]
    finally:
        blob.close()
    return bytes(kept), crc


def _steps(connection: apsw.Connection, message_id: int) -> list[Step]:
    rows = connection.execute(_STEPS, (message_id, limits.LIFE_MAX_EVENTS))
    return [
        Step(_int(at), _int(kind), _id(queue), _id(channel), _id(subscription), _id(tag), _lenient(detail))
        for at, kind, queue, channel, subscription, tag, detail in rows
    ]


def _places(connection: apsw.Connection, message_id: int) -> list[Place]:
    return [
        Place(_int(queue_id), _id(offset), _int(deliveries))
        for queue_id, offset, deliveries in connection.execute(_PLACES, (message_id,))
    ]


def refs(connection: apsw.Connection, lives: Iterable[Told]) -> Refs:
    """What the numbers in these lives stand for."""
    queues: set[int] = set()
    channels: set[int] = set()
    subscriptions: set[int] = set()
    for each in lives:
        queues.update(place.queue_id for place in each.places)
        for step in each.steps:
            queues.add(step.queue_id or 0)
            channels.add(step.channel_id or 0)
            subscriptions.add(step.subscription_id or 0)
    return refs_of(connection, queues, channels, subscriptions)


def refs_of(
    connection: apsw.Connection, queues: set[int], channels: set[int], subscriptions: set[int]
) -> Refs:
    """What numbers of queues, channels and subscriptions stand for."""
    found = Refs({}, {}, {})
    for queue_id, vhost, name in _named(connection, "vhost, name", "queue", queues):
        found.queues[queue_id] = (_lenient(vhost), _lenient(name))
    for channel_id, connection_id, number in _named(
        connection, "connection_id, number", "channel", channels, is_text=False
    ):
        found.channels[channel_id] = (_int(connection_id), _int(number))
    for row in _named(connection, "connection_id, channel_number, tag", "subscription", subscriptions):
        subscription_id, connection_id, number, tag = row
        found.subscriptions[subscription_id] = (_number(connection_id), _number(number), _lenient(tag))
    return found


def names(connection: apsw.Connection, ids: Iterable[int]) -> dict[int, str]:
    """What connections were called."""
    return {each: _lenient(name) for each, name in _named(connection, "name", "connection", set(ids))}


def _named(
    connection: apsw.Connection, columns: str, table: str, ids: set[int], *, is_text: bool = True
) -> list[tuple[Any, ...]]:  # Any: as the tables have them
    ids.discard(0)
    if not ids:
        return []
    if is_text:
        columns = ", ".join(f"CAST({column} AS BLOB)" for column in columns.split(", "))
    found: list[tuple[Any, ...]] = []
    ordered = sorted(ids)
    for start in range(0, len(ordered), 500):
        some = ordered[start : start + 500]
        marks = ",".join("?" * len(some))
        found += connection.execute(
            f"SELECT id, {columns} FROM {table} WHERE id IN ({marks})", some
        ).fetchall()
    return found


# ---- values that may be damaged


def _raw(value: Value) -> bytes:
    return value if isinstance(value, bytes) else b""


def _int(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _id(value: Value) -> int | None:
    return value if isinstance(value, int) else None


def _number(value: Value) -> int:
    """A number that was read as bytes."""
    text = _lenient(value)
    return int(text) if text.isdecimal() else 0


def _lenient(value: Value) -> str:
    return _raw(value).decode("utf-8", "replace")


def _text(value: Value, problems: list[str]) -> str:
    try:
        return _raw(value).decode()
    except UnicodeDecodeError:
        problems.append(NOT_WRITTEN)
        return _lenient(value)


def _json(value: Value, kind: type[T], problems: list[str]) -> T | None:
    if not isinstance(value, bytes):
        return None
    try:
        return msgspec.json.decode(value, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        problems.append("what it asks for cannot be read")
        return None
