"""The graph of what flows: publishers, exchanges, queues and consumers as nodes, what goes between as edges.

Built anew from what is known each time; nothing here remembers. Clients are told apart by their names, and
those of one name by the order in which they came: a worker that connects again is the node it was before.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from msgspec import Struct

from mqstudio.model.flows import Flows
from mqstudio.model.rows import ExchangeRow, QueueRow, Topology
from mqstudio.model.samples import ConnectionSample, QueueSample
from mqstudio.model.topology import BindingSpec, DestinationKind
from mqstudio.viewmodel.wording import library

NATIVE: Final = "native"
OURSELVES: Final = "MQ Studio"
_PREDECLARED: Final = "amq."
LEVELS_MAX: Final = 4
"""Exchanges bound to exchanges bound to exchanges: so many columns of them, the rest shares the last."""


class Part(StrEnum):
    """What a node is."""

    CLIENT = "client"
    EXCHANGE = "exchange"
    QUEUE = "queue"
    CONSUMER = "consumer"


class Way(StrEnum):
    """Why something goes from one node to another."""

    PUBLISH = "publish"
    BINDING = "binding"
    ALTERNATE = "alternate"
    DEAD_LETTER = "dead_letter"
    DELIVERY = "delivery"


class NodeKey(NamedTuple):
    """What a node is the same by, also after it was away. number: of those of one name."""

    part: Part
    vhost: str
    name: str
    number: int = 0


class FlowNode(Struct, frozen=True):
    """A node. level: its column among those of its part. members: how many it stands for.

    ids: of connections. note: what else to say of it in a word or two. is_quiet: nothing leads to or from it.
    """

    key: NodeKey
    level: int = 0
    members: int = 1
    ids: tuple[int, ...] = ()
    ready: int = 0
    in_flight: int = 0
    credit: int = 0
    note: str = ""
    is_paused: bool = False
    is_quiet: bool = False
    prefix: str = ""


class FlowEdge(Struct, frozen=True):
    """What goes from one node to another. bindings: those of it. lost_per_s: of the rate, unroutable."""

    source: NodeKey
    target: NodeKey
    way: Way
    per_s: float = 0.0
    lost_per_s: float = 0.0
    bindings: tuple[BindingSpec, ...] = ()

    @property
    def key(self) -> tuple[NodeKey, NodeKey, Way]:
        """What it is the same by."""
        return self.source, self.target, self.way

    @property
    def is_losing(self) -> bool:
        """Whether some of it goes nowhere."""
        return self.lost_per_s > 0


class FlowGraph(Struct, frozen=True):
    """All of it; nodes and edges each come once."""

    nodes: dict[NodeKey, FlowNode] = {}
    edges: dict[tuple[NodeKey, NodeKey, Way], FlowEdge] = {}

    def around(self, key: NodeKey) -> list[FlowEdge]:
        """The edges from and to a node."""
        return [edge for edge in self.edges.values() if key in (edge.source, edge.target)]


class Known(Struct, frozen=True):
    """What a graph is built from: what is declared, what samples say, what has flowed between two looks."""

    topology: Topology
    queues: Mapping[tuple[str, str], QueueSample]
    connections: Mapping[int, ConnectionSample]
    flows: Flows
    before: Flows | None = None


class _Sums(NamedTuple):
    """What has flowed a second, by where."""

    published: dict[tuple[int, str, str], tuple[float, float]]
    passed: dict[tuple[str, str, DestinationKind, str], float]
    alternate: dict[tuple[str, str], float]
    delivered: dict[int, float]
    dead: dict[tuple[str, str], float]


def build(known: Known) -> FlowGraph:
    """The graph of what is known."""
    return _Builder(known).build()


class _Builder:
    def __init__(self, known: Known) -> None:
        self._known = known
        self._sums = _rates(known.flows, known.before)
        self._nodes: dict[NodeKey, FlowNode] = {}
        self._edges: dict[tuple[NodeKey, NodeKey, Way], FlowEdge] = {}
        topology = known.topology
        self._exchanges = {(row.vhost, row.spec.name): row for row in topology.exchanges}
        self._queues = {(row.vhost, row.spec.name): row for row in topology.queues}
        self._client_keys = dict(_client_keys(known.connections.values()))

    def build(self) -> FlowGraph:
        for row in self._queues.values():
            self._add_queue(row)
        for exchange in self._exchanges.values():
            if self._is_shown(exchange):
                self._node(exchange_key(exchange.vhost, exchange.spec.name), note=exchange.spec.kind)
        self._bind()
        self._publish()
        self._deliver()
        self._add_idle_clients()
        return FlowGraph(self._leveled(), self._edges)

    def _node(self, key: NodeKey, **fields: object) -> None:
        if key not in self._nodes:
            self._nodes[key] = FlowNode(key, **fields)  # type: ignore[arg-type]  # fields of FlowNode

    def _edge(self, edge: FlowEdge) -> None:
        if edge.source in self._nodes and edge.target in self._nodes:
            self._edges[edge.key] = edge

    def _is_shown(self, row: ExchangeRow) -> bool:
        """Of the broker's own exchanges only those that are used."""
        name = row.spec.name
        if name and not name.startswith(_PREDECLARED):
            return True
        used = any(vhost == row.vhost and to == name for _, vhost, to in self._sums.published)
        is_bound = bool(name) and bool(row.bindings)
        targets = any(
            queue.vhost == row.vhost and queue.rules.dead_letter_exchange == name and name
            for queue in self._known.topology.queues
        )
        return used or is_bound or targets

    def _add_queue(self, row: QueueRow) -> None:
        sample = self._known.queues.get((row.vhost, row.spec.name))
        ready, in_flight = (sample.ready, sample.in_flight) if sample else (row.ready, row.in_flight)
        key = queue_key(row.vhost, row.spec.name)
        note = "" if row.rules.kind.value == "classic" else row.rules.kind.value
        is_paused = sample is not None and sample.is_paused
        self._node(key, ready=ready, in_flight=in_flight, note=note, is_paused=is_paused)

    def _bind(self) -> None:
        for exchange in self._exchanges.values():
            vhost, name = exchange.vhost, exchange.spec.name
            source = exchange_key(vhost, name)
            self._bind_one(vhost, exchange.bindings)
            alternate = exchange.spec.arguments.get("alternate-exchange")
            if isinstance(alternate, str):
                per_s = self._sums.alternate.get((vhost, name), 0.0)
                self._edge(FlowEdge(source, exchange_key(vhost, alternate), Way.ALTERNATE, per_s))
        for (vhost, name, kind, to), per_s in self._sums.passed.items():
            if not name and kind is DestinationKind.QUEUE:
                source = exchange_key(vhost, "")
                self._node(source, note="direct")
                self._edge(FlowEdge(source, queue_key(vhost, to), Way.BINDING, per_s))
        for row in self._queues.values():
            self._dead_letter(row)

    def _bind_one(self, vhost: str, bindings: Iterable[BindingSpec]) -> None:
        together: defaultdict[tuple[str, DestinationKind, str], list[BindingSpec]] = defaultdict(list)
        for spec in bindings:
            if spec.exchange:
                together[spec.exchange, spec.destination_kind, spec.destination].append(spec)
        for (name, kind, to), specs in together.items():
            per_s = self._sums.passed.get((vhost, name, kind, to), 0.0)
            source, target = exchange_key(vhost, name), destination_key(vhost, kind, to)
            self._edge(FlowEdge(source, target, Way.BINDING, per_s, bindings=tuple(specs)))

    def _dead_letter(self, row: QueueRow) -> None:
        """To the exchange; by the default one straight to the queue that its key names."""
        name, key = row.rules.dead_letter_exchange, row.rules.dead_letter_key
        if name is None:
            return
        source, vhost = queue_key(row.vhost, row.spec.name), row.vhost
        target = exchange_key(vhost, name) if name or key is None else queue_key(vhost, key)
        if target == exchange_key(vhost, "") and key is None:
            target = source  # its messages go by their own keys: nobody knows where to
        per_s = self._sums.dead.get((vhost, row.spec.name), 0.0)
        if target != source:
            self._edge(FlowEdge(source, target, Way.DEAD_LETTER, per_s))

    def _publish(self) -> None:
        for (connection_id, vhost, name), (per_s, lost) in self._sums.published.items():
            connection = self._known.connections.get(connection_id)
            if connection is None:
                continue
            key = self._client_keys[connection_id]
            self._node(key, ids=(connection_id,), note=library(connection.product, connection.version))
            self._node(exchange_key(vhost, name), note=self._kind(vhost, name))
            self._edge(FlowEdge(key, exchange_key(vhost, name), Way.PUBLISH, per_s, lost))

    def _kind(self, vhost: str, name: str) -> str:
        row = self._exchanges.get((vhost, name))
        return row.spec.kind if row else ""

    def _deliver(self) -> None:
        """A consumer is a client that has consumers: with what all of them hold and may hold."""
        held: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
        edges: defaultdict[tuple[int, str, str], float] = defaultdict(float)
        for row in self._known.flows.handed_over:
            held[row.connection_id][0] += row.unacked
            held[row.connection_id][1] += row.credit
            edges[row.connection_id, row.vhost, row.queue] += self._sums.delivered.get(
                row.subscription_id, 0.0
            )
        for connection_id, (unacked, credit) in held.items():
            connection = self._known.connections.get(connection_id)
            if connection is not None and connection.protocol != NATIVE:
                self._node(
                    self._consumer_key(connection_id), ids=(connection_id,), in_flight=unacked, credit=credit
                )
        for (connection_id, vhost, queue), per_s in edges.items():
            if connection_id in self._client_keys:
                target = self._consumer_key(connection_id)
                self._edge(FlowEdge(queue_key(vhost, queue), target, Way.DELIVERY, per_s))

    def _consumer_key(self, connection_id: int) -> NodeKey:
        return self._client_keys[connection_id]._replace(part=Part.CONSUMER)

    def _add_idle_clients(self) -> None:
        """Who is connected and has done neither yet."""
        for connection in self._known.connections.values():
            key = self._client_keys[connection.id]
            if connection.protocol == NATIVE or key._replace(part=Part.CONSUMER) in self._nodes:
                continue
            self._node(key, ids=(connection.id,), note=library(connection.product, connection.version))

    def _leveled(self) -> dict[NodeKey, FlowNode]:
        levels = _exchange_levels(self._nodes, self._edges.values())
        busy = {key for edge in self._edges.values() for key in (edge.source, edge.target)}
        return {
            key: FlowNode(
                **{
                    name: getattr(node, name)
                    for name in node.__struct_fields__
                    if name not in ("level", "is_quiet")
                },
                level=levels.get(key, 0),
                is_quiet=key not in busy,
            )
            for key, node in self._nodes.items()
        }


