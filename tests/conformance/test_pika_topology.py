"""What pika, unmodified, sees of a real broker: connections, channels, exchanges and queues, as RabbitMQ's.

Numbers in the section headings are those of docs/protocols/amqp091.md.
"""

import socket
from collections.abc import Callable
from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ProbableAccessDeniedError, ProbableAuthenticationError

from tests.support.address import Address, another_broker
from tests.support.amqp091 import handshake, method, open_channel
from tests.support.broker import RunningBroker
from tests.support.pika_client import WAIT_S, Connect, Got, ended, ready, refused, send, wait_until
from tests.support.waiting import eventually

# ---- 2 connection


def test_server_properties(connect: Connect) -> None:
    """pika takes confirms and nack for granted only if the server says so."""
    impl = connect()._impl
    assert impl.publisher_confirms and impl.basic_nack and impl.consumer_cancel_notify
    assert impl.exchange_exchange_bindings
    assert impl.server_properties["product"] == "RabbitMQ"


def test_wrong_password(connect: Connect) -> None:
    """403."""
    with pytest.raises(ProbableAuthenticationError, match=r"403.*ACCESS_REFUSED - Login was refused"):
        connect(credentials=pika.PlainCredentials("guest", "wrong"))


def test_unknown_vhost(connect: Connect) -> None:
    """530."""
    with pytest.raises(ProbableAccessDeniedError, match=r"530.*NOT_ALLOWED - vhost nowhere not found"):
        connect(virtual_host="nowhere")


def test_tuning(connect: Connect, queue: str) -> None:
    """Small frames, few channels: content is cut accordingly, in both directions."""
    connection = connect(frame_max=4096, channel_max=2, heartbeat=600)
    channel = connection.channel()
    channel.queue_declare(queue)
    send(channel, queue, b"x" * 100_000)
    assert channel.basic_get(queue, auto_ack=True)[2] == b"x" * 100_000


