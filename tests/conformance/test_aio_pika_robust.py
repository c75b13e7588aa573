"""aio-pika's robust connections: kicked, or left by a broker that ends, they are back as they were."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustConnection

from mqstudio.client.client import Client
from mqstudio.model.queries import WatchSamples
from tests.support.broker import RunningBroker, running_broker
from tests.support.waiting import eventually_async

WAIT_S = 20.0
RETRY_S = 0.02


class Program:
    """A consumer as people write it: an exchange, a queue bound to it, a callback that acknowledges."""

    def __init__(self, connection: AbstractRobustConnection) -> None:
        self.connection = connection
        self.got: list[tuple[bytes, bool]] = []
        self.held: list[AbstractIncomingMessage] = []
        self.reconnected = 0
        connection.reconnect_callbacks.add(self._count)

    async def begin(self, queue: str, *, is_exclusive: bool = False) -> None:
        """Declare, bind and consume, once: what is made again later is the library's doing."""
        channel = await self.connection.channel()
        await channel.set_qos(prefetch_count=10)
        self.exchange = await channel.declare_exchange(f"{queue}-x", aio_pika.ExchangeType.TOPIC)
        self.queue = await channel.declare_queue(queue, exclusive=is_exclusive)
        await self.queue.bind(self.exchange, "a.#")
        await self.queue.consume(self._take, consumer_tag="consumer")

    async def publish(self, body: bytes) -> None:
        await asyncio.wait_for(self.exchange.publish(aio_pika.Message(body), "a.b"), WAIT_S)

    async def _take(self, message: AbstractIncomingMessage) -> None:
        self.got.append((message.body, bool(message.redelivered)))
        if message.body == b"held" and not message.redelivered:
            self.held.append(message)
        else:
            await message.ack()

    def _count(self, *_: object) -> None:
        self.reconnected += 1


async def connected(url: str, name: str) -> AbstractRobustConnection:
    return await aio_pika.connect_robust(
        url, client_properties={"connection_name": name}, reconnect_interval=RETRY_S
    )


@pytest.fixture
async def program(broker: RunningBroker, queue: str) -> AsyncIterator[Program]:
    async with await connected(broker.url, queue) as connection:
        yield Program(connection)


async def kick(broker: RunningBroker, name: str) -> None:
    """Disconnect a client as the window does."""
    async with await broker.attach() as client:
        await client.kick(await eventually_async(lambda: _id_of(client, name)))


async def _id_of(client: Client, name: str) -> int:
    async with client.watch(WatchSamples()) as samples:
        shown = (await anext(samples)).connections  # type: ignore[union-attr]  # a watch of samples
        return next((each.id for each in shown if each.name == name), 0)


@pytest.mark.parametrize("is_exclusive", [False, True])
async def test_a_kicked_consumer_is_back(
    broker: RunningBroker, program: Program, queue: str, is_exclusive: bool
) -> None:
    """On a new connection, with its queue, binding and consumer, though the queue went with the old one."""
    await program.begin(queue, is_exclusive=is_exclusive)
    await program.publish(b"before")
    await eventually_async(lambda: program.got == [(b"before", False)])
    await kick(broker, queue)
    await eventually_async(lambda: program.reconnected == 1)
    await program.publish(b"after")
    await eventually_async(lambda: program.got == [(b"before", False), (b"after", False)])


async def test_what_was_held_comes_again(broker: RunningBroker, program: Program, queue: str) -> None:
    """Marked as redelivered, to the consumer that is back."""
    await program.begin(queue)
    await program.publish(b"held")
    await eventually_async(lambda: program.held)
    await kick(broker, queue)
    await eventually_async(lambda: program.got == [(b"held", False), (b"held", True)])
    declared = await program.queue.declare()
    assert (declared.message_count, declared.consumer_count) == (0, 1)


def kill(broker: RunningBroker) -> None:
    """End a broker without giving it time for a word."""
    broker.process.kill()
    broker.process.wait(WAIT_S)


@pytest.mark.parametrize("end", [RunningBroker.stop, kill])
async def test_a_broker_is_started_again(
    tmp_path: Path, queue: str, end: Callable[[RunningBroker], None]
) -> None:
    """Stopped or killed: on the same port everything is declared anew and consumed from."""
    with running_broker(tmp_path) as first:
        connection = await connected(first.url, queue)
        program = Program(connection)
        await program.begin(queue)
        await program.publish(b"before")
        await eventually_async(lambda: program.got == [(b"before", False)])
        await asyncio.to_thread(end, first)
    with running_broker(tmp_path, f"--port-amqp={first.port_amqp}") as second:
        assert second.port_amqp == first.port_amqp
        await eventually_async(lambda: program.reconnected == 1)
        await program.publish(b"after")
        await eventually_async(lambda: program.got == [(b"before", False), (b"after", False)])
        await connection.close()
