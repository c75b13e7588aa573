"""Preferences and keys in the window: applied at once, remembered, and no layout broken."""

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit

from mqstudio.gui.context import Context
from mqstudio.gui.main_window import MainWindow
from mqstudio.viewmodel.form import TRUE
from mqstudio.viewmodel.look import Density, Mode
from mqstudio.viewmodel.studio import Studio
from tests.gui.conftest import Bench


def choose(bench: Bench, name: str, value: str) -> None:
    """Choose a value in a list of the page."""
    box = bench.window.comfort.open_preferences().blocks[name].input
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData(value))


def test_the_look_changes_at_once(bench: Bench) -> None:
    """Theme, density and size; tables follow."""
    bench.window.comfort.open_preferences()
    choose(bench, "theme", "contrast")
    choose(bench, "density", "roomy")
    line = bench.window.comfort.open_preferences().blocks["ui_points"].input
    assert isinstance(line, QLineEdit)
    line.setText("20")
    line.textEdited.emit("20")
    theme = bench.theme
    assert (theme.look.mode, theme.look.density, theme.font.pointSizeF()) == (
        Mode.CONTRAST,
        Density.ROOMY,
        20,
    )
    assert bench.window.explorer.table.verticalHeader().defaultSectionSize() == 72
    assert bench.window.welcome.font().pointSizeF() == 20


def test_a_wrong_size_is_said_beside_it(bench: Bench) -> None:
    """And the window stays as it is."""
    before = bench.theme.look
    page = bench.window.comfort.open_preferences()
    bench.studio.preferences.edit("ui_points", "99")
    assert "8 to 24" in page.blocks["ui_points"].problem.text()
    assert bench.theme.look == before


def test_payloads_have_a_font_of_their_own(bench: Bench) -> None:
    """What shows payloads follows, nothing else."""
    bench.window.comfort.open_preferences()
    before = bench.theme.font.pointSizeF()
    bench.studio.preferences.edit("payload_points", "18")
    assert bench.window.inspector.text.font().pointSizeF() == 18
    assert bench.window.font().pointSizeF() == before


def test_preferences_are_remembered(bench: Bench, settings: QSettings) -> None:
    """The next window looks so, and has these keys."""
    bench.studio.preferences.edit("density", "compact")
    bench.studio.preferences.edit("single_keys", "")
    bench.studio.shortcuts.set("undo", "Ctrl+U")
    bench.window.remember()
    studio = Studio(bench.clock)
    window = MainWindow(Context(studio, bench.theme, bench.spawn), settings)
    assert studio.preferences.look().density is Density.COMPACT
    assert window.actions_by_name["undo"].shortcut() == QKeySequence("Ctrl+U")
    assert window.actions_by_name["kick"].shortcut().isEmpty()
    window.close()
    window.deleteLater()


def test_the_theme_of_the_menu_is_the_preferred_one(bench: Bench) -> None:
    """There is one truth about it."""
    bench.window.actions_by_name["theme_contrast"].trigger()
    assert bench.studio.preferences.value("theme") == "contrast"
    bench.window.toggle_theme()
    assert bench.studio.preferences.value("theme") == "light"


def test_single_letters_can_be_switched_off(bench: Bench) -> None:
    """Their verbs keep everything but the key."""
    kick = bench.window.actions_by_name["kick"]
    assert kick.shortcut() == QKeySequence("X")
    bench.studio.preferences.edit("single_keys", "")
    assert kick.shortcut().isEmpty()
    bench.studio.preferences.edit("single_keys", TRUE)
    assert kick.shortcut() == QKeySequence("X")


def test_rows_are_stepped_by_letters_only_while_those_are_on(bench: Bench) -> None:
    """j and k are letters too; the arrows go on working."""
    bench.broker.add_queue("orders", 3)
    bench.sample()
    bench.window.open_queue("/", "orders")
    view = bench.window.queue_view
    assert view is not None
    view.table.select_row(0)
    QTest.keyClick(view.table, Qt.Key.Key_J)
    assert view.table.currentIndex().row() == 1
    bench.studio.preferences.edit("single_keys", "")
    QTest.keyClick(view.table, Qt.Key.Key_J)
    assert view.table.currentIndex().row() == 1


def test_a_verb_is_given_other_keys(bench: Bench) -> None:
    """A conflict is said; who wants to takes them over; a reset brings all back."""
    editor = bench.window.comfort.open_shortcuts()
    actions = bench.window.actions_by_name
    editor.filter.setText("Undo")
    editor.table.select_row(0)
    editor.keys.setKeySequence(QKeySequence("Ctrl+W"))
    assert "“Close tab” already" in editor.problem.text() and not editor.set_button.isEnabled()
    editor.take_button.click()
    assert actions["undo"].shortcut() == QKeySequence("Ctrl+W") and actions["close_tab"].shortcut().isEmpty()
    editor.keys.setKeySequence(QKeySequence("Ctrl+Alt+U"))
    editor.set_button.click()
    assert actions["undo"].shortcut() == QKeySequence("Ctrl+Alt+U")
    editor.remove_button.click()
    assert actions["undo"].shortcut().isEmpty()
    editor.reset_all_button.click()
    assert actions["undo"].shortcut() == QKeySequence("Ctrl+Z")
    assert actions["close_tab"].shortcut() == QKeySequence("Ctrl+W")


def test_pages_are_opened_again(bench: Bench, settings: QSettings) -> None:
    """Those that were open, once it is known that they are there, and the same one in front."""
    for name in ("orders", "mail", "gone"):
        bench.broker.add_queue(name, 1)
    bench.sample()
    for name in ("orders", "mail", "gone"):
        bench.window.open_queue("/", name)
    bench.window.open_queue("/", "orders")
    bench.window.remember()
    del bench.broker.queues["gone"]
    studio = Studio(bench.clock)
    window = MainWindow(Context(studio, bench.theme, bench.spawn), settings)
    bench.broker.feed(studio.workspace)
    titles = [window.tabs.tabText(place) for place in range(window.tabs.count())]
    assert titles == ["Welcome", "orders", "mail"]
    assert window.queue_view is not None and window.queue_view.page.queue == "orders"
    window.close()
    window.deleteLater()


def test_f1_explains_what_has_the_keyboard(bench: Bench) -> None:
    """And again closes the card; Esc does so too."""
    card, explain = bench.window.comfort.card, bench.window.actions_by_name["explain"]
    bench.window.activateWindow()
    bench.window.explorer.table.setFocus()
    explain.trigger()
    assert card.isVisible() and card.title.text() == "Explorer"
    explain.trigger()
    assert not card.isVisible()
