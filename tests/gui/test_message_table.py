"""The table of messages in the window: filled, changed, acted on, empty, in trouble, and very long."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QByteArray, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent, QImage
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from mqstudio.gui.message_table import MessageTable
from mqstudio.gui.widgets.json_tree import PATH_MIME, TreeNodeModel
from mqstudio.gui.widgets.queue_view import QueueView
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.message import Properties
from mqstudio.model.rows import MessageState
from mqstudio.viewers.base import TreeNode
from mqstudio.viewmodel.queue_page_reading import PAGE_ROWS, ROWS_MAX
from mqstudio.viewmodel.table_layout import TimeStyle
from tests.gui.conftest import Bench
from tests.support.list_broker import START_US, run_now

LONG = 5_000


def open_orders(bench: Bench, count: int = 3) -> QueueView:
    bench.broker.add_queue("orders", count)
    bench.sample()
    bench.window.open_queue("/", "orders")
    view = bench.window.queue_view
    assert view is not None
    view.table.updateGeometries()  # which else waits for the next turn of Qt's loop
    return view


def heads(view: QueueView) -> list[str]:
    model = view.table.row_model
    return [model.headerData(place, Qt.Orientation.Horizontal) for place in range(model.columnCount())]


def cells(view: QueueView, key: str) -> list[str]:
    model, keys = view.table.row_model, view.page.columns.layout.keys
    column = keys.index(key)
    return [model.index(row, column).data() for row in range(model.rowCount())]


def shown(table: MessageTable) -> list[str]:
    """The numbers of the messages on screen."""
    first, last = table.rowAt(1), table.rowAt(table.viewport().height() - 2)
    last = table.row_model.rowCount() - 1 if last < 0 else last
    return [table.row_model.index(row, 1).data() for row in range(first, last + 1)]


def picture(table: MessageTable) -> QImage:
    return table.viewport().grab().toImage()


def action(menu: QMenu, *path: str) -> Callable[[], None]:
    """A menu's entry by how it begins, through its submenus."""
    for step in path[:-1]:
        inner = next(each.menu() for each in menu.actions() if each.text().startswith(step))
        assert isinstance(inner, QMenu)
        menu = inner
    return next(each for each in menu.actions() if each.text().startswith(path[-1])).trigger


# ---- filled


def test_all_columns_read_the_same_everywhere(bench: Bench) -> None:
    """What is drawn is what a screen reader and a tool tip say."""
    view = open_orders(bench)
    index = view.table.row_model.index(0, 1)
    assert index.data() == "3"
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "3"
    assert view.table.accessibleName() == "Messages of orders"
    assert heads(view) == ["State", "#", "Time", "Progress", "Tries", "Routing key", "Size", "Body"]


def test_every_message_is_drawn(bench: Bench) -> None:
    """Rows with and without a rule, ended and ready, each in its own way; a rule is a bar at the left."""
    view = open_orders(bench)
    blank = picture(view.table)
    bench.broker.change("orders", 3, state=MessageState.DEAD_LETTERED, ended_because="rejected")
    bench.sample()
    dead = picture(view.table)
    assert dead != blank
    bar = view.table.theme.colour("dropped").rgb()
    assert dead.pixel(1, 10) == bar
    assert blank.pixel(1, 10) != bar


def test_qt_finds_no_fault_in_a_long_list(bench: Bench) -> None:
    """Qt's own checker watches it being scrolled, jumped through, filled and purged."""
    view = open_orders(bench, LONG)
    model = view.table.row_model
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, view)
    bar = view.table.verticalScrollBar()
    for share in (0.5, 1.0, 0.2, 0.0, 0.9):
        bar.setValue(int(bar.maximum() * share))
        bench.broker.add_message("orders")
        bench.sample()
    assert model.rowCount() >= LONG


# ---- changed


