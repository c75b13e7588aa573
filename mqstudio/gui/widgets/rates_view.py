"""Rates, levels and latencies over time: figures, charts with one crosshair, and a marked time to act on."""

import csv
import io
from pathlib import Path
from typing import Final, NamedTuple

from PySide6.QtCore import QBuffer, QByteArray, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImageWriter, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QWidget,
)

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.theme import MEDIUM, SMALL, TINY, Theme
from mqstudio.gui.widgets.basics import (
    button,
    card,
    column,
    holder,
    icon_button,
    label,
    row,
    set_text,
    stretchy,
)
from mqstudio.gui.widgets.charts import HeatMap, Line, LineChart, image_of
from mqstudio.gui.widgets.scope_box import ScopeBox
from mqstudio.gui.widgets.time_canvas import AXIS_WIDTH, TimeCanvas
from mqstudio.gui.words import tr
from mqstudio.model.rate_bins import RateBin
from mqstudio.model.rates import ScopeKind
from mqstudio.viewmodel.rate_scopes import ALL_QUEUES, of_queue
from mqstudio.viewmodel.rates import SHARES, SPANS, Rates, latency
from mqstudio.viewmodel.wording import clock, counted, duration, rate, short_count

DASH, DOT = Qt.PenStyle.DashLine, Qt.PenStyle.DotLine
SOLID: Final = Qt.PenStyle.SolidLine
NOTHING = "Nothing has happened here in this time."


class Metric(NamedTuple):
    """A figure and its line. Colours are never the only difference: lines have dashes, too."""

    name: str
    title: str
    colour: str
    says: str
    style: Qt.PenStyle = SOLID


RATES: Final = (
    Metric("published", "In", "chart_in", "messages published per second"),
    Metric("delivered", "Out", "chart_out", "messages handed to consumers per second", DASH),
    Metric("settled", "Acked", "chart_acked", "messages accepted per second"),
    Metric("redelivered", "Again", "dead_lettered", "hand-overs per second that were not the first", DOT),
    Metric("unroutable", "Unroutable", "dropped", "messages per second that matched no binding", DASH),
)
LEVELS: Final = (
    Metric("depth", "There", "chart_depth", "messages there: ready and in flight"),
    Metric("in_flight", "In flight", "in_flight", "messages handed over and not settled", DASH),
)
PERCENTILES: Final = (("p50", "chart_in", SOLID), ("p95", "chart_out", DASH), ("p99", "dropped", DOT))
SIDES: Final = ("Levels", "Latency", "Heat map")
TIMES: Final = {"Wait": "waits", "Ack": "holds"}
"""How long messages waited for a hand-over, and how long consumers took to accept them."""


class Swatch(QWidget):
    """How a line is drawn in the charts."""

    def __init__(self, theme: Theme, colour: str, style: Qt.PenStyle = SOLID) -> None:
        super().__init__()
        self._theme, self._colour, self._style = theme, colour, style
        self.setFixedSize(18, 10)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(self._theme.colour(self._colour), 2, self._style))
        painter.drawLine(0, 5, self.width(), 5)
        painter.end()


