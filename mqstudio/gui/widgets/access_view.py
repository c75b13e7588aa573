"""The Users panel: who can log in, and what the selected user may do where."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.form_dialog import FormDialog, open_form
from mqstudio.gui.row_table import RowTable, RowTableModel
from mqstudio.gui.theme import MEDIUM, SMALL
from mqstudio.gui.widgets.basics import button, card, column, holder, label, row, set_text
from mqstudio.gui.widgets.topics_view import TopicsView
from mqstudio.gui.words import tr
from mqstudio.model.access import Permission, User
from mqstudio.viewmodel.access import PERMISSION_COLUMNS, USER_COLUMNS
from mqstudio.viewmodel.limit_forms import UserLimitsForm
from mqstudio.viewmodel.user_form import PermissionForm, UserForm
from mqstudio.viewmodel.wording import plain


class AccessView(QWidget):
    """Shows the Access view-model; reads only while it is seen."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self._access = context, context.studio.access
        self._site, self._removals = context.studio.site, context.studio.removals
        now_us, icon = context.studio.workspace.now_us, context.theme.icon
        users = RowTableModel(self._access.users, USER_COLUMNS, now_us, self)
        self.users = RowTable(context.theme, users, tr("Users"))
        permissions = RowTableModel(self._access.permissions, PERMISSION_COLUMNS, now_us, self)
        self.permissions = RowTable(context.theme, permissions, tr("Permissions"))
        self.add_button = button(tr("Add user…"), icon=icon("plus"))
        self.change_button = button(tr("Change…"), "quiet", icon=icon("edit"))
        self.delete_button = button(tr("Delete"), "quiet", icon=icon("trash"))
        self.limits_button = button(
            tr("Limits…"), "quiet", tip_text=tr("How much the user may have open at once")
        )
        self.topics = TopicsView(context)
        self.permit_button = button(tr("Permit…"), icon=icon("plus"))
        self.edit_button = button(
            tr("Change…"), "quiet", icon=icon("edit"), tip_text=tr("Change the permission")
        )
        self.revoke_button = button(tr("Revoke"), "quiet", icon=icon("trash"))
        self._whose = label("", "strong")
        self._build()
        self._connect()
        self._refresh()

    def _build(self) -> None:
        margins = (MEDIUM, SMALL, MEDIUM, SMALL)
        left = column(
            row(
                self.add_button,
                self.change_button,
                self.limits_button,
                None,
                self.delete_button,
                margins=margins,
            ),
            self.users,
            gap=0,
        )
        right = column(
            row(self._whose, self.permit_button, self.edit_button, None, self.revoke_button, margins=margins),
            self.permissions,
            gap=0,
        )
        for each in (left, right):
            each.setStretch(1, 1)
        whole = row(card(left), card(right), card(column(self.topics)))
        for place, share in enumerate((5, 6, 6)):
            whole.setStretch(place, share)
        self.setLayout(column(holder(whole)))

    def _connect(self) -> None:
        self.add_button.clicked.connect(self.ask_add)
        self.change_button.clicked.connect(self.ask_change)
        self.delete_button.clicked.connect(self.delete)
        self.limits_button.clicked.connect(self.ask_limits)
        self.permit_button.clicked.connect(self.ask_permit)
        self.edit_button.clicked.connect(self.ask_edit)
        self.revoke_button.clicked.connect(self.revoke)
        self.users.opened.connect(self._on_user_opened)
        self.permissions.opened.connect(self._on_permission_opened)
        self.users.selectionModel().currentRowChanged.connect(self._on_user_changed)
        self.permissions.selectionModel().currentRowChanged.connect(self._refresh)
        self._access.changed.connect(self._on_changed)
        self._access.wants_refresh.connect(self._on_wants_refresh)
        self._context.theme.changed.connect(self._on_theme_changed)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._access.set_visible(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._access.set_visible(False)

    def _on_wants_refresh(self) -> None:
        self._context.spawn(self._access.refresh(), self)

    def _on_changed(self) -> None:
        if self.users.current_row() is None and len(self._access.users):
            self.users.select_row(0)
        self._refresh()

    def _on_user_changed(self) -> None:
        user: User | None = self.users.current_row()
        self._access.select(user.name if user else "")

    def _refresh(self) -> None:
        user: User | None = self.users.current_row()
        set_text(self._whose, tr("{name} may:", name=plain(user.name, 40)) if user else "")
        for verb in (self.change_button, self.delete_button, self.permit_button, self.limits_button):
            verb.setEnabled(user is not None)
        has_permission = self.permissions.current_row() is not None
        self.edit_button.setEnabled(has_permission)
        self.revoke_button.setEnabled(has_permission)

    # ---- verbs

    def ask_add(self) -> FormDialog:
        """Open the form for a new user."""
        return open_form(self._context, UserForm(self._site, self._access), self.window())

    def ask_change(self) -> FormDialog | None:
        """Open the form of the selected user."""
        user: User | None = self.users.current_row()
        if user is None:
            return None
        return open_form(self._context, UserForm(self._site, self._access, user), self.window())

    def ask_limits(self) -> FormDialog | None:
        """Open the form for the limits of the selected user."""
        user: User | None = self.users.current_row()
        if user is None:
            return None
        return open_form(self._context, UserLimitsForm(self._site, self._access, user.name), self.window())

    def ask_permit(self) -> FormDialog | None:
        """Open the form for what the selected user may do in a virtual host."""
        user: User | None = self.users.current_row()
        if user is None:
            return None
        return open_form(self._context, PermissionForm(self._site, self._access, user.name), self.window())

    def ask_edit(self) -> FormDialog | None:
        """Open the form of the selected permission."""
        old: Permission | None = self.permissions.current_row()
        if old is None:
            return None
        return open_form(
            self._context, PermissionForm(self._site, self._access, old.user, old), self.window()
        )

    def delete(self) -> None:
        """Delete the selected user; it can be had back."""
        user: User | None = self.users.current_row()
        if user is not None:
            self._context.spawn(self._removals.delete_user(user.name), self)

    def revoke(self) -> None:
        """Take the selected permission away; it can be had back."""
        old: Permission | None = self.permissions.current_row()
        if old is not None:
            self._context.spawn(self._removals.delete_permission(old), self)

    def _on_user_opened(self, _: int) -> None:
        self.ask_change()

    def _on_permission_opened(self, _: int) -> None:
        self.ask_edit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and not event.modifiers():
            if self.permissions.hasFocus():
                self.revoke()
            elif self.users.hasFocus():
                self.delete()
        else:
            super().keyPressEvent(event)

    def _on_theme_changed(self) -> None:
        for verb, name in (
            (self.add_button, "plus"), (self.change_button, "edit"), (self.delete_button, "trash"),
            (self.permit_button, "plus"), (self.edit_button, "edit"), (self.revoke_button, "trash"),
        ):  # fmt: skip
            verb.setIcon(self._context.theme.icon(name))
