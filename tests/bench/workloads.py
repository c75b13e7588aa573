"""The table of workloads: one function each, and what it is run with."""

import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from tests.bench import crowd, latency, load, topology, wire
from tests.bench.letters import QUEUE, Layout, Letters, alike, different

CORE_TARGET, TARGET = 2.0, 1.0
KEPT_TARGET = 0.75
"""What is left of transient traffic's speed in memory when there is a profile to record it in."""
KIB = 1024
PREFETCH = 300
WARM_UP_SHARE = 10
"""Before it counts, each workload runs once with a tenth of its messages, if it does not say otherwise."""
LEDGER_FULL_BYTES = 300 * 1024 * 1024
"""Large bodies run until the ledger is full before they count: so it is in a broker that is not new."""

BASIC_FLAGS = {"delivery_mode": 12, "priority": 11, "expiration": 8, "message_id": 7, "timestamp": 6}
HEADERS_FLAG = 13


@dataclass(frozen=True, slots=True)
class Measure:
    """One run: messages per second, or a time in ms; and how much of one core the load generator used."""

    value: float
    client_share: float


@dataclass(frozen=True, slots=True)
class Workload:
    """What is measured, how often, and how many times RabbitMQ's figure ours has to be at least.

    run: takes port and count, returns seconds; if `is_time`, what is measured itself, in ms.
    """

    title: str
    run: Callable[[int, int], float]
    count: int
    target: float = TARGET
    unit: str = "msg/s"
    is_time: bool = False
    most_rounds: int = 99
    warm_up_count: int | None = None
    """None: a share of `count`; 0: none."""
    is_lasting: bool = False
    """Both brokers keep what they confirm on the same disk; ours with the whole ledger."""
    is_own_peer: bool = False
    """Ours with a profile is compared with ours in memory, not with RabbitMQ."""

    def measure(self, port: int, count: int | None = None) -> Measure:
        """Run once and take the time."""
        count = count or self.count
        cpu_before, begin = time.process_time(), time.perf_counter()
        found = self.run(port, count)
        # Preparing is counted in as well: the share is an upper bound.
        used = time.process_time() - cpu_before
        if self.is_time:
            return Measure(found, used / (time.perf_counter() - begin))
        return Measure(count / found, used / found)

    def warm_up(self, port: int) -> None:
        """Run once, as a rule with few messages."""
        count = self.warm_up_count
        if count is None:
            count = max(self.count // WARM_UP_SHARE, 1)
        if count:
            self.measure(port, count)


def properties(**values: bytes) -> bytes:
    """Write properties, which must be given in the order of the protocol."""
    flags = sum(1 << (HEADERS_FLAG if name == "headers" else BASIC_FLAGS[name]) for name in values)
    return struct.pack(">H", flags) + b"".join(values.values())


# ---- the core: one queue -------------------------------------------------------------------------


def publish(port: int, count: int, body_bytes: int) -> float:
    """Publish to a queue without consumers."""
    return load.publish_only(port, alike(body_bytes), count)


def auto_acked(port: int, count: int, body_bytes: int) -> float:
    """Publish and consume at the same time, without acknowledgements."""
    return load.publish_and_consume(port, alike(body_bytes), count)


def acked(port: int, count: int, body_bytes: int, *, keeps_queues: bool = False) -> float:
    """Publish and consume at the same time, each delivery acknowledged, prefetch 300."""
    letters = alike(body_bytes)
    return load.publish_and_consume(port, letters, count, prefetch=PREFETCH, keeps_queues=keeps_queues)


def confirmed(port: int, count: int, body_bytes: int) -> float:
    """Publish with at most 1,000 messages unconfirmed."""
    return load.publish_confirmed(port, alike(body_bytes), count)


def shared(port: int, count: int, body_bytes: int, consumers: int) -> float:
    """Acknowledged; several consumers take turns, each with prefetch 300."""
    letters = alike(body_bytes)
    return load.publish_and_consume(port, letters, count, prefetch=PREFETCH, consumers=consumers)


# ---- durable: what is confirmed is on disk -------------------------------------------------------

PERSISTENT = properties(delivery_mode=b"\x02")


def kept_confirmed(port: int, count: int, body_bytes: int, window: int) -> float:
    """Publish persistent messages to a durable queue, with at most so many unconfirmed."""
    layout = Layout(is_durable=True)
    return load.publish_confirmed(port, alike(body_bytes, PERSISTENT), count, layout, window)


def kept_acked(port: int, count: int, body_bytes: int) -> float:
    """Publish and consume persistent messages at the same time, each acknowledged, prefetch 300."""
    layout = Layout(is_durable=True)
    return load.publish_and_consume(port, alike(body_bytes, PERSISTENT), count, layout, prefetch=PREFETCH)


def kept_confirm_ms(port: int, count: int, percent: int) -> float:
    """How long persistent messages wait for their confirms at 5,000 a second, in ms."""
    taken = latency.confirm_latencies_s(port, count, alike(KIB, PERSISTENT))
    return taken[len(taken) * percent // 100] * 1000


# ---- the core, less plain ------------------------------------------------------------------------


def _told_apart(count: int, body_bytes: int) -> Letters:
    def own(i: int) -> bytes:
        return properties(
            message_id=wire.short_string(f"{i:036}"), timestamp=struct.pack(">Q", 1_700_000_000 + i)
        )

    return different(count, body_bytes, properties=own)


def all_different(port: int, count: int, body_bytes: int) -> float:
    """Acknowledged; each message has a message_id and a timestamp of its own."""
    return load.publish_and_consume(port, _told_apart(count, body_bytes), count, prefetch=PREFETCH)


def persistent(port: int, count: int, body_bytes: int) -> float:
    """Acknowledged; persistent messages and a durable queue."""
    letters = alike(body_bytes, properties(delivery_mode=b"\x02"))
    return load.publish_and_consume(port, letters, count, Layout(is_durable=True), prefetch=PREFETCH)


def expiring_messages(port: int, count: int, body_bytes: int) -> float:
    """Acknowledged; each message says that it expires in ten minutes."""
    letters = alike(body_bytes, properties(expiration=wire.short_string("600000")))
    return load.publish_and_consume(port, letters, count, prefetch=PREFETCH)


def expiring_queue(port: int, count: int, body_bytes: int) -> float:
    """Acknowledged; the queue has x-message-ttl."""
    layout = Layout(arguments={"x-message-ttl": 600_000})
    return load.publish_and_consume(port, alike(body_bytes), count, layout, prefetch=PREFETCH)


def limited(port: int, count: int, body_bytes: int) -> float:
    """Publish to a queue with x-max-length and without consumers: all but 1,000 are dropped from its head."""
    layout = Layout(arguments={"x-max-length": 1_000})
    return load.publish_only(port, alike(body_bytes), count, layout, stay=min(count, 1_000))


def limited_acked(port: int, count: int, body_bytes: int) -> float:
    """Acknowledged; the queue has x-max-length, never reached."""
    layout = Layout(arguments={"x-max-length": 10_000_000})
    return load.publish_and_consume(port, alike(body_bytes), count, layout, prefetch=PREFETCH)


def prioritized(port: int, count: int, body_bytes: int) -> float:
    """Acknowledged; the queue has x-max-priority 9, the messages have priorities 0 to 9 in turn."""
    letters = different(3_000, body_bytes, properties=lambda i: properties(priority=bytes([i % 10])))
    layout = Layout(arguments={"x-max-priority": 9})
    return load.publish_and_consume(port, letters, count, layout, prefetch=PREFETCH)


def rejected(port: int, count: int, body_bytes: int) -> float:
    """Each delivery is rejected, prefetch 300, and dead-lettered to another queue: all must be there."""
    dead = "bench-dead"
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead}
    connection = wire.Connection(port)
    connection.declare(dead)
    begin = time.perf_counter()
    layout, frame = Layout(arguments=arguments), wire.reject_frame
    load.publish_and_consume(
        port, alike(body_bytes), count, layout, prefetch=PREFETCH, frame=frame, keeps_queues=True
    )
    load.wait_for_ready(connection, dead, count)
    seconds = time.perf_counter() - begin
    connection.delete(QUEUE)
    connection.delete(dead)
    connection.close()
    return seconds


def quorum_confirmed(port: int, count: int, body_bytes: int) -> float:
    """Confirms, window 1,000; persistent messages to a quorum queue."""
    letters = alike(body_bytes, properties(delivery_mode=b"\x02"))
    layout = Layout(arguments={"x-queue-type": "quorum"}, is_durable=True)
    return load.publish_confirmed(port, letters, count, layout)


# ---- many queues, and ways to them ---------------------------------------------------------------


def queue_names(count: int) -> list[str]:
    """Names of several queues, equally long."""
    return [f"bench-{number:04}" for number in range(count)]


def many_queues(port: int, count: int, body_bytes: int, queues: int) -> float:
    """Publish to several queues in turn and consume all of them on one channel, auto-ack."""
    names = queue_names(queues)
    letters = different(3_000, body_bytes, key=lambda i: names[i % queues])
    return load.publish_and_consume(port, letters, count, Layout(names))


EXCHANGE = "bench-x"


def fanout(port: int, count: int, body_bytes: int, queues: int) -> float:
    """Publish to a fanout exchange with several queues; all copies are consumed, auto-ack."""
    names = queue_names(queues)
    letters = different(3_000, body_bytes, EXCHANGE, lambda _: "")
    layout = Layout(names, exchange=EXCHANGE, kind="fanout", bindings=[(name, "", {}) for name in names])
    return load.publish_and_consume(port, letters, count // queues, layout, copies=queues)


def topic(port: int, count: int, body_bytes: int, keys: int) -> float:
    """Publish to a topic exchange with 1,000 bindings to ten queues; each message matches one.

    keys: so many different routing keys take turns.
    """
    names = queue_names(10)
    patterns = [f"eu.site{i:03}.*.temp" for i in range(500)] + [f"us.#.unit{i:03}.#" for i in range(500)]
    nothing: wire.Arguments = {}
    bindings = [(names[i % 10], pattern, nothing) for i, pattern in enumerate(patterns)]

    def key(i: int) -> str:
        n = i % 1_000
        return f"eu.site{n:03}.{i:06}.temp" if n < 500 else f"us.{i:06}.unit{n - 500:03}.temp"

    letters = different(keys, body_bytes, EXCHANGE, key)
    layout = Layout(names, exchange=EXCHANGE, kind="topic", bindings=bindings)
    return load.publish_and_consume(port, letters, count, layout)


def headers(port: int, count: int, body_bytes: int, *, are_different: bool) -> float:
    """Publish to a headers exchange with 100 bindings of two headers each; each message matches one."""
    names = queue_names(10)
    pairs = [{"kind": f"k{i // 10}", "place": f"p{i % 10}"} for i in range(100)]
    bindings = [(names[i % 10], "", {"x-match": "all", **pair}) for i, pair in enumerate(pairs)]

    def own(i: int) -> bytes:
        table = wire.table({**pairs[i % 100], "number": i if are_different else 0})
        return properties(headers=table)

    letters = different(count if are_different else 3_000, body_bytes, EXCHANGE, lambda _: "", own)
    layout = Layout(names, exchange=EXCHANGE, kind="headers", bindings=bindings)
    return load.publish_and_consume(port, letters, count, layout)


# ---- the rest ------------------------------------------------------------------------------------


def connections(port: int, count: int, body_bytes: int, connections: int) -> float:
    """Each connection publishes ten messages to its own queue, gets them back, and so on, auto-ack."""
    return crowd.publish_and_consume(port, count, body_bytes, connections)


def latency_ms(port: int, count: int, percent: int) -> float:
    """How long a message takes at 1,000 a second, in ms."""
    taken = latency.latencies_s(port, count)
    return taken[len(taken) * percent // 100] * 1000


def _core(size: str, body_bytes: int, counts: tuple[int, int, int, int]) -> list[Workload]:
    table: list[tuple[str, Callable[..., float]]] = [
        ("publish", publish),
        ("publish + consume, auto-ack", auto_acked),
        ("publish + consume, ack, prefetch 300", acked),
        ("publish, confirms, window 1,000", confirmed),
    ]
    return [
        Workload(f"{title}, {size}", partial(run, body_bytes=body_bytes), count, CORE_TARGET)
        for (title, run), count in zip(table, counts, strict=True)
    ]


def _variant(title: str, run: Callable[..., float], count: int = 60_000) -> Workload:
    return Workload(f"variant: {title}, 16 B", partial(run, body_bytes=16), count)


def _bodies(title: str, run: Callable[..., float], body_bytes: int, count: int) -> Workload:
    warm_up_count = LEDGER_FULL_BYTES // body_bytes
    run_sized = partial(run, body_bytes=body_bytes)
    return Workload(f"bodies of {title}", run_sized, count, warm_up_count=warm_up_count)


def _durable(size: str, body_bytes: int) -> list[Workload]:
    table = ((1, 3_000, 1.0), (100, 20_000, 1.2), (1_000, 60_000, 1.2 if body_bytes == 16 else CORE_TARGET))
    confirmed = [
        Workload(
            f"durable: confirms, {window:,} in flight, {size}",
            partial(kept_confirmed, body_bytes=body_bytes, window=window),
            count,
            target,
            is_lasting=True,
        )
        for window, count, target in table
    ]
    acked = Workload(
        f"durable: publish + consume, ack, {size}",
        partial(kept_acked, body_bytes=body_bytes),
        60_000,
        1.2 if body_bytes == 16 else CORE_TARGET,
        is_lasting=True,
    )
    return [*confirmed, acked]


def _recorded() -> list[Workload]:
    """The core once more: transient, with a profile."""
    return [
        replace(each, title=f"transient: {each.title}", target=KEPT_TARGET, is_own_peer=True)
        for each in (
            *_core("16 B", 16, (200_000, 200_000, 150_000, 150_000)),
            *_core("1 KiB", KIB, (100_000, 100_000, 100_000, 100_000)),
        )
    ]


WORKLOADS = [
    *_core("16 B", 16, (200_000, 200_000, 150_000, 150_000)),
    *_core("1 KiB", KIB, (100_000, 100_000, 100_000, 100_000)),
    *_durable("16 B", 16),
    *_durable("1 KiB", KIB),
    *(
        Workload(
            f"durable: time to confirm p{percent} at 5,000/s, 1 KiB",
            partial(kept_confirm_ms, percent=percent),
            20_000,
            unit="ms",
            is_time=True,
            is_lasting=True,
        )
        for percent in (50, 99)
    ),
    *_recorded(),
    _variant("message_id and timestamp of its own, ack", all_different),
    _variant("persistent, durable queue, ack", persistent),
    _variant("expiration per message, ack", expiring_messages),
    _variant("x-message-ttl, ack", expiring_queue),
    _variant("x-max-length far away, ack", limited_acked),
    _variant("x-max-length 1,000 reached, publish", limited),
    _variant("x-max-priority 9, ack", prioritized),
    _variant("reject to dead-letter queue", rejected, 30_000),
    _variant("persistent, quorum queue, confirms", quorum_confirmed, 30_000),
    Workload("1 queue, 10 consumers, ack, 16 B", partial(shared, body_bytes=16, consumers=10), 100_000),
    *(
        Workload(
            f"{n} queue{'s' if n > 1 else ''}, auto-ack, 16 B",
            partial(many_queues, body_bytes=16, queues=n),
            100_000,
        )
        for n in (1, 10, 100)
    ),
    Workload(
        "fanout to 10 queues, 16 B", partial(fanout, body_bytes=16, queues=10), 200_000, unit="copies/s"
    ),
    Workload("topic, 1,000 bindings, 1,000 keys, 16 B", partial(topic, body_bytes=16, keys=1_000), 60_000),
    Workload("topic, 1,000 bindings, 60,000 keys, 16 B", partial(topic, body_bytes=16, keys=60_000), 60_000),
    Workload("headers, 100 bindings, 16 B", partial(headers, body_bytes=16, are_different=False), 30_000),
    Workload(
        "headers, 100 bindings, all different, 16 B",
        partial(headers, body_bytes=16, are_different=True),
        30_000,
    ),
    Workload("10 connections, 16 B", partial(connections, body_bytes=16, connections=10), 60_000),
    Workload(
        "1,000 connections, 16 B",
        partial(connections, body_bytes=16, connections=1_000),
        60_000,
        warm_up_count=0,
    ),
    _bodies("100 KiB, auto-ack", auto_acked, 100 * KIB, 3_000),
    _bodies("100 KiB, ack", acked, 100 * KIB, 3_000),
    _bodies("10 MiB, auto-ack", auto_acked, 10 * KIB * KIB, 30),
    Workload("latency p50 at 1,000/s", partial(latency_ms, percent=50), 2_000, unit="ms", is_time=True),
    Workload("latency p99 at 1,000/s", partial(latency_ms, percent=99), 2_000, unit="ms", is_time=True),
    Workload(
        "declare and bind queues",
        topology.declare_and_bind,
        10_000,
        unit="queues/s",
        most_rounds=1,
        warm_up_count=0,
    ),
    Workload("open and close connections", crowd.open_and_close, 300, unit="conn/s"),
]
