"""A record as a map of plain values: what JSON lines and MessagePack write, and read back exactly.

A body of JSON on one line is itself, its bytes untouched. One on several lines is written without its white
space, and once more as it is. Any other body is text or base64, and `encoding` says which.
"""

from base64 import b64decode, b64encode
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec import Struct

from mqstudio.exporters.base import NotReadableError, Options, Record
from mqstudio.exporters.headers import join, split
from mqstudio.model.message import Header, Past, Properties
from mqstudio.model.rows import LifeStep, MessageRow, MessageState

VERSION: Final = 1
"""The first thing in each record; readers refuse others."""

JSON, UTF8, BASE64 = "json", "utf-8", "base64"

_encoder = msgspec.json.Encoder()
_check_json = msgspec.json.Decoder(msgspec.Raw).decode
_NOT_ALIKE: Final = frozenset({list, float})
"""What cannot be looked up, or is not told apart when it is: 0.0 and -0.0."""

_SILENT: Final = Properties()


class Shape(Struct, omit_defaults=True, gc=False):
    """A record's fields in the order that people read, those that say nothing left out. Any: plain values."""

    mqstudio: int | None
    id: int | None
    vhost: str | None
    queue: str | None
    state: str | None
    exchange: str | None
    routing_key: str | None
    size_bytes: int | None
    published_at_us: int | None
    enqueued_at_us: int | None = None
    delivered_at_us: int | None = None
    ended_at_us: int | None = None
    holder: str = ""
    holder_connection_id: int | None = None
    delivery_count: int = 0
    is_redelivered: bool = False
    ended_because: str = ""
    publisher: str = ""
    problem: str = ""
    died_of: str = ""
    died_in: str = ""
    deaths: int = 0
    died_first_us: int | None = None
    priority: int = 0
    expires_at_us: int | None = None
    lease_until_us: int | None = None
    format: str = ""
    properties: Any = None
    encoding: str = ""
    body: Any = None
    body_exact: str = ""
    life: tuple[LifeStep, ...] = ()
    past: Past | None = None


def shape_of(record: Record, options: Options, *, is_binary: bool = False) -> Shape:
    """A record as it is written. is_binary: bytes can be told as such. Hot: called for each message."""
    row = record.row
    shape = Shape(
        VERSION,
        row.message_id,
        record.vhost,
        row.queue,
        row.state,
        row.exchange,
        row.routing_key,
        row.size_bytes,
        row.published_at_us,
        row.enqueued_at_us,
        row.delivered_at_us,
        row.ended_at_us,
        row.holder,
        row.holder_connection_id,
        row.delivery_count,
        row.is_redelivered,
        row.ended_because,
        row.publisher,
        row.problem,
        row.died_of,
        row.died_in,
        row.deaths,
        row.died_first_us,
        row.priority,
        row.expires_at_us,
        row.lease_until_us,
        record.format,
    )
    if options.has_properties:
        properties = record.properties
        if properties.headers is not None:
            shape.properties = _with_headers(properties)
        elif properties != _SILENT:
            shape.properties = properties
    if options.has_body:
        _put_body(shape, record.body, is_binary=is_binary)
    if options.has_life:
        shape.life, shape.past = record.life, record.past
    return shape


class Read(Struct, gc=False):
    """A shape as it is read, its fields with their types. body: bytes, or JSON that is not decoded."""

    mqstudio: int
    id: int
    queue: str
    state: MessageState
    exchange: str
    routing_key: str
    size_bytes: int
    published_at_us: int
    body: msgspec.Raw = msgspec.Raw(b"")
    vhost: str = "/"
    enqueued_at_us: int | None = None
    delivered_at_us: int | None = None
    ended_at_us: int | None = None
    holder: str = ""
    holder_connection_id: int | None = None
    delivery_count: int = 0
    is_redelivered: bool = False
    ended_because: str = ""
    publisher: str = ""
    problem: str = ""
    died_of: str = ""
    died_in: str = ""
    deaths: int = 0
    died_first_us: int | None = None
    priority: int = 0
    expires_at_us: int | None = None
    lease_until_us: int | None = None
    format: str = ""
    properties: dict[str, Any] = {}
    encoding: str = ""
    body_exact: str = ""
    life: tuple[LifeStep, ...] = ()
    past: Past | None = None


