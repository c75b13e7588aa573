"""Clusters: many nodes are few, nothing is lost in the sums, and what is opened is shown."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mqstudio.viewmodel.flow_clusters import (
    CLUSTER,
    NODES_MAX,
    OPENED_MAX,
    cluster_of,
    clustered,
    prefix,
)
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

X = exchange_key("/", "x")


def many(*names: str) -> FlowGraph:
    """Queues of one exchange, a message in each."""
    nodes = {queue_key("/", name): FlowNode(queue_key("/", name), ready=1) for name in names}
    edges = [FlowEdge(X, key, Way.BINDING, 1.0) for key in nodes]
    return FlowGraph({X: FlowNode(X), **nodes}, {edge.key: edge for edge in edges})


def test_few_stay_as_they_are() -> None:
    graph = many("a.b", "a.c")
    assert clustered(graph) is graph


def test_those_that_begin_alike_stand_together() -> None:
    graph = clustered(many(*(f"{region}.orders.{n}" for region in ("eu", "us") for n in range(200)), "odd"))
    keys = {key.name: node for key, node in graph.nodes.items() if key.number == CLUSTER}
    assert set(keys) == {"eu.orders.", "us.orders."}
    assert keys["eu.orders."].members == keys["eu.orders."].ready == 200
    assert queue_key("/", "odd") in graph.nodes
    assert graph.edges[X, NodeKey(Part.QUEUE, "/", "eu.orders.", CLUSTER), Way.BINDING].per_s == 200


def test_names_that_have_nothing_in_common_are_the_rest() -> None:
    graph = clustered(many(*(f"{n:04}{chr(97 + n % 26)}" for n in range(2_000))))
    assert len(graph.nodes) <= NODES_MAX
    assert sum(node.members for key, node in graph.nodes.items() if key.part is Part.QUEUE) == 2_000


def test_what_is_opened_is_shown_up_to_a_bound() -> None:
    whole = many(*(f"eu.{n}" for n in range(1_000)))
    pile = NodeKey(Part.QUEUE, "/", "eu.", CLUSTER)
    graph = clustered(whole, {pile})
    assert graph.nodes[pile].members == 1_000 - OPENED_MAX
    hidden = next(key for key in whole.nodes if key not in graph.nodes)
    assert cluster_of(graph, hidden) == pile
    assert cluster_of(graph, X) is None


def test_prefixes() -> None:
    assert [prefix("a.b.c", n) for n in (1, 2, 3)] == ["a.", "a.b.", "a.b."]
    assert prefix("single", 2) == "single"
    assert prefix("", 1) == ""


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(alphabet="ab.-", max_size=8), min_size=1, max_size=80, unique=True))
def test_nothing_is_lost(names: list[str]) -> None:
    """Members, messages and rates are those of the whole; and there are no more than may be."""
    whole = many(*names)
    graph = clustered(whole, limit=20)
    queues = [node for key, node in graph.nodes.items() if key.part is Part.QUEUE]
    assert sum(node.members for node in queues) == sum(node.ready for node in queues) == len(names)
    assert sum(edge.per_s for edge in graph.edges.values()) == len(names)
    assert len(graph.nodes) <= 20
