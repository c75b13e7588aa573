"""A publisher is told when memory runs short, and goes on when consumers have made room."""

import asyncio
import threading

import pika
import pytest

from mqstudio.client.client import Client
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.server.broker import Broker
from tests.support.waiting import eventually_async

LIMIT_BYTES = 1_000_000


class Publisher:
    """A pika program in a thread: publishes too much, hears that it is blocked, then that it may go on."""

    def __init__(self, port: int) -> None:
        self.heard: list[str] = []
        self.thread = threading.Thread(target=self._run, args=(port,), daemon=True)
        self.thread.start()

    def _run(self, port: int) -> None:
        connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port))
        connection.add_on_connection_blocked_callback(lambda _, frame: self.heard.append(frame.method.reason))
        connection.add_on_connection_unblocked_callback(lambda *_: self.heard.append("go on"))
        channel = connection.channel()
        channel.queue_declare("q")
        for _ in range(20):
            channel.basic_publish("", "q", b"x" * 100_000)
        while "go on" not in self.heard:
            connection.process_data_events(time_limit=0.05)
        connection.close()


def take_all(port: int) -> None:
    """Empty the queue, as a consumer."""
    with pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port)) as connection:
        channel = connection.channel()
        while channel.basic_get("q", auto_ack=True)[0] is not None:
            pass


async def test_a_publisher_is_blocked_and_resumed() -> None:
    broker = Broker(memory_high_water_bytes=LIMIT_BYTES)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: broker.new_link("amqp091"), "127.0.0.1", 0)
    publisher = Publisher(server.sockets[0].getsockname()[1])
    await eventually_async(lambda: broker.engine.published == 20)
    broker.tick()
    await eventually_async(lambda: publisher.heard == ["low on memory"])
    (link,) = broker.links.values()
    assert link.is_paused()

    await asyncio.to_thread(take_all, server.sockets[0].getsockname()[1])
    broker.tick()
    await eventually_async(lambda: publisher.heard == ["low on memory", "go on"])
    await eventually_async(lambda: not broker.links)
    publisher.thread.join(10)
    server.close()


async def test_publishing_from_the_window_is_refused_meanwhile() -> None:
    """Its connection is read on, so that it can purge; what it wants to publish is refused, and says why."""
    broker = Broker(memory_high_water_bytes=LIMIT_BYTES)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: broker.new_link("native"), "127.0.0.1", 0)
    async with await Client.connect("127.0.0.1", server.sockets[0].getsockname()[1], broker.token) as client:
        await client.declare_queue("q")
        await client.publish("", "q", body=b"x" * (LIMIT_BYTES + 1))
        broker.tick()
        with pytest.raises(RefusedError, match="as memory allows") as refused:
            await client.publish("", "q", body=b"x")
        assert refused.value.why is Refusal.OUT_OF_MEMORY
        assert (await client.purge("q")).count == 1
        broker.tick()
        assert await client.publish("", "q", body=b"x")
    server.close()
    await eventually_async(lambda: not broker.links)
