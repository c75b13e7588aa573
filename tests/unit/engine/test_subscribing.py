"""Subscribing, credit, turns, cancelling, single takes."""

import pytest

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.commands import LogStart
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import MESSAGE_OVERHEAD_BYTES, OUTBOUND_ROOM_BYTES
from mqstudio.model.message import traits
from tests.support.driver import Driver


@pytest.fixture
def driver() -> Driver:
    return Driver()


@pytest.fixture
def channel(driver: Driver) -> int:
    channel = driver.channel()
    driver.queue(channel)
    return channel


def test_subscriptions_with_room_take_turns(driver: Driver, channel: int) -> None:
    for tag in "abc":
        driver.subscribe(channel, tag=tag)
    order = []
    for _ in range(7):
        driver.publish(channel)
        order += [d.subscription.tag for d in driver.delivered() if d.subscription]
    assert order == list("abcabca")


def test_a_backlog_is_shared_in_turns_too(driver: Driver, channel: int) -> None:
    for _ in range(6):
        driver.publish(channel)
    other = driver.channel()
    driver.do(c.GrantRoom(driver.engine.channels[channel].connection.info.id, 0))
    driver.subscribe(channel, tag="a")
    driver.subscribe(other, tag="b", credit=1)
    assert [
        d.subscription.tag for d in driver.all_events if isinstance(d, e.MessageDelivered) and d.subscription
    ] == ["b"]


def test_credit_limits_open_deliveries_and_acceptance_gives_it_back(driver: Driver, channel: int) -> None:
    driver.subscribe(channel, credit=2)
    for _ in range(5):
        driver.publish(channel)
    assert driver.ready() == [3, 4, 5]
    driver.accept(channel, 1)
    assert [d.message.id for d in driver.delivered()] == [3]


def test_a_channels_credit_is_shared_by_its_subscriptions(driver: Driver, channel: int) -> None:
    driver.do(c.SetChannelCredit(channel, 3))
    driver.subscribe(channel, tag="a")
    driver.subscribe(channel, tag="b", credit=1)
    for _ in range(6):
        driver.publish(channel)
    assert len(driver.ready()) == 3
    driver.do(c.SetChannelCredit(channel, 0))
    assert driver.ready() == []


def test_auto_settled_deliveries_need_no_credit_and_are_done_at_once(driver: Driver, channel: int) -> None:
    driver.subscribe(channel, is_auto_settled=True, credit=1)
    driver.publish(channel)
    driver.publish(channel)
    assert [type(event) for event in driver.events][-2:] == [e.MessageDelivered, e.MessageSettled]
    with pytest.raises(RefusedError):
        driver.accept(channel, 1)


