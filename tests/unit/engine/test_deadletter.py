"""Dead letters: where they go, what they carry along, when they stop."""

from typing import Any

import pytest

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.delivery import DropReason, Outcome
from mqstudio.model.message import Message, traits
from tests.support.driver import Driver


@pytest.fixture
def driver() -> Driver:
    return Driver()


@pytest.fixture
def channel(driver: Driver) -> int:
    channel = driver.channel()
    driver.queue(channel, "dead")
    return channel


def dying_queue(driver: Driver, channel: int, name: str = "q", **more: Any) -> None:
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead", **more}
    driver.queue(
        channel, name, arguments={name: value for name, value in arguments.items() if value is not None}
    )


def reject(driver: Driver, channel: int, queue: str = "q") -> Message:
    reply = driver.do(c.TakeMessage(channel, queue))
    driver.settle(channel, reply.delivery_tag, Outcome.REJECTED)
    assert isinstance(reply.message, Message)
    return reply.message


def dead(driver: Driver, name: str = "dead") -> list[Message]:
    return list(driver.engine.vhosts["/"].queues[name].ready)


def test_a_rejected_message_goes_on_as_a_new_one(driver: Driver, channel: int) -> None:
    dying_queue(driver, channel)
    driver.publish(channel, body=b"body")
    old = reject(driver, channel)
    (new,) = dead(driver)
    assert (new.body, new.routing_key, new.exchange) == (b"body", "dead", "")
    assert new.id > old.id
    assert new.past is not None
    (death,) = new.past.deaths
    assert (death.queue, death.reason, death.exchange, death.routing_keys, death.count) == (
        "q", "rejected", "", ("q",), 1,
    )  # fmt: skip
    assert new.past.first == ("rejected", "q", "")
    (told,) = driver.of(e.MessageDeadLettered)
    assert (told.message, told.successor_id) == (old, new.id)


def test_without_a_key_of_its_own_it_keeps_its_keys(driver: Driver, channel: int) -> None:
    driver.do(c.DeclareExchange(channel, "dlx", "direct"))
    for key in ("q", "cc", "bcc"):
        driver.do(c.Bind(channel, "dlx", "dead", key))
    driver.queue(channel, "q", arguments={"x-dead-letter-exchange": "dlx"})
    driver.publish(channel, traits=traits(extra_keys=("cc",), hidden_keys=("bcc",)))
    reject(driver, channel)
    (new,) = dead(driver)
    assert new.traits.extra_keys == ("cc",)
    assert new.traits.hidden_keys == ("bcc",)
    assert new.past is not None
    assert new.past.deaths[0].routing_keys == ("q", "cc")
    assert not new.past.has_new_key


def test_a_new_key_takes_the_place_of_all(driver: Driver, channel: int) -> None:
    dying_queue(driver, channel)
    driver.publish(channel, traits=traits(extra_keys=("cc",)))
    reject(driver, channel)
    (new,) = dead(driver)
    assert new.traits.extra_keys == ()
    assert new.past is not None
    assert new.past.has_new_key


def test_its_time_to_live_is_used_up_and_remembered(driver: Driver, channel: int) -> None:
    dying_queue(driver, channel)
    driver.publish(channel, traits=traits(ttl_us=5_000))
    driver.wait(50)
    (new,) = dead(driver)
    assert new.traits.ttl_us is None
    assert new.past is not None
    assert (new.past.deaths[0].reason, new.past.deaths[0].ttl_us) == ("expired", 5_000)


def test_deaths_are_counted_by_queue_and_reason_the_latest_first(driver: Driver, channel: int) -> None:
    dying_queue(driver, channel, "q", **{"x-dead-letter-routing-key": "r"})
    dying_queue(driver, channel, "r", **{"x-dead-letter-routing-key": "q"})
    driver.publish(channel)
    for queue in ("q", "r", "q", "r", "q"):
        reject(driver, channel, queue)
    (message,) = dead(driver, "r")
    assert message.past is not None
    assert [(death.queue, death.count) for death in message.past.deaths] == [("q", 3), ("r", 2)]
    assert message.past.first == ("rejected", "q", "")


