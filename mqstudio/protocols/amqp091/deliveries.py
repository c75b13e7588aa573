"""Messages on their way out: basic.deliver and what else carries content.

The hot path. A delivery is one struct: most of it does not change from message to message, so the
beginning of the method is kept per subscription, its end per exchange and routing key, and a layout
per length of the property bytes. What remains per message is one `pack` and three appends.
"""

from collections.abc import Callable, Mapping, Sequence
from struct import Struct

from msgspec import Struct as Value

from mqstudio.model.events import DeliveryNotes, Mail, MessageDelivered
from mqstudio.model.message import HUB_FORMAT, Message, Properties, decode_properties
from mqstudio.protocols.amqp091 import codec, methods
from mqstudio.protocols.amqp091.annotating import annotate
from mqstudio.protocols.amqp091.content import BASIC_CLASS
from mqstudio.protocols.amqp091.convert import read_properties, write_properties
from mqstudio.protocols.base import Piece, WatchItem

Letter = Mail | WatchItem

NAME = "amqp091"
"""This protocol's key, and the format of property bytes that need no conversion."""

_DELIVER = methods.CODES["basic.deliver"]
_CLASS_AND_WEIGHT = BASIC_CLASS << 16
_HEADER_FIXED = 12
"""Bytes of a content header's payload before the properties: class, weight, body size."""
_HEADER_HEAD = Struct(">BHIIQ")
_TAG_AND_FLAG = Struct(">QB")
_END = b"\xce"
BULKY_BYTES = 65_536
"""Longer bodies are handed to the socket as they are: joining them with the rest would be one more copy."""

_KINDS_MAX = 16_384
"""Routes and layouts kept for a connection's deliveries (about 8 MB); more begin anew. Bounds memory against
random keys, random lengths of properties, and both together."""


class _Route(Value, gc=False):
    """The constant parts of deliveries to one subscription from one exchange with one key.

    `tail` ends the method frame and begins the header frame. `packs` are layouts by length of properties.
    """

    head: bytes
    tail: bytes
    packs: dict[int, Callable[..., bytes]]


class DeliveryWriter:
    """Turns a connection's deliveries into frames.

    `open_channels` is the session's own: ids of the channels that still want their deliveries.
    """

    def __init__(self, open_channels: Mapping[int, object]) -> None:
        self.body_max = 0
        """Largest payload of a body frame, as tuned."""
        self.is_bulky = False
        """Whether anything bulky was written since this was last set to False."""
        self._open_channels = open_channels
        self._routes: dict[int, dict[tuple[str, str], _Route]] = {}
        self._kept = 0

    def forget(self) -> None:
        """A channel or subscription has ended: begin anew, so that nothing stays for good."""
        self._routes.clear()
        self._kept = 0

    def _make_room(self) -> None:
        """Count one more route or layout."""
        if self._kept >= _KINDS_MAX:
            self.forget()
        self._kept += 1

    def write(
        self, mail: Sequence[Letter], out: list[Piece], on_other: Callable[[Letter], None] | None = None
    ) -> None:
        """Append the frames of deliveries to `out`; other mail goes to `on_other`, in its turn."""
        routes_by_subscription = self._routes
        body_max = min(self.body_max, BULKY_BYTES)
        for letter in mail:
            if type(letter) is not MessageDelivered:
                if on_other is not None:
                    on_other(letter)
                continue
            message = letter.message
            subscription = letter.subscription
            assert subscription is not None  # a message taken singly is a reply, not mail
            try:
                route = routes_by_subscription[subscription.id][message.exchange, message.routing_key]
            except KeyError:
                learned = self._learn(letter)
                if learned is None:
                    continue
                route = learned
            properties = message.properties
            body = message.body
            size = len(body)
            length = len(properties)
            if (
                message.format != NAME
                or not 0 < size <= body_max
                or message.past is not None
                or letter.notes is not None
            ):
                self._write_unusual(route, letter, out)
                continue
            pack = route.packs.get(length)
            if pack is None:
                self._make_room()
                pack = _layout(route, length)
            out += (
                pack(
                    route.head,
                    letter.delivery_tag,
                    letter.is_redelivered,
                    route.tail,
                    length + 12,
                    0x3C0000,
                    size,
                    properties,
                    0xCE,
                    3,
                    letter.channel.number,
                    size,
                ),
                body,
                b"\xce",
            )

    def _learn(self, letter: MessageDelivered) -> _Route | None:
        """Make a new route; None when the channel is closing and wants nothing any more."""
        if letter.channel.id not in self._open_channels or letter.subscription is None:
            return None
        self._make_room()
        routes = self._routes.setdefault(letter.subscription.id, {})
        message, number = letter.message, letter.channel.number
        key = codec.write_short_string(message.exchange) + codec.write_short_string(message.routing_key)
        tag = _DELIVER.to_bytes(4) + codec.write_short_string(letter.subscription.tag)
        head = codec.FRAME_HEAD.pack(codec.METHOD, number, len(tag) + 9 + len(key)) + tag
        tail = key + _END + bytes([codec.HEADER]) + number.to_bytes(2)
        route = _Route(head, tail, {})
        routes[message.exchange, message.routing_key] = route
        return route

    def _write_unusual(self, route: _Route, letter: MessageDelivered, out: list[Piece]) -> None:
        """Empty bodies, bulky ones, those of several frames, properties that need conversion."""
        out.append(route.head + _TAG_AND_FLAG.pack(letter.delivery_tag, letter.is_redelivered))
        out.append(route.tail[:-3])
        out += self.content(letter.channel.number, letter.message, letter.notes)

    def content(self, number: int, message: Message, notes: DeliveryNotes | None = None) -> list[Piece]:
        """The header and body frames of a message."""
        properties = _properties(message, notes)
        body = memoryview(message.body)
        size = len(body)
        self.is_bulky = self.is_bulky or size > BULKY_BYTES
        parts: list[Piece] = [
            _HEADER_HEAD.pack(codec.HEADER, number, _HEADER_FIXED + len(properties), _CLASS_AND_WEIGHT, size),
            properties,
            _END,
        ]
        for start in range(0, size, self.body_max):
            part = body[start : start + self.body_max]
            parts += (codec.FRAME_HEAD.pack(codec.BODY, number, len(part)), part, _END)
        return parts


def _layout(route: _Route, length: int) -> Callable[..., bytes]:
    """Method end, header frame and the body frame's head in one struct, for one length of properties."""
    pack = Struct(f">{len(route.head)}sQB{len(route.tail)}sIIQ{length}sBBHI").pack
    route.packs[length] = pack
    return pack


def _properties(message: Message, notes: DeliveryNotes | None) -> bytes:
    """A message's properties in our bytes, whatever protocol it came by, and what the broker adds."""
    if message.format == NAME and message.past is None and notes is None:
        return message.properties
    if message.format == NAME:
        properties = read_properties(message.properties)
    elif message.format == HUB_FORMAT:
        properties = decode_properties(message.properties)
    else:
        properties = Properties()
    if message.past is not None or notes is not None:
        properties = annotate(properties, message, notes)
    return write_properties(properties)
