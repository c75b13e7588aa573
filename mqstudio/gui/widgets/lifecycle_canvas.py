"""The lifecycle of a message, painted: lanes below each other, events and stretches of time along an axis.

By mouse: the wheel with Ctrl zooms, a drag moves along, a click chooses an event, a double click opens
where it leads. By keyboard: arrows go from event to event, + - 0 zoom, Enter opens, Escape lets go.
"""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mqstudio.gui.following import follow
from mqstudio.gui.theme import LARGE, MEDIUM, SMALL, Theme
from mqstudio.gui.widgets.lifecycle_painting import (
    SIGN,
    draw_axis,
    draw_bar,
    draw_cluster,
    draw_focus,
    draw_lane,
    draw_link,
)
from mqstudio.gui.words import tr
from mqstudio.viewmodel.lifecycle import PAN, Cluster, LifecyclePanel
from mqstudio.viewmodel.lifecycle_axis import Axis
from mqstudio.viewmodel.lifecycle_story import Lane, spoken

LANE_HEIGHT: Final = 48
AXIS_HEIGHT: Final = 24
WHEEL_NOTCH: Final = 120
NEAR: Final = 11
"""Pixels from a sign within which the pointer means it; signs that are closer are drawn as one."""

TICK_WIDTH: Final = 74


