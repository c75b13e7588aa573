"""Declaring and deleting exchanges, queues and bindings."""

from typing import Any

import pytest

from mqstudio.engine import declaring
from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.delivery import DropReason
from mqstudio.model.errors import Refusal, RefusedError
from tests.support.driver import Driver


@pytest.fixture
def driver() -> Driver:
    return Driver()


def refused(driver: Driver, command: Any) -> RefusedError:
    """Apply a command that must be refused and change nothing."""
    with pytest.raises(RefusedError) as caught:
        driver.do(command)
    assert driver.events == []
    assert caught.value.says.endswith(".")
    return caught.value


def test_a_queue_is_declared_once_and_met_again(driver: Driver) -> None:
    channel = driver.channel()
    driver.queue(channel, is_durable=True)
    assert [event.queue.name for event in driver.of(e.QueueDeclared)] == ["q"]
    driver.publish(channel)
    status = driver.queue(channel, is_durable=True)
    assert (status.name, status.ready, status.subscriptions) == ("q", 1, 0)
    assert driver.of(e.QueueDeclared) == []


@pytest.mark.parametrize(
    ("attribute", "difference"),
    [
        ("durable", {"is_durable": True}),
        ("auto_delete", {"is_auto_delete": True}),
        ("x-queue-type", {"arguments": {"x-queue-type": "quorum"}}),
        ("x-max-length", {"arguments": {"x-max-length": 5}}),
    ],
)
def test_a_different_declaration_is_refused(
    driver: Driver, attribute: str, difference: dict[str, Any]
) -> None:
    channel = driver.channel()
    driver.queue(channel)
    error = refused(driver, c.DeclareQueue(channel, "q", **difference))
    assert (error.why, error.facts["attribute"]) == (Refusal.DECLARED_DIFFERENTLY, attribute)


def test_unknown_arguments_are_kept_and_not_compared(driver: Driver) -> None:
    channel = driver.channel()
    driver.queue(channel, arguments={"x-queue-type": "classic", "foo": 1})
    driver.queue(channel, arguments={"foo": 2})
    assert driver.engine.vhosts["/"].queues["q"].spec.arguments["foo"] == 1


def test_passive_declaration_only_looks(driver: Driver) -> None:
    channel = driver.channel()
    assert refused(driver, c.DeclareQueue(channel, "q", is_passive=True)).why is Refusal.NO_SUCH_QUEUE
    driver.queue(channel, is_durable=True)
    assert driver.queue(channel, is_passive=True).name == "q"


def test_an_exclusive_queue_is_its_connections_own(driver: Driver) -> None:
    owner, other = driver.channel(), driver.channel()
    driver.queue(owner, is_exclusive=True)
    for command in (
        c.DeclareQueue(other, "q", is_exclusive=True),
        c.DeclareQueue(other, "q", is_passive=True),
        c.Subscribe(other, "q", "t"),
        c.TakeMessage(other, "q"),
        c.PurgeQueue(other, "q"),
        c.DeleteQueue(other, "q"),
    ):
        assert refused(driver, command).why is Refusal.LOCKED_BY_OTHER_CONNECTION
    driver.publish(other)
    assert len(driver.ready()) == 1


def test_an_exclusive_queue_goes_with_its_connection(driver: Driver) -> None:
    connection = driver.connect()
    driver.queue(driver.channel(connection), is_exclusive=True)
    driver.do(c.CloseConnection(connection))
    assert [event.queue.name for event in driver.of(e.QueueDeleted)] == ["q"]


def test_an_auto_delete_queue_goes_with_its_last_consumer_and_not_before_it_had_one(driver: Driver) -> None:
    channel, other = driver.channel(), driver.channel()
    driver.queue(channel, is_auto_delete=True)
    driver.do(c.CloseChannel(driver.channel()))
    driver.subscribe(channel, tag="one")
    driver.subscribe(other, tag="two")
    driver.do(c.CancelSubscription(channel, "one"))
    assert "q" in driver.engine.vhosts["/"].queues
    driver.do(c.CloseChannel(other))
    assert "q" not in driver.engine.vhosts["/"].queues


def test_deleting_a_queue_drops_what_it_had_and_tells_its_consumers(driver: Driver) -> None:
    channel, admin = driver.channel(), driver.channel()
    driver.queue(channel)
    driver.subscribe(channel, credit=1)
    for _ in range(3):
        driver.publish(channel)
    driver.engine.take_mail()
    assert driver.do(c.DeleteQueue(admin, "q")).count == 2
    drops = driver.of(e.MessageDropped)
    assert sorted(drop.message.id for drop in drops) == [1, 2, 3]
    assert {drop.reason for drop in drops} == {DropReason.QUEUE_DELETED}
    ((_, mail),) = driver.engine.take_mail()
    assert [(type(letter), letter.by_broker) for letter in mail] == [(e.SubscriptionClosed, True)]


