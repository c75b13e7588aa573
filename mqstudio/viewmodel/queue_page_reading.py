"""What a queue's page reads: the newest messages, those under the eyes, those next to them, those far away.

The list of a queue can be long: the page holds a run of its rows and counts the places above and below.
Looking at its top it *follows*: every refresh reads the newest page. Scrolled down, refreshes read the page
under the user's eyes. Scrolled on, the next page joins the run; scrolled far, another run is read where the
place is likely to be: ids grow with time, so what lies between known places is reckoned from theirs. What
was reckoned wrong is put right at the ends, which are known for certain.
"""

from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from mqstudio.model.rows import MessagePage, MessageRow, MessageState
from mqstudio.viewmodel.long_rows import LongRows
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.workspace import Workspace

PAGE_ROWS = 200
"""Rows of one request."""

ROWS_MAX = 4_000
"""Rows one page keeps (about 4 MB); those furthest from the eyes are let go, and read again when needed."""

NEWEST_ROWS = 64
"""Rows that are read where only what has just come matters: more than are on most screens."""

NEAR_ROWS = 50
"""The next page is asked for when the eyes come this close to the last row that is here."""

CATCH_UP_PAGES = 3
"""Looks by which a filter may come down to the rows there are; what is older is looked for anew then."""


class Wanted(Struct, frozen=True):
    """Which messages a page shows: in these states (none: in all), and found by a filter."""

    states: tuple[MessageState, ...] = ()
    where: str = ""


