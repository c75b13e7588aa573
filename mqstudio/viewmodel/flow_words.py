"""How nodes and edges of a flow read: titles, lines below them, details, and what a screen reader says."""

from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.viewmodel.flow_clusters import CLUSTER
from mqstudio.viewmodel.flow_graph import FlowEdge, FlowGraph, FlowNode, NodeKey, Part, Way
from mqstudio.viewmodel.wording import count, exchange_title, plain, rate, short_count
from mqstudio.viewmodel.words import tr, tr_count

BINDINGS_SHOWN = 8
"""Routing keys that details list; of more, their number is."""


def title(key: NodeKey) -> str:
    """What a node is called; foreign names are made harmless."""
    if key.number == CLUSTER:
        return f"{plain(key.name, 60)}*" if key.name else tr("all others")
    name = exchange_title(key.name) if key.part is Part.EXCHANGE else plain(key.name)
    return f"{name} ({key.number + 1})" if key.number > 0 else name


def part_word(part: Part) -> str:
    """What a node is."""
    return {
        Part.CLIENT: tr("publisher"),
        Part.EXCHANGE: tr("exchange"),
        Part.QUEUE: tr("queue"),
        Part.CONSUMER: tr("consumer"),
    }[part]


def heading(part: Part) -> str:
    """What stands above a column."""
    return {
        Part.CLIENT: tr("Publishers"),
        Part.EXCHANGE: tr("Exchanges"),
        Part.QUEUE: tr("Queues"),
        Part.CONSUMER: tr("Consumers"),
    }[part]


def figures(node: FlowNode) -> str:
    """The line below a node's name."""
    words = []
    if node.key.number == CLUSTER:
        words.append(_members(node))
    if node.key.part is Part.QUEUE:
        words.append(tr("{count} ready", count=short_count(node.ready)))
        if node.in_flight:
            words.append(tr("{count} in flight", count=short_count(node.in_flight)))
        if node.is_paused:
            words.append(tr("paused"))
    elif node.key.part is Part.CONSUMER:
        words.append(tr("{count} in flight", count=short_count(node.in_flight)))
        if node.credit:
            words.append(tr("prefetch {count}", count=short_count(node.credit)))
    if node.note:
        words.append(plain(node.note, 24))
    if node.key.vhost != DEFAULT_VHOST:
        words.append(plain(node.key.vhost, 24))
    return " · ".join(words)


def _members(node: FlowNode) -> str:
    number = node.members
    return {
        Part.CLIENT: tr_count(number, "{count} client", "{count} clients"),
        Part.EXCHANGE: tr_count(number, "{count} exchange", "{count} exchanges"),
        Part.QUEUE: tr_count(number, "{count} queue", "{count} queues"),
        Part.CONSUMER: tr_count(number, "{count} consumer", "{count} consumers"),
    }[node.key.part]


def edge_label(edge: FlowEdge) -> str:
    """What stands on an edge: its rate, else by which key."""
    if edge.is_losing:
        return tr("{rate}/s unroutable", rate=rate(edge.lost_per_s))
    if edge.per_s:
        return tr("{rate}/s", rate=rate(edge.per_s))
    if len(edge.bindings) == 1:
        return plain(edge.bindings[0].routing_key, 24)
    return ""


def way_word(way: Way) -> str:
    """Why something goes this way."""
    return {
        Way.PUBLISH: tr("publishes to"),
        Way.BINDING: tr("bound to"),
        Way.ALTERNATE: tr("hands what nobody wants to"),
        Way.DEAD_LETTER: tr("dead-letters to"),
        Way.DELIVERY: tr("delivers to"),
    }[way]


def edge_sentence(edge: FlowEdge) -> str:
    """An edge in one sentence."""
    says = tr(
        "{source} {way} {target}: {rate} messages a second",
        source=title(edge.source),
        way=way_word(edge.way),
        target=title(edge.target),
        rate=rate(edge.per_s),
    )
    return says + tr(", {rate} of them unroutable", rate=rate(edge.lost_per_s)) if edge.is_losing else says


def node_sentence(graph: FlowGraph, node: FlowNode) -> str:
    """A node in one sentence, with how much comes and goes."""
    into, out = rates_of(graph, node.key)
    says = tr("{what} {name}", what=part_word(node.key.part), name=title(node.key))
    facts = figures(node)
    moves = tr("{in_rate} a second in, {out_rate} out", in_rate=rate(into), out_rate=rate(out))
    return ", ".join(each for each in (says, facts, moves) if each)


def rates_of(graph: FlowGraph, key: NodeKey) -> tuple[float, float]:
    """What comes to a node and what goes from it, a second."""
    around = graph.around(key)
    into = sum(edge.per_s for edge in around if edge.target == key)
    return into, sum(edge.per_s for edge in around if edge.source == key)


def node_details(graph: FlowGraph, node: FlowNode) -> list[str]:
    """What the panel beside the picture says of a node."""
    lines = [node_sentence(graph, node)]
    lines += [edge_sentence(edge) for edge in graph.around(node.key)[:BINDINGS_SHOWN]]
    more = len(graph.around(node.key)) - BINDINGS_SHOWN
    return [*lines, tr("and {count} more ways", count=count(more))] if more > 0 else lines


def edge_details(edge: FlowEdge) -> list[str]:
    """What the panel says of an edge: itself, and its bindings."""
    lines = [edge_sentence(edge)]
    lines += [
        tr("routing key “{key}”", key=plain(spec.routing_key, 60)) for spec in edge.bindings[:BINDINGS_SHOWN]
    ]
    more = len(edge.bindings) - BINDINGS_SHOWN
    return [*lines, tr("and {count} more bindings", count=count(more))] if more > 0 else lines
