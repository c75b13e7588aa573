"""Verbs on messages as gestures: keys, buttons and menus, on what is selected."""

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from mqstudio.gui.verbs import VERBS
from mqstudio.gui.widgets.compare_view import CompareView
from mqstudio.gui.widgets.queue_view import CONSUMERS, QueueView
from mqstudio.model.rows import MessageState, SubscriptionRow
from mqstudio.viewmodel.queue_page import ROWS_MAX, StateFilter
from mqstudio.viewmodel.wording import clock
from tests.gui.conftest import Bench

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def view(bench: Bench) -> QueueView:
    """Five ready messages, newest on top, none selected, the keyboard in the table."""
    bench.broker.add_queue("orders", 5)
    bench.broker.add_queue("mail")
    bench.sample()
    bench.window.open_queue("/", "orders")
    found = bench.window.queue_view
    assert found is not None
    found.table.setFocus()
    return found


def ids(bench: Bench, queue: str = "orders") -> list[int]:
    return [row.message_id for row in bench.broker.queues[queue]]


def select(bench: Bench, view: QueueView, *rows: int) -> None:
    view.table.select_row(rows[0])
    model = view.table.selectionModel()
    for row in rows[1:]:
        model.select(
            view.table.row_model.index(row, 0), model.SelectionFlag.Select | model.SelectionFlag.Rows
        )


