"""Messages: immutable values of no protocol, and the properties all protocols convert to and from."""

from typing import Any

import msgspec
from msgspec import Struct

HUB_FORMAT = "hub"
"""`Message.format` of property bytes that are `encode_properties` of a `Properties`."""


class Traits(Struct, frozen=True, gc=False):
    """How a publisher wants its message treated; equal ones are shared by many messages.

    ttl_us: how long it may wait in a queue. delay_us: how long an exchange that delays is to hold it.
    extra_keys: further routing keys; it goes wherever any of its keys leads, once. hidden_keys: likewise,
    but nobody is to see them, and they are forgotten with the first route. ordering_key: messages with the
    same are worked on one after another. once_key: another message with it is a repeat.
    """

    is_persistent: bool = False
    priority: int = 0
    ttl_us: int | None = None
    delay_us: int | None = None
    extra_keys: tuple[str, ...] = ()
    hidden_keys: tuple[str, ...] = ()
    is_demanding: bool = False
    """Whether its route is not that of its key: it asks for any of the last three. See `traits`."""
    ordering_key: str | None = None
    once_key: str | None = None


def traits(  # noqa: PLR0917  # the fields of Traits
    is_persistent: bool = False,
    priority: int = 0,
    ttl_us: int | None = None,
    delay_us: int | None = None,
    extra_keys: tuple[str, ...] = (),
    hidden_keys: tuple[str, ...] = (),
) -> Traits:
    """Make Traits that know whether they are demanding."""
    is_demanding = delay_us is not None or bool(extra_keys or hidden_keys)
    return Traits(is_persistent, priority, ttl_us, delay_us, extra_keys, hidden_keys, is_demanding)


PLAIN = Traits()
"""Nothing asked for."""


class Death(Struct, frozen=True, gc=False):
    """That a message died in a queue `count` times for one reason; the rest is of the first time."""

    queue: str
    reason: str  # rejected, expired, maxlen, delivery_limit
    exchange: str
    routing_keys: tuple[str, ...]
    count: int
    at_us: int
    ttl_us: int | None = None
    """What time to live the publisher had given it, when that was used up or taken away."""


class Original(Struct, frozen=True, gc=False):
    """What a message said before a person changed it on its way."""

    body: bytes
    properties: bytes
    format: str
    held_bytes: int


class Moved(Struct, frozen=True, gc=False):
    """That a person moved or copied a message: what it was before, so that it can be that again.

    how: move, copy or redrive. queue: where it was; to: where it went. original: what it said, if that was
    changed on the way.
    """

    how: str
    queue: str
    to: tuple[str, ...]
    exchange: str
    routing_key: str
    published_at_us: int
    traits: Traits = PLAIN
    deliveries: int = 0
    before: "Past | None" = None
    original: Original | None = None


class Past(Struct, frozen=True, gc=False):
    """What a message was before: dead letters, delayed and moved messages are new messages with a past.

    parent_id: the message it was. deaths: one per queue and reason, the latest first. first: reason, queue
    and exchange of the very first death, None if it has not died. delay_us: how long it was held.
    has_new_key: dead-lettered with a routing key of the queue's choice, so that its own no longer count.
    """

    parent_id: int
    deaths: tuple[Death, ...] = ()
    first: tuple[str, str, str] | None = None
    delay_us: int | None = None
    has_new_key: bool = False
    moved: Moved | None = None


class Message(Struct, frozen=True, gc=False):
    """One published message. Queues, ledger and deliveries share the same object.

    `id` is the order of arrival at the broker. `properties` are the bytes the publisher's protocol
    sent, untouched; `format` names the protocol that can read them (or `HUB_FORMAT`). Whatever the format,
    names and texts in them are as UTF-8 has them: filters look for those first.
    `publisher_id` is a connection id (0: the broker itself).
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
    traits: Traits = PLAIN
    past: Past | None = None


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


def plain_headers(headers: list[Header] | None) -> dict[str, Any]:
    """Header fields as plain values by name; of equal names the last counts."""
    return {header.name: _plain_value(header) for header in headers or ()}


def _plain_value(header: Header) -> Any:  # Any: see Header
    if header.kind == "table":
        return plain_headers(header.value)
    if header.kind == "list":
        return [_plain_value(each) for each in header.value or ()]
    return header.value