def test_nothing_is_dispatched_to_a_full_socket(driver: Driver, channel: int) -> None:
    driver.subscribe(channel)
    body = b"x" * (OUTBOUND_ROOM_BYTES // 4 - MESSAGE_OVERHEAD_BYTES)
    for _ in range(6):
        driver.publish(channel, body=body)
    assert driver.ready() == [5, 6]
    driver.do(c.GrantRoom(driver.engine.channels[channel].connection.info.id, 1))
    assert driver.ready() == [6]


def test_a_tag_is_used_once_per_channel(driver: Driver, channel: int) -> None:
    driver.subscribe(channel)
    with pytest.raises(RefusedError) as refused:
        driver.subscribe(channel)
    assert refused.value.why is Refusal.DUPLICATE_SUBSCRIPTION
    driver.subscribe(driver.channel())


def test_exclusive_means_alone(driver: Driver, channel: int) -> None:
    driver.subscribe(channel, tag="a")
    for _ in range(2):
        with pytest.raises(RefusedError) as refused:
            driver.subscribe(channel, tag="b", is_exclusive=True)
        assert refused.value.why is Refusal.EXCLUSIVE_SUBSCRIPTION
    driver.do(c.CancelSubscription(channel, "a"))
    driver.subscribe(channel, tag="b", is_exclusive=True)
    with pytest.raises(RefusedError):
        driver.subscribe(channel, tag="c")


def test_cancelling_keeps_what_is_open(driver: Driver, channel: int) -> None:
    driver.subscribe(channel)
    driver.publish(channel)
    driver.do(c.CancelSubscription(channel, "t"))
    assert driver.of(e.MessageRequeued) == []
    driver.publish(channel)
    assert driver.ready() == [2]
    driver.accept(channel, 1)
    assert driver.ready() == [2]
    driver.do(c.CancelSubscription(channel, "unknown"))


def test_taking_one_ignores_credit_and_says_what_is_left(driver: Driver, channel: int) -> None:
    driver.do(c.SetChannelCredit(channel, 1))
    assert driver.do(c.TakeMessage(channel, "q")).message is None
    for _ in range(3):
        driver.publish(channel)
    replies = [driver.do(c.TakeMessage(channel, "q")) for _ in range(2)]
    assert [(r.message.id, r.ready, r.delivery_tag) for r in replies] == [(1, 2, 1), (2, 1, 2)]
    driver.do(c.RecoverDeliveries(channel))
    again = driver.do(c.TakeMessage(channel, "q"))
    assert (again.message.id, again.is_redelivered) == (1, True)


def test_nobody_is_alone_where_subscriptions_succeed_each_other(driver: Driver, channel: int) -> None:
    driver.queue(channel, "single", arguments={"x-single-active-consumer": True})
    with pytest.raises(RefusedError) as caught:
        driver.do(c.Subscribe(channel, "single", "t", is_exclusive=True))
    assert caught.value.why is Refusal.EXCLUSIVE_SUBSCRIPTION


def test_what_expired_behind_a_taken_message_does_not_count(driver: Driver, channel: int) -> None:
    driver.publish(channel)
    driver.publish(channel, traits=traits(ttl_us=5000))
    driver.publish(channel)
    driver.wait(10)
    assert driver.do(c.TakeMessage(channel, "q")).ready == 1


@pytest.mark.parametrize(
    ("arguments", "start", "credit", "why"),
    [
        ({}, LogStart(offset=0), 0, Refusal.INVALID_ARGUMENT),
        ({"x-queue-type": "quorum"}, LogStart(), 0, Refusal.INVALID_ARGUMENT),
        ({"x-queue-type": "quorum"}, None, 5, Refusal.NOT_SUPPORTED),
    ],
)
def test_what_a_kind_of_queue_cannot_give_a_reader(
    driver: Driver, arguments: dict[str, str], start: LogStart | None, credit: int, why: Refusal
) -> None:
    """A place to begin at is for logs, credit of the channel not for quorum queues."""
    channel = driver.channel()
    driver.queue(channel, "other", is_durable=True, arguments=arguments)
    driver.do(c.SetChannelCredit(channel, credit))
    with pytest.raises(RefusedError) as caught:
        driver.do(c.Subscribe(channel, "other", "t", start=start))
    assert caught.value.why is why


def test_what_may_have_been_handed_over_before_a_crash_says_so_once_more(
    driver: Driver, channel: int
) -> None:
    connection = driver.engine.channels[channel].connection
    first, second, third = (driver.publish(channel) for _ in range(3))
    driver.engine.vhosts["/"].queues["q"].flagged_up_to = second
    assert driver.do(c.TakeMessage(channel, "q")).is_redelivered
    assert connection.has_redelivery
    connection.has_redelivery = False
    driver.subscribe(channel)
    assert [(d.message.id, d.is_redelivered) for d in driver.delivered()] == [(second, True), (third, False)]
    assert connection.has_redelivery
    assert driver.engine.vhosts["/"].queues["q"].redeliveries == 2
    assert first < second


def test_who_gets_nothing_again_has_no_redelivery(driver: Driver, channel: int) -> None:
    driver.publish(channel)
    driver.do(c.TakeMessage(channel, "q"))
    driver.subscribe(channel)
    driver.publish(channel)
    assert not driver.engine.channels[channel].connection.has_redelivery


def test_hand_overs_are_counted_by_kind(driver: Driver, channel: int) -> None:
    """Takes, and what is done with at once; both may be both."""
    driver.queue(channel)
    for _ in range(9):
        driver.publish(channel)
    for is_auto_settled in (True, True, False):
        driver.do(c.TakeMessage(channel, "q", is_auto_settled=is_auto_settled))
    driver.subscribe(channel, is_auto_settled=True)
    driver.do(c.TakeMessage(channel, "q"))
    counters = driver.engine.vhosts["/"].queues["q"].counters()
    kinds = counters.delivered, counters.taken, counters.auto_settled, counters.auto_taken
    assert (kinds, counters.empty_takes) == ((9, 3, 8, 2), 1)
