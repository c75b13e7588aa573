"""pika's SelectConnection and its adapter for asyncio: programs made of callbacks."""

import asyncio
import re
from collections.abc import Callable, Iterator
from typing import Any

import pika
import pytest
from pika.channel import Channel
from pika.exceptions import (
    ChannelClosedByBroker,
    ChannelClosedByClient,
    ConnectionClosedByBroker,
    ConnectionClosedByClient,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
    StreamLostError,
)

from mqstudio.server.broker import Broker
from tests.support.address import Address
from tests.support.broker import RunningBroker
from tests.support.http_api import Api
from tests.support.pika_callbacks import ADAPTERS, Talker, talking
from tests.support.pika_client import Connect
from tests.support.waiting import eventually, eventually_async

MEMORY_BYTES = 1_000_000
HEARTBEAT_BYTES = 8


@pytest.fixture(params=ADAPTERS)
def adapter(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def talker(adapter: str, address: Address) -> Iterator[Talker]:
    with talking(adapter, address) as talker:
        yield talker


def test_opening_and_closing(talker: Talker) -> None:
    """A client's own close is told as such, of the channel first."""
    channel = talker.channel()
    talker.connection.close(200, "bye")
    _, closed = talker.wait("closed")
    assert isinstance(closed, ConnectionClosedByClient)
    assert (closed.reply_code, closed.reply_text) == (200, "bye")
    ((which, reason),) = talker.told("channel closed")
    assert which is channel
    assert isinstance(reason, ChannelClosedByClient)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        (
            {"credentials": pika.PlainCredentials("guest", "wrong")},
            ProbableAuthenticationError,
            "403.*Login was refused",
        ),
        ({"virtual_host": "nowhere"}, ProbableAccessDeniedError, "530.*vhost nowhere not found"),
    ],
)
def test_connecting_in_vain(
    adapter: str, address: Address, options: dict[str, Any], error: type[Exception], says: str
) -> None:
    """The callback for failed openings hears which code it was."""
    talker = Talker(adapter, address, **options)
    _, failed = talker.wait("failed")
    talker.end()
    assert talker.names() == ["failed"]
    assert isinstance(failed, error)
    assert re.search(says, str(failed))


def test_messages_and_confirms(talker: Talker, queue: str) -> None:
    """Each publish is confirmed by a tag or by a multiple; each message is delivered in order."""
    channel = talker.channel()
    talker.call(channel.queue_declare, queue)
    talker.call(channel.confirm_delivery, talker.note("confirm"))
    talker.call(channel.basic_consume, queue, talker.note("message"))
    for number in range(100):
        channel.basic_publish("", queue, b"%d" % number)
    talker.wait("message", 100)
    assert [body for *_, body in talker.told("message")] == [b"%d" % number for number in range(100)]
    while talker.told("confirm")[-1][0].method.delivery_tag < 100:
        talker.wait("confirm", len(talker.told("confirm")) + 1)
    assert _confirmed(talker) == [("Basic.Ack", tag) for tag in range(1, 101)]
    channel.basic_ack(0, multiple=True)
    assert talker.call(channel.queue_delete, queue).message_count == 0


def test_a_full_queue_nacks(talker: Talker, queue: str) -> None:
    """Of three one is taken: the second and third are nacked."""
    channel = talker.channel()
    arguments = {"x-max-length": 1, "x-overflow": "reject-publish"}
    talker.call(channel.queue_declare, queue, exclusive=True, arguments=arguments)
    talker.call(channel.confirm_delivery, talker.note("confirm"))
    for _ in range(3):
        channel.basic_publish("", queue, b"x")
        talker.settle(channel)
    assert _confirmed(talker) == [("Basic.Ack", 1), ("Basic.Nack", 2), ("Basic.Nack", 3)]


def test_a_return_comes_before_its_confirm(talker: Talker) -> None:
    """And the confirm is an ack."""
    channel = talker.channel()
    channel.add_on_return_callback(talker.note("return"))
    talker.call(channel.confirm_delivery, talker.note("confirm"))
    channel.basic_publish("", "nowhere", b"x", mandatory=True)
    (frame,) = talker.wait("confirm")
    assert talker.names()[-2:] == ["return", "confirm"]
    assert frame.method.NAME == "Basic.Ack"
    ((_, returned, _, body),) = talker.told("return")
    assert (returned.reply_code, returned.routing_key, body) == (312, "nowhere", b"x")


