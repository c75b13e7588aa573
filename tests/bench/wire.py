"""The few AMQP 0-9-1 frames a load generator needs, written apart from the product's own codec."""

import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

HEADER = b"AMQP\x00\x00\x09\x01"
METHOD, CONTENT_HEADER, BODY = 1, 2, 3
FRAME_END = b"\xce"
FRAME_MAX = 131_072
BODY_MAX = FRAME_MAX - 8
"""Of a body, the most that one frame carries."""

START, START_OK, TUNE, TUNE_OK, OPEN, OPEN_OK = (10, 10), (10, 11), (10, 30), (10, 31), (10, 40), (10, 41)
CLOSE, CLOSE_OK = (10, 50), (10, 51)
CHANNEL_OPEN, CHANNEL_OPEN_OK = (20, 10), (20, 11)
EXCHANGE_DECLARE, EXCHANGE_DECLARE_OK, EXCHANGE_DELETE, EXCHANGE_DELETE_OK = (
    (40, 10),
    (40, 11),
    (40, 20),
    (40, 21),
)
QUEUE_BIND, QUEUE_BIND_OK = (50, 20), (50, 21)
QUEUE_DECLARE, QUEUE_DECLARE_OK, QUEUE_DELETE, QUEUE_DELETE_OK = (50, 10), (50, 11), (50, 40), (50, 41)
QOS, QOS_OK, CONSUME, CONSUME_OK = (60, 10), (60, 11), (60, 20), (60, 21)
PUBLISH, DELIVER, ACK, REJECT = (60, 40), (60, 60), (60, 80), (60, 90)
CONFIRM_SELECT, CONFIRM_SELECT_OK = (85, 10), (85, 11)

ACK_FRAME = struct.Struct(">BHIHHQBB")
"""type, channel, size, class, method, delivery tag, multiple, frame end."""


def short_string(text: str) -> bytes:
    """Write a short string."""
    data = text.encode()
    return bytes([len(data)]) + data


def frame(kind: int, channel: int, payload: bytes) -> bytes:
    """Write one frame."""
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + FRAME_END


def method(channel: int, name: tuple[int, int], arguments: bytes = b"") -> bytes:
    """Write one method frame."""
    return frame(METHOD, channel, struct.pack(">HH", *name) + arguments)


Arguments = Mapping[str, str | int]


def table(arguments: Arguments) -> bytes:
    """Write a field table of strings and numbers."""
    fields = b"".join(
        short_string(name)
        + (
            b"S" + struct.pack(">I", len(value.encode())) + value.encode()
            if isinstance(value, str)
            else b"l" + struct.pack(">q", value)
        )
        for name, value in arguments.items()
    )
    return struct.pack(">I", len(fields)) + fields


NO_PROPERTIES = b"\x00\x00"


def publish_frames(exchange: str, key: str, body: bytes, properties: bytes = NO_PROPERTIES) -> bytes:
    """Write a message on channel 1; `properties` begin with their flags."""
    route = struct.pack(">H", 0) + short_string(exchange) + short_string(key) + b"\x00"
    header = struct.pack(">HHQ", 60, 0, len(body)) + properties
    parts = [method(1, PUBLISH, route), frame(CONTENT_HEADER, 1, header)]
    parts += [frame(BODY, 1, body[at : at + BODY_MAX]) for at in range(0, len(body), BODY_MAX)]
    return b"".join(parts)


def ack_frame(delivery_tag: int) -> bytes:
    """Write the acknowledgement of one delivery on channel 1."""
    return ACK_FRAME.pack(METHOD, 1, 13, *ACK, delivery_tag, 0, 0xCE)


