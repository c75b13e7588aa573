"""The table of connected programs, and the way to close one's connection."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.row_table import RowTable, RowTableModel
from mqstudio.gui.theme import MEDIUM, SMALL
from mqstudio.gui.widgets.basics import button, card, column, holder, label, row, set_text
from mqstudio.gui.words import tr
from mqstudio.viewmodel.clients import CLIENT_COLUMNS, ClientLine
from mqstudio.viewmodel.rate_scopes import of_client


class ClientsView(QWidget):
    """Shows the Clients view-model. rates_wanted: those of a client are chosen, bring them to the front."""

    rates_wanted = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._clients = context.studio.clients
        model = RowTableModel(self._clients.rows, CLIENT_COLUMNS, context.studio.workspace.now_us, self)
        self.table = RowTable(context.theme, model, tr("Clients"))
        self.kick_button = button(tr("Close connection"), icon=context.theme.icon("kick"), shortcut="X")
        self.rates_button = button(
            tr("Show its rates"),
            icon=context.theme.icon("rates"),
            tip_text=tr("Show the rates of this client"),
        )
        self._words = label("", "muted", wraps=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.failures = label("", "mono", wraps=True, selectable=True)
        self.failures.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.failures.setAccessibleName(tr("Handshakes that failed last"))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        words = column(None, self._words, self.failures, None, margins=(MEDIUM, 0, MEDIUM, 0))
        self._stack.addWidget(holder(words))
        side = column(self.rates_button, self.kick_button, None, margins=(SMALL, SMALL, SMALL, SMALL))
        layout = row(self._stack, side, gap=0)
        layout.setStretch(0, 1)
        self.setLayout(column(card(layout)))
        self.kick_button.clicked.connect(self.kick)
        self.rates_button.clicked.connect(self.show_rates)
        self.table.selectionModel().selectionChanged.connect(self._on_selection)
        follow(self, self._clients.changed, self._refresh)
        follow(self, self._clients.wants_refresh, self._on_refresh_wanted)
        follow(self, context.studio.welcome.changed, self._refresh)
        context.theme.changed.connect(self._on_theme_changed)
        self._refresh()

    def _refresh(self) -> None:
        has_rows = len(self._clients.rows) > 0
        self._stack.setCurrentIndex(0 if has_rows else 1)
        url = self._context.studio.welcome.url
        failures = self._clients.failures()
        tried = " These have tried, and failed:" if failures else ""
        set_text(
            self._words,
            tr("Nobody is connected. Point a RabbitMQ client at {url}{tried}", url=url, tried=tried),
        )
        set_text(self.failures, "\n".join(failures))
        self.failures.setVisible(bool(failures))
        self._on_selection()

    def _on_selection(self) -> None:
        has_client = self.table.current_row() is not None
        for part in (self.kick_button, self.rates_button):
            part.setEnabled(has_client)

    def set_seen(self, is_seen: bool) -> None:
        """Somebody looks, or nobody does: then nothing is asked for."""
        self._clients.set_visible(is_seen)

    def _on_refresh_wanted(self) -> None:
        self._context.spawn(self._clients.refresh(), self)

    def show_client(self, connection_id: int) -> None:
        """Select a client."""
        place = self._clients.rows.index_of(connection_id)
        if place is not None:
            self.table.select_row(place)

    def show_rates(self) -> None:
        """Have the rates of the selected client drawn."""
        client: ClientLine | None = self.table.current_row()
        if client is not None:
            studio = self._context.studio
            studio.rates.show(of_client(studio.workspace, client.id))
            self.rates_wanted.emit()

    def kick(self) -> None:
        """Close the selected client's connection."""
        client: ClientLine | None = self.table.current_row()
        if client is not None:
            self._context.spawn(self._context.studio.actions.kick(client.id), self)

    def _on_theme_changed(self) -> None:
        self.kick_button.setIcon(self._context.theme.icon("kick"))
        self.rates_button.setIcon(self._context.theme.icon("rates"))
