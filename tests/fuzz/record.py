"""Record what real clients send: `python -m tests.fuzz.record` writes tests/fuzz/corpus/*.bin.

A relay stands between each client and a broker of our own, and keeps the client's bytes.
"""

import asyncio
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import aio_pika
import kombu
import pika

from tests.support.broker import running_broker

CORPUS = Path(__file__).parent / "corpus"


class Relay:
    """A port that passes everything on, and keeps what comes from the client."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.streams: list[bytearray] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            broker = socket.create_connection(("127.0.0.1", self._target))
            kept = bytearray()
            self.streams.append(kept)
            threading.Thread(target=self._pump, args=(client, broker, kept), daemon=True).start()
            threading.Thread(target=self._pump, args=(broker, client, bytearray()), daemon=True).start()

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket, kept: bytearray) -> None:
        try:
            while data := source.recv(65_536):
                kept += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self) -> None:
        self._listener.close()


def with_pika(port: int) -> None:
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port))
    channel = connection.channel()
    arguments = {"x-max-priority": 5, "x-message-ttl": 60_000, "x-dead-letter-exchange": ""}
    channel.queue_declare("fuzz", arguments=arguments)
    channel.exchange_declare("fuzz-x", "headers", arguments={"alternate-exchange": "amq.fanout"})
    channel.exchange_declare("fuzz-y", "topic")
    channel.exchange_bind("fuzz-x", "fuzz-y", "a.#")
    channel.queue_bind("fuzz", "fuzz-x", arguments={"x-match": "any", "a": 1, "b": "two"})
    channel.confirm_delivery()
    headers = {"a": 1, "b": [1, "x", {"c": None}], "CC": ["other"], "t": True}
    properties = pika.BasicProperties(
        headers=headers,
        content_type="text/plain",
        delivery_mode=2,
        priority=3,
        correlation_id="c-1",
        reply_to="amq.rabbitmq.reply-to",
        expiration="60000",
        message_id="m-1",
        timestamp=1,
        user_id="guest",
    )
    channel.basic_consume("amq.rabbitmq.reply-to", lambda *_: None, auto_ack=True)
    channel.basic_publish("", "fuzz", b"body" * 50, properties, mandatory=True)
    channel.basic_qos(prefetch_count=5)
    method, _, _ = channel.basic_get("fuzz")
    channel.basic_nack(method.delivery_tag)
    channel.basic_consume("fuzz", lambda *_: None, arguments={"x-priority": 3})
    connection.process_data_events(0.1)
    channel.basic_recover(requeue=True)
    second = connection.channel()
    second.tx_select()
    second.basic_publish("amq.direct", "k", b"")
    second.tx_commit()
    second.tx_rollback()
    channel.queue_purge("fuzz")
    channel.queue_delete("fuzz")
    connection.close()


def with_aio_pika(port: int) -> None:
    async def run() -> None:
        connection = await aio_pika.connect(f"amqp://guest:guest@127.0.0.1:{port}/")
        async with connection:
            channel = await connection.channel()
            queue = await channel.declare_queue("fuzz-q", durable=True, arguments={"x-queue-type": "quorum"})
            message = aio_pika.Message(b"x" * 5_000, headers={"n": 1}, expiration=5)
            await channel.default_exchange.publish(message, "fuzz-q")
            got = await queue.get()
            await got.ack()
            await queue.delete(if_unused=False, if_empty=False)

    asyncio.run(run())


def with_kombu(port: int) -> None:
    with kombu.Connection(f"amqp://guest:guest@127.0.0.1:{port}//", login_method="AMQPLAIN") as connection:
        queue = connection.SimpleQueue("fuzz-k")
        queue.put({"a": [1, 2.5, None]}, headers={"x": 1}, priority=2)
        queue.get(timeout=5).ack()
        queue.close()


def with_amqp_tools(port: int) -> None:
    server = ["--server=127.0.0.1", f"--port={port}"]
    subprocess.run(["amqp-declare-queue", *server, "-q", "fuzz-t"], check=True, capture_output=True)
    subprocess.run(["amqp-publish", *server, "-r", "fuzz-t", "-b", "hello"], check=True, capture_output=True)
    subprocess.run(["amqp-get", *server, "-q", "fuzz-t"], check=True, capture_output=True)
    subprocess.run(["amqp-delete-queue", *server, "-q", "fuzz-t"], check=True, capture_output=True)


CLIENTS: dict[str, Callable[[int], None]] = {
    "pika": with_pika,
    "aio_pika": with_aio_pika,
    "kombu": with_kombu,
    "amqp_tools": with_amqp_tools,
}


def main() -> int:
    CORPUS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_broker(Path(folder)) as broker:
        for name, talk in CLIENTS.items():
            relay = Relay(broker.port_amqp)
            talk(relay.port)
            relay.close()
            for number, stream in enumerate(relay.streams):
                (CORPUS / f"{name}-{number}.bin").write_bytes(bytes(stream))
                print(f"{name}-{number}: {len(stream)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
