"""Docks without frames: a title above a card on the left and right, tabs above one at the bottom."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QDockWidget, QFrame, QLayout, QMainWindow, QScrollArea, QTabWidget, QWidget

from mqstudio.gui.theme import SMALL, TINY
from mqstudio.gui.widgets.basics import label, row

TITLE_HEIGHT = 38
"""As high as the tabs beside it, so that all cards begin on one line."""

SMALLEST = (916, 300)
"""What needs more, in pixels, can be made as small as this, and is scrolled then."""


def dock(title: str, name: str, content: QWidget, *tools: QWidget, is_tabbed: bool = False) -> QDockWidget:
    """A dock of a window. `name` is what its place is remembered by."""
    made = QDockWidget(title)
    made.setObjectName(name)
    made.setWidget(Scroller(content))
    if is_tabbed:
        made.setTitleBarWidget(QWidget())  # the tab is the title
    else:
        heading = label(title, "section")
        made.setTitleBarWidget(TitleBar(row(heading, None, *tools, margins=(SMALL, 0, TINY, 0), gap=TINY)))
    return made


class Scroller(QScrollArea):
    """Can be smaller than what is in it: with large text a window must not outgrow its screen."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._content = content
        self._least = QSize()
        self.setWidget(content)
        content.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._content and event.type() == QEvent.Type.LayoutRequest:
            least = self._content.minimumSizeHint()
            if least != self._least:
                self._least = least
                self.updateGeometry()  # an area alone would not pass on that its content needs more
        return super().eventFilter(watched, event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Content that was laid out and needs as much as before is not drawn anew: it is at every number."""
        if event.type() == QEvent.Type.LayoutRequest and self._content.minimumSizeHint() == self._least:
            return True
        return super().viewportEvent(event)

    def sizeHint(self) -> QSize:
        return self._content.sizeHint()

    def minimumSizeHint(self) -> QSize:
        least = self._content.minimumSizeHint().expandedTo(self._content.minimumSize())
        return (least + QSize(2, 2)).boundedTo(QSize(*SMALLEST))  # else a bar comes for a pixel


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
