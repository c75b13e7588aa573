"""The messages of one queue: newest first, kept fresh only where the user looks.

What is read, and when, is up to `Reading`; here is what the user set: filters, pause, selection. While the
user looks at the top, new messages appear by themselves; scrolled down they are counted. Paused, nothing is
refreshed; the broker and its ledger go on. Looking never changes a message.
"""

from enum import StrEnum

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.rows import MessageRow, MessageState
from mqstudio.model.samples import QueueSample
from mqstudio.model.topology import DestinationKind
from mqstudio.viewmodel.bindings import Bindings
from mqstudio.viewmodel.colour_rules import ColourRules, RowRules
from mqstudio.viewmodel.consumers import Consumers
from mqstudio.viewmodel.filter_line import FilterLine
from mqstudio.viewmodel.hearing import Hearing
from mqstudio.viewmodel.message_values import ValueCache
from mqstudio.viewmodel.outcome_map import OutcomeMap
from mqstudio.viewmodel.queue_page_columns import QueueColumns, first_places
from mqstudio.viewmodel.queue_page_reading import PAGE_ROWS, ROWS_MAX, Reading, Wanted
from mqstudio.viewmodel.rules_words import Chip, queue_chips
from mqstudio.viewmodel.saved_filters import SavedFilters
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.table_layout import TableLayouts
from mqstudio.viewmodel.workspace import Workspace

__all__ = ["PAGE_ROWS", "ROWS_MAX", "QueuePage", "StateFilter"]

REFRESH_INTERVAL_US = 200_000
"""At most five refreshes a second, however fast the queue moves."""

FILTERED_INTERVAL_US = 1_000_000
"""With a filter each costs the broker a moment's search: one a second."""


class StateFilter(StrEnum):
    """The chips above the table."""

    ALL = "All"
    READY = "Ready"
    IN_FLIGHT = "In flight"
    DONE = "Done"
    DROPPED = "Dropped"
    DEAD = "Dead"


_STATES: dict[StateFilter, tuple[MessageState, ...]] = {
    StateFilter.ALL: (),
    StateFilter.READY: (MessageState.READY,),
    StateFilter.IN_FLIGHT: (MessageState.IN_FLIGHT,),
    StateFilter.DONE: (MessageState.DONE,),
    StateFilter.DROPPED: (MessageState.DROPPED, MessageState.PURGED),
    StateFilter.DEAD: (MessageState.DEAD_LETTERED,),
}


