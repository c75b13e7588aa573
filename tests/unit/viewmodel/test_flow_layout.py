"""Places of a flow: nothing covers anything, the same gives the same, what is there stays where it is."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from mqstudio.viewmodel.flow_graph import FlowEdge, FlowGraph, FlowNode, NodeKey, Part, Way
from mqstudio.viewmodel.flow_layout import LayoutMemory, Place, Places, arrange, forget, pin

keys = st.builds(NodeKey, st.sampled_from(Part), st.just("/"), st.sampled_from("abcdefghijkl"))
coordinates = st.floats(-400, 1600, allow_nan=False)


@st.composite
def graphs(draw: st.DrawFn) -> FlowGraph:
    """Any nodes with any edges; exchanges of any level."""
    names = draw(st.lists(keys, unique=True, max_size=25))
    nodes = {key: FlowNode(key, level=draw(st.integers(0, 3))) for key in names}
    edges = {}
    if names:
        pairs = st.tuples(st.sampled_from(names), st.sampled_from(names), st.sampled_from(Way))
        edges = {each: FlowEdge(*each) for each in draw(st.lists(pairs, max_size=30))}
    return FlowGraph(nodes, edges)


def covered(places: Places) -> list[tuple[NodeKey, NodeKey]]:
    found = sorted(places, key=str)
    return [
        (one, other)
        for i, one in enumerate(found)
        for other in found[i + 1 :]
        if places[one].overlaps(places[other])
    ]


@settings(max_examples=150, deadline=None)
@given(graphs(), graphs(), st.dictionaries(keys, st.builds(Place, coordinates, coordinates), max_size=6))
def test_nothing_covers_anything_and_the_same_gives_the_same(
    graph: FlowGraph, later: FlowGraph, pins: dict[NodeKey, Place]
) -> None:
    """Whatever comes and goes, and whatever somebody has put anywhere."""
    results = []
    for _ in range(2):
        memory = LayoutMemory(pins=dict(pins))
        first = arrange(graph, memory)
        second = arrange(later, memory)
        assert set(first) == set(graph.nodes) and set(second) == set(later.nodes)
        assert covered(first) == covered(second) == []
        results.append((first, second))
    assert results[0] == results[1]


@settings(max_examples=150, deadline=None)
@given(graphs(), keys)
def test_one_more_node_moves_no_other_up_or_down(graph: FlowGraph, key: NodeKey) -> None:
    """Nor sideways, unless a column of exchanges was added."""
    memory = LayoutMemory()
    before = arrange(graph, memory)
    more = FlowGraph({key: FlowNode(key), **graph.nodes}, graph.edges)
    after = arrange(more, memory)
    assert all(after[each].y == place.y for each, place in before.items())
    if key.part is not Part.EXCHANGE:
        assert all(after[each] == place for each, place in before.items())


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_who_leaves_and_comes_back_finds_its_place(graph: FlowGraph) -> None:
    memory = LayoutMemory()
    before = arrange(graph, memory)
    arrange(FlowGraph(), memory)
    assert arrange(graph, memory) == before


def _chain(*parts: Part) -> tuple[FlowGraph, list[NodeKey]]:
    names = [NodeKey(part, "/", part.value) for part in parts]
    edges = [FlowEdge(one, other, Way.BINDING) for one, other in pairwise(names)]
    return FlowGraph({key: FlowNode(key) for key in names}, {edge.key: edge for edge in edges}), names


def test_from_left_to_right() -> None:
    graph, names = _chain(Part.CLIENT, Part.EXCHANGE, Part.QUEUE, Part.CONSUMER)
    places = arrange(graph, LayoutMemory())
    xs = [places[key].x for key in names]
    assert xs == sorted(set(xs)) and len({places[key].y for key in names}) == 1


def test_a_pinned_node_stays_and_others_make_room() -> None:
    graph, names = _chain(Part.EXCHANGE, Part.QUEUE)
    memory = LayoutMemory()
    where = arrange(graph, memory)[names[0]]
    pin(memory, names[1], Place(where.x + 5, where.y + 5))
    places = arrange(graph, memory)
    assert places[names[1]] == Place(where.x + 5, where.y + 5)
    assert places[names[0]] != where
    forget(memory)
    assert arrange(graph, memory)[names[0]] == where


def test_a_client_of_which_nothing_is_known_has_no_place_to_keep() -> None:
    """It stands with those that publish once it does."""
    key = NodeKey(Part.CLIENT, "/", "new")
    memory = LayoutMemory()
    arrange(FlowGraph({key: FlowNode(key, is_quiet=True)}), memory)
    assert memory.rows == {}
