"""The table of clients."""

from mqstudio.model.histogram import Histogram
from mqstudio.model.rows import ChannelRow, ClientDetail, FailedHandshake, SubscriptionRow
from mqstudio.viewmodel.clients import CLIENT_COLUMNS, FAILURES_SHOWN, Clients
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import START_US, Clock, ListBroker, run_now


class Looked(Clients):
    """Clients that somebody looks at: what they want is done at once."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.wants_refresh.connect(self._on_wanted)

    def _on_wanted(self) -> None:
        run_now(self.refresh())

    def texts(self, row: int = 0) -> dict[str, str]:
        return {column.key: column.text(self.rows.rows[row], START_US) for column in CLIENT_COLUMNS}


def test_shows_programs_and_not_ourselves(broker: ListBroker, workspace: Workspace) -> None:
    """Each with its library; the window's own connection is hidden; all go with the broker."""
    clients = Clients(workspace)
    broker.add_client(1, unacked=7)
    broker.add_client(2, protocol="native")
    broker.feed(workspace)
    texts = {column.key: column.text(clients.rows.rows[0], 0) for column in CLIENT_COLUMNS}
    assert len(clients.rows) == 1
    assert (texts["name"], texts["library"], texts["unacked"]) == ("app-1", "pika 1.4.4", "7")
    workspace.lose("gone")
    assert len(clients.rows) == 0


def test_all_that_is_known_of_a_client(broker: ListBroker, workspace: Workspace, clock: Clock) -> None:
    """Process, prefetch, rates, how long it takes to ack, what it was last refused."""
    clients = Looked(workspace)
    took = Histogram()
    for value_us in (2_000, 2_000, 90_000):  # each is told within a sixteenth
        took.add(value_us)
    broker.details[1] = ClientDetail(
        1, 4312, "python orders.py", took.pack(), "There is no queue 'x'.", START_US
    )
    broker.subscriptions = [
        SubscriptionRow(number, "t", "/", "q", 1, 5, 1, credit, 0, is_auto, False, True, 0, {})
        for number, (credit, is_auto) in enumerate([(10, False), (1, False), (0, True)])
    ]
    broker.add_client(1, vhost="shop", user="ada")
    broker.feed(workspace)
    clients.set_visible(True)
    broker.add_client(1, vhost="shop", user="ada", published=30, delivered=10)
    clock.advance(2)
    broker.feed(workspace)
    texts = clients.texts()
    assert texts["process"] == "python orders.py · 4312"
    assert (texts["language"], texts["vhost"], texts["user"]) == ("Python", "shop", "ada")
    assert (texts["in"], texts["out"]) == ("15", "5.0")
    assert (texts["p50"], texts["p99"]) == ("2.0 ms", "86 ms")
    assert texts["prefetch"] == "1 / 10 / no limit"
    assert texts["error"] == "There is no queue 'x'."


def test_a_channels_prefetch_counts_where_a_consumer_has_none(
    broker: ListBroker, workspace: Workspace
) -> None:
    clients = Looked(workspace)
    broker.channels = [ChannelRow(5, 1, 1, "/", 250, 0, 1, False)]
    broker.subscriptions = [SubscriptionRow(1, "t", "/", "q", 1, 5, 1, 0, 0, False, False, True, 0, {})]
    broker.add_client(1)
    broker.feed(workspace)
    clients.set_visible(True)
    assert clients.texts()["prefetch"] == "250"


def test_of_a_stranger_little_is_said(broker: ListBroker, workspace: Workspace) -> None:
    clients = Looked(workspace)
    broker.add_client(1, product="", version="", platform="")
    broker.feed(workspace)
    clients.set_visible(True)
    texts = clients.texts()
    assert (texts["library"], texts["language"], texts["process"]) == ("unknown", "", "")
    assert (texts["p50"], texts["prefetch"], texts["error"]) == ("", "", "")


def test_nothing_is_asked_while_nobody_looks(broker: ListBroker, workspace: Workspace, clock: Clock) -> None:
    clients = Looked(workspace)
    broker.add_client(1)
    for _ in range(3):
        clock.advance(1)
        broker.feed(workspace)
    assert broker.details_asked == 0
    assert len(clients.rows) == 1
    clients.set_visible(True)
    assert broker.details_asked == 1
    clients.set_visible(False)
    clock.advance(9)
    broker.feed(workspace)
    assert broker.details_asked == 1


def test_where_nothing_moves_it_is_asked_seldom(
    broker: ListBroker, workspace: Workspace, clock: Clock
) -> None:
    clients = Looked(workspace)
    broker.add_client(1)
    broker.feed(workspace)
    clients.set_visible(True)
    clock.advance(10)
    broker.feed(workspace)
    asked = broker.details_asked
    for _ in range(20):
        clock.advance(1)
        broker.feed(workspace)
    assert broker.details_asked - asked == 4


def test_who_failed_to_connect_is_told(broker: ListBroker, workspace: Workspace) -> None:
    clients = Looked(workspace)
    told: list[int] = []

    def on_changed() -> None:
        told.append(len(clients.failed))

    clients.changed.connect(on_changed)
    broker.failed = [FailedHandshake(START_US, "amqp091", "127.0.0.1:5", "There is no user '\u202ex'.")]
    broker.feed(workspace)
    clients.set_visible(True)
    (line,) = clients.failures()
    assert line.endswith("127.0.0.1:5  There is no user '\\u202ex'.")
    assert told == [1]


def test_what_is_gone_is_forgotten(broker: ListBroker, workspace: Workspace, clock: Clock) -> None:
    clients = Looked(workspace)
    clients.set_visible(True)
    for number in range(1, 6):
        broker.add_client(number)
    broker.feed(workspace)
    broker.connections.clear()
    broker.feed(workspace)
    assert len(clients.rows) == 0
    assert not (clients._counted or clients._details or clients._prefetch or clients._per_s)


def test_a_broker_that_is_gone_is_not_asked(broker: ListBroker, workspace: Workspace) -> None:
    clients = Looked(workspace)
    broker.feed(workspace)
    workspace.lose("gone")
    run_now(clients.refresh())
    assert broker.details_asked == 0


def test_the_same_failure_again_is_one_line_that_counts(broker: ListBroker, workspace: Workspace) -> None:
    """And no more lines than there is room for."""
    clients = Looked(workspace)
    again = FailedHandshake(START_US, "amqp091", "127.0.0.1:5", "No.", count=12)
    broker.failed = [again, *(FailedHandshake(START_US, "amqp091", f"h{n}:1", "No.") for n in range(9))]
    broker.feed(workspace)
    clients.set_visible(True)
    assert clients.failures()[0].endswith("127.0.0.1:5  No.  ×12")
    assert len(clients.failures()) == FAILURES_SHOWN