def test_cancelling(talker: Talker, queue: str) -> None:
    """After the answer to a cancel nothing is delivered; what was keeps until it is settled."""
    channel = talker.channel()
    talker.call(channel.queue_declare, queue, exclusive=True)
    channel.basic_qos(prefetch_count=1, callback=talker.note("qos"))
    talker.wait("qos")
    tag = talker.call(channel.basic_consume, queue, talker.note("message")).consumer_tag
    for body in (b"1", b"2"):
        channel.basic_publish("", queue, body)
    _, delivery, _, _ = talker.wait("message")
    assert talker.call(channel.basic_cancel, tag).consumer_tag == tag
    channel.basic_ack(delivery.delivery_tag)
    declared = talker.call(channel.queue_declare, queue, passive=True)
    assert (declared.message_count, declared.consumer_count) == (1, 0)
    assert [body for *_, body in talker.told("message")] == [b"1"]


def test_cancelled_by_the_broker(talker: Talker, connect: Connect, queue: str) -> None:
    """The callback names the consumer whose queue somebody deleted."""
    channel = talker.channel()
    channel.add_on_cancel_callback(talker.note("cancelled"))
    talker.call(channel.queue_declare, queue)
    tag = talker.call(channel.basic_consume, queue, talker.note("message")).consumer_tag
    connect().channel().queue_delete(queue)
    (frame,) = talker.wait("cancelled")
    assert frame.method.consumer_tag == tag
    assert channel.is_open


@pytest.mark.parametrize(
    ("act", "code", "says"),
    [
        (lambda c: c.queue_declare("none", passive=True), 404, "NOT_FOUND - no queue 'none' in vhost '/'"),
        (
            lambda c: c.exchange_declare("amq.direct", "fanout"),
            406,
            "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'amq.direct' in vhost '/': "
            "received 'fanout' but current is 'direct'",
        ),
        (
            lambda c: c.queue_declare("amq.own"),
            403,
            "ACCESS_REFUSED - queue name 'amq.own' contains reserved prefix 'amq.*'",
        ),
        (lambda c: c.basic_ack(9), 406, "PRECONDITION_FAILED - unknown delivery tag 9"),
        (
            lambda c: c.basic_publish("none", "k", b"x"),
            404,
            "NOT_FOUND - no exchange 'none' in vhost '/'",
        ),
    ],
)
def test_a_channel_is_closed(talker: Talker, act: Callable[[Channel], Any], code: int, says: str) -> None:
    """Its callback hears code and text; the other channels go on."""
    failing, other = talker.channel(), talker.channel()
    act(failing)
    which, reason = talker.wait("channel closed")
    assert which is failing
    assert isinstance(reason, ChannelClosedByBroker)
    assert (reason.reply_code, reason.reply_text) == (code, says)
    talker.settle(other)


@pytest.mark.parametrize(
    ("act", "code", "says"),
    [
        (lambda c: c.flow(False), 540, "NOT_IMPLEMENTED - active=false"),
        (lambda c: c.basic_qos(prefetch_size=9), 540, "NOT_IMPLEMENTED - prefetch_size!=0 (9)"),
        (lambda c: c.basic_recover(requeue=False), 540, "NOT_IMPLEMENTED - requeue=false"),
    ],
)
def test_the_connection_is_closed(
    talker: Talker, act: Callable[[Channel], Any], code: int, says: str
) -> None:
    """Its callback hears code and text, and so does every channel's."""
    failing, other = talker.channel(), talker.channel()
    act(failing)
    _, reason = talker.wait("closed")
    assert isinstance(reason, ConnectionClosedByBroker)
    assert (reason.reply_code, reason.reply_text) == (code, says)
    assert {channel for channel, _ in talker.told("channel closed")} == {failing, other}
    assert {why for _, why in talker.told("channel closed")} == {reason}


