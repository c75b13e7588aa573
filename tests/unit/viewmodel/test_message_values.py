"""Values that rows do not carry are asked for once, where they are looked at."""

from mqstudio.model.message import Properties
from mqstudio.model.queries import GetValues
from mqstudio.viewmodel.message_values import BATCH, VALUES_KEPT, ValueCache
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import ListBroker, run_now


class Desk:
    """A cache whose wishes are granted when `grant` is called."""

    def __init__(self, broker: ListBroker, workspace: Workspace) -> None:
        self.broker = broker
        broker.add_queue("orders")
        self.values = ValueCache(workspace, "/", "orders")
        self.values.wants.connect(self.on_wants)
        self.wishes = 0

    def on_wants(self) -> None:
        self.wishes += 1

    def grant(self) -> None:
        run_now(self.values.fetch())

    @property
    def asked(self) -> list[list[int]]:
        return [request.ids for request in self.broker.asked if isinstance(request, GetValues)]


def test_a_value_is_asked_for_once(broker: ListBroker, workspace: Workspace) -> None:
    """All that is on screen comes with one request, and is known from then on."""
    desk = Desk(broker, workspace)
    ids = [broker.add_message("orders", b'{"total": %d}' % number) for number in range(3)]
    broker.properties[ids[0]] = Properties(message_id="m-1")
    desk.values.need(["message_id", "body.total"], [])
    assert [desk.values.text(each, "body.total") for each in ids] == ["", "", ""]
    assert desk.wishes == 1
    desk.grant()
    assert [desk.values.text(each, "body.total") for each in ids] == ["0", "1", "2"]
    assert [desk.values.text(each, "message_id") for each in ids] == ["m-1", "", ""]
    desk.grant()
    assert desk.asked == [ids]


def test_what_was_wanted_when_the_broker_went_is_asked_for_again(
    broker: ListBroker, workspace: Workspace
) -> None:
    desk = Desk(broker, workspace)
    one = broker.add_message("orders", b'{"a": 1}')
    desk.values.need(["body.a"], [])
    desk.values.text(one, "body.a")
    workspace.lose("It was killed.")
    desk.grant()
    assert desk.asked == []
    desk.values.text(one, "body.a")  # painted again
    assert desk.wishes == 2


def test_other_columns_need_other_values(broker: ListBroker, workspace: Workspace) -> None:
    desk = Desk(broker, workspace)
    one = broker.add_message("orders", b'{"a": 1, "b": 2}')
    for field, value in (("body.a", "1"), ("body.b", "2")):
        desk.values.need([field], [])
        desk.values.text(one, field)
        desk.grant()
        assert desk.values.text(one, field) == value


def test_filters_are_answered_too(broker: ListBroker, workspace: Workspace) -> None:
    desk = Desk(broker, workspace)
    one = broker.add_message("orders", b'{"a": 1}')
    desk.values.need([], ["body.a == 1", "body.a == 2"])
    assert desk.values.answers(one, "body.a == 1") is None
    desk.grant()
    assert desk.values.answers(one, "body.a == 1") == 1
    assert desk.values.answers(one, "body.a == 2") == 0


def test_what_was_scrolled_past_is_not_asked_for(broker: ListBroker, workspace: Workspace) -> None:
    """Only the last so many that were looked at."""
    desk = Desk(broker, workspace)
    desk.values.need(["body.a"], [])
    for message_id in range(10 * BATCH):
        desk.values.text(message_id, "body.a")
    desk.grant()
    assert desk.asked == [list(range(9 * BATCH, 10 * BATCH))]


def test_only_so_much_is_kept(broker: ListBroker, workspace: Workspace) -> None:
    desk = Desk(broker, workspace)
    desk.values.need(["body.a"], [])
    for first in range(0, VALUES_KEPT + BATCH, BATCH):
        for message_id in range(first, first + BATCH):
            desk.values.text(message_id, "body.a")
        desk.grant()
    assert len(desk.values._texts) == VALUES_KEPT


def test_without_a_broker_they_stay_unknown(broker: ListBroker, workspace: Workspace) -> None:
    desk = Desk(broker, workspace)
    one = broker.add_message("orders", b'{"a": 1}')
    desk.values.need(["body.a"], [])
    workspace.lose("it is gone")
    desk.values.text(one, "body.a")
    desk.grant()
    assert desk.asked == []
    broker.feed(workspace)
    desk.grant()
    assert desk.values.text(one, "body.a") == "1"
