"""Where the nodes of a flow stand: columns by what they are, and in a column the places stay.

Laid out again, every node that was placed before keeps its place; a new one takes the free place nearest to
its neighbours. Nodes that somebody has put somewhere stay exactly there, and the others keep clear of them.
The same graph and the same memory always give the same places.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from mqstudio.viewmodel.flow_graph import FlowGraph, FlowNode, NodeKey, Part

NODE_WIDTH: Final = 176.0
NODE_HEIGHT: Final = 46.0
COLUMN_PITCH: Final = 300.0
ROW_PITCH: Final = 66.0
"""Between the left edges of columns, and the upper edges of nodes in a column."""

SLOTS_MAX: Final = 20_000
"""A column is never longer than this."""


class Place(Struct, frozen=True, array_like=True):
    """The upper left corner of a node."""

    x: float
    y: float

    def overlaps(self, other: "Place") -> bool:
        """Whether nodes at both would cover each other."""
        return abs(self.x - other.x) < NODE_WIDTH and abs(self.y - other.y) < NODE_HEIGHT


Places = dict[NodeKey, Place]


class LayoutMemory(Struct):
    """What a lay-out remembers: rows of nodes by column, and where somebody has put nodes themselves."""

    rows: dict[NodeKey, int] = {}
    columns: dict[NodeKey, int] = {}
    pins: dict[NodeKey, Place] = {}


def arrange(graph: FlowGraph, memory: LayoutMemory) -> Places:
    """Place every node of the graph; the memory is brought up to date."""
    columns = _columns(graph.nodes.values())
    pins = _settled_pins(graph, memory)
    places = dict(pins)
    taken = _Taken(pins.values())
    fresh: defaultdict[int, list[NodeKey]] = defaultdict(list)
    for key in sorted(graph.nodes.keys() - pins.keys(), key=_order):
        column, row = columns[key], memory.rows.get(key)
        if memory.columns.get(key) != _home(graph.nodes[key]):
            row = None
        if row is None or not taken.is_free(column, row):
            fresh[column].append(key)
        else:
            places[key] = taken.take(column, row)
    _place_fresh(graph, fresh, places, taken)
    for key, place in places.items():
        if key not in pins and not _is_passing(graph.nodes[key]):
            memory.rows[key] = round(place.y / ROW_PITCH)
            memory.columns[key] = _home(graph.nodes[key])
    return places


def pin(memory: LayoutMemory, key: NodeKey, place: Place) -> None:
    """Somebody has put a node somewhere: there it stays."""
    memory.pins[key] = place


def forget(memory: LayoutMemory) -> None:
    """Lay out anew from now on, as if for the first time."""
    memory.rows.clear()
    memory.columns.clear()
    memory.pins.clear()


def _is_passing(node: FlowNode) -> bool:
    """Whether it is not known yet what a client is here for: then its place is not worth keeping."""
    return node.is_quiet and node.key.part is Part.CLIENT


def _home(node: FlowNode) -> int:
    """Which column a node belongs to; exchanges may have several."""
    base = {Part.CLIENT: 0, Part.EXCHANGE: 100, Part.QUEUE: 200, Part.CONSUMER: 300}
    return base[node.key.part] + (node.level if node.key.part is Part.EXCHANGE else 0)


def _columns(nodes: Iterable[FlowNode]) -> dict[NodeKey, int]:
    """Columns from left to right. The four parts always have theirs, so that nothing jumps."""
    found = list(nodes)
    homes = sorted({0, 100, 200, 300} | {_home(node) for node in found})
    numbers = {home: number for number, home in enumerate(homes)}
    return {node.key: numbers[_home(node)] for node in found}


def _settled_pins(graph: FlowGraph, memory: LayoutMemory) -> Places:
    """Where pinned nodes stand: where they were put, or right below what was put there before."""
    places: Places = {}
    for key, put in memory.pins.items():
        if key in graph.nodes:
            place = put
            while any(place.overlaps(other) for other in places.values()):
                place = Place(place.x, place.y + NODE_HEIGHT)
            places[key] = place
    return places


class _Taken:
    """Which places are no longer free."""

    def __init__(self, pins: Iterable[Place]) -> None:
        self._pins = list(pins)
        self._rows: defaultdict[int, set[int]] = defaultdict(set)

    def is_free(self, column: int, row: int) -> bool:
        if row in self._rows[column]:
            return False
        place = place_of(column, row)
        return not any(place.overlaps(other) for other in self._pins)

    def take(self, column: int, row: int) -> Place:
        self._rows[column].add(row)
        return place_of(column, row)

    def nearest(self, column: int, wanted: float) -> int:
        """The free row nearest to where it would best be; of two the lower one."""
        middle = round(max(0.0, wanted))
        for away in range(SLOTS_MAX):
            for row in (middle + away, middle - away):
                if row >= 0 and self.is_free(column, row):
                    return row
        return SLOTS_MAX


def place_of(column: int, row: int) -> Place:
    """Where a row of a column is."""
    return Place(column * COLUMN_PITCH, row * ROW_PITCH)


def _place_fresh(graph: FlowGraph, fresh: Mapping[int, list[NodeKey]], places: Places, taken: _Taken) -> None:
    """The longest column first, from the top; then the others, each node near to what it knows."""
    neighbours: defaultdict[NodeKey, list[NodeKey]] = defaultdict(list)
    for edge in graph.edges.values():
        neighbours[edge.source].append(edge.target)
        neighbours[edge.target].append(edge.source)
    lengths = {column: len(keys) for column, keys in fresh.items()}
    longest = max(lengths, key=lambda column: (lengths[column], column), default=0)
    for column in sorted(fresh, key=lambda each: (abs(each - longest), each)):
        keys = fresh[column]
        rows = {
            key: [places[other].y / ROW_PITCH for other in neighbours[key] if other in places] for key in keys
        }
        first = column == longest
        ordered = sorted(
            keys, key=lambda key: (_middle(rows[key]), _by_company(key, neighbours), _order(key))
        )
        for key in ordered:
            wanted = 0.0 if first or not rows[key] else _middle(rows[key])
            places[key] = taken.take(column, taken.nearest(column, wanted))


def _middle(rows: list[float]) -> float:
    return sum(rows) / len(rows) if rows else float("inf")


def _by_company(key: NodeKey, neighbours: Mapping[NodeKey, list[NodeKey]]) -> tuple[object, ...]:
    """Nodes that know the same others stand together; those that know nobody come last."""
    known = sorted(_order(other) for other in neighbours.get(key, ()))
    return (not known, *known[:1])


def _order(key: NodeKey) -> tuple[str, str, str, str, int]:
    return key.part.value, key.vhost, key.name.casefold(), key.name, key.number