def test_a_delivery_of_a_deleted_queue_can_still_be_settled(driver: Driver) -> None:
    channel = driver.channel()
    driver.queue(channel)
    driver.subscribe(channel)
    driver.publish(channel)
    driver.do(c.DeleteQueue(channel, "q"))
    driver.accept(channel, 1)
    assert driver.events == []


def test_deleting_what_is_not_there_is_fine(driver: Driver) -> None:
    channel = driver.channel()
    assert driver.do(c.DeleteQueue(channel, "none")).count == 0
    driver.do(c.DeleteExchange(channel, "none"))
    driver.do(c.Unbind(channel, "none", "none"))


def test_conditional_deletes(driver: Driver) -> None:
    channel = driver.channel()
    driver.queue(channel)
    driver.publish(channel)
    assert refused(driver, c.DeleteQueue(channel, "q", if_empty=True)).why is Refusal.QUEUE_NOT_EMPTY
    driver.subscribe(channel)
    assert refused(driver, c.DeleteQueue(channel, "q", if_unused=True)).why is Refusal.QUEUE_IN_USE
    driver.do(c.DeclareExchange(channel, "x", "fanout"))
    driver.do(c.Bind(channel, "x", "q"))
    assert refused(driver, c.DeleteExchange(channel, "x", if_unused=True)).why is Refusal.EXCHANGE_IN_USE
    driver.do(c.Unbind(channel, "x", "q"))
    driver.do(c.DeleteExchange(channel, "x", if_unused=True))
    assert driver.of(e.ExchangeDeleted)


def test_exchanges_that_cannot_be_had(driver: Driver) -> None:
    channel = driver.channel()
    driver.do(c.DeclareExchange(channel, "x", "fanout"))
    for command, why in (
        (c.DeclareExchange(channel, "y", "nonsense"), Refusal.UNKNOWN_EXCHANGE_KIND),
        (c.DeclareExchange(channel, "x", "direct"), Refusal.DECLARED_DIFFERENTLY),
        (c.DeclareExchange(channel, "x", "fanout", is_durable=True), Refusal.DECLARED_DIFFERENTLY),
        (c.DeclareExchange(channel, "", "direct"), Refusal.DEFAULT_EXCHANGE),
        (c.DeclareExchange(channel, "none", is_passive=True), Refusal.NO_SUCH_EXCHANGE),
        (c.DeleteExchange(channel, ""), Refusal.DEFAULT_EXCHANGE),
        (c.Bind(channel, "", "q"), Refusal.DEFAULT_EXCHANGE),
    ):
        assert refused(driver, command).why is why


def test_bindings_are_added_once_and_go_with_their_queue(driver: Driver) -> None:
    channel = driver.channel()
    driver.queue(channel)
    driver.do(c.DeclareExchange(channel, "x", "direct"))
    driver.do(c.Bind(channel, "x", "q", "k"))
    assert len(driver.of(e.BindingAdded)) == 1
    driver.do(c.Bind(channel, "x", "q", "k"))
    assert driver.of(e.BindingAdded) == []
    driver.do(c.DeleteQueue(channel, "q"))
    assert [event.binding.routing_key for event in driver.of(e.BindingRemoved)] == ["k"]
    driver.publish(channel, "k", exchange="x")
    assert driver.of(e.MessageUnroutable)


def test_an_auto_delete_exchange_goes_with_its_last_binding(driver: Driver) -> None:
    channel = driver.channel()
    driver.queue(channel)
    driver.do(c.DeclareExchange(channel, "x", "fanout", is_auto_delete=True))
    driver.do(c.Unbind(channel, "x", "q"))
    assert "x" in driver.engine.vhosts["/"].exchanges
    driver.do(c.Bind(channel, "x", "q"))
    driver.do(c.Unbind(channel, "x", "q"))
    assert "x" not in driver.engine.vhosts["/"].exchanges


