"""The graph of a flow: what stands in it, how fast it goes where, and who is the same after a while."""

import pytest

from mqstudio.model.flows import DeadLettered, Flows, HandedOver, Passed, Published
from mqstudio.model.rows import ExchangeRow, QueueRow, Topology
from mqstudio.model.rules import QueueRules
from mqstudio.model.samples import ConnectionSample
from mqstudio.model.topology import BindingSpec, DestinationKind, ExchangeSpec, QueueSpec
from mqstudio.viewmodel.flow_graph import (
    FlowGraph,
    Known,
    NodeKey,
    Part,
    Way,
    build,
    exchange_key,
    queue_key,
)

X, DEAD, Q, GRAVE = (
    exchange_key("/", "x"), exchange_key("/", "dead"), queue_key("/", "q"), queue_key("/", "grave"),
)  # fmt: skip
SELLER, WORKER = NodeKey(Part.CLIENT, "/", "seller"), NodeKey(Part.CONSUMER, "/", "worker")


def exchange(name: str, *bindings: BindingSpec, **arguments: object) -> ExchangeRow:
    return ExchangeRow(ExchangeSpec(name, "topic", arguments=arguments), "/", list(bindings))


def queue(name: str, rules: QueueRules | None = None) -> QueueRow:
    return QueueRow(QueueSpec(name), "/", 1, 2, 1, 1, [], rules or QueueRules())


def client(number: int, name: str, protocol: str = "amqp091") -> ConnectionSample:
    return ConnectionSample(
        number, protocol, name, "127.0.0.1:1", "guest", "pika", "1.4.4", "", number, 1, 1, 0, 0, 0
    )  # fmt: skip


def shop() -> Topology:
    return Topology(
        [exchange("x", BindingSpec("x", "q", "a.#"), BindingSpec("x", "q", "b")), exchange("amq.topic"),
         exchange("")],
        [queue("q"), queue("grave")],
    )  # fmt: skip


def flows(at_s: int, count: int, lost: int = 0) -> Flows:
    to = DestinationKind.QUEUE
    return Flows(
        at_s * 1_000_000,
        [Published(1, "/", "x", count, lost)],
        [Passed("/", "x", "q", to, "a.#", count), Passed("/", "x", "q", to, "b", count)],
        [],
        [HandedOver(5, 2, "/", "q", "t", count, 3, 10), HandedOver(6, 2, "/", "q", "u", count, 1, 10)],
    )


def graph(topology: Topology, now: Flows | None = None, before: Flows | None = None) -> FlowGraph:
    connections = {1: client(1, "seller"), 2: client(2, "worker"), 3: client(3, "window", "native")}
    return build(Known(topology, {}, connections, now or Flows(0), before))


def test_what_is_declared_and_who_is_there() -> None:
    """Without the broker's own exchanges that nobody uses, and without windows."""
    nodes = graph(shop(), flows(1, 0)).nodes
    assert set(nodes) == {X, Q, GRAVE, SELLER, WORKER}
    assert nodes[GRAVE].is_quiet and not nodes[Q].is_quiet
    assert (nodes[WORKER].in_flight, nodes[WORKER].credit) == (4, 20)
    assert nodes[SELLER].note == "pika 1.4.4"


def test_rates_are_differences_a_second_of_all_bindings_and_consumers_together() -> None:
    edges = graph(shop(), flows(4, 300, 40), flows(2, 100, 20)).edges
    assert edges[SELLER, X, Way.PUBLISH].per_s == pytest.approx(100)
    assert edges[SELLER, X, Way.PUBLISH].lost_per_s == pytest.approx(10)
    assert edges[X, Q, Way.BINDING].per_s == pytest.approx(200)
    assert [spec.routing_key for spec in edges[X, Q, Way.BINDING].bindings] == ["a.#", "b"]
    assert edges[Q, WORKER, Way.DELIVERY].per_s == pytest.approx(200)


def test_the_first_look_knows_no_rates_and_a_broker_that_began_anew_none_below_zero() -> None:
    assert graph(shop(), flows(4, 300)).edges[X, Q, Way.BINDING].per_s == 0
    assert graph(shop(), flows(4, 1), flows(2, 100)).edges[X, Q, Way.BINDING].per_s == 0


def test_dead_letters_go_to_their_exchange_or_by_the_default_one_to_a_queue() -> None:
    by_exchange = queue("q", QueueRules(dead_letter_exchange="dead"))
    topology = Topology([exchange("dead")], [by_exchange, queue("grave")])
    now, before = (Flows(n * 1_000_000, dead_lettered=[DeadLettered("/", "q", n)]) for n in (3, 1))
    assert graph(topology, now, before).edges[Q, DEAD, Way.DEAD_LETTER].per_s == pytest.approx(1)
    direct = queue("q", QueueRules(dead_letter_exchange="", dead_letter_key="grave"))
    assert (Q, GRAVE, Way.DEAD_LETTER) in graph(Topology([], [direct, queue("grave")])).edges
    missing = queue("q", QueueRules(dead_letter_exchange="nowhere"))
    assert graph(Topology([], [missing])).edges == {}


def test_exchanges_behind_exchanges_stand_further_on_also_in_circles() -> None:
    kind = DestinationKind.EXCHANGE
    one = exchange("x", BindingSpec("x", "y", "", {}, kind))
    other = exchange("y", BindingSpec("y", "x", "", {}, kind))
    plain = graph(Topology([one, exchange("y")], [])).nodes
    assert plain[exchange_key("/", "y")].level == 1 and plain[X].level == 0
    assert len(graph(Topology([one, other], [])).nodes) == 4


def test_alternates_and_the_default_exchange() -> None:
    topology = Topology([exchange("x", **{"alternate-exchange": "dead"}), exchange("dead")], [queue("q")])
    now = Flows(
        1,
        [Published(1, "/", "", 3, 0)],
        [Passed("/", "", "q", DestinationKind.QUEUE, "q", 3)],
    )
    edges = graph(topology, now).edges
    assert (X, DEAD, Way.ALTERNATE) in edges
    assert (exchange_key("/", ""), Q, Way.BINDING) in edges


def test_clients_of_one_name_are_told_apart_and_one_that_comes_back_is_the_same() -> None:
    def of(*numbers: int) -> set[NodeKey]:
        connections = {n: client(n, "seller") for n in numbers}
        return set(build(Known(Topology([], []), {}, connections, Flows(0))).nodes)

    assert of(1, 2) == {SELLER, SELLER._replace(number=1)}
    assert of(7) == {SELLER}
