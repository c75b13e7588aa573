"""The foot of the message table: how many are selected, and the verbs for them as buttons."""

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from mqstudio.gui.theme import ICON_SIZE, SMALL, TINY
from mqstudio.gui.widgets.basics import label, row, set_text
from mqstudio.gui.words import tr
from mqstudio.viewmodel.wording import count

WITH_WORDS = {"edit_resend": "Edit", "resend": "Resend", "move": "Move"}
"""Those that are used most, with a word that is short enough."""

ONLY_ICONS = ("copy_to", "requeue", "replay", "mark", "compare")
APART = ("remove",)
"""What takes away stands apart from what makes."""


class VerbBar(QWidget):
    """Buttons of some of the window's actions; their tips print the keys."""

    def __init__(self) -> None:
        super().__init__()
        self.selected = label("", "caption")
        self.buttons: dict[str, QToolButton] = {}
        self._box = QHBoxLayout()
        self._box.setSpacing(TINY)
        layout = row(self.selected, self._box, gap=SMALL)
        self.setLayout(layout)

    def use(self, actions: Mapping[str, QAction]) -> None:
        """Make the buttons, of these actions."""
        for name, word in WITH_WORDS.items():
            actions[name].setIconText(tr(word))
        for name in (*WITH_WORDS, *ONLY_ICONS):
            self._add(name, actions[name], has_words=name in WITH_WORDS)
        self._box.addSpacing(SMALL * 2)
        for name in APART:
            self._add(name, actions[name], has_words=False)

    def _add(self, name: str, action: QAction, *, has_words: bool) -> None:
        made = QToolButton()
        made.setDefaultAction(action)
        made.setIconSize(QSize(ICON_SIZE, ICON_SIZE))
        made.setAccessibleName(action.text())
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if has_words else _ICON
        made.setToolButtonStyle(style)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.buttons[name] = made
        self._box.addWidget(made)

    def show_count(self, number: int) -> None:
        """Say how many are selected."""
        set_text(self.selected, tr("{count} selected", count=count(number)) if number else "")


_ICON = Qt.ToolButtonStyle.ToolButtonIconOnly