def test_columns_are_chosen_in_the_head(bench: Bench) -> None:
    """Hidden, shown again and back to the usual ones, by the menu."""
    view = open_orders(bench)
    table = view.table
    at = QPoint(table.columnViewportPosition(1) + 5, 5)
    action(table.heads.menu_at(at), "Hide")()
    assert "#" not in heads(view)
    action(table.heads.menu_at(at), "Columns", "Exchange")()
    assert heads(view)[-2] == "Exchange"
    assert cells(view, "exchange") == ["(default)"] * 3
    action(table.heads.menu_at(at), "Show the usual")()
    assert heads(view)[1] == "#"


def test_a_head_is_dragged_to_its_place(bench: Bench, qtbot: QtBot) -> None:
    """The column goes with it, and the order is remembered."""
    view = open_orders(bench)
    view.table.heads.moveSection(7, 0)
    qtbot.waitUntil(lambda: heads(view)[0] == "Body")
    assert view.page.columns.layout.keys[0] == "body"
    assert [view.table.heads.visualIndex(place) for place in range(8)] == list(range(8))


def test_widths_and_columns_are_there_the_next_time(bench: Bench) -> None:
    view = open_orders(bench)
    view.table.heads.resizeSection(3, 333)
    view.page.columns.layout.show("ttl", 0)
    bench.window.remember()
    kept = str(bench.window._settings.value("tables"))
    bench.studio.layouts.restore("{}")
    assert heads(view)[0] == "State"
    bench.studio.layouts.restore(kept)
    assert heads(view)[0] == "TTL left"
    assert view.table.columnWidth(4) == 333


def test_time_is_told_as_chosen(bench: Bench) -> None:
    view = open_orders(bench)
    bench.clock.advance(5)
    action(view.table.heads.menu_at(QPoint(5, 5)), "Time", "How long ago")()
    assert view.page.columns.layout.layout.time is TimeStyle.RELATIVE
    assert heads(view)[2] == "Age"
    assert cells(view, "time")[0].endswith("s ago")


def test_a_column_from_a_path(bench: Bench) -> None:
    """Asked for in the head's menu, chosen among paths really seen, filled by the broker."""
    bench.broker.add_message("orders", b'{"total": 129.9, "customer": {"name": "Ada"}}')
    view = open_orders(bench, 0)
    dialog = view.ask_field(7)
    assert dialog.list.model().index(0, 0).data().startswith("body.")
    dialog.field.setText("customer.name")
    dialog.add()
    assert "customer.name" in heads(view)
    picture(view.table)
    assert cells(view, "body.customer.name") == ["Ada"]


def test_a_path_that_is_none_is_explained(bench: Bench) -> None:
    """The dialog stays, says why, and what would work."""
    view = open_orders(bench)
    dialog = view.ask_field(7)
    dialog.field.setText("a b c")
    dialog.add()
    assert "body.lines" in dialog._says.text()
    assert len(heads(view)) == 8
    dialog.reject()


def test_a_value_of_a_body_is_dropped_on_the_head(bench: Bench) -> None:
    """A node dragged out of the tree carries its path; dropped on a head it is a column there."""
    bench.broker.add_message("orders", b'{"lines": [{"sku": "A7"}]}')
    view = open_orders(bench, 0)
    sku = TreeNode("sku", "string", '"A7"', [])
    nodes = [TreeNode("lines", "array", "", [TreeNode("0", "object", "", [sku])])]
    tree = TreeNodeModel(view.table.theme, nodes, view, "object")
    index = tree.index(0, 0, tree.index(0, 0, tree.index(0, 0)))
    data = tree.mimeData([index])
    assert data.text() == "body.lines[0].sku"
    assert tree.flags(index) & Qt.ItemFlag.ItemIsDragEnabled
    drop(view, data, view.table.columnViewportPosition(2) + 5)
    assert view.page.columns.layout.keys[2] == "body.lines[0].sku"
    picture(view.table)
    assert cells(view, "body.lines[0].sku") == ["A7"]


