"""How the parts of a lifecycle are painted: axis, lanes, stretches of time, signs of events, links."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QFontMetrics, QPainter, QPen

from mqstudio.gui.theme import LARGE, MEDIUM, SMALL, TINY
from mqstudio.viewmodel.lifecycle_story import HELD, Bar, Lane, Mark, state_words
from mqstudio.viewmodel.lifecycle_words import span

if TYPE_CHECKING:
    from mqstudio.gui.widgets.lifecycle_canvas import LifecycleCanvas

SIGN: Final = 9
"""Half the width of an event's sign."""

LOOKS: Final = {
    "published": ("send", "ready"),
    "routed": ("exchange", "ready"),
    "unroutable": ("warning", "dropped"),
    "enqueued": ("queue", "ready"),
    "delivered": ("in_flight", "in_flight"),
    "accepted": ("check", "done"),
    "released": ("undo", "in_flight"),
    "rejected": ("close", "dropped"),
    "settled": ("check", "done"),
    "requeued": ("undo", "in_flight"),
    "dropped": ("dropped", "dropped"),
    "purged": ("trash", "purged"),
    "restored": ("undo", "purged"),
    "moved": ("move", "purged"),
    "dead_lettered": ("dead_lettered", "dead_lettered"),
    "refused": ("dropped", "dropped"),
    "delayed": ("clock", "in_flight"),
}
"""Icon and colour of each kind of event; of settlements by their outcome."""

_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
_CENTRE = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine)


def look_of(mark: Mark) -> tuple[str, str]:
    """The icon of an event, and the colour that it is in."""
    return LOOKS.get(mark.outcome or mark.what, ("info", "ready"))


def draw_axis(
    painter: QPainter,
    canvas: "LifecycleCanvas",
    ticks: Sequence[tuple[float, int]],
    begins_us: int,
    bottom: int,
) -> None:
    """Times since the beginning, and a fine line down from each."""
    theme = canvas.theme
    painter.setFont(theme.small)
    metrics = QFontMetrics(theme.small)
    reached = -1.0
    for x, at_us in ticks:
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.drawLine(QPointF(x, bottom - 2), QPointF(x, canvas.height() - SMALL))
        words = f"+{span(at_us - begins_us)}"
        width = metrics.horizontalAdvance(words)
        left = min(max(TINY, x - width / 2), canvas.width() - width - TINY)
        if left <= reached:
            continue
        reached = left + width + SMALL
        painter.setPen(theme.colour("muted"))
        painter.drawText(QRectF(left, 0, width + 1, bottom - 2), _LEFT, words)


def draw_lane(
    painter: QPainter, canvas: "LifecycleCanvas", lane: Lane, heights: tuple[float, float], now_us: int
) -> None:
    """Its title, how it stands, and the line that its events are on."""
    theme = canvas.theme
    top, track = heights
    indent = 0 if not lane.queue else SMALL
    place = QRectF(
        LARGE - SIGN + indent,
        top + TINY,
        canvas.width() - LARGE - MEDIUM + SIGN - indent,
        track - top - SIGN - TINY,
    )
    if not lane.queue:
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.drawLine(QPointF(MEDIUM, top + 0.5), QPointF(canvas.width() - MEDIUM, top + 0.5))
    painter.setFont(theme.strong if not lane.queue else theme.font)
    is_link = canvas.panel.target_of(lane) is not None
    painter.setPen(theme.colour("accent" if is_link else "text"))
    metrics = painter.fontMetrics()
    title = metrics.elidedText(lane.title, Qt.TextElideMode.ElideMiddle, int(place.width() * 0.55))
    ground = QRectF(place.left() - 1, place.top(), metrics.horizontalAdvance(title) + 2, place.height())
    painter.fillRect(ground, theme.colour("surface"))
    painter.drawText(place, _LEFT, title)
    said = lane.about if not lane.queue else state_words(lane, now_us)
    painter.setFont(theme.small)
    painter.setPen(theme.colour("muted"))
    room = place.adjusted(metrics.horizontalAdvance(title) + SMALL, 0, 0, 0)
    words = QFontMetrics(theme.small).elidedText(said, Qt.TextElideMode.ElideRight, int(room.width()))
    wide = QFontMetrics(theme.small).horizontalAdvance(words) + 2
    painter.fillRect(
        QRectF(room.right() - wide, room.top(), wide + 1, room.height()), theme.colour("surface")
    )
    painter.drawText(room, _RIGHT, words)
    painter.setPen(QPen(theme.colour("field_line"), 1))
    painter.drawLine(QPointF(LARGE - SIGN, track), QPointF(canvas.width() - MEDIUM, track))


