"""The triage of dead letters: groups on the left, letters on the right, below what to do with the group."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mqstudio.gui.context import Context
from mqstudio.gui.following import Refresher, follow
from mqstudio.gui.row_table import RowTable, RowTableModel
from mqstudio.gui.theme import MEDIUM, SMALL, TINY
from mqstudio.gui.widgets.basics import (
    button,
    card,
    column,
    holder,
    label,
    row,
    rule,
    set_button_text,
    set_role,
    set_text,
    set_tip,
    stretchy,
)
from mqstudio.gui.widgets.field_block import Choice
from mqstudio.gui.widgets.wrapping import FlowLayout
from mqstudio.gui.words import tr
from mqstudio.viewmodel.letters import By, Group
from mqstudio.viewmodel.triage import Triage
from mqstudio.viewmodel.triage_columns import GROUP_COLUMNS, LETTER_COLUMNS
from mqstudio.viewmodel.triage_preview import Before
from mqstudio.viewmodel.wording import count, plain

STEPS = 1_000
"""Of the progress bar."""

PATCH_EXAMPLE = "$.total = abs($.total); header.fixed = true"


class TriageView(QWidget):
    """Shows a Triage. inspect_wanted(row): a letter is to be looked at."""

    inspect_wanted = Signal(object)

    def __init__(self, context: Context, triage: Triage) -> None:
        super().__init__()
        self.triage = triage
        self._context = context
        now_us, theme = context.studio.workspace.now_us, context.theme
        groups = RowTableModel(triage.groups, GROUP_COLUMNS, now_us, self)
        self.groups = RowTable(theme, groups, tr("Groups of dead letters"))
        letters = RowTableModel(triage.samples, LETTER_COLUMNS, now_us, self)
        self.letters = RowTable(theme, letters, tr("Letters of the group"))
        self._build()
        self._connect()
        self._refresh()

    # ---- parts

    def _build(self) -> None:
        body = column(self._head(), rule(), self._tables(), rule(), self._foot(), gap=0)
        body.setStretch(2, 1)
        words = label(
            tr("No dead letters here. What dies in other queues and comes here can be looked through, "
               "mended and sent back."),
            "muted", wraps=True,
        )  # fmt: skip
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.look_button = button(tr("Look again"))
        empty = column(None, words, row(None, self.look_button, None), None, gap=MEDIUM)
        self._stack = QStackedWidget()
        for part in (holder(body), holder(empty)):
            self._stack.addWidget(part)
        self.setLayout(column(self._stack))

    def _head(self) -> QVBoxLayout:
        self._heading = label("", "strong")
        self.include_button = button("", "chip", icon=self._context.theme.icon("plus"))
        self.include_button.setCheckable(False)
        self.again_button = button(tr("Snapshot anew"), "quiet", icon=self._context.theme.icon("restart"))
        self.by = Choice()
        self.by.setAccessibleName(tr("Group by"))
        for each in By:
            self.by.addItem(tr(each.value), each)
        self.detail = QLineEdit()
        self.detail.setAccessibleName(tr("What to group by, such as a header"))
        self.detail.setMinimumWidth(90)
        self.detail.setMaximumWidth(170)
        self._reading = label("", "muted")
        self._reading.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head = _line(
            row(self._heading, self.include_button, self.again_button),
            row(label(tr("Group by"), "muted"), self.by, self.detail),
            row(self._reading),
        )
        return column(head, margins=(MEDIUM, SMALL, MEDIUM, SMALL))

    def _tables(self) -> QSplitter:
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.groups)
        split.addWidget(self.letters)
        split.setStretchFactor(0, 4)
        split.setStretchFactor(1, 7)
        split.setChildrenCollapsible(False)
        split.setSizes([400, 700])
        return split

    def _foot(self) -> QWidget:
        self.patch = QLineEdit()
        self.patch.setFont(self._context.theme.mono)
        self.patch.setPlaceholderText(tr(PATCH_EXAMPLE))
        self.patch.setAccessibleName(tr("Patch for all of the group"))
        self.preview_button = button(tr("Preview on 3"), tip_text=tr("Show what it does to three letters"))
        patch = row(label(tr("Patch all"), "strong"), self.patch, self.preview_button)
        patch.setStretch(1, 1)
        self._problem = label("", "bad", wraps=True)
        self.previews = PreviewTable()
        options, go = self._options(), self._going()
        return holder(
            column(patch, self.previews, options, self._problem, go,
                   margins=(MEDIUM, SMALL, MEDIUM, MEDIUM), gap=SMALL)
        )  # fmt: skip

    def _options(self) -> FlowLayout:
        self.to = Choice()
        self.to.setEditable(True)
        self.to.setMinimumContentsLength(16)
        self.to.setAccessibleName(tr("Redrive to"))
        edit = self.to.lineEdit()
        assert edit is not None  # an editable one has it
        edit.setPlaceholderText(tr("where each died"))
        self.rate, self.stop = _number_field(tr("Messages per second")), _number_field(tr("Failures"))
        self.rate.setPlaceholderText(tr("no limit"))
        self.stop.setPlaceholderText(tr("never"))
        self.keeps_deaths = QCheckBox(tr("Keep why they died (x-death)"))
        return _line(
            row(label(tr("To"), "muted"), self.to),
            row(label(tr("Rate"), "muted"), self.rate, label(tr("a second"), "muted")),
            row(label(tr("Stop after"), "muted"), self.stop, label(tr("that die again"), "muted")),
            row(self.keeps_deaths),
        )

    def _going(self) -> QHBoxLayout:
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.bar.setRange(0, STEPS)
        self.bar.setMaximumWidth(180)
        self._progress = label("", selectable=True)
        stretchy(self._progress)
        self.cancel_button = button(tr("Cancel"), "quiet", tip_text=tr("Send no more of them"))
        self.start_button = button("", "primary", icon=self._context.theme.icon("redo", "on_accent"))
        going = row(self.bar, self._progress, self.cancel_button, self.start_button, gap=MEDIUM)
        going.setStretch(1, 1)
        return going

    def _connect(self) -> None:
        triage = self.triage
        follow(self, triage.changed, self._refresh)
        follow(self, self._context.studio.structure.changed, self._refresh)
        Refresher(self, self._context, triage.wants_read, triage.read)
        self.again_button.clicked.connect(self.take)
        self.look_button.clicked.connect(self.take)
        self.include_button.clicked.connect(self._on_include)
        self.by.currentIndexChanged.connect(self._on_by)
        self.detail.editingFinished.connect(self._on_by)
        self.groups.selectionModel().currentRowChanged.connect(self._on_group)
        self.letters.selectionModel().currentRowChanged.connect(self._on_letter)
        self.patch.textEdited.connect(triage.edit_patch)
        self.patch.returnPressed.connect(self.show_preview)
        self.preview_button.clicked.connect(self.show_preview)
        self.to.editTextChanged.connect(self._on_to)
        self.rate.textEdited.connect(self._on_options)
        self.stop.textEdited.connect(self._on_options)
        self.keeps_deaths.toggled.connect(self._on_options)
        self.start_button.clicked.connect(self.start)
        self.cancel_button.clicked.connect(self._on_cancel)
        self._context.theme.changed.connect(self._on_theme_changed)

    # ---- what it says

    def _refresh(self) -> None:
        triage = self.triage
        is_empty = triage.is_taken and not len(triage) and not triage.new_count and triage.redrive is None
        self._stack.setCurrentIndex(1 if is_empty else 0)
        set_text(self._heading, triage.heading())
        self.include_button.setVisible(triage.new_count > 0)
        new = tr("{count} new since: include", count=count(triage.new_count))
        set_button_text(self.include_button, new)
        self.include_button.setAccessibleName(new)
        set_text(self._reading, triage.reading())
        set_role(self._reading, "bad" if triage.detail_problem else "muted")
        self.detail.setVisible(triage.by in (By.HEADER, By.PATH))
        with QSignalBlocker(self.by):
            self.by.setCurrentIndex(self.by.findText(tr(triage.by.value)))
        self._keep_group()
        self._refresh_patch()
        self._refresh_options()
        self._refresh_going()

    def _keep_group(self) -> None:
        """The table's current row is the selected group, wherever it is now."""
        place = self.triage.groups.index_of(self.triage.selected)
        if place is not None and self.groups.currentIndex().row() != place:
            self.groups.select_row(place)  # which chooses what is chosen already

    def _refresh_patch(self) -> None:
        triage = self.triage
        if self.patch.text() != triage.patch_text:
            self.patch.setText(triage.patch_text)
        set_role(self.patch, "true" if triage.patch_problem else "false", "bad")
        self.patch.setAccessibleDescription(triage.patch_problem)
        self.preview_button.setEnabled(triage.patch is not None)
        self.previews.show_previews(triage.previews)

    def _refresh_options(self) -> None:
        triage = self.triage
        rows = self._context.studio.structure.queues(triage.vhost)
        names = [each.spec.name for each in rows if each.spec.name != triage.queue]
        if [self.to.itemText(place) for place in range(1, self.to.count())] != names:
            with QSignalBlocker(self.to):
                self.to.clear()
                self.to.addItems(["", *names])
                self.to.setEditText(triage.to)
        for field, text in ((self.rate, triage.rate_text), (self.stop, triage.stop_text)):
            if field.text() != text:
                field.setText(text)
        with QSignalBlocker(self.keeps_deaths):
            self.keeps_deaths.setChecked(triage.keeps_deaths)

    def _refresh_going(self) -> None:
        triage, redrive = self.triage, self.triage.redrive
        problem = "" if triage.is_taking or not triage.is_taken else triage.problem()
        set_text(self._problem, problem if len(triage) else "")
        self._problem.setVisible(bool(problem) and bool(len(triage)))
        is_live = self._context.studio.workspace.is_live
        self.start_button.setEnabled(not problem and triage.is_taken and not triage.is_redriving and is_live)
        set_button_text(self.start_button, triage.start_words())
        self.start_button.setAccessibleName(triage.start_words())
        self.cancel_button.setVisible(redrive is not None and redrive.is_running)
        self.bar.setVisible(redrive is not None)
        if redrive is not None:
            part = (redrive.done + redrive.gone + redrive.unfit_count) / max(1, redrive.total)
            self.bar.setValue(round(part * STEPS))
            set_text(self._progress, redrive.says())
            self.bar.setAccessibleName(redrive.says())

    # ---- gestures

    def take(self) -> None:
        """Take the snapshot anew."""
        self._context.spawn(self.triage.take(), self)

    def begin(self) -> None:
        """The tab was opened: take the first snapshot."""
        if not self.triage.is_taken and not self.triage.is_taking:
            self.take()

    def _on_include(self) -> None:
        self._context.spawn(self.triage.include(), self)

    def _on_by(self) -> None:
        by = By(self.by.currentData())  # Qt gives back the text that it is
        is_named = by in (By.HEADER, By.PATH)
        hints = {By.HEADER: tr("header's name"), By.PATH: "$.error.code"}
        self.detail.setPlaceholderText(hints.get(by, ""))
        self.detail.setAccessibleName(hints.get(by, tr("Name")))
        if by is not self.triage.by and is_named:
            self.detail.clear()
        self.triage.group_by(by, self.detail.text() if is_named else "")
        if is_named and not self.detail.text():
            self.detail.setFocus()

    def _on_group(self) -> None:
        group: Group | None = self.groups.current_row()
        if group is not None:
            self.triage.select(group.key)

    def _on_letter(self) -> None:
        letter = self.letters.current_row()
        if letter is not None:
            self.inspect_wanted.emit(letter)

    def show_preview(self) -> None:
        """Show what the patch does to three letters."""
        if self.triage.patch is not None:
            self._context.spawn(self.triage.preview(), self)

    def _on_to(self, text: str) -> None:
        self.triage.edit(to=text.strip())

    def _on_options(self, *_: object) -> None:
        self.triage.edit(
            rate=self.rate.text(), stop=self.stop.text(), keeps_deaths=self.keeps_deaths.isChecked()
        )

    def start(self) -> None:
        """Redrive the group: it goes on when this page is closed."""
        if self.start_button.isEnabled():
            self._context.spawn(self.triage.start(), self.window())

    def _on_cancel(self) -> None:
        self.triage.cancel()

    def _on_theme_changed(self) -> None:
        theme = self._context.theme
        self.patch.setFont(theme.mono)
        self.include_button.setIcon(theme.icon("plus"))
        self.again_button.setIcon(theme.icon("restart"))
        self.start_button.setIcon(theme.icon("redo", "on_accent"))


