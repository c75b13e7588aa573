"""Section 7 of the list, settling: ack, nack, reject, recover, and the places that messages come back to."""

import itertools
from collections.abc import Callable

import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.support.amqp091 import declare, method, publish
from tests.support.pika_client import Connect, Got, ready, refused, send, settle, take_all, wait_until
from tests.support.raw_client import RawClient, why

Raw = Callable[[], RawClient]
Settle = Callable[[BlockingChannel, int], object]

TAG_OF_NOTHING = [
    lambda c: c.basic_ack(9),
    lambda c: c.basic_ack(9, multiple=True),
    lambda c: c.basic_nack(9),
    lambda c: c.basic_nack(9, multiple=True),
    lambda c: c.basic_reject(9),
    lambda c: c.basic_reject(9, requeue=False),
]


@pytest.fixture
def held(channel: BlockingChannel, queue: str) -> list[int]:
    """Tags of messages 0, 1, 2, taken from a queue in which 3 still waits."""
    channel.queue_declare(queue, exclusive=True)
    send(channel, queue, b"0", b"1", b"2", b"3")
    return [channel.basic_get(queue)[0].delivery_tag for _ in range(3)]


def give_all_back(channel: BlockingChannel, queue: str) -> list[bytes]:
    """What is left after everything unsettled has come back."""
    channel.basic_recover(requeue=True)
    return take_all(channel, queue)


# ---- acknowledged


def test_ack(channel: BlockingChannel, queue: str, held: list[int]) -> None:
    """An ack settles its own delivery only."""
    channel.basic_ack(held[1])
    assert give_all_back(channel, queue) == [b"0", b"2", b"3"]


def test_ack_multiple(channel: BlockingChannel, queue: str, held: list[int]) -> None:
    """With `multiple` it settles all up to its own."""
    channel.basic_ack(held[1], multiple=True)
    assert give_all_back(channel, queue) == [b"2", b"3"]


def test_all_of_a_channel(channel: BlockingChannel, queue: str, held: list[int]) -> None:
    """Tag 0 with `multiple` means all; once more means none and is fine."""
    channel.basic_ack(0, multiple=True)
    channel.basic_ack(0, multiple=True)
    channel.basic_nack(0, multiple=True)
    assert give_all_back(channel, queue) == [b"3"]


@pytest.mark.parametrize("act", TAG_OF_NOTHING)
def test_unknown_tags(
    channel: BlockingChannel, held: list[int], act: Callable[[BlockingChannel], object]
) -> None:
    """Each verb of an unknown tag is 406."""
    act(channel)
    with refused(406, "unknown delivery tag 9"):
        settle(channel)


@pytest.mark.parametrize("verb", ["basic.ack", "basic.reject", "basic.nack"])
def test_tag_zero_without_multiple(raw: Raw, verb: str) -> None:
    """Tag 0 alone is 406, and the close names the method."""
    client = raw().open(1)
    client.send(method(1, verb, 0, *((False, True) if verb == "basic.nack" else (False,))))
    scope, code, text, class_id, method_id = why(client.frame())
    assert (scope, code, text) == ("channel", 406, "PRECONDITION_FAILED - unknown delivery tag 0")
    assert (class_id, method_id) == (60, {"basic.ack": 80, "basic.reject": 90, "basic.nack": 120}[verb])


def test_settled_by_an_earlier_multiple(channel: BlockingChannel, held: list[int]) -> None:
    """What a multiple has settled is unknown afterwards."""
    channel.basic_ack(held[2], multiple=True)
    channel.basic_ack(held[0])
    with refused(406, f"unknown delivery tag {held[0]}"):
        settle(channel)


# ---- refused


@pytest.mark.parametrize(
    "act",
    [
        lambda c, tag: c.basic_reject(tag, requeue=False),
        lambda c, tag: c.basic_nack(tag, requeue=False),
    ],
)
def test_refused_for_good(channel: BlockingChannel, queue: str, held: list[int], act: Settle) -> None:
    """Without a place for dead letters it is gone."""
    act(channel, held[1])
    assert give_all_back(channel, queue) == [b"0", b"2", b"3"]


