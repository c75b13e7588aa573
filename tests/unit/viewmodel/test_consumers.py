"""The consumers of a queue."""

from mqstudio.model.rows import SubscriptionRow
from mqstudio.viewmodel.consumers import CONSUMER_COLUMNS, Consumers
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker, run_now


def row(number: int, *, is_active: bool, priority: int = 0, credit: int = 0) -> SubscriptionRow:
    return SubscriptionRow(
        number, f"ctag{number}", "/", "orders", 1, 1, 1, credit, priority, False, False, is_active, 2, {}
    )


def test_active_ones_first_with_all_there_is_to_know(workspace: Workspace, broker: ListBroker) -> None:
    """State, client, priority, prefetch, unacked; those of other queues are not here."""
    broker.add_client(1, name="worker.py")
    broker.feed(workspace)
    mine = [row(1, is_active=False, credit=5), row(2, is_active=True, priority=9)]
    broker.subscriptions = [
        *mine,
        SubscriptionRow(3, "x", "/", "mail", 1, 1, 1, 0, 0, False, False, True, 0, {}),
    ]
    consumers = Consumers(workspace, "/", "orders")
    run_now(consumers.refresh())
    texts = [[column.text(line, 0) for column in CONSUMER_COLUMNS] for line in consumers.rows.rows]
    assert texts == [
        ["active", "worker.py", "ctag2", "9", "no limit", "2", "by the consumer"],
        ["waiting", "worker.py", "ctag1", "0", "5", "2", "by the consumer"],
    ]


def test_nothing_is_read_that_nobody_sees(workspace: Workspace, broker: ListBroker, clock: Clock) -> None:
    """And what is seen at most twice a second."""
    consumers = Consumers(workspace, "/", "orders")
    asked = []

    def on_wanted() -> None:
        asked.append(True)

    consumers.wants_refresh.connect(on_wanted)
    broker.feed(workspace)
    assert asked == []
    consumers.set_visible(True)
    clock.advance(0.1)
    broker.feed(workspace)
    assert asked == [True]
    clock.advance(0.5)
    broker.feed(workspace)
    assert asked == [True, True]
