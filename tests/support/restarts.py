"""A broker with a profile on disk that ends and begins again: as it should, or killed."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError
from pika.spec import BasicProperties

from tests.support.broker import RunningBroker, running_broker
from tests.support.http_api import Api

KILLED = "killed"
STOPPED = "stopped"

PERSISTENT = BasicProperties(delivery_mode=2)


class Lives:
    """One broker after the other on the same profile. `ending` is how each of them ends."""

    def __init__(self, folder: Path, ending: str) -> None:
        self.folder = folder
        self.ending = ending
        self.broker: RunningBroker
        self._life = contextlib.ExitStack()
        self._connections: list[pika.BlockingConnection] = []
        self.begin()

    @property
    def api(self) -> Api:
        """The management API of the broker that lives now."""
        return Api(self.broker.port_management)

    def begin(self) -> None:
        """Start a broker."""
        began = time.monotonic()
        self.broker = self._life.enter_context(running_broker(self.folder))
        self.begin_ms = int((time.monotonic() - began) * 1_000)
        """How long that took: what is to happen after a restart must not be due before, on any machine."""

    def end(self) -> None:
        """End it, with its clients connected."""
        if self.ending == KILLED:
            self.broker.process.kill()
            self.broker.process.wait()
            self._hang_up()
        else:
            self.broker.stop(self._hang_up)
        self._life.close()

    def _hang_up(self) -> None:
        """Let the clients see that the broker goes."""
        connections, self._connections = self._connections, []
        for connection in connections:
            with contextlib.suppress(AMQPError, OSError):
                while connection.is_open:
                    connection.process_data_events(time_limit=1)

    def restart(self) -> None:
        """End it, and begin another one."""
        self.end()
        self.begin()

    def connect(self, **options: Any) -> pika.BlockingConnection:
        """A connection, closed when the broker ends."""
        parameters = pika.ConnectionParameters("127.0.0.1", self.broker.port_amqp, **options)
        self._connections.append(pika.BlockingConnection(parameters))
        return self._connections[-1]

    def channel(self, **options: Any) -> BlockingChannel:
        """A channel with confirms on a connection of its own."""
        channel = self.connect(**options).channel()
        channel.confirm_delivery()
        return channel

    def queue(self, name: str, vhost: str = "%2F") -> dict[str, Any]:
        """What the management API says of a queue."""
        found: dict[str, Any] = self.api.get(f"api/queues/{vhost}/{name}")
        return found


@contextlib.contextmanager
def lives(folder: Path, ending: str) -> Iterator[Lives]:
    """Brokers for as long as the block lasts."""
    made = Lives(folder, ending)
    try:
        yield made
    finally:
        if made.broker.process.poll() is None:
            made.end()
        made._life.close()


def keep(channel: BlockingChannel, queue: str, *bodies: bytes, **properties: Any) -> None:
    """Publish messages that last; each is confirmed, so it is on disk."""
    for body in bodies:
        channel.basic_publish("", queue, body, BasicProperties(delivery_mode=2, **properties))


def exists(lives: Lives, kind: str, name: str) -> bool:
    """Whether there is a queue, or an exchange, of this name."""
    status = lives.api.ask("GET", f"api/{kind}/%2F/{name}").status
    assert status in (200, 404)
    return status == 200
