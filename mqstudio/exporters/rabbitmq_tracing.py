"""Log files of RabbitMQ's tracing plug-in, in both its formats: read, not written.

Such a log tells what was published, and what consumers got. Which delivery is of which message it does not
say: the oldest alike in the queue is taken. What became of a delivery it does not know, so that the message
counts as with its consumer.
"""

import re
from base64 import b64decode
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from mqstudio.exporters import erlang_terms
from mqstudio.exporters.base import NotReadableError, Record
from mqstudio.exporters.headers import guess
from mqstudio.model.export_limits import TRACE_WINDOW, TRACE_WINDOW_BYTES
from mqstudio.model.limits import IMPORT_RECORD_BYTES
from mqstudio.model.message import Header, Properties
from mqstudio.model.rows import LifeStep, MessageRow, MessageState

FORMAT: Final = "amqp091"
_MARK: Final = re.compile(
    rb"(?:^|\n)={80}\n(\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|[+-]\d\d:\d\d)?): Message (published|received)\n\nNode:"
)
_PAYLOAD: Final = re.compile(rb"\nPayload: ?\n")
_FIELD: Final = re.compile(rb"^([A-Z][A-Za-z ]*):[ ]*(.*?)(?=^[A-Z][A-Za-z ]*:|\Z)", re.MULTILINE | re.DOTALL)
_KINDS: Final = {
    "longstr": "string", "signedint": "int32", "long": "int64", "bool": "bool", "double": "double",
    "float": "float", "byte": "int8", "short": "int16", "timestamp": "timestamp", "table": "table",
    "array": "list", "void": "null", "binary": "bytes", "unsignedbyte": "uint8", "unsignedshort": "uint16",
    "unsignedint": "uint32",
}  # fmt: skip
_NAMES: Final = {"timestamp": "timestamp_s"}
_TEXTS: Final = frozenset(Properties.__struct_fields__) - {
    "headers", "delivery_mode", "priority", "timestamp_s",
}  # fmt: skip


class Entry(Struct, frozen=True):
    """One entry of a log: published to an exchange and so to queues, or received from a queue."""

    at_us: int
    is_published: bool
    vhost: str
    connection: str
    channel: int
    exchange: str
    key: str
    queues: tuple[str, ...]
    properties: Properties
    body: bytes

    def is_like(self, other: "Entry") -> bool:
        """Whether they may be of the same message."""
        return (self.exchange, self.key, self.body) == (other.exchange, other.key, other.body) and (
            self.properties == other.properties
        )


class TracingLog:
    """The format."""

    title = "RabbitMQ tracing log"
    suffixes = (".log",)

    def read(self, chunks: Iterator[bytes]) -> Iterator[Record]:
        """See Importer."""
        first = b""
        while not first.strip():
            more = next(chunks, None)
            if more is None:
                return
            first += more
        rest = _behind(first, chunks)
        entries = _json(rest) if first.lstrip()[:1] == b"{" else _text(rest)
        yield from _Pairing().records(entries)


def _behind(first: bytes, chunks: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from chunks


# ---- entries


def _json(chunks: Iterable[bytes]) -> Iterator[Entry]:
    rest, number = b"", 0
    for chunk in _behind(b"", chunks):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            number += 1
            if line.strip():
                yield _numbered(number, line)
        _check_size(rest)
    if rest.strip():
        yield _numbered(number + 1, rest)


def _numbered(number: int, line: bytes) -> Entry:
    try:
        return _of_json(msgspec.json.decode(line, type=dict[str, Any]))
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError, RecursionError, AttributeError) as error:
        says = f"line {number} is no entry of RabbitMQ's tracing plug-in: {error}"
        raise NotReadableError(says) from error


