"""What rates can be shown of."""

from mqstudio.model.filters.matching import compile_filter
from mqstudio.model.filters.subject import Subject
from mqstudio.model.filters.syntax import parse
from mqstudio.model.message import Message
from mqstudio.model.rates import ScopeKind
from mqstudio.model.rows import SubscriptionRow
from mqstudio.viewmodel.rate_scopes import (
    ALL_QUEUES,
    CHOICES_MAX,
    choices,
    counters_of,
    of_client,
    of_consumer,
    of_queue,
    time_filter,
)
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import ListBroker


def _subscription(number: int, connection_id: int = 1) -> SubscriptionRow:
    tag = f"t{number}"
    return SubscriptionRow(number, tag, "/", "orders", connection_id, 1, 1, 10, 0, False, False, True, 0, {})


def test_everything_then_queues_clients_and_consumers(broker: ListBroker, workspace: Workspace) -> None:
    broker.add_queue("orders", 1)
    broker.add_queue("mail")
    broker.add_client(1, name="worker-1")
    broker.add_client(2, protocol="native")
    broker.feed(workspace)
    found = choices(workspace, [_subscription(7), _subscription(8, 2)])
    assert [each.title for each in found] == [
        "All queues", "mail", "orders", "Client worker-1", "Consumer worker-1 of orders",
    ]  # fmt: skip
    assert [each.kind for each in found] == [
        ScopeKind.TOTAL, ScopeKind.QUEUE, ScopeKind.QUEUE, ScopeKind.CLIENT, ScopeKind.CONSUMER,
    ]  # fmt: skip
    assert (found[3].id, found[4].id) == (1, 7)


def test_of_very_many_the_liveliest_can_be_chosen(broker: ListBroker, workspace: Workspace) -> None:
    for number in range(CHOICES_MAX + 50):
        broker.add_queue(f"q{number:03}", 1 if number > 50 else 0)
    broker.feed(workspace)
    names = {each.name for each in choices(workspace, [])}
    assert len(names) == CHOICES_MAX + 1
    assert "q100" in names and "q010" not in names


def test_names_of_strangers_do_nothing(broker: ListBroker, workspace: Workspace) -> None:
    assert of_queue("/", "a\u202eb\n").title == "a\\u202eb\\n"
    assert of_client(workspace, 99).title == "Client connection 99"
    assert of_consumer(workspace, _subscription(1, 99)).title == "Consumer connection 99 of orders"


def test_levels_now(broker: ListBroker, workspace: Workspace) -> None:
    broker.add_queue("orders", 3)
    broker.add_client(1, unacked=2)
    broker.feed(workspace)
    assert counters_of(workspace, ALL_QUEUES) == (3, 0)
    assert counters_of(workspace, of_queue("/", "orders")) == (3, 0)
    assert counters_of(workspace, of_queue("/", "none")) == (0, 0)
    assert counters_of(workspace, of_client(workspace, 1)) == (2, 2)
    assert counters_of(workspace, of_consumer(workspace, _subscription(1))) == (None, None)


def test_a_time_as_a_filter_finds_what_was_published_in_it() -> None:
    from_us, until_us = 1_700_000_000_250_000, 1_700_000_060_500_000
    fits = compile_filter(parse(time_filter(from_us, until_us)), until_us)
    subject = Subject(until_us)

    def finds(at_us: int) -> bool:
        return fits(subject.take(Message(1, b"", b"", "", "", at_us, "hub", 0)))

    assert [finds(at_us) for at_us in (from_us - 1_000, from_us, until_us - 1_000, until_us)] == [
        False, True, True, False,
    ]  # fmt: skip
