"""A record as a map of plain values: what JSON lines and MessagePack write, and read back exactly.

A body of JSON on one line is itself, its bytes untouched. One on several lines is written without its white
space, and once more as it is. Any other body is text or base64, and `encoding` says which.
"""

from base64 import b64decode, b64encode
from typing import Any, Final

import msgspec

from mqstudio.exporters.base import NotReadableError, Options, Record
from mqstudio.exporters.headers import join, split
from mqstudio.model.message import Past, Properties
from mqstudio.model.rows import LifeStep, MessageRow

VERSION: Final = 1
"""The first thing in each record; readers refuse others."""

JSON, UTF8, BASE64 = "json", "utf-8", "base64"

_encoder = msgspec.json.Encoder()


def shape_of(
    record: Record, options: Options, *, is_binary: bool = False
) -> dict[str, Any]:  # Any: plain values
    """A record as a map, in the order that people read. is_binary: bytes can be told as such."""
    row = msgspec.structs.asdict(record.row)
    shape: dict[str, Any] = {"mqstudio": VERSION, "id": row.pop("message_id"), "vhost": record.vhost}
    del row["preview"]  # the beginning of the body, which is there
    defaults = _ROW_DEFAULTS
    shape |= {name: value for name, value in row.items() if defaults.get(name, ...) != value}
    if record.format:
        shape["format"] = record.format
    if options.has_properties:
        shape |= _properties(record.properties)
    if options.has_body:
        shape |= {"body": record.body} if is_binary else _body(record.body)
    if options.has_life and record.life:
        shape["life"] = [_without_defaults(each) for each in record.life]
    if options.has_life and record.past is not None:
        shape["past"] = msgspec.to_builtins(record.past)
    return shape


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


def json_line(shape: dict[str, Any]) -> bytes:
    """A shape as one line of JSON; the body's own bytes are in it as they are."""
    return _encoder.encode(shape) + b"\n"


def _body(body: bytes) -> dict[str, Any]:
    """The body: its value, how it is written, and its exact bytes where the value does not tell them."""
    if body and _is_json(body):
        if b"\n" not in body and b"\r" not in body and body.strip() == body:
            return {"encoding": JSON, "body": msgspec.Raw(body)}
        compact = msgspec.json.format(body, indent=-1)
        return {"encoding": JSON, "body": msgspec.Raw(compact), "body_exact": b64encode(body).decode()}
    try:
        return {"encoding": UTF8, "body": body.decode()}
    except UnicodeDecodeError:
        return {"encoding": BASE64, "body": b64encode(body).decode()}


def _is_json(body: bytes) -> bool:
    """Whether a body is JSON; numbers alone are taken for text, which most of them are."""
    if body.lstrip()[:1] not in (b"{", b"["):
        return False
    try:
        msgspec.json.decode(body)
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


def _properties(properties: Properties) -> dict[str, Any]:
    """What is not silent, with headers by name."""
    told = _without_defaults(properties)
    if properties.headers is not None:
        told["headers"], typed = split(properties.headers)
        if typed is not None:
            told["typed_headers"] = typed
    return {"properties": told} if told else {}


def _read_properties(shape: dict[str, Any]) -> Properties:
    told = dict(shape.get("properties", {}))
    headers = join(told.pop("headers", None), told.pop("typed_headers", None))
    return msgspec.structs.replace(msgspec.convert(told, Properties), headers=headers)


def _without_defaults(value: msgspec.Struct) -> dict[str, Any]:
    defaults = dict(
        zip(
            type(value).__struct_fields__[-len(type(value).__struct_defaults__) :],
            type(value).__struct_defaults__,
            strict=True,
        )
    )
    fields = msgspec.structs.asdict(value)
    return {name: each for name, each in fields.items() if defaults.get(name, ...) != each}


_ROW_DEFAULTS: Final = dict(
    zip(
        MessageRow.__struct_fields__[-len(MessageRow.__struct_defaults__) :],
        MessageRow.__struct_defaults__,
        strict=True,
    )
)
