"""A message as a Go program, with amqp091-go."""

import math
from collections.abc import Iterator

from mqstudio.model.message import Header
from mqstudio.viewmodel.code.letter import SHORT, Letter, decimal_parts, properties_of, quoted

_NAMES = {
    "content_type": "ContentType", "content_encoding": "ContentEncoding", "delivery_mode": "DeliveryMode",
    "priority": "Priority", "correlation_id": "CorrelationId", "reply_to": "ReplyTo",
    "expiration": "Expiration", "message_id": "MessageId", "timestamp_s": "Timestamp", "type": "Type",
    "user_id": "UserId", "app_id": "AppId",
}  # fmt: skip
_TYPES = {
    "int8": "int8", "uint8": "byte", "int16": "int16", "int32": "int32", "int64": "int64",
    "uint16": "int32", "uint32": "int64", "uint64": "int64",
}  # fmt: skip
"""The library knows only these widths: the others go as the next that holds them."""


def text(value: str) -> str:
    """A text as a literal."""
    return quoted(value, short=SHORT, wide=lambda each: f"\\U{ord(each):08x}")


def raw(value: bytes) -> str:
    r"""Bytes as a literal: each that is not plain ASCII is \xNN."""
    escaped = "".join(_byte(each) for each in value)
    return f'[]byte("{escaped}")'


def _byte(value: int) -> str:
    each = chr(value)
    if each in SHORT:
        return SHORT[each]
    return each if 0x20 <= value <= 0x7E else f"\\x{value:02x}"


def write(letter: Letter) -> str:
    """The program."""
    said = [
        f"\t\t{_NAMES[name]}: {_plain(name, value)},"
        for name, value in properties_of(letter)
        if name in _NAMES
    ]
    if letter.properties.headers is not None:
        said.append(f"\t\tHeaders: {_table(letter.properties.headers)},")
    as_text = letter.body_text()
    body = raw(letter.body) if as_text is None else f"[]byte({text(as_text)})"
    wanted = [f'"{name}"' for name in ("context", "log", *_packages(letter))]
    return f"""package main

import (
{"".join(f"{chr(9)}{each}{chr(10)}" for each in wanted)}
\tamqp "github.com/rabbitmq/amqp091-go"
)

func main() {{
\tconnection, err := amqp.Dial({text(letter.url)})
\tif err != nil {{
\t\tlog.Fatal(err)
\t}}
\tdefer connection.Close()
\tchannel, err := connection.Channel()
\tif err != nil {{
\t\tlog.Fatal(err)
\t}}
\terr = channel.PublishWithContext(context.Background(), {text(letter.exchange)}, {text(letter.routing_key)}, false, false, amqp.Publishing{{
{"".join(line + chr(10) for line in said)}\t\tBody: {body},
\t}})
\tif err != nil {{
\t\tlog.Fatal(err)
\t}}
}}
"""  # noqa: E501  # a line of theirs


def _packages(letter: Letter) -> list[str]:
    """What else is used: an import that is not used does not compile."""
    headers = list(_all(letter.properties.headers or []))
    has_odd = any(h.kind in ("float", "double") and not math.isfinite(h.value) for h in headers)
    has_time = letter.properties.timestamp_s is not None or any(h.kind == "timestamp" for h in headers)
    return [*(["math"] if has_odd else []), *(["time"] if has_time else [])]


def _all(headers: list[Header]) -> Iterator[Header]:
    for header in headers:
        yield header
        if header.kind in ("table", "list"):
            yield from _all(header.value)


def _plain(name: str, value: str | int) -> str:
    if name == "timestamp_s":
        return f"time.Unix({value}, 0)"
    return text(value) if isinstance(value, str) else str(value)


def _table(headers: list[Header]) -> str:
    return "amqp.Table{" + ", ".join(f"{text(h.name)}: {_value(h)}" for h in headers) + "}"


def _value(header: Header) -> str:
    value = header.value
    match header.kind:
        case "string":
            return text(value)
        case "bool":
            return "true" if value else "false"
        case "null":
            return "nil"
        case "timestamp":
            return f"time.Unix({value}, 0)"
        case "decimal":
            places, digits = decimal_parts(header)
            return f"amqp.Decimal{{Scale: {places}, Value: {digits}}}"
        case "bytes":
            return raw(value)
        case "double" | "float":
            return f"{'float64' if header.kind == 'double' else 'float32'}({_float(value)})"
        case "table":
            return _table(value)
        case "list":
            return "[]interface{}{" + ", ".join(_value(each) for each in value) + "}"
    return f"{_TYPES[header.kind]}({value})"


def _float(value: float) -> str:
    written = repr(float(value))
    return {"inf": "math.Inf(1)", "-inf": "math.Inf(-1)", "nan": "math.NaN()"}.get(written, written)
