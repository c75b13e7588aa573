"""Rates are differences of counters, with the broker's memory before them."""

import pytest

from mqstudio.model.rows import RateHistory
from mqstudio.viewmodel.rates import Rates
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import START_US, Clock, ListBroker, run_now


def test_rates_are_differences(broker: ListBroker, workspace: Workspace, clock: Clock) -> None:
    """Twelve messages in four seconds are three a second."""
    rates = Rates(workspace)
    rates.show(("/", "orders"))
    broker.add_queue("orders")
    broker.feed(workspace)
    broker.add_queue("orders", 12)
    clock.advance(4)
    broker.feed(workspace)
    incoming, _, _, depth = rates.current()
    assert incoming == pytest.approx(3.0)
    assert depth == 12


def test_history_comes_before_what_was_seen(broker: ListBroker, workspace: Workspace, clock: Clock) -> None:
    """Seeding adds older points only, once."""
    rates = Rates(workspace)
    broker.add_queue("orders", 1)
    broker.feed(workspace)
    clock.advance(1)
    broker.feed(workspace)
    broker.past = RateHistory(
        [START_US - 1_000_000, START_US + 5_000_000], [7.0, 99.0], [0.0, 0.0], [0.0, 0.0], [4, 4]
    )
    run_now(rates.seed())
    run_now(rates.seed())
    assert list(rates.series.published) == [7.0, 0.0]
    assert list(rates.series.times_s) == sorted(rates.series.times_s)


def test_another_scope_starts_anew(broker: ListBroker, workspace: Workspace, clock: Clock) -> None:
    """Points of one queue never appear in the graph of another."""
    rates = Rates(workspace)
    broker.add_queue("a", 5)
    broker.feed(workspace)
    clock.advance(1)
    broker.feed(workspace)
    rates.show(("/", "b"))
    assert len(rates.series.times_s) == 0
    assert rates.title == "b"
