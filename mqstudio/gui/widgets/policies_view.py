"""The Policies panel: the table, the verbs, and what the selected policy applies to."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.form_dialog import FormDialog, open_form
from mqstudio.gui.row_table import RowTable, RowTableModel
from mqstudio.gui.theme import LARGE, MEDIUM, SMALL
from mqstudio.gui.widgets.basics import button, card, column, holder, label, row
from mqstudio.gui.widgets.preview_list import PreviewList
from mqstudio.gui.words import tr
from mqstudio.model.policies import Policy
from mqstudio.viewmodel.policies import POLICY_COLUMNS
from mqstudio.viewmodel.policy_form import PolicyForm

PREVIEW_WIDTH = 290


class PoliciesView(QWidget):
    """Shows the Policies view-model."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self._policies = context, context.studio.policies
        model = RowTableModel(self._policies.rows, POLICY_COLUMNS, context.studio.workspace.now_us, self)
        self.table = RowTable(context.theme, model, tr("Policies"))
        icon = context.theme.icon
        self.add_button = button(tr("Add policy…"), icon=icon("plus"))
        self.edit_button = button(tr("Edit…"), "quiet", icon=icon("edit"), shortcut="Return")
        self.delete_button = button(tr("Delete"), "quiet", icon=icon("trash"), shortcut="Del")
        self.preview = PreviewList(context.theme, MEDIUM)
        self.preview.setFixedWidth(PREVIEW_WIDTH)
        says = tr(
            "No policies. A policy sets rules for all queues or exchanges whose names match its pattern."
        )
        words = label(says, "muted", wraps=True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(holder(column(None, words, None, margins=(LARGE, 0, LARGE, 0))))
        tools = row(
            self.add_button,
            self.edit_button,
            None,
            self.delete_button,
            margins=(MEDIUM, SMALL, MEDIUM, SMALL),
        )
        left = column(tools, self._stack, gap=0)
        left.setStretch(1, 1)
        whole = row(holder(left), self.preview, gap=0)
        whole.setStretch(0, 1)
        self.setLayout(column(card(whole)))
        self._connect()
        self._refresh()

    def _connect(self) -> None:
        self.add_button.clicked.connect(self.ask_add)
        self.edit_button.clicked.connect(self.ask_edit)
        self.delete_button.clicked.connect(self.delete)
        self.table.opened.connect(self._on_opened)
        self.table.selectionModel().currentRowChanged.connect(self._on_current_changed)
        self._policies.changed.connect(self._refresh)
        self._context.theme.changed.connect(self._on_theme_changed)

    def _refresh(self) -> None:
        self._stack.setCurrentIndex(0 if len(self._policies.rows) else 1)
        preview = self._policies.preview()
        self.preview.show_previews([preview] if preview else [])
        self.preview.setVisible(preview is not None)
        has_one = self.table.current_row() is not None
        self.edit_button.setEnabled(has_one)
        self.delete_button.setEnabled(has_one)

    def _on_current_changed(self) -> None:
        self._policies.select(self.table.current_row())

    def _on_opened(self, _: int) -> None:
        self.ask_edit()

    def ask_add(self) -> FormDialog:
        """Open the form for a new policy."""
        return open_form(self._context, PolicyForm(self._context.studio.site), self.window())

    def ask_edit(self) -> FormDialog | None:
        """Open the form of the selected policy."""
        policy: Policy | None = self.table.current_row()
        if policy is None:
            return None
        form = PolicyForm(self._context.studio.site, policy=policy)
        return open_form(self._context, form, self.window())

    def delete(self) -> None:
        """Delete the selected policy; it can be had back."""
        policy: Policy | None = self.table.current_row()
        if policy is not None:
            self._context.spawn(self._context.studio.removals.delete_policy(policy), self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and not event.modifiers():
            self.delete()
        else:
            super().keyPressEvent(event)

    def _on_theme_changed(self) -> None:
        icons = ((self.add_button, "plus"), (self.edit_button, "edit"), (self.delete_button, "trash"))
        for verb, name in icons:
            verb.setIcon(self._context.theme.icon(name))
