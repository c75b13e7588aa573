"""The table of messages: states as icon and word in a chip, ended messages in grey."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter

from mqstudio.gui.row_table import Index, RowDelegate, RowTable, RowTableModel
from mqstudio.gui.theme import ICON_SIZE, SMALL, TINY, Theme
from mqstudio.model.rows import MessageRow, MessageState
from mqstudio.viewmodel.message_columns import STATE_TITLES
from mqstudio.viewmodel.queue_page import QueuePage

CHIP_HEIGHT = 20
_ENDED = (MessageState.DONE, MessageState.DROPPED, MessageState.DEAD_LETTERED, MessageState.PURGED)


class MessageDelegate(RowDelegate):
    """Draws the state column as chips, and greys what has ended."""

    def draw_cell(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """A chip in the state column, text elsewhere."""
        row: MessageRow | None = self.table.row_model.rows.at(index.row())
        if row is None:
            return
        key = self.table.columns[index.column()].key
        if key == "state":
            draw_state_chip(painter, rect, row.state, self.theme)
        elif key == "progress" and row.state is MessageState.IN_FLIGHT:
            self.draw_text(painter, rect, index, "in_flight")
        else:
            is_quiet = row.state in _ENDED or key in ("id", "time", "size", "progress")
            self.draw_text(painter, rect, index, "muted" if is_quiet else "text")


def draw_state_chip(painter: QPainter, rect: QRect, state: MessageState, theme: Theme) -> None:
    """Draw a state: its icon and its word on its ground, so that colour is never the only sign."""
    font = theme.small
    title = STATE_TITLES[state]
    width = QFontMetrics(font).horizontalAdvance(title) + ICON_SIZE + SMALL + TINY * 2
    height = theme.px(CHIP_HEIGHT)
    chip = QRectF(rect.left(), rect.center().y() - height / 2 + 0.5, min(width, rect.width()), height)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour(f"{state.value}_tint"))
    painter.drawRoundedRect(chip, height / 2, height / 2)
    icon_size = 12
    icon = theme.icon(state.value, state.value)
    place = QRect(int(chip.left()) + 7, int(chip.center().y()) - icon_size // 2, icon_size, icon_size)
    icon.paint(painter, place)
    painter.setFont(font)
    painter.setPen(theme.colour(state.value))
    text = chip.adjusted(ICON_SIZE + SMALL, 0, -TINY, 0)
    painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), title)


class MessageTable(RowTable):
    """The messages of a queue page."""

    def __init__(self, theme: Theme, model: RowTableModel, page: QueuePage) -> None:
        super().__init__(theme, model, f"Messages of {page.queue}")
        self.setItemDelegate(MessageDelegate(theme, self))
