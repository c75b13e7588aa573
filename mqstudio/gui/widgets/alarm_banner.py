"""The banner across the window while something about disk, memory or recorder cannot wait."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.theme import MEDIUM, SMALL, TINY
from mqstudio.gui.widgets.basics import button, card, column, label, row, set_role, set_text
from mqstudio.gui.words import tr
from mqstudio.viewmodel.health_words import Level

_LOOKS = {Level.BAD: ("danger", "dropped"), Level.WARN: ("warning", "in_flight")}


class AlarmBanner(QWidget):
    """Shows Health's alarm; hidden while there is none. details_wanted: the panel is to be opened."""

    details_wanted = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self._health = context, context.studio.health
        self._sign = label()
        self.title = label("", "strong")
        self.says = label("", wraps=True, selectable=True)
        self.verb_button = button(tr("Go on"), "danger")
        self.details_button = button(tr("Details"), "quiet")
        words = column(self.title, self.says, gap=2)
        line = row(
            self._sign, words, self.verb_button, self.details_button, margins=(MEDIUM, SMALL, SMALL, SMALL)
        )
        line.setStretch(1, 1)
        self._card = card(line, "danger")
        self.setLayout(column(self._card, margins=(0, TINY, 0, TINY)))
        self.verb_button.clicked.connect(self._on_verb)
        self.details_button.clicked.connect(self.details_wanted)
        follow(self, self._health.changed, self.refresh)
        follow(self, context.studio.workspace.state_changed, self.refresh)
        context.theme.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the alarm as it stands."""
        alarm = self._health.alarm()
        self.setVisible(alarm is not None)
        if alarm is None:
            return
        kind, colour = _LOOKS[alarm.level]
        set_role(self._card, kind, "card")
        for part in (self.title, self.says):  # their colours come with the card's
            part.style().unpolish(part)
            part.style().polish(part)
        self._sign.setPixmap(self._context.theme.icon("warning", colour).pixmap(16, 16))
        set_text(self.title, alarm.title)
        set_text(self.says, alarm.says)
        self.setAccessibleName(f"{alarm.title}. {alarm.says}")
        self.verb_button.setVisible(bool(alarm.verb))

    def _on_verb(self) -> None:
        self._context.spawn(self._health.go_on(), self)
