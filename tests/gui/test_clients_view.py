"""The clients panel: who is connected and what they do; who tried and failed; closing one's connection."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mqstudio.gui.theme import Mode
from mqstudio.model.rates import ScopeKind
from mqstudio.model.rows import ClientDetail, FailedHandshake
from tests.gui.conftest import Bench
from tests.support.list_broker import START_US


def _open(bench: Bench) -> None:
    bench.window.panes.show_dock("clients")
    bench.sample()


def _cells(bench: Bench, key: str) -> list[str]:
    table = bench.window.clients.table
    place = [column.key for column in table.columns].index(key)
    model = table.row_model
    return [model.index(row, place).data() for row in range(model.rowCount())]


def test_fills_and_changes(bench: Bench) -> None:
    bench.broker.add_client(1, name="shop.py")
    bench.broker.details[1] = ClientDetail(1, 77, "python shop.py", last_error="No such queue.")
    _open(bench)
    assert _cells(bench, "name") == ["shop.py"]
    assert _cells(bench, "process") == ["python shop.py · 77"]
    assert _cells(bench, "error") == ["No such queue."]
    bench.broker.add_client(1, name="shop.py", published=50)
    bench.broker.add_client(2, name="worker")
    bench.sample(2)
    assert _cells(bench, "name") == ["shop.py", "worker"]
    assert _cells(bench, "in")[0] == "25"


def test_when_nobody_is_connected_it_says_who_tried(bench: Bench) -> None:
    _open(bench)
    view = bench.window.clients
    assert view._words.text().startswith("Nobody is connected. Point a RabbitMQ client at amqp://")
    assert not view.failures.isVisible()
    bench.broker.failed = [
        FailedHandshake(START_US, "amqp091", "127.0.0.1:1", "There is no user <b>x</b>."),
        FailedHandshake(START_US, "amqp091", "127.0.0.1:2", "It hung up."),
    ]
    bench.sample(6)
    assert view.failures.isVisible()
    assert [line.split("  ")[1:] for line in view.failures.text().splitlines()] == [
        ["127.0.0.1:1", "There is no user <b>x</b>."],
        ["127.0.0.1:2", "It hung up."],
    ]
    assert view._words.text().endswith("These have tried, and failed:")


def test_the_rates_of_a_client_are_one_click_away(bench: Bench, qtbot: QtBot) -> None:
    bench.broker.add_client(4, name="worker")
    _open(bench)
    view = bench.window.clients
    assert not view.rates_button.isEnabled()
    view.table.select_row(0)
    qtbot.mouseClick(view.rates_button, Qt.MouseButton.LeftButton)
    shown = bench.studio.rates.shown
    assert (shown.kind, shown.id, shown.title) == (ScopeKind.CLIENT, 4, "Client worker")
    assert not bench.window.rates.visibleRegion().isEmpty()


def test_a_connection_is_closed_by_key_and_by_button(bench: Bench, qtbot: QtBot) -> None:
    bench.broker.add_client(1)
    bench.broker.add_client(2)
    _open(bench)
    view = bench.window.clients
    view.table.setFocus()
    view.table.select_row(0)
    qtbot.keyClick(view.table, Qt.Key.Key_X)
    assert bench.broker.kicked == [1]
    bench.sample()
    view.table.select_row(0)
    qtbot.mouseClick(view.kick_button, Qt.MouseButton.LeftButton)
    assert bench.broker.kicked == [1, 2]


def test_a_broker_that_is_lost_leaves_nobody(bench: Bench) -> None:
    bench.broker.add_client(1)
    _open(bench)
    bench.studio.workspace.lose("gone")
    assert _cells(bench, "name") == []
    assert not bench.window.clients.kick_button.isEnabled()


def test_nothing_is_asked_behind_another_tab(bench: Bench) -> None:
    bench.broker.add_client(1)
    bench.window.panes.show_dock("rates")
    for number in range(6):
        bench.broker.add_client(1, published=number)
        bench.sample()
    assert bench.broker.details_asked == 0
    _open(bench)
    assert bench.broker.details_asked >= 1


def test_thousands_of_clients(bench: Bench) -> None:
    """All are listed; looking at them costs one question, not one each."""
    for number in range(1, 3_001):
        bench.broker.add_client(number, name=f"app-{number}")
    _open(bench)
    asked = bench.broker.details_asked
    assert len(_cells(bench, "name")) == 3_000
    bench.sample()
    assert bench.broker.details_asked - asked <= 1


def test_both_themes_draw(bench: Bench) -> None:
    bench.broker.add_client(1)
    _open(bench)
    pictures = []
    for mode in (Mode.LIGHT, Mode.DARK):
        bench.theme.set_mode(mode)
        pictures.append(bench.window.clients.grab().toImage())
    bench.theme.set_mode(Mode.LIGHT)
    assert pictures[0] != pictures[1]
