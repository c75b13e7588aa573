"""Whether anybody can see the window: minimised, or in the tray, it draws nothing and takes its time."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from mqstudio.viewmodel.workspace import Workspace

_TELLING = (QEvent.Type.WindowStateChange, QEvent.Type.Show, QEvent.Type.Hide)


class Sight(QObject):
    """Tells the workspace, and stops all drawing, for as long as a window is out of sight."""

    def __init__(self, window: QWidget, workspace: Workspace) -> None:
        super().__init__(window)
        self._window, self._workspace = window, workspace
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _TELLING and isValid(self._window):  # one that is going is hidden, too
            is_seen = self._window.isVisible() and not self._window.isMinimized()
            if is_seen != self._workspace.is_seen:
                self._window.setUpdatesEnabled(is_seen)
                self._workspace.set_seen(is_seen)
        return False
