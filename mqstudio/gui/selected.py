"""What the verbs are about now: by the pane that last had the keyboard, and what is selected in it."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from mqstudio.gui.pages import Pages
from mqstudio.gui.widgets.clients_view import ClientsView
from mqstudio.gui.widgets.explorer_view import ExplorerView
from mqstudio.gui.widgets.queue_view import CONSUMERS, QueueView
from mqstudio.model.rows import SubscriptionRow
from mqstudio.viewmodel.explorer import Node, NodeKind
from mqstudio.viewmodel.studio import Studio


class Selected(QObject):
    """Asked by verbs whenever they are switched on or off, and when they act."""

    def __init__(
        self, window: QWidget, studio: Studio, pages: Pages, explorer: ExplorerView, clients: ClientsView
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._studio, self._pages, self._explorer, self._clients = studio, pages, explorer, clients
        self._pane: QWidget | None = None

    def note_focus(self, widget: QWidget | None) -> None:
        """The keyboard went somewhere; menus and fields do not change what is meant."""
        panes = (self._explorer.table, self._clients.table, self._pages)
        for pane in panes:
            if widget is not None and (widget is pane or pane.isAncestorOf(widget)):
                self._pane = pane

    @property
    def is_live(self) -> bool:
        """Whether there is a broker to do anything."""
        return self._studio.workspace.is_live

    def view(self) -> QueueView | None:
        """The queue's page that verbs about queues and messages mean, if its queue is there."""
        view = self._pages.queue_view
        if view is None or view.page.sample is None or not self.is_live:
            return None
        node = self.node()
        is_other = node is not None and node.kind in (NodeKind.CLIENT, NodeKind.EXCHANGE, NodeKind.VHOST)
        return None if is_other else view

    def node(self) -> Node | None:
        """The explorer's row, while the explorer is meant."""
        row: Node | None = self._explorer.table.current_row()
        return row if self._pane is self._explorer.table else None

    def has_queue(self) -> bool:
        """Whether verbs about a queue can be done."""
        return self.view() is not None

    def client(self) -> int | None:
        """The client that is meant: its connection's id."""
        node = self.node()
        if not self.is_live:
            return None
        if node is not None:
            return node.id if node.kind is NodeKind.CLIENT else None
        row = self._clients.table.current_row()
        return row.id if row is not None and self._pane is not self._pages else None

    def has_client(self) -> bool:
        """Whether verbs about a client can be done."""
        return self.client() is not None

    def consumer(self) -> SubscriptionRow | None:
        """The consumer that is meant."""
        view = self._pages.queue_view
        if view is None or not self.is_live or view.tabs.currentIndex() != CONSUMERS:
            return None
        line = view.consumers.table.current_row()
        return line.row if line is not None and self._pane is self._pages else None

    def has_consumer(self) -> bool:
        """Whether verbs about a consumer can be done."""
        return self.consumer() is not None
