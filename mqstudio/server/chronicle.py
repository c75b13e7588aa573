"""The rates of the last week: what happened to all of the broker, its queues, clients and consumers.

Steps hold counts, not rates: longer steps are sums of shorter ones, and nothing is lost when they are made.
Where nothing happens nothing is added. What is old enough is told in longer steps (`model/rates.py` has the
tiers); those that are whole are given to the store, which has them after a restart.
"""

from collections import OrderedDict, deque
from collections.abc import Collection, Iterable, Iterator
from itertools import takewhile

import msgspec

from mqstudio.engine.channel import Connection
from mqstudio.engine.engine import Engine
from mqstudio.model.histogram import Histogram
from mqstudio.model.limits import RATE_ANSWER_STEPS, RATE_SCOPES_MAX, RATE_SCOPES_WRITTEN, RATE_STEPS_MAX
from mqstudio.model.rates import SECOND_US, TIERS, TOTAL, RateStep, Scope, ScopeKind, joined
from mqstudio.model.samples import QueueSample, Totals
from mqstudio.server.latencies import Latencies

Counts = tuple[int, int, int, int, int]
"""Published, delivered, settled, redelivered, unroutable; ever since."""

Seen = tuple[Counts, int, int]
"""What is counted of a scope, how many messages it has, and how many of them in flight."""

Written = tuple[Scope, int, RateStep]
"""For the store: whose step it is, of which length, and the step."""

_NOTHING: Seen = ((0, 0, 0, 0, 0), 0, 0)
_EARLY_US = SECOND_US // 10
"""A step that is due within this time is closed now: samples are not to the microsecond."""

NEVER_US = 2**62

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(RateStep).decode


