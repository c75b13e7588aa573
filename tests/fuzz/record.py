"""Records what real clients say to a broker, through a proxy on loopback: the fuzzer's corpus.

Run: python -m tests.fuzz.record. Writes one file a connection to tests/fuzz/corpus; what they have in
common with the programs of users is that nobody here has put their bytes together.
"""

import asyncio
import contextlib
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aio_pika
import amqpstorm
import kombu
import pika
import pika.exceptions

from tests.fuzz import corpus
from tests.support.broker import running_broker

STREAM_MAX = 6_000
"""Bytes kept of a connection: the beginning is what differs between clients."""


class Proxy:
    """Passes bytes on in both directions and keeps what clients said."""

    def __init__(self, target: int) -> None:
        self.said: list[bytearray] = []
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                said = bytearray()
                self.said.append(said)
                for source, sink, kept in ((client, server, said), (server, client, bytearray())):
                    threading.Thread(target=_pump, args=(source, sink, kept), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket, kept: bytearray) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            kept += data
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def recorded(name: str, about: str, target: int) -> Iterator[int]:
    """A port to talk to; each connection made to it becomes a file."""
    proxy = Proxy(target)
    try:
        yield proxy.port
    finally:
        proxy.close()
        for number, said in enumerate(proxy.said, 1):
            place = f"{name}-{number}" if len(proxy.said) > 1 else name
            corpus.write(place, about, _without_hostname(bytes(said[:STREAM_MAX])))


def _without_hostname(data: bytes) -> bytes:
    """Celery tells where it runs; that is nobody's business, and differs from recording to recording."""
    name = socket.gethostname().encode()
    return data.replace(b"@" + name, b"@" + b"h" * len(name))


def talk_pika(port: int) -> None:
    """Declares with arguments, binds, publishes with properties, confirms, transactions, consuming."""
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port))
    channel = connection.channel()
    channel.exchange_declare("fuzz.topic", "topic", durable=True)
    channel.exchange_declare("fuzz.headers", "headers", arguments={"alternate-exchange": "amq.fanout"})
    channel.exchange_bind("fuzz.headers", "fuzz.topic", "#")
    arguments = {
        "x-max-length": 10,
        "x-message-ttl": 60_000,
        "x-dead-letter-exchange": "",
        "x-max-priority": 4,
    }
    channel.queue_declare("fuzz.limited", durable=True, arguments=arguments)
    channel.queue_declare("fuzz.quorum", durable=True, arguments={"x-queue-type": "quorum"})
    channel.queue_declare("", exclusive=True)
    channel.queue_bind("fuzz.limited", "fuzz.topic", "a.*.c.#")
    channel.queue_bind("fuzz.quorum", "fuzz.headers", arguments={"x-match": "any", "n": 1, "s": "x"})
    channel.confirm_delivery()
    headers = {"n": 1, "list": [1, "a", {"deep": None}], "flag": True, "CC": ["fuzz.quorum"]}
    properties = pika.BasicProperties(
        "text/plain",
        "utf-8",
        headers,
        2,
        3,
        "correlation",
        "reply",
        "60000",
        "id",
        1_700_000_000,
        "type",
        "guest",
    )
    for key in ("a.b.c", "a.b.c.d", "nowhere"):
        channel.basic_publish("fuzz.topic", key, b"body" * 20, properties)
    with contextlib.suppress(pika.exceptions.UnroutableError):
        channel.basic_publish("", "nowhere", b"", mandatory=True)
    channel.basic_qos(prefetch_count=2)
    for method, _, _ in channel.consume("fuzz.limited", inactivity_timeout=0.5):
        if method is None:
            break
        channel.basic_nack(method.delivery_tag, requeue=False)
    channel.cancel()
    method, _, _ = channel.basic_get("fuzz.quorum")
    if method is not None:
        channel.basic_reject(method.delivery_tag, requeue=True)
    channel.queue_purge("fuzz.quorum")
    second = connection.channel()
    second.tx_select()
    second.basic_publish("amq.direct", "x", b"in a transaction")
    second.tx_commit()
    second.tx_rollback()
    second.close()
    channel.queue_unbind("fuzz.limited", "fuzz.topic", "a.*.c.#")
    channel.queue_delete("fuzz.limited")
    channel.exchange_delete("fuzz.headers")
    with contextlib.suppress(pika.exceptions.ChannelClosedByBroker):
        connection.channel().queue_declare("missing", passive=True)
    connection.close()


