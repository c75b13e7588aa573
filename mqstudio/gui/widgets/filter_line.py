"""The filter line above the messages: the field, ★ to save it, the filters that are saved or were used."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.theme import MEDIUM, SMALL, TINY
from mqstudio.gui.widgets.basics import (
    button,
    column,
    holder,
    icon_button,
    label,
    row,
    set_text,
    stretchy,
    verbatim,
)
from mqstudio.gui.widgets.filter_edit import FilterEdit
from mqstudio.gui.words import tr
from mqstudio.viewmodel.queue_page import QueuePage

HISTORY_SHOWN = 10
"""Filters used last that the menu has; the arrow keys go through all."""


class FilterLineView(QWidget):
    """Shows the FilterLine of a page. `left` when the keyboard goes back to the messages."""

    left = Signal()

    def __init__(self, context: Context, page: QueuePage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._page = page
        self._line = page.filter
        self.edit = FilterEdit(context.theme, self._line)
        self.star = icon_button(context.theme.icon("star"), tr("Save this filter"))
        self.more = icon_button(context.theme.icon("chevron-down"), tr("Saved filters, and those used last"))
        self.says = label("", "bad", wraps=True)
        self.says.hide()
        line = row(self.edit, self.star, self.more, gap=TINY)
        self._naming = self._build_naming()
        self.setLayout(column(line, self.says, self._naming, margins=(SMALL, SMALL, SMALL, 0), gap=TINY))
        self._connect()
        self._refresh()

    def _build_naming(self) -> QWidget:
        """A name for a filter, asked for in place."""
        self.name = QLineEdit()
        self.name.setAccessibleName(tr("Name of this filter"))
        self.name.setPlaceholderText(tr("name of this filter"))
        self.save_button = button(tr("Save"), "primary")
        self.remove_button = button(tr("Save no longer"), "quiet")
        self._name_says = label("", "bad", wraps=True)
        made = holder(
            row(label(tr("Save as"), "muted"), self.name, self.save_button, self.remove_button,
                stretchy(self._name_says), margins=(0, 0, MEDIUM, 0))
        )  # fmt: skip
        made.hide()
        return made

    def _connect(self) -> None:
        follow(self, self._line.changed, self._refresh)
        self.edit.left.connect(self.left)
        self.edit.entered.connect(self._on_entered)
        self.star.clicked.connect(self.ask_name)
        self.more.clicked.connect(self.show_menu)
        self.name.returnPressed.connect(self._on_save)
        self.save_button.clicked.connect(self._on_save)
        self.remove_button.clicked.connect(self._on_remove)
        self._context.theme.changed.connect(self._on_theme_changed)

    def _refresh(self) -> None:
        line = self._line
        self.edit.show_line()
        set_text(self.says, line.says)
        self.says.setVisible(bool(line.says) and bool(line.text))
        self.star.setEnabled(bool(line.text.strip()) and line.error is None)
        self.star.setIcon(self._context.theme.icon("star-full" if line.is_saved else "star"))

    def _on_theme_changed(self) -> None:
        self.more.setIcon(self._context.theme.icon("chevron-down"))
        self._refresh()

    def _on_entered(self) -> None:
        """Look into some of the messages, so that what they have can be offered."""
        self._context.spawn(self._line.learn(self._page.rows.rows), self)

    def focus_line(self) -> None:
        """Into the line, all of it selected."""
        self.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.edit.selectAll()

    # ---- saved ones

    def ask_name(self) -> None:
        """Ask for a name for what is typed."""
        text = self._line.text.strip()
        self.name.setText(self._line.saved.name_of(text))
        self.remove_button.setVisible(self._line.is_saved)
        set_text(self._name_says, "")
        self._naming.show()
        self.name.setFocus()
        self.name.selectAll()

    def _on_save(self) -> None:
        problem = self._line.save(self.name.text())
        set_text(self._name_says, problem)
        if not problem:
            self._end_naming()

    def _on_remove(self) -> None:
        self._line.saved.remove(self._line.text.strip())
        self._end_naming()

    def _end_naming(self) -> None:
        self._naming.hide()
        self.edit.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._naming.isVisible():
            self._end_naming()
        else:
            super().keyPressEvent(event)

    def make_menu(self) -> QMenu:
        """Saved filters by name, and those used last."""
        menu = QMenu(self)
        for saved in self._line.saved.saved:
            action = menu.addAction(
                self._context.theme.icon("star-full"), verbatim(f"{saved.name}    {saved.text}")
            )
            action.setData(saved.text)
        if self._line.saved.saved:
            menu.addSeparator()
        for text in self._line.saved.history[:HISTORY_SHOWN]:
            menu.addAction(verbatim(text)).setData(text)
        if menu.isEmpty():
            menu.addAction(tr("No filter was saved or used yet")).setEnabled(False)
        menu.triggered.connect(self._on_menu)
        return menu

    def _on_menu(self, action: object) -> None:
        text = action.data()  # type: ignore[attr-defined]  # a QAction
        if isinstance(text, str):
            self._line.use(text)
            self.left.emit()

    def show_menu(self) -> None:
        """Below its button."""
        menu = self.make_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))
