"""Any form as a small window: entries, what it will do, what it would concern. Opened, never executed."""

from itertools import pairwise

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QBoxLayout,
    QDialog,
    QFrame,
    QGridLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.theme import LARGE, MEDIUM, SMALL, TINY
from mqstudio.gui.widgets.basics import button, card, column, holder, label, row, rule, set_text
from mqstudio.gui.widgets.field_block import FieldBlock
from mqstudio.gui.widgets.preview_list import PreviewList
from mqstudio.gui.words import tr
from mqstudio.viewmodel.form import Entry, EntryKind, Form

NARROW, WIDE = 470, 760
PREVIEW_WIDTH = 270
HIGHEST = 860


class FormDialog(QDialog):
    """Shows a Form. `done_well(form)` once it was done."""

    done_well = Signal(object)

    def __init__(self, context: Context, form: Form, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(form.says_heading())
        self._context, self.form = context, form
        self.blocks: dict[str, FieldBlock] = {}
        self._entries: list[Entry] = []
        self._is_acting = False
        self._build()
        follow(self, form.changed, self.refresh)
        follow(self, context.studio.structure.changed, self.refresh)
        follow(self, context.studio.workspace.state_changed, self.refresh)
        self.submit_button.clicked.connect(self.submit)
        self.refresh()
        self._begin()

    def _build(self) -> None:
        self._plain, self._grid = QVBoxLayout(), QGridLayout()
        self._flags = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        for layout in (self._plain, self._flags):
            layout.setSpacing(MEDIUM)
        self._grid.setHorizontalSpacing(LARGE)
        self._grid.setVerticalSpacing(MEDIUM)
        for place in (0, 1):
            self._grid.setColumnStretch(place, 1)
        self._section = label("", "section")
        content = column(
            self._plain,
            self._flags,
            self._section,
            self._grid,
            None,
            margins=(LARGE, 0, LARGE, MEDIUM),
            gap=MEDIUM,
        )
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._content = holder(content)
        self._scroll.setWidget(self._content)
        self.preview = PreviewList(self._context.theme)
        self.preview.setFixedWidth(PREVIEW_WIDTH)
        middle = row(self._scroll, self.preview, gap=0)
        middle.setStretch(0, 1)
        self.summary = label("", wraps=True, selectable=True)
        self._summary_card = card(row(self.summary, margins=(MEDIUM, SMALL, MEDIUM, SMALL)), "inner-raised")
        self.refusal = label("", wraps=True, selectable=True)
        self._refusal_card = card(row(self.refusal, margins=(MEDIUM, SMALL, MEDIUM, SMALL)), "danger")
        self.submit_button = button(self.form.says_verb(), "danger" if self.form.takes_away else "primary")
        self.submit_button.setDefault(True)
        self.cancel_button = button(tr("Cancel"))
        self.cancel_button.setAutoDefault(False)
        self.cancel_button.clicked.connect(self.reject)
        foot = column(
            rule(), self._refusal_card, self._summary_card, row(None, self.cancel_button, self.submit_button),
            margins=(LARGE, 0, LARGE, LARGE), gap=MEDIUM,
        )  # fmt: skip
        head = row(label(self.form.says_heading(), "heading"), margins=(LARGE, LARGE, LARGE, MEDIUM))
        body = column(head, middle, foot, gap=0)
        body.setStretch(1, 1)
        self.setLayout(body)

    def _begin(self) -> None:
        """The keyboard starts in the first field that can be filled in."""
        first = next((block for block in self.blocks.values() if not block.entry.is_fixed), None)
        if first is not None:
            first.input.setFocus()

    # ---- what it says

    def refresh(self) -> None:
        """Show the form as it stands."""
        form = self.form
        entries = form.entries()
        if entries != self._entries:
            self._arrange(entries)
        self._scroll.setVisible(bool(entries))
        problems = form.problems()
        for name, block in self.blocks.items():
            block.show_value(form.value(name), problems.get(name, ""))
        set_text(self.summary, form.summary())
        self._summary_card.setVisible(bool(form.summary()))
        set_text(self.refusal, form.refusal)
        self._refusal_card.setVisible(bool(form.refusal))
        previews = form.previews()
        self.preview.show_previews(previews)
        self.preview.setVisible(bool(previews))
        is_live = self._context.studio.workspace.is_live or not form.needs_broker
        is_ready = not problems and not form.missing() and is_live and not self._is_acting
        self.submit_button.setEnabled(is_ready)
        if self.isVisible():
            self._grow()

    def _grow(self) -> None:
        """Make room for what has come; what goes leaves the room, so that nothing jumps."""
        for part in (self._content, self):
            layout = part.layout()
            assert layout is not None  # both have one
            layout.activate()
        parent = self.parentWidget()
        assert parent is not None  # it was opened over a window
        wanted = self.sizeHint().boundedTo(parent.size()).expandedTo(self.size())
        if wanted != self.size():
            self.resize(wanted)

    def _arrange(self, entries: list[Entry]) -> None:
        """Put the entries in their places; fields that stay keep what is typed, and the keyboard."""
        was = {entry.name: entry for entry in self._entries}
        self._entries = entries
        names = {entry.name for entry in entries}
        for name in [name for name in self.blocks if name not in names]:
            block = self.blocks.pop(name)
            block.hide()
            block.deleteLater()
        for layout in (self._plain, self._flags, self._grid):
            while layout.takeAt(0) is not None:
                pass
        for entry in entries:
            if entry.name in was:
                self.blocks[entry.name].update_entry(entry)
            else:
                self.blocks[entry.name] = FieldBlock(self._context.theme, entry)
                self.blocks[entry.name].edited.connect(self.form.edit)
        self._place(entries)

    def _place(self, entries: list[Entry]) -> None:
        place, is_wide = 0, self._is_wide(entries)
        # One layout for good, turned: to delete one while a field in it is typed in ends in a crash.
        self._flags.setDirection(
            QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        )
        for entry in entries:
            block = self.blocks[entry.name]
            if not entry.group and entry.kind is EntryKind.FLAG:
                self._flags.addWidget(block, 1, Qt.AlignmentFlag.AlignTop)
            elif not entry.group:
                self._plain.addWidget(block)
            elif entry.kind is EntryKind.LINES:
                place += place % 2
                self._grid.addWidget(block, place // 2, 0, 1, 2)
                place += 2
            elif is_wide:
                self._grid.addWidget(block, place // 2, place % 2, Qt.AlignmentFlag.AlignTop)
                place += 1
            else:
                self._grid.addWidget(block, place // 2, 0, 1, 2)
                place += 2
        group = next((entry.group for entry in entries if entry.group), "")
        set_text(self._section, group)
        self._section.setVisible(bool(group))
        inputs = [self.blocks[entry.name] for entry in entries]
        for block in inputs:
            block.show()  # now that it has its place: a widget without one would be a window
        for before, after in pairwise(inputs):
            QWidget.setTabOrder(before.input, after.input)

    # ---- gestures

    def submit(self) -> None:
        """Do what the form says."""
        if self.submit_button.isEnabled():
            self._is_acting = True
            self.submit_button.setEnabled(False)
            self._context.spawn(self._submit(), self)

    async def _submit(self) -> None:
        try:
            was_done = await self.form.submit()
        finally:
            self._is_acting = False
        if was_done:
            self.done_well.emit(self.form)
            self.accept()
        else:
            self.refresh()

    def sizeHint(self) -> QSize:
        width = WIDE if self._is_wide(self._entries) else NARROW
        width += PREVIEW_WIDTH if self.form.previews() else 0
        inner = width - (PREVIEW_WIDTH if self.form.previews() else 0)
        if not self._entries:
            return QSize(width, super().sizeHint().height())
        layout = self._content.layout()
        has_lines = layout is not None and layout.hasHeightForWidth()
        needed = layout.heightForWidth(inner) if layout and has_lines else self._content.sizeHint().height()
        others = super().sizeHint().height() - self._scroll.sizeHint().height()
        return QSize(width, min(HIGHEST, needed + max(0, others) + TINY))

    @staticmethod
    def _is_wide(entries: list[Entry]) -> bool:
        return sum(bool(entry.group) for entry in entries) > 3


def open_form(context: Context, form: Form, parent: QWidget) -> FormDialog:
    """Open a form over a window."""
    dialog = FormDialog(context, form, parent)
    dialog.resize(dialog.sizeHint().boundedTo(parent.size()))
    dialog.open()
    return dialog
