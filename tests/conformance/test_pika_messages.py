"""What pika, unmodified, sees of a real broker: messages published, consumed and settled, as by RabbitMQ.

Numbers in the section headings are those of docs/protocols/amqp091.md.
"""

from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import UnroutableError

from tests.support.pika_client import Connect, Got, ended, ready, refused, send, settle, wait_until

PROPERTIES = pika.BasicProperties(
    content_type="application/json",
    content_encoding="utf-8",
    headers={
        "text": "é",
        "int": 5,
        "long": 2**40,
        "bool": True,
        "none": None,
        "nested": {"list": [1, "two"]},
    },
    delivery_mode=2,
    priority=3,
    correlation_id="correlation",
    reply_to="reply",
    expiration="60000",
    message_id="id",
    timestamp=1_700_000_000,
    type="order",
    user_id="guest",
    app_id="app",
    cluster_id="cluster",
)

# ---- 6 publish, return, get


def test_properties_come_back(channel: BlockingChannel, queue: str) -> None:
    """All fourteen, with the types of their headers."""
    channel.queue_declare(queue)
    channel.basic_publish("", queue, b"x", PROPERTIES)
    assert vars(channel.basic_get(queue)[1]) == vars(PROPERTIES)


def test_absent_properties_stay_absent(channel: BlockingChannel, queue: str) -> None:
    """Nothing is invented."""
    channel.queue_declare(queue)
    send(channel, queue, b"x")
    assert vars(channel.basic_get(queue)[1]) == vars(pika.BasicProperties())


@pytest.mark.parametrize("size", [0, 1, 131_064, 131_065, 5_000_000])
def test_bodies_of_any_size(channel: BlockingChannel, queue: str, size: int) -> None:
    """Empty, one frame exactly, one byte more, many."""
    channel.queue_declare(queue)
    send(channel, queue, b"x" * size)
    assert channel.basic_get(queue)[2] == b"x" * size
    channel.queue_delete(queue)


def test_get(channel: BlockingChannel, queue: str) -> None:
    """With the number left; nothing from an empty queue."""
    channel.queue_declare(queue)
    send(channel, queue, b"1", b"2")
    method, _, body = channel.basic_get(queue)
    assert (body, method.message_count, method.redelivered) == (b"1", 1, False)
    channel.basic_get(queue, auto_ack=True)
    assert channel.basic_get(queue) == (None, None, None)
    channel.basic_nack(method.delivery_tag)
    assert channel.basic_get(queue)[0].redelivered


def test_publish_to_a_missing_exchange(channel: BlockingChannel) -> None:
    """404, and it comes asynchronously."""
    channel.basic_publish("none", "k", b"x")
    with refused(404, "no exchange 'none' in vhost '/'"):
        settle(channel)


def test_publish_to_an_internal_exchange(channel: BlockingChannel, exchange: str) -> None:
    """403."""
    channel.exchange_declare(exchange, internal=True)
    channel.basic_publish(exchange, "k", b"x")
    with refused(403, f"cannot publish to internal exchange '{exchange}' in vhost '/'"):
        settle(channel)


def test_mandatory(channel: BlockingChannel) -> None:
    """Returned with 312 before the answer to anything later."""
    returned: list[Any] = []
    channel.add_on_return_callback(lambda _, *what: returned.append(what))
    channel.basic_publish("", "nowhere", b"body", PROPERTIES, mandatory=True)
    settle(channel)
    ((method, properties, body),) = returned
    assert (method.reply_code, method.reply_text) == (312, "NO_ROUTE")
    assert (method.exchange, method.routing_key, body) == ("", "nowhere", b"body")
    assert vars(properties) == vars(PROPERTIES)


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        (pika.BasicProperties(expiration="abc"), "invalid expiration 'abc': no_integer"),
        (
            pika.BasicProperties(user_id="someone"),
            "user_id property set to 'someone' but authenticated user was 'guest'",
        ),
    ],
)
def test_properties_refused(
    channel: BlockingChannel, queue: str, properties: pika.BasicProperties, says: str
) -> None:
    """406."""
    channel.basic_publish("", queue, b"x", properties)
    with refused(406, says):
        settle(channel)


# ---- 7 consuming


def test_order(channel: BlockingChannel, queue: str) -> None:
    """Tags from 1, messages in the order of their publishing."""
    channel.queue_declare(queue)
    bodies = [b"%d" % i for i in range(1000)]
    got = Got(channel, queue, auto_ack=True)
    send(channel, queue, *bodies)
    assert got.wait(1000) == bodies
    assert got.tags() == list(range(1, 1001))


