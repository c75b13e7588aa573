"""The conversation under the list: opened by S, gone through by keys and mouse, closed by Escape."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from mqstudio.gui.theme import Mode
from mqstudio.gui.widgets.conversation_view import ConversationView
from mqstudio.model.message import Properties
from mqstudio.model.rows import LifeStep
from mqstudio.viewmodel.look import Look
from tests.gui.conftest import Bench
from tests.gui.test_main_window import open_queue


def talking(bench: Bench, messages: int = 2) -> ConversationView:
    """Messages of one correlation; the first is selected, and S pressed."""
    view = open_queue(bench, messages=messages)
    for message_id in range(1, messages + 1):
        bench.broker.properties[message_id] = Properties(correlation_id="k", type="Order")
        at_us = bench.clock.now_us + message_id
        bench.broker.lives[message_id] = [
            LifeStep(at_us, "published", "", "", message_id, routing_key="orders", client="shop"),
            LifeStep(at_us, "delivered", "orders", "to w", message_id, client="w", delivery_tag=1),
        ]
    view.table.select_row(messages - 1)
    view.table.setFocus()
    QTest.keyClick(view.table, Qt.Key.Key_S)
    return bench.window.conversation


def test_s_opens_it_under_the_list_and_escape_closes_it(bench: Bench) -> None:
    talk = talking(bench)
    dock = bench.window.panes.docks["conversation"]
    assert dock.isVisible()
    assert talk.words.text().startswith("correlation id k")
    assert "2 messages" in talk.canvas.accessibleName()
    talk.canvas.setFocus()
    QTest.keyClick(talk.canvas, Qt.Key.Key_Escape)
    assert not dock.isVisible()
    view = bench.window.queue_view
    assert view is not None and view.table.hasFocus()
    QTest.keyClick(view.table, Qt.Key.Key_S)
    assert dock.isVisible()


def test_keys_go_from_arrow_to_arrow_and_open_the_message(bench: Bench) -> None:
    talk = talking(bench)
    talk.canvas.setFocus()
    QTest.keyClick(talk.canvas, Qt.Key.Key_End)
    assert talk.panel.chosen == 3
    assert talk.facts.text().startswith("delivered")
    QTest.keyClick(talk.canvas, Qt.Key.Key_Return)
    detail = bench.studio.inspector.detail
    assert detail is not None and detail.row.message_id == 2
    view = bench.window.queue_view
    assert view is not None and view.page.filter.active == "id == 2"


def test_a_click_shows_the_message_and_leaves_the_list_alone(bench: Bench) -> None:
    talk = talking(bench)
    place = QPoint(200, int(talk.canvas.y_of(2)))
    QTest.mouseClick(talk.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    detail = bench.studio.inspector.detail
    assert detail is not None and detail.row.message_id == 2
    view = bench.window.queue_view
    assert view is not None and view.page.filter.active == ""
    talk.canvas._hover(0)
    assert talk.facts.text().startswith("published")


def test_what_joins_them_is_chosen_or_typed(bench: Bench) -> None:
    talk = talking(bench)
    talk.by.setEditText("type")
    line = talk.by.lineEdit()
    assert line is not None
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert talk.panel.by == "type"
    assert talk.words.text().startswith("type Order")
    talk.by.setCurrentIndex(4)
    talk.by.activated.emit(4)
    assert talk.panel.by == "trace"


def test_two_hundred_messages_are_painted_in_every_look(bench: Bench) -> None:
    talk = talking(bench, messages=210)
    assert talk.panel.conversation is not None and talk.panel.conversation.is_cut
    assert "There are more messages" in talk.words.text()
    for mode in (Mode.DARK, Mode.CONTRAST, Mode.LIGHT):
        bench.theme.set_look(Look(mode))
        assert not talk.grab().isNull()


def test_it_is_copied(bench: Bench) -> None:
    talk = talking(bench)
    talk.copy_mermaid()
    assert QGuiApplication.clipboard().text().startswith("sequenceDiagram")
    talk.copy_text()
    assert "shop → orders" in QGuiApplication.clipboard().text()
    talk.copy_json()
    assert '"correlation_id"' in QGuiApplication.clipboard().text()