@pytest.mark.parametrize("path", [b"", b"\xff\xfe", b"a b", b"body"])
def test_what_is_no_path_is_not_taken(bench: Bench, path: bytes) -> None:
    view = open_orders(bench)
    data = QMimeData()
    data.setData(PATH_MIME, QByteArray(path))
    drop(view, data, 5)
    assert len(heads(view)) == 8


def drop(view: QueueView, data: QMimeData, x: int) -> None:
    left, nothing = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    view.table.heads.dropEvent(QDropEvent(QPointF(x, 5), Qt.DropAction.CopyAction, data, left, nothing))


def test_colour_rules_are_edited(bench: Bench) -> None:
    """A new rule colours rows at once, and is remembered; a filter with a mistake is not taken."""
    view = open_orders(bench)
    before = picture(view.table)
    dialog = view.ask_rules()
    dialog.form.add()
    dialog.name.setText("odd")
    dialog.name.textEdited.emit("odd")
    dialog.where.textEdited.emit("size >")
    dialog.save()
    assert dialog._says.text()
    assert len(bench.studio.colour_rules.rules) == 3
    dialog.where.textEdited.emit("size >= 0")
    dialog.colours.idClicked.emit(2)
    dialog.save()
    assert [rule.name for rule in bench.studio.colour_rules.rules][-1] == "odd"
    assert picture(view.table) != before
    assert picture(view.table).pixel(1, 10) == view.table.theme.colour("done").rgb()
    bench.window.remember()
    assert "odd" in str(bench.window._settings.value("colour_rules"))


# ---- acted on


def test_the_view_follows_until_somebody_scrolls(bench: Bench) -> None:
    """At the top new messages appear; scrolled down nothing moves, and a pill counts them and leads back."""
    view = open_orders(bench, 300)
    table = view.table
    bench.broker.add_message("orders")
    bench.sample()
    assert shown(table)[0] == "301"
    table.verticalScrollBar().setValue(100 * table.rowHeight(0))
    before = shown(table)
    for _ in range(5):
        bench.broker.add_message("orders")
        bench.sample()
    assert shown(table) == before
    assert view.new_button.isVisible()
    assert "5 new" in view.new_button.text()
    view.new_button.click()
    bench.sample()
    assert shown(table)[0] == "306"
    assert not view.new_button.isVisible()


def test_a_paused_view_says_what_goes_on_without_it(bench: Bench) -> None:
    """A line with what is new and how full the recording is; its button goes on."""
    view = open_orders(bench)
    assert not view.pause_bar.isVisible()
    view.toggle_pause()
    bench.broker.add_message("orders")
    bench.sample()
    assert view.pause_bar.isVisible()
    assert "1 new message" in view.pause_bar.words.text()
    assert shown(view.table)[0] == "3"
    view.pause_bar.resume_button.click()
    bench.sample()
    assert not view.pause_bar.isVisible()
    assert shown(view.table)[0] == "4"


def test_home_and_end_are_the_ends_of_the_list(bench: Bench, qtbot: QtBot) -> None:
    """However far they are, with their rows there at once."""
    view = open_orders(bench, LONG)
    qtbot.keyClick(view.table, Qt.Key.Key_End)
    assert shown(view.table)[-1] == "1"
    qtbot.keyClick(view.table, Qt.Key.Key_Home)
    assert shown(view.table)[0] == str(LONG)


def test_the_chosen_messages_are_those_on_screen(bench: Bench, qtbot: QtBot) -> None:
    """Several rows are chosen, keep chosen while new ones come, and are let go of with their rows."""
    view = open_orders(bench, LONG)
    table = view.table
    table.select_row(1)
    qtbot.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert [row.message_id for row in table.chosen()] == [LONG - 1, LONG - 2]
    bench.broker.add_message("orders")
    bench.sample()
    assert [row.message_id for row in table.chosen()] == [LONG - 1, LONG - 2]
    table.verticalScrollBar().setValue(table.verticalScrollBar().maximum())
    assert table.chosen() == []