def test_delete_two_in_mid_queue_undo_and_redo(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """Del, Ctrl+Z, Ctrl+Shift+Z."""
    select(bench, view, 1, 3)
    qtbot.keyClick(view.table, Qt.Key.Key_Delete)
    assert ids(bench) == [1, 3, 5]
    qtbot.keyClick(view.table, Qt.Key.Key_Z, CTRL)
    assert ids(bench) == [1, 2, 3, 4, 5]
    qtbot.keyClick(view.table, Qt.Key.Key_Z, CTRL | SHIFT)
    assert ids(bench) == [1, 3, 5]


def test_move_asks_for_the_queue_and_completes_its_name(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """M, the beginning of a name, Enter; the keyboard is back in the table."""
    select(bench, view, 0, 1)
    qtbot.keyClick(view.table, Qt.Key.Key_M)
    assert view.ask_bar.says.text() == "Move 2 messages to"
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    qtbot.keyClicks(field, "ma")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert (ids(bench), len(ids(bench, "mail"))) == ([1, 2, 3], 2)
    assert not view.ask_bar.isVisible()
    assert QApplication.focusWidget() is view.table


def test_a_queue_that_is_not_there_cannot_be_moved_to(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """It is said while one types; Enter does nothing, Esc lets it be."""
    select(bench, view, 0)
    qtbot.keyClick(view.table, Qt.Key.Key_M)
    field = view.ask_bar.fields[0]
    qtbot.keyClicks(field, "mial")
    assert view.ask_bar.problem.text() == "There is no “mial”."
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert view.ask_bar.isVisible()
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not view.ask_bar.isVisible()
    assert ids(bench) == [1, 2, 3, 4, 5]


def test_what_is_moved_is_what_was_selected_when_it_was_asked(
    bench: Bench, view: QueueView, qtbot: QtBot
) -> None:
    """Another selection while the question stands changes nothing in it."""
    select(bench, view, 0, 1)
    qtbot.keyClick(view.table, Qt.Key.Key_M)
    view.table.select_row(4)
    field = view.ask_bar.fields[0]
    qtbot.keyClicks(field, "mail")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert ids(bench) == [1, 2, 3]


def test_copy_and_resend_elsewhere(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """C and Shift+R; the old ones stay."""
    select(bench, view, 0)
    qtbot.keyClick(view.table, Qt.Key.Key_C)
    qtbot.keyClicks(view.ask_bar.fields[0], "mail")
    qtbot.keyClick(view.ask_bar.fields[0], Qt.Key.Key_Return)
    qtbot.keyClick(view.table, Qt.Key.Key_R, SHIFT)
    key = view.ask_bar.fields[1]
    key.setText("mail")
    qtbot.keyClick(key, Qt.Key.Key_Return)
    assert (ids(bench), len(ids(bench, "mail"))) == ([1, 2, 3, 4, 5], 2)


def test_letters_are_letters_in_a_text_field(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """Nothing is resent, moved, deleted or paused by typing a filter."""
    select(bench, view, 0)
    bench.window.explorer.filter.setFocus()
    qtbot.keyClicks(bench.window.explorer.filter, "ermcqpx*=17")
    qtbot.keyClick(bench.window.explorer.filter, Qt.Key.Key_Delete)
    assert bench.window.explorer.filter.text() == "ermcqpx*=17"
    assert (ids(bench), bench.broker.published, bench.broker.by_hand.paused) == ([1, 2, 3, 4, 5], [], {})
    assert not view.ask_bar.isVisible()


def test_accepting_for_somebody_is_asked(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """It cannot be undone: Enter confirms, Esc does not."""
    bench.broker.change("orders", 5, state=MessageState.IN_FLIGHT, holder="worker")
    bench.sample()
    select(bench, view, 0)
    accept = bench.window.actions_by_name["accept"]
    assert accept.isEnabled()
    accept.trigger()
    qtbot.keyClick(view.ask_bar.go_button, Qt.Key.Key_Escape)
    assert bench.broker.queues["orders"][-1].state is MessageState.IN_FLIGHT
    accept.trigger()
    qtbot.keyClick(view.ask_bar.go_button, Qt.Key.Key_Return)
    assert bench.broker.queues["orders"][-1].state is MessageState.DONE


def test_what_cannot_be_done_is_off(bench: Bench, view: QueueView) -> None:
    """By what is selected, at once."""
    actions = bench.window.actions_by_name
    names = ("edit_resend", "resend", "move", "release", "remove")
    assert [actions[name].isEnabled() for name in names] == [False] * 5
    select(bench, view, 0)
    assert [actions[name].isEnabled() for name in names] == [True, True, True, False, True]
    select(bench, view, 0, 1)
    assert [actions[name].isEnabled() for name in names] == [False, True, True, False, True]
    bench.broker.change("orders", 5, state=MessageState.IN_FLIGHT)
    bench.sample()
    view.table.select_row(0)
    assert [actions[name].isEnabled() for name in names] == [True, True, False, True, False]
    bench.studio.workspace.lose("The broker has gone.")
    assert [actions[name].isEnabled() for name in names] == [False] * 5


def test_a_right_click_selects_first(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """The menu is about the row under the mouse; on a selected row it is about all of them."""
    select(bench, view, 0, 1)
    table = view.table

    def right_click(row: int) -> QMenu:
        place = table.visualRect(table.row_model.index(row, 2)).center()
        table.customContextMenuRequested.emit(QPoint(place))
        menus = [menu for menu in bench.window.findChildren(QMenu) if menu.isVisible()]
        return menus[-1]

    menu = right_click(1)
    assert bench.window.messages.count() == 2
    titles = [action.text() for action in menu.actions()]
    assert {"Move to…", "Resend", "Delete"} <= set(titles)
    menu.close()
    menu = right_click(3)
    assert [row.message_id for row in bench.window.messages.rows()] == [2]
    menu.close()


def test_the_foot_counts_the_selection_and_its_tips_print_keys(bench: Bench, view: QueueView) -> None:
    """Buttons and keys are the same actions."""
    select(bench, view, 0, 1, 2)
    assert view.verb_bar.selected.text() == "3 selected"
    assert "(M)" in view.verb_bar.buttons["move"].toolTip()
    view.verb_bar.buttons["remove"].click()
    assert ids(bench) == [1, 2]


def test_purging_the_first_and_what_is_shown(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """A number is asked; the filter's messages go without a question, and come back."""
    bench.window.actions_by_name["purge_first"].trigger()
    field = view.ask_bar.fields[0]
    field.setText("none")
    assert not view.ask_bar.go_button.isEnabled()
    field.setText("2")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert ids(bench) == [3, 4, 5]
    bench.broker.add_message("orders", b'{"total": 129.9}')
    bench.sample()
    view.page.filter.use("body.total > 100")
    bench.sample()
    bench.window.actions_by_name["purge_shown"].trigger()
    assert ids(bench) == [3, 4, 5]
    at = bench.broker.binned[max(bench.broker.binned)][1][0].published_at_us
    assert bench.notices()[-1] == f"Purged 1 message from orders, published {clock(at)}."
    qtbot.keyClick(view.table, Qt.Key.Key_Z, CTRL)
    assert ids(bench) == [3, 4, 5, 6]


def test_all_of_a_long_queue_is_taken_also_what_is_not_here(
    bench: Bench, view: QueueView, qtbot: QtBot
) -> None:
    """Ctrl+A and Del: what was not read yet is read first; what comes after stays."""
    bench.broker.add_queue("orders", 1_500)
    bench.sample()
    view.table.setFocus()
    qtbot.keyClick(view.table, Qt.Key.Key_A, CTRL)
    late = bench.broker.add_message("orders")
    qtbot.keyClick(view.table, Qt.Key.Key_Delete)
    assert ids(bench) == [late]
    assert bench.notices()[-1].startswith("Deleted 1,505 messages from orders, published ")


def test_pausing_a_queue_shows_a_banner_until_it_goes_on(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """P; the banner has the way back."""
    assert not bench.window.paused.isVisible()
    qtbot.keyClick(view.table, Qt.Key.Key_P)
    bench.sample()
    assert bench.window.paused.isVisible()
    assert bench.window.paused.says.text() == "Paused: orders. Messages wait there."
    bench.window.paused.resume_button.click()
    bench.sample()
    assert not bench.window.paused.isVisible()


def test_one_consumer_is_paused_by_one_key(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """P in the list of consumers is about the consumer, not the queue."""
    row = SubscriptionRow(7, "ctag", "/", "orders", 1, 1, 1, 10, 0, False, False, True, 0, {})
    bench.broker.subscriptions = [row]
    view.tabs.setCurrentIndex(CONSUMERS)
    bench.sample()
    view.consumers.table.setFocus()
    view.consumers.table.select_row(0)
    qtbot.keyClick(view.consumers.table, Qt.Key.Key_P)
    assert bench.broker.subscriptions[0].is_paused
    assert bench.broker.by_hand.paused == {}
    assert bench.notices()[-1] == "Paused ctag."


def test_a_client_is_paused_and_kicked_from_the_explorer(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """P and X on its row."""
    bench.broker.add_client(1, name="worker-1")
    bench.broker.subscriptions = [
        SubscriptionRow(7, "ctag", "/", "orders", 1, 1, 1, 10, 0, False, False, True, 0, {})
    ]
    bench.sample()
    table = bench.window.explorer.table
    table.setFocus()
    rows = bench.studio.explorer.nodes.rows
    table.select_row(next(i for i, node in enumerate(rows) if node.title == "worker-1"))
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_P)
    assert bench.broker.subscriptions[0].is_paused
    qtbot.keyClick(table, Qt.Key.Key_X)
    assert bench.broker.kicked == [1]


def test_no_key_does_two_things_in_one_table() -> None:
    """Two verbs may share a key only if they are about different things."""
    taken: dict[tuple[str, str], str] = {}
    for verb in VERBS:
        if verb.keys:
            where = str(verb.where) if verb.is_for_tables else "window"
            key = (where, QKeySequence(verb.keys).toString())
            assert key not in taken, (verb.name, taken[key])
            taken[key] = verb.name


def test_every_verb_has_a_handler_and_a_way_to_be_found(bench: Bench) -> None:
    """One row, one action; none without a title."""
    assert set(bench.window.actions_by_name) == {verb.name for verb in VERBS}
    assert [verb.name for verb in VERBS if not verb.title] == []


def test_marks_by_key_and_kept(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """* and 1 to 7; drawn, and there again in the next window."""
    select(bench, view, 0)
    before = view.table.grab().toImage()
    qtbot.keyClick(view.table, Qt.Key.Key_Asterisk)
    row = bench.window.messages.rows()[0]
    assert bench.studio.marks.of(row) is not None
    qtbot.keyClick(view.table, Qt.Key.Key_3)
    mark = bench.studio.marks.of(row)
    assert mark is not None and mark.colour == 3
    assert view.table.grab().toImage() != before
    bench.window.actions_by_name["comment"].trigger()
    qtbot.keyClicks(view.ask_bar.fields[0], "odd")
    qtbot.keyClick(view.ask_bar.fields[0], Qt.Key.Key_Return)
    mark = bench.studio.marks.of(row)
    assert mark is not None and mark.comment == "odd"
    bench.window.remember()
    assert "odd" in str(bench.window._settings.value("marks"))


def test_comparing_two(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """= opens a page with what differs; the button leaves out what is the same."""
    bench.broker.bodies[5] = b"other"
    select(bench, view, 0, 1)
    qtbot.keyClick(view.table, Qt.Key.Key_Equal)
    page = bench.window.tabs.currentWidget()
    assert isinstance(page, CompareView)
    assert page.comparison.differences == 1
    rows = page.table.row_model.rowCount()
    page.only_differences.click()
    assert 0 < page.table.row_model.rowCount() < rows
    page.grab()


def test_copying(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """Ctrl+C the body; the programs by their menu."""
    select(bench, view, 0)
    qtbot.keyClick(view.table, Qt.Key.Key_C, CTRL)
    assert QApplication.clipboard().text() == "hello"
    bench.window.actions_by_name["copy_python"].trigger()
    assert "pika.BlockingConnection" in QApplication.clipboard().text()


def test_a_notice_takes_no_keyboard_away(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """What is told opens no window, not even for a moment: the next key is heard."""

    class Windows(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.shown: list[QObject] = []

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                self.shown.append(watched)
            return False

    windows = Windows()
    QApplication.instance().installEventFilter(windows)  # type: ignore[union-attr]
    select(bench, view, 0)
    qtbot.keyClick(view.table, Qt.Key.Key_Delete)
    assert windows.shown == []
    assert QApplication.focusWidget() is view.table
    qtbot.keyClick(view.table, Qt.Key.Key_Z, CTRL)
    assert ids(bench) == [1, 2, 3, 4, 5]


def test_a_message_is_saved_as_a_template(bench: Bench, view: QueueView) -> None:
    """The composer has it, and asks for a name."""
    select(bench, view, 0)
    bench.window.actions_by_name["save_template"].trigger()
    assert bench.studio.composer.draft.body == "hello"
    assert bench.window.publish.isVisible()


def many(bench: Bench, number: int) -> QueueView:
    """A queue longer than a page keeps rows, in front."""
    bench.broker.add_queue("many", number)
    bench.sample()
    bench.window.open_queue("/", "many")
    found = bench.window.queue_view
    assert found is not None
    found.table.setFocus()
    return found


def test_all_stays_all_however_far_one_looks(bench: Bench, qtbot: QtBot) -> None:
    """Ctrl+A, End, Home, a new message, Del: all that were there when they were selected are deleted."""
    number = ROWS_MAX + 500
    view = many(bench, number)
    qtbot.keyClick(view.table, Qt.Key.Key_A, CTRL)
    for key in (Qt.Key.Key_End, Qt.Key.Key_Home, Qt.Key.Key_End):
        qtbot.keyClick(view.table, key)
        assert view.table.selection.count() == number
        assert view.verb_bar.selected.text() == "4,500 selected"
    late = bench.broker.add_message("many")
    bench.sample()
    qtbot.keyClick(view.table, Qt.Key.Key_Delete)
    assert ids(bench, "many") == [late]
    assert bench.notices()[-1].startswith("Deleted 4,500 messages from many, published ")
    qtbot.keyClick(view.table, Qt.Key.Key_Z, CTRL)
    assert len(ids(bench, "many")) == number + 1


def test_all_but_one_is_all_but_one(bench: Bench, qtbot: QtBot) -> None:
    """One that is taken off the selection in the middle stays, wherever one looks afterwards."""
    number = ROWS_MAX + 500
    view = many(bench, number)
    qtbot.keyClick(view.table, Qt.Key.Key_A, CTRL)
    bar = view.table.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    place = view.table.rowAt(100)
    spared = view.page.rows.at(place)
    model = view.table.selectionModel()
    index = view.table.row_model.index(place, 0)
    model.select(index, model.SelectionFlag.Deselect | model.SelectionFlag.Rows)
    for key in (Qt.Key.Key_Home, Qt.Key.Key_End):
        qtbot.keyClick(view.table, key)
    assert view.table.selection.count() == number - 1
    qtbot.keyClick(view.table, Qt.Key.Key_Delete)
    assert spared is not None
    assert ids(bench, "many") == [spared.message_id]


def test_some_stay_some_when_their_rows_go_and_come_back(bench: Bench, qtbot: QtBot) -> None:
    """Twenty in the middle of a long queue, looked away from, are the same twenty."""
    view = many(bench, ROWS_MAX + 500)
    table = view.table
    table.select_row(10)
    for _ in range(19):
        qtbot.keyClick(table, Qt.Key.Key_Down, SHIFT)
    wanted = [row.message_id for row in table.chosen()]
    qtbot.keyClick(table, Qt.Key.Key_End)
    assert table.selection.count() == 20
    qtbot.keyClick(table, Qt.Key.Key_Home)
    assert [row.message_id for row in table.chosen()] == wanted
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    left = set(ids(bench, "many"))
    assert len(left) == ROWS_MAX + 480
    assert left.isdisjoint(wanted)


def test_all_of_a_filter_is_also_what_it_has_not_found_yet(bench: Bench, qtbot: QtBot) -> None:
    """A filter reads on as one scrolls: what it comes to find is selected, too, and the question says so."""
    for number in range(900):
        bench.broker.add_message("many", b"even" if number % 2 else b"odd")
    view = many(bench, 0)
    bench.broker.add_queue("mail")
    view.page.filter.use('body contains "odd"')
    qtbot.keyClick(view.table, Qt.Key.Key_A, CTRL)
    qtbot.keyClick(view.table, Qt.Key.Key_M)
    assert view.ask_bar.says.text().startswith("Move all that the filter finds, ")
    qtbot.keyClick(view.ask_bar.fields[0], Qt.Key.Key_Escape)
    qtbot.keyClick(view.table, Qt.Key.Key_Delete)
    assert {row.preview for row in bench.broker.queues["many"]} == {"even"}


def test_the_row_that_takes_the_place_of_one_that_went_is_not_selected(bench: Bench, view: QueueView) -> None:
    """Of three selected one is consumed by somebody: two are selected, and not the neighbour."""
    select(bench, view, 1, 2, 3)
    view.table.setCurrentIndex(view.table.row_model.index(2, 0))
    select(bench, view, 2, 1, 3)
    view.page.set_filter(StateFilter.READY)
    select(bench, view, 2, 1, 3)
    del bench.broker.queues["orders"][2]
    bench.sample()
    assert [row.message_id for row in view.table.chosen()] == [4, 2]


def test_other_columns_leave_the_selection(bench: Bench, view: QueueView) -> None:
    """The table is drawn anew, for the same messages."""
    select(bench, view, 0, 2)
    view.page.columns.layout.show("exchange")
    assert [row.message_id for row in view.table.chosen()] == [5, 3]
