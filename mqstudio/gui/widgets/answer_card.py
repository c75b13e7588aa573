"""One answer to Why?: the sentence, what proves it, what to do, and where to read on, on a click only."""

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from mqstudio.gui.theme import MEDIUM, SMALL, TINY, Theme
from mqstudio.gui.verbs import BY_NAME, Where
from mqstudio.gui.widgets.basics import (
    button,
    card,
    column,
    holder,
    label,
    row,
    set_button_text,
    set_text,
    set_tip,
)
from mqstudio.gui.widgets.problem_row import SIGNS
from mqstudio.gui.words import tr
from mqstudio.viewmodel.finding_words import Answer

SPOKEN = {"info": "Hint", "warn": "Warning", "bad": "Problem"}
PROOFS = 10

OFFERED = frozenset({Where.WINDOW, Where.QUEUE, Where.MESSAGES})
"""A client, or a consumer, has to be chosen in its own table first."""


class AnswerCard(QWidget):
    """Shows one Answer. verb_wanted: what mends it is to be done."""

    verb_wanted = Signal(object)

    def __init__(self, theme: Theme, *, is_framed: bool = True) -> None:
        super().__init__()
        self._theme = theme
        self._answer: Answer | None = None
        self.sign = label()
        self.says = label("", "strong", wraps=True, selectable=True)
        self._proofs = [(label("", "caption"), label("", wraps=True, selectable=True)) for _ in range(PROOFS)]
        self._lines = []
        for at, says in self._proofs:
            at.setAlignment(Qt.AlignmentFlag.AlignTop)
            line = row(at, says, gap=SMALL)
            line.setStretch(1, 1)
            self._lines.append(holder(line))
        self.then = label("", "", wraps=True, selectable=True)
        self.verb_button = button(tr("Mend it"))
        self.link_button = button(tr("Read more"), "link")
        self._buttons = row(self.verb_button, self.link_button, None, gap=SMALL)
        head = row(self.sign, self.says, gap=SMALL)
        head.setStretch(1, 1)
        head.setAlignment(self.sign, Qt.AlignmentFlag.AlignTop)
        inside = column(
            head,
            *self._lines,
            self.then,
            self._buttons,
            margins=(MEDIUM, MEDIUM, MEDIUM, SMALL),
            gap=TINY + 2,
        )
        self.setLayout(column(card(inside, "inner")) if is_framed else inside)
        self.verb_button.clicked.connect(self._on_verb)
        self.link_button.clicked.connect(self._on_link)

    @property
    def answer(self) -> Answer | None:
        """What is shown."""
        return self._answer

    def show_answer(self, answer: Answer, *, has_verb: bool = True) -> None:
        """Show another answer, or the same once more. has_verb: whether what mends it may be offered."""
        self._answer = answer
        self.refresh_sign()
        set_text(self.says, answer.says)
        for (at, says), line, place in zip(self._proofs, self._lines, range(PROOFS), strict=True):
            line.setVisible(place < len(answer.proofs))
            if place < len(answer.proofs):
                set_text(at, answer.proofs[place].at or tr("now"))
                set_text(says, answer.proofs[place].says)
        self._align()
        set_text(self.then, f"→ {answer.then}" if answer.then else "")
        self.then.setVisible(bool(answer.then))
        verb = BY_NAME.get(answer.verb)
        self.verb_button.setVisible(verb is not None and has_verb and verb.where in OFFERED)
        if verb is not None:
            set_button_text(self.verb_button, verb.title)
            self.verb_button.setAccessibleName(verb.title)
        set_tip(self.link_button, answer.link)
        self.link_button.setAccessibleName(tr("Read more: {link}", link=answer.link))
        self.setAccessibleName(f"{tr(SPOKEN[answer.level])}: {answer.spoken}")

    def _align(self) -> None:
        """All times are as wide as the widest, so that what they are of begins on one line."""
        width = max(at.sizeHint().width() for at, _ in self._proofs)
        for at, _ in self._proofs:
            at.setMinimumWidth(width)

    def refresh_sign(self) -> None:
        """Draw the sign in the colours in use."""
        if self._answer is not None:
            size = self._theme.px(16)
            self.sign.setPixmap(self._theme.icon(*SIGNS[self._answer.level]).pixmap(size, size))

    def _on_verb(self) -> None:
        if self._answer is not None:
            self.verb_wanted.emit(self._answer)

    def _on_link(self) -> None:
        """Open the page: the one thing here that leaves this computer, and only when asked."""
        if self._answer is not None:
            QDesktopServices.openUrl(QUrl(self._answer.link))
