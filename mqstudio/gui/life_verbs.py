"""Verbs that tell what happened to a message: its lifecycle in the inspector."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from mqstudio.gui.context import Context
from mqstudio.gui.message_actions import MessageActions
from mqstudio.gui.pages import Pages
from mqstudio.gui.widgets.inspector_view import LIFE, InspectorView


class LifeVerbs(QObject):
    """Opens and closes the lifecycle. open_message: bring a message of a queue to the front."""

    def __init__(
        self,
        context: Context,
        messages: MessageActions,
        pages: Pages,
        inspector: InspectorView,
        open_message: Callable[[str, str, int], None],
    ) -> None:
        super().__init__(pages)
        self._context, self._messages = context, messages
        self._pages, self._inspector, self._open_message = pages, inspector, open_message
        self._before = 0
        inspector.lifecycle.opened.connect(self.open)
        inspector.lifecycle.left.connect(self._leave)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Verb → what it does."""
        return {"lifecycle": self.toggle, "timeline": self.toggle_timeline}

    def able(self) -> dict[str, Callable[[], bool]]:
        """Verb → whether it can be done now."""
        return {"lifecycle": self._messages.has}

    def toggle(self) -> None:
        """Show the lifecycle of the selected message in the inspector; or what was there before it."""
        tabs = self._inspector.tabs
        if tabs.currentIndex() == LIFE and self._inspector.lifecycle.isVisible():
            tabs.setCurrentIndex(self._before)
            return
        self._before = tabs.currentIndex() if tabs.currentIndex() != LIFE else 0
        dock = self._inspector.parentWidget()
        while dock is not None and not dock.inherits("QDockWidget"):
            dock = dock.parentWidget()
        if dock is not None:
            dock.show()
            dock.raise_()
        tabs.setCurrentIndex(LIFE)

    def toggle_timeline(self) -> None:
        """Show the bars above the tables, or do not."""
        timeline = self._context.studio.timeline
        timeline.put(not timeline.is_on)

    def open(self, vhost: str, queue: str, message_id: int) -> None:
        """Go to a relative of the message in the inspector."""
        if queue:
            self._open_message(vhost, queue, message_id)
        self._context.spawn(self._context.studio.inspector.show_at(vhost, queue, message_id), self)

    def _leave(self) -> None:
        """Back to the messages."""
        view = self._pages.queue_view
        self._inspector.tabs.setCurrentIndex(self._before)
        if view is not None:
            view.table.setFocus()
