"""Figures of messages, and how fast they grow."""

from typing import Any

import pytest

from mqstudio.model.rows import RateHistory
from mqstudio.model.samples import Counters
from mqstudio.protocols.management.shapes import stats

SECOND_US = 1_000_000
LATELY = RateHistory(
    [0, SECOND_US, 2 * SECOND_US], [0.0, 10.0, 10.0], [0.0, 8.0, 8.0], [0.0, 4.0, 4.0], [0, 0, 0]
)
"""Ten come a second, eight are handed over, four are done with."""


def rates(counters: Counters) -> dict[str, float]:
    shown: Any = stats(counters, LATELY)
    return {name.removesuffix("_details"): each["rate"] for name, each in shown.items() if name.endswith("s")}


def test_of_one_kind_the_rate_is_the_whole() -> None:
    """Consumers that acknowledge, and nothing else."""
    found = rates(Counters(published=100, delivered=80, settled=40))
    assert found == {
        "publish": 10.0,
        "deliver_get": 8.0,
        "deliver": 8.0,
        "deliver_no_ack": 0.0,
        "get": 0.0,
        "get_no_ack": 0.0,
        "get_empty": 0.0,
        "ack": 4.0,
        "redeliver": 0.0,
    }


def test_kinds_share_the_rate() -> None:
    """Half is taken singly, a quarter is done with at once, which is no acknowledgement."""
    found = rates(Counters(published=100, delivered=80, settled=40, taken=40, auto_settled=20, auto_taken=10))
    assert sum(found[kind] for kind in ("deliver", "deliver_no_ack", "get", "get_no_ack")) == pytest.approx(
        8.0
    )
    assert (found["get"], found["get_no_ack"], found["deliver_no_ack"]) == (3.0, 1.0, 1.0)
    assert found["ack"] == 2.0


def test_before_anything_happened_there_are_no_figures() -> None:
    assert stats(Counters(), LATELY) is None
