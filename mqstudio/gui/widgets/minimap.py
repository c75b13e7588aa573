"""A scroll bar that shows what became of messages along the list: where the dead ones are."""

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollBar, QWidget

from mqstudio.gui.following import follow
from mqstudio.gui.theme import Theme
from mqstudio.gui.widgets.basics import set_tip
from mqstudio.model.rows import MessageState
from mqstudio.viewmodel.queue_page import QueuePage
from mqstudio.viewmodel.words import tr

MARK_WIDTH: Final = 5
MARK_HEIGHT_MIN: Final = 2.0
CALM: Final = 0.55
"""How much of their colour all others have."""

LOUD: Final = (MessageState.DROPPED, MessageState.DEAD_LETTERED)
"""Outcomes whose marks reach over the whole width: seen without colours."""


class MiniMap(QScrollBar):
    """The vertical scroll bar of a queue's table."""

    def __init__(self, theme: Theme, page: QueuePage, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._theme, self._page = theme, page
        self._marks: list[tuple[float, float, MessageState]] = []
        self.setAccessibleName(tr("Scroll the messages"))
        set_tip(
            self,
            tr("What became of messages, as far as was looked. Wide marks are dead or dropped."),
        )
        self.setProperty("map", "true")
        follow(self, page.changed, self._on_changed)
        theme.changed.connect(self.update)

    def _on_changed(self) -> None:
        """Drawn anew only where it would look otherwise."""
        marks = self._page.outcomes.marks(len(self._page.rows))
        if marks != self._marks:
            self._marks = marks
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        height, width = self.height(), self.width()
        for start, stop, state in self._marks:
            top = start * height
            tall = max((stop - start) * height, MARK_HEIGHT_MIN)
            is_loud = state in LOUD
            left = 0.0 if is_loud else float(width - MARK_WIDTH)
            painter.setOpacity(1.0 if is_loud else CALM)
            painter.fillRect(QRectF(left, top, width - left, tall), self._theme.colour(state.value))
        painter.end()