def exchange_key(vhost: str, name: str) -> NodeKey:
    """The node of an exchange."""
    return NodeKey(Part.EXCHANGE, vhost, name)


def queue_key(vhost: str, name: str) -> NodeKey:
    """The node of a queue."""
    return NodeKey(Part.QUEUE, vhost, name)


def destination_key(vhost: str, kind: DestinationKind, name: str) -> NodeKey:
    """The node that a binding leads to."""
    return queue_key(vhost, name) if kind is DestinationKind.QUEUE else exchange_key(vhost, name)


def _client_keys(connections: Iterable[ConnectionSample]) -> Iterator[tuple[int, NodeKey]]:
    seen: Counter[tuple[str, str]] = Counter()
    for each in sorted(connections, key=lambda each: (each.opened_at_us, each.id)):
        name = OURSELVES if each.protocol == NATIVE else each.name
        yield each.id, NodeKey(Part.CLIENT, each.vhost, name, seen[each.vhost, name])
        seen[each.vhost, name] += 1


def _exchange_levels(nodes: Mapping[NodeKey, FlowNode], edges: Iterable[FlowEdge]) -> dict[NodeKey, int]:
    """How many exchanges come before one, by bindings and alternates; circles are cut by the bound."""
    onward: defaultdict[NodeKey, list[NodeKey]] = defaultdict(list)
    for edge in edges:
        if edge.target.part is Part.EXCHANGE and edge.source.part is Part.EXCHANGE:
            onward[edge.source].append(edge.target)
    levels = {key: 0 for key in nodes if key.part is Part.EXCHANGE}
    for level in range(1, LEVELS_MAX):
        deeper = {
            to for key, found in onward.items() if levels[key] == level - 1 for to in found if to != key
        }
        for key in deeper:
            levels[key] = level
    return levels


