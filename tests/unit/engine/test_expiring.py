"""Messages that waited too long."""

import pytest

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.delivery import DropReason, Outcome
from mqstudio.model.message import traits
from mqstudio.model.policies import Policy
from tests.support.driver import Driver


@pytest.fixture
def driver() -> Driver:
    return Driver()


@pytest.fixture
def channel(driver: Driver) -> int:
    channel = driver.channel()
    driver.queue(channel)
    return channel


def ttl(ms: int) -> dict[str, object]:
    return {"traits": traits(ttl_us=ms * 1000)}


def test_a_message_goes_when_its_time_is_over_and_not_before(driver: Driver, channel: int) -> None:
    driver.publish(channel, **ttl(5))
    assert driver.engine.next_deadline() == driver.now_us + 5_000
    driver.wait(4.999)
    assert len(driver.ready()) == 1
    driver.wait(0.001)
    assert [event.reason for event in driver.of(e.MessageDropped)] == [DropReason.EXPIRED]


def test_the_shorter_of_both_times_counts(driver: Driver, channel: int) -> None:
    driver.queue(channel, "short", arguments={"x-message-ttl": 5})
    driver.publish(channel, "short", **ttl(50))
    driver.publish(channel, "short", **ttl(2))
    driver.wait(5)
    assert driver.ready("short") == []


def test_it_expires_at_the_head_only(driver: Driver, channel: int) -> None:
    driver.publish(channel, **ttl(50))
    driver.publish(channel, **ttl(1))
    driver.wait(10)
    assert len(driver.ready()) == 2
    driver.wait(40)
    assert driver.ready() == []


def test_behind_a_long_one_it_is_never_delivered(driver: Driver, channel: int) -> None:
    first = driver.publish(channel)
    driver.publish(channel, **ttl(1))
    driver.wait(10)
    driver.subscribe(channel)
    assert [event.message.id for event in driver.delivered()] == [first]
    assert len(driver.of(e.MessageDropped)) == 1


def test_a_time_of_0_reaches_who_is_ready_right_then(driver: Driver, channel: int) -> None:
    driver.subscribe(channel, credit=1)
    driver.publish(channel, **ttl(0))
    assert len(driver.delivered()) == 1
    driver.publish(channel, **ttl(0))
    assert (driver.delivered(), driver.ready()) == ([], [])


def test_a_returned_message_keeps_its_time(driver: Driver, channel: int) -> None:
    driver.publish(channel, **ttl(5))
    reply = driver.do(c.TakeMessage(channel, "q"))
    driver.wait(10)
    driver.settle(channel, reply.delivery_tag, Outcome.RELEASED)
    assert [event.reason for event in driver.of(e.MessageDropped)] == [DropReason.EXPIRED]


def test_a_shorter_time_behind_makes_an_earlier_deadline_once_it_is_first(
    driver: Driver, channel: int
) -> None:
    driver.publish(channel, **ttl(50))
    driver.publish(channel, **ttl(20))
    driver.do(c.TakeMessage(channel, "q"))
    driver.wait(20)
    assert driver.ready() == []


def test_a_policy_changes_the_time_of_what_waits(driver: Driver, channel: int) -> None:
    driver.publish(channel)
    driver.do(c.PutPolicy(Policy("/", "p", "q", {"message-ttl": 5})))
    driver.wait(5)
    assert driver.ready() == []
    driver.do(c.DeletePolicy("/", "p"))
    driver.publish(channel)
    driver.wait(50)
    assert len(driver.ready()) == 1


def test_a_queue_without_such_messages_is_quick_again(driver: Driver, channel: int) -> None:
    queue = driver.engine.vhosts["/"].queues["q"]
    driver.publish(channel, **ttl(5))
    assert not queue.is_plain
    driver.wait(5)
    assert queue.is_plain
    assert driver.engine.next_deadline() is None


def test_one_deadline_is_enough_for_a_queue(driver: Driver, channel: int) -> None:
    for _ in range(50):
        driver.publish(channel, **ttl(5))
    assert len(driver.engine.deadlines) == 1


def test_what_surfaces_expired_goes_at_once_each_queue_for_itself(driver: Driver, channel: int) -> None:
    """Their heads died of the limit; the dead letters of a queue keep its order, after those."""
    dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "q"}
    driver.do(c.DeclareExchange(channel, "all", "fanout"))
    for name, most in (("a", 3), ("b", 2)):
        driver.queue(channel, name, arguments={"x-max-length": most, **dead})
        driver.do(c.Bind(channel, "all", name))
    for name, body, ms in (
        ("a", b"a1", 0),
        ("a", b"a2", 2),
        ("b", b"b1", 0),
        ("b", b"b2", 5),
        ("a", b"a3", 9),
    ):
        driver.publish(channel, name, body, **(ttl(ms) if ms else {}))
    driver.wait(100)
    driver.publish(channel, exchange="all")
    found = [message.body for message in driver.engine.vhosts["/"].queues["q"].ready]
    assert found[:2] == [b"a1", b"b1"]
    assert [body for body in found[2:] if body != b"b2"] == [b"a2", b"a3"]
    assert sorted(found[2:]) == [b"a2", b"a3", b"b2"]


def test_what_has_expired_takes_no_room(driver: Driver, channel: int) -> None:
    """Of two that arrive in one moment the first drives out the head, the second nothing more."""
    driver.queue(channel, "full", arguments={"x-max-length": 2})
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "full", "x-max-length": 2}
    driver.queue(channel, "source", arguments=arguments)
    driver.publish(channel, "full", b"long")
    driver.publish(channel, "full", b"short", **ttl(2))
    for _ in range(2):
        driver.publish(channel, "source")
    driver.wait(100)
    driver.do(c.PutPolicy(Policy("/", "none", "^source$", {"max-length": 0})))
    dropped = [(event.message.body, event.reason) for event in driver.of(e.MessageDropped)]
    assert dropped == [(b"long", DropReason.LIMIT), (b"short", DropReason.EXPIRED)]
    assert len(driver.ready("full")) == 2
