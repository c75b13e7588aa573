"""Messages: immutable values of no protocol, and the properties all protocols convert to and from."""

from typing import Any

import msgspec
from msgspec import Struct

HUB_FORMAT = "hub"
"""`Message.format` of property bytes that are `encode_properties` of a `Properties`."""


class Message(Struct, frozen=True, gc=False):
    """One published message. Queues, ledger and deliveries share the same object.

    `id` is the order of arrival at the broker. `properties` are the bytes the publisher's protocol
    sent, untouched; `format` names the protocol that can read them (or `HUB_FORMAT`).
    `publisher_id` is a connection id.
    """

    id: int
    body: bytes
    properties: bytes
    exchange: str
    routing_key: str
    published_at_us: int
    format: str
    publisher_id: int
    held_bytes: int = 0
    """What keeping it costs in memory: body, properties, and what surrounds them."""


class Header(Struct, frozen=True, gc=False):
    """One header field with its type.

    `kind` is one of: string bool int8 int16 int32 int64 uint8 uint16 uint32 float double decimal
    timestamp bytes table list null. `value` is a str, bool, int, float, bytes or None; for `table`
    and `list` a list of Header (with empty names in a list); for `decimal` the text "12.50";
    for `timestamp` seconds since 1970.
    """

    name: str
    kind: str
    value: Any = None  # JSON-like; the shape follows from `kind`


class Properties(Struct, frozen=True, omit_defaults=True):
    """What a message says about itself, in the words that brokers share; None where it is silent."""

    content_type: str | None = None
    content_encoding: str | None = None
    headers: list[Header] | None = None
    delivery_mode: int | None = None
    priority: int | None = None
    correlation_id: str | None = None
    reply_to: str | None = None
    expiration: str | None = None
    message_id: str | None = None
    timestamp_s: int | None = None
    type: str | None = None
    user_id: str | None = None
    app_id: str | None = None
    cluster_id: str | None = None


_hub_encoder = msgspec.msgpack.Encoder()
_hub_decoder = msgspec.msgpack.Decoder(Properties)


def encode_properties(properties: Properties) -> bytes:
    """Write properties in `HUB_FORMAT`."""
    return _hub_encoder.encode(properties)


def decode_properties(data: bytes) -> Properties:
    """Read properties in `HUB_FORMAT`. Raises msgspec.ValidationError on foreign bytes."""
    properties = _hub_decoder.decode(data)
    if properties.headers is None:
        return properties
    return msgspec.structs.replace(properties, headers=[_restore(h) for h in properties.headers])


def _restore(header: Header) -> Header:
    """Nested headers arrive as plain maps, since `Header.value` may be anything: rebuild them."""
    if header.kind not in ("table", "list"):
        return header
    nested = msgspec.convert(header.value or [], list[Header])
    return Header(header.name, header.kind, [_restore(h) for h in nested])
