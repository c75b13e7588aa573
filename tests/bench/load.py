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
from functools import cache

from tests.bench import wire
from tests.bench.letters import ONE_QUEUE, TAG, Layout, Letters

RECEIVE_BYTES = 1024 * 1024
PATIENCE_S = 60


@cache
def acks(count: int, frame: Callable[[int], bytes]) -> bytes:
    return b"".join(frame(tag) for tag in range(1, count + 1))


def send_all(connection: wire.Connection, letters: Letters, count: int) -> None:
    """Publish messages as fast as the broker takes them."""
    for chunk in letters.chunks(count):
        connection.socket.sendall(chunk)


def wait_for_ready(connection: wire.Connection, queue: str, count: int) -> None:
    """Ask until so many messages are ready in the queue."""
    deadline = time.monotonic() + PATIENCE_S
    while (ready := connection.declare(queue, is_passive=True)) != count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{ready} messages ready after {PATIENCE_S} s, expected {count}")


def publish_only(
    port: int, letters: Letters, count: int, layout: Layout = ONE_QUEUE, *, stay: int | None = None
) -> float:
    """Publish without consumers, until the broker has taken everything in; `stay`: as many as stay."""
    connection = wire.Connection(port)
    layout.put(connection)
    begin = time.perf_counter()
    send_all(connection, letters, count)
    wait_for_ready(connection, layout.queues[0], count if stay is None else stay)
    seconds = time.perf_counter() - begin
    layout.remove(connection)
    connection.close()
    return seconds


def publish_confirmed(
    port: int,
    letters: Letters,
    count: int,
    layout: Layout = ONE_QUEUE,
    window: int = 1_000,
    *,
    keeps_queues: bool = False,
) -> float:
    """Publish with at most `window` messages unconfirmed, until all are confirmed."""
    connection = wire.Connection(port)
    layout.put(connection)
    connection.select_confirms()
    size = letters.size
    messages = memoryview(letters.cycle[:size] * window)
    confirms = ConfirmCounter()
    sent = 0
    begin = time.perf_counter()
    while confirms.count < count:
        allowed = min(window - (sent - confirms.count), count - sent)
        connection.socket.sendall(messages[: allowed * size])
        sent += allowed
        data = connection.socket.recv(RECEIVE_BYTES)
        if not data:
            raise ConnectionError("the broker hung up")
        confirms.feed(data)
    seconds = time.perf_counter() - begin
    if not keeps_queues:
        layout.remove(connection)
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


def publish_and_consume(
    port: int,
    letters: Letters,
    count: int,
    layout: Layout = ONE_QUEUE,
    *,
    prefetch: int = 0,
    copies: int = 1,
    consumers: int = 1,
    frame: Callable[[int], bytes] = wire.ack_frame,
    keeps_queues: bool = False,
) -> float:
    """Publish and consume at the same time, on one channel each.

    prefetch: with acknowledgements (`frame`: or what else to answer each delivery with); 0: without.
    copies: how many queues get each message. consumers: how many each queue has.
    """
    publisher, consumer = wire.Connection(port), wire.Connection(port)
    layout.put(consumer)
    if prefetch:
        consumer.set_prefetch(prefetch)
    queues = [queue for queue in layout.queues for _ in range(consumers)]
    for number, queue in enumerate(queues):
        consumer.consume(queue, tag_of(number, len(queues)), is_auto_ack=not prefetch)
    answers = memoryview(acks(count, frame)) if prefetch else None
    publishing = threading.Thread(target=send_all, args=(publisher, letters, count))
    delivery = wire.Delivery(
        tag_of(0, len(queues)),
        letters.delivery.exchange,
        letters.delivery.key,
        letters.delivery.properties_bytes,
        letters.delivery.body_bytes,
    )
    begin = time.perf_counter()
    publishing.start()
    receive_all(consumer, delivery, count * copies, answers)
    for queue in layout.queues:
        wait_for_ready(consumer, queue, 0)  # answered behind the last acknowledgement
    seconds = time.perf_counter() - begin
    publishing.join()
    publisher.close()
    if not keeps_queues:
        layout.remove(consumer)
    consumer.close()
    return seconds


def tag_of(number: int, count: int) -> str:
    """The tag of one of several consumers, all of one length."""
    return TAG if count == 1 else f"{TAG}{number:04}"


def receive_all(
    consumer: wire.Connection, delivery: wire.Delivery, count: int, answers: memoryview | None
) -> None:
    """Count deliveries by their bytes, and check the tag of the last whole one in every chunk."""
    buffer = memoryview(bytearray(RECEIVE_BYTES + delivery.size))
    answer_size = wire.ACK_FRAME.size
    rest_before = consumer.take_rest()
    received, filled = 0, len(rest_before)
    buffer[:filled] = rest_before
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
            if answers is not None:
                consumer.socket.sendall(answers[received * answer_size : (received + whole) * answer_size])
            received += whole
            buffer[:rest] = buffer[filled - rest : filled]
            filled = rest