def _rates(now: Flows, before: Flows | None) -> _Sums:
    """Differences of counts, a second; what was not there before begins at nothing."""
    seconds = (now.at_us - before.at_us) / 1e6 if before is not None else 0.0
    old = _counts(before) if before is not None else {}
    sums = _Sums({}, {}, {}, {}, {})

    def per_s(key: tuple[object, ...], count: int) -> float:
        was = old.get(key, 0)
        return max(0, count - was) / seconds if seconds > 0 else 0.0

    for row in now.published:
        published = (row.connection_id, row.vhost, row.exchange)
        rates = (per_s(("p", *published), row.published), per_s(("u", *published), row.unroutable))
        sums.published[published] = rates
    for (_, vhost, exchange, kind, to), count in _passed(now).items():
        sums.passed[vhost, exchange, kind, to] = per_s(("b", vhost, exchange, kind, to), count)
    for each in now.alternate:
        sums.alternate[each.vhost, each.exchange] = per_s(("a", each.vhost, each.exchange), each.passed)
    for handed in now.handed_over:
        sums.delivered[handed.subscription_id] = per_s(("d", handed.subscription_id), handed.delivered)
    for dead in now.dead_lettered:
        sums.dead[dead.vhost, dead.queue] = per_s(("x", dead.vhost, dead.queue), dead.count)
    return sums


def _counts(flows: Flows) -> dict[tuple[object, ...], int]:
    counts: dict[tuple[object, ...], int] = {}
    for row in flows.published:
        counts["p", row.connection_id, row.vhost, row.exchange] = row.published
        counts["u", row.connection_id, row.vhost, row.exchange] = row.unroutable
    counts.update({(*where,): count for where, count in _passed(flows).items()})
    counts.update({("a", each.vhost, each.exchange): each.passed for each in flows.alternate})
    counts.update({("d", each.subscription_id): each.delivered for each in flows.handed_over})
    counts.update({("x", each.vhost, each.queue): each.count for each in flows.dead_lettered})
    return counts


def _passed(flows: Flows) -> dict[tuple[str, str, str, DestinationKind, str], int]:
    """Of an exchange and where it leads, all bindings together."""
    sums: defaultdict[tuple[str, str, str, DestinationKind, str], int] = defaultdict(int)
    for row in flows.passed:
        sums["b", row.vhost, row.exchange, row.destination_kind, row.destination] += row.passed
    return dict(sums)
