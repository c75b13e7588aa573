"""Verbs about a queue as a whole, about names, and filters made of a message."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from mqstudio.gui.widgets.queue_view import BINDINGS, MESSAGES, QueueView
from mqstudio.model.message import Properties
from tests.gui.conftest import Bench

SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier,
)  # fmt: skip


@pytest.fixture
def view(bench: Bench) -> QueueView:
    """Three messages of two kinds; the newest is selected."""
    for number, kind in enumerate((b'{"id": 1, "total": 5}', b'{"id": 2}', b'{"id": 3, "total": 7}')):
        bench.broker.add_message("orders", kind, routing_key="eu" if number else "us", publisher="app")
    bench.broker.add_queue("mail")
    bench.sample()
    bench.window.open_queue("/", "orders")
    found = bench.window.queue_view
    assert found is not None
    found.table.setFocus()
    found.table.select_row(0)
    return found


def do(bench: Bench, name: str) -> None:
    action = bench.window.actions_by_name[name]
    assert action.isEnabled(), name
    action.trigger()
    bench.sample()


def shown(view: QueueView) -> list[int]:
    return [row.message_id for row in view.page.rows.rows]


def test_filter_by_the_value_under_the_mouse(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """F, and Shift+F for all others; a second one narrows the first."""
    place = view.page.columns.layout.keys.index("key")
    view.table.setCurrentIndex(view.table.row_model.index(0, place))
    qtbot.keyClick(view.table, Qt.Key.Key_F)
    bench.sample()
    assert view.page.filter.text == 'key == "eu"'
    assert shown(view) == [3, 2]
    view.table.setCurrentIndex(view.table.row_model.index(0, view.page.columns.layout.keys.index("id")))
    qtbot.keyClick(view.table, Qt.Key.Key_F, SHIFT)
    bench.sample()
    assert view.page.filter.text == 'key == "eu" and not (id == 3)'
    assert shown(view) == [2]


def test_a_column_of_which_no_two_have_the_same_says_so(bench: Bench, view: QueueView) -> None:
    """Nothing is filtered."""
    view.table.setCurrentIndex(view.table.row_model.index(0, view.page.columns.layout.keys.index("time")))
    do(bench, "filter_value")
    assert bench.notices()[-1].startswith("No two messages have the same in “Time”")
    assert view.page.filter.text == ""


def test_filter_by_shape_conversation_key_and_publisher(bench: Bench, view: QueueView) -> None:
    """By what messages have in common, and by what they do not."""
    do(bench, "filter_shape")
    assert (view.page.filter.text, shown(view)) == ("body.id exists and body.total exists", [3, 1])
    view.page.filter.clear()
    view.table.select_row(0)
    bench.broker.properties[3] = Properties(correlation_id="77ab")
    do(bench, "filter_correlation")
    assert view.page.filter.text == 'correlation_id == "77ab"'
    view.page.filter.clear()
    bench.sample()
    view.table.select_row(0)
    do(bench, "exclude_key")
    assert (view.page.filter.text, shown(view)) == ('not (key == "eu")', [1])
    view.page.filter.clear()
    bench.sample()
    view.table.select_row(0)
    do(bench, "filter_publisher")
    assert view.page.filter.text == 'publisher == "app"'


def test_move_all_asks_where_to_and_can_be_undone(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """Those that are there at that moment; how many is said before."""
    do(bench, "move_all")
    assert view.ask_bar.says.text() == "Move all 3 messages to"
    view.ask_bar.fields[0].setText("mail")
    qtbot.keyClick(view.ask_bar.fields[0], Qt.Key.Key_Return)
    assert len(bench.broker.queues["mail"]) == 3
    assert bench.broker.queues["orders"] == []
    qtbot.keyClick(view.table, Qt.Key.Key_Z, CTRL)
    assert len(bench.broker.queues["orders"]) == 3


def test_a_name_is_copied_as_it_is(bench: Bench, view: QueueView) -> None:
    """Of the queue in front, or of what is selected in the explorer."""
    do(bench, "copy_name")
    assert QGuiApplication.clipboard().text() == "orders"
    explorer = bench.window.explorer
    explorer.table.setFocus()
    explorer.show_exchange("/", "amq.direct")
    do(bench, "copy_name")
    assert QGuiApplication.clipboard().text() == bench.window.selected.node().name  # type: ignore[union-attr]


def test_a_program_that_reads_the_queue_is_copied(bench: Bench, view: QueueView) -> None:
    """For each client library; for an exchange one that publishes."""
    do(bench, "connect_aio_pika")
    assert "get_queue('orders')" in QGuiApplication.clipboard().text()
    bench.window.open_exchange("/", "amq.direct")
    do(bench, "connect_python")
    assert "basic_publish('amq.direct'" in QGuiApplication.clipboard().text()
    assert bench.notices()[-1] == "Copied a program for Python (pika)."


def test_back_to_the_messages_and_to_the_welcome_page(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """Ctrl+1 is the table of the queue that was in front last, Alt+Home the first page."""
    view.tabs.setCurrentIndex(BINDINGS)
    qtbot.keyClick(bench.window, Qt.Key.Key_Home, ALT)
    assert bench.window.tabs.currentWidget() is bench.window.welcome
    qtbot.keyClick(bench.window, Qt.Key.Key_1, CTRL)
    assert bench.window.queue_view is view
    assert view.tabs.currentIndex() == MESSAGES
    assert view.table.hasFocus()


def test_enter_goes_into_the_inspector_and_ctrl_f_into_its_body(
    bench: Bench, view: QueueView, qtbot: QtBot
) -> None:
    """From the table, wherever the inspector was."""
    qtbot.keyClick(view.table, Qt.Key.Key_Return)
    assert bench.window.inspector.tabs.hasFocus()
    view.table.setFocus()
    bench.window.inspector.tabs.setCurrentIndex(1)
    qtbot.keyClick(view.table, Qt.Key.Key_F, CTRL)
    assert bench.window.inspector.tabs.currentIndex() == 0
    assert bench.window.inspector.body.search.edit.hasFocus()


def test_escape_goes_back_closes_and_clears_one_step_at_a_time(
    bench: Bench, view: QueueView, qtbot: QtBot
) -> None:
    """From another part of the queue, a question, a selection of several, a filter; then nothing."""
    view.page.filter.use('key == "eu"')
    bench.sample()
    view.table.selectAll()
    do(bench, "move")
    view.table.setFocus()
    view.tabs.setCurrentIndex(BINDINGS)
    steps = []
    for _ in range(5):
        qtbot.keyClick(view, Qt.Key.Key_Escape)
        number, filtered = view.table.selection.count(), bool(view.page.filter.active)
        steps.append((view.tabs.currentIndex() == MESSAGES, view.ask_bar.isVisible(), number, filtered))
    assert steps == [
        (True, True, 2, True), (True, False, 2, True), (True, False, 1, True), (True, False, 1, False),
        (True, False, 1, False),
    ]  # fmt: skip


def test_what_is_marked_is_a_column_and_a_filter(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """The column says star, colour and comment; the filter shows only those."""
    view.page.columns.layout.show("mark")
    assert not bench.window.actions_by_name["filter_marked"].isEnabled()
    qtbot.keyClick(view.table, Qt.Key.Key_2)
    place = view.page.columns.layout.keys.index("mark")
    assert view.table.row_model.index(0, place).data() == "amber"
    do(bench, "filter_marked")
    assert (view.page.filter.text, shown(view)) == ("id in (3)", [3])


def test_the_explorer_shows_what_is_chosen(bench: Bench, view: QueueView) -> None:
    """From a menu beside its filter, ticked as it stands."""
    explorer = bench.window.explorer
    explorer.choices["hides_empty"].trigger()
    shown = [node.name for node in bench.studio.explorer.nodes.rows if node.kind.value == "queue"]
    assert shown == ["orders"]
    explorer._on_choices()
    assert explorer.choices["hides_empty"].isChecked()
    assert explorer.shown_button.accessibleName() == "Which queues are shown, and in which order"
