"""Section 9.6 of the list, direct reply-to: a queue that is none, for answers to one channel."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import BasicProperties

from tests.support.pika_client import Connect, Got, ready, refused, settle, wait_until

REPLY = "amq.rabbitmq.reply-to"


@pytest.fixture
def asking(connect: Connect) -> BlockingChannel:
    return connect().channel()


@pytest.fixture
def serving(connect: Connect, queue: str) -> BlockingChannel:
    """A channel of another connection, with a queue for questions."""
    channel = connect().channel()
    channel.queue_declare(queue, auto_delete=True)
    return channel


def ask(channel: BlockingChannel, queue: str, number: int = 1) -> None:
    properties = BasicProperties(reply_to=REPLY, correlation_id=str(number))
    channel.basic_publish("", queue, b"question", properties)


def address_of(channel: BlockingChannel, queue: str) -> str:
    """Take a question; where its answer is to go."""
    wait_until(channel, lambda: ready(channel, queue) > 0)
    address: str = channel.basic_get(queue, auto_ack=True)[1].reply_to
    return address


def test_asking_and_answering(asking: BlockingChannel, serving: BlockingChannel, queue: str) -> None:
    """reply_to is rewritten; the answer goes to the default exchange with it as key, and comes with both."""
    answers = Got(asking, REPLY, auto_ack=True)
    ask(asking, queue, 7)
    wait_until(serving, lambda: ready(serving, queue) == 1)
    _, question, _ = serving.basic_get(queue, auto_ack=True)
    assert question.correlation_id == "7"
    assert question.reply_to.startswith(f"{REPLY}.")
    serving.basic_publish("", question.reply_to, b"answer", BasicProperties(correlation_id="7"))
    assert answers.wait(1) == [b"answer"]
    delivered, properties, _ = answers.deliveries[0]
    assert (delivered.exchange, delivered.routing_key) == ("", question.reply_to)
    assert (properties.correlation_id, delivered.redelivered) == ("7", False)


def test_answers_go_to_who_asked(connect: Connect, serving: BlockingChannel, queue: str) -> None:
    """Each channel gets its own, also two of one connection; an address is good for many answers."""
    connection = connect()
    channels = [connection.channel(), connection.channel(), connect().channel()]
    answers = [Got(channel, REPLY, auto_ack=True) for channel in channels]
    addresses = []
    for channel in channels:
        ask(channel, queue)
        addresses.append(address_of(serving, queue))
    assert len(set(addresses)) == 3
    for number, address in enumerate(addresses):
        for _ in range(2):
            serving.basic_publish("", address, b"%d" % number)
    for number, got in enumerate(answers):
        assert got.wait(2) == [b"%d" % number] * 2


@pytest.mark.not_as_3_10("it does both, and so does 4.0: an error of theirs")
def test_a_mandatory_answer(asking: BlockingChannel, serving: BlockingChannel, queue: str) -> None:
    """Is delivered, and not returned as well."""
    returned: list[Any] = []
    serving.add_on_return_callback(lambda *what: returned.append(what))
    answers = Got(asking, REPLY, auto_ack=True)
    ask(asking, queue)
    serving.basic_publish("", address_of(serving, queue), b"answer", mandatory=True)
    assert answers.wait(1) == [b"answer"]
    settle(serving)
    assert returned == []


def test_is_the_requester_there(asking: BlockingChannel, serving: BlockingChannel, queue: str) -> None:
    """A passive declare of the address answers while the requester is there, and is 404 after."""
    answers = Got(asking, REPLY, auto_ack=True)
    ask(asking, queue)
    address = address_of(serving, queue)
    declared = serving.queue_declare(address, passive=True).method
    assert (declared.queue, declared.message_count) == (address, 0)
    asking.basic_cancel(answers.tag)
    with refused(404, re.escape(f"no queue '{address}' in vhost '/'")):
        serving.queue_declare(address, passive=True)


@pytest.mark.parametrize("how", ["cancel", "channel", "connection"])
def test_the_requester_is_gone(
    asking: BlockingChannel, serving: BlockingChannel, queue: str, how: str
) -> None:
    """However it went, answers are dropped, and returned if they are mandatory."""
    returned: list[Any] = []
    serving.add_on_return_callback(lambda *what: returned.append(what))
    answers = Got(asking, REPLY, auto_ack=True)
    ask(asking, queue)
    address = address_of(serving, queue)
    match how:
        case "cancel":
            asking.basic_cancel(answers.tag)
        case "channel":
            asking.close()
        case "connection":
            asking.connection.close()
    serving.basic_publish("", address, b"dropped")
    settle(serving)
    assert returned == []

    def is_returned() -> bool:
        serving.basic_publish("", address, b"answer", mandatory=True)
        settle(serving)
        return bool(returned)

    wait_until(serving, is_returned)
    assert (returned[0][1].reply_text, returned[0][1].routing_key) == ("NO_ROUTE", address)


@pytest.mark.parametrize("key", [f"{REPLY}.nonsense", f"{REPLY}.", REPLY])
def test_an_address_that_was_never_given(channel: BlockingChannel, key: str) -> None:
    """Leads nowhere."""
    returned: list[Any] = []
    channel.add_on_return_callback(lambda *what: returned.append(what))
    channel.basic_publish("", key, b"answer", mandatory=True)
    settle(channel)
    assert [method.reply_text for _, method, _, _ in returned] == ["NO_ROUTE"]


def test_again_after_a_cancel(asking: BlockingChannel, serving: BlockingChannel, queue: str) -> None:
    """A channel may consume answers again once it has cancelled."""
    asking.basic_cancel(Got(asking, REPLY, auto_ack=True).tag)
    answers = Got(asking, REPLY, auto_ack=True)
    ask(asking, queue)
    serving.basic_publish("", address_of(serving, queue), b"answer")
    assert answers.wait(1) == [b"answer"]


# ---- refused


def test_with_acknowledgement(channel: BlockingChannel) -> None:
    """Consuming answers needs no-ack: 406."""
    with refused(406, "reply consumer cannot acknowledge"):
        channel.basic_consume(REPLY, print)


def test_twice(channel: BlockingChannel) -> None:
    """Once per channel: 406."""
    channel.basic_consume(REPLY, print, auto_ack=True)
    with refused(406, "reply consumer already set"):
        channel.basic_consume(REPLY, print, auto_ack=True)


def test_asking_without_consuming(channel: BlockingChannel, serving: BlockingChannel, queue: str) -> None:
    """The question is 406, also when another channel of the connection consumes."""
    channel.connection.channel().basic_consume(REPLY, print, auto_ack=True)
    ask(channel, queue)
    with refused(406, "fast reply consumer does not exist"):
        settle(channel)
    assert ready(serving, queue) == 0


Act = Callable[[BlockingChannel], object]


@pytest.mark.parametrize(
    "act",
    [
        lambda c: c.basic_get(REPLY),
        lambda c: c.queue_purge(REPLY),
        lambda c: c.queue_bind(REPLY, "amq.fanout"),
    ],
)
def test_not_a_queue(channel: BlockingChannel, act: Act) -> None:
    """Single gets, purging and binding do not find it: 404."""
    with refused(404, f"no queue '{REPLY}' in vhost '/'"):
        act(channel)