@pytest.mark.parametrize(
    "first",
    [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01", b"AMQP\x00\x01\x00\x00"],
)
def test_another_protocol(address: Address, first: bytes) -> None:
    """Told which one this is, and closed."""
    with socket.create_connection((address.host, address.port), timeout=WAIT_S) as raw:
        raw.sendall(first)
        assert raw.recv(100) == b"AMQP\x00\x00\x09\x01"
        try:
            assert raw.recv(100) == b""
        except ConnectionResetError:
            assert another_broker() is not None, "we close in order; RabbitMQ 3.10 resets the connection"


def test_ipv6_loopback(broker: RunningBroker) -> None:
    """localhost is ::1 to many clients."""
    connection = pika.BlockingConnection(pika.ConnectionParameters("::1", broker.port_amqp))
    connection.close()


# ---- 3 channel


def test_errors_close_one_channel(connect: Connect, queue: str) -> None:
    """The others go on, and the number can be used again."""
    connection = connect()
    first, second = connection.channel(), connection.channel()
    with refused(404, "no queue"):
        first.queue_declare(queue, passive=True)
    assert not first.is_open and second.is_open
    second.queue_declare(queue)
    again = connection.channel(first.channel_number)
    assert again.queue_declare(queue, passive=True).method.queue == queue


def test_closing_a_channel_requeues(connect: Connect, queue: str) -> None:
    """In their old places, marked redelivered."""
    connection = connect()
    first, second = connection.channel(), connection.channel()
    second.queue_declare(queue)
    send(second, queue, b"1", b"2", b"3")
    got = Got(first, queue)
    got.wait(3)
    first.basic_ack(got.tags()[1])
    first.close()
    assert Got(second, queue, auto_ack=True).wait(2) == [b"1", b"3"]


def test_a_client_that_just_goes(address: Address, channel: BlockingChannel, queue: str) -> None:
    """What it held comes back."""
    channel.queue_declare(queue)
    send(channel, queue, b"held")
    with socket.create_connection((address.host, address.port), timeout=WAIT_S) as raw:
        raw.sendall(handshake() + open_channel() + method(1, "basic.get", 0, queue, False))
        received = b""
        while not received.endswith(b"held\xce"):
            received += raw.recv(65_536)
        assert ready(channel, queue) == 0
    wait_until(channel, lambda: ready(channel, queue) == 1)
    assert channel.basic_get(queue)[0].redelivered


def test_flow(channel: BlockingChannel) -> None:
    """On is granted; off ends the connection."""
    assert channel.flow(True) is True
    with ended(540, "active=false"):
        channel.flow(False)


# ---- 4 exchanges


def test_exchange_declared_again(channel: BlockingChannel, exchange: str) -> None:
    """Equal is fine, different is 406."""
    channel.exchange_declare(exchange, "fanout", durable=True)
    channel.exchange_declare(exchange, "fanout", durable=True)
    channel.exchange_declare(exchange, passive=True)
    where = f"inequivalent arg 'durable' for exchange '{exchange}' in vhost '/'"
    with refused(406, f"{where}: received 'false' but current is 'true'"):
        channel.exchange_declare(exchange, "fanout")


def test_exchange_declared_with_another_type(channel: BlockingChannel, exchange: str) -> None:
    """406 too."""
    channel.exchange_declare(exchange, "fanout")
    with refused(406, f"inequivalent arg 'type' for exchange '{exchange}'"):
        channel.exchange_declare(exchange, "direct")


@pytest.mark.parametrize(
    ("act", "code", "says"),
    [
        (lambda c: c.exchange_declare("none", passive=True), 404, "no exchange 'none' in vhost '/'"),
        (
            lambda c: c.exchange_declare("amq.mine"),
            403,
            r"exchange name 'amq.mine' contains reserved prefix 'amq.\*'",
        ),
        pytest.param(
            lambda c: c.exchange_declare("x", "nonsense"),
            406,
            "unknown exchange type 'nonsense'",
            marks=pytest.mark.not_as_3_10("4.x: 406 on the channel; 3.10 ends the connection with 503"),
        ),
        (
            lambda c: c.exchange_delete("amq.direct"),
            403,
            "deletion of system exchange 'amq.direct' in vhost '/'",
        ),
        (
            lambda c: c.exchange_declare("", passive=True),
            403,
            "operation not permitted on the default exchange",
        ),
        (lambda c: c.exchange_delete(""), 403, "operation not permitted on the default exchange"),
    ],
)
def test_exchange_refusals(channel: BlockingChannel, act: Callable[[Any], Any], code: int, says: str) -> None:
    """Each with its code, on the channel."""
    with refused(code, says):
        act(channel)


def test_predeclared_exchanges(channel: BlockingChannel) -> None:
    """There from the start, and to be declared again as they are."""
    for kind in ("direct", "fanout", "topic"):
        channel.exchange_declare(f"amq.{kind}", passive=True)
        channel.exchange_declare(f"amq.{kind}", kind, durable=True)


def test_deleting_what_is_not_there(channel: BlockingChannel) -> None:
    """Is fine."""
    channel.exchange_delete("none")
    assert channel.queue_delete("none").method.message_count == 0
    channel.queue_unbind("none", "none", "k")


def test_exchange_in_use(channel: BlockingChannel, exchange: str, queue: str) -> None:
    """if-unused means without bindings."""
    channel.exchange_declare(exchange)
    channel.queue_declare(queue)
    channel.queue_bind(queue, exchange, "k")
    with refused(406, f"exchange '{exchange}' in vhost '/' in use"):
        channel.exchange_delete(exchange, if_unused=True)


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("direct", ("k", "k", ["K", ""])),
        ("topic", ("a.*.#", "a.b.c", ["a"])),
        ("fanout", ("any", "other", [])),
    ],
)
def test_routing(channel: BlockingChannel, queue: str, kind: str, keys: tuple[str, str, list[str]]) -> None:
    """One copy per queue however many bindings match; the exchange and key are the publisher's."""
    key, hit, miss = keys
    exchange = f"amq.{kind}"
    channel.queue_declare(queue)
    channel.queue_bind(queue, exchange, key)
    channel.queue_bind(queue, exchange, key)
    for routing_key in [*miss, hit]:
        channel.basic_publish(exchange, routing_key, routing_key.encode())
    got, _, body = channel.basic_get(queue)
    assert (body, got.exchange, got.routing_key, got.message_count) == (hit.encode(), exchange, hit, 0)
    channel.queue_unbind(queue, exchange, key)
    channel.basic_publish(exchange, hit, b"late")
    assert ready(channel, queue) == 0