def test_of_all_places_those_are_chosen_that_have_their_row(bench: Bench) -> None:
    """Verbs ask the broker for the others: they are given the places."""
    view = open_orders(bench, LONG)
    view.table.selectAll()
    assert len(view.table.chosen()) == PAGE_ROWS
    selection = view.table.selectionModel().selection()
    assert (selection.at(0).top(), selection.at(0).bottom()) == (0, LONG - 1)


def test_done_messages_stay(bench: Bench) -> None:
    """What was accepted is still in the table, in grey."""
    view = open_orders(bench)
    bench.broker.change("orders", 2, state=MessageState.DONE, ended_because="accepted")
    bench.sample()
    assert cells(view, "state") == ["Ready", "Done", "Ready"]


def test_in_flight_says_who_holds_it_and_for_how_long(bench: Bench) -> None:
    view = open_orders(bench)
    now_us = bench.clock.now_us
    bench.broker.change(
        "orders", 3, state=MessageState.IN_FLIGHT, holder="worker-2 · ctag1",
        delivered_at_us=now_us - 4_000_000, lease_until_us=now_us + 26_000_000,
    )  # fmt: skip
    bench.sample(0.25)
    for key in ("lease", "holder", "consumer"):
        view.page.columns.layout.show(key)
    assert cells(view, "progress")[0] == "held 4 s by worker-2"
    assert cells(view, "lease")[0] == "25 s left"
    assert (cells(view, "holder")[0], cells(view, "consumer")[0]) == ("worker-2", "ctag1")


# ---- empty, in trouble


def test_an_empty_queue_has_no_table(bench: Bench) -> None:
    view = open_orders(bench, 0)
    assert view._stack.currentIndex() == 1
    assert view.table.chosen() == []


def test_a_refusal_leaves_the_rows_as_they_are(bench: Bench) -> None:
    """A look that fails is told; what was there stays readable."""
    view = open_orders(bench)

    async def page(*_: object, **__: object) -> None:
        raise RefusedError(Refusal.TOO_MANY, "busy")

    bench.broker.page = page  # type: ignore[method-assign,assignment]  # to fail
    bench.broker.add_message("orders")
    bench.sample()
    assert shown(view.table) == ["3", "2", "1"]
    assert "busy" in bench.notices()


def test_a_lost_broker_leaves_the_rows_as_they_are(bench: Bench) -> None:
    """Also of a long list: places that were not read stay empty, and nothing fails."""
    view = open_orders(bench, LONG)
    bench.studio.workspace.lose("it is gone")
    view.table.verticalScrollBar().setValue(view.table.verticalScrollBar().maximum())
    picture(view.table)
    assert len(view.page.rows) == LONG
    assert bench.notices() == []


def test_hostile_values_are_one_visible_line(bench: Bench) -> None:
    """In looked-up columns too: nothing in them acts."""
    bench.broker.add_message("orders", b'{"name": "<b>x</b>\\u202e\\u0000"}')
    bench.broker.properties[1] = Properties(message_id="\u202eabc\n")
    view = open_orders(bench, 0)
    view.page.columns.layout.add_field("name")
    view.page.columns.layout.show("message_id")
    picture(view.table)
    assert cells(view, "body.name") == ["<b>x</b>\\u202e\\x00"]
    assert cells(view, "message_id") == ["\\u202eabc\\n"]


# ---- very long


