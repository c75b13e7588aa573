"""What the icon in the tray says: how the broker is, in a word and a sentence."""

from enum import StrEnum

from mqstudio.viewmodel.health import Health
from mqstudio.viewmodel.health_words import Level
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.words import tr, tr_count
from mqstudio.viewmodel.workspace import ConnectionState, Workspace


class TrayState(StrEnum):
    """What the icon shows."""

    RUNNING = "running"
    RECORDING = "recording"
    PAUSED = "paused"
    PROBLEM = "problem"


class Tray:
    """changed(): another icon or sentence."""

    def __init__(self, workspace: Workspace, health: Health) -> None:
        self.changed = Signal()
        self._workspace, self._health = workspace, health
        self._said: tuple[TrayState, str] | None = None
        for changed in (workspace.sampled, workspace.state_changed, health.changed):
            changed.connect(self._look)

    @property
    def state(self) -> TrayState:
        """How the broker is."""
        workspace, totals = self._workspace, self._workspace.totals
        _, level = self._health.word()
        if workspace.state is ConnectionState.LOST or totals.is_publishing_blocked or level is Level.BAD:
            return TrayState.PROBLEM
        if totals.is_paused:
            return TrayState.PAUSED
        is_kept = self._health.health is not None and bool(self._health.health.path)
        return TrayState.RECORDING if workspace.is_live and is_kept else TrayState.RUNNING

    def says(self) -> str:
        """The same for who points at it."""
        totals, clients = self._workspace.totals, len(self._workspace.apps())
        if self._workspace.state is ConnectionState.LOST:
            return tr("The broker is not running")
        if self._workspace.state is ConnectionState.CONNECTING:
            return tr("Starting…")
        words = {
            TrayState.PROBLEM: tr("There is a problem"),
            TrayState.PAUSED: tr("Paused"),
            TrayState.RECORDING: tr("Running and recording"),
            TrayState.RUNNING: tr("Running"),
        }
        connected = tr_count(clients, "{count} client", "{count} clients")
        ready = tr("{count} ready", count=f"{totals.ready:,}")
        return " · ".join((words[self.state], connected, ready))

    def quit_says(self) -> str:
        """The menu's last line: what ends with the broker."""
        clients = len(self._workspace.apps())
        if not clients:
            return tr("Quit")
        return tr_count(clients, "Quit ({count} client connected)", "Quit ({count} clients connected)")

    def _look(self) -> None:
        said = (self.state, self.says())
        if said != self._said:
            self._said = said
            self.changed.emit()