def test_exchange_to_exchange(channel: BlockingChannel, queue: str, exchange: str) -> None:
    """One copy per queue whatever the ways; exchange and key stay the publisher's."""
    for name in (exchange, f"{exchange}-2"):
        channel.exchange_declare(name, "topic")
        channel.exchange_bind("amq.fanout", name, "a.#")
    channel.exchange_bind(f"{exchange}-2", exchange, "#")
    channel.queue_declare(queue)
    channel.queue_bind(queue, "amq.fanout")
    channel.queue_bind(queue, exchange, "a.*")
    channel.basic_publish(exchange, "a.b", b"once")
    method, _, body = channel.basic_get(queue, auto_ack=True)
    assert (method.exchange, method.routing_key, body) == (exchange, "a.b", b"once")
    assert channel.basic_get(queue) == (None, None, None)
    channel.exchange_unbind("amq.fanout", exchange, "a.#")
    channel.exchange_delete(exchange)
    channel.exchange_delete(f"{exchange}-2")


# ---- 5 queues


def test_queue_counts(channel: BlockingChannel, queue: str) -> None:
    """Ready messages and consumers; not those in flight."""
    channel.queue_declare(queue)
    send(channel, queue, b"1", b"2", b"3")
    channel.basic_get(queue)
    declared = channel.queue_declare(queue).method
    assert (declared.queue, declared.message_count, declared.consumer_count) == (queue, 2, 0)


def test_server_named_queue(channel: BlockingChannel) -> None:
    """A name of ours; afterwards "" means it."""
    name = channel.queue_declare("").method.queue
    assert name.startswith("amq.gen-") and len(name) == len("amq.gen-") + 22
    channel.queue_bind("", "amq.direct", "k")
    channel.basic_publish("amq.direct", "k", b"x")
    assert channel.queue_purge("").method.message_count == 1


@pytest.mark.parametrize(
    ("act", "code", "says"),
    [
        (lambda c: c.queue_declare("none", passive=True), 404, "no queue 'none' in vhost '/'"),
        (
            lambda c: c.queue_declare("amq.mine"),
            403,
            r"queue name 'amq.mine' contains reserved prefix 'amq.\*'",
        ),
        (lambda c: c.queue_purge("none"), 404, "no queue 'none'"),
        (lambda c: c.queue_purge(""), 404, "no previously declared queue"),
        (lambda c: c.queue_bind("none", "amq.direct", "k"), 404, "no queue 'none'"),
        (lambda c: c.basic_get("none"), 404, "no queue 'none'"),
        (lambda c: c.basic_consume("none", print), 404, "no queue 'none'"),
        (
            lambda c: c.queue_declare("qq", arguments={"x-queue-type": "quorum"}),
            406,
            "invalid property 'non-durable' for queue 'qq' in vhost '/'",
        ),
    ],
)
def test_queue_refusals(channel: BlockingChannel, act: Callable[[Any], Any], code: int, says: str) -> None:
    """Each with its code, on the channel."""
    with refused(code, says):
        act(channel)


def test_bind_to_a_missing_exchange(channel: BlockingChannel, queue: str) -> None:
    """404."""
    channel.queue_declare(queue)
    with refused(404, "no exchange 'none' in vhost '/'"):
        channel.queue_bind(queue, "none", "k")


def test_bind_to_the_default_exchange(channel: BlockingChannel, queue: str) -> None:
    """403: it reaches every queue as it is."""
    channel.queue_declare(queue)
    with refused(403, "operation not permitted on the default exchange"):
        channel.queue_bind(queue, "", "k")


@pytest.mark.parametrize("flag", ["durable", "auto_delete"])
def test_queue_declared_differently(channel: BlockingChannel, queue: str, flag: str) -> None:
    """406 naming the difference."""
    channel.queue_declare(queue)
    says = (
        f"inequivalent arg '{flag}' for queue '{queue}' in vhost '/': received 'true' but current is 'false'"
    )
    with refused(406, says):
        channel.queue_declare(queue, **{flag: True})