class RatesView(QWidget):
    """Shows the Rates view-model. filter_wanted(from µs, until µs): only messages of this time, please."""

    filter_wanted = Signal(object, object)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._rates: Rates = context.studio.rates
        self.side = SIDES[0]
        self.what = "waits"
        self.scope_box = ScopeBox(context, self._rates)
        self.rates_chart = LineChart(context.theme, tr("Chart of rates"))
        self.level_chart = LineChart(context.theme, tr("Chart of messages there and in flight"))
        self.latency_chart = LineChart(context.theme, tr("Chart of latencies"), latency, least=1_000)
        self.heat_map = HeatMap(context.theme, tr("Heat map of latencies"))
        self.charts: list[TimeCanvas] = [
            self.rates_chart,
            self.level_chart,
            self.latency_chart,
            self.heat_map,
        ]
        self._build()
        self._connect()
        self._on_scope_changed()

    # ---- parts

    def _build(self) -> None:
        theme = self._context.theme
        self.total_button = button(tr("Show all queues"), "link")
        self.live_button = button(
            tr("Go on"), "link", icon=theme.icon("play"), tip_text=tr("Show what happens now again")
        )
        self.copy_button = icon_button(theme.icon("copy"), tr("Copy the figures, as rows for a spreadsheet"))
        self.csv_button = button(tr("CSV…"), "quiet", tip_text=tr("Save the figures as a CSV file"))
        self.png_button = button(tr("PNG…"), "quiet", tip_text=tr("Save the charts as a picture"))
        self.spans = self._segments(
            [span.title for span in SPANS], tr("Show the last {}"), self._rates.span.title
        )
        self.sides = self._segments(SIDES, tr("Show beside the rates: {}"), self.side)
        self.times = self._segments(list(TIMES), tr("Times of: {}"), "Wait")
        head = row(
            self.scope_box, self.total_button, self.live_button, None, self._framed(self.times),
            self._framed(self.sides), self._framed(self.spans), self.copy_button, self.csv_button,
            self.png_button, margins=(MEDIUM, SMALL, SMALL, 0), gap=SMALL,
        )  # fmt: skip
        self._side_stack = QStackedWidget()
        for chart in self.charts[1:]:
            self._side_stack.addWidget(chart)
        charts = QHBoxLayout()
        charts.setContentsMargins(0, 0, 0, 0)
        charts.setSpacing(SMALL)
        charts.addWidget(self.rates_chart, 3)
        charts.addWidget(self._side_stack, 2)
        self.says = label("", "caption")
        foot = row(stretchy(self.says), *self._build_marked(), margins=(AXIS_WIDTH, 0, 0, 0))
        foot.setStretch(0, 1)
        right = column(charts, foot, gap=TINY)
        right.setStretch(0, 1)
        body = row(holder(self._build_figures()), right, margins=(0, 0, SMALL, SMALL), gap=0)
        body.setStretch(1, 1)
        whole = column(head, body, gap=TINY)
        whole.setStretch(1, 1)
        self.setLayout(column(card(whole)))

    def _segments(self, titles: "list[str] | tuple[str, ...]", tip: str, chosen: str) -> QButtonGroup:
        group = QButtonGroup(self)
        for title in titles:
            segment = button(tr(title), "segment", tip_text=tip.format(tr(title)))
            segment.setProperty("choice", title)  # what it stands for, whatever it says
            segment.setChecked(title == chosen)
            group.addButton(segment)
        return group

    def _framed(self, group: QButtonGroup) -> QWidget:
        return card(row(*group.buttons(), margins=(2, 2, 2, 2), gap=2), "inner")

    def _build_marked(self) -> list[QWidget]:
        """What can be done with a marked time."""
        self.filter_button = button(tr("Filter messages"), "quiet", icon=self._context.theme.icon("filter"))
        self.zoom_button = button(tr("Zoom in"), "quiet", icon=self._context.theme.icon("search"))
        self.unmark_button = button(tr("Unmark"), "quiet", tip_text=tr("Mark nothing"), shortcut="Esc")
        return [self.filter_button, self.zoom_button, self.unmark_button]

    def _build_figures(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(MEDIUM, TINY, MEDIUM, SMALL)
        grid.setHorizontalSpacing(SMALL)
        grid.setVerticalSpacing(0)
        self.figures = {}
        self.toggles: dict[str, QPushButton] = {}
        for place, metric in enumerate((*RATES, *LEVELS)):
            toggle = button(tr(metric.title), "chip", tip_text=tr("Draw the {says}", says=tr(metric.says)))
            toggle.setChecked(metric.name in self._rates.metrics)
            toggle.setProperty("metric", metric.name)
            toggle.toggled.connect(self._on_toggled)
            figure = label("0", "strong", selectable=True)
            figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            figure.setAccessibleName(tr(metric.says))
            figure.setMinimumWidth(58)
            unit = label("/s" if place < len(RATES) else "", "caption")
            swatch = Swatch(self._context.theme, metric.colour, metric.style)
            for where, part in enumerate((swatch, toggle, figure, unit)):
                grid.addWidget(part, place, where)
            self.figures[metric.name], self.toggles[metric.name] = figure, toggle
        grid.setRowStretch(len(RATES) + len(LEVELS), 1)
        return grid

    def _connect(self) -> None:
        follow(self, self._rates.changed, self.refresh)
        follow(self, self._rates.scope_changed, self._on_scope_changed)
        follow(self, self._rates.wants_refresh, self._on_refresh_wanted)
        self._context.theme.changed.connect(self._on_theme_changed)
        self.spans.buttonClicked.connect(self._on_span)
        self.sides.buttonClicked.connect(self._on_side)
        self.times.buttonClicked.connect(self._on_times)
        self.total_button.clicked.connect(self._on_total)
        self.live_button.clicked.connect(self._rates.go_on)
        self.copy_button.clicked.connect(self.copy)
        self.csv_button.clicked.connect(self.ask_csv)
        self.png_button.clicked.connect(self.ask_png)
        self.filter_button.clicked.connect(self.filter_messages)
        self.zoom_button.clicked.connect(self._rates.zoom)
        self.unmark_button.clicked.connect(self._on_unmark)
        for chart in self.charts:
            chart.pointed.connect(self._on_pointed)
            chart.marked.connect(self._on_marked)

    # ---- drawing

    def _is_seen(self) -> bool:
        """Not hidden, and not behind another dock's tab."""
        return not self.visibleRegion().isEmpty()

    def set_seen(self, is_seen: bool) -> None:
        """Somebody looks, or nobody does: then nothing is asked for."""
        self._rates.set_visible(is_seen)

    def refresh(self) -> None:
        """Draw what there is. Nothing is drawn for nobody."""
        if not self._is_seen():
            return
        for name, value in self._rates.current().items():
            is_rate = name in {metric.name for metric in RATES}
            set_text(self.figures[name], rate(value) if is_rate else short_count(value))
        bins = self._rates.known_bins()
        times = self._rates.times_us
        for chart in self.charts:
            chart.from_us, chart.until_us = times
            chart.step_us, chart.selection = self._rates.width_us, self._rates.selection
        self.rates_chart.show_lines(bins, self._lines(RATES, bins))
        if self.side == SIDES[0]:
            self.level_chart.show_lines(bins, self._lines(LEVELS, bins))
        elif self.side == SIDES[1]:
            self.latency_chart.show_lines(bins, self._percentile_lines(bins))
        else:
            self.heat_map.show_bins(bins, self.what)
        self._refresh_words()

    def _lines(self, metrics: tuple[Metric, ...], bins: list[RateBin]) -> list[Line]:
        shown = [metric for metric in metrics if metric.name in self._rates.metrics]
        return [
            Line(m.title, m.colour, [each.value(m.name) for each in bins], m.style, m.name == "depth")
            for m in shown
        ]

    def _percentile_lines(self, bins: list[RateBin]) -> list[Line]:
        return [
            Line(title, colour, [each.percentile(self.what, share) for each in bins], style)
            for (title, colour, style), share in zip(PERCENTILES, SHARES, strict=True)
        ]

    def _refresh_words(self) -> None:
        rates = self._rates
        is_marked = rates.selection is not None
        for part in (self.zoom_button, self.unmark_button):
            part.setVisible(is_marked)
        self.filter_button.setVisible(is_marked and rates.shown.kind is ScopeKind.QUEUE)
        self.live_button.setVisible(rates.zoomed is not None)
        cursor = self.rates_chart.cursor_us
        set_text(self.says, self._says_at(cursor) if cursor else self._says_all())

    def _says_all(self) -> str:
        """The latencies of all that is shown, or of what is marked."""
        if self._rates.problem:
            return self._rates.problem
        if not any(any(each.per_s.values()) or each.times["waits"].counts for each in self._rates.bins):
            return tr(NOTHING)
        marked = f"Marked {_span_words(*self._rates.selection)} · " if self._rates.selection else ""
        parts = [f"{title} {_times_words(self._rates.took(name)[0])}" for title, name in TIMES.items()]
        one_in = self._rates.took("waits")[2]
        sampled = f" · times of one in {one_in} messages" if one_in > 1 else ""
        return marked + "   ".join(parts) + sampled

    def _says_at(self, at_us: int) -> str:
        """What the crosshair stands on."""
        found = next((b for b in self._rates.known_bins() if b.from_us <= at_us < b.until_us), None)
        if found is None:
            return clock(at_us)[:8]
        rates = [f"{m.title} {rate(found.per_s[m.name])}/s" for m in RATES if m.name in self._rates.metrics]
        levels = [
            f"{m.title} {short_count(value)}"
            for m in LEVELS
            if (value := found.levels[m.name]) is not None and m.name in self._rates.metrics
        ]
        times = [
            f"{title} {_times_words([found.percentile(name, share) for share in SHARES])}"
            for title, name in TIMES.items()
            if found.times[name].counts
        ]
        return "   ".join([clock(found.from_us)[:8], *rates, *levels, *times])

    # ---- what people do

    def _on_pointed(self, at_us: int) -> None:
        for chart in self.charts:
            chart.point_at(at_us)
        self._refresh_words()

    def _on_marked(self, from_us: int, until_us: int) -> None:
        self._rates.select(from_us, until_us)

    def _on_unmark(self) -> None:
        self._rates.select(0, 0)

    def filter_messages(self) -> None:
        """Have the message table show only what was published in the marked time."""
        if self._rates.selection is not None:
            self.filter_wanted.emit(*self._rates.selection)

    def _on_toggled(self, is_on: bool) -> None:
        sender = self.sender()
        self._rates.set_metric(str(sender.property("metric")), is_shown=is_on)

    def _on_span(self, chosen: QPushButton) -> None:
        self._rates.set_span(next(span for span in SPANS if span.title == chosen.property("choice")))

    def _on_side(self, chosen: QPushButton) -> None:
        self.side = chosen.property("choice")
        self._side_stack.setCurrentIndex(SIDES.index(self.side))
        self.refresh()

    def _on_times(self, chosen: QPushButton) -> None:
        self.what = TIMES[chosen.property("choice")]
        if self.side == SIDES[0]:
            self.sides.buttons()[1].click()
        self.refresh()

    def _on_refresh_wanted(self) -> None:
        self._context.spawn(self._rates.refresh(), self)

    def _on_scope_changed(self) -> None:
        self.scope_box.show_scope()
        self.total_button.setVisible(self._rates.shown != ALL_QUEUES)
        self.refresh()

    def _on_total(self) -> None:
        self.show_scope(None)

    def show_scope(self, scope: tuple[str, str] | None) -> None:
        """Show a queue, or everything."""
        self._rates.show(of_queue(*scope) if scope is not None else ALL_QUEUES)

    def _on_theme_changed(self) -> None:
        theme = self._context.theme
        for part, name in (
            (self.live_button, "play"),
            (self.copy_button, "copy"),
            (self.filter_button, "filter"),
            (self.zoom_button, "search"),
        ):
            part.setIcon(theme.icon(name))
        self.refresh()

    # ---- taking it away

    def copy(self) -> None:
        """Figures to the clipboard, with tabs between them."""
        rows = self._rates.as_rows()
        QGuiApplication.clipboard().setText("\n".join("\t".join(each) for each in rows))
        self._context.studio.notices.tell(tr("Copied {counted}.", counted=counted(len(rows) - 1, "row")))

    def ask_csv(self) -> QFileDialog:
        """Ask where the figures go."""
        return self._ask("Save the figures", "rates.csv", self.save_csv)

    def ask_png(self) -> QFileDialog:
        """Ask where the picture goes."""
        return self._ask("Save the charts", "rates.png", self.save_png)

    def _ask(self, title: str, name: str, chosen: object) -> QFileDialog:
        dialog = QFileDialog(self, title)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(Path(name).suffix)
        dialog.selectFile(name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(chosen)
        dialog.open()
        return dialog

    def save_csv(self, path: str) -> None:
        """Write the figures to a file."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(self._rates.as_rows())
        self._save(path, text.getvalue().encode())

    def save_png(self, path: str) -> None:
        """Write both charts, beside each other, to a file."""
        side = self.charts[1 + SIDES.index(self.side)]
        data = QBuffer()
        data.open(QBuffer.OpenModeFlag.WriteOnly)
        QImageWriter(data, QByteArray(b"png")).write(image_of([self.rates_chart, side]))
        self._save(path, bytes(data.data().data()))

    def _save(self, path: str, data: bytes) -> None:
        try:
            Path(path).write_bytes(data)
        except OSError as error:
            self._context.studio.notices.problem(
                tr("{path} could not be written: {strerror}.", path=path, strerror=error.strerror)
            )
        else:
            self._context.studio.notices.tell(tr("Saved {path}.", path=path))


def _times_words(values: list[int | None]) -> str:
    words = [latency(value) if value is not None else "–" for value in values]
    return " ".join(f"{title} {word}" for (title, _, _), word in zip(PERCENTILES, words, strict=True))


def _span_words(from_us: int, until_us: int) -> str:
    return f"{clock(from_us)[:8]} – {clock(until_us)[:8]} ({duration(until_us - from_us)})"
