"""The messages of one queue: newest first, kept fresh only where the user looks.

The page holds a run of rows without gaps. Looking at its top it *follows*: every refresh reads the
newest page. Scrolled down, refreshes read the page under the user's eyes and what is new is only
counted. Paused, nothing is read; the broker and its ledger go on. Looking never changes a message.
"""

from collections.abc import Sequence
from enum import StrEnum

from msgspec.structs import replace

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.rows import MessagePage, MessageRow, MessageState
from mqstudio.model.samples import QueueSample
from mqstudio.model.topology import DestinationKind
from mqstudio.viewmodel.bindings import Bindings
from mqstudio.viewmodel.consumers import Consumers
from mqstudio.viewmodel.filter_line import FilterLine
from mqstudio.viewmodel.rowset import RowSet
from mqstudio.viewmodel.rules_words import Chip, queue_chips
from mqstudio.viewmodel.saved_filters import SavedFilters
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.workspace import Workspace

PAGE_ROWS = 200
"""Rows of one request."""

ROWS_MAX = 20_000
"""Rows one page keeps; scrolling further down lets go of the newest."""

REFRESH_INTERVAL_US = 200_000
"""At most five refreshes a second, however fast the queue moves."""

FILTERED_INTERVAL_US = 1_000_000
"""With a filter each costs the broker a moment's search: one a second."""

CATCH_UP_PAGES = 3
"""Looks by which a filter may come down to the rows there are; what is older is looked for anew then."""


class StateFilter(StrEnum):
    """The chips above the table."""

    ALL = "All"
    READY = "Ready"
    IN_FLIGHT = "In flight"
    DONE = "Done"
    DROPPED = "Dropped"
    DEAD = "Dead"


_STATES = {
    StateFilter.ALL: [],
    StateFilter.READY: [MessageState.READY],
    StateFilter.IN_FLIGHT: [MessageState.IN_FLIGHT],
    StateFilter.DONE: [MessageState.DONE],
    StateFilter.DROPPED: [MessageState.DROPPED, MessageState.PURGED],
    StateFilter.DEAD: [MessageState.DEAD_LETTERED],
}