class Track:
    """The steps of one scope, packed, by tier; and what the longer ones under way have so far."""

    __slots__ = ("pending", "tiers")

    def __init__(self) -> None:
        self.tiers: list[deque[bytes]] = [deque() for _ in TIERS]
        self.pending: list[RateStep | None] = [None for _ in TIERS]

    def add(self, step: RateStep) -> tuple[int, list[tuple[int, RateStep]]]:
        """Take the newest step; by how many there are more now, and those longer ones that are whole."""
        self.tiers[0].append(_pack(step))
        whole = self.close(step.at_us)
        for place, pending in enumerate(self.pending[1:], 1):
            self.pending[place] = step if pending is None else joined(pending, step)
        return 1 + len(whole) - self._age(step.at_us), whole

    def close(self, now_us: int, *, is_last: bool = False) -> list[tuple[int, RateStep]]:
        """End the steps under way that do not reach to this moment, or all."""
        whole = []
        for place, tier in enumerate(TIERS):
            pending = self.pending[place]
            if pending is None:
                continue
            if is_last or _slot(pending.at_us, tier.step_us) != _slot(now_us, tier.step_us):
                self.tiers[place].append(_pack(pending))
                self.pending[place] = None
                whole.append((tier.step_us, pending))
        return whole

    def _age(self, now_us: int) -> int:
        """Forget what is too old for its tier; how much that was."""
        gone = 0
        for steps, tier in zip(self.tiers, TIERS, strict=True):
            while steps and _unpack(steps[0]).at_us <= now_us - tier.keep_us:
                steps.popleft()
                gone += 1
        return gone

    def shorten(self) -> int:
        """Forget the older half; how much that was."""
        gone = 0
        for steps in self.tiers:
            for _ in range(len(steps) // 2):
                steps.popleft()
                gone += 1
        return gone

    def newest(self, place: int) -> Iterator[RateStep]:
        """The steps of a tier, newest first; the one under way before them."""
        pending = self.pending[place]
        if pending is not None:
            yield pending
        yield from map(_unpack, reversed(self.tiers[place]))

    def oldest(self, place: int) -> RateStep | None:
        """The oldest step of a tier."""
        return _unpack(self.tiers[place][0]) if self.tiers[place] else self.pending[place]

    def __len__(self) -> int:
        return sum(map(len, self.tiers))


class Chronicle:
    """Steps of every scope that something happened to. `note` at each sample; `take_whole` for the store."""

    def __init__(self, engine: Engine, latencies: Latencies) -> None:
        self._engine = engine
        self._latencies = latencies
        self._tracks: OrderedDict[Scope, Track] = OrderedDict()
        """Those that moved last come last."""
        self._before: dict[Scope, Seen] = {}
        self._queues: dict[int, QueueSample] = {}
        self._connections: set[int] = set()
        """What changed in the step under way."""
        self._whole: list[Written] = []
        self._began_us = self._closed_us = 0
        self._steps = 0

    def begin(self, now_us: int) -> None:
        """What was counted before is not of this time: a broker begins with the counters of the last one."""
        engine, retired = self._engine, self._engine.retired
        queues = [queue for vhost in engine.vhosts.values() for queue in vhost.queues.values()]
        for queue in queues:
            counts = (queue.published, queue.delivered, queue.settled, queue.redeliveries, 0)
            self._before[Scope(ScopeKind.QUEUE, queue.ref.id)] = (counts, queue.ready_count, 0)
        counts = (
            engine.published,
            retired.delivered + sum(queue.delivered for queue in queues),
            retired.settled + sum(queue.settled for queue in queues),
            retired.redelivered + sum(queue.redeliveries for queue in queues),
            engine.unroutable,
        )
        self._before[TOTAL] = (counts, sum(queue.ready_count for queue in queues), 0)
        self._began_us = now_us

    def note(
        self, now_us: int, totals: Totals, queues: Iterable[QueueSample], connections: Collection[int]
    ) -> None:
        """A sample was taken: what changed with it. Once a second a step is made of that."""
        self._latencies.tick()
        self._queues.update((queue.id, queue) for queue in queues)
        self._connections.update(connections)
        if not self._began_us:
            self._began_us = now_us - SECOND_US // 4
        if now_us - self._began_us >= SECOND_US - _EARLY_US:
            self._make_steps(now_us, totals)
            self._began_us = now_us

    def _make_steps(self, now_us: int, totals: Totals) -> None:
        took, one_in = self._latencies.take()
        for scope, seen in self._counted(totals):
            before = self._before.get(scope, _NOTHING)
            waits, holds = took.get(scope, (None, None))
            if seen != before or waits or holds:
                self._before[scope] = seen
                counts, depth, in_flight = seen
                published, delivered, settled, redelivered, unroutable = (
                    max(0, new - old) for new, old in zip(counts, before[0], strict=True)
                )
                step = RateStep(
                    now_us,
                    now_us - self._began_us,
                    published,
                    delivered,
                    settled,
                    redelivered,
                    unroutable,
                    depth,
                    in_flight,
                    waits.pack() if waits else b"",
                    holds.pack() if holds else b"",
                    one_in if waits or holds else 1,
                )
                self._add(scope, step)
        self._queues.clear()
        self._connections.clear()
        if _slot(now_us, TIERS[1].step_us) != _slot(self._closed_us, TIERS[1].step_us):
            self._close(now_us)

    def _counted(self, totals: Totals) -> Iterator[tuple[Scope, Seen]]:
        """Scopes that may have moved."""
        c = totals.counters
        counts = (c.published, c.delivered, c.settled, c.redelivered, c.unroutable)
        yield TOTAL, (counts, totals.ready + totals.in_flight, totals.in_flight)
        for queue in self._queues.values():
            c = queue.counters
            counts = (c.published, c.delivered, c.settled, c.redelivered, 0)
            depth = queue.ready + queue.in_flight
            yield Scope(ScopeKind.QUEUE, queue.id), (counts, depth, queue.in_flight)
        for connection_id in self._connections:
            connection = self._engine.connections.get(connection_id)
            if connection is not None:
                yield from _of_connection(connection)

    def _add(self, scope: Scope, step: RateStep) -> None:
        track = self._tracks.get(scope)
        if track is None:
            track = self._tracks[scope] = Track()
        self._tracks.move_to_end(scope)
        more, whole = track.add(step)
        self._steps += more
        self._whole += [(scope, step_us, each) for step_us, each in whole]
        while len(self._tracks) > RATE_SCOPES_MAX:
            least = next(each for each in self._tracks if each != TOTAL)
            self._steps -= len(self._tracks.pop(least))
        if self._steps > RATE_STEPS_MAX:
            self._steps -= max(self._tracks.values(), key=len).shorten()

    def _close(self, now_us: int, *, is_last: bool = False) -> None:
        """End steps under way whose time has passed: what rests has its last one written, too."""
        self._closed_us = now_us
        for scope, track in self._tracks.items():
            whole = track.close(now_us, is_last=is_last)
            self._steps += len(whole)
            self._whole += [(scope, step_us, each) for step_us, each in whole]
        if len(self._before) > 2 * RATE_SCOPES_MAX:
            self._forget_gone()

    def _forget_gone(self) -> None:
        engine = self._engine
        subscriptions = (
            each for channel in engine.channels.values() for each in channel.subscriptions.values()
        )
        there = {
            TOTAL,
            *(Scope(ScopeKind.QUEUE, q.ref.id) for v in engine.vhosts.values() for q in v.queues.values()),
            *(Scope(ScopeKind.CLIENT, each) for each in engine.connections),
            *(Scope(ScopeKind.CONSUMER, each.ref.id) for each in subscriptions),
        }
        for scope in self._before.keys() - there:
            del self._before[scope]

    # ---- for the store and for those who ask

    def take_whole(self, *, is_last: bool = False) -> list[Written]:
        """The longer steps that have become whole since the last call; all under way if the broker ends."""
        if is_last:
            self._close(self._closed_us, is_last=True)
        whole, self._whole = self._whole, []
        scopes = {scope for scope, _, _ in whole}
        if len(scopes) > RATE_SCOPES_WRITTEN:
            liveliest = sorted(whole, key=lambda each: each[2].published + each[2].delivered, reverse=True)
            kept = {TOTAL}
            for scope, _, _ in liveliest:
                if len(kept) < RATE_SCOPES_WRITTEN:
                    kept.add(scope)
            whole = [each for each in whole if each[0] in kept]
        return whole

    def steps(self, scope: Scope, place: int, since_us: int, until_us: int) -> list[RateStep]:
        """The steps of a tier that end within a time, oldest first."""
        track = self._tracks.get(scope)
        if track is None:
            return []
        newer = takewhile(lambda step: step.at_us > since_us, track.newest(place))
        return [step for step in newer if step.at_us <= until_us][::-1]

    def begins_us(self, scope: Scope, place: int) -> int:
        """Since when all that happened to something is told by a tier; far from now if it knows nothing."""
        track = self._tracks.get(scope)
        oldest = track.oldest(place) if track is not None else None
        return oldest.at_us - oldest.length_us if oldest is not None else NEVER_US

    def recent_holds(self, scope: Scope, now_us: int) -> bytes:
        """How long it took to accept in the last minute or two, packed."""
        place = len(TIERS) - 1
        told = self.steps(scope, place, now_us - 2 * TIERS[place].step_us, now_us)
        return Histogram.of(step.holds for step in told).pack()


def fitting_tier(step_us: int, length_us: int) -> int:
    """The tier for steps about so long, of which not too many fit into so long a time."""
    place = max((place for place, tier in enumerate(TIERS) if tier.step_us <= step_us), default=0)
    while place + 1 < len(TIERS) and length_us / TIERS[place].step_us > RATE_ANSWER_STEPS:
        place += 1
    return place


def _of_connection(connection: Connection) -> Iterator[tuple[Scope, Seen]]:
    channels = connection.channels.values()
    held = sum(len(channel.deliveries) for channel in channels)
    counts = (
        connection.published,
        connection.delivered,
        connection.accepted,
        connection.redelivered,
        connection.unroutable,
    )
    yield Scope(ScopeKind.CLIENT, connection.id), (counts, held, held)
    for channel in channels:
        for each in channel.subscriptions.values():
            counts = (0, each.delivered, each.accepted, each.redelivered, 0)
            held = each.open_deliveries
            yield Scope(ScopeKind.CONSUMER, each.ref.id), (counts, held, held)


def _slot(at_us: int, step_us: int) -> int:
    """In which step of this length a moment falls; what ends with a step is in it."""
    return (at_us - 1) // step_us