def test_round_robin(channel: BlockingChannel, queue: str) -> None:
    """Two idle consumers take turns."""
    channel.queue_declare(queue)
    first, second = Got(channel, queue, auto_ack=True), Got(channel, queue, auto_ack=True)
    for i in range(6):
        send(channel, queue, b"%d" % i)
        settle(channel)
    wait_until(channel, lambda: len(first.deliveries) + len(second.deliveries) == 6)
    assert len(first.deliveries) == len(second.deliveries) == 3


def test_prefetch(channel: BlockingChannel, queue: str) -> None:
    """No more open deliveries than asked for; an ack makes room."""
    channel.queue_declare(queue)
    channel.basic_qos(prefetch_count=2)
    send(channel, queue, *[b"x"] * 5)
    got = Got(channel, queue)
    got.wait(2)
    settle(channel)
    assert len(got.deliveries) == 2
    channel.basic_ack(got.tags()[0])
    got.wait(3)
    settle(channel)
    assert len(got.deliveries) == 3
    assert channel.basic_get(queue)[2] == b"x", "a single get is never limited"


def test_global_prefetch(channel: BlockingChannel, queue: str) -> None:
    """Shared by the channel's consumers, and lifted by a later per-consumer one."""
    channel.queue_declare(queue)
    channel.basic_qos(prefetch_count=3, global_qos=True)
    first, second = Got(channel, queue), Got(channel, queue)
    send(channel, queue, *[b"x"] * 9)
    wait_until(channel, lambda: len(first.deliveries) + len(second.deliveries) == 3)
    settle(channel)
    assert len(first.deliveries) + len(second.deliveries) == 3
    channel.basic_qos(prefetch_count=1)
    wait_until(channel, lambda: len(first.deliveries) + len(second.deliveries) == 9)


def test_ack_multiple(channel: BlockingChannel, queue: str) -> None:
    """All up to the tag; 0 is all there are, and fine when there are none."""
    channel.queue_declare(queue)
    channel.basic_ack(0, multiple=True)
    send(channel, queue, *[b"%d" % i for i in range(5)])
    got = Got(channel, queue)
    got.wait(5)
    channel.basic_ack(3, multiple=True)
    channel.basic_cancel(got.tag)
    channel.basic_recover(requeue=True)
    assert ready(channel, queue) == 2
    channel.basic_get(queue)
    channel.basic_ack(0, multiple=True)
    channel.basic_recover(requeue=True)
    assert ready(channel, queue) == 1


@pytest.mark.parametrize("tags", [[1, 1], [9], [0]])
def test_unknown_delivery_tag(channel: BlockingChannel, queue: str, tags: list[int]) -> None:
    """406, for a second ack of the same as well."""
    channel.queue_declare(queue)
    send(channel, queue, b"x")
    channel.basic_get(queue)
    for tag in tags:
        channel.basic_ack(tag)
    with refused(406, f"unknown delivery tag {tags[-1]}"):
        settle(channel)


def test_tags_belong_to_their_channel(connect: Connect, queue: str) -> None:
    """Another channel's tag is unknown."""
    connection = connect()
    first, second = connection.channel(), connection.channel()
    first.queue_declare(queue)
    send(first, queue, b"x")
    second.basic_ack(first.basic_get(queue)[0].delivery_tag)
    with refused(406, "unknown delivery tag 1"):
        settle(second)


def test_requeue_keeps_the_place(channel: BlockingChannel, queue: str) -> None:
    """Whatever the order of the nacks; marked redelivered."""
    channel.queue_declare(queue)
    send(channel, queue, b"0", b"1", b"2", b"3")
    tags = [channel.basic_get(queue)[0].delivery_tag for _ in range(3)]
    for index in (1, 0, 2):
        channel.basic_nack(tags[index])
    got = [channel.basic_get(queue) for _ in range(4)]
    assert [body for _, _, body in got] == [b"0", b"1", b"2", b"3"]
    assert [method.redelivered for method, _, _ in got] == [True, True, True, False]


