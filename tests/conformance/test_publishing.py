"""Section 6 of the list, publishing: what is returned, what is refused, copies, and times to live."""

from collections.abc import Callable
from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import BasicProperties

from tests.support.amqp091 import body, declare, header, method, publish
from tests.support.pika_client import Got, ready, refused, send, settle, take_all, wait_until
from tests.support.raw_client import RawClient, why

Raw = Callable[[], RawClient]

LONG_MS = "60000"


def written(properties: BasicProperties) -> bytes:
    """Properties as they go over the wire."""
    return b"".join(properties.encode())


# ---- returned


def test_a_return_is_the_message_unchanged(raw: Raw) -> None:
    """312 NO_ROUTE with exchange and key; header and body are the publisher's to the byte."""
    client = raw().open(1)
    properties = written(BasicProperties(headers={"z": 1, "a": "é"}, message_id="m"))
    client.send(publish(b"body", exchange="amq.direct", key="none", properties=properties, mandatory=True))
    assert client.expect("basic.return").args == (312, "NO_ROUTE", "amq.direct", "none")
    assert client.content() == (properties, b"body")


def test_not_mandatory(raw: Raw) -> None:
    """Unroutable and not mandatory: dropped without a word."""
    client = raw().open(1)
    client.send(publish(b"x", exchange="amq.direct", key="none"), method(1, "channel.flow", True))
    client.expect("channel.flow-ok")


def test_returned_by_each_exchange_alone(channel: BlockingChannel, queue: str) -> None:
    """What one queue takes is not returned; the same key elsewhere is."""
    returned: list[Any] = []
    channel.add_on_return_callback(lambda _, *what: returned.append(what))
    channel.queue_declare(queue, exclusive=True)
    channel.queue_bind(queue, "amq.topic", f"{queue}.#")
    for exchange in ("amq.topic", "amq.direct"):
        channel.basic_publish(exchange, f"{queue}.x", b"x", mandatory=True)
    settle(channel)
    assert [method.exchange for method, _, _ in returned] == ["amq.direct"]
    assert ready(channel, queue) == 1


def test_immediate(raw: Raw) -> None:
    """The flag immediate is 540 on the connection."""
    client = raw().open(1)
    client.send(method(1, "basic.publish", 0, "", "q", False, True), header(1, 1), body(1, b"x"))
    assert why(client.frame()) == ("connection", 540, "NOT_IMPLEMENTED - immediate=true", 60, 40)


# ---- refused


@pytest.mark.parametrize(
    ("expiration", "says"),
    [
        ("abc", "no_integer"),
        ("", "no_integer"),
        ("1.5", '{leftover_string,".5"}'),
        ("60000x", '{leftover_string,"x"}'),
        ("-1", "{value_negative,-1}"),
    ],
)
def test_expiration_is_digits(raw: Raw, queue: str, expiration: str, says: str) -> None:
    """What is no number of milliseconds is 406."""
    client = raw().open(1)
    properties = written(BasicProperties(expiration=expiration))
    client.send(declare(queue, exclusive=True), publish(key=queue, properties=properties))
    client.expect("queue.declare-ok")
    text = f"PRECONDITION_FAILED - invalid expiration '{expiration}': {says}"
    assert why(client.frame()) == ("channel", 406, text, 60, 40)


def test_a_refused_publish_is_not_confirmed(raw: Raw) -> None:
    """A publish to a missing exchange closes the channel; nothing is confirmed, neither by ack nor nack."""
    client = raw().open(1)
    client.send(method(1, "confirm.select", False), publish(exchange="none"))
    client.expect("confirm.select-ok")
    assert why(client.frame())[:2] == ("channel", 404)
    client.send(method(1, "channel.close-ok"), method(1, "channel.open", ""))
    client.expect("channel.open-ok")


def test_user_id_of_the_login(channel: BlockingChannel, queue: str) -> None:
    """The user's own name passes, and is delivered."""
    channel.queue_declare(queue, exclusive=True)
    channel.basic_publish("", queue, b"x", BasicProperties(user_id="guest"))
    assert channel.basic_get(queue)[1].user_id == "guest"


# ---- copies


@pytest.fixture
def boxes(channel: BlockingChannel) -> list[str]:
    """Four queues."""
    return [channel.queue_declare("", exclusive=True).method.queue for _ in range(4)]


@pytest.mark.parametrize("exchange", ["", "amq.topic"])
def test_copies(channel: BlockingChannel, boxes: list[str], exchange: str) -> None:
    """CC and BCC are further routing keys, at any exchange."""
    to, cc, bcc, _ = boxes
    for name in boxes if exchange else ():
        channel.queue_bind(name, exchange, f"{name}.#")
    properties = BasicProperties(headers={"CC": [cc], "BCC": [bcc], "other": 1})
    channel.basic_publish(exchange, to, b"x", properties)
    wait_until(channel, lambda: [ready(channel, name) for name in boxes] == [1, 1, 1, 0])


