"""Declaring and binding many queues, as fast as a client can that does not wait for each answer."""

import time
from collections.abc import Iterator

from tests.bench import wire

EXCHANGE = "bench-x"
BATCH = 100
"""Queues whose answers are read together."""
DECLARE_OK_FIXED, BIND_OK, DELETE_OK = 7 + 4 + 1 + 8 + 1, 7 + 4 + 1, 7 + 4 + 4 + 1


def declare_and_bind(port: int, count: int) -> float:
    """Declare queues and bind each to one topic exchange by a pattern of its own."""
    connection = wire.Connection(port)
    connection.declare_exchange(EXCHANGE, "topic")
    names = [f"bench-{number:06}" for number in range(count)]
    each = DECLARE_OK_FIXED + len(names[0]) + BIND_OK
    begin = time.perf_counter()
    for batch in _batches(names):
        connection.socket.sendall(
            b"".join(
                wire.declare_frame(name, {}) + wire.bind_frame(name, EXCHANGE, f"{name}.*", {})
                for name in batch
            )
        )
        _receive(connection, each * len(batch))
    seconds = time.perf_counter() - begin
    for batch in _batches(names):
        connection.socket.sendall(b"".join(wire.delete_frame(name) for name in batch))
        _receive(connection, DELETE_OK * len(batch))
    connection.delete_exchange(EXCHANGE)
    connection.close()
    return seconds


def _batches(names: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(names), BATCH):
        yield names[at : at + BATCH]


def _receive(connection: wire.Connection, count: int) -> None:
    """Read so many bytes: the answers are all of known length."""
    while count:
        data = connection.socket.recv(min(count, 65_536))
        if not data:
            raise ConnectionError("the broker hung up")
        count -= len(data)
