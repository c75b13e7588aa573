"""A list of rows that can say what changed: the least a table has to redraw.

`update` takes the whole new list. Rows that share a key are the same row. Rows that kept their order
stay; all others count as removed and inserted. However many rows changed in place, one range covers
them all: 500 rows cost a table 5 ms as one range and 25 ms one by one.

A set may have places above and below its rows that count and hold nothing yet: see `LongRows`.
"""

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from mqstudio.viewmodel.signal import Signal

Row = TypeVar("Row")


@dataclass(slots=True)
class Changes:
    """Removed ranges from the last to the first, in old places; inserted ones ascending, in new places."""

    removed: list[range] = field(default_factory=list)
    inserted: list[range] = field(default_factory=list)
    changed: range | None = None

    def __bool__(self) -> bool:
        return bool(self.removed or self.inserted or self.changed)


class RowSet(Generic[Row]):
    """Rows in order, and five signals around every change to them.

    removing(first, last), removed(), inserting(first, last), inserted(), changed(first, last):
    the order and the shape that table widgets need.
    """

    def __init__(self, key: Callable[[Row], Hashable]) -> None:
        self.rows: list[Row] = []
        self.above = 0
        self.below = 0
        """Places before the first row, and after the last, whose rows are not here."""
        self.removing = Signal()
        self.removed = Signal()
        self.inserting = Signal()
        self.inserted = Signal()
        self.changed = Signal()
        self._key = key
        self._keys: list[Hashable] = []

    def __len__(self) -> int:
        return self.above + len(self.rows) + self.below

    def at(self, place: int) -> Row | None:
        """The row at a place, None where it is not here."""
        place -= self.above
        return self.rows[place] if 0 <= place < len(self.rows) else None

    def index_of(self, key: Hashable) -> int | None:
        """Where the row with this key is, None if nowhere."""
        try:
            return self._keys.index(key) + self.above
        except ValueError:
            return None

    def update(self, rows: Sequence[Row]) -> Changes:
        """Become `rows`, and tell what changed on the way."""
        keys = [self._key(row) for row in rows]
        if keys == self._keys:  # by far the most frequent case
            changes = Changes(changed=changed_range(self.rows, rows))
            self.rows = list(rows)
        else:
            changes = self._rearrange(rows, keys)
        if changes.changed:
            self.changed.emit(self.above + changes.changed.start, self.above + changes.changed.stop - 1)
        return changes

    def _rearrange(self, rows: Sequence[Row], keys: list[Hashable]) -> Changes:
        places = {key: place for place, key in enumerate(keys)}
        kept = _longest_in_order(self._keys, places)
        changes = Changes(
            removed=_ranges(i for i, key in enumerate(self._keys) if key not in kept)[::-1],
            inserted=_ranges(i for i, key in enumerate(keys) if key not in kept),
        )
        for gone in changes.removed:
            self.removing.emit(self.above + gone.start, self.above + gone.stop - 1)
            del self.rows[gone.start : gone.stop]
            self.removed.emit()
        old = dict(zip((key for key in keys if key in kept), self.rows, strict=True))
        for new in changes.inserted:
            self.inserting.emit(self.above + new.start, self.above + new.stop - 1)
            self.rows[new.start : new.start] = rows[new.start : new.stop]
            self.inserted.emit()
        touched = [i for i, key in enumerate(keys) if key in kept and old[key] != rows[i]]
        if touched:
            changes.changed = range(touched[0], touched[-1] + 1)
        self.rows, self._keys = list(rows), keys
        return changes


def changed_range(old: Sequence[Row], new: Sequence[Row]) -> range | None:
    """From the first to the last place that has another row than before; None if none has."""
    pairs = enumerate(zip(old, new, strict=True))
    touched = [i for i, (before, after) in pairs if before is not after and before != after]
    return range(touched[0], touched[-1] + 1) if touched else None


def _longest_in_order(keys: Iterable[Hashable], places: dict[Hashable, int]) -> set[Hashable]:
    """The most keys that appear in the same order on both sides (longest increasing subsequence)."""
    tails: list[int] = []  # smallest last place of an ordered run of each length
    ends: list[Hashable] = []
    before: dict[Hashable, Hashable | None] = {}
    for key in keys:
        place = places.get(key)
        if place is None:
            continue
        length = bisect_left(tails, place)
        before[key] = ends[length - 1] if length else None
        tails[length : length + 1] = [place]
        ends[length : length + 1] = [key]
    kept: set[Hashable] = set()
    key_or_none = ends[-1] if ends else None
    while key_or_none is not None:
        kept.add(key_or_none)
        key_or_none = before[key_or_none]
    return kept


def _ranges(places: Iterable[int]) -> list[range]:
    """Neighbouring numbers as ranges: 1 2 3 7 → 1..3, 7."""
    ranges: list[range] = []
    for place in places:
        if ranges and ranges[-1].stop == place:
            ranges[-1] = range(ranges[-1].start, place + 1)
        else:
            ranges.append(range(place, place + 1))
    return ranges
