"""A table of rows: the thin model over a RowSet, and the view that draws it.

The model computes nothing; one refresh of a RowSet arrives as a few ranges. Rows have one fixed
height, columns keep the widths they are given, and only what is on screen is ever asked for.
"""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from mqstudio.gui.following import follow
from mqstudio.gui.theme import SMALL, Theme
from mqstudio.gui.widgets.basics import tip
from mqstudio.gui.words import tr
from mqstudio.viewmodel.columns import Column
from mqstudio.viewmodel.rowset import RowSet

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class RowTableModel(QAbstractTableModel):
    """Adapts a RowSet and its columns to Qt."""

    def __init__(
        self,
        rows: RowSet[Any],  # Any: whatever the columns read
        columns: Sequence[Column[Any]],
        now_us: Callable[[], int],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.rows = rows
        self.columns = columns
        self.now_us = now_us
        follow(self, rows.removing, self._on_removing)
        follow(self, rows.removed, self._on_removed)
        follow(self, rows.inserting, self._on_inserting)
        follow(self, rows.inserted, self._on_inserted)
        follow(self, rows.changed, self._on_changed)

    def show_columns(self, columns: Sequence[Column[Any]]) -> None:
        """Have other columns."""
        self.beginResetModel()
        self.columns = columns
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # Any: as Qt has it
        column, row = self.columns[index.column()], self.rows.at(index.row())
        if row is None:
            return "" if role == Qt.ItemDataRole.DisplayRole else None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return column.text(row, self.now_us())
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(column.tip(row) if column.tip else column.text(row, self.now_us()))
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # Any: as Qt has it
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(self.columns[section].title)
        if role == Qt.ItemDataRole.TextAlignmentRole and orientation is Qt.Orientation.Horizontal:
            side = (
                Qt.AlignmentFlag.AlignRight if self.columns[section].is_right else Qt.AlignmentFlag.AlignLeft
            )
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def _on_removing(self, first: int, last: int) -> None:
        self.beginRemoveRows(_ROOT, first, last)

    def _on_removed(self) -> None:
        self.endRemoveRows()

    def _on_inserting(self, first: int, last: int) -> None:
        self.beginInsertRows(_ROOT, first, last)

    def _on_inserted(self) -> None:
        self.endInsertRows()

    def _on_changed(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))


class RowDelegate(QStyledItemDelegate):
    """Draws a cell: the row's ground, then its text in the column's font and place."""

    def __init__(self, theme: Theme, table: "RowTable") -> None:
        super().__init__(table)
        self.theme = theme
        self.table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        self.draw_ground(painter, rect, index, is_selected=is_selected)
        self.draw_cell(painter, rect.adjusted(SMALL, 0, -SMALL, 0), index)
        painter.restore()

    def draw_ground(self, painter: QPainter, rect: QRect, index: Index, *, is_selected: bool) -> None:
        """Fill behind the text: selected, under the mouse, or nothing."""
        if is_selected:
            has_focus = self.table.hasFocus()
            painter.fillRect(rect, self.theme.colour("selection" if has_focus else "selection_quiet"))
        elif index.row() == self.table.hovered_row:
            painter.fillRect(rect, self.theme.colour("hover"))

    def draw_cell(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Draw the text; subclasses draw some columns otherwise."""
        self.draw_text(painter, rect, index, "text")

    def draw_text(self, painter: QPainter, rect: QRect, index: Index, colour: str) -> None:
        """Draw the column's text in a colour, cut with an ellipsis where it does not fit."""
        column = self.table.columns[index.column()]
        painter.setFont(self.theme.mono if column.is_mono else self.theme.font)
        painter.setPen(self.theme.colour(colour))
        text = painter.fontMetrics().elidedText(
            index.data(Qt.ItemDataRole.DisplayRole), Qt.TextElideMode.ElideRight, rect.width()
        )
        side = Qt.AlignmentFlag.AlignRight if column.is_right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(rect, int(side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), text)


class RowTable(QTableView):
    """The view: whole rows, fixed height, j and k, Enter opens."""

    opened = Signal(int)
    """A row was double-clicked, or chosen with Enter."""

    def __init__(self, theme: Theme, model: RowTableModel, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.columns = model.columns
        self.hovered_row = -1
        self.setAccessibleName(name)
        model.setParent(self)
        self.setModel(model)
        self.setItemDelegate(RowDelegate(theme, self))
        self._lay_out()
        self.doubleClicked.connect(self._on_double_clicked)
        theme.changed.connect(self._on_theme_changed)

    def _lay_out(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        rows, heads = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        self._size_rows()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        heads.setHighlightSections(False)
        heads.setStretchLastSection(True)
        heads.setMinimumSectionSize(40)
        heads.setSectionsMovable(True)
        self._size_columns()

    def _size_columns(self) -> None:
        for place, column in enumerate(self.columns[:-1]):  # the last one takes what is left
            self.setColumnWidth(place, self.theme.px(column.width))

    def _size_rows(self) -> None:
        """All rows are as high as the text and the density ask for."""
        height, rows = self.theme.row_height, self.verticalHeader()
        if rows.defaultSectionSize() != height:
            rows.setMinimumSectionSize(height)
            rows.setDefaultSectionSize(height)

    @property
    def row_model(self) -> RowTableModel:
        """The model, as what it is."""
        model = self.model()
        assert isinstance(model, RowTableModel)
        return model

    def current_row(self) -> Any:  # Any: what the RowSet holds
        """The row that the keyboard is on, None if none."""
        index = self.currentIndex()
        return self.row_model.rows.at(index.row()) if index.isValid() else None

    def step(self, by: int) -> None:
        """Select the next or previous row."""
        count = self.row_model.rowCount()
        if count:
            here = self.currentIndex().row() if self.currentIndex().isValid() else -1 if by > 0 else count
            self.select_row(min(max(here + by, 0), count - 1))

    def select_row(self, row: int) -> None:
        """Select one row and bring it into view."""
        index = self.row_model.index(row, 0)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(index, flags)
        self.scrollTo(index)

    def tick(self) -> None:
        """Draw again what changes with time alone."""
        if self.isVisible() and any(column.is_live for column in self.columns):
            self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        letters = self.window().property("has_no_letters") is not True
        plain_key = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if plain_key and letters and event.key() == Qt.Key.Key_J:
            self.step(1)
        elif plain_key and letters and event.key() == Qt.Key.Key_K:
            self.step(-1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex().row())
        elif plain_key and event.text().isprintable() and event.text():
            event.ignore()  # letters and Space are verbs of the page around, not a search
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.rowAt(event.position().toPoint().y()))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)
        super().leaveEvent(event)

    def _hover(self, row: int) -> None:
        if row != self.hovered_row:
            self.hovered_row = row
            self.viewport().update()

    def _on_double_clicked(self, index: QModelIndex) -> None:
        self.opened.emit(index.row())

    def _on_theme_changed(self) -> None:
        self._size_rows()
        self.viewport().update()
