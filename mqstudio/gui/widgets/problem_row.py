"""Paints a problem in the list: its sign, its sentence, and below what it is about."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from mqstudio.gui.theme import MEDIUM, SMALL, Theme
from mqstudio.viewmodel.finding_words import Answer

SIGNS = {"info": ("info", "muted"), "warn": ("warning", "in_flight"), "bad": ("warning", "dropped")}
ANSWER_ROLE = int(Qt.ItemDataRole.UserRole)
Index = QModelIndex | QPersistentModelIndex


class ProblemRow(QStyledItemDelegate):
    """Two lines, each cut to the width there is."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        lines = QFontMetrics(self._theme.strong).height() + QFontMetrics(self._theme.small).height()
        return QSize(100, lines + 2 * SMALL + 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        answer = index.data(ANSWER_ROLE)
        if not isinstance(answer, Answer):
            return
        theme = self._theme
        place: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(place, theme.colour("selection"))
        size = theme.px(16)
        left = place.left() + MEDIUM
        icon = theme.icon(*SIGNS[answer.level])
        icon.paint(painter, QRect(left, place.top() + (place.height() - size) // 2, size, size))
        left += size + MEDIUM
        width = place.right() - left - MEDIUM
        top = place.top() + SMALL
        since = f" · {answer.since}" if answer.since else ""
        for font, colour, says in (
            (theme.strong, "text", answer.says),
            (theme.small, "muted", f"{answer.about}{since}"),
        ):
            metrics = QFontMetrics(font)
            painter.setFont(font)
            painter.setPen(theme.colour(colour))
            line = QRect(left, top, width, metrics.height())
            shown = metrics.elidedText(says, Qt.TextElideMode.ElideRight, width)
            painter.drawText(line, int(Qt.TextFlag.TextSingleLine | Qt.AlignmentFlag.AlignVCenter), shown)
            top += metrics.height() + 2
        painter.restore()
