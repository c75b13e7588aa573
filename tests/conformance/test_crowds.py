"""Many connections: idle ones cost little, and a coming and going disturbs nobody."""

import resource
import socket
from collections.abc import Iterator

import pika
import pytest

from mqstudio.client.client import Client
from tests.support.amqp091 import handshake, method
from tests.support.broker import RunningBroker, running_broker
from tests.support.pika_client import Got
from tests.support.waiting import eventually_async

IDLE = 2_000
IDLE_COST_BYTES = 40 * 1024
COMERS = 2_000
OPEN_OK = b"\x00\x0a\x00\x29"


@pytest.fixture
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    """A broker, and as many open files as the crowd needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2 * IDLE)), hard))
    with running_broker(tmp_path_factory.mktemp("crowd")) as broker:
        yield broker
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def enter(port: int) -> socket.socket:
    """A client that has logged in, and says nothing more."""
    peer = socket.create_connection(("127.0.0.1", port), timeout=30)
    peer.sendall(handshake(heartbeat_s=0))
    heard = b""
    while OPEN_OK not in heard:
        part = peer.recv(4_096)
        assert part, heard
        heard += part
    return peer


def test_an_idle_connection_costs_at_most_40_kib(crowded: RunningBroker) -> None:
    """Of the broker's resident memory, taken over two thousand of them."""
    warm = [enter(crowded.port_amqp) for _ in range(50)]
    before = crowded.memory_bytes()
    peers = [enter(crowded.port_amqp) for _ in range(IDLE)]
    cost = (crowded.memory_bytes() - before) / IDLE
    for peer in (*warm, *peers):
        peer.close()
    assert cost <= IDLE_COST_BYTES


async def test_those_who_come_and_go_disturb_nobody(crowded: RunningBroker) -> None:
    """A bystander loses nothing, and nothing of them is left."""
    with pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", crowded.port_amqp)) as connection:
        channel = connection.channel()
        queue = channel.queue_declare("", exclusive=True).method.queue
        got = Got(channel, queue, auto_ack=True)
        before = crowded.memory_bytes()
        for number in range(COMERS):
            with enter(crowded.port_amqp) as peer:
                if number % 2:
                    peer.sendall(method(0, "connection.close", 200, "", 0, 0))
                    peer.recv(64)
            if number % 100 == 0:
                channel.basic_publish("", queue, str(number).encode())
        bodies = got.wait(COMERS // 100)
        assert bodies == [str(number).encode() for number in range(0, COMERS, 100)]
        async with await Client.attach(crowded.data_dir, name="test") as client:

            async def are_gone() -> bool:
                clients = await client.clients()
                return len(clients.channels) <= 2

            await eventually_async(are_gone)
        assert crowded.memory_bytes() - before < 24 * 1024 * 1024
