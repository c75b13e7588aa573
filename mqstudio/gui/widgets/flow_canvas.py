"""The plane on which a flow is drawn: panned, zoomed, pointed at, and walked by keyboard.

By mouse: the wheel zooms, a drag on nothing pans, a drag on a node moves it; from an exchange onto a queue,
or with Shift onto anything, it asks for a binding.
By keyboard: arrows walk from node to node, Tab from edge to edge of the one selected, Enter opens, Escape
lets go, Delete unbinds; + and - zoom, 0 fits.
"""

import math
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QContextMenuEvent,
    QFocusEvent,
    QFontMetricsF,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from mqstudio.gui.following import follow
from mqstudio.gui.theme import LARGE, Theme
from mqstudio.gui.widgets.basics import set_tip
from mqstudio.gui.widgets.flow_painting import HEADING_ABOVE, FlowPainter, rect_of
from mqstudio.viewmodel.flow import EdgeKey, Flow
from mqstudio.viewmodel.flow_export import size_of
from mqstudio.viewmodel.flow_graph import NodeKey
from mqstudio.viewmodel.flow_shapes import WIDEST, curve, distance_to, is_near, width_of
from mqstudio.viewmodel.words import tr

FRAME_MS: Final = 100
"""While something flows dots run, ten frames a second."""

TURN_FRAMES: Final = 20
"""In so many frames a dot has come as far as the next one was."""

ZOOM_LEAST, ZOOM_MOST, ZOOM_STEP = 0.08, 3.0, 1.18
LEGIBLE: Final = 0.62
"""Smaller than this names cannot be read, with text of the usual size."""

USUAL_LINE_PX: Final = 19.0
NEAR: Final = 7.0
"""An edge is meant from so many pixels away."""

