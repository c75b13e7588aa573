"""The table of messages: its rows drawn at once, its columns as the user wants them, its place kept."""

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent

from mqstudio.gui.following import follow
from mqstudio.gui.message_painter import CHIP_HEIGHT, MessagePainter, draw_state_chip
from mqstudio.gui.message_selection import MessageSelection
from mqstudio.gui.row_table import RowTable, RowTableModel
from mqstudio.gui.theme import Theme
from mqstudio.gui.widgets.column_header import ColumnHeader
from mqstudio.gui.widgets.minimap import MiniMap
from mqstudio.model.rows import MessageRow
from mqstudio.viewmodel.marks import Marks
from mqstudio.viewmodel.queue_page import QueuePage
from mqstudio.viewmodel.wording import plain
from mqstudio.viewmodel.words import tr

__all__ = ["CHIP_HEIGHT", "MessageTable", "draw_state_chip"]


class MessageTable(RowTable):
    """The messages of a queue page."""

    def __init__(self, theme: Theme, model: RowTableModel, page: QueuePage) -> None:
        super().__init__(theme, model, tr("Messages of {queue}", queue=plain(page.queue)))
        self._page = page
        self._painter = MessagePainter(self, page, theme)
        self.heads = ColumnHeader(theme, page, self)
        self.setHorizontalHeader(self.heads)
        self._apply_columns()
        self.heads.width_changed.connect(self._on_width_changed)
        self.setVerticalScrollBar(MiniMap(theme, page, self))
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        follow(self, page.columns.changed, self._on_columns_changed)
        follow(self, page.rules.changed, self._on_looks_changed)
        follow(self, page.values.changed, self._on_looks_changed)
        self.selection = MessageSelection(self, page)
        model.rowsInserted.connect(self._on_rows_inserted)
        model.rowsAboutToBeRemoved.connect(self._on_rows_leaving)

    # ---- columns

    def _on_columns_changed(self) -> None:
        places = self.selection.places()
        with self.heads.quiet():  # the last one that took what was left is not dragged to its new width
            self.row_model.show_columns(self._page.columns.columns)
        self.selection.put(places)
        self.columns = self.row_model.columns
        self._apply_columns()
        self._on_looks_changed()

    def _apply_columns(self) -> None:
        with self.heads.quiet():
            places = self._page.columns.layout.layout.places
            for place, each in enumerate(places[:-1]):  # the last one takes what is left
                self.setColumnWidth(place, self.theme.px(each.width))
            self.setColumnWidth(len(places) - 1, self.heads.minimumSectionSize())

    def _on_width_changed(self, place: int, width: int) -> None:
        usual = round(width * 100 / self.theme.px(100))
        self._page.columns.layout.set_width(self.columns[place].key, usual)

    # ---- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        self._painter.paint(painter, event.rect())
        painter.end()

    def _on_looks_changed(self) -> None:
        self._painter.renew()
        self.viewport().update()

    def _on_theme_changed(self) -> None:
        super()._on_theme_changed()
        self._apply_columns()
        self._on_looks_changed()

    # ---- keeping the place

    def _on_rows_inserted(self, _: QModelIndex, first: int, last: int) -> None:
        """What comes above the screen pushes it down, unless the newest are looked at."""
        if self._is_above(first):
            self._shift(last - first + 1)

    def _on_rows_leaving(self, _: QModelIndex, first: int, last: int) -> None:
        top = self.rowAt(1)
        if self._is_above(first) and top >= 0:
            self._shift(-(min(last, top - 1) - first + 1))

    def _is_above(self, first: int) -> bool:
        return self.verticalScrollBar().value() > 0 and not self._page.is_following and first < self.rowAt(1)

    def _shift(self, rows: int) -> None:
        bar, height = self.verticalScrollBar(), self.verticalHeader().defaultSectionSize()
        self.updateGeometries()  # the bar is as long as the list again
        bar.setValue(bar.value() + rows * height)

    def use_marks(self, marks: Marks) -> None:
        """Draw what a person has marked."""
        self._painter.marks = marks
        self._page.columns.use_marks(marks)
        follow(self, marks.changed, self._on_marks_changed)

    def _on_marks_changed(self) -> None:
        self.viewport().update()

    # ---- selecting

    def chosen(self) -> list[MessageRow]:
        """The selected messages whose rows are here, from the top down."""
        return self.selection.rows()

    def selectAll(self) -> None:
        """All there are at this moment, their rows here or not."""
        super().selectAll()
        self.selection.remember(is_all=True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home and End are the ends of the list, however far they are."""
        bar = self.verticalScrollBar()
        if event.modifiers() == Qt.KeyboardModifier.NoModifier and event.key() == Qt.Key.Key_Home:
            bar.setValue(bar.minimum())
        elif event.modifiers() == Qt.KeyboardModifier.NoModifier and event.key() == Qt.Key.Key_End:
            bar.setValue(bar.maximum())
        else:
            super().keyPressEvent(event)
