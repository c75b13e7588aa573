"""What connections cost: memory while they are idle, and others' latency while they come and go."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event

from mqstudio.server.admission import raise_file_limit
from tests.bench import brokers, latency, wire
from tests.bench.brokers import Broker

IDLE, WARM_UP = 10_000, 100
COMERS_PER_S = 1_000
MESSAGES = 4_000
"""At 1,000 a second: for so long connections come and go."""


@dataclass(frozen=True, slots=True)
class ConnectionCosts:
    """Of one broker."""

    idle_bytes: float
    calm_p99_ms: float
    crowded_p99_ms: float
    comers_per_s: float


def measure(start: Callable[[], AbstractContextManager[Broker]]) -> ConnectionCosts:
    """Measure on a broker of its own, which has to let so many in."""
    raise_file_limit()
    with start() as broker:
        calm_ms = _p99_ms(broker.port)
        with _coming_and_going(broker.port) as comers_per_s:
            crowded_ms = _p99_ms(broker.port)
        rate = comers_per_s()
        return ConnectionCosts(_idle_bytes(broker), calm_ms, crowded_ms, rate)


def _p99_ms(port: int) -> float:
    taken = latency.latencies_s(port, MESSAGES)
    return taken[MESSAGES * 99 // 100] * 1000


def _idle_bytes(broker: Broker) -> float:
    """Resident memory per connection with an open channel; the first few make the broker reach its size."""
    members = [wire.Connection(broker.port) for _ in range(WARM_UP)]
    before = broker.memory_bytes()
    members += [wire.Connection(broker.port) for _ in range(IDLE - WARM_UP)]
    cost = (broker.memory_bytes() - before) / (IDLE - WARM_UP)
    for member in members:
        member.socket.close()
    return cost


@contextmanager
def _coming_and_going(port: int) -> Iterator[Callable[[], float]]:
    """While this lasts, connections open and close; afterwards what it gives tells how many a second."""
    context = multiprocessing.get_context("spawn")
    stop, count = context.Event(), context.Value("i", 0)
    process = context.Process(target=_come_and_go, args=(port, stop, count))
    process.start()
    while not count.value:
        process.join(0.01)
    begin, already = time.perf_counter(), count.value
    rates: list[float] = []
    try:
        yield lambda: rates[0]
    finally:
        rates.append((count.value - already) / (time.perf_counter() - begin))
        stop.set()
        process.join()


def _come_and_go(port: int, stop: Event, count: "Synchronized[int]") -> None:
    """In a process of its own: open connections at an even pace; every other one says goodbye."""
    begin = time.perf_counter()
    while not stop.is_set():
        due = begin + count.value / COMERS_PER_S
        time.sleep(max(0.0, due - time.perf_counter()))
        connection = wire.Connection(port)
        if count.value % 2:
            connection.close()
        else:
            connection.socket.close()
        count.value += 1


def table(rabbitmq: ConnectionCosts, studio: ConnectionCosts) -> str:
    """The figures as a table."""
    rows = [
        (f"resident memory per idle connection, of {IDLE:,}", _kib(rabbitmq), _kib(studio), "40 KiB"),
        (
            "latency p99 at 1,000 messages a second",
            f"{rabbitmq.calm_p99_ms:.2f} ms",
            f"{studio.calm_p99_ms:.2f} ms",
            "",
        ),
        (
            "the same while connections open and close",
            f"{rabbitmq.crowded_p99_ms:.2f} ms",
            f"{studio.crowded_p99_ms:.2f} ms",
            "",
        ),
        (
            "how many do so, per second",
            f"{rabbitmq.comers_per_s:,.0f}",
            f"{studio.comers_per_s:,.0f}",
            f"{COMERS_PER_S:,}",
        ),
    ]
    head = ["| | RabbitMQ | MQ Studio | target |", "| --- | ---: | ---: | ---: |"]
    return "\n".join(head + [f"| {' | '.join(row)} |" for row in rows])


def _kib(costs: ConnectionCosts) -> str:
    return f"{costs.idle_bytes / 1024:.0f} KiB"


if __name__ == "__main__":
    print(table(measure(brokers.rabbitmq), measure(brokers.studio)))
