"""What goes, when, and that nothing of it stays behind."""

import gc
from typing import Any

import pytest

from mqstudio.engine.channel import Channel, Connection, Delivery
from mqstudio.engine.queue import Queue
from mqstudio.engine.subscription import Subscription
from mqstudio.engine.vhost import Binding, Exchange, VirtualHost
from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model import lending as lend
from mqstudio.model.delivery import DropReason
from mqstudio.model.message import Message, Traits, traits
from mqstudio.model.topology import ConnectionInfo, DestinationKind, VhostSpec
from tests.support.driver import Driver


@pytest.fixture
def driver() -> Driver:
    return Driver()


def queues(driver: Driver) -> set[str]:
    return set(driver.engine.vhosts["/"].queues)


def test_an_unused_queue_goes_with_its_messages(driver: Driver) -> None:
    channel = driver.channel()
    driver.queue(channel, arguments={"x-expires": 10})
    driver.publish(channel)
    driver.wait(9)
    assert queues(driver) == {"q"}
    driver.wait(1)
    assert queues(driver) == set()
    assert [event.reason for event in driver.of(e.MessageDropped)] == [DropReason.QUEUE_DELETED]


@pytest.mark.parametrize(
    ("command", "is_use"),
    [
        (lambda ch: c.TakeMessage(ch, "q"), True),
        (lambda ch: c.DeclareQueue(ch, "q", arguments={"x-expires": 10}), True),
        (lambda ch: c.DeclareQueue(ch, "q", is_passive=True), False),
        (lambda ch: c.PublishMessage(ch, "", "q", b"", b""), False),
    ],
)
def test_what_counts_as_use(driver: Driver, command: Any, is_use: bool) -> None:
    channel = driver.channel()
    driver.queue(channel, arguments={"x-expires": 10})
    driver.wait(8)
    driver.do(command(channel))
    driver.wait(8)
    assert ("q" in queues(driver)) == is_use
    driver.wait(8)
    assert queues(driver) == set()


def test_declaring_a_quorum_queue_again_is_no_use(driver: Driver) -> None:
    channel = driver.channel()
    arguments = {"x-expires": 10, "x-queue-type": "quorum"}
    for _ in range(2):
        driver.queue(channel, is_durable=True, arguments=arguments)
        driver.wait(6)
    assert queues(driver) == set()


def test_a_queue_with_consumers_is_in_use(driver: Driver) -> None:
    channel = driver.channel()
    driver.queue(channel, arguments={"x-expires": 10})
    driver.subscribe(channel)
    driver.wait(50)
    assert queues(driver) == {"q"}
    driver.do(c.CancelSubscription(channel, "t"))
    driver.wait(9)
    assert queues(driver) == {"q"}
    driver.wait(2)
    assert queues(driver) == set()


def test_much_use_sets_one_deadline(driver: Driver) -> None:
    channel = driver.channel()
    driver.queue(channel, arguments={"x-expires": 10_000})
    for _ in range(500):
        driver.do(c.TakeMessage(channel, "q"))
    assert len(driver.engine.deadlines) == 1
    assert len(driver.engine.deadlines._heap) == 1


def test_deleting_tells_all_who_had_to_do_with_it(driver: Driver) -> None:
    channel = driver.channel()
    driver.queue(channel)
    driver.do(c.DeclareExchange(channel, "x", "fanout"))
    driver.do(c.Bind(channel, "x", "q"))
    driver.subscribe(driver.channel(), credit=1)
    for _ in range(2):
        driver.publish(channel)
    driver.engine.take_mail()
    driver.do(c.DeleteQueue(channel, "q"))
    told = [type(event) for event in driver.events]
    assert told.count(e.MessageDropped) == 2
    assert [kind for kind in told if kind is not e.MessageDropped] == [
        e.SubscriptionClosed, e.BindingRemoved, e.QueueDeleted,
    ]  # fmt: skip
    ((_, mail),) = driver.engine.take_mail()
    assert [letter.by_broker for letter in mail if isinstance(letter, e.SubscriptionClosed)] == [True]


def test_a_delivery_that_a_transaction_settled_is_lost_with_its_queue(driver: Driver) -> None:
    channel = driver.channel()
    driver.queue(channel)
    driver.publish(channel)
    driver.do(c.SelectTransaction(channel))
    driver.do(c.TakeMessage(channel, "q"))
    driver.accept(channel, 1)
    driver.do(c.DeleteQueue(channel, "q"))
    assert len(driver.of(e.MessageDropped)) == 1
    driver.do(c.CommitTransaction(channel))
    assert not driver.of(e.MessageSettled)
    assert driver.engine.retired.dropped == 1