def _of_json(told: dict[str, Any]) -> Entry:  # Any: JSON
    is_published = {"published": True, "received": False}[told["type"]]
    routed = told.get("routed_queues", [])
    queues = tuple(map(str, routed)) if is_published else (str(told["queue"]),)
    keys = told.get("routing_keys") or [""]
    properties: dict[str, Any] = {}  # Any: JSON
    given: dict[str, Any] = told.get("properties") or {}
    for name, value in given.items():
        properties[_NAMES.get(name, name)] = value
    headers = properties.pop("headers", None)
    if headers is not None:
        properties["headers"] = guess(headers)
    return Entry(
        _time_us(told["timestamp"]),
        is_published,
        str(told.get("vhost", "/")),
        str(told.get("connection", "")),
        int(told.get("channel") or 0),
        str(told.get("exchange", "")),
        str(keys[0]),
        queues,
        _properties(properties),
        b64decode(told.get("payload", ""), validate=True),
    )


def _text(chunks: Iterable[bytes]) -> Iterator[Entry]:
    rest, number = b"", 0
    for chunk in chunks:
        rest += chunk
        marks = list(_MARK.finditer(rest))
        for mark, following in pairwise(marks):
            number += 1
            yield _of_text(number, mark, rest[mark.end() : following.start()])
        rest = rest[marks[-1].start() :] if marks else rest
        _check_size(rest)
    last = _MARK.match(rest)
    if last is None:
        raise NotReadableError("it is no log of RabbitMQ's tracing plug-in: none of its entries is in it")
    yield _of_text(number + 1, last, rest[last.end() :])


def _of_text(number: int, mark: re.Match[bytes], entry: bytes) -> Entry:
    head, payload = _split(number, entry)
    fields = {
        name.decode(): value.strip().decode("utf-8", "replace")
        for name, value in _FIELD.findall(b"Node:" + head)
    }
    try:
        is_published = mark[2] == b"published"
        queues = _texts(fields["Routed queues"]) if is_published else (fields["Queue"],)
        return Entry(
            _time_us(mark[1].decode()),
            is_published,
            fields.get("Virtual host", "/"),
            fields.get("Connection", ""),
            int(fields.get("Channel", "0") or 0),
            fields.get("Exchange", ""),
            next(iter(_texts(fields["Routing keys"])), ""),
            queues,
            _of_terms(erlang_terms.read(fields["Properties"])),
            payload,
        )
    except (KeyError, ValueError, TypeError, IndexError, NotReadableError) as error:
        raise NotReadableError(f"entry {number} is not as RabbitMQ's plug-in writes it: {error}") from error


def _split(number: int, entry: bytes) -> tuple[bytes, bytes]:
    match = _PAYLOAD.search(entry)
    if match is None:
        raise NotReadableError(f"entry {number} has no payload: the log was cut off there")
    return entry[: match.start() + 1], entry[match.end() :].removesuffix(b"\n")


def _texts(terms: str) -> tuple[str, ...]:
    return tuple(each.decode("utf-8", "replace") for each in erlang_terms.read(terms))


def _of_terms(terms: list[tuple[bytes, str, Any]]) -> Properties:  # Any: a term
    found: dict[str, Any] = {}  # Any: fields of Properties
    for name, kind, value in terms:
        field = name.decode()
        if field == "headers":
            found["headers"] = [_header(*each) for each in value]
        else:
            found[_NAMES.get(field, field)] = _header(name, kind, value).value
    return _properties(found)


def _header(name: bytes, kind: str, value: Any) -> Header:  # Any: a term
    own = _KINDS.get(kind, "string")
    text = name.decode("utf-8", "replace")
    match own:
        case "table":
            return Header(text, own, [_header(*each) for each in value])
        case "list":
            return Header(text, own, [_header(b"", *each) for each in value])
        case "null":
            return Header(text, own)
        case "bool":
            return Header(text, own, value == "true")
        case "string" if isinstance(value, bytes):
            return Header(text, own, value.decode("utf-8", "replace"))
    return Header(text, own, value)


def _properties(found: dict[str, Any]) -> Properties:  # Any: as logs have them
    known = {name: value for name, value in found.items() if name in Properties.__struct_fields__}
    for name in _TEXTS & known.keys():
        known[name] = str(known[name])
    return msgspec.convert(known, Properties)


