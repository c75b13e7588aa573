"""The explorer: protocol → virtual host → exchanges and queues, and the clients, as one flat list.

A flat list of rows with a depth is all a tree on screen ever is: it filters, diffs and scrolls like
any table, ten thousand queues or ten.
"""

from collections.abc import Iterator
from enum import StrEnum
from operator import attrgetter

import msgspec
from msgspec import Struct

from mqstudio.model.samples import ConnectionSample, ExchangeSample, QueueSample
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.viewmodel.rowset import RowSet
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.welcome import PROTOCOL_TITLES
from mqstudio.viewmodel.wording import exchange_title, library, plain
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

BROKERS_OWN = "amq."
"""How names begin that the broker gives."""

KEPT_MAX_CHARACTERS = 1_000


class NodeKind(StrEnum):
    """What a row of the explorer stands for."""

    PROTOCOL = "protocol"
    VHOST = "vhost"
    EXCHANGES = "exchanges"
    EXCHANGE = "exchange"
    QUEUE = "queue"
    CLIENTS = "clients"
    CLIENT = "client"
    HINT = "hint"


class Node(Struct, frozen=True):
    """One row. `note` is a few quiet words after the title; `is_open` None for what has no inside.

    `name` and `id` are the thing's own, `title` is how it reads. `is_busy`: it moved just now.
    """

    key: str
    kind: NodeKind
    depth: int
    title: str
    note: str = ""
    vhost: str = DEFAULT_VHOST
    name: str = ""
    id: int = 0
    ready: int = 0
    in_flight: int = 0
    is_open: bool | None = None
    is_busy: bool = False
    is_paused: bool = False
    tip: str = ""


class Shown(Struct, frozen=True):
    """What of the queues and exchanges is shown, and in which order.

    with_problems: queues that are paused, or hold messages that nobody consumes. is_by_depth: those with the
    most messages first; else by name.
    """

    hides_empty: bool = False
    with_problems: bool = False
    hides_internal: bool = False
    is_by_depth: bool = False


class Explorer:
    """The rows of the explorer, filtered and folded. `changed()` when filter or folding did."""

    def __init__(self, workspace: Workspace, structure: Structure) -> None:
        self.nodes: RowSet[Node] = RowSet(attrgetter("key"))
        self.changed = Signal()
        self.filter_text = ""
        self.shown = Shown()
        self._workspace = workspace
        self._structure = structure
        self._folded: set[str] = set()
        self._known_vhosts: set[str] = set()
        self._queue_nodes = _QueueNodes(workspace)
        structure.changed.connect(self.refresh)
        workspace.sampled.connect(self.refresh)
        workspace.state_changed.connect(self.refresh)

    def set_filter(self, text: str) -> None:
        """Show only what contains `text`, whatever its case."""
        self.filter_text = text.strip().casefold()
        self._rebuild()

    def show(self, shown: Shown) -> None:
        """Leave out what is not wanted, and sort the rest."""
        self.shown = shown
        self._rebuild()

    def to_text(self) -> str:
        """What is shown, as it is kept."""
        return msgspec.json.encode(self.shown).decode()

    def restore(self, text: str) -> None:
        """Take what was kept; nothing of what is no such text."""
        try:
            self.shown = msgspec.json.decode(text[:KEPT_MAX_CHARACTERS], type=Shown)
        except (msgspec.MsgspecError, UnicodeError):
            return

    def toggle(self, key: str) -> None:
        """Fold or unfold what is inside a row."""
        self._folded ^= {key}
        self._rebuild()

    def set_open(self, key: str, is_open: bool) -> None:
        """Fold or unfold; doing so twice is fine."""
        if (key in self._folded) is is_open:
            self.toggle(key)

    def _rebuild(self) -> None:
        self.refresh()
        self.changed.emit()

    def refresh(self) -> None:
        """Look at the workspace again."""
        self.nodes.update(list(self._nodes()))

    def find_queue(self, vhost: str, name: str) -> int | None:
        """The row of a queue, None if it is not shown."""
        queue = self._workspace.queue(vhost, name)
        return self.nodes.index_of(f"queue:{queue.id}") if queue else None

    def _nodes(self) -> Iterator[Node]:
        port = self._workspace.port()
        note = f":{port}" if port else ""
        yield self._branch("protocol:amqp091", NodeKind.PROTOCOL, 0, PROTOCOL_TITLES["amqp091"], note)
        if self._is_open("protocol:amqp091"):
            vhosts = {queue.vhost for queue in self._workspace.queues.values()}
            for vhost in sorted(vhosts | set(self._structure.vhosts())):
                if vhost not in self._known_vhosts:  # its first exchanges are always the same; queues matter
                    self._known_vhosts.add(vhost)
                    self._folded.add(f"exchanges:{vhost}")
                yield from self._vhost(vhost)
        yield from self._clients()

    def _vhost(self, vhost: str) -> Iterator[Node]:
        key = f"vhost:{vhost}"
        yield self._branch(key, NodeKind.VHOST, 1, plain(vhost), self._vhost_note(vhost))
        if not self._is_open(key):
            return
        exchanges = [x for x in self._workspace.exchanges.values() if x.vhost == vhost]
        if self.shown.hides_internal:
            exchanges = [x for x in exchanges if x.name and not x.name.startswith(BROKERS_OWN)]
        shown = [x for x in exchanges if self._matches(exchange_title(x.name))]
        if shown:
            key = f"exchanges:{vhost}"
            yield self._branch(key, NodeKind.EXCHANGES, 2, "Exchanges", str(len(shown)))
            if self._is_open(key):
                yield from (_exchange_node(x) for x in sorted(shown, key=lambda x: x.name))
        yield from self._queues(vhost)

    def _vhost_note(self, vhost: str) -> str:
        spec = next((each for each in self._structure.topology.vhosts if each.name == vhost), None)
        traced = " · traced" if spec and spec.is_traced else ""
        return tr("virtual host{traced}", traced=traced)

    def find_exchange(self, vhost: str, name: str) -> int | None:
        """The row of an exchange, None if it is not shown."""
        return self.nodes.index_of(f"exchange:{vhost}:{name}")

    def _queues(self, vhost: str) -> Iterator[Node]:
        queues = self._queue_nodes.of(vhost)
        text, wanted = self.filter_text, self.shown
        shown = [queue for folded, queue in queues if text in folded]
        if wanted != _ALL:
            shown = [queue for queue in shown if _is_shown(queue, wanted)]
        if wanted.is_by_depth:
            shown.sort(key=lambda queue: -(queue.ready + queue.in_flight))
        if not shown and self._workspace.is_live:
            hint = tr("No queue matches") if queues else tr("No queues yet")
            yield Node(f"hint:{vhost}", NodeKind.HINT, 2, hint, vhost=vhost)
        busy = self._workspace.busy_queues
        yield from (self._queue_nodes.node(queue, is_busy=queue.id in busy) for queue in shown)

    def _clients(self) -> Iterator[Node]:
        apps = self._workspace.apps()
        yield self._branch("clients", NodeKind.CLIENTS, 0, "Clients", str(len(apps)))
        if not self._is_open("clients"):
            return
        shown = [app for app in apps if self._matches(f"{app.name} {app.product}")]
        if not shown and self._workspace.is_live:
            hint = tr("No client matches") if apps else tr("Nobody is connected")
            yield Node("hint:clients", NodeKind.HINT, 1, hint)
        yield from (_client_node(app) for app in shown)

    def _branch(self, key: str, kind: NodeKind, depth: int, title: str, note: str) -> Node:
        vhost = key.partition(":")[2] if kind in (NodeKind.VHOST, NodeKind.EXCHANGES) else DEFAULT_VHOST
        return Node(key, kind, depth, title, note, vhost=vhost, is_open=self._is_open(key))

    def _is_open(self, key: str) -> bool:
        return key not in self._folded or bool(self.filter_text)

    def _matches(self, name: str) -> bool:
        return self.filter_text in name.casefold()


