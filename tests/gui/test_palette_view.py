"""The command palette over a window: found, chosen, refused with a reason, closed."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mqstudio.gui.verbs import BY_NAME, VERBS
from mqstudio.gui.widgets.palette_view import PaletteView
from mqstudio.viewmodel.palette import Kind
from tests.gui.conftest import Bench


def opened(bench: Bench, typed: str = "") -> PaletteView:
    bench.window.comfort.open_palette()
    view = bench.window.comfort.palette_view
    QTest.keyClicks(view.line, typed)
    return view


def press(view: PaletteView, key: Qt.Key) -> None:
    QTest.keyClick(view.line, key)


@pytest.mark.parametrize("keys", [Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier])
def test_its_keys(bench: Bench, qtbot: QtBot, keys: Qt.KeyboardModifier) -> None:
    """Ctrl+K, and Ctrl+Shift+P as in other programs."""
    key = Qt.Key.Key_P if keys else Qt.Key.Key_K
    bench.window.activateWindow()
    QTest.keyClick(bench.window, key, keys | Qt.KeyboardModifier.ControlModifier)
    view = bench.window.comfort.palette_view
    qtbot.waitUntil(view.isVisible)
    assert not view.isModal()


def test_a_queue_is_opened(bench: Bench) -> None:
    """By a part of its name and Enter."""
    bench.broker.add_queue("orders.eu", 2)
    bench.sample()
    view = opened(bench, "orders eu")
    press(view, Qt.Key.Key_Return)
    assert bench.window.queue_view is not None
    assert (bench.window.queue_view.page.queue, view.isVisible()) == ("orders.eu", False)


def test_an_exchange_and_a_client_are_shown(bench: Bench) -> None:
    """Each where it belongs."""
    bench.broker.add_client(7, name="worker-2")
    bench.sample()
    press(opened(bench, "amq.direct"), Qt.Key.Key_Return)
    assert bench.window.tabs.exchange_view is not None
    press(opened(bench, "worker-2"), Qt.Key.Key_Return)
    assert bench.window.panes.docks["clients"].isVisible()


def test_a_verb_is_done_with_its_key_shown(bench: Bench) -> None:
    """Found by another tool's word for it."""
    view = opened(bench, "options")
    assert view.model.items[0].keys == BY_NAME["preferences"].keys
    press(view, Qt.Key.Key_Return)
    assert bench.window.tabs.currentWidget() is bench.window.comfort.open_preferences()


def test_what_cannot_be_done_says_why(bench: Bench) -> None:
    """It is listed, and stays open when it is chosen."""
    view = opened(bench, "purge")
    assert view.model.items[0].why_not == "Open a queue first"
    press(view, Qt.Key.Key_Return)
    assert view.isVisible() and view.count.text() == "Open a queue first"


def test_arrows_go_through_the_list_and_esc_closes(bench: Bench) -> None:
    """The keyboard goes back to where it was."""
    bench.window.explorer.table.setFocus()
    view = opened(bench)
    press(view, Qt.Key.Key_Down)
    assert view.list.currentIndex().row() == 1
    press(view, Qt.Key.Key_PageDown)
    assert view.list.currentIndex().row() == 11
    press(view, Qt.Key.Key_Escape)
    assert not view.isVisible() and bench.window.explorer.table.hasFocus()


def test_a_click_does_it_too(bench: Bench) -> None:
    """By mouse alone."""
    view = opened(bench, "look dark")
    place = view.list.visualRect(view.model.index(0, 0)).center()
    QTest.mouseClick(view.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert bench.theme.colours.is_dark


def test_every_verb_is_in_it_and_shows_its_key(bench: Bench) -> None:
    """All but the one that opens it, which is where they stand."""
    view = opened(bench)
    found = {item.key[1]: item for item in view.model.items if item.kind is Kind.VERB}
    assert found.keys() == {verb.name for verb in VERBS} - {"palette"}
    assert {name: item.keys for name, item in found.items()} == {
        verb.name: verb.keys for verb in VERBS if verb.name != "palette"
    }


def test_it_fits_into_a_small_window(bench: Bench) -> None:
    """And follows when the window changes its size."""
    bench.window.resize(900, 420)
    view = opened(bench)
    assert bench.window.rect().contains(view.geometry())
    bench.window.resize(1300, 800)
    assert abs(view.geometry().center().x() - bench.window.rect().center().x()) <= 1


def test_a_message_is_shown_by_its_id(bench: Bench) -> None:
    """Its queue is opened with it alone in the list."""
    bench.broker.add_message("orders")
    bench.sample()
    bench.window.comfort.message_wanted.emit("/", "orders", 1)
    page = bench.studio.page("/", "orders")
    assert page.filter.text == "id == 1"
