"""What is declared is asked for when samples say that it changed, and not more often than that."""

from mqstudio.model.topology import DestinationKind
from mqstudio.viewmodel.structure import LOOK_AGAIN_US, Structure
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker, run_now
from tests.unit.viewmodel.conftest import Shop


class Asked:
    """Refreshes whenever asked, and counts."""

    def __init__(self, structure: Structure) -> None:
        self.count = 0
        self.structure = structure
        structure.wants_refresh.connect(self.refresh)

    def refresh(self) -> None:
        self.count += 1
        run_now(self.structure.refresh())


def test_asks_when_something_came_and_then_rests(
    workspace: Workspace, structure: Structure, broker: ListBroker, clock: Clock
) -> None:
    """A new queue is asked about within a second; unchanged samples ask for nothing."""
    asked = Asked(structure)
    broker.add_queue("orders")
    clock.advance(1)
    broker.feed(workspace)
    assert asked.count == 1
    assert structure.queue("/", "orders") is not None
    for _ in range(3):
        clock.advance(1)
        broker.feed(workspace)
    assert asked.count == 1
    clock.advance(LOOK_AGAIN_US / 1_000_000)
    broker.feed(workspace)
    assert asked.count == 2


def test_many_changes_ask_once_a_second(
    workspace: Workspace, structure: Structure, broker: ListBroker, clock: Clock
) -> None:
    """However fast things are declared."""
    asked = Asked(structure)
    for number in range(20):
        broker.add_queue(f"q{number}")
        clock.advance(0.1)
        broker.feed(workspace)
    assert asked.count <= 3


def test_tells_only_of_changes(shop: Shop, structure: Structure) -> None:
    """The same answer twice is one change."""
    told = []

    def on_changed() -> None:
        told.append(True)

    structure.changed.connect(on_changed)
    shop.look()
    assert told == []
    shop.broker.add_queue("mail")
    shop.look()
    assert told == [True]


def test_finds_what_is_declared(shop: Shop, structure: Structure) -> None:
    """Queues and exchanges by name, bindings by where they lead, kinds that can be chosen."""
    assert [row.spec.name for row in structure.queues("/")] == ["orders"]
    assert [row.spec.name for row in structure.exchanges("/")] == ["", "amq.direct", "shop"]
    (binding,) = structure.bindings_to("/", "orders", DestinationKind.QUEUE)
    assert binding.routing_key == "order.*"
    assert structure.bindings_to("/", "orders", DestinationKind.EXCHANGE) == []
    assert structure.vhosts() == ["/"]
    assert structure.exchange_kinds()[:3] == ["direct", "fanout", "topic"]
    assert structure.queue("/", "none") is None


def test_large_ones_are_asked_for_less_often(
    workspace: Workspace, structure: Structure, broker: ListBroker, clock: Clock
) -> None:
    """The answer has everything: with thousands of queues it costs both ends."""
    for number in range(2_000):
        broker.add_queue(f"q{number}")
    clock.advance(1)
    broker.feed(workspace)
    run_now(structure.refresh())
    asked = Asked(structure)
    for number in range(4):
        broker.add_queue(f"new{number}")
        clock.advance(1)
        broker.feed(workspace)
    assert asked.count == 1
