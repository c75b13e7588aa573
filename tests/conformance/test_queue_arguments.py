"""Section 5 of the list, arguments of queues: time to live, expiry, lengths, priorities."""

from collections.abc import Callable
from typing import Any

import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker
from pika.spec import BasicProperties

from mqstudio.model.message import Header
from tests.support.amqp091 import method
from tests.support.pika_client import Connect, Got, ready, send, settle, take_all, wait_until
from tests.support.raw_client import RawClient, why

Raw = Callable[[], RawClient]

BRIEFLY_MS = 30


def later(channel: BlockingChannel, time_ms: int) -> Got:
    """A consumer that gets one message when this time has passed by the broker's own clock."""
    bell: str = channel.queue_declare("", exclusive=True).method.queue
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": bell, "x-message-ttl": time_ms}
    clock: str = channel.queue_declare("", exclusive=True, arguments=arguments).method.queue
    got = Got(channel, bell, auto_ack=True)
    send(channel, clock, b"time")
    return got


def is_there(connect: Connect, queue: str) -> bool:
    """Whether a queue exists."""
    try:
        return bool(connect().channel().queue_declare(queue, passive=True))
    except ChannelClosedByBroker as closed:
        assert closed.reply_code == 404
        return False


# ---- time to live


@pytest.mark.parametrize("time_ms", [BRIEFLY_MS, 0])
def test_message_ttl(channel: BlockingChannel, queue: str, time_ms: int) -> None:
    """Messages go after it, and are never delivered."""
    channel.queue_declare(queue, exclusive=True, arguments={"x-message-ttl": time_ms})
    channel.confirm_delivery()
    send(channel, queue, b"x")
    wait_until(channel, lambda: ready(channel, queue) == 0)
    assert channel.basic_get(queue) == (None, None, None)


def test_a_ttl_of_zero(channel: BlockingChannel, queue: str) -> None:
    """A consumer with room right then gets them, one without does not."""
    channel.queue_declare(queue, exclusive=True, arguments={"x-message-ttl": 0})
    channel.basic_qos(prefetch_count=1)
    got = Got(channel, queue)
    send(channel, queue, b"taken")
    got.wait(1)
    send(channel, queue, b"nobody has room")
    settle(channel)
    channel.basic_ack(got.tags()[0])
    send(channel, queue, b"taken too")
    assert got.wait(2) == [b"taken", b"taken too"]


def test_held_is_not_expired(channel: BlockingChannel, queue: str) -> None:
    """What a client holds can be acknowledged late; given back too late it is gone."""
    channel.queue_declare(queue, exclusive=True, arguments={"x-message-ttl": BRIEFLY_MS})
    got = Got(channel, queue)
    send(channel, queue, b"1", b"2")
    got.wait(2)
    later(channel, 2 * BRIEFLY_MS).wait(1)
    channel.basic_ack(got.tags()[0])
    channel.basic_cancel(got.tag)
    channel.basic_nack(got.tags()[1])
    assert channel.basic_get(queue) == (None, None, None)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (Header("x-message-ttl", "int64", 2**40), "{value_too_large,1099511627776}"),
        (Header("x-message-ttl", "int32", -1), "{value_negative,-1}"),
        (Header("x-message-ttl", "string", "5"), '"expected integer, got longstr"'),
        (Header("x-message-ttl", "bool", True), '"expected integer, got bool"'),
    ],
)
def test_no_ttl(raw: Raw, queue: str, value: Header, says: str) -> None:
    """More than a hundred years, less than none, and what is no integer, are 406."""
    client = raw().open(1)
    client.send(method(1, "queue.declare", 0, queue, False, False, True, False, False, [value]))
    text = f"PRECONDITION_FAILED - invalid arg 'x-message-ttl' for queue '{queue}' in vhost '/': {says}"
    assert why(client.frame()) == ("channel", 406, text, 50, 10)


def test_integers_of_any_width(raw: Raw, queue: str) -> None:
    """Known arguments are compared by value, not by their width."""
    client = raw().open(1)
    for width, value in (("int32", 100), ("int64", 100), ("uint8", 100), ("int16", 5)):
        ttl = Header("x-message-ttl", width, value)
        client.send(method(1, "queue.declare", 0, queue, False, False, True, False, False, [ttl]))
        if value == 100:
            client.expect("queue.declare-ok")
    says = f"inequivalent arg 'x-message-ttl' for queue '{queue}' in vhost '/'"
    text = f"PRECONDITION_FAILED - {says}: received '5' but current is '100'"
    assert why(client.frame()) == ("channel", 406, text, 50, 10)


# ---- expiry


def test_expires(channel: BlockingChannel, connect: Connect, queue: str) -> None:
    """Unused, a queue goes after it, whatever it holds."""
    channel.queue_declare(queue, arguments={"x-expires": BRIEFLY_MS})
    send(channel, queue, b"x")
    wait_until(channel, lambda: not is_there(connect, queue))


