"""The Why? part of the inspector: answers about the message that is shown."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.theme import LARGE, MEDIUM, SMALL
from mqstudio.gui.widgets.answer_card import AnswerCard
from mqstudio.gui.widgets.basics import column, holder, label, set_text
from mqstudio.gui.words import tr


class WhyView(QScrollArea):
    """Shows the view-model Why; asks only while it is seen. verb_wanted: what mends it is to be done."""

    verb_wanted = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._theme, self._why = context.theme, context.studio.why
        self.cards: list[AnswerCard] = []
        self.says = label("", "muted", wraps=True, selectable=True)
        self._box = QVBoxLayout()
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(SMALL)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidget(
            holder(column(self.says, self._box, None, margins=(LARGE, MEDIUM, LARGE, MEDIUM), gap=SMALL))
        )
        self.setAccessibleName(tr("Why the message is as it is"))
        follow(self, self._why.changed, self.refresh)
        context.theme.changed.connect(self._on_theme_changed)
        self.refresh()

    def refresh(self) -> None:
        """Show the answers as they stand."""
        why = self._why
        if why.problem:
            says = why.problem
        elif why.answers:
            says = ""
        elif why.is_asking or not why.has_message:
            says = tr("Asking…")
        else:
            says = tr("Nothing is odd about this message: it is where it should be.")
        set_text(self.says, says)
        self.says.setVisible(bool(says))
        while len(self.cards) < len(why.answers):
            self._add_card()
        for place, card in enumerate(self.cards):
            card.setVisible(place < len(why.answers))
            if place < len(why.answers):
                card.show_answer(why.answers[place])

    def _add_card(self) -> None:
        card = AnswerCard(self._theme)
        card.verb_wanted.connect(self.verb_wanted)
        self.cards.append(card)
        self._box.addWidget(card)

    def _on_theme_changed(self) -> None:
        for card in self.cards:
            card.refresh_sign()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._why.set_seen(True)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._why.set_seen(False)