def test_a_long_list_holds_few_rows(bench: Bench) -> None:
    """Dragged from end to end and back, each screen has its rows, and few are kept."""
    view = open_orders(bench, LONG)
    bar = view.table.verticalScrollBar()
    for share in (*range(0, 101, 5), *range(100, -1, -5)):
        bar.setValue(bar.maximum() * share // 100)
        numbers = [int(each) for each in shown(view.table)]
        assert numbers == sorted(numbers, reverse=True)
        assert len(view.page.rows.rows) <= ROWS_MAX
    assert view.table.row_model.rowCount() == LONG


def test_the_map_shows_where_the_dead_are(bench: Bench) -> None:
    """A mark across the scroll bar, where the dead message is."""
    view = open_orders(bench, 100)
    bench.broker.change("orders", 50, state=MessageState.DEAD_LETTERED)
    bench.sample()
    bar = view.table.verticalScrollBar()
    image = bar.grab().toImage()
    dead = view.table.theme.colour("dead_lettered").rgb()
    marked = [y for y in range(image.height()) if image.pixel(1, y) == dead]
    assert marked
    assert abs(marked[0] / image.height() - 0.5) < 0.05


def test_values_are_asked_for_only_where_somebody_looks(bench: Bench) -> None:
    """Of thousands of messages, those on screen."""
    view = open_orders(bench, LONG)
    view.page.columns.layout.show("message_id")
    bench.broker.asked.clear()
    picture(view.table)
    asked = [message_id for request in bench.broker.asked for message_id in getattr(request, "ids", [])]
    assert 0 < len(asked) < 100


def test_nothing_is_read_by_who_does_not_look(bench: Bench) -> None:
    view = open_orders(bench, LONG)
    bench.window.tabs.setCurrentIndex(0)
    bench.broker.pages_asked.clear()
    bench.broker.add_message("orders")
    bench.sample()
    assert bench.broker.pages_asked == []
    assert view.page.now_us() > START_US
    run_now(view.page.refresh())


# ---- two queues side by side


def open_two(bench: Bench) -> tuple[QueueView, QueueView]:
    first = open_orders(bench)
    bench.broker.add_queue("mail", 2)
    bench.sample()
    bench.window.open_queue("/", "mail")
    second = bench.window.queue_view
    assert second is not None
    return first, second


def test_two_queues_stand_side_by_side(bench: Bench) -> None:
    """Both are seen and kept fresh; verbs are about the one with the keyboard; a verb parts them again."""
    first, second = open_two(bench)
    bench.window.table_verbs.split()
    assert first.isVisible()
    assert second.isVisible()
    bench.broker.add_message("orders")
    bench.broker.add_message("mail")
    bench.sample()
    assert (shown(first.table)[0], shown(second.table)[0]) == ("6", "7")
    first.table.setFocus()
    assert bench.window.queue_view is first
    second.table.setFocus()
    assert bench.window.queue_view is second
    bench.window.table_verbs.split()
    assert bench.window.tabs.count() == 3
    assert bench.window.queue_view is second
    assert not first.isVisible()


def test_opening_one_of_the_two_goes_to_it(bench: Bench) -> None:
    """There is never a second page of a queue; closing closes one of the two."""
    first, second = open_two(bench)
    bench.window.table_verbs.split()
    bench.window.tabs.show_first()
    bench.window.open_queue("/", "orders")
    assert bench.window.queue_view is first
    assert second.isVisible()
    bench.window.tabs.close_front()
    assert bench.window.tabs.count() == 2
    assert bench.window.queue_view is second


def test_one_queue_alone_cannot_be_split(bench: Bench) -> None:
    """It says what would work."""
    open_orders(bench)
    bench.window.table_verbs.split()
    assert any("another queue" in text for text in bench.notices())


def test_the_table_s_verbs(bench: Bench) -> None:
    """Times are told in turn, and the usual columns come back."""
    view = open_orders(bench)
    verbs = bench.window.table_verbs
    verbs.tell_time()
    assert heads(view)[2] == "Age"
    verbs.usual_columns()
    assert heads(view)[2] == "Time"
    verbs.add_column()
    verbs.colour_rules()


def test_columns_that_are_added_leave_the_others_their_widths(bench: Bench) -> None:
    """The last one took what was left: behind it comes another, and it is as wide as it is meant to be."""
    view = open_orders(bench)
    bench.window.resize(900, 700)
    layout = view.page.columns.layout
    before = {each.key: each.width for each in layout.layout.places}
    for key in ("exchange", "headers.tenant", "body.total"):
        layout.show(key)
    after = {each.key: each.width for each in layout.layout.places}
    assert {key: after[key] for key in before} == before
    assert after["headers.tenant"] == after["body.total"] > 60
