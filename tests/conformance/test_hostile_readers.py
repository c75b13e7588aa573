"""Clients that ask and do not read, or go while messages are on their way: nobody loses anything by them."""

import asyncio
import contextlib
from typing import Any

import aio_pika
import pika
import pika.exceptions
import psutil

from mqstudio.model import limits
from mqstudio.protocols.amqp091 import methods
from tests.support.broker import RunningBroker
from tests.support.waiting import eventually, eventually_async

MIB = 1024 * 1024


def connect(broker: RunningBroker, **options: Any) -> pika.BlockingConnection:
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", broker.port_amqp, **options))


async def test_a_kicked_consumer_takes_nothing_with_it(broker: RunningBroker) -> None:
    """What is published after the goodbye stays in the queue, also for consumers without acks."""
    victim = connect(broker, client_properties={"connection_name": "victim"})
    channel = victim.channel()
    channel.queue_declare("kept")
    channel.basic_consume("kept", lambda *_: None, auto_ack=True)
    async with await broker.attach() as client:
        (connection,) = [c async for c in _connections(client) if c.name == "victim"]
        await client.kick(connection.id, "test")
        publisher = await aio_pika.connect(broker.url)
        out = await publisher.channel()
        for _ in range(300):
            await out.default_exchange.publish(aio_pika.Message(b"x" * 1000), "kept")
        topology = await client.topology()
        assert {q.spec.name: q.ready for q in topology.queues}["kept"] == 300
        await publisher.close()
        await client.delete_queue("kept")
    with contextlib.suppress(pika.exceptions.ConnectionClosedByBroker):
        victim.process_data_events(time_limit=5)  # reads the goodbye, and lets go of the socket
    assert victim.is_closed


async def _connections(client: Any) -> Any:
    from mqstudio.model.queries import WatchSamples

    async for sample in client.watch(WatchSamples()):
        for connection in sample.connections:
            yield connection
        if sample.connections:
            return


async def test_answers_that_nobody_reads_do_not_fill_the_memory(broker: RunningBroker) -> None:
    """1,500 gets of one large message in one go, and not one answer read."""
    setup = connect(broker)
    channel = setup.channel()
    channel.queue_declare("large")
    channel.basic_publish("", "large", b"x" * MIB)
    eventually(lambda: channel.queue_declare("large", passive=True).method.message_count == 1)
    before = broker.memory_bytes()
    reader, writer = await asyncio.open_connection("127.0.0.1", broker.port_amqp)
    try:
        await handshake(reader, writer)
        ask = [
            methods.encode(1, methods.CODES["basic.get"], 0, "large", False)
            + methods.encode(1, methods.CODES["basic.reject"], tag, True)
            for tag in range(1, 1_501)
        ]
        writer.write(b"".join(ask))
        await writer.drain()
        await eventually_async(lambda: _is_idle(broker))
        assert broker.memory_bytes() - before < 64 * MIB
        assert channel.queue_declare("large", passive=True).method.message_count <= 1
        for _ in range(1_500 * MIB // 65_536):  # the rest was not forgotten: who reads gets it
            await reader.readexactly(65_536)
    finally:
        writer.close()
    channel.queue_delete("large")
    setup.close()


async def test_large_headers_count_for_what_the_ledger_may_keep(broker: RunningBroker) -> None:
    """6,000 messages of 100 kB of properties, each taken at once: 600 MB went through."""
    connection = connect(broker)
    channel = connection.channel()
    channel.queue_declare("headers")
    taken: list[int] = []
    consumer = connect(broker)
    incoming = consumer.channel()
    incoming.basic_consume("headers", lambda *_: taken.append(1), auto_ack=True)
    properties = pika.BasicProperties(headers={"large": "x" * 100_000})
    before = broker.memory_bytes()
    for count in range(100, 6_100, 100):
        for _ in range(100):
            channel.basic_publish("", "headers", b"1", properties)
        while len(taken) < count:  # so that what waits in the queue does not count
            consumer.process_data_events(time_limit=1)
    assert broker.memory_bytes() - before < limits.LEDGER_MAX_BYTES + 128 * MIB
    channel.queue_delete("headers")
    for each in (consumer, connection):
        each.close()


def _is_idle(broker: RunningBroker) -> bool:
    return psutil.Process(broker.process.pid).cpu_percent(0.3) < 20


async def handshake(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Open a connection and channel 1, with no library that would read on its own."""
    writer.write(b"AMQP\0\0\x09\x01")
    await _frame(reader)
    writer.write(start_ok())
    await _frame(reader)
    writer.write(methods.encode(0, methods.CODES["connection.tune-ok"], 2_047, 131_072, 0))
    writer.write(methods.encode(0, methods.CODES["connection.open"], "/", "", False))
    await _frame(reader)
    writer.write(methods.encode(1, methods.CODES["channel.open"], ""))
    await _frame(reader)


def start_ok() -> bytes:
    response = b"\0guest\0guest"
    payload = (
        (10 << 16 | 11).to_bytes(4)
        + (0).to_bytes(4)
        + b"\x05PLAIN"
        + len(response).to_bytes(4)
        + response
        + b"\x05en_US"
    )
    return b"\x01\0\0" + len(payload).to_bytes(4) + payload + b"\xce"


async def _frame(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(7)
    return await reader.readexactly(int.from_bytes(head[3:]) + 1)
