"""The few AMQP 0-9-1 frames a load generator needs, written apart from the product's own codec."""

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

HEADER = b"AMQP\x00\x00\x09\x01"
METHOD, CONTENT_HEADER, BODY = 1, 2, 3
FRAME_END = b"\xce"
FRAME_MAX = 131_072

START, START_OK, TUNE, TUNE_OK, OPEN, OPEN_OK = (10, 10), (10, 11), (10, 30), (10, 31), (10, 40), (10, 41)
CLOSE, CLOSE_OK = (10, 50), (10, 51)
CHANNEL_OPEN, CHANNEL_OPEN_OK = (20, 10), (20, 11)
QUEUE_DECLARE, QUEUE_DECLARE_OK, QUEUE_DELETE, QUEUE_DELETE_OK = (50, 10), (50, 11), (50, 40), (50, 41)
QOS, QOS_OK, CONSUME, CONSUME_OK = (60, 10), (60, 11), (60, 20), (60, 21)
PUBLISH, DELIVER, ACK = (60, 40), (60, 60), (60, 80)
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


def publish_frames(queue: str, body: bytes) -> bytes:
    """Write a transient message without properties to the default exchange, on channel 1."""
    to_queue = struct.pack(">H", 0) + short_string("") + short_string(queue) + b"\x00"
    header = struct.pack(">HHQH", 60, 0, len(body), 0)
    return method(1, PUBLISH, to_queue) + frame(CONTENT_HEADER, 1, header) + frame(BODY, 1, body)


def ack_frame(delivery_tag: int) -> bytes:
    """Write the acknowledgement of one delivery on channel 1."""
    return ACK_FRAME.pack(METHOD, 1, 13, *ACK, delivery_tag, 0, 0xCE)


@dataclass(slots=True)
class Delivery:
    """What every delivery of a run looks like: all of one size, only the tag changes."""

    consumer_tag: str
    queue: str
    body_bytes: int
    tag_at: int = field(init=False)
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.tag_at = 7 + 4 + 1 + len(self.consumer_tag)
        method_bytes = self.tag_at + 8 + 1 + len(short_string("")) + len(short_string(self.queue)) + 1
        self.size = method_bytes + (7 + 14 + 1) + (7 + self.body_bytes + 1)


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

    def declare(self, queue: str, *, is_passive: bool = False) -> int:
        """Declare a transient queue; return how many messages are ready in it."""
        flags = bytes([1 if is_passive else 0])
        arguments = struct.pack(">H", 0) + short_string(queue) + flags + struct.pack(">I", 0)
        answer = self.call(method(1, QUEUE_DECLARE, arguments), QUEUE_DECLARE_OK)
        ready: int = struct.unpack_from(">I", answer, 1 + answer[0])[0]
        return ready

    def delete(self, queue: str) -> None:
        """Delete a queue and wait until it is gone."""
        arguments = struct.pack(">H", 0) + short_string(queue) + b"\x00"
        self.call(method(1, QUEUE_DELETE, arguments), QUEUE_DELETE_OK)

    def consume(self, queue: str, tag: str, *, is_auto_ack: bool, prefetch: int = 0) -> None:
        """Begin to consume."""
        if prefetch:
            self.call(method(1, QOS, struct.pack(">IHB", 0, prefetch, 0)), QOS_OK)
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