def test_blind_copies(channel: BlockingChannel, boxes: list[str]) -> None:
    """BCC is taken out of what is delivered, CC stays; the key is the publisher's."""
    to, cc, bcc, _ = boxes
    properties = BasicProperties(headers={"CC": [cc], "BCC": [bcc], "other": 1})
    channel.basic_publish("", to, b"x", properties)
    for name in (to, cc, bcc):
        wait_until(channel, lambda name=name: ready(channel, name) == 1)
        delivered, found, _ = channel.basic_get(name)
        assert found.headers == {"CC": [cc], "other": 1}
        assert delivered.routing_key == to


def test_a_copy_to_the_same_queue(channel: BlockingChannel, boxes: list[str]) -> None:
    """A queue gets one copy however often it is named."""
    properties = BasicProperties(headers={"CC": [boxes[0], boxes[1]], "BCC": [boxes[1]]})
    channel.basic_publish("", boxes[0], b"x", properties)
    wait_until(channel, lambda: all(ready(channel, name) for name in boxes[:2]))
    assert [ready(channel, name) for name in boxes] == [1, 1, 0, 0]


def test_a_copy_is_a_route(channel: BlockingChannel, boxes: list[str]) -> None:
    """A mandatory message that only a copy's key routes is not returned."""
    returned: list[Any] = []
    channel.add_on_return_callback(lambda *what: returned.append(what))
    for cc in (boxes[0], "nowhere either"):
        channel.basic_publish("", "nowhere", b"x", BasicProperties(headers={"CC": [cc]}), mandatory=True)
    settle(channel)
    assert [properties.headers for _, _, properties, _ in returned] == [{"CC": ["nowhere either"]}]
    assert ready(channel, boxes[0]) == 1


@pytest.mark.parametrize("name", ["CC", "BCC"])
def test_copies_of_another_type(channel: BlockingChannel, boxes: list[str], name: str) -> None:
    """What is no array is 406."""
    channel.basic_publish("", boxes[0], b"x", BasicProperties(headers={name: boxes[1]}))
    with refused(406, f'invalid message: {{unacceptable_type_in_header,"{name}",longstr}}'):
        settle(channel)


# ---- times to live


def test_expiration(channel: BlockingChannel, queue: str) -> None:
    """A message with an expiration goes after it, unread, and is never delivered."""
    channel.queue_declare(queue, exclusive=True)
    channel.confirm_delivery()
    channel.basic_publish("", queue, b"x", BasicProperties(expiration="20"))
    wait_until(channel, lambda: ready(channel, queue) == 0)
    assert take_all(channel, queue) == []


@pytest.mark.parametrize(("of_queue", "of_message"), [(20, LONG_MS), (int(LONG_MS), "20")])
def test_the_lower_time_to_live_counts(
    channel: BlockingChannel, queue: str, of_queue: int, of_message: str
) -> None:
    """Of the queue's and the message's."""
    channel.queue_declare(queue, exclusive=True, arguments={"x-message-ttl": of_queue})
    channel.confirm_delivery()
    channel.basic_publish("", queue, b"x", BasicProperties(expiration=of_message))
    wait_until(channel, lambda: ready(channel, queue) == 0)


def test_expired_only_at_the_head(channel: BlockingChannel, queue: str) -> None:
    """Behind a message that stays, an expired one still counts until it comes to the head."""
    channel.queue_declare(queue, exclusive=True)
    bell = channel.queue_declare("", exclusive=True).method.queue
    timer = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": bell}
    clock = channel.queue_declare("", exclusive=True, arguments=timer).method.queue
    rung = Got(channel, bell, auto_ack=True)
    send(channel, queue, b"stays")
    channel.basic_publish("", queue, b"expires", BasicProperties(expiration="10"))
    channel.basic_publish("", clock, b"later", BasicProperties(expiration="60"))
    rung.wait(1)
    assert ready(channel, queue) == 2
    assert take_all(channel, queue) == [b"stays"]


def test_expiration_zero(channel: BlockingChannel, queue: str) -> None:
    """0 reaches a consumer that is ready right then, and nobody else."""
    channel.queue_declare(queue, exclusive=True)
    at_once = BasicProperties(expiration="0")
    channel.basic_publish("", queue, b"nobody waits", at_once)
    wait_until(channel, lambda: ready(channel, queue) == 0)
    got = Got(channel, queue, auto_ack=True)
    channel.basic_publish("", queue, b"somebody waits", at_once)
    assert got.wait(1) == [b"somebody waits"]


def test_expiration_is_delivered(channel: BlockingChannel, queue: str) -> None:
    """The property stays on a message that is read in time."""
    channel.queue_declare(queue, exclusive=True)
    channel.basic_publish("", queue, b"x", pika.BasicProperties(expiration=LONG_MS))
    assert channel.basic_get(queue)[1].expiration == LONG_MS