def reject_frame(delivery_tag: int) -> bytes:
    """Write the rejection of one delivery on channel 1, not to be requeued; it is as long as an ack."""
    return ACK_FRAME.pack(METHOD, 1, 13, *REJECT, delivery_tag, 0, 0xCE)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What every delivery of a run looks like: all of one size, only names and the tag change."""

    consumer_tag: str
    exchange: str
    key: str
    properties_bytes: int
    body_bytes: int
    tag_at: int = field(init=False)
    size: int = field(init=False)

    def __post_init__(self) -> None:
        tag_at = 7 + 4 + 1 + len(self.consumer_tag)
        method_bytes = tag_at + 8 + 1 + len(short_string(self.exchange)) + len(short_string(self.key)) + 1
        frames = -(-self.body_bytes // BODY_MAX)
        object.__setattr__(self, "tag_at", tag_at)
        object.__setattr__(
            self, "size", method_bytes + (7 + 12 + self.properties_bytes + 1) + 8 * frames + self.body_bytes
        )


def declare_frame(
    queue: str, arguments: Arguments, *, is_passive: bool = False, is_durable: bool = False
) -> bytes:
    """Write a queue.declare."""
    flags = bytes([is_passive | is_durable << 1])
    return method(1, QUEUE_DECLARE, struct.pack(">H", 0) + short_string(queue) + flags + table(arguments))


def bind_frame(queue: str, exchange: str, key: str, arguments: Arguments) -> bytes:
    """Write a queue.bind."""
    names = short_string(queue) + short_string(exchange) + short_string(key)
    return method(1, QUEUE_BIND, struct.pack(">H", 0) + names + b"\x00" + table(arguments))


def delete_frame(queue: str) -> bytes:
    """Write a queue.delete."""
    return method(1, QUEUE_DELETE, struct.pack(">H", 0) + short_string(queue) + b"\x00")


class Connection:
    """A blocking connection with channel 1 open."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self.socket.sendall(HEADER)
        self.server_properties = self.wait_for(START)
        self._log_in()
        self.call(method(1, CHANNEL_OPEN, short_string("")), CHANNEL_OPEN_OK)

    def _log_in(self) -> None:
        response = b"\x00guest\x00guest"
        start_ok = struct.pack(">I", 0) + short_string("PLAIN") + struct.pack(">I", len(response)) + response
        self.call(method(0, START_OK, start_ok + short_string("en_US")), TUNE)
        # No heartbeats: every byte that comes is then a frame the scenario asked for.
        self.socket.sendall(method(0, TUNE_OK, struct.pack(">HIH", 2047, FRAME_MAX, 0)))
        self.call(method(0, OPEN, short_string("/") + b"\x00\x00"), OPEN_OK)

    def call(self, request: bytes, answer: tuple[int, int]) -> bytes:
        """Send a method and return the arguments of its answer."""
        self.socket.sendall(request)
        return self.wait_for(answer)

    def wait_for(self, name: tuple[int, int]) -> bytes:
        """Return the arguments of the next method, which has to be the one named."""
        kind, payload = next(self._frames())
        got = struct.unpack_from(">HH", payload)
        if kind != METHOD or got != name:
            raise RuntimeError(f"expected method {name}, got frame {kind} {got}: {payload[:200]!r}")
        return payload[4:]

    def _frames(self) -> Iterator[tuple[int, bytes]]:
        while True:
            if len(self._buffer) >= 7:
                kind, _, size = struct.unpack_from(">BHI", self._buffer)
                if len(self._buffer) >= size + 8:
                    payload, self._buffer = self._buffer[7 : 7 + size], self._buffer[size + 8 :]
                    yield kind, payload
                    continue
            data = self.socket.recv(65_536)
            if not data:
                raise ConnectionError("the broker hung up")
            self._buffer += data

    def take_rest(self) -> bytes:
        """What has come behind the last answer; it is the caller's from now on."""
        rest, self._buffer = self._buffer, b""
        return rest

    def declare(
        self,
        queue: str,
        arguments: Arguments | None = None,
        *,
        is_passive: bool = False,
        is_durable: bool = False,
    ) -> int:
        """Declare a queue; return how many messages are ready in it."""
        request = declare_frame(queue, arguments or {}, is_passive=is_passive, is_durable=is_durable)
        answer = self.call(request, QUEUE_DECLARE_OK)
        ready: int = struct.unpack_from(">I", answer, 1 + answer[0])[0]
        return ready

    def declare_exchange(self, name: str, kind: str) -> None:
        """Declare a transient exchange."""
        arguments = struct.pack(">H", 0) + short_string(name) + short_string(kind) + b"\x00" + table({})
        self.call(method(1, EXCHANGE_DECLARE, arguments), EXCHANGE_DECLARE_OK)

    def bind(self, queue: str, exchange: str, key: str, arguments: Arguments | None = None) -> None:
        """Bind a queue to an exchange."""
        self.call(bind_frame(queue, exchange, key, arguments or {}), QUEUE_BIND_OK)

    def delete_exchange(self, name: str) -> None:
        """Delete an exchange and wait until it is gone."""
        arguments = struct.pack(">H", 0) + short_string(name) + b"\x00"
        self.call(method(1, EXCHANGE_DELETE, arguments), EXCHANGE_DELETE_OK)

    def delete(self, queue: str) -> None:
        """Delete a queue and wait until it is gone."""
        self.call(delete_frame(queue), QUEUE_DELETE_OK)

    def set_prefetch(self, prefetch: int) -> None:
        """Allow each consumer so many deliveries without an answer."""
        self.call(method(1, QOS, struct.pack(">IHB", 0, prefetch, 0)), QOS_OK)

    def consume(self, queue: str, tag: str, *, is_auto_ack: bool) -> None:
        """Begin to consume."""
        flags = bytes([2 if is_auto_ack else 0])
        arguments = struct.pack(">H", 0) + short_string(queue) + short_string(tag) + flags
        self.call(method(1, CONSUME, arguments + struct.pack(">I", 0)), CONSUME_OK)

    def select_confirms(self) -> None:
        """Ask for publisher confirms."""
        self.call(method(1, CONFIRM_SELECT, b"\x00"), CONFIRM_SELECT_OK)

    def close(self) -> None:
        """Say goodbye and hang up."""
        arguments = struct.pack(">H", 200) + short_string("") + struct.pack(">HH", 0, 0)
        self.call(method(0, CLOSE, arguments), CLOSE_OK)
        self.socket.close()
