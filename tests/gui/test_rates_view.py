"""The rates panel: charts of what is chosen, one crosshair, a marked time to act on, figures to take away."""

import csv
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mqstudio.gui.theme import Mode
from mqstudio.gui.widgets.charts import least_of, marks_up_to, row_of
from mqstudio.gui.widgets.rates_view import NOTHING, RatesView
from mqstudio.gui.widgets.time_canvas import TimeCanvas
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.histogram import BUCKETS, Histogram
from mqstudio.model.rates import ScopeKind
from mqstudio.model.rows import RateHistory, SubscriptionRow
from mqstudio.viewmodel.rate_scopes import ALL_QUEUES
from mqstudio.viewmodel.rates import SPANS
from tests.gui.conftest import Bench
from tests.support.list_broker import START_US

S = 1_000_000


def busy(bench: Bench, *, seconds: int = 50, values: int = 1, one_in: int = 1) -> RatesView:
    """A minute in which messages came and went; the panel is in front."""
    took = Histogram()
    for number in range(values):
        took.add(2_000 + 997 * number)
    span = range(-seconds, 1)
    rates, count = [float(10 + each % 7) for each in span], seconds + 1
    bench.broker.past = RateHistory(
        [START_US + each * S for each in span], rates, rates, rates, [5] * count, [S] * count,
        [0.5] * count, [0.0] * count, [2] * count, [took.pack()] * count, [took.pack()] * count,
        [one_in] * count,
    )  # fmt: skip
    bench.broker.add_queue("orders", 5)
    bench.sample(0)
    view = bench.window.rates
    bench.window.panes.show_dock("rates")
    assert not view.visibleRegion().isEmpty()
    return view


def segment(view: RatesView, title: str) -> QWidget:
    buttons = [*view.spans.buttons(), *view.sides.buttons(), *view.times.buttons()]
    return next(each for each in buttons if each.text() == title)


def drag(qtbot: QtBot, chart: TimeCanvas, from_us: int, until_us: int) -> None:
    """Mark a time with the mouse."""
    middle = chart.height() // 2
    begin, end = (QPoint(round(chart.x_of(each)), middle) for each in (from_us, until_us))
    qtbot.mousePress(chart, Qt.MouseButton.LeftButton, pos=begin)
    qtbot.mouseMove(chart, end)
    qtbot.mouseRelease(chart, Qt.MouseButton.LeftButton, pos=end)


def test_lines_and_figures_of_the_last_minute(bench: Bench) -> None:
    view = busy(bench)
    titles = [line.title for line in view.rates_chart.lines]
    assert titles == ["In", "Out", "Acked"]
    assert max(view.rates_chart.lines[0].values) == 16.0
    assert [line.title for line in view.level_chart.lines] == ["There", "In flight"]
    assert view.figures["published"].text() == "10"
    assert view.figures["depth"].text() == "5"
    assert view.says.text().startswith("Wait p50 2.0 ms")


def test_where_nothing_has_happened_it_is_said(bench: Bench) -> None:
    bench.sample()
    view = bench.window.rates
    assert view.says.text() == NOTHING
    assert view.figures["published"].text() == "0"
    assert view.rates_chart.top == 4


def test_why_there_is_nothing_is_said(bench: Bench) -> None:
    bench.broker.refusal = RefusedError(Refusal.NOT_STORED, "The disk is busy. Ask again.")
    view = busy(bench)
    assert view.says.text() == "The disk is busy. Ask again."
    bench.broker.refusal = None


