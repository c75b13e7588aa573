"""The consumers of a queue: who gets messages, who waits, how many at once."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.row_table import RowTable, RowTableModel
from mqstudio.gui.widgets.basics import column, holder, label
from mqstudio.gui.words import tr
from mqstudio.viewmodel.consumers import CONSUMER_COLUMNS, Consumers


class ConsumersView(QWidget):
    """Shows Consumers; reads only while it is seen."""

    def __init__(self, context: Context, consumers: Consumers) -> None:
        super().__init__()
        self._context, self._consumers = context, consumers
        now_us = context.studio.workspace.now_us
        self.table = RowTable(
            context.theme, RowTableModel(consumers.rows, CONSUMER_COLUMNS, now_us, self), tr("Consumers")
        )
        words = label(tr("Nobody consumes from this queue."), "muted", wraps=True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(holder(column(None, words, None)))
        self.setLayout(column(self._stack))
        follow(self, consumers.changed, self._refresh)
        follow(self, consumers.wants_refresh, self._on_wants_refresh)
        self._refresh()

    def _on_wants_refresh(self) -> None:
        self._context.spawn(self._consumers.refresh(), self)

    def _refresh(self) -> None:
        self._stack.setCurrentIndex(0 if len(self._consumers.rows) else 1)
