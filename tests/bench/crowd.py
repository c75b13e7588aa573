"""Many connections at once, driven by one thread: each sends its next few messages when the last are back."""

import selectors
import time
from dataclasses import dataclass

from tests.bench import wire
from tests.bench.letters import TAG, alike

BURST = 10
"""Messages that a connection has under way."""
RECEIVE_BYTES = 64 * 1024


@dataclass(slots=True)
class Member:
    """One connection of the crowd: what it sends each time, and what it still waits for."""

    connection: wire.Connection
    burst: bytes
    burst_bytes: int
    """Of the deliveries that a burst comes back as."""
    bursts_left: int
    missing_bytes: int = 0

    def send(self) -> None:
        """Send the next burst; it is far smaller than a socket's buffer."""
        self.connection.socket.sendall(self.burst)
        self.bursts_left -= 1
        self.missing_bytes += self.burst_bytes

    def receive(self) -> bool:
        """Take what has come; say whether that was the last of it."""
        got = len(self.connection.socket.recv(RECEIVE_BYTES))
        if not got:
            raise ConnectionError("the broker hung up")
        self.missing_bytes -= got
        if self.missing_bytes:
            return False
        if self.bursts_left:
            self.send()
            return False
        return True


def queue_of(number: int) -> str:
    """The queue of one member."""
    return f"bench-{number:04}"


def _member(port: int, number: int, count: int, body_bytes: int) -> Member:
    connection, queue = wire.Connection(port), queue_of(number)
    connection.declare(queue)
    connection.consume(queue, TAG, is_auto_ack=True)
    letters = alike(body_bytes, queue=queue)
    burst = letters.cycle[: letters.size] * BURST
    return Member(connection, burst, letters.delivery.size * BURST, count // BURST)


def publish_and_consume(port: int, count: int, body_bytes: int, connections: int) -> float:
    """Each connection publishes to a queue of its own and consumes it; all are open before it begins."""
    share = count // connections
    if share % BURST:
        raise ValueError(f"{count} messages are no whole bursts of {BURST} for {connections} connections")
    members = [_member(port, number, share, body_bytes) for number in range(connections)]
    begin = time.perf_counter()
    _drive(members)
    seconds = time.perf_counter() - begin
    for number, member in enumerate(members):
        member.connection.delete(queue_of(number))
        member.connection.close()
    return seconds


def _drive(members: list[Member]) -> None:
    with selectors.DefaultSelector() as selector:
        for member in members:
            selector.register(member.connection.socket, selectors.EVENT_READ, member)
            member.send()
        busy = len(members)
        while busy:
            ready = selector.select(timeout=60)
            if not ready:
                raise TimeoutError(f"{busy} connections heard nothing for 60 s")
            for key, _ in ready:
                if key.data.receive():
                    selector.unregister(key.data.connection.socket)
                    busy -= 1


def open_and_close(port: int, count: int) -> float:
    """Open connections with a channel each and close them, one after the other."""
    begin = time.perf_counter()
    for _ in range(count):
        wire.Connection(port).close()
    return time.perf_counter() - begin
