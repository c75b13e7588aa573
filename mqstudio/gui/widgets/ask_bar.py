"""A question in the page, where a verb needs a word: nothing covered, Enter acts and Esc lets it be."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLineEdit, QWidget

from mqstudio.gui.theme import MEDIUM, SMALL
from mqstudio.gui.widgets.basics import (
    button,
    card,
    column,
    label,
    row,
    set_button_text,
    set_role,
    set_text,
)
from mqstudio.gui.words import tr

FIELD_WIDTH = 240


class Blank(NamedTuple):
    """What is to be filled in. is_from_list: it has to be one of the offers; its beginning is enough."""

    title: str
    text: str = ""
    offers: Sequence[str] = ()
    is_from_list: bool = False
    is_needed: bool = True


Answer = Callable[[list[str]], object]
Check = Callable[[list[str]], str]


class AskBar(QWidget):
    """Asks one question at a time; a new one takes the place of the one before."""

    def __init__(self, back_to: QWidget) -> None:
        super().__init__()
        self._back_to = back_to
        self._blanks: Sequence[Blank] = ()
        self.fields: list[QLineEdit] = []
        self._act: Answer | None = None
        self._check: Check | None = None
        self.says = label("", wraps=True)
        self.problem = label("", "bad")
        self.go_button = button(tr("Go on"), "primary")
        self._cancel_button = button(tr("Cancel"), "quiet", shortcut="Esc")
        self._box = QHBoxLayout()
        self._box.setSpacing(SMALL)
        self._line = row(
            self.says, self._box, self.go_button, self._cancel_button, None,
            margins=(MEDIUM, SMALL, SMALL, SMALL),
        )  # fmt: skip
        self._card = card(column(self._line, self.problem, gap=0), "warning")
        self.problem.setContentsMargins(MEDIUM, 0, MEDIUM, SMALL)
        self.setLayout(column(self._card, margins=(MEDIUM, 0, MEDIUM, SMALL)))
        self.go_button.clicked.connect(self.go)
        self._cancel_button.clicked.connect(self.close_question)
        self.hide()

    def ask(
        self, says: str, verb: str, act: Answer, *blanks: Blank, check: Check | None = None,
        is_danger: bool = False,
    ) -> None:  # fmt: skip
        """Ask for something; `act` gets what was filled in. check: what is wrong with it, "" if nothing."""
        self._act, self._check, self._blanks = act, check, blanks
        set_text(self.says, says)
        set_button_text(self.go_button, verb)
        self.go_button.setAccessibleName(verb)
        set_role(self.go_button, "danger" if is_danger else "primary", "kind")
        set_role(self._card, "danger" if is_danger else "warning", "card")
        self._line.setStretch(0, 0 if blanks else 1)  # a question without a field may be a long one
        self._line.setStretch(4, 1 if blanks else 0)
        self._rebuild(blanks)
        self._refresh()
        self.show()
        (self.fields[0] if self.fields else self.go_button).setFocus()

    def _rebuild(self, blanks: Sequence[Blank]) -> None:
        for field in self.fields:
            field.hide()
            field.deleteLater()
        self.fields = []
        for blank in blanks:
            field = QLineEdit(blank.text)
            field.setPlaceholderText(blank.title)
            field.setAccessibleName(blank.title)
            field.setMinimumWidth(FIELD_WIDTH)
            field.selectAll()
            if blank.offers:
                completer = QCompleter(list(blank.offers), field)
                completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
                completer.setFilterMode(Qt.MatchFlag.MatchContains)
                field.setCompleter(completer)
            field.returnPressed.connect(self.go)
            field.textChanged.connect(self._refresh)
            self._box.addWidget(field)
            self.fields.append(field)

    def answers(self) -> list[str]:
        """What is filled in; the beginning of an offer is that offer."""
        return [
            _completed(blank, field.text()) for blank, field in zip(self._blanks, self.fields, strict=True)
        ]

    def _problem(self) -> str:
        for blank, text in zip(self._blanks, self.answers(), strict=True):
            if blank.is_from_list and text and text not in blank.offers:
                return tr("There is no “{text}”.", text=text[:60])
        return self._check(self.answers()) if self._check is not None else ""

    def _refresh(self) -> None:
        is_filled = all(
            text or not blank.is_needed for blank, text in zip(self._blanks, self.answers(), strict=True)
        )
        problem = self._problem() if is_filled else ""
        set_text(self.problem, problem)
        self.problem.setVisible(bool(problem))
        self.go_button.setEnabled(is_filled and not problem)

    def go(self) -> None:
        """Act, if all is filled in."""
        if self._act is None or not self.go_button.isEnabled():
            return
        act, answers = self._act, self.answers()
        self.close_question()
        act(answers)

    def close_question(self) -> None:
        """Let it be."""
        self._act = None
        self.hide()
        self._back_to.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_question()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.fields:
            self.go()
        else:
            super().keyPressEvent(event)


def _completed(blank: Blank, text: str) -> str:
    if not blank.is_from_list or not text or text in blank.offers:
        return text
    found = [each for each in blank.offers if text.casefold() in each.casefold()]
    begins = [each for each in found if each.casefold().startswith(text.casefold())]
    best = begins or found
    return best[0] if len(best) == 1 else text
