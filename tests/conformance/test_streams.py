"""Section 8.3 of the list, streams: where a consumer begins, what acknowledging means, what is refused."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import BasicProperties

from tests.support.pika_client import Connect, Got, ended, refused, settle

STREAM = {"x-queue-type": "stream"}


@pytest.fixture
def channel(connect: Connect, queue: str) -> Iterator[BlockingChannel]:
    """A channel with confirms and room for deliveries; the stream is deleted in the end."""
    channel = connect().channel()
    channel.confirm_delivery()
    channel.basic_qos(prefetch_count=100)
    yield channel
    connect().channel().queue_delete(queue)


@pytest.fixture
def stream(channel: BlockingChannel, queue: str) -> str:
    """A stream of the messages 0, 1, 2, 3."""
    channel.queue_declare(queue, durable=True, arguments=STREAM)
    append(channel, queue, range(4))
    return queue


def append(channel: BlockingChannel, queue: str, numbers: range) -> None:
    for number in numbers:
        channel.basic_publish("", queue, b"%d" % number)


def read(channel: BlockingChannel, queue: str, offset: Any = None) -> Got:
    return Got(channel, queue, arguments={} if offset is None else {"x-stream-offset": offset})


def offsets(got: Got) -> list[int]:
    return [properties.headers["x-stream-offset"] for _, properties, _ in got.deliveries]


# ---- where to begin


@pytest.mark.parametrize(
    ("offset", "first"),
    [
        ("first", 0),
        (0, 0),
        (2, 2),
        ("1h", 0),
        ("1D", 0),
        (datetime(2001, 9, 9, tzinfo=UTC), 0),
    ],
)
def test_reading_from(channel: BlockingChannel, stream: str, offset: Any, first: int) -> None:
    """`first`, a number, a time, an age: from there on, in order; each says its offset."""
    got = read(channel, stream, offset)
    expected = list(range(first, 4))
    assert got.wait(len(expected)) == [b"%d" % number for number in expected]
    assert offsets(got) == expected
    append(channel, stream, range(4, 5))
    assert got.wait(len(expected) + 1)[-1] == b"4"


def test_reading_from_the_last(channel: BlockingChannel, stream: str) -> None:
    """`last` begins somewhere before the end, and at most at its start."""
    got = read(channel, stream, "last")
    got.wait(1)
    settle(channel)
    assert offsets(got) == list(range(offsets(got)[0], 4))


@pytest.mark.parametrize("offset", [None, "next"])
def test_reading_what_comes(channel: BlockingChannel, stream: str, offset: str | None) -> None:
    """`next`, or without an offset: only what is appended from now on."""
    got = read(channel, stream, offset)
    append(channel, stream, range(4, 6))
    assert got.wait(2) == [b"4", b"5"]
    assert offsets(got) == [4, 5]


def test_reading_from_the_future(channel: BlockingChannel, stream: str) -> None:
    """A time that has not come: nothing of what is there."""
    got = read(channel, stream, datetime(2100, 1, 1, tzinfo=UTC))
    settle(channel)
    assert got.deliveries == []


@pytest.mark.not_as_3_10("there the queue crashes and the connection ends with 541")
@pytest.mark.parametrize("offset", ["nonsense", "", True])
def test_no_offset(channel: BlockingChannel, stream: str, offset: Any) -> None:
    """What is no offset is 406."""
    with refused(406, "x-stream-offset"):
        channel.basic_consume(stream, print, arguments={"x-stream-offset": offset})


# ---- acknowledging


def test_messages_stay(channel: BlockingChannel, connect: Connect, stream: str) -> None:
    """Acknowledged or not, each reader gets all."""
    first = read(channel, stream, "first")
    first.wait(4)
    channel.basic_ack(0, multiple=True)
    other = connect().channel()
    other.basic_qos(prefetch_count=10)
    assert read(other, stream, "first").wait(4) == [b"0", b"1", b"2", b"3"]


def test_an_ack_is_room(channel: BlockingChannel, stream: str) -> None:
    """A reader gets as many more as it acknowledges."""
    channel.basic_qos(prefetch_count=2)
    got = read(channel, stream, "first")
    got.wait(2)
    settle(channel)
    assert offsets(got) == [0, 1]
    channel.basic_ack(got.tags()[0])
    got.wait(3)
    settle(channel)
    assert offsets(got) == [0, 1, 2]
    channel.basic_ack(got.tags()[-1], multiple=True)
    got.wait(4)
    assert offsets(got) == [0, 1, 2, 3]


def test_nothing_comes_back(channel: BlockingChannel, connect: Connect, stream: str) -> None:
    """A reader's end gives nothing back: the next begins where it says."""
    reader = connect()
    reading = reader.channel()
    reading.basic_qos(prefetch_count=10)
    read(reading, stream, "first").wait(4)
    reader.close()
    got = read(channel, stream, 3)
    got.wait(1)
    settle(channel)
    assert offsets(got) == [3]
    assert not got.deliveries[0][0].redelivered


