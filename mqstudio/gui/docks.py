"""Docks without frames: a title above a card on the left and right, tabs above one at the bottom."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QLayout, QMainWindow, QTabWidget, QWidget

from mqstudio.gui.theme import SMALL, TINY
from mqstudio.gui.widgets.basics import label, row

TITLE_HEIGHT = 38
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
        made.setTitleBarWidget(TitleBar(row(heading, None, *tools, margins=(SMALL, 0, TINY, 0), gap=TINY)))
    return made


class TitleBar(QWidget):
    """A title as high as the tabs beside it; a dock asks for the hint, not for the size."""

    def __init__(self, layout: QLayout) -> None:
        super().__init__()
        self.setLayout(layout)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._height())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self._height())

    def _height(self) -> int:
        return max(TITLE_HEIGHT, self.fontMetrics().height() + TITLE_HEIGHT // 2)


def arrange(window: QMainWindow, left: QDockWidget, right: QDockWidget, bottom: list[QDockWidget]) -> None:
    """Put the docks in their first places."""
    window.setDockNestingEnabled(True)
    window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
    for corner in (Qt.Corner.BottomLeftCorner, Qt.Corner.BottomRightCorner):
        window.setCorner(corner, Qt.DockWidgetArea.BottomDockWidgetArea)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, left)
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, right)
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, bottom[0])
    for other in bottom[1:]:
        window.tabifyDockWidget(bottom[0], other)
    bottom[0].raise_()
    window.resizeDocks([left, right], [256, 388], Qt.Orientation.Horizontal)
    window.resizeDocks([bottom[0]], [250], Qt.Orientation.Vertical)


def inset(window: QMainWindow) -> None:
    """Keep the cards off the window's edges."""
    window.setContentsMargins(SMALL, 0, SMALL, 0)
