"""The door: every command has its handler, every event its place; what is refused changes nothing."""

from typing import Any

import pytest

from mqstudio.engine.engine import HANDLERS, STREAMING
from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.delivery import DropReason, Outcome
from mqstudio.model.errors import RefusedError
from mqstudio.server.describe import DETAILS, ENDINGS
from mqstudio.store import segment
from tests.support.driver import Driver


def test_every_command_is_handled() -> None:
    assert set(HANDLERS) == set(c.Command.__args__)
    assert set(STREAMING) <= set(HANDLERS)


def test_every_event_of_a_message_is_told() -> None:
    assert set(DETAILS) == set(e.MessageEvent.__args__)
    assert set(ENDINGS) == segment.ENDINGS


def test_events_have_names_of_their_own() -> None:
    tags = [each.__struct_config__.tag for each in (*e.Event.__args__, *e.Mail.__args__)]
    kinds = {*e.Event.__args__, *e.Mail.__args__}
    assert len(set(tags)) == len(kinds)


def test_all_reasons_to_drop_can_be_seen() -> None:
    """Each comes out of the engine in one short story."""
    driver = Driver()
    root = driver.channel()
    loop = {"x-message-ttl": 1, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "loop"}
    for name, kind, arguments in (
        ("q", "classic", {"x-max-length": 1}),
        ("quorum", "quorum", {"x-delivery-limit": 0}),
        ("log", "stream", {"x-max-length-bytes": 1}),
        ("loop", "classic", loop),
        ("ttl", "classic", {"x-message-ttl": 1}),
    ):
        driver.queue(root, name, is_durable=True, arguments={"x-queue-type": kind, **arguments})
        for _ in range(2):
            driver.publish(root, name, b"xx")
    driver.wait(5)
    driver.do(c.TakeMessage(root, "quorum"))
    driver.do(c.RecoverDeliveries(root))
    taken = driver.do(c.TakeMessage(root, "q"))
    driver.settle(root, taken.delivery_tag, Outcome.REJECTED)
    driver.do(c.DeleteQueue(root, "log"))
    reasons = {event.reason for event in driver.all_events if isinstance(event, e.MessageDropped)}
    elsewhere = {DropReason.BROKER_STOPPED}  # told by who finds what a broker has left behind
    assert reasons == set(DropReason) - elsewhere


def state(driver: Driver) -> Any:
    """What can be seen of an engine."""
    engine = driver.engine
    return (
        {name: (list(v.queues), list(v.exchanges), list(v.policies)) for name, v in engine.vhosts.items()},
        {q.ref: (len(q.ready), q.in_flight, len(q.subscriptions), q.rules) for q in _queues(driver)},
        {id_: (list(ch.deliveries), list(ch.subscriptions)) for id_, ch in engine.channels.items()},
        list(engine.connections),
        engine.next_deadline(),
        len(engine.deadlines),
    )


def _queues(driver: Driver) -> list[Any]:
    return [queue for vhost in driver.engine.vhosts.values() for queue in vhost.queues.values()]


@pytest.mark.parametrize(
    "command",
    [
        lambda ch: c.PublishMessage(ch, "none", "", b"", b""),
        lambda ch: c.PublishMessage(ch, "internal", "", b"", b""),
        lambda ch: c.SettleDelivery(ch, 99, False, Outcome.ACCEPTED),
        lambda ch: c.SettleDelivery(ch, 99, True, Outcome.ACCEPTED),
        lambda ch: c.DeclareQueue(ch, "q", is_durable=True),
        lambda ch: c.DeclareQueue(ch, "new", arguments={"x-max-length": -1}),
        lambda ch: c.DeclareQueue(ch, "new", arguments={"x-queue-type": "quorum"}),
        lambda ch: c.DeclareQueue(ch, "none", is_passive=True),
        lambda ch: c.DeclareQueue(ch, ""),
        lambda ch: c.DeclareExchange(ch, "x", "nonsense"),
        lambda ch: c.DeclareExchange(ch, "x", "x-delayed-message"),
        lambda ch: c.DeclareExchange(ch, "internal", "direct"),
        lambda ch: c.DeleteExchange(ch, ""),
        lambda ch: c.DeleteQueue(ch, "q", if_empty=True),
        lambda ch: c.DeleteQueue(ch, "quorum", if_empty=True),
        lambda ch: c.DeleteQueue(ch, "quorum", if_unused=True),
        lambda ch: c.Subscribe(ch, "none", "t"),
        lambda ch: c.TakeMessage(ch, "none"),
        lambda ch: c.PurgeQueue(ch, "none"),
        c.CommitTransaction,
        lambda ch: c.OpenChannel(5_000, 999, 1),
        lambda ch: c.CloseChannel(4_999),
        lambda ch: c.KickConnection(999),
    ],
)
def test_what_is_refused_changes_nothing(command: Any) -> None:
    driver = Driver()
    channel = driver.channel()
    driver.queue(channel)
    driver.queue(channel, "quorum", is_durable=True, arguments={"x-queue-type": "quorum"})
    driver.do(c.DeclareExchange(channel, "internal", "fanout", is_internal=True))
    driver.publish(channel)
    driver.publish(channel)
    driver.do(c.TakeMessage(channel, "q"))
    before = state(driver)
    with pytest.raises(RefusedError) as refused:
        driver.do(command(channel))
    assert refused.value.says
    assert driver.events == []
    assert state(driver) == before