def test_properties(channel: BlockingChannel, stream: str) -> None:
    """They come back, with the offset beside the publisher's headers."""
    sent = BasicProperties(
        headers={"a": "text", "n": 5}, content_type="text/plain", message_id="m", delivery_mode=2
    )
    channel.basic_publish("", stream, b"x", sent)
    got = read(channel, stream, 4)
    got.wait(1)
    delivered, found, _ = got.deliveries[0]
    assert found.headers == {"a": "text", "n": 5, "x-stream-offset": 4}
    assert (found.content_type, found.message_id, found.delivery_mode) == ("text/plain", "m", 2)
    assert (delivered.exchange, delivered.routing_key) == ("", stream)


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
        channel.queue_declare(queue, arguments=STREAM, **flags)


@pytest.mark.parametrize(
    "argument", [{"x-max-age": "7D"}, {"x-max-length-bytes": 1000}, {"x-stream-max-segment-size-bytes": 500}]
)
def test_its_own_arguments(channel: BlockingChannel, queue: str, argument: dict[str, Any]) -> None:
    """Age, length and segments are accepted, and what is appended can be read."""
    channel.queue_declare(queue, durable=True, arguments=STREAM | argument)
    append(channel, queue, range(1))
    assert read(channel, queue, "first").wait(1) == [b"0"]


@pytest.mark.parametrize(
    "argument",
    [{"x-max-priority": 5}, {"x-message-ttl": 5}, {"x-expires": 5}, {"x-dead-letter-exchange": "x"}],
)
def test_refused_arguments(channel: BlockingChannel, queue: str, argument: dict[str, Any]) -> None:
    """Priorities, times to live and dead letters are 406."""
    (name,) = argument
    says = f"invalid arg '{name}' for queue '{queue}' in vhost '/' of queue type rabbit_stream_queue"
    with refused(406, says):
        channel.queue_declare(queue, durable=True, arguments=STREAM | argument)


# ---- refused


def test_without_prefetch(connect: Connect, stream: str) -> None:
    """A reader without a prefetch of its own is 406."""
    with refused(406, f"consumer prefetch count is not set for .*{stream}"):
        connect().channel().basic_consume(stream, print)


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (
            lambda c, q: c.basic_consume(q, print, auto_ack=True),
            "automatic acknowledgement",
        ),
        (lambda c, q: c.basic_get(q), "basic.get"),
        (lambda c, q: c.queue_purge(q), "queue.purge"),
    ],
)
def test_not_a_queue(
    channel: BlockingChannel, stream: str, act: Callable[[BlockingChannel, str], object], says: str
) -> None:
    """Consuming without acks, single gets and purging are 540 on the connection."""
    with ended(540, f"{says} not supported by stream queues queue '{stream}'"):
        act(channel, stream)


@pytest.mark.parametrize("verb", [BlockingChannel.basic_nack, BlockingChannel.basic_reject])
def test_nothing_is_given_back(
    channel: BlockingChannel, stream: str, verb: Callable[[BlockingChannel, int], None]
) -> None:
    """Nor thrown away: nack and reject are 540 on the connection."""
    got = read(channel, stream, "first")
    got.wait(1)
    verb(channel, got.tags()[0])
    with ended(540, "basic.nack and basic.reject not supported by stream queues"):
        settle(channel)


def test_offset_of_a_queue(channel: BlockingChannel, queue: str) -> None:
    """An offset where there is no stream is 406."""
    channel.queue_declare(queue)
    says = f"invalid arg 'x-stream-offset' for queue '{queue}' in vhost '/' of queue type"
    with refused(406, f"{says} rabbit_classic_queue"):
        channel.basic_consume(queue, print, arguments={"x-stream-offset": "first"})