def _time_us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1e6)


def _check_size(rest: bytes) -> None:
    if len(rest) > IMPORT_RECORD_BYTES:
        raise NotReadableError(f"an entry is longer than {IMPORT_RECORD_BYTES:,} bytes: it is no such log")


# ---- messages


class _Pairing:
    """Puts what was received to what was published, within a window of messages."""

    def __init__(self) -> None:
        self._messages: deque[tuple[int, Entry, dict[str, Entry | None]]] = deque()
        self._waiting: dict[tuple[str, str], deque[tuple[int, Entry, dict[str, Entry | None]]]] = {}
        self._next_id, self._size = 1, 0

    def records(self, entries: Iterable[Entry]) -> Iterator[Record]:
        for entry in entries:
            if entry.is_published:
                self._published(entry)
            elif not self._received(entry):
                self._published(replace(entry, is_published=True, connection=""))
                self._received(entry)
            while len(self._messages) > TRACE_WINDOW or self._size > TRACE_WINDOW_BYTES:
                yield from self._oldest()
        while self._messages:
            yield from self._oldest()

    def _published(self, entry: Entry) -> None:
        message: tuple[int, Entry, dict[str, Entry | None]] = (
            self._next_id, entry, dict.fromkeys(entry.queues),
        )  # fmt: skip
        self._next_id += 1
        self._size += len(entry.body)
        self._messages.append(message)
        for queue in entry.queues:
            self._waiting.setdefault((entry.vhost, queue), deque()).append(message)

    def _received(self, entry: Entry) -> bool:
        (queue,) = entry.queues
        waiting = self._waiting.get((entry.vhost, queue), ())
        for message in waiting:
            if message[1].is_like(entry):
                message[2][queue] = entry
                self._waiting[entry.vhost, queue].remove(message)
                return True
        return False

    def _oldest(self) -> Iterator[Record]:
        message = self._messages.popleft()
        number, entry, received = message
        self._size -= len(entry.body)
        for queue, delivery in received.items():
            if delivery is None:
                self._waiting[entry.vhost, queue].remove(message)
            yield _record(number, entry, queue, delivery, received)
        if not received:
            yield _record(number, entry, "", None, received)


def _record(  # what is known of it
    number: int, entry: Entry, queue: str, delivery: Entry | None, received: dict[str, Entry | None]
) -> Record:
    at_us = entry.at_us
    state = MessageState.READY if delivery is None else MessageState.IN_FLIGHT
    if not queue:
        state = MessageState.DROPPED
    row = MessageRow(
        number, queue, state, entry.exchange, entry.key, len(entry.body), "", at_us, at_us,
        None if delivery is None else delivery.at_us,
        holder="" if delivery is None else delivery.connection,
        delivery_count=int(delivery is not None),
        ended_because="" if queue else "unroutable",
        publisher=entry.connection,
    )  # fmt: skip
    life = tuple(_life(number, entry, received))
    return Record(entry.vhost, row, entry.properties, entry.body, FORMAT, life)


def _life(number: int, entry: Entry, received: dict[str, Entry | None]) -> Iterator[LifeStep]:
    by = f"by {entry.connection}" if entry.connection else ""
    at_us = entry.at_us
    yield LifeStep(
        at_us, "published", "", by, number, 0, entry.exchange, entry.key, client=entry.connection
    )  # fmt: skip
    if not received:
        yield LifeStep(at_us, "unroutable", "", "no binding matched", number)
        return
    yield LifeStep(at_us, "routed", "", "to " + ", ".join(received), number)
    for queue in received:
        yield LifeStep(at_us, "enqueued", queue, "", number, vhost=entry.vhost)
    for queue, delivery in received.items():
        if delivery is not None:
            yield LifeStep(
                delivery.at_us, "delivered", queue, f"to {delivery.connection}", number,
                client=delivery.connection, channel=delivery.channel, vhost=entry.vhost,
            )  # fmt: skip


IMPORTER = TracingLog()