def talk_aio_pika(port: int) -> None:
    """A robust connection: direct replies, a stream, a large body in several frames."""

    async def talk() -> None:
        connection = await aio_pika.connect_robust(f"amqp://guest:guest@127.0.0.1:{port}/?name=fuzz")
        channel = await connection.channel()
        await channel.set_qos(5)
        replies = await channel.get_queue("amq.rabbitmq.reply-to", ensure=False)
        await replies.consume(lambda _: None, no_ack=True)
        queue = await channel.declare_queue("fuzz.rpc", auto_delete=True)
        await queue.consume(_acknowledge)
        message = aio_pika.Message(b"ask", reply_to="amq.rabbitmq.reply-to", expiration=5)
        await channel.default_exchange.publish(message, "fuzz.rpc")
        await channel.default_exchange.publish(aio_pika.Message(bytes(3_000)), "fuzz.rpc")
        log = {"x-queue-type": "stream", "x-max-length-bytes": 10_000}
        stream = await channel.declare_queue("fuzz.stream", durable=True, arguments=log)
        await channel.default_exchange.publish(aio_pika.Message(b"kept"), "fuzz.stream")
        await stream.consume(_acknowledge, arguments={"x-stream-offset": "first"})
        await asyncio.sleep(0.3)
        await stream.delete(if_unused=False, if_empty=False)
        await connection.close()

    asyncio.run(talk())


async def _acknowledge(message: Any) -> None:
    await message.ack()


def talk_kombu(port: int) -> None:
    """py-amqp, logging in by AMQPLAIN; priorities, a producer and a consumer."""
    with kombu.Connection(f"amqp://guest:guest@127.0.0.1:{port}//", login_method="AMQPLAIN") as connection:
        exchange = kombu.Exchange("fuzz.kombu", "fanout")
        queue = kombu.Queue("fuzz.kombu", exchange, max_priority=5, expires=60)
        producer = connection.Producer(serializer="json")
        producer.publish({"n": 1}, exchange=exchange, declare=[queue], priority=3, compression="zlib")
        with connection.Consumer(queue, callbacks=[lambda _, message: message.ack()], prefetch_count=3):
            connection.drain_events(timeout=2)
        connection.SimpleQueue("fuzz.simple").put("text")


def talk_amqpstorm(port: int) -> None:
    """Heartbeats, get, recover, flow."""
    connection = amqpstorm.Connection("127.0.0.1", "guest", "guest", port=port, heartbeat=5)
    channel = connection.channel()
    channel.queue.declare("fuzz.storm")
    channel.basic.publish("body", "fuzz.storm")
    channel.basic.get("fuzz.storm")
    channel.basic.recover(requeue=True)
    channel.basic.consume(lambda _: None, "fuzz.storm", "tag", no_ack=True)
    channel.basic.cancel("tag")
    channel.queue.delete("fuzz.storm")
    channel.close()
    connection.close()


def talk_rabbitmq_c(port: int) -> None:
    """rabbitmq-c's amqp-tools: declare, publish, get, consume."""
    url = f"--url=amqp://guest:guest@127.0.0.1:{port}"
    for command in (
        ["amqp-declare-queue", url, "-q", "fuzz.c", "-d"],
        ["amqp-publish", url, "-r", "fuzz.c", "-b", "from C", "-p", "-C", "text/plain"],
        ["amqp-publish", url, "-r", "fuzz.c", "-b", "again"],
        ["amqp-get", url, "-q", "fuzz.c"],
        ["amqp-consume", url, "-q", "fuzz.c", "-c", "1", "cat"],
        ["amqp-delete-queue", url, "-q", "fuzz.c"],
    ):
        subprocess.run(command, check=True, capture_output=True, timeout=20)


