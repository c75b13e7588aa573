"""What a person sees and does in the window."""

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from mqstudio.gui.context import Context
from mqstudio.gui.main_window import MainWindow
from mqstudio.gui.theme import Mode
from mqstudio.gui.widgets.notice_bar import NoticeCard
from mqstudio.gui.widgets.queue_view import QueueView
from mqstudio.model.rows import MessageState, RoutePreview
from mqstudio.viewmodel.explorer import NodeKind
from mqstudio.viewmodel.wording import clock
from tests.gui.conftest import Bench


def open_queue(bench: Bench, name: str = "orders", messages: int = 3) -> QueueView:
    bench.broker.add_queue(name, messages)
    bench.sample()
    bench.window.open_queue("/", name)
    view = bench.window.queue_view
    assert view is not None
    return view


def cells(view: QueueView, row: int) -> dict[str, str]:
    model = view.table.row_model
    return {column.key: model.index(row, i).data() for i, column in enumerate(model.columns)}


def texts(bench: Bench) -> str:
    return "\n".join(
        label.text() for label in bench.window.findChildren(QLabel) if label.isVisibleTo(bench.window)
    )


def test_the_story_of_a_message(bench: Bench) -> None:
    """It appears, waits, is with somebody for so long, is done; and stays with its times."""
    view = open_queue(bench, messages=1)
    assert cells(view, 0)["progress"] == "waiting 1 s"
    now = bench.clock.now_us
    bench.broker.change(
        "orders", 1, state=MessageState.IN_FLIGHT, delivered_at_us=now, holder="worker-2 · ctag1"
    )
    bench.sample(4)
    assert (cells(view, 0)["state"], cells(view, 0)["progress"]) == ("In flight", "held 4 s by worker-2")
    bench.broker.change("orders", 1, state=MessageState.DONE, ended_at_us=now + 38_000)
    bench.sample()
    assert (cells(view, 0)["state"], cells(view, 0)["progress"]) == ("Done", "waited 1.0 s · held 38 ms")


def test_selecting_a_queue_peeks_and_changes_nothing(bench: Bench) -> None:
    """A click in the explorer opens the page; the broker was only asked for pages."""
    bench.broker.add_queue("orders", 2)
    bench.sample()
    explorer = bench.window.explorer
    row = bench.studio.explorer.find_queue("/", "orders")
    assert row is not None
    before = dict(bench.broker.queues)
    explorer.table.select_row(row)
    assert bench.window.queue_view is not None
    assert bench.window.queue_view.page.queue == "orders"
    assert (bench.broker.queues, bench.broker.published, bench.broker.binned) == (before, [], {})


def test_a_selected_message_is_inspected(bench: Bench) -> None:
    """Body, fields and life of the selected row; the next row with j."""
    view = open_queue(bench, messages=1)
    bench.broker.add_message("orders", b'{"total": 129.9}')
    bench.sample()
    view.table.select_row(0)
    inspector = bench.studio.inspector
    assert inspector.detail is not None
    assert inspector.detail.row.message_id == 2
    tree = bench.window.inspector.tree.model()
    assert [tree.index(0, c).data() for c in (0, 1)] == ["total", "129.9"]
    view.table.step(1)
    assert inspector.detail.row.message_id == 1
    assert bench.window.inspector.text.toPlainText() == "hello"


def test_the_selection_follows_its_message(bench: Bench) -> None:
    """New rows above do not change what is selected, nor where the view stands."""
    view = open_queue(bench)
    view.table.select_row(1)
    bench.broker.add_queue("orders", 5)
    bench.sample()
    assert view.table.current_row().message_id == view.page.selected_id == 2
    assert view.table.verticalScrollBar().value() == 0


def test_a_selected_message_that_leaves_the_filter_stays_inspected(bench: Bench) -> None:
    """Qt would select its neighbour; the user did not."""
    view = open_queue(bench)
    view._chips[next(chip for chip in view._chips if chip.value == "Ready")].click()
    view.table.select_row(0)
    bench.broker.change("orders", 3, state=MessageState.DONE)
    bench.sample()
    assert view.page.selected_id == 3
    assert view.table.current_row() is None
    assert bench.studio.inspector.detail is not None
    assert bench.studio.inspector.detail.row.message_id == 3


