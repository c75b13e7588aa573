"""The shortcuts editor: all verbs with their keys; the chosen one is given others below the table."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QKeySequenceEdit, QLineEdit, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.row_table import RowTable, RowTableModel
from mqstudio.gui.theme import LARGE, MEDIUM, SMALL
from mqstudio.gui.widgets.basics import (
    button,
    card,
    column,
    label,
    row,
    set_text,
    stretchy,
)
from mqstudio.gui.widgets.palette_view import native
from mqstudio.gui.words import tr
from mqstudio.viewmodel.columns import Column
from mqstudio.viewmodel.rowset import RowSet
from mqstudio.viewmodel.shortcuts import Line, Shortcuts


def _columns() -> list[Column[Line]]:
    return [
        Column("title", tr("Verb"), 320, lambda line, _: line.title),
        Column("keys", tr("Keys"), 160, lambda line, _: native(line.keys)),
        Column("changed", tr("Changed"), 90, lambda line, _: tr("yes") if line.is_changed else ""),
        Column("says", tr("Remark"), 220, lambda line, _: line.says),
    ]


class ShortcutsView(QWidget):
    """Shows Shortcuts. `singles_wanted`: the preference for single letters is asked for."""

    singles_wanted = Signal()

    def __init__(self, context: Context, shortcuts: Shortcuts) -> None:
        super().__init__()
        self._context, self._shortcuts = context, shortcuts
        self.rows: RowSet[Line] = RowSet(lambda line: line.name)
        self._build()
        self._connect()
        self.refresh()

    def _build(self) -> None:
        model = RowTableModel(self.rows, _columns(), self._context.studio.workspace.now_us, self)
        self.table = RowTable(self._context.theme, model, tr("Verbs and their keys"))
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Find a verb or a key"))
        self.filter.setAccessibleName(tr("Find a verb or a key"))
        self.filter.setClearButtonEnabled(True)
        self.reset_all_button = button(tr("Reset all"))
        self.singles_button = button(tr("Single letters…"), "quiet")
        self.chosen = label("", "strong", wraps=True)
        self.keys = QKeySequenceEdit()
        self.keys.setMaximumSequenceLength(1)
        self.keys.setClearButtonEnabled(True)
        self.keys.setAccessibleName(tr("Press the new keys"))
        self.set_button = button(tr("Use these keys"), "primary")
        self.take_button = button(tr("Take them over"))
        self.remove_button = button(tr("No keys"))
        self.reset_button = button(tr("Reset"))
        self.problem = label("", "bad", wraps=True)
        head = row(
            label(tr("Keyboard shortcuts"), "heading"),
            self.filter,
            self.singles_button,
            self.reset_all_button,
        )
        head.setStretch(1, 1)
        verbs = row(self.keys, self.set_button, self.take_button, self.remove_button, self.reset_button, None)
        editor = column(stretchy(self.chosen), verbs, self.problem)
        foot = card(editor, "inner")
        editor.setContentsMargins(MEDIUM, SMALL, MEDIUM, SMALL)
        body = card(column(head, self.table, foot, margins=(LARGE, MEDIUM, LARGE, MEDIUM), gap=MEDIUM))
        self.setLayout(column(body))

    def _connect(self) -> None:
        follow(self, self._shortcuts.changed, self.refresh)
        self.filter.textChanged.connect(self.refresh)
        self.table.selectionModel().currentChanged.connect(self._on_chosen)
        self.table.opened.connect(self._on_opened)
        self.keys.keySequenceChanged.connect(self._on_pressed)
        self.set_button.clicked.connect(self.use_keys)
        self.take_button.clicked.connect(self.take_over)
        self.remove_button.clicked.connect(self._on_remove)
        self.reset_button.clicked.connect(self._on_reset)
        self.reset_all_button.clicked.connect(self._shortcuts.reset_all)
        self.singles_button.clicked.connect(self.singles_wanted)

    @property
    def line(self) -> Line | None:
        """The verb that is chosen."""
        found: Line | None = self.table.current_row()
        return found

    def refresh(self) -> None:
        """Show the keys as they are."""
        self.rows.update(self._shortcuts.lines(self.filter.text()))
        self._show_editor()

    def _on_chosen(self) -> None:
        self.keys.clear()
        set_text(self.problem, "")
        self._show_editor()

    def _on_opened(self) -> None:
        self.keys.setFocus()

    def _on_pressed(self) -> None:
        """What was pressed is looked at before it is used."""
        set_text(self.problem, "")
        self._show_editor()

    def _pressed(self) -> str:
        return self.keys.keySequence().toString(QKeySequence.SequenceFormat.PortableText)

    def _show_editor(self) -> None:
        line, pressed = self.line, self._pressed()
        says = (
            tr("Choose a verb in the table.") if line is None else f"{line.title}: {native(line.keys) or '–'}"
        )
        set_text(self.chosen, says)
        others = self._shortcuts.others(line.name, pressed) if line is not None else []
        if others:
            set_text(
                self.problem, tr("{keys} is “{title}” already.", keys=native(pressed), title=others[0].title)
            )
        self.problem.setVisible(bool(self.problem.text()))
        for widget in (self.keys, self.remove_button):
            widget.setEnabled(line is not None)
        self.set_button.setEnabled(line is not None and bool(pressed) and not others)
        self.take_button.setVisible(bool(others))
        self.reset_button.setEnabled(line is not None and line.is_changed)

    def use_keys(self) -> None:
        """Give the chosen verb what was pressed."""
        if self.line is not None:
            self._say(self._shortcuts.set(self.line.name, self._pressed()))

    def take_over(self) -> None:
        """The same, from the verb that has them."""
        if self.line is not None:
            self._shortcuts.take_over(self.line.name, self._pressed())
            self._say("")

    def _on_remove(self) -> None:
        if self.line is not None:
            self._say(self._shortcuts.set(self.line.name, ""))

    def _on_reset(self) -> None:
        if self.line is not None:
            self._say(self._shortcuts.reset(self.line.name))

    def _say(self, why_not: str) -> None:
        if not why_not:
            self.keys.clear()
        set_text(self.problem, why_not)
        self._show_editor()
