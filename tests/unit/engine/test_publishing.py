"""Publishing: routes, events, returns."""

import pytest

from mqstudio.engine import routing
from mqstudio.engine.vhost import ROUTES_MAX
from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import MESSAGE_OVERHEAD_BYTES
from tests.support.driver import Driver


@pytest.fixture
def driver() -> Driver:
    return Driver()


def test_every_step_is_an_event(driver: Driver) -> None:
    channel = driver.channel()
    driver.queue(channel)
    driver.publish(channel, body=b"hello")
    assert [type(event) for event in driver.events] == [
        e.MessagePublished,
        e.MessageRouted,
        e.MessageEnqueued,
    ]
    message = driver.of(e.MessagePublished)[0].message
    assert (message.body, message.routing_key, message.format) == (b"hello", "q", "test")
    assert driver.batches[-1].held_bytes == message.held_bytes == 5 + MESSAGE_OVERHEAD_BYTES


def test_several_matching_bindings_deliver_once(driver: Driver) -> None:
    channel = driver.channel()
    driver.queue(channel)
    driver.do(c.DeclareExchange(channel, "x", "topic"))
    for pattern in ("a.*", "#", "a.b"):
        driver.do(c.Bind(channel, "x", "q", pattern))
    driver.publish(channel, "a.b", exchange="x")
    assert driver.ready() == [1]


def test_a_new_binding_counts_from_the_next_message_on(driver: Driver) -> None:
    channel = driver.channel()
    driver.queue(channel)
    driver.do(c.DeclareExchange(channel, "x", "direct"))
    driver.publish(channel, "k", exchange="x")
    driver.do(c.Bind(channel, "x", "q", "k"))
    driver.publish(channel, "k", exchange="x")
    assert driver.ready() == [2]


def test_an_unroutable_mandatory_message_comes_back(driver: Driver) -> None:
    channel = driver.channel()
    driver.publish(channel, "nowhere")
    assert [event.was_returned for event in driver.of(e.MessageUnroutable)] == [False]
    assert driver.engine.take_mail() == []
    driver.publish(channel, "nowhere", is_mandatory=True)
    ((_, mail),) = driver.engine.take_mail()
    assert [type(letter) for letter in mail] == [e.MessageReturned]


def test_publishing_where_one_cannot(driver: Driver) -> None:
    channel = driver.channel()
    driver.do(c.DeclareExchange(channel, "inner", "fanout", is_internal=True))
    for name, why in (("none", Refusal.NO_SUCH_EXCHANGE), ("inner", Refusal.INTERNAL_EXCHANGE)):
        with pytest.raises(RefusedError) as refused:
            driver.publish(channel, exchange=name)
        assert refused.value.why is why
    assert driver.engine.published == 0


def test_random_keys_do_not_fill_the_memory(driver: Driver) -> None:
    channel = driver.channel()
    driver.do(c.DeclareExchange(channel, "x", "direct"))
    exchanges = driver.engine.vhosts["/"].exchanges
    for name in ("x", ""):
        for number in range(ROUTES_MAX + 10):
            routing.keyed_route(exchanges[name], str(number))
        assert len(exchanges[name].routes) <= ROUTES_MAX
    driver.publish(channel, "any")


def test_by_hand_it_is_told_where_the_message_is(driver: Driver) -> None:
    """Its id and its queues; 0 where no queue took it, or the one it came to is full."""
    channel = driver.channel()
    driver.queue(channel, "a")
    driver.do(c.DeclareQueue(channel, "full", arguments={"x-max-length": 1, "x-overflow": "reject-publish"}))
    driver.publish(channel, "full")

    def by_hand(key: str) -> tuple[int, tuple[int, ...], tuple[str, ...]]:
        reply = driver.do(c.PublishByHand(channel, c.PublishMessage(channel, "", key, b"", b"again")))
        return reply.count, reply.successors, reply.queues

    assert by_hand("a") == (1, (2,), ("a",))
    assert by_hand("nobody")[0] == 0
    assert by_hand("full")[0] == 0
    assert [m.body for m in driver.engine.vhosts["/"].queues["a"].ready] == [b"again"]
