"""Files that are dropped on the window: on a queue they are to be published, elsewhere to be looked at."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

from mqstudio.client.recordings import recording_suffixes
from mqstudio.gui.context import Context
from mqstudio.gui.widgets.explorer_view import ExplorerTable
from mqstudio.gui.words import tr
from mqstudio.viewmodel.explorer import Node, NodeKind
from mqstudio.viewmodel.wording import plain

DEFINITIONS: Final = ".json"


class FileDrops(QObject):
    """Takes what is dropped. compose(vhost, queue) opens the composer; show and look open a file."""

    def __init__(
        self,
        context: Context,
        window: QWidget,
        explorer: ExplorerTable,
        *,
        compose: Callable[[str, str], object],
        show: Callable[[str], object],
        look: Callable[[str], object],
    ) -> None:
        super().__init__(window)
        self._context, self._window, self._explorer = context, window, explorer
        self._compose, self._show, self._look = compose, show, look
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)
        if event.type() not in kinds or not isinstance(event, QDropEvent):
            return super().eventFilter(watched, event)
        path = _dropped(event)
        if not path:
            return False
        event.acceptProposedAction()
        if event.type() is QEvent.Type.Drop:
            self.drop(path, event.position().toPoint())
        return True

    def drop(self, path: str, place: QPoint) -> None:
        """Do what a file is for, where it was let go."""
        queue = self._queue_at(place)
        if queue is not None:
            self._context.studio.composer.attach(Path(path))
            self._compose(queue.vhost, queue.name)
        elif path.lower().endswith(DEFINITIONS):
            self._show(path)
        elif path.lower().endswith(tuple(recording_suffixes())):
            self._look(path)
        else:
            name = plain(Path(path).name, 60)
            says = tr(
                "Drop {name} on a queue to publish it, or a recording or definitions anywhere.", name=name
            )
            self._context.studio.notices.tell(says)

    def _queue_at(self, place: QPoint) -> Node | None:
        """The queue of the explorer at a place of the window."""
        viewport = self._explorer.viewport()
        inside = viewport.mapFrom(self._window, place)
        if not viewport.isVisible() or not viewport.rect().contains(inside):
            return None
        node: Node | None = self._explorer.row_model.rows.at(self._explorer.rowAt(inside.y()))
        return node if node is not None and node.kind is NodeKind.QUEUE else None


def _dropped(event: QDropEvent) -> str:
    """The one local file that is dropped; "" if it is something else."""
    urls = event.mimeData().urls()
    return urls[0].toLocalFile() if len(urls) == 1 else ""
