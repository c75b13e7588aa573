"""Pausing a queue, a subscription, everything."""

from typing import Any

import pytest

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model import verbs as v
from mqstudio.model.errors import Refusal, RefusedError
from tests.support.driver import Driver


def waiting(**options: object) -> tuple[Driver, int]:
    driver = Driver()
    channel = driver.channel()
    driver.queue(channel, **options)
    driver.subscribe(channel)
    return driver, channel


@pytest.mark.parametrize("arguments", [{}, {"x-queue-type": "stream"}, {"x-max-length": 5}])
@pytest.mark.parametrize("what", ["queue", "subscription", "all"])
def test_nothing_is_handed_over_until_it_goes_on(what: str, arguments: dict[str, Any]) -> None:
    driver = Driver()
    channel = driver.channel()
    driver.queue(channel, is_durable=True, arguments=arguments)
    driver.subscribe(channel, credit=5)
    pause: Any = {
        "queue": v.PauseQueue(channel, "q"),
        "subscription": v.PauseSubscription(channel, 1),
        "all": v.PauseAll(channel),
    }[what]
    driver.do(pause)
    assert [told.verb for told in driver.of(e.Intervened)] == ["pause"]
    for _ in range(2):
        driver.publish(channel)
        assert driver.delivered() == []
    driver.do(type(pause)(*[getattr(pause, name) for name in pause.__struct_fields__[:-1]], False))
    assert [each.message.id for each in driver.delivered()] == [1, 2]


def test_other_subscriptions_get_what_a_paused_one_would() -> None:
    driver, channel = waiting()
    driver.subscribe(channel, tag="other")
    driver.do(v.PauseSubscription(channel, 1))
    for _ in range(3):
        driver.publish(channel)
        assert [each.subscription.tag for each in driver.delivered() if each.subscription] == ["other"]


def test_a_single_take_finds_nothing_ready_in_a_paused_queue() -> None:
    driver = Driver()
    channel = driver.channel()
    driver.queue(channel)
    driver.publish(channel)
    driver.do(v.PauseQueue(channel, "q"))
    assert driver.do(c.TakeMessage(channel, "q")).message is None
    driver.do(v.PauseQueue(channel, "q", False))
    assert driver.do(c.TakeMessage(channel, "q")).message is not None


def test_all_else_goes_on_while_a_queue_is_paused() -> None:
    driver, channel = waiting(arguments={"x-message-ttl": 50})
    driver.publish(channel)
    driver.do(v.PauseQueue(channel, "q"))
    driver.accept(channel, 1)
    driver.publish(channel)
    driver.wait(60)
    assert (driver.ready(), driver.engine.vhosts["/"].queues["q"].settled) == ([], 1)


def test_pausing_twice_is_told_once() -> None:
    driver, channel = waiting()
    driver.do(v.PauseQueue(channel, "q"))
    driver.do(v.PauseQueue(channel, "q"))
    assert driver.events == []


def test_a_queue_that_is_paused_itself_stays_so_when_everything_else_goes_on() -> None:
    driver, channel = waiting()
    driver.do(v.PauseQueue(channel, "q"))
    driver.do(v.PauseAll(channel))
    driver.do(v.PauseAll(channel, False))
    driver.publish(channel)
    assert driver.delivered() == []


def test_a_subscription_that_has_ended_cannot_be_paused() -> None:
    driver, channel = waiting()
    driver.do(c.CancelSubscription(channel, "t"))
    with pytest.raises(RefusedError) as refused:
        driver.do(v.PauseSubscription(channel, 1))
    assert refused.value.why is Refusal.NO_SUCH_SUBSCRIPTION
