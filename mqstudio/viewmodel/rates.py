"""Rates and latencies over time, of all queues, one queue, a client or a consumer: bins that charts draw.

What has happened comes from the broker, once a second while something moves and somebody looks. Only the
latest bins are asked for again; where nothing moves nothing is asked.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.histogram import Histogram
from mqstudio.model.queries import GetHistory
from mqstudio.model.rate_bins import LEVELS, RATES, RateBin, bins_of
from mqstudio.model.rates import SECOND_US, ScopeKind
from mqstudio.model.rows import RateHistory
from mqstudio.viewmodel.rate_scopes import ALL_QUEUES, Shown, counters_of
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.wording import duration
from mqstudio.viewmodel.workspace import Workspace


class Span(NamedTuple):
    """How far back a chart goes, in bins of which length."""

    title: str
    length_us: int
    width_us: int


SPANS: Final = (
    Span("1 m", 60 * SECOND_US, SECOND_US),
    Span("5 m", 300 * SECOND_US, SECOND_US),
    Span("15 m", 900 * SECOND_US, 5 * SECOND_US),
    Span("1 h", 3_600 * SECOND_US, 10 * SECOND_US),
    Span("6 h", 21_600 * SECOND_US, 60 * SECOND_US),
    Span("1 d", 86_400 * SECOND_US, 300 * SECOND_US),
    Span("7 d", 7 * 86_400 * SECOND_US, 1_800 * SECOND_US),
)
BINS_MAX: Final = 400
SHARES: Final = (0.5, 0.95, 0.99)
METRICS: Final = (*RATES, *LEVELS)

LATE_US: Final = 2_500_000
"""The broker tells of what has happened within this time; what it has not told of then did not happen."""

ENOUGH: Final = 5
"""The bin under way is shown once one in so many of its seconds is known."""

NOTHING: Final = RateHistory([], [], [], [], [])


class Rates:
    """What the charts show.

    changed(): new bins, or another selection. scope_changed(): another thing is shown. wants_refresh():
    somebody should run `refresh()`.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.changed = Signal()
        self.scope_changed = Signal()
        self.wants_refresh = Signal()
        self.shown = ALL_QUEUES
        self.span = SPANS[0]
        self.metrics = {"published", "delivered", "settled", "depth", "in_flight"}
        self.bins: list[RateBin] = []
        self.selection: tuple[int, int] | None = None
        self.zoomed: tuple[int, int] | None = None
        """A time of the past that is looked at; None: the charts go on."""
        self.problem = ""
        self._workspace = workspace
        self._is_visible = False
        self._is_asking = False
        self._told_until_us = self._known_until_us = 0
        self._asked_at_us = self._stirred_at_us = 0
        self._seen: object = None
        workspace.sampled.connect(self._on_sampled)
        workspace.state_changed.connect(self._on_state_changed)

    # ---- what is shown

    @property
    def scope(self) -> tuple[str, str] | None:
        """The queue that is shown, if it is one: virtual host, name."""
        return (self.shown.vhost, self.shown.name) if self.shown.kind is ScopeKind.QUEUE else None

    @property
    def title(self) -> str:
        """What is shown, for people."""
        return self.shown.title

    def show(self, shown: Shown) -> None:
        """Show something else."""
        if shown != self.shown:
            self.shown = shown
            self._begin_anew()
            self.scope_changed.emit()

    def set_span(self, span: Span) -> None:
        """Go back another time, up to now."""
        self.span, self.zoomed = span, None
        self._begin_anew()

    def zoom(self) -> None:
        """Look closely at what is selected; it stays as it is."""
        if self.selection is not None:
            self.zoomed, self.selection = self.selection, None
            self._begin_anew()

    def go_on(self) -> None:
        """Show what happens now again."""
        if self.zoomed is not None:
            self.zoomed = None
            self._begin_anew()

    def select(self, from_us: int, until_us: int) -> None:
        """Mark a time; an empty one marks nothing."""
        self.selection = (from_us, until_us) if until_us > from_us else None
        self.changed.emit()

    def set_metric(self, name: str, *, is_shown: bool) -> None:
        """Draw a line, or leave it out."""
        (self.metrics.add if is_shown else self.metrics.discard)(name)
        self.changed.emit()

    def set_visible(self, is_visible: bool) -> None:
        """Charts that nobody sees ask for nothing."""
        self._is_visible = is_visible
        if is_visible:
            self._seen = None
            self._on_sampled()

    def _begin_anew(self) -> None:
        self.bins, self.problem, self._seen = [], "", None
        self._told_until_us = self._known_until_us = self._asked_at_us = 0
        self.changed.emit()
        self._on_sampled()

    # ---- times

    @property
    def width_us(self) -> int:
        """How long a bin is."""
        if self.zoomed is None:
            return self.span.width_us
        length_us = self.zoomed[1] - self.zoomed[0]
        return max(SECOND_US, -(-length_us // (BINS_MAX * SECOND_US)) * SECOND_US)

    @property
    def times_us(self) -> tuple[int, int]:
        """From when to when the charts go; the end moves by whole bins."""
        if self.zoomed is not None:
            return self.zoomed
        end_us = -(-self._workspace.now_us() // self.width_us) * self.width_us
        return end_us - self.span.length_us, end_us

    def known_bins(self) -> list[RateBin]:
        """Bins of which all is known, or enough of the last one, oldest first."""
        known_us = max(self._told_until_us, self._workspace.now_us() - LATE_US)
        least_us = self.width_us // ENOUGH
        return [each for each in self.bins if min(each.until_us, known_us) - each.from_us >= least_us]

    # ---- asking

    def _on_state_changed(self) -> None:
        if self._workspace.is_live:
            self._begin_anew()

    def _on_sampled(self) -> None:
        if not self._is_visible or not self._workspace.is_live:
            return
        now_us = self._workspace.now_us()
        totals = self._workspace.totals
        seen = (totals.counters, totals.ready, totals.in_flight)
        has_moved = seen != self._seen
        if has_moved:
            self._seen, self._stirred_at_us = seen, now_us
        is_moving = now_us - self._stirred_at_us <= LATE_US
        is_due = now_us - self._asked_at_us >= max(SECOND_US, self.width_us // 6)
        if (is_moving and is_due and not self._is_asking) and (self.zoomed is None or not self.bins):
            self._asked_at_us = now_us
            self.wants_refresh.emit()
        elif self.bins and self.zoomed is None and now_us > self.bins[-1].until_us:
            self._put(NOTHING, self.bins[-1].from_us, keep=True)
        elif has_moved:  # levels are those of now
            self.changed.emit()

    async def refresh(self) -> None:
        """Ask for what is new."""
        shown, zoomed, width_us = self.shown, self.zoomed, self.width_us
        since_us, until_us = self.times_us
        if self.bins and zoomed is None:
            since_us = max(since_us, (self._known_until_us // width_us - 1) * width_us)
        known_us = self._workspace.now_us() - LATE_US
        wanted = GetHistory(
            shown.name if shown.kind is ScopeKind.QUEUE else None,
            shown.vhost or "/",
            width_us,
            since_us - width_us,
            until_us,
            shown.kind if shown.kind in (ScopeKind.CLIENT, ScopeKind.CONSUMER) else None,
            shown.id,
        )
        self._is_asking, history, problem = True, NOTHING, ""
        try:
            history = await self._workspace.client.rates(wanted)
        except ConnectionError:
            return  # the workspace tells that the broker has gone; nobody asked for this look
        except RefusedError as error:
            if error.why is not Refusal.NO_SUCH_QUEUE:
                problem = error.says
        finally:
            self._is_asking = False
        if (shown, zoomed, width_us) == (self.shown, self.zoomed, self.width_us):
            self.problem = problem
            if history.times_us:
                self._told_until_us = max(self._told_until_us, history.times_us[-1])
            self._known_until_us = max(self._told_until_us, known_us)
            self._put(history, since_us)

    def _put(self, history: RateHistory, since_us: int, *, keep: bool = False) -> None:
        """Put bins from a time on in the place of those there. keep: but for those that are there."""
        width_us = self.width_us
        from_us, until_us = self.times_us
        cut_us = since_us // width_us * width_us
        kept = [each for each in self.bins if from_us <= each.from_us < cut_us + (width_us if keep else 0)]
        begin_us = kept[-1].until_us if kept else cut_us
        new = bins_of(history, begin_us, until_us, width_us)
        _stretch(new, self._told_until_us)
        if new and kept:
            for name in LEVELS:
                _carry(name, kept[-1], new)
        self.bins = kept + new
        self.changed.emit()

    # ---- figures

    def current(self) -> dict[str, float]:
        """Messages per second in the last bin that is known, and levels now."""
        known = self.known_bins()
        rates = dict.fromkeys(RATES, 0.0) | (known[-1].per_s if known else {})
        depth, in_flight = counters_of(self._workspace, self.shown)
        last = known[-1].levels if known else dict.fromkeys(LEVELS)
        levels = {"depth": last["depth"] if depth is None else depth}
        levels["in_flight"] = last["in_flight"] if in_flight is None else in_flight
        return rates | {name: float(value or 0) for name, value in levels.items()}

    def chosen_bins(self) -> list[RateBin]:
        """The bins within the selection; all if there is none."""
        if self.selection is None:
            return self.bins
        from_us, until_us = self.selection
        return [each for each in self.bins if each.until_us > from_us and each.from_us < until_us]

    def took(self, name: str) -> tuple[list[int | None], int, int]:
        """Percentiles of waits or holds in what is chosen, in µs; of how many; one in how many was timed."""
        chosen = self.chosen_bins()
        total = Histogram()
        for each in chosen:
            for bucket, count in each.times[name].counts.items():
                total.counts[bucket] = total.counts.get(bucket, 0) + count
        one_in = max((each.one_in for each in chosen), default=1)
        return [total.percentile(share) for share in SHARES], total.total, one_in

    def as_rows(self) -> list[list[str]]:
        """What is chosen, for a spreadsheet: headings, then a row for each bin."""
        names = [f"{name}_per_s" for name in RATES]
        took = [f"{what}_p{share * 100:.0f}_us" for what in ("wait", "ack") for share in SHARES]
        return [
            ["from_us", "until_us", *names, *LEVELS, *took, "timed_one_in"],
            *self._rows(self.chosen_bins()),
        ]

    def _rows(self, bins: Iterable[RateBin]) -> Iterable[list[str]]:
        for each in bins:
            rates = [f"{each.per_s[name]:.3f}" for name in RATES]
            levels = ["" if each.levels[name] is None else str(each.levels[name]) for name in LEVELS]
            took = [each.percentile(name, share) for name in ("waits", "holds") for share in SHARES]
            times = ["" if value is None else str(value) for value in took]
            yield [str(each.from_us), str(each.until_us), *rates, *levels, *times, str(each.one_in)]


def latency(value_us: float) -> str:
    """How long something took: as other durations, with microseconds below one millisecond."""
    return f"{value_us:.0f} µs" if 0 < value_us < 1_000 else duration(round(value_us))


def _stretch(bins: Sequence[RateBin], told_until_us: int) -> None:
    """Rates of the bin under way are those of the part that is known."""
    for each in bins:
        if each.from_us < told_until_us < each.until_us:
            share = (told_until_us - each.from_us) / (each.until_us - each.from_us)
            each.per_s = {name: value / share for name, value in each.per_s.items()}


def _carry(name: str, before: RateBin, after: Sequence[RateBin]) -> None:
    """Levels stay as they were until something is known of them."""
    for each in after:
        if each.levels[name] is not None:
            break
        each.levels[name] = before.levels[name]
