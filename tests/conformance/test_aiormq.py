"""aiormq itself, the client below aio-pika: methods one by one, errors as exceptions of their own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiormq
import pytest
from aiormq.abc import AbstractChannel, AbstractConnection, DeliveredMessage
from pamqp import commands as spec

from tests.support.address import Address
from tests.support.broker import RunningBroker
from tests.support.http_api import Api
from tests.support.waiting import eventually, eventually_async

WAIT_S = 20.0


@pytest.fixture
async def connection(address: Address) -> AsyncIterator[AbstractConnection]:
    connection = await aiormq.connect(address.url)
    yield connection
    await connection.close()


@pytest.fixture
async def channel(connection: AbstractConnection) -> AbstractChannel:
    return await connection.channel()


async def count(channel: AbstractChannel, queue: str) -> tuple[int | None, int | None]:
    """Messages and consumers of a queue."""
    declared = await channel.queue_declare(queue, passive=True)
    return declared.message_count, declared.consumer_count


# ---- publishing


async def test_publishing(channel: AbstractChannel, queue: str) -> None:
    """A publish is done with its ack; its properties and body come back as they went."""
    await channel.queue_declare(queue, exclusive=True)
    properties = spec.Basic.Properties(content_type="text/plain", headers={"n": 5}, priority=3, app_id="a")
    body = b"x" * 300_000
    confirm = await channel.basic_publish(body, routing_key=queue, properties=properties)
    assert isinstance(confirm, spec.Basic.Ack)
    got = await channel.basic_get(queue, no_ack=True, timeout=WAIT_S)
    assert (got.body, got.routing_key, got.message_count) == (body, queue, 0)
    found = got.header.properties
    assert (found.content_type, found.headers, found.priority, found.app_id) == (
        "text/plain",
        {"n": 5},
        3,
        "a",
    )


async def test_getting_from_an_empty_queue(channel: AbstractChannel, queue: str) -> None:
    await channel.queue_declare(queue, exclusive=True)
    got = await channel.basic_get(queue, timeout=WAIT_S)
    assert isinstance(got.delivery, spec.Basic.GetEmpty)


async def test_a_mandatory_message_is_returned(channel: AbstractChannel) -> None:
    """The publish raises, with what came back."""
    with pytest.raises(aiormq.exceptions.PublishError) as caught:
        await channel.basic_publish(b"x", routing_key="nowhere", mandatory=True, timeout=WAIT_S)
    returned = caught.value.message
    assert (returned.delivery.reply_code, returned.delivery.reply_text) == (312, "NO_ROUTE")
    assert (returned.body, returned.delivery.routing_key) == (b"x", "nowhere")


async def test_a_full_queue_nacks(channel: AbstractChannel, queue: str) -> None:
    """Of many at once exactly those are refused for which there is no room."""
    arguments: Any = {"x-max-length": 3, "x-overflow": "reject-publish"}
    await channel.queue_declare(queue, exclusive=True, arguments=arguments)

    async def is_taken() -> bool:
        try:
            await channel.basic_publish(b"x", routing_key=queue, timeout=WAIT_S)
        except aiormq.exceptions.DeliveryError as error:
            assert isinstance(error.frame, spec.Basic.Nack)
            return False
        return True

    async with asyncio.TaskGroup() as group:
        publishes = [group.create_task(is_taken()) for _ in range(20)]
    assert sum(publish.result() for publish in publishes) == 3
    assert await count(channel, queue) == (3, 0)


# ---- consuming


async def test_consuming(channel: AbstractChannel, queue: str) -> None:
    """With a prefetch of two; acknowledged, given back, rejected for good, cancelled."""
    got: list[tuple[bytes, bool | None]] = []

    async def take(message: DeliveredMessage) -> None:
        got.append((message.body, message.delivery.redelivered))
        tag = message.delivery.delivery_tag
        assert tag is not None
        if message.body == b"back" and not message.delivery.redelivered:
            await channel.basic_nack(tag, requeue=True)
        elif message.body == b"bad":
            await channel.basic_reject(tag, requeue=False)
        else:
            await channel.basic_ack(tag)

    await channel.queue_declare(queue, exclusive=True)
    await channel.basic_qos(prefetch_count=1)
    started = await channel.basic_consume(queue, take)
    for body in (b"good", b"back", b"bad", b"last"):
        await channel.basic_publish(body, routing_key=queue)
    await eventually_async(lambda: len(got) == 5)
    assert got == [(b"good", False), (b"back", False), (b"back", True), (b"bad", False), (b"last", False)]
    assert started.consumer_tag is not None
    cancelled = await channel.basic_cancel(started.consumer_tag)
    assert cancelled.consumer_tag == started.consumer_tag
    assert await count(channel, queue) == (0, 0)


async def test_recovering(channel: AbstractChannel, queue: str) -> None:
    """With basic.recover what is held is ready again."""
    await channel.queue_declare(queue, exclusive=True)
    await channel.basic_publish(b"x", routing_key=queue)
    await channel.basic_get(queue, timeout=WAIT_S)
    assert await count(channel, queue) == (0, 0)
    await channel.basic_recover(requeue=True)
    assert await count(channel, queue) == (1, 0)


async def test_the_queue_of_a_consumer_is_deleted(channel: AbstractChannel, queue: str) -> None:
    """The library forgets the consumer, so that its tag is free again on both sides."""

    async def take(_: DeliveredMessage) -> None:
        """Take nothing."""

    await channel.queue_declare(queue)
    await channel.basic_consume(queue, take, consumer_tag="t")
    await channel.queue_delete(queue)
    await eventually_async(lambda: not channel.consumers)
    await channel.queue_declare(queue, exclusive=True)
    await channel.basic_consume(queue, take, consumer_tag="t")
    assert await count(channel, queue) == (0, 1)


# ---- exchanges, transactions, flow


async def test_exchanges(channel: AbstractChannel, queue: str) -> None:
    """Declared, bound one to the other, unbound and deleted, with answers and without."""
    for name in ("a", "b"):
        await channel.exchange_declare(f"{queue}-{name}", exchange_type="topic")
    await channel.queue_declare(queue, exclusive=True)
    await channel.queue_bind(queue, f"{queue}-b", "#")
    await channel.exchange_bind(destination=f"{queue}-b", source=f"{queue}-a", routing_key="x.*")
    await channel.basic_publish(b"1", exchange=f"{queue}-a", routing_key="x.y")
    assert await count(channel, queue) == (1, 0)
    await channel.exchange_unbind(destination=f"{queue}-b", source=f"{queue}-a", routing_key="x.*")
    await channel.basic_publish(b"2", exchange=f"{queue}-a", routing_key="x.y")
    assert (await channel.queue_purge(queue)).message_count == 1
    await channel.exchange_delete(f"{queue}-a")
    await channel.exchange_delete(f"{queue}-b", nowait=True)
    with pytest.raises(aiormq.exceptions.ChannelNotFoundEntity, match=f"no exchange '{queue}-b'"):
        await channel.exchange_declare(f"{queue}-b", passive=True)


async def test_transactions(connection: AbstractConnection, queue: str) -> None:
    channel = await connection.channel(publisher_confirms=False)
    await channel.queue_declare(queue, exclusive=True)
    await channel.tx_select()
    await channel.basic_publish(b"forgotten", routing_key=queue)
    await channel.tx_rollback()
    await channel.basic_publish(b"kept", routing_key=queue)
    assert await count(channel, queue) == (0, 0)
    await channel.tx_commit()
    got = await channel.basic_get(queue, no_ack=True, timeout=WAIT_S)
    assert (got.body, got.message_count) == (b"kept", 0)


async def test_flow(channel: AbstractChannel) -> None:
    assert (await channel.flow(True)).active is True


# ---- errors


Act = Callable[[AbstractChannel, str], Awaitable[Any]]


@pytest.mark.parametrize(
    ("act", "error", "says"),
    [
        (lambda c, q: c.queue_declare("none", passive=True), "ChannelNotFoundEntity", "no queue 'none'"),
        (lambda c, q: c.queue_declare("amq.own"), "ChannelAccessRefused", "reserved prefix"),
        (lambda c, q: c.queue_declare(q, passive=True), "ChannelLockedResource", "exclusive access"),
        (
            lambda c, q: c.exchange_declare("amq.direct", exchange_type="topic"),
            "ChannelPreconditionFailed",
            "inequivalent arg 'type'",
        ),
        (
            lambda c, q: c.basic_publish(b"x", exchange="none", timeout=WAIT_S),
            "ChannelNotFoundEntity",
            "no exchange 'none'",
        ),
        (lambda c, q: c.tx_select(), "ChannelPreconditionFailed", "cannot switch from confirm to tx mode"),
    ],
)
async def test_errors_of_a_channel(
    address: Address, connection: AbstractConnection, act: Act, error: str, says: str
) -> None:
    """Each code has its exception, with the broker's text; the connection goes on."""
    other = await aiormq.connect(address.url)
    owned = await (await other.channel()).queue_declare(exclusive=True)
    with pytest.raises(getattr(aiormq.exceptions, error), match=says):
        await act(await connection.channel(), str(owned.queue))
    assert (await (await connection.channel()).queue_declare(exclusive=True)).message_count == 0
    await other.close()


