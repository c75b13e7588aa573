"""Ending by hand what somebody holds."""

import pytest

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model import verbs as v
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from tests.support.driver import Driver


def holding(count: int = 3, **options: object) -> tuple[Driver, int, int]:
    """A holder of deliveries 1 … count, and somebody else."""
    driver = Driver()
    holder, hand = driver.channel(), driver.channel()
    driver.queue(holder, **options)
    for _ in range(count):
        driver.publish(holder)
    driver.subscribe(holder, credit=count)
    return driver, holder, hand


def test_what_was_released_goes_back_and_its_holder_may_settle_it_once() -> None:
    driver, holder, hand = holding()
    driver.do(v.PauseQueue(hand, "q"))
    reply = driver.do(v.ForceOutcome(hand, "q", (1, 3, 9), Outcome.RELEASED))
    assert (reply.count, reply.left, driver.ready()) == (2, (9,), [1, 3])
    driver.accept(holder, 3)
    assert (driver.ready(), driver.events) == ([1, 3], [])
    with pytest.raises(RefusedError) as refused:
        driver.accept(holder, 3)
    assert refused.value.why is Refusal.NO_SUCH_DELIVERY


def test_settling_up_to_a_forced_one_settles_those_before_it() -> None:
    driver, holder, hand = holding()
    driver.do(v.ForceOutcome(hand, "q", (2,), Outcome.ACCEPTED))
    driver.accept(holder, 2, is_multiple=True)
    assert list(driver.engine.channels[holder].deliveries) == [3]
    assert driver.engine.channels[holder].forced == {}


def test_credit_comes_back() -> None:
    driver, _, hand = holding(1)
    driver.publish(hand)
    driver.do(v.ForceOutcome(hand, "q", (1,), Outcome.ACCEPTED))
    assert [each.message.id for each in driver.delivered()] == [2]


def test_what_was_rejected_dies_and_the_ledger_says_by_whom() -> None:
    driver = Driver()
    holder, hand = driver.channel(), driver.channel()
    driver.queue(holder, "dead")
    driver.queue(holder, arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"})
    driver.publish(holder)
    driver.do(c.TakeMessage(holder, "q"))
    driver.do(v.ForceOutcome(hand, "q", (1,), Outcome.REJECTED))
    by = driver.engine.channels[hand].connection.id
    assert [settled.forced_by for settled in driver.of(e.MessageSettled)] == [by]
    assert [(told.verb, told.count) for told in driver.of(e.Intervened)] == [("reject", 1)]
    assert driver.ready("dead") == [2]


def test_only_the_deliveries_that_were_named_end() -> None:
    driver, holder, hand = holding()
    command = v.ForceOutcome(hand, "q", (1, 2), Outcome.ACCEPTED, ((holder, 2),))
    assert driver.do(command).count == 1
    assert list(driver.engine.channels[holder].deliveries) == [1, 3]


def test_what_was_settled_in_an_open_transaction_is_its_holders() -> None:
    driver, holder, hand = holding(1)
    driver.do(c.SelectTransaction(holder))
    driver.accept(holder, 1)
    assert driver.do(v.ForceOutcome(hand, "q", (1,), Outcome.RELEASED)).count == 0
    driver.do(c.CommitTransaction(holder))
    assert driver.engine.vhosts["/"].queues["q"].settled == 1


def test_what_was_read_from_a_log_is_its_readers() -> None:
    driver, _, hand = holding(1, is_durable=True, arguments={"x-queue-type": "stream"})
    with pytest.raises(RefusedError) as refused:
        driver.do(v.ForceOutcome(hand, "q", (1,), Outcome.RELEASED))
    assert refused.value.why is Refusal.NOT_SUPPORTED
