"""A window out of sight draws nothing; one whose numbers change is not laid out as a whole."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget
from pytestqt.qtbot import QtBot

from mqstudio.gui.docks import Scroller
from mqstudio.gui.sight import Sight
from mqstudio.viewmodel.workspace import Workspace
from tests.gui.conftest import Bench


def test_a_minimised_window_is_not_drawn(qtbot: QtBot) -> None:
    window, workspace = QWidget(), Workspace()
    qtbot.addWidget(window)
    Sight(window, workspace)
    assert workspace.is_seen
    window.show()
    window.showMinimized()
    assert not workspace.is_seen
    assert not window.updatesEnabled()
    window.showNormal()
    assert workspace.is_seen
    assert window.updatesEnabled()
    window.hide()
    assert not workspace.is_seen


def test_pages_that_need_as_much_room_as_before_are_left_alone(bench: Bench) -> None:
    """Each number that changes lays out what it is on: that is not to have all pages drawn anew."""
    tabs = bench.window.tabs
    stack = tabs.findChild(QStackedWidget)
    assert stack is not None
    QApplication.sendEvent(tabs, QEvent(QEvent.Type.LayoutRequest))
    right = stack.geometry()
    stack.resize(10, 10)
    QApplication.sendEvent(tabs, QEvent(QEvent.Type.LayoutRequest))
    assert stack.geometry() != right
    tabs.setTabText(0, "A title that needs more room than the one before")
    QApplication.sendEvent(tabs, QEvent(QEvent.Type.LayoutRequest))
    assert stack.geometry() == right


def test_content_that_needs_more_is_given_it(qtbot: QtBot) -> None:
    """An area passes on what its content needs, and only when that has changed."""
    content = QWidget()
    content.setMinimumSize(50, 50)
    area = Scroller(content)
    qtbot.addWidget(area)
    QApplication.sendEvent(content, QEvent(QEvent.Type.LayoutRequest))
    least = area.minimumSizeHint()
    content.setMinimumSize(90, 90)
    QApplication.sendEvent(content, QEvent(QEvent.Type.LayoutRequest))
    assert area.minimumSizeHint().width() == least.width() + 40
    area.resize(60, 60)
    area.show()
    assert content.width() >= 90
