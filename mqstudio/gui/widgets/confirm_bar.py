"""A bar that asks for a name to be typed before something goes for good. No dialog, nothing covered."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from mqstudio.gui.theme import MEDIUM, SMALL
from mqstudio.gui.widgets.basics import button, card, column, holder, label, row, set_button_text, set_text
from mqstudio.gui.words import tr
from mqstudio.viewmodel.wording import plain

FIELD_WIDTH = 220


class ConfirmBar(QWidget):
    """Hidden until it asks; afterwards the keyboard goes back to `home`."""

    def __init__(self, name: str, home: QWidget) -> None:
        super().__init__()
        self._name, self._home = name, home
        self._act: Callable[[], object] | None = None
        self.says = label("", wraps=True)
        self.field = QLineEdit()
        self.field.setAccessibleName(tr("Type the queue's name to confirm"))
        self.field.setPlaceholderText(tr("queue name"))
        self.field.setMaximumWidth(FIELD_WIDTH)
        self.button = button(tr("Delete queue"), "danger")
        cancel = button(tr("Cancel"), "quiet")
        bar = card(
            row(self.says, self.field, self.button, cancel, margins=(MEDIUM, SMALL, SMALL, SMALL)), "danger"
        )
        self.setLayout(column(holder(column(bar, margins=(MEDIUM, 0, MEDIUM, SMALL)))))
        self.field.textChanged.connect(self._on_typed)
        self.field.returnPressed.connect(self._on_confirmed)
        self.button.clicked.connect(self._on_confirmed)
        cancel.clicked.connect(self.leave)
        self.hide()

    def ask(self, why: str, verb: str, act: Callable[[], object]) -> None:
        """Say why the name is to be typed; `verb` is what the button says, `act` what it does."""
        self._act = act
        name = plain(self._name, 60)
        set_text(self.says, tr("{name} {why}. Type its name to go on.", name=name, why=why))
        set_button_text(self.button, verb)
        self.field.clear()
        self.button.setEnabled(False)
        self.show()
        self.field.setFocus()

    def leave(self) -> None:
        """Do nothing."""
        self._act = None
        self.hide()
        self._home.setFocus()

    def _on_typed(self, text: str) -> None:
        self.button.setEnabled(text in (self._name, plain(self._name)))

    def _on_confirmed(self) -> None:
        act = self._act
        if self.button.isEnabled() and act is not None:
            self.leave()
            act()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)
