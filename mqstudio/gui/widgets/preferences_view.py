"""Preferences: a page of fields that are applied as they are changed."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.theme import LARGE, MEDIUM, SMALL
from mqstudio.gui.widgets.basics import button, column, holder, label, padded, row, stretchy
from mqstudio.gui.widgets.field_block import FieldBlock
from mqstudio.gui.words import tr
from mqstudio.viewmodel.form import Entry
from mqstudio.viewmodel.preferences import Preferences

CONTENT_WIDTH = 900


class PreferencesView(QWidget):
    """Shows Preferences. One card for each group, fields two abreast while there is room for two."""

    def __init__(self, context: Context, preferences: Preferences) -> None:
        super().__init__()
        self._context, self._preferences = context, preferences
        preferences.families = [name for name in QFontDatabase.families() if not name.startswith("@")]
        preferences.mono_families = [
            name for name in preferences.families if QFontDatabase.isFixedPitch(name)
        ]
        self.blocks: dict[str, FieldBlock] = {}
        self._in_grid: dict[QGridLayout, list[FieldBlock]] = {}
        self._columns = 0
        self.reset_button = button(tr("Reset all"))
        self.reset_button.clicked.connect(preferences.reset)
        self._build()
        follow(self, preferences.changed, self.refresh)
        context.theme.changed.connect(self._arrange)
        self.refresh()

    def _build(self) -> None:
        self._content = holder(self._cards())
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName(tr("Preferences"))
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self._content)
        self.setLayout(column(scroll))

    def _cards(self) -> QVBoxLayout:
        says = stretchy(label(tr("What you change is in use at once, and remembered."), "muted", wraps=True))
        head = row(column(label(tr("Preferences"), "heading"), says, gap=2), self.reset_button)
        head.setStretch(0, 1)
        cards = column(head, margins=(LARGE, MEDIUM, LARGE, LARGE), gap=MEDIUM)
        groups: dict[str, list[Entry]] = {}
        for entry in self._preferences.entries():
            groups.setdefault(entry.group, []).append(entry)
        for title, entries in groups.items():
            grid = QGridLayout()
            grid.setHorizontalSpacing(LARGE)
            grid.setVerticalSpacing(MEDIUM)
            self._in_grid[grid] = []
            for entry in entries:
                block = self.blocks[entry.name] = FieldBlock(self._context.theme, entry)
                block.edited.connect(self._preferences.edit)
                grid.addWidget(block)
                self._in_grid[grid].append(block)
            cards.addWidget(padded(label(title, "section"), SMALL, grid))
        cards.addStretch(1)
        return cards

    def refresh(self) -> None:
        """Show what is preferred, and what is wrong with it."""
        problems = self._preferences.problems()
        for entry in self._preferences.entries():
            block = self.blocks[entry.name]
            if block.entry != entry:
                block.update_entry(entry)
            block.show_value(self._preferences.value(entry.name), problems.get(entry.name, ""))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
        super().resizeEvent(event)

    def _arrange(self) -> None:
        """One or two fields abreast."""
        wide = self._context.theme.px(620)
        self._content.setMaximumWidth(max(self._context.theme.px(CONTENT_WIDTH), wide))
        columns = 2 if self.width() >= wide else 1
        if columns == self._columns:
            return
        self._columns = columns
        for grid in self._in_grid:
            for _ in range(grid.count()):
                grid.takeAt(0)
            for place, widget in enumerate(self._in_grid[grid]):
                grid.addWidget(widget, place // columns, place % columns, Qt.AlignmentFlag.AlignTop)
            grid.setColumnStretch(0, 1)
            grid.setColumnStretch(1, 1 if columns == 2 else 0)
