"""The load generator: frames are built before the clock starts, so that the client is not the limit.

Publishing is `sendall` of prebuilt chunks; consuming is `recv` into a large buffer and counting bytes,
since all deliveries of a run are of one size; acknowledging is sending slices of a prebuilt string.
Publisher and consumer are two connections on two threads: both spend their time inside the kernel.

A run is over when the broker is done, not when the client has sent: after publishing, a passive
declare on the same channel has to answer with the full count; after acknowledging, with none.
"""

import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from tests.bench import wire

CHUNK_BYTES = 256 * 1024
RECEIVE_BYTES = 1024 * 1024
QUEUE = "bench"
TAG = "c"


@dataclass(frozen=True, slots=True)
class Measure:
    """One run: messages per second, and how much of one core the load generator itself used."""

    rate_per_s: float
    client_share: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is measured, with how many messages of which size."""

    title: str
    run: Callable[[int, int, int], float]
    count: int
    body_bytes: int

    def measure(self, port: int, count: int | None = None) -> Measure:
        """Run once and take the time."""
        count = count or self.count
        cpu_before = time.process_time()
        seconds = self.run(port, count, self.body_bytes)
        # Preparing is counted in as well: the share is an upper bound.
        return Measure(count / seconds, (time.process_time() - cpu_before) / seconds)


@cache
def _publish_chunk(body_bytes: int) -> tuple[bytes, int]:
    """Whole messages, about CHUNK_BYTES of them, and how many they are."""
    one = wire.publish_frames(QUEUE, b"m" * body_bytes)
    count = max(1, CHUNK_BYTES // len(one))
    return one * count, count


@cache
def _acks(count: int) -> bytes:
    return b"".join(wire.ack_frame(tag) for tag in range(1, count + 1))


def send_all(connection: wire.Connection, count: int, body_bytes: int) -> None:
    """Publish messages to the queue as fast as the broker takes them."""
    chunk, chunk_count = _publish_chunk(body_bytes)
    for _ in range(count // chunk_count):
        connection.socket.sendall(chunk)
    rest = count % chunk_count
    connection.socket.sendall(chunk[: len(chunk) // chunk_count * rest])


def wait_for_ready(connection: wire.Connection, count: int) -> None:
    """Ask until so many messages are ready in the queue."""
    deadline = time.monotonic() + 60
    while (ready := connection.declare(QUEUE, is_passive=True)) != count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{ready} messages ready after 60 s, expected {count}")


def publish_only(port: int, count: int, body_bytes: int) -> float:
    """Publish to a queue without consumers, until the broker has taken everything in."""
    connection = wire.Connection(port)
    connection.declare(QUEUE)
    begin = time.perf_counter()
    send_all(connection, count, body_bytes)
    wait_for_ready(connection, count)
    seconds = time.perf_counter() - begin
    connection.delete(QUEUE)
    connection.close()
    return seconds


def publish_confirmed(port: int, count: int, body_bytes: int, window: int = 1_000) -> float:
    """Publish with at most `window` messages unconfirmed, until all are confirmed."""
    connection = wire.Connection(port)
    connection.declare(QUEUE)
    connection.select_confirms()
    one = wire.publish_frames(QUEUE, b"m" * body_bytes)
    messages = memoryview(one * window)
    confirms = ConfirmCounter()
    sent = 0
    begin = time.perf_counter()
    while confirms.count < count:
        allowed = min(window - (sent - confirms.count), count - sent)
        connection.socket.sendall(messages[: allowed * len(one)])
        sent += allowed
        data = connection.socket.recv(RECEIVE_BYTES)
        if not data:
            raise ConnectionError("the broker hung up")
        confirms.feed(data)
    seconds = time.perf_counter() - begin
    connection.delete(QUEUE)
    connection.close()
    return seconds


class ConfirmCounter:
    """Counts confirmed publishes in a stream of acknowledgement frames, which may come out of order."""

    def __init__(self) -> None:
        self.count = 0
        self._all_up_to = 0
        self._above: set[int] = set()
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Take the next bytes from the broker."""
        data = self._rest + data
        whole = len(data) // wire.ACK_FRAME.size * wire.ACK_FRAME.size
        self._rest = data[whole:]
        for kind, _, _, *name, tag, is_multiple, _ in wire.ACK_FRAME.iter_unpack(data[:whole]):
            if kind != wire.METHOD or tuple(name) != wire.ACK:
                raise RuntimeError(f"expected a confirm, got frame {kind} {name}")
            self._confirm(tag, is_multiple)
        self.count = self._all_up_to + len(self._above)

    def _confirm(self, tag: int, is_multiple: int) -> None:
        if is_multiple and tag > self._all_up_to:
            self._all_up_to = tag
            self._above = {other for other in self._above if other > tag}
        elif tag > self._all_up_to:
            self._above.add(tag)
        while self._all_up_to + 1 in self._above:
            self._all_up_to += 1
            self._above.remove(self._all_up_to)


