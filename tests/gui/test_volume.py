"""The bars above the table: drawn in every look, marked by mouse and keys, and then a filter of the table."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from mqstudio.gui.theme import Mode
from mqstudio.gui.widgets.queue_view import QueueView
from mqstudio.model.rows import MessageState
from mqstudio.viewmodel.look import Look
from tests.gui.conftest import Bench
from tests.gui.test_main_window import open_queue

STATES = list(MessageState)


def a_minute(bench: Bench) -> QueueView:
    """A page with sixty messages, one a second, in every state."""
    bench.broker.add_queue("orders")
    for number in range(60):
        state = STATES[number % len(STATES)]
        bench.broker.add_message("orders", state=state, ended_because="rejected" if number % 2 else "")
        bench.clock.advance(1)
    view = open_queue(bench, messages=0)
    bench.sample()
    return view


def test_bars_are_drawn_and_counted(bench: Bench) -> None:
    view = a_minute(bench)
    assert view.volume.words.text().startswith("60 messages: 10 acked")
    for mode in (Mode.DARK, Mode.CONTRAST, Mode.LIGHT):
        bench.theme.set_look(Look(mode))
        assert not view.volume.chart.grab().isNull()
    assert "60 messages" in view.volume.chart.accessibleDescription()


def test_a_drag_filters_the_table_and_a_click_shows_all_again(bench: Bench) -> None:
    view = a_minute(bench)
    chart = view.volume.chart
    start = bench.broker.queues["orders"][0].published_at_us
    left, right = (int(chart.x_of(start + s * 1_000_000)) for s in (10, 30))
    y = chart.height() // 2
    none = Qt.KeyboardModifier.NoModifier
    QTest.mousePress(chart, Qt.MouseButton.LeftButton, none, QPoint(left, y))
    QTest.mouseMove(chart, QPoint(right, y))
    QTest.mouseRelease(chart, Qt.MouseButton.LeftButton, none, QPoint(right, y))
    assert view.page.filter.active.startswith("time >= ")
    marked = sum(view.volume.panel.totals())
    assert 18 <= marked <= 26
    assert view.page.rows.rows and len(view.page.rows) == marked
    assert view.volume.all_button.isVisible()
    view.volume.all_button.click()
    assert (view.page.filter.active, len(view.page.rows)) == ("", 60)


def test_keys_mark_filter_and_let_go(bench: Bench) -> None:
    view = a_minute(bench)
    chart = view.volume.chart
    chart.setFocus()
    QTest.keyClick(chart, Qt.Key.Key_Home)
    for _ in range(5):
        QTest.keyClick(chart, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert view.page.filter.active == ""
    QTest.keyClick(chart, Qt.Key.Key_Return)
    assert view.page.filter.active.startswith("time >= ")
    QTest.keyClick(chart, Qt.Key.Key_Escape)
    assert view.page.filter.active == ""


def test_the_verb_hides_it_for_good(bench: Bench) -> None:
    view = a_minute(bench)
    bench.window.actions_by_name["timeline"].trigger()
    assert not view.volume.isVisible() and not view.volume.panel.is_seen
    bench.window.remember()
    assert bench.window._settings.value("timeline") == "off"
    bench.window.actions_by_name["timeline"].trigger()
    assert view.volume.isVisible()
