"""Verbs that tell what happened to messages: a lifecycle in the inspector, a conversation under the list."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDockWidget, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.message_actions import MessageActions
from mqstudio.gui.pages import Pages
from mqstudio.gui.widgets.conversation_view import ConversationView
from mqstudio.gui.widgets.inspector_view import LIFE, InspectorView


class LifeVerbs(QObject):
    """Opens and closes them. open_message: bring a message of a queue to the front."""

    def __init__(
        self,
        context: Context,
        messages: MessageActions,
        pages: Pages,
        inspector: InspectorView,
        conversation: ConversationView,
        *,
        open_message: Callable[[str, str, int], None],
    ) -> None:
        super().__init__(pages)
        self._context, self._messages = context, messages
        self._pages, self._inspector, self._open_message = pages, inspector, open_message
        self._conversation = conversation
        self._before = 0
        conversation.opened.connect(self.open)
        conversation.shown.connect(self._look)
        conversation.left.connect(self._close_conversation)
        inspector.lifecycle.opened.connect(self.open)
        inspector.lifecycle.left.connect(self._leave)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Verb → what it does."""
        return {
            "lifecycle": self.toggle,
            "timeline": self.toggle_timeline,
            "conversation": self.converse,
        }

    def able(self) -> dict[str, Callable[[], bool]]:
        """Verb → whether it can be done now."""
        return {"lifecycle": self._messages.has, "conversation": self._messages.has}

    def toggle(self) -> None:
        """Show the lifecycle of the selected message in the inspector; or what was there before it."""
        tabs = self._inspector.tabs
        if tabs.currentIndex() == LIFE and self._inspector.lifecycle.isVisible():
            tabs.setCurrentIndex(self._before)
            return
        self._before = tabs.currentIndex() if tabs.currentIndex() != LIFE else 0
        _raise(self._inspector)
        tabs.setCurrentIndex(LIFE)

    def converse(self) -> None:
        """Show the conversation of the selected message under the list; or close it, if it is that one's."""
        view, rows = self._messages.view(), self._messages.rows(1)
        if view is None or not rows:
            return
        panel, place = self._context.studio.conversation, (view.page.vhost, rows[0].queue, rows[0].message_id)
        if panel.of == place and not self._conversation.visibleRegion().isEmpty():
            self._close_conversation()
            return
        _raise(self._conversation)
        panel.open(*place)

    def _close_conversation(self) -> None:
        """Esc: it goes, and the keyboard is with the messages again."""
        self._context.studio.conversation.stop()
        dock = _dock_of(self._conversation)
        if dock is not None:
            dock.hide()
        view = self._pages.queue_view
        if view is not None:
            view.table.setFocus()

    def _look(self, vhost: str, queue: str, message_id: int) -> None:
        """Into the inspector; the list stays as it is."""
        self._context.spawn(self._context.studio.inspector.show_at(vhost, queue, message_id), self)

    def toggle_timeline(self) -> None:
        """Show the bars above the tables, or do not."""
        timeline = self._context.studio.timeline
        timeline.put(not timeline.is_on)

    def open(self, vhost: str, queue: str, message_id: int) -> None:
        """Go to a relative of the message in the inspector."""
        if queue:
            self._open_message(vhost, queue, message_id)
        self._look(vhost, queue, message_id)

    def _leave(self) -> None:
        """Back to the messages."""
        view = self._pages.queue_view
        self._inspector.tabs.setCurrentIndex(self._before)
        if view is not None:
            view.table.setFocus()


def _dock_of(widget: QWidget) -> QDockWidget | None:
    """The dock that a widget is in."""
    found = widget.parentWidget()
    while found is not None and not isinstance(found, QDockWidget):
        found = found.parentWidget()
    return found


def _raise(widget: QWidget) -> None:
    """Bring the dock of a widget to the front."""
    dock = _dock_of(widget)
    if dock is not None:
        dock.show()
        dock.raise_()
