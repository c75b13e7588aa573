"""Section 4 of the list, exchanges of plug-ins that are built in here: delayed messages, hashes, chance."""

from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import BasicProperties

from tests.support.amqp091 import method, publish
from tests.support.broker import RunningBroker
from tests.support.pika_client import Got, ready, refused, settle, take_all
from tests.support.raw_client import RawClient

DELAY_MS = 40
Declare = Callable[..., str]


@pytest.fixture
def channel(broker: RunningBroker, channel: BlockingChannel) -> BlockingChannel:
    """A channel of our own broker: RabbitMQ would need its plug-ins."""
    return channel


@pytest.fixture
def declare(channel: BlockingChannel, exchange: str) -> Declare:
    """Declare an exchange of a type, with arguments; its name."""

    def declare(kind: str, **arguments: Any) -> str:
        named = {name.replace("_", "-"): value for name, value in arguments.items()}
        channel.exchange_declare(exchange, kind, auto_delete=True, arguments=named)
        return exchange

    return declare


def bound(channel: BlockingChannel, exchange: str, *keys: str) -> list[str]:
    """Make a queue for each key."""
    names: list[str] = []
    for key in keys:
        names.append(channel.queue_declare("", exclusive=True).method.queue)
        channel.queue_bind(names[-1], exchange, key)
    return names


def send(channel: BlockingChannel, exchange: str, key: str, body: bytes, delay: Any, **options: Any) -> None:
    headers = {} if delay is None else {"x-delay": delay}
    channel.basic_publish(exchange, key, body, BasicProperties(headers=headers), **options)


# ---- delayed messages


def test_delayed(channel: BlockingChannel, declare: Declare) -> None:
    """Each comes after its own delay; x-delay comes back negated."""
    exchange = declare("x-delayed-message", x_delayed_type="direct")
    (queue,) = bound(channel, exchange, "k")
    got = Got(channel, queue, auto_ack=True)
    begin = monotonic()
    send(channel, exchange, "k", b"later", 2 * DELAY_MS)
    send(channel, exchange, "k", b"sooner", DELAY_MS)
    assert got.wait(2) == [b"sooner", b"later"]
    assert monotonic() - begin >= 2 * DELAY_MS / 1000
    delays = [properties.headers["x-delay"] for _, properties, _ in got.deliveries]
    assert delays == [-DELAY_MS, -2 * DELAY_MS]


@pytest.mark.parametrize("delay", [None, 0, -5])
def test_not_delayed(channel: BlockingChannel, declare: Declare, delay: int | None) -> None:
    """Without a delay, or with none to wait for, at once."""
    exchange = declare("x-delayed-message", x_delayed_type="direct")
    (queue,) = bound(channel, exchange, "k")
    send(channel, exchange, "k", b"x", delay)
    assert take_all(channel, queue) == [b"x"]


def test_a_delay_of_digits(channel: BlockingChannel, declare: Declare) -> None:
    """A text of digits is a delay, too."""
    exchange = declare("x-delayed-message", x_delayed_type="direct")
    (queue,) = bound(channel, exchange, "k")
    got = Got(channel, queue, auto_ack=True)
    begin = monotonic()
    send(channel, exchange, "k", b"x", str(DELAY_MS))
    assert got.wait(1) == [b"x"]
    assert monotonic() - begin >= DELAY_MS / 1000


def test_routed_when_its_time_has_come(
    channel: BlockingChannel, declare: Declare, raw: Callable[[], RawClient]
) -> None:
    """A queue that is bound meanwhile gets it, one that is unbound meanwhile does not."""
    exchange = declare("x-delayed-message", x_delayed_type="topic")
    early, late = (channel.queue_declare("", auto_delete=True).method.queue for _ in range(2))
    for key in ("a.*", "never"):
        channel.queue_bind(early, exchange, key)
    properties = b"".join(BasicProperties(headers={"x-delay": DELAY_MS}).encode())
    raw().open(1).send(  # in one breath, so that its time cannot have come before
        publish(b"x", exchange=exchange, key="a.b", properties=properties),
        method(1, "queue.bind", 0, late, exchange, "a.#", False, []),
        method(1, "queue.unbind", 0, early, exchange, "a.*", []),
    )
    assert Got(channel, late, auto_ack=True).wait(1) == [b"x"]
    assert ready(channel, early) == 0


