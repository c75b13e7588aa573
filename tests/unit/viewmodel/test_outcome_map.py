"""The scroll bar's map: what became of messages along the whole of a list."""

from hypothesis import given
from hypothesis import strategies as st

from mqstudio.model.rows import MessageRow, MessageState
from mqstudio.viewmodel.long_rows import LongRows
from mqstudio.viewmodel.outcome_map import STRETCHES_MAX, OutcomeMap

DONE, READY, DEAD = MessageState.DONE, MessageState.READY, MessageState.DEAD_LETTERED


def rows_of(states: list[MessageState], above: int = 0, below: int = 0) -> LongRows[MessageRow]:
    rows: LongRows[MessageRow] = LongRows(lambda row: row.message_id)
    count = len(states)
    rows.jump(
        [MessageRow(count - at, "q", state, "", "", 0, "", 0) for at, state in enumerate(states)],
        above,
        below,
    )
    return rows


def test_a_short_list_has_a_mark_for_each_run() -> None:
    """Neighbours of one outcome are one mark."""
    outcomes = OutcomeMap()
    outcomes.note(rows_of([READY, READY, DEAD, DONE]))
    assert outcomes.marks(4) == [(0, 0.5, READY), (0.5, 0.75, DEAD), (0.75, 1, DONE)]


def test_new_messages_do_not_move_what_is_known() -> None:
    """Stretches are counted from the old end."""
    outcomes = OutcomeMap()
    outcomes.note(rows_of([DEAD, DONE]))
    assert outcomes.marks(4) == [(0.5, 0.75, DEAD), (0.75, 1, DONE)]


def test_the_worst_of_a_stretch_is_shown() -> None:
    """One dead letter among a hundred thousand others is there to be seen; what nobody looked at is blank."""
    outcomes = OutcomeMap()
    outcomes.note(rows_of([DONE] * 500 + [DEAD] + [DONE] * 499, above=50_000, below=50_000))
    marks = outcomes.marks(101_000)
    assert [state for _, _, state in marks] == [DONE, DEAD, DONE]
    assert 0.49 < marks[0][0] < marks[-1][1] < 0.51


def test_what_changed_is_shown_as_it_is_now() -> None:
    outcomes = OutcomeMap()
    outcomes.note(rows_of([READY, READY]))
    outcomes.note(rows_of([DONE, DONE]))
    assert outcomes.marks(2) == [(0, 1, DONE)]


@given(
    st.lists(
        st.tuples(st.integers(0, 5_000), st.integers(0, 5_000), st.lists(st.sampled_from(MessageState))),
        max_size=6,
    )
)
def test_marks_are_few_and_in_order(lists: list[tuple[int, int, list[MessageState]]]) -> None:
    """Whatever lists follow each other, marks lie one below the other within the bar."""
    outcomes = OutcomeMap()
    for above, below, states in lists:
        rows = rows_of(states, above, below)
        outcomes.note(rows)
        marks = outcomes.marks(len(rows))
        assert len(marks) <= STRETCHES_MAX
        edges = [edge for start, stop, _ in marks for edge in (start, stop)]
        assert edges == sorted(edges)
        assert all(0 <= edge <= 1 for edge in edges)