def draw_bar(
    painter: QPainter, canvas: "LifecycleCanvas", bar: Bar, ends: tuple[float, float], track: float
) -> None:
    """A stretch of time: thin for waiting, thick for being held, hatched where that did not end well."""
    theme = canvas.theme
    colour = "in_flight" if bar.what == HELD else "ready"
    half = 7 if bar.what == HELD else 3
    place = QRectF(ends[0], track - half, max(1.0, ends[1] - ends[0]), 2 * half)
    painter.setBrush(theme.colour(f"{colour}_tint"))
    pen = QPen(theme.colour(colour), 1)
    if bar.until_us is None:
        pen.setStyle(Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.drawRoundedRect(place, 2, 2)
    if not bar.is_good:
        hatch = theme.colour("dropped")
        hatch.setAlpha(110)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(hatch, Qt.BrushStyle.BDiagPattern))
        painter.drawRect(place)
    _write_on(painter, canvas, bar, place)


def _write_on(painter: QPainter, canvas: "LifecycleCanvas", bar: Bar, place: QRectF) -> None:
    """How long it took, where there is room for it between the signs."""
    theme = canvas.theme
    until_us = bar.until_us if bar.until_us is not None else canvas.panel.now_us
    words = span(max(0, until_us - bar.from_us)) + ("" if bar.until_us is not None else " …")
    metrics = QFontMetrics(theme.small)
    left, right = max(place.left() + SIGN, 0.0), min(place.right() - SIGN, float(canvas.width()))
    width = metrics.horizontalAdvance(words) + 2 * TINY
    if width > right - left:
        return
    middle = (left + right) / 2
    ground = QRectF(middle - width / 2, place.center().y() - 7, width, 14)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("surface"))
    painter.drawRoundedRect(ground, 3, 3)
    painter.setFont(theme.small)
    painter.setPen(theme.colour("text"))
    painter.drawText(ground, _CENTRE, words)


def draw_cluster(
    painter: QPainter, canvas: "LifecycleCanvas", marks: Sequence[Mark], centre: QPointF, *, is_lit: bool
) -> None:
    """The sign of an event; of several the last one's, with their number."""
    theme = canvas.theme
    icon, colour = look_of(marks[-1])
    painter.setPen(QPen(theme.colour("focus" if is_lit else colour), 2 if is_lit else 1))
    painter.setBrush(theme.colour(f"{colour}_tint"))
    painter.drawEllipse(centre, SIGN, SIGN)
    theme.icon(icon, colour).paint(painter, QRect(int(centre.x()) - 5, int(centre.y()) - 5, 11, 11))
    if len(marks) > 1:
        _count(painter, canvas, len(marks), centre)


def _count(painter: QPainter, canvas: "LifecycleCanvas", number: int, centre: QPointF) -> None:
    theme = canvas.theme
    painter.setFont(theme.small)
    words = str(number)
    width = QFontMetrics(theme.small).horizontalAdvance(words) + 5
    place = QRectF(centre.x() + SIGN - 5, centre.y() - SIGN - 5, width, 12)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("text"))
    painter.drawRoundedRect(place, 5, 5)
    painter.setPen(theme.colour("surface"))
    painter.drawText(place, _CENTRE, words)


def draw_link(painter: QPainter, canvas: "LifecycleCanvas", x: float, upper: float, lower: float) -> None:
    """That it went on from one lane to another."""
    down = 1 if lower > upper else -1
    painter.setPen(QPen(canvas.theme.colour("sign"), 1, Qt.PenStyle.DotLine))
    end = lower - down * SIGN
    painter.drawLine(QPointF(x, upper), QPointF(x, end))
    painter.setPen(QPen(canvas.theme.colour("sign"), 1.4))
    for side in (-3, 3):
        painter.drawLine(QPointF(x + side, end - down * 4), QPointF(x, end))


def draw_focus(painter: QPainter, canvas: "LifecycleCanvas") -> None:
    """The edge of who has the keyboard."""
    painter.setPen(QPen(canvas.theme.colour("focus"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(canvas.rect()).adjusted(0.5, 0.5, -0.5, -0.5), TINY, TINY)
