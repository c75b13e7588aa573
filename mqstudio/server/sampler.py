"""Samples: reads the engine's counters four times a second and remembers what changed."""

from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterable, Set
from operator import attrgetter

from msgspec import Struct
from msgspec.structs import replace

from mqstudio.engine.channel import Connection
from mqstudio.engine.engine import Engine
from mqstudio.engine.queue import Queue
from mqstudio.engine.vhost import Exchange
from mqstudio.model.events import ConnectionOpened, Event
from mqstudio.model.limits import ARRIVALS_MAX, HISTORY_MAX_QUEUES
from mqstudio.model.rules import QueueKind
from mqstudio.model.samples import (
    QUEUE_FIGURES,
    ConnectionSample,
    Counters,
    ExchangeSample,
    QueueSample,
    Sample,
    Totals,
)
from mqstudio.model.topology import ConnectionInfo
from mqstudio.protocols.base import Tally
from mqstudio.server.chronicle import Chronicle
from mqstudio.server.flows import FlowCounts
from mqstudio.server.happenings import Remembered
from mqstudio.server.history import History, Point
from mqstudio.server.latencies import Latencies
from mqstudio.server.tracked import Tracked


class News(Struct):
    """Where something may have happened since the last sample: nobody else is looked at.

    has_events: the engine told of something. connections: ids of those that asked or heard anything.
    """

    has_events: bool = False
    connections: set[int] = set()


_STALE = -1
"""No mark: what it is put for is sampled anew."""


