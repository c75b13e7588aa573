"""Context menus: the same verbs as in the window's menus, with their keys beside them."""

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu

from mqstudio.viewmodel.explorer import NodeKind

NEW = ("declare", "declare_exchange", "declare_vhost")

NODE_MENUS: dict[NodeKind, tuple[str, ...]] = {
    NodeKind.QUEUE: ("compose", "test_message", "bind", "", "purge", "delete"),
    NodeKind.EXCHANGE: ("bind", "", "delete"),
    NodeKind.VHOST: (*NEW, "", "change_vhost", "delete_vhost"),
    NodeKind.CLIENT: ("kick",),
}
"""What can be done with a row of the explorer; "" is a line, what is not listed has NEW."""


class Menus(QObject):
    """Makes context menus of the window's actions."""

    def __init__(self, window: QMainWindow, actions: dict[str, QAction]) -> None:
        super().__init__(window)
        self._window, self._actions = window, actions

    def node_menu(self, kind: NodeKind) -> QMenu:
        """The menu of an explorer's row, made by the verbs of its kind."""
        return self.menu(*NODE_MENUS.get(kind, NEW))

    def menu(self, *names: str) -> QMenu:
        """A menu of some verbs; "" is a line. It goes when it closes."""
        made = QMenu(self._window)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in names:
            if name:
                made.addAction(self._actions[name])
            else:
                made.addSeparator()
        return made

    def popup_node(self, kind: NodeKind, place: QPoint) -> None:
        """Show the menu of an explorer's row."""
        self.node_menu(kind).popup(place)
