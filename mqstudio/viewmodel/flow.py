"""The flow page: the graph kept current, its places, what is selected, looked for and traced in it."""

from collections import Counter
from collections.abc import Collection
from typing import Final

import msgspec
from msgspec import Struct

from mqstudio.model.filters.tokens import quoted
from mqstudio.model.flows import Flows
from mqstudio.model.queries import GetFlows
from mqstudio.model.rows import MessageDetail
from mqstudio.model.topology import BindingSpec, DestinationKind
from mqstudio.viewmodel import flow_graph, flow_layout
from mqstudio.viewmodel.flow_clusters import CLUSTER, cluster_of, clustered
from mqstudio.viewmodel.flow_graph import FlowEdge, FlowGraph, FlowNode, Known, NodeKey, Part, Way
from mqstudio.viewmodel.flow_layout import LayoutMemory, Place, Places
from mqstudio.viewmodel.flow_trace import Trace, trace
from mqstudio.viewmodel.flow_words import edge_details, edge_sentence, node_details, node_sentence, title
from mqstudio.viewmodel.inspector import Inspector
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.wording import plain
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

REFRESH_INTERVAL_US: Final = 1_000_000
"""At most one look a second; where there is much, one in several."""

LARGE: Final = 2_000
"""For each so many edges the broker is asked less often."""

RATE_SPAN_US: Final = 3_000_000
"""Rates are taken over about so long: what comes once a second should not blink."""

PINS_MAX: Final = 2_000
"""Places that are remembered of nodes that somebody has moved."""

EdgeKey = tuple[NodeKey, NodeKey, Way]


class Kept(Struct):
    """What is remembered from one time to the next."""

    pins: list[tuple[NodeKey, Place]] = []
    names_only: bool = False
    is_animated: bool = True


