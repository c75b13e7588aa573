"""A piece of program to copy."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from mqstudio.gui.theme import MEDIUM, SMALL, Theme
from mqstudio.gui.widgets.basics import column, icon_button, row
from mqstudio.gui.words import tr
from mqstudio.viewmodel.wording import plain_text


class Snippet(QFrame):
    """Read-only code with a copy button."""

    def __init__(self, theme: Theme, code: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._code = ""
        self.setProperty("card", "inner")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.text.setAccessibleName(tr("Code to copy"))
        theme.dress(self.text)
        self.copy_button = icon_button(theme.icon("copy"), tr("Copy"))
        self.copy_button.clicked.connect(self.copy)
        theme.changed.connect(self._on_theme_changed)
        self.setLayout(
            row(self.text, column(self.copy_button, None), margins=(MEDIUM, SMALL, SMALL, SMALL), gap=0)
        )
        self.set_code(code)

    def set_code(self, code: str) -> None:
        """Show other code."""
        if code == self._code:
            return
        self._code = code
        self.text.setPlainText(plain_text(code.rstrip("\n")))
        self._fit()

    def _fit(self) -> None:
        lines = self.text.blockCount()
        self.text.setFixedHeight(self.text.fontMetrics().lineSpacing() * lines + 2 * SMALL + 2)

    def copy(self) -> None:
        """Put the code on the clipboard."""
        QGuiApplication.clipboard().setText(self._code)

    def _on_theme_changed(self) -> None:
        self._fit()
        self.copy_button.setIcon(self._theme.icon("copy"))
