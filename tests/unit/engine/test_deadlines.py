"""One heap for everything that is to happen at a time."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mqstudio.engine.deadlines import CANCELLED_MIN, Deadlines
from mqstudio.engine.engine import Engine
from mqstudio.model.events import EventBatch
from tests.support.driver import new_engine

ENGINE = new_engine()


def note(engine: Engine, subject: list[object], now_us: int, events: EventBatch) -> None:
    subject[0].append(subject[1])  # type: ignore[attr-defined]  # a list and what to append to it


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=30), st.integers(0, 9))
def test_what_is_due_is_done_in_order_and_what_was_cancelled_is_not(
    wanted: list[tuple[int, bool]], now_us: int
) -> None:
    deadlines, done = Deadlines(), []
    made = [deadlines.add(at, note, [done, (at, n)]) for n, (at, _) in enumerate(wanted)]
    for deadline, (_, is_cancelled) in zip(made, wanted, strict=True):
        if is_cancelled:
            deadlines.cancel(deadline)
            deadlines.cancel(deadline)
    kept = sorted((at, n) for n, (at, is_cancelled) in enumerate(wanted) if not is_cancelled)
    assert len(deadlines) == len(kept)
    assert deadlines.next_us() == (kept[0][0] if kept else None)
    deadlines.act(ENGINE, now_us, EventBatch())
    assert done == [each for each in kept if each[0] <= now_us]
    assert deadlines.next_us() == next((at for at, _ in kept if at > now_us), None)
    for deadline in made:
        deadlines.cancel(deadline)
    assert len(deadlines) == 0


def test_what_is_put_off_again_and_again_does_not_pile_up() -> None:
    deadlines = Deadlines()
    deadline = deadlines.add(1, note, None)
    for at_us in range(100_000):
        deadlines.cancel(deadline)
        deadline = deadlines.add(1_000_000 - at_us, note, None)
    assert len(deadlines) == 1
    assert len(deadlines._heap) <= 2 * CANCELLED_MIN + 2


def test_an_action_may_set_another_deadline_that_is_due_at_once() -> None:
    deadlines, done = Deadlines(), []

    def again(engine: Engine, subject: int, now_us: int, events: EventBatch) -> None:
        done.append(subject)
        if subject:
            deadlines.add(now_us, again, subject - 1)

    deadlines.add(1, again, 3)
    deadlines.act(ENGINE, 5, EventBatch())
    assert done == [3, 2, 1, 0]


def test_a_cancelled_deadline_lets_go_of_its_subject() -> None:
    deadlines = Deadlines()
    deadline = deadlines.add(1, note, object())
    deadlines.cancel(deadline)
    assert deadline.subject is None
    deadlines.cancel(None)
