"""Many nodes as few: those whose names begin alike stand together as one, until somebody opens it.

Above the limit names are cut to fewer and fewer of their parts until what is left fits. What still does not,
thousands of names that have nothing in common, stands as one node of its kind.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Final

from msgspec.structs import replace

from mqstudio.viewmodel.flow_graph import FlowEdge, FlowGraph, FlowNode, NodeKey, Part, Way

NODES_MAX: Final = 150
"""Of more, those that begin alike stand together."""

OPENED_MAX: Final = 150
"""Of a cluster that was opened so many nodes are shown, the fullest first; the rest stay together."""

SMALL_GROUP: Final = 12
"""Groups up to this stand one by one while there is room."""

CLUSTER: Final = -1
"""The number of a node that stands for many."""

_PARTS_MAX: Final = 4
_BREAKS: Final = re.compile(r"[^.\-_:/ #]+[.\-_:/ #]*")

Group = tuple[Part, str, str]
"""What, in which virtual host, and how its names begin."""


def clustered(graph: FlowGraph, opened: Collection[NodeKey] = (), *, limit: int = NODES_MAX) -> FlowGraph:
    """The graph with at most about `limit` nodes, and what was opened."""
    if len(graph.nodes) <= limit:
        return graph
    groups = _groups(graph, limit)
    stands_for: dict[NodeKey, NodeKey] = {}
    for group, keys in groups.items():
        key = NodeKey(group[0], group[1], group[2], CLUSTER)
        hidden = keys
        if key in opened:
            hidden = sorted(keys, key=lambda each: _fullness(graph.nodes[each]))[OPENED_MAX:]
        stands_for.update(dict.fromkeys(hidden, key))
    return _merged(graph, stands_for)


def cluster_of(graph: FlowGraph, key: NodeKey) -> NodeKey | None:
    """The cluster in which a node stands in a graph of clusters; None if it stands for itself."""
    if key in graph.nodes:
        return None
    fitting = [
        each
        for each in graph.nodes
        if each.number == CLUSTER and each[:2] == key[:2] and key.name.startswith(each.name)
    ]
    return max(fitting, key=lambda each: len(each.name), default=None)


def _groups(graph: FlowGraph, limit: int) -> dict[Group, list[NodeKey]]:
    """Nodes that stand together, two or more: by as many parts of their names as fit."""
    for parts in range(_PARTS_MAX, 0, -1):
        groups = _grouped(graph.nodes, parts)
        if _size(graph, groups) <= limit:
            return _without_small(graph, groups, limit)
    groups = _grouped(graph.nodes, 1)
    while _size(graph, groups) > limit:
        part = max(Part, key=lambda each: _alone(graph, groups, each))
        rest = [key for key in graph.nodes if key.part is part]
        found = {group: keys for group, keys in groups.items() if group[0] is not part}
        by_vhost: defaultdict[Group, list[NodeKey]] = defaultdict(list)
        for key in rest:
            by_vhost[part, key.vhost, ""].append(key)
        if found | dict(by_vhost) == groups:
            return groups
        groups = found | dict(by_vhost)
    return groups


def _without_small(
    graph: FlowGraph, groups: dict[Group, list[NodeKey]], limit: int
) -> dict[Group, list[NodeKey]]:
    """The few that there is room for stand for themselves."""
    kept = dict(groups)
    for group in sorted(groups, key=lambda each: (len(groups[each]), each)):
        without = {each: keys for each, keys in kept.items() if each != group}
        if len(groups[group]) > SMALL_GROUP or _size(graph, without) > limit:
            break
        kept = without
    return kept


def _grouped(keys: Iterable[NodeKey], parts: int) -> dict[Group, list[NodeKey]]:
    groups: defaultdict[Group, list[NodeKey]] = defaultdict(list)
    for key in keys:
        groups[key.part, key.vhost, prefix(key.name, parts)].append(key)
    return {group: found for group, found in groups.items() if len(found) > 1}


def prefix(name: str, parts: int) -> str:
    """How a name begins: its first parts, with what parts them."""
    found = _BREAKS.findall(name)
    return "".join(found[:parts]) if len(found) > parts else "".join(found[: max(1, len(found) - 1)])


def _size(graph: FlowGraph, groups: dict[Group, list[NodeKey]]) -> int:
    return len(graph.nodes) - sum(len(found) - 1 for found in groups.values())


def _alone(graph: FlowGraph, groups: dict[Group, list[NodeKey]], part: Part) -> int:
    """How many nodes of a part there would be."""
    mine = [found for group, found in groups.items() if group[0] is part]
    return sum(key.part is part for key in graph.nodes) - sum(len(found) - 1 for found in mine)


def _fullness(node: FlowNode) -> tuple[int, str, int]:
    return -node.ready - node.in_flight, node.key.name, node.key.number


def _merged(graph: FlowGraph, stands_for: dict[NodeKey, NodeKey]) -> FlowGraph:
    nodes: dict[NodeKey, FlowNode] = {}
    for key, node in graph.nodes.items():
        to = stands_for.get(key)
        if to is None:
            nodes[key] = node
            continue
        before = nodes.get(to) or FlowNode(to, node.level, 0, is_quiet=True, prefix=to.name)
        nodes[to] = replace(
            before,
            level=min(before.level, node.level),
            members=before.members + 1,
            ready=before.ready + node.ready,
            in_flight=before.in_flight + node.in_flight,
            credit=before.credit + node.credit,
            is_quiet=before.is_quiet and node.is_quiet,
        )
    edges: dict[tuple[NodeKey, NodeKey, Way], FlowEdge] = {}
    for edge in graph.edges.values():
        source, target = stands_for.get(edge.source, edge.source), stands_for.get(edge.target, edge.target)
        old = edges.get((source, target, edge.way))
        edges[source, target, edge.way] = FlowEdge(
            source,
            target,
            edge.way,
            edge.per_s + (old.per_s if old else 0.0),
            edge.lost_per_s + (old.lost_per_s if old else 0.0),
            edge.bindings if old is None and edge.key == (source, target, edge.way) else (),
        )
    return FlowGraph(nodes, edges)