def test_a_delayed_mandatory_message(channel: BlockingChannel, declare: Declare) -> None:
    """Is returned at once, whoever is bound, and delivered later all the same."""
    returned: list[Any] = []
    channel.add_on_return_callback(lambda *what: returned.append(what))
    exchange = declare("x-delayed-message", x_delayed_type="fanout")
    (queue,) = bound(channel, exchange, "")
    got = Got(channel, queue, auto_ack=True)
    send(channel, exchange, "k", b"x", DELAY_MS, mandatory=True)
    settle(channel)
    assert [how.reply_text for _, how, _, _ in returned] == ["NO_ROUTE"]
    assert got.wait(1) == [b"x"]


@pytest.mark.parametrize("arguments", [{}, {"x_delayed_type": "nonsense"}, {"x_delayed_type": 5}])
def test_it_needs_a_type(declare: Declare, arguments: dict[str, Any]) -> None:
    """Without x-delayed-type, or with one that there is not: 406."""
    with refused(406, "x-delayed-type"):
        declare("x-delayed-message", **arguments)


# ---- one queue for each message


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("x-consistent-hash", "111"),
        ("x-modulus-hash", ["", "", ""]),
        ("x-random", ["", "", ""]),
        ("x-local-random", ["", "", ""]),
    ],
)
def test_one_of_several(channel: BlockingChannel, declare: Declare, kind: str, keys: list[str]) -> None:
    """Of several queues one gets a message; of many messages each queue gets some."""
    exchange = declare(kind)
    queues = bound(channel, exchange, *keys)
    for number in range(200):
        channel.basic_publish(exchange, f"key {number}", b"x")
    counts = [ready(channel, queue) for queue in queues]
    assert sum(counts) == 200
    assert all(counts)


@pytest.mark.parametrize(("kind", "key"), [("x-consistent-hash", "1"), ("x-modulus-hash", "")])
def test_one_queue_for_a_key(channel: BlockingChannel, declare: Declare, kind: str, key: str) -> None:
    """The same key leads to the same queue."""
    exchange = declare(kind)
    queues = bound(channel, exchange, key, key, key)
    for _ in range(20):
        channel.basic_publish(exchange, "same", b"x")
    assert sorted(ready(channel, queue) for queue in queues) == [0, 0, 20]


@pytest.mark.parametrize(
    "arguments", [{"hash_header": "h"}, {"hash_property": "correlation_id"}, {"hash_property": "message_id"}]
)
def test_what_is_hashed(channel: BlockingChannel, declare: Declare, arguments: dict[str, str]) -> None:
    """A header or a property instead of the key."""
    exchange = declare("x-consistent-hash", **arguments)
    queues = bound(channel, exchange, "1", "1", "1")
    same = BasicProperties(headers={"h": "same"}, correlation_id="same", message_id="same")
    for number in range(20):
        channel.basic_publish(exchange, f"key {number}", b"x", same)
    assert sorted(ready(channel, queue) for queue in queues) == [0, 0, 20]


def test_weights(channel: BlockingChannel, declare: Declare) -> None:
    """The key of a binding is its weight: more gets more."""
    exchange = declare("x-consistent-hash")
    queues = bound(channel, exchange, "1", "20")
    for number in range(300):
        channel.basic_publish(exchange, f"key {number}", b"x")
    few, many = (ready(channel, queue) for queue in queues)
    assert few < many / 4
    assert few + many == 300


@pytest.mark.parametrize(
    ("key", "must"),
    [("abc", "an integer"), ("", "an integer"), ("1.5", "an integer"), ("0", "greater than 0")],
)
def test_what_is_no_weight(channel: BlockingChannel, declare: Declare, key: str, must: str) -> None:
    """A weight is a whole number from 1 on; anything else is 406."""
    exchange = declare("x-consistent-hash")
    with refused(406, f"The binding key must be {must}"):
        bound(channel, exchange, key)


@pytest.mark.parametrize("kind", ["x-recent-history", "x-jms-topic", "nonsense"])
def test_types_that_there_are_not(declare: Declare, kind: str) -> None:
    """406 on the channel, naming it."""
    with refused(406, f"unknown exchange type '{kind}'"):
        declare(kind)
