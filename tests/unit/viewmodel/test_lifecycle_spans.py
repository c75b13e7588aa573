"""How long a message waited and was held: one holder after the other in queues, many at once in logs."""

from typing import Any

from mqstudio.model.lifecycle import LifePart
from mqstudio.model.rows import LifeStep, MessageRow, MessageState
from mqstudio.viewmodel.lifecycle_spans import spans_in

PART = LifePart(1, "/", "", "q", 0, 2)
ROW = MessageRow(1, "q", MessageState.READY, "", "q", 2, "", 0, 0)


def step(at_us: int, what: str, reader: int = 0, **fields: Any) -> LifeStep:
    return LifeStep(
        at_us,
        what,
        "q",
        f"to r{reader}",
        1,
        connection_id=reader,
        client=f"r{reader}",
        delivery_tag=1,
        **fields,
    )


def test_in_a_queue_a_hold_ends_with_what_follows() -> None:
    steps = [
        step(0, "enqueued"), step(5, "delivered", 1), step(9, "settled", 1, outcome="released"),
        step(9, "requeued"), step(12, "delivered", 2),
    ]  # fmt: skip
    spans = spans_in(PART, ROW, steps)
    assert [(wait.from_us, wait.until_us) for wait in spans.waits] == [(0, 5), (9, 12)]
    assert [(hold.from_us, hold.until_us, hold.holder) for hold in spans.holds] == [
        (5, 9, "r1"),
        (12, None, "r2"),
    ]


def test_in_a_log_each_reader_holds_it_for_itself() -> None:
    steps = [
        step(0, "enqueued"), step(5, "delivered", 1), step(6, "delivered", 2),
        step(8, "settled", 2, outcome="accepted"), step(11, "delivered", 3),
    ]  # fmt: skip
    spans = spans_in(PART, ROW, steps)
    assert [(wait.from_us, wait.until_us) for wait in spans.waits] == [(0, 5)]
    assert [(hold.from_us, hold.until_us, hold.holder, hold.outcome) for hold in spans.holds] == [
        (5, None, "r1", ""), (6, 8, "r2", "accepted"), (11, None, "r3", ""),
    ]  # fmt: skip
