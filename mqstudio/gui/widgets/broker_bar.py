"""What stands in the window's upper right: a warning while the broker is gone, and Publish."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.theme import SMALL, TINY
from mqstudio.gui.widgets.basics import button, label, row, set_tip
from mqstudio.gui.words import tr
from mqstudio.viewmodel.workspace import ConnectionState


class BrokerBar(QWidget):
    """Restart while the broker is lost; Publish always."""

    restart_wanted = Signal()
    compose_wanted = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._workspace = context.studio.workspace
        self._says = label("", "bad")
        self.restart_button = button(tr("Restart broker"), icon=context.theme.icon("restart"))
        self.compose_button = button(
            tr("Publish"), "primary", icon=context.theme.icon("send", "on_accent"), shortcut="Ctrl+N"
        )
        self.setLayout(row(self._says, self.restart_button, self.compose_button, margins=(0, TINY, SMALL, 0)))
        self.restart_button.clicked.connect(self.restart_wanted)
        self.compose_button.clicked.connect(self.compose_wanted)
        self._workspace.state_changed.connect(self.refresh)
        context.theme.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say how things are."""
        is_lost = self._workspace.state is ConnectionState.LOST
        self._says.setText(tr("The broker is not running"))
        set_tip(self._says, self._workspace.lost_because)
        self._says.setVisible(is_lost)
        self.restart_button.setVisible(is_lost)
        theme = self._context.theme
        self.restart_button.setIcon(theme.icon("restart"))
        self.compose_button.setIcon(theme.icon("send", "on_accent"))
        self.compose_button.setEnabled(self._workspace.is_live)
