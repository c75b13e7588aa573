"""What aio-pika, unmodified, sees of a real broker: many things in flight at once."""

import asyncio
from collections.abc import AsyncIterator

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import ChannelNotFoundEntity, DeliveryError

from tests.support.address import Address
from tests.support.waiting import eventually_async

WAIT_S = 20.0


@pytest.fixture
async def channel(address: Address) -> AsyncIterator[AbstractChannel]:
    async with await aio_pika.connect(address.url) as connection:
        yield await connection.channel()


async def test_many_confirms_at_once(channel: AbstractChannel) -> None:
    """Every publish is confirmed, however they are gathered."""
    queue = await channel.declare_queue(exclusive=True)
    publishes = [
        channel.default_exchange.publish(aio_pika.Message(b"%d" % i), queue.name) for i in range(500)
    ]
    await asyncio.wait_for(asyncio.gather(*publishes), WAIT_S)  # noqa: TID251  # as users of aio-pika do
    assert (await channel.declare_queue(queue.name, passive=True)).declaration_result.message_count == 500


async def test_unroutable(address: Address) -> None:
    """The return becomes an error of that publish alone."""
    async with await aio_pika.connect(address.url) as connection:
        channel = await connection.channel(on_return_raises=True)
        with pytest.raises(DeliveryError):
            await channel.default_exchange.publish(aio_pika.Message(b"x"), "nowhere")
        queue = await channel.declare_queue(exclusive=True)
        await channel.default_exchange.publish(aio_pika.Message(b"x"), queue.name)


async def test_consume_and_ack(channel: AbstractChannel) -> None:
    """With prefetch, one after the other, in order."""
    await channel.set_qos(prefetch_count=3)
    queue = await channel.declare_queue(exclusive=True)
    for i in range(20):
        await channel.default_exchange.publish(aio_pika.Message(b"%d" % i), queue.name)
    got: list[bytes] = []
    async with asyncio.timeout(WAIT_S), queue.iterator() as messages:
        async for message in messages:
            async with message.process():
                got.append(message.body)
            if len(got) == 20:
                break
    assert got == [b"%d" % i for i in range(20)]


async def test_cancel_with_messages_waiting(channel: AbstractChannel) -> None:
    """Ack and cancel in one breath: what was handed over meanwhile comes back on requeue."""
    await channel.set_qos(prefetch_count=1)
    queue = await channel.declare_queue(exclusive=True)
    for i in range(10):
        await channel.default_exchange.publish(aio_pika.Message(b"%d" % i), queue.name)
    first: asyncio.Future[AbstractIncomingMessage] = asyncio.get_running_loop().create_future()

    async def take(message: AbstractIncomingMessage) -> None:
        if first.done():
            await message.nack(requeue=True)
        else:
            first.set_result(message)

    tag = await queue.consume(take)
    message = await asyncio.wait_for(first, WAIT_S)
    await message.ack()
    await queue.cancel(tag)

    async def is_back() -> bool:
        declared = await channel.declare_queue(queue.name, passive=True)
        return declared.declaration_result.message_count == 9

    await eventually_async(is_back)


async def test_headers_and_types(channel: AbstractChannel) -> None:
    """Typed as sent."""
    queue = await channel.declare_queue(exclusive=True)
    headers = {"text": "é", "int": 5, "float": 0.5, "bool": True, "list": [1, "two"], "table": {"k": "v"}}
    sent = aio_pika.Message(b"x", headers=headers, priority=3, correlation_id="c", app_id="app")
    await channel.default_exchange.publish(sent, queue.name)
    got = await queue.get(timeout=WAIT_S, no_ack=True)
    assert got is not None
    assert (dict(got.headers), got.priority, got.correlation_id, got.app_id) == (headers, 3, "c", "app")


async def test_a_message_of_20_mib(channel: AbstractChannel) -> None:
    """Its own test suite publishes such."""
    queue = await channel.declare_queue(exclusive=True)
    body = bytes(range(256)) * (20 * 4096)
    await channel.default_exchange.publish(aio_pika.Message(body), queue.name)
    got = await queue.get(timeout=WAIT_S, no_ack=True)
    assert got is not None
    assert got.body == body


async def test_an_error_closes_one_channel(address: Address) -> None:
    """The connection goes on."""
    async with await aio_pika.connect(address.url) as connection:
        failing, other = await connection.channel(), await connection.channel()
        with pytest.raises(ChannelNotFoundEntity, match="no queue 'none'"):
            await failing.declare_queue("none", passive=True)
        await other.declare_queue(exclusive=True)
