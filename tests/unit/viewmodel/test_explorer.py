"""The explorer's rows: what is where, what a filter leaves, what folding hides."""

import pytest

from mqstudio.viewmodel.explorer import Explorer, NodeKind, Shown
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import ListBroker


@pytest.fixture
def explorer(broker: ListBroker, workspace: Workspace) -> Explorer:
    explorer = Explorer(workspace, Structure(workspace))
    broker.add_queue("orders", 2)
    broker.add_queue("Mail")
    broker.add_client(1, name="shop.py", unacked=4)
    broker.feed(workspace)
    return explorer


def titles(explorer: Explorer) -> list[str]:
    return [node.title for node in explorer.nodes.rows]


def test_order_and_depth(explorer: Explorer) -> None:
    """Protocol, virtual host, folded exchanges, queues by name whatever their case, clients."""
    assert [(node.title, node.depth) for node in explorer.nodes.rows] == [
        ("RabbitMQ", 0), ("/", 1), ("Exchanges", 2), ("Mail", 2), ("orders", 2),
        ("Clients", 0), ("shop.py", 1),
    ]  # fmt: skip


def test_queues_and_clients_tell_their_counts(explorer: Explorer) -> None:
    """Ready and in flight stand on the rows."""
    by_title = {node.title: node for node in explorer.nodes.rows}
    assert by_title["orders"].ready == 2
    assert by_title["shop.py"].in_flight == 4


def test_a_queue_is_busy_while_its_counters_move(
    explorer: Explorer, broker: ListBroker, workspace: Workspace
) -> None:
    """It lights up with a sample in which it moved, and rests with the next."""
    broker.add_message("orders")
    broker.feed(workspace)
    assert [n.title for n in explorer.nodes.rows if n.is_busy] == ["orders"]
    broker.feed(workspace)
    assert not any(n.is_busy for n in explorer.nodes.rows)


def test_filter(explorer: Explorer) -> None:
    """Only what contains the text stays, folded or not; branches stay to say where it is."""
    explorer.set_filter("MAIL")
    assert [n.title for n in explorer.nodes.rows if n.kind is NodeKind.QUEUE] == ["Mail"]
    explorer.set_filter("direct")
    assert "amq.direct" in titles(explorer)


def test_folding(explorer: Explorer) -> None:
    """A folded branch keeps its row and hides what is inside; opening twice is opening."""
    explorer.toggle("protocol:amqp091")
    assert titles(explorer) == ["RabbitMQ", "Clients", "shop.py"]
    explorer.set_open("protocol:amqp091", True)
    explorer.set_open("protocol:amqp091", True)
    assert "orders" in titles(explorer)


def test_empty_branches_say_so(workspace: Workspace) -> None:
    """No queues and no clients are words, not blanks."""
    explorer = Explorer(workspace, Structure(workspace))
    explorer.refresh()
    assert {"No queues yet", "Nobody is connected"} <= set(titles(explorer))


def test_hostile_names_are_escaped(broker: ListBroker, workspace: Workspace) -> None:
    """A name with a direction override cannot turn the row around."""
    explorer = Explorer(workspace, Structure(workspace))
    broker.add_queue("a\u202eb\x00")
    broker.feed(workspace)
    assert "a\\u202eb\\x00" in titles(explorer)


def test_hiding_empty_queues(explorer: Explorer) -> None:
    """Only queues with messages stay."""
    explorer.show(Shown(hides_empty=True))
    assert [n.title for n in explorer.nodes.rows if n.kind is NodeKind.QUEUE] == ["orders"]


def queues(explorer: Explorer) -> list[str]:
    return [node.title for node in explorer.nodes.rows if node.kind is NodeKind.QUEUE]


def test_what_is_shown_and_in_which_order(
    explorer: Explorer, broker: ListBroker, workspace: Workspace
) -> None:
    """Only those in trouble, without the broker's own, the longest first; and so the next time."""
    broker.add_queue("archive", 9)
    broker.add_queue("amq.gen-7", 1)
    broker.consumers["archive"] = 1
    broker.feed(workspace)
    assert queues(explorer) == ["amq.gen-7", "archive", "Mail", "orders"]
    explorer.show(Shown(is_by_depth=True))
    assert queues(explorer) == ["archive", "orders", "amq.gen-7", "Mail"]
    explorer.show(Shown(hides_internal=True))
    assert queues(explorer) == ["archive", "Mail", "orders"]
    assert all(not node.name.startswith("amq.") for node in explorer.nodes.rows)
    explorer.show(Shown(with_problems=True))
    assert queues(explorer) == ["amq.gen-7", "orders"]
    broker.by_hand.paused["Mail"] = True
    broker.feed(workspace)
    explorer.refresh()
    assert queues(explorer) == ["amq.gen-7", "Mail", "orders"]
    assert [node.is_paused for node in explorer.nodes.rows if node.title == "Mail"] == [True]
    other = Explorer(workspace, Structure(workspace))
    other.restore(explorer.to_text())
    assert other.shown == Shown(with_problems=True)
    other.restore("{")
    assert other.shown == Shown(with_problems=True)


def test_only_what_changed_is_made_anew(broker: ListBroker, workspace: Workspace) -> None:
    """With many queues most stand still: their rows are the same objects as before, in the same order."""
    explorer = Explorer(workspace, Structure(workspace))
    for name in ("b", "a", "C"):
        broker.add_queue(name)
    broker.feed(workspace)
    before = {node.title: node for node in explorer.nodes.rows}
    broker.add_message("a")
    broker.feed(workspace)
    after = {node.title: node for node in explorer.nodes.rows}
    assert [node.title for node in explorer.nodes.rows if node.title in "abC"] == ["a", "b", "C"]
    assert after["b"] is before["b"]
    assert after["a"].ready == 1
