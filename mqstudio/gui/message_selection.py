"""What is selected in a table of messages, known by their ids: rows come and go under it.

Qt's selection is of places. A list of a million messages has few of its rows here, and which place a message
has is only about known while its row is not. So for each selected range of places it is remembered from which
message down to which it reaches, and a row that comes is selected if its message is in one of those.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
)

from mqstudio.gui.following import follow
from mqstudio.model.rows import MessageRow, MessageState
from mqstudio.viewmodel.extent import Extent
from mqstudio.viewmodel.queue_page import QueuePage
from mqstudio.viewmodel.spans import Span, Spans

if TYPE_CHECKING:
    from mqstudio.gui.row_table import RowTable

ENDS_MAX = 200
"""Ends of selected ranges whose messages are remembered while their rows are not here."""

_SELECT = QItemSelectionModel.SelectionFlag.Select
_DESELECT = QItemSelectionModel.SelectionFlag.Deselect
_UNTOUCHED = QItemSelectionModel.SelectionFlag.NoUpdate
Places = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Taken:
    """A selection as it was: ids, their extent, and spans where not all the rows were here."""

    page: QueuePage
    ids: tuple[int, ...]
    spans: tuple[Span, ...]
    states: tuple[MessageState, ...]
    where: str
    extent: Extent


class MessageSelection(QObject):
    """Keeps what is selected in a table what it is."""

    def __init__(self, table: "RowTable", page: QueuePage) -> None:
        super().__init__(table)
        self._table, self._page = table, page
        self._spans = Spans()
        self._is_known = True
        """Whether all spans are: an end may be a row that was never here."""
        self._is_far = False
        """Whether selected messages have, or had, no row here: only then it matters which rows come."""
        self._is_ours = False
        """Whether it is rows that come and go by which the selection changes, and not the user."""
        self._ends: list[tuple[QPersistentModelIndex, int]] = []
        model = table.row_model
        table.selectionModel().selectionChanged.connect(self._on_changed)
        model.dataChanged.connect(self._on_rows_came)
        model.rowsInserted.connect(self._on_inserted)
        model.rowsRemoved.connect(self._on_removed)
        follow(self, page.rows.left, self._on_left)

    # ---- what it is

    def places(self) -> Places:
        """The selected ranges of places, from the top down: the first and the last of each."""
        selection, joined = self._table.selectionModel().selection(), list[tuple[int, int]]()
        parts = (selection.at(number) for number in range(selection.count()))
        for first, last in sorted((part.top(), part.bottom()) for part in parts):
            if joined and first <= joined[-1][1] + 1:
                joined[-1] = joined[-1][0], max(last, joined[-1][1])
            else:
                joined.append((first, last))
        return joined

    def count(self) -> int:
        """How many messages are selected, their rows here or not."""
        return sum(last - first + 1 for first, last in self.places())

    @property
    def is_open(self) -> bool:
        """Whether it goes on below the rows that are counted: by a filter nobody knows how far."""
        return self._spans.is_open and bool(self._page.filter.active) and not self._page.is_at_end

    def rows(self, most: int | None = None) -> list[MessageRow]:
        """The selected rows that are here, from the top down; the first so many."""
        found: list[MessageRow] = []
        rows = self._page.rows
        for first, last in self.places():
            for place in range(max(first, rows.above), min(last + 1, rows.end)):
                row = rows.at(place)
                if row is not None:
                    found.append(row)
                if len(found) == most:
                    return found
        return found

    def take(self) -> Taken | None:
        """What is selected at this moment, whatever comes and goes later. None: not all of it is known."""
        page = self._page
        if not self._is_known:
            return None
        spans: tuple[Span, ...] = ()
        if self._is_far:
            ids = [span.newest for span in self._spans if span.newest == span.oldest][::-1]
            spans = tuple(span for span in self._spans if span.newest != span.oldest)[::-1]
        else:
            ids = [row.message_id for row in self.rows()]
        extent = Extent.of(self.rows()) if not self._is_far else Extent(len(ids))
        return Taken(page, tuple(ids), spans, page.wanted_states, page.filter.active, extent)

    # ---- how it came

    def _on_changed(self, *_: object) -> None:
        if not self._is_ours:
            self.remember()

    def remember(self, *, is_all: bool = False) -> None:
        """Note which messages are meant. is_all: whatever is below, too, read or not."""
        places, rows = self.places(), self._page.rows
        self._note_ends(places)
        spans = [self._span(first, last, is_all=is_all) for first, last in places]
        self._spans = Spans(span for span in spans if span is not None)
        self._is_known = None not in spans
        is_part = any(first < rows.above or last >= rows.end for first, last in places)
        self._is_far = is_part or self._spans.is_open

    def _note_ends(self, places: Places) -> None:
        self._ends = [each for each in self._ends if each[0].isValid()][-ENDS_MAX:]
        model = self._table.row_model
        for place in {place for part in places[:ENDS_MAX] for place in part}:
            row = self._page.rows.at(place)
            if row is not None:
                self._ends.append((QPersistentModelIndex(model.index(place, 0)), row.message_id))

    def _span(self, first: int, last: int, *, is_all: bool) -> Span | None:
        """From which message down to which a range goes; None if that cannot be told."""
        page = self._page
        newest, oldest = self._end(first), self._end(last)
        if newest is None and first == 0:
            newest = page.reading.newest_id or None
        is_last = last == len(page.rows) - 1
        goes_on = page.rows.at(last) is None or not page.is_at_end
        is_open = is_all or page.rows.at(last) is None or self._spans.is_open_at(oldest or 0)
        if is_last and goes_on and is_open and newest is not None:
            return Span(newest)
        return Span(newest, oldest) if newest is not None and oldest is not None else None

    def _end(self, place: int) -> int | None:
        row = self._page.rows.at(place)
        if row is not None:
            return row.message_id
        ends = (message_id for index, message_id in reversed(self._ends) if index.row() == place)
        return next(ends, None)

    # ---- rows that come and go

    def hold(self) -> None:
        """Rows are about to be removed: what Qt then selects in their place is not what the user chose."""
        self._is_ours = True

    def _on_removed(self, *_: object) -> None:
        self._spare_neighbour()
        self._is_ours = False
        if not self._is_far and not self._table.selectionModel().hasSelection():
            self._spans = Spans()

    def _on_left(self, *_: int) -> None:
        """Their places stay selected: which rows come there later is looked at then."""
        self._is_far = self._is_far or len(self._spans) > 0

    def _on_rows_came(self, first: QModelIndex, last: QModelIndex) -> None:
        self._settle(range(first.row(), last.row() + 1))

    def _on_inserted(self, _: QModelIndex, first: int, last: int) -> None:
        self._settle(range(first, last + 1))

    def _settle(self, places: range) -> None:
        """Of these places those are selected that have a message that is meant, and no others."""
        if not self._is_far:
            return
        if not self._is_known:  # now that there are more rows it may be
            self.remember()
            return
        wanted, unwanted = list[tuple[int, int]](), list[tuple[int, int]]()
        for is_wanted, first, last in self._stretches(places):
            (wanted if is_wanted else unwanted).append((first, last))
        self._select(wanted, unwanted)

    def _stretches(self, places: range) -> Iterator[tuple[bool, int, int]]:
        """Neighbours that are alike: whether they are wanted, the first and the last of them."""
        rows = self._page.rows
        here = range(max(places.start, rows.above), min(places.stop, rows.end))
        start = here.start
        for place in here:
            is_wanted = self.is_meant(place)
            if place + 1 == here.stop or self.is_meant(place + 1) is not is_wanted:
                yield is_wanted, start, place
                start = place + 1
        if self._spans.is_open and places.stop > rows.end:
            yield True, max(places.start, rows.end), places.stop - 1

    def _select(self, wanted: Iterable[tuple[int, int]], unwanted: Iterable[tuple[int, int]]) -> None:
        was_ours, self._is_ours = self._is_ours, True
        model = self._table.selectionModel()
        model.select(self._selection(unwanted), _DESELECT)
        model.select(self._selection(wanted), _SELECT)
        self._is_ours = was_ours

    def _selection(self, places: Iterable[tuple[int, int]]) -> QItemSelection:
        model, selection = self._table.row_model, QItemSelection()
        for first, last in places:
            ends = model.index(first, 0), model.index(last, model.columnCount() - 1)
            selection.append(QItemSelectionRange(*ends))
        return selection

    def put(self, places: Places) -> None:
        """Select these places again: the table has forgotten them."""
        self._select(places, [])

    # ---- the row that the keyboard is on

    def is_meant(self, place: int) -> bool:
        """Whether the message of a place is one of those selected."""
        row = self._page.rows.at(place)
        return row is not None and self._spans.has(row.message_id)

    def go_to(self, place: int) -> None:
        """Have the keyboard on the row of a place; it is selected unless others are."""
        model, flags = self._table.selectionModel(), _UNTOUCHED
        if self.is_meant(place) or not model.hasSelection():
            flags = _SELECT | QItemSelectionModel.SelectionFlag.Rows
        model.setCurrentIndex(self._table.row_model.index(place, 0), flags)

    def go_nowhere(self) -> None:
        """Have the keyboard on no row: the one it was on is not here; what is selected stays that."""
        self._spare_neighbour()
        self._table.selectionModel().setCurrentIndex(QModelIndex(), _UNTOUCHED)

    def _spare_neighbour(self) -> None:
        """Qt goes on to the row beside one that went, and selects it."""
        place = self._table.currentIndex().row()
        if self._page.rows.at(place) is not None and not self.is_meant(place):
            self._select([], [(place, place)])