class Reading:
    """Reads pages into rows. searched(): a look by a filter has ended, or a search has begun."""

    def __init__(
        self,
        workspace: Workspace,
        vhost: str,
        queue: str,
        wanted: Callable[[], Wanted],
        expected: Callable[[], int | None],
    ) -> None:
        self.rows: LongRows[MessageRow] = LongRows(lambda row: row.message_id)
        self.searched = Signal()
        self.first_visible = self.last_visible = 0
        self.is_loaded = False
        self.is_searching = False
        self.is_busy = False
        self.looked_at = 0
        self.last_match_us: int | None = None
        self.next_id: int | None = None
        """Where to go on below the run; None if it reaches down to the oldest."""
        self._workspace = workspace
        self._vhost, self._queue = vhost, queue
        self._wanted, self._expected = wanted, expected
        self._surplus = 0
        self._oldest_id: int | None = None
        self.newest_id = 0
        """The first message of the list when its top was read last; later ones have no place in it yet."""

    # ---- where one looks

    def begin_anew(self) -> None:
        """Other messages are wanted: start from the top with nothing."""
        self.first_visible = self.last_visible = 0
        self.next_id, self.is_loaded, self.looked_at = None, False, 0
        self._surplus, self._oldest_id = 0, None
        self.rows.count_as(0, 0)  # first: a table goes to the row after those that are removed
        self.rows.update([])

    def look_at(self, first: int, last: int) -> None:
        """The rows of these places are on screen."""
        self.first_visible, self.last_visible = first, max(first, last)

    @property
    def is_at_top(self) -> bool:
        """Whether the newest messages are what one looks at."""
        return self.first_visible == 0

    @property
    def lacks_rows(self) -> bool:
        """Whether places on screen, or close to it, have no row yet."""
        return self.is_loaded and not self.is_busy and self._lack() is not None

    def _lack(self) -> Callable[[], Awaitable[None]] | None:
        """What would fetch them. What a filter found before lies close together: it is read in order."""
        rows, first, last = self.rows, self.first_visible, self.last_visible
        is_far = last < rows.above - PAGE_ROWS or first > rows.end + PAGE_ROWS
        if not rows.rows or (is_far and not self._wanted().where):
            return self._jump if rows.above or rows.below else None
        if last >= rows.end and rows.below and self.next_id is not None:
            return self._read_below
        if first < rows.above:
            return self._read_above
        if last > rows.end - NEAR_ROWS and self.next_id is not None and first > 0:
            return self._read_below
        if first < rows.above + NEAR_ROWS and rows.above:
            return self._read_above
        return None

    # ---- refreshing

    async def refresh(self) -> None:
        """Read what the user looks at once more."""
        if self.is_loaded and not self.is_at_top and self._lack() is not None:
            return  # what is looked at was never read: `load` does
        wanted, after_id = self._wanted(), self._after_id()
        if wanted.where and not self.is_loaded:
            await self.search(after_id, PAGE_ROWS)
            return
        page = await self._ask(after_id)
        if wanted.where:
            page = await self._catch_up(page, after_id)
        if wanted == self._wanted():
            self._splice(page, after_id)

    async def refresh_newest(self) -> None:
        """Read no more than is on screen when one looks at the top."""
        wanted = self._wanted()
        page = await self._ask(None, limit=min(max(self.last_visible + 1, NEWEST_ROWS), PAGE_ROWS))
        if wanted != self._wanted() or not self.is_at_top:
            return
        if page.next_id is not None and self.rows.renew_top(page.rows):
            self.newest_id = page.rows[0].message_id if page.rows else self.newest_id
        else:
            self._splice(page, None)

    def _after_id(self) -> int | None:
        """What the page under the user's eyes comes after: the row above it, None at the top."""
        rows = self.rows
        if self.is_at_top or not rows.rows:
            return None
        place = min(max(self.first_visible - rows.above, 0), len(rows.rows))
        return rows.rows[place - 1].message_id if place else rows.rows[0].message_id + 1

    def _splice(self, page: MessagePage, after_id: int | None) -> None:
        """Put a page in its place: rows above and below it stay, those in between are its own."""
        is_top, is_end = after_id is None, page.next_id is None
        last_id = page.next_id if self._wanted().where else page.rows[-1].message_id if page.rows else None
        above, below = self._split(after_id, last_id if page.rows or self._wanted().where else after_id)
        has_gap = is_top and not is_end and (self.rows.above > 0 or not self._touches(page))
        if is_end or has_gap:
            below = []
        if not below:
            self.next_id = page.next_id
        if is_top and self.rows.above:
            self.rows.jump(page.rows, 0, self._rest(len(page.rows)))
        else:
            self.rows.update([*above, *page.rows, *below])
        if is_top:
            self.newest_id = page.rows[0].message_id if page.rows else 0
            self.rows.count_as(0, self._rest(len(self.rows.rows)))
        elif self.next_id is None:
            self.rows.count_as(self.rows.above, 0)
        self._bound()
        self.is_loaded = True
        self.note_match()

    def _rest(self, here: int) -> int:
        """How many places are below so many rows from the top."""
        expected = self._expected()
        if self.next_id is None:
            if expected is not None:
                self._surplus = expected - here
            return 0
        return 0 if expected is None else max(expected - self._surplus - here, 0)

    def _touches(self, page: MessagePage) -> bool:
        """Whether the newest page reaches down to rows we have, so that nothing is missing between."""
        rows = self.rows.rows
        if self._wanted().where:
            return not rows or (page.next_id is not None and page.next_id <= rows[0].message_id)
        return bool(rows and page.rows) and page.rows[-1].message_id <= rows[0].message_id

    def _split(self, after_id: int | None, last_id: int | None) -> tuple[list[MessageRow], list[MessageRow]]:
        rows = self.rows.rows
        above = [row for row in rows if after_id is not None and row.message_id >= after_id]
        below = [row for row in rows if last_id is not None and row.message_id < last_id]
        return above, below

    def _bound(self) -> None:
        """Let go of the rows furthest from the eyes."""
        rows = self.rows
        if len(rows.rows) <= ROWS_MAX:
            return
        first = min(max(self.first_visible - ROWS_MAX // 2, rows.above), rows.end - ROWS_MAX)
        if first + ROWS_MAX < rows.end:
            self.next_id = rows.rows[first + ROWS_MAX - 1 - rows.above].message_id
        rows.keep(first, first + ROWS_MAX)

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

    # ---- further rows

    async def load(self) -> None:
        """Read the rows that are lacking where the user looks."""
        wanted = self._wanted()
        read = self._lack()
        if read is None or self.is_busy:
            return
        self.is_busy = True
        try:
            await read()
        finally:
            self.is_busy = self.is_searching = False
        if wanted == self._wanted():
            self._bound()

    async def load_older(self) -> None:
        """Read the page below the last row."""
        if self.next_id is None or self.is_busy or not self.rows.rows:
            return
        self.is_busy = True
        try:
            await self._read_below()
        finally:
            self.is_busy = self.is_searching = False

    async def _read_below(self) -> None:
        wanted = self._wanted()
        if wanted.where:
            await self.search(self.next_id, PAGE_ROWS)
            return
        page = await self._ask(self.next_id)
        if wanted == self._wanted():
            self._add(page)

    async def _read_above(self) -> None:
        """Read upwards from the first row; at the top there is nothing above."""
        wanted, rows = self._wanted(), self.rows
        first_id: int | None = rows.rows[0].message_id
        found: list[MessageRow] = []
        while first_id is not None and len(found) < PAGE_ROWS:
            page = await self._ask(first_id, is_oldest_first=True)
            if wanted != self._wanted():
                return
            found += page.rows
            first_id = page.next_id
        rows.grow_above(found[::-1])
        if first_id is None:
            rows.count_as(0, rows.below)

    async def _jump(self) -> None:
        """Read a run around what is looked at, wherever that is."""
        wanted, total = self._wanted(), len(self.rows)
        start = max(0, self.first_visible - 2 * NEAR_ROWS)
        is_end = self.last_visible + PAGE_ROWS // 2 >= total and not wanted.where
        if is_end:
            page = await self._ask(None, is_oldest_first=True)
            found, start = page.rows[::-1], max(0, total - len(page.rows))
            self._oldest_id = found[-1].message_id if found else None
            next_id = None
            start = 0 if page.next_id is None else start
        else:
            page = await self._ask(await self._id_at(start) if start else None)
            found, next_id = page.rows, page.next_id
        if wanted != self._wanted():
            return
        below = 0 if next_id is None else max(total - start - len(found), 1)
        self.next_id = next_id
        self.rows.jump(found, start, below)

    async def _id_at(self, place: int) -> int:
        """About which message is just above a place: reckoned between those that are known."""
        rows = self.rows
        if self._oldest_id is None:
            page = await self._ask(None, is_oldest_first=True, limit=1)
            self._oldest_id = page.rows[0].message_id if page.rows else 0
        known = [(len(rows) - 1, self._oldest_id)]
        if rows.rows:
            known += [(rows.end - 1, rows.rows[-1].message_id), (rows.above, rows.rows[0].message_id)]
        known.append((0, self.newest_id))
        (low, low_id), (high, high_id) = known[0], known[-1]
        for at, id_ in known:
            if at >= place and at <= low:
                low, low_id = at, id_
            if at <= place and at >= high:
                high, high_id = at, id_
        share = (place - high) / max(low - high, 1)
        return round(high_id - share * (high_id - low_id)) + 1

    async def search(self, after_id: int | None, count: int) -> None:
        """Look by the filter until there are rows enough, or no more messages; show each as it is found."""
        wanted = self._wanted()
        self.is_searching = True
        self.searched.emit()
        found = 0
        while True:
            page = await self._ask(after_id)
            if wanted != self._wanted():
                return
            self.looked_at += page.looked_at
            self._add(page)
            self.searched.emit()
            found += len(page.rows)
            after_id = page.next_id
            if after_id is None or found >= count:
                break
        await self._find_last_match()
        if wanted == self._wanted():
            self.is_loaded, self.is_searching = True, False
            self.searched.emit()

    def _add(self, page: MessagePage) -> None:
        """Put further rows below those there are."""
        rows = self.rows
        last_id = rows.rows[-1].message_id if rows.rows else None
        fresh = [row for row in page.rows if last_id is None or row.message_id < last_id]
        self.next_id = page.next_id
        rows.grow_below(fresh)
        if page.next_id is None:
            rows.count_as(rows.above, 0)
            if not rows.above:
                self._rest(len(rows.rows))
        self._bound()
        self.note_match()

    def note_match(self) -> None:
        """Remember when the newest message that the filter found was published."""
        if self._wanted().where and self.rows.rows:
            self.last_match_us = max(self.last_match_us or 0, self.rows.rows[0].published_at_us)

    async def _find_last_match(self) -> None:
        """Where no message in this state matches, the last in any state is of interest: one look."""
        wanted = self._wanted()
        if not self.rows.rows and self.last_match_us is None and wanted.states:
            page = await self._ask(None, states=(), limit=1)
            if page.rows and wanted == self._wanted():
                self.last_match_us = page.rows[0].published_at_us

    async def _ask(
        self,
        after_id: int | None,
        *,
        states: Sequence[MessageState] | None = None,
        limit: int = PAGE_ROWS,
        is_oldest_first: bool = False,
    ) -> MessagePage:
        wanted = self._wanted()
        return await self._workspace.client.page(
            self._queue,
            vhost=self._vhost,
            limit=limit,
            after_id=after_id,
            is_oldest_first=is_oldest_first,
            states=list(wanted.states if states is None else states),
            where=wanted.where,
        )
