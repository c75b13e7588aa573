"""Draws rows of messages: each at once, from texts that were cut to their columns when it was first seen.

A table of Qt asks a delegate for every cell; for thirty rows of ten columns that is three hundred calls, and
as many texts measured anew in each frame. Here a row's texts are kept until the row, a width or the time it
tells changes, and a frame is what it takes to draw them.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter

from mqstudio.gui.theme import ICON_SIZE, SMALL, TINY, Theme
from mqstudio.model.rows import MessageRow, MessageState
from mqstudio.viewmodel.colour_rules import ColourRule
from mqstudio.viewmodel.columns import Column
from mqstudio.viewmodel.marks import STAR, Marks
from mqstudio.viewmodel.message_columns import STATE_TITLES
from mqstudio.viewmodel.queue_page import QueuePage

if TYPE_CHECKING:
    from mqstudio.gui.message_table import MessageTable

CHIP_HEIGHT = 20
CHIP_ICON = 12
BAR_WIDTH = 4
ROWS_KEPT: Final = 600
"""Rows whose texts are kept: some screens."""

MARK_COLOURS = ("in_flight", "dropped", "in_flight", "done", "ready", "purged", "dead_lettered", "muted")
"""The star's colour, and those of marks from 1 to 7; the number says which it is."""

_ENDED = (MessageState.DONE, MessageState.DROPPED, MessageState.DEAD_LETTERED, MessageState.PURGED)
_QUIET = frozenset({"id", "time", "size", "progress"})


class _Drawn:
    """A row as it was drawn last: a text for each column, and where it begins."""

    __slots__ = ("cells", "row", "rule")

    def __init__(self, row: MessageRow, cells: list[tuple[str, int]], rule: ColourRule | None) -> None:
        self.row = row
        self.cells = cells
        self.rule = rule


class _Span:
    """A column's place on screen."""

    __slots__ = ("column", "is_live", "place", "width", "x")

    def __init__(self, place: int, column: Column[MessageRow], x: int, width: int) -> None:
        self.place, self.column, self.x, self.width = place, column, x, width
        self.is_live = column.is_live