@pytest.mark.parametrize(
    ("act", "error", "says"),
    [
        (lambda c: c.flow(False), "ConnectionNotImplemented", "active=false"),
        (lambda c: c.basic_qos(prefetch_size=1), "ConnectionNotImplemented", "prefetch_size"),
        (lambda c: c.basic_recover(requeue=False), "ConnectionNotImplemented", "requeue=false"),
    ],
)
async def test_errors_of_the_connection(
    address: Address, act: Callable[[AbstractChannel], Awaitable[Any]], error: str, says: str
) -> None:
    """The whole connection ends with the exception of the code."""
    connection = await aiormq.connect(address.url)
    channel = await connection.channel()
    with pytest.raises(getattr(aiormq.exceptions, error), match=says):
        await asyncio.wait_for(act(channel), WAIT_S)
    with pytest.raises(getattr(aiormq.exceptions, error), match=says):
        await asyncio.wait_for(connection.closing, WAIT_S)


@pytest.mark.parametrize(
    ("login", "path", "error"),
    [("guest:wrong", "", "ProbableAuthenticationError"), ("guest:guest", "nowhere", "InvalidFrameError")],
)
async def test_connecting_in_vain(address: Address, login: str, path: str, error: str) -> None:
    """A wrong password has an exception of its own; an unknown virtual host is a close out of place to it."""
    with pytest.raises(getattr(aiormq.exceptions, error)):
        await aiormq.connect(f"amqp://{login}@{address.host}:{address.port}/{path}")


async def test_closed_by_the_operator(broker: RunningBroker, queue: str) -> None:
    """320, and the reason that was given."""
    connection = await aiormq.connect(f"{broker.url}?name={queue}")
    api = Api(broker.port_management)

    def name() -> str:
        shown = api.get("api/connections")
        return next((str(each["name"]) for each in shown if each["user_provided_name"] == queue), "")

    found = await asyncio.to_thread(eventually, name)
    quoted = found.replace(" ", "%20").replace(">", "%3E")
    await asyncio.to_thread(api.ask, "DELETE", f"api/connections/{quoted}", X_Reason="enough")
    with pytest.raises(aiormq.exceptions.ConnectionClosed, match="CONNECTION_FORCED - enough") as caught:
        await asyncio.wait_for(connection.closing, WAIT_S)
    assert caught.value.errno == 320


async def test_a_new_secret(connection: AbstractConnection) -> None:
    """connection.update-secret is answered, though there is nothing to update."""
    answer = await connection.update_secret("new", timeout=WAIT_S)
    assert isinstance(answer, spec.Connection.UpdateSecretOk)
