"""The verbs of the File menu that are about profiles and files: opened, backed up, encrypted, shown."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from mqstudio.client.profile_files import ProfileFile
from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.form_dialog import FormDialog, open_form
from mqstudio.gui.recordings_dialog import RECORDINGS, RecordingsDialog
from mqstudio.gui.widgets.basics import verbatim
from mqstudio.gui.words import tr
from mqstudio.model.disk import PROFILE_SUFFIX
from mqstudio.viewmodel.health import Keeping
from mqstudio.viewmodel.profile_forms import EncryptForm, Host, NewProfileForm, SwitchForm, UnlockForm
from mqstudio.viewmodel.recording_pair import RecordingPair
from mqstudio.viewmodel.wording import duration, plain, size

FILES = f"Profiles of MQ Studio (*{PROFILE_SUFFIX});;All files (*)"
JUST_NOW_US = 60_000_000
PROFILES_MAX = 20
"""Profiles in the menu; there may be more in the folder."""


class FileVerbs(QObject):
    """Opens forms and file dialogs over a window. file_wanted(path): a file is to be shown."""

    file_wanted = Signal(str)
    progress_wanted = Signal()

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._context, self._studio, self._window = context, context.studio, window
        self._actions: dict[str, QAction] = {}
        self.profiles = QMenu(tr("Open profile"), window)
        self.profiles.aboutToShow.connect(self.fill_profiles)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Verb → what it does."""
        return {
            "open_file": self.ask_file,
            "compare_recordings": self.compare,
            "backup": self.ask_backup,
            "encrypt": self.ask_encrypt,
            "decrypt_copy": self.ask_plain_copy,
            "show_folder": self.show_folder,
        }

    def attach(self, actions: dict[str, QAction]) -> None:
        """Have these actions show what can be done now."""
        self._actions = actions
        follow(self, self._studio.health.changed, self.refresh)
        follow(self, self._studio.workspace.state_changed, self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """What can be done, and how it is called."""
        health, host = self._studio.health, self._studio.host
        is_profile = health.is_live and health.keeping is Keeping.PROFILE
        is_encrypted = health.health is not None and health.health.is_encrypted
        self.profiles.menuAction().setEnabled(host is not None)
        self._actions["backup"].setEnabled(is_profile)
        self._actions["show_folder"].setEnabled(self._path() is not None)
        self._actions["encrypt"].setEnabled(is_profile and host is not None)
        self._actions["encrypt"].setText(tr("Change key…") if is_encrypted else tr("Encrypt…"))
        self._window.setWindowTitle(self._title())
        self._actions["decrypt_copy"].setVisible(is_profile and is_encrypted)

    def _title(self) -> str:
        info, health = self._studio.workspace.info, self._studio.health
        if info is None or health.keeping is Keeping.UNKNOWN:
            return tr("MQ Studio")
        what = {Keeping.MEMORY: "memory only", Keeping.READ_ONLY: f"{plain(info.profile, 60)} (read-only)"}
        return tr("MQ Studio — {keeping}", keeping=what.get(health.keeping, plain(info.profile, 60)))

    def _path(self) -> Path | None:
        health = self._studio.health.health
        return Path(health.path) if health is not None and health.path else None

    def _host(self) -> Host:
        host = self._studio.host
        assert host is not None  # the verbs that need one are off without
        return host

    # ---- profiles

    def fill_profiles(self) -> None:
        """List the profiles as they are now."""
        menu, host = self.profiles, self._host()
        menu.clear()
        now_us = self._studio.workspace.now_us()
        here = self._path()
        for each in list(host.profiles())[:PROFILES_MAX]:
            action = menu.addAction(_title(each, now_us))
            action.setCheckable(True)
            action.setChecked(here is not None and Path(each.path) == here)
            action.setEnabled(not action.isChecked())
            action.triggered.connect(partial(self.open_profile, each.name))
        menu.addSeparator()
        menu.addAction(self._context.theme.icon("plus"), tr("New…"), self.ask_new)

    def open_profile(self, name: str, *_: object) -> FormDialog | None:
        """Open a profile: at once where nobody is disturbed, else after saying who is."""
        if self._studio.workspace.is_live and self._studio.workspace.apps():
            form = SwitchForm(self._studio.site, self._host(), name)
            return open_form(self._context, form, self._window)
        self._context.spawn(self._host().switch(name), self._window)
        return None

    def ask_new(self) -> FormDialog:
        """Open the form for a new profile."""
        return open_form(self._context, NewProfileForm(self._studio.site, self._host()), self._window)

    # ---- passphrases

    def ask_encrypt(self) -> FormDialog:
        """Open the form for a passphrase, the first or another one."""
        return open_form(self._context, EncryptForm(self._studio.site, self._host()), self._window)

    def ask_key(self, host: Host, name: str) -> FormDialog:
        """Open the form for the passphrase without which nothing can be shown."""
        return open_form(self._context, UnlockForm(self._studio.site, host, name), self._window)

    # ---- files

    def ask_file(self) -> QFileDialog:
        """Choose a file to look into."""
        dialog = self._file_dialog("Open file for looking", self.file_wanted.emit)
        dialog.setNameFilter(RECORDINGS)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.open()
        return dialog

    def compare(self) -> RecordingsDialog:
        """Open a window that compares two recordings."""
        dialog = RecordingsDialog(self._context, RecordingPair(self._studio.jobs), self._window)
        dialog.show()
        return dialog

    def ask_backup(self) -> QFileDialog:
        """Choose where the backup is to be."""
        return self._ask_copy("Back up to", "backup", self.make_backup)

    def ask_plain_copy(self) -> QFileDialog:
        """Choose where the copy without encryption is to be."""
        return self._ask_copy("Copy without encryption to", "plain", self.make_plain_copy)

    def _ask_copy(self, title: str, kind: str, chosen: Callable[[str], None]) -> QFileDialog:
        dialog = self._file_dialog(title, chosen)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # nothing is ever replaced: it is refused
        dialog.setDefaultSuffix(PROFILE_SUFFIX)
        path = self._path()
        dialog.selectFile(f"{path.stem if path else 'profile'}-{kind}{PROFILE_SUFFIX}")
        dialog.open()
        return dialog

    def _file_dialog(self, title: str, chosen: Callable[[str], object]) -> QFileDialog:
        path = self._path()
        dialog = QFileDialog(self._window, title, str(path.parent) if path else "", FILES)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(chosen)
        return dialog

    def make_backup(self, target: str) -> None:
        """Back up to a file, and show how far it is."""
        self.progress_wanted.emit()
        self._context.spawn(self._studio.backup.make(Path(target).absolute()), self._window)

    def make_plain_copy(self, target: str) -> None:
        """Copy to a file that everybody can read, and show how far it is."""
        self.progress_wanted.emit()
        copy = self._studio.backup.make(Path(target).absolute(), is_plain=True)
        self._context.spawn(copy, self._window)

    def show_folder(self) -> None:
        """Open the profile's folder in the system's file manager."""
        path = self._path()
        if path is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))


def _title(profile: ProfileFile, now_us: int) -> str:
    """A profile in the menu: how large it is, and when it was used."""
    age_us = max(0, now_us - profile.changed_at_us)
    ago = f"{duration(age_us)} ago" if age_us >= JUST_NOW_US else "just now"
    lock = "   encrypted" if profile.is_encrypted else ""
    return f"{verbatim(profile.name)}   {size(profile.size_bytes)}   {ago}{lock}"