def test_nack_multiple(channel: BlockingChannel, queue: str, held: list[int]) -> None:
    """All up to the tag are given back, in their order."""
    channel.basic_nack(held[1], multiple=True)
    assert take_all(channel, queue) == [b"0", b"1", b"3"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_requeued_to_its_place(
    channel: BlockingChannel, queue: str, held: list[int], order: tuple[int, ...]
) -> None:
    """Whatever the order of the rejects: before what waits, in the order of publishing, redelivered."""
    for index in order:
        channel.basic_reject(held[index])
    got = [channel.basic_get(queue) for _ in range(4)]
    assert [body for *_, body in got] == [b"0", b"1", b"2", b"3"]
    assert [delivered.redelivered for delivered, _, _ in got] == [True, True, True, False]


def test_requeued_between_others(channel: BlockingChannel, queue: str, held: list[int]) -> None:
    """Not to the head: behind what was published before it and has come back already."""
    channel.basic_nack(held[0])
    assert channel.basic_get(queue)[2] == b"0"
    channel.basic_nack(held[2])
    channel.basic_nack(held[1])
    assert take_all(channel, queue) == [b"1", b"2", b"3"]


def test_requeued_by_the_channels_end(connect: Connect, queue: str) -> None:
    """In their places, whichever channel's end it is."""
    connection = connect()
    first, second, third = (connection.channel() for _ in range(3))
    third.queue_declare(queue, exclusive=True)
    send(third, queue, b"0", b"1", b"2", b"3")
    settle(third)
    for channel in (first, second, first, second):
        channel.basic_get(queue)
    second.close()
    wait_until(third, lambda: ready(third, queue) == 2)
    first.close()
    wait_until(third, lambda: ready(third, queue) == 4)
    assert take_all(third, queue) == [b"0", b"1", b"2", b"3"]


def test_requeued_to_the_same_consumer(channel: BlockingChannel, queue: str) -> None:
    """A message given back goes to its only consumer again, with a new tag."""
    channel.queue_declare(queue, exclusive=True)
    channel.basic_qos(prefetch_count=1)
    got = Got(channel, queue)
    send(channel, queue, b"x")
    for tag in range(1, 4):
        got.wait(tag)
        channel.basic_nack(got.tags()[-1])
    assert got.wait(4) == [b"x"] * 4
    assert got.tags() == [1, 2, 3, 4]
    assert [delivered.redelivered for delivered, _, _ in got.deliveries] == [False, True, True, True]


# ---- recovered


def test_recover(channel: BlockingChannel, queue: str, held: list[int]) -> None:
    """All unsettled of the channel are ready again, in their places."""
    channel.basic_ack(held[1])
    channel.basic_recover(requeue=True)
    assert ready(channel, queue) == 3
    got = [channel.basic_get(queue) for _ in range(3)]
    assert [(body, delivered.redelivered) for delivered, _, body in got] == [
        (b"0", True),
        (b"2", True),
        (b"3", False),
    ]


def test_recover_to_a_consumer(channel: BlockingChannel, queue: str) -> None:
    """A consumer gets its own again."""
    channel.queue_declare(queue, exclusive=True)
    got = Got(channel, queue)
    send(channel, queue, b"1", b"2")
    got.wait(2)
    channel.basic_recover(requeue=True)
    assert got.wait(4) == [b"1", b"2", b"1", b"2"]


def test_recover_of_one_channel(connect: Connect, queue: str) -> None:
    """What another channel holds stays there."""
    connection = connect()
    first, second = connection.channel(), connection.channel()
    first.queue_declare(queue, exclusive=True)
    send(first, queue, b"1", b"2")
    settle(first)
    first.basic_get(queue)
    second.basic_get(queue)
    second.basic_recover(requeue=True)
    assert take_all(first, queue) == [b"2"]


@pytest.mark.parametrize("verb", ["basic.recover", "basic.recover-async"])
def test_recover_with_and_without_an_answer(raw: Raw, queue: str, verb: str) -> None:
    """recover-async does the same and says nothing."""
    client = raw().open(1)
    client.send(declare(queue, exclusive=True), publish(b"x", key=queue))
    client.expect("queue.declare-ok")
    client.send(method(1, "basic.get", 0, queue, False))
    client.expect("basic.get-ok")
    client.content()
    client.send(method(1, verb, True))
    if verb == "basic.recover":
        client.expect("basic.recover-ok")
    client.send(method(1, "basic.get", 0, queue, False))
    assert client.expect("basic.get-ok").args[:2] == (2, True)


@pytest.mark.parametrize("verb", ["basic.recover", "basic.recover-async"])
def test_recover_without_requeue(raw: Raw, verb: str) -> None:
    """requeue=false is 540 on the connection."""
    scope, code, text, *_ = why(raw().open(1).call(1, verb, False))
    assert (scope, code, text) == ("connection", 540, "NOT_IMPLEMENTED - requeue=false")


# ---- redelivered


def test_redelivered(connect: Connect, channel: BlockingChannel, queue: str) -> None:
    """Whatever was delivered and came back says so to its next reader; what only waited does not."""
    channel.queue_declare(queue)
    reader = connect()
    send(channel, queue, b"1", b"2")
    wait_until(channel, lambda: ready(channel, queue) == 2)
    assert not reader.channel().basic_get(queue)[0].redelivered
    reader.close()
    wait_until(channel, lambda: ready(channel, queue) == 2)
    got = Got(channel, queue)
    got.wait(2)
    assert [delivered.redelivered for delivered, _, _ in got.deliveries] == [True, False]
    channel.queue_delete(queue)
