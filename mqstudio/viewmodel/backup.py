"""A backup of the profile, begun from the window: how far it is, and a way to give it up."""

import asyncio
from pathlib import Path

from mqstudio.model.disk import BackupState
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.wording import plain
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

LOOK_S = 0.2


class Backup:
    """The backup that runs, or the last one. changed(): it went on."""

    def __init__(self, workspace: Workspace, notices: Notices) -> None:
        self.changed = Signal()
        self.state = BackupState()
        self._workspace, self._notices = workspace, notices
        workspace.state_changed.connect(self._on_state_changed)

    @property
    def is_running(self) -> bool:
        """Whether one is being made."""
        return self.state.is_running

    def _on_state_changed(self) -> None:
        if not self._workspace.is_live:
            self._take(BackupState())

    def _take(self, state: BackupState) -> None:
        if state != self.state:
            self.state = state
            self.changed.emit()

    async def make(self, target: Path, *, is_plain: bool = False) -> None:
        """Copy the profile to a new file, and follow until it is done. Raises: RefusedError."""
        self._take(await self._workspace.client.start_backup(str(target), is_plain=is_plain))
        await self.follow()

    async def follow(self) -> None:
        """Follow a backup that runs to its end, and tell how it ended."""
        was_running = self.is_running
        while self.is_running:
            await asyncio.sleep(LOOK_S)
            self._take(await self._workspace.client.backup())
        if not was_running:
            return
        state = self.state
        if state.problem:
            self._notices.problem(
                tr(
                    "No backup was made to {target}: {problem}",
                    target=plain(state.target),
                    problem=plain(state.problem),
                )
            )
        else:
            self._notices.tell(tr("Backed up to {target}.", target=plain(state.target)))

    async def stop(self) -> None:
        """Give it up; nothing of it is left."""
        self._take(await self._workspace.client.stop_backup())