def test_reject_for_good(channel: BlockingChannel, queue: str) -> None:
    """Gone, since there is no dead-letter rule."""
    channel.queue_declare(queue)
    send(channel, queue, b"1", b"2")
    channel.basic_reject(channel.basic_get(queue)[0].delivery_tag, requeue=False)
    channel.basic_nack(channel.basic_get(queue)[0].delivery_tag, requeue=False)
    channel.basic_recover(requeue=True)
    assert ready(channel, queue) == 0


def test_recover_without_requeue(channel: BlockingChannel) -> None:
    """540."""
    with ended(540, "requeue=false"):
        channel.basic_recover(requeue=False)


def test_cancel_keeps_what_is_open(channel: BlockingChannel, queue: str) -> None:
    """It can still be acknowledged; only the channel's end brings it back."""
    channel.queue_declare(queue)
    send(channel, queue, b"1", b"2")
    got = Got(channel, queue)
    got.wait(2)
    channel.basic_cancel(got.tag)
    assert ready(channel, queue) == 0
    channel.basic_ack(got.tags()[0])
    again = channel.connection.channel()
    channel.close()
    assert again.basic_get(queue)[2] == b"2"


def test_cancel_notification(connect: Connect, channel: BlockingChannel, queue: str) -> None:
    """Told when somebody deletes the queue."""
    channel.queue_declare(queue)
    cancelled: list[str] = []
    channel.add_on_cancel_callback(lambda frame: cancelled.append(frame.method.consumer_tag))
    got = Got(channel, queue)
    connect().channel().queue_delete(queue)
    wait_until(channel, lambda: bool(cancelled))
    assert cancelled == [got.tag]


def test_duplicate_consumer_tag(channel: BlockingChannel, queue: str) -> None:
    """530, found by the broker if the client does not look."""
    channel.queue_declare(queue)
    channel.basic_consume(queue, print, consumer_tag="t")
    channel._consumer_infos.clear()
    channel._impl._consumers.clear()
    with ended(530, "attempt to reuse consumer tag 't'"):
        channel.basic_consume(queue, print, consumer_tag="t")


def test_exclusive_consumer(connect: Connect, channel: BlockingChannel, queue: str) -> None:
    """403 both ways."""
    channel.queue_declare(queue)
    got = Got(channel, queue, exclusive=True)
    other = connect()
    with refused(403, f"queue '{queue}' in vhost '/' in exclusive use"):
        other.channel().basic_consume(queue, print)
    channel.basic_cancel(got.tag)
    other.channel().basic_consume(queue, print)
    with refused(403, "in exclusive use"):
        channel.basic_consume(queue, print, exclusive=True)


def test_auto_ack_is_done_at_once(channel: BlockingChannel, queue: str) -> None:
    """An ack of it is unknown."""
    channel.queue_declare(queue)
    send(channel, queue, b"x")
    got = Got(channel, queue, auto_ack=True)
    got.wait(1)
    channel.basic_ack(got.tags()[0])
    with refused(406, "unknown delivery tag 1"):
        settle(channel)


# ---- 9 confirms


def test_confirms(channel: BlockingChannel, queue: str) -> None:
    """Each publish returns when it is confirmed."""
    channel.queue_declare(queue)
    channel.confirm_delivery()
    for i in range(50):
        channel.basic_publish("", queue, b"%d" % i, mandatory=True)
    assert ready(channel, queue) == 50


def test_unroutable_with_confirms(channel: BlockingChannel) -> None:
    """Returned, then confirmed; not mandatory: confirmed."""
    channel.confirm_delivery()
    channel.basic_publish("", "nowhere", b"x")
    with pytest.raises(UnroutableError) as caught:
        channel.basic_publish("", "nowhere", b"x", mandatory=True)
    (message,) = caught.value.messages
    assert (message.method.reply_code, message.body) == (312, b"x")


def test_tx(channel: BlockingChannel, queue: str) -> None:
    """Publishes and acks count from commit on; rollback forgets both, and what was acked can be again."""
    channel.queue_declare(queue, exclusive=True)
    send(channel, queue, b"first")
    channel.tx_select()
    method, _, _ = channel.basic_get(queue)
    channel.basic_ack(method.delivery_tag)
    send(channel, queue, b"second")
    assert ready(channel, queue) == 0
    channel.tx_rollback()
    assert ready(channel, queue) == 0
    channel.basic_ack(method.delivery_tag)
    send(channel, queue, b"third")
    channel.tx_commit()
    assert channel.basic_get(queue, auto_ack=True)[2] == b"third"
    assert channel.basic_get(queue) == (None, None, None)