def record_from(read: Read, body: bytes) -> Record:
    """The record of a shape that was read by its types, which is quick.

    Raises: msgspec.MsgspecError, TypeError, ValueError, of which `record_of` knows better what to say.
    """
    if read.mqstudio != VERSION:
        raise ValueError(f"version {read.mqstudio}")
    row = MessageRow(
        read.id,
        read.queue,
        read.state,
        read.exchange,
        read.routing_key,
        read.size_bytes,
        "",
        read.published_at_us,
        read.enqueued_at_us,
        read.delivered_at_us,
        read.ended_at_us,
        read.holder,
        read.holder_connection_id,
        read.delivery_count,
        read.is_redelivered,
        read.ended_because,
        read.publisher,
        read.problem,
        read.died_of,
        read.died_in,
        read.deaths,
        read.died_first_us,
        read.priority,
        read.expires_at_us,
        read.lease_until_us,
    )
    properties = _SILENT
    told = read.properties
    if told:
        headers = join(told.pop("headers", None), told.pop("typed_headers", None))
        properties = msgspec.convert({**told, "headers": None}, Properties)
        if headers is not None:
            properties = msgspec.structs.replace(properties, headers=headers)
    return Record(read.vhost, row, properties, body, read.format, read.life, read.past)


def body_from(read: Read) -> bytes:
    """The body of a line of JSON. Raises: ValueError, msgspec.MsgspecError."""
    if read.body_exact:
        return b64decode(read.body_exact, validate=True)
    match read.encoding:
        case "json":
            return bytes(read.body)
        case "utf-8":
            return msgspec.json.decode(read.body, type=str).encode()
        case "base64":
            return b64decode(msgspec.json.decode(read.body, type=str), validate=True)
        case "":
            return b""
    raise ValueError(read.encoding)


def record_of(shape: Any) -> Record:  # Any: whatever was read
    """The record that `shape_of` was given, as far as it was written. Raises: NotReadableError."""
    if not isinstance(shape, dict) or shape.get("mqstudio") != VERSION:
        raise NotReadableError(
            f'it is no record of MQ Studio, version {VERSION}: it does not begin with "mqstudio"'
        )
    try:
        body = _read_body(shape)
        fields = {name: shape[name] for name in MessageRow.__struct_fields__ if name in shape}
        row = msgspec.convert({"preview": "", **fields, "message_id": shape.get("id")}, MessageRow)
        return Record(
            str(shape.get("vhost", "/")),
            row,
            _read_properties(shape),
            body,
            str(shape.get("format", "")),
            msgspec.convert(shape.get("life", ()), tuple[LifeStep, ...]),
            msgspec.convert(shape.get("past"), Past | None),
        )
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        raise NotReadableError(f"a value is not what it should be: {error}") from error


def json_line(shape: Shape) -> bytes:
    """A shape as one line of JSON; the body's own bytes are in it as they are."""
    return _encoder.encode(shape) + b"\n"


def _put_body(shape: Shape, body: bytes, *, is_binary: bool) -> None:
    """The body: its value, how it is written, and its exact bytes where the value does not tell them."""
    if is_binary:
        shape.body = body
    elif body and _is_json(body):
        shape.encoding = JSON
        if b"\n" not in body and b"\r" not in body and body.strip() == body:
            shape.body = msgspec.Raw(body)
        else:
            shape.body = msgspec.Raw(msgspec.json.format(body, indent=-1))
            shape.body_exact = b64encode(body).decode()
    else:
        try:
            shape.body, shape.encoding = body.decode(), UTF8
        except UnicodeDecodeError:
            shape.body, shape.encoding = b64encode(body).decode(), BASE64


def _is_json(body: bytes) -> bool:
    """Whether a body is JSON; numbers alone are taken for text, which most of them are."""
    if body.lstrip()[:1] not in (b"{", b"["):
        return False
    try:
        _check_json(body)
        if not body.isascii():
            body.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _read_body(shape: dict[str, Any]) -> bytes:
    if "body_exact" in shape:
        return b64decode(shape["body_exact"], validate=True)
    body = shape.get("body", b"")
    match shape.get("encoding"):
        case None:
            return body if isinstance(body, bytes) else b""
        case "json":
            return body if isinstance(body, bytes) else _encoder.encode(body)
        case "utf-8":
            return str(body).encode()
        case "base64":
            return b64decode(body, validate=True)
    raise ValueError(f"encoding {shape.get('encoding')!r} is none of json, utf-8, base64")


def _with_headers(properties: Properties) -> dict[str, Any]:  # Any: plain values
    """What is not silent, with headers by name."""
    told = {name: value for name, value in msgspec.structs.asdict(properties).items() if value is not None}
    headers = properties.headers or []
    if any(type(header.value) in _NOT_ALIKE for header in headers):
        told["headers"], typed = split(headers)
    else:
        told["headers"], typed = _split(tuple(headers))
    if typed is not None:
        told["typed_headers"] = typed
    return told


@lru_cache(maxsize=1024)
def _split(headers: tuple[Header, ...]) -> tuple[dict[str, Any] | None, Any]:
    """What `split` says, remembered: many messages have the same headers. Any: plain values."""
    return split(list(headers))


def _read_properties(shape: dict[str, Any]) -> Properties:
    told = dict(shape.get("properties", {}))
    headers = join(told.pop("headers", None), told.pop("typed_headers", None))
    return msgspec.structs.replace(msgspec.convert(told, Properties), headers=headers)
