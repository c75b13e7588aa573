"""What pika, unmodified, sees of a real broker: the core of AMQP 0-9-1 as RabbitMQ behaves.

Numbers in the section headings are those of docs/protocols/amqp091.md.
"""

import itertools
import socket
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import (
    ChannelClosedByBroker,
    ConnectionClosedByBroker,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
    UnroutableError,
)

from tests.support.amqp091 import handshake, method, open_channel
from tests.support.broker import RunningBroker

WAIT_S = 20.0
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

_counter = itertools.count()


@pytest.fixture
def queue() -> str:
    """A name no other test uses."""
    return f"queue-{next(_counter)}"


@pytest.fixture
def exchange() -> str:
    """A name no other test uses."""
    return f"exchange-{next(_counter)}"


Connect = Callable[..., pika.BlockingConnection]


@pytest.fixture
def connect(broker: RunningBroker) -> Iterator[Connect]:
    """Make connections; those still open are closed after the test."""
    made: list[pika.BlockingConnection] = []

    def connect(**options: Any) -> pika.BlockingConnection:
        made.append(
            pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", broker.port_amqp, **options))
        )
        return made[-1]

    yield connect
    for connection in made:
        if connection.is_open:
            connection.close()


@pytest.fixture
def channel(connect: Connect) -> BlockingChannel:
    """A channel on a connection of its own."""
    return connect().channel()


class Got:
    """A consumer's deliveries as they come."""

    def __init__(self, channel: BlockingChannel, queue: str, **options: Any) -> None:
        self.deliveries: list[tuple[Any, Any, bytes]] = []
        self._channel = channel
        self.tag = channel.basic_consume(
            queue, lambda _, *delivery: self.deliveries.append(delivery), **options
        )

    def wait(self, count: int) -> list[bytes]:
        """Wait for this many in all; their bodies."""
        wait_until(self._channel, lambda: len(self.deliveries) >= count)
        return [body for _, _, body in self.deliveries]

    def tags(self) -> list[int]:
        return [method.delivery_tag for method, _, _ in self.deliveries]


def wait_until(channel: BlockingChannel, is_true: Callable[[], bool]) -> None:
    """Read from the connection until something has happened."""
    deadline = monotonic() + WAIT_S
    while not is_true():
        assert monotonic() < deadline, "nothing more came"
        channel.connection.process_data_events(time_limit=0.05)


def settle(channel: BlockingChannel) -> None:
    """A round trip: what was sent on the connection before has been dealt with, what it caused has come."""
    channel.queue_declare("", exclusive=True)
    channel.connection.process_data_events(time_limit=0)


def send(channel: BlockingChannel, queue: str, *bodies: bytes) -> None:
    for body in bodies:
        channel.basic_publish("", queue, body)


def ready(channel: BlockingChannel, queue: str) -> int:
    count: int = channel.queue_declare(queue, passive=True).method.message_count
    return count


def refused(code: int, says: str) -> Any:
    """Expect a channel to be closed with a code and a text."""
    return pytest.raises(ChannelClosedByBroker, match=rf"(?s){code}.*{says}")


def ended(code: int, says: str) -> Any:
    """Expect the connection to be closed with a code and a text."""
    return pytest.raises(ConnectionClosedByBroker, match=rf"(?s){code}.*{says}")


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
def test_another_protocol(broker: RunningBroker, first: bytes) -> None:
    """Told which one this is, and closed."""
    with socket.create_connection(("127.0.0.1", broker.port_amqp), timeout=WAIT_S) as raw:
        raw.sendall(first)
        assert raw.recv(100) == b"AMQP\x00\x00\x09\x01"
        assert raw.recv(100) == b""


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


def test_a_client_that_just_goes(broker: RunningBroker, channel: BlockingChannel, queue: str) -> None:
    """What it held comes back."""
    channel.queue_declare(queue)
    send(channel, queue, b"held")
    with socket.create_connection(("127.0.0.1", broker.port_amqp), timeout=WAIT_S) as raw:
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
        (lambda c: c.exchange_declare("x", "nonsense"), 406, "unknown exchange type 'nonsense'"),
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


def test_exchange_to_exchange(channel: BlockingChannel) -> None:
    """Not yet: 540 rather than silence."""
    with ended(540, "exchange.bind"):
        channel.exchange_bind("amq.fanout", "amq.direct")


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
    assert channel.basic_get(queue, auto_ack=True)[2] == b"x"
    with refused(406, f"inequivalent arg 'x-queue-type' for queue '{queue}'"):
        channel.queue_declare(queue, durable=True)


def test_classic_is_the_default(channel: BlockingChannel, queue: str) -> None:
    """Said or unsaid; unknown arguments are not compared."""
    channel.queue_declare(queue, arguments={"x-queue-type": "classic", "x-foo": 1})
    channel.queue_declare(queue, arguments={"foo": "bar"})


@pytest.mark.parametrize("argument", ["x-message-ttl", "x-max-length", "x-dead-letter-exchange", "x-expires"])
def test_argument_not_implemented(channel: BlockingChannel, queue: str, argument: str) -> None:
    """540 naming it, rather than a queue that does not keep its word."""
    with ended(540, argument):
        channel.queue_declare(queue, arguments={argument: 1000})


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


def test_tx(channel: BlockingChannel) -> None:
    """Not yet: 540."""
    with ended(540, "tx.select"):
        channel.tx_select()
