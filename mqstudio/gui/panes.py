"""The parts of the window that the keyboard goes round with F6, and the docks at the bottom."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QWidget

from mqstudio.gui.docks import Scroller, arrange, dock, inset
from mqstudio.gui.pages import Pages
from mqstudio.gui.widgets.explorer_view import ExplorerView
from mqstudio.gui.widgets.flow_view import FlowView
from mqstudio.gui.widgets.inspector_view import InspectorView
from mqstudio.gui.widgets.publish_view import PublishView
from mqstudio.gui.words import tr

BOTTOM = {
    "rates": "Rates",
    "clients": "Clients",
    "publish": "Publish",
    "conversation": "Conversation",
    "policies": "Policies",
    "users": "Users",
    "health": "Health",
    "problems": "Problems",
    "replay": "Replay",
}
"""Docks at the bottom: the name by which their places are remembered, and what their tabs say."""


class Panes(QObject):
    """Puts the docks into a window, brings them to the front, and steps from pane to pane."""

    def __init__(
        self,
        window: QMainWindow,
        pages: Pages,
        explorer: ExplorerView,
        inspector: InspectorView,
        *,
        bottom: dict[str, QWidget],
        explorer_tools: Sequence[QWidget],
    ) -> None:
        super().__init__(window)
        self._window, self._pages, self._explorer, self._inspector = window, pages, explorer, inspector
        self._contents = bottom
        left = dock(tr("EXPLORER"), "explorer", explorer, *explorer_tools)
        right = self.inspector_dock = dock(tr("INSPECTOR"), "inspector", inspector)
        self.docks: dict[str, QDockWidget] = {
            name: dock(tr(title), name, bottom[name], is_tabbed=True) for name, title in BOTTOM.items()
        }
        window.setCentralWidget(Scroller(pages))
        arrange(window, left, right, list(self.docks.values()))
        inset(window)

    def show_dock(self, name: str) -> None:
        """Bring a dock at the bottom to the front."""
        self.docks[name].show()
        self.docks[name].raise_()

    def show_inspector(self) -> None:
        """Bring the inspector to the front."""
        self.inspector_dock.show()
        self.inspector_dock.raise_()

    def step(self, by: int) -> None:
        """The keyboard goes to the next pane, or to the one before; those behind a tab are left out."""
        focus = QApplication.focusWidget()
        panes = [pane for pane in self._panes() if not pane.visibleRegion().isEmpty()]
        here = next((i for i, p in enumerate(panes) if focus and (p is focus or p.isAncestorOf(focus))), -by)
        self._enter(panes[(here + by) % len(panes)])

    def _panes(self) -> list[QWidget]:
        return [self._explorer.table, self._pages, self._inspector, *self._contents.values()]

    def _enter(self, pane: QWidget) -> None:
        """Where in a pane the keyboard begins."""
        view, front = self._pages.queue_view, self._pages.currentWidget()
        if pane is self._pages and view is not None:
            pane = view.table
        elif pane is self._pages and isinstance(front, FlowView):
            pane = front.canvas
        elif pane is self._inspector and self._inspector.tabs.isVisible():
            pane = self._inspector.tabs
        elif isinstance(pane, PublishView):
            pane = pane.key
        elif pane in self._contents.values():
            pane = _first_stop(pane)
        pane.setFocus(Qt.FocusReason.ShortcutFocusReason)


def _first_stop(pane: QWidget) -> QWidget:
    """The first part of a pane, in the order of Tab, that takes the keyboard now."""
    at = pane.nextInFocusChain()
    while at is not None and at is not pane:
        takes = bool(at.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if takes and pane.isAncestorOf(at) and at.isEnabled() and not at.visibleRegion().isEmpty():
            return at
        at = at.nextInFocusChain()
    return pane