class Sampler:
    """Takes samples, and tells each watcher what changed since the sample it had before.

    Of most things nothing has changed since the last sample. A *mark* tells so at a fraction of what a new
    sample costs: it is made of what only grows, so that no two changes hide each other.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.tick = 0
        self.at_us = 0
        self.totals = Totals()
        self.is_publishing_blocked = False
        self.blocked_by: tuple[str, ...] = ()
        self.recorded_one_in = 1
        self.store_problem = ""
        self._queues: Tracked[int, QueueSample] = Tracked()
        self._exchanges: Tracked[tuple[str, str], ExchangeSample] = Tracked()
        self._connections: Tracked[int, ConnectionSample] = Tracked()
        self._queue_marks: dict[int, int] = {}
        self._exchange_marks: dict[Exchange, int] = {}
        self._connection_marks: dict[int, int] = {}
        self._blocked: set[int] = set()
        """Connections whose publishes are not read."""
        self._changed: set[int] = set()
        """Connections that have changed in a way that their marks do not tell."""
        self._sums = Sums()
        self.tally = Tally()
        """What sessions count themselves."""
        self._arrivals: deque[tuple[int, ConnectionInfo]] = deque(maxlen=ARRIVALS_MAX)
        self._total_history = History()
        self._histories: OrderedDict[int, History] = OrderedDict()
        self.greeted: set[int] = set()
        """Connections that have finished their handshake; whoever sees them end takes them out."""
        self.remembered = Remembered()
        self.latencies = Latencies()
        self.chronicle = Chronicle(engine, self.latencies)
        self.flows = FlowCounts(engine)

    def note(self, notable: Iterable[Event]) -> None:
        """Remember who connects: it may be gone before the next sample."""
        for event in notable:
            self.remembered.note(event)
            if isinstance(event, ConnectionOpened):
                self.greeted.add(event.info.id)
                self._arrivals.append((self.tick + 1, event.info))

    def note_blocked(self, connection_id: int, *, is_blocked: bool) -> None:
        """Remember, for the next sample, whether a connection's publishes are read."""
        (self._blocked.add if is_blocked else self._blocked.discard)(connection_id)
        if connection_id in self._connection_marks:
            self._connection_marks[connection_id] = _STALE
        self._changed.add(connection_id)

    def take(self, now_us: int, news: News | None = None) -> None:
        """Read all counters (None), or those that may have changed."""
        self.tick += 1
        self.flows.gather()
        before_us, self.at_us = self.at_us, now_us
        for tracked in (self._queues, self._exchanges, self._connections):
            tracked.begin(self.tick)
        new: set[int] = set()
        if news is None or news.has_events:
            new = self._take_queues()
            self._take_exchanges()
            self._take_connections(self._engine.connections if news is None else news.connections)
        if self._changed:
            self._take_connections(self._changed)
            self._changed.clear()
            self._blocked &= self._engine.connections.keys()
        totals = self._sums.totals(self._engine, self.tally, is_publishing_blocked=self.is_publishing_blocked)
        self.totals = replace(
            totals,
            blocked_by=self.blocked_by,
            recorded_one_in=self.recorded_one_in,
            store_problem=self.store_problem,
            is_paused=self._engine.is_paused,
        )
        self._remember(now_us, before_us, new)
        self.chronicle.note(now_us, self.totals, self.changed_queues(), self._connections.changed)

    def _take_queues(self) -> set[int]:
        """Sample the queues that changed; returns the ids of new ones."""
        tracked, marks, sums = self._queues, self._queue_marks, self._sums
        vhosts, new, count = self._engine.vhosts.values(), set(), 0
        for vhost in vhosts:
            count += len(vhost.queues)
            for queue in vhost.queues.values():
                # One expression, not a call: a broker may have 10,000 queues, and its clients wait meanwhile.
                mark = (
                    queue.published
                    + queue.delivered
                    + queue.settled
                    + queue.redeliveries
                    + queue.returned
                    + queue.dropped
                    + queue.dead_lettered
                    + queue.empty_takes
                    << 24
                ) + (len(queue.subscriptions) + (queue.paused_subscriptions << 16) + (queue.is_paused << 23))
                queue_id = queue.ref.id
                if marks.get(queue_id) != mark:
                    marks[queue_id] = mark
                    sample = _queue_sample(queue)
                    before = tracked.put(queue_id, sample)
                    if before is None:
                        sums.begin(queue)
                    sums.change(before, sample, queue.bytes_held)
                    if before is None:
                        new.add(queue_id)
        if len(marks) > count:
            for queue_id in marks.keys() - {q.ref.id for v in vhosts for q in v.queues.values()}:
                del marks[queue_id]
                sums.change(tracked.drop(queue_id), None, 0)
        return new

    def _take_exchanges(self) -> None:
        """Sample the exchanges that changed. One declared anew under its old name is another one."""
        tracked, marks = self._exchanges, self._exchange_marks
        vhosts, count = self._engine.vhosts.values(), 0
        for vhost in vhosts:
            count += len(vhost.exchanges)
            for exchange in vhost.exchanges.values():
                mark = (exchange.published << 24) + len(exchange.outgoing)
                if marks.get(exchange) != mark:
                    marks[exchange] = mark
                    tracked.put((vhost.name, exchange.spec.name), _exchange_sample(vhost.name, exchange))
        if len(marks) > count:
            for exchange in marks.keys() - {e for vhost in vhosts for e in vhost.exchanges.values()}:
                del marks[exchange]
            for key in tracked.values.keys() - {(v.name, name) for v in vhosts for name in v.exchanges}:
                tracked.drop(key)

    def _take_connections(self, ids: Collection[int]) -> None:
        """Sample the connections that changed among these."""
        tracked, marks, connections = self._connections, self._connection_marks, self._engine.connections
        for connection_id in ids:
            connection = connections.get(connection_id)
            if connection is None:
                continue
            levels = len(connection.channels)
            for channel in connection.channels.values():
                levels += (len(channel.deliveries) << 40) + (len(channel.subscriptions) << 16)
            mark = (connection.published + connection.delivered << 80) + levels
            if marks.get(connection_id) != mark:
                marks[connection_id] = mark
                is_blocked = connection_id in self._blocked
                tracked.put(connection_id, _connection_sample(connection, is_blocked=is_blocked))
        if len(marks) > len(connections):
            for connection_id in marks.keys() - connections.keys():
                del marks[connection_id]
                tracked.drop(connection_id)

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

    def changed_queues(self) -> list[QueueSample]:
        """The queues whose sample is another one than at the tick before."""
        values = self._queues.values
        return [values[queue_id] for queue_id in self._queues.changed if queue_id in values]

    def published(self, vhost: str, queue: str) -> int:
        """How many messages ever came into a queue, at this moment; 0 if there is none."""
        host = self._engine.vhosts.get(vhost)
        found = host.queues.get(queue) if host else None
        return found.published if found is not None else 0

    def connection_name(self, connection_id: int) -> str:
        """What a connection that is open is called; "" for others."""
        found = self._engine.connections.get(connection_id)
        return found.info.name if found is not None else ""

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