class QueuePage:
    """The table of one queue.

    changed(): anything beside the rows did. wants_refresh(): somebody should run `refresh()`;
    asked again only after it ended.
    """

    def __init__(
        self,
        workspace: Workspace,
        structure: Structure,
        vhost: str,
        queue: str,
        saved: SavedFilters | None = None,
    ) -> None:
        self.vhost, self.queue = vhost, queue
        self.filter = FilterLine(workspace, saved or SavedFilters(), vhost, queue)
        self.filter.applied.connect(self._on_filter)
        self.looked_at = 0
        """Messages that the filter was asked about since it was set."""
        self.is_searching = False
        self.last_match_us: int | None = None
        """When the newest message that the filter ever found here was published."""
        self.bindings = Bindings(structure, vhost, queue, DestinationKind.QUEUE)
        self.consumers = Consumers(workspace, vhost, queue)
        self._structure = structure
        self.rows: RowSet[MessageRow] = RowSet(lambda row: row.message_id)
        self.changed = Signal()
        self.wants_refresh = Signal()
        self.state_filter = StateFilter.ALL
        self.selected_id: int | None = None
        self.is_paused = False
        self.is_visible = True
        self.is_loaded = False
        self.is_gone = False
        self._workspace = workspace
        self._first_visible = 0
        self._next_id: int | None = None
        self._is_stale = True
        self._is_refreshing = False
        self._refreshed_at_us = 0
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

    @property
    def sample(self) -> QueueSample | None:
        """The queue's latest figures, None once it is gone."""
        return self._workspace.queue(self.vhost, self.queue)

    @property
    def is_at_end(self) -> bool:
        """Whether the rows reach down to the oldest that is kept of this queue."""
        return self.is_loaded and self._next_id is None

    @property
    def is_following(self) -> bool:
        """Whether new messages appear by themselves."""
        return not self.is_paused and self._first_visible == 0

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
        return None if index is None else self.rows.rows[index]

    def chip_count(self, chip: StateFilter) -> int | None:
        """How many messages a chip stands for; None for the sum of all."""
        if self.sample is None:
            return 0
        counters = self.sample.counters
        return {
            StateFilter.READY: self.sample.ready,
            StateFilter.IN_FLIGHT: self.sample.in_flight,
            StateFilter.DONE: counters.settled,
            StateFilter.DROPPED: None if self._has_dead_letters() else counters.dropped,
        }.get(chip)

    def _has_dead_letters(self) -> bool:
        """Whether what leaves unaccepted goes on as a dead letter: one counter counts both."""
        row = self._structure.queue(self.vhost, self.queue)
        return row is not None and row.rules.dead_letter_exchange is not None

    def set_filter(self, state_filter: StateFilter) -> None:
        """Show only some states."""
        self.state_filter = state_filter
        self._begin_anew()

    def _on_filter(self, _: str) -> None:
        self.last_match_us = None
        self._begin_anew()

    def _begin_anew(self) -> None:
        """Show other messages, from the top."""
        self._first_visible, self._next_id, self.is_loaded = 0, None, False
        self.looked_at = 0
        self.rows.update([])
        self._invalidate()
        self.changed.emit()

    @property
    def of(self) -> int:
        """About how many messages a filter has to look at."""
        sample = self.sample
        if sample is None:
            return self.looked_at
        counters = sample.counters
        return max(sample.ready + sample.in_flight + counters.settled + counters.dropped, self.looked_at)

    def set_paused(self, is_paused: bool) -> None:
        """Freeze or resume the view; the broker goes on either way."""
        was_following = self.is_following
        self.is_paused = is_paused
        self._paused_at_us = self._workspace.now_us()
        self._note_leaving(was_following)
        if not is_paused:
            self._invalidate()
        self.changed.emit()

    def look_at(self, first_visible: int) -> None:
        """The user scrolled: `first_visible` is the top row on screen."""
        was_following = self.is_following
        self._first_visible = first_visible
        if was_following != self.is_following:
            self._note_leaving(was_following)
            self._invalidate()
            self.changed.emit()

    def set_visible(self, is_visible: bool) -> None:
        """A page that nobody sees reads nothing."""
        self.is_visible = is_visible
        if is_visible:
            self._poke()

    def select(self, message_id: int | None) -> None:
        """Remember the selected message by its id: rows move, ids do not."""
        self.selected_id = message_id

    def _note_leaving(self, was_following: bool) -> None:
        if was_following and not self.is_following:
            self._published_when_left = self.sample.counters.published if self.sample else 0

    def _on_state_changed(self) -> None:
        self._invalidate()
        self.changed.emit()

    def _on_sampled(self) -> None:
        sample = self.sample
        if sample != self._seen:
            self._seen = sample
            self.is_gone = sample is None
            self._is_stale = True
            self.changed.emit()
        self._poke()

    def _invalidate(self) -> None:
        self._is_stale = True
        self._refreshed_at_us = 0
        self._poke()

    def _poke(self) -> None:
        interval_us = FILTERED_INTERVAL_US if self.filter.active else REFRESH_INTERVAL_US
        is_due = self._workspace.now_us() - self._refreshed_at_us >= interval_us
        is_wanted = self._is_stale and self.is_visible and not self.is_paused and not self._is_refreshing
        if is_wanted and is_due and self._workspace.is_live:
            self.wants_refresh.emit()

    async def refresh(self) -> None:
        """Read the page the user looks at."""
        if self._is_refreshing:
            return
        self._is_refreshing, self._is_stale = True, False
        self._refreshed_at_us = self._workspace.now_us()
        asked_for = self._asked_for
        after_id = self._after_id()
        try:
            if self.filter.active and not self.is_loaded:
                await self._search(after_id, PAGE_ROWS)
                return
            page = await self._ask(after_id)
            if self.filter.active:
                page = await self._catch_up(page, after_id)
        except ConnectionError:
            return  # the workspace tells that the broker has gone; nobody asked for this look
        except RefusedError as error:
            if error.why is not Refusal.NO_SUCH_QUEUE:
                raise
            self.is_gone = True
            self.changed.emit()
            return
        finally:
            self._is_refreshing = self.is_searching = False
            if asked_for != self._asked_for:
                self._invalidate()
        if asked_for == self._asked_for:
            self._splice(page, after_id)

    @property
    def _asked_for(self) -> tuple[StateFilter, str]:
        return self.state_filter, self.filter.active

    async def _search(self, after_id: int | None, wanted: int) -> None:
        """Look by the filter until there are rows enough, or no more messages; show each as it is found."""
        asked_for = self._asked_for
        self.is_searching = True
        self.changed.emit()
        found = 0
        while True:
            page = await self._ask(after_id)
            if asked_for != self._asked_for:
                return
            self._add(page)
            found += len(page.rows)
            after_id = page.next_id
            if after_id is None or found >= wanted:
                break
        await self._find_last_match()
        if asked_for == self._asked_for:
            self.is_loaded, self.is_searching = True, False
            self.changed.emit()

    def _add(self, page: MessagePage) -> None:
        """Put further rows below those there are."""
        self.looked_at += page.looked_at
        known = {row.message_id for row in page.rows}
        rows = [*(row for row in self.rows.rows if row.message_id not in known), *page.rows]
        self.rows.update(rows[-ROWS_MAX:])
        self._next_id = page.next_id
        self._note_match()
        self.changed.emit()

    def _note_match(self) -> None:
        if self.filter.active and self.rows.rows:
            self.last_match_us = max(self.last_match_us or 0, self.rows.rows[0].published_at_us)

    async def _find_last_match(self) -> None:
        """Where no message in this state matches, the last in any state is of interest: one look."""
        if not self.rows.rows and self.last_match_us is None and self.state_filter is not StateFilter.ALL:
            asked_for = self._asked_for
            page = await self._ask(None, states=[], limit=1)
            if page.rows and asked_for == self._asked_for:
                self.last_match_us = page.rows[0].published_at_us

    async def _catch_up(self, page: MessagePage, after_id: int | None) -> MessagePage:
        """Go on until the page reaches down to the rows there are."""
        rows = list(page.rows)
        for _ in range(CATCH_UP_PAGES):
            below = [
                row.message_id for row in self.rows.rows if after_id is None or row.message_id < after_id
            ]
            if page.next_id is None or not below or page.next_id <= below[0] or len(rows) >= PAGE_ROWS:
                break
            page = await self._ask(page.next_id)
            rows += page.rows
        return replace(page, rows=rows)

    def _after_id(self) -> int | None:
        """What the page under the user's eyes comes after: the row above it, None at the top."""
        rows = self.rows.rows
        if self._first_visible == 0 or not rows:
            return None
        return rows[min(self._first_visible, len(rows)) - 1].message_id

    async def load_older(self) -> None:
        """Read the page below the last row."""
        if self._next_id is None or self._is_refreshing or not self.rows.rows:
            return
        self._is_refreshing = True
        asked_for, after_id = self._asked_for, self.rows.rows[-1].message_id
        try:
            if self.filter.active:
                await self._search(self._next_id, PAGE_ROWS)
                return
            page = await self._ask(self._next_id)
        finally:
            self._is_refreshing = self.is_searching = False
        if asked_for == self._asked_for:
            self._splice(page, after_id)

    async def _ask(
        self, after_id: int | None, *, states: list[MessageState] | None = None, limit: int = PAGE_ROWS
    ) -> MessagePage:
        return await self._workspace.client.page(
            self.queue,
            vhost=self.vhost,
            limit=limit,
            after_id=after_id,
            states=_STATES[self.state_filter] if states is None else states,
            where=self.filter.active,
        )

    def _splice(self, page: MessagePage, after_id: int | None) -> None:
        """Put a page in its place: rows above and below it stay, those in between are its own."""
        is_live_end = page.next_id is None
        if self.filter.active:
            above, below = self._split(after_id, page.next_id)
            fresh: Sequence[MessageRow] = page.rows
            has_gap = after_id is None and not is_live_end and not self._covers(page)
            below = [] if has_gap else below
        elif not page.rows:
            above, below = self._split(after_id, after_id)
            below = [] if is_live_end else below
            fresh = []
        else:
            above, below = self._split(after_id, page.rows[-1].message_id)
            fresh = page.rows
            has_gap = after_id is None and not self._touches(page)
            if is_live_end or has_gap:
                below = []
        if not below:
            self._next_id = page.next_id
        rows = [*above, *fresh, *below]
        self.rows.update(rows[-ROWS_MAX:] if above else rows[:ROWS_MAX])
        self.is_loaded = True
        self._note_match()
        self.changed.emit()

    def _covers(self, page: MessagePage) -> bool:
        """Whether a look by the filter has come down to the rows there are."""
        rows = self.rows.rows
        return not rows or (page.next_id is not None and page.next_id <= rows[0].message_id)

    def _touches(self, page: MessagePage) -> bool:
        """Whether the newest page reaches down to rows we have, so that nothing is missing between."""
        rows = self.rows.rows
        return bool(rows) and page.rows[-1].message_id <= rows[0].message_id

    def _split(self, after_id: int | None, last_id: int | None) -> tuple[list[MessageRow], list[MessageRow]]:
        rows = self.rows.rows
        above = [row for row in rows if after_id is not None and row.message_id >= after_id]
        below = [row for row in rows if last_id is not None and row.message_id < last_id]
        return above, below
