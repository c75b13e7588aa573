"""Publishes at full speed: method, header and body read in one go where all three are at hand.

What repeats is remembered: the basic.publish frame of a route, and property bytes that were found
good. Whatever is not wholly here or in any way odd is left to the slow way, which judges it.
"""

from struct import Struct, error
from typing import Final

from mqstudio.model.errors import RemoteError
from mqstudio.model.message import Traits
from mqstudio.model.rights import NO_RIGHTS
from mqstudio.protocols.amqp091 import codec
from mqstudio.protocols.amqp091.channel import Channel
from mqstudio.protocols.amqp091.content import BASIC_CLASS
from mqstudio.protocols.amqp091.vetting import Vetted, vet

_HEADER_FRAME = Struct(">IIIQ").unpack_from
_BODY_FRAME = Struct(">II").unpack_from
"""Both begin a byte early: with the end of the frame before, type and channel fill one integer, which is
one comparison against a known mark."""

_BASIC_AND_WEIGHT: Final = BASIC_CLASS << 16
_EXCHANGE_AT: Final = 13
"""Where the exchange begins in a basic.publish frame: behind frame head, method and a reserved short."""
_MANDATORY, _IMMEDIATE = 1, 2

_MEMORIES_MAX: Final = 4096
"""Routes, and property bytes, remembered per connection; more begin anew."""

_MEMORABLE_BYTES: Final = 256
"""Longer property bytes are checked each time: they hardly ever repeat."""

Route = tuple[Channel, str, str, bool, int, int]
"""What a basic.publish frame says: channel, exchange, routing key, mandatory; and the marks with which its
header frame and its body frame must begin."""

Whole = tuple[Channel, str, str, bool, bytes, Traits, int, int]
"""A publish: channel, exchange, routing key, mandatory, properties and what they ask for; where its body
frame begins and ends."""


class PublishReader:
    """Reads whole publishes on a connection's open channels (`channels` is the session's own)."""

    def __init__(self, channels: dict[int, Channel]) -> None:
        self.user: str | None = ""
        """Who is logged in: what the user_id property must say; None: anything."""
        self.rights = NO_RIGHTS
        self.reach = 0
        """Where in the buffer the publish ends that `read` found begun and not finished, if it is not 0."""
        self._channels = channels
        self._routes: dict[bytes, Route] = {}
        self._vetted: dict[bytes, Vetted] = {}

    def forget(self) -> None:
        """A channel is gone: so are the routes that name it."""
        self._routes.clear()

    def read(self, buffer: bytes, pos: int, stop: int, frame_max: int) -> Whole | None:
        """Read the publish whose method frame is `buffer[pos:stop]`; None: leave it to the slow way."""
        route = self._routes.get(buffer[pos:stop]) or self._learn(buffer, pos, stop)
        if route is None:
            return None
        channel, exchange, key, is_mandatory, header_mark, body_mark = route
        try:
            mark, header_size, class_and_weight, body_size = _HEADER_FRAME(buffer, stop - 1)
            body_at = stop + header_size + 8
            body_stop = body_at + body_size + 8
            if (
                mark != header_mark
                or class_and_weight != _BASIC_AND_WEIGHT
                or not 0 < body_size <= frame_max
                or header_size > frame_max
                or _BODY_FRAME(buffer, body_at - 1) != (body_mark, body_size)
            ):
                return None
        except error:  # not even its body has begun
            return None
        if body_stop > len(buffer):
            self.reach = body_stop
            return None
        if buffer[body_stop - 1] != 0xCE:
            return None
        properties = buffer[stop + 19 : body_at - 1]
        vetted = self._vetted.get(properties) or self._vet(properties)
        if vetted is None:
            return None
        return (
            channel,
            exchange,
            key,
            is_mandatory,
            vetted.properties,
            vetted.traits,
            body_at,
            body_stop,
        )

    def _learn(self, buffer: bytes, pos: int, stop: int) -> Route | None:
        """Read a basic.publish frame and remember it; None if anything about it is for the slow way."""
        if stop > len(buffer) or buffer[pos] != codec.METHOD or buffer[stop - 1] != codec.FRAME_END:
            return None
        number = int.from_bytes(buffer[pos + 1 : pos + 3])
        channel = self._channels.get(number)
        limit = stop - 1
        try:
            exchange, at = codec.read_short_string(buffer, pos + _EXCHANGE_AT, limit)
            key, at = codec.read_short_string(buffer, at, limit)
        except ValueError:
            return None
        if (
            channel is None
            or at + 1 != limit
            or buffer[at] & _IMMEDIATE
            or not self.rights.may_publish(exchange)
        ):
            return None
        if len(self._routes) >= _MEMORIES_MAX:
            self._routes.clear()
        is_mandatory = bool(buffer[at] & _MANDATORY)
        route = (channel, exchange, key, is_mandatory, 0xCE020000 | number, 0xCE030000 | number)
        self._routes[buffer[pos:stop]] = route
        return route

    def _vet(self, properties: bytes) -> Vetted | None:
        """Property bytes that may pass as they are; the slow way fills in the others, or says why not."""
        try:
            vetted = vet(properties, self.user)
        except RemoteError:
            return None
        if vetted.wants_reply:
            return None
        if len(properties) <= _MEMORABLE_BYTES:
            if len(self._vetted) >= _MEMORIES_MAX:
                self._vetted.clear()
            self._vetted[properties] = vetted
        return vetted