class Sums:
    """Levels and counters of all queues together, kept up by what changes in each."""

    def __init__(self) -> None:
        self._levels = [0, 0, 0]
        self._counters = [0] * len(QUEUE_FIGURES)
        self._bytes: dict[int, int] = {}
        self._kinds: dict[int, QueueKind] = {}
        self._of_kinds: dict[QueueKind, list[int]] = {}

    def begin(self, queue: Queue) -> None:
        """A queue is new."""
        if (kind := queue.rules.kind) is not QueueKind.CLASSIC:
            self._kinds[queue.ref.id] = kind
            self._of_kinds.setdefault(kind, [0] * len(QUEUE_FIGURES))

    def change(self, before: QueueSample | None, after: QueueSample | None, bytes_held: int) -> None:
        """One queue's sample has replaced another (None: the queue is new, or gone)."""
        for sample, sign in ((before, -1), (after, 1)):
            if sample is not None:
                self._levels[0] += sign * sample.ready
                self._levels[1] += sign * sample.in_flight
                self._count(sample, sign)
        if after is not None:
            self._levels[-1] += bytes_held - self._bytes.get(after.id, 0)
            self._bytes[after.id] = bytes_held
        elif before is not None:
            self._levels[-1] -= self._bytes.pop(before.id)
            self._kinds.pop(before.id, None)

    def _count(self, sample: QueueSample, sign: int) -> None:
        kind = self._kinds.get(sample.id)
        sums = [self._counters] if kind is None else [self._counters, self._of_kinds[kind]]
        for place, value in enumerate(_figures(sample.counters)):
            for each in sums:
                each[place] += sign * value

    def _by_kind(self, engine: Engine) -> dict[str, Counters]:
        """What queues of each other kind have counted, those too that are gone."""
        found = dict(engine.retired_of)
        for kind, figures in self._of_kinds.items():
            found[kind] = found.get(kind, Counters()).plus(_counters(figures))
        return {kind.value: counters for kind, counters in found.items()}

    def totals(self, engine: Engine, tally: Tally, *, is_publishing_blocked: bool) -> Totals:
        """The broker as a whole: these sums, queues that are gone, and what is counted besides them."""
        ready, in_flight, bytes_held = self._levels
        queues = engine.retired.plus(_counters(self._counters))
        counters = replace(
            queues,
            published=engine.published,
            unroutable=engine.unroutable,
            sent_back=engine.sent_back,
            awaited=tally.awaited,
            confirmed=tally.confirmed,
            routed=queues.published - engine.enqueued_again + engine.refused,
        )
        return Totals(
            counters,
            ready,
            in_flight,
            len(self._bytes),
            len(engine.connections),
            bytes_held + engine.held_bytes,
            is_publishing_blocked,
            of_kinds=self._by_kind(engine),
        )


_figures: Callable[[Counters], tuple[int, ...]] = attrgetter(*QUEUE_FIGURES)


def _counters(figures: list[int]) -> Counters:
    return Counters(**dict(zip(QUEUE_FIGURES, figures, strict=True)))


def _queue_sample(queue: Queue) -> QueueSample:
    return QueueSample(
        queue.ref.id,
        queue.ref.vhost,
        queue.ref.name,
        queue.ready_count,
        queue.in_flight,
        len(queue.subscriptions),
        queue.spec.is_exclusive,
        queue.counters(),
        queue.is_paused,
        queue.paused_subscriptions,
    )


def _exchange_sample(vhost: str, exchange: Exchange) -> ExchangeSample:
    return ExchangeSample(
        vhost, exchange.spec.name, exchange.spec.kind, len(exchange.outgoing), exchange.published
    )


def _connection_sample(connection: Connection, *, is_blocked: bool) -> ConnectionSample:
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
        is_blocked,
        info.vhost,
        connection.accepted,
        connection.redelivered,
        connection.unroutable,
    )
