"""The ground of charts over time: axes, the crosshair, and a part of the time that is marked with the mouse.

By keyboard: the arrows move the crosshair, with Shift they mark a time, Escape marks nothing.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from mqstudio.gui.theme import MEDIUM, SMALL, TINY, Theme

AXIS_WIDTH: Final = 48
SHORTEST_DRAG: Final = 4
"""A drag over fewer pixels is a click: it marks nothing."""

_DAY_US: Final = 86_400_000_000
_TICKS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400)


class TimeCanvas(QWidget):
    """Draws the frame around `draw_content`. pointed: a moment in µs, 0 for none. marked: from, until."""

    pointed = Signal(object)
    marked = Signal(object, object)

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.theme = theme
        theme.dress(self, "small")
        self.from_us = self.until_us = 0
        self.step_us = 1_000_000
        self.cursor_us = 0
        self.selection: tuple[int, int] | None = None
        self._pressed_us: int | None = None
        self.frames = 0
        """How often it was drawn: tests watch that nothing is drawn for nobody."""
        self.setAccessibleName(name)
        self.setMinimumSize(160, 90)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)

    # ---- where things are

    def plot(self) -> QRectF:
        """The part within the axes."""
        below = self.theme_height() + TINY
        return QRectF(
            AXIS_WIDTH,
            SMALL,
            max(1, self.width() - AXIS_WIDTH - MEDIUM),
            max(1, self.height() - SMALL - below),
        )

    def theme_height(self) -> int:
        """How high a line of small text is."""
        return self.fontMetrics().height()

    def x_of(self, at_us: float) -> float:
        """Where a moment is drawn."""
        plot = self.plot()
        return plot.left() + (at_us - self.from_us) / max(1, self.until_us - self.from_us) * plot.width()

    def at(self, x: float) -> int:
        """The moment that is drawn there, within what is shown."""
        plot = self.plot()
        share = min(1.0, max(0.0, (x - plot.left()) / plot.width()))
        return round(self.from_us + share * (self.until_us - self.from_us))

    # ---- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        self.frames += 1
        painter = QPainter(self)
        painter.setFont(self.theme.small)
        plot = self.plot()
        self._draw_times(painter, plot)
        self.draw_content(painter, plot)
        painter.setClipping(False)
        if self.selection is not None:
            self._draw_selection(painter, plot, *self.selection)
        if self.from_us <= self.cursor_us <= self.until_us and self.cursor_us:
            painter.setPen(QPen(self.theme.colour("text"), 1, Qt.PenStyle.DotLine))
            x = round(self.x_of(self.cursor_us)) + 0.5
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        if self.hasFocus():
            painter.setPen(QPen(self.theme.colour("focus"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), TINY, TINY)
        painter.end()

    def draw_content(self, painter: QPainter, plot: QRectF) -> None:
        """What the chart is about."""

    def _draw_times(self, painter: QPainter, plot: QRectF) -> None:
        length_us = self.until_us - self.from_us
        if length_us <= 0:
            return
        widest = self.fontMetrics().horizontalAdvance("00 Xxx 00:00") + MEDIUM
        fitting = max(1, int(plot.width() / widest))
        tick_us = (
            next((s for s in _TICKS_S if length_us / (s * 1_000_000) <= fitting), _TICKS_S[-1]) * 1_000_000
        )
        offset_us = _zone_us(self.from_us)
        at_us = -(-(self.from_us + offset_us) // tick_us) * tick_us - offset_us
        while at_us <= self.until_us:
            x = self.x_of(at_us)
            painter.setPen(self.theme.colour("line"))
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
            painter.setPen(self.theme.colour("muted"))
            place = QRectF(x - widest / 2, plot.bottom() + 2, widest, self.height() - plot.bottom() - 2)
            if place.right() <= self.width() and place.left() >= 0:
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, _clock(at_us, tick_us))
            at_us += tick_us

    def draw_heights(
        self,
        painter: QPainter,
        plot: QRectF,
        marks: Sequence[float],
        y_of: Callable[[float], float],
        words: Callable[[float], str],
    ) -> None:
        """The axis on the left."""
        for mark in marks:
            y = y_of(mark)
            painter.setPen(self.theme.colour("line"))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(self.theme.colour("muted"))
            place = QRectF(0, y - 10, AXIS_WIDTH - TINY, 20)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words(mark))

    def _draw_selection(self, painter: QPainter, plot: QRectF, from_us: int, until_us: int) -> None:
        left, right = (min(plot.right(), max(plot.left(), self.x_of(each))) for each in (from_us, until_us))
        ground = self.theme.colour("accent")
        ground.setAlpha(45)
        painter.fillRect(QRectF(left, plot.top(), right - left, plot.height()), ground)
        painter.setPen(QPen(self.theme.colour("accent"), 1.5))
        for x in (left, right):
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))

    # ---- hands

    def point_at(self, at_us: int) -> None:
        """Put the crosshair somewhere, 0 for nowhere; another chart's is there."""
        if at_us != self.cursor_us:
            self.cursor_us = at_us
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed_us = self.at(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at_us = self.at(event.position().x())
        self.pointed.emit(at_us)
        if self._pressed_us is not None:
            self.marked.emit(*self._between(self._pressed_us, at_us))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed_us is None:
            return
        begin_us, self._pressed_us = self._pressed_us, None
        at_us = self.at(event.position().x())
        is_drag = abs(self.x_of(begin_us) - self.x_of(at_us)) >= SHORTEST_DRAG
        self.marked.emit(*(self._between(begin_us, at_us) if is_drag else (0, 0)))

    def leaveEvent(self, event: object) -> None:
        self.pointed.emit(0)

    def _between(self, one_us: int, other_us: int) -> tuple[int, int]:
        """Whole steps that have both in them."""
        step = self.step_us
        first, last = min(one_us, other_us), max(one_us, other_us)
        return max(self.from_us, first // step * step), min(self.until_us, -(-last // step) * step)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Escape and self.selection is not None:
            self.marked.emit(0, 0)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End):
            self._step(key, is_marking=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)

    def _step(self, key: int, *, is_marking: bool) -> None:
        here = self.cursor_us or self.until_us - self.step_us // 2
        there = {
            Qt.Key.Key_Left: here - self.step_us,
            Qt.Key.Key_Right: here + self.step_us,
            Qt.Key.Key_Home: self.from_us + self.step_us // 2,
            Qt.Key.Key_End: self.until_us - self.step_us // 2,
        }[Qt.Key(key)]
        there = min(self.until_us, max(self.from_us, there))
        if is_marking:
            from_us, until_us = self.selection or (here, here)
            fixed = until_us if abs(here - from_us) < abs(here - until_us) else from_us
            self.marked.emit(*self._between(fixed, there))
        self.pointed.emit(there)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()


def _zone_us(at_us: int) -> int:
    """How far the clock on the wall is ahead of UTC then, so that days begin at midnight."""
    offset = datetime.fromtimestamp(at_us / 1e6).astimezone().utcoffset()
    return int(offset.total_seconds() * 1e6) if offset is not None else 0


def _clock(at_us: int, tick_us: int) -> str:
    at = datetime.fromtimestamp(at_us / 1e6)
    if tick_us >= _DAY_US:
        return f"{at.day} {at:%b}"
    if tick_us >= _DAY_US // 6:
        return f"{at.day} {at:%b} {at:%H:%M}"
    return f"{at:%H:%M}" if tick_us >= 60_000_000 else f"{at:%H:%M:%S}"