class _QueueNodes:
    """The rows of queues, and their order: made anew only where something changed.

    With ten thousand queues that makes each sample, and each key in the filter, a fifth of the work.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._order: dict[str, list[tuple[str, int]]] = {}
        """Of each virtual host: names without their case, and ids."""
        self._ids: set[int] = set()
        self._made: dict[int, tuple[QueueSample, bool, Node]] = {}

    def of(self, vhost: str) -> list[tuple[str, QueueSample]]:
        """The queues of a virtual host by name, each with its name without case."""
        queues = self._workspace.queues
        if queues.keys() != self._ids:
            self._sort()
        return [(folded, queues[id_]) for folded, id_ in self._order.get(vhost, ())]

    def _sort(self) -> None:
        queues = self._workspace.queues
        self._ids, self._order = set(queues), {}
        self._made = {id_: made for id_, made in self._made.items() if id_ in self._ids}
        for each in sorted(queues.values(), key=lambda q: (q.name.casefold(), q.name)):
            self._order.setdefault(each.vhost, []).append((each.name.casefold(), each.id))

    def node(self, queue: QueueSample, *, is_busy: bool) -> Node:
        """A queue's row."""
        made = self._made.get(queue.id)
        if made is not None and (made[0] is queue or made[0] == queue) and made[1] is is_busy:
            return made[2]
        node = _queue_node(queue, is_busy)
        self._made[queue.id] = (queue, is_busy, node)
        return node


_ALL = Shown()


def _is_shown(queue: QueueSample, wanted: Shown) -> bool:
    if wanted.hides_empty and not (queue.ready or queue.in_flight):
        return False
    if wanted.hides_internal and queue.name.startswith(BROKERS_OWN):
        return False
    is_stuck = queue.is_paused or queue.paused_subscriptions or (queue.ready and not queue.subscriptions)
    return bool(is_stuck) or not wanted.with_problems


def _exchange_node(exchange: ExchangeSample) -> Node:
    return Node(
        key=f"exchange:{exchange.vhost}:{exchange.name}",
        kind=NodeKind.EXCHANGE,
        depth=3,
        title=exchange_title(exchange.name),
        note=exchange.kind,
        vhost=exchange.vhost,
        name=exchange.name,
    )


def _queue_node(queue: QueueSample, is_busy: bool) -> Node:
    tip = f"{plain(queue.name)}: {queue.ready:,} ready, {queue.in_flight:,} in flight, "
    consumers = f"{queue.subscriptions:,} consumer{'' if queue.subscriptions == 1 else 's'}"
    return Node(
        key=f"queue:{queue.id}",
        kind=NodeKind.QUEUE,
        depth=2,
        title=plain(queue.name),
        vhost=queue.vhost,
        name=queue.name,
        id=queue.id,
        ready=queue.ready,
        in_flight=queue.in_flight,
        is_busy=is_busy,
        is_paused=queue.is_paused,
        tip=tip + consumers + (tr(", paused") if queue.is_paused else ""),
    )


def _client_node(app: ConnectionSample) -> Node:
    client = library(app.product, app.version)
    return Node(
        key=f"client:{app.id}",
        kind=NodeKind.CLIENT,
        depth=1,
        title=plain(app.name),
        note=client,
        name=app.name,
        id=app.id,
        in_flight=app.unacked,
        tip=f"{plain(app.name)} · {client} · {plain(app.address)}",
    )
