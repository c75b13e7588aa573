"""The window's process: shows the window, finds or starts a broker, and takes it along when it goes."""

import asyncio
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from mqstudio.client.launch import LaunchOptions, OwnedBroker
from mqstudio.client.recordings import as_ledger
from mqstudio.exporters.base import NotReadableError
from mqstudio.gui.context import Context
from mqstudio.gui.loop import Spawner, run
from mqstudio.gui.main_window import MainWindow
from mqstudio.gui.sight import Sight
from mqstudio.gui.theme import Mode, Theme, app_icon, resources_dir
from mqstudio.gui.words import languages, speak
from mqstudio.model.disk import PROFILE_SUFFIX
from mqstudio.viewmodel.keeper import Keeper
from mqstudio.viewmodel.preferences import preferred_language
from mqstudio.viewmodel.studio import Studio

SETTINGS_FILE = "window.ini"
PROFILE_SETTING = "profile"
COMPOSER_FOLDER = "composer"
"""Drafts, what was sent, and the library: private to the user, beside the broker's data."""


def run_window(options: LaunchOptions) -> int:
    """Open a window on the broker of a data folder, started if none runs; returns the exit code."""
    application = make_application()
    settings = open_settings(options.data_dir)
    options = with_remembered_profile(options, settings)
    speak_preferred(settings)
    theme = Theme(application, Mode(str(settings.value("look", Mode.SYSTEM.value))))

    async def main() -> int:
        async with WindowSession(theme, settings, options) as session:
            await session.wait_closed()
        return 0

    return run(application, main)


def speak_preferred(settings: QSettings) -> None:
    """Speak the language that is preferred, if it is there: before the first widget has its texts."""
    wanted = preferred_language(str(settings.value("preferences", "")))
    speak(languages(resources_dir() / "words").get(wanted))


def with_remembered_profile(options: LaunchOptions, settings: QSettings) -> LaunchOptions:
    """Begin with the profile that was open last, if it is there still and no other was asked for."""
    remembered = replace(options, profile=str(settings.value(PROFILE_SETTING, "")))
    return remembered if not options.profile and remembered.path.exists() else options


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
    """A window and its broker from first paint to last: use it as `async with`.

    Files that are opened for looking get windows and brokers of their own, which end with this one.
    """

    def __init__(self, theme: Theme, settings: QSettings, options: LaunchOptions) -> None:
        self.studio = Studio()
        self.keeper = Keeper(options, self.studio.workspace, self.studio.notices)
        self.studio.host = self.keeper if options.read_only is None else None
        self.others: list[WindowSession] = []
        self._theme = theme
        self._settings = settings
        self._group = asyncio.TaskGroup()
        self._closed = asyncio.Event()

    @property
    def _owned(self) -> OwnedBroker | None:
        return self.keeper.owned

    async def __aenter__(self) -> "WindowSession":
        await self._group.__aenter__()
        self._spawner = Spawner(self._group, self.studio.notices)
        self.studio.exports.open(self.keeper.options.data_dir)
        self.studio.composer.open(self.keeper.options.data_dir / COMPOSER_FOLDER)
        self.window = MainWindow(Context(self.studio, self._theme, self._spawner.spawn), self._settings)
        self.window.closing.connect(self._closed.set)
        self.window.restart_wanted.connect(self.keeper.restart)
        self.window.files.file_wanted.connect(self.open_file)
        self.keeper.key_wanted.connect(self._on_key_wanted)
        self.keeper.switched.connect(self._on_switched)
        self.sight = Sight(self.window, self.studio.workspace)
        self.window.show()
        self._keeper = self._group.create_task(self.keeper.run())
        return self

    async def wait_closed(self) -> None:
        """Wait until the user has closed the window."""
        await self._closed.wait()

    async def __aexit__(self, *_: object) -> None:
        self.studio.composer.keep_draft()
        self._keeper.cancel()
        self._spawner.cancel_all()
        await self._group.__aexit__(None, None, None)
        await self.keeper.stop_owned()
        self.window.deleteLater()

    def _on_key_wanted(self) -> None:
        self.window.files.ask_key(self.keeper, self.keeper.options.path.name)

    def _on_switched(self) -> None:
        """Another profile: what was done in the one before is not to be undone here."""
        self.studio.undo.clear()
        self._settings.setValue(PROFILE_SETTING, self.keeper.options.profile)

    def open_file(self, path: str) -> None:
        """Show a file in a window of its own."""
        self._spawner.spawn(self._show_file(Path(path).absolute()), self.window)

    async def _show_file(self, path: Path) -> None:
        with TemporaryDirectory(prefix="mqstudio-") as folder:
            ledger = Path(folder) / f"{path.name}{PROFILE_SUFFIX}"
            try:
                shown = await as_ledger(path, ledger)
            except NotReadableError as error:
                self.studio.notices.problem(str(error))
                return
            options = LaunchOptions(Path(folder), port_native=0, read_only=shown)
            async with WindowSession(self._theme, open_settings(options.data_dir), options) as session:
                self.others.append(session)
                try:
                    await session.wait_closed()
                finally:
                    self.others.remove(session)
