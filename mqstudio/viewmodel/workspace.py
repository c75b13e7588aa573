"""What the window knows about its broker: the connection to it and the state its samples add up to."""

import time
from collections.abc import Callable
from enum import StrEnum

from mqstudio.model.queries import WatchSamples
from mqstudio.model.rows import BrokerInfo
from mqstudio.model.samples import ConnectionSample, ExchangeSample, QueueSample, Sample, Totals
from mqstudio.model.topology import ConnectionInfo
from mqstudio.viewmodel.broker import BrokerClient
from mqstudio.viewmodel.signal import Signal

NATIVE = "native"
"""The protocol of our own windows and commands: not a client in the user's sense."""


def wall_clock_us() -> int:
    """Microseconds since 1970: the scale of every time the broker reports."""
    return time.time_ns() // 1000


UNSEEN_INTERVAL_US = 2_000_000
"""While nobody sees the window, figures are passed on this often: for the tray and for what is to be told."""


class ConnectionState(StrEnum):
    """How we stand with the broker."""

    CONNECTING = "connecting"
    LIVE = "live"
    LOST = "lost"


class Workspace:
    """The state of one broker, kept current by its samples.

    sampled(): new figures; less often while nobody can see them. state_changed(): connecting, live or lost.
    Everything else is read.
    """

    def __init__(self, now_us: Callable[[], int] = wall_clock_us) -> None:
        self.now_us = now_us
        self.sampled = Signal()
        self.state_changed = Signal()
        self.state = ConnectionState.CONNECTING
        self.lost_because = ""
        self.info: BrokerInfo | None = None
        self.sample_at_us = 0
        self.is_seen = True
        """Whether anybody can see what is shown."""
        self._told_at_us = 0
        self._client: BrokerClient | None = None
        self._forget()

    def _forget(self) -> None:
        self.totals = Totals()
        self.queues: dict[int, QueueSample] = {}
        self.exchanges: dict[tuple[str, str], ExchangeSample] = {}
        self.connections: dict[int, ConnectionSample] = {}
        self.newest_app: ConnectionInfo | None = None
        """The user's program that connected last, here still or gone."""
        self.busy_queues: set[int] = set()
        self._queue_ids: dict[tuple[str, str], int] = {}

    @property
    def client(self) -> BrokerClient:
        """The way into the broker. Raises ConnectionError while there is none."""
        if self._client is None or self.state is not ConnectionState.LIVE:
            raise ConnectionError("There is no broker to ask: it is not running or not reachable.")
        return self._client

    @property
    def is_live(self) -> bool:
        """Whether the broker answers."""
        return self.state is ConnectionState.LIVE

    def queue(self, vhost: str, name: str) -> QueueSample | None:
        """The latest sample of a queue, None if there is no such queue."""
        return self.queues.get(self._queue_ids.get((vhost, name), -1))

    def apps(self) -> list[ConnectionSample]:
        """Connections of the user's own programs, oldest first."""
        return [c for c in self.connections.values() if c.protocol != NATIVE]

    def port(self, protocol: str = "amqp091") -> int | None:
        """Where this protocol listens, None if it does not."""
        listeners = self.info.listeners if self.info else []
        return next((listener.port for listener in listeners if listener.protocol == protocol), None)

    async def follow(self, client: BrokerClient) -> None:
        """Be live on `client` until its connection ends; then be lost, and return."""
        self._forget()
        self.info = await client.info()
        self._client = client
        self._become(ConnectionState.LIVE)
        try:
            async for item in client.watch(WatchSamples()):
                if isinstance(item, Sample):
                    self.take(item)
            self.lose("The broker closed the connection.")
        except (ConnectionError, EOFError) as error:
            self.lose(str(error) or "The connection to the broker broke.")

    def take(self, sample: Sample) -> None:
        """Add a sample to what is known."""
        self.totals, self.sample_at_us = sample.totals, sample.at_us
        self.busy_queues = {q.id for q in sample.queues if self._has_moved(q)}
        for queue in sample.queues:
            self.queues[queue.id] = queue
            self._queue_ids[queue.vhost, queue.name] = queue.id
        for queue_id in sample.queues_gone:
            gone = self.queues.pop(queue_id, None)
            if gone and self._queue_ids.get((gone.vhost, gone.name)) == queue_id:
                del self._queue_ids[gone.vhost, gone.name]
        self.exchanges.update({(x.vhost, x.name): x for x in sample.exchanges})
        for exchange in sample.exchanges_gone:
            self.exchanges.pop((exchange[0], exchange[1]), None)
        self.connections.update({c.id: c for c in sample.connections})
        for connection_id in sample.connections_gone:
            self.connections.pop(connection_id, None)
        for arrival in sample.arrivals:
            if arrival.protocol != NATIVE:
                self.newest_app = arrival
        if self.is_seen or self.now_us() - self._told_at_us >= UNSEEN_INTERVAL_US:
            self._tell()

    def _tell(self) -> None:
        self._told_at_us = self.now_us()
        self.sampled.emit()

    def set_seen(self, is_seen: bool) -> None:
        """The window has come to light, or gone out of sight."""
        self.is_seen = is_seen
        if is_seen and self.is_live:
            self._tell()

    def _has_moved(self, queue: QueueSample) -> bool:
        before = self.queues.get(queue.id)
        return before is not None and before.counters != queue.counters

    def lose(self, why: str) -> None:
        """The broker is gone: say so, keep the last figures for reading."""
        self.lost_because = why
        self._become(ConnectionState.LOST)

    def expect_broker(self) -> None:
        """A broker is being started."""
        self._become(ConnectionState.CONNECTING)

    def _become(self, state: ConnectionState) -> None:
        self.state = state
        self.state_changed.emit()
