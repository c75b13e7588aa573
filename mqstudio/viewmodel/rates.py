"""Rates over time, of one queue or of the whole broker: seeded from history, continued by samples."""

from collections import deque
from dataclasses import dataclass, field

from mqstudio.model.rows import RateHistory
from mqstudio.model.samples import Counters
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.workspace import Workspace

POINTS_MAX = 4 * 60 * 15
"""A quarter of an hour at four samples a second; the broker remembers the rest."""


def _points() -> deque[float]:
    return deque(maxlen=POINTS_MAX)


@dataclass(slots=True)
class Series:
    """Points over time. Shape: equal lengths, oldest first; times in s since 1970, rates per second."""

    times_s: deque[float] = field(default_factory=_points)
    published: deque[float] = field(default_factory=_points)
    delivered: deque[float] = field(default_factory=_points)
    settled: deque[float] = field(default_factory=_points)
    depth: deque[float] = field(default_factory=_points)

    def add(self, at_s: float, rates: tuple[float, float, float], depth: float) -> None:
        """Append one point."""
        self.times_s.append(at_s)
        self.published.append(rates[0])
        self.delivered.append(rates[1])
        self.settled.append(rates[2])
        self.depth.append(depth)


class Rates:
    """What the graphs show. `changed()` after each point; `scope_changed()` when another thing is shown."""

    def __init__(self, workspace: Workspace) -> None:
        self.changed = Signal()
        self.scope_changed = Signal()
        self.scope: tuple[str, str] | None = None
        self.series = Series()
        self._workspace = workspace
        self._before: tuple[int, Counters] | None = None
        self._is_seeded = False
        workspace.sampled.connect(self._on_sampled)

    @property
    def title(self) -> str:
        """What is shown: a queue's name, or all queues."""
        return self.scope[1] if self.scope else "All queues"

    def show(self, scope: tuple[str, str] | None) -> None:
        """Show a queue (vhost, name), or everything (None). Follow with `seed()`."""
        if scope != self.scope:
            self.scope, self.series = scope, Series()
            self._is_seeded = False
            # From the last sample on: what happens before the next one is in neither history nor points.
            at_us = self._workspace.sample_at_us
            self._before = (at_us, self._now()[0]) if at_us else None
            self.scope_changed.emit()

    async def seed(self) -> None:
        """Put the broker's history before the points we have."""
        scope = self.scope
        queue, vhost = (scope[1], scope[0]) if scope else (None, "/")
        try:
            history = await self._workspace.client.history(queue, vhost=vhost)
        except ConnectionError:
            return  # the workspace tells that the broker has gone; nobody asked for this look
        if scope == self.scope and not self._is_seeded:
            self._is_seeded = True
            self._prepend(history)

    def _prepend(self, history: RateHistory) -> None:
        own, seeded = self.series, Series()
        first_s = own.times_s[0] if own.times_s else float("inf")
        for at_us, published, delivered, settled, depth in zip(
            history.times_us,
            history.published_per_s,
            history.delivered_per_s,
            history.settled_per_s,
            history.depth,
            strict=True,
        ):
            if at_us / 1e6 < first_s:
                seeded.add(at_us / 1e6, (published, delivered, settled), depth)
        for point in zip(own.times_s, own.published, own.delivered, own.settled, own.depth, strict=True):
            seeded.add(point[0], (point[1], point[2], point[3]), point[4])
        self.series = seeded
        self.changed.emit()

    def _on_sampled(self) -> None:
        counters, depth = self._now()
        at_us = self._workspace.sample_at_us
        if self._before and at_us > self._before[0]:
            seconds = (at_us - self._before[0]) / 1e6
            old = self._before[1]
            rates = (
                max(0, counters.published - old.published) / seconds,
                max(0, counters.delivered - old.delivered) / seconds,
                max(0, counters.settled - old.settled) / seconds,
            )
            if not self.series.times_s or self.series.times_s[-1] < at_us / 1e6:  # else the seed had it
                self.series.add(at_us / 1e6, rates, depth)
        self._before = (at_us, counters)
        self.changed.emit()

    def _now(self) -> tuple[Counters, int]:
        if self.scope is None:
            totals = self._workspace.totals
            return totals.counters, totals.ready + totals.in_flight
        queue = self._workspace.queue(*self.scope)
        return (queue.counters, queue.ready + queue.in_flight) if queue else (Counters(), 0)

    def current(self, over_s: float = 1.0) -> tuple[float, float, float, float]:
        """In, out and acked per second, averaged over the last `over_s`; and the depth now."""
        series = self.series
        if not series.times_s:
            return (0.0, 0.0, 0.0, float(self._now()[1]))
        since = series.times_s[-1] - over_s
        recent = sum(1 for at in list(series.times_s)[-20:] if at > since) or 1

        def mean(values: deque[float]) -> float:
            last = list(values)[-recent:]
            return sum(last) / len(last)

        return (mean(series.published), mean(series.delivered), mean(series.settled), series.depth[-1])