def test_nothing_of_what_is_gone_stays_behind() -> None:
    """Queues, channels, messages: after all is deleted no reference to any is left in the engine."""
    driver = Driver()
    gc.collect()
    before = _live()
    driver.do(c.PutVhost(VhostSpec("other")))
    for vhost in ("/", "other"):
        _fill(driver, vhost)
    for connection in list(driver.engine.connections):
        driver.do(c.CloseConnection(connection))
    root = driver.channel()
    for name in list(queues(driver)):
        driver.do(c.DeleteQueue(root, name))
    for name in [each for each in driver.engine.vhosts["/"].exchanges if each]:
        driver.do(c.DeleteExchange(root, name))
    driver.do(c.DeleteVhost("other"))
    driver.do(c.CloseConnection(driver.engine.channels[root].connection.info.id))
    driver.engine.take_mail()
    for forgotten in (driver.events, driver.all_events, driver.batches):
        forgotten.clear()
    gc.collect()
    assert driver.engine.next_deadline() is None
    assert [each for each in _live().values() if id(each) not in before] == []


LIVE = (Queue, Subscription, Channel, Connection, Exchange, Binding, VirtualHost, Delivery, Message)


def _live() -> dict[int, object]:
    """What there is of each, by identity: what others' tests leave, or let go, does not matter."""
    return {id(each): each for each in gc.get_objects() if type(each) in LIVE}


def _fill(driver: Driver, vhost: str) -> None:
    connection = driver.new_id()
    driver.do(c.OpenConnection(ConnectionInfo(connection, "test", "127.0.0.1:1", "client", vhost=vhost)))
    channel = driver.channel(connection)
    arguments = {
        "usual": {"x-message-ttl": 100_000, "x-expires": 100_000, "x-consumer-timeout": 100_000},
        "single": {"x-single-active-consumer": True, "x-max-length": 1},
        "quorum": {"x-queue-type": "quorum"},
        "log": {"x-queue-type": "stream", "x-max-age": "1D"},
    }
    driver.do(c.DeclareExchange(channel, "x", "topic"))
    driver.do(c.DeclareExchange(channel, "y", "x-delayed-message", arguments={"x-delayed-type": "headers"}))
    driver.do(c.Bind(channel, "x", "y", destination_kind=DestinationKind.EXCHANGE))
    for name, each in arguments.items():
        driver.queue(channel, name, is_durable=True, arguments=each)
        driver.do(c.Bind(channel, "x", name, "#"))
        driver.do(c.Bind(channel, "y", name, arguments={"a": 1}))
        driver.subscribe(channel, name, f"{name}-1", credit=2)
        driver.subscribe(driver.channel(connection), name, credit=1)
    for number in range(8):
        driver.publish(channel, f"k{number}", b"body", "x")
        driver.publish(channel, "k", b"body", "x", traits=traits(delay_us=10**12))
    driver.queue(channel, "lent", arguments={"mq-ordering-keys": True, "mq-once": 100_000})
    sent = lend.SendMessage(channel, "lent", b"", b"body", "", Traits(ordering_key="g", once_key="k"))
    driver.do(sent)
    driver.do(lend.SendMessage(channel, "lent", b"", b"later", delay_us=10**12))
    driver.do(lend.BorrowMessages(channel, "lent", 1, 10**12))
    driver.do(lend.BorrowMessages(channel, "lent", 1, 10**12, 10**12, "waits"))
    driver.do(c.SelectTransaction(channel))
    driver.accept(channel, 1)
    driver.publish(channel, "k", b"body", "x")


def test_the_next_consumer_of_a_single_active_queue_takes_over(driver: Driver) -> None:
    """Of the highest priority the one that has waited longest."""
    channel = driver.channel()
    driver.queue(channel, arguments={"x-single-active-consumer": True})
    for tag, priority in (("first", 0), ("low", 0), ("high", 1), ("also high", 1)):
        driver.subscribe(channel, tag=tag, priority=priority)
    took_over = []
    for _ in range(3):
        active = driver.engine.vhosts["/"].queues["q"].active
        assert active is not None
        driver.do(c.CancelSubscription(channel, active.ref.tag))
        took_over += [event.subscription.tag for event in driver.of(e.SubscriptionActivated)]
        driver.publish(channel)
        assert [event.subscription.tag for event in driver.delivered()] == took_over[-1:]
    assert took_over == ["high", "also high", "low"]
