"""Small drawings of the health panel: a bar with marks, and how long commits took lately."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from mqstudio.gui.theme import SMALL, Theme
from mqstudio.gui.words import tr
from mqstudio.viewmodel.wording import duration

BAR_HEIGHT = 14
SPAN_S = 300.0
CHART_HEIGHT = 76


class Gauge(QWidget):
    """How much of a bound is used; marks stand out of the bar, so that they are seen without colours."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._share, self._colour = 0.0, "accent"
        self._marks: tuple[float, ...] = ()
        self.setFixedHeight(BAR_HEIGHT)
        theme.changed.connect(self.update)

    def show_share(self, share: float, marks: tuple[float, ...], colour: str, says: str) -> None:
        """Show another value. says: the same for those who do not see it."""
        self._share, self._marks, self._colour = share, marks, colour
        self.setAccessibleName(says)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(0, 4, self.width(), BAR_HEIGHT - 8)
        painter.setBrush(self._theme.colour("pressed"))
        painter.drawRoundedRect(whole, 3, 3)
        painter.setBrush(self._theme.colour(self._colour))
        painter.drawRoundedRect(QRectF(0, 4, max(4.0, self.width() * self._share), BAR_HEIGHT - 8), 3, 3)
        painter.setBrush(self._theme.colour("text"))
        for mark in self._marks:
            painter.drawRect(QRectF(min(self.width() - 2.0, self.width() * mark), 0, 2, BAR_HEIGHT))
        painter.end()


class CommitChart(QWidget):
    """Two lines over the last minutes: how long half, and 99 %, of the commits took at most."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._times_s: Sequence[float] = ()
        self._lines: tuple[Sequence[float], Sequence[float]] = ((), ())
        self.setMinimumHeight(CHART_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("How long commits took over the last five minutes"))
        theme.changed.connect(self.update)

    def show_points(self, times_s: Sequence[float], p50_ms: Sequence[float], p99_ms: Sequence[float]) -> None:
        """Show other points; oldest first."""
        self._times_s, self._lines = list(times_s), (list(p50_ms), list(p99_ms))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(220, CHART_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.small)
        line = painter.fontMetrics().height()
        plot = QRectF(0, line + 2, self.width(), self.height() - 2 * line - 6)
        painter.setPen(QPen(self._theme.colour("line"), 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        painter.drawLine(plot.topLeft(), plot.topRight())
        top_ms = max((1.0, *self._lines[1]))
        self._draw_words(painter, plot, top_ms)
        for values, colour in zip(self._lines, ("chart_in", "chart_out"), strict=True):
            painter.setPen(QPen(self._theme.colour(colour), 1.8))
            painter.drawPolyline(QPolygonF(self._points(plot, values, top_ms)))
        painter.end()

    def _points(self, plot: QRectF, values: Sequence[float], top_ms: float) -> list[QPointF]:
        if not self._times_s:
            return []
        last_s = self._times_s[-1]
        return [
            QPointF(plot.right() - (last_s - at_s) / SPAN_S * plot.width(),
                    plot.bottom() - value / top_ms * plot.height())
            for at_s, value in zip(self._times_s, values, strict=True)
            if at_s >= last_s - SPAN_S
        ]  # fmt: skip

    def _draw_words(self, painter: QPainter, plot: QRectF, top_ms: float) -> None:
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        metrics = painter.fontMetrics()
        below = QRectF(0, plot.bottom() + 3, self.width(), metrics.height())
        above = QRectF(0, 0, self.width(), metrics.height())
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(below, left, "−5 m")
        painter.drawText(below, right, "now")
        painter.drawText(above, left, f"up to {duration(int(top_ms * 1000))}")
        x = float(self.width())
        for title, colour in (("p99", "chart_out"), ("p50", "chart_in")):
            x -= metrics.horizontalAdvance(title)
            painter.setPen(self._theme.colour(colour))
            painter.drawText(QPointF(x, metrics.ascent()), title)
            x -= SMALL