class PreviewTable(QWidget):
    """What a patch does to some letters: before and after, below each other."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Sequence[Before] = ()
        self._box = column(gap=TINY)
        self.setLayout(self._box)
        self.hide()

    def show_previews(self, previews: Sequence[Before]) -> None:
        """Show others, if they are others."""
        if list(previews) == list(self._shown):
            return
        self._shown = list(previews)
        while (item := self._box.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for each in previews:
            self._box.addWidget(_pair(each))
        self.setVisible(bool(previews))


def _pair(shown: Before) -> QWidget:
    was = label(plain(shown.before), "mono", selectable=True)
    after = label(plain(shown.after), "mono", selectable=True)
    if shown.problem:
        after = label(tr("stays as it is: {problem}", problem=shown.problem), "bad")
    for each in (was, after):
        set_tip(each, each.text())
        stretchy(each)
    number = label(f"#{shown.message_id}", "muted")
    line = row(number, was, label("→", "muted"), after, margins=(SMALL, TINY, SMALL, TINY))
    line.setStretch(1, 1)
    line.setStretch(3, 1)
    return card(line, "inner")


def _number_field(name: str) -> QLineEdit:
    made = QLineEdit()
    made.setAccessibleName(name)
    made.setFixedWidth(76)
    made.setAlignment(Qt.AlignmentFlag.AlignRight)
    return made


def _line(*parts: QHBoxLayout) -> FlowLayout:
    """Parts beside each other, and below where they do not fit."""
    line = FlowLayout(SMALL)
    for part in parts:
        line.addWidget(holder(part))
    return line