class Flow:
    """The graph that is shown. changed(): another one, or other figures. wants_refresh(): ask the broker."""

    def __init__(self, workspace: Workspace, structure: Structure, inspector: Inspector) -> None:
        self.changed = Signal()
        self.wants_refresh = Signal()
        self.graph = FlowGraph()
        """What is shown, clusters among it."""
        self.whole = FlowGraph()
        self.places: Places = {}
        self.degrees: tuple[Counter[NodeKey], Counter[NodeKey]] = (Counter(), Counter())
        """How many edges leave a node, and how many come to it."""
        self.selected: NodeKey | EdgeKey | None = None
        self.found: frozenset[NodeKey] = frozenset()
        self.traced: Trace | None = None
        self.names_only = False
        self.is_animated = True
        self.problem = ""
        self._memory = LayoutMemory()
        self._opened: set[NodeKey] = set()
        self._dragged: tuple[NodeKey, Place] | None = None
        self._detail: MessageDetail | None = None
        self._search = ""
        self._looks: list[Flows] = []
        self._is_visible = False
        self._refreshed_at_us = 0
        self._workspace, self._structure, self._inspector = workspace, structure, inspector
        workspace.sampled.connect(self._on_sampled)
        workspace.state_changed.connect(self._on_state_changed)
        structure.changed.connect(self._rebuild)
        inspector.changed.connect(self._on_inspected)

    # ---- keeping current

    @property
    def is_visible(self) -> bool:
        """Whether anybody sees it: else nothing is asked and nothing is built."""
        return self._is_visible

    def set_visible(self, is_visible: bool) -> None:
        """What nobody sees is not kept up."""
        self._is_visible = is_visible
        self._refreshed_at_us = 0
        if is_visible:
            self._rebuild()
            self._on_sampled()

    def _on_sampled(self) -> None:
        slowness = 1 + len(self.whole.edges) // LARGE
        is_due = self._workspace.now_us() - self._refreshed_at_us >= REFRESH_INTERVAL_US * slowness
        if self._is_visible and is_due and self._workspace.is_live:
            self._refreshed_at_us = self._workspace.now_us()
            self.wants_refresh.emit()

    def _on_state_changed(self) -> None:
        if not self._workspace.is_live:
            self._looks = []
        self._rebuild()

    async def refresh(self) -> None:
        """Ask the broker what has flowed."""
        try:
            now = await self._workspace.client.call(GetFlows(), Flows)
        except ConnectionError:
            return  # the workspace tells that the broker has gone; nobody asked for this look
        self._looks = [each for each in self._looks if now.at_us - each.at_us <= RATE_SPAN_US][-8:]
        self._looks.append(now)
        self._rebuild()

    def _rebuild(self) -> None:
        if not self._is_visible:
            return
        workspace = self._workspace
        now = self._looks[-1] if self._looks else Flows(0)
        before = self._looks[0] if len(self._looks) > 1 else None
        queues = {(queue.vhost, queue.name): queue for queue in workspace.queues.values()}
        topology = self._structure.topology
        self.whole = flow_graph.build(Known(topology, queues, workspace.connections, now, before))
        self._show()

    def _show(self) -> None:
        self.graph = clustered(self.whole, self._opened)
        edges = self.graph.edges
        self.degrees = (Counter(key[0] for key in edges), Counter(key[1] for key in edges))
        self.places = flow_layout.arrange(self.graph, self._memory)
        if self._dragged is not None and self._dragged[0] in self.places:
            self.places[self._dragged[0]] = self._dragged[1]
        if self.selected is not None and not self._is_there(self.selected):
            self.selected = None
        self._look_for()
        self._on_inspected(tells=False)
        self.changed.emit()

    def _is_there(self, selected: NodeKey | EdgeKey) -> bool:
        return selected in (self.graph.nodes if isinstance(selected, NodeKey) else self.graph.edges)

    # ---- what is empty, and what is selected

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that could flow yet."""
        return not self.whole.nodes

    @property
    def is_clustered(self) -> bool:
        """Whether some nodes stand for many, or did until they were opened."""
        return len(self.whole.nodes) > len(self.graph.nodes) or bool(self._opened)

    @property
    def has_opened(self) -> bool:
        """Whether a cluster was opened."""
        return bool(self._opened)

    def select(self, selected: NodeKey | EdgeKey | None) -> None:
        """Choose a node or an edge; None for nothing."""
        if selected != self.selected:
            self.selected = selected
            self.changed.emit()

    @property
    def node(self) -> FlowNode | None:
        """The selected node."""
        return self.graph.nodes.get(self.selected) if isinstance(self.selected, NodeKey) else None

    @property
    def edge(self) -> FlowEdge | None:
        """The selected edge."""
        if self.selected is None or isinstance(self.selected, NodeKey):
            return None
        return self.graph.edges.get(self.selected)

    def sentence(self, what: NodeKey | EdgeKey) -> str:
        """A node or an edge in one sentence; "" if it is not there."""
        if isinstance(what, NodeKey):
            node = self.graph.nodes.get(what)
            return node_sentence(self.graph, node) if node is not None else ""
        edge = self.graph.edges.get(what)
        return edge_sentence(edge) if edge is not None else ""

    def details(self) -> list[str]:
        """What is selected, in a few lines."""
        if self.node is not None:
            return node_details(self.graph, self.node)
        if self.edge is not None:
            return edge_details(self.edge)
        if self.traced is not None and self._detail is not None:
            row = self._detail.row
            return [tr("The way of message {id} of {queue}", id=row.message_id, queue=plain(row.queue))]
        return []

    def step(self, dx: int, dy: int) -> None:
        """Select the next node in a direction; without a selection, the first."""
        here = self._here()
        if here is None:
            self.select(
                min(self.places, key=lambda key: (self.places[key].y, self.places[key].x), default=None)
            )
            return
        at = self.places[here]

        def cost(key: NodeKey) -> float:
            other = self.places[key]
            along = (other.x - at.x) * dx + (other.y - at.y) * dy
            aside = abs((other.x - at.x) * dy) + abs((other.y - at.y) * dx)
            return along + 3 * aside if along > 0 else float("inf")

        nearest = min(self.places, key=lambda key: (cost(key), key.name, key.number))
        if cost(nearest) < float("inf"):
            self.select(nearest)

    def _here(self) -> NodeKey | None:
        if isinstance(self.selected, NodeKey):
            return self.selected
        return self.selected[0] if self.selected is not None else None

    def step_edge(self, by: int) -> None:
        """Select the next edge of the selected node, or of the selected edge's beginning."""
        here = self._here()
        if here is None:
            return
        around = [edge.key for edge in self.graph.around(here)]
        around.sort(key=lambda key: (key[0] != here, self.places[key[1]].y, key[1].name, key[2]))
        if not around:
            return
        place = around.index(self.selected) + by if self.selected in around else 0 if by > 0 else -1
        self.select(around[place % len(around)])

    def show(self, key: NodeKey) -> bool:
        """Select a node wherever it is, also in a cluster; whether there is such a one."""
        if key in self.whole.nodes and key not in self.graph.nodes:
            cluster = cluster_of(self.graph, key)
            if cluster is not None:
                self._opened.add(cluster)
                self._show()
        there = key if key in self.graph.nodes else cluster_of(self.graph, key)
        if there is None:
            return False
        self.select(there)
        return True

    # ---- looking for names, and tracing

    def search(self, text: str) -> None:
        """Mark the nodes with this in their names."""
        self._search = text.strip().casefold()
        self._look_for()
        self.changed.emit()

    def _look_for(self) -> None:
        text = self._search
        hits = (key for key in self.whole.nodes if text and text in title(key).casefold())
        found = (key if key in self.graph.nodes else cluster_of(self.graph, key) for key in hits)
        self.found = frozenset(key for key in found if key is not None)

    def next_found(self, by: int = 1) -> None:
        """Select the next node that was found."""
        found = sorted(self.found, key=lambda key: (self.places[key].x, self.places[key].y))
        if found:
            here = found.index(self.selected) if self.selected in found else -1 if by > 0 else 0
            self.select(found[(here + by) % len(found)])

    @property
    def can_trace(self) -> bool:
        """Whether a message was looked at."""
        return self._detail is not None

    def set_tracing(self, is_tracing: bool) -> None:
        """Highlight the way of the message that was looked at last, or no longer."""
        self.traced = Trace() if is_tracing else None
        self._on_inspected()

    def _on_inspected(self, *, tells: bool = True) -> None:
        self._detail = self._inspector.detail or self._detail  # on this page nothing is in the inspector
        if self.traced is not None:
            self.traced = trace(self.graph, self._detail) if self._detail is not None else Trace()
        if tells and self._is_visible:
            self.changed.emit()

    # ---- clusters and places

    def toggle_cluster(self, key: NodeKey) -> None:
        """Show what stands together one by one."""
        if key.number == CLUSTER:
            self._opened.add(key)
            self._show()

    def close_clusters(self) -> None:
        """Let what begins alike stand together again."""
        self._opened.clear()
        self._show()

    @property
    def pinned(self) -> Collection[NodeKey]:
        """Nodes that somebody has put somewhere."""
        return self._memory.pins.keys()

    def drag(self, key: NodeKey, x: float, y: float) -> None:
        """Show a node somewhere else while it is being moved."""
        self._dragged = (key, Place(x, y))
        self._show()

    def drop(self, key: NodeKey, x: float, y: float) -> None:
        """Leave a node where it was dragged to: there it stays, the others make room."""
        self._dragged = None
        if key in self.places:
            self.move(key, x, y)

    def let_go(self) -> None:
        """A drag meant something else: the node is where it was."""
        self._dragged = None
        self._show()

    def move(self, key: NodeKey, x: float, y: float) -> None:
        """Put a node somewhere: there it stays, the others make room."""
        pins = self._memory.pins
        if len(pins) >= PINS_MAX and key not in pins:
            del pins[next(iter(pins))]
        pins.pop(key, None)
        flow_layout.pin(self._memory, key, Place(x, y))
        self._show()

    def arrange_anew(self) -> None:
        """Forget all places, also those where somebody has put something."""
        flow_layout.forget(self._memory)
        self._show()

    def set_names_only(self, is_on: bool) -> None:
        """Show names without figures."""
        self.names_only = is_on
        self.changed.emit()

    def set_animated(self, is_on: bool) -> None:
        """Let dots run along the edges."""
        self.is_animated = is_on
        self.changed.emit()

    def to_text(self) -> str:
        """What is to be remembered."""
        pins = list(self._memory.pins.items())
        return msgspec.json.encode(Kept(pins, self.names_only, self.is_animated)).decode()

    def restore(self, text: str) -> None:
        """What was remembered; what cannot be read is nothing."""
        try:
            kept = msgspec.json.decode(text, type=Kept)
        except msgspec.MsgspecError:
            return
        self._memory.pins = dict(kept.pins[-PINS_MAX:])
        self.names_only, self.is_animated = kept.names_only, kept.is_animated

    # ---- verbs

    def binding_between(self, source: NodeKey, target: NodeKey) -> dict[str, str]:
        """What a binding form begins with for a drag from node to node; {} where none can lead."""
        if CLUSTER in (source.number, target.number) or source.vhost != target.vhost or source == target:
            return {}
        if source.part is Part.QUEUE and target.part is Part.EXCHANGE:
            source, target = target, source
        if source.part is not Part.EXCHANGE or not source.name:
            return {}
        if target.part is Part.QUEUE:
            return {"exchange": source.name, "queue": target.name}
        if target.part is Part.EXCHANGE and target.name:
            return {"exchange": source.name, "to": "exchange", "destination": target.name}
        return {}

    def bindings_of(self, edge: FlowEdge) -> tuple[BindingSpec, ...]:
        """The bindings of an edge that can be deleted."""
        return edge.bindings if edge.way is Way.BINDING else ()

    def messages_on(self, edge: FlowEdge) -> tuple[str, str, str] | None:
        """Where messages that go this way are: virtual host, queue, filter; None if that is no one queue."""
        if CLUSTER in (edge.source.number, edge.target.number):
            return None
        source, target = edge.source, edge.target
        if edge.way is Way.DELIVERY:
            return source.vhost, source.name, f"held_by == {quoted(target.name)}"
        if edge.way is Way.DEAD_LETTER:
            return source.vhost, source.name, "state == dead_lettered"
        if target.part is Part.QUEUE:
            return target.vhost, target.name, _where(edge)
        return self._behind(edge)

    def _behind(self, edge: FlowEdge) -> tuple[str, str, str] | None:
        """Of an edge to an exchange: in the queue that gets the most of it."""
        onward = [each for each in self.graph.edges.values() if each.source == edge.target]
        to_queues = [
            each for each in onward if each.target.part is Part.QUEUE and each.target.number != CLUSTER
        ]
        if not to_queues:
            return None
        fullest = max(to_queues, key=lambda each: (each.per_s, each.target.name))
        where = f"exchange == {quoted(edge.target.name)}"
        if edge.way is Way.PUBLISH:
            where += f" and publisher == {quoted(edge.source.name)}"
        elif edge.way is Way.BINDING:
            where = _where(edge)
        return fullest.target.vhost, fullest.target.name, where


def _where(edge: FlowEdge) -> str:
    """A filter for what comes from an exchange, by these keys as far as they are no patterns."""
    where = f"exchange == {quoted(edge.source.name)}"
    keys = [spec.routing_key for spec in edge.bindings]
    if keys and all(key and not set("*#") & set(key) for key in keys):
        where += f" and key in ({', '.join(quoted(key) for key in keys)})"
    return where


def edge_title(edge: FlowEdge) -> str:
    """An edge by its ends."""
    return f"{title(edge.source)} → {title(edge.target)}"


def binding_title(spec: BindingSpec) -> str:
    """A binding in a menu."""
    kind = tr("exchange") if spec.destination_kind is DestinationKind.EXCHANGE else tr("queue")
    key = plain(spec.routing_key, 40)
    return tr("Delete binding “{key}” to {kind} {name}", key=key, kind=kind, name=plain(spec.destination, 40))
