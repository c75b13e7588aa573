"""What a person makes, changes and takes away in the window."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from mqstudio.gui.form_dialog import FormDialog
from mqstudio.gui.widgets.exchange_view import ExchangeView
from mqstudio.gui.widgets.queue_view import BINDINGS, CONSUMERS
from mqstudio.gui.widgets.wrapping import FlowLayout
from mqstudio.model.access import Permission, User
from mqstudio.model.message import Death, Past
from mqstudio.model.policies import Policy
from mqstudio.model.rows import MessageState, SubscriptionRow
from mqstudio.model.topology import BindingSpec
from mqstudio.viewmodel.explorer import NodeKind
from tests.gui.conftest import Bench
from tests.support.list_broker import START_US, run_now


def words(widget: QWidget) -> str:
    """All that is written on the visible labels of a part of the window."""
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def fill(dialog: FormDialog, qtbot: QtBot, **fields: str) -> None:
    """Type into fields as a person does."""
    for name, text in fields.items():
        block = dialog.blocks[name.replace("__", "-")]
        widget = block.input
        if isinstance(widget, QComboBox) and not widget.isEditable():
            widget.setCurrentIndex(widget.findData(text))
        elif isinstance(widget, QCheckBox):
            widget.setChecked(text == "true")
        elif isinstance(widget, QPlainTextEdit):
            widget.setPlainText(text)
        else:
            target = widget.lineEdit() if isinstance(widget, QComboBox) else widget
            assert isinstance(target, QLineEdit)
            target.selectAll()
            qtbot.keyClick(target, Qt.Key.Key_Delete)
            qtbot.keyClicks(target, text)


def test_making_a_queue(bench: Bench, qtbot: QtBot) -> None:
    """Typed, explained, made; and the form is gone."""
    bench.sample()
    dialog = bench.window.structure.ask_declare()
    fill(
        dialog,
        qtbot,
        name="orders",
        **{"x__message__ttl": "60000", "x__dead__letter__exchange": "amq.direct"},
    )
    assert "longer than 60 s go to exchange amq.direct" in dialog.summary.text()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert bench.broker.specs["orders"].arguments == {
        "x-message-ttl": 60_000, "x-dead-letter-exchange": "amq.direct",
    }  # fmt: skip
    assert not dialog.isVisible()
    assert bench.notices() == ["Queue orders is there."]


def test_mistakes_stand_under_their_field(bench: Bench, qtbot: QtBot) -> None:
    """As one types, and the queue cannot be made before they are mended."""
    bench.sample()
    dialog = bench.window.structure.ask_declare()
    fill(dialog, qtbot, **{"x__max__priority": "500"})
    problem = dialog.blocks["x-max-priority"].problem
    assert problem.isVisible()
    assert problem.text() == "Max priority is 500; it must be at most 255."
    assert not dialog.submit_button.isEnabled()
    fill(dialog, qtbot, **{"x__max__priority": "5"})
    assert not problem.isVisible()
    assert dialog.submit_button.isEnabled()


def test_the_type_decides_what_is_asked_for(bench: Bench, qtbot: QtBot) -> None:
    """Fields come and go; what stays keeps its text and the keyboard."""
    bench.sample()
    dialog = bench.window.structure.ask_declare()
    fill(dialog, qtbot, name="log", **{"x__max__length__bytes": "5"})
    assert "x-max-priority" in dialog.blocks
    dialog.blocks["x-queue-type"].input.setFocus()
    fill(dialog, qtbot, **{"x__queue__type": "stream"})
    assert "x-max-priority" not in dialog.blocks
    assert "x-max-age" in dialog.blocks
    length = dialog.blocks["x-max-length-bytes"].input
    assert isinstance(length, QLineEdit)
    assert length.text() == "5"
    assert dialog.focusWidget() is dialog.blocks["x-queue-type"].input


def test_a_refusal_is_shown_in_the_form(bench: Bench, qtbot: QtBot) -> None:
    """The form stays, with what the broker said."""
    run_now(bench.broker.declare_queue("orders"))
    bench.sample()
    dialog = bench.window.structure.ask_declare()
    fill(dialog, qtbot, name="orders")
    dialog.submit()
    assert dialog.isVisible()
    assert dialog.refusal.text() == "Queue 'orders' exists with other arguments."


def test_every_field_can_be_reached_and_says_its_name(bench: Bench) -> None:
    """By Tab, and for a screen reader."""
    bench.sample()
    dialog = bench.window.structure.ask_declare()
    inputs = [block.input for block in dialog.blocks.values()]
    assert all(each.accessibleName() for each in inputs)
    assert all(each.focusPolicy() & Qt.FocusPolicy.TabFocus for each in inputs)


def test_the_page_of_an_exchange(bench: Bench, qtbot: QtBot) -> None:
    """Opened from the explorer; bound, unbound, deleted, and had back."""
    run_now(bench.broker.declare_exchange("shop", "topic", is_durable=True))
    bench.broker.add_queue("orders")
    bench.sample()
    bench.studio.explorer.set_open("exchanges:/", True)
    place = bench.studio.explorer.find_exchange("/", "shop")
    assert place is not None
    bench.window.explorer.table.select_row(place)
    view = bench.window.tabs.currentWidget()
    assert isinstance(view, ExchangeView)
    assert "topic" in words(view)
    dialog = view.bindings.ask_bind()
    fill(dialog, qtbot, destination="orders", routing_key="order.#")
    dialog.submit()
    assert bench.broker.bound == [BindingSpec("shop", "orders", "order.#")]
    view.bindings.table.select_row(0)
    view.bindings.unbind_button.click()
    assert bench.broker.bound == []
    view.bindings.table.setFocus()
    bench.window.undo()
    assert bench.broker.bound == [BindingSpec("shop", "orders", "order.#")]
    view.delete_button.click()
    assert "shop" not in bench.broker.exchanges
    bench.sample()
    assert "no longer exists" in words(view)
    action = bench.studio.notices.shown[-1].action
    assert action is not None
    run_now(action())
    assert bench.broker.exchanges["shop"].kind == "topic"
    bench.window.tabs.close_front()
    assert bench.window.tabs.count() == 1


def test_the_brokers_own_exchanges_stay(bench: Bench) -> None:
    """They cannot be deleted, and the default one cannot be bound."""
    bench.sample()
    bench.window.open_exchange("/", "")
    view = bench.window.tabs.currentWidget()
    assert isinstance(view, ExchangeView)
    assert not view.delete_button.isEnabled()
    assert not view.bindings.bind_button.isVisible()


def test_a_queue_shows_its_rules_bindings_and_consumers(bench: Bench) -> None:
    """Chips with explanations; a tab for each."""
    run_now(bench.broker.declare_queue("orders", is_durable=True, arguments={"x-message-ttl": 60_000}))
    run_now(bench.broker.bind("amq.direct", "orders", "new"))
    run_now(bench.broker.put_policy(Policy("/", "short", "^orders", {"max-length": 1000})))
    bench.broker.add_client(1, name="worker.py")
    bench.broker.subscriptions = [
        SubscriptionRow(1, "ctag1", "/", "orders", 1, 1, 1, 5, 3, False, False, False, 0, {})
    ]
    bench.sample()
    bench.window.open_queue("/", "orders")
    view = bench.window.queue_view
    assert view is not None
    chips = {label.text(): label.toolTip() for label in view.chips.findChildren(QLabel)}
    assert list(chips) == ["classic", "durable", "policy short", "TTL 60 s", "max 1,000, drop head"]
    assert "waited this long" in chips["TTL 60 s"]
    view.tabs.setCurrentIndex(BINDINGS)
    assert view.bindings.table.row_model.index(0, 1).data() == "amq.direct"
    view.tabs.setCurrentIndex(CONSUMERS)
    cells = [view.consumers.table.row_model.index(0, place).data() for place in range(5)]
    assert cells == ["waiting", "worker.py", "ctag1", "3", "5"]


def test_an_empty_queue_goes_at_once_and_comes_back(bench: Bench) -> None:
    """Nothing would be lost, so nothing is asked."""
    run_now(bench.broker.declare_queue("orders"))
    bench.sample()
    bench.window.open_queue("/", "orders")
    view = bench.window.queue_view
    assert view is not None
    view.delete_button.click()
    assert "orders" not in bench.broker.queues
    notice = bench.studio.notices.shown[-1]
    assert (notice.text, notice.verb) == ("Deleted orders.", "Undo")


def test_policies(bench: Bench, qtbot: QtBot) -> None:
    """Added with a preview, selected, changed, deleted."""
    bench.broker.add_queue("orders")
    bench.sample()
    panel = bench.window.policies
    bench.window.panes.show_dock("policies")
    dialog = panel.ask_add()
    fill(dialog, qtbot, name="short", pattern="^ord", **{"max__length": "5"})
    assert "orders (queue)" in words(dialog.preview)
    dialog.submit()
    panel.table.select_row(0)
    assert "Applies to 1 name" in words(panel.preview)
    change = panel.ask_edit()
    assert change is not None
    fill(change, qtbot, **{"max__length": "7"})
    change.submit()
    assert bench.broker.policies[False, "short"].definition == {"max-length": 7}
    panel.table.select_row(0)
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete)
    assert bench.broker.policies == {}


def test_users_and_permissions(bench: Bench, qtbot: QtBot) -> None:
    """Added, permitted with a preview, revoked, deleted."""
    bench.broker.users = {"guest": User("guest", ("administrator",), "hash")}
    bench.broker.permissions = {("guest", "/"): Permission("guest", "/", ".*", ".*", ".*")}
    bench.broker.add_queue("orders")
    bench.sample()
    bench.window.panes.show_dock("users")
    panel = bench.window.access
    bench.sample(6)
    assert panel.users.row_model.index(0, 0).data() == "guest"
    dialog = panel.ask_add()
    fill(dialog, qtbot, name="bot", password="secret", again="secret", may_all="")
    dialog.submit()
    assert bench.broker.users["bot"].has_password
    place = bench.studio.access.users.index_of("bot")
    assert place is not None
    panel.users.select_row(place)
    permit = panel.ask_permit()
    assert permit is not None
    fill(permit, qtbot, configure="^ord", write="", read=".*")
    assert "Configure: 1 name" in words(permit.preview)
    permit.submit()
    assert bench.broker.permissions["bot", "/"] == Permission("bot", "/", "^ord", "", ".*")
    panel.permissions.select_row(0)
    panel.revoke_button.click()
    assert ("bot", "/") not in bench.broker.permissions
    panel.delete_button.click()
    assert list(bench.broker.users) == ["guest"]


def test_virtual_hosts(bench: Bench, qtbot: QtBot) -> None:
    """Made, seen in the explorer, traced, and deleted after their name was typed."""
    bench.sample()
    dialog = bench.window.structure.ask_vhost()
    fill(dialog, qtbot, name="eu", is_traced="true")
    dialog.submit()
    bench.sample()
    titles = [(n.title, n.note) for n in bench.studio.explorer.nodes.rows if n.kind is NodeKind.VHOST]
    assert titles == [("/", "virtual host"), ("eu", "virtual host · traced")]
    place = bench.studio.explorer.nodes.index_of("vhost:eu")
    assert place is not None
    bench.window.explorer.table.select_row(place)
    question = bench.window.structure.ask_delete_vhost()
    assert not question.submit_button.isEnabled()
    fill(question, qtbot, name="eu")
    question.submit()
    assert list(bench.broker.vhosts) == ["/"]


def test_a_dead_letter_shows_its_path(bench: Bench) -> None:
    """In a tab of the inspector, and as a state of the row that it left."""
    message_id = bench.broker.add_message(
        "orders", state=MessageState.DEAD_LETTERED, ended_because="rejected"
    )
    death = Death("orders", "rejected", "shop", ("k",), 3, START_US)
    bench.broker.pasts[message_id] = Past(1, (death,))
    bench.sample()
    bench.window.open_queue("/", "orders")
    view = bench.window.queue_view
    assert view is not None
    assert view.table.row_model.index(0, 0).data() == "Dead"
    view.table.select_row(0)
    inspector = bench.window.inspector
    inspector.tabs.setCurrentIndex(3)
    assert inspector.deaths.text() == "Died 3 times: 3 times rejected in orders."
    assert "Rejected in orders" in inspector.path.accessibleName()


def test_a_message_that_came_straight_says_so(bench: Bench) -> None:
    """There is no path to draw."""
    bench.broker.add_message("orders")
    bench.sample()
    bench.window.open_queue("/", "orders")
    view = bench.window.queue_view
    assert view is not None
    view.table.select_row(0)
    assert bench.window.inspector.deaths.text().startswith("It came here straight")
    assert not bench.window.inspector.path.isVisibleTo(bench.window.inspector)


def test_words_flow(qtbot: QtBot) -> None:
    """Chips that do not fit go on the next line."""
    flow = FlowLayout(gap=4)
    box = QWidget()
    qtbot.addWidget(box)
    box.setLayout(flow)
    for _ in range(4):
        part = QWidget()
        part.setFixedSize(50, 20)
        flow.addWidget(part)
    assert flow.heightForWidth(300) == 20
    assert flow.heightForWidth(110) == 44


def test_what_was_closed_hears_no_more(bench: Bench, qtbot: QtBot) -> None:
    """Forms and pages that are gone are not told of what changes afterwards."""
    run_now(bench.broker.declare_exchange("shop", "topic"))
    bench.sample()
    dialog = bench.window.structure.ask_declare()
    bench.window.open_exchange("/", "shop")
    bench.window.open_queue("/", "orders")
    view = bench.window.tabs.widget(1)
    dialog.reject()
    bench.window.tabs.close_front()
    bench.window.tabs.setCurrentWidget(view)
    bench.window.tabs.close_front()
    qtbot.waitUntil(lambda: not isValid(dialog) and not isValid(view))
    bench.broker.add_queue("orders")
    run_now(bench.broker.bind("shop", "orders"))
    bench.sample()
    dialog.form.changed.emit()
    assert bench.notices() == []
