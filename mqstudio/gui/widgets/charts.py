"""Lines over time, and how long things took as a map of shades."""

import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from mqstudio.gui.theme import Theme
from mqstudio.gui.widgets.time_canvas import TimeCanvas
from mqstudio.model.histogram import bounds_of
from mqstudio.model.rate_bins import RateBin
from mqstudio.viewmodel.rates import latency
from mqstudio.viewmodel.wording import short_count

MARKS: Final = 4
"""Lines of the axis on the left, at most."""


class Line(NamedTuple):
    """One line: its title, colour and dashes; what it has in each bin, None for nothing."""

    title: str
    colour: str
    values: Sequence[float | None]
    style: Qt.PenStyle = Qt.PenStyle.SolidLine
    is_filled: bool = False


class LineChart(TimeCanvas):
    """Draws lines of bins. `words` writes a height; `least` is how high the axis goes at least."""

    def __init__(
        self, theme: Theme, name: str, words: Callable[[float], str] = short_count, least: float = 4
    ) -> None:
        super().__init__(theme, name)
        self._words = words
        self._least = least
        self.bins: Sequence[RateBin] = []
        self.lines: Sequence[Line] = []
        self.top = least

    def show_lines(self, bins: Sequence[RateBin], lines: Sequence[Line]) -> None:
        """Draw these."""
        self.bins, self.lines = bins, lines
        highest = max((value for line in lines for value in line.values if value is not None), default=0.0)
        self.top = max(self._least, highest * 1.08)
        self.update()

    def draw_content(self, painter: QPainter, plot: QRectF) -> None:
        """Lines, within the axes."""

        def y_of(value: float) -> float:
            return plot.bottom() - value / self.top * plot.height()

        self.draw_heights(painter, plot, marks_up_to(self.top), y_of, self._words)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(plot)
        for line in self.lines:
            for run in self._runs(line, y_of):
                self._draw_run(painter, plot, line, run)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _runs(self, line: Line, y_of: Callable[[float], float]) -> list[QPolygonF]:
        """Points of neighbouring bins; where there is no value the line has a gap."""
        runs: list[QPolygonF] = [QPolygonF()]
        for each, value in zip(self.bins, line.values, strict=False):
            if value is None:
                if not runs[-1].isEmpty():
                    runs.append(QPolygonF())
                continue
            runs[-1].append(QPointF(self.x_of((each.from_us + each.until_us) / 2), y_of(value)))
        return [run for run in runs if not run.isEmpty()]

    def _draw_run(self, painter: QPainter, plot: QRectF, line: Line, run: QPolygonF) -> None:
        colour = self.theme.colour(line.colour)
        if line.is_filled:
            ground = QColor(colour)
            ground.setAlpha(45)
            under = QPolygonF(run)
            under.append(QPointF(run.last().x(), plot.bottom()))
            under.append(QPointF(run.first().x(), plot.bottom()))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawPolygon(under)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 1.8, line.style))
        if run.count() == 1:
            painter.setPen(QPen(colour, 4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoint(run.first())
        else:
            painter.drawPolyline(run)


class HeatMap(TimeCanvas):
    """How long things took, by time: each shade says how many of a bin took about so long."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__(theme, name)
        self.bins: Sequence[RateBin] = []
        self.what = "waits"
        self._rows = (0, 1)

    def show_bins(self, bins: Sequence[RateBin], what: str) -> None:
        """Draw these."""
        self.bins, self.what = bins, what
        rows = [row_of(bucket) for each in bins for bucket in each.times[what].counts]
        self._rows = (min(rows, default=8), max(rows, default=16) + 1)
        self.update()

    def draw_content(self, painter: QPainter, plot: QRectF) -> None:
        """Cells, in shades of how many."""
        low, high = self._rows
        high = max(high, low + 6)
        height = plot.height() / (high - low)

        def y_of(row: float) -> float:
            return plot.bottom() - (row - low) * height

        step = max(1, math.ceil((high - low) / MARKS))
        rows = range(low, high + 1, step)
        most = max((sum(each.times[self.what].counts.values()) for each in self.bins), default=0)
        for each in self.bins:
            counts: dict[int, int] = {}
            for bucket, count in each.times[self.what].counts.items():
                counts[row_of(bucket)] = counts.get(row_of(bucket), 0) + count
            left, right = self.x_of(each.from_us), self.x_of(each.until_us)
            for row, count in counts.items():
                cell = QRectF(left, y_of(row + 1), max(1.5, right - left), height)
                painter.fillRect(cell.intersected(plot), self.shade(count / most))
        self.draw_heights(painter, plot, list(rows), y_of, lambda row: latency(least_of(int(row))))

    def shade(self, share: float) -> QColor:
        """From the ground to full, so that one in a thousand can still be seen."""
        strength = 0.18 + 0.82 * math.log1p(999 * share) / math.log(1000)
        ground, full = self.theme.colour("surface"), self.theme.colour("accent")

        def mixed(one: int, other: int) -> int:
            return round(one + (other - one) * strength)

        return QColor(
            mixed(ground.red(), full.red()),
            mixed(ground.green(), full.green()),
            mixed(ground.blue(), full.blue()),
        )


def row_of(bucket: int) -> int:
    """Two rows of the map to each doubling."""
    least, _ = bounds_of(bucket)
    if least < 1:
        return 0
    power = least.bit_length() - 1
    return 2 * power + (1 if least >= 1.5 * (1 << power) else 0)


def least_of(row: int) -> int:
    """The least value of a row, in µs."""
    return round((1 << row // 2) * (1.5 if row % 2 else 1))


def marks_up_to(top: float) -> list[float]:
    """Round heights for an axis that ends a little above the highest."""
    rough = top / MARKS
    size = 10 ** math.floor(math.log10(rough))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= rough)
    return [step * number for number in range(int(top / step) + 1)]


def image_of(charts: Sequence[TimeCanvas]) -> QImage:
    """Charts beside each other as a picture, as they are on screen, on their own ground."""
    ratio = charts[0].devicePixelRatioF()
    size = QSize(sum(chart.width() for chart in charts), max(chart.height() for chart in charts))
    image = QImage(size * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(charts[0].theme.colour("surface"))
    x = 0
    for chart in charts:
        chart.render(image, QPoint(x, 0))
        x += chart.width()
    return image
