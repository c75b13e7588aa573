"""Section 7 of the list, consuming: tags, credit, turns, priorities, cancelling, one active consumer."""

import re
from collections.abc import Callable

import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.support.amqp091 import declare, method, publish
from tests.support.pika_client import Connect, Got, ended, ready, refused, send, settle, take_all, wait_until
from tests.support.raw_client import RawClient, why

Raw = Callable[[], RawClient]

SINGLE = {"x-single-active-consumer": True}


def total(*consumers: Got) -> int:
    """How many deliveries they have got together."""
    return sum(len(consumer.deliveries) for consumer in consumers)


def consume(queue: str, tag: str = "t", *, no_local: bool = False, no_ack: bool = True) -> bytes:
    """A basic.consume on channel 1."""
    return method(1, "basic.consume", 0, queue, tag, no_local, no_ack, False, False, [])


# ---- beginning


def test_consume_ok_comes_first(raw: Raw, queue: str) -> None:
    """consume-ok comes before the first delivery, though messages wait."""
    client = raw().open(1)
    client.send(declare(queue, exclusive=True), publish(b"x", key=queue), consume(queue))
    client.expect("queue.declare-ok")
    client.expect("basic.consume-ok")
    assert client.expect("basic.deliver").args == ("t", 1, False, "", queue)
    assert client.content()[1] == b"x"


def test_a_tag_of_the_brokers(raw: Raw, queue: str) -> None:
    """The tag "" gets `amq.ctag-` and 22 url-safe characters."""
    client = raw().open(1)
    client.send(declare(queue, exclusive=True), consume(queue, tag=""))
    client.expect("queue.declare-ok")
    (tag,) = client.expect("basic.consume-ok").args
    assert re.fullmatch(r"amq\.ctag-[A-Za-z0-9_-]{22}", tag)


def test_tags_are_the_channels(connect: Connect, queue: str) -> None:
    """The same tag on two channels is fine."""
    connection = connect()
    first, second = connection.channel(), connection.channel()
    first.queue_declare(queue, exclusive=True)
    got = [Got(channel, queue, consumer_tag="t", auto_ack=True) for channel in (first, second)]
    send(first, queue, b"1", b"2")
    wait_until(first, lambda: total(*got) == 2)
    assert [len(each.deliveries) for each in got] == [1, 1]


def test_a_tag_is_free_after_its_cancel(channel: BlockingChannel, queue: str) -> None:
    """Cancelled, a tag can be used again."""
    channel.queue_declare(queue, exclusive=True)
    channel.basic_cancel(Got(channel, queue, consumer_tag="t").tag)
    got = Got(channel, queue, consumer_tag="t", auto_ack=True)
    send(channel, queue, b"x")
    assert got.wait(1) == [b"x"]


def test_no_local_is_ignored(raw: Raw, queue: str) -> None:
    """A consumer with no-local gets what its own connection publishes."""
    client = raw().open(1)
    client.send(declare(queue, exclusive=True), consume(queue, no_local=True), publish(b"mine", key=queue))
    client.expect("queue.declare-ok")
    client.expect("basic.consume-ok")
    client.expect("basic.deliver")
    assert client.content()[1] == b"mine"


def test_delivered_without_ack_is_gone(connect: Connect, queue: str) -> None:
    """With no-ack what is delivered is gone, even if the client goes at once."""
    keeper = connect().channel()
    keeper.queue_declare(queue)
    connection = connect()
    channel = connection.channel()
    got = Got(channel, queue, auto_ack=True)
    send(channel, queue, b"1", b"2")
    got.wait(2)
    connection.close()
    assert take_all(keeper, queue) == []
    assert keeper.queue_delete(queue).method.message_count == 0


# ---- credit


def test_no_prefetch_is_no_limit(channel: BlockingChannel, queue: str) -> None:
    """A prefetch of 0 is unlimited."""
    channel.queue_declare(queue, exclusive=True)
    channel.basic_qos(prefetch_count=0)
    got = Got(channel, queue)
    send(channel, queue, *[b"x"] * 3000)
    assert len(got.wait(3000)) == 3000


def test_prefetch_is_of_new_consumers(channel: BlockingChannel, queue: str) -> None:
    """Consumers that have begun keep their limit."""
    channel.queue_declare(queue, exclusive=True)
    channel.basic_qos(prefetch_count=1)
    old = Got(channel, queue)
    channel.basic_qos(prefetch_count=3)
    new = Got(channel, queue)
    send(channel, queue, *[b"x"] * 9)
    wait_until(channel, lambda: total(old, new) == 4)
    settle(channel)
    assert (len(old.deliveries), len(new.deliveries)) == (1, 3)


