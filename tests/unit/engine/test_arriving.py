"""Messages that are not plain: several keys, exchanges that hold, exchanges that fail."""

import pytest

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.delivery import Outcome
from mqstudio.model.message import traits
from mqstudio.model.topology import DestinationKind
from tests.support.driver import Driver

LATER = {"x-delayed-type": "direct"}


@pytest.fixture
def driver() -> Driver:
    return Driver()


@pytest.fixture
def channel(driver: Driver) -> int:
    """One with queues a and b, and an exchange `later` that holds messages, bound to both."""
    channel = driver.channel()
    driver.do(c.DeclareExchange(channel, "later", "x-delayed-message", arguments=LATER))
    for name in "ab":
        driver.queue(channel, name)
        driver.do(c.Bind(channel, "later", name, name))
    return channel


def test_several_keys_reach_each_queue_once(driver: Driver, channel: int) -> None:
    driver.publish(channel, "a", traits=traits(extra_keys=("b", "a"), hidden_keys=("b",)))
    assert (len(driver.ready("a")), len(driver.ready("b"))) == (1, 1)


def test_a_message_is_held_and_then_routed_as_a_new_one(driver: Driver, channel: int) -> None:
    first = driver.publish(channel, "a", b"body", "later", traits=traits(delay_us=5_000))
    assert [event.until_us - event.at_us for event in driver.of(e.MessageDelayed)] == [5_000]
    assert (driver.ready("a"), driver.engine.held_messages) == ([], 1)
    driver.wait(4.9)
    assert not driver.events
    driver.wait(0.1)
    (enqueued,) = driver.of(e.MessageEnqueued)
    assert enqueued.message.id > first
    assert (enqueued.message.past.parent_id, enqueued.message.past.delay_us) == (first, 5_000)
    assert (driver.engine.held_messages, driver.engine.held_bytes) == (0, 0)


def test_messages_are_routed_by_the_bindings_of_the_time_when_they_are_released(
    driver: Driver, channel: int
) -> None:
    driver.publish(channel, "a", b"", "later", traits=traits(delay_us=5_000))
    driver.do(c.Unbind(channel, "later", "a", "a"))
    driver.wait(6)
    assert len(driver.of(e.MessageUnroutable)) == 1


def test_what_is_held_counts_as_unroutable_for_who_wants_it_back(driver: Driver, channel: int) -> None:
    driver.publish(channel, "a", b"", "later", traits=traits(delay_us=5_000), is_mandatory=True)
    ((_, mail),) = driver.engine.take_mail()
    assert [type(letter) for letter in mail] == [e.MessageReturned]
    driver.wait(6)
    assert len(driver.ready("a")) == 1


def test_without_a_delay_nothing_is_held(driver: Driver, channel: int) -> None:
    driver.publish(channel, "a", b"", "later")
    assert len(driver.ready("a")) == 1


def test_held_messages_go_with_their_exchange(driver: Driver, channel: int) -> None:
    driver.publish(channel, "a", b"", "later", traits=traits(delay_us=5_000))
    driver.do(c.DeleteExchange(channel, "later"))
    assert len(driver.of(e.MessageUnroutable)) == 1
    assert (driver.engine.held_messages, driver.engine.held_bytes) == (0, 0)
    assert driver.engine.next_deadline() is None


def test_an_exchange_behind_another_holds_too(driver: Driver, channel: int) -> None:
    driver.do(c.DeclareExchange(channel, "front", "fanout"))
    driver.do(c.Bind(channel, "front", "later", destination_kind=DestinationKind.EXCHANGE))
    driver.do(c.Bind(channel, "front", "b"))
    driver.publish(channel, "a", b"", "front", traits=traits(delay_us=5_000))
    assert (len(driver.ready("a")), len(driver.ready("b"))) == (0, 1)
    driver.wait(5)
    assert len(driver.ready("a")) == 1


def test_a_retry_by_a_delay_is_no_cycle(driver: Driver, channel: int) -> None:
    """A message that expired, was held and comes back has not gone round for nothing."""
    arguments = {"x-message-ttl": 1, "x-dead-letter-exchange": "later", "x-dead-letter-routing-key": "loop"}
    driver.queue(channel, "loop", arguments=arguments)
    driver.do(c.DeclareExchange(channel, "hold", "x-delayed-message", arguments=LATER))
    driver.do(c.Bind(channel, "hold", "loop", "loop"))
    driver.publish(channel, "loop", b"", "hold", traits=traits(delay_us=1_000))
    driver.wait(1)
    assert len(driver.ready("loop")) == 1
    driver.wait(1)
    assert [event.reason for event in driver.of(e.MessageDeadLettered)] == ["expired"]


def test_a_held_message_that_died_before_is_not_taken_for_a_cycle(driver: Driver, channel: int) -> None:
    driver.queue(channel, "work", arguments={"x-message-ttl": 1, "x-dead-letter-exchange": "holding"})
    driver.do(c.DeclareExchange(channel, "holding", "fanout"))
    driver.queue(channel, "parked")
    driver.do(c.Bind(channel, "holding", "parked"))
    driver.do(c.Bind(channel, "later", "work", "work"))
    driver.publish(channel, "work")
    driver.wait(1)
    reply = driver.do(c.TakeMessage(channel, "parked"))
    driver.settle(channel, reply.delivery_tag, Outcome.ACCEPTED)
    assert [death.queue for death in reply.message.past.deaths] == ["work"]
