"""A run of rows out of a long list says exactly what happens to every place of it."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mqstudio.viewmodel.long_rows import LongRows

Row = tuple[int, str]


class Follower:
    """Has a place for each place, and in it what the signals say is there."""

    def __init__(self, rows: LongRows[Row]) -> None:
        self.source = rows
        self.places: list[Row | None] = []
        self.pending = (0, 0)
        rows.removing.connect(self.on_removing)
        rows.removed.connect(self.check)
        rows.inserting.connect(self.on_inserting)
        rows.inserted.connect(self.on_inserted)
        rows.changed.connect(self.on_changed)
        rows.left.connect(self.on_left)

    def on_removing(self, first: int, last: int) -> None:
        assert 0 <= first <= last < len(self.places) == len(self.source)
        del self.places[first : last + 1]

    def check(self) -> None:
        assert len(self.source) == len(self.places)

    def on_inserting(self, first: int, last: int) -> None:
        assert 0 <= first <= last
        assert first <= len(self.places) == len(self.source)
        self.pending = (first, last + 1)

    def on_inserted(self) -> None:
        first, stop = self.pending
        self.places[first:first] = [self.source.at(place) for place in range(first, stop)]
        self.check()

    def on_changed(self, first: int, last: int) -> None:
        for place in range(first, last + 1):
            self.places[place] = self.source.at(place)

    def on_left(self, first: int, last: int) -> None:
        for place in range(first, last + 1):
            self.places[place] = None


def run(numbers: range) -> list[Row]:
    return [(number, "a") for number in numbers]


class Gestures(RuleBasedStateMachine):
    """Whatever is done to the run, who believes the signals has the same list."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: LongRows[Row] = LongRows(lambda row: row[0])
        self.follower = Follower(self.rows)
        self.next, self.first = 1000, 999

    def fresh(self, count: int) -> list[Row]:
        self.next += count
        return run(range(self.next - count, self.next))

    @rule(count=st.integers(0, 6))
    def grow_below(self, count: int) -> None:
        self.rows.grow_below(self.fresh(count))

    @rule(count=st.integers(0, 6))
    def grow_above(self, count: int) -> None:
        self.rows.grow_above(self.fresh(count))

    @rule(above=st.integers(0, 9), below=st.integers(0, 9))
    def count_as(self, above: int, below: int) -> None:
        self.rows.count_as(above, below)

    @rule(first=st.integers(0, 12), count=st.integers(0, 9))
    def keep(self, first: int, count: int) -> None:
        before = len(self.rows)
        self.rows.keep(first, first + count)
        assert len(self.rows) == before

    @rule(count=st.integers(0, 6), above=st.integers(0, 9), below=st.integers(0, 9))
    def jump(self, count: int, above: int, below: int) -> None:
        self.rows.jump(self.fresh(count), above, below)
        assert (self.rows.above, self.rows.below) == (above, below)

    @rule(drop=st.integers(0, 3), add=st.integers(0, 3))
    def update(self, drop: int, add: int) -> None:
        self.rows.update([*self.fresh(add), *self.rows.rows[drop:]])

    @rule(new=st.integers(0, 3), known=st.integers(0, 3), letter=st.sampled_from("ab"))
    def renew_top(self, new: int, known: int, letter: str) -> None:
        wanted = self.fresh(new) + [(number, letter) for number, _ in self.rows.rows[:known]]
        hangs_together = self.rows.above == 0 and min(known, len(self.rows.rows)) > 0
        assert self.rows.renew_top(wanted) == hangs_together
        if hangs_together:
            assert self.rows.rows[: len(wanted)] == wanted

    @invariant()
    def both_agree(self) -> None:
        assert self.follower.places == [self.rows.at(place) for place in range(len(self.rows))]

    @invariant()
    def every_row_is_found(self) -> None:
        for place, row in enumerate(self.rows.rows, self.rows.above):
            assert self.rows.index_of(row[0]) == place


TestGestures = Gestures.TestCase


@given(st.integers(0, 5), st.integers(0, 5))
def test_rows_take_the_places_that_were_counted(places: int, count: int) -> None:
    """Reading on in a list changes its length only where it was counted wrong."""
    rows: LongRows[Row] = LongRows(lambda row: row[0])
    rows.jump(run(range(3)), 0, places)
    rows.grow_below(run(range(10, 10 + count)))
    assert len(rows) == 3 + max(places, count)


def test_what_is_let_go_keeps_its_place() -> None:
    """A row that is not here any more is not gone: the list is as long as before."""
    rows: LongRows[Row] = LongRows(lambda row: row[0])
    rows.jump(run(range(10)), 5, 5)
    rows.keep(8, 12)
    assert (rows.above, len(rows.rows), rows.below) == (8, 4, 8)
    assert rows.at(8) == (3, "a")
    assert rows.at(7) is None


def test_a_top_that_does_not_hang_together_changes_nothing() -> None:
    """One is gone from the middle, or nothing of it is known: the list is to be read as a whole."""
    rows: LongRows[Row] = LongRows(lambda row: row[0])
    rows.update(run(range(5)))
    for other in ([(9, "a"), (0, "a"), (2, "a")], run(range(7, 9)), []):
        assert not rows.renew_top(other)
        assert rows.rows == run(range(5))
