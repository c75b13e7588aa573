"""Backups of a running profile, each made by a process of its own."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from mqstudio.model.disk import BackupState
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.store import backup
from mqstudio.store.bounds import BackedUp
from mqstudio.store.disk import size_of

if TYPE_CHECKING:
    from mqstudio.server.journal import Journal


class Backups:
    """One backup at a time, by a process that only reads. `look` is called four times a second."""

    def __init__(self) -> None:
        self._state = BackupState()
        self._process: subprocess.Popen[bytes] | None = None
        self._says: IO[bytes] | None = None
        self._store: Journal | None = None

    def start(self, store: "Journal", target: Path, *, is_plain: bool = False) -> BackupState:
        """Begin one; `is_plain` leaves the copy without encryption. Raises: RefusedError."""
        self.look()
        if self._process is not None:
            raise RefusedError(Refusal.TOO_MANY, f"A backup to {self._state.target} runs. Wait, or stop it.")
        if not target.is_absolute() or not target.parent.is_dir():
            says = f"{target} cannot be made: give the whole path of a file in a folder that is there."
            raise RefusedError(Refusal.INVALID_ARGUMENT, says)
        if target.exists():
            says = f"{target} exists. Choose a name that is not taken: a backup never replaces anything."
            raise RefusedError(Refusal.INVALID_ARGUMENT, says)
        self._says = tempfile.TemporaryFile()  # noqa: SIM115  # closed when the process has ended
        command = (sys.executable, "-m", backup.__name__)
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stderr=self._says, start_new_session=True
        )
        assert self._process.stdin is not None
        new_key = "" if is_plain else None
        with self._process.stdin as pipe:
            pipe.write(msgspec.json.encode(backup.Copying(str(store.path), str(target), store.key, new_key)))
        self._store = store
        self._state = BackupState(str(target), True)
        return self._state

    def look(self) -> None:
        """See how far it is."""
        if self._process is None or self._store is None or self._says is None:
            return
        code, target = self._process.poll(), Path(self._state.target)
        if code is None:
            share = size_of(backup.part_of(target)) / max(1, size_of(self._store.path))
            self._state = BackupState(str(target), True, min(0.99, share))
            return
        self._says.seek(0)
        says = self._says.read().decode(errors="replace").strip()
        self._says.close()
        self._process = self._says = None
        if code:
            self._state = BackupState(str(target), problem=says or f"The process ended with code {code}.")
        else:
            self._state = BackupState(str(target), done_share=1.0)
            self._store.remember("backed_up", BackedUp(time.time_ns() // 1000))

    def state(self) -> BackupState:
        """How far it is now."""
        self.look()
        return self._state

    def stop(self) -> BackupState:
        """Give it up, if one runs."""
        self.look()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self.look()
            backup.part_of(Path(self._state.target)).unlink(missing_ok=True)
            self._state = BackupState(self._state.target, problem="It was stopped.")
        return self._state
