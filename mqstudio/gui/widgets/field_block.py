"""One entry of a form on screen: its title, where its value is given, what it does, what is wrong with it."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from mqstudio.gui.theme import SMALL, Theme
from mqstudio.gui.widgets.basics import column, label, row, set_role, set_text
from mqstudio.gui.words import tr
from mqstudio.viewmodel.form import TRUE, Entry, EntryKind

LINES_HEIGHT = 66


class Choice(QComboBox):
    """A list to choose from that the mouse wheel scrolls past, not through: forms are long."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class FieldBlock(QWidget):
    """`edited(name, text)` when the user gave another value."""

    edited = Signal(str, str)

    def __init__(self, theme: Theme, entry: Entry) -> None:
        super().__init__()
        self.entry = entry
        self.input = self._make_input(theme)
        self.input.setAccessibleName(entry.title)
        self.input.setAccessibleDescription(entry.says)
        self.problem = label("", "bad", wraps=True)
        self.problem.hide()
        self._says = label("", "caption", wraps=True)
        title = row(label(entry.title, "strong"), label(entry.term, "term"), None, gap=SMALL)
        parts: list[object] = [] if entry.kind is EntryKind.FLAG and not entry.term else [title]
        self.setLayout(column(*parts, self.input, self.problem, self._says, gap=2))  # type: ignore[arg-type]  # widgets and layouts
        self.update_entry(entry)

    def _make_input(self, theme: Theme) -> QWidget:
        kind = self.entry.kind
        if kind is EntryKind.FLAG:
            flag = QCheckBox(self.entry.title if not self.entry.term else tr("On"))
            flag.toggled.connect(self._on_toggled)
            return flag
        if kind in (EntryKind.CHOICE, EntryKind.OFFER):
            return self._make_choice(is_open=kind is EntryKind.OFFER)
        if kind is EntryKind.LINES:
            lines = QPlainTextEdit()
            lines.setProperty("field", "true")
            theme.dress(lines)
            lines.setFixedHeight(theme.px(LINES_HEIGHT))
            lines.setTabChangesFocus(True)
            lines.textChanged.connect(self._on_lines)
            return lines
        line = QLineEdit()
        if kind is EntryKind.PASSWORD:
            line.setEchoMode(QLineEdit.EchoMode.Password)
        line.textEdited.connect(self._on_text)
        return line

    def _make_choice(self, *, is_open: bool) -> Choice:
        choice = Choice()
        choice.setEditable(is_open)
        if is_open:
            choice.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            choice.editTextChanged.connect(self._on_text)
        else:
            choice.currentIndexChanged.connect(self._on_chosen)
        return choice

    # ---- showing

    def update_entry(self, entry: Entry) -> None:
        """Show the same entry with other words or choices."""
        was = self.entry
        self.entry = entry
        set_text(self._says, entry.says)
        self._says.setVisible(bool(entry.says))
        self.input.setEnabled(not entry.is_fixed)
        widget = self.input
        if isinstance(widget, QComboBox) and (was.choices != entry.choices or not widget.count()):
            with QSignalBlocker(widget):
                text = widget.currentText()
                widget.clear()
                for value, shown in entry.choices:
                    widget.addItem(shown, value)
                if widget.isEditable():
                    widget.setEditText(text)
        if isinstance(widget, QLineEdit | QPlainTextEdit):
            widget.setPlaceholderText(entry.placeholder)
        elif isinstance(widget, QComboBox) and widget.isEditable():
            edit = widget.lineEdit()
            assert edit is not None  # an editable one has it
            edit.setPlaceholderText(entry.placeholder)

    def show_value(self, text: str, problem: str) -> None:
        """Show a value and what is wrong with it; a field being typed in is left alone."""
        widget = self.input
        with QSignalBlocker(widget):
            if isinstance(widget, QCheckBox):
                widget.setChecked(text == TRUE)
            elif isinstance(widget, QComboBox):
                self._show_choice(widget, text)
            elif isinstance(widget, QPlainTextEdit):
                if widget.toPlainText() != text:
                    widget.setPlainText(text)
            elif isinstance(widget, QLineEdit) and widget.text() != text:
                widget.setText(text)
        set_text(self.problem, problem)
        self.problem.setVisible(bool(problem))
        set_role(widget, "true" if problem else "false", "bad")
        widget.setAccessibleDescription(f"{problem} {self.entry.says}".strip())

    @staticmethod
    def _show_choice(widget: QComboBox, text: str) -> None:
        if widget.isEditable():
            if widget.currentText() != text:
                widget.setEditText(text)
        else:
            widget.setCurrentIndex(max(0, widget.findData(text)))

    # ---- gestures

    def _on_toggled(self, is_on: bool) -> None:
        self.edited.emit(self.entry.name, TRUE if is_on else "")

    def _on_text(self, text: str) -> None:
        self.edited.emit(self.entry.name, text)

    def _on_lines(self) -> None:
        widget = self.input
        assert isinstance(widget, QPlainTextEdit)  # only that is connected here
        self.edited.emit(self.entry.name, widget.toPlainText())

    def _on_chosen(self) -> None:
        widget = self.input
        assert isinstance(widget, QComboBox)  # only that is connected here
        self.edited.emit(self.entry.name, str(widget.currentData()))
