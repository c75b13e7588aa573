"""Bars above the message table: how many came when, coloured by what became of them; drag to filter by time.

By keyboard: the arrows move along, with Shift they mark, Enter filters, Escape shows all again.
"""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QHideEvent, QKeyEvent, QMouseEvent, QPainter, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import Refresher, follow
from mqstudio.gui.theme import MEDIUM, SMALL, TINY, Theme
from mqstudio.gui.widgets.basics import button, column, label, row, set_text, stretchy
from mqstudio.gui.widgets.time_canvas import TimeCanvas
from mqstudio.gui.words import tr
from mqstudio.model import volume as v
from mqstudio.viewmodel.volume import VolumePanel
from mqstudio.viewmodel.wording import short_count

HEIGHT: Final = 62
BAR_WIDTH: Final = 4
"""Pixels of a bar, about."""

COLOURS: Final = (
    "chart_acked", "dropped", "chart_depth", "dead_lettered", "dropped", "purged", "ready", "in_flight",
)  # fmt: skip
"""By outcome, in their order; where bars are wide enough, they differ in their pattern, too."""

PATTERN_WIDTH: Final = 9

PATTERNS: Final = {
    v.EXPIRED: Qt.BrushStyle.Dense4Pattern,
    v.DROPPED: Qt.BrushStyle.BDiagPattern,
    v.REMOVED: Qt.BrushStyle.Dense6Pattern,
    v.IN_FLIGHT: Qt.BrushStyle.FDiagPattern,
}


class VolumeChart(TimeCanvas):
    """Draws the bars of a VolumePanel. chosen: what is marked is meant."""

    chosen = Signal()

    def __init__(self, theme: Theme, panel: VolumePanel) -> None:
        super().__init__(theme, tr("Messages over time"))
        self.panel = panel
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._size()
        theme.changed.connect(self._size)

    def _size(self) -> None:
        self.setFixedHeight(self.theme.px(HEIGHT))

    def refresh(self) -> None:
        """Draw what the panel has now."""
        self.from_us, self.until_us = self.panel.span()
        self.selection = self.panel.selection
        most = max(20, int(self.plot().width() / BAR_WIDTH))
        if most != self.panel.bars_most:
            self.panel.bars_most = most
        bars = self.panel.bars(most)
        self.step_us = bars[0].until_us - bars[0].from_us if bars else 1_000_000
        self.setAccessibleDescription(self.panel.says())
        self.update()

    def draw_content(self, painter: QPainter, plot: QRectF) -> None:
        """Stacked bars, what is done below, what lives on top."""
        bars = self.panel.bars(self.panel.bars_most)
        top = max((bar.total for bar in bars), default=1)
        self._draw_top(painter, plot, top)
        painter.setClipRect(plot)
        painter.setPen(Qt.PenStyle.NoPen)
        is_wide = bool(bars) and self.x_of(bars[0].until_us) - self.x_of(bars[0].from_us) >= PATTERN_WIDTH
        patterns = PATTERNS if is_wide else {}
        for bar in bars:
            left, right = self.x_of(bar.from_us), self.x_of(bar.until_us)
            bottom = plot.bottom()
            for outcome, number in enumerate(bar.counts):
                if not number:
                    continue
                height = max(1.0, number / top * plot.height())
                place = QRectF(left, bottom - height, max(1.0, right - left - 0.6), height)
                colour = self.theme.colour(COLOURS[outcome])
                painter.fillRect(place, self.theme.colour("surface"))
                painter.setBrush(QBrush(colour, patterns.get(outcome, Qt.BrushStyle.SolidPattern)))
                painter.drawRect(place)
                bottom -= height

    def _draw_top(self, painter: QPainter, plot: QRectF, top: int) -> None:
        painter.setPen(self.theme.colour("muted"))
        place = QRectF(0, plot.top() - 2, plot.left() - TINY, self.theme_height())
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, short_count(top))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        was_marked = self.selection is not None
        super().keyPressEvent(event)
        is_done = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_done or (event.key() == Qt.Key.Key_Escape and was_marked):
            event.accept()
            self.chosen.emit()

    def sizeHint(self) -> QSize:
        return QSize(300, self.theme.px(HEIGHT))


class VolumeView(QWidget):
    """Shows a VolumePanel, with what it counts in words, and a way back to all."""

    def __init__(self, context: Context, panel: VolumePanel) -> None:
        super().__init__()
        self.panel = panel
        self.chart = VolumeChart(context.theme, panel)
        self.words = label("", "caption", selectable=True)
        self.all_button = button(tr("All times"), "link", tip_text=tr("Filter by no time any more"))
        foot = row(stretchy(self.words), self.all_button, margins=(MEDIUM, 0, MEDIUM, TINY), gap=SMALL)
        foot.setStretch(0, 1)
        self.setLayout(column(self.chart, foot, gap=0, margins=(SMALL, 0, 0, 0)))
        self._pointed_us = 0
        self.chart.marked.connect(panel.mark)
        self.chart.pointed.connect(self._on_pointed)
        self.chart.chosen.connect(panel.apply)
        self.all_button.clicked.connect(self._show_all)
        follow(self, panel.changed, self.refresh)
        self._switch = context.studio.timeline
        follow(self, self._switch.changed, self._on_switched)
        Refresher(self, context, panel.wants_refresh, panel.refresh)
        self.refresh()
        if not self._switch.is_on:  # shown without a home it would be a window of its own for a moment
            self.hide()

    def _on_switched(self) -> None:
        self.setVisible(self._switch.is_on)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.panel.set_seen(True)

    def hideEvent(self, event: QHideEvent) -> None:
        self.panel.set_seen(False)
        super().hideEvent(event)

    def refresh(self) -> None:
        """Show what the panel has now."""
        self.chart.refresh()
        set_text(self.words, self.panel.says(self._pointed_us))
        self.all_button.setVisible(self.panel.selection is not None)

    def _on_pointed(self, at_us: int) -> None:
        self._pointed_us = at_us
        self.chart.point_at(at_us)
        set_text(self.words, self.panel.says(at_us))

    def _show_all(self) -> None:
        self.panel.mark(0, 0)
        self.panel.apply()
