"""Pausing queues, consumers and everything: said as long as it lasts, and undone."""

import pytest

from mqstudio.model.rows import SubscriptionRow
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.pausing import Pausing
from mqstudio.viewmodel.undo import UndoList
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import ListBroker, run_now


class Desk:
    """A pausing over a broker made of lists, which hears of every change."""

    def __init__(self, broker: ListBroker, workspace: Workspace, notices: Notices, undo: UndoList) -> None:
        self.broker, self.workspace, self.notices, self.undo = broker, workspace, notices, undo
        self.pausing = Pausing(workspace, notices, undo)
        self.told: list[str] = []
        self.pausing.changed.connect(self.note)

    def note(self) -> None:
        self.told.append(self.pausing.says())

    def do(self, action: object) -> None:
        run_now(action)  # type: ignore[arg-type]
        self.broker.feed(self.workspace)

    def said(self) -> str:
        return self.notices.shown[-1].text


def consumer(subscription_id: int, connection_id: int = 1) -> SubscriptionRow:
    return SubscriptionRow(
        subscription_id, f"tag{subscription_id}", "/", "orders", connection_id, 1, 1, 10, 0, False, False,
        True, 0, {},
    )  # fmt: skip


@pytest.fixture
def desk(broker: ListBroker, workspace: Workspace, notices: Notices, undo: UndoList) -> Desk:
    broker.add_queue("orders", 1)
    broker.add_queue("mail")
    broker.add_client(1, name="worker-1")
    broker.subscriptions = [consumer(7), consumer(8)]
    broker.feed(workspace)
    return Desk(broker, workspace, notices, undo)


def test_a_queue_is_paused_and_goes_on(desk: Desk) -> None:
    """It is said, once, for as long as it lasts; the same verb ends it, and so does undo."""
    desk.do(desk.pausing.toggle_queue("/", "orders"))
    assert desk.pausing.says() == "Paused: orders. Messages wait there."
    assert desk.said() == "Paused orders."
    desk.do(desk.pausing.toggle_queue("/", "orders"))
    assert (desk.pausing.says(), desk.said()) == ("", "orders goes on.")
    desk.do(desk.undo.undo_last())
    assert desk.pausing.says() == "Paused: orders. Messages wait there."
    assert desk.told == ["Paused: orders. Messages wait there.", "", "Paused: orders. Messages wait there."]


def test_one_consumer(desk: Desk) -> None:
    """The other one goes on."""
    desk.do(desk.pausing.toggle_consumers([8], "tag8"))
    assert [row.is_paused for row in desk.broker.subscriptions] == [False, True]
    assert desk.pausing.says() == "Paused: 1 consumer. Messages wait there."
    desk.do(desk.undo.undo_last())
    assert desk.pausing.says() == ""


def test_a_client_with_all_its_consumers(desk: Desk) -> None:
    """Named by the client; half paused, all are paused first."""
    desk.do(desk.pausing.toggle_consumers([8], "tag8"))
    desk.do(desk.pausing.toggle_client(1))
    assert [row.is_paused for row in desk.broker.subscriptions] == [True, True]
    assert desk.said() == "Paused worker-1."
    desk.do(desk.pausing.toggle_client(1))
    assert desk.pausing.says() == ""


def test_a_client_that_only_publishes_cannot_be_paused(desk: Desk) -> None:
    """That is said."""
    desk.broker.subscriptions = []
    desk.do(desk.pausing.toggle_client(1))
    assert desk.said() == "worker-1 has no consumer that could be paused."


def test_everything_and_all_of_it_goes_on(desk: Desk) -> None:
    """Resuming ends every pause, also those of single queues and consumers."""
    desk.do(desk.pausing.toggle_queue("/", "orders"))
    desk.do(desk.pausing.toggle_queue("/", "mail"))
    desk.do(desk.pausing.toggle_consumers([7], "tag7"))
    assert desk.pausing.says() == "Paused: orders, mail and 1 consumer. Messages wait there."
    desk.do(desk.pausing.toggle_all())
    assert desk.pausing.says() == ""
    desk.do(desk.pausing.toggle_all())
    assert desk.pausing.says() == "Everything is paused: nothing is handed over to anybody."
    desk.do(desk.undo.undo_last())
    assert (desk.pausing.says(), desk.said()) == ("", "Everything goes on.")


def test_many_queues_are_counted(desk: Desk) -> None:
    """A banner has one line."""
    for name in ("a", "b", "c", "d"):
        desk.broker.add_queue(name)
        desk.broker.by_hand.paused[name] = True
    desk.broker.feed(desk.workspace)
    assert desk.pausing.says() == "Paused: 4 queues. Messages wait there."
