"""Flows: each publish counts once for its client, once for its exchange, and for each binding on its way."""

import pytest

from mqstudio.model import commands as c
from mqstudio.model import limits
from mqstudio.model import queries as q
from mqstudio.model.delivery import Outcome
from mqstudio.model.flows import Flows
from mqstudio.model.topology import DestinationKind
from mqstudio.server.broker import Broker
from tests.support.peers import Peer, new_broker


@pytest.fixture
def broker() -> Broker:
    return new_broker()


def ask(broker: Broker) -> Flows:
    answer = broker.queries.answer(q.GetFlows())
    assert isinstance(answer, Flows)
    return answer


def publish(peer: Peer, exchange: str, key: str, times: int = 1) -> None:
    for _ in range(times):
        peer.do(c.PublishMessage(peer.channel, exchange, key, b"", b"body"))


def shop(peer: Peer) -> None:
    """orders →(#) eu →(eu.*) q; what nobody wants goes to `rest`, and from there to `lost`."""
    peer.do(c.DeclareExchange(peer.channel, "orders", "topic", arguments={"alternate-exchange": "rest"}))
    peer.do(c.DeclareExchange(peer.channel, "eu", "topic"))
    peer.do(c.DeclareExchange(peer.channel, "rest", "fanout"))
    for queue in ("q", "lost"):
        peer.do(c.DeclareQueue(peer.channel, queue))
    peer.do(c.Bind(peer.channel, "orders", "eu", "eu.#", destination_kind=DestinationKind.EXCHANGE))
    peer.do(c.Bind(peer.channel, "eu", "q", "eu.*"))
    peer.do(c.Bind(peer.channel, "rest", "lost", ""))


def passed(flows: Flows) -> dict[tuple[str, str], int]:
    return {(row.exchange, row.destination): row.passed for row in flows.passed}


def test_nothing_yet(broker: Broker) -> None:
    flows = ask(broker)
    assert flows.published == [] and flows.passed == [] and flows.handed_over == []


def test_every_hop_of_the_way_counts_once(broker: Broker) -> None:
    """Also those through exchanges, and to the alternate."""
    peer = Peer(broker, "1").open()
    shop(peer)
    publish(peer, "orders", "eu.a", 3)
    publish(peer, "orders", "us.a", 2)
    flows = ask(broker)
    assert passed(flows) == {("orders", "eu"): 3, ("eu", "q"): 3, ("rest", "lost"): 2}
    assert [(row.exchange, row.destination, row.passed) for row in flows.alternate] == [("orders", "rest", 2)]


def test_a_queue_that_is_reached_twice_counts_once(broker: Broker) -> None:
    """It gets the message once, too: by the first binding that matched."""
    peer = Peer(broker, "1").open()
    peer.do(c.DeclareExchange(peer.channel, "x", "topic"))
    peer.do(c.DeclareQueue(peer.channel, "q"))
    for key in ("#", "a.*"):
        peer.do(c.Bind(peer.channel, "x", "q", key))
    publish(peer, "x", "a.b", 4)
    assert sum(row.passed for row in ask(broker).passed) == 4


def test_clients_are_told_apart_and_what_was_lost(broker: Broker) -> None:
    """By exchange, however often they turn from one to another."""
    one, other = Peer(broker, "1").open(), Peer(broker, "2").open()
    shop(one)
    for _ in range(3):
        publish(one, "orders", "eu.a")
        publish(one, "eu", "nothing matches")
    publish(other, "", "q", 5)
    publish(other, "", "no such queue")
    found = {(row.exchange, row.published, row.unroutable) for row in ask(broker).published}
    assert found == {("orders", 3, 0), ("eu", 3, 3), ("", 6, 1)}
    assert passed(ask(broker))["", "q"] == 5


def test_exchanges_are_told_with_the_next_sample(broker: Broker) -> None:
    peer = Peer(broker, "1").open()
    shop(peer)
    publish(peer, "orders", "eu.a", 3)
    broker.clock.advance(limits.SAMPLE_INTERVAL_US)
    broker.tick()
    published = {each.name: each.published for each in broker.sampler.since(0).exchanges}
    assert published["orders"] == 3
    assert broker.engine.taken == []
    assert passed(ask(broker))["orders", "eu"] == 3


def test_a_dead_letter_is_nobodys_publish(broker: Broker) -> None:
    peer = Peer(broker, "1").open()
    peer.do(c.DeclareExchange(peer.channel, "dead", "fanout"))
    peer.do(c.DeclareQueue(peer.channel, "grave"))
    peer.do(c.Bind(peer.channel, "dead", "grave", ""))
    peer.do(c.DeclareQueue(peer.channel, "q", arguments={"x-dead-letter-exchange": "dead"}))
    publish(peer, "", "q")
    peer.do(c.TakeMessage(peer.channel, "q"))
    peer.do(c.SettleDelivery(peer.channel, 1, False, Outcome.REJECTED))
    flows = ask(broker)
    assert [(row.exchange, row.published) for row in flows.published] == [("", 1)]
    assert passed(flows) == {("", "q"): 1, ("dead", "grave"): 1}
    assert [(row.queue, row.count) for row in flows.dead_lettered] == [("q", 1)]


def test_consumers_with_what_they_hold(broker: Broker) -> None:
    peer = Peer(broker, "1").open()
    peer.do(c.DeclareQueue(peer.channel, "q"))
    peer.do(c.Subscribe(peer.channel, "q", "tag", credit=2))
    publish(peer, "", "q", 3)
    row = ask(broker).handed_over[0]
    assert (row.queue, row.tag, row.delivered, row.unacked, row.credit) == ("q", "tag", 2, 2, 2)


def test_what_is_deleted_is_forgotten(broker: Broker) -> None:
    """And one declared anew under its name begins at nothing."""
    peer = Peer(broker, "1").open()
    shop(peer)
    publish(peer, "orders", "eu.a", 3)
    peer.do(c.DeleteExchange(peer.channel, "orders"))
    assert ("orders", "eu") not in passed(ask(broker))
    assert ask(broker).published == []


def test_a_client_of_endless_exchanges_costs_no_memory(broker: Broker) -> None:
    peer = Peer(broker, "1").open()
    for number in range(limits.FLOW_EXCHANGES_MAX + 10):
        name = f"x{number}"
        peer.do(c.DeclareExchange(peer.channel, name, "fanout"))
        publish(peer, name, "")
        peer.do(c.DeleteExchange(peer.channel, name))
    (connection,) = (each for each in broker.engine.connections.values() if each.published)
    assert len(connection.by_exchange) <= limits.FLOW_EXCHANGES_MAX
