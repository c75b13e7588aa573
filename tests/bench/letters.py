"""What a run publishes, built before its clock starts, and where it goes: queues, exchange, bindings."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.bench import wire

CHUNK_BYTES = 256 * 1024
QUEUE = "bench"
TAG = "c"


@dataclass(frozen=True, slots=True)
class Layout:
    """What has to be there: queues with arguments, and an exchange with bindings if it has a name."""

    queues: Sequence[str] = (QUEUE,)
    arguments: wire.Arguments = field(default_factory=dict)
    is_durable: bool = False
    exchange: str = ""
    kind: str = ""
    bindings: Sequence[tuple[str, str, wire.Arguments]] = ()
    """Queue, routing key, arguments."""

    def put(self, connection: wire.Connection) -> None:
        """Declare all of it."""
        for queue in self.queues:
            connection.declare(queue, self.arguments, is_durable=self.is_durable)
        if self.exchange:
            connection.declare_exchange(self.exchange, self.kind)
        for queue, key, arguments in self.bindings:
            connection.bind(queue, self.exchange, key, arguments)

    def remove(self, connection: wire.Connection) -> None:
        """Delete all of it."""
        if self.exchange:
            connection.delete_exchange(self.exchange)
        for queue in self.queues:
            connection.delete(queue)


ONE_QUEUE = Layout()
"""The queue of the core workloads."""


@dataclass(frozen=True, slots=True)
class Letters:
    """Messages that are sent again and again in the same order; each takes as many bytes as the others."""

    cycle: bytes
    count: int
    delivery: wire.Delivery

    @property
    def size(self) -> int:
        """Bytes of one publish."""
        return len(self.cycle) // self.count

    def chunks(self, count: int) -> Iterator[memoryview]:
        """So many messages, in pieces of about CHUNK_BYTES, at least a message each."""
        whole, size = memoryview(self.cycle), self.size
        in_chunk = max(1, CHUNK_BYTES // size)
        sent = 0
        while sent < count:
            at = sent % self.count
            some = min(in_chunk, count - sent, self.count - at)
            yield whole[at * size : (at + some) * size]
            sent += some


def alike(body_bytes: int, properties: bytes = wire.NO_PROPERTIES, queue: str = QUEUE) -> Letters:
    """Equal messages to one queue, about a chunk of them."""
    one = wire.publish_frames("", queue, b"m" * body_bytes, properties)
    count = max(1, CHUNK_BYTES // len(one))
    return Letters(one * count, count, wire.Delivery(TAG, "", queue, len(properties), body_bytes))


def different(
    count: int,
    body_bytes: int,
    exchange: str = "",
    key: Callable[[int], str] = lambda _: QUEUE,
    properties: Callable[[int], bytes] = lambda _: wire.NO_PROPERTIES,
) -> Letters:
    """Messages with keys and properties of their own, which must be equally long."""
    body = b"m" * body_bytes
    frames = [wire.publish_frames(exchange, key(i), body, properties(i)) for i in range(count)]
    if len({len(each) for each in frames}) != 1:
        raise ValueError("these messages are not all of one size")
    delivery = wire.Delivery(TAG, exchange, key(0), len(properties(0)), body_bytes)
    return Letters(b"".join(frames), count, delivery)
