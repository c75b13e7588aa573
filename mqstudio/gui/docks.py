"""Docks without frames: a title above a card on the left and right, tabs above one at the bottom."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

from mqstudio.gui.theme import SMALL, TINY
from mqstudio.gui.widgets.basics import holder, label, row

TITLE_HEIGHT = 34
"""As high as the tabs beside it, so that all cards begin on one line."""


def dock(title: str, name: str, content: QWidget, *tools: QWidget, is_tabbed: bool = False) -> QDockWidget:
    """A dock of a window. `name` is what its place is remembered by."""
    made = QDockWidget(title)
    made.setObjectName(name)
    made.setWidget(content)
    if is_tabbed:
        made.setTitleBarWidget(QWidget())  # the tab is the title
    else:
        heading = label(title, "section")
        bar = holder(row(heading, None, *tools, margins=(SMALL, 0, TINY, 0), gap=TINY))
        bar.setFixedHeight(TITLE_HEIGHT)
        made.setTitleBarWidget(bar)
    return made


def arrange(window: QMainWindow, left: QDockWidget, right: QDockWidget, bottom: list[QDockWidget]) -> None:
    """Put the docks in their first places."""
    window.setDockNestingEnabled(True)
    window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
    window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
    window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, left)
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, right)
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, bottom[0])
    for other in bottom[1:]:
        window.tabifyDockWidget(bottom[0], other)
    bottom[0].raise_()
    window.resizeDocks([left, right], [264, 372], Qt.Orientation.Horizontal)
    window.resizeDocks([bottom[0]], [236], Qt.Orientation.Vertical)


def inset(window: QMainWindow) -> None:
    """Keep the cards off the window's edges."""
    window.setContentsMargins(SMALL, 0, SMALL, 0)
