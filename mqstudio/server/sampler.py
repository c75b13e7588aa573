"""Samples: reads the engine's counters four times a second and remembers what changed."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Set

from mqstudio.engine.channel import Connection
from mqstudio.engine.engine import Engine
from mqstudio.engine.queue import Queue
from mqstudio.engine.vhost import Exchange
from mqstudio.model.events import ConnectionOpened, Event
from mqstudio.model.limits import ARRIVALS_MAX, HISTORY_MAX_QUEUES
from mqstudio.model.samples import (
    ConnectionSample,
    Counters,
    ExchangeSample,
    QueueSample,
    Sample,
    Totals,
)
from mqstudio.model.topology import ConnectionInfo
from mqstudio.server.history import History, Point
from mqstudio.server.tracked import Tracked


class Sampler:
    """Takes samples, and tells each watcher what changed since the sample it had before."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.tick = 0
        self.at_us = 0
        self.totals = Totals()
        self.is_publishing_blocked = False
        self._queues: Tracked[int, QueueSample] = Tracked()
        self._exchanges: Tracked[tuple[str, str], ExchangeSample] = Tracked()
        self._connections: Tracked[int, ConnectionSample] = Tracked()
        self._arrivals: deque[tuple[int, ConnectionInfo]] = deque(maxlen=ARRIVALS_MAX)
        self._total_history = History()
        self._histories: OrderedDict[int, History] = OrderedDict()

    def note(self, notable: Iterable[Event]) -> None:
        """Remember who connects: it may be gone before the next sample."""
        for event in notable:
            if isinstance(event, ConnectionOpened):
                self._arrivals.append((self.tick + 1, event.info))

    def take(self, now_us: int) -> None:
        """Read all counters."""
        self.tick += 1
        before_us, self.at_us = self.at_us, now_us
        known = set(self._queues.values)
        engine = self._engine
        queues = [queue for vhost in engine.vhosts.values() for queue in vhost.queues.values()]
        self._queues.update(self.tick, {queue.ref.id: _queue_sample(queue) for queue in queues})
        self._exchanges.update(
            self.tick,
            {
                (vhost.name, exchange.spec.name): _exchange_sample(vhost.name, exchange)
                for vhost in engine.vhosts.values()
                for exchange in vhost.exchanges.values()
            },
        )
        self._connections.update(
            self.tick,
            {
                connection.info.id: _connection_sample(connection)
                for connection in engine.connections.values()
            },
        )
        self.totals = self._sum(queues)
        self._remember(now_us, before_us, self._queues.values.keys() - known)

    def _sum(self, queues: list[Queue]) -> Totals:
        retired, engine = self._engine.retired, self._engine
        counters = Counters(
            engine.published,
            retired.delivered + sum(q.delivered for q in queues),
            retired.settled + sum(q.settled for q in queues),
            retired.redelivered + sum(q.redeliveries for q in queues),
            retired.returned + sum(q.returned for q in queues),
            retired.dropped + sum(q.dropped for q in queues),
            engine.unroutable,
        )
        return Totals(
            counters,
            sum(len(q.ready) for q in queues),
            sum(q.in_flight for q in queues),
            len(queues),
            len(engine.connections),
            sum(q.bytes_held for q in queues) + engine.held_bytes,
            self.is_publishing_blocked,
        )

    def _remember(self, now_us: int, before_us: int, new: Set[int]) -> None:
        """Add to the histories; a new queue's begins at zero, one sample ago."""
        totals = self.totals
        depth = totals.ready + totals.in_flight
        counters = totals.counters
        self._total_history.add(
            Point(now_us, counters.published, counters.delivered, counters.settled, depth)
        )
        for queue_id in self._queues.changed:
            if queue_id not in self._histories:
                self._histories[queue_id] = History()
                if queue_id in new:
                    self._histories[queue_id].add(Point(before_us, 0, 0, 0, 0))
            self._histories.move_to_end(queue_id)
        for queue_id in list(self._histories):
            sample = self._queues.values.get(queue_id)
            if sample is None:
                del self._histories[queue_id]
                continue
            depth = sample.ready + sample.in_flight
            counters = sample.counters
            self._histories[queue_id].add(
                Point(now_us, counters.published, counters.delivered, counters.settled, depth)
            )
        while len(self._histories) > HISTORY_MAX_QUEUES:
            self._histories.popitem(last=False)

    def history(self, queue_id: int | None) -> History:
        """The history of a queue, or of the broker (None); empty if nothing happened yet."""
        if queue_id is None:
            return self._total_history
        return self._histories.get(queue_id) or History()

    def since(self, tick: int) -> Sample:
        """What changed after a tick; 0 for everything."""
        return Sample(
            self.at_us,
            self.totals,
            self._queues.changed_since(tick),
            self._queues.gone_since(tick),
            self._exchanges.changed_since(tick),
            self._exchanges.gone_since(tick),
            self._connections.changed_since(tick),
            self._connections.gone_since(tick),
            [info for at, info in self._arrivals if tick < at <= self.tick],
        )


def _queue_sample(queue: Queue) -> QueueSample:
    return QueueSample(
        queue.ref.id,
        queue.ref.vhost,
        queue.ref.name,
        len(queue.ready),
        queue.in_flight,
        len(queue.subscriptions),
        queue.spec.is_exclusive,
        Counters(
            queue.published,
            queue.delivered,
            queue.settled,
            queue.redeliveries,
            queue.returned,
            queue.dropped,
        ),
    )


def _exchange_sample(vhost: str, exchange: Exchange) -> ExchangeSample:
    return ExchangeSample(
        vhost, exchange.spec.name, exchange.spec.kind, len(exchange.outgoing), exchange.published
    )


def _connection_sample(connection: Connection) -> ConnectionSample:
    info = connection.info
    channels = connection.channels.values()
    return ConnectionSample(
        info.id,
        info.protocol,
        info.name,
        info.address,
        info.user,
        info.product,
        info.version,
        info.platform,
        info.opened_at_us,
        len(channels),
        sum(len(channel.subscriptions) for channel in channels),
        sum(len(channel.deliveries) for channel in channels),
        connection.published,
        connection.delivered,
    )
