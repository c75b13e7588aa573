"""A field of one line that underlines what is wrong in it."""

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QLineEdit, QWidget

from mqstudio.gui.theme import Theme
from mqstudio.gui.widgets.basics import set_role, set_tip
from mqstudio.viewmodel.publish_draft import Problem
from mqstudio.viewmodel.wording import plain

WAVE_PX = 3
"""Width and height of half a wave."""


class MistakeEdit(QLineEdit):
    """A line that shows a Problem. recalled(1 or -1): ↑ or ↓ was pressed."""

    recalled = Signal(int)

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._problem: Problem | None = None
        self.setAccessibleName(name)

    def show_problem(self, problem: Problem | None) -> None:
        """Underline what is wrong, and say so in the tool tip and to screen readers."""
        if problem == self._problem:
            return
        self._problem = problem
        says = problem.says if problem else ""
        set_role(self, "true" if problem else "false", "bad")
        set_tip(self, says)
        self.setAccessibleDescription(plain(says))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.recalled.emit(1 if event.key() == Qt.Key.Key_Up else -1)
            event.accept()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        problem = self._problem
        if problem is None or problem.position < 0:
            return
        start, end = (self._x_of(place) for place in (problem.position, problem.position + problem.length))
        painter = QPainter(self)
        painter.setClipRect(self.rect().adjusted(WAVE_PX, 0, -WAVE_PX, 0))
        painter.setPen(QPen(self._theme.colour("dropped"), 1.5))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPolyline(QPolygonF(self._wave(start, max(end, start + 2 * WAVE_PX))))
        painter.end()

    def _x_of(self, place: int) -> float:
        """Where a character begins: the text may be scrolled, so it is reckoned from the cursor."""
        metrics, text, here = self.fontMetrics(), self.text(), self.cursorPosition()
        at = self.cursorRect().center().x()
        return at + metrics.horizontalAdvance(text[:place]) - metrics.horizontalAdvance(text[:here])

    def _wave(self, start: float, end: float) -> list[QPointF]:
        base = self.cursorRect().bottom() - 1.0
        count = int((end - start) / WAVE_PX) + 1
        return [QPointF(start + n * WAVE_PX, base - (n % 2) * (WAVE_PX - 1)) for n in range(count + 1)]
