"""A flow as Mermaid and as SVG: text made of names from anybody, so every one is written as what it is.

Mermaid has no escapes but HTML entities by number (`#34;`), and reads words like `end` as its own: nodes have
ids of ours, and of a name each character that is not a letter, a digit or harmless becomes its number.
"""

from typing import Final
from xml.sax.saxutils import escape, quoteattr

from mqstudio.viewmodel.flow_graph import FlowEdge, FlowGraph, FlowNode, Part, Way
from mqstudio.viewmodel.flow_layout import NODE_HEIGHT, NODE_WIDTH, Place, Places
from mqstudio.viewmodel.flow_shapes import curve, width_of
from mqstudio.viewmodel.flow_words import edge_label, figures, title
from mqstudio.viewmodel.words import tr

_HARMLESS: Final = frozenset(" .-,()+")
_SHAPES: Final = {
    Part.CLIENT: ('(["', '"])'),
    Part.EXCHANGE: ('{{"', '"}}'),
    Part.QUEUE: ('["', '"]'),
    Part.CONSUMER: ('(["', '"])'),
}
_DASHED: Final = frozenset({Way.DEAD_LETTER, Way.ALTERNATE})
MARGIN: Final = 24.0

Inks = dict[str, str]
"""Colour by what it is for: ground, node, line, text, muted, edge, lost, dead."""

PLAIN_INKS: Final[Inks] = {
    "ground": "#ffffff", "node": "#ffffff", "line": "#8b93a3", "text": "#191d26", "muted": "#566072",
    "edge": "#2f6fde", "lost": "#b3261e", "dead": "#97266d",
}  # fmt: skip
"""Black on white, for who has no window."""


def to_mermaid(graph: FlowGraph) -> str:
    """The flow as a Mermaid flowchart, from left to right; the same graph gives the same text."""
    keys = sorted(graph.nodes, key=lambda key: (key.part.value, key.vhost, key.name, key.number))
    ids = {key: f"n{number}" for number, key in enumerate(keys, 1)}
    lines = ["flowchart LR"]
    lines += [f"    {ids[key]}{_mermaid_node(graph.nodes[key])}" for key in keys]
    edges = sorted(graph.edges.values(), key=lambda edge: (ids[edge.source], ids[edge.target], edge.way))
    lines += [f"    {ids[edge.source]} {_mermaid_arrow(edge)} {ids[edge.target]}" for edge in edges]
    lost = [str(number) for number, edge in enumerate(edges) if edge.is_losing]
    if lost:
        lines.append(f"    linkStyle {','.join(lost)} stroke:{PLAIN_INKS['lost']}")
    return "\n".join(lines) + "\n"


def _mermaid_node(node: FlowNode) -> str:
    begin, end = _SHAPES[node.key.part]
    facts = figures(node)
    label = mermaid_text(title(node.key)) + (f"<br/>{mermaid_text(facts)}" if facts else "")
    return f"{begin}{label}{end}"


def _mermaid_arrow(edge: FlowEdge) -> str:
    arrow = "-.->" if edge.way in _DASHED else "-->"
    label = mermaid_text(edge_label(edge))
    return f'{arrow}|"{label}"|' if label else arrow


def mermaid_text(text: str) -> str:
    """A text within quotes of a flowchart: whatever Mermaid or Markdown could read is a number."""
    return "".join(c if c.isalnum() or c in _HARMLESS else f"#{ord(c)};" for c in text)


def to_svg(graph: FlowGraph, places: Places, inks: Inks = PLAIN_INKS) -> str:
    """The flow as a picture that any browser shows."""
    width, height = size_of(places)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}"'
        f' viewBox="{-MARGIN:.0f} {-MARGIN:.0f} {width:.0f} {height:.0f}" font-family="sans-serif">',
        f'<rect x="{-MARGIN:.0f}" y="{-MARGIN:.0f}" width="100%" height="100%" fill="{inks["ground"]}"/>',
    ]
    shown = [each for each in graph.edges.values() if each.source in places and each.target in places]
    parts += [_svg_edge(edge, places, inks) for edge in shown]
    parts += [_svg_node(graph.nodes[key], place, inks) for key, place in places.items()]
    return "\n".join([*parts, "</svg>"]) + "\n"


def size_of(places: Places) -> tuple[float, float]:
    """How large a picture of all nodes is."""
    right = max((place.x for place in places.values()), default=0.0) + NODE_WIDTH
    bottom = max((place.y for place in places.values()), default=0.0) + NODE_HEIGHT
    return right + 2 * MARGIN, bottom + 2 * MARGIN


def _svg_edge(edge: FlowEdge, places: Places, inks: Inks) -> str:
    points = curve(places[edge.source], places[edge.target])
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = points
    ink = inks["lost" if edge.is_losing else "dead" if edge.way is Way.DEAD_LETTER else "edge"]
    dashes = ' stroke-dasharray="6 4"' if edge.way in _DASHED else ""
    line = (
        f'<path d="M{ax:.1f} {ay:.1f} C{bx:.1f} {by:.1f} {cx:.1f} {cy:.1f} {dx:.1f} {dy:.1f}" fill="none"'
        f' stroke="{ink}" stroke-width="{width_of(edge.per_s):.1f}"{dashes}/>'
    )
    label = edge_label(edge)
    if not label:
        return line
    x, y = (ax + 3 * bx + 3 * cx + dx) / 8, (ay + 3 * by + 3 * cy + dy) / 8
    return f'{line}\n<text x="{x:.1f}" y="{y - 4:.1f}" font-size="10" fill="{inks["muted"]}"' + (
        f' text-anchor="middle">{svg_text(label)}</text>'
    )


def _svg_node(node: FlowNode, place: Place, inks: Inks) -> str:
    radius = NODE_HEIGHT / 2 if node.key.part in (Part.CLIENT, Part.CONSUMER) else 6
    name = _shortened(title(node.key), 24)
    return tr(
        '<g><title>{svg_text}</title><rect x="{x}" y="{y}" width="{node_width}" '
        'height="{node_height}" rx="{radius}" fill="{inks}" stroke={quoteattr}/><text '
        'x="{value}" y="{value_2}" font-size="13" fill="{inks_2}">{name}</text><text '
        'x="{value_3}" y="{value_4}" font-size="11" '
        'fill="{inks_3}">{svg_text_2}</text></g>',
        svg_text=svg_text(title(node.key)),
        x=f"{place.x:.1f}",
        y=f"{place.y:.1f}",
        node_width=f"{NODE_WIDTH:.0f}",
        node_height=f"{NODE_HEIGHT:.0f}",
        radius=f"{radius:.0f}",
        inks=inks["node"],
        quoteattr=quoteattr(inks["line"]),
        value=f"{place.x + 14:.1f}",
        value_2=f"{place.y + 19:.1f}",
        inks_2=inks["text"],
        name=svg_text(name),
        value_3=f"{place.x + 14:.1f}",
        value_4=f"{place.y + 36:.1f}",
        inks_3=inks["muted"],
        svg_text_2=svg_text(_shortened(figures(node), 30)),
    )


def svg_text(text: str) -> str:
    """A text within SVG: names are made of characters that XML allows before they come here."""
    return escape("".join(c if c.isprintable() else "�" for c in text))


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
