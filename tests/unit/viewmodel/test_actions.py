"""The verbs say exactly what they did, and how to undo it."""

import pytest

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.viewmodel.actions import Actions
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.undo import UndoList
from mqstudio.viewmodel.wording import clock
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import START_US, ListBroker, run_now


@pytest.fixture
def actions(workspace: Workspace, notices: Notices, undo: UndoList) -> Actions:
    return Actions(workspace, notices, undo)


def test_purge_and_undo(actions: Actions, notices: Notices, broker: ListBroker) -> None:
    """The exact count is told; undo brings exactly those back."""
    broker.add_queue("orders", 12)
    run_now(actions.purge("/", "orders"))
    notice = notices.shown[-1]
    assert notice.text == f"Purged 12 messages from orders, published {clock(START_US)}."
    assert broker.queues["orders"] == []
    assert notice.verb == "Undo"
    assert notice.action is not None
    run_now(notice.action())
    assert len(broker.queues["orders"]) == 12
    assert notices.shown[-1].text == "12 messages are back in orders."


def test_purging_nothing(actions: Actions, notices: Notices, broker: ListBroker, undo: UndoList) -> None:
    """An empty queue leaves nothing to undo."""
    broker.add_queue("orders")
    run_now(actions.purge("/", "orders"))
    assert "nothing was purged" in notices.shown[-1].text
    assert undo.steps == []


def test_more_than_the_bin_holds_cannot_be_undone(
    actions: Actions, broker: ListBroker, workspace: Workspace, notices: Notices, undo: UndoList
) -> None:
    """Such a purge is refused before anything has happened, so that it can be confirmed; then it is final."""
    broker.add_queue("orders", 3)
    broker.is_bin_full = True
    with pytest.raises(RefusedError) as refused:
        run_now(actions.purge("/", "orders"))
    assert refused.value.why is Refusal.TOO_MANY
    assert len(broker.queues["orders"]) == 3
    run_now(actions.purge("/", "orders", is_for_good=True))
    assert broker.queues["orders"] == []
    assert notices.shown[-1].text == f"Purged 3 messages from orders for good, published {clock(START_US)}."
    assert undo.steps == []


def test_kick_names_the_client_and_what_it_held(
    actions: Actions, notices: Notices, broker: ListBroker, workspace: Workspace
) -> None:
    """Its open deliveries return, and the notice says how many."""
    broker.add_client(4, name="worker-2", unacked=3)
    broker.feed(workspace)
    run_now(actions.kick(4))
    assert broker.kicked == [4]
    assert (
        notices.shown[-1].text
        == "Closed the connection of worker-2; 3 open deliveries returned to the queue."
    )


def test_test_message_goes_to_its_queue(actions: Actions, broker: ListBroker) -> None:
    """Through the default exchange, as JSON."""
    broker.add_queue("orders")
    run_now(actions.send_test_message("/", "orders"))
    exchange, key, _, properties = broker.published[0]
    assert (exchange, key, properties.content_type) == ("", "orders", "application/json")


def test_declare(actions: Actions, notices: Notices, broker: ListBroker) -> None:
    """Making a queue is told."""
    run_now(actions.declare_queue("/", "orders"))
    assert "orders" in broker.queues
    assert notices.shown[-1].text == "Queue orders is there."