class LifecycleCanvas(QWidget):
    """Shows a LifecyclePanel. pointed: an event is under the pointer, or none.

    opened: virtual host, queue and number of a message to be seen. left: the keyboard wants to go back.
    """

    pointed = Signal(object)
    opened = Signal(str, str, object)
    left = Signal()

    def __init__(self, theme: Theme, panel: LifecyclePanel) -> None:
        super().__init__()
        self.theme, self.panel = theme, panel
        self._hovered: Cluster | None = None
        self._dragged_x: float | None = None
        self._moved = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Lifecycle"))
        follow(self, panel.changed, self.refresh)
        theme.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Draw what the panel has now."""
        story = self.panel.story
        lanes = len(story.lanes) if story is not None else 0
        self.setFixedHeight(self._top(lanes) + SMALL)
        if story is not None:
            self.setAccessibleName(f"{tr('Lifecycle')}: {spoken(story, self.panel.now_us)}")
        self.setAccessibleDescription("; ".join(self.panel.facts()))
        self.update()

    def tick(self) -> None:
        """Time goes on, and with it what is not over."""
        if self.panel.is_alive and self.isVisible():
            self.update()

    # ---- where things are

    def _top(self, lane: int) -> int:
        """Where a lane begins."""
        return self.theme.px(AXIS_HEIGHT) + lane * self.theme.px(LANE_HEIGHT)

    def track(self, lane: int) -> float:
        """The height of a lane's line."""
        return self._top(lane) + self.theme.px(LANE_HEIGHT) * 0.70

    def _line(self) -> tuple[float, float]:
        """Where the axis begins, and how long it is."""
        return float(LARGE), max(1.0, self.width() - LARGE - MEDIUM - SIGN)

    def x_of(self, share: float) -> float:
        """Where a place of the axis is drawn."""
        left, length = self._line()
        window = self.panel.window
        return left + (share - window.left) / window.width * length

    def lane_at(self, y: float) -> int | None:
        """The lane at a height."""
        story = self.panel.story
        place = int((y - self.theme.px(AXIS_HEIGHT)) // self.theme.px(LANE_HEIGHT))
        return place if story is not None and 0 <= place < len(story.lanes) and y >= self._top(0) else None

    def cluster_at(self, place: QPointF) -> Cluster | None:
        """The events at a place."""
        lane = self.lane_at(place.y())
        if lane is None or abs(place.y() - self.track(lane)) > NEAR:
            return None
        found = self._clusters(lane, self.panel.axis())
        near = [each for each in found if abs(self.x_of(each.share) - place.x()) <= NEAR]
        return min(near, key=lambda each: abs(self.x_of(each.share) - place.x()), default=None)

    def _clusters(self, lane: int, axis: Axis) -> list[Cluster]:
        return self.panel.clusters(lane, axis, 2 * NEAR / self._line()[1])

    # ---- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        story = self.panel.story
        if story is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        axis = self.panel.axis()
        seen = self._seen(event)
        most = max(2, int(self._line()[1] / self.theme.px(TICK_WIDTH)))
        ticks = [(self.x_of(axis.share(at)), at) for at in axis.ticks(self.panel.window, most)]
        draw_axis(painter, self, ticks, story.begins_us, self._top(0))
        now_us = self.panel.now_us
        x_of: Callable[[int], float] = lambda at_us: self.x_of(axis.share(at_us))  # noqa: E731 - one line
        self._draw_links(painter, seen, x_of)
        for lane in seen:
            draw_lane(painter, self, story.lanes[lane], (self._top(lane), self.track(lane)), now_us)
        until_us = story.until_us(now_us)
        for bar in story.bars:
            if bar.lane in seen:
                ends = x_of(bar.from_us), x_of(bar.until_us if bar.until_us is not None else until_us)
                draw_bar(painter, self, bar, ends, self.track(bar.lane))
        for lane in seen:
            for cluster in self._clusters(lane, axis):
                self._draw_cluster(painter, cluster, lane)
        if self.hasFocus():
            draw_focus(painter, self)
        painter.end()

    def _draw_links(self, painter: QPainter, seen: range, x_of: Callable[[int], float]) -> None:
        """Below the titles, which stay readable."""
        for link in self.panel.story.links if self.panel.story is not None else ():
            first, last = sorted((link.from_lane, link.to_lane))
            if first <= seen.stop and last >= seen.start:
                heights = self.track(link.from_lane), self.track(link.to_lane)
                draw_link(painter, self, x_of(link.at_us), *heights)

    def _seen(self, event: QPaintEvent) -> range:
        """The lanes that have to be drawn."""
        story, height = self.panel.story, self.theme.px(LANE_HEIGHT)
        first = max(0, (event.rect().top() - self._top(0)) // height)
        last = (event.rect().bottom() - self._top(0)) // height + 1
        return range(first, min(last, len(story.lanes) if story is not None else 0))

    def _draw_cluster(self, painter: QPainter, cluster: Cluster, lane: int) -> None:
        story = self.panel.story
        x = self.x_of(cluster.share)
        if story is None or not -SIGN <= x <= self.width() + SIGN:
            return
        marks = [story.marks[place] for place in cluster.marks]
        is_chosen = self.panel.chosen in cluster.marks
        is_hovered = self._hovered == cluster
        draw_cluster(painter, self, marks, QPointF(x, self.track(lane)), is_lit=is_chosen or is_hovered)

    def sizeHint(self) -> QSize:
        return QSize(360, self.height())

    # ---- hands

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._dragged_x, self._moved = event.position().x(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if self._dragged_x is not None and (self._moved or abs(x - self._dragged_x) > SMALL):
            self.panel.pan((self._dragged_x - x) / self._line()[1])
            self._dragged_x, self._moved = x, True
            return
        self._hover(self.cluster_at(event.position()))
        lane = self._lane(event.position())
        is_link = self._hovered is None and lane is not None and self.panel.target_of(lane) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if is_link else Qt.CursorShape.ArrowCursor)

    def _lane(self, place: QPointF) -> Lane | None:
        number, story = self.lane_at(place.y()), self.panel.story
        return story.lanes[number] if number is not None and story is not None else None

    def _hover(self, cluster: Cluster | None) -> None:
        if cluster != self._hovered:
            self._hovered = cluster
            self.pointed.emit(cluster.marks if cluster is not None else None)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_click, self._dragged_x = self._dragged_x is not None and not self._moved, None
        if not was_click:
            return
        cluster = self.cluster_at(event.position())
        if cluster is not None:
            self.panel.choose(cluster.marks[-1])
            return
        lane = self._lane(event.position())
        is_title = (
            lane is not None
            and event.position().y() < self.track(self.lane_at(event.position().y()) or 0) - NEAR
        )
        target = self.panel.target_of(lane) if lane is not None and is_title else None
        if target is not None:
            self.opened.emit(*target)
        else:
            self.panel.choose(None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._open()

    def _open(self) -> None:
        target = self.panel.target()
        if target is not None:
            self.opened.emit(*target)

    def leaveEvent(self, event: object) -> None:
        self._hover(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()  # the page scrolls
            return
        left, length = self._line()
        around = min(1.0, max(0.0, (event.position().x() - left) / length))
        self.panel.zoom(event.angleDelta().y() / WHEEL_NOTCH, around)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_far = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        acts: dict[int, Callable[[], object]] = {
            Qt.Key.Key_Left: lambda: self.panel.pan(-PAN) if is_far else self.panel.step(-1),
            Qt.Key.Key_Right: lambda: self.panel.pan(PAN) if is_far else self.panel.step(1),
            Qt.Key.Key_Home: lambda: self.panel.choose_end(is_last=False),
            Qt.Key.Key_End: lambda: self.panel.choose_end(is_last=True),
            Qt.Key.Key_Plus: lambda: self.panel.zoom(1),
            Qt.Key.Key_Equal: lambda: self.panel.zoom(1),
            Qt.Key.Key_Minus: lambda: self.panel.zoom(-1),
            Qt.Key.Key_0: self.panel.fit,
            Qt.Key.Key_Return: self._open,
            Qt.Key.Key_Enter: self._open,
            Qt.Key.Key_Escape: self._let_go,
        }
        act = acts.get(event.key())
        if act is None:
            super().keyPressEvent(event)
            return
        act()

    def _let_go(self) -> None:
        if self.panel.chosen is not None:
            self.panel.choose(None)
        else:
            self.left.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def lane_rect(self, lane: int) -> QRectF:
        """The whole of a lane, for who scrolls to it."""
        return QRectF(0, self._top(lane), self.width(), self.theme.px(LANE_HEIGHT))