def consume_auto_acked(port: int, count: int, body_bytes: int) -> float:
    """Publish and consume at the same time, without acknowledgements."""
    return _publish_and_consume(port, count, body_bytes, prefetch=0)


def consume_acked(port: int, count: int, body_bytes: int, *, keeps_queue: bool = False) -> float:
    """Publish and consume at the same time, each delivery acknowledged, prefetch 300."""
    return _publish_and_consume(port, count, body_bytes, prefetch=300, keeps_queue=keeps_queue)


def _publish_and_consume(
    port: int, count: int, body_bytes: int, *, prefetch: int, keeps_queue: bool = False
) -> float:
    publisher, consumer = wire.Connection(port), wire.Connection(port)
    consumer.declare(QUEUE)
    consumer.consume(QUEUE, TAG, is_auto_ack=not prefetch, prefetch=prefetch)
    acks = memoryview(_acks(count)) if prefetch else None
    publishing = threading.Thread(target=send_all, args=(publisher, count, body_bytes))
    begin = time.perf_counter()
    publishing.start()
    _receive_all(consumer, count, body_bytes, acks)
    wait_for_ready(consumer, 0)  # answered behind the last acknowledgement
    seconds = time.perf_counter() - begin
    publishing.join()
    publisher.close()
    if not keeps_queue:
        consumer.delete(QUEUE)
    consumer.close()
    return seconds


def _receive_all(consumer: wire.Connection, count: int, body_bytes: int, acks: memoryview | None) -> None:
    """Count deliveries by their bytes, and check the tag of the last whole one in every chunk."""
    delivery = wire.Delivery(TAG, QUEUE, body_bytes)
    buffer = memoryview(bytearray(RECEIVE_BYTES + delivery.size))
    ack_size = wire.ACK_FRAME.size
    received = filled = 0
    while received < count:
        got = consumer.socket.recv_into(buffer[filled : filled + RECEIVE_BYTES])
        if not got:
            raise ConnectionError("the broker hung up")
        filled += got
        whole, rest = divmod(filled, delivery.size)
        if whole:
            last_at = (whole - 1) * delivery.size
            (tag,) = struct.unpack_from(">Q", buffer, last_at + delivery.tag_at)
            if tag != received + whole:
                raise RuntimeError(f"delivery {received + whole} carries tag {tag}")
            if acks is not None:
                consumer.socket.sendall(acks[received * ack_size : (received + whole) * ack_size])
            received += whole
            buffer[:rest] = buffer[filled - rest : filled]
            filled = rest


SCENARIOS = [
    Scenario("publish, 16 B", publish_only, 300_000, 16),
    Scenario("publish + consume, auto-ack, 16 B", consume_auto_acked, 300_000, 16),
    Scenario("publish + consume, ack, prefetch 300, 16 B", consume_acked, 200_000, 16),
    Scenario("publish, confirms, window 1,000, 16 B", publish_confirmed, 200_000, 16),
    Scenario("publish, 1 KiB", publish_only, 150_000, 1024),
    Scenario("publish + consume, auto-ack, 1 KiB", consume_auto_acked, 150_000, 1024),
    Scenario("publish + consume, ack, prefetch 300, 1 KiB", consume_acked, 150_000, 1024),
    Scenario("publish, confirms, window 1,000, 1 KiB", publish_confirmed, 150_000, 1024),
]