def test_closed_by_the_operator(adapter: str, broker: RunningBroker, queue: str) -> None:
    """320, and the reason that was given."""
    ours, api = Address("127.0.0.1", broker.port_amqp), Api(broker.port_management)
    with talking(adapter, ours, client_properties={"connection_name": queue}) as talker:

        def name() -> str:
            return next(
                (c["name"] for c in api.get("api/connections") if c["user_provided_name"] == queue), ""
            )

        quoted = eventually(name).replace(" ", "%20").replace(">", "%3E")
        assert api.ask("DELETE", f"api/connections/{quoted}", X_Reason="enough").status == 204
        _, reason = talker.wait("closed")
        assert (reason.reply_code, reason.reply_text) == (320, "CONNECTION_FORCED - enough")


def test_heartbeats_keep_a_connection(adapter: str, address: Address) -> None:
    """At one a second both sides beat, and nobody hangs up on the other."""
    with talking(adapter, address, heartbeat=1) as talker:
        channel = talker.channel()
        connection = talker.connection
        received, sent = connection.bytes_received, connection.bytes_sent
        talker.until(lambda: connection.bytes_received >= received + 3 * HEARTBEAT_BYTES)
        assert (connection.bytes_received - received) % HEARTBEAT_BYTES == 0, "something else has come"
        assert connection.bytes_sent >= sent + 2 * HEARTBEAT_BYTES
        talker.settle(channel)


def test_who_says_nothing_is_hung_up_on(address: Address, connect: Connect, queue: str) -> None:
    """A program that does not let its loop run loses its connection, and what only it could use."""
    with talking("select", address, heartbeat=1) as talker:
        talker.call(talker.channel().queue_declare, queue, exclusive=True)
        watching = connect()

        def is_gone() -> bool:
            with pytest.raises(ChannelClosedByBroker) as caught:
                watching.channel().queue_declare(queue, passive=True)
            return caught.value.reply_code == 404

        eventually(is_gone)
        _, reason = talker.wait("closed")
        assert isinstance(reason, StreamLostError)


async def test_blocked_and_unblocked(adapter: str) -> None:
    """Both callbacks are called, with the reason, around the time that memory is short."""
    broker = Broker(memory_high_water_bytes=MEMORY_BYTES)
    server = await asyncio.get_running_loop().create_server(
        lambda: broker.new_link("amqp091"), "127.0.0.1", 0
    )
    address = Address("127.0.0.1", server.sockets[0].getsockname()[1])
    heard: list[tuple[Any, ...]] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.to_thread(_publish_too_much, adapter, address, heard))
        await eventually_async(lambda: broker.engine.published == 20)
        broker.tick()
        await eventually_async(lambda: [name for name, *_ in heard] == ["blocked"])
        await asyncio.to_thread(_purge, address)
        broker.tick()
    assert [name for name, *_ in heard] == ["blocked", "unblocked"]
    assert heard[0][2].method.reason == "low on memory"
    server.close()
    await eventually_async(lambda: not broker.links)


def _publish_too_much(adapter: str, address: Address, heard: list[tuple[Any, ...]]) -> None:
    """A program that publishes, is blocked, and ends when it may go on."""
    with talking(adapter, address) as talker:
        channel = talker.channel()
        talker.call(channel.queue_declare, "q")
        talker.connection.add_on_connection_blocked_callback(talker.note("blocked"))
        talker.connection.add_on_connection_unblocked_callback(talker.note("unblocked"))
        for _ in range(20):
            channel.basic_publish("", "q", b"x" * (MEMORY_BYTES // 10))
        for name in ("blocked", "unblocked"):
            heard.append((name, *talker.wait(name)))


def _purge(address: Address) -> None:
    with pika.BlockingConnection(pika.ConnectionParameters(address.host, address.port)) as connection:
        assert connection.channel().queue_purge("q").method.message_count == 20


def _confirmed(talker: Talker) -> list[tuple[str, int]]:
    """Confirms publish by publish, whether they came one by one or gathered."""
    found: list[tuple[str, int]] = []
    for (frame,) in talker.told("confirm"):
        confirm = frame.method
        first = len(found) + 1 if confirm.multiple else confirm.delivery_tag
        found += [(confirm.NAME, tag) for tag in range(first, confirm.delivery_tag + 1)]
    return found