CELERY = """
import celery
app = celery.Celery("fuzz", broker="amqp://guest:guest@127.0.0.1:{port}//", backend="rpc://")
app.conf.update(task_default_queue="fuzz.celery", worker_hijack_root_logger=False)

@app.task
def add(a, b):
    return a + b

if __name__ == "__main__":
    import threading
    def work():
        argv = ["worker", "-P", "solo", "-n", "fuzz@localhost", "-l", "ERROR"]
        app.worker_main(argv)
    threading.Thread(target=work, daemon=True).start()
    print(add.delay(1, 2).get(timeout=30))
    app.control.ping(timeout=1)
"""


def talk_celery(port: int) -> None:
    """A worker, a task with its result, remote control."""
    import os
    import sys

    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "fuzz_tasks.py"
        program.write_text(CELERY.replace("{port}", str(port)))
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "C_FORCE_ROOT": "1",
            "HOSTNAME": "localhost",
        }
        subprocess.run([sys.executable, str(program)], check=True, timeout=60, env=environment, cwd=folder)


AMQPLIB = """
const amqplib = require('amqplib');
(async () => {
  const connection = await amqplib.connect('amqp://guest:guest@127.0.0.1:{port}');
  const channel = await connection.createConfirmChannel();
  await channel.assertExchange('fuzz.node', 'direct', {durable: false, autoDelete: true});
  const {queue} = await channel.assertQueue('', {exclusive: true, maxLength: 5, messageTtl: 1000});
  await channel.bindQueue(queue, 'fuzz.node', 'key', {n: 1.5, big: 2 ** 40, list: [true, null]});
  await channel.prefetch(3, true);
  const take = resolve => m => { channel.ack(m); resolve(m); };
  const got = new Promise(resolve => channel.consume(queue, take(resolve), {priority: 5}));
  channel.publish('fuzz.node', 'key', Buffer.from('from node'), {headers: {a: {b: [1, 2]}}, CC: ['other']});
  await channel.waitForConfirms();
  await got;
  await channel.recover();
  await channel.close();
  await connection.close();
})();
"""


def talk_amqplib(port: int) -> None:
    """node's amqplib: confirms, shared prefetch, numbers as node writes them."""
    with tempfile.TemporaryDirectory() as folder:
        install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "amqplib"]
        subprocess.run(install, check=True, cwd=folder, timeout=120)
        program = AMQPLIB.replace("{port}", str(port))
        subprocess.run(["node", "-e", program], check=True, cwd=folder, timeout=30)


TALKS: dict[str, tuple[str, Callable[[int], None]]] = {
    "pika": ("pika", talk_pika),
    "aio-pika": ("aio-pika", talk_aio_pika),
    "kombu": ("kombu", talk_kombu),
    "amqpstorm": ("amqpstorm", talk_amqpstorm),
    "celery": ("celery", talk_celery),
}

PROGRAMS = [("rabbitmq-c", "amqp-get", talk_rabbitmq_c), ("amqplib", "npm", talk_amqplib)]


def main() -> None:
    """Record them all, on one broker, one after the other."""
    with tempfile.TemporaryDirectory() as folder, running_broker(Path(folder)) as broker:
        for name, (package, talk) in TALKS.items():
            about = f"{package} {version(package)}: {(talk.__doc__ or '').rstrip('.')}"
            with recorded(name, about, broker.port_amqp) as port:
                talk(port)
        for name, program, talk in PROGRAMS:
            if shutil.which(program):
                with recorded(name, (talk.__doc__ or "").rstrip("."), broker.port_amqp) as port:
                    talk(port)


if __name__ == "__main__":
    main()
