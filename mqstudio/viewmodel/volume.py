"""The bars above a queue's table: how many messages came when, by what became of them; a marked time.

The whole of what is kept is counted once, newest first, while bars grow backwards. What has ended stays as it
is; so afterwards only messages from the oldest that lives on are counted again, when the queue has moved. The
part of time that is marked becomes a part of the filter, and with it of all that is done with what is shown.
"""

from typing import Final

from msgspec import Struct

from mqstudio.model import volume as v
from mqstudio.model.errors import RefusedError
from mqstudio.model.filters.syntax import parse
from mqstudio.model.filters.tree import Any as AnyOf
from mqstudio.model.queries import GetVolume
from mqstudio.model.samples import QueueSample
from mqstudio.viewmodel.queue_page import QueuePage
from mqstudio.viewmodel.rate_scopes import time_filter
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.wording import clock, counted
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

FINEST_US: Final = 100_000
STEPS_MAX: Final = 4_000
"""Steps of time that are kept; with more, each becomes twice as long."""

AGAIN_US: Final = 1_000_000
DUTY: Final = 20
"""Counted again at most once a second, and for no more than a twentieth of the time."""

ANEW_US: Final = 30_000_000
ANEW_TIMES: Final = 50
"""So often at most all is counted anew: the ledger forgets, and what was purged may come back."""

LEAST_SPAN_US: Final = 10_000_000
"""So much time is shown at least."""


class Switch:
    """Whether bars are shown above the tables."""

    def __init__(self) -> None:
        self.changed = Signal()
        self.is_on = True

    def put(self, is_on: bool) -> None:
        """Show them, or do not."""
        if is_on != self.is_on:
            self.is_on = is_on
            self.changed.emit()


class Bar(Struct, frozen=True):
    """What is drawn for a stretch of time: counts in the order of OUTCOMES."""

    from_us: int
    until_us: int
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """How many messages were published in it."""
        return sum(self.counts)


class _Part(Struct):
    """The count of the messages from an id on, up to the part before."""

    from_id: int
    bins: v.Bins


def outcome_titles() -> tuple[str, ...]:
    """The outcomes in words, in their order."""
    return (
        tr("acked"), tr("rejected"), tr("expired"), tr("dead-lettered"), tr("dropped"), tr("removed"),
        tr("waiting"), tr("in flight"),
    )  # fmt: skip


