"""Verbs that hold up queues, consumers, clients or everything, and the one that sends a client away."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.selected import Selected


class PauseVerbs(QObject):
    """What P and X do, to what is selected."""

    def __init__(self, context: Context, window: QWidget, selected: Selected) -> None:
        super().__init__(window)
        self._context, self._studio, self._window = context, context.studio, window
        self._selected = selected

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Verb → what it does."""
        return {
            "pause_queue": self.pause_queue,
            "pause_client": self.pause_client,
            "pause_consumer": self.pause_consumer,
            "pause_all": self.pause_all,
            "kick": self.kick,
        }

    def able(self) -> dict[str, Callable[[], bool]]:
        """Verb → whether it can be done now."""
        return {
            "pause_queue": self._selected.has_queue,
            "pause_client": self._selected.has_client,
            "pause_consumer": self._selected.has_consumer,
            "pause_all": self._is_live,
            "kick": self._selected.has_client,
        }

    def _is_live(self) -> bool:
        return self._selected.is_live

    def pause_queue(self) -> None:
        """Pause the queue in front, or have it go on."""
        view = self._selected.view()
        if view is not None:
            toggle = self._studio.pausing.toggle_queue(view.page.vhost, view.page.queue)
            self._context.spawn(toggle, self._window)

    def pause_client(self) -> None:
        """Pause the selected client's consumers, or have them go on."""
        client = self._selected.client()
        if client is not None:
            self._context.spawn(self._studio.pausing.toggle_client(client), self._window)

    def pause_consumer(self) -> None:
        """Pause the selected consumer, or have it go on."""
        consumer = self._selected.consumer()
        if consumer is not None:
            toggle = self._studio.pausing.toggle_consumers([consumer.id], consumer.tag)
            self._context.spawn(toggle, self._window)

    def pause_all(self) -> None:
        """Pause everything, or have everything go on."""
        self._context.spawn(self._studio.pausing.toggle_all(), self._window)

    def kick(self) -> None:
        """Close the selected client's connection."""
        client = self._selected.client()
        if client is not None:
            self._context.spawn(self._studio.actions.kick(client), self._window)