@pytest.mark.parametrize(
    ("limits", "count"),
    [
        ([(2, False), (3, True)], 3),
        ([(3, True), (2, False)], 4),
        ([(3, True), (0, False)], 8),
        ([(3, True), (0, True)], 8),
        ([(1, False)], 2),
        ([(1, True)], 1),
    ],
)
def test_both_kinds_of_prefetch(
    channel: BlockingChannel, queue: str, limits: list[tuple[int, bool]], count: int
) -> None:
    """Each consumer's and the channel's count together; the former given later lifts the latter."""
    channel.queue_declare(queue, exclusive=True)
    send(channel, queue, *[b"x"] * 8)
    for limit, is_global in limits:
        channel.basic_qos(prefetch_count=limit, global_qos=is_global)
    first, second = Got(channel, queue), Got(channel, queue)
    wait_until(channel, lambda: total(first, second) == count)
    settle(channel)
    assert total(first, second) == count
    assert ready(channel, queue) == 8 - count


@pytest.mark.parametrize("is_global", [False, True])
def test_an_ack_makes_room_for_one(channel: BlockingChannel, queue: str, is_global: bool) -> None:
    """Never more than the prefetch is held, however often it is acknowledged, rejected and given back."""
    channel.queue_declare(queue, exclusive=True)
    channel.basic_qos(prefetch_count=2, global_qos=is_global)
    send(channel, queue, *[b"x"] * 20)
    got = Got(channel, queue)
    got.wait(2)
    settling = (channel.basic_ack, lambda tag: channel.basic_reject(tag, requeue=False), channel.basic_nack)
    for number in range(6):
        settling[number % 3](got.tags()[number])
        got.wait(number + 3)
        settle(channel)
        assert len(got.deliveries) == number + 3


def test_prefetch_of_other_channels(connect: Connect, queue: str) -> None:
    """The channel's limit is of one channel alone."""
    connection = connect()
    first, second = connection.channel(), connection.channel()
    first.queue_declare(queue, exclusive=True)
    first.basic_qos(prefetch_count=1, global_qos=True)
    limited, free = Got(first, queue), Got(second, queue)
    send(first, queue, *[b"x"] * 6)
    wait_until(first, lambda: total(limited, free) == 6)
    assert len(limited.deliveries) == 1


def test_raising_the_channels_limit(channel: BlockingChannel, queue: str) -> None:
    """A higher limit of the channel hands over at once."""
    channel.queue_declare(queue, exclusive=True)
    channel.basic_qos(prefetch_count=1, global_qos=True)
    got = Got(channel, queue)
    send(channel, queue, *[b"x"] * 4)
    got.wait(1)
    channel.basic_qos(prefetch_count=3, global_qos=True)
    got.wait(3)
    settle(channel)
    assert len(got.deliveries) == 3


@pytest.mark.parametrize("size", [1, 100])
def test_prefetch_size(channel: BlockingChannel, size: int) -> None:
    """A limit of bytes is 540 on the connection."""
    with ended(540, rf"prefetch_size!=0 \({size}\)"):
        channel.basic_qos(prefetch_size=size)


# ---- turns and priorities


def test_who_has_no_room_is_passed_over(channel: BlockingChannel, queue: str) -> None:
    """The other consumers get what one cannot take."""
    channel.queue_declare(queue, exclusive=True)
    channel.basic_qos(prefetch_count=1)
    full = Got(channel, queue)
    channel.basic_qos(prefetch_count=0)
    free = Got(channel, queue)
    send(channel, queue, *[b"x"] * 6)
    wait_until(channel, lambda: total(full, free) == 6)
    assert len(full.deliveries) == 1


@pytest.mark.parametrize(("low", "high"), [(0, 1), (None, 5), (-5, None), (-2, -1)])
def test_priorities(channel: BlockingChannel, queue: str, low: int | None, high: int | None) -> None:
    """The consumer of the highest priority with room gets everything; without one it is 0."""
    channel.queue_declare(queue, exclusive=True)
    lower = Got(channel, queue, arguments={} if low is None else {"x-priority": low})
    channel.basic_qos(prefetch_count=2)
    higher = Got(channel, queue, arguments={} if high is None else {"x-priority": high})
    for number in range(5):
        send(channel, queue, b"%d" % number)
        settle(channel)
    wait_until(channel, lambda: total(lower, higher) == 5)
    assert [body for *_, body in higher.deliveries] == [b"0", b"1"]
    assert [body for *_, body in lower.deliveries] == [b"2", b"3", b"4"]


def test_equal_priorities_take_turns(channel: BlockingChannel, queue: str) -> None:
    """Among those of the highest priority it goes round."""
    channel.queue_declare(queue, exclusive=True)
    idle = Got(channel, queue, auto_ack=True)
    first, second = (Got(channel, queue, auto_ack=True, arguments={"x-priority": 3}) for _ in range(2))
    for _ in range(6):
        send(channel, queue, b"x")
        settle(channel)
    wait_until(channel, lambda: total(idle, first, second) == 6)
    assert [len(each.deliveries) for each in (idle, first, second)] == [0, 3, 3]


def test_a_priority_is_an_integer(channel: BlockingChannel, queue: str) -> None:
    """A text is 406."""
    channel.queue_declare(queue, exclusive=True)
    with refused(406, "x-priority.*longstr"):
        channel.basic_consume(queue, print, arguments={"x-priority": "5"})


# ---- cancelling


