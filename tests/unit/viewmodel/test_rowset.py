"""A RowSet says exactly what changed: replaying its signals gives the new rows."""

from hypothesis import given
from hypothesis import strategies as st

from mqstudio.viewmodel.rowset import RowSet

Row = tuple[int, str]


class Replay:
    """Follows a RowSet as a table would: it only believes the signals."""

    def __init__(self, rows: RowSet[Row]) -> None:
        self.source = rows
        self.count = 0
        self.seen: list[Row] = []
        self.pending: tuple[int, int] = (0, 0)
        rows.removing.connect(self.on_removing)
        rows.removed.connect(self.on_removed)
        rows.inserting.connect(self.on_inserting)
        rows.inserted.connect(self.on_inserted)
        rows.changed.connect(self.on_changed)

    def on_removing(self, first: int, last: int) -> None:
        assert len(self.source) == len(self.seen)
        del self.seen[first : last + 1]

    def on_removed(self) -> None:
        assert len(self.source) == len(self.seen)

    def on_inserting(self, first: int, last: int) -> None:
        self.pending = (first, last + 1)

    def on_inserted(self) -> None:
        first, stop = self.pending
        self.seen[first:first] = self.source.rows[first:stop]
        assert len(self.source) == len(self.seen)

    def on_changed(self, first: int, last: int) -> None:
        self.seen[first : last + 1] = self.source.rows[first : last + 1]


row_lists = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from("ab")), unique_by=lambda row: row[0], max_size=12
)


@given(st.lists(row_lists, max_size=5))
def test_signals_tell_everything(states: list[list[Row]]) -> None:
    """Whatever lists follow each other, the signals alone lead from one to the next."""
    rows: RowSet[Row] = RowSet(lambda row: row[0])
    replay = Replay(rows)
    for state in states:
        rows.update(state)
        assert replay.seen == rows.rows == state


def test_rows_that_kept_their_order_stay() -> None:
    """New rows at the top and a lost one at the bottom touch nothing between."""
    rows: RowSet[Row] = RowSet(lambda row: row[0])
    rows.update([(3, "a"), (2, "a"), (1, "a")])
    changes = rows.update([(5, "a"), (4, "a"), (3, "a"), (2, "b")])
    assert (changes.removed, changes.inserted) == ([range(2, 3)], [range(0, 2)])
    assert changes.changed == range(3, 4)


def test_many_changes_are_one_range() -> None:
    """A table redraws one range, not one cell at a time."""
    rows: RowSet[Row] = RowSet(lambda row: row[0])
    rows.update([(i, "a") for i in range(10)])
    assert rows.update([(i, "b" if i in (2, 7) else "a") for i in range(10)]).changed == range(2, 8)


def test_nothing_changed_is_nothing() -> None:
    """The same rows again cause no signal."""
    rows: RowSet[Row] = RowSet(lambda row: row[0])
    rows.update([(1, "a")])
    assert not rows.update([(1, "a")])
