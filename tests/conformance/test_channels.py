"""Section 3 of the list, channels: their errors, order, pipelining, and what nowait leaves out."""

from collections.abc import Callable

import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.support.amqp091 import declare, method, open_channel, publish
from tests.support.pika_client import Connect, Got, ended, ready, refused, send, wait_until
from tests.support.raw_client import RawClient, why

Raw = Callable[[], RawClient]


def test_pipelined_behind_an_error(raw: Raw, queue: str) -> None:
    """Frames pipelined behind the failing one are dropped in silence until close-ok."""
    client = raw().open(1)
    client.send(declare("none", passive=True), declare(queue, exclusive=True), publish(b"x", key=queue))
    assert why(client.frame())[:2] == ("channel", 404)
    client.send(method(1, "basic.get", 0, queue, True), method(1, "channel.close-ok"), open_channel(1))
    client.expect("channel.open-ok")
    client.send(declare(queue, passive=True))
    assert why(client.frame())[:3] == ("channel", 404, f"NOT_FOUND - no queue '{queue}' in vhost '/'")


def test_both_close_a_channel(raw: Raw) -> None:
    """A client's close that crosses the broker's is answered, and the number is free again."""
    client = raw().open(1)
    client.send(declare("none", passive=True))
    assert why(client.frame())[:2] == ("channel", 404)
    client.send(method(1, "channel.close", 200, "bye", 0, 0))
    client.expect("channel.close-ok")
    client.send(method(1, "channel.close-ok"), open_channel(1))
    client.expect("channel.open-ok")


def test_a_number_is_used_again(raw: Raw) -> None:
    """A closed channel's number may be opened again, and its tags begin at 1."""
    client = raw().open(1)
    client.send(declare("", exclusive=True))
    queue = client.expect("queue.declare-ok").args[0]
    for _ in range(2):
        client.send(publish(b"x", key=queue), method(1, "basic.get", 0, queue, False))
        assert client.expect("basic.get-ok").args[0] == 1
        client.content()
        assert client.call(1, "channel.close", 200, "bye", 0, 0).name == "channel.close-ok"
        client.send(open_channel(1))
        client.expect("channel.open-ok")


def test_closing_gives_everything_back(connect: Connect, channel: BlockingChannel, queue: str) -> None:
    """A channel's close requeues what is unacked, removes its consumers and rolls its transaction back."""
    channel.queue_declare(queue)
    send(channel, queue, b"held")
    closing = connect().channel()
    got = Got(closing, queue)
    got.wait(1)
    closing.tx_select()
    closing.basic_publish("", queue, b"never committed")
    closing.basic_ack(got.tags()[0])
    closing.close()
    wait_until(channel, lambda: ready(channel, queue) == 1)
    declared = channel.queue_declare(queue, passive=True).method
    assert (declared.message_count, declared.consumer_count) == (1, 0)
    assert channel.basic_get(queue)[0].redelivered


def test_flow_from_the_client(channel: BlockingChannel) -> None:
    """channel.flow(true) is granted; false is 540 on the connection."""
    assert channel.flow(True) is True
    with ended(540, "active=false"):
        channel.flow(False)


def test_an_answer_means_all_before_is_taken_in(channel: BlockingChannel, queue: str) -> None:
    """Per channel strictly first in, first out: an answer means that earlier publishes have been taken in."""
    channel.queue_declare(queue, exclusive=True)
    for i in range(100):
        send(channel, queue, b"%d" % i)
        assert channel.basic_get(queue, auto_ack=True)[2] == b"%d" % i


def test_methods_are_sent_without_waiting(raw: Raw, queue: str) -> None:
    """Clients send the next method before the answer: each is answered.

    RabbitMQ lets the answer to a consume fall behind others; here it keeps its place.
    """
    client = raw().open(1)
    client.send(
        declare(queue, exclusive=True),
        method(1, "queue.bind", 0, queue, "amq.direct", queue, False, []),
        method(1, "confirm.select", False),
        publish(b"x", exchange="amq.direct", key=queue),
        method(1, "basic.consume", 0, queue, "t", False, True, False, False, []),
        method(1, "channel.flow", True),
    )
    answers = ["queue.declare-ok", "queue.bind-ok", "confirm.select-ok", "channel.flow-ok"]
    names: list[str] = []
    while not {*answers, "basic.consume-ok", "basic.ack", "basic.deliver"} <= set(names):
        names.append(client.frame().name)
    assert [name for name in names if name in answers] == answers
    assert names.index("basic.consume-ok") < names.index("basic.deliver")


def test_nowait(raw: Raw, queue: str) -> None:
    """nowait on declare, bind, purge, consume, cancel, delete and confirm.select: no -ok comes."""
    client = raw().open(1)
    client.send(
        method(1, "exchange.declare", 0, queue, "fanout", False, False, False, False, True, []),
        declare(queue, exclusive=True, nowait=True),
        method(1, "queue.bind", 0, queue, queue, "", True, []),
        method(1, "exchange.bind", 0, queue, "amq.fanout", "", True, []),
        method(1, "exchange.unbind", 0, queue, "amq.fanout", "", True, []),
        publish(b"x", exchange=queue),
        method(1, "queue.purge", 0, queue, True),
        method(1, "basic.consume", 0, queue, "t", False, True, False, True, []),
        method(1, "basic.cancel", "unknown", True),
        method(1, "confirm.select", True),
        method(1, "queue.delete", 0, queue, False, False, True),
        method(1, "exchange.delete", 0, queue, False, True),
        method(1, "channel.flow", True),
    )
    client.expect("channel.flow-ok")


def test_errors_of_nowait(raw: Raw) -> None:
    """With nowait, errors still close the channel."""
    client = raw().open(1)
    client.send(method(1, "queue.bind", 0, "none", "amq.direct", "k", True, []))
    assert why(client.frame()) == ("channel", 404, "NOT_FOUND - no queue 'none' in vhost '/'", 50, 20)


def test_delivery_tags(channel: BlockingChannel, queue: str) -> None:
    """Per channel, from 1, shared by all its consumers and basic.get, never used again."""
    channel.queue_declare(queue, exclusive=True)
    send(channel, queue, *[b"x"] * 3)
    tags = [channel.basic_get(queue)[0].delivery_tag]
    channel.basic_qos(prefetch_count=1)
    first, second = Got(channel, queue), Got(channel, queue)
    wait_until(channel, lambda: len(first.deliveries) + len(second.deliveries) == 2)
    tags += sorted(first.tags() + second.tags())
    assert tags == [1, 2, 3]
    channel.basic_nack(0, multiple=True)
    wait_until(channel, lambda: len(first.deliveries) + len(second.deliveries) == 4)
    assert sorted(first.tags() + second.tags())[2:] == [4, 5]


@pytest.mark.parametrize(
    ("code", "act"),
    [
        (404, lambda c, q: c.queue_declare("none", passive=True)),
        (405, lambda c, q: c.queue_declare(q, passive=True)),
        (406, lambda c, q: c.exchange_declare("amq.direct", "topic")),
        (403, lambda c, q: c.exchange_declare("amq.own")),
    ],
)
def test_errors_of_one_channel(
    connect: Connect, queue: str, code: int, act: Callable[[BlockingChannel, str], object]
) -> None:
    """404, 405, 406 and 403 close one channel; the others on the connection go on."""
    connect().channel().queue_declare(queue, exclusive=True)
    connection = connect()
    failing, other = connection.channel(), connection.channel()
    with refused(code, ""):
        act(failing, queue)
    assert other.queue_declare("", exclusive=True).method.message_count == 0