def test_the_time_of_a_death_is_that_of_the_first_of_its_kind(driver: Driver, channel: int) -> None:
    dying_queue(driver, channel, "q", **{"x-dead-letter-routing-key": "q"})
    driver.publish(channel)
    reject(driver, channel)
    first_us = dead(driver, "q")[0].past.deaths[0].at_us  # type: ignore[union-attr]  # it has died
    driver.wait(100)
    reject(driver, channel)
    past = dead(driver, "q")[0].past
    assert past is not None
    assert [(death.count, death.at_us) for death in past.deaths] == [(2, first_us)]


@pytest.mark.parametrize("exchange", ["missing", "deaf"])
def test_where_there_is_nowhere_to_go_it_is_dropped(driver: Driver, channel: int, exchange: str) -> None:
    driver.do(c.DeclareExchange(channel, "deaf", "fanout"))
    driver.queue(channel, "q", arguments={"x-dead-letter-exchange": exchange})
    driver.publish(channel)
    reject(driver, channel)
    queue = driver.engine.vhosts["/"].queues["q"]
    assert (queue.bytes_held, queue.in_flight, len(queue.ready)) == (0, 0, 0)
    assert len(driver.of(e.MessageDropped)) + len(driver.of(e.MessageUnroutable)) == 1


def test_going_round_without_anybody_having_looked_ends(driver: Driver, channel: int) -> None:
    dying_queue(driver, channel, "q", **{"x-message-ttl": 1, "x-dead-letter-routing-key": "r"})
    dying_queue(driver, channel, "r", **{"x-message-ttl": 1, "x-dead-letter-routing-key": "q"})
    driver.publish(channel)
    driver.wait(100)
    assert [event.reason for event in driver.of(e.MessageDropped)] == [DropReason.CYCLE]
    assert (dead(driver, "q"), dead(driver, "r")) == ([], [])


def test_a_consumer_in_the_circle_may_go_on_for_ever(driver: Driver, channel: int) -> None:
    """The retry pattern: rejected, waits elsewhere, comes back."""
    dying_queue(driver, channel, "q", **{"x-dead-letter-routing-key": "pause"})
    dying_queue(driver, channel, "pause", **{"x-message-ttl": 1, "x-dead-letter-routing-key": "q"})
    driver.publish(channel)
    for count in range(1, 6):
        reject(driver, channel)
        driver.wait(2)
        (message,) = dead(driver, "q")
        assert message.past is not None
        assert [(d.queue, d.count) for d in message.past.deaths] == [("pause", count), ("q", count)]


def test_a_chain_of_full_queues_costs_no_recursion(driver: Driver, channel: int) -> None:
    length = 2_000
    for number in range(length):
        key = f"q{number + 1}"
        dying_queue(driver, channel, f"q{number}", **{"x-max-length": 0, "x-dead-letter-routing-key": key})
    driver.queue(channel, f"q{length}")
    driver.publish(channel, "q0")
    (message,) = dead(driver, f"q{length}")
    assert message.past is not None
    assert len(message.past.deaths) == length


def test_messages_of_a_deleted_queue_are_no_dead_letters(driver: Driver, channel: int) -> None:
    dying_queue(driver, channel)
    driver.publish(channel)
    driver.do(c.DeleteQueue(channel, "q"))
    assert dead(driver) == []


def test_what_goes_on_is_counted_apart_from_what_is_dropped(driver: Driver, channel: int) -> None:
    """By what becomes of it, not by what the rules wish."""
    dying_queue(driver, channel)
    dying_queue(driver, channel, "lost", **{"x-dead-letter-exchange": "nowhere"})
    dying_queue(
        driver, channel, "plain", **{"x-dead-letter-exchange": None, "x-dead-letter-routing-key": None}
    )
    dying_queue(driver, channel, "full", **{"x-max-length": 0, "x-overflow": "reject-publish-dlx"})
    for name in ("q", "q", "lost", "plain"):
        driver.publish(channel, name)
        reject(driver, channel, name)
    driver.publish(channel, "full")
    queues = driver.engine.vhosts["/"].queues
    counted = {name: (queues[name].dropped, queues[name].dead_lettered) for name in queues}
    assert counted == {"dead": (0, 0), "q": (0, 2), "lost": (1, 0), "plain": (1, 0), "full": (0, 0)}
    assert len(dead(driver)) == 3
