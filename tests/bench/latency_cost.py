"""What it costs to watch how long messages wait and are held, as a share of a message's whole way.

Run: python -m tests.bench.latency_cost. Whole turns of one broker, publishes with their deliveries and then
acknowledgements, half of the rounds without the watching, by turns: the ratio is of medians of one run, so
that what else the machine does falls on both. What is done once a second, outside of turns, is told beside.
"""

import asyncio
import gc
import statistics
import struct
import time

from msgspec.structs import replace

from mqstudio.model.events import EventBatch
from mqstudio.model.samples import Counters, QueueSample, Totals
from mqstudio.server.broker import Broker
from tests.bench import wire
from tests.bench.in_process import Client
from tests.bench.letters import QUEUE, TAG

ROUNDS = 10_000
BODY = b"m" * 16
BATCHES = (1, 16, 256)
"""Messages in one turn: a lone one, and as many as load brings together."""

TICK_S = 0.25
SETTLED_TICKS = 3
"""After so many samples it is known how much there is to be looked at."""


def _not_watched(_: EventBatch) -> None:
    """Stands in the place of the watching."""


async def measure(batch: int, rounds: int = ROUNDS) -> tuple[float, float]:
    """Median µs per message, published, delivered and acknowledged: without, and with the watching."""
    broker = Broker()
    publisher, consumer = await Client(broker).open(), await Client(broker).open()
    await consumer.call(wire.declare_frame(QUEUE, {}))
    request = struct.pack(">H", 0) + wire.short_string(QUEUE) + wire.short_string(TAG) + b"\x00"
    await consumer.call(wire.method(1, wire.CONSUME, request + wire.table({})))
    latencies = broker.sampler.latencies
    watched = latencies.note
    took: dict[bool, list[float]] = {False: [], True: []}
    chunk = b"".join(wire.publish_frames("", QUEUE, BODY, wire.NO_PROPERTIES) for _ in range(batch))
    due, ticks, first, number = time.perf_counter(), 0, 0, -1
    while ticks < SETTLED_TICKS or number < first + rounds:
        number += 1
        is_watched = number % 2 == 1
        latencies.note = watched if is_watched else _not_watched  # type: ignore[method-assign]
        acks = b"".join(wire.ack_frame(1 + number * batch + place) for place in range(batch))
        begin = time.perf_counter()
        publisher.link.data_received(chunk)
        consumer.link.data_received(acks)
        took[is_watched].append((time.perf_counter() - begin) / batch * 1e6)
        if begin >= due:  # as the broker's clock has it
            due = begin + TICK_S
            broker.tick()
            ticks += 1
            if ticks == SETTLED_TICKS:
                first = number
                took = {False: [], True: []}
    return statistics.median(took[False]), statistics.median(took[True])


def steps_us(queues: int) -> float:
    """Median µs to make the steps of a second in which so many queues moved."""
    broker = Broker()
    samples = [QueueSample(n, "/", f"q{n}", 1, 1, 1, False, Counters(n)) for n in range(queues)]
    took, now_us = [], broker.clock.now_us()
    for second in range(1, 60):
        moved = [replace(each, counters=Counters(each.id + second)) for each in samples]
        begin = time.perf_counter()
        broker.sampler.chronicle.note(now_us + second * 1_000_000, Totals(Counters(second)), moved, ())
        took.append((time.perf_counter() - begin) * 1e6)
    return statistics.median(took)


def main() -> None:
    """Print the ratios."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
    for batch in BATCHES:
        without, with_it = asyncio.run(measure(batch))
        share = (with_it / without - 1) * 100
        print(f"{batch:4} messages a turn: {without:.2f} µs without, {with_it:.2f} µs with: {share:+.1f} %")
    for queues in (1, 100, 1_000):
        print(f"{queues:5,} queues that move: {steps_us(queues) / 1000:.2f} ms a second")


if __name__ == "__main__":
    main()
