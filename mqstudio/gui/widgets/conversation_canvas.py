"""A conversation, painted as a sequence diagram: lanes side by side, arrows below each other, times left.

A click shows a message in the inspector, a double click goes to its queue. By keyboard: up and down go from
arrow to arrow, Enter goes to the message, Escape leaves.
"""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from mqstudio.gui.following import follow
from mqstudio.gui.theme import LARGE, MEDIUM, SMALL, TINY, Theme
from mqstudio.gui.words import tr
from mqstudio.viewmodel.conversation import ConversationPanel
from mqstudio.viewmodel.conversation_story import CLIENT, EXCHANGE, Arrow, Diagram, Participant
from mqstudio.viewmodel.lifecycle_words import fine

ROW: Final = 30
HEAD: Final = 34
TIMES: Final = 84
LANE_MIN: Final = 118
PAGE: Final = 8
"""Arrows that Page Up and Down go along."""

COLOURS: Final = {
    "publish": "ready", "route": "sign", "deliver": "in_flight", "ack": "done", "release": "in_flight",
    "reject": "dropped", "dead_letter": "dead_lettered", "lost": "dropped",
}  # fmt: skip
DASHED: Final = frozenset({"ack", "release", "reject"})
"""What goes back."""

_CENTRE = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)


class ConversationCanvas(QWidget):
    """Shows a ConversationPanel. pointed: the arrow under the pointer, None for none. left: go back.

    shown, opened: virtual host, queue and number of a message to be looked at, or gone to. chosen: an arrow
    at a height is to be seen.
    """

    pointed = Signal(object)
    shown = Signal(str, str, object)
    opened = Signal(str, str, object)
    chosen = Signal(int)
    left = Signal()

    def __init__(self, theme: Theme, panel: ConversationPanel) -> None:
        super().__init__()
        self.theme, self.panel = theme, panel
        self._hovered: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        follow(self, panel.changed, self.refresh)
        theme.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Draw what the panel has now."""
        diagram = self.panel.diagram
        arrows = len(diagram.arrows) if diagram is not None else 0
        lanes = len(diagram.participants) if diagram is not None else 0
        self.setFixedHeight(self.theme.px(HEAD) + arrows * self.theme.px(ROW) + SMALL)
        self.setMinimumWidth(self.theme.px(TIMES) + lanes * self.theme.px(LANE_MIN))
        self.setAccessibleName(f"{tr('Conversation')}: {self.panel.says()}")
        self.setAccessibleDescription(self.panel.facts())
        self.update()

    # ---- where things are

    def x_of(self, lane: int) -> float:
        """The middle of a lane."""
        diagram = self.panel.diagram
        lanes = max(1, len(diagram.participants) if diagram is not None else 1)
        left = self.theme.px(TIMES)
        return left + (lane + 0.5) * (self.width() - left - MEDIUM) / lanes

    def y_of(self, place: int) -> float:
        """The height of an arrow."""
        return self.theme.px(HEAD) + (place + 0.72) * self.theme.px(ROW)

    def arrow_at(self, place: QPoint) -> int | None:
        """The arrow of the row at a place."""
        diagram = self.panel.diagram
        row = (place.y() - self.theme.px(HEAD)) // self.theme.px(ROW)
        return row if diagram is not None and 0 <= row < len(diagram.arrows) else None

    # ---- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        diagram = self.panel.diagram
        if diagram is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        seen = self._seen(event, diagram)
        self._draw_lanes(painter, diagram)
        for place in seen:
            self._draw_row(painter, diagram, place)
        self._draw_heads(painter, diagram)
        if self.hasFocus():
            painter.setPen(QPen(self.theme.colour("focus"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.visibleRegion().boundingRect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def _seen(self, event: QPaintEvent, diagram: Diagram) -> range:
        height, head = self.theme.px(ROW), self.theme.px(HEAD)
        first = max(0, (event.rect().top() - head) // height)
        return range(first, min(len(diagram.arrows), (event.rect().bottom() - head) // height + 1))

    def _draw_lanes(self, painter: QPainter, diagram: Diagram) -> None:
        painter.setPen(QPen(self.theme.colour("field_line"), 1, Qt.PenStyle.DashLine))
        for lane in range(len(diagram.participants)):
            x = self.x_of(lane)
            painter.drawLine(QPointF(x, self.theme.px(HEAD)), QPointF(x, self.height()))

    def _draw_heads(self, painter: QPainter, diagram: Diagram) -> None:
        """At the top of what is seen, however far it is scrolled."""
        top = self.visibleRegion().boundingRect().top()
        painter.fillRect(QRect(0, top, self.width(), self.theme.px(HEAD)), self.theme.colour("surface"))
        wide = min(self.theme.px(200), self.x_of(1) - self.x_of(0) - SMALL)
        for lane, participant in enumerate(diagram.participants):
            place = QRectF(self.x_of(lane) - wide / 2, top + 3, wide, self.theme.px(HEAD) - 8)
            self._draw_head(painter, participant, place)

    def _draw_head(self, painter: QPainter, participant: Participant, place: QRectF) -> None:
        theme = self.theme
        icon = {CLIENT: "client", EXCHANGE: "exchange"}.get(participant.kind, "queue")
        painter.setPen(QPen(theme.colour("field_line"), 1))
        painter.setBrush(theme.colour("raised"))
        painter.drawRoundedRect(place, 5, 5)
        painter.setFont(theme.strong if participant.kind == CLIENT else theme.font)
        metrics = painter.fontMetrics()
        room = int(place.width()) - 14 - 3 * TINY
        title = metrics.elidedText(participant.title, Qt.TextElideMode.ElideMiddle, room)
        wide = metrics.horizontalAdvance(title) + 14 + TINY
        left = place.center().x() - wide / 2
        theme.icon(icon).paint(painter, QRect(int(left), int(place.center().y()) - 7, 14, 14))
        painter.setPen(theme.colour("text"))
        words = QRectF(left + 14 + TINY, place.top(), wide, place.height())
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), title)

    def _draw_row(self, painter: QPainter, diagram: Diagram, place: int) -> None:
        arrow, theme = diagram.arrows[place], self.theme
        top = theme.px(HEAD) + place * theme.px(ROW)
        ground = self._ground(place)
        if ground != "surface":
            painter.fillRect(QRectF(0, top, self.width(), theme.px(ROW)), theme.colour(ground))
            self._draw_lanes_of_row(painter, diagram, top)
        painter.setFont(theme.small)
        painter.setPen(theme.colour("muted"))
        times = QRectF(0, top, theme.px(TIMES) - SMALL, theme.px(ROW))
        painter.drawText(times, _RIGHT, f"+{fine(arrow.at_us - diagram.begins_us)}")
        if arrow.from_lane == arrow.to_lane:
            self._draw_end(painter, arrow, self.y_of(place), ground)
        else:
            is_own = arrow.message_id == diagram.of_id
            self._draw_arrow(painter, arrow, self.y_of(place), ground, is_own=is_own)

    def _ground(self, place: int) -> str:
        if place == self.panel.chosen:
            return "selection"
        return "hover" if place == self._hovered else "surface"

    def _draw_lanes_of_row(self, painter: QPainter, diagram: Diagram, top: float) -> None:
        painter.setPen(QPen(self.theme.colour("field_line"), 1, Qt.PenStyle.DashLine))
        for lane in range(len(diagram.participants)):
            x = self.x_of(lane)
            painter.drawLine(QPointF(x, top), QPointF(x, top + self.theme.px(ROW)))

    def _draw_arrow(self, painter: QPainter, arrow: Arrow, y: float, ground: str, *, is_own: bool) -> None:
        colour = self.theme.colour(COLOURS.get(arrow.what, "sign"))
        begin, end = self.x_of(arrow.from_lane), self.x_of(arrow.to_lane)
        forward = 1 if end > begin else -1
        pen = QPen(colour, 2 if arrow.is_reply or is_own else 1.3)
        pen.setStyle(Qt.PenStyle.DashLine if arrow.what in DASHED else Qt.PenStyle.SolidLine)
        painter.setPen(pen)
        painter.drawLine(QPointF(begin, y), QPointF(end - forward * 2, y))
        painter.setPen(QPen(colour, 1.6))
        for side in (-4, 4):
            painter.drawLine(QPointF(end - forward * 7, y + side), QPointF(end - forward, y))
        left, right = sorted((begin, end))
        place = ((left + right) / 2, right - left - 2 * SMALL, y)
        self._write(painter, arrow.words, place, ground, is_strong=is_own)

    def _draw_end(self, painter: QPainter, arrow: Arrow, y: float, ground: str) -> None:
        """What goes nowhere: a cross on its lane."""
        x = self.x_of(arrow.from_lane)
        painter.setPen(QPen(self.theme.colour(COLOURS.get(arrow.what, "sign")), 2))
        for side in (-1, 1):
            painter.drawLine(QPointF(x - 5, y - 5 * side), QPointF(x + 5, y + 5 * side))
        self._write(painter, arrow.words, (x, self.theme.px(LANE_MIN), y - 4), ground, is_strong=False)

    def _write(
        self,
        painter: QPainter,
        words: str,
        where: tuple[float, float, float],
        ground: str,
        *,
        is_strong: bool,
    ) -> None:
        """On a line: `where` are its middle, its room and its height."""
        middle, room, y = where
        if not words:
            return
        theme = self.theme
        font = QFont(theme.small)
        font.setBold(is_strong)
        painter.setFont(font)
        metrics = QFontMetrics(font)
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, max(20, int(room)))
        high = metrics.height()
        wide = metrics.horizontalAdvance(shown) + 2 * TINY
        painter.fillRect(QRectF(middle - wide / 2, y - high, wide, high - 2), theme.colour(ground))
        painter.setPen(theme.colour("text"))
        painter.drawText(
            QRectF(middle - room / 2 - LARGE, y - high - 1, room + 2 * LARGE, high), _CENTRE, shown
        )

    def sizeHint(self) -> QSize:
        return QSize(600, self.height())

    # ---- hands

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.arrow_at(event.position().toPoint()))

    def _hover(self, place: int | None) -> None:
        if place != self._hovered:
            self._hovered = place
            self.pointed.emit(place)
            self.update()

    def leaveEvent(self, event: object) -> None:
        self._hover(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.panel.choose(self.arrow_at(event.position().toPoint()))
            target = self.panel.target()
            if target is not None:
                self.shown.emit(*target)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._open()

    def _open(self) -> None:
        target = self.panel.target()
        if target is not None:
            self.opened.emit(*target)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        far = 10**6
        acts: dict[int, Callable[[], object]] = {
            Qt.Key.Key_Up: lambda: self.panel.step(-1),
            Qt.Key.Key_Down: lambda: self.panel.step(1),
            Qt.Key.Key_PageUp: lambda: self.panel.step(-PAGE),
            Qt.Key.Key_PageDown: lambda: self.panel.step(PAGE),
            Qt.Key.Key_Home: lambda: self.panel.step(-far),
            Qt.Key.Key_End: lambda: self.panel.step(far),
            Qt.Key.Key_Return: self._open,
            Qt.Key.Key_Enter: self._open,
            Qt.Key.Key_Escape: self.left.emit,
        }
        act = acts.get(event.key())
        if act is None:
            super().keyPressEvent(event)
            return
        act()
        if self.panel.chosen is not None:
            self.chosen.emit(int(self.y_of(self.panel.chosen)))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
