"""Dragging with the mouse: messages and queues onto queues, files onto the window, a tab beside another."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from mqstudio.gui.widgets.queue_view import QueueView
from mqstudio.gui.widgets.split_view import SplitView
from mqstudio.viewmodel.publish_draft import BodyKind
from tests.gui.conftest import Bench

LEFT = Qt.MouseButton.LeftButton
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def view(bench: Bench, qtbot: QtBot) -> QueueView:
    """Five messages, two of them selected, and a queue to drop them on."""
    bench.broker.add_queue("orders", 5)
    bench.broker.add_queue("mail")
    bench.sample()
    bench.window.open_queue("/", "orders")
    found = bench.window.queue_view
    assert found is not None
    bench.window.activateWindow()
    qtbot.waitUntil(bench.window.isActiveWindow)
    found.table.setFocus()
    found.table.select_row(1)
    QTest.keyClick(found.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    return found


def row_place(view: QueueView, row: int) -> QPoint:
    return view.table.visualRect(view.table.row_model.index(row, 1)).center()


def queue_place(bench: Bench, name: str) -> QPoint:
    table, explorer = bench.window.explorer.table, bench.studio.explorer
    row = explorer.find_queue("/", name)
    assert row is not None
    return table.visualRect(table.row_model.index(row, 0)).center()


def drag(
    source: QWidget, begin: QPoint, target: QWidget, end: QPoint, keys: Qt.KeyboardModifier = NONE
) -> None:
    """Press, move there in two steps, let go: the mouse belongs to the widget it was pressed in."""
    there = source.mapFromGlobal(target.mapToGlobal(end))
    QTest.mousePress(source, LEFT, NONE, begin)
    for place in (begin + QPoint(40, 0), there):
        move(source, place, keys)
    QTest.mouseRelease(source, LEFT, keys, there)


def move(source: QWidget, place: QPoint, keys: Qt.KeyboardModifier = NONE) -> None:
    event = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(place), QPointF(source.mapToGlobal(place)), LEFT, LEFT, keys
    )
    QApplication.sendEvent(source, event)


def ids(bench: Bench, queue: str) -> list[int]:
    return [row.message_id for row in bench.broker.queues[queue]]


def test_selected_messages_are_moved_to_the_queue_they_are_dropped_on(bench: Bench, view: QueueView) -> None:
    """All that are selected, counted, with a way back; the selection was not lost by the press."""
    viewport, tree = view.table.viewport(), bench.window.explorer.table.viewport()
    drag(viewport, row_place(view, 2), tree, queue_place(bench, "mail"))
    assert ids(bench, "orders") == [1, 2, 5]
    assert len(ids(bench, "mail")) == 2
    assert bench.notices()[-1] == "Moved 2 messages from orders to mail."
    assert not bench.window.dragging.says.isVisible()
    QTest.keyClick(view.table, Qt.Key.Key_Z, CTRL)
    assert ids(bench, "orders") == [1, 2, 3, 4, 5]


def test_with_ctrl_they_are_copied(bench: Bench, view: QueueView) -> None:
    viewport, tree = view.table.viewport(), bench.window.explorer.table.viewport()
    drag(viewport, row_place(view, 1), tree, queue_place(bench, "mail"), CTRL)
    assert (ids(bench, "orders"), len(ids(bench, "mail"))) == ([1, 2, 3, 4, 5], 2)


def test_beside_the_mouse_it_is_said_what_would_happen(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """Over nothing, over its own queue, over another one; Esc lets go, and nothing has happened."""
    viewport, tree = view.table.viewport(), bench.window.explorer.table.viewport()
    dragging = bench.window.dragging
    begin = row_place(view, 1)

    def over(place: QPoint) -> str:
        move(viewport, viewport.mapFromGlobal(tree.mapToGlobal(place)))
        return dragging.says.text()

    QTest.mousePress(viewport, LEFT, NONE, begin)
    move(viewport, begin + QPoint(60, 0))
    assert dragging.says.text() == "2 messages: drop on a queue to move, with Ctrl to copy; Esc lets go"
    assert over(queue_place(bench, "orders")) == "They are in orders already"
    assert over(queue_place(bench, "mail")) == "Move 2 messages to mail"
    assert dragging.says.isVisible()
    qtbot.keyPress(view.table, Qt.Key.Key_Control, CTRL)
    assert dragging.says.text() == "Copy 2 messages to mail"
    qtbot.keyClick(view.table, Qt.Key.Key_Escape)
    assert not dragging.says.isVisible()
    QTest.mouseRelease(
        viewport, LEFT, NONE, viewport.mapFromGlobal(tree.mapToGlobal(queue_place(bench, "mail")))
    )
    assert (ids(bench, "orders"), ids(bench, "mail")) == ([1, 2, 3, 4, 5], [])


def test_a_click_on_a_selected_message_selects_it_alone(bench: Bench, view: QueueView) -> None:
    """As it did without dragging: by letting go where it was pressed."""
    QTest.mouseClick(view.table.viewport(), LEFT, NONE, row_place(view, 2))
    assert [row.message_id for row in view.table.chosen()] == [3]


def test_all_of_a_queue_is_asked_before_it_goes(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """Queue onto queue in the explorer: how many, and Enter."""
    tree = bench.window.explorer.table.viewport()
    drag(tree, queue_place(bench, "orders"), tree, queue_place(bench, "mail"))
    assert view.ask_bar.says.text() == "Move all 5 messages to mail?"
    assert ids(bench, "mail") == []
    assert bench.window.queue_view is view
    qtbot.keyClick(view.ask_bar.go_button, Qt.Key.Key_Return)
    assert (ids(bench, "orders"), len(ids(bench, "mail"))) == ([], 5)


def drop(bench: Bench, path: str, place: QPoint) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path)])
    event = QDropEvent(QPointF(place), Qt.DropAction.CopyAction, mime, LEFT, NONE)
    event.ignore()
    assert bench.window.drops.eventFilter(bench.window, event)
    assert event.isAccepted()


def test_a_file_on_a_queue_is_to_be_published_there(bench: Bench, view: QueueView, tmp_path: Path) -> None:
    """The composer has it, aimed at the queue; nothing is sent before it is looked at."""
    path = tmp_path / "body.bin"
    path.write_bytes(b"\x00\x01")
    tree = bench.window.explorer.table.viewport()
    drop(bench, str(path), bench.window.mapFromGlobal(tree.mapToGlobal(queue_place(bench, "mail"))))
    draft = bench.studio.composer.draft
    assert (draft.body_kind, draft.file, draft.routing_key) == (BodyKind.FILE, str(path), "mail")
    assert bench.broker.published == []


def test_a_file_that_is_nothing_to_look_at_says_what_would_be(bench: Bench, view: QueueView) -> None:
    """Beside the queues."""
    drop(bench, "/tmp/picture.png", QPoint(700, 400))
    assert bench.notices()[-1].startswith("Drop picture.png on a queue to publish it")


def test_a_profile_is_looked_into(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(bench.window.files.file_wanted) as wanted:
        drop(bench, "/tmp/shop.mqs", QPoint(700, 400))
    assert wanted.args == ["/tmp/shop.mqs"]


@pytest.mark.parametrize(("share", "names"), [(0.2, ["mail", "orders"]), (0.8, ["orders", "mail"])])
def test_a_tab_let_go_over_the_pages_stands_beside_the_one_before(
    bench: Bench, view: QueueView, qtbot: QtBot, share: float, names: list[str]
) -> None:
    """On the side where it was let go."""
    bench.window.open_queue("/", "mail")
    tabs = bench.window.tabs
    bar = tabs.tabBar()
    end = QPoint(int(tabs.width() * share), tabs.height() // 2)
    QTest.mousePress(bar, LEFT, NONE, bar.tabRect(tabs.currentIndex()).center())
    QTest.mouseRelease(bar, LEFT, NONE, bar.mapFromGlobal(tabs.mapToGlobal(end)))
    qtbot.waitUntil(lambda: isinstance(tabs.currentWidget(), SplitView))
    split = tabs.currentWidget()
    assert isinstance(split, SplitView)
    assert [each.page.queue for each in split.views] == names


def test_two_side_by_side_are_so_the_next_time(bench: Bench, view: QueueView) -> None:
    """Kept with the pages that are open."""
    bench.window.open_queue("/", "mail")
    tabs = bench.window.tabs
    assert tabs.split()
    left, right = ("queue", "/", "mail"), ("queue", "/", "orders")
    kept = tabs.open_pages()
    assert kept.pairs == [(left, right)]
    assert tabs.split()  # each in its tab again
    assert tabs.open_pages().pairs == []
    tabs.pair(left, right)
    assert tabs.open_pages().pairs == [(left, right)]


def test_a_page_that_was_closed_is_forgotten(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """What is dragged afterwards is looked for among those that are there."""
    bench.window.open_queue("/", "mail")
    other = bench.window.queue_view
    bench.window.tabs.close_front()
    qtbot.waitUntil(lambda: not isValid(other))
    viewport, tree = view.table.viewport(), bench.window.explorer.table.viewport()
    drag(viewport, row_place(view, 1), tree, queue_place(bench, "mail"))
    assert len(ids(bench, "mail")) == 2
