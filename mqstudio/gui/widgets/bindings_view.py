"""The bindings of a queue or an exchange, with the ways to add and remove one."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.form_dialog import FormDialog, open_form
from mqstudio.gui.row_table import RowTable, RowTableModel
from mqstudio.gui.theme import MEDIUM, SMALL
from mqstudio.gui.widgets.basics import button, column, holder, label, row
from mqstudio.gui.words import tr
from mqstudio.viewmodel.binding_change import BindingChange
from mqstudio.viewmodel.binding_form import BindingForm
from mqstudio.viewmodel.bindings import BINDING_COLUMNS, BindingLine, Bindings


class BindingsView(QWidget):
    """Shows Bindings. Give it the exchange or the queue that it is about."""

    def __init__(
        self, context: Context, bindings: Bindings, vhost: str, *, exchange: str = "", queue: str = ""
    ) -> None:
        super().__init__()
        self._context, self._bindings, self._vhost = context, bindings, vhost
        self._ends = {"exchange": exchange, "queue": queue}
        now_us = context.studio.workspace.now_us
        self.table = RowTable(
            context.theme, RowTableModel(bindings.rows, BINDING_COLUMNS, now_us, self), tr("Bindings")
        )
        self.bind_button = button(tr("Bind…"), icon=context.theme.icon("bind"))
        self.unbind_button = button(tr("Unbind"), "quiet", icon=context.theme.icon("trash"), shortcut="Del")
        self.change_button = button(tr("Change…"), "quiet", icon=context.theme.icon("edit"))
        words = label(tr("Nothing is bound here. “Bind…” leads messages this way."), "muted", wraps=True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(holder(column(None, words, None)))
        tools = row(
            self.bind_button,
            self.change_button,
            self.unbind_button,
            None,
            margins=(MEDIUM, SMALL, MEDIUM, SMALL),
        )
        body = column(tools, self._stack, gap=0)
        body.setStretch(1, 1)
        self.setLayout(body)
        self._connect()
        self._refresh()

    def _connect(self) -> None:
        self.bind_button.clicked.connect(self.ask_bind)
        self.unbind_button.clicked.connect(self.unbind)
        self.change_button.clicked.connect(self.ask_change)
        self.table.opened.connect(self._on_opened)
        self.table.selectionModel().currentRowChanged.connect(self._refresh)
        follow(self, self._context.studio.structure.changed, self._on_changed)
        self._context.theme.changed.connect(self._on_theme_changed)

    def _on_changed(self) -> None:
        self._refresh()

    def _refresh(self) -> None:
        line: BindingLine | None = self.table.current_row()
        self._stack.setCurrentIndex(0 if len(self._bindings.rows) else 1)
        for verb in (self.unbind_button, self.change_button):
            verb.setEnabled(line is not None and not line.is_own)

    def ask_bind(self) -> FormDialog:
        """Open the form for one more binding."""
        form = BindingForm(self._context.studio.site, self._vhost, **self._ends)
        return open_form(self._context, form, self.window())

    def _on_opened(self, _: int) -> None:
        self.ask_change()

    def ask_change(self) -> FormDialog | None:
        """Open the form of the selected binding."""
        line: BindingLine | None = self.table.current_row()
        if line is None or line.is_own:
            return None
        form = BindingChange(self._context.studio.site, self._vhost, line.spec)
        return open_form(self._context, form, self.window())

    def unbind(self) -> None:
        """Remove the selected binding; it can be had back."""
        line: BindingLine | None = self.table.current_row()
        if line is not None and not line.is_own:
            self._context.spawn(self._context.studio.removals.unbind(self._vhost, line.spec), self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and not event.modifiers():
            self.unbind()
        else:
            super().keyPressEvent(event)

    def _on_theme_changed(self) -> None:
        self.bind_button.setIcon(self._context.theme.icon("bind"))
        self.change_button.setIcon(self._context.theme.icon("edit"))
        self.unbind_button.setIcon(self._context.theme.icon("trash"))
