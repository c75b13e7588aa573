"""Draws nodes and edges of a flow. Colour is never the only sign: losses are named, ways differ in dashes."""

import math
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from mqstudio.gui.theme import RADIUS, SMALL, TINY, Theme
from mqstudio.viewmodel.flow import Flow
from mqstudio.viewmodel.flow_clusters import CLUSTER
from mqstudio.viewmodel.flow_graph import FlowEdge, FlowNode, Part, Way
from mqstudio.viewmodel.flow_layout import COLUMN_PITCH, NODE_HEIGHT, NODE_WIDTH, Place
from mqstudio.viewmodel.flow_shapes import Curve, curve, point_at, width_of
from mqstudio.viewmodel.flow_words import edge_label, figures, heading, title

SIGN_WIDTH: Final = 14.0
DOT: Final = 2.2
DOTS: Final = 3
LETTER_PX: Final = 6.0
"""About as wide is a letter of a label: enough to keep dots off it."""

HEADING_ABOVE: Final = 30.0
STRONG_PX, SMALL_PX = 13, 11
"""Sizes of text on the plane: who wants larger text gets a larger plane."""

FAINT: Final = 0.28
"""How much is left of what a trace or a search leaves out."""

_COLOURS: Final = {
    Part.CLIENT: "accent",
    Part.EXCHANGE: "purged",
    Part.QUEUE: "ready",
    Part.CONSUMER: "done",
}
_DASHES: Final = {Way.DEAD_LETTER: (5.0, 3.0), Way.ALTERNATE: (2.0, 3.0)}
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_ROUND: Final = (Part.CLIENT, Part.CONSUMER)


