"""Leases: who holds a delivery too long loses the channel."""

import pytest

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.delivery import Outcome
from mqstudio.model.policies import Policy
from tests.support.driver import Driver


@pytest.fixture
def driver() -> Driver:
    return Driver()


@pytest.fixture
def root(driver: Driver) -> int:
    """A channel with queues of a long and a short lease, and one without."""
    root = driver.channel()
    driver.queue(root, "long", arguments={"x-consumer-timeout": 100})
    driver.queue(root, "short", arguments={"x-consumer-timeout": 10})
    driver.queue(root, "free")
    return root


def is_open(driver: Driver, channel: int) -> bool:
    return channel in driver.engine.channels


def test_an_overdue_delivery_ends_its_channel_and_goes_back(driver: Driver, root: int) -> None:
    channel = driver.channel()
    driver.subscribe(channel, "short")
    message_id = driver.publish(root, "short")
    driver.wait(9.9)
    assert is_open(driver, channel)
    driver.engine.take_mail()
    driver.wait(0.1)
    assert not is_open(driver, channel)
    assert driver.ready("short") == [message_id]
    ((_, mail),) = driver.engine.take_mail()
    assert [letter.lease_us for letter in mail if isinstance(letter, e.ChannelExpired)] == [10_000]


def test_a_short_lease_counts_beside_a_longer_one(driver: Driver, root: int) -> None:
    channel = driver.channel()
    for queue in ("long", "short"):
        driver.publish(root, queue)
        driver.do(c.TakeMessage(channel, queue))
    driver.wait(10)
    assert not is_open(driver, channel)


def test_who_settles_in_time_keeps_the_channel(driver: Driver, root: int) -> None:
    channel = driver.channel()
    driver.subscribe(channel, "short", credit=1)
    for _ in range(10):
        driver.publish(root, "short")
    for tag in range(1, 11):
        driver.wait(9)
        driver.accept(channel, tag)
    driver.wait(100)
    assert is_open(driver, channel)


def test_without_a_lease_there_is_no_end(driver: Driver, root: int) -> None:
    channel = driver.channel()
    driver.publish(root, "free")
    driver.do(c.TakeMessage(channel, "free"))
    driver.wait(1e9)
    assert is_open(driver, channel)


def test_a_policy_sets_a_lease_for_what_is_open(driver: Driver, root: int) -> None:
    channel = driver.channel()
    driver.publish(root, "free")
    driver.do(c.TakeMessage(channel, "free"))
    driver.do(c.PutPolicy(Policy("/", "p", "free", {"consumer-timeout": 5})))
    driver.wait(5)
    assert not is_open(driver, channel)


def test_the_deadline_looked_for_is_that_of_the_delivery_due_first(driver: Driver, root: int) -> None:
    """Not an earlier one at which there would be nothing to do, nor a later one."""
    channel = driver.channel()
    for _ in range(2):
        driver.publish(root, "free")
        driver.do(c.TakeMessage(channel, "free"))
        driver.wait(1)
    first_us = min(each.event.at_us for each in driver.engine.channels[channel].deliveries.values())
    driver.do(c.PutPolicy(Policy("/", "p", "free", {"consumer-timeout": 5})))
    assert driver.engine.next_deadline() == first_us + 5_000
    driver.do(c.PutPolicy(Policy("/", "p", "free", {"consumer-timeout": 9})))
    assert driver.engine.next_deadline() == first_us + 5_000, "it stays, and looks again when its time comes"
    driver.settle(channel, 2, Outcome.ACCEPTED, is_multiple=True)
    driver.wait(1e6)
    assert is_open(driver, channel)


def test_where_nothing_is_due_no_deadline_is_set(driver: Driver, root: int) -> None:
    driver.publish(root, "free")
    driver.do(c.TakeMessage(driver.channel(), "free"))
    driver.do(c.PutPolicy(Policy("/", "p", "long", {"consumer-timeout": 5})))
    assert driver.engine.next_deadline() is None


def test_what_a_transaction_settled_is_watched_again_once_it_is_rolled_back(
    driver: Driver, root: int
) -> None:
    channel = driver.channel()
    driver.do(c.SelectTransaction(channel))
    driver.publish(root, "short")
    driver.do(c.TakeMessage(channel, "short"))
    driver.accept(channel, 1)
    driver.wait(50)
    assert is_open(driver, channel)
    driver.do(c.RollbackTransaction(channel))
    assert not is_open(driver, channel)


def test_a_channel_that_ends_leaves_no_deadline(driver: Driver, root: int) -> None:
    channel = driver.channel()
    driver.publish(root, "short")
    driver.do(c.TakeMessage(channel, "short"))
    assert driver.engine.next_deadline() is not None
    driver.do(c.CloseChannel(channel))
    assert driver.engine.next_deadline() is None


def test_deliveries_of_a_deleted_queue_are_not_overdue(driver: Driver, root: int) -> None:
    channel = driver.channel()
    driver.publish(root, "short")
    driver.do(c.TakeMessage(channel, "short"))
    driver.do(c.DeleteQueue(root, "short"))
    driver.wait(100)
    assert is_open(driver, channel)
