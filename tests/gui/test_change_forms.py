"""Changing what is there: the difference is seen before it is applied, and can be undone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from mqstudio.gui.form_dialog import FormDialog
from mqstudio.gui.verbs import keys_of
from mqstudio.model.topology import BindingSpec
from tests.gui.conftest import Bench
from tests.gui.test_structure import fill
from tests.support.list_broker import run_now


def words(widget: QWidget) -> str:
    labels = [each for each in widget.findChildren(QLabel) if each.isVisibleTo(widget)]
    return "\n".join(each.text() for each in labels)


@pytest.fixture
def shop(bench: Bench) -> Bench:
    run_now(bench.broker.declare_queue("orders", is_durable=True))
    run_now(bench.broker.declare_exchange("shop", "topic", is_durable=True))
    run_now(bench.broker.bind("shop", "orders", "order.*"))
    bench.sample()
    bench.window.open_queue("/", "orders")
    return bench


def asked(bench: Bench) -> FormDialog:
    bench.window.actions_by_name["edit_settings"].trigger()
    return bench.window.findChildren(FormDialog)[-1]


def test_f2_opens_the_form_of_the_queue_in_front(shop: Bench, qtbot: QtBot) -> None:
    assert keys_of("edit_settings") == "F2"
    dialog = asked(shop)
    assert dialog.windowTitle() == "Queue orders"
    assert "Nothing yet." in words(dialog)
    assert not dialog.submit_button.isEnabled()
    fill(dialog, qtbot, **{"x__message__ttl": "30000"})
    assert "Message TTL: not set → 30 s" in words(dialog)
    assert dialog.summary.text() == "Messages that wait longer than 30 s are dropped."
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert shop.broker.policies[False, "only orders"].definition == {"message-ttl": 30_000}
    shop.window.undo()
    assert shop.broker.policies == {}


def test_what_needs_a_new_queue_says_so_and_moves_the_messages(shop: Bench, qtbot: QtBot) -> None:
    shop.broker.add_message("orders", b"1")
    dialog = asked(shop)
    fill(dialog, qtbot, **{"x__max__priority": "5"})
    assert "a new one gets them" in words(dialog)
    assert "Producers that publish to it by name must use the new one." in words(dialog)
    fill(dialog, qtbot, new_name="orders.v2")
    dialog.submit()
    assert len(shop.broker.queues["orders.v2"]) == 1
    assert shop.broker.bound == [BindingSpec("shop", "orders.v2", "order.*")]


def test_an_exchange_in_front_is_changed(shop: Bench, qtbot: QtBot) -> None:
    shop.window.open_exchange("/", "shop")
    dialog = asked(shop)
    fill(dialog, qtbot, kind="fanout")
    assert "Type: topic → fanout" in words(dialog)
    dialog.submit()
    assert shop.broker.exchanges["shop"].kind == "fanout"
    shop.window.tabs.close_front()


def test_the_brokers_own_exchanges_are_not_changed(shop: Bench) -> None:
    shop.window.open_exchange("/", "amq.direct")
    shop.window.actions_by_name["edit_settings"].trigger()
    assert shop.window.findChildren(FormDialog) == []
    assert shop.window.structure.ask_edit() is None
    shop.window.tabs.close_front()


def test_a_binding_is_changed_by_a_double_click(shop: Bench, qtbot: QtBot) -> None:
    view = shop.window.queue_view
    assert view is not None
    assert not view.bindings.change_button.isEnabled()
    view.bindings.table.select_row(0)
    view.bindings.table.opened.emit(0)
    dialog = shop.window.findChildren(FormDialog)[-1]
    fill(dialog, qtbot, routing_key="order.#")
    assert "Routing key: order.* → order.#" in words(dialog)
    dialog.submit()
    assert shop.broker.bound == [BindingSpec("shop", "orders", "order.#")]


def test_a_mistake_is_told_and_nothing_is_applied(shop: Bench, qtbot: QtBot) -> None:
    dialog = asked(shop)
    fill(dialog, qtbot, **{"x__message__ttl": "soon"})
    assert "must be a whole number" in words(dialog)
    assert not dialog.submit_button.isEnabled()