def test_exclusive_queue(connect: Connect, channel: BlockingChannel, queue: str) -> None:
    """Its owner's only, publishing excepted; gone with its connection."""
    owner = connect()
    owned = owner.channel()
    owned.queue_declare(queue, exclusive=True)
    send(channel, queue, b"from elsewhere")
    wait_until(owned, lambda: ready(owned, queue) == 1)
    with refused(405, f"cannot obtain exclusive access to locked queue '{queue}' in vhost '/'"):
        channel.queue_declare(queue, passive=True)
    owner.close()
    again = connect().channel()
    with refused(404, f"no queue '{queue}'"):
        again.queue_declare(queue, passive=True)


def test_auto_delete_queue(channel: BlockingChannel, queue: str) -> None:
    """Goes with its last consumer; stays if it never had one."""
    channel.queue_declare(queue, auto_delete=True)
    assert ready(channel, queue) == 0
    channel.basic_cancel(Got(channel, queue).tag)
    with refused(404, "no queue"):
        channel.queue_declare(queue, passive=True)


def test_purge_and_delete(channel: BlockingChannel, queue: str) -> None:
    """Both say how many were ready."""
    channel.queue_declare(queue)
    send(channel, queue, b"1", b"2", b"3")
    channel.basic_get(queue)
    assert channel.queue_purge(queue).method.message_count == 2
    send(channel, queue, b"4")
    assert channel.queue_delete(queue).method.message_count == 1


@pytest.mark.parametrize("condition", ["if_unused", "if_empty"])
def test_delete_on_condition(channel: BlockingChannel, queue: str, condition: str) -> None:
    """406 when it is not met."""
    channel.queue_declare(queue)
    if condition == "if_empty":
        send(channel, queue, b"x")
    else:
        Got(channel, queue)
    with refused(
        406, f"queue '{queue}' in vhost '/' {'in use' if condition == 'if_unused' else 'not empty'}"
    ):
        channel.queue_delete(queue, **{condition: True})


def test_quorum_queue(channel: BlockingChannel, queue: str) -> None:
    """As the tutorials declare it; not to be mistaken for a classic one."""
    quorum = {"x-queue-type": "quorum"}
    channel.queue_declare(queue, durable=True, arguments=quorum)
    channel.queue_declare(queue, durable=True, arguments=quorum)
    send(channel, queue, b"x")
    # RabbitMQ hands out nothing of it before a majority has it, which takes it a moment.
    assert eventually(lambda: channel.basic_get(queue, auto_ack=True)[2]) == b"x"
    with refused(406, f"inequivalent arg 'x-queue-type' for queue '{queue}'"):
        channel.queue_declare(queue, durable=True)


def test_classic_is_the_default(channel: BlockingChannel, queue: str) -> None:
    """Said or unsaid; unknown arguments are not compared."""
    channel.queue_declare(queue, arguments={"x-queue-type": "classic", "x-foo": 1})
    channel.queue_declare(queue, arguments={"foo": "bar"})


@pytest.mark.parametrize(
    ("argument", "value", "says"),
    [
        ("x-message-ttl", "5", "expected integer, got longstr"),
        ("x-message-ttl", -1, "value_negative"),
        ("x-expires", 0, "value_zero"),
        ("x-max-length", -1, "value_negative"),
        ("x-overflow", "burst", "invalid_overflow"),
        ("x-dead-letter-routing-key", "k", "routing_key_but_no_dlx_defined"),
        ("x-max-priority", 256, "max_value_exceeded"),
        ("x-single-active-consumer", "true", "unacceptable_type"),
        ("x-queue-type", "nonsense", "unsupported queue type"),
    ],
)
def test_argument_that_will_not_do(
    channel: BlockingChannel, queue: str, argument: str, value: object, says: str
) -> None:
    """406 naming it, in RabbitMQ's words."""
    with refused(406, rf"{argument}.*{queue}.*{says}"):
        channel.queue_declare(queue, arguments={argument: value})


@pytest.mark.parametrize("is_durable", [True, False])
def test_durable_means_nothing_for_an_exclusive_queue(connect: Connect, queue: str, is_durable: bool) -> None:
    """It goes with its connection anyway: it may be declared again either way."""
    channel = connect().channel()
    channel.queue_declare(queue, exclusive=True, durable=is_durable)
    assert channel.queue_declare(queue, exclusive=True, durable=not is_durable).method.queue == queue
