"""aio-pika's own patterns: remote calls, a master and its workers; transactions and returned messages."""

import asyncio
from collections.abc import AsyncIterator

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import MessageProcessError
from aio_pika.patterns import RPC, JsonRPC, Master, NackMessage, RejectMessage
from aio_pika.patterns.master import CompressedJsonMaster
from aio_pika.patterns.rpc import JsonRPCError

from tests.support.address import Address
from tests.support.waiting import eventually_async

WAIT_S = 20.0


@pytest.fixture
async def connection(address: Address) -> AsyncIterator[AbstractConnection]:
    async with await aio_pika.connect(address.url) as connection:
        yield connection


@pytest.fixture
async def channel(connection: AbstractConnection) -> AbstractChannel:
    return await connection.channel()


async def waiting(channel: AbstractChannel, queue: str) -> int:
    """How many messages wait in a queue."""
    count = (await channel.declare_queue(queue, passive=True)).declaration_result.message_count
    assert count is not None
    return count


# ---- remote calls


async def test_a_call_is_answered(connection: AbstractConnection, queue: str) -> None:
    """Across two channels; many at once each get their own answer."""
    serving, asking = await connection.channel(), await connection.channel()
    server, client = await RPC.create(serving), await RPC.create(asking)

    async def multiply(*, x: int, y: int) -> int:
        return x * y

    await server.register(queue, multiply, auto_delete=True)
    async with asyncio.timeout(WAIT_S), asyncio.TaskGroup() as group:
        calls = [group.create_task(client.call(queue, {"x": x, "y": 3})) for x in range(50)]
    assert [call.result() for call in calls] == [x * 3 for x in range(50)]
    await client.close()
    await server.close()


async def test_a_failing_call_fails_where_it_was_made(channel: AbstractChannel, queue: str) -> None:
    rpc = await JsonRPC.create(channel)

    async def fail() -> None:
        raise ValueError("no")

    await rpc.register(queue, fail, auto_delete=True)
    with pytest.raises(JsonRPCError, match="ValueError"):
        await asyncio.wait_for(rpc.call(queue), WAIT_S)
    await rpc.close()


async def test_a_call_that_nobody_serves_is_returned(channel: AbstractChannel) -> None:
    rpc = await RPC.create(channel)
    with pytest.raises(MessageProcessError, match="returned"):
        await asyncio.wait_for(rpc.call("nobody serves this"), WAIT_S)
    await rpc.close()


async def test_a_call_that_is_not_served_in_time(channel: AbstractChannel, queue: str) -> None:
    """It expires, and its dead letter finds the caller by the header `From` at a headers exchange."""
    rpc = await RPC.create(channel)
    arguments = {"x-dead-letter-exchange": RPC.DLX_NAME}
    await channel.declare_queue(queue, exclusive=True, arguments=arguments)
    with pytest.raises(asyncio.TimeoutError, match="timed-out"):
        await asyncio.wait_for(rpc.call(queue, expiration=0.02), WAIT_S)  # type: ignore[arg-type]  # seconds
    await rpc.close()


# ---- a master and its workers


async def test_tasks_are_shared_among_workers(connection: AbstractConnection, queue: str) -> None:
    """Two workers with a prefetch of one do half each, and every task once."""
    done: dict[str, list[int]] = {"a": [], "b": []}
    master = CompressedJsonMaster(await connection.channel())
    for own in done.values():
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=1)

        async def work(number: int, own: list[int] = own) -> None:
            own.append(number)
            await eventually_async(lambda: all(done.values()))

        await CompressedJsonMaster(channel).create_worker(queue, work, auto_delete=True)
    for number in range(10):
        await master.create_task(queue, {"number": number})
    await eventually_async(lambda: len(done["a"] + done["b"]) == 10)
    assert sorted(done["a"] + done["b"]) == list(range(10))


async def test_a_worker_refuses(channel: AbstractChannel, queue: str) -> None:
    """Rejected for good, or given back once and then done."""
    seen: list[str] = []
    await channel.set_qos(prefetch_count=1)
    master = Master(channel)

    async def work(what: str) -> None:
        seen.append(what)
        if what == "bad":
            raise RejectMessage(requeue=False)
        if seen.count("later") == 1 and what == "later":
            raise NackMessage(requeue=True)

    await master.create_worker(queue, work, auto_delete=True)
    for what in ("bad", "later", "good"):
        await master.create_task(queue, {"what": what})
    await eventually_async(lambda: seen == ["bad", "later", "later", "good"])


# ---- transactions and returns


async def test_transactions(connection: AbstractConnection, queue: str) -> None:
    """Committed at the end of the block, rolled back when it fails."""
    channel = await connection.channel(publisher_confirms=False)
    await channel.declare_queue(queue, exclusive=True)
    async with channel.transaction():
        await channel.default_exchange.publish(aio_pika.Message(b"kept"), queue)
        assert await waiting(channel, queue) == 0
    assert await waiting(channel, queue) == 1
    with pytest.raises(LookupError):
        async with channel.transaction():
            await channel.default_exchange.publish(aio_pika.Message(b"forgotten"), queue)
            raise LookupError
    assert await waiting(channel, queue) == 1


async def test_acks_in_a_transaction(connection: AbstractConnection, queue: str) -> None:
    """A rollback takes an ack back: the message returns with the channel's end."""
    channel = await connection.channel(publisher_confirms=False)
    declared = await channel.declare_queue(queue, auto_delete=True)
    await channel.default_exchange.publish(aio_pika.Message(b"x"), queue)
    transaction = channel.transaction()
    await transaction.select()
    message = await declared.get(timeout=WAIT_S)
    assert message is not None
    await message.ack()
    await transaction.rollback()
    await channel.close()
    other = await connection.channel()
    await eventually_async(lambda: waiting(other, queue))
    again = await (await other.get_queue(queue)).get(timeout=WAIT_S, no_ack=True)
    assert again is not None
    assert (again.body, again.redelivered) == (b"x", True)


async def test_returned_messages(channel: AbstractChannel) -> None:
    """Callbacks get the message whole, with where it was meant to go, before the publish is done."""
    returned: list[AbstractIncomingMessage] = []
    channel.return_callbacks.add(lambda _, message: returned.append(message))
    sent = aio_pika.Message(b"x", headers={"a": 1}, message_id="m")
    await asyncio.wait_for(channel.default_exchange.publish(sent, "nowhere"), WAIT_S)
    await eventually_async(lambda: returned)
    (message,) = returned
    assert (message.body, message.routing_key, message.exchange) == (b"x", "nowhere", "")
    assert (dict(message.headers), message.message_id) == ({"a": 1}, "m")
