"""What is counted is what RabbitMQ counts: of queues, of the whole, and for Prometheus."""

import re
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import NackError, UnroutableError

from tests.differential.http_talk import ask
from tests.support.broker import running_broker
from tests.support.rabbitmq import missing_rabbitmq, running_rabbitmq
from tests.support.waiting import eventually

COUNTED = re.compile(r"^rabbitmq_global_messages_(\w+?)(_total)?\{([^}]*)\} (\d+)", re.MULTILINE)
QUEUE_STATS = (
    "publish",
    "deliver",
    "deliver_no_ack",
    "get",
    "get_no_ack",
    "get_empty",
    "deliver_get",
    "redeliver",
    "ack",
)
WHOLE_STATS = (*QUEUE_STATS, "confirm", "return_unroutable", "drop_unroutable")
"""Keys of `message_stats`; RabbitMQ's overview has disk_reads and disk_writes besides."""


@dataclass(frozen=True, slots=True)
class Node:
    port: int
    http: int
    metrics: int

    def stats(self, path: str) -> dict[str, int]:
        """What an object of the API says of its messages; what is missing counts as 0."""
        _, _, shown = ask(self.http, "GET", path)
        found: dict[str, Any] = shown.get("message_stats", {})
        return {name: int(found.get(name, 0)) for name in WHOLE_STATS}

    def counted(self) -> dict[str, int]:
        """The counters that Prometheus reads, of our protocol, those of each kind of queue for itself."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}/metrics", timeout=30) as response:
            text = response.read().decode()
        found: dict[str, int] = {}
        for name, _, labels, value in COUNTED.findall(text):
            if 'protocol="amqp091"' in labels or "dead_letter_strategy" in labels:
                words = re.findall(r'(?:queue_type|dead_letter_strategy)="(\w+)"', labels)
                found[" ".join([name, *words])] = int(value)
        return found


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Node, Node]]:
    """RabbitMQ and ours, where nobody else counts."""
    if reason := missing_rabbitmq():
        pytest.skip(f"nothing to compare with: {reason}")
    with (
        running_rabbitmq("rabbitmq_management", "rabbitmq_prometheus") as theirs,
        running_broker(tmp_path_factory.mktemp("counters")) as ours,
    ):
        both = (
            Node(theirs.port, theirs.port_http, theirs.port_metrics),
            Node(ours.port_amqp, ours.port_management, ours.port_metrics),
        )
        for node in both:
            work_through(node)
        yield both


def work_through(node: Node) -> None:
    """Each thing that is counted, each another number of times."""
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", node.port, heartbeat=0))
    channel = connection.channel()
    dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
    channel.queue_declare("counted", arguments=dead)
    for name in ("dead", "nothing", "settled"):
        channel.queue_declare(name)
    publish(channel, "counted", 20)
    take(channel, 2, is_auto=False)
    take(channel, 3, is_auto=True)
    publish(channel, "settled", 4)
    consume(connection, "settled", 4, is_auto=False)
    for _ in range(5):
        assert channel.basic_get("nothing")[0] is None
    confirming = connection.channel()
    confirming.confirm_delivery()
    publish(confirming, "counted", 6)
    with pytest.raises(UnroutableError):
        confirming.basic_publish("", "no such queue", b"x", mandatory=True)
    publish(confirming, "no such queue", 2)
    for is_requeued in (True, True, False):
        method, _, _ = channel.basic_get("counted")
        channel.basic_nack(method.delivery_tag, requeue=is_requeued)
    fan(channel)
    consume(connection, "counted", 20, is_auto=True)
    other_kinds(connection)
    die(connection)
    connection.close()


def die(connection: pika.BlockingConnection) -> None:
    """Of everything, with and without an exchange to go on by, and with one that is not there."""
    channel, confirming = connection.channel(), connection.channel()
    confirming.confirm_delivery()
    for number, to in enumerate(
        ({}, {"x-dead-letter-exchange": "amq.fanout"}, {"x-dead-letter-exchange": "?"})
    ):
        for name, arguments, count in (
            ("old", {"x-message-ttl": 0}, 1),
            ("many", {"x-max-length": 1}, 2 + number),
            ("full", {"x-max-length": 1, "x-overflow": "reject-publish-dlx"}, 3),
            ("refused", {}, 1),
            ("worn", {"x-queue-type": "quorum", "x-delivery-limit": 0}, 1),
            ("refused too", {"x-queue-type": "quorum"}, 1),
        ):
            queue = f"{name} {number}"
            channel.queue_declare(queue, durable=True, arguments={**arguments, **to})
            for _ in range(count):
                with suppress(NackError):
                    confirming.basic_publish("", queue, b"x")
            if name in {"refused", "refused too", "worn"}:
                method, _, _ = channel.basic_get(queue)
                channel.basic_nack(method.delivery_tag, requeue=name == "worn")


def other_kinds(connection: pika.BlockingConnection) -> None:
    """A quorum queue, which is gone in the end, and a stream."""
    channel, confirming = connection.channel(), connection.channel()
    confirming.confirm_delivery()
    for kind in ("quorum", "stream"):
        channel.queue_declare(kind, durable=True, arguments={"x-queue-type": kind})
    publish(confirming, "quorum", 9)
    take(channel, 2, is_auto=False, queue="quorum")
    take(channel, 1, is_auto=True, queue="quorum")
    consume(connection, "quorum", 6, is_auto=False)
    assert channel.basic_get("quorum")[0] is None
    channel.queue_delete("quorum")
    publish(confirming, "stream", 3)
    consume(connection, "stream", 3, is_auto=False, arguments={"x-stream-offset": "first"})


def publish(channel: BlockingChannel, key: str, count: int) -> None:
    for _ in range(count):
        channel.basic_publish("", key, b"x")


def fan(channel: BlockingChannel) -> None:
    """One that goes to three queues."""
    channel.exchange_declare("fan", "fanout")
    for name in ("a", "b", "c"):
        channel.queue_declare(name)
        channel.queue_bind(name, "fan")
    channel.basic_publish("fan", "", b"x")


def take(channel: BlockingChannel, count: int, *, is_auto: bool, queue: str = "counted") -> None:
    for _ in range(count):
        method, _, _ = channel.basic_get(queue, auto_ack=is_auto)
        if not is_auto:
            channel.basic_ack(method.delivery_tag)


def consume(
    connection: pika.BlockingConnection, queue: str, count: int, *, is_auto: bool, **options: Any
) -> None:
    """All that a queue has, by a subscription."""
    channel = connection.channel()
    channel.basic_qos(prefetch_count=100)
    for method, _, _ in channel.consume(queue, auto_ack=is_auto, **options):
        if not is_auto:
            channel.basic_ack(method.delivery_tag)
        count -= 1
        if not count:
            break
    channel.close()


def test_queues(nodes: tuple[Node, Node]) -> None:
    """By kind of hand-over."""
    for name in ("counted", "settled", "nothing", "a"):
        agree(nodes, f"queues/%2F/{name}")
    theirs, ours = (node.stats("queues/%2F/dead") for node in nodes)
    assert theirs == ours | {"publish": 0}, "RabbitMQ counts what clients publish; we count what arrives"


def test_the_whole(nodes: tuple[Node, Node]) -> None:
    """With what concerns no queue."""
    agree(nodes, "overview")


def agree(nodes: tuple[Node, Node], path: str) -> None:
    """Wait until both say the same: RabbitMQ's figures come seconds later."""

    def check() -> bool:
        theirs, ours = (node.stats(path) for node in nodes)
        assert theirs == ours, path
        return bool(theirs["publish"] or theirs["get_empty"])

    eventually(check, within_s=15)


def test_prometheus(nodes: tuple[Node, Node]) -> None:
    """All of RabbitMQ's names that begin so; a dead letter of ours never waits until it is confirmed."""
    theirs, ours = nodes

    def check() -> bool:
        found = {name: n for name, n in theirs.counted().items() if not name.endswith("at_least_once")}
        assert found == ours.counted()
        return True

    eventually(check, within_s=15)
    kinds = {f"delivered rabbit_{kind}_queue" for kind in ("classic", "quorum", "stream")}
    assert kinds <= ours.counted().keys()