def test_purge_and_undo_by_keyboard(bench: Bench, qtbot: QtBot) -> None:
    """Ctrl+Shift+Del empties the queue and says how much went; Ctrl+Z brings it back."""
    view = open_queue(bench)
    view.table.setFocus()
    qtbot.keyClick(
        bench.window,
        Qt.Key.Key_Delete,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    at = clock(bench.broker.binned[1][1][0].published_at_us)
    assert bench.notices() == [f"Purged 3 messages from orders, published {at}."]
    bench.sample()
    assert len(view.page.rows) == 0
    qtbot.keyClick(bench.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    bench.sample()
    assert len(view.page.rows) == 3


def test_a_queue_is_deleted_with_its_messages_and_comes_back_with_them(bench: Bench, qtbot: QtBot) -> None:
    """At once, since it can be undone; also what somebody held is there again."""
    view = open_queue(bench)
    bench.broker.change("orders", 2, state=MessageState.IN_FLIGHT, holder="worker")
    bench.sample()
    view.delete_button.click()
    assert "orders" not in bench.broker.queues
    assert bench.notices()[-1] == "Deleted orders and 3 messages in it."
    qtbot.keyClick(bench.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert bench.notices()[-1] == "Queue orders is back with 3 messages."
    rows = bench.broker.queues["orders"]
    assert [(row.message_id, row.state) for row in rows] == [(n, MessageState.READY) for n in (1, 2, 3)]


def test_purging_more_than_the_bin_holds_asks_for_the_name(bench: Bench, qtbot: QtBot) -> None:
    """How many, and from when, is said before; nothing has happened until the name is typed."""
    view = open_queue(bench)
    bench.broker.is_bin_full = True
    view.purge_button.click()
    assert len(bench.broker.queues["orders"]) == 3
    says = view.confirm.says.text()
    assert says.startswith("orders has 3 messages, published ")
    assert says.endswith(", more than the bin holds: this cannot be undone. Type its name to go on.")
    view.confirm.field.setText("orders")
    qtbot.keyClick(view.confirm.field, Qt.Key.Key_Return)
    assert bench.broker.queues["orders"] == []
    assert bench.studio.undo.steps == []


def test_deleting_asks_for_the_name(bench: Bench, qtbot: QtBot) -> None:
    """What cannot be undone is typed, in the page, and Esc lets it be."""
    view = open_queue(bench)
    bench.broker.is_bin_full = True
    view.delete_button.click()
    assert not view.confirm.button.isEnabled()
    view.confirm.field.setText("order")
    assert not view.confirm.button.isEnabled()
    qtbot.keyClick(view.confirm.field, Qt.Key.Key_Escape)
    assert not view.confirm.button.isVisible()
    view.delete_button.click()
    view.confirm.field.setText("orders")
    view.confirm.button.click()
    assert "orders" not in bench.broker.queues
    bench.sample()
    assert "This queue no longer exists" in texts(bench)


def test_an_empty_queue_teaches(bench: Bench) -> None:
    """A program to read it, a button to fill it, and who is waiting."""
    view = open_queue(bench, messages=0)
    assert view.test_button.isVisible()
    assert "channel.consume('orders'" in view._snippet.text.toPlainText()
    assert "Consumers: none" in texts(bench)
    view.test_button.click()
    bench.sample()
    assert view.table.isVisible()
    assert cells(view, 0)["body"].startswith('{"hello"')


def test_filter_without_matches_offers_the_way_back(bench: Bench) -> None:
    """No dropped messages: that is said, and one click shows all."""
    view = open_queue(bench)
    view._chips[next(chip for chip in view._chips if chip.value == "Dropped")].click()
    assert "No message here is dropped." in texts(bench)
    view.clear_button.click()
    assert len(view.page.rows) == 3


def test_space_pauses_the_view(bench: Bench, qtbot: QtBot) -> None:
    """The button and the foot say so, new messages are counted, a click follows again."""
    view = open_queue(bench)
    view.table.setFocus()
    qtbot.keyClick(view.table, Qt.Key.Key_Space)
    bench.broker.add_queue("orders", 4)
    bench.sample()
    assert len(view.page.rows) == 3
    assert view.new_button.text().strip() == "4 new"
    view.new_button.click()
    assert len(view.page.rows) == 7


def test_publishing_from_the_window(bench: Bench, qtbot: QtBot) -> None:
    """Ctrl+N aims at the queue in front; it is told where the message goes; Ctrl+Enter sends it."""
    open_queue(bench, messages=0)
    bench.broker.route = RoutePreview(["orders"], "")
    publish = bench.window.publish
    qtbot.keyClick(bench.window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert publish.isVisible()
    assert publish.key.text() == "orders"
    publish.body.setPlainText("good morning")
    publish.add_header_button.click()
    line = publish.header_lines[0]
    qtbot.keyClicks(line.name, "retry")
    line.kind.setCurrentText("int64")
    qtbot.keyClicks(line.value, "3")
    with qtbot.waitSignal(publish._timer.timeout):
        pass
    assert publish.route.text() == "Will reach orders"
    qtbot.keyClick(bench.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    exchange, key, body, properties = bench.broker.published[0]
    assert (exchange, key, body) == ("", "orders", b"good morning")
    assert [(h.name, h.kind, h.value) for h in properties.headers or []] == [("retry", "int64", 3)]


def test_a_wrong_draft_cannot_be_sent(bench: Bench, qtbot: QtBot) -> None:
    """The field is marked, a sentence says what would be right, Send is off."""
    bench.sample()
    bench.window.compose()
    publish = bench.window.publish
    qtbot.keyClicks(publish.property_fields["priority"], "high")
    assert publish.problem.text() == "Priority is a whole number from 0 to 255."
    assert not publish.send_button.isEnabled()
    publish.property_fields["priority"].clear()
    qtbot.keyClicks(publish.property_fields["priority"], "4")
    assert publish.send_button.isEnabled()


def test_clients_are_listed_and_kicked(bench: Bench, qtbot: QtBot) -> None:
    """Name and library in the table; X closes the selected one's connection."""
    bench.broker.add_client(1, name="shop.py")
    bench.broker.add_client(2, name="worker-1", unacked=2)
    bench.sample()
    table = bench.window.clients.table
    bench.window._on_client_chosen(2)
    assert table.current_row().name == "worker-1"
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_X)
    assert bench.broker.kicked == [2]
    bench.sample()
    assert table.row_model.rowCount() == 1


def test_the_welcome_page_hears_of_clients(bench: Bench) -> None:
    """Waiting turns to who connected; the port is the real one."""
    bench.sample()
    welcome = bench.window.welcome
    assert welcome.status.text() == "Waiting for your program…"
    bench.broker.add_client(1, name="orders.py")
    bench.sample()
    assert welcome.status.text() == "pika 1.4.4 from orders.py connected"


def test_a_recorder_that_is_behind_is_told_in_the_status_line(bench: Bench, qtbot: QtBot) -> None:
    """In which share it records, in words and with an icon; a click opens the panel that explains it."""
    bench.sample()
    status = bench.window.status
    calm = status.recorder.text()
    bench.broker.totals = replace(bench.broker.totals, recorded_one_in=8)
    bench.sample()
    assert status.recorder.text().strip() == "1 in 8" != calm.strip()
    assert not status.recorder.icon().isNull()
    qtbot.mouseClick(status.recorder, Qt.MouseButton.LeftButton)
    assert bench.window.health.isVisible()
    bench.broker.totals = replace(bench.broker.totals, recorded_one_in=1)
    bench.sample()
    assert status.recorder.text() == calm


def test_a_lost_broker_offers_restart(bench: Bench, qtbot: QtBot) -> None:
    """It is said in the status bar and on the welcome page; verbs that need a broker are off."""
    view = open_queue(bench)
    bench.studio.workspace.lose("The broker has gone.")
    assert bench.window.status.broker.text() == "Broker not running"
    assert not view.purge_button.isEnabled()
    assert not bench.window.broker_bar.compose_button.isEnabled()
    with qtbot.waitSignal(bench.window.restart_wanted):
        bench.window.status.restart_button.click()


def test_ctrl_w_closes_the_tab_only(bench: Bench, qtbot: QtBot) -> None:
    """The page goes, the window and the queue stay."""
    open_queue(bench)
    qtbot.keyClick(bench.window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert bench.window.queue_view is None
    assert bench.window.isVisible()
    assert "orders" in bench.broker.queues
    bench.sample()
    assert open_queue(bench).page.rows.rows != []


def test_slash_and_f6_move_the_keyboard(bench: Bench, qtbot: QtBot) -> None:
    """/ into the filter, Enter back to the tree, F6 round all panes and home again."""
    open_queue(bench)
    qtbot.keyClick(bench.window, Qt.Key.Key_Slash)
    assert bench.window.focusWidget() is bench.window.explorer.filter
    qtbot.keyClicks(bench.window.explorer.filter, "ord")
    kinds = [node.kind for node in bench.studio.explorer.nodes.rows]
    assert NodeKind.QUEUE in kinds
    qtbot.keyClick(bench.window.explorer.filter, Qt.Key.Key_Return)
    start = bench.window.focusWidget()
    assert start is bench.window.explorer.table
    visited = []
    for _ in range(4):
        qtbot.keyClick(bench.window, Qt.Key.Key_F6)
        visited.append(bench.window.focusWidget())
    assert visited[-1] is start
    assert len(set(visited)) == 4


def test_hostile_names_do_nothing(bench: Bench) -> None:
    """Markup is text, shortcuts are letters, hidden characters are written out."""
    name = "<b>&x</b>\u202e\x00"
    view = open_queue(bench, name, messages=0)
    bench.broker.add_message(name, b"<img src='file:///etc/passwd'>\x00\x1b[31m")
    bench.sample()
    assert view._title.text() == "<b>&x</b>\\u202e\\x00"
    assert view._title.textFormat() is Qt.TextFormat.PlainText
    place = bench.window.tabs.indexOf(view)
    assert bench.window.tabs.tabText(place) == "<b>&&x</b>\\u202e\\x00"
    assert cells(view, 0)["body"] == "<img src='file:///etc/passwd'>\\x00\\x1b[31m"
    tip = view.table.row_model.index(0, 4).data(Qt.ItemDataRole.ToolTipRole)
    assert "<b>" not in tip


def test_every_label_is_plain_text(bench: Bench) -> None:
    """No label guesses whether its text is markup."""
    open_queue(bench)
    bench.studio.notices.problem("<b>bold</b>")
    rich = [
        x.text() for x in bench.window.findChildren(QLabel) if x.textFormat() is not Qt.TextFormat.PlainText
    ]
    assert rich == []


def test_every_button_has_a_name(bench: Bench) -> None:
    """A screen reader can say what each button does."""
    open_queue(bench)
    nameless = [b for b in bench.window.findChildren(QPushButton) if not (b.accessibleName() or b.text())]
    assert nameless == []


@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK])
def test_the_look_can_be_switched_at_any_time(bench: Bench, mode: Mode) -> None:
    """With everything open, and it is remembered."""
    view = open_queue(bench)
    view.table.select_row(0)
    bench.theme.set_mode(mode)
    bench.window.grab()
    assert bench.theme.colours.is_dark is (mode is Mode.DARK)
    assert bench.window._settings.value("look") == mode.value


def test_places_are_remembered(bench: Bench, settings: QSettings, qtbot: QtBot) -> None:
    """The next window looks as this one was left."""
    bench.window.panes.docks["rates"].hide()
    bench.window.close()
    again = MainWindow(Context(bench.studio, bench.theme, bench.spawn), settings)
    qtbot.addWidget(again)
    assert again.panes.docks["rates"].isHidden()


def test_closing_is_heard(bench: Bench, qtbot: QtBot) -> None:
    """Whoever owns the broker is told that the user goes."""
    with qtbot.waitSignal(bench.window.closing):
        bench.window.close()


def test_notices_are_seen_whole(bench: Bench) -> None:
    """One more notice makes room for itself at once, above the corner, inside the window."""
    for number in range(3):
        bench.studio.notices.tell(f"notice {number}")
        bar = bench.window.notices
        cards = bar.findChildren(NoticeCard)
        alive = [card for card in cards if card.isVisible()]
        assert len(alive) == number + 1
        assert bar.height() >= sum(card.sizeHint().height() for card in alive)
        assert bench.window.tabs.rect().contains(bar.geometry())
