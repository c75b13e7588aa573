"""The routing keys that the selected user is kept to, at topic exchanges; a part of the Users panel."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.form_dialog import FormDialog, open_form
from mqstudio.gui.row_table import RowTable, RowTableModel
from mqstudio.gui.theme import MEDIUM, SMALL
from mqstudio.gui.widgets.basics import button, column, label, row
from mqstudio.gui.words import tr
from mqstudio.model.access import TopicPermission
from mqstudio.viewmodel.access import TOPIC_COLUMNS
from mqstudio.viewmodel.limit_forms import TopicPermissionForm


class TopicsView(QWidget):
    """Shows the topic permissions of Access."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self._access = context, context.studio.access
        now_us, icon = context.studio.workspace.now_us, context.theme.icon
        topics = RowTableModel(self._access.topics, TOPIC_COLUMNS, now_us, self)
        self.table = RowTable(context.theme, topics, tr("Routing keys"))
        self.add_button = button(
            tr("Restrict…"), icon=icon("plus"), tip_text=tr("Restrict routing keys at a topic exchange")
        )
        self.edit_button = button(
            tr("Change…"), "quiet", icon=icon("edit"), tip_text=tr("Change the restriction")
        )
        self.lift_button = button(
            tr("Lift"), "quiet", icon=icon("trash"), tip_text=tr("Lift the restriction")
        )
        tools = row(
            label(tr("Routing keys:"), "strong"), self.add_button, self.edit_button, None, self.lift_button,
            margins=(MEDIUM, SMALL, MEDIUM, SMALL),
        )  # fmt: skip
        body = column(tools, self.table, gap=0)
        body.setStretch(1, 1)
        self.setLayout(body)
        self.add_button.clicked.connect(self.ask_add)
        self.edit_button.clicked.connect(self.ask_edit)
        self.lift_button.clicked.connect(self.lift)
        self.table.opened.connect(self._on_opened)
        self.table.selectionModel().currentRowChanged.connect(self._refresh)
        follow(self, self._access.changed, self._on_changed)
        context.theme.changed.connect(self._on_theme_changed)
        self._refresh()

    def _on_changed(self) -> None:
        self._refresh()

    def _refresh(self) -> None:
        self.add_button.setEnabled(bool(self._access.selected))
        has_one = self.table.current_row() is not None
        self.edit_button.setEnabled(has_one)
        self.lift_button.setEnabled(has_one)

    def ask_add(self) -> FormDialog | None:
        """Open the form for one more restriction of the selected user."""
        if not self._access.selected:
            return None
        form = TopicPermissionForm(self._context.studio.site, self._access, self._access.selected)
        return open_form(self._context, form, self.window())

    def ask_edit(self) -> FormDialog | None:
        """Open the form of the selected restriction."""
        old: TopicPermission | None = self.table.current_row()
        if old is None:
            return None
        form = TopicPermissionForm(self._context.studio.site, self._access, old.user, old)
        return open_form(self._context, form, self.window())

    def _on_opened(self, _: int) -> None:
        self.ask_edit()

    def lift(self) -> None:
        """Lift the selected restriction; it can be had back."""
        old: TopicPermission | None = self.table.current_row()
        if old is not None:
            self._context.spawn(self._context.studio.removals.delete_topic_permission(old), self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and not event.modifiers():
            self.lift()
        else:
            super().keyPressEvent(event)

    def _on_theme_changed(self) -> None:
        icons = ((self.add_button, "plus"), (self.edit_button, "edit"), (self.lift_button, "trash"))
        for verb, name in icons:
            verb.setIcon(self._context.theme.icon(name))
