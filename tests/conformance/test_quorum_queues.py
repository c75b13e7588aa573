"""Section 8.2 of the list, quorum queues: what they refuse, how they count, in which order they give back."""

from collections.abc import Iterator
from typing import Any

import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import NackError
from pika.spec import BasicProperties

from tests.support.pika_client import Connect, Got, ended, ready, refused, settle, take_all, wait_until

QUORUM = {"x-queue-type": "quorum"}


@pytest.fixture
def channel(connect: Connect, queue: str) -> Iterator[BlockingChannel]:
    """A channel with confirms; the queue is deleted in the end, for it can belong to nobody."""
    channel = connect().channel()
    channel.confirm_delivery()
    yield channel
    connect().channel().queue_delete(queue)


def declare(channel: BlockingChannel, queue: str, **more: Any) -> None:
    arguments = {name.replace("_", "-"): value for name, value in more.items()}
    channel.queue_declare(queue, durable=True, arguments=QUORUM | arguments)


def send(channel: BlockingChannel, queue: str, *bodies: bytes, **properties: Any) -> None:
    """Publish; each is confirmed, so it is there."""
    for body in bodies:
        channel.basic_publish("", queue, body, BasicProperties(**properties))


def arrived(channel: BlockingChannel, queue: str) -> tuple[Any, Any, bytes]:
    """Get a message when it is there."""
    wait_until(channel, lambda: ready(channel, queue) > 0)
    got: tuple[Any, Any, bytes] = channel.basic_get(queue)
    return got


# ---- declaring


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        ({}, "non-durable"),
        ({"durable": True, "exclusive": True}, "exclusive-owner"),
        ({"durable": True, "auto_delete": True}, "auto-delete"),
    ],
)
def test_must_be_durable_and_nobodys(
    channel: BlockingChannel, queue: str, flags: dict[str, bool], named: str
) -> None:
    """Not durable, exclusive, auto-delete are 406, each by its name."""
    with refused(406, f"invalid property '{named}' for queue '{queue}' in vhost '/'"):
        channel.queue_declare(queue, arguments=QUORUM, **flags)


def test_not_named_by_the_server(channel: BlockingChannel) -> None:
    """The name "" is refused."""
    with refused(406, "Cannot declare a server-named queue for type rabbit_quorum_queue"):
        channel.queue_declare("", durable=True, arguments=QUORUM)


@pytest.mark.parametrize("argument", [{"x-max-priority": 5}, {"x-queue-mode": "lazy"}])
def test_refused_arguments(channel: BlockingChannel, queue: str, argument: dict[str, Any]) -> None:
    """Priorities and lazy mode are 406."""
    (name,) = argument
    says = f"invalid arg '{name}' for queue '{queue}' in vhost '/' of queue type rabbit_quorum_queue"
    with refused(406, says):
        channel.queue_declare(queue, durable=True, arguments=QUORUM | argument)


@pytest.mark.parametrize(
    "argument",
    [
        {"x-quorum-initial-group-size": 3},
        {"x-max-in-memory-length": 10},
        {
            "x-dead-letter-exchange": "x",
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
        {"x-delivery-limit": 5},
        {"x-expires": 60_000},
        {"x-message-ttl": 60_000},
    ],
)
def test_accepted_arguments(channel: BlockingChannel, queue: str, argument: dict[str, Any]) -> None:
    """What is for clusters is accepted, and what means something here too; messages come and go."""
    channel.queue_declare(queue, durable=True, arguments=QUORUM | argument)
    send(channel, queue, b"x")
    assert arrived(channel, queue)[2] == b"x"


def test_not_a_classic_one(channel: BlockingChannel, queue: str) -> None:
    """Redeclared as classic: 406, and the other way round."""
    declare(channel, queue)
    with refused(406, f"inequivalent arg 'x-queue-type' for queue '{queue}' in vhost '/'"):
        channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "classic"})


def test_a_classic_one_is_not_it(channel: BlockingChannel, connect: Connect, queue: str) -> None:
    channel.queue_declare(queue, durable=True)
    with refused(406, f"inequivalent arg 'x-queue-type' for queue '{queue}' in vhost '/'"):
        connect().channel().queue_declare(queue, durable=True, arguments=QUORUM)


# ---- delivering again


@pytest.mark.not_as_3_10("4.x counts redeliveries only; 3.10 says 0 on the first")
def test_delivery_count(channel: BlockingChannel, queue: str) -> None:
    """x-delivery-count is absent, then 1, 2, …; the publisher's headers stay."""
    declare(channel, queue)
    send(channel, queue, b"x", headers={"mine": 1})
    counts = []
    for _ in range(4):
        delivered, properties, _ = arrived(channel, queue)
        counts.append(properties.headers.get("x-delivery-count"))
        assert properties.headers["mine"] == 1
        channel.basic_nack(delivered.delivery_tag)
    assert counts == [None, 1, 2, 3]


def test_delivery_count_of_a_consumer(channel: BlockingChannel, queue: str) -> None:
    """It grows by requeueing, however it is requeued."""
    declare(channel, queue)
    channel.basic_qos(prefetch_count=1)
    got = Got(channel, queue)
    send(channel, queue, b"x")
    got.wait(1)
    channel.basic_reject(got.tags()[0])
    got.wait(2)
    channel.basic_recover(requeue=True)
    got.wait(3)
    assert [properties.headers["x-delivery-count"] for _, properties, _ in got.deliveries[1:]] == [1, 2]
    channel.basic_ack(got.tags()[-1])


