"""Topic permissions and limits in the window: in the Users panel, and from the explorer."""

from pytestqt.qtbot import QtBot

from mqstudio.gui.form_dialog import FormDialog
from mqstudio.model.access import Permission, TopicPermission, User, UserLimits, VhostLimits
from tests.gui.conftest import Bench
from tests.gui.test_structure import fill
from tests.support.list_broker import run_now


def open_panel(bench: Bench) -> None:
    bench.broker.users["anna"] = User("anna")
    bench.broker.permissions["anna", "/"] = Permission("anna", "/", ".*", ".*", ".*")
    run_now(bench.broker.declare_exchange("shop", "topic"))
    bench.sample()
    bench.window.panes.show_dock("users")
    bench.studio.access.look_again()


def test_routing_keys_are_restricted_changed_lifted_and_had_back(bench: Bench, qtbot: QtBot) -> None:
    open_panel(bench)
    topics = bench.window.access.topics
    dialog = topics.ask_add()
    assert dialog is not None
    fill(dialog, qtbot, exchange="shop", write="^eu")
    assert "anna may publish with ^eu" in dialog.summary.text()
    dialog.submit()
    here = bench.broker.limited.topics
    assert list(here.values()) == [TopicPermission("anna", "/", "shop", "^eu", ".*")]
    topics.table.select_row(0)
    changing = topics.ask_edit()
    assert changing is not None
    fill(changing, qtbot, write="^us")
    changing.submit()
    assert [each.write for each in here.values()] == ["^us"]
    topics.table.select_row(0)
    topics.lift_button.click()
    assert not here
    bench.window.undo()
    assert [each.write for each in here.values()] == ["^us"]


def test_limits_of_a_user(bench: Bench, qtbot: QtBot) -> None:
    open_panel(bench)
    dialog = bench.window.access.ask_limits()
    assert dialog is not None
    fill(dialog, qtbot, max_connections="3")
    dialog.submit()
    assert bench.broker.limited.users["anna"] == UserLimits("anna", 3, None)


def test_limits_of_a_virtual_host(bench: Bench, qtbot: QtBot) -> None:
    bench.sample()
    bench.window.actions_by_name["limit_vhost"].trigger()
    dialog = bench.window.findChildren(FormDialog)[-1]
    fill(dialog, qtbot, max_queues="9")
    dialog.submit()
    assert bench.broker.limited.vhosts["/"] == VhostLimits("/", None, 9)


def test_nothing_is_offered_without_a_user(bench: Bench) -> None:
    topics = bench.window.access.topics
    assert not topics.add_button.isEnabled()
    assert (topics.ask_add(), topics.ask_edit(), bench.window.access.ask_limits()) == (None, None, None)
    topics.lift()
    assert bench.broker.limited.topics == {}
