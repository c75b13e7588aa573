"""The table of connected programs, and the way to close one's connection."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.row_table import RowTable, RowTableModel
from mqstudio.gui.theme import MEDIUM, SMALL
from mqstudio.gui.widgets.basics import button, card, column, holder, label, row, set_text
from mqstudio.model.samples import ConnectionSample
from mqstudio.viewmodel.clients import CLIENT_COLUMNS


class ClientsView(QWidget):
    """Shows the Clients view-model."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._clients = context.studio.clients
        model = RowTableModel(self._clients.rows, CLIENT_COLUMNS, context.studio.workspace.now_us, self)
        self.table = RowTable(context.theme, model, "Clients")
        self.kick_button = button("Close connection", icon=context.theme.icon("kick"), shortcut="X")
        self.kick_button.setEnabled(False)
        self._words = label("", "muted", wraps=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(holder(column(None, self._words, None, margins=(MEDIUM, 0, MEDIUM, 0))))
        side = column(self.kick_button, None, margins=(SMALL, SMALL, SMALL, SMALL))
        layout = row(self._stack, side, gap=0)
        layout.setStretch(0, 1)
        self.setLayout(column(card(layout)))
        self.kick_button.clicked.connect(self.kick)
        self.table.selectionModel().selectionChanged.connect(self._on_selection)
        self._clients.changed.connect(self._refresh)
        context.studio.welcome.changed.connect(self._refresh)
        context.theme.changed.connect(self._on_theme_changed)
        self._refresh()

    def _refresh(self) -> None:
        has_rows = len(self._clients.rows) > 0
        self._stack.setCurrentIndex(0 if has_rows else 1)
        url = self._context.studio.welcome.url
        set_text(self._words, f"Nobody is connected. Point a RabbitMQ client at {url}")
        self._on_selection()

    def _on_selection(self) -> None:
        self.kick_button.setEnabled(self.table.current_row() is not None)

    def show_client(self, connection_id: int) -> None:
        """Select a client."""
        place = self._clients.rows.index_of(connection_id)
        if place is not None:
            self.table.select_row(place)

    def kick(self) -> None:
        """Close the selected client's connection."""
        client: ConnectionSample | None = self.table.current_row()
        if client is not None:
            self._context.spawn(self._context.studio.actions.kick(client.id), self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_X and not event.modifiers():
            self.kick()
        else:
            super().keyPressEvent(event)

    def _on_theme_changed(self) -> None:
        self.kick_button.setIcon(self._context.theme.icon("kick"))
