"""The way of one message through the graph: by what its life and its past tell."""

from msgspec import Struct

from mqstudio.model.rows import MessageDetail
from mqstudio.viewmodel.flow_clusters import CLUSTER
from mqstudio.viewmodel.flow_graph import FlowGraph, NodeKey, Part, Way


class Trace(Struct, frozen=True):
    """Nodes and edges that a message has come along."""

    nodes: frozenset[NodeKey] = frozenset()
    edges: frozenset[tuple[NodeKey, NodeKey, Way]] = frozenset()


def trace(graph: FlowGraph, detail: MessageDetail) -> Trace:
    """The way that a message took, as far as the graph has it.

    An edge is on it if both of its ends are: what a message passed between two places that are known to have
    seen it is not told, but leads through exchanges that are bound to each other.
    """
    queues, exchanges, ends = set(), set(), set()
    row = detail.row
    queues.add(row.queue)
    exchanges.add(row.exchange)
    for step in detail.life:
        if step.queue:
            queues.add(step.queue)
        if step.what in ("published", "dead_lettered"):
            exchanges.add(step.exchange)
    for death in detail.past.deaths if detail.past is not None else ():
        queues.add(death.queue)
        exchanges.add(death.exchange)
    ends |= {(Part.CLIENT, row.publisher), (Part.CONSUMER, row.holder.split(" · ")[0])}
    seen = {
        key
        for key in graph.nodes
        if (key.part is Part.QUEUE and _is_in(key, queues))
        or (key.part is Part.EXCHANGE and key.name in exchanges)
        or (key.name and (key.part, key.name) in ends)
    }
    seen |= _between(graph, seen)
    edges = {key for key in graph.edges if key[0] in seen and key[1] in seen}
    return Trace(frozenset(seen), frozenset(edges))


def _is_in(key: NodeKey, queues: set[str]) -> bool:
    if key.number == CLUSTER:
        return any(name.startswith(key.name) for name in queues if name)
    return key.name in queues


def _between(graph: FlowGraph, seen: set[NodeKey]) -> set[NodeKey]:
    """Exchanges between an exchange and a queue that the message has seen."""
    into = {key[1] for key in graph.edges if key[0] in seen and key[1].part is Part.EXCHANGE}
    onward = {key[0] for key in graph.edges if key[1] in seen and key[0].part is Part.EXCHANGE}
    return into & onward
