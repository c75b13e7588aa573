"""Context menus: the same verbs as in the window's menus, with their keys beside them."""

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu, QTableView

from mqstudio.gui.verbs import VERBS
from mqstudio.gui.words import tr
from mqstudio.viewmodel.explorer import NodeKind

_NAMES = "verbs"
"""The property of a table that has the verbs of its menu."""

NEW = ("declare", "declare_exchange", "declare_vhost")

_CONNECTS = [verb.name for verb in VERBS if verb.menu == "Queue/Copy connection snippet"]
_NAMES_OF_PLACES = ("", "copy_name", "> Copy connection snippet", *_CONNECTS, "<", "")

NODE_MENUS: dict[NodeKind, tuple[str, ...]] = {
    NodeKind.QUEUE: (
        "compose",
        "test_message",
        "bind",
        "edit_settings",
        "pause_queue",
        "show_in_flow",
        "why_queue",
        *_NAMES_OF_PLACES,
        "export",
        "replay",
        "move_all",
        "",
        "purge",
        "purge_first",
        "delete",
    ),
    NodeKind.EXCHANGE: ("bind", "edit_settings", *_NAMES_OF_PLACES, "delete"),
    NodeKind.VHOST: (*NEW, "", "copy_name", "change_vhost", "limit_vhost", "delete_vhost"),
    NodeKind.CLIENT: ("pause_client", "copy_name", "", "kick"),
}
"""What can be done with a row of the explorer; "" is a line, what is not listed has NEW."""

_FILTERS = [verb.name for verb in VERBS if verb.menu == "Message/Filter by"]
_EXCLUDES = [verb.name for verb in VERBS if verb.menu == "Message/Exclude"]
_COPIES = [verb.name for verb in VERBS if verb.menu == "Message/Copy"]

MESSAGE_MENU = (
    "lifecycle", "why", "", "edit_resend", "resend", "resend_to", "", "move", "copy_to", "requeue", "",
    "> Filter by", *_FILTERS, "<", "> Exclude", *_EXCLUDES, "<", "",
    "mark", "comment", "filter_marked", "compare", "save_template", "> Copy", *_COPIES, "<", "",
    "export", "replay", "replay_from_here", "",
    "release", "accept", "reject", "", "remove", "purge_shown",
)  # fmt: skip
"""What can be done with messages; from "> Title" to "<" in a menu within."""
CLIENT_MENU = ("pause_client", "", "kick")
CONSUMER_MENU = ("pause_consumer",)


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
        made = here = QMenu(self._window)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in names:
            if name.startswith("> "):
                here = made.addMenu(tr(name[2:]))
            elif name == "<":
                here = made
            elif name:
                here.addAction(self._actions[name])
            else:
                here.addSeparator()
        return made

    def attach_messages(self, table: QTableView) -> None:
        """Have a right click on messages offer their verbs; it selects first what it meets."""
        self._attach(table, MESSAGE_MENU)

    def attach_clients(self, table: QTableView) -> None:
        """Likewise for clients."""
        self._attach(table, CLIENT_MENU)

    def attach_consumers(self, table: QTableView) -> None:
        """Likewise for consumers."""
        self._attach(table, CONSUMER_MENU)

    def _attach(self, table: QTableView, names: tuple[str, ...]) -> None:
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.setProperty(_NAMES, list(names))
        table.customContextMenuRequested.connect(self._on_menu)

    def _on_menu(self, place: QPoint) -> None:
        table = self.sender()
        assert isinstance(table, QTableView)
        index = table.indexAt(place)
        if not index.isValid():
            return
        if not table.selectionModel().isSelected(index):
            table.setCurrentIndex(index)
        table.setFocus()  # the verbs are about what has the keyboard
        self.menu(*table.property(_NAMES)).popup(table.viewport().mapToGlobal(place))

    def popup_node(self, kind: NodeKind, place: QPoint) -> None:
        """Show the menu of an explorer's row."""
        self.node_menu(kind).popup(place)
