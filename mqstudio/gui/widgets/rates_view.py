"""Graphs of what goes in, out and is acked, and of the depth; with the figures of this second."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QPushButton, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.theme import MEDIUM, SMALL, TINY, Theme
from mqstudio.gui.widgets.basics import button, card, column, holder, label, row, set_text
from mqstudio.viewmodel.wording import plain, rate, short_count

if TYPE_CHECKING:
    import pyqtgraph

SPANS = {"1 m": 60, "5 m": 300, "15 m": 900}
_FIGURES = (
    ("In", "chart_in", "messages published per second"),
    ("Out", "chart_out", "messages handed to consumers per second"),
    ("Acked", "chart_acked", "messages done per second"),
    ("Depth", "chart_depth", "messages in the queue: ready and in flight"),
)


class Swatch(QWidget):
    """The colour of a line in the graphs."""

    def __init__(self, theme: Theme, colour: str) -> None:
        super().__init__()
        self._theme, self._colour = theme, colour
        self.setFixedSize(10, 10)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(self._colour))
        painter.drawRoundedRect(0, 3, 10, 4, 2, 2)
        painter.end()


class RatesView(QWidget):
    """Shows the Rates view-model; pyqtgraph is loaded only after the window has been seen."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._rates = context.studio.rates
        self._span_s = SPANS["1 m"]
        self._curves: dict[str, Any] = {}  # Any: pyqtgraph is untyped
        self._plots: list[pyqtgraph.PlotWidget] = []
        self._build()
        self._rates.changed.connect(self.refresh)
        self._rates.scope_changed.connect(self._on_scope_changed)
        context.studio.workspace.state_changed.connect(self._seed)
        context.theme.changed.connect(self._recolour)
        self._on_scope_changed()

    def _build(self) -> None:
        self._title = label("", "strong")
        self.total_button = button("Show all queues", "link")
        self.total_button.clicked.connect(self._on_total)
        spans = QButtonGroup(self)
        segments: list[QPushButton] = []
        for title, span_s in SPANS.items():
            segment = button(title, "segment", tip_text=f"Show the last {title}")
            segment.setChecked(span_s == self._span_s)
            spans.addButton(segment)
            segments.append(segment)
        spans.buttonClicked.connect(self._on_span)
        span_card = card(row(*segments, margins=(2, 2, 2, 2), gap=2), "inner")
        head = row(self._title, self.total_button, None, span_card, margins=(MEDIUM, SMALL, SMALL, 0))
        self._graphs = QHBoxLayout()
        self._graphs.setContentsMargins(0, 0, SMALL, SMALL)
        self._graphs.setSpacing(SMALL)
        figures = holder(self._build_figures())
        figures.setFixedWidth(168)
        body = row(figures, self._graphs, gap=0)
        body.setStretch(1, 1)
        whole = column(head, body, gap=TINY)
        whole.setStretch(1, 1)
        self.setLayout(column(card(whole)))

    def _build_figures(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(MEDIUM, TINY, MEDIUM, MEDIUM)
        grid.setHorizontalSpacing(SMALL)
        self.figures = []
        for place, (title, colour, says) in enumerate(_FIGURES):
            grid.addWidget(Swatch(self._context.theme, colour), place, 0)
            name = label(title, "muted")
            figure = label("0", "figure")
            figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            figure.setAccessibleName(says)
            unit = label("/s" if place < 3 else "", "caption")
            unit.setFixedWidth(14)
            for where, part in enumerate((name, figure, unit)):
                grid.addWidget(part, place, where + 1)
            self.figures.append(figure)
        grid.setColumnStretch(2, 1)
        return grid

    def load_graphs(self) -> None:
        """Make the plots; called once the window is on screen, since pyqtgraph takes its time."""
        if self._plots:
            return
        import pyqtgraph  # noqa: PLC0415 - half a second that the first paint need not wait for

        pyqtgraph.setConfigOptions(antialias=True)
        for lines in (("chart_in", "chart_out", "chart_acked"), ("chart_depth",)):
            plot = pyqtgraph.PlotWidget(background=None)
            plot.setMinimumWidth(120)
            plot.setAccessibleName("Graph of rates" if len(lines) > 1 else "Graph of the depth")
            plot.setMouseEnabled(x=False, y=False)
            plot.setMenuEnabled(False)
            plot.hideButtons()
            plot.setLimits(yMin=0)
            plot.enableAutoRange(axis="x", enable=False)
            item = plot.getPlotItem()
            item.getAxis("bottom").tickStrings = _ages
            item.getAxis("left").setWidth(44)
            item.getAxis("left").enableAutoSIPrefix(False)
            item.getAxis("bottom").enableAutoSIPrefix(False)
            for line in lines:
                curve = plot.plot()
                # Thick antialiased paths took half of the window's time under load; segments do not.
                curve.curve.setSegmentedLineMode("on")
                self._curves[line] = curve
            self._plots.append(plot)
            self._graphs.addWidget(plot, 3 if len(lines) > 1 else 2)
        self._recolour()
        self.refresh()

    def _recolour(self) -> None:
        if not self._plots:
            return
        import pyqtgraph  # noqa: PLC0415 - loaded by load_graphs

        theme = self._context.theme
        for plot in self._plots:
            for side in ("left", "bottom"):
                axis = plot.getPlotItem().getAxis(side)
                axis.setPen(pyqtgraph.mkPen(theme.colour("line")))
                axis.setTextPen(pyqtgraph.mkPen(theme.colour("muted")))
                axis.setTickFont(theme.small)
                axis.setGrid(28)
        for line, curve in self._curves.items():
            curve.setPen(pyqtgraph.mkPen(theme.colour(line), width=2 if line != "chart_out" else 1.6))
        ground = theme.colour("chart_depth")
        ground.setAlpha(45)
        self._curves["chart_depth"].setFillLevel(0)
        self._curves["chart_depth"].setBrush(pyqtgraph.mkBrush(ground))

    def refresh(self) -> None:
        """Draw the latest points. A dock that is hidden, or behind another's tab, draws nothing."""
        if self.visibleRegion().isEmpty():
            return
        *per_s, depth = self._rates.current()
        for figure, value in zip(self.figures, per_s, strict=False):
            set_text(figure, rate(value))
        set_text(self.figures[3], short_count(depth))
        if self._plots:
            self._draw()

    def _draw(self) -> None:
        series = self._rates.series
        now_s = self._context.studio.workspace.now_us() / 1e6
        ages = [at - now_s for at in series.times_s]
        first = next((i for i, age in enumerate(ages) if age >= -self._span_s), len(ages))
        lines = (
            ("chart_in", series.published),
            ("chart_out", series.delivered),
            ("chart_acked", series.settled),
            ("chart_depth", series.depth),
        )
        for line, points in lines:
            self._curves[line].setData(ages[first:], list(points)[first:])
        tops = [max([4.0, *(max(list(points)[first:], default=0) for _, points in part)])
                for part in (lines[:3], lines[3:])]  # fmt: skip
        for plot, top, parts in zip(self._plots, tops, (4, 2), strict=True):
            step_s = self._span_s / parts
            plot.getPlotItem().getAxis("bottom").setTickSpacing(step_s, step_s)
            plot.setXRange(-self._span_s, 0, padding=0)
            plot.setYRange(0, top * 1.1, padding=0)

    def showEvent(self, event: Any) -> None:  # Any: QShowEvent
        super().showEvent(event)
        self.refresh()

    def _on_scope_changed(self) -> None:
        set_text(self._title, plain(self._rates.title, 60))
        self.total_button.setVisible(self._rates.scope is not None)
        self.refresh()

    def _on_total(self) -> None:
        self.show_scope(None)

    def show_scope(self, scope: tuple[str, str] | None) -> None:
        """Show a queue, or everything, with the broker's memory of it."""
        if scope != self._rates.scope:
            self._rates.show(scope)
            self._seed()

    def _seed(self) -> None:
        if self._context.studio.workspace.is_live:
            self._context.spawn(self._rates.seed(), self)

    def _on_span(self, chosen: QPushButton) -> None:
        self._span_s = SPANS[chosen.text()]
        self.refresh()


def _ages(values: list[float], scale: float, spacing: float) -> list[str]:
    """Seconds before now as people say them; in place of pyqtgraph's own tick strings."""
    return [_age(-value) for value in values]


def _age(age_s: float) -> str:
    if age_s <= 0:
        return "now"
    return f"−{age_s:.0f} s" if age_s < 60 else f"−{age_s / 60:g} m"
