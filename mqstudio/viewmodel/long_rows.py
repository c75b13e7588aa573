"""A run of rows out of a long list: a million places, of which a few thousand have their row here.

The places above and below the run are counted, not kept: a table has its full height and its memory stays
small. Rows that are read next to the run take the places there; where more of them come than were counted,
places are made. What happens to a place tells whether a row is new, gone, or merely not here any more.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from mqstudio.viewmodel.rowset import RowSet, changed_range
from mqstudio.viewmodel.signal import Signal

Row = TypeVar("Row")


class LongRows(RowSet[Row]):
    """Beside the signals of every RowSet: left(first, last): the rows of these places are no longer here."""

    def __init__(self, key: Callable[[Row], Hashable]) -> None:
        super().__init__(key)
        self.left = Signal()

    @property
    def end(self) -> int:
        """The place after the last row of the run."""
        return self.above + len(self.rows)

    def count_as(self, above: int, below: int) -> None:
        """Have so many places above and below the run: they come and go at the ends."""
        more = above - self.above
        if more > 0:
            self.inserting.emit(0, more - 1)
            self.above = above
            self.inserted.emit()
        elif more < 0:
            self.removing.emit(0, -more - 1)
            self.above = above
            self.removed.emit()
        more = below - self.below
        if more > 0:
            self.inserting.emit(len(self), len(self) + more - 1)
            self.below = below
            self.inserted.emit()
        elif more < 0:
            self.removing.emit(len(self) + more, len(self) - 1)
            self.below = below
            self.removed.emit()

    def grow_below(self, rows: Sequence[Row]) -> None:
        """Have these too, that follow the last row."""
        here = min(len(rows), self.below)
        self._take(self.end, rows[:here])
        rest = rows[here:]
        if rest:
            first = self.end
            self.inserting.emit(first, first + len(rest) - 1)
            self._set([*self.rows, *rest])
            self.inserted.emit()

    def _take(self, first: int, rows: Sequence[Row]) -> None:
        if rows:
            self.below -= len(rows)
            self._set([*self.rows, *rows])
            self.changed.emit(first, first + len(rows) - 1)

    def grow_above(self, rows: Sequence[Row]) -> None:
        """Have these too, that the first row follows."""
        here = min(len(rows), self.above)
        near = rows[len(rows) - here :]
        if near:
            self.above -= len(near)
            self._set([*near, *self.rows])
            self.changed.emit(self.above, self.above + len(near) - 1)
        rest = rows[: len(rows) - here]
        if rest:
            self.inserting.emit(0, len(rest) - 1)
            self._set([*rest, *self.rows])
            self.inserted.emit()

    def renew_top(self, rows: Sequence[Row]) -> bool:
        """Have the newest rows of the list as they are now, where all that is new among them is on top.

        What it costs does not depend on how many rows are here. False, and nothing happens, if they hang
        together with those in any other way, or not at all.
        """
        keys = [self._key(row) for row in rows]
        new = keys.index(self._keys[0]) if self._keys and self._keys[0] in keys else len(keys)
        known = len(rows) - new
        if self.above or not known or keys[new:] != self._keys[:known]:
            return False
        if new:
            self.inserting.emit(0, new - 1)
            self.rows[:0], self._keys[:0] = rows[:new], keys[:new]
            self.inserted.emit()
        changed = changed_range(self.rows[new : new + known], rows[new:])
        self.rows[new : new + known] = rows[new:]
        if changed:
            self.changed.emit(new + changed.start, new + changed.stop - 1)
        return True

    def keep(self, first: int, stop: int) -> None:
        """Let go of the rows that are not in these places; the places stay."""
        first, stop = max(first, self.above), min(max(first, stop), self.end)
        first = min(first, stop)
        old_first, old_end = self.above, self.end
        rows = self.rows[first - old_first : stop - old_first]
        self.above, self.below = first, self.below + old_end - stop
        self._set(rows)
        if first > old_first:
            self.left.emit(old_first, first - 1)
        if stop < old_end:
            self.left.emit(stop, old_end - 1)

    def jump(self, rows: Sequence[Row], above: int, below: int) -> None:
        """Be somewhere else in the list: nothing is known of how this run and that one hang together."""
        self.keep(self.above, self.above)
        total, wanted = len(self), above + len(rows) + below
        if wanted != total:
            self.count_as(self.above, self.below + wanted - total if self.below + wanted >= total else 0)
        if len(self) != wanted:
            self.count_as(wanted, 0)
        self.above, self.below = above, below
        self._set(rows)
        if rows:
            self.changed.emit(above, above + len(rows) - 1)

    def _set(self, rows: Sequence[Row]) -> None:
        self.rows, self._keys = list(rows), [self._key(row) for row in rows]
