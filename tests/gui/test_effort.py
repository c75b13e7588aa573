"""The effort budget: each task is done by gestures alone, and they are counted."""

from dataclasses import dataclass

import pytest
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from mqstudio.gui.row_table import RowTable
from mqstudio.gui.widgets.queue_view import CONSUMERS, QueueView
from mqstudio.model.rows import MessageState, RoutePreview, SubscriptionRow
from tests.gui.conftest import Bench

CTRL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


@dataclass
class Hand:
    """Presses keys where the keyboard is, and clicks; a word typed in one go counts once."""

    count: int = 0

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self._focus(), key, modifier)
        self.count += 1

    def text(self, text: str) -> None:
        QTest.keyClicks(self._focus(), text)
        self.count += 1

    def click(self, button: QAbstractButton) -> None:
        assert button.isVisible() and button.isEnabled(), button.text()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        self.count += 1

    def click_row(self, table: RowTable, row: int) -> None:
        place = table.visualRect(table.row_model.index(row, 0)).center()
        place.setX(min(place.x(), 60))
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, NONE, QPoint(place))
        self.count += 1

    @staticmethod
    def _focus() -> QWidget:
        focus = QApplication.focusWidget()
        assert focus is not None
        return focus


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def view(bench: Bench) -> QueueView:
    """A queue is visible, its newest message is selected, and the keyboard is in the table."""
    bench.broker.add_queue("orders", 40)
    bench.broker.add_queue("mail")
    bench.sample()
    bench.window.open_queue("/", "orders")
    found = bench.window.queue_view
    assert found is not None
    found.table.setFocus()
    found.table.select_row(0)
    return found


def count(bench: Bench, queue: str) -> int:
    return len(bench.broker.queues[queue])


def test_peek_the_head_of_a_queue(bench: Bench, hand: Hand) -> None:
    """1 click, and nothing changes."""
    bench.broker.add_queue("orders", 3)
    bench.sample()
    before = list(bench.broker.queues["orders"])
    row = bench.studio.explorer.find_queue("/", "orders")
    assert row is not None
    hand.click_row(bench.window.explorer.table, row)
    view = bench.window.queue_view
    assert view is not None and view.table.row_model.rowCount() == 3
    assert (hand.count, bench.broker.queues["orders"]) == (1, before)


def test_see_who_holds_a_message(bench: Bench, view: QueueView, hand: Hand) -> None:
    """0: it stands in a column."""
    bench.broker.change(
        "orders", 40, state=MessageState.IN_FLIGHT, holder="worker-2 · ctag", delivered_at_us=bench.clock()
    )
    bench.sample()
    model = view.table.row_model
    cells = [str(model.index(0, place).data()) for place in range(model.columnCount())]
    assert any("worker-2" in cell for cell in cells)
    assert hand.count == 0


def test_edit_and_resend(bench: Bench, view: QueueView, hand: Hand) -> None:
    """2 keys: E, Ctrl+Enter; what is edited in between is up to the user."""
    bench.broker.route = RoutePreview(["orders"], "")
    hand.key(Qt.Key.Key_E)
    assert bench.studio.composer.draft.body == "hello"
    hand.key(Qt.Key.Key_Return, CTRL)
    assert bench.broker.published[-1][:3] == ("", "orders", b"hello")
    assert hand.count == 2


def test_resend_as_it_is(bench: Bench, view: QueueView, hand: Hand) -> None:
    """1 key."""
    hand.key(Qt.Key.Key_R)
    assert (count(bench, "orders"), hand.count) == (41, 1)


def test_redrive_a_whole_queue_of_dead_letters(bench: Bench, hand: Hand) -> None:
    """2 keys, of a budget of 3 gestures."""
    bench.broker.add_queue("orders")
    for _ in range(12):
        bench.broker.add_message("dead", died_in="orders")
    bench.sample()
    bench.window.open_queue("/", "dead")
    assert bench.window.queue_view is not None
    bench.window.queue_view.table.setFocus()
    hand.key(Qt.Key.Key_A, CTRL)
    hand.key(Qt.Key.Key_Q)
    assert (count(bench, "dead"), count(bench, "orders"), hand.count) == (0, 12, 2)
    assert bench.notices()[-1] == "Redrove 12 messages from dead to orders."


def test_move_twenty_selected(bench: Bench, view: QueueView, hand: Hand) -> None:
    """M, a name, Enter."""
    model, flags = view.table.row_model, QItemSelectionModel.SelectionFlag
    twenty = QItemSelection(model.index(0, 0), model.index(19, model.columnCount() - 1))
    view.table.selectionModel().select(twenty, flags.ClearAndSelect | flags.Rows)
    assert bench.window.messages.count() == 20
    hand.key(Qt.Key.Key_M)
    hand.text("mail")
    hand.key(Qt.Key.Key_Return)
    assert (count(bench, "orders"), count(bench, "mail"), hand.count) == (20, 20, 3)


def test_find_by_what_is_in_bodies(bench: Bench, view: QueueView, hand: Hand) -> None:
    """/, the filter, Enter."""
    bench.broker.add_message("orders", b'{"total": 129.9}')
    bench.broker.add_message("orders", b'{"total": 12}')
    bench.sample()
    hand.key(Qt.Key.Key_Slash)
    hand.text("body.total > 100")
    hand.key(Qt.Key.Key_Return)
    bench.sample()
    shown = [row.preview for row in view.page.rows.rows]
    assert (shown, hand.count) == (['{"total": 129.9}'], 3)


def test_pause_one_consumer(bench: Bench, view: QueueView, hand: Hand) -> None:
    """1 key, from its row."""
    bench.broker.subscriptions = [
        SubscriptionRow(7, "ctag", "/", "orders", 1, 1, 1, 10, 0, False, False, True, 0, {})
    ]
    view.tabs.setCurrentIndex(CONSUMERS)
    bench.sample()
    view.consumers.table.select_row(0)
    view.consumers.table.setFocus()
    hand.key(Qt.Key.Key_P)
    assert bench.broker.subscriptions[0].is_paused
    assert hand.count == 1


def test_undo_a_purge(bench: Bench, view: QueueView, hand: Hand) -> None:
    """Ctrl+Z."""
    bench.window.actions_by_name["purge"].trigger()
    assert count(bench, "orders") == 0
    hand.key(Qt.Key.Key_Z, CTRL)
    assert (count(bench, "orders"), hand.count) == (40, 1)


def test_connect_a_real_app(bench: Bench, hand: Hand) -> None:
    """1 click: the address is on the clipboard."""
    bench.sample()
    QApplication.clipboard().clear()
    hand.click(bench.window.welcome.copy_url_button)
    assert QApplication.clipboard().text() == "amqp://guest:guest@localhost:5672/"
    assert hand.count == 1


@pytest.mark.parametrize("key", ["E", "R", "Shift+R", "M", "C", "Q", "Del", "*", "1", "="])
def test_every_verb_is_one_key_from_a_selected_row(bench: Bench, view: QueueView, key: str) -> None:
    """And it is printed where its button or menu is."""
    actions = [each for each in view.table.actions() if each.shortcut().toString() == key]
    assert len(actions) == 1, key
    assert f"({actions[0].shortcut().toString()})" in actions[0].toolTip()