class FlowPainter:
    """Paints one state of a Flow: what stands, and the dots that run over it."""

    def __init__(self, painter: QPainter, theme: Theme, flow: Flow) -> None:
        self._painter, self._theme, self._flow = painter, theme, flow
        self._fonts = {"strong": _sized(theme.strong, STRONG_PX), "small": _sized(theme.small, SMALL_PX)}
        self._strong, self._small = (QFontMetricsF(self._fonts[name]) for name in ("strong", "small"))

    def draw(self, visible: QRectF, *, has_focus: bool = False) -> None:
        """Everything within a part of the plane that stands still."""
        flow = self._flow
        places = flow.places
        self._draw_headings()
        for edge in flow.graph.edges.values():
            line = curve(places[edge.source], places[edge.target])
            if visible.intersects(_bounds(line)):
                self._draw_edge(edge, line)
        for key, place in places.items():
            if visible.intersects(rect_of(place)):
                self._draw_node(flow.graph.nodes[key], place, has_focus=has_focus)

    def _draw_headings(self) -> None:
        columns: dict[float, Part] = {}
        for key in self._flow.graph.nodes:
            if key not in self._flow.pinned:
                columns.setdefault(self._flow.places[key].x, key.part)
        self._painter.setFont(self._fonts["small"])
        self._painter.setPen(self._theme.colour("muted"))
        for x, part in columns.items():
            self._painter.drawText(QRectF(x, -HEADING_ABOVE, COLUMN_PITCH, 20), _LEFT, heading(part))

    # ---- edges

    def _draw_edge(self, edge: FlowEdge, line: Curve) -> None:
        painter = self._painter
        painter.setOpacity(self._opacity_of_edge(edge))
        ink = edge_colour(self._theme, edge)
        width = width_of(edge.per_s)
        pen = QPen(ink, width)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if edge.way in _DASHES:
            pen.setDashPattern([dash / max(1.0, width / 2) for dash in _DASHES[edge.way]])
        path = _path(line)
        if self._flow.selected == edge.key or self._is_traced(edge):
            halo = self._theme.colour("focus")
            halo.setAlpha(90)
            painter.setPen(QPen(halo, width + 6))
            painter.drawPath(path)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        painter.drawPath(path)
        self._draw_head(line, ink, width)
        if not self._flow.names_only:
            self._draw_label(edge, line)
        painter.setOpacity(1.0)

    def _is_traced(self, edge: FlowEdge) -> bool:
        return self._flow.traced is not None and edge.key in self._flow.traced.edges

    def _opacity_of_edge(self, edge: FlowEdge) -> float:
        traced = self._flow.traced
        if traced is not None and traced.nodes and edge.key not in traced.edges:
            return FAINT
        return 1.0

    def _draw_head(self, line: Curve, ink: QColor, width: float) -> None:
        """An arrow's head where it ends."""
        end, before = line[3], point_at(line, 0.94)
        size = 5.0 + width * 0.6
        leftwards = 1.0 if end[0] >= before[0] else -1.0
        head = QPainterPath(QPointF(*end))
        head.lineTo(end[0] - leftwards * size * 1.5, end[1] - size)
        head.lineTo(end[0] - leftwards * size * 1.5, end[1] + size)
        head.closeSubpath()
        self._painter.fillPath(head, ink)

    def draw_dots(self, visible: QRectF, phase: float) -> None:
        """The dots on ways over which something goes. phase: how far they have come, 0 to 1."""
        painter, places = self._painter, self._flow.places
        painter.setPen(QPen(self._theme.colour("surface"), 1))
        for edge in self._flow.graph.edges.values():
            if edge.per_s <= 0 or self._opacity_of_edge(edge) < 1.0:
                continue
            line = curve(places[edge.source], places[edge.target])
            painter.setBrush(edge_colour(self._theme, edge))
            radius = DOT + width_of(edge.per_s) / 2
            label, half = self._label_share(edge), self._label_half(edge, line)
            for number in range(DOTS):
                share = (phase + number / DOTS) % 1.0
                at = QPointF(*point_at(line, share))
                if abs(share - label) > half and visible.contains(at):
                    painter.drawEllipse(at, radius, radius)

    def _label_half(self, edge: FlowEdge, line: Curve) -> float:
        """What share of a way half its label takes: dots pass below it."""
        words = "" if self._flow.names_only else edge_label(edge)
        length = math.hypot(line[3][0] - line[0][0], line[3][1] - line[0][1])
        return min(0.5, (len(words) * LETTER_PX / 2 + SMALL) / max(1.0, length)) if words else 0.0

    def _draw_label(self, edge: FlowEdge, line: Curve) -> None:
        words = edge_label(edge)
        if not words:
            return
        painter = self._painter
        x, y = point_at(line, self._label_share(edge))
        width, height = self._small.horizontalAdvance(words) + SMALL, self._small.height() + 2
        ground = QRectF(x - width / 2, y - height / 2, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("surface"))
        painter.drawRoundedRect(ground, TINY, TINY)
        painter.setFont(self._fonts["small"])
        painter.setPen(self._theme.colour("dropped" if edge.is_losing else "muted"))
        painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, words)

    def _label_share(self, edge: FlowEdge) -> float:
        """Nearer to the end where fewer edges are, so that labels do not cover each other."""
        leaving, coming = self._flow.degrees
        out, into = leaving[edge.source], coming[edge.target]
        if out == into or edge.is_losing:  # a long label
            return 0.5
        return 0.7 if out > into else 0.3

    # ---- nodes

    def _draw_node(self, node: FlowNode, place: Place, *, has_focus: bool) -> None:
        painter, theme, flow = self._painter, self._theme, self._flow
        rect = rect_of(place)
        is_selected = flow.selected == node.key
        painter.setOpacity(self._opacity_of(node))
        radius = NODE_HEIGHT / 2 if node.key.part in _ROUND else RADIUS
        if node.key.number == CLUSTER:  # a pile
            painter.setPen(QPen(theme.colour("field_line"), 1))
            painter.setBrush(theme.colour("raised"))
            painter.drawRoundedRect(rect.translated(4, 4), radius, radius)
        ink = theme.colour(_COLOURS[node.key.part])
        is_marked = node.key in flow.found or (flow.traced is not None and node.key in flow.traced.nodes)
        painter.setBrush(theme.colour("selection" if is_selected else "raised"))
        edge = theme.colour("focus") if is_selected or is_marked else theme.colour("field_line")
        painter.setPen(QPen(edge, 2.4 if (is_selected and has_focus) or is_marked else 1.2))
        painter.drawRoundedRect(rect, radius, radius)
        self._draw_sign(node, rect, ink)
        self._draw_words(node, rect, ink)
        painter.setOpacity(1.0)

    def _opacity_of(self, node: FlowNode) -> float:
        flow = self._flow
        if flow.traced is not None and flow.traced.nodes and node.key not in flow.traced.nodes:
            return FAINT
        return FAINT if flow.found and node.key not in flow.found else 1.0

    def _draw_sign(self, node: FlowNode, rect: QRectF, ink: QColor) -> None:
        """Which kind of node it is, by a shape of its own."""
        painter = self._painter
        middle = QPointF(rect.left() + SMALL + SIGN_WIDTH / 2 + 2, rect.center().y())
        painter.setPen(QPen(ink, 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if node.key.part is Part.EXCHANGE:
            shape = QPainterPath(middle + QPointF(0, -7))
            for x, y in ((7, 0), (0, 7), (-7, 0)):
                shape.lineTo(middle + QPointF(x, y))
            shape.closeSubpath()
            painter.fillPath(shape, ink)
        elif node.key.part is Part.QUEUE:
            for below in (-5.0, 0.0, 5.0):
                painter.drawLine(middle + QPointF(-6, below), middle + QPointF(6, below))
        else:
            painter.drawEllipse(middle, 6, 6)
            points = (
                ((-2, -3.5), (3, 0), (-2, 3.5))
                if node.key.part is Part.CLIENT
                else ((2, -3.5), (-3, 0), (2, 3.5))
            )
            painter.drawPolyline([middle + QPointF(x, y) for x, y in points])

    def _draw_words(self, node: FlowNode, rect: QRectF, ink: QColor) -> None:
        painter, theme = self._painter, self._theme
        left = rect.left() + SMALL * 2 + SIGN_WIDTH + 2
        width = rect.right() - SMALL - left
        facts = "" if self._flow.names_only else figures(node)
        upper = QRectF(
            left, rect.top() + (5 if facts else 0), width, NODE_HEIGHT / 2 - 3 if facts else NODE_HEIGHT
        )
        painter.setFont(self._fonts["strong"])
        painter.setPen(theme.colour("muted" if node.is_quiet else "text"))
        name = self._strong.elidedText(title(node.key), Qt.TextElideMode.ElideMiddle, width)
        painter.drawText(upper, _LEFT, name)
        if facts:
            lower = QRectF(left, rect.center().y(), width, NODE_HEIGHT / 2 - 5)
            painter.setFont(self._fonts["small"])
            is_full = node.key.part is Part.QUEUE and (node.ready or node.in_flight)
            painter.setPen(ink if is_full else theme.colour("muted"))
            words = self._small.elidedText(facts, Qt.TextElideMode.ElideRight, width)
            painter.drawText(lower, _LEFT, words)


def edge_colour(theme: Theme, edge: FlowEdge) -> QColor:
    """Red for what is lost; quiet at rest."""
    if edge.is_losing:
        return theme.colour("dropped")
    if edge.way is Way.DEAD_LETTER:
        return theme.colour("dead_lettered")
    return theme.colour("chart_in" if edge.per_s > 0 else "field_line")


def _sized(font: QFont, pixels: int) -> QFont:
    made = QFont(font)
    made.setPixelSize(pixels)
    return made


def rect_of(place: Place) -> QRectF:
    """Where a node is drawn."""
    return QRectF(place.x, place.y, NODE_WIDTH, NODE_HEIGHT)


def _path(line: Curve) -> QPainterPath:
    path = QPainterPath(QPointF(*line[0]))
    path.cubicTo(QPointF(*line[1]), QPointF(*line[2]), QPointF(*line[3]))
    return path


def _bounds(line: Curve) -> QRectF:
    xs, ys = [each[0] for each in line], [each[1] for each in line]
    left, top = min(xs) - 20, min(ys) - 20
    return QRectF(left, top, max(xs) - left + 20, max(ys) - top + 20)