class VolumePanel:
    """The timeline of one queue's page.

    changed(): other bars, or another part is marked. wants_refresh(): somebody should run `refresh()`.
    done_share: how much is counted, 1 when all is. selection: from and until, µs.
    """

    def __init__(self, workspace: Workspace, page: QueuePage) -> None:
        self.changed = Signal()
        self.wants_refresh = Signal()
        self.page = page
        self.step_us = FINEST_US
        self.selection: tuple[int, int] | None = None
        self.done_share = 0.0
        self.recorded_one_in = 1
        self.is_seen = False
        self.problem = ""
        self._workspace = workspace
        self._settled: _Part = _Part(0, {})
        self._parts: list[_Part] = []
        """Those that may change, newest first; what is older is settled."""
        self._settled_id = 0
        self._is_counting = False
        self._counted_at_us = self._took_us = self._anew_at_us = 0
        self._seen: QueueSample | None = None
        self._bins: v.Bins | None = None
        self._drawn_us = 0
        self._clause = ""
        workspace.sampled.connect(self._on_sampled)
        page.filter.applied.connect(self._on_filter)

    def set_seen(self, is_seen: bool) -> None:
        """Whether anybody looks; for nobody nothing is counted."""
        self.is_seen = is_seen
        self._on_sampled()

    def _on_sampled(self, *_: object) -> None:
        sample = self.page.sample
        if not (self.is_seen and self.page.is_visible and self._workspace.is_live) or self._is_counting:
            return
        if sample == self._seen and self.done_share >= 1.0:
            self._go_on()
            return
        rest_us = max(AGAIN_US, DUTY * self._took_us) if self.done_share >= 1.0 else 0
        if self._workspace.now_us() - self._counted_at_us >= rest_us:
            self.wants_refresh.emit()

    def _go_on(self) -> None:
        """Time goes on, and with it the axis; it is drawn again when that can be seen."""
        from_us, until_us = self.span()
        if self._workspace.now_us() - self._drawn_us > max(AGAIN_US, (until_us - from_us) / self.bars_most):
            self.changed.emit()

    # ---- counting

    async def refresh(self) -> None:
        """Count all that may have changed, the first time everything."""
        if self._is_counting:
            return
        self._is_counting = True
        began_us, self._seen = self._workspace.now_us(), self.page.sample
        try:
            await self._count()
            self.problem = ""
        except RefusedError as error:
            self.problem, self.done_share = error.says, 1.0
        finally:
            self._is_counting = False
            self._counted_at_us = self._workspace.now_us()
            self._took_us = self._counted_at_us - began_us
        self.changed.emit()

    async def _count(self) -> None:
        """From the newest message down to what is settled."""
        parts: list[_Part] = []
        before_id: int | None = None
        oldest_live = None
        is_first = self.done_share < 1.0
        is_anew = self._workspace.now_us() - self._anew_at_us >= max(ANEW_US, ANEW_TIMES * self._took_us)
        settled = _Part(0, {}) if is_anew else self._settled
        down_to_id = 0 if is_anew else self._settled_id
        while True:
            told = await self._workspace.client.volume(
                GetVolume(self.page.queue, self.page.vhost, self.step_us, before_id, down_to_id)
            )
            if told.first_live_id is not None:
                oldest_live = told.first_live_id
            parts.append(_Part(told.next_id or down_to_id, told.bins))
            self.recorded_one_in = told.recorded_one_in
            before_id = told.next_id
            if is_first or before_id is None:
                self._parts, self._settled = parts, settled
                self._coarsen()
                self._bins = None
            if before_id is None:
                break
            if is_first:
                self.done_share = min(told.done_share, 0.999)
                self.changed.emit()
            if not self.is_seen:
                return  # begun anew when somebody looks again
        if is_anew:
            self._settled_id, self._anew_at_us = 0, self._workspace.now_us()
        self._settle(oldest_live)
        self.done_share = 1.0

    def _settle(self, oldest_live: int | None) -> None:
        """Parts in which nothing lives do not change any more."""
        while len(self._parts) > 1 and (oldest_live is None or self._parts[-2].from_id <= oldest_live):
            v.add(self._settled.bins, self._parts.pop().bins)
            self._settled_id = self._parts[-1].from_id

    def _coarsen(self) -> None:
        """Longer steps, if there are too many."""
        while True:
            steps = [step for part in (*self._parts, self._settled) for step in part.bins]
            if not steps or max(steps) - min(steps) < STEPS_MAX:
                return
            self.step_us *= 2
            for part in (*self._parts, self._settled):
                part.bins = v.coarser(part.bins, 2)

    def bins(self) -> v.Bins:
        """All that is counted, in steps of `step_us`."""
        if self._bins is None:
            self._bins = {}
            for part in (*self._parts, self._settled):
                v.add(self._bins, part.bins)
        return self._bins

    # ---- what is drawn

    def span(self) -> tuple[int, int]:
        """The time that is shown: from the first message that is kept until now."""
        now_us = self._workspace.now_us()
        steps = self.bins()
        from_us = min(steps) * self.step_us if steps else now_us - LEAST_SPAN_US
        until_us = max(now_us, (max(steps) + 1) * self.step_us if steps else now_us)
        return min(from_us, until_us - LEAST_SPAN_US), until_us

    def bars(self, most: int) -> list[Bar]:
        """At most about so many bars of equal length, those of nothing left out."""
        from_us, until_us = self.span()
        self._drawn_us = self._workspace.now_us()
        times = 1
        while (until_us - from_us) / (self.step_us * times) > max(1, most):
            times *= 2
        length = self.step_us * times
        bins = v.coarser(self.bins(), times)
        return [
            Bar(step * length, (step + 1) * length, tuple(counts)) for step, counts in sorted(bins.items())
        ]

    def totals(self) -> list[int]:
        """How many there are of each outcome: in the marked part, or in all."""
        sums = [0] * len(v.OUTCOMES)
        for step, counts in self.bins().items():
            if self._is_marked(step):
                for place, number in enumerate(counts):
                    sums[place] += number
        return sums

    def _is_marked(self, step: int) -> bool:
        at_us = step * self.step_us
        return self.selection is None or self.selection[0] <= at_us < self.selection[1]

    def says(self, at_us: int = 0) -> str:
        """What is counted, in words: of the bar at a moment, of the marked part, or of all."""
        if self.problem:
            return self.problem
        if at_us:
            bar = next(
                (bar for bar in self.bars(self.bars_most) if bar.from_us <= at_us < bar.until_us), None
            )
            when = clock(at_us)
            return f"{when}: {_words(bar.counts)}" if bar is not None else f"{when}: {tr('nothing')}"
        words = _words(self.totals())
        if self.selection is not None:
            begin, end = (clock(each) for each in self.selection)
            words = f"{begin} – {end}: {words}"
        if self.done_share < 1.0:
            words += f" · {tr('counting, {done} %', done=int(100 * self.done_share))}"
        if self.recorded_one_in > 1:
            words += f" · {tr('of what ended one in {n} is recorded', n=self.recorded_one_in)}"
        return words

    bars_most = 240
    """How many bars are drawn; the widget knows how many fit."""

    # ---- marking

    def mark(self, from_us: int, until_us: int) -> None:
        """Mark a part of the time, without filtering yet; the same moment twice: none."""
        selection = (from_us, until_us) if until_us > from_us else None
        if selection != self.selection:
            self.selection = selection
            self.changed.emit()

    def apply(self) -> None:
        """Show what was published in the marked time only, beside what the filter asks for; or in any."""
        line = self.page.filter
        rest = self._without_clause(line.active)
        if self.selection is None:
            if self._clause:
                self._clause = ""
                line.use(rest)
            return
        clause = time_filter(*self.selection)
        if clause == self._clause and clause in line.active:
            return
        self._clause = clause
        if rest:
            rest = f"({rest})" if isinstance(parse(rest), AnyOf) else rest
        line.use(f"{rest} and {clause}" if rest else clause)

    def _without_clause(self, text: str) -> str:
        """A filter without the time that was marked before."""
        if not self._clause or self._clause not in text:
            return text
        rest = text.replace(self._clause, "").strip()
        rest = rest.removesuffix("and").removeprefix("and").strip()
        if rest.startswith("(") and rest.endswith(")") and _is_one(rest):
            rest = rest[1:-1]
        return rest

    def _on_filter(self, active: str) -> None:
        """Somebody has changed the filter by hand: the mark goes with its clause."""
        if self._clause and self._clause not in active:
            self._clause = ""
            self.mark(0, 0)


def _is_one(text: str) -> bool:
    """Whether the brackets at both ends belong together."""
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return place == len(text) - 1
    return False


def _words(counts: list[int] | tuple[int, ...]) -> str:
    """`312 messages: 281 acked, 27 expired`."""
    said = [f"{number:,} {title}" for number, title in zip(counts, outcome_titles(), strict=True) if number]
    total = counted(sum(counts), tr("message"), tr("messages"))
    return f"{total}: {', '.join(said)}" if said else total
