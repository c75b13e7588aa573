"""Looking only where something happened gives the same samples as looking everywhere."""

import contextlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mqstudio.model import commands as c
from mqstudio.model import limits
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import RefusedError
from mqstudio.model.samples import Sample
from mqstudio.server.broker import Broker
from mqstudio.server.sampler import Sampler
from tests.support.peers import Peer, new_broker

LIMITED = {"x-max-length": 2, "x-message-ttl": 100, "x-dead-letter-exchange": "", "x-max-priority": 3}
LOG = {"x-queue-type": "stream"}

names = st.sampled_from(["a", "b", "c"])
tags = st.integers(1, 4)
outcomes = st.sampled_from(list(Outcome))


def verb(make: Any, *arguments: Any) -> Any:  # Any: commands and strategies of all kinds
    """A step: what the peer with this number asks for, on its own channel."""
    return st.tuples(st.integers(0, 2), st.just(make), st.tuples(*arguments))


steps = st.one_of(
    verb(c.DeclareQueue, names),
    verb(lambda channel, name: c.DeclareQueue(channel, name, is_exclusive=True), names),
    verb(lambda channel, name: c.DeclareQueue(channel, name, arguments=LIMITED), names),
    verb(lambda channel, name: c.DeclareQueue(channel, name, is_durable=True, arguments=LOG), names),
    verb(c.DeleteQueue, names),
    verb(c.DeclareExchange, names),
    verb(c.DeleteExchange, names),
    verb(lambda channel, name, key: c.Bind(channel, name, name, key), names, names),
    verb(lambda channel, name, key: c.Unbind(channel, name, name, key), names, names),
    verb(lambda channel, name: c.PublishMessage(channel, "", name, b"", b"body"), names),
    verb(lambda channel, name: c.PublishMessage(channel, name, "a", b"", b"body"), names),
    verb(c.TakeMessage, names),
    verb(lambda channel, name, tag: c.Subscribe(channel, name, str(tag), credit=2), names, tags),
    verb(lambda channel, tag: c.CancelSubscription(channel, str(tag)), tags),
    verb(lambda channel, tag, outcome: c.SettleDelivery(channel, tag, False, outcome), tags, outcomes),
    verb(c.PurgeQueue, names),
    verb(c.SelectTransaction),
    verb(c.CommitTransaction),
    verb(c.RollbackTransaction),
    verb(c.RecoverDeliveries),
    st.sampled_from(["close", "open", "tick", "tick", "tick"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(steps, max_size=40))
async def test_samples_are_what_a_look_at_everything_gives(script: list[Any]) -> None:
    """After any script: levels, counters, bindings, channels, totals, and who is gone."""
    broker = new_broker()
    peers = [Peer(broker, str(n)).open() for n in range(3)]
    for step in [*script, "tick"]:
        match step:
            case "tick":
                tick(broker)
                assert everything(broker.sampler) == everything(looking_anew(broker))
            case "close":
                peer = peers.pop(0)
                peer.transport.close()
                peer.transport.settle()
            case "open":
                peers = [*peers, Peer(broker).open()][-3:]
            case number, make, arguments if peers:
                ask(peers[number % len(peers)], make, arguments)
        if not peers:
            peers.append(Peer(broker).open())


def ask(peer: Peer, make: Any, arguments: tuple[Any, ...]) -> None:
    with contextlib.suppress(RefusedError):  # refusals change nothing: that is part of what is tested
        peer.do(make(peer.channel, *arguments))


def tick(broker: Broker) -> None:
    broker.clock.advance(limits.SAMPLE_INTERVAL_US)
    broker.tick()


def looking_anew(broker: Broker) -> Sampler:
    sampler = Sampler(broker.engine)
    sampler.take(broker.clock.now_us())
    return sampler


def everything(sampler: Sampler) -> tuple[Any, ...]:
    sample: Sample = sampler.since(0)
    return (
        sample.totals,
        sorted(sample.queues, key=lambda queue: queue.id),
        sorted(sample.exchanges, key=lambda exchange: exchange.name),
        sorted(sample.connections, key=lambda connection: connection.id),
    )