class QueuePage:
    """The table of one queue.

    changed(): anything beside the rows did. wants_refresh(): somebody should run `refresh()`;
    asked again only after it ended.
    """

    def __init__(  # noqa: PLR0917  # what it shows, and how that looks
        self,
        workspace: Workspace,
        structure: Structure,
        vhost: str,
        queue: str,
        saved: SavedFilters | None = None,
        layouts: TableLayouts | None = None,
        rules: ColourRules | None = None,
    ) -> None:
        self.vhost, self.queue = vhost, queue
        self.filter = FilterLine(workspace, saved or SavedFilters(), vhost, queue)
        self.filter.applied.connect(self._on_filter)
        self.bindings = Bindings(structure, vhost, queue, DestinationKind.QUEUE)
        self.consumers = Consumers(workspace, vhost, queue)
        self._structure = structure
        self.reading = Reading(workspace, vhost, queue, self._wanted, self._expected)
        self.reading.searched.connect(self._on_searched)
        self.rows = self.reading.rows
        self.values = ValueCache(workspace, vhost, queue)
        self.columns = QueueColumns(
            layouts or TableLayouts(first_places()), vhost, queue, self.rows, self.values
        )
        self.rules = RowRules(rules or ColourRules(), f"{vhost}\n{queue}", self.values, workspace.now_us)
        self.outcomes = OutcomeMap()
        self.columns.changed.connect(self._on_looks)
        self.rules.changed.connect(self._on_looks)
        self._on_looks()
        self.changed = Signal()
        self.wants_refresh = Signal()
        self.wants_rows = Signal()
        self.state_filter = StateFilter.ALL
        self.selected_id: int | None = None
        self.is_paused = False
        self.is_visible = True
        self.is_gone = False
        self.hearing = Hearing(
            workspace, vhost, queue,
            is_wanted=self._is_hearing_wanted, on_incoming=self._on_incoming, shown_at_us=self._shown_at_us,
        )  # fmt: skip
        self._workspace = workspace
        self._is_stale = True
        self._refreshed_at_us = self._heard_at_us = 0
        self._seen: QueueSample | None = self.sample
        self._paused_at_us = 0
        self._published_when_left = 0
        workspace.sampled.connect(self._on_sampled)
        workspace.state_changed.connect(self._on_state_changed)
        structure.changed.connect(self._on_structure_changed)

    def chips(self) -> list[Chip]:
        """What is special about the queue: type, policy, rules."""
        row = self._structure.queue(self.vhost, self.queue)
        return queue_chips(row) if row else []

    def _on_structure_changed(self) -> None:
        self.changed.emit()

    def _on_looks(self) -> None:
        """Other values are needed for what is shown."""
        self.values.need(self.columns.fields, self.rules.wheres)

    def _note_rows(self) -> None:
        """Rows came, went or changed."""
        self.rules.note_rows(self.rows.rows)
        self.outcomes.note(self.rows)

    def _on_searched(self) -> None:
        self.changed.emit()

    def _wanted(self) -> Wanted:
        return Wanted(_STATES[self.state_filter], self.filter.active)

    @property
    def wanted_states(self) -> tuple[MessageState, ...]:
        """The states that are shown; none named is all."""
        return _STATES[self.state_filter]

    def _expected(self) -> int | None:
        """About how many messages there are to be shown; None where nobody knows."""
        if self.filter.active or self.sample is None:
            return None
        return self.of if self.state_filter is StateFilter.ALL else self.chip_count(self.state_filter)

    @property
    def is_loaded(self) -> bool:
        """Whether anything was read yet."""
        return self.reading.is_loaded

    @property
    def is_searching(self) -> bool:
        """Whether it is being looked for what the filter finds."""
        return self.reading.is_searching

    @property
    def looked_at(self) -> int:
        """Messages that the filter was asked about since it was set."""
        return self.reading.looked_at

    @property
    def last_match_us(self) -> int | None:
        """When the newest message that the filter ever found here was published."""
        return self.reading.last_match_us

    @property
    def sample(self) -> QueueSample | None:
        """The queue's latest figures, None once it is gone."""
        return self._workspace.queue(self.vhost, self.queue)

    @property
    def is_at_end(self) -> bool:
        """Whether the rows reach down to the oldest that is kept of this queue."""
        return self.is_loaded and self.reading.next_id is None

    @property
    def is_following(self) -> bool:
        """Whether new messages appear by themselves."""
        return not self.is_paused and self.reading.is_at_top

    def now_us(self) -> int:
        """The time that the rows show: it stands still while the view is paused."""
        return self._paused_at_us if self.is_paused else self._workspace.now_us()

    @property
    def new_count(self) -> int:
        """Messages that arrived since the view stopped following."""
        if self.is_following or self.sample is None:
            return 0
        return max(0, self.sample.counters.published - self._published_when_left)

    @property
    def selected(self) -> MessageRow | None:
        """The selected message's row, if it is among the rows."""
        index = self.rows.index_of(self.selected_id) if self.selected_id is not None else None
        return None if index is None else self.rows.at(index)

    def chip_count(self, chip: StateFilter) -> int | None:
        """How many messages a chip stands for; None for the sum of all."""
        if self.sample is None:
            return 0
        counters = self.sample.counters
        return {
            StateFilter.READY: self.sample.ready,
            StateFilter.IN_FLIGHT: self.sample.in_flight,
            StateFilter.DONE: counters.settled,
            StateFilter.DROPPED: counters.dropped,
            StateFilter.DEAD: counters.dead_lettered,
        }.get(chip)

    def set_filter(self, state_filter: StateFilter) -> None:
        """Show only some states."""
        self.state_filter = state_filter
        self._begin_anew()

    def _on_filter(self, _: str) -> None:
        self.reading.last_match_us = None
        self._begin_anew()

    def _begin_anew(self) -> None:
        """Show other messages, from the top."""
        self.reading.begin_anew()
        self.outcomes.clear()
        self.hearing.mind()
        self._invalidate()
        self.changed.emit()

    @property
    def of(self) -> int:
        """About how many messages a filter has to look at."""
        sample = self.sample
        if sample is None:
            return self.looked_at
        counters = sample.counters
        return max(
            sample.ready + sample.in_flight + counters.settled + counters.dropped + counters.dead_lettered,
            self.looked_at,
        )

    def set_paused(self, is_paused: bool) -> None:
        """Freeze or resume the view; the broker goes on either way."""
        was_following = self.is_following
        self.is_paused = is_paused
        self._paused_at_us = self._workspace.now_us()
        self._note_leaving(was_following)
        if not is_paused:
            self._invalidate()
        self.hearing.mind()
        self.changed.emit()

    def look_at(self, first_visible: int, last_visible: int | None = None) -> None:
        """The user scrolled: from where to where rows are on screen."""
        was_following = self.is_following
        self.reading.look_at(first_visible, first_visible if last_visible is None else last_visible)
        if was_following != self.is_following:
            self._note_leaving(was_following)
            self._invalidate()
            self.hearing.mind()
            self.changed.emit()
        self._ask_for_rows()

    def set_visible(self, is_visible: bool) -> None:
        """A page that nobody sees reads nothing."""
        self.is_visible = is_visible
        self.hearing.mind()
        if is_visible:
            self._poke()

    def select(self, message_id: int | None) -> None:
        """Remember the selected message by its id: rows move, ids do not."""
        self.selected_id = message_id

    def _note_leaving(self, was_following: bool) -> None:
        if was_following and not self.is_following:
            self._published_when_left = self.sample.counters.published if self.sample else 0

    def _on_state_changed(self) -> None:
        self.hearing.mind()
        self._invalidate()
        self.changed.emit()

    def _on_sampled(self) -> None:
        sample = self.sample
        if sample != self._seen:
            self._seen = sample
            self.is_gone = sample is None
            self._is_stale = True
            self.changed.emit()
        self.hearing.mind()
        self._poke()

    # ---- what comes in

    def _is_hearing_wanted(self) -> bool:
        """Whether what comes is on top of what is looked at; a filter costs the broker more than a page."""
        is_seen = self.is_visible and self._workspace.is_seen
        return is_seen and self.is_following and not self.filter.active

    def _shown_at_us(self) -> int:
        return max(self._refreshed_at_us, self._heard_at_us)

    async def _on_incoming(self) -> None:
        """Show what has come; what else has changed is told by samples."""
        if self.reading.is_busy or not self.is_loaded:
            return
        self.reading.is_busy, wanted = True, self._wanted()
        self._heard_at_us = self._workspace.now_us()
        try:
            await self.reading.refresh_newest()
        finally:
            self.reading.is_busy = False
            if wanted != self._wanted():
                self._invalidate()

    def _invalidate(self) -> None:
        self._is_stale = True
        self._refreshed_at_us = 0
        self._poke()

    def _poke(self) -> None:
        interval_us = FILTERED_INTERVAL_US if self.filter.active else REFRESH_INTERVAL_US
        is_due = self._workspace.now_us() - self._refreshed_at_us >= interval_us
        is_seen = self.is_visible and self._workspace.is_seen
        is_wanted = self._is_stale and is_seen and not self.is_paused and not self.reading.is_busy
        if is_wanted and is_due and self._workspace.is_live:
            self.wants_refresh.emit()

    async def refresh(self) -> None:
        """Read the page the user looks at."""
        if self.reading.is_busy:
            return
        self.reading.is_busy, self._is_stale = True, False
        self._refreshed_at_us = self._workspace.now_us()
        wanted = self._wanted()
        try:
            await self.reading.refresh()
        except ConnectionError:
            return  # the workspace tells that the broker has gone; nobody asked for this look
        except RefusedError as error:
            if error.why is not Refusal.NO_SUCH_QUEUE:
                raise
            self.is_gone = True
        finally:
            self.reading.is_busy = self.reading.is_searching = False
            if wanted != self._wanted():
                self._invalidate()
        self._note_rows()
        self.changed.emit()
        self._ask_for_rows()

    async def load(self) -> None:
        """Read the rows that are lacking where the user looks."""
        try:
            await self.reading.load()
        except ConnectionError:
            return  # as above
        except RefusedError as error:
            if error.why is not Refusal.NO_SUCH_QUEUE:
                raise
            self.is_gone = True
        self._note_rows()
        self.changed.emit()
        self._ask_for_rows()

    async def load_older(self) -> None:
        """Read the page below the last row."""
        await self.reading.load_older()
        self.changed.emit()

    def _ask_for_rows(self) -> None:
        if self.reading.lacks_rows and self.is_visible and self._workspace.is_live:
            self.wants_rows.emit()
