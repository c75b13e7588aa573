"""The icon in the tray, for who wants one: how the broker is, a few verbs, and notifications."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.theme import app_icon
from mqstudio.gui.widgets.basics import verbatim
from mqstudio.gui.words import tr
from mqstudio.viewmodel.alerts import Alert
from mqstudio.viewmodel.tray import TrayState
from mqstudio.viewmodel.wording import clock

_SIGNS = {
    TrayState.RUNNING: ("check", "done"),
    TrayState.RECORDING: ("record", "dropped"),
    TrayState.PAUSED: ("pause", "in_flight"),
    TrayState.PROBLEM: ("warning", "dropped"),
}
"""The sign in the icon's corner: a shape of its own for each state, so that none is told by colour alone."""

ICON_PX, SIGN_PX = 64, 34


class TrayIcon(QObject):
    """opened: the window is wanted. queue_wanted(vhost, name). quit_wanted: the broker is to stop too."""

    opened = Signal()
    queue_wanted = Signal(str, str)
    quit_wanted = Signal()

    def __init__(self, context: Context, parent: QWidget, verbs: Callable[[str], QAction | None]) -> None:
        super().__init__(parent)
        self._context, self._verbs = context, verbs
        self._tray, self._alerts = context.studio.tray, context.studio.alerts
        self._last: Alert | None = None
        self.menu = QMenu(parent)
        self.icon = QSystemTrayIcon(self)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._on_activated)
        self.icon.messageClicked.connect(self._on_message_clicked)
        self.menu.aboutToShow.connect(self.fill)
        follow(self, self._tray.changed, self.refresh)
        context.theme.changed.connect(self.refresh)
        self.fill()
        self.refresh()

    @staticmethod
    def is_possible() -> bool:
        """Whether this desktop has a tray."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def set_wanted(self, is_wanted: bool) -> None:
        """Show it, or take it away."""
        self.icon.setVisible(is_wanted and self.is_possible())

    def refresh(self) -> None:
        """Show how the broker is."""
        self.icon.setIcon(self.state_icon(self._tray.state))

    def state_icon(self, state: TrayState) -> QIcon:
        """The program's icon with a sign for a state."""
        theme = self._context.theme
        pixmap = QPixmap(ICON_PX, ICON_PX)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        app_icon().paint(painter, QRect(0, 0, ICON_PX, ICON_PX))
        place = QRect(ICON_PX - SIGN_PX, ICON_PX - SIGN_PX, SIGN_PX, SIGN_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("surface"))
        painter.drawEllipse(place)
        theme.icon(*_SIGNS[state]).paint(painter, place.adjusted(5, 5, -5, -5))
        painter.end()
        return QIcon(pixmap)

    # ---- the menu

    def fill(self) -> None:
        """Make the menu as things stand."""
        self.menu.clear()
        self.menu.addAction(self._tray.says()).setEnabled(False)
        self.menu.addAction(tr("Open"), self.opened.emit)
        for name in ("pause_everything", "resume_everything", "record"):
            action = self._verbs(name)
            if action is not None:
                self.menu.addAction(action)
        self._fill_letters()
        self._fill_connections()
        self.menu.addSeparator()
        self.menu.addAction(self._tray.quit_says(), self.quit_wanted.emit)

    def _fill_letters(self) -> None:
        letters = self.menu.addMenu(tr("Last dead letters"))
        letters.setEnabled(bool(self._alerts.letters))
        for each in self._alerts.letters:
            title = f"{clock(each.at_us)[:8]}  {verbatim(each.queue)}  {each.count:,}"
            letters.addAction(title, partial(self._go_to, each.vhost, each.queue))

    def _fill_connections(self) -> None:
        connections = self.menu.addMenu(tr("Copy connection"))
        port = self._context.studio.workspace.port()
        connections.setEnabled(port is not None)
        if port is not None:
            address = f"amqp://guest:guest@127.0.0.1:{port}/"
            connections.addAction(address, partial(self._copy, address))

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)

    def _go_to(self, vhost: str, queue: str) -> None:
        self.opened.emit()
        self.queue_wanted.emit(vhost, queue)

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.opened.emit()

    # ---- notifications

    def tell(self, alert: Alert) -> None:
        """Show a notification; a click on it leads to its queue."""
        if self.icon.isVisible():
            self._last = alert
            self.icon.showMessage(
                harmless(alert.title), harmless(alert.says), self.state_icon(self._tray.state)
            )

    def _on_message_clicked(self) -> None:
        if self._last is not None:
            self._go_to(self._last.vhost, self._last.queue)


def harmless(text: str) -> str:
    """Text for a notification: some desktops read it as markup, and names come from anybody."""
    return text.replace("<", "‹").replace(">", "›").replace("&", "＆")