def test_cancelling_what_is_not_there(raw: Raw) -> None:
    """cancel-ok comes even for an unknown tag."""
    assert raw().open(1).call(1, "basic.cancel", "none", False).args == ("none",)


def test_cancelling_keeps_the_rest(channel: BlockingChannel, queue: str) -> None:
    """After cancel-ok nothing more is delivered; what is held is requeued by the channel's end only."""
    channel.queue_declare(queue)
    other = channel.connection.channel()
    got = Got(channel, queue)
    send(channel, queue, b"held")
    got.wait(1)
    channel.basic_cancel(got.tag)
    send(channel, queue, b"not delivered")
    settle(channel)
    assert (total(got), ready(other, queue)) == (1, 1)
    channel.close()
    wait_until(other, lambda: ready(other, queue) == 2)
    assert take_all(other, queue) == [b"held", b"not delivered"]
    other.queue_delete(queue)


def test_no_cancel_for_whom_it_means_nothing(raw: Raw, connect: Connect, queue: str) -> None:
    """Without the capability consumer_cancel_notify nothing is said when the queue is deleted."""
    client = raw().open(1, capabilities=("basic.nack",))
    client.send(declare(queue), consume(queue))
    client.expect("queue.declare-ok")
    client.expect("basic.consume-ok")
    connect().channel().queue_delete(queue)
    client.send(method(1, "channel.flow", True))
    client.expect("channel.flow-ok")


def test_a_cancel_from_the_broker(raw: Raw, connect: Connect, queue: str) -> None:
    """With it basic.cancel comes, with nowait set: no answer is wanted."""
    client = raw().open(1, capabilities=("consumer_cancel_notify",))
    client.send(declare(queue), consume(queue))
    client.expect("queue.declare-ok")
    client.expect("basic.consume-ok")
    connect().channel().queue_delete(queue)
    assert client.expect("basic.cancel").args == ("t", True)


# ---- one active consumer


def test_single_active_consumer(connect: Connect, queue: str) -> None:
    """The first consumer gets everything; the next takes over when it is cancelled or goes."""
    connections = [connect() for _ in range(3)]
    channels = [connection.channel() for connection in connections]
    channels[0].queue_declare(queue, auto_delete=True, arguments=SINGLE)
    first, second, third = (Got(channel, queue, auto_ack=True) for channel in channels)
    for number in range(3):
        send(channels[2], queue, b"%d" % number)
    assert first.wait(3) == [b"0", b"1", b"2"]
    channels[0].basic_cancel(first.tag)
    send(channels[2], queue, b"3")
    assert second.wait(1) == [b"3"]
    connections[1].close()
    send(channels[2], queue, b"4")
    assert third.wait(1) == [b"4"]


def test_what_the_active_one_held(connect: Connect, queue: str) -> None:
    """It goes to the next, in its order, redelivered."""
    first, second = connect().channel(), connect().channel()
    second.queue_declare(queue, auto_delete=True, arguments=SINGLE)
    active, waiting = Got(first, queue), Got(second, queue)
    send(first, queue, b"1", b"2")
    active.wait(2)
    first.connection.close()
    assert waiting.wait(2) == [b"1", b"2"]
    assert [delivered.redelivered for delivered, _, _ in waiting.deliveries] == [True, True]


def test_nobody_helps_the_active_one_out(channel: BlockingChannel, queue: str) -> None:
    """Without room it keeps the others waiting."""
    channel.queue_declare(queue, exclusive=True, arguments=SINGLE)
    channel.basic_qos(prefetch_count=1)
    active, waiting = Got(channel, queue), Got(channel, queue)
    send(channel, queue, b"1", b"2")
    active.wait(1)
    settle(channel)
    assert (total(waiting), ready(channel, queue)) == (0, 1)
    channel.basic_ack(active.tags()[0])
    assert active.wait(2) == [b"1", b"2"]


def test_no_exclusive_consumer_of_such_a_queue(channel: BlockingChannel, queue: str) -> None:
    """Both at once are 403."""
    channel.queue_declare(queue, exclusive=True, arguments=SINGLE)
    with refused(403, f"queue '{queue}' in vhost '/' in exclusive use"):
        channel.basic_consume(queue, print, exclusive=True)


# ---- time


@pytest.mark.not_as_3_10("the argument is of 3.12")
def test_consumer_timeout(raw: Raw, connect: Connect, queue: str) -> None:
    """What is not acknowledged in time is 406 on the channel that held it, and ready again."""
    client = raw().open(1)
    client.send(declare(queue, arguments={"x-consumer-timeout": 50}), consume(queue, no_ack=False))
    client.expect("queue.declare-ok")
    client.expect("basic.consume-ok")
    client.send(publish(b"x", key=queue))
    client.expect("basic.deliver")
    client.content()
    text = (
        "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: 50 ms. "
        "This timeout value can be configured, see consumers doc guide to learn more"
    )
    assert why(client.frame()) == ("channel", 406, text, 0, 0)
    channel = connect().channel()
    delivered, _, body = channel.basic_get(queue)
    assert (body, delivered.redelivered) == (b"x", True)
    channel.queue_delete(queue)
