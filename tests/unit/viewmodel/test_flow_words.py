"""How nodes and edges of a flow read; names from anybody are made harmless."""

from mqstudio.model.topology import BindingSpec
from mqstudio.viewmodel.flow_clusters import CLUSTER
from mqstudio.viewmodel.flow_graph import (
    FlowEdge,
    FlowGraph,
    FlowNode,
    NodeKey,
    Part,
    Way,
    exchange_key,
    queue_key,
)
from mqstudio.viewmodel.flow_words import (
    BINDINGS_SHOWN,
    edge_details,
    edge_label,
    edge_sentence,
    figures,
    heading,
    node_details,
    node_sentence,
    part_word,
    title,
    way_word,
)

X, Q = exchange_key("/", "x"), queue_key("/", "q")


def test_titles() -> None:
    assert title(exchange_key("/", "")) == "(default)"
    assert title(NodeKey(Part.CLIENT, "/", "app", 1)) == "app (2)"
    assert title(NodeKey(Part.QUEUE, "/", "eu.", CLUSTER)) == "eu.*"
    assert title(NodeKey(Part.QUEUE, "/", "", CLUSTER)) == "all others"
    assert title(queue_key("/", "a\n\u202eb")) == "a\\n\\u202eb"


def test_figures() -> None:
    assert figures(FlowNode(Q, ready=12, in_flight=1, is_paused=True)) == "12 ready · 1 in flight · paused"
    worker = NodeKey(Part.CONSUMER, "/", "w")
    assert figures(FlowNode(worker, in_flight=10, credit=10)) == "10 in flight · prefetch 10"
    assert figures(FlowNode(X, note="topic")) == "topic"
    pile = NodeKey(Part.EXCHANGE, "/", "e.", CLUSTER)
    assert figures(FlowNode(pile, members=7)) == "7 exchanges"


def test_edges() -> None:
    specs = tuple(BindingSpec("x", "q", f"k{n}") for n in range(BINDINGS_SHOWN + 2))
    assert edge_label(FlowEdge(X, Q, Way.BINDING, bindings=specs[:1])) == "k0"
    assert edge_label(FlowEdge(X, Q, Way.BINDING, 4.0, bindings=specs)) == "4.0/s"
    assert edge_label(FlowEdge(X, Q, Way.BINDING, bindings=specs)) == ""
    lost = FlowEdge(X, Q, Way.PUBLISH, 4.0, 4.0)
    assert edge_label(lost) == "4.0/s unroutable"
    assert edge_sentence(lost) == "x publishes to q: 4.0 messages a second, 4.0 of them unroutable"
    lines = edge_details(FlowEdge(X, Q, Way.BINDING, bindings=specs))
    assert lines[1] == "routing key “k0”" and lines[-1] == "and 2 more bindings"


def test_nodes_say_what_comes_and_goes() -> None:
    edge = FlowEdge(X, Q, Way.BINDING, 2.0)
    graph = FlowGraph({X: FlowNode(X), Q: FlowNode(Q, ready=1)}, {edge.key: edge})
    assert node_sentence(graph, graph.nodes[Q]) == "queue q, 1 ready, 2.0 a second in, 0 out"
    assert node_details(graph, graph.nodes[X])[1] == "x bound to q: 2.0 messages a second"


def test_every_part_and_way_has_words() -> None:
    assert all(heading(part) and part_word(part) for part in Part)
    assert all(way_word(way) for way in Way)
