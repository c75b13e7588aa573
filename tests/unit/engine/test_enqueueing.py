"""Limits of a queue, and what becomes of what is too much."""

from typing import Any

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


def limited(driver: Driver, **arguments: Any) -> int:
    """A channel with a queue of these limits; underscores stand for hyphens."""
    channel = driver.channel()
    named = {f"x-{name.replace('_', '-')}": value for name, value in arguments.items()}
    driver.queue(channel, arguments=named)
    return channel


def refused(driver: Driver, channel: int, body: bytes = b"", **options: Any) -> bool:
    reply = driver.do(c.PublishMessage(channel, "", "q", b"", body, **options))
    return bool(reply and reply.is_refused)


def test_the_oldest_goes_when_there_are_too_many(driver: Driver) -> None:
    channel = limited(driver, max_length=2)
    ids = [driver.publish(channel) for _ in range(3)]
    assert driver.ready() == ids[1:]
    assert [(event.message.id, event.reason) for event in driver.of(e.MessageDropped)] == [
        (ids[0], DropReason.LIMIT)
    ]


def test_bytes_are_those_of_bodies(driver: Driver) -> None:
    channel = limited(driver, max_length_bytes=10)
    driver.publish(channel, body=b"12345")
    driver.publish(channel, body=b"12345")
    assert len(driver.ready()) == 2
    driver.publish(channel, body=b"1")
    assert len(driver.ready()) == 2
    driver.publish(channel, body=b"x" * 11)
    assert driver.ready() == []
    assert driver.engine.vhosts["/"].queues["q"].ready_bytes == 0


def test_what_consumers_can_take_does_not_count(driver: Driver) -> None:
    channel = limited(driver, max_length=0)
    driver.subscribe(channel, credit=2)
    for _ in range(3):
        driver.publish(channel)
    assert len([event for event in driver.all_events if isinstance(event, e.MessageDelivered)]) == 2
    assert len(driver.of(e.MessageDropped)) == 1


def test_a_full_queue_refuses_if_it_is_to(driver: Driver) -> None:
    channel = limited(driver, max_length=1, overflow="reject-publish")
    assert not refused(driver, channel)
    assert refused(driver, channel)
    assert len(driver.of(e.MessageRefused)) == 1
    reply = driver.do(c.TakeMessage(channel, "q"))
    assert not refused(driver, channel)
    driver.settle(channel, reply.delivery_tag, Outcome.RELEASED)
    assert len(driver.ready()) == 2, "what comes back is not refused"


def test_what_it_refuses_may_be_dead_lettered(driver: Driver) -> None:
    channel = limited(
        driver,
        max_length=1,
        overflow="reject-publish-dlx",
        dead_letter_exchange="",
        dead_letter_routing_key="dead",
    )
    driver.queue(channel, "dead")
    assert [refused(driver, channel) for _ in range(3)] == [False, True, True]
    assert (len(driver.ready()), len(driver.ready("dead"))) == (1, 2)


def test_one_full_queue_refuses_for_all(driver: Driver) -> None:
    channel = limited(driver, max_length=0, overflow="reject-publish")
    driver.queue(channel, "other")
    driver.do(c.DeclareExchange(channel, "all", "fanout"))
    for queue in ("q", "other"):
        driver.do(c.Bind(channel, "all", queue))
    assert driver.do(c.PublishMessage(channel, "all", "", b"", b"")).is_refused
    assert len(driver.ready("other")) == 1


def test_what_has_expired_takes_no_place(driver: Driver) -> None:
    """Even if nobody has looked at the queue since."""
    channel = limited(driver, max_length=1, overflow="reject-publish")
    driver.publish(channel, traits=traits(ttl_us=1_000))
    batch = e.EventBatch()
    command = c.PublishMessage(channel, "", "q", b"", b"")
    assert driver.engine.apply(command, driver.now_us + 2_000, batch) is None


def test_a_lower_limit_applies_to_what_waits(driver: Driver) -> None:
    channel = limited(driver)
    ids = [driver.publish(channel, body=b"x") for _ in range(5)]
    driver.do(c.PutPolicy(Policy("/", "p", "q", {"max-length": 2})))
    assert driver.ready() == ids[3:]
    driver.do(c.PutPolicy(Policy("/", "p", "q", {"max-length-bytes": 1})))
    assert driver.ready() == ids[4:]


def test_the_first_to_be_handed_out_is_the_first_to_be_dropped(driver: Driver) -> None:
    """As in RabbitMQ: of a priority queue that is the one with the highest."""
    channel = limited(driver, max_priority=5, max_length=1)
    driver.publish(channel, traits=traits(priority=5))
    low = driver.publish(channel, traits=traits(priority=1))
    assert driver.ready() == [low]
