"""The banner across the window for as long as anything is paused."""

from PySide6.QtWidgets import QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.theme import MEDIUM, SMALL, TINY
from mqstudio.gui.widgets.basics import button, card, column, label, row, set_text, stretchy
from mqstudio.gui.words import tr


class PauseBanner(QWidget):
    """Says what is paused, and has a button that lets all go on."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self._pausing = context, context.studio.pausing
        self._sign = label()
        self.says = label("", "strong")
        self.resume_button = button(tr("Resume all"), icon=context.theme.icon("play"))
        line = row(self._sign, stretchy(self.says), self.resume_button, margins=(MEDIUM, TINY, SMALL, TINY))
        line.setStretch(1, 1)
        self.setLayout(column(card(line, "warning"), margins=(0, TINY, 0, TINY)))
        self.resume_button.clicked.connect(self._on_resume)
        follow(self, self._pausing.changed, self.refresh)
        context.theme.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say what is paused; hidden while nothing is."""
        says = self._pausing.says()
        self.setVisible(bool(says))
        set_text(self.says, says)
        self.setAccessibleName(says)
        theme = self._context.theme
        self._sign.setPixmap(theme.icon("pause", "in_flight").pixmap(16, 16))
        self.resume_button.setIcon(theme.icon("play"))

    def _on_resume(self) -> None:
        self._context.spawn(self._pausing.resume_all(), self)
