"""How long a message takes from one client to another while the broker has next to nothing to do."""

import select
import time

from tests.bench import wire
from tests.bench.letters import QUEUE, TAG, Layout, Letters, alike
from tests.bench.load import ConfirmCounter

RATE_PER_S = 1_000
CONFIRMED_PER_S = 5_000
BODY_BYTES = 16


def latencies_s(port: int, count: int) -> list[float]:
    """Publish at an even pace; return what each message took until its delivery was read, shortest first."""
    publisher, consumer = wire.Connection(port), wire.Connection(port)
    consumer.declare(QUEUE)
    consumer.consume(QUEUE, TAG, is_auto_ack=True)
    letters = alike(BODY_BYTES)
    one, size = letters.cycle[: letters.size], letters.delivery.size
    sent_at: list[float] = []
    taken: list[float] = []
    received_bytes = 0
    begin = time.perf_counter()
    while len(taken) < count:
        due = begin + len(sent_at) / RATE_PER_S if len(sent_at) < count else begin + 2 * count / RATE_PER_S
        if time.perf_counter() >= due:
            if len(sent_at) == count:
                raise TimeoutError(f"{count - len(taken)} messages did not come back")
            sent_at.append(time.perf_counter())
            publisher.socket.sendall(one)
            continue
        if select.select([consumer.socket], [], [], max(0.0, due - time.perf_counter()))[0]:
            received_bytes += len(consumer.socket.recv(65_536))
            now = time.perf_counter()
            taken += [now - sent_at[i] for i in range(len(taken), received_bytes // size)]
    consumer.delete(QUEUE)
    publisher.close()
    consumer.close()
    return sorted(taken)


def confirm_latencies_s(port: int, count: int, letters: Letters) -> list[float]:
    """Publish to a durable queue at an even pace; what each waited for its confirm, shortest first."""
    connection = wire.Connection(port)
    layout = Layout(is_durable=True)
    layout.put(connection)
    connection.select_confirms()
    confirms = ConfirmCounter()
    one = letters.cycle[: letters.size]
    taken: list[float] = []
    sent = 0
    begin = time.perf_counter()
    while len(taken) < count:
        due = begin + sent / CONFIRMED_PER_S if sent < count else begin + 2 * count / CONFIRMED_PER_S
        if time.perf_counter() >= due:
            if sent == count:
                raise TimeoutError(f"{count - len(taken)} messages were not confirmed")
            sent += 1
            connection.socket.sendall(one)
            continue
        if select.select([connection.socket], [], [], max(0.0, due - time.perf_counter()))[0]:
            confirms.feed(connection.socket.recv(65_536))
            now = time.perf_counter()
            # Counted from when each was due: a broker that makes its publisher wait does not look better.
            taken += [now - begin - i / CONFIRMED_PER_S for i in range(len(taken), confirms.count)]
    layout.remove(connection)
    connection.close()
    return sorted(taken)
