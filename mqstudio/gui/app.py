"""The window's process: shows the window, finds or starts a broker, and takes it along when it goes."""

import asyncio
import logging
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from mqstudio.client.client import Client
from mqstudio.client.launch import LaunchOptions, OwnedBroker, attach_or_launch
from mqstudio.gui.context import Context
from mqstudio.gui.loop import Spawner, run
from mqstudio.gui.main_window import MainWindow
from mqstudio.gui.theme import Mode, Theme, app_icon
from mqstudio.viewmodel.notices import Notice
from mqstudio.viewmodel.studio import Studio

log = logging.getLogger(__name__)

CLIENT_NAME = "MQ Studio window"
SETTINGS_FILE = "window.ini"


def run_window(options: LaunchOptions) -> int:
    """Open a window on the broker of a data folder, started if none runs; returns the exit code."""
    application = make_application()
    settings = open_settings(options.data_dir)
    theme = Theme(application, Mode(str(settings.value("look", Mode.SYSTEM.value))))

    async def main() -> int:
        async with WindowSession(theme, settings, options) as session:
            await session.wait_closed()
        return 0

    return run(application, main)


def make_application() -> QApplication:
    """The one QApplication, named."""
    application = QApplication(["mqstudio"])
    application.setApplicationName("MQ Studio")
    application.setDesktopFileName("mqstudio")
    application.setWindowIcon(app_icon())
    return application


def open_settings(data_dir: Path) -> QSettings:
    """What the window remembers, beside the broker's data."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return QSettings(str(data_dir / SETTINGS_FILE), QSettings.Format.IniFormat)


class WindowSession:
    """A window and its broker from first paint to last: use it as `async with`."""

    def __init__(self, theme: Theme, settings: QSettings, options: LaunchOptions) -> None:
        self.studio = Studio()
        self._theme = theme
        self._settings = settings
        self._options = options
        self._group = asyncio.TaskGroup()
        self._closed = asyncio.Event()
        self._restart = asyncio.Event()
        self._owned: OwnedBroker | None = None
        self._told: Notice | None = None

    async def __aenter__(self) -> "WindowSession":
        await self._group.__aenter__()
        self._spawner = Spawner(self._group, self.studio.notices)
        self.window = MainWindow(Context(self.studio, self._theme, self._spawner.spawn), self._settings)
        self.window.closing.connect(self._closed.set)
        self.window.restart_wanted.connect(self._restart.set)
        self.window.show()
        self._keeper = self._group.create_task(self._keep_broker())
        return self

    async def wait_closed(self) -> None:
        """Wait until the user has closed the window."""
        await self._closed.wait()

    async def __aexit__(self, *_: object) -> None:
        self._keeper.cancel()
        self._spawner.cancel_all()
        await self._group.__aexit__(None, None, None)
        await self._stop_owned()
        self.window.deleteLater()

    async def _keep_broker(self) -> None:
        """Follow a broker for as long as it lives; then wait until the user wants another."""
        workspace = self.studio.workspace
        while True:
            self._restart.clear()
            workspace.expect_broker()
            try:
                client, self._owned = await attach_or_launch(self._options, name=CLIENT_NAME)
            except OSError as error:
                workspace.lose(str(error))
                self._told = self.studio.notices.problem(str(error))
            else:
                await self._follow_within_walls(client)
            await self._restart.wait()
            await self._stop_owned()

    async def _follow_within_walls(self, client: Client) -> None:
        """Keep the window when a panel fails over a sample: it is told, and can begin anew."""
        try:
            await self._follow(client)
        except Exception as error:  # the outer wall of the window's main task
            log.exception("following the broker failed")
            self.studio.workspace.lose(f"The window failed over what the broker said ({error!r}).")
            self._told = self.studio.notices.problem(
                "The window failed over what the broker said; its log has the details. "
                "Restart broker begins anew."
            )

    async def _follow(self, client: Client) -> None:
        workspace = self.studio.workspace
        if self._told is not None:
            self.studio.notices.dismiss(self._told)  # it is no longer true
        async with client:
            await workspace.follow(client)
        log.warning("broker lost reason=%r", workspace.lost_because)
        where = f" The log is {self._owned.log_path}." if self._owned else ""
        self._told = self.studio.notices.problem(f"{workspace.lost_because}{where} Restart broker starts it.")

    async def _stop_owned(self) -> None:
        owned, self._owned = self._owned, None
        if owned is not None:
            with suppress(ProcessLookupError):  # it may have gone by itself
                await owned.stop()
