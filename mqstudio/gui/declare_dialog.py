"""A small window that makes a queue. Opened, never executed: nothing waits for it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QLineEdit, QWidget

from mqstudio.gui.theme import LARGE, MEDIUM
from mqstudio.gui.widgets.basics import button, column, label, row
from mqstudio.viewmodel.publish import SHORT_STRING_BYTES


class DeclareDialog(QDialog):
    """Asks for a name. `chosen(name, is_durable)`."""

    chosen = Signal(str, bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Make a queue"))
        self.name = QLineEdit()
        self.name.setPlaceholderText("orders")
        self.name.setAccessibleName("Queue name")
        self.is_durable = QCheckBox(self.tr("Durable: survives a restart of the broker"))
        self.is_durable.setChecked(True)
        self.make_button = button("Make queue", "primary")
        self.make_button.setDefault(True)
        self.make_button.setEnabled(False)
        cancel = button("Cancel")
        self.setLayout(
            column(
                label("Make a queue", "heading"), label("Name", "caption"), self.name, self.is_durable,
                MEDIUM, row(None, cancel, self.make_button), margins=(LARGE, LARGE, LARGE, LARGE),
            )
        )  # fmt: skip
        self.setMinimumWidth(360)
        self.name.textChanged.connect(self._on_typed)
        self.make_button.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        self.accepted.connect(self._on_accepted)

    def _on_typed(self, text: str) -> None:
        self.make_button.setEnabled(0 < len(text.encode(errors="surrogatepass")) <= SHORT_STRING_BYTES)

    def _on_accepted(self) -> None:
        self.chosen.emit(self.name.text(), self.is_durable.isChecked())
