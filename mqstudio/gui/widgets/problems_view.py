"""The Problems panel: what is wrong on the left, the worst first; on the right the one that is chosen."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QScrollArea, QStackedWidget, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.theme import LARGE, MEDIUM, SMALL
from mqstudio.gui.widgets.answer_card import SPOKEN, AnswerCard
from mqstudio.gui.widgets.basics import (
    button,
    card,
    column,
    holder,
    label,
    row,
    set_button_text,
    set_text,
)
from mqstudio.gui.widgets.problem_row import ANSWER_ROLE, ProblemRow
from mqstudio.gui.words import tr, tr_count
from mqstudio.viewmodel.finding_words import Answer
from mqstudio.viewmodel.wording import plain
from mqstudio.why.base import About, Subject

GOES_TO = frozenset({About.MESSAGE, About.QUEUE, About.CONSUMER, About.EXCHANGE, About.CLIENT})
"""What "show me" can go to; those who could not connect are listed beside the clients."""


class ProblemsView(QWidget):
    """Shows the view-model Problems. shown: go to what it is about; fix_wanted: and do this verb there."""

    shown = Signal(object)
    fix_wanted = Signal(object, str)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self._theme, self._problems = context, context.theme, context.studio.problems
        self._drawn: list[Answer] = []
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Problems, the worst first"))
        self.list.setItemDelegate(ProblemRow(self._theme))
        self.list.itemDelegate().setParent(self.list)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.heading = label("", "strong")
        self.muted_button = button(tr("Show muted"), "link")
        self.back_button = button(tr("All problems"), "link", shortcut="Esc")
        self.detail = AnswerCard(self._theme, is_framed=False)
        self.about = label("", "muted", wraps=True)
        self.show_button = button(tr("Show me"))
        self.fix_button = button(tr("Mend it"), "primary")
        self.mute_button = button(tr("Mute"), tip_text=tr("Do not show this problem again"))
        self._sign = label()
        self.empty = label("", "heading")
        self.empty_says = label("", "muted", wraps=True)
        self.empty_muted = button(tr("Show muted"), "link")
        self.empty_back = button(tr("All problems"), "link", shortcut="Esc")
        self._stack = QStackedWidget()
        self._build()
        self._connect()
        self.refresh()

    def _build(self) -> None:
        head = row(
            self.heading, None, self.back_button, self.muted_button, margins=(MEDIUM, SMALL, MEDIUM, 0)
        )
        left = column(head, self.list, gap=SMALL, margins=(1, 1, 1, 1))
        left.setStretch(1, 1)
        buttons = row(
            self.show_button, self.fix_button, self.mute_button, None, margins=(MEDIUM, 0, MEDIUM, MEDIUM)
        )
        about = row(self.about, margins=(MEDIUM, MEDIUM, MEDIUM, 0))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(holder(column(about, self.detail, buttons, None, gap=0)))
        whole = row(card(left), card(column(scroll, margins=(1, 1, 1, 1))))
        whole.setStretch(0, 4)
        whole.setStretch(1, 5)
        for words in (self.empty, self.empty_says):
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        link = row(None, self.empty_back, self.empty_muted, None)
        nothing = column(
            None, self._sign, self.empty, self.empty_says, link, None,
            margins=(LARGE, LARGE, LARGE, LARGE), gap=SMALL,
        )  # fmt: skip
        self._stack.addWidget(holder(whole))
        self._stack.addWidget(card(nothing))
        self.setLayout(column(self._stack))

    def _connect(self) -> None:
        follow(self, self._problems.changed, self.refresh)
        self._context.theme.changed.connect(self._on_theme_changed)
        self.list.currentRowChanged.connect(self._on_chosen)
        self.list.itemActivated.connect(self._on_show)
        self.show_button.clicked.connect(self._on_show)
        self.fix_button.clicked.connect(self._on_fix)
        self.mute_button.clicked.connect(self._on_mute)
        for each in (self.muted_button, self.empty_muted):
            each.clicked.connect(self._problems.unmute_all)
        for each in (self.back_button, self.empty_back):
            each.clicked.connect(self._problems.leave)

    # ---- what it says

    def refresh(self) -> None:
        """Show the problems as they stand; what nobody sees is not drawn."""
        if not self.isVisible():
            return
        problems = self._problems
        asked = problems.asked
        answers = problems.answers if asked is None else problems.told
        self._stack.setCurrentIndex(0 if answers else 1)
        self._show_muted()
        for each in (self.back_button, self.empty_back):
            each.setVisible(asked is not None)
        self.mute_button.setVisible(asked is None)
        if answers:
            if asked is not None:
                heading = tr("Why queue {name} is as it is", name=plain(asked[1], 60))
            else:
                heading = tr_count(len(answers), "{count} problem", "{count} problems")
            set_text(self.heading, heading)
            self._fill(answers)
        else:
            self._show_empty()

    def _show_muted(self) -> None:
        count = len(self._problems.muted) if self._problems.asked is None else 0
        says = tr_count(count, "Show {count} muted", "Show {count} muted")
        for each in (self.muted_button, self.empty_muted):
            each.setVisible(bool(count))
            set_button_text(each, says)
            each.setAccessibleName(says)

    def _show_empty(self) -> None:
        size, asked = self._theme.px(28), self._problems.asked
        is_known = self._problems.is_known
        self._sign.setPixmap(self._theme.icon("check" if is_known else "clock", "done").pixmap(size, size))
        set_text(self.empty, tr("All is well") if is_known else tr("Looking for problems…"))
        if asked is not None:
            name = plain(asked[1], 60)
            fine = tr("Queue {name} is as it should be", name=name)
            set_text(self.empty, fine if self._problems.is_told else tr("Asking…"))
        says = tr(
            "Queues that nobody reads or that grow, consumers that hold too much, publishes that lead "
            "nowhere, and clients that cannot connect would be listed here, with what to do about them."
        )
        set_text(self.empty_says, says)

    def _fill(self, answers: list[Answer]) -> None:
        """Change only what is another: the keyboard and the eye stay where they are."""
        chosen = self._chosen()
        if [each.key for each in answers] != [each.key for each in self._drawn]:
            self.list.blockSignals(True)
            self.list.clear()
            for _ in answers:
                self.list.addItem(QListWidgetItem())
            self.list.blockSignals(False)
        self._drawn = answers
        for place, each in enumerate(answers):
            item = self.list.item(place)
            item.setData(ANSWER_ROLE, each)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{tr(SPOKEN[each.level])}: {each.says}")
        keys = [each.key for each in answers]
        place = keys.index(chosen.key) if chosen is not None and chosen.key in keys else 0
        self.list.setCurrentRow(place)
        self._on_chosen(place)

    def _chosen(self) -> Answer | None:
        place = self.list.currentRow()
        return self._drawn[place] if 0 <= place < len(self._drawn) else None

    def _on_chosen(self, place: int) -> None:
        if not 0 <= place < len(self._drawn):
            return
        answer = self._drawn[place]
        self.detail.show_answer(answer, has_verb=False)
        since = tr("for {time}", time=answer.since) if answer.since else ""
        set_text(self.about, " · ".join(part for part in (answer.about, since) if part))
        title = self._context.studio.problems.fix_title(answer)
        self.fix_button.setVisible(bool(title))
        if title:
            set_button_text(self.fix_button, title)
            self.fix_button.setAccessibleName(title)
        self.show_button.setVisible(answer.subject.about in {*GOES_TO, About.ATTEMPT})

    # ---- what can be done

    def _subject(self) -> Subject | None:
        chosen = self._chosen()
        return chosen.subject if chosen is not None else None

    def _on_show(self, *_: object) -> None:
        subject = self._subject()
        if subject is not None:
            self.shown.emit(subject)

    def _on_fix(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.fix_wanted.emit(chosen.subject, chosen.verb)

    def _on_mute(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self._problems.mute(chosen.key)

    def _on_theme_changed(self) -> None:
        self.detail.refresh_sign()
        self._drawn = []
        self.list.clear()
        self.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._problems.asked is not None:
            self._problems.leave()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._problems.set_seen(True)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._problems.set_seen(False)