def test_delivery_limit(channel: BlockingChannel, queue: str) -> None:
    """With a limit of 2 a message is delivered three times and then dead-lettered, by that reason."""
    dead = channel.queue_declare("", exclusive=True).method.queue
    declare(channel, queue, x_delivery_limit=2, x_dead_letter_exchange="", x_dead_letter_routing_key=dead)
    send(channel, queue, b"x")
    for _ in range(3):
        channel.basic_nack(arrived(channel, queue)[0].delivery_tag)
    _, properties, body = arrived(channel, dead)
    assert body == b"x"
    (entry,) = properties.headers["x-death"]
    assert (entry["reason"], entry["queue"], entry["count"]) == ("delivery_limit", queue, 1)
    assert ready(channel, queue) == 0


@pytest.mark.not_as_3_10("there returned ones go behind what waits")
def test_the_order_of_returning(channel: BlockingChannel, queue: str) -> None:
    """0, 1, 2 given back in the order 1, 0, 2 come in that order, before 3."""
    declare(channel, queue)
    send(channel, queue, b"0", b"1", b"2", b"3")
    tags = [arrived(channel, queue)[0].delivery_tag for _ in range(3)]
    for index in (1, 0, 2):
        channel.basic_nack(tags[index])
    wait_until(channel, lambda: ready(channel, queue) == 4)
    assert take_all(channel, queue) == [b"1", b"0", b"2", b"3"]


# ---- consuming


def test_no_limit_of_the_channel(channel: BlockingChannel, queue: str) -> None:
    """A consumer with the channel's own prefetch is 540 on the connection."""
    declare(channel, queue)
    channel.basic_qos(prefetch_count=3, global_qos=True)
    with ended(540, f"queue '{queue}' in vhost '/' does not support global qos"):
        channel.basic_consume(queue, print)


def test_prefetch(channel: BlockingChannel, queue: str) -> None:
    """Of a consumer, as anywhere."""
    declare(channel, queue)
    send(channel, queue, *[b"x"] * 5)
    channel.basic_qos(prefetch_count=2)
    got = Got(channel, queue)
    got.wait(2)
    settle(channel)
    assert (len(got.deliveries), ready(channel, queue)) == (2, 3)
    channel.basic_ack(0, multiple=True)
    got.wait(4)


def test_single_active_consumer(channel: BlockingChannel, queue: str) -> None:
    """The next takes over when the first is cancelled."""
    declare(channel, queue, x_single_active_consumer=True)
    first, second = Got(channel, queue, auto_ack=True), Got(channel, queue, auto_ack=True)
    send(channel, queue, b"1", b"2")
    assert first.wait(2) == [b"1", b"2"]
    channel.basic_cancel(first.tag)
    send(channel, queue, b"3")
    assert second.wait(1) == [b"3"]


def test_no_get_past_the_active_one(channel: BlockingChannel, queue: str) -> None:
    """A single get from a queue of one active consumer is 405."""
    declare(channel, queue, x_single_active_consumer=True)
    with refused(405, "basic.get operations are not supported by quorum queues with single active consumer"):
        channel.basic_get(queue)


def test_higher_priorities_first(channel: BlockingChannel, queue: str) -> None:
    """Of consumers: x-priority counts here too."""
    declare(channel, queue)
    low = Got(channel, queue, auto_ack=True)
    high = Got(channel, queue, auto_ack=True, arguments={"x-priority": 5})
    send(channel, queue, b"1", b"2")
    assert high.wait(2) == [b"1", b"2"]
    assert low.deliveries == []


# ---- full, purged, deleted


def test_a_full_one_refuses(channel: BlockingChannel, queue: str) -> None:
    """With reject-publish a publish is nacked in the end (RabbitMQ lets a few more in first)."""
    declare(channel, queue, x_max_length=2, x_overflow="reject-publish")
    with pytest.raises(NackError):
        send(channel, queue, *[b"x"] * 20)
    assert 2 <= ready(channel, queue) <= 4


def test_a_full_one_drops_its_head(channel: BlockingChannel, queue: str) -> None:
    declare(channel, queue, x_max_length=2)
    send(channel, queue, b"1", b"2", b"3")
    wait_until(channel, lambda: ready(channel, queue) == 2)
    assert take_all(channel, queue) == [b"2", b"3"]


def test_purge(channel: BlockingChannel, queue: str) -> None:
    """Says how many were ready."""
    declare(channel, queue)
    send(channel, queue, b"1", b"2", b"3")
    arrived(channel, queue)
    wait_until(channel, lambda: ready(channel, queue) == 2)
    assert channel.queue_purge(queue).method.message_count == 2


@pytest.mark.parametrize("flag", ["if_empty", "if_unused"])
def test_no_conditions_for_deleting(channel: BlockingChannel, queue: str, flag: str) -> None:
    """Deleting it on condition is 540 on the connection."""
    declare(channel, queue)
    says = (
        f"cannot delete queue '{queue}' in vhost '/'. queue.delete operations with {flag.replace('_', '-')}"
    )
    with ended(540, f"{says} flag set are not supported by quorum queues"):
        channel.queue_delete(queue, **{flag: True})


def test_transactions(channel: BlockingChannel, connect: Connect, queue: str) -> None:
    """Publishes and acks count from commit on."""
    declare(channel, queue)
    send(channel, queue, b"first")
    committing = connect().channel()
    committing.tx_select()
    committing.basic_ack(arrived(committing, queue)[0].delivery_tag)
    committing.basic_publish("", queue, b"second")
    assert ready(channel, queue) == 0
    committing.tx_commit()
    assert arrived(channel, queue)[2] == b"second"
    committing.connection.close()
    assert ready(channel, queue) == 0
