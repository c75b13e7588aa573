"""A message's life as steps down a line, painted: sign, what, when, how long after the step before."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from mqstudio.gui.theme import LARGE, MEDIUM, SMALL, Theme
from mqstudio.viewmodel.inspector import Step
from mqstudio.viewmodel.path import Stop

STEP_HEIGHT = 52
_LOOKS = {
    "published": ("send", "ready"),
    "routed": ("exchange", "ready"),
    "unroutable": ("warning", "dropped"),
    "enqueued": ("queue", "ready"),
    "delivered": ("in_flight", "in_flight"),
    "settled": ("check", "done"),
    "requeued": ("undo", "in_flight"),
    "dropped": ("dropped", "dropped"),
    "purged": ("trash", "purged"),
    "restored": ("undo", "purged"),
    "dead_lettered": ("dead_lettered", "dead_lettered"),
    "died": ("dead_lettered", "dead_lettered"),
    "refused": ("dropped", "dropped"),
    "delayed": ("pause", "in_flight"),
    "exchange": ("exchange", "ready"),
    "queue": ("queue", "ready"),
    "now": ("queue", "done"),
}


class LifeView(QWidget):
    """Paints the steps of an Inspector."""

    def __init__(self, theme: Theme, name: str = "Life of the message") -> None:
        super().__init__()
        self._theme = theme
        self._name = name
        self._steps: Sequence[Step | Stop] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._on_theme_changed)

    def show_steps(self, steps: Sequence[Step | Stop]) -> None:
        """Show another life, or the same one further on."""
        if steps != self._steps:
            self._steps = steps
            self._size()
            spoken = "; ".join(f"{s.title} {s.at} {s.after} {s.detail}" for s in steps)
            self.setAccessibleName(f"{self._name}: {spoken}")
            self.update()

    def _size(self) -> None:
        self.setFixedHeight(max(1, len(self._steps)) * self._theme.px(STEP_HEIGHT) + 2 * SMALL)

    def _on_theme_changed(self) -> None:
        self._size()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, step in enumerate(self._steps):
            self._draw(
                painter,
                step,
                SMALL + place * self._theme.px(STEP_HEIGHT),
                is_last=place == len(self._steps) - 1,
            )
        painter.end()

    def _draw(self, painter: QPainter, step: Step | Stop, top: int, *, is_last: bool) -> None:
        theme = self._theme
        icon, colour = _LOOKS.get(step.what, ("info", "muted"))
        centre = QPointF(LARGE + MEDIUM, top + 16)
        if not is_last:
            painter.setPen(QPen(theme.colour("field_line"), 1.5))
            painter.drawLine(centre + QPointF(0, 15), centre + QPointF(0, theme.px(STEP_HEIGHT) - 15))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(f"{colour}_tint" if colour != "muted" else "hover"))
        painter.drawEllipse(centre, 13, 13)
        theme.icon(icon, colour).paint(painter, QRect(int(centre.x()) - 7, int(centre.y()) - 7, 14, 14))
        self._words(
            painter, step, QRectF(centre.x() + 24, top, self.width() - centre.x() - 24 - LARGE, theme.px(34))
        )

    def _words(self, painter: QPainter, step: Step | Stop, place: QRectF) -> None:
        theme = self._theme
        half = place.height() / 2
        upper, lower = place.adjusted(0, -1, 0, 1 - half), place.adjusted(0, half, 0, 2)
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
        painter.setFont(theme.strong)
        painter.setPen(theme.colour("text"))
        room = int(upper.width()) - QFontMetrics(theme.small).horizontalAdvance(step.at) - MEDIUM
        title = painter.fontMetrics().elidedText(step.title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(upper, left, title)
        painter.setFont(theme.small)
        painter.setPen(theme.colour("muted"))
        painter.drawText(upper, right, step.at)
        metrics = QFontMetrics(theme.small)
        after = metrics.horizontalAdvance(step.after) + MEDIUM if step.after else 0
        detail = metrics.elidedText(step.detail, Qt.TextElideMode.ElideRight, int(lower.width()) - after)
        painter.drawText(lower, left, detail)
        painter.drawText(lower, right, step.after)