DRAG_LEAST: Final = 5.0
ARROWS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class FlowCanvas(QWidget):
    """Draws a Flow. opened: a node or edge is to be opened. menu_wanted: what for, where on the screen.

    bind_wanted: from a node to a node. unbind_wanted: a way whose binding is to go.
    """

    opened = Signal(object)
    menu_wanted = Signal(object, object)
    bind_wanted = Signal(object, object)
    unbind_wanted = Signal(object)

    def __init__(self, theme: Theme, flow: Flow) -> None:
        super().__init__()
        self.theme, self.flow = theme, flow
        self.scale, self.origin = 1.0, QPointF(LARGE, LARGE + HEADING_ABOVE)
        self.frames = 0
        """How often it was drawn: tests watch that nothing is drawn for nobody."""
        self._layer: QPixmap | None = None
        self._layer_state: tuple[object, ...] = ()
        self._fits = self._is_legible = True
        self._over: NodeKey | EdgeKey | None = None
        self._phase = 0
        self._pressed: QPointF | None = None
        self._grabbed: NodeKey | None = None
        self._from: QPointF | None = None
        self._is_binding = False
        self._is_dragging = False
        self._pointer = QPointF()
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._on_frame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(200, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Flow"))
        follow(self, flow.changed, self._on_changed)
        theme.changed.connect(self._on_changed)

    # ---- following

    def _on_changed(self) -> None:
        self._layer = None
        if self._fits:
            self.fit(is_legible=self._is_legible)
        self._tell()
        self._settle_timer()
        self.update()

    def _settle_timer(self) -> None:
        is_moving = any(edge.per_s > 0 for edge in self.flow.graph.edges.values())
        runs = is_moving and self.is_animated and self.isVisible()
        if runs != self._timer.isActive():
            (self._timer.start if runs else self._timer.stop)()

    @property
    def is_animated(self) -> bool:
        """Whether dots run: not for who wants nothing to move by itself."""
        return self.flow.is_animated and not self.theme.is_still

    def _on_frame(self) -> None:
        self._phase = (self._phase + 1) % TURN_FRAMES
        self.update()

    def _tell(self) -> None:
        """What a screen reader says: the selection, else how much there is."""
        lines = self.flow.details()
        graph = self.flow.graph
        nodes, edges = len(graph.nodes), len(graph.edges)
        says = "\n".join(lines) or tr("{nodes} nodes, {edges} ways", nodes=nodes, edges=edges)
        if says != self.accessibleDescription():
            self.setAccessibleDescription(says)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._on_changed()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fits:
            self.fit(is_legible=self._is_legible)

    # ---- where things are

    def to_plane(self, point: QPointF) -> QPointF:
        """A point of the widget on the plane."""
        return (point - self.origin) / self.scale

    def to_widget(self, point: QPointF) -> QPointF:
        """A point of the plane on the widget."""
        return point * self.scale + self.origin

    def place_of(self, key: NodeKey) -> QPointF:
        """The middle of a node on the widget."""
        return self.to_widget(rect_of(self.flow.places[key]).center())

    def at(self, point: QPointF) -> NodeKey | EdgeKey | None:
        """What is there: a node, else the nearest edge."""
        on_plane = self.to_plane(point)
        for key, place in reversed(self.flow.places.items()):
            if rect_of(place).contains(on_plane):
                return key
        nearest, found = math.inf, None
        for edge in self.flow.graph.edges.values():
            line = curve(self.flow.places[edge.source], self.flow.places[edge.target])
            if not is_near(line, on_plane.x(), on_plane.y(), NEAR / self.scale + WIDEST):
                continue
            away = distance_to(line, on_plane.x(), on_plane.y()) - width_of(edge.per_s) / 2
            if away < min(nearest, NEAR / self.scale):
                nearest, found = away, edge.key
        return found

    def _node_at(self, point: QPointF) -> NodeKey | None:
        found = self.at(point)
        return found if isinstance(found, NodeKey) else None

    # ---- zoom and pan

    def fit(self, *, is_legible: bool = False) -> None:
        """Show everything, no larger than it is; or as much from the top left as can still be read."""
        self._fits, self._is_legible = True, is_legible
        text = QFontMetricsF(self.theme.font).height() / USUAL_LINE_PX
        width, height = size_of(self.flow.places)
        height += HEADING_ABOVE
        share = min(self.width() / max(1.0, width), self.height() / max(1.0, height), 1.25 * text)
        self.scale = max(ZOOM_LEAST, share, LEGIBLE * text if is_legible else 0.0)
        left = max(0.0, (self.width() - width * self.scale) / 2)
        self.origin = QPointF(left + LARGE * self.scale, (LARGE + HEADING_ABOVE) * self.scale)
        self.update()

    def zoom(self, by: float, around: QPointF | None = None) -> None:
        """Nearer or farther; what is there stays there."""
        around = around or QPointF(self.width() / 2, self.height() / 2)
        fixed = self.to_plane(around)
        self._fits = False
        self.scale = max(ZOOM_LEAST, min(ZOOM_MOST, self.scale * by))
        self.origin = around - fixed * self.scale
        self.update()

    def reveal(self, key: NodeKey) -> None:
        """Move the plane so that a node can be seen."""
        place = rect_of(self.flow.places[key])
        shown = QRectF(self.to_widget(place.topLeft()), self.to_widget(place.bottomRight()))
        if not QRectF(self.rect()).contains(shown):
            self._fits = False
            self.origin += QRectF(self.rect()).center() - shown.center()
            self.update()

    # ---- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        self.frames += 1
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._still_layer())
        self._onto_plane(painter)
        if self._timer.isActive():
            FlowPainter(painter, self.theme, self.flow).draw_dots(self._seen(), self._phase / TURN_FRAMES)
        if self._is_binding and self._grabbed is not None and self._grabbed in self.flow.places:
            start = rect_of(self.flow.places[self._grabbed]).center()
            painter.setPen(QPen(self.theme.colour("focus"), 2, Qt.PenStyle.DashLine))
            painter.drawLine(start, self.to_plane(self._pointer))
        painter.resetTransform()
        if self.hasFocus():
            painter.setPen(QPen(self.theme.colour("focus"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def _seen(self) -> QRectF:
        return QRectF(self.to_plane(QPointF(0, 0)), self.to_plane(QPointF(self.width(), self.height())))

    def _onto_plane(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(self.origin)
        painter.scale(self.scale, self.scale)

    def _still_layer(self) -> QPixmap:
        """What stands still, drawn when it changes: dots that run ten times a second cost only themselves."""
        state = (self.scale, self.origin.x(), self.origin.y(), self.size(), self.hasFocus())
        if self._layer is None or state != self._layer_state:
            ratio = self.devicePixelRatioF()
            self._layer = QPixmap(self.size() * ratio)
            self._layer.setDevicePixelRatio(ratio)
            self._layer.fill(self.theme.colour("surface"))
            painter = QPainter(self._layer)
            self._onto_plane(painter)
            FlowPainter(painter, self.theme, self.flow).draw(self._seen(), has_focus=self.hasFocus())
            painter.end()
            self._layer_state = state
        return self._layer

    def image(self) -> QImage:
        """All of it as a picture, as large as it is."""
        width, height = size_of(self.flow.places)
        ratio = 2.0 if max(width, height) < 4_000 else 8_000 / max(width, height)
        size = QSize(math.ceil(width * ratio), math.ceil((height + HEADING_ABOVE) * ratio))
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(self.theme.colour("surface"))
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(ratio, ratio)
        painter.translate(LARGE, LARGE + HEADING_ABOVE)
        everything = QRectF(-LARGE, -HEADING_ABOVE - LARGE, width, height + HEADING_ABOVE)
        FlowPainter(painter, self.theme, self.flow).draw(everything)
        painter.end()
        return image

    # ---- mouse

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120
        self.zoom(ZOOM_STEP**steps, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._pressed = self._pointer = event.position()
        self._is_dragging = False
        found = self.at(event.position())
        self._grabbed = found if isinstance(found, NodeKey) else None
        self._is_binding = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier) and bool(self._grabbed)
        self._from = rect_of(self.flow.places[self._grabbed]).topLeft() if self._grabbed else self.origin
        self.flow.select(found)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self._pointer = event.position()
        if self._pressed is None or self._from is None:
            over = self.at(at)
            if over != self._over:
                self._over = over
                self.setCursor(
                    Qt.CursorShape.ArrowCursor if over is None else Qt.CursorShape.PointingHandCursor
                )
                set_tip(self, self.flow.sentence(over) if over is not None else "")
            return
        way = at - self._pressed
        self._is_dragging = self._is_dragging or way.manhattanLength() >= DRAG_LEAST
        if not self._is_dragging:
            return
        if self._grabbed is None:
            self._fits = False
            self.origin = self._from + way
        elif not self._is_binding:
            self._fits = False
            place = self._from + way / self.scale
            if self._grabbed in self.flow.places:
                self.flow.drag(self._grabbed, place.x(), place.y())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        grabbed, pressed, was_dragging = self._grabbed, self._pressed, self._is_dragging
        is_binding, start = self._is_binding, self._from
        self._pressed = self._grabbed = None
        self._is_dragging = self._is_binding = False
        if not was_dragging or grabbed is None or pressed is None:
            self.update()
            return
        on = self._other_at(event.position(), grabbed)
        if is_binding or (on is not None and self.flow.binding_between(grabbed, on)):
            self.flow.let_go()  # a node dropped on another one means both
            if on is not None:
                self.bind_wanted.emit(grabbed, on)
        else:
            place = (start or QPointF()) + (event.position() - pressed) / self.scale
            self.flow.drop(grabbed, place.x(), place.y())
        self.update()

    def _other_at(self, point: QPointF, besides: NodeKey) -> NodeKey | None:
        on_plane = self.to_plane(point)
        for key, place in self.flow.places.items():
            if key != besides and rect_of(place).contains(on_plane):
                return key
        return None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        found = self.at(event.position())
        if found is None:
            self.fit()
        else:
            self.flow.select(found)
            self.opened.emit(found)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            found = self.flow.selected
        else:
            found = self.at(QPointF(event.pos()))
            self.flow.select(found)
        if found is not None:
            self.menu_wanted.emit(found, event.globalPos())

    # ---- keyboard

    def event(self, event: QEvent) -> bool:
        """Tab walks from edge to edge while something is selected; else it leaves, as everywhere."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            by = {Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}.get(Qt.Key(event.key()))
            if by is not None and self.flow.selected is not None:
                self.flow.step_edge(by)
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in ARROWS:
            self.flow.step(*ARROWS[key])
            if isinstance(self.flow.selected, NodeKey):
                self.reveal(self.flow.selected)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.flow.selected is not None:
            self.opened.emit(self.flow.selected)
        elif key == Qt.Key.Key_Delete and self.flow.edge is not None:
            self.unbind_wanted.emit(self.flow.edge)
        elif key == Qt.Key.Key_Escape and self.flow.selected is not None:
            self.flow.select(None)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(ZOOM_STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / ZOOM_STEP)
        elif key == Qt.Key.Key_0:
            self.fit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