def test_lines_are_chosen_by_their_figures(bench: Bench, qtbot: QtBot) -> None:
    view = busy(bench)
    qtbot.mouseClick(view.toggles["redelivered"], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(view.toggles["delivered"], Qt.MouseButton.LeftButton)
    assert [line.title for line in view.rates_chart.lines] == ["In", "Acked", "Again"]
    qtbot.mouseClick(view.toggles["in_flight"], Qt.MouseButton.LeftButton)
    assert [line.title for line in view.level_chart.lines] == ["There"]


def test_lines_differ_by_more_than_colour(bench: Bench, qtbot: QtBot) -> None:
    view = busy(bench)
    for name in view.toggles:
        if not view.toggles[name].isChecked():
            qtbot.mouseClick(view.toggles[name], Qt.MouseButton.LeftButton)
    looks = [(line.colour, line.style) for line in view.rates_chart.lines]
    assert len(set(looks)) == len(looks) == 5


@pytest.mark.parametrize("span", [span.title for span in SPANS])
def test_each_span_is_one_click(bench: Bench, qtbot: QtBot, span: str) -> None:
    view = busy(bench)
    qtbot.mouseClick(segment(view, span), Qt.MouseButton.LeftButton)
    assert bench.studio.rates.span.title == span
    assert view.rates_chart.until_us - view.rates_chart.from_us == bench.studio.rates.span.length_us


def test_the_crosshair_says_what_it_stands_on_in_all_charts(bench: Bench, qtbot: QtBot) -> None:
    view = busy(bench)
    at_us = START_US - 20 * S + S // 2
    qtbot.mouseMove(view.rates_chart, QPoint(round(view.rates_chart.x_of(at_us)), 40))
    assert abs(view.level_chart.cursor_us - at_us) < S
    says = view.says.text()
    assert "In " in says and "/s" in says and "There 5" in says and "Ack p50" in says
    view.rates_chart.leaveEvent(None)
    assert view.level_chart.cursor_us == 0
    assert view.says.text().startswith("Wait ")


def test_a_marked_time_filters_the_messages_of_its_queue(bench: Bench, qtbot: QtBot) -> None:
    view = busy(bench)
    bench.window.open_queue("/", "orders")
    drag(qtbot, view.rates_chart, START_US - 30 * S, START_US - 20 * S)
    assert view.filter_button.isVisible()
    qtbot.mouseClick(view.filter_button, Qt.MouseButton.LeftButton)
    text = bench.studio.page("/", "orders").filter.active
    assert text.startswith("time >= ") and " and time < " in text
    view.rates_chart.leaveEvent(None)
    assert view.says.text().startswith("Marked ")


def test_of_all_queues_there_is_no_table_to_filter(bench: Bench, qtbot: QtBot) -> None:
    view = busy(bench)
    drag(qtbot, view.rates_chart, START_US - 30 * S, START_US - 20 * S)
    assert bench.studio.rates.selection is not None
    assert not view.filter_button.isVisible()
    assert view.zoom_button.isVisible()


def test_a_click_marks_nothing_and_escape_unmarks(bench: Bench, qtbot: QtBot) -> None:
    view = busy(bench)
    drag(qtbot, view.rates_chart, START_US - 30 * S, START_US - 20 * S)
    qtbot.keyClick(view.rates_chart, Qt.Key.Key_Escape)
    assert bench.studio.rates.selection is None
    qtbot.mouseClick(view.rates_chart, Qt.MouseButton.LeftButton, pos=QPoint(200, 40))
    assert bench.studio.rates.selection is None
    assert not view.unmark_button.isVisible()


def test_all_of_it_by_keyboard(bench: Bench, qtbot: QtBot) -> None:
    """Arrows move the crosshair, with Shift they mark."""
    view = busy(bench)
    chart = view.rates_chart
    chart.setFocus()
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    first = chart.cursor_us
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert chart.cursor_us == first + S
    for _ in range(3):
        qtbot.keyClick(chart, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    from_us, until_us = bench.studio.rates.selection or (0, 0)
    assert 3 * S <= until_us - from_us <= 4 * S
    qtbot.keyClick(chart, Qt.Key.Key_End)
    assert chart.cursor_us == chart.until_us - S // 2


def test_zoom_looks_closely_and_goes_on_again(bench: Bench, qtbot: QtBot) -> None:
    view = busy(bench)
    drag(qtbot, view.rates_chart, START_US - 30 * S, START_US - 20 * S)
    marked = bench.studio.rates.selection
    qtbot.mouseClick(view.zoom_button, Qt.MouseButton.LeftButton)
    assert (view.rates_chart.from_us, view.rates_chart.until_us) == marked
    assert view.live_button.isVisible()
    qtbot.mouseClick(view.live_button, Qt.MouseButton.LeftButton)
    assert view.rates_chart.until_us >= START_US


def test_latencies_as_lines_and_as_a_map(bench: Bench, qtbot: QtBot) -> None:
    view = busy(bench, values=40)
    qtbot.mouseClick(segment(view, "Latency"), Qt.MouseButton.LeftButton)
    assert [line.title for line in view.latency_chart.lines] == ["p50", "p95", "p99"]
    middle = [line.values[-10] for line in view.latency_chart.lines]
    assert middle == sorted(middle) and middle[0] < middle[2]
    qtbot.mouseClick(segment(view, "Heat map"), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(segment(view, "Ack"), Qt.MouseButton.LeftButton)
    assert view.heat_map.what == "holds"
    image = view.heat_map.grab().toImage()
    places = [(x, y) for x in range(60, image.width(), 7) for y in range(0, image.height(), 5)]
    shades = {image.pixelColor(*place).rgb() for place in places}
    assert len(shades) > 3


def test_times_of_some_are_said_to_be_so(bench: Bench) -> None:
    view = busy(bench, one_in=7)
    assert view.says.text().endswith("times of one in 7 messages")


def test_what_is_shown_is_chosen_from_a_list(bench: Bench) -> None:
    view = busy(bench)
    bench.broker.add_client(1, name="worker-1")
    bench.broker.subscriptions = [
        SubscriptionRow(7, "t", "/", "orders", 1, 1, 1, 10, 0, False, False, True, 0, {})
    ]
    bench.sample()
    box = view.scope_box
    box.showPopup()
    texts = [box.itemText(place) for place in range(box.count())]
    assert texts == ["All queues", "orders", "Client worker-1", "Consumer worker-1 of orders"]
    box.hidePopup()
    box.activated.emit(3)
    assert bench.studio.rates.shown.kind is ScopeKind.CONSUMER
    asked = bench.broker.rates_asked[-1]
    assert (asked.kind, asked.id) == (ScopeKind.CONSUMER, 7)
    assert view.total_button.isVisible()
    view.total_button.click()
    assert bench.studio.rates.shown == ALL_QUEUES
    assert box.currentText() == "All queues"


def test_names_in_the_list_are_shown_as_they_are(bench: Bench) -> None:
    view = busy(bench)
    bench.window.open_queue("/", "<b>a&b</b>")
    assert view.scope_box.currentText() == "<b>a&b</b>"


def test_nothing_is_drawn_or_asked_behind_another_tab(bench: Bench) -> None:
    view = busy(bench)
    bench.window.panes.show_dock("clients")
    bench.sample()
    frames = [chart.frames for chart in view.charts]
    asked = len(bench.broker.rates_asked)
    for _ in range(8):
        bench.broker.add_message("orders")
        bench.sample(0.25)
    assert [chart.frames for chart in view.charts] == frames
    assert len(bench.broker.rates_asked) == asked
    bench.window.panes.show_dock("rates")
    bench.sample()
    assert len(bench.broker.rates_asked) > asked


def test_at_rest_it_moves_by_whole_bins_only(bench: Bench, qtbot: QtBot) -> None:
    """Nothing glides: whoever wants no motion has none."""
    view = busy(bench)
    for _ in range(4):
        bench.sample(1)
    ends = set()
    for _ in range(8):
        bench.sample(0.25)
        ends.add(view.rates_chart.until_us)
    assert all(end % S == 0 for end in ends)
    assert len(ends) <= 3


def test_figures_are_copied_and_saved(bench: Bench, tmp_path: Path) -> None:
    view = busy(bench)
    view.copy_button.click()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[0].split("\t")[:3] == ["from_us", "until_us", "published_per_s"]
    assert len(copied) == 1 + len(bench.studio.rates.bins)
    view.save_csv(str(tmp_path / "r.csv"))
    with (tmp_path / "r.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(bench.studio.rates.bins)
    assert {row["published_per_s"] for row in rows} >= {"10.000", "16.000"}
    view.save_png(str(tmp_path / "r.png"))
    picture = QImage(str(tmp_path / "r.png"))
    assert picture.width() >= view.rates_chart.width() + view.level_chart.width()
    assert bench.notices()[-1] == f"Saved {tmp_path / 'r.png'}."


def test_what_cannot_be_saved_is_said(bench: Bench, tmp_path: Path) -> None:
    view = busy(bench)
    view.save_csv(str(tmp_path / "none" / "r.csv"))
    view.save_png(str(tmp_path / "none" / "r.png"))
    assert all("could not be written" in says for says in bench.notices()[-2:])


def test_where_to_is_asked_without_stopping_anything(bench: Bench) -> None:
    view = busy(bench)
    for ask in (view.ask_csv, view.ask_png):
        dialog = ask()
        assert dialog.isVisible()
        dialog.reject()


def test_both_themes_draw(bench: Bench) -> None:
    view = busy(bench)
    pictures = []
    for mode in (Mode.LIGHT, Mode.DARK):
        bench.theme.set_mode(mode)
        pictures.append(view.rates_chart.grab().toImage())
    bench.theme.set_mode(Mode.LIGHT)
    assert pictures[0] != pictures[1]


def test_a_week_of_the_busiest_queue_is_drawn(bench: Bench, qtbot: QtBot) -> None:
    """As many bins as there can be, each with as many different times as there can be."""
    view = busy(bench)
    whole = Histogram(dict.fromkeys(range(BUCKETS), 1_000_000))
    width = 60 * S
    count = 7 * 24 * 60
    ends = [START_US - width * (count - 1 - place) for place in range(count)]
    rates = [1e6] * count
    bench.broker.past = RateHistory(
        ends, rates, rates, rates, [10**9] * count, [width] * count, rates, rates, [10**9] * count,
        [whole.pack()] * count, [b""] * count, [1] * count,
    )  # fmt: skip
    qtbot.mouseClick(segment(view, "7 d"), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(segment(view, "Heat map"), Qt.MouseButton.LeftButton)
    assert view.figures["published"].text() == "1.0M"
    assert not view.heat_map.grab().isNull()


def test_rows_of_the_map_double_and_marks_are_round() -> None:
    assert [row_of(bucket) for bucket in range(4)] == [0, 0, 2, 3]
    rows = [row_of(bucket) for bucket in range(BUCKETS)]
    assert rows == sorted(rows)
    assert all(least_of(row + 2) == 2 * least_of(row) for row in range(2, 70))
    assert marks_up_to(4) == [0, 1, 2, 3, 4]
    assert marks_up_to(173) == [0, 50, 100, 150]
    assert len(marks_up_to(1e9)) <= 6