class MessagePainter:
    """Draws what a table shows of its page."""

    def __init__(self, table: "MessageTable", page: QueuePage, theme: Theme) -> None:
        self._table, self._page, self._theme = table, page, theme
        self.marks: Marks | None = None
        """What a person has marked, where somebody knows that."""
        self._kept: dict[int, _Drawn] = {}
        self._widths: tuple[int, ...] = ()
        self._colours: dict[str, QColor] = {}
        self._metrics: dict[bool, QFontMetrics] = {}
        self.renew()

    def renew(self) -> None:
        """Columns, rules, values or the look changed: nothing that was drawn counts."""
        self._kept.clear()
        self._colours.clear()
        theme = self._theme
        self._metrics = {False: QFontMetrics(theme.font), True: QFontMetrics(theme.mono)}
        self._bar = theme.px(BAR_WIDTH)

    def _colour(self, name: str) -> QColor:
        found = self._colours.get(name)
        if found is None:
            found = self._colours[name] = self._theme.colour(name)
        return found

    def paint(self, painter: QPainter, area: QRect) -> None:
        """Draw all rows that touch an area."""
        table, rows = self._table, self._page.rows
        height = table.verticalHeader().defaultSectionSize()
        first = table.rowAt(area.top())
        if first < 0:
            return
        last = table.rowAt(area.bottom())
        last = len(rows) - 1 if last < 0 else last
        spans = self._spans()
        selection, root = table.selectionModel(), table.rootIndex()
        ground = self._colour("selection" if table.hasFocus() else "selection_quiet")
        width, y = table.viewport().width(), table.rowViewportPosition(first)
        now_us = self._page.now_us()
        for place in range(first, last + 1):
            if selection.isRowSelected(place, root):
                painter.fillRect(0, y, width, height, ground)
            elif place == table.hovered_row:
                painter.fillRect(0, y, width, height, self._colour("hover"))
            row = rows.at(place)
            if row is None:
                self._draw_missing(painter, spans, y, height)
            else:
                self._draw_row(painter, spans, self._drawn(row, spans, now_us), y, height)
                if self.marks:
                    self._draw_mark(painter, row, y, height)
            y += height

    def _draw_mark(self, painter: QPainter, row: MessageRow, y: int, height: int) -> None:
        """A star or a number on its colour at the right end; a dot more where there is a comment."""
        mark = self.marks.of(row) if self.marks is not None else None
        if mark is None:
            return
        size = self._theme.px(CHIP_HEIGHT) - TINY
        right = self._table.viewport().width() - TINY
        place = QRect(right - size, y + (height - size) // 2, size, size)
        colour = MARK_COLOURS[mark.colour]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._colour(colour))
        painter.setBrush(self._colour("hover" if colour == "muted" else f"{colour}_tint"))
        painter.drawEllipse(place)
        painter.setFont(self._theme.small)
        sign = "★" if mark.colour == STAR else str(mark.colour)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), f"{sign}{'…' if mark.comment else ''}")

    def _spans(self) -> list[_Span]:
        header, columns = self._table.horizontalHeader(), self._table.columns
        right = self._table.viewport().width()
        widths = tuple(header.sectionSize(place) for place in range(len(columns)))
        if widths != self._widths:
            self._widths = widths
            self._kept.clear()
        spans = [
            _Span(place, column, header.sectionViewportPosition(place), widths[place])
            for place, column in enumerate(columns)
        ]
        return [span for span in spans if span.x < right and span.x + span.width > 0]

    def _drawn(self, row: MessageRow, spans: Sequence[_Span], now_us: int) -> _Drawn:
        drawn = self._kept.get(row.message_id)
        if drawn is None or drawn.row is not row:
            cells = [
                self._cell(column, row, now_us, place) for place, column in enumerate(self._table.columns)
            ]
            drawn = _Drawn(row, cells, self._page.rules.rule_of(row))
            self._kept[row.message_id] = drawn
            if len(self._kept) > ROWS_KEPT:
                del self._kept[next(iter(self._kept))]
        else:
            for span in spans:
                if span.is_live:
                    drawn.cells[span.place] = self._cell(span.column, row, now_us, span.place)
        return drawn

    def _cell(self, column: Column[MessageRow], row: MessageRow, now_us: int, place: int) -> tuple[str, int]:
        """A text that fits its column, and where it begins in it."""
        room = self._widths[place] - 2 * SMALL
        metrics = self._metrics[column.is_mono]
        text = column.text(row, now_us)
        wide = metrics.horizontalAdvance(text)
        if wide > room:
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            wide = metrics.horizontalAdvance(text) if column.is_right else room
        return text, SMALL + (room - wide if column.is_right else 0)

    def _draw_row(
        self, painter: QPainter, spans: Sequence[_Span], drawn: _Drawn, y: int, height: int
    ) -> None:
        row, rule = drawn.row, drawn.rule
        is_ended = row.state in _ENDED
        middle = y + height // 2
        for span in spans:
            key = span.column.key
            if key == "state":
                rect = QRect(span.x + SMALL, y, span.width - 2 * SMALL, height)
                draw_state_chip(painter, rect, row.state, self._theme)
                continue
            text, x = drawn.cells[span.place]
            end = span.x + span.width
            if key == "progress" and rule is not None:
                end = self._draw_rule(painter, rule, QRect(span.x, y, span.width, height))
            if not text:
                continue
            if key == "progress" and row.state is MessageState.IN_FLIGHT:
                painter.setPen(self._colour("in_flight"))
            else:
                painter.setPen(self._colour("muted" if is_ended or key in _QUIET else "text"))
            metrics = self._metrics[span.column.is_mono]
            if end < span.x + span.width:
                text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, end - span.x - x)
            painter.setFont(self._theme.mono if span.column.is_mono else self._theme.font)
            painter.drawText(span.x + x, middle + (metrics.ascent() - metrics.descent()) // 2, text)
        if rule is not None:
            painter.fillRect(0, y + 1, self._bar, height - 2, self._colour(rule.colour))

    def _draw_rule(self, painter: QPainter, rule: ColourRule, rect: QRect) -> int:
        """The rule's icon and name at the end of a cell; where its text has to end."""
        metrics = QFontMetrics(self._theme.small)
        most = rect.width() // 2 - CHIP_ICON - 3 * TINY
        name = metrics.elidedText(rule.name, Qt.TextElideMode.ElideRight, most)
        wide = metrics.horizontalAdvance(name) + CHIP_ICON + 3 * TINY
        tag = QRect(rect.right() - SMALL - wide, rect.top() + TINY, wide, rect.height() - 2 * TINY)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self._colour(f"{rule.colour}_tint"))
        painter.drawRoundedRect(tag, TINY, TINY)
        icon = QRect(tag.left() + TINY, tag.center().y() - CHIP_ICON // 2 + 1, CHIP_ICON, CHIP_ICON)
        self._theme.icon(rule.icon, rule.colour).paint(painter, icon)
        painter.setFont(self._theme.small)
        painter.setPen(self._colour(rule.colour))
        base = tag.center().y() + (metrics.ascent() - metrics.descent()) // 2 + 1
        painter.drawText(icon.right() + 1 + TINY, base, name)
        return tag.left() - TINY

    def _draw_missing(self, painter: QPainter, spans: Sequence[_Span], y: int, height: int) -> None:
        """A place whose row is being read: where its texts will be."""
        thick = max(height // 5, 4)
        for span in spans:
            wide = min(span.width - 2 * SMALL, span.width * 3 // 5)
            painter.fillRect(span.x + SMALL, y + (height - thick) // 2, wide, thick, self._colour("line"))


def draw_state_chip(painter: QPainter, rect: QRect, state: MessageState, theme: Theme) -> None:
    """Draw a state: its icon and its word on its ground, so that colour is never the only sign."""
    font: QFont = theme.small
    title = STATE_TITLES[state]
    width = QFontMetrics(font).horizontalAdvance(title) + ICON_SIZE + SMALL + TINY * 2
    height = theme.px(CHIP_HEIGHT)
    chip = QRectF(rect.left(), rect.center().y() - height / 2 + 0.5, min(width, rect.width()), height)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour(f"{state.value}_tint"))
    painter.drawRoundedRect(chip, height / 2, height / 2)
    icon = theme.icon(state.value, state.value)
    place = QRect(int(chip.left()) + 7, int(chip.center().y()) - CHIP_ICON // 2, CHIP_ICON, CHIP_ICON)
    icon.paint(painter, place)
    painter.setFont(font)
    painter.setPen(theme.colour(state.value))
    text = chip.adjusted(ICON_SIZE + SMALL, 0, -TINY, 0)
    painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), title)
