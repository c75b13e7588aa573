"""Clients of the window's broker, in a process of their own: so that what they take is not the window's.

python -m tests.bench.window_load WHAT PORT [NUMBER …]; each says what it did as JSON in one line.
"""

import json
import struct
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from tests.bench import load, wire
from tests.bench.filters import body_of
from tests.bench.letters import CHUNK_BYTES, QUEUE

VARIETY: Final = 10_000
"""So many different messages are published again and again."""

CONFIRM_WINDOW: Final = 4_000
SIZES: Final = {"1 KB": 1_000, "1 MB": 1_000_000, "60 MB": 60_000_000}
CLIENTS, RATE_PER_S = 5, 10


def properties_of(number: int) -> bytes:
    """Persistent, JSON, with three headers: a tenant of 10,000, a retry of 0 to 5, a source."""
    headers = wire.table({"tenant": f"t{number:04}", "retry": number % 6, "source": "shop"})
    flags = struct.pack(">H", 1 << 15 | 1 << 13 | 1 << 12)  # content type, headers, delivery mode
    return flags + wire.short_string("application/json") + headers + b"\x02"


def fill(port: int, count: int) -> dict[str, float]:
    """Publish so many messages of about 1 KB to a durable queue, until all are confirmed."""
    frames = [
        wire.publish_frames("", QUEUE, body_of(number), properties_of(number)) for number in range(VARIETY)
    ]
    connection = wire.Connection(port)
    connection.declare(QUEUE, is_durable=True)
    connection.select_confirms()
    confirms, sent = load.ConfirmCounter(), 0
    begin = time.perf_counter()
    while confirms.count < count:
        allowed = min(CONFIRM_WINDOW - (sent - confirms.count), count - sent)
        at = sent % VARIETY
        some = frames[at : at + allowed]
        connection.socket.sendall(b"".join(some))
        sent += len(some)
        data = connection.socket.recv(load.RECEIVE_BYTES)
        if not data:
            raise ConnectionError("the broker hung up")
        confirms.feed(data)
    seconds = time.perf_counter() - begin
    connection.close()
    return {"seconds": seconds, "count": count}


def stamped(port: int, rate_per_s: int, seconds: int) -> dict[str, list[float]]:
    """Publish to a queue of the rate's own, each message with its number; when each went out."""
    connection, queue = wire.Connection(port), f"{QUEUE}-{rate_per_s}"
    connection.declare(queue)
    stamps: list[float] = []
    begin = time.monotonic()
    while (now := time.monotonic()) < begin + seconds:
        due = int((now - begin) * rate_per_s) - len(stamps)
        if due > 0:
            numbers = range(len(stamps), len(stamps) + due)
            bodies = [wire.publish_frames("", queue, f"{number} ".encode()) for number in numbers]
            stamps += [time.monotonic()] * due
            connection.socket.sendall(b"".join(bodies))
        time.sleep(0.0005)
    connection.declare(queue, is_passive=True)
    connection.close()
    return {"stamps": stamps}


def quiet(port: int, seconds: int) -> dict[str, int]:
    """Five clients: two publish, three consume, ten messages a second between them."""
    connections = [wire.Connection(port) for _ in range(CLIENTS)]
    connections[0].declare(QUEUE)
    for each in connections[2:]:
        each.consume(QUEUE, "c", is_auto_ack=True)
    one = wire.publish_frames("", QUEUE, b'{"total": 17}')
    begin = time.monotonic()
    for number in range(seconds * RATE_PER_S):
        time.sleep(max(begin + number / RATE_PER_S - time.monotonic(), 0))
        connections[number % 2].socket.sendall(one)
    for each in connections:
        each.socket.close()
    return {"count": seconds * RATE_PER_S}


def many(port: int, count: int) -> dict[str, int]:
    """Declare so many durable queues, under names as services have them."""
    connection = wire.Connection(port)
    names = [f"service-{number % 100:02}.orders.{number:05}" for number in range(count)]
    for start in range(0, count, 100):
        some = names[start : start + 100]
        connection.socket.sendall(b"".join(wire.declare_frame(name, {}, is_durable=True) for name in some))
        for _ in some:
            connection.wait_for(wire.QUEUE_DECLARE_OK)
    connection.close()
    return {"count": count}


def large(port: int) -> dict[str, int]:
    """One message of each size, of JSON, smallest first."""
    connection = wire.Connection(port)
    connection.declare(QUEUE)
    for size in SIZES.values():
        line = '{"sku": "A7", "n": 1, "price": 1.5}, '
        body = ('{"lines": [' + line * (size // len(line)) + "{}]}").encode()
        frames = wire.publish_frames("", QUEUE, body)
        for at in range(0, len(frames), CHUNK_BYTES):
            connection.socket.sendall(frames[at : at + CHUNK_BYTES])
    load.wait_for_ready(connection, QUEUE, len(SIZES))
    connection.close()
    return {"count": len(SIZES)}


KINDS: Final[dict[str, Callable[..., Any]]] = {
    "fill": fill,
    "stamped": stamped,
    "quiet": quiet,
    "many": many,
    "large": large,
}
"""Any: what each says."""

if __name__ == "__main__":
    print(json.dumps(KINDS[sys.argv[1]](*map(int, sys.argv[2:]))), flush=True)
