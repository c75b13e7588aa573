"""Dragging messages, or all of a queue, onto another queue: they are moved, with Ctrl copied.

The drag is the window's own: one of the system needs a loop within the loop, which nothing here has. The
mouse belongs to the table it was pressed in until it is let go; a label beside it says what would happen.
"""

from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QTabBar, QWidget
from shiboken6 import isValid

from mqstudio.gui.context import Context
from mqstudio.gui.message_actions import MessageActions
from mqstudio.gui.message_selection import Taken
from mqstudio.gui.pages import Pages
from mqstudio.gui.queue_verbs import QueueVerbs
from mqstudio.gui.theme import LARGE
from mqstudio.gui.widgets.basics import label, set_text
from mqstudio.gui.widgets.explorer_view import ExplorerTable
from mqstudio.gui.widgets.queue_view import QueueView
from mqstudio.gui.words import tr
from mqstudio.model.verbs import Destination
from mqstudio.viewmodel.explorer import Node, NodeKind
from mqstudio.viewmodel.wording import counted, plain

_LEFT = Qt.MouseButton.LeftButton
_MOUSE = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease)


class Place(NamedTuple):
    """A queue."""

    vhost: str
    name: str


class Dragging(QObject):
    """Watches the tables of messages and the explorer; one drag at a time."""

    def __init__(
        self,
        context: Context,
        window: QWidget,
        pages: Pages,
        explorer: ExplorerTable,
        *,
        messages: MessageActions,
        queues: QueueVerbs,
    ) -> None:
        super().__init__(window)
        self._context, self._window, self._pages, self._explorer = context, window, pages, explorer
        self._messages, self._queues = messages, queues
        self._views: list[QueueView] = []
        self._pressed: QPoint | None = None
        self._source: Place | None = None
        self._taken: Taken | None = None
        self._what = ""
        self._last = QPoint()
        self.is_dragging = False
        self.says = label("")
        self.says.setParent(window)
        self.says.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.says.setProperty("card", "popup")
        self.says.setMargin(6)
        self.says.hide()
        explorer.viewport().installEventFilter(self)

    def watch(self, view: QueueView) -> None:
        """Let the messages of a page be dragged."""
        self._views = [each for each in self._views if isValid(each)] + [view]
        view.table.viewport().installEventFilter(self)

    # ---- the mouse

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and self.is_dragging:
            return self._on_key(event)
        if not isinstance(event, QMouseEvent) or event.type() not in _MOUSE or not self._is_table(watched):
            return False
        if event.type() is QEvent.Type.MouseButtonPress:
            return self._on_press(watched, event)
        if self._pressed is None:
            return False
        if event.type() is QEvent.Type.MouseMove:
            return self._on_move(watched, event)
        return self._on_release(watched, event)

    def _on_press(self, watched: QObject, event: QMouseEvent) -> bool:
        """On a selected message it is the beginning of a drag, or of a click that selects it alone."""
        has_modifier = event.modifiers() != Qt.KeyboardModifier.NoModifier
        if event.button() is not _LEFT or has_modifier:
            return False
        place = event.position().toPoint()
        if watched is self._explorer.viewport():
            node = self._node_at(place)
            if node is not None and node.kind is NodeKind.QUEUE:
                self._begin(event, Place(node.vhost, node.name))
            return False
        view = self._view_of(watched)
        index = view.table.indexAt(place) if view is not None else None
        if view is None or index is None or not view.table.selectionModel().isSelected(index):
            return False
        view.table.setFocus(Qt.FocusReason.MouseFocusReason)
        self._begin(event, Place(view.page.vhost, view.page.queue))
        return True

    def _begin(self, event: QMouseEvent, source: Place) -> None:
        self._pressed, self._source = event.globalPosition().toPoint(), source
        self._taken, self._what = None, ""

    def _on_move(self, watched: QObject, event: QMouseEvent) -> bool:
        assert self._pressed is not None  # else nobody asks
        here = event.globalPosition().toPoint()
        is_far = (here - self._pressed).manhattanLength() >= QApplication.startDragDistance()
        if not self.is_dragging and is_far and event.buttons() & _LEFT:
            self._take_up(watched)
        if self.is_dragging:
            self._show(here, event.modifiers())
        return True

    def _take_up(self, watched: QObject) -> None:
        """From here on it is a drag: what is dragged is what is selected now."""
        if self._view_of(watched) is not None:
            self._taken = self._messages.take()
            self._what = counted(self._messages.count(), tr("message"), tr("messages"))
        elif self._source is not None:
            self._what = tr("all of {queue}").format(queue=plain(self._source.name, 60))
        self.is_dragging = bool(self._what) and (self._taken is not None or self._view_of(watched) is None)
        if self.is_dragging:
            application = QApplication.instance()
            assert application is not None
            application.installEventFilter(self)  # Esc and Ctrl, wherever the keyboard is

    def _on_release(self, watched: QObject, event: QMouseEvent) -> bool:
        was_dragging, view = self.is_dragging, self._view_of(watched)
        here = event.globalPosition().toPoint()
        source, target, taken = self._source, self._target(here), self._taken
        self.stop()
        if was_dragging:
            is_copy = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            if source is not None and target is not None:
                self._drop(source, target, taken, is_copy=is_copy)
            return True
        if view is not None:
            row = view.table.rowAt(event.position().toPoint().y())
            if row >= 0:
                view.table.select_row(row)
        return view is not None

    def _on_key(self, event: QKeyEvent) -> bool:
        if event.type() is QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self.stop()
            return True
        if event.key() == Qt.Key.Key_Control:
            is_down = event.type() is QEvent.Type.KeyPress
            ctrl = Qt.KeyboardModifier.ControlModifier
            self._show(self._last, ctrl if is_down else Qt.KeyboardModifier.NoModifier)
        return False

    def stop(self) -> None:
        """Let go of what is dragged; it stays where it is."""
        application = QApplication.instance()
        if self.is_dragging and application is not None:
            application.removeEventFilter(self)
        self.is_dragging, self._pressed = False, None
        self._mark(-1)
        self.says.hide()

    # ---- where it would go

    def _is_table(self, watched: QObject) -> bool:
        return watched is self._explorer.viewport() or self._view_of(watched) is not None

    def _view_of(self, watched: QObject) -> QueueView | None:
        there = (view for view in self._views if isValid(view))  # the page may have been closed
        return next((view for view in there if view.table.viewport() is watched), None)

    def _node_at(self, place: QPoint) -> Node | None:
        node: Node | None = self._explorer.row_model.rows.at(self._explorer.rowAt(place.y()))
        return node

    def _target(self, here: QPoint) -> Place | None:
        """The queue under the mouse: in the explorer, or by its tab."""
        under = self._window.childAt(self._window.mapFromGlobal(here))
        if under is self._explorer.viewport():
            node = self._node_at(under.mapFromGlobal(here))
            return Place(node.vhost, node.name) if node is not None and node.kind is NodeKind.QUEUE else None
        if isinstance(under, QTabBar) and under is self._pages.tabBar():
            page = self._pages.widget(under.tabAt(under.mapFromGlobal(here)))
            return Place(page.page.vhost, page.page.queue) if isinstance(page, QueueView) else None
        return None

    def _show(self, here: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        self._last = here
        target = self._target(here)
        is_copy = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        viewport = self._explorer.viewport()
        self._mark(self._explorer.rowAt(viewport.mapFromGlobal(here).y()) if target is not None else -1)
        set_text(self.says, self._sentence(target, is_copy=is_copy))
        self.says.adjustSize()
        place = self._window.mapFromGlobal(here) + QPoint(LARGE, LARGE)
        place.setX(min(place.x(), self._window.width() - self.says.width()))
        self.says.move(place)
        self.says.show()
        self.says.raise_()

    def _sentence(self, target: Place | None, *, is_copy: bool) -> str:
        if target is None:
            return tr("{what}: drop on a queue to move, with Ctrl to copy; Esc lets go").format(
                what=self._what
            )
        if self._source is not None and target.vhost != self._source.vhost:
            return tr("Messages stay in their virtual host")
        if target == self._source:
            return tr("They are in {queue} already").format(queue=plain(target.name, 60))
        says = tr("Copy {what} to {queue}") if is_copy else tr("Move {what} to {queue}")
        return says.format(what=self._what, queue=plain(target.name, 60))

    def _mark(self, row: int) -> None:
        if self._explorer.hovered_row != row:
            self._explorer.hovered_row = row
            self._explorer.viewport().update()

    def _drop(self, source: Place, target: Place, taken: Taken | None, *, is_copy: bool) -> None:
        """The same verbs as by key: with counts, progress and undo. All of a queue is asked before."""
        if target == source or target.vhost != source.vhost:
            return
        if taken is None:
            self._pages.open_queue(*source)
            self._queues.ask_transfer(target.name, is_copy=is_copy)
            return
        verbs = self._context.studio.messages
        self._messages.do_with(taken, verbs.copy if is_copy else verbs.move, Destination(target.name))
