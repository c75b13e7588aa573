"""The first page tells the truth about ports and about who connected."""

from mqstudio.model.rows import Listener
from mqstudio.viewmodel.welcome import Welcome, consumer_snippet
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker


def test_the_snippet_has_the_real_port(broker: ListBroker, workspace: Workspace) -> None:
    """The usual port needs no mention; another one is in the code, which is valid Python."""
    welcome = Welcome(workspace)
    assert "ConnectionParameters('localhost'))" in welcome.snippet
    broker.listeners = [Listener("amqp091", [], 5673, 5672, "java (pid 4312)")]
    broker.feed(workspace)
    assert "ConnectionParameters('localhost', 5673))" in welcome.snippet
    compile(welcome.snippet, "snippet", "exec")
    assert welcome.url == "amqp://guest:guest@localhost:5673/"
    assert welcome.ports[0].problem == "5672 is in use by java (pid 4312), so 5673 is used"


def test_waiting_turns_to_connected(broker: ListBroker, workspace: Workspace) -> None:
    """Library, version and name of the newest client; remembered when it has gone again."""
    welcome = Welcome(workspace)
    assert welcome.waiting == "Waiting for your program…"
    broker.add_client(1, name="old.py")
    broker.add_client(2, name="orders.py")
    broker.feed(workspace)
    assert welcome.connected == "pika 1.4.4 from orders.py connected"
    broker.connections.clear()
    broker.feed(workspace)
    assert welcome.connected == "pika 1.4.4 from orders.py connected"


def test_a_lost_broker_is_explained(workspace: Workspace) -> None:
    """What happened, and what to do."""
    welcome = Welcome(workspace)
    workspace.lose("The broker has gone.")
    assert welcome.headline == "The broker is not running."
    assert welcome.explanation == "The broker has gone. “Restart broker” starts it again."


def test_starting(clock: Clock) -> None:
    """Before the broker answers, nothing is promised."""
    assert Welcome(Workspace(clock)).headline == "Starting the broker…"


def test_consumer_snippet_quotes_the_queue() -> None:
    """A queue named like code stays a string."""
    hostile = "x'); import os; ('"
    compile(consumer_snippet(hostile, 5672), "snippet", "exec")
    assert repr(hostile) in consumer_snippet(hostile, 5672)


def test_a_port_for_tls_says_so(broker: ListBroker, workspace: Workspace) -> None:
    """It is for the same programs, which must be told of it."""
    welcome = Welcome(workspace)
    plain = Listener("amqp091", [], 5672, 5672, "")
    broker.listeners = [plain, Listener("amqp091", [], 5671, 5671, "", is_tls=True)]
    broker.feed(workspace)
    first, second = welcome.ports
    assert second.title == f"{first.title} over TLS"
    assert workspace.port() == 5672