def test_there_is_a_most_of_everything(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = driver.channel()
    monkeypatch.setattr(declaring, "QUEUES_MAX", 1)
    monkeypatch.setattr(declaring, "EXCHANGES_MAX", len(driver.engine.vhosts["/"].exchanges))
    driver.queue(channel)
    assert refused(driver, c.DeclareQueue(channel, "r")).why is Refusal.TOO_MANY
    assert refused(driver, c.DeclareExchange(channel, "x")).why is Refusal.TOO_MANY
    assert driver.queue(channel).name == "q", "what exists can still be met"


def test_a_queue_has_a_name(driver: Driver) -> None:
    assert refused(driver, c.DeclareQueue(driver.channel(), "")).why is Refusal.INVALID_ARGUMENT


def test_a_queue_remembers_its_bindings_only_while_it_has_them(driver: Driver) -> None:
    channel = driver.channel()
    driver.queue(channel)
    queue = driver.engine.vhosts["/"].queues["q"]
    driver.do(c.DeclareExchange(channel, "x", "direct"))
    driver.do(c.DeclareExchange(channel, "y", "direct"))
    driver.do(c.Bind(channel, "x", "q", "k"))
    driver.do(c.Bind(channel, "x", "q", "k", {"other": 1}))
    driver.do(c.Bind(channel, "y", "q", "k"))
    driver.do(c.Unbind(channel, "x", "q", "k"))
    assert len(queue.incoming) == 2, "the one with other arguments is left, and the other exchange's"
    driver.do(c.Unbind(channel, "x", "q", "k", {"other": 1}))
    driver.do(c.DeleteExchange(channel, "y"))
    assert queue.incoming == {}


def test_a_kicked_connection_holds_nothing_any_more(driver: Driver) -> None:
    connection = driver.connect()
    victim, other = driver.channel(connection), driver.channel()
    driver.queue(other)
    driver.subscribe(victim, is_auto_settled=True)
    driver.do(c.KickConnection(connection))
    driver.publish(other)
    assert len(driver.ready()) == 1
    driver.do(c.CloseConnection(connection))
    driver.do(c.CloseConnection(connection))  # both ends may see the end


@pytest.mark.parametrize(
    ("flags", "property_name"),
    [
        ({}, "non-durable"),
        ({"is_durable": True, "is_exclusive": True}, "exclusive-owner"),
        ({"is_durable": True, "is_auto_delete": True}, "auto-delete"),
    ],
)
@pytest.mark.parametrize("kind", ["quorum", "stream"])
def test_what_a_replicated_queue_cannot_be(
    driver: Driver, kind: str, flags: dict[str, bool], property_name: str
) -> None:
    """It must be durable and belong to nobody."""
    command = c.DeclareQueue(driver.channel(), "q", arguments={"x-queue-type": kind}, **flags)
    error = refused(driver, command)
    assert (error.why, error.facts["property"]) == (Refusal.INVALID_ARGUMENT, property_name)


@pytest.mark.parametrize(
    "arguments",
    [
        {"x-queue-type": "nonsense"},
        {"x-queue-type": 5},
        {"x-queue-type": [1]},
        {"x-message-ttl": -1},
        {"x-message-ttl": "5"},
        {"x-message-ttl": True},
        {"x-message-ttl": 2**62},
        {"x-expires": 0},
        {"x-max-priority": 256},
        {"x-overflow": "burst"},
        {"x-single-active-consumer": "true"},
        {"x-dead-letter-routing-key": "k"},
        {"x-delivery-limit": 3},
    ],
)
def test_an_argument_that_will_not_do_is_refused(driver: Driver, arguments: dict[str, Any]) -> None:
    """Nothing is made, and the refusal names the argument."""
    error = refused(driver, c.DeclareQueue(driver.channel(), "q", arguments=arguments))
    assert error.why is Refusal.INVALID_ARGUMENT
    assert error.facts["error"].argument.name in arguments
    assert "q" not in driver.engine.vhosts["/"].queues


@pytest.mark.parametrize(
    ("options", "is_durable", "keeps_all", "max_priority"),
    [
        ({}, False, False, 0),
        ({"is_durable": True}, True, False, 0),
        ({"is_durable": True, "is_exclusive": True}, False, False, 0),
        ({"is_durable": True, "arguments": {"x-queue-type": "quorum"}}, True, True, 0),
        ({"is_durable": True, "arguments": {"x-queue-type": "stream"}}, True, True, 0),
        ({"arguments": {"x-max-priority": 5}}, False, False, 5),
    ],
)
def test_a_queues_ref_says_what_of_it_is_to_last(
    options: dict[str, object], is_durable: bool, keeps_all: bool, max_priority: int
) -> None:
    driver = Driver()
    driver.queue(driver.channel(), **options)
    ref = driver.engine.vhosts["/"].queues["q"].ref
    assert (ref.is_durable, ref.keeps_all, ref.max_priority) == (is_durable, keeps_all, max_priority)
