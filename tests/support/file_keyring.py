"""A keyring for processes of ours in tests: a file that an environment variable names, as JSON."""

import json
import os
from pathlib import Path

import keyring.errors
from keyring.backend import KeyringBackend

FILE = "MQSTUDIO_TEST_KEYRING"
"""Names the file; one whose folder is missing is a keyring that is locked."""


class FileKeyring(KeyringBackend):
    """Each entry by service and name. It is used where PYTHON_KEYRING_BACKEND names it."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        found = self._read().get(f"{service}: {username}")
        return None if found is None else str(found)

    def set_password(self, service: str, username: str, password: str) -> None:
        kept = self._read() | {f"{service}: {username}": password}
        self._file().write_text(json.dumps(kept))

    def _file(self) -> Path:
        file = Path(os.environ[FILE])
        if not file.parent.is_dir():
            raise keyring.errors.KeyringLocked("somebody has to unlock it")
        return file

    def _read(self) -> dict[str, object]:
        file = self._file()
        kept: dict[str, object] = json.loads(file.read_text()) if file.exists() else {}
        return kept