def test_a_consumer_is_use(channel: BlockingChannel, connect: Connect, queue: str) -> None:
    """While there is one it stays; without it the time begins anew."""
    channel.queue_declare(queue, arguments={"x-expires": BRIEFLY_MS})
    got = Got(channel, queue)
    later(channel, 4 * BRIEFLY_MS).wait(1)
    assert is_there(connect, queue)
    channel.basic_cancel(got.tag)
    wait_until(channel, lambda: not is_there(connect, queue))


def test_what_is_use(channel: BlockingChannel, connect: Connect, queue: str) -> None:
    """A single get and a redeclaration begin the time anew."""
    arguments = {"x-expires": 900}
    got_from, declared = queue, f"{queue}-2"
    for name in (got_from, declared):
        channel.queue_declare(name, arguments=arguments)
    for _ in range(2):
        later(channel, 500).wait(1)
        channel.basic_get(got_from)
        channel.queue_declare(declared, arguments=arguments)
    assert is_there(connect, got_from)
    assert is_there(connect, declared)
    for name in (got_from, declared):
        channel.queue_delete(name)


# ---- lengths


@pytest.mark.parametrize(
    ("limit", "left"),
    [
        ({"x-max-length": 2}, [b"three", b"four"]),
        ({"x-max-length-bytes": 9}, [b"three", b"four"]),
        ({"x-max-length-bytes": 8}, [b"four"]),
        ({"x-max-length": 0}, []),
        ({"x-max-length": 2, "x-overflow": "drop-head"}, [b"three", b"four"]),
        ({"x-max-length": 2, "x-overflow": "reject-publish"}, [b"one", b"two"]),
        ({"x-max-length-bytes": 6, "x-overflow": "reject-publish"}, [b"one", b"two"]),
    ],
)
def test_lengths(channel: BlockingChannel, queue: str, limit: dict[str, Any], left: list[bytes]) -> None:
    """Of messages and of bytes of bodies; the oldest go, or the newest are refused."""
    channel.queue_declare(queue, exclusive=True, arguments=limit)
    send(channel, queue, b"one", b"two", b"three", b"four")
    assert take_all(channel, queue) == left


def test_what_is_held_does_not_count(channel: BlockingChannel, queue: str) -> None:
    """Only ready messages do; what comes back may push others out."""
    channel.queue_declare(queue, exclusive=True, arguments={"x-max-length": 1})
    channel.confirm_delivery()
    send(channel, queue, b"1")
    tag = channel.basic_get(queue)[0].delivery_tag
    send(channel, queue, b"2")
    assert ready(channel, queue) == 1
    channel.basic_nack(tag)
    assert take_all(channel, queue) == [b"2"]


# ---- priorities


def test_priorities(channel: BlockingChannel, queue: str) -> None:
    """Higher first, first in first out inside; above the maximum counts as it, absent as 0."""
    channel.queue_declare(queue, exclusive=True, arguments={"x-max-priority": 5})
    for number, priority in enumerate((None, 1, 9, 0, 5, 1, 3, 255)):
        channel.basic_publish("", queue, b"%d" % number, BasicProperties(priority=priority))
    assert take_all(channel, queue) == [b"2", b"4", b"7", b"6", b"1", b"5", b"0", b"3"]


def test_a_priority_is_delivered_as_sent(channel: BlockingChannel, queue: str) -> None:
    """The property stays what the publisher said, above the maximum too."""
    channel.queue_declare(queue, exclusive=True, arguments={"x-max-priority": 5})
    channel.basic_publish("", queue, b"x", BasicProperties(priority=200))
    assert channel.basic_get(queue)[1].priority == 200


def test_requeued_within_its_priority(channel: BlockingChannel, queue: str) -> None:
    """To its old place there."""
    channel.queue_declare(queue, exclusive=True, arguments={"x-max-priority": 5})
    for number, priority in enumerate((1, 5, 1, 5)):
        channel.basic_publish("", queue, b"%d" % number, BasicProperties(priority=priority))
    tags = [channel.basic_get(queue)[0].delivery_tag for _ in range(3)]
    for tag in reversed(tags):
        channel.basic_nack(tag)
    assert take_all(channel, queue) == [b"1", b"3", b"0", b"2"]


def test_without_levels(channel: BlockingChannel, queue: str) -> None:
    """In a queue that has none priorities mean nothing."""
    channel.queue_declare(queue, exclusive=True)
    for number, priority in enumerate((1, 5, 3)):
        channel.basic_publish("", queue, b"%d" % number, BasicProperties(priority=priority))
    assert take_all(channel, queue) == [b"0", b"1", b"2"]
